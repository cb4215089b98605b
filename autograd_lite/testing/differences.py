"""Estimate derivatives along one coordinate by finite differences, with an error and a verdict.

A central difference alone cannot tell a wrong derivative from rounding, nor a kink from a steep
curve. So an estimate is extrapolated from two steps, and their disagreement is its error. If the
slopes to the left and to the right do not converge, the point is classified: a kink, a jump, an
infinite slope, or the edge of the domain.
"""

import math
import sys
from collections.abc import Callable
from itertools import pairwise
from operator import itemgetter
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

    Attributes:
        kind: what the function is like at the point.
        value: the derivative; inf with a sign at an infinite slope.
        error: the estimated error of `value`.
        left, right: the one-sided slopes, which are equal where `kind` is "smooth".
    """

    kind: Kind
    value: float
    error: float
    left: float
    right: float


class Line:
    """The outputs of a function along one coordinate; each offset is evaluated only once.

    Arguments:
        evaluate: a function from a list of floats to a list of floats.
        point: the point that offsets are added to.
        index: the coordinate that varies.
    """

    def __init__(
        self, evaluate: Callable[[list[float]], list[float]], point: list[float], index: int
    ) -> None:
        self.evaluate = evaluate
        self.point = point
        self.index = index
        self.step = BASE_STEP * max(1.0, abs(point[index]))
        self._seen = {0.0: evaluate(list(point))}

    def round_step(self, offset: float) -> float:
        """Return the distance that the coordinate really moves, after rounding."""
        return (self.point[self.index] + offset) - self.point[self.index]

    def evaluate_at(self, offset: float) -> list[float]:
        """Return the outputs at an offset from the point; nan where the function raises."""
        if offset not in self._seen:
            moved = list(self.point)
            moved[self.index] += offset
            try:
                self._seen[offset] = self.evaluate(moved)
            except (ArithmeticError, ValueError):
                # math functions raise outside their domain, where this package returns nan
                self._seen[offset] = [math.nan] * len(self._seen[0.0])
        return self._seen[offset]

    def compute_change(self, output: int, offset: float) -> float:
        return self.evaluate_at(offset)[output] - self.evaluate_at(0.0)[output]

    def compute_slope(self, output: int, offset: float) -> float:
        """Return the one-sided difference quotient, to the left if the offset is negative."""
        return self.compute_change(output, offset) / self.round_step(offset)

    def compute_central_slope(self, output: int, offset: float) -> float:
        rise = self.evaluate_at(offset)[output] - self.evaluate_at(-offset)[output]
        return rise / (self.round_step(offset) - self.round_step(-offset))

    def measure_noise(self, output: int) -> float:
        """Return the standard deviation of the outputs about a smooth curve.

        Where the function cancels, its inner rounding errors are far larger than the rounding of
        its output. Fourth differences of evenly spaced outputs remove a smooth curve and leave
        sqrt(70) times the noise (More and Wild 2011, "Estimating computational noise"). The
        spacings are no multiples of each other nor of the steps of the quotients: if a step moves
        an inner result by nearly a whole number of units in the last place, so do all its halves,
        and their slopes agree on a wrong value.
        """
        deviations = [self._measure_deviation(output, scale * self.step) for scale in _SPACINGS]
        # differences of the curve itself, at a kink or an extremum, shrink with the spacing
        shrink = all(wide > narrow for wide, narrow in pairwise(deviations))
        return 0.0 if shrink and deviations[0] > 8.0 * deviations[-1] else max(deviations)

    def _measure_deviation(self, output: int, spacing: float) -> float:
        ys = [self.evaluate_at(k * spacing)[output] for k in range(-4, 5)]
        for _ in range(4):
            ys = [y - x for x, y in pairwise(ys)]
        if not (min(ys) < 0.0 < max(ys) and all(map(math.isfinite, ys))):
            return 0.0
        return math.hypot(*ys) / math.sqrt(70.0 * len(ys))

    def bound_rounding(self, output: int, offset: float) -> float:
        """Return the error that rounding of the outputs alone may cause in a quotient."""
        sizes = [abs(self.evaluate_at(t)[output]) for t in (-offset, 0.0, offset)]
        size = max(size for size in sizes if math.isfinite(size))
        return 2.0 * EPSILON * size / abs(offset)


def estimate(line: Line, output: int, *, careful: bool = False) -> Estimate:
    """Estimate the derivative of one output along `line`, and classify the point.

    Arguments:
        line: the function along one coordinate.
        output: the index of the output.
        careful: spend more evaluations to rule out that two steps agree by chance, as they may
            where rounding errors inside the function exceed the rounding of its output.

    >>> estimate(Line(lambda x: [abs(x[0])], [0.0], 0), 0).kind
    'kink'
    >>> round(estimate(Line(lambda x: [x[0] ** 2], [3.0], 0), 0).value, 6)
    6.0
    """
    if not math.isfinite(line.evaluate_at(0.0)[output]):
        return Estimate("undefined", math.nan, math.inf, math.nan, math.nan)
    wide, narrow = (_measure_gap(line, output, t) for t in (line.step, line.step / 2))
    value, error = _extrapolate(line, output, 1.0)
    noise = line.bound_rounding(output, line.step / 2)
    # The gap that curvature causes halves with the step; the gap of a kink stays.
    if narrow <= 0.75 * wide + 2.0 * noise and error <= 0.01 * abs(value) + 2.0 * noise:
        return _estimate_smooth(line, output, careful)
    if 0.0 < abs(line.point[line.index]) < 1e-3:
        # The step is long compared with the coordinate: log is smooth at 1e-9 over shorter steps.
        value, error = _extrapolate(line, output, _list_near_scales(line)[-1])
        if error <= 1e-5 * abs(value):
            return Estimate("smooth", value, error, value, value)
    return _classify(line, output, careful)


def _measure_gap(line: Line, output: int, offset: float) -> float:
    return abs(line.compute_slope(output, offset) - line.compute_slope(output, -offset))


def _estimate_smooth(line: Line, output: int, careful: bool) -> Estimate:
    noise = line.measure_noise(output) if careful else 0.0

    def extrapolate(scale: float) -> tuple[float, float]:
        return _extrapolate(line, output, scale, noise)

    estimates = [extrapolate(1.0)]
    best = estimates[0]
    if careful or not best[1] <= 1e-7 * abs(best[0]):
        more = [extrapolate(scale) for scale in _list_near_scales(line)]
        estimates = [*reversed(more[2:]), estimates[0], *more[:2]]
        best = min(_cross_check(estimates) if careful else estimates, key=itemgetter(1))
    if not best[1] <= 1e-3 * abs(best[0]):
        # Rounding errors exceed the slope: only longer steps can help.
        estimates += [extrapolate(scale) for scale in _LARGER[2:]]
        best = min(_cross_check(estimates) if careful else estimates, key=itemgetter(1))
    return Estimate("smooth", best[0], best[1], best[0], best[0])


def _list_near_scales(line: Line) -> list[float]:
    """Return two longer steps, then shorter ones; the last is small relative to the coordinate."""
    relative = abs(line.point[line.index]) * BASE_STEP / line.step
    shortest = [relative] if 0.0 < relative < _SMALLER[-1] else []
    return [*_LARGER[:2], *_SMALLER, *shortest]


def _cross_check(estimates: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Raise the error of each estimate to its distance from the nearer neighbour."""
    checked = []
    for k, (value, error) in enumerate(estimates):
        neighbours = [estimates[n][0] for n in (k - 1, k + 1) if 0 <= n < len(estimates)]
        distance = min((abs(value - other) for other in neighbours if other == other), default=0.0)
        checked.append((value, max(error, distance)))
    return checked


