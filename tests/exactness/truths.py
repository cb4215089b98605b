"""The mathematics of a row at a point, and errors in units in the last place."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import mpmath

from tests.operations import OPERATIONS

from .points import Point

mp = mpmath.mp
DIGITS = 70
EPS = 2.0**-53


class Truth(NamedTuple):
    """A true number as the sum of two doubles, and the unit in its last place."""

    high: float
    low: float
    unit: float


def rounded(x: Any) -> Truth:
    if abs(x) >= mp.mpf(2) ** 1024 - mp.mpf(2) ** 970:
        return Truth(math.copysign(math.inf, x), 0.0, 2.0**971)
    high = float(x)
    return Truth(high, float(x - mp.mpf(high)), math.ulp(high))


def units(got: float, true: Truth) -> float:
    """By how many units in the last place `got` is off; infinity is one unit above the largest."""
    if got == true.high:
        return abs(true.low) / true.unit
    # a quarter of each, so that infinity has a number, where that loses nothing
    scale = 0.25 if max(abs(got), abs(true.high)) > 1.0 else 1.0
    a, b = (
        scale * x if abs(x) != math.inf else math.copysign(2.0**1022, x) for x in (got, true.high)
    )
    off = abs((a - b) - scale * true.low) / (scale * true.unit)
    return off if off == off else math.inf


def truths(name: str, point: Point) -> list[Truth | None]:
    """The value, then the partial by each operand; None where there is no such number."""
    with mp.workdps(DIGITS):
        return [None if x is None else rounded(x) for x in numbers(name, list(map(mp.mpf, point)))]


def numbers(name: str, xs: Sequence[Any]) -> list[Any]:
    operation = OPERATIONS[name]
    return [operation.value(*xs), *operation.partial_list(xs)]


def part_is_missing(name: str, operand: int) -> bool:
    return not OPERATIONS[name].has_partial(operand)


def derivatives(name: str, point: Point, part: int) -> list[Any]:
    """Of the value or a partial, by each operand (None: there is none), by differences."""
    sizes = [abs(math.log10(abs(x))) for x in point if x]
    found = []
    with mp.workdps(320 + int(max(sizes, default=0.0))):
        xs = list(map(mp.mpf, point))
        for i, x in enumerate(xs):
            if part_is_missing(name, i):
                found.append(None)
                continue
            step = min(abs(x) or 1, mp.mpf(1)) * mp.mpf(10) ** -35
            ends = [
                numbers(name, [*xs[:i], x + side * step, *xs[i + 1 :]])[part] for side in (1, -1)
            ]
            found.append(None if None in ends else (ends[0] - ends[1]) / (2 * step))
    return found


def sensitivity(name: str, point: Point, part: int) -> float:
    """How far the number moves where every operand moves by half a unit in the last place."""
    with mp.workdps(DIGITS):
        slopes = zip(point, derivatives(name, point, part), strict=True)
        return float(mp.fsum(abs(x * d) for x, d in slopes if d is not None) * EPS)
