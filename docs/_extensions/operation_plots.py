"""A small picture of each operation and its derivative, as SVG that suits light and dark pages."""

import io
import math
import statistics
import warnings
from typing import Any, NamedTuple

from curves import Curves, Function

from autograd_lite.core.table import Primitive

# Each is legible on white and on black.
VALUE, SLOPE, INK = "#3b82f6", "#ea580c", "#767d86"
WIDTH, HEIGHT = 3.4, 2.3
_TALLEST = 8.0

# Where the sampling box of the tests is no good window: (low, high).
_WINDOWS = {"tan": (-4.7, 4.7), "sin": (-6.5, 6.5), "cos": (-6.5, 6.5), "acosh": (0.0, 4.0)}
_WINDOWS |= {"lgamma": (-4.0, 4.0), "gamma": (-4.0, 4.0), "digamma": (-4.0, 4.0)}
_WINDOWS |= {"polygamma": (-0.5, 4.0), "exp": (-3.0, 2.5), "exp2": (-3.0, 3.0)}

# Which operand varies, and what the others are; without a line the first varies, and the others
# stand at three quarters of their box.
_SECTIONS: dict[str, tuple[int, dict[int, float]]] = {
    "pow": (0, {1: 3.0}),
    "floordiv": (0, {1: 1.0}),
    "mod": (0, {1: 1.5}),
    "fmod": (0, {1: 1.5}),
    "remainder": (0, {1: 1.5}),
    "round_to": (0, {1: 0.0}),
    "leaky_relu": (0, {1: 0.1}),
    "elu": (0, {1: 1.0}),
    "clip": (0, {1: -1.0, 2: 2.0}),
    "where": (1, {0: 1.0, 2: -1.0}),
    "bell": (1, {0: 1.0}),
    "polygamma": (1, {0: 1.0}),
    "atan2": (0, {1: 1.0}),
    "hypot": (0, {1: 1.0}),
    "logaddexp": (0, {1: 0.0}),
    "expdiff": (0, {1: 0.0}),
    "xlogy": (1, {0: 1.0}),
    "maximum": (0, {1: 1.0}),
    "minimum": (0, {1: 1.0}),
    "logsumexp": (0, {1: 0.0}),
    "norm": (0, {1: 1.0}),
    "dot": (0, {1: 2.0, 2: 0.5, 3: 1.0}),
    "sum": (0, {1: 1.0}),
    "mean": (0, {1: 1.0}),
    "prod": (0, {1: 0.5}),
}


class Section(NamedTuple):
    """A primitive as a function of one operand."""

    varied: int
    fixed: dict[int, float]
    value: Function
    slope: Function


def section(row: Primitive) -> Section:
    """The operation along one operand, and its partial by that operand."""
    box = row.domain.box
    varied, fixed = _SECTIONS.get(row.name, (0, {}))
    count = row.arity or len(fixed) + 1 or 2
    if row.name not in _SECTIONS and row.arity is None:
        count, fixed = 2, {1: 1.0}
    for k in range(count):
        if k != varied and k not in fixed:
            low, high = box[k] if k < len(box) else box[-1]
            fixed = {**fixed, k: round(low + 0.75 * (high - low), 1)}

    def operands(x: float) -> list[float]:
        return [x if k == varied else fixed[k] for k in range(count)]

    def value(x: float) -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return float(row.value(*operands(x)))

    def slope(x: float) -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            xs = operands(x)
            found = row.local_partials(xs, row.value(*xs), [k == varied for k in range(count)])
            return float(found[varied])

    return Section(varied, fixed, value, slope)


def window(row: Primitive, part: Section) -> tuple[float, float, float, float]:
    """left, right, bottom, top: a little more than where the operation is defined."""
    if row.name in _WINDOWS:
        low, high = _WINDOWS[row.name]
    else:
        low, high = row.domain.box[min(part.varied, len(row.domain.box) - 1)]
        if low > 0.0 and math.isfinite(part.value(-0.97 * high)):
            low = -high
        margin = (high - low) / (8.0 if low < 0.0 else 4.0)
        low, high = low - margin, high + (margin if low < 0.0 else 0.0)
    xs = [low + (high - low) * (i + 0.5) / 97.0 for i in range(97)]
    ys = sorted(y for f in (part.value, part.slope) for y in map(f, xs) if math.isfinite(y))
    bottom, top = ys[len(ys) // 40], ys[-1 - len(ys) // 40]
    limit = max(_TALLEST, 1.5 * abs(statistics.median(map(abs, ys))))
    bottom, top = max(bottom, -limit), min(top, limit)
    bottom, top = min(bottom, 0.0), max(top, 0.0)
    if row.logical:  # true at a single point, maybe, which samples miss
        top = 1.0
    # A line that is all zero still needs a window.
    margin = max(0.1 * (top - bottom), 0.15)
    return low, high, bottom - margin, top + margin


def plot(row: Primitive) -> str:
    """The picture as SVG text, the same for the same row."""
    import matplotlib
    from matplotlib.figure import Figure

    part = section(row)
    low, high, bottom, top = window(row, part)
    style = {"svg.hashsalt": row.name, "svg.fonttype": "none", "font.size": 9}
    with matplotlib.rc_context({**style, "font.family": "sans-serif"}):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        figure.patch.set_alpha(0.0)
        axes = figure.add_subplot()
        axes.patch.set_alpha(0.0)
        for line in (axes.axhline(0.0), axes.axvline(0.0)):
            line.set(color=INK, linewidth=0.8, alpha=0.6)
        _draw(axes, Curves(part.value, low, high, bottom, top), VALUE, "-", "o")
        _draw(axes, Curves(part.slope, low, high, bottom, top), SLOPE, (0, (4, 1.6)), "s")
        axes.set(xlim=(low, high), ylim=(bottom, top))
        axes.tick_params(colors=INK, length=2.5, width=0.7)
        axes.locator_params(nbins=6)
        for side in axes.spines.values():
            side.set_visible(False)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()


def _draw(axes: Any, found: Curves, colour: str, dashes: Any, marker: str) -> None:
    for piece in found.pieces:
        axes.plot(*zip(*piece, strict=True), color=colour, linestyle=dashes, linewidth=1.7)
    dots = {"color": colour, "linestyle": "none", "markersize": 4.0, "zorder": 5}
    hollow = {**dots, "markerfacecolor": "none"}
    for limit in found.limits:
        reached = any(math.dist(limit, value) < 1e-6 for value in found.values)
        if not reached:
            axes.plot(*limit, marker=marker, **hollow)
    for value in found.values:
        axes.plot(*value, marker=marker, **dots)
