"""Hypothesis strategies: random programs over the table, at points where they are smooth.

Reached as `ag.testing.strategies`. A program grows an operation at a time, and is evaluated as it
grows: an operand outside the next operation's range is shifted into it, and an operation that
would have a kink, a jump or a pole near the point is left out. So every program is inside its
domains by construction, and none is thrown away.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

from hypothesis import strategies as st

from ..core import table
from ..core.table import TABLE, Primitive

__all__ = ["Expression", "Step", "expressions", "points"]

# How far around the point a program is smooth, how large its intermediate results may be, and how
# steep they are.
_RADIUS = 1e-3
_LARGEST = 1e3
_STEEPEST = 100.0
_MOVES = (-_RADIUS, -_RADIUS / 2, _RADIUS / 2, _RADIUS)
_ADD = table.add


@dataclass(frozen=True)
class Step:
    """One operation of a program: `operands` are constants (float) or earlier results (int)."""

    primitive: Primitive
    operands: tuple[float | int, ...]


class Expression:
    """A random program and a point for it.

    Attributes:
        point: one float per input, inside every domain and away from kinks.
        steps: the operations. Operand n below len(point) is input n; the others are the results
            of the steps, in order.

    Its repr is Python source text.
    """

    def __init__(self, point: Sequence[float], steps: Iterable[Step]) -> None:
        self.point = list(point)
        self.steps = _needed(len(self.point), list(steps))

    def f(self, xs: Sequence[Any]) -> Any:
        """The program's result on a list of floats or Values, as long as `point`."""
        results = list(xs)
        if len(results) != len(self.point):
            raise ValueError(f"this program takes {len(self.point)} inputs, not {len(results)}")
        for step in self.steps:
            results.append(step.primitive(*_values(step.operands, results)))
        return results[-1] if self.steps else results[0]

    def __repr__(self) -> str:
        names = [f"x[{n}]" for n in range(len(self.point))]
        lines = ["def f(x):"]
        for number, step in enumerate(self.steps):
            written = [names[n] if isinstance(n, int) else repr(n) for n in step.operands]
            names.append(f"v{number}")
            lines.append(f"    v{number} = {_callee(step.primitive)}({', '.join(written)})")
        lines.append(f"    return {names[-1] if self.steps else names[0]}")
        return "\n".join([*lines, f"point = {self.point!r}", ""])


def points(primitive: Primitive) -> st.SearchStrategy[tuple[float, ...]]:
    """Operands inside the box of a primitive's domain; two or four of them where any number goes.

    Arguments:
        primitive: a row of the table, or your own with a `domain`.

    Raises:
        ValueError: the box has not one range per operand.

    >>> from hypothesis import given
    >>> @given(points(TABLE["asin"]))
    ... def check(point):
    ...     assert -0.9 <= point[0] <= 0.9
    >>> check()
    """
    counts = (2, 4) if primitive.arity is None else (primitive.arity,)
    drawn = st.one_of(*[st.tuples(*map(_numbers, _ranges(primitive, n))) for n in counts])
    return drawn.filter(lambda operands: primitive.domain.contains(*operands))


def expressions(
    rows: Iterable[Primitive] | None = None,
    *,
    extra: Iterable[Primitive] = (),
    max_operations: int = 8,
    max_inputs: int = 3,
) -> st.SearchStrategy[Expression]:
    """Random programs with shared subexpressions and fan-out, each at a point where it is smooth.

    Arguments:
        rows: the operations to draw from; the whole table when left out.
        extra: more of them, such as your own primitives; without a `domain` they are drawn at
            operands between -2 and 2.
        max_operations: the most that are drawn; shifts into a domain come on top.
        max_inputs: the most inputs.

    Returns:
        A strategy of `Expression`. It shrinks to few operations, few inputs and short numbers.

    Raises:
        ValueError: there is no row, a limit is below 1, or a box has not one range per operand.

    >>> import autograd_lite as ag
    >>> from hypothesis import given
    >>> @given(expressions([TABLE["sin"], TABLE["mul"]]))
    ... def check(expression):
    ...     ag.testing.check_grads(expression.f, (expression.point,), order=1)
    >>> check()
    """
    chosen = [*(TABLE.values() if rows is None else rows), *extra]
    if not chosen:
        raise ValueError("expressions needs at least one primitive to draw from")
    if max_operations < 1 or max_inputs < 1:
        raise ValueError("max_operations and max_inputs are 1 or more")
    for row in chosen:
        _ranges(row, row.arity or 2)
    return _programs(chosen, max_operations, max_inputs)


@st.composite
def _programs(
    draw: st.DrawFn, rows: list[Primitive], max_operations: int, max_inputs: int
) -> Expression:
    inputs = st.lists(_numbers((-2.0, 2.0)), min_size=1, max_size=max_inputs)
    growing = _Growing(draw(inputs))
    for _ in range(draw(st.integers(1, max_operations))):
        # The simplest row is none at all: a program shrinks by losing steps from its middle.
        row = draw(st.sampled_from([None, *rows]))
        if row is None:
            continue
        count = row.arity or draw(st.sampled_from([2, 4]))
        ranges = _ranges(row, count)
        # A range of no width, such as an order of differentiation, is for a constant alone.
        open_places = [place for place, (low, high) in enumerate(ranges) if low < high]
        before = len(growing.steps)
        operands: list[float | int] = []
        for place, box in enumerate(ranges):
            fixed = place not in open_places or (place != open_places[0] and draw(st.booleans()))
            operands.append(draw(_numbers(box)) if fixed else growing.operand(draw, box))
        if not growing.grow(row, tuple(operands)):
            growing.forget(before)
    return Expression(growing.point, growing.steps)


