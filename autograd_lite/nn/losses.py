"""Compute losses: each is a mean over predictions and as many targets."""

import operator
from collections.abc import Iterable, Sized
from typing import Any

from ..core import functions
from ..core.scopes import boxed
from ..core.value import Value

__all__ = ["binary_cross_entropy", "hinge", "mean_squared_error", "softmax_cross_entropy"]


def mean_squared_error(predictions: Iterable[Any], targets: Iterable[Any]) -> Any:
    """Return the mean of (prediction - target)**2: a Value, or a float if there are no Values.

    Raises:
        TypeError: an element is not a number.
        ValueError: there are no predictions, or the lengths differ.

    >>> from autograd_lite.nn import mean_squared_error
    >>> mean_squared_error([1.0, 3.0], [0.0, 1.0])
    2.5
    """
    ps, ts = _check_pairs(predictions, targets)
    loss = functions.mean([functions.square(p - t) for p, t in zip(ps, ts, strict=True)])
    return boxed("mean squared error", loss, ps)


def binary_cross_entropy(
    predictions: Iterable[Any], targets: Iterable[Any], from_logits: bool = False
) -> Any:
    """Return the mean of -(t*log(p) + (1 - t)*log(1 - p)) for probabilities p of class 1.

    Arguments:
        predictions: probabilities, such as the outputs of a sigmoid; with `from_logits`, the scores
            before the sigmoid.
        targets: labels 0 and 1, or probabilities in between.
        from_logits: whether predictions are scores. This is the stable choice: scores neither
            overflow nor lose their gradient, as a sigmoid rounded to 1.0 does.

    A term with the factor 0 is 0, even if its logarithm is infinite: p = 1 costs 0 if t = 1. If
    t = 0 it costs inf, and `log1p` warns.

    Raises:
        TypeError: an element is not a number.
        ValueError: there are no predictions, the lengths differ, or a target or a probability is
            outside [0, 1].

    >>> from autograd_lite.nn import binary_cross_entropy
    >>> binary_cross_entropy([0.5, 1.0], [1, 1])
    0.34657359027997264
    >>> binary_cross_entropy([0.0, 1000.0], [1, 1], from_logits=True)
    0.34657359027997264
    """
    ps, ts = _check_pairs(predictions, targets)
    for i, t in enumerate(ts):
        if not isinstance(t, Value) and not 0.0 <= t <= 1.0:
            raise ValueError(f"targets[{i}] is {t!r}: a target must be 0, 1 or in between")
    if from_logits:
        terms = [_entropy_of_score(p, t) for p, t in zip(ps, ts, strict=True)]
    else:
        for i, p in enumerate(ps):
            if p < 0.0 or p > 1.0:
                raise ValueError(
                    f"predictions[{i}] is {p!r}, which is not a probability: pass "
                    "from_logits=True for scores, or give the network a sigmoid output"
                )
        terms = [_entropy(p, t) for p, t in zip(ps, ts, strict=True)]
    return boxed("binary cross-entropy", functions.mean(terms), ps)


def _entropy(p: Any, t: Any) -> Any:
    if isinstance(t, Value):
        return -(functions.xlogy(t, p) + functions.xlogy(1.0 - t, 1.0 - p))
    if t == 0.0:
        return -functions.log1p(-p)
    if t == 1.0:
        return -functions.log(p)
    return -(t * functions.log(p) + (1.0 - t) * functions.log1p(-p))


def _entropy_of_score(z: Any, t: Any) -> Any:
    # softplus(z) - t*z would cancel for large scores of the right sign
    if not isinstance(t, Value) and t in (0.0, 1.0):
        return functions.softplus(z if t == 0.0 else -z)
    return t * functions.softplus(-z) + (1.0 - t) * functions.softplus(z)


