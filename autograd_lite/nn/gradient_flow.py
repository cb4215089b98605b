"""How the gradient reaches each layer of a model, in numbers, a verdict and a chart."""

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from .._util.tabular import format_table
from .._util.text import count, shown
from ..core.value import Value
from .module import Module, parts_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["GradientFlow", "LayerGradient", "gradient_flow"]

# The worst first: what an earlier one does to a model hides the later ones.
VERDICTS = ("no gradient", "not finite", "exploding", "dead", "vanishing", "healthy")

COLOURS = {"vanishing": "#3b6fb6", "exploding": "#c8442f", "healthy": "#3a8f5c", "dead": "#7a7a7a"}


class LayerGradient(NamedTuple):
    """One layer: sizes are of |gradient|, over the gradients that are finite.

    Attributes:
        name: the layer's path, as in `state_dict`.
        parameters: how many it has.
        zeros: the share of gradients that are exactly 0.
        not_finite: how many gradients are nan or infinite.
        rms: the root mean square.
        relative: `rms`, over that of the strongest layer that does not explode, if there is one.
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
    """What `gradient_flow` found: a sequence of layers, and a table as text.

    Attributes:
        layers: one `LayerGradient` per layer, in the model's order.
        verdict: the worst of the layers' verdicts.
        parameters: how many parameters the model has, each counted once.
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
        rows = [head, *[_cells(layer) for layer in self.layers]]
        lines = format_table(rows, 1000, numbers=range(1, 7))
        return "\n".join([*lines, f"verdict: {self._summary()}"])

    def _summary(self) -> str:
        if self.verdict == "no gradient":
            return (
                "no gradient: all are 0. Was backward() called, and zero_grad() not after it? If "
                "so, the loss does not depend on the model here"
            )
        if self.verdict == "healthy":
            return "healthy"
        names = [shown(layer.name) for layer in self.layers if layer.verdict == self.verdict]
        listed = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
        return f"{self.verdict}: {len(names)} of {count(len(self), 'layer')} ({listed})"

    def plot(self, path: str | os.PathLike[str] | None = None) -> "Figure":
        """A chart: for each layer the range of |gradient|, its middle half, and its median.

        Zeros are not on the logarithmic axis: their share stands beside the layer. What is not
        finite is left out.

        Arguments:
            path: where to save it, as PNG, SVG or PDF by its ending; None does not.

        Returns:
            The Matplotlib figure.

        Raises:
            ModuleNotFoundError: Matplotlib is missing.
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
        """The chart of `plot`, on axes of Matplotlib's."""
        _draw(axes, self.layers, self._sizes)


