"""Plots of a training, with Matplotlib: losses, decision boundary, gradient flow, weights.

Each draws on the axes that it is given, or on a figure of its own, and returns the axes. Nothing is
shown, and no setting of Matplotlib's changes: `axes.figure.savefig("loss.png")` saves the picture.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .core import contexts
from .nn.gradient_flow import GradientFlow, as_label, parameters_by_layer
from .nn.gradient_flow import gradient_flow as flow_of
from .nn.module import Module
from .nn.training.history import History
from .transforms.pytree import flatten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["decision_boundary", "gradient_flow", "losses", "weights"]

# Of Okabe and Ito, which people of all colour visions tell apart.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f")


def losses(
    history: History | Sequence[float] | Mapping[str, History | Sequence[float]],
    *,
    log: bool = False,
    ax: "Axes | None" = None,
) -> "Axes":
    """The loss of each epoch, and the validation loss, with its best epoch marked.

    Arguments:
        history: what `fit` returns; or numbers, one for each epoch; or several such by name.
        log: a logarithmic axis. Losses that are not above 0 are not on it.
        ax: where to draw; None makes a figure.

    Raises:
        ImportError: Matplotlib is missing.
        TypeError, ValueError: there is no loss to draw.

    >>> from autograd_lite import plots
    >>> axes = plots.losses({"slow": [0.7, 0.5, 0.4], "fast": [0.7, 0.3, 0.2]})
    >>> [text.get_text() for text in axes.get_legend().get_texts()]
    ['slow', 'fast']
    """
    curves = _curves(history)
    axes = _axes(ax, (6.4, 4.0))
    for (name, numbers), colour in zip(curves.items(), _cycled(len(curves)), strict=True):
        # a line of one number would be invisible
        mark = "o" if len(numbers) == 1 else None
        epochs = range(1, len(numbers) + 1)
        if log:
            numbers = [x if x > 0.0 else math.nan for x in numbers]
        axes.plot(epochs, numbers, color=colour, marker=mark, label=as_label(name, 40))
    best = history.best if isinstance(history, History) else None
    if best is not None and best.validation is not None:
        label = f"best: epoch {best.number}"
        colour = _COLOURS[1]
        mark_best: dict[str, Any] = {"mfc": "white", "clip_on": False, "zorder": 3}
        axes.plot([best.number], [best.validation], "o", color=colour, label=label, **mark_best)
    finite = [x for numbers in curves.values() for x in numbers if math.isfinite(x)]
    if log and any(x > 0.0 for x in finite):
        axes.set_yscale("log")
    elif finite and min(finite) >= 0.0:
        axes.set_ylim(bottom=0.0)
    axes.set(xlabel="epoch", ylabel="loss")
    axes.locator_params(axis="x", integer=True)
    if len(curves) > 1 or best is not None:
        axes.legend(frameon=False)
    return _plain(axes)


def decision_boundary(
    model: Callable[[list[float]], Any],
    points: Any,
    labels: Any,
    *,
    threshold: float = 0.0,
    resolution: int = 80,
    limits: Sequence[float] | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """What a model of two inputs says over the plane, with the points it was trained on.

    A model of one output is shaded by its score, and where that is `threshold` runs a black line.
    Of a model of several outputs the largest one counts, and each has a colour; a label that is an
    index of an output has its colour.

    Arguments:
        model: takes a list of two numbers, such as an `MLP`.
        points: pairs of numbers.
        labels: one for each point.
        threshold: the score on the border: 0, or 0.5 for a probability.
        resolution: how many scores across the picture.
        limits: the picture's (left, right, bottom, top); None is a little more than the points.
        ax: where to draw; None makes a figure.

    Raises:
        ImportError: Matplotlib is missing.
        TypeError, ValueError: these are no points and labels, or the model does not take two
            numbers.

    >>> from autograd_lite import nn, plots
    >>> net = nn.MLP(2, [1], rng=0)
    >>> axes = plots.decision_boundary(net, [[0.0, 1.0], [1.0, 0.0]], [0, 1], resolution=20)
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('x1', 'x2')
    """
    axes = _axes(ax, (6.4, 5.0))
    import numpy as np

    places, classes = _points(np, points, labels)
    left, right, bottom, top = _limits(np, places, limits)
    if resolution < 2:
        raise ValueError(f"resolution must be at least 2, not {resolution}")
    xs, ys = np.linspace(left, right, resolution), np.linspace(bottom, top, resolution)
    grid = contexts.no_grad()(
        lambda: [[_scores(model([x, y])) for x in xs.tolist()] for y in ys.tolist()]
    )()
    kinds = list(dict.fromkeys(sorted(classes, key=lambda label: (str(type(label)), label))))
    scores = np.array(grid)
    if scores.shape[2] == 1:
        colours = _shade(np, axes, xs, ys, scores[:, :, 0] - threshold, len(kinds))
    else:
        colours = _cycled(max(scores.shape[2], len(kinds)))
        _divide(np, axes, xs, ys, scores, colours)
        outputs = range(scores.shape[2])
        if all(label in outputs for label in kinds):  # indices, of which some may be missing
            colours = [colours[int(label)] for label in kinds]
    for label, colour in zip(kinds, colours, strict=False):
        own = places[[i for i, each in enumerate(classes) if each == label]]
        edge: dict[str, Any] = {"edgecolors": "white", "linewidths": 0.7}
        name = f"{label:g}" if isinstance(label, float) else as_label(str(label), 30)
        axes.scatter(own[:, 0], own[:, 1], s=28, color=colour, label=name, zorder=3, **edge)
    axes.set(xlim=(left, right), ylim=(bottom, top), xlabel="x1", ylabel="x2")
    axes.legend(loc="best", framealpha=0.9)
    return axes


def gradient_flow(source: GradientFlow | Module, *, ax: "Axes | None" = None) -> "Axes":
    """How the gradient of the last `backward()` reaches each layer: see `nn.gradient_flow`.

    Arguments:
        source: a model after `backward()`, or what `nn.gradient_flow` found.
        ax: where to draw; None makes a figure.

    Raises:
        ImportError: Matplotlib is missing.
        TypeError, ValueError: as `nn.gradient_flow`.

    >>> from autograd_lite import nn, plots
    >>> net = nn.MLP(2, [3, 1], activation="tanh", rng=0)
    >>> net([1.0, -1.0]).backward()
    >>> axes = plots.gradient_flow(net)
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['layers.0', 'layers.1']
    """
    flow = source if isinstance(source, GradientFlow) else flow_of(source)
    axes = _axes(ax, (8.0, 1.6 + 0.42 * len(flow)))
    flow.draw(axes)
    axes.set_title(f"Gradient flow: {flow.verdict}", loc="left")
    return axes


def weights(model: Module, *, bins: int = 30, ax: "Axes | None" = None) -> "Axes":
    """A histogram of each layer's parameters, one above the other, the first layer on top.

    Each is as high as the others, whatever its number of parameters; the standard deviation stands
    beside it. What is not finite is left out, and counted there.

    Arguments:
        model: any Module; layers are those of `nn.gradient_flow`.
        bins: how many bars across the picture, for all layers the same.
        ax: where to draw; None makes a figure.

    Raises:
        ImportError: Matplotlib is missing.
        TypeError, ValueError: `model` is no Module, or has no parameters.

    >>> from autograd_lite import nn, plots
    >>> axes = plots.weights(nn.MLP(2, [3, 1], rng=0))
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['layers.0', 'layers.1']
    """
    if not isinstance(model, Module):
        raise TypeError(f"weights takes a Module, not {type(model).__name__}")
    layers = {name: [p.data for p in ps] for name, ps in parameters_by_layer(model).items()}
    if not layers:
        raise ValueError(f"{model!r} has no parameters")
    if bins < 1:
        raise ValueError(f"bins must be at least 1, not {bins}")
    axes = _axes(ax, (6.4, 1.4 + 0.7 * len(layers)))
    import numpy as np

    # Matplotlib's ticks overflow near the ends of the floats.
    finite = {
        name: [min(max(x, -1e300), 1e300) for x in row if math.isfinite(x)]
        for name, row in layers.items()
    }
    everything = [x for row in finite.values() for x in row] or [0.0]
    low, high = min(everything), max(everything)
    if high - low <= 1e-9 * abs(low):
        room = max(0.5, 0.5 * abs(low))
        low, high = low - room, high + room
    edges = np.linspace(low, high, bins + 1)
    for i, (name, row) in enumerate(finite.items()):
        counts, _ = np.histogram(row, edges)
        base = len(layers) - 1 - i
        heights = base + 0.85 * counts / max(1, counts.max())
        colour = _COLOURS[i % len(_COLOURS)]
        axes.stairs(heights, edges, baseline=base, fill=True, color=colour, alpha=0.55)
        axes.stairs(heights, edges, baseline=base, color=colour, linewidth=1.0)
        lost = len(layers[name]) - len(row)
        note = str(len(layers[name])) + (f", sd {_deviation(np, row):.2g}" if row else "")
        note += f", {lost} not finite" if lost else ""
        beside: dict[str, Any] = {
            "xycoords": ("axes fraction", "data"),
            "va": "center",
            "fontsize": 9,
        }
        axes.annotate(note, (1.01, base + 0.3), color=colour, **beside)
    ticks = [len(layers) - 1 - i + 0.3 for i in range(len(layers))]
    axes.set_yticks(ticks, [as_label(name or type(model).__name__, 30) for name in layers])
    axes.set(xlabel="parameter", ylim=(-0.1, len(layers)), xlim=(low, high))
    axes.axvline(0.0, color="#888888", linewidth=0.8, zorder=0)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    return axes


def _axes(ax: "Axes | None", size: tuple[float, float]) -> "Axes":
    """The axes to draw on. A figure of pyplot's would stay in its list, and become the current."""
    if ax is not None:
        return ax
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            f"plots need Matplotlib (pip install 'autograd-lite[demos]'): {error}"
        ) from error
    return Figure(figsize=size, layout="constrained").add_subplot()


