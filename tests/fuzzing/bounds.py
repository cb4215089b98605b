"""How far two correct evaluations of one program may lie apart.

A straight line of operations, each result v_i right to r_i, has a first-order error in its value y
of sum_i |dy/dv_i| r_i, and in its gradient g of sum_i |dg/dv_i| r_i, plus the rounding of every
product that the chain rule adds up (Higham 2002, "Accuracy and Stability of Numerical Algorithms",
section 3.3). r_i is `UNIT` times the result, and for an operation of n operands, which may be added
in any order, n roundings of the sum of their sizes.

A point is *unsettled* where an error of that size changes what an operation or a comparison
chooses: there no bound holds, and a check passes the point over and counts it.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd_lite.core.table import TABLE

from .engines import Trace

__all__ = ["EPS", "UNIT", "Bound", "Floats", "Run", "Unsettled", "bound_of", "settle"]

EPS = 2.0**-52
UNIT = 4.0 * EPS  # what one operation of a C library, or of its vector twin, may be wrong by
SAFETY = 4.0  # for what is beyond first order, and for the differences below


class Unsettled(Exception):  # noqa: N818 - no error
    """No bound holds at this point; the reason is the argument."""


class Floats:
    """The table's own formulas on floats."""

    step = 1e-6  # relative

    def number(self, x: float) -> Any:
        return x

    def value(self, name: str, operands: Sequence[Any]) -> Any:
        return TABLE[name].value(*operands)

    def partials(self, name: str, operands: Sequence[Any], result: Any) -> list[Any]:
        found = TABLE[name].local_partials(operands, result, [True] * len(operands))
        return [float(d) for d in found]


class Bound(NamedTuple):
    """A value and a gradient, and how far from them another correct one may lie."""

    value: Any
    value_error: float
    gradient: list[Any]
    gradient_errors: list[float]


class Run:
    """One pass over a trace: values and partials."""

    def __init__(self, trace: Trace, point: Sequence[Any], arithmetic: Any) -> None:
        self.trace = trace
        self.arithmetic = arithmetic
        self.values = list(point)
        self.partials: list[list[Any]] = []
        for name, operands in trace.rows:
            given = self.given(operands)
            result = arithmetic.value(name, given)
            partials = arithmetic.partials(name, given, result)
            if not all(abs(x) < 1e100 for x in (result, *partials)):
                raise Unsettled("not finite")
            self.values.append(result)
            self.partials.append(partials)

    def given(self, operands: Sequence[int | float]) -> list[Any]:
        """The operands' values."""
        number = self.arithmetic.number
        return [self.values[x] if isinstance(x, int) else number(x) for x in operands]

    def second_partials(self) -> list[list[list[Any]]]:
        """For each operation and operand, how all its partials change with that operand.

        Each is the difference of a partial, so a small one keeps its digits beside a large one.
        """
        found = []
        for name, operands in self.trace.rows:
            given, rows = self.given(operands), []
            for place, x in enumerate(given):
                if not isinstance(operands[place], int):
                    rows.append([0.0] * len(given))
                    continue
                shift = self.arithmetic.step * (max(abs(x), 1e-290) if x else 1.0)
                sides = []
                for moved in (x - shift, x + shift):
                    there = [*given[:place], moved, *given[place + 1 :]]
                    value = self.arithmetic.value(name, there)
                    sides.append(self.arithmetic.partials(name, there, value))
                rows.append([(b - a) / (2 * shift) for a, b in zip(*sides, strict=True)])
            found.append(rows)
        return found

    def roundings(self) -> list[Any]:
        """For each operation, how far its result may be from right for its own operands."""
        found = []
        for k, (name, operands) in enumerate(self.trace.rows):
            size = abs(self.values[self.trace.inputs + k])
            rounding = UNIT * size
            if size < 2.0**-1022 and any(0.0 < abs(x) < 1e-150 for x in self.given(operands)):
                rounding = rounding + 2.0**-1074  # half of 5e-324 is 0
            if TABLE[name].arity is None:
                given = [self.values[x] if isinstance(x, int) else abs(x) for x in operands]
                terms = zip(given, self.partials[k], strict=True)
                rounding = rounding + len(given) * EPS * sum([abs(x * d) for x, d in terms])
            found.append(rounding)
        return found

    def adjoints(self, output: int | float) -> list[Any]:
        """The derivative of the output by every value."""
        n = self.trace.inputs
        found: list[Any] = [0.0] * len(self.values)
        if isinstance(output, int):
            found[output] = 1.0
        for k in reversed(range(len(self.trace.rows))):
            adjoint = found[n + k]
            if adjoint == 0.0:
                continue
            for x, d in zip(self.trace.rows[k][1], self.partials[k], strict=True):
                if isinstance(x, int):
                    found[x] += d * adjoint
        return found

    def tangents(self, j: int) -> list[Any]:
        """The derivative of every value by input j."""
        found: list[Any] = [0.0] * self.trace.inputs
        found[j] = 1.0
        for (_, operands), partials in zip(self.trace.rows, self.partials, strict=True):
            terms = zip(operands, partials, strict=True)
            found.append(sum([d * found[x] for x, d in terms if isinstance(x, int)]))
        return found


