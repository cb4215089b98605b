"""Losses: each takes predictions and targets of one length, and returns the mean over them."""

import operator
from collections.abc import Iterable, Sized
from typing import Any

from ..core import functions
from ..core.scopes import boxed
from ..core.value import Value

__all__ = ["binary_cross_entropy", "hinge", "mean_squared_error", "softmax_cross_entropy"]


def mean_squared_error(predictions: Iterable[Any], targets: Iterable[Any]) -> Any:
    """The mean of (prediction - target)**2: a Value, or a float where no Value went in.

    Raises:
        TypeError: an element is no number.
        ValueError: the two are empty, or of different lengths.

    >>> from autograd_lite.nn import mean_squared_error
    >>> mean_squared_error([1.0, 3.0], [0.0, 1.0])
    2.5
    """
    ps, ts = _paired(predictions, targets)
    loss = functions.mean([functions.square(p - t) for p, t in zip(ps, ts, strict=True)])
    return boxed("mean squared error", loss, ps)


def binary_cross_entropy(
    predictions: Iterable[Any], targets: Iterable[Any], from_logits: bool = False
) -> Any:
    """The mean of -(t*log(p) + (1 - t)*log(1 - p)) for probabilities p of class 1.

    Arguments:
        predictions: probabilities, the outputs of a sigmoid; with `from_logits` the scores before
            the sigmoid. The scores are the stable choice: no score overflows or loses its gradient,
            while a sigmoid that has rounded to 1.0 has.
        targets: labels 0 and 1, or probabilities between.

    A term with the factor 0 is 0, even where its logarithm is infinite: p = 1 costs 0 where t = 1.
    Where t = 0 it costs inf, and `log1p` warns.

    Raises:
        TypeError: an element is no number.
        ValueError: the two are empty or of different lengths, a target is outside [0, 1], or a
            prediction is (without `from_logits`).

    >>> from autograd_lite.nn import binary_cross_entropy
    >>> binary_cross_entropy([0.5, 1.0], [1, 1])
    0.34657359027997264
    >>> binary_cross_entropy([0.0, 1000.0], [1, 1], from_logits=True)
    0.34657359027997264
    """
    ps, ts = _paired(predictions, targets)
    for i, t in enumerate(ts):
        if not isinstance(t, Value) and not 0.0 <= t <= 1.0:
            raise ValueError(f"targets[{i}] is {t!r}; a target is 0, 1 or between")
    if from_logits:
        terms = [_score_entropy(p, t) for p, t in zip(ps, ts, strict=True)]
    else:
        for i, p in enumerate(ps):
            if p < 0.0 or p > 1.0:
                raise ValueError(
                    f"predictions[{i}] is {p!r}, no probability: for scores pass "
                    "from_logits=True, or give the network a sigmoid output"
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


def _score_entropy(z: Any, t: Any) -> Any:
    # Not softplus(z) - t*z, which cancels where the score is large and right.
    if not isinstance(t, Value) and t in (0.0, 1.0):
        return functions.softplus(z if t == 0.0 else -z)
    return t * functions.softplus(-z) + (1.0 - t) * functions.softplus(z)


def hinge(predictions: Iterable[Any], targets: Iterable[Any]) -> Any:
    """The mean of max(0, 1 - target*score), for targets -1 and +1.

    Raises:
        TypeError: an element is no number.
        ValueError: the two are empty or of different lengths, or a target is not -1 or +1.

    >>> from autograd_lite.nn import hinge
    >>> hinge([2.0, 0.5], [1, -1])
    0.75
    """
    ps, ts = _paired(predictions, targets)
    for i, t in enumerate(ts):
        if not isinstance(t, Value) and t not in (-1.0, 1.0):
            raise ValueError(f"targets[{i}] is {t!r}; a target of hinge is -1 or +1")
    loss = functions.mean([functions.relu(1.0 - t * p) for p, t in zip(ps, ts, strict=True)])
    return boxed("hinge", loss, ps)


def softmax_cross_entropy(predictions: Iterable[Any], targets: Iterable[Any]) -> Any:
    """The mean of -log(softmax(scores)[target]), as logsumexp(scores) - scores[target].

    Arguments:
        predictions: for each sample a list of scores, one per class.
        targets: for each sample the index of its class, counted from 0.

    Raises:
        TypeError: a prediction is no list of numbers, or a target no integer.
        ValueError: the two are empty or of different lengths, or a target is no class.

    >>> from autograd_lite.nn import softmax_cross_entropy
    >>> softmax_cross_entropy([[0.0, 0.0], [1000.0, 0.0]], [1, 0])
    0.34657359027997264
    """
    rows = [
        scalars(f"predictions[{i}]", row)
        for i, row in enumerate(_elements("predictions", predictions))
    ]
    labels = _elements("targets", targets)
    _same_length(rows, labels)
    terms = []
    for i, (row, label) in enumerate(zip(rows, labels, strict=True)):
        if not hasattr(label, "__index__"):
            raise TypeError(f"targets[{i}] must be the integer index of a class, not {label!r:.80}")
        k = operator.index(label)
        if len(row) != len(rows[0]):
            raise ValueError(f"predictions[{i}] has {len(row)} scores, the first {len(rows[0])}")
        if not 0 <= k < len(row):
            raise ValueError(f"targets[{i}] is {k}, no class: there are {len(row)} scores")
        terms.append(functions.logsumexp(row) - row[k])
    scores = [score for row in rows for score in row]
    return boxed("softmax cross-entropy", functions.mean(terms), scores)


def scalars(title: str, items: Any) -> list[Any]:
    """The elements as Values and floats; TypeError naming the first that is neither."""
    found = _elements(title, items)
    for i, x in enumerate(found):
        if type(x) is not float and not isinstance(x, Value):
            if isinstance(x, (str, bytes)) or hasattr(x, "__len__") or not hasattr(x, "__float__"):
                shown = f"{title}[{i}]: {type(x).__name__}"
                raise TypeError(f"{title} must be Values and numbers; {shown} is neither")
            found[i] = float(x)
    return found


def _elements(title: str, items: Any) -> list[Any]:
    if isinstance(items, (str, bytes, Value)) or not isinstance(items, Iterable):
        raise TypeError(f"{title} must be a sequence of numbers, not {type(items).__name__}")
    return list(items)


def _paired(predictions: Any, targets: Any) -> tuple[list[Any], list[Any]]:
    ps, ts = scalars("predictions", predictions), scalars("targets", targets)
    _same_length(ps, ts)
    return ps, ts


def _same_length(predictions: Sized, targets: Sized) -> None:
    if len(predictions) != len(targets):
        raise ValueError(f"{len(predictions)} predictions, but {len(targets)} targets")
    if not len(predictions):
        raise ValueError("there are no predictions: the mean of nothing is not defined")
