"""Compute the loss of a batch, eagerly or with compiled code."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ...core import contexts, functions
from ...core.value import Value
from ...jit.decorator import jit
from ..losses import binary_cross_entropy, hinge, mean_squared_error, softmax_cross_entropy
from .dataset import Samples, encode_one_hot, select

# Each is a mean of terms that depend on one sample alone.
_MEANS = (binary_cross_entropy, hinge, mean_squared_error, softmax_cross_entropy)


class EagerLoss:
    """The loss of the model, recorded node by node."""

    def __init__(self, model: Callable[..., Any], loss: Callable[..., Any]) -> None:
        self._model = model
        self._loss = loss

    def record(self, samples: Samples, rows: Sequence[int]) -> Value:
        """Return the loss of some of the samples as a node."""
        xs, ts = select(samples.inputs, rows), select(samples.targets, rows)
        return _check_node(self._loss([self._model(x) for x in xs], ts))

    @contexts.no_grad()
    def evaluate(self, samples: Samples) -> float:
        """Return the loss of all samples as a number."""
        loss = self._loss([self._model(x) for x in samples.inputs], samples.targets)
        return to_number("the loss", loss)


class CompiledLoss:
    """The loss of the model as code that is compiled once.

    A loss of `ag.nn` is a mean over samples, so the code for one sample runs over the columns of a
    batch of any size. For another loss, a whole batch is compiled for each batch size.
    """

    _compiled: Callable[..., Any]

    def __init__(self, model: Callable[..., Any], loss: Callable[..., Any]) -> None:
        self._model = model
        self._loss = loss
        self._columns: dict[int, tuple[Any, Any]] = {}
        if loss is softmax_cross_entropy:
            self._compiled = jit(lambda x, classes: _class_entropy(model(x), classes)).mean
        elif _is_mean(loss):
            self._compiled = jit(lambda x, t: loss([model(x)], [t])).mean
        else:
            self._compiled = jit(lambda xs, ts: loss([model(x) for x in xs], ts))

    def record(self, samples: Samples, rows: Sequence[int]) -> Value:
        """Return the loss of some of the samples as a node."""
        xs, ts = self._get_columns(samples)
        if rows != range(len(samples)):
            xs, ts = select(xs, rows), select(ts, rows)
        return _check_node(self._compiled(xs, ts))

    def evaluate(self, samples: Samples) -> float:
        """Return the loss of all samples as a number."""
        return to_number("the loss", self._compiled(*self._get_columns(samples)))

    def _get_columns(self, samples: Samples) -> tuple[Any, Any]:
        if id(samples) not in self._columns:
            first = self._check_targets(samples)
            xs, ts = samples.to_columns()
            if self._loss is softmax_cross_entropy:  # an index would be a branch for each class
                ts = encode_one_hot(samples.targets, len(first))
            self._columns[id(samples)] = xs, ts
        return self._columns[id(samples)]

    @contexts.no_grad()
    def _check_targets(self, samples: Samples) -> Any:
        """Call the loss once eagerly, and return the first prediction.

        In compiled code the targets are Values, which losses do not check: a target of 0 instead
        of -1 would go unnoticed.
        """
        first = self._model(samples.inputs[0])
        self._loss([first] * len(samples), samples.targets)
        return first


def _class_entropy(scores: Sequence[Any], classes: Sequence[Any]) -> Any:
    """Return `softmax_cross_entropy` of one sample, with its class in one-hot encoding."""
    terms = [functions.where(c > 0.5, x, 0.0) for x, c in zip(scores, classes, strict=True)]
    return functions.logsumexp(scores) - functions.sum(terms)


def to_number(title: str, x: Any) -> float:
    """Return a Value or a number as a float, or raise TypeError."""
    if isinstance(x, Value):
        return x.data
    if isinstance(x, str) or not hasattr(x, "__float__"):
        raise TypeError(f"{title} is a {type(x).__name__}, not a number: {x!r:.80}")
    return float(x)


def _is_mean(loss: Callable[..., Any]) -> bool:
    if isinstance(loss, functools.partial):  # such as partial(..., from_logits=True)
        return loss.func in _MEANS and not loss.args
    return loss in _MEANS


def _check_node(loss: Any) -> Value:
    if not isinstance(loss, Value):
        raise TypeError(
            f"the loss is a {type(loss).__name__}, not a Value: {loss!r:.80}. Compute it from the "
            "predictions of the model, without .data, float() or no_grad()"
        )
    return loss
