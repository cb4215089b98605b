"""Measure how the gradient spreads over the layers of a model, with a verdict and a chart."""

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from .._util.tabular import format_table
from .._util.text import count, shown
from ..core.value import Value
from .module import Module, list_parts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["GradientFlow", "LayerGradient", "gradient_flow"]

# The worst first, since it may hide the others.
VERDICTS = ("no gradient", "not finite", "exploding", "dead", "vanishing", "healthy")

COLOURS = {"vanishing": "#3b6fb6", "exploding": "#c8442f", "healthy": "#3a8f5c", "dead": "#7a7a7a"}


class LayerGradient(NamedTuple):
    """The gradients of one layer; statistics are of the absolute values of the finite ones.

    Attributes:
        name: the path of the layer, as in `state_dict`.
        parameters: the number of parameters.
        minimum, median, maximum: the quantiles 0, 1/2 and 1.
        rms: the root mean square.
        relative: `rms` divided by that of the strongest layer that does not explode, if any.
        zeros: the share of gradients that are exactly 0.
        not_finite: the number of gradients that are nan or infinite.
        verdict: "healthy", "vanishing", "exploding", "dead", "not finite" or "no gradient".
    """

    name: str
    parameters: int
    minimum: float
    median: float
    maximum: float
    rms: float
    relative: float
    zeros: float
    not_finite: int
    verdict: str


class GradientFlow(Sequence[LayerGradient]):
    """The result of `gradient_flow`: a sequence of layers, which prints as a table.

    Attributes:
        layers: one `LayerGradient` per layer, in the order of the model.
        verdict: the worst verdict of all layers.
        parameters: the number of parameters of the model, each counted once.
    """

    def __init__(
        self, layers: Sequence[LayerGradient], sizes: Sequence[Sequence[float]], parameters: int
    ) -> None:
        self.layers = tuple(layers)
        self.verdict = min([layer.verdict for layer in layers], key=VERDICTS.index)
        self.parameters = parameters
        self._sizes = sizes

    def __len__(self) -> int:
        return len(self.layers)

    @overload
    def __getitem__(self, index: int) -> LayerGradient: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[LayerGradient]: ...
    def __getitem__(self, index: int | slice) -> LayerGradient | Sequence[LayerGradient]:
        return self.layers[index]

    def __repr__(self) -> str:
        return f"<GradientFlow of {count(len(self), 'layer')}: {self.verdict}>"

    def __str__(self) -> str:
        head = ["layer", "parameters", "min |g|", "median", "max", "zeros", "relative", "verdict"]
        rows = [head, *[_write_cells(layer) for layer in self.layers]]
        lines = format_table(rows, 1000, numbers=range(1, 7))
        return "\n".join([*lines, f"verdict: {self._summarize()}"])

    def _summarize(self) -> str:
        if self.verdict == "no gradient":
            return (
                "no gradient: all are 0. Call backward() first, and zero_grad() only afterwards; "
                "if you did, the loss does not depend on the parameters at this point"
            )
        if self.verdict == "healthy":
            return "healthy"
        names = [shown(layer.name) for layer in self.layers if layer.verdict == self.verdict]
        listed = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
        return f"{self.verdict}: {len(names)} of {count(len(self), 'layer')} ({listed})"

    def plot(self, path: str | os.PathLike[str] | None = None) -> "Figure":
        """Plot the range, the middle half and the median of |gradient| for each layer.

        The axis is logarithmic: the share of zeros is written beside the layer. Gradients that are
        not finite are left out.

        Arguments:
            path: the file to save, as PNG, SVG or PDF according to its suffix; None saves nothing.

        Returns:
            The Matplotlib figure.

        Raises:
            ModuleNotFoundError: Matplotlib is not installed.
        """
        try:
            from matplotlib.figure import Figure
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                f"plot needs Matplotlib (pip install 'autograd-lite[demos]'): {error}"
            ) from error
        figure = Figure(figsize=(8.0, 1.6 + 0.42 * len(self)), layout="constrained")
        self.draw(figure.add_subplot())
        figure.suptitle(f"Gradient flow: {self.verdict}", x=0.01, ha="left", weight="bold")
        if path is not None:
            figure.savefig(path, dpi=150)
        return figure

    def draw(self, axes: Any) -> None:
        """Draw the chart of `plot` on axes of Matplotlib."""
        _draw_bars(axes, self.layers, self._sizes)


