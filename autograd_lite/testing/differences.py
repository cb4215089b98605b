"""Numerical derivatives along one coordinate, with an error estimate and a verdict.

A central difference alone cannot tell a wrong derivative from rounding, nor a kink from a steep
curve. So each estimate is taken at two steps and extrapolated, the disagreement of the two is
its error, and where the slopes to the left and right do not approach one another the reason is
found: a kink, a jump, an infinite slope, or the edge of the domain.
"""

import math
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Literal, NamedTuple

__all__ = ["Estimate", "Kind", "Line", "estimate"]

Kind = Literal["smooth", "kink", "jump", "infinite slope", "edge of the domain", "undefined"]

EPSILON = sys.float_info.epsilon
BASE_STEP = EPSILON ** (1 / 3)
_SMALLER = (1 / 8, 1 / 64, 1 / 512, 1 / 4096)
_LARGER = (8.0, 64.0, 512.0, 4096.0)
_SPACINGS = (0.0962, 0.0613, 0.0371, 0.0237, 0.0119)
_APPROACH = (1.0, 1 / 4, 1 / 16, 1 / 64)


class Estimate(NamedTuple):
    """A numerical derivative.

    `value` is right to about `error`; `left` and `right` are the one-sided slopes, which agree
    where `kind` is "smooth". At an infinite slope `value` is inf with a sign.
    """

    kind: Kind
    value: float
    error: float
    left: float
    right: float


class Line:
    """The outputs of a function along one coordinate of its point, each step evaluated once.

    Arguments:
        evaluate: from a list of floats to a list of floats.
        point: where the line is anchored.
        index: the coordinate that moves.
    """

    def __init__(
        self, evaluate: Callable[[list[float]], list[float]], point: list[float], index: int
    ) -> None:
        self.evaluate = evaluate
        self.point = point
        self.index = index
        self.step = BASE_STEP * max(1.0, abs(point[index]))
        self._seen = {0.0: evaluate(list(point))}

    def moved(self, offset: float) -> float:
        """The step really taken, after rounding the moved coordinate."""
        return (self.point[self.index] + offset) - self.point[self.index]

    def outputs(self, offset: float) -> list[float]:
        if offset not in self._seen:
            moved = list(self.point)
            moved[self.index] += offset
            try:
                self._seen[offset] = self.evaluate(moved)
            except (ArithmeticError, ValueError):
                # The math module raises beyond a domain where this package returns nan.
                self._seen[offset] = [math.nan] * len(self._seen[0.0])
        return self._seen[offset]

    def change(self, output: int, offset: float) -> float:
        return self.outputs(offset)[output] - self.outputs(0.0)[output]

    def slope(self, output: int, offset: float) -> float:
        """The one-sided difference quotient; a negative offset looks to the left."""
        return self.change(output, offset) / self.moved(offset)

    def central(self, output: int, offset: float) -> float:
        rise = self.outputs(offset)[output] - self.outputs(-offset)[output]
        return rise / (self.moved(offset) - self.moved(-offset))

    def noise(self, output: int) -> float:
        """How much the outputs scatter about a smooth curve: rounding inside the function may be
        far larger than that of its output, where it cancels.

        Fourth differences of evenly spaced outputs leave nothing of a smooth curve, and sqrt(70)
        times the noise (More and Wild 2011, "Estimating computational noise"). They are taken at
        spacings that are no multiples of one another, nor of the steps of the quotients: where a
        step moves some inner result by almost a whole number of its last places, all its halves do,
        and the slopes over them agree on what is wrong.
        """
        found = [self._scatter(output, scale * self.step) for scale in _SPACINGS]
        # a curve's own differences, at a kink or where it turns, shrink with the spacing
        shrink = all(wide > narrow for wide, narrow in pairwise(found))
        return 0.0 if shrink and found[0] > 8.0 * found[-1] else max(found)

    def _scatter(self, output: int, spacing: float) -> float:
        ys = [self.outputs(k * spacing)[output] for k in range(-4, 5)]
        for _ in range(4):
            ys = [y - x for x, y in pairwise(ys)]
        if not (min(ys) < 0.0 < max(ys) and all(map(math.isfinite, ys))):
            return 0.0
        return math.hypot(*ys) / math.sqrt(70.0 * len(ys))

    def rounding(self, output: int, offset: float) -> float:
        """What rounding of the outputs alone may do to a quotient over this step."""
        sizes = [abs(self.outputs(t)[output]) for t in (-offset, 0.0, offset)]
        size = max(size for size in sizes if math.isfinite(size))
        return 2.0 * EPSILON * size / abs(offset)


