"""Draw random programs over the table, at points where they are smooth, with Hypothesis.

The public name is `ag.testing.strategies`. A program is built one operation at a time and
evaluated along the way: an operand outside the domain of the next operation is shifted into it,
and an operation with a kink, a jump or a pole near the point is left out. So every program is
inside its domains by construction, and no draw is rejected.
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

_RADIUS = 1e-3  # a program is smooth within this distance of its point
_LARGEST = 1e3  # the largest intermediate result
_STEEPEST = 100.0  # the largest derivative of an operation
_MOVES = (-_RADIUS, -_RADIUS / 2, _RADIUS / 2, _RADIUS)
_ADD = table.add


@dataclass(frozen=True)
class Step:
    """One operation of a program.

    Attributes:
        primitive: the row of the table, or your own primitive.
        operands: a float is a constant; an int is the number of an input or earlier result.
    """

    primitive: Primitive
    operands: tuple[float | int, ...]


class Expression:
    """A random program, and a point to evaluate it at. Its repr is Python source text.

    Attributes:
        point: one float per input, inside every domain and away from kinks.
        steps: the operations. An operand n below len(point) is input n; the others are the
            results of the steps, in order.
    """

    def __init__(self, point: Sequence[float], steps: Iterable[Step]) -> None:
        self.point = list(point)
        self.steps = _drop_unused(len(self.point), list(steps))

    def f(self, xs: Sequence[Any]) -> Any:
        """Return the result of the program on a list of floats or Values, as long as `point`."""
        results = list(xs)
        if len(results) != len(self.point):
            raise ValueError(f"xs has {len(results)} numbers: this program takes {len(self.point)}")
        for step in self.steps:
            results.append(step.primitive(*_resolve(step.operands, results)))
        return results[-1] if self.steps else results[0]

    def __repr__(self) -> str:
        names = [f"x[{n}]" for n in range(len(self.point))]
        lines = ["def f(x):"]
        for number, step in enumerate(self.steps):
            operands = [names[n] if isinstance(n, int) else repr(n) for n in step.operands]
            names.append(f"v{number}")
            lines.append(f"    v{number} = {_write_callee(step.primitive)}({', '.join(operands)})")
        lines.append(f"    return {names[-1] if self.steps else names[0]}")
        return "\n".join([*lines, f"point = {self.point!r}", ""])


def points(primitive: Primitive) -> st.SearchStrategy[tuple[float, ...]]:
    """Return a strategy for tuples of operands inside the box of a primitive's domain.

    For a primitive of any number of operands it draws two or four.

    Arguments:
        primitive: a row of the table, or your own with a `domain`.

    Raises:
        ValueError: the number of ranges in the box is not the number of operands.

    >>> from hypothesis import given
    >>> @given(points(TABLE["asin"]))
    ... def check(point):
    ...     assert -0.9 <= point[0] <= 0.9
    >>> check()
    """
    counts = (2, 4) if primitive.arity is None else (primitive.arity,)
    tuples = st.one_of(*[st.tuples(*map(_numbers, _list_ranges(primitive, n))) for n in counts])
    return tuples.filter(lambda operands: primitive.domain.contains(*operands))


def expressions(
    rows: Iterable[Primitive] | None = None,
    *,
    extra: Iterable[Primitive] = (),
    max_operations: int = 8,
    max_inputs: int = 3,
) -> st.SearchStrategy[Expression]:
    """Return a strategy for random programs, each with a point where it is smooth.

    Their results are shared and reused, so that gradients add up.

    Arguments:
        rows: the operations to draw from; by default the whole table.
        extra: further operations, such as your own primitives. A primitive without a `domain` gets
            operands between -2 and 2.
        max_operations: the largest number of operations, not counting shifts into a domain.
        max_inputs: the largest number of inputs.

    Returns:
        A strategy of `Expression`. It shrinks to few operations, few inputs and short numbers.

    Raises:
        ValueError: there is no row, a limit is below 1, or the number of ranges in a domain's box
            is not the number of operands.

    >>> import autograd_lite as ag
    >>> from hypothesis import given
    >>> @given(expressions([TABLE["sin"], TABLE["mul"]]))
    ... def check(expression):
    ...     ag.testing.check_grads(expression.f, (expression.point,), order=1)
    >>> check()
    """
    primitives = [*(TABLE.values() if rows is None else rows), *extra]
    if not primitives:
        raise ValueError("rows and extra are empty: expressions needs at least one primitive")
    if max_operations < 1 or max_inputs < 1:
        raise ValueError(
            f"max_operations is {max_operations} and max_inputs is {max_inputs}: both must be 1 or "
            "more"
        )
    for row in primitives:
        _list_ranges(row, row.arity or 2)
    return _programs(primitives, max_operations, max_inputs)


@st.composite
def _programs(
    draw: st.DrawFn, rows: list[Primitive], max_operations: int, max_inputs: int
) -> Expression:
    inputs = st.lists(_numbers((-2.0, 2.0)), min_size=1, max_size=max_inputs)
    program = _ProgramBuilder(draw(inputs))
    for _ in range(draw(st.integers(1, max_operations))):
        # None is the simplest draw, so that a program can shrink by losing any of its steps.
        row = draw(st.sampled_from([None, *rows]))
        if row is None:
            continue
        count = row.arity or draw(st.sampled_from([2, 4]))
        ranges = _list_ranges(row, count)
        # A range of no width, such as the order of a polygamma, allows only a constant.
        variable = [k for k, (low, high) in enumerate(ranges) if low < high]
        before = len(program.steps)
        operands: list[float | int] = []
        for k, limits in enumerate(ranges):
            constant = k not in variable or (k != variable[0] and draw(st.booleans()))
            operand = draw(_numbers(limits)) if constant else program.draw_operand(draw, limits)
            operands.append(operand)
        if not program.add_step(row, tuple(operands)):
            program.truncate(before)
    return Expression(program.point, program.steps)


class _ProgramBuilder:
    """A growing program, with its results at the point and at small steps away from it."""

    def __init__(self, point: list[float]) -> None:
        self.point = point
        self.steps: list[Step] = []
        self.runs = [list(point)]
        for n in range(len(point)):
            for move in _MOVES:
                self.runs.append([x + move * (k == n) for k, x in enumerate(point)])

    def draw_operand(self, draw: st.DrawFn, limits: tuple[float, float]) -> int:
        """Draw an earlier result, and add a step that shifts it if it is outside the limits."""
        results = self.runs[0]
        # Every other draw is the latest result, since most steps would be unused otherwise.
        n = len(results) - 1
        if draw(st.booleans()):
            n -= draw(st.integers(0, n))
        low, high = limits
        if low <= results[n] <= high:
            return n
        target = draw(_numbers(limits))
        shift = round(target - results[n], 2)
        if not low <= results[n] + shift <= high:
            shift = target - results[n]
        self.add_step(_ADD, (n, shift))
        return len(self.runs[0]) - 1

    def add_step(self, primitive: Primitive, operands: tuple[float | int, ...]) -> bool:
        """Add a step if it is smooth around the point, and return whether it is."""
        runs = [[float(x) for x in _resolve(operands, run)] for run in self.runs]
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

    def truncate(self, count: int) -> None:
        """Remove all steps but the first `count`."""
        del self.steps[count:]
        for run in self.runs:
            del run[len(self.point) + count :]


def _is_smooth_at(primitive: Primitive, operands: list[float]) -> bool:
    """Return whether the operation is smooth in its own operands, one by one and in pairs."""

    def evaluate(moves: dict[int, float]) -> float | None:
        moved = [x + moves.get(n, 0.0) for n, x in enumerate(operands)]
        return primitive.value(*moved) if primitive.domain.contains(*moved) else None

    centre = evaluate({})
    if centre is None:
        return False
    # An operand that cannot move, such as the order of a polygamma, has no derivative to check.
    sides: dict[int, list[float]] = {}
    for n in range(len(operands)):
        results = [y for move in _MOVES if (y := evaluate({n: move})) is not None]
        if len(results) == len(_MOVES):
            sides[n] = results
    if not _is_smooth([centre, *[y for side in sides.values() for y in side]]):
        return False
    for n, m in combinations(sides, 2):
        for i, j in ((0, 0), (0, 3), (3, 0), (3, 3)):
            corner = evaluate({n: _MOVES[i], m: _MOVES[j]})
            if corner is None:
                return False
            # If both branches of a `where` are equal, moving one operand shows no jump.
            if abs(corner - sides[n][i] - sides[m][j] + centre) > 0.1 * _RADIUS:
                return False
    return True


def _is_smooth(results: list[float]) -> bool:
    """Return whether the derivatives of first and second order are moderate and change little.

    `results` are the value at the centre and then, for each coordinate, at the four `_MOVES`.
    """
    if not all(math.isfinite(y) and abs(y) <= _LARGEST for y in results):
        return False
    return all(_is_smooth_along(results[0], results[n : n + 4]) for n in range(1, len(results), 4))


def _is_smooth_along(centre: float, moved: list[float]) -> bool:
    line = [*moved[:2], centre, *moved[2:]]
    step = _RADIUS / 2
    slopes = [(y - x) / step for x, y in pairwise(line)]
    # A jump at the centre, as of sign at 0, has equal but steep slopes on both sides.
    if max(map(abs, slopes)) > _STEEPEST:
        return False
    left, middle, right = [(y - x) / step for x, y in pairwise(slopes)]
    # At a kink the middle one differs; where the curvature jumps, as that of elu, left and right.
    return max(left, middle, right) - min(left, middle, right) <= 0.1 * (1.0 + abs(middle))


def _list_ranges(primitive: Primitive, count: int) -> list[tuple[float, float]]:
    box = list(primitive.domain.box)
    if primitive.arity is None and len(box) == 1:
        box *= count
    if len(box) != count:
        raise ValueError(
            f"the domain of {primitive.name} has {len(box)} ranges for {count} operands: pass one "
            "(low, high) per operand to Domain(text, contains, (low, high), ...)"
        )
    return box


def _numbers(limits: tuple[float, float]) -> st.SearchStrategy[float]:
    """Return a strategy for numbers with few decimals, so that failures are easy to read."""
    low, high = limits
    floats = st.floats(low, high, allow_nan=False, allow_infinity=False)
    # adding 0.0 turns -0.0 into 0.0
    return floats.map(lambda x: min(max(round(x, 3), low), high) + 0.0)


def _resolve(operands: tuple[float | int, ...], results: Sequence[Any]) -> list[Any]:
    """Replace the numbers of results by the results."""
    return [results[n] if isinstance(n, int) else n for n in operands]


def _drop_unused(inputs: int, steps: list[Step]) -> list[Step]:
    """Return the steps that the last one depends on, with their operands renumbered."""
    used = {inputs + len(steps) - 1}
    for number in reversed(range(len(steps))):
        if inputs + number in used:
            used |= {n for n in steps[number].operands if isinstance(n, int)}
    new_numbers = {n: n for n in range(inputs)}
    used_steps: list[Step] = []
    for number, step in enumerate(steps):
        if inputs + number in used:
            operands = tuple(new_numbers[n] if isinstance(n, int) else n for n in step.operands)
            new_numbers[inputs + number] = inputs + len(used_steps)
            used_steps.append(Step(step.primitive, operands))
    return used_steps


def _write_callee(primitive: Primitive) -> str:
    """Return how source text names a primitive: in the table, or by the user's own name."""
    if primitive.is_row:
        return f"TABLE[{primitive.name!r}]"
    return primitive.name