def _extrapolate(line: Line, output: int, scale: float, noise: float = 0.0) -> tuple[float, float]:
    """Return Richardson's extrapolation of two central differences, and its error."""
    step = line.step * scale
    coarse = line.compute_central_slope(output, step)
    fine = line.compute_central_slope(output, step / 2)
    value = (4.0 * fine - coarse) / 3.0
    if not math.isfinite(value):
        return math.nan, math.inf
    # Two standard deviations of four noisy outputs with weights 4/3 and 1/3. Dividing the noise by
    # the step first gives 0 for a noise of 0, where 1 / step overflows for a subnormal step.
    scatter = 2.0 * (noise / step) * (4.0 + 0.5) / 3.0 * math.sqrt(2.0)
    return value, abs(fine - coarse) + line.bound_rounding(output, step / 2) + scatter


def _classify(line: Line, output: int, careful: bool) -> Estimate:
    sides = [_examine_side(line, output, direction) for direction in (-1.0, 1.0)]
    (left_kind, left, left_error), (right_kind, right, right_error) = sides
    error = max(left_error, right_error)
    kinds = {left_kind, right_kind}
    if "jump" in kinds:
        return Estimate("jump", math.nan, math.inf, left, right)
    if "infinite slope" in kinds:
        steep = left if left_kind == "infinite slope" else right
        return Estimate("infinite slope", steep, 0.0, left, right)
    shortest = _list_near_scales(line)[-1]
    if "undefined" in kinds and _extrapolate(line, output, shortest)[1] < math.inf:
        return _estimate_smooth(line, output, careful)
    if kinds == {"undefined"}:
        return Estimate("undefined", math.nan, math.inf, left, right)
    if "undefined" in kinds:
        value, error = (right, right_error) if left_kind == "undefined" else (left, left_error)
        return Estimate("edge of the domain", value, error, left, right)
    if _is_kink(line, output):
        return Estimate("kink", (left + right) / 2.0, error, left, right)
    return _estimate_smooth(line, output, careful)