def estimate(line: Line, output: int, *, careful: bool = False) -> Estimate:
    """The derivative of one output along `line`, and what kind of point it is.

    `careful` spends more evaluations: it distrusts two steps that agree by chance, as they may
    where rounding inside the function is larger than rounding of its output.

    >>> estimate(Line(lambda x: [abs(x[0])], [0.0], 0), 0).kind
    'kink'
    >>> round(estimate(Line(lambda x: [x[0] ** 2], [3.0], 0), 0).value, 6)
    6.0
    """
    if not math.isfinite(line.outputs(0.0)[output]):
        return Estimate("undefined", math.nan, math.inf, math.nan, math.nan)
    wide, narrow = (_gap(line, output, t) for t in (line.step, line.step / 2))
    value, error = _extrapolated(line, output, 1.0)
    noise = line.rounding(output, line.step / 2)
    # A second derivative's share of the gap halves with the step; a kink's share stays.
    if narrow <= 0.75 * wide + 2.0 * noise and error <= 0.01 * abs(value) + 2.0 * noise:
        return _smooth(line, output, careful)
    if 0.0 < abs(line.point[line.index]) < 1e-3:
        # Here the step is long beside the coordinate: log at 1e-9 is smooth a short step away.
        value, error = _extrapolated(line, output, _near_scales(line)[-1])
        if error <= 1e-5 * abs(value):
            return Estimate("smooth", value, error, value, value)
    return _diagnosed(line, output, careful)


def _gap(line: Line, output: int, offset: float) -> float:
    return abs(line.slope(output, offset) - line.slope(output, -offset))


def _smooth(line: Line, output: int, careful: bool) -> Estimate:
    noise = line.noise(output) if careful else 0.0

    def at(scale: float) -> tuple[float, float]:
        return _extrapolated(line, output, scale, noise)

    tried = [at(1.0)]
    best = tried[0]
    if careful or not best[1] <= 1e-7 * abs(best[0]):
        more = [at(scale) for scale in _near_scales(line)]
        tried = [*reversed(more[2:]), tried[0], *more[:2]]
        best = min(_cross_checked(tried) if careful else tried, key=_by_error)
    if not best[1] <= 1e-3 * abs(best[0]):
        # Rounding drowns the slope: only longer steps can lift it out.
        tried += [at(scale) for scale in _LARGER[2:]]
        best = min(_cross_checked(tried) if careful else tried, key=_by_error)
    return Estimate("smooth", best[0], best[1], best[0], best[0])


def _near_scales(line: Line) -> list[float]:
    """Two longer steps, then shorter ones; the last is small beside the coordinate itself."""
    relative = abs(line.point[line.index]) * BASE_STEP / line.step
    shortest = [relative] if 0.0 < relative < _SMALLER[-1] else []
    return [*_LARGER[:2], *_SMALLER, *shortest]