def _plain(axes: "Axes") -> "Axes":
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _cycled(count: int) -> list[str]:
    return [_COLOURS[i % len(_COLOURS)] for i in range(count)]


def _curves(history: Any) -> dict[str, list[float]]:
    if isinstance(history, History):
        curves = {"training": history.loss}
        if history.validation:
            curves["validation"] = history.validation
    elif isinstance(history, Mapping):
        curves = {
            str(name): each.loss if isinstance(each, History) else list(each)
            for name, each in history.items()
        }
    else:
        curves = {"loss": list(history)}
    if not any(curves.values()):
        raise ValueError("there is no loss to draw")
    return curves


def _points(np: Any, points: Any, labels: Any) -> tuple[Any, list[Any]]:
    places = np.array(points, dtype=float)
    classes = labels.tolist() if hasattr(labels, "tolist") else list(labels)
    if places.ndim != 2 or places.shape[1] != 2 or not len(places):
        raise ValueError(f"points must be pairs of numbers, not of shape {places.shape}")
    if any(hasattr(label, "__len__") and not isinstance(label, str) for label in classes):
        raise ValueError("labels are one for each point, not lists of them")
    if len(classes) != len(places):
        raise ValueError(f"{len(places)} points, but {len(classes)} labels")
    return places, classes