def bound_of(
    trace: Trace,
    point: Sequence[float],
    output: int,
    arithmetic: Any,
    wanted: Sequence[int],
    *,
    away: bool = False,
    absolute: bool = False,
) -> Bound:
    """The bound for one of a trace's outputs and its gradient by the wanted inputs.

    Arguments:
        away: whether a point that lies on a kink exactly is unsettled too. Engines that keep the
            same conventions agree there; others need not, and differences have no slope.
        absolute: whether partials below 1 are right to `UNIT` itself: PyTorch's slope of tanh is
            1 - y * y, and of sigmoid y * (1 - y).

    Raises:
        Unsettled: there is none.
    """
    numbers = [arithmetic.number(x) for x in point]
    run = Run(trace, numbers, arithmetic)
    settle(run, arithmetic, away)
    slot = trace.outputs[output]
    adjoints = run.adjoints(slot)
    n = trace.inputs
    value = run.values[slot] if isinstance(slot, int) else slot
    shares = [abs(a) * r for a, r in zip(adjoints[n:], run.roundings(), strict=True)]
    value_error = SAFETY * float(sum(shares) + UNIT * abs(value))
    seconds = run.second_partials() if wanted else []
    errors = []
    for j in wanted:
        tangents = run.tangents(j)
        carried = _carried(run, adjoints, tangents, seconds)
        products = UNIT * _products(run, adjoints, tangents, j, 1.0 if absolute else 0.0)
        errors.append(SAFETY * float(carried + products))
    return Bound(value, value_error, [adjoints[j] for j in wanted], errors)


def _carried(run: Run, adjoints: Any, tangents: Any, seconds: Any) -> Any:
    """What the roundings of all results do to the derivative along the tangents: the derivative of
    that derivative by each result, by a sweep back over values and tangents, times its rounding.
    """
    n = run.trace.inputs
    found: list[Any] = [0.0] * len(run.values)
    for k in reversed(range(len(run.trace.rows))):
        own, adjoint = found[n + k], adjoints[n + k]
        if own == 0.0 and adjoint == 0.0:
            continue
        operands = run.trace.rows[k][1]
        along = [tangents[x] if isinstance(x, int) else 0.0 for x in operands]
        for place, x in enumerate(operands):
            if isinstance(x, int):
                pairs = zip(seconds[k][place], along, strict=True)
                change = sum([d * t for d, t in pairs if t != 0.0])
                found[x] = found[x] + run.partials[k][place] * own + adjoint * change
    return sum([abs(d) * r for d, r in zip(found[n:], run.roundings(), strict=True)])


def _products(
    run: Run, adjoints: Sequence[Any], tangents: Sequence[Any], j: int, least: float
) -> Any:
    """The sum over all edges of |adjoint * partial * tangent|, once for each product and sum; a
    partial counts as `least` at least.
    """
    total: Any = abs(adjoints[j])
    for k, (_, operands) in enumerate(run.trace.rows):
        adjoint = adjoints[run.trace.inputs + k]
        if adjoint != 0.0:
            for x, d in zip(operands, run.partials[k], strict=True):
                if isinstance(x, int):
                    total = total + abs(adjoint * tangents[x]) * max(abs(d), least)
    return total


def settle(run: Run, arithmetic: Any, away: bool = False) -> None:
    """Raise Unsettled where errors of the operands change the choice of an operation; with `away`
    the inputs have errors too.
    """
    n = run.trace.inputs
    errors = [UNIT * abs(float(x)) or UNIT if away else 0.0 for x in run.values[:n]]
    roundings = run.roundings()
    for k, (_, operands) in enumerate(run.trace.rows):
        own = [errors[x] if isinstance(x, int) else 0.0 for x in operands]
        carried = [abs(float(d)) * e for d, e in zip(run.partials[k], own, strict=True)]
        errors.append(sum(carried) + float(roundings[k]))
        if any(own):
            _hold_still(run, k, own, arithmetic)
    for a, b in run.trace.margins:
        x, y = [run.values[s] if isinstance(s, int) else arithmetic.number(s) for s in (a, b)]
        allowed = sum(errors[s] for s in (a, b) if isinstance(s, int))
        if allowed > 0.0 and abs(float(x - y)) <= 2.0 * SAFETY * allowed:
            raise Unsettled("a comparison of almost equal numbers")


def _hold_still(run: Run, k: int, errors: Sequence[float], arithmetic: Any) -> None:
    """Whether the partials of an operation are steady as far as its operands may be wrong."""
    name, slots = run.trace.rows[k]
    operands = [run.values[x] if isinstance(x, int) else arithmetic.number(x) for x in slots]
    result, partials = run.values[run.trace.inputs + k], run.partials[k]
    for place, error in enumerate(errors):
        if error == 0.0:
            continue
        for sign in (-1.0, 1.0):
            moved = list(operands)
            moved[place] = operands[place] + arithmetic.number(sign * 2.0 * SAFETY * error)
            there = arithmetic.value(name, moved)
            slopes = arithmetic.partials(name, moved, there)
            rise = abs(float(partials[place])) * 4.0 * SAFETY * error
            if not abs(float(there - result)) <= rise + 1e-9 * abs(float(result)):
                raise Unsettled(f"{name} next to a jump")
            if not all(
                abs(float(c - d)) <= 1e-4 * (1e-3 + abs(float(d)))
                for c, d in zip(slopes, partials, strict=True)
            ):
                raise Unsettled(f"{name} next to a kink or a pole")
    assert math.isfinite(sum(errors)), "finite operands have finite errors"