def _cross_checked(tried: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Each estimate with an error no smaller than its distance to the nearer neighbour."""
    checked = []
    for place, (value, error) in enumerate(tried):
        beside = [tried[k][0] for k in (place - 1, place + 1) if 0 <= k < len(tried)]
        distance = min((abs(value - other) for other in beside if other == other), default=0.0)
        checked.append((value, max(error, distance)))
    return checked


def _by_error(pair: tuple[float, float]) -> float:
    return pair[1]


def _extrapolated(line: Line, output: int, scale: float, noise: float = 0.0) -> tuple[float, float]:
    """Richardson's value from two central differences, and its error."""
    step = line.step * scale
    coarse, fine = line.central(output, step), line.central(output, step / 2)
    value = (4.0 * fine - coarse) / 3.0
    if not math.isfinite(value):
        return math.nan, math.inf
    # four noisy outputs, weighed 4/3 and 1/3 over these steps: 2 deviations at most; no noise over
    # a subnormal step is none, where 1 / step would be infinite
    scatter = 2.0 * (noise / step) * (4.0 + 0.5) / 3.0 * math.sqrt(2.0)
    return value, abs(fine - coarse) + line.rounding(output, step / 2) + scatter


def _diagnosed(line: Line, output: int, careful: bool) -> Estimate:
    sides = [_side(line, output, direction) for direction in (-1.0, 1.0)]
    (left_kind, left, left_error), (right_kind, right, right_error) = sides
    error = max(left_error, right_error)
    kinds = {left_kind, right_kind}
    if "jump" in kinds:
        return Estimate("jump", math.nan, math.inf, left, right)
    if "infinite slope" in kinds:
        steep = left if left_kind == "infinite slope" else right
        return Estimate("infinite slope", steep, 0.0, left, right)
    if "undefined" in kinds and _extrapolated(line, output, _near_scales(line)[-1])[1] < math.inf:
        return _smooth(line, output, careful)
    if kinds == {"undefined"}:
        return Estimate("undefined", math.nan, math.inf, left, right)
    if "undefined" in kinds:
        value, error = (right, right_error) if left_kind == "undefined" else (left, left_error)
        return Estimate("edge of the domain", value, error, left, right)
    if _is_kink(line, output):
        return Estimate("kink", (left + right) / 2.0, error, left, right)
    return _smooth(line, output, careful)


def _is_kink(line: Line, output: int) -> bool:
    """Whether the gap between the sides stays: smoothness shrinks it, rounding makes it grow."""
    gaps = [_gap(line, output, line.step * scale) for scale in _APPROACH[:3]]
    return all(0.7 * gaps[0] < gap < 1.4 * gaps[0] for gap in gaps)


def _side(line: Line, output: int, direction: float) -> tuple[Kind, float, float]:
    """What one side looks like: its kind, its slope at the point, and the error of that."""
    offsets = [direction * line.step * scale for scale in _APPROACH]
    slopes = [line.slope(output, offset) for offset in offsets]
    if not all(map(math.isfinite, slopes)):
        return "undefined", math.nan, math.inf
    if _jumps(line, output, direction):
        return "jump", math.copysign(math.inf, slopes[-1]), math.inf
    if _diverges(slopes):
        return "infinite slope", math.copysign(math.inf, slopes[-1]), 0.0
    value = 2.0 * line.slope(output, offsets[0] / 2) - slopes[0]
    error = abs(value - slopes[0]) + 2.0 * line.rounding(output, offsets[0] / 2)
    return "smooth", value, error


def _jumps(line: Line, output: int, direction: float) -> bool:
    scales = (8.0, 1.0, 1 / 64, 1 / 4096)
    changes = [line.change(output, direction * line.step * scale) for scale in scales]
    last = changes[-1]
    noise = 16.0 * EPSILON * abs(line.outputs(0.0)[output])
    return abs(last) > noise and all(0.5 < change / last < 2.0 for change in changes)


def _diverges(slopes: list[float]) -> bool:
    """Whether the slopes follow a power law towards infinity, as sqrt's do at zero."""
    if 0.0 in slopes:
        return False
    ratios = [later / earlier for earlier, later in pairwise(slopes)]
    return min(ratios) > 1.1 and max(ratios) < 3.95 and max(ratios) < 1.5 * min(ratios)
