"""Plot training results with Matplotlib: losses, decision boundary, gradient flow and weights.

Each function draws on the axes it is given or on a new figure, and returns the axes. It opens no
window and changes no global setting of Matplotlib; `axes.figure.savefig("loss.png")` saves the
picture.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .core import contexts
from .nn.gradient_flow import GradientFlow, escape_label, group_parameters
from .nn.gradient_flow import gradient_flow as flow_of
from .nn.module import Module
from .nn.training.history import History
from .transforms.pytree import flatten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["decision_boundary", "gradient_flow", "losses", "weights"]

# The palette of Okabe and Ito, which colour-blind people can tell apart.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f")


def losses(
    history: History | Sequence[float] | Mapping[str, History | Sequence[float]],
    *,
    log: bool = False,
    ax: "Axes | None" = None,
) -> "Axes":
    """Plot the training loss of each epoch, and the validation loss with its best epoch marked.

    Arguments:
        history: the history that `fit` returns, or one number per epoch, or a dict of several of
            these by name.
        log: whether the axis is logarithmic; losses of 0 and below are then left out.
        ax: the axes to draw on; by default those of a new figure.

    Raises:
        ImportError: Matplotlib is not installed.
        TypeError, ValueError: there is no loss to draw.

    >>> from autograd_lite import plots
    >>> axes = plots.losses({"slow": [0.7, 0.5, 0.4], "fast": [0.7, 0.3, 0.2]})
    >>> [text.get_text() for text in axes.get_legend().get_texts()]
    ['slow', 'fast']
    """
    curves = _read_curves(history)
    axes = _get_axes(ax, (6.4, 4.0))
    for (name, numbers), colour in zip(curves.items(), _cycle_colours(len(curves)), strict=True):
        mark = "o" if len(numbers) == 1 else None  # a line through one point is invisible
        epochs = range(1, len(numbers) + 1)
        if log:
            numbers = [x if x > 0.0 else math.nan for x in numbers]
        axes.plot(epochs, numbers, color=colour, marker=mark, label=escape_label(name, 40))
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
    return _style(axes)


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
    """Plot the predictions of a model with two inputs over the plane, and the training points.

    For a model with one output, the shade shows its score, and a black line runs where the score
    is `threshold`. For a model with several outputs, the colour shows the largest one; points whose
    label is the index of an output have its colour.

    Arguments:
        model: a function of a list of two numbers, such as an `MLP`.
        points: pairs of numbers.
        labels: one label per point.
        threshold: the score on the boundary: 0, or 0.5 for a probability.
        resolution: the number of scores in each direction.
        limits: (left, right, bottom, top) of the picture; by default a little more than the points.
        ax: the axes to draw on; by default those of a new figure.

    Raises:
        ImportError: Matplotlib is not installed.
        TypeError, ValueError: the points are not pairs of numbers, their number is not that of the
            labels, or the model does not take two numbers.

    >>> from autograd_lite import nn, plots
    >>> net = nn.MLP(2, [1], rng=0)
    >>> axes = plots.decision_boundary(net, [[0.0, 1.0], [1.0, 0.0]], [0, 1], resolution=20)
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('x1', 'x2')
    """
    axes = _get_axes(ax, (6.4, 5.0))
    import numpy as np

    places, classes = _check_points(np, points, labels)
    left, right, bottom, top = _choose_limits(np, places, limits)
    if resolution < 2:
        raise ValueError(f"resolution must be at least 2, not {resolution}")
    xs, ys = np.linspace(left, right, resolution), np.linspace(bottom, top, resolution)
    grid = contexts.no_grad()(
        lambda: [[_read_scores(model([x, y])) for x in xs.tolist()] for y in ys.tolist()]
    )()
    kinds = list(dict.fromkeys(sorted(classes, key=lambda label: (str(type(label)), label))))
    scores = np.array(grid)
    if scores.shape[2] == 1:
        colours = _shade(np, axes, xs, ys, scores[:, :, 0] - threshold, len(kinds))
    else:
        colours = _cycle_colours(max(scores.shape[2], len(kinds)))
        _divide(np, axes, xs, ys, scores, colours)
        outputs = range(scores.shape[2])
        if all(label in outputs for label in kinds):  # some outputs may have no point
            colours = [colours[int(label)] for label in kinds]
    for label, colour in zip(kinds, colours, strict=False):
        own = places[[i for i, each in enumerate(classes) if each == label]]
        edge: dict[str, Any] = {"edgecolors": "white", "linewidths": 0.7}
        name = f"{label:g}" if isinstance(label, float) else escape_label(str(label), 30)
        axes.scatter(own[:, 0], own[:, 1], s=28, color=colour, label=name, zorder=3, **edge)
    axes.set(xlim=(left, right), ylim=(bottom, top), xlabel="x1", ylabel="x2")
    axes.legend(loc="best", framealpha=0.9)
    return axes


def gradient_flow(source: GradientFlow | Module, *, ax: "Axes | None" = None) -> "Axes":
    """Plot the size of the gradient in each layer after `backward()`; see `nn.gradient_flow`.

    Arguments:
        source: a model after `backward()`, or the result of `nn.gradient_flow`.
        ax: the axes to draw on; by default those of a new figure.

    Raises:
        ImportError: Matplotlib is not installed.
        TypeError, ValueError: as for `nn.gradient_flow`.

    >>> from autograd_lite import nn, plots
    >>> net = nn.MLP(2, [3, 1], activation="tanh", rng=0)
    >>> net([1.0, -1.0]).backward()
    >>> axes = plots.gradient_flow(net)
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['layers.0', 'layers.1']
    """
    flow = source if isinstance(source, GradientFlow) else flow_of(source)
    axes = _get_axes(ax, (8.0, 1.6 + 0.42 * len(flow)))
    flow.draw(axes)
    axes.set_title(f"Gradient flow: {flow.verdict}", loc="left")
    return axes


def weights(model: Module, *, bins: int = 30, ax: "Axes | None" = None) -> "Axes":
    """Plot a histogram of the parameters of each layer, with the first layer on top.

    All histograms have the same height. The number of parameters and their standard deviation are
    written beside each; parameters that are not finite are left out and counted there.

    Arguments:
        model: any Module; its layers are those of `nn.gradient_flow`.
        bins: the number of bars, over a range that all layers share.
        ax: the axes to draw on; by default those of a new figure.

    Raises:
        ImportError: Matplotlib is not installed.
        TypeError, ValueError: `model` is not a Module or has no parameters, or `bins` is below 1.

    >>> from autograd_lite import nn, plots
    >>> axes = plots.weights(nn.MLP(2, [3, 1], rng=0))
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['layers.0', 'layers.1']
    """
    if not isinstance(model, Module):
        raise TypeError(f"weights takes a Module, not {type(model).__name__}")
    layers = {name: [p.data for p in ps] for name, ps in group_parameters(model).items()}
    if not layers:
        raise ValueError(f"{model!r} has no parameters to plot")
    if bins < 1:
        raise ValueError(f"bins must be at least 1, not {bins}")
    axes = _get_axes(ax, (6.4, 1.4 + 0.7 * len(layers)))
    import numpy as np

    # Matplotlib's ticks overflow near the largest floats.
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
        left_out = len(layers[name]) - len(row)
        note = str(len(layers[name])) + (f", sd {_compute_deviation(np, row):.2g}" if row else "")
        note += f", {left_out} not finite" if left_out else ""
        place: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "va": "center"}
        axes.annotate(note, (1.01, base + 0.3), color=colour, fontsize=9, **place)
    ticks = [len(layers) - 1 - i + 0.3 for i in range(len(layers))]
    axes.set_yticks(ticks, [escape_label(name or type(model).__name__, 30) for name in layers])
    axes.set(xlabel="parameter", ylim=(-0.1, len(layers)), xlim=(low, high))
    axes.axvline(0.0, color="#888888", linewidth=0.8, zorder=0)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    return axes


def _get_axes(ax: "Axes | None", size: tuple[float, float]) -> "Axes":
    """Return `ax`, or the axes of a new figure of this size."""
    if ax is not None:
        return ax
    try:
        # pyplot would keep the figure alive and make it the current one
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            f"plots need Matplotlib (pip install 'autograd-lite[demos]'): {error}"
        ) from error
    return Figure(figsize=size, layout="constrained").add_subplot()


def _style(axes: "Axes") -> "Axes":
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _cycle_colours(count: int) -> list[str]:
    return [_COLOURS[i % len(_COLOURS)] for i in range(count)]


def _read_curves(history: Any) -> dict[str, list[float]]:
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
        raise ValueError("history has no loss to draw: pass the history of at least one epoch")
    return curves


def _check_points(np: Any, points: Any, labels: Any) -> tuple[Any, list[Any]]:
    """Return the points as an array and the labels as a list, or raise."""
    places = np.array(points, dtype=float)
    classes = labels.tolist() if hasattr(labels, "tolist") else list(labels)
    if places.ndim != 2 or places.shape[1] != 2 or not len(places):
        raise ValueError(f"points have the shape {places.shape}: pass pairs of numbers")
    if any(hasattr(label, "__len__") and not isinstance(label, str) for label in classes):
        raise ValueError("labels has lists for elements: pass one number or text for each point")
    if len(classes) != len(places):
        raise ValueError(
            f"there are {len(places)} points and {len(classes)} labels: pass one label per point"
        )
    return places, classes


def _choose_limits(np: Any, places: Any, limits: Sequence[float] | None) -> tuple[float, ...]:
    if limits is not None:
        left, right, bottom, top = map(float, limits)
        if not (left < right and bottom < top):
            raise ValueError(
                f"limits are {tuple(limits)}: pass (left, right, bottom, top) with left < right "
                "and bottom < top"
            )
        return left, right, bottom, top
    finite = places[np.isfinite(places).all(axis=1)]
    if not len(finite):
        raise ValueError("no point is finite: pass limits, or points that are")
    low, high = finite.min(axis=0), finite.max(axis=0)
    margin = np.where(high > low, 0.12 * (high - low), 0.5)
    (left, bottom), (right, top) = (low - margin).tolist(), (high + margin).tolist()
    return left, right, bottom, top


def _compute_deviation(np: Any, row: list[float]) -> float:
    """Return the standard deviation; scaling first avoids overflow."""
    size = max(map(abs, row)) or 1.0
    return size * float(np.std([x / size for x in row]))


def _read_scores(prediction: Any) -> list[float]:
    leaves, _ = flatten(prediction, "prediction")
    return [float(getattr(x, "data", x)) for x in leaves]


def _shade(np: Any, axes: Any, xs: Any, ys: Any, scores: Any, kinds: int) -> list[str]:
    """Colour the plane by a score, blue above 0 and orange below; return the points' colours."""
    from matplotlib.colors import LinearSegmentedColormap

    low, high = _COLOURS[1], _COLOURS[0]
    # pale rather than transparent colours, which would leave seams between the shades
    fades = LinearSegmentedColormap.from_list("", [_mix_white(low), "#ffffff", _mix_white(high)])
    finite = scores[np.isfinite(scores)]
    # bounded, so that one large score does not make all others pale
    size = float(np.median(np.abs(finite))) if len(finite) else 0.0
    bounded = np.tanh(scores / (2.0 * size)) if size > 0.0 else np.sign(scores)
    axes.contourf(xs, ys, bounded, levels=np.linspace(-1.0, 1.0, 21), cmap=fades, extend="both")
    if len(finite) and finite.min() < 0.0 < finite.max():
        axes.contour(xs, ys, scores, levels=[0.0], colors="black", linewidths=1.4)
    return [low, high] if kinds <= 2 else _cycle_colours(kinds)


def _divide(np: Any, axes: Any, xs: Any, ys: Any, scores: Any, colours: Sequence[str]) -> None:
    """Colour the plane by the largest score, with a line where the two largest are equal."""
    from matplotlib.colors import to_rgb

    classes = scores.shape[2]
    pixels = np.array([to_rgb(_mix_white(colour)) for colour in colours[:classes]])
    half_x, half_y = (xs[1] - xs[0]) / 2.0, (ys[1] - ys[0]) / 2.0
    extent = (xs[0] - half_x, xs[-1] + half_x, ys[0] - half_y, ys[-1] + half_y)
    shape: dict[str, Any] = {"extent": extent, "origin": "lower", "aspect": "auto"}
    axes.imshow(pixels[scores.argmax(axis=2)], interpolation="nearest", **shape)
    for k in range(classes):
        ahead = scores[:, :, k] - np.delete(scores, k, axis=2).max(axis=2)
        if ahead.min() < 0.0 < ahead.max():
            axes.contour(xs, ys, ahead, levels=[0.0], colors="black", linewidths=1.2)


def _mix_white(colour: str) -> str:
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - 0.4 * (255 - part)):02x}" for part in parts)
