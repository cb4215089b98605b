"""The tutorial's curves and maps, by matplotlib; `pictures.py` writes them to files."""

import math
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import autograd_lite as ag

sys.path.append(str(Path(__file__).resolve().parents[2] / "demos"))
import two_layer_network as demo

INK, GREY, BLUE, AMBER = "#1f2933", "#7b8794", "#2563eb", "#b7791f"
GREEN, RED, PURPLE = "#15803d", "#c8442f", "#8a1c5b"


def panels(count: int, width: float = 9.0, height: float = 3.6) -> tuple[Figure, list[Axes]]:
    """A figure with panels side by side."""
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.08)
    axes = figure.subplots(1, count, squeeze=False)[0]
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
        each.grid(alpha=0.25, linewidth=0.6)
        each.set_axisbelow(True)
    return figure, list(axes)


def slopes() -> Figure:
    """Lines through two points turn into the tangent; differences have a best step."""
    figure, (left, right) = panels(2)
    _secants(left)
    _errors_of_differences(right)
    return figure


def _secants(axes: Axes) -> None:
    def f(x: float) -> float:
        return (3 * x + 1) ** 2

    xs = np.linspace(-0.4, 4.3, 95)
    for step, shade, place in ((2.0, 0.55, (3.84, 166)), (1.0, 0.9, (2.84, 103))):
        slope = (f(2 + step) - f(2)) / step
        axes.plot(xs, 49 + slope * (xs - 2), color=AMBER, alpha=shade, linewidth=1.2)
        axes.plot(2 + step, f(2 + step), "o", color=AMBER, alpha=shade, markersize=6)
        text = f"nudge {step:g}: slope {slope:g}"
        axes.annotate(text, place, ha="right", fontsize=9, color=AMBER)
    axes.plot(xs, 49 + ag.grad(f)(2.0) * (xs - 2), color=BLUE, linewidth=1.8)
    axes.plot(xs, [f(x) for x in xs], color=INK, linewidth=1.8)
    axes.plot(2, 49, "o", color=BLUE)
    axes.annotate("tangent: slope 42", (3.3, 84), color=BLUE, fontsize=9)
    axes.set(xlabel="x", ylabel="f(x)", ylim=(-10, 185), xlim=(-0.4, 4.9))
    axes.set_title("f(x) = (3x + 1)²", fontsize=11)


def _errors_of_differences(axes: Axes) -> None:
    steps = 10.0 ** np.arange(-15, -0.4, 0.25)
    for name, shift, colour in (("to one side", 0.0, AMBER), ("to both sides", 1.0, BLUE)):
        errors = []
        for h in steps:
            back = h * shift
            slope = (math.sin(1 + h) - math.sin(1 - back)) / (h + back)
            errors.append(abs(slope - math.cos(1)))
        axes.loglog(steps, errors, ".-", color=colour, linewidth=1, markersize=4, label=name)
    axes.set(xlabel="nudge", ylabel="error of the slope", ylim=(1e-13, 1))
    axes.set_title("sin at 1, by differences", fontsize=11)
    axes.legend(frameon=False, fontsize=9, loc="upper center")


def descent() -> Figure:
    """A good rate on the map of the loss and in its valley; one that is too large beside it."""
    figure, (plan, good, bad) = panels(3, height=3.3)
    for loss in (1, 4, 9, 16, 25):
        for error in (loss**0.5, -(loss**0.5)):
            plan.plot([-1, 4], [5 + error, -5 + error], color=GREY, linewidth=0.8)
    plan.plot([-1, 4], [5, -5], "--", color=GREEN, linewidth=1.5)
    plan.annotate("loss 0", (1.1, 0.82), color=GREEN, fontsize=9)
    for place, loss in (((0.56, 0.82), 1), ((0.06, 0.82), 4)):
        plan.annotate(f"{loss}", place, color=GREY, fontsize=9)
    path, _ = steps_at(0.03, 8)
    plan.plot(*zip(*path, strict=True), "o-", color=BLUE, markersize=4, linewidth=1.2)
    plan.annotate("start", path[0], xytext=(4, -11), textcoords="offset points", fontsize=9)
    plan.grid(False)
    plan.set(xlabel="w", ylabel="b", xlim=(0, 2.5), ylim=(-1.5, 1), aspect="equal")
    plan.set_title("rate 0.03, on the map", fontsize=11)
    _valley(good, 0.03, BLUE, "rate 0.03: down the valley")
    _valley(bad, 0.21, RED, "rate 0.21: out of it")
    return figure


