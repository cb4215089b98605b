"""The loss of a batch as a function of its samples: eager, or compiled."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ...core import contexts, functions
from ...core.value import Value
from ...jit.decorator import jit
from ..losses import binary_cross_entropy, hinge, mean_squared_error, softmax_cross_entropy
from .dataset import Samples, chosen, one_hot

# Each is a mean over samples that do not know of each other.
_MEANS = (binary_cross_entropy, hinge, mean_squared_error, softmax_cross_entropy)


class EagerLoss:
    """Node by node: what the model and the loss say."""

    def __init__(self, model: Callable[..., Any], loss: Callable[..., Any]) -> None:
        self._model = model
        self._loss = loss

    def training(self, samples: Samples, rows: Sequence[int]) -> Value:
        """The loss of those samples, as a node."""
        xs, ts = chosen(samples.inputs, rows), chosen(samples.targets, rows)
        return _node(self._loss([self._model(x) for x in xs], ts))

    @contexts.no_grad()
    def validation(self, samples: Samples) -> float:
        """The loss of all samples, as a number."""
        loss = self._loss([self._model(x) for x in samples.inputs], samples.targets)
        return number("the loss", loss)


class CompiledLoss:
    """Recorded once, and replayed as compiled code.

    A loss of the package is a mean over samples: the code of one sample runs over the columns of
    any batch. Of another loss a whole batch is recorded, for each size of a batch.
    """

    _compiled: Callable[..., Any]

    def __init__(self, model: Callable[..., Any], loss: Callable[..., Any]) -> None:
        self._model = model
        self._loss = loss
        self._columns: dict[int, tuple[Any, Any]] = {}
        if loss is softmax_cross_entropy:
            self._compiled = jit(lambda x, chosen: _class_entropy(model(x), chosen)).mean
        elif _is_mean(loss):
            self._compiled = jit(lambda x, t: loss([model(x)], [t])).mean
        else:
            self._compiled = jit(lambda xs, ts: loss([model(x) for x in xs], ts))

    def training(self, samples: Samples, rows: Sequence[int]) -> Value:
        """The loss of those samples, as a node."""
        xs, ts = self._of(samples)
        if rows != range(len(samples)):
            xs, ts = chosen(xs, rows), chosen(ts, rows)
        return _node(self._compiled(xs, ts))

    def validation(self, samples: Samples) -> float:
        """The loss of all samples, as a number."""
        return number("the loss", self._compiled(*self._of(samples)))

    def _of(self, samples: Samples) -> tuple[Any, Any]:
        if id(samples) not in self._columns:
            first = self._shown(samples)
            xs, ts = samples.columns()
            if self._loss is softmax_cross_entropy:  # an index would be a branch for each class
                ts = one_hot(samples.targets, len(first))
            self._columns[id(samples)] = xs, ts
        return self._columns[id(samples)]

    # Compiled code has Values for targets, which losses take unchecked: 0 for -1 and the like would
    # pass. So the loss sees the numbers themselves once.
    @contexts.no_grad()
    def _shown(self, samples: Samples) -> Any:
        first = self._model(samples.inputs[0])
        self._loss([first] * len(samples), samples.targets)
        return first


def _class_entropy(scores: Sequence[Any], chosen: Sequence[Any]) -> Any:
    """`softmax_cross_entropy` of one sample, whose class is the one that is 1 in `chosen`."""
    picked = [functions.where(c > 0.5, x, 0.0) for x, c in zip(scores, chosen, strict=True)]
    return functions.logsumexp(scores) - functions.sum(picked)


def number(title: str, x: Any) -> float:
    """A Value or a number as a float; TypeError where it is neither."""
    if isinstance(x, Value):
        return x.data
    if isinstance(x, str) or not hasattr(x, "__float__"):
        raise TypeError(f"{title} is a {type(x).__name__}, not a number: {x!r:.80}")
    return float(x)


def _is_mean(loss: Callable[..., Any]) -> bool:
    if isinstance(loss, functools.partial):  # such as partial(..., from_logits=True)
        return loss.func in _MEANS and not loss.args
    return loss in _MEANS


def _node(loss: Any) -> Value:
    if not isinstance(loss, Value):
        raise TypeError(
            f"the loss is a {type(loss).__name__}, not a Value: {loss!r:.80}. It must be computed "
            "from the model's predictions, without .data, float() or no_grad()"
        )
    return loss