def _is_kink(line: Line, output: int) -> bool:
    """Return whether the gap between the sides stays as the step shrinks.

    On a smooth curve the gap shrinks with the step; where rounding causes it, it grows.
    """
    gaps = [_measure_gap(line, output, line.step * scale) for scale in _APPROACH[:3]]
    return all(0.7 * gaps[0] < gap < 1.4 * gaps[0] for gap in gaps)


def _examine_side(line: Line, output: int, direction: float) -> tuple[Kind, float, float]:
    """Return the kind of one side, its slope at the point, and the error of the slope."""
    offsets = [direction * line.step * scale for scale in _APPROACH]
    slopes = [line.compute_slope(output, offset) for offset in offsets]
    if not all(map(math.isfinite, slopes)):
        return "undefined", math.nan, math.inf
    if _jumps(line, output, direction):
        return "jump", math.copysign(math.inf, slopes[-1]), math.inf
    if _diverges(slopes):
        return "infinite slope", math.copysign(math.inf, slopes[-1]), 0.0
    value = 2.0 * line.compute_slope(output, offsets[0] / 2) - slopes[0]
    error = abs(value - slopes[0]) + 2.0 * line.bound_rounding(output, offsets[0] / 2)
    return "smooth", value, error


def _jumps(line: Line, output: int, direction: float) -> bool:
    scales = (8.0, 1.0, 1 / 64, 1 / 4096)
    changes = [line.compute_change(output, direction * line.step * scale) for scale in scales]
    last = changes[-1]
    noise = 16.0 * EPSILON * abs(line.evaluate_at(0.0)[output])
    return abs(last) > noise and all(0.5 < change / last < 2.0 for change in changes)


def _diverges(slopes: list[float]) -> bool:
    """Return whether the slopes grow like a power of the step, as those of sqrt do at 0."""
    if 0.0 in slopes:
        return False
    ratios = [later / earlier for earlier, later in pairwise(slopes)]
    return min(ratios) > 1.1 and max(ratios) < 3.95 and max(ratios) < 1.5 * min(ratios)