def gradient_flow(
    model: Module,
    *,
    vanishing: float = 1e-3,
    negligible: float = 1e-7,
    exploding: float = 1e3,
    dead: float = 0.9,
) -> GradientFlow:
    """Return statistics and a verdict on the gradients of each layer after `backward()`.

    A layer is a Module with parameters; the neurons of a `Layer` count as one layer. Each attribute
    of the model that has parameters but is not a Module is a layer too. A parameter that two layers
    share counts in both.

    Arguments:
        model: any Module, after `backward()` and before `zero_grad()`.
        vanishing: a layer is vanishing if the root mean square of its gradient is below this share
            of that of the strongest layer. A usual update changes parameters by a thousandth of
            their size (Karpathy, CS231n, "Learning and evaluation"), so 1e-3 leaves a millionth
            for such a layer, while layers with a good initialization are within a factor of about
            ten of each other (Glorot and Bengio 2010, AISTATS).
        negligible: a layer is also vanishing below this root mean square, whatever the others have:
            a million steps with a learning rate of 1 move a parameter by 0.1. A model that has
            converged looks the same.
        exploding: a layer is exploding if its root mean square is above this, multiplied by that of
            its parameters if they are larger than 1: with a learning rate of 1e-3, one step moves
            the parameters by more than their own size.
        dead: a layer is dead if at least this share of its gradients is exactly 0. One sample turns
            off half of the units of a ReLU layer, which makes up to three quarters of the gradients
            in the next layer 0, so a much larger share is not chance. Rare inputs, such as one-hot
            columns, cause zeros too.

    Raises:
        TypeError: `model` is not a Module, or a threshold is not a number.
        ValueError: the model has no parameters, or a threshold is out of range.

    >>> from autograd_lite import Value
    >>> from autograd_lite.nn import MLP, gradient_flow
    >>> net = MLP(2, [4] * 8 + [1], activation="sigmoid", rng=1)
    >>> net([0.5, -1.0]).backward()
    >>> flow = gradient_flow(net)
    >>> flow.verdict, flow[0].name, flow[0].relative < 1e-3
    ('vanishing', 'layers.0', True)
    >>> print(flow)  # doctest: +ELLIPSIS
    layer     parameters   min |g|    median       max  zeros  relative  verdict
    layers.0          12  ...
    verdict: vanishing: ... of 9 layers (layers.0, ...)
    """
    _check_threshold("vanishing", vanishing, 1.0)
    _check_threshold("negligible", negligible, math.inf)
    _check_threshold("exploding", exploding, math.inf)
    _check_threshold("dead", dead, 1.0)
    if not isinstance(model, Module):
        raise TypeError(f"gradient_flow takes a Module, not {type(model).__name__}: {model!r:.60}")
    layers = group_parameters(model)
    if not layers:
        raise ValueError(f"{model!r} has no parameters")
    limits = [exploding * max(1.0, _compute_rms([p.data for p in ps])) for ps in layers.values()]
    grads = [[p.grad for p in ps] for ps in layers.values()]
    sizes = [sorted([abs(g) for g in row if math.isfinite(g)]) for row in grads]
    means = [_compute_rms(row) for row in sizes]
    strongest = max([r for r, limit in zip(means, limits, strict=True) if r <= limit], default=0.0)
    reference = strongest or max(means)
    all_zero = all(g == 0.0 for row in grads for g in row)
    weak = max(negligible, vanishing * strongest)

    def judge(zeros: float, rms: float, limit: float, not_finite: int) -> str:
        if not_finite:
            return "not finite"
        if all_zero:
            return "no gradient"
        if zeros >= dead:
            return "dead"
        if rms > limit:
            return "exploding"
        return "vanishing" if rms < weak else "healthy"

    rows = []
    for name, row, size, rms, limit in zip(layers, grads, sizes, means, limits, strict=True):
        zeros, not_finite = row.count(0.0) / len(row), len(row) - len(size)
        rows.append(
            LayerGradient(
                name=name,
                parameters=len(row),
                minimum=_compute_quantile(size, 0.0),
                median=_compute_quantile(size, 0.5),
                maximum=_compute_quantile(size, 1.0),
                rms=rms,
                relative=rms / reference if rms else 0.0,
                zeros=zeros,
                not_finite=not_finite,
                verdict=judge(zeros, rms, limit, not_finite),
            )
        )
    return GradientFlow(rows, sizes, len(model.parameters()))


