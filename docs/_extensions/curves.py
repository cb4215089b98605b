"""A function of one variable as curves that can be drawn: split where it jumps or leaves its range.

A plotting library joins neighbouring points, which draws a vertical line at every pole and step.
Here the interval around a jump is halved until a jump is told from a steep piece, and the curve
ends there.
"""

import math
from collections.abc import Callable

Function = Callable[[float], float]
Point = tuple[float, float]
_SAMPLES = 481
_HALVINGS = 46


def jump(f: Function, a: float, b: float, least: float) -> tuple[float, float] | None:
    """The two neighbours between which f jumps by more than `least`, from a to b."""
    for _ in range(_HALVINGS):
        middle = 0.5 * (a + b)
        if not a < middle < b:
            break
        left, right = abs(f(middle) - f(a)), abs(f(b) - f(middle))
        if math.isnan(left + right):
            return (a, b)
        if max(left, right) < least:
            return None
        a, b = (a, middle) if left >= right else (middle, b)
    return (a, b)


def edge(f: Function, a: float, b: float) -> float:
    """The last point from a towards b where f is finite; it is at a, and not at b."""
    for _ in range(_HALVINGS):
        middle = 0.5 * (a + b)
        a, b = (middle, b) if math.isfinite(f(middle)) else (a, middle)
    return a


class Curves:
    """f over [low, high], as it is seen in a window from `bottom` to `top`.

    Attributes:
        pieces: lists of points between which f is continuous.
        limits: where a piece ends at a jump, inside the window.
        values: what f is at those jumps.
    """

    def __init__(self, f: Function, low: float, high: float, bottom: float, top: float) -> None:
        self.pieces: list[list[Point]] = []
        self.limits: list[Point] = []
        self.values: list[Point] = []
        self._f = f
        self._bottom, self._top = bottom, top
        self._piece: list[Point] = []
        step = (high - low) / (_SAMPLES - 1)
        xs = [low + step * i for i in range(_SAMPLES)]
        for before, x in zip([None, *xs], xs, strict=False):
            self._extend(before, x)
        self._end()

    def _extend(self, before: float | None, x: float) -> None:
        """From the sample before to the next one, x."""
        last = self._piece[-1] if self._piece else None
        if not math.isfinite(self._f(x)):
            if last is not None:
                self._piece.append(self._seen(edge(self._f, last[0], x)))
            self._end()
            return
        if last is None and before is not None:
            self._piece.append(self._seen(edge(self._f, x, before)))
        elif last is not None:
            self._split(last, x)
        self._piece.append(self._seen(x))

    def _split(self, last: Point, x: float) -> None:
        """End the piece at a jump between its last point and x, if there is one."""
        least = 0.04 * (self._top - self._bottom)
        if abs(self._f(x) - last[1]) <= least:
            return
        found = jump(self._f, last[0], x, least)
        if found is None:
            return
        left, right = [(at, self._f(at)) for at in found]
        self._piece.append(self._seen(left[0]))
        self._end()
        self._piece.append(self._seen(right[0]))
        if all(self._bottom <= y <= self._top for _, y in (left, right)):
            # f reaches the jump from one side or from neither: ask at the round number next to it.
            at = round(left[0], 9) + 0.0
            self.limits += [left, right]
            self.values.append((at, self._f(at)))

    def _seen(self, x: float) -> Point:
        """The point of the curve; far outside the window is far enough, as 1e308 overflows."""
        far = 50.0 * (self._top - self._bottom)
        return x, min(max(self._f(x), self._bottom - far), self._top + far)

    def _end(self) -> None:
        if len(self._piece) > 1:
            self.pieces.append(self._piece)
        self._piece = []