def hinge(predictions: Iterable[Any], targets: Iterable[Any]) -> Any:
    """Return the mean of max(0, 1 - target*score), for targets -1 and +1.

    Raises:
        TypeError: an element is not a number.
        ValueError: there are no predictions, the lengths differ, or a target is not -1 or +1.

    >>> from autograd_lite.nn import hinge
    >>> hinge([2.0, 0.5], [1, -1])
    0.75
    """
    ps, ts = _check_pairs(predictions, targets)
    for i, t in enumerate(ts):
        if not isinstance(t, Value) and t not in (-1.0, 1.0):
            raise ValueError(f"targets[{i}] is {t!r}: a target of hinge must be -1 or +1")
    loss = functions.mean([functions.relu(1.0 - t * p) for p, t in zip(ps, ts, strict=True)])
    return boxed("hinge", loss, ps)


def softmax_cross_entropy(predictions: Iterable[Any], targets: Iterable[Any]) -> Any:
    """Return the mean of -log(softmax(scores)[target]), as logsumexp(scores) - scores[target].

    Arguments:
        predictions: for each sample a list of scores, one per class.
        targets: for each sample the index of its class, counted from 0.

    Raises:
        TypeError: a prediction is not a list of numbers, or a target is not an integer.
        ValueError: there are no predictions, the lengths differ, or a target is not the index of a
            score.

    >>> from autograd_lite.nn import softmax_cross_entropy
    >>> softmax_cross_entropy([[0.0, 0.0], [1000.0, 0.0]], [1, 0])
    0.34657359027997264
    """
    rows = [
        to_scalars(f"predictions[{i}]", row)
        for i, row in enumerate(_list_elements("predictions", predictions))
    ]
    labels = _list_elements("targets", targets)
    _check_lengths(rows, labels)
    terms = []
    for i, (row, label) in enumerate(zip(rows, labels, strict=True)):
        if not hasattr(label, "__index__"):
            raise TypeError(f"targets[{i}] must be the integer index of a class, not {label!r:.80}")
        k = operator.index(label)
        if len(row) != len(rows[0]):
            raise ValueError(
                f"predictions[{i}] has {len(row)} scores, but predictions[0] has {len(rows[0])}"
            )
        if not 0 <= k < len(row):
            raise ValueError(
                f"targets[{i}] is {k}: with {len(row)} scores it must be from 0 to {len(row) - 1}"
            )
        terms.append(functions.logsumexp(row) - row[k])
    scores = [score for row in rows for score in row]
    return boxed("softmax cross-entropy", functions.mean(terms), scores)


def to_scalars(title: str, items: Any) -> list[Any]:
    """Return the elements as Values and floats.

    Arguments:
        title: what the error calls them.
        items: a sequence of Values and numbers.

    Raises:
        TypeError: `items` is not a sequence, or an element is neither; the message names it.
    """
    elements = _list_elements(title, items)
    for i, x in enumerate(elements):
        if type(x) is not float and not isinstance(x, Value):
            if isinstance(x, (str, bytes)) or hasattr(x, "__len__") or not hasattr(x, "__float__"):
                kind = type(x).__name__
                raise TypeError(f"{title}[{i}] is of type {kind}: it must be a Value or a number")
            elements[i] = float(x)
    return elements


def _list_elements(title: str, items: Any) -> list[Any]:
    if isinstance(items, (str, bytes, Value)) or not isinstance(items, Iterable):
        raise TypeError(f"{title} must be a sequence of numbers, not {type(items).__name__}")
    return list(items)


def _check_pairs(predictions: Any, targets: Any) -> tuple[list[Any], list[Any]]:
    ps, ts = to_scalars("predictions", predictions), to_scalars("targets", targets)
    _check_lengths(ps, ts)
    return ps, ts


def _check_lengths(predictions: Sized, targets: Sized) -> None:
    if len(predictions) != len(targets):
        raise ValueError(
            f"there are {len(predictions)} predictions, but {len(targets)} targets: pass one "
            "target for each prediction"
        )
    if not len(predictions):
        raise ValueError("there are no predictions, and their mean is not defined: pass at least 1")