def escape_label(text: str, most: int) -> str:
    """Return a text for Matplotlib, which would read a formula between two dollar signs."""
    return shown(text, most).replace("$", r"\$")


def _check_threshold(name: str, threshold: Any, most: float) -> None:
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        raise TypeError(f"{name} must be a number, not {threshold!r:.60}")
    if not 0.0 < threshold <= most:
        raise ValueError(f"{name} must be above 0 and at most {most:g}, not {threshold!r}")


def group_parameters(model: Module) -> dict[str, list[Value]]:
    """Return the parameters by the name of their layer, each once per layer."""
    layers: dict[str, dict[int, Value]] = {}
    seen: dict[int, Any] = {}
    stack: list[tuple[str, str, Any]] = [("", "", model)]
    while stack:
        path, layer, item = stack.pop()
        if isinstance(item, Value):
            if not item.op:
                layers.setdefault(layer, {})[id(item)] = item
            continue
        if id(item) in seen:  # modules may refer to each other
            continue
        seen[id(item)] = item  # the item itself, since ids of temporary rows of an array are reused
        if isinstance(item, Module) and not getattr(item, "_is_part_of_a_layer", False):
            layer = path
        for key, part in reversed(list_parts(item)):
            name = f"{path}.{key}" if path else str(key)
            stack.append((name, layer or name, part))
    return {name: list(parameters.values()) for name, parameters in layers.items()}


def _compute_rms(numbers: Sequence[float]) -> float:
    """Return the root mean square without overflow, or 0 if there are no numbers."""
    return math.hypot(*numbers) / math.sqrt(len(numbers)) if numbers else 0.0


def _compute_quantile(ascending: Sequence[float], share: float) -> float:
    """Return a quantile by linear interpolation, or nan if there are no numbers."""
    if not ascending:
        return math.nan
    at = share * (len(ascending) - 1)
    i = min(int(at), len(ascending) - 1)
    j = min(i + 1, len(ascending) - 1)
    return ascending[i] * (1.0 - (at - i)) + ascending[j] * (at - i)


def _write_cells(layer: LayerGradient) -> list[str]:
    numbers = (layer.minimum, layer.median, layer.maximum)
    return [
        shown(layer.name),
        str(layer.parameters),
        *["0" if x == 0.0 else f"{x:.2e}" for x in numbers],
        f"{layer.zeros:.0%}",
        f"{layer.relative:.2g}",
        layer.verdict + (f" ({layer.not_finite})" if layer.not_finite else ""),
    ]


def _draw_bars(
    axes: Any, layers: Sequence[LayerGradient], sizes: Sequence[Sequence[float]]
) -> None:
    """Draw one bar per layer, the first on top: range, middle half and median."""
    # Matplotlib's ticks overflow near the smallest and largest floats.
    positive = [[min(max(g, 1e-200), 1e200) for g in size if g > 0.0] for size in sizes]
    ends = [g for row in positive for g in (*row[:1], *row[-1:])]
    axes.set_xscale("log")  # before the bars, which would choose limits for a linear axis
    if ends:
        axes.set_xlim(min(ends) / 2.0, max(ends) * 2.0)
    else:
        axes.set_xticks([])
        axes.minorticks_off()
    for i, (layer, row) in enumerate(zip(layers, positive, strict=True)):
        colour = COLOURS.get(layer.verdict, "#8a4fa3")
        if row:
            low, high = _compute_quantile(row, 0.25), _compute_quantile(row, 0.75)
            axes.hlines(i, row[0], row[-1], color=colour, linewidth=1.5)
            axes.barh(i, high - low, 0.56, left=low, color=colour, alpha=0.45, edgecolor=colour)
            axes.plot(_compute_quantile(row, 0.5), i, "|", color="black", markersize=14)
        note = layer.verdict + (f", {layer.zeros:.0%} zero" if layer.zeros else "")
        place = {"xycoords": ("axes fraction", "data"), "va": "center"}
        axes.annotate(note, (1.01, i), color=colour, fontsize=9, **place)
    axes.set_yticks(range(len(layers)), [escape_label(layer.name, 30) for layer in layers])
    axes.set_ylim(len(layers) - 0.4, -0.6)
    axes.set_xlabel("|gradient| without zeros: range, middle half and median")
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
