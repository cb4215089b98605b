"""The tutorial's diagrams, drawn with matplotlib; `pictures.py` writes them to files."""

from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Polygon
from plots import BLUE, GREEN, GREY, INK, PURPLE

PALE_BLUE, PALE_AMBER, PALE_GREEN = "#dbeafe", "#fff7e0", "#d9f5e3"

Place = tuple[float, float]


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty figure, measured in inches from its lower left corner."""
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    return figure, axes


def arrow(axes: Axes, start: Place, end: Place, colour: str, **style: float) -> None:
    """An arrow that stops short of what it connects."""
    style = {"linewidth": 1.2, "mutation_scale": 11, "shrinkA": 0, "shrinkB": 0, **style}
    axes.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", color=colour, **style))


def stretch() -> Figure:
    """A nudge of x on its way to u and f, all on one scale: 0.16 inches for each 0.1."""
    figure, axes = canvas(9, 3.5)
    left, unit = 1.1, 1.6
    rows = [("x", 2.0, 2.1, 2.75), ("u", 7.0, 7.3, 1.75), ("f", 49.0, 53.29, 0.75)]
    for (_, a, b, y), (_, c, d, below) in pairwise(rows):
        corners = [(left, y), (left + (b - a) * unit, y), (left + (d - c) * unit, below)]
        axes.add_patch(Polygon([*corners, (left, below)], color=PALE_BLUE, linewidth=0))
    for name, start, end, y in rows:
        axes.plot([left - 0.3, 8.7], [y, y], color=GREY, linewidth=1)
        axes.plot(
            [left, left + (end - start) * unit],
            [y, y],
            color=BLUE,
            linewidth=5,
            solid_capstyle="butt",
        )
        axes.text(left - 0.5, y, f"${name}$", ha="right", va="center", fontsize=14, color=INK)
        axes.text(left, y + 0.13, f"{start:g}", ha="center", fontsize=10, color=INK)
        shift = 0.28 if name != "f" else 0.0
        axes.text(
            left + (end - start) * unit + shift, y + 0.13, f"{end:g}", ha="center", fontsize=10
        )
    axes.text(2.0, 2.25, "$u = 3x + 1$: three times as long", va="center", fontsize=11)
    axes.text(5.3, 1.36, "$f = u^2$: about 14 times as long", va="center", fontsize=11)
    axes.text(
        left, 0.28, "All on one scale. 0.1 became 4.29, about 3 · 14 = 42 times as much: "
        "the smaller the nudge, the closer to 42.", fontsize=10, color=GREY,
    )  # fmt: skip
    axes.text(left, 3.2, "a nudge of 0.1", fontsize=10, color=BLUE)
    return figure


LAYERS = [[0.55, 1.1, 1.65, 2.2, 2.75], [1.0, 1.65, 2.3], [1.65]]


def sweeps() -> Figure:
    """What one forward sweep and one reverse sweep reach."""
    figure, axes = canvas(9, 3.6)
    _network(axes, 0.6, forwards=True)
    _network(axes, 5.1, forwards=False)
    axes.text(2.25, 3.35, "forwards: one input, all results", ha="center", fontsize=11)
    axes.text(6.75, 3.35, "backwards: all inputs, one result", ha="center", fontsize=11)
    axes.text(2.25, 0.1, "five sweeps for the gradient", ha="center", fontsize=10, color=GREY)
    axes.text(6.75, 0.1, "one sweep for the gradient", ha="center", fontsize=10, color=GREY)
    return figure


def _network(axes: Axes, left: float, forwards: bool) -> None:
    colour, pale = (BLUE, PALE_BLUE) if forwards else (GREEN, PALE_GREEN)
    columns = [left + 1.65 * number for number in range(3)]
    reached = [[not forwards or y == 1.1 for y in LAYERS[0]], [True] * 3, [True]]
    for layer, (here, there) in enumerate(pairwise(LAYERS)):
        for y, lit in zip(here, reached[layer], strict=True):
            for target in there:
                ends = _rims((columns[layer], y), (columns[layer + 1], target))
                if lit:
                    start, end = ends if forwards else ends[::-1]
                    arrow(axes, start, end, colour, mutation_scale=8, linewidth=1.0)
                else:
                    axes.plot(*zip(*ends, strict=True), color="#d5dae0", linewidth=0.8)
    for layer, (x, ys) in enumerate(zip(columns, LAYERS, strict=True)):
        for y, lit in zip(ys, reached[layer], strict=True):
            face, edge = (pale, colour) if lit else ("white", "#b8c0c8")
            axes.add_patch(Circle((x, y), 0.16, facecolor=face, edgecolor=edge, linewidth=1.4))


def _rims(start: Place, end: Place) -> tuple[Place, Place]:
    """Where a line between the middles of two circles leaves one and reaches the other."""
    (x, y), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
    away = 0.19 / (dx**2 + dy**2) ** 0.5
    return (x + dx * away, y + dy * away), (end[0] - dx * away, end[1] - dy * away)


def matrices() -> Figure:
    """The two products of a layer's backward step, with the page's numbers."""
    figure, axes = canvas(9.15, 2.2)
    x = np.array([[1.0, -2.0, 0.5]])
    delta = np.array([[5.0], [3.5]])
    weights = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]])
    _table(axes, (0.25, 0.6), delta, r"$\delta$", PALE_GREEN)
    axes.text(1.0, 1.0, "·", fontsize=20, ha="center", va="center")
    _table(axes, (1.15, 0.8), x, r"$x^\mathsf{T}$", PALE_BLUE)
    axes.text(3.16, 1.0, "=", fontsize=15, ha="center", va="center")
    _table(axes, (3.35, 0.6), delta @ x, r"$\partial L / \partial W$", PALE_AMBER)
    _table(axes, (5.8, 0.4), weights.T, r"$W^\mathsf{T}$", "white")
    axes.text(7.15, 1.0, "·", fontsize=20, ha="center", va="center")
    _table(axes, (7.3, 0.6), delta, r"$\delta$", PALE_GREEN)
    axes.text(8.1, 1.0, "=", fontsize=15, ha="center", va="center")
    _table(axes, (8.29, 0.4), weights.T @ delta, r"$\partial L / \partial x$", PALE_AMBER)
    return figure


def _table(axes: Axes, corner: Place, numbers: np.ndarray, title: str, colour: str) -> None:
    height, width = 0.4, 0.6
    rows, columns = numbers.shape
    left, bottom = corner
    for i in range(rows):
        for j in range(columns):
            place = (left + j * width, bottom + (rows - 1 - i) * height)
            cell = FancyBboxPatch(
                place, width, height, "square,pad=0", facecolor=colour, edgecolor=GREY
            )
            axes.add_patch(cell)
            middle = (place[0] + width / 2, place[1] + height / 2)
            axes.text(*middle, f"{numbers[i, j]:g}".replace("-", "−"), ha="center", va="center")
    middle = left + columns * width / 2
    axes.text(middle, bottom + rows * height + 0.14, title, ha="center", fontsize=12, color=INK)


STATIONS = ["$x$", "$z$", "$a$", "$s$", "$y$", "$L$"]
FORWARDS = ["$Wx + b$", r"$\sigma$", "$Va + c$", r"$\sigma$", r"$\frac{1}{2}(y - t)^2$"]
BACKWARDS = ["", r"$\odot\,a(1-a)$", r"$V^\mathsf{T}\cdot$", r"$\cdot\,y(1-y)$", "$y - t$"]
GRADIENTS = {
    0: [
        r"$\frac{\partial L}{\partial W} = \delta_z\,x^\mathsf{T}$",
        r"$\frac{\partial L}{\partial b} = \delta_z$",
    ],
    2: [
        r"$\frac{\partial L}{\partial V} = \delta_s\,a^\mathsf{T}$",
        r"$\frac{\partial L}{\partial c} = \delta_s$",
    ],
}
DELTAS = {1: r"$\delta_z$", 2: r"$\frac{\partial L}{\partial a}$", 3: r"$\delta_s$"}
DELTAS |= {4: r"$\frac{\partial L}{\partial y}$", 5: "$1$"}


def two_layers() -> Figure:
    """Numbers run forwards above, slopes backwards below, gradients fall out at the layers."""
    figure, axes = canvas(9, 3.6)
    places = [0.6 + 1.56 * number for number in range(6)]
    for number, (x, name) in enumerate(zip(places, STATIONS, strict=True)):
        _box(axes, (x, 2.75), name, PALE_BLUE, BLUE)
        if number in DELTAS:
            _box(axes, (x, 1.45), DELTAS[number], PALE_GREEN, GREEN)
    for number in range(5):
        start, end = places[number] + 0.32, places[number + 1] - 0.32
        arrow(axes, (start, 2.75), (end, 2.75), BLUE)
        axes.text((start + end) / 2, 2.88, FORWARDS[number], ha="center", fontsize=11, color=BLUE)
        if number:
            arrow(axes, (end, 1.45), (start, 1.45), GREEN)
            middle = (start + end) / 2
            axes.text(middle, 1.58, BACKWARDS[number], ha="center", fontsize=11, color=GREEN)
    for number, texts in GRADIENTS.items():
        middle = places[number + 1]
        arrow(axes, (middle, 1.15), (middle, 0.85), PURPLE)
        for row, text in enumerate(texts):
            axes.text(
                middle + (row - 0.5) * 1.35, 0.5, text, ha="center", va="center", fontsize=13,
                color=PURPLE,
            )  # fmt: skip
    axes.text(0.28, 3.3, "forwards: values", fontsize=10, color=BLUE)
    axes.text(8.72, 2.02, "backwards: slopes of L", fontsize=10, color=GREEN, ha="right")
    return figure


def _box(axes: Axes, middle: Place, text: str, face: str, edge: str) -> None:
    x, y = middle
    shape = FancyBboxPatch(
        (x - 0.24, y - 0.22), 0.48, 0.44, "round,pad=0.03", facecolor=face, edgecolor=edge
    )
    axes.add_patch(shape)
    axes.text(x, y, text, ha="center", va="center", fontsize=13, color=INK)
