"""The worst errors of a row over many points."""

import math
from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import mpmath

import autograd_lite as ag
from autograd_lite.core.table import Primitive

from .points import Point, points
from .truths import EPS, Truth, derivatives, part_is_missing, sensitivity, truths, units
from .ways import ways

mp = mpmath.mp
SECOND_LIMIT = 1e-12


class Worst(NamedTuple):
    """The largest error of one part of a row in one way.

    Attributes:
        units: in units in the last place of the true number.
        point: where.
        got: what came out there.
        true: what is true there.
        beyond: the largest error beyond what moving operands by half a unit does, over all points
            at which it is more than LIMIT units.
    """

    units: float
    point: Point
    got: float
    true: Truth
    beyond: float


LIMIT = 4.0
Table = dict[tuple[str, int, str], Worst]


def measure(row: Primitive, count: int, seed: int = 0, only: Sequence[str] = ()) -> Table:
    """The worst of each part (0 the value, 1 the partial by the first operand) and each way.

    All partials of a row of any number of operands are part 1.
    """
    drawn = points(row, count, seed)
    true = [truths(row.name, point) for point in drawn]
    worst: Table = {}
    for way, run in ways().items():
        if only and way not in only:
            continue
        for point, ts, ys in zip(drawn, true, run(row, drawn), strict=True):
            for k, (t, y) in enumerate(zip(ts, ys, strict=True)):
                if t is None or (k and ts[0] and math.isinf(ts[0].high)):
                    continue  # no derivative, or one of a value that no double holds
                key = (row.name, k if row.arity else min(k, 1), way)
                off = units(y, t)
                beyond = worst[key].beyond if key in worst else 0.0
                if off > LIMIT:
                    slack = sensitivity(row.name, point, k) / t.unit
                    beyond = max(beyond, off / (1.0 + slack))
                if key not in worst or off > worst[key].units:
                    worst[key] = Worst(off, point, y, t, beyond)
                else:
                    worst[key] = worst[key]._replace(beyond=beyond)
    return worst


class Second(NamedTuple):
    """The largest relative error of a second derivative; `beyond` as in `Worst`."""

    relative: float
    operands: tuple[int, int]
    point: Point
    beyond: float
    beyond_point: Point


STEPWISE = {"floordiv", "mod", "fmod", "remainder"}  # no difference quotient reaches over a jump


def measure_second(row: Primitive, count: int, seed: int = 0) -> Second:
    """By every ordered pair of operands, as the gradient of a gradient."""
    worst = Second(0.0, (0, 0), (), 0.0, ())
    for point in points(row, count, seed + 1):
        if row.name in STEPWISE or not all(1e-100 < abs(x) < 1e100 for x in point):
            continue
        if row.name in ("maximum", "minimum") and point[0] == point[1]:
            continue
        for i, j in product(range(min(len(point), 3)), repeat=2):
            true = second(row.name, point, i, j)
            if true is None or not 1e-290 < abs(true) < 1e290:
                continue
            got = ag.grad(ag.grad(row, i), j)(*point)
            error = abs(mp.mpf(got) - true)
            off = float(error / abs(true))
            if not off <= worst.relative:
                worst = worst._replace(relative=off, operands=(i, j), point=point)
            if not off <= SECOND_LIMIT:
                ends = [
                    (*point[:k], x * (1 + 2 * EPS), *point[k + 1 :]) for k, x in enumerate(point)
                ]
                moved = [abs(y - true) for y in (second(row.name, end, i, j) for end in ends) if y]
                beyond = float((error - 4 * mp.fsum(moved)) / abs(true))
                if not beyond <= worst.beyond:
                    worst = worst._replace(beyond=beyond, beyond_point=point)
    return worst


def second(name: str, point: Point, i: int, j: int) -> Any:
    return None if part_is_missing(name, i) else derivatives(name, point, 1 + i)[j]