def _limits(np: Any, places: Any, limits: Sequence[float] | None) -> tuple[float, ...]:
    if limits is not None:
        left, right, bottom, top = map(float, limits)
        if not (left < right and bottom < top):
            raise ValueError(f"limits are (left, right, bottom, top), not {tuple(limits)}")
        return left, right, bottom, top
    inside = places[np.isfinite(places).all(axis=1)]
    if not len(inside):
        raise ValueError("no point is finite")
    low, high = inside.min(axis=0), inside.max(axis=0)
    room = np.where(high > low, 0.12 * (high - low), 0.5)
    (left, bottom), (right, top) = (low - room).tolist(), (high + room).tolist()
    return left, right, bottom, top


def _deviation(np: Any, row: list[float]) -> float:
    """The standard deviation, without overflow."""
    size = max(map(abs, row)) or 1.0
    return size * float(np.std([x / size for x in row]))


def _scores(prediction: Any) -> list[float]:
    leaves, _ = flatten(prediction, "prediction")
    return [float(getattr(x, "data", x)) for x in leaves]


def _shade(np: Any, axes: Any, xs: Any, ys: Any, scores: Any, kinds: int) -> list[str]:
    """Colour the plane by a score, blue above 0 and orange below; returns the points' colours."""
    from matplotlib.colors import LinearSegmentedColormap

    low, high = _COLOURS[1], _COLOURS[0]
    # mixed with white, not transparent: that shows a seam between two shades
    fades = LinearSegmentedColormap.from_list("", [_pale(low), "#ffffff", _pale(high)])
    finite = scores[np.isfinite(scores)]
    # squeezed, so that a score far from the border does not pale the rest
    size = float(np.median(np.abs(finite))) if len(finite) else 0.0
    bounded = np.tanh(scores / (2.0 * size)) if size > 0.0 else np.sign(scores)
    axes.contourf(xs, ys, bounded, levels=np.linspace(-1.0, 1.0, 21), cmap=fades, extend="both")
    if len(finite) and finite.min() < 0.0 < finite.max():
        axes.contour(xs, ys, scores, levels=[0.0], colors="black", linewidths=1.4)
    return [low, high] if kinds <= 2 else _cycled(kinds)


def _divide(np: Any, axes: Any, xs: Any, ys: Any, scores: Any, colours: Sequence[str]) -> None:
    """Colour the plane by the largest score, with a line where two are equal."""
    from matplotlib.colors import to_rgb

    classes = scores.shape[2]
    pixels = np.array([to_rgb(_pale(colour)) for colour in colours[:classes]])
    half_x, half_y = (xs[1] - xs[0]) / 2.0, (ys[1] - ys[0]) / 2.0
    extent = (xs[0] - half_x, xs[-1] + half_x, ys[0] - half_y, ys[-1] + half_y)
    shape: dict[str, Any] = {"extent": extent, "origin": "lower", "aspect": "auto"}
    axes.imshow(pixels[scores.argmax(axis=2)], interpolation="nearest", **shape)
    for k in range(classes):
        ahead = scores[:, :, k] - np.delete(scores, k, axis=2).max(axis=2)
        if ahead.min() < 0.0 < ahead.max():
            axes.contour(xs, ys, ahead, levels=[0.0], colors="black", linewidths=1.2)


def _pale(colour: str) -> str:
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - 0.4 * (255 - part)):02x}" for part in parts)