class _Growing:
    """A program with its results at the point and a small step away from it in every input."""

    def __init__(self, point: list[float]) -> None:
        self.point = point
        self.steps: list[Step] = []
        self.runs = [list(point)]
        for n in range(len(point)):
            for move in _MOVES:
                self.runs.append([x + move * (k == n) for k, x in enumerate(point)])

    def operand(self, draw: st.DrawFn, box: tuple[float, float]) -> int:
        """An earlier result, shifted into the box where it lies outside."""
        results = self.runs[0]
        # The latest result is taken every other time, or most steps would lead nowhere.
        n = len(results) - 1
        if draw(st.booleans()):
            n -= draw(st.integers(0, n))
        low, high = box
        if low <= results[n] <= high:
            return n
        target = draw(_numbers(box))
        shift = round(target - results[n], 2)
        if not low <= results[n] + shift <= high:
            shift = target - results[n]
        self.grow(_ADD, (n, shift))
        return len(self.runs[0]) - 1

    def grow(self, primitive: Primitive, operands: tuple[float | int, ...]) -> bool:
        """Add a step if it is smooth around the point."""
        runs = [[float(x) for x in _values(operands, run)] for run in self.runs]
        if not _is_smooth_at(primitive, runs[0]):
            return False
        if not all(primitive.domain.contains(*run) for run in runs):
            return False
        results = [primitive.value(*run) for run in runs]
        if not _is_smooth(results):
            return False
        for run, result in zip(self.runs, results, strict=True):
            run.append(result)
        self.steps.append(Step(primitive, operands))
        return True

    def forget(self, count: int) -> None:
        """Take back all steps but the first `count`."""
        del self.steps[count:]
        for run in self.runs:
            del run[len(self.point) + count :]


def _is_smooth_at(primitive: Primitive, operands: list[float]) -> bool:
    """Whether the operation is smooth in its own operands, alone and in pairs."""

    def value(moves: dict[int, float]) -> float | None:
        moved = [x + moves.get(n, 0.0) for n, x in enumerate(operands)]
        return primitive.value(*moved) if primitive.domain.contains(*moved) else None

    centre = value({})
    if centre is None:
        return False
    # An operand that cannot move, such as the order of a polygamma, has no slope to look at.
    sides: dict[int, list[float]] = {}
    for n in range(len(operands)):
        found = [y for move in _MOVES if (y := value({n: move})) is not None]
        if len(found) == len(_MOVES):
            sides[n] = found
    if not _is_smooth([centre, *[y for side in sides.values() for y in side]]):
        return False
    for n, m in combinations(sides, 2):
        for i, j in ((0, 0), (0, 3), (3, 0), (3, 3)):
            corner = value({n: _MOVES[i], m: _MOVES[j]})
            if corner is None:
                return False
            # What `where` chooses shows in no single operand if both choices are equal.
            if abs(corner - sides[n][i] - sides[m][j] + centre) > 0.1 * _RADIUS:
                return False
    return True


def _is_smooth(results: list[float]) -> bool:
    """Whether slope and curvature are moderate and change little; the results are those at the
    centre and then, for each coordinate, at the four `_MOVES`.
    """
    if not all(math.isfinite(y) and abs(y) <= _LARGEST for y in results):
        return False
    return all(_is_smooth_along(results[0], results[n : n + 4]) for n in range(1, len(results), 4))


def _is_smooth_along(centre: float, moved: list[float]) -> bool:
    line = [*moved[:2], centre, *moved[2:]]
    step = _RADIUS / 2
    slopes = [(y - x) / step for x, y in pairwise(line)]
    # A jump with the point in its middle, as sign has at 0, has equal but steep slopes.
    if max(map(abs, slopes)) > _STEEPEST:
        return False
    left, middle, right = [(y - x) / step for x, y in pairwise(slopes)]
    # At a kink the middle stands out; where the curvature jumps, as elu's does, left and right.
    return max(left, middle, right) - min(left, middle, right) <= 0.1 * (1.0 + abs(middle))


def _ranges(primitive: Primitive, count: int) -> list[tuple[float, float]]:
    box = list(primitive.domain.box)
    if primitive.arity is None and len(box) == 1:
        box *= count
    if len(box) != count:
        raise ValueError(
            f"the domain of {primitive.name} has {len(box)} ranges for {count} operands: give "
            "Domain(text, contains, (low, high), ...) one per operand"
        )
    return box


def _numbers(box: tuple[float, float]) -> st.SearchStrategy[float]:
    """Numbers in a range, with few decimals so that a failure reads well."""
    low, high = box
    drawn = st.floats(low, high, allow_nan=False, allow_infinity=False)
    # Adding 0.0 makes a positive zero of a negative one.
    return drawn.map(lambda x: min(max(round(x, 3), low), high) + 0.0)


def _values(operands: tuple[float | int, ...], results: Sequence[Any]) -> list[Any]:
    return [results[n] if isinstance(n, int) else n for n in operands]


def _needed(inputs: int, steps: list[Step]) -> list[Step]:
    """The steps that the last one is computed from, renumbered."""
    wanted = {inputs + len(steps) - 1}
    for number in reversed(range(len(steps))):
        if inputs + number in wanted:
            wanted |= {n for n in steps[number].operands if isinstance(n, int)}
    new = {n: n for n in range(inputs)}
    kept: list[Step] = []
    for number, step in enumerate(steps):
        if inputs + number in wanted:
            operands = tuple(new[n] if isinstance(n, int) else n for n in step.operands)
            new[inputs + number] = inputs + len(kept)
            kept.append(Step(step.primitive, operands))
    return kept


def _callee(primitive: Primitive) -> str:
    """How source text calls a primitive: through the table, or by the user's own name."""
    if primitive.is_row:
        return f"TABLE[{primitive.name!r}]"
    return primitive.name