def gradient_flow(
    model: Module,
    *,
    vanishing: float = 1e-3,
    negligible: float = 1e-7,
    exploding: float = 1e3,
    dead: float = 0.9,
) -> GradientFlow:
    """How the gradients of the last `backward()` are spread over the layers of a model.

    A layer is a Module that holds parameters; the neurons of a `Layer` count as one. Parameters
    that the model itself holds make one layer for each attribute. A parameter that two layers share
    counts in both.

    Arguments:
        model: any Module, after `backward()` and before `zero_grad()`.
        vanishing: a layer vanishes where the root mean square of its gradient is below this share
            of the strongest layer's. A usual update changes parameters by about a thousandth of
            their size (Karpathy, CS231n, "Learning and evaluation"); 1e-3 leaves such a layer a
            millionth, while well-started layers lie within a factor of ten or so of each other
            (Glorot and Bengio 2010, AISTATS).
        negligible: or where it is below this, whatever the others have: a million steps at a
            learning rate of 1 move a parameter by 0.1. A model that has converged looks the same.
        exploding: a layer explodes where its root mean square is above this, times that of the
            parameters if they are larger than 1: at a learning rate of 1e-3, one step moves the
            parameters by more than their own size.
        dead: a layer is dead where at least this share of its gradients is exactly 0. One sample
            switches off half of the units of a ReLU layer, which makes up to three quarters of the
            next layer's gradients 0: what lies well above that is not chance. Rare inputs, such as
            one-hot columns, leave zeros too.

    Raises:
        TypeError: `model` is no Module, or a threshold no number.
        ValueError: it has no parameters, or a threshold is out of range.

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
    _check("vanishing", vanishing, 1.0)
    _check("negligible", negligible, math.inf)
    _check("exploding", exploding, math.inf)
    _check("dead", dead, 1.0)
    if not isinstance(model, Module):
        raise TypeError(f"gradient_flow takes a Module, not {type(model).__name__}: {model!r:.60}")
    layers = parameters_by_layer(model)
    if not layers:
        raise ValueError(f"{model!r} has no parameters")
    limits = [exploding * max(1.0, _rms([p.data for p in ps])) for ps in layers.values()]
    grads = [[p.grad for p in ps] for ps in layers.values()]
    sizes = [sorted([abs(g) for g in row if math.isfinite(g)]) for row in grads]
    found = [_rms(row) for row in sizes]
    strongest = max([r for r, limit in zip(found, limits, strict=True) if r <= limit], default=0.0)
    reference = strongest or max(found)
    anything = any(g != 0.0 for row in grads for g in row)
    weak = max(negligible, vanishing * strongest)

    def verdict(zeros: float, rms: float, limit: float, not_finite: int) -> str:
        if not_finite:
            return "not finite"
        if not anything:
            return "no gradient"
        if zeros >= dead:
            return "dead"
        if rms > limit:
            return "exploding"
        return "vanishing" if rms < weak else "healthy"

    rows = []
    for name, row, size, rms, limit in zip(layers, grads, sizes, found, limits, strict=True):
        zeros, not_finite = row.count(0.0) / len(row), len(row) - len(size)
        rows.append(
            LayerGradient(
                name=name,
                parameters=len(row),
                minimum=_quantile(size, 0.0),
                median=_quantile(size, 0.5),
                maximum=_quantile(size, 1.0),
                rms=rms,
                relative=rms / reference if rms else 0.0,
                zeros=zeros,
                not_finite=not_finite,
                verdict=verdict(zeros, rms, limit, not_finite),
            )
        )
    return GradientFlow(rows, sizes, len(model.parameters()))


def as_label(text: str, most: int) -> str:
    """A text for Matplotlib, to which two dollars would be a formula, and may be a wrong one."""
    return shown(text, most).replace("$", r"\$")


def _check(name: str, threshold: Any, most: float) -> None:
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        raise TypeError(f"{name} is a number, not {threshold!r:.60}")
    if not 0.0 < threshold <= most:
        raise ValueError(f"{name} is above 0 and at most {most:g}, not {threshold!r}")


def parameters_by_layer(model: Module) -> dict[str, list[Value]]:
    """The parameters by layer, each once in a layer."""
    found: dict[str, dict[int, Value]] = {}
    seen: dict[int, Any] = {}
    stack: list[tuple[str, str, Any]] = [("", "", model)]
    while stack:
        path, layer, item = stack.pop()
        if isinstance(item, Value):
            if not item.op:
                found.setdefault(layer, {})[id(item)] = item
            continue
        if id(item) in seen:  # a module may refer to the one that holds it
            continue
        seen[id(item)] = item  # kept: the row of an array is an object of its own, made just now
        if isinstance(item, Module) and not getattr(item, "_is_part_of_a_layer", False):
            layer = path
        for key, part in reversed(parts_of(item)):
            name = f"{path}.{key}" if path else str(key)
            stack.append((name, layer or name, part))
    return {name: list(parameters.values()) for name, parameters in found.items()}


def _rms(numbers: Sequence[float]) -> float:
    """The root mean square, without overflow; 0 of nothing."""
    return math.hypot(*numbers) / math.sqrt(len(numbers)) if numbers else 0.0


def _quantile(ascending: Sequence[float], share: float) -> float:
    """Between two neighbours in proportion; nan of nothing."""
    if not ascending:
        return math.nan
    at = share * (len(ascending) - 1)
    i = min(int(at), len(ascending) - 1)
    j = min(i + 1, len(ascending) - 1)
    return ascending[i] * (1.0 - (at - i)) + ascending[j] * (at - i)


def _cells(layer: LayerGradient) -> list[str]:
    numbers = (layer.minimum, layer.median, layer.maximum)
    return [
        shown(layer.name),
        str(layer.parameters),
        *["0" if x == 0.0 else f"{x:.2e}" for x in numbers],
        f"{layer.zeros:.0%}",
        f"{layer.relative:.2g}",
        layer.verdict + (f" ({layer.not_finite})" if layer.not_finite else ""),
    ]


def _draw(axes: Any, layers: Sequence[LayerGradient], sizes: Sequence[Sequence[float]]) -> None:
    """One bar a layer, the first on top: range, middle half, median."""
    # Matplotlib's ticks overflow near the ends of the floats.
    positive = [[min(max(g, 1e-200), 1e200) for g in size if g > 0.0] for size in sizes]
    ends = [g for row in positive for g in (*row[:1], *row[-1:])]
    axes.set_xscale("log")  # before the bars, whose own limits would be those of a straight axis
    if ends:
        axes.set_xlim(min(ends) / 2.0, max(ends) * 2.0)
    else:
        axes.set_xticks([])
        axes.minorticks_off()
    for i, (layer, row) in enumerate(zip(layers, positive, strict=True)):
        colour = COLOURS.get(layer.verdict, "#8a4fa3")
        if row:
            low, high = _quantile(row, 0.25), _quantile(row, 0.75)
            axes.hlines(i, row[0], row[-1], color=colour, linewidth=1.5)
            axes.barh(i, high - low, 0.56, left=low, color=colour, alpha=0.45, edgecolor=colour)
            axes.plot(_quantile(row, 0.5), i, "|", color="black", markersize=14)
        note = layer.verdict + (f", {layer.zeros:.0%} zero" if layer.zeros else "")
        beside = {"xycoords": ("axes fraction", "data"), "va": "center", "fontsize": 9}
        axes.annotate(note, (1.01, i), color=colour, **beside)
    axes.set_yticks(range(len(layers)), [as_label(layer.name, 30) for layer in layers])
    axes.set_ylim(len(layers) - 0.4, -0.6)
    axes.set_xlabel("|gradient|: range, middle half and median of what is not 0")
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