def _valley(axes: Axes, rate: float, colour: str, title: str) -> None:
    errors = np.linspace(-5.6, 5.6, 57)
    axes.plot(errors, errors**2, color=INK, linewidth=1.2)
    path, losses = steps_at(rate, 6)
    places = [2 * w + b - 3 for w, b in path]
    axes.plot(places, losses, "o-", color=colour, markersize=5, linewidth=1.2)
    axes.set(xlabel="error 2w + b − 3", ylabel="loss", ylim=(-1, 31))
    axes.set_title(title, fontsize=11)


def steps_at(rate: float, count: int) -> tuple[list[tuple[float, float]], list[float]]:
    """Where descent on (2w + b - 3)² goes from (0.5, -1), and the losses on the way."""
    w, b = ag.Value(0.5), ag.Value(-1.0)
    optimizer = ag.optim.SGD([w, b], lr=rate)
    path, losses = [], []
    for _ in range(count):
        loss = (w * 2.0 + b - 3.0) ** 2
        path.append((w.data, b.data))
        losses.append(loss.data)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return path, losses


def training(epochs: int = 1000) -> Figure:
    """The two-layer network's error over the epochs, and what it says over the plane."""
    random_state = np.random.RandomState(42)
    points, labels = demo.make_dataset(random_state)
    net = demo.build(random_state, [2, 4, 1], "sigmoid")
    errors = list(demo.train(net, points, labels, 0.1, epochs))
    figure, (left, right) = panels(2, height=3.9)
    left.plot(errors, color=BLUE, linewidth=1.8)
    left.set(xlabel="epoch", ylabel="mean squared error", ylim=(0, 0.27))
    left.set_title("The error", fontsize=11)
    _border(right, lambda x: demo.predict(net, x).data, points, labels)
    return figure


def _border(axes: Axes, predict: Callable, points: list, labels: list) -> None:
    ticks = np.linspace(-3, 3, 25)
    with ag.no_grad():
        said = [[predict([x, y]) for x in ticks.tolist()] for y in ticks.tolist()]
    levels = np.linspace(0, 1, 11)
    shades = axes.contourf(ticks, ticks, said, levels=levels, cmap="RdBu", alpha=0.75)
    if np.min(said) < 0.5 < np.max(said):
        axes.contour(ticks, ticks, said, levels=[0.5], colors=INK, linewidths=1.8)
    axes.plot([-3, 3], [3, -3], "--", color=INK, linewidth=1, label="true border")
    for label, colour, marker in ((0, RED, "o"), (1, BLUE, "s")):
        chosen = [p for p, own in zip(points, labels, strict=True) if own == label]
        axes.scatter(
            *zip(*chosen, strict=True), c=colour, marker=marker, s=20, edgecolors="white",
            linewidths=0.6, label=f"label {label}",
        )  # fmt: skip
    axes.grid(False)
    axes.set(xlabel="$x_1$", ylabel="$x_2$", xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
    axes.set_title("What the network says", fontsize=11)
    axes.legend(fontsize=8, loc="upper right", framealpha=0.9)
    axes.figure.colorbar(shades, ax=axes, label="how likely the label is 1", shrink=0.95)


def flow() -> Figure:
    """The size of the gradient per layer: sigmoids beside ReLUs."""
    figure, (axes,) = panels(1, width=7.5, height=3.4)
    for activation, colour, shift in (("sigmoid", RED, -0.2), ("relu", BLUE, 0.2)):
        sizes = [layer.rms for layer in gradient_flow(activation)]
        places = [number + shift for number in range(1, len(sizes) + 1)]
        name = {"sigmoid": "sigmoid", "relu": "ReLU"}[activation]
        axes.bar(places, sizes, 0.4, color=colour, label=name)
    axes.set_yscale("log")
    axes.set_ylim(1e-9, 100)
    axes.set_xticks(range(1, len(sizes) + 1))
    axes.set(xlabel="layer (1 is next to the input)", ylabel="size of the gradient")
    axes.set_title("Ten hidden layers and the output, before training", fontsize=11)
    axes.legend(frameon=False, fontsize=9, loc="upper left", ncols=2)
    return figure


def gradient_flow(activation: str) -> Sequence:
    """As on the page: the gradients of a deep narrow network, by layer."""
    net = ag.nn.MLP(8, [8] * 10 + [1], activation=activation, rng=random.Random(0))
    source = random.Random(1)
    inputs = [[source.gauss(0, 1) for _ in range(8)] for _ in range(10)]
    ag.nn.mean_squared_error([net(x) for x in inputs], [1.0] * 10).backward()
    return ag.nn.gradient_flow(net)
