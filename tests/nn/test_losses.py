"""The losses: closed forms, gradients, extremes, and what they refuse."""

import math
from typing import Any

import numpy as np
import pytest

from autograd_lite import Value
from autograd_lite.nn import binary_cross_entropy, hinge, mean_squared_error, softmax_cross_entropy
from tests.support.cases import loop_over

LOSSES = [mean_squared_error, binary_cross_entropy, hinge, softmax_cross_entropy]


def slopes(loss: Any, predictions: list[float], targets: Any, **rest: Any) -> list[float]:
    values = [Value(p) for p in predictions]
    loss(values, targets, **rest).backward()
    return [v.grad for v in values]


def test_mean_squared_error() -> None:
    assert mean_squared_error([1.0, 2.0, 4.0], [1, 0, 1]) == pytest.approx(13 / 3)
    assert slopes(mean_squared_error, [1.0, 2.0], [3.0, 1.0]) == [-2.0, 1.0]


def test_hinge() -> None:
    assert hinge([0.5, 0.5, 3.0], [1, -1, 1]) == pytest.approx(2.0 / 3)
    # at the kink, score * target = 1, nothing flows
    assert slopes(hinge, [0.5, 0.5, 3.0, 1.0], [1, -1, 1, 1]) == [-0.25, 0.25, 0.0, 0.0]


def test_binary_cross_entropy() -> None:
    assert binary_cross_entropy([0.25, 0.25], [1, 0]) == pytest.approx(
        -(math.log(0.25) + math.log(0.75)) / 2
    )
    assert binary_cross_entropy([0.25], [0.5]) == pytest.approx(
        -(math.log(0.25) + math.log(0.75)) / 2
    )
    # d/dp = (p - t) / (p (1 - p))
    found = slopes(binary_cross_entropy, [0.25, 0.25, 0.25, 0.25], [1, 0, 0.5, 0.25])
    expected = [(0.25 - t) / (0.25 * 0.75) / 4 for t in (1, 0, 0.5, 0.25)]
    assert found == pytest.approx(expected, rel=1e-14, abs=1e-16)


def test_scores_and_their_sigmoids_cost_the_same() -> None:
    scores = [-3.0, -0.5, 0.0, 2.0]
    probabilities = [1 / (1 + math.exp(-z)) for z in scores]
    for targets in ([0, 1, 1, 0], [0.25, 0.5, 0.75, 1.0]):
        ours = binary_cross_entropy(scores, targets, from_logits=True)
        assert ours == pytest.approx(binary_cross_entropy(probabilities, targets), rel=1e-14)
        found = slopes(binary_cross_entropy, scores, targets, from_logits=True)
        expected = [(p - t) / 4 for p, t in zip(probabilities, targets, strict=True)]
        assert found == pytest.approx(expected, rel=1e-13, abs=1e-16)


def test_certain_and_right_costs_nothing() -> None:
    assert binary_cross_entropy([0.0, 1.0], [0, 1]) == 0.0
    assert slopes(binary_cross_entropy, [0.0, 1.0], [0, 1]) == [0.5, -0.5]
    assert binary_cross_entropy([Value(0.0), Value(1.0)], [Value(0.0), Value(1.0)]).data == 0.0


def test_certain_and_wrong_costs_infinity_and_warns() -> None:
    for p, t in ((0.0, 1), (1.0, 0)):
        with pytest.warns(RuntimeWarning, match="log"):
            assert binary_cross_entropy([Value(p)], [t]).data == math.inf


def test_extreme_scores_stay_exact() -> None:
    for z, t, cost in [
        (1000.0, 0, 1000.0),
        (-1000.0, 1, 1000.0),
        (1000.0, 1, 0.0),
        (math.inf, 1, 0.0),
        (40.0, 1, math.exp(-40.0)),
        (-40.0, 0, math.exp(-40.0)),
    ]:
        found = binary_cross_entropy([z], [t], from_logits=True)
        assert found == pytest.approx(cost, rel=1e-14)
    assert slopes(binary_cross_entropy, [40.0], [1], from_logits=True) == pytest.approx(
        [-math.exp(-40.0)], rel=1e-14
    )
    assert binary_cross_entropy([1e-20], [0]) == pytest.approx(1e-20, rel=1e-14)


def test_a_target_may_be_a_value_and_gets_its_gradient() -> None:
    for from_logits, predicted, slope in [
        (False, 0.25, math.log(0.75 / 0.25)),
        (True, 2.0, -2.0),
    ]:
        for t in (0.0, 0.5, 1.0):
            target = Value(t)
            binary_cross_entropy([predicted], [target], from_logits).backward()
            assert target.grad == pytest.approx(slope, rel=1e-14)
    target = Value(1.0)
    mean_squared_error([3.0], [target]).backward()
    assert target.grad == -4.0


def test_softmax_cross_entropy() -> None:
    rows = [[1.0, 2.0, 0.5], [0.0, -1.0, 3.0]]
    expected = 0.0
    for row, k in zip(rows, [1, 0], strict=True):
        expected -= math.log(math.exp(row[k]) / sum(map(math.exp, row))) / 2
    assert softmax_cross_entropy(rows, [1, 0]) == pytest.approx(expected, rel=1e-14)
    values = [Value(x) for x in rows[0]]
    softmax_cross_entropy([values], [1]).backward()
    shares = [math.exp(x) / sum(map(math.exp, rows[0])) for x in rows[0]]
    found = [v.grad for v in values]
    assert found == pytest.approx([shares[0], shares[1] - 1.0, shares[2]], rel=1e-14)


def test_softmax_of_large_scores() -> None:
    assert softmax_cross_entropy([[1000.0, -1000.0]] * 2, [0, 1]) == 1000.0


def test_numpy_rows_and_labels() -> None:
    p = np.array([0.25, 0.5])
    expected = binary_cross_entropy([0.25, 0.5], [1, 0])
    for labels in (np.array([1, 0]), np.array([1.0, 0.0]), np.array([True, False])):
        assert binary_cross_entropy(p, labels) == expected
    scores = np.array([[1.0, 2.0], [0.5, 0.5]])
    expected = softmax_cross_entropy(scores.tolist(), [1, 0])
    assert softmax_cross_entropy(scores, np.array([1, 0])) == expected


def test_nan_is_passed_on() -> None:
    for loss in (mean_squared_error, hinge, binary_cross_entropy):
        assert math.isnan(loss([math.nan], [1.0]))


@pytest.mark.parametrize("loss", LOSSES)
def test_lengths_are_checked(loss: Any) -> None:
    one: Any = [0.5, 0.5] if loss is softmax_cross_entropy else 0.5
    with pytest.raises(ValueError, match="2 predictions, but 1 targets"):
        loss([one, one], [1])
    with pytest.raises(ValueError, match="there are no predictions"):
        loss([], [])
    with pytest.raises(TypeError, match="predictions must be a sequence of numbers, not Value"):
        loss(Value(1.0), [1])
    with pytest.raises(TypeError, match="targets must be a sequence of numbers, not int"):
        loss([one], 1)


@loop_over(
    "loss, predictions, targets, error, words",
    [
        (binary_cross_entropy, [0.5], [-1], ValueError, r"targets\[0\] is -1.0: .* 0, 1 or"),
        (binary_cross_entropy, [0.5], [math.nan], ValueError, r"targets\[0\] is nan"),
        (binary_cross_entropy, [0.5, 1.5], [1, 1], ValueError, r"predictions\[1\].*from_logits"),
        (binary_cross_entropy, [Value(-0.5)], [1], ValueError, r"predictions\[0\].*from_logits"),
        (hinge, [0.5], [0], ValueError, r"targets\[0\] is 0.0: .* -1 or \+1"),
        (mean_squared_error, [[0.5]], [1], TypeError, r"predictions\[0\] is of type list"),
        (mean_squared_error, [0.5], ["1"], TypeError, r"targets\[0\] is of type str"),
        (mean_squared_error, [0.5], [None], TypeError, r"targets\[0\] is of type NoneType"),
        (mean_squared_error, [0.5], [1j], TypeError, r"targets\[0\] is of type complex"),
        (
            mean_squared_error,
            [0.5],
            np.array([[1.0]]),
            TypeError,
            r"targets\[0\] is of type ndarray",
        ),
        (softmax_cross_entropy, [Value(1.0)], [0], TypeError, r"predictions\[0\] must be"),
        (softmax_cross_entropy, [[0.5, 0.5]], [2], ValueError, r"targets\[0\] is 2: with 2 scores"),
        (
            softmax_cross_entropy,
            [[0.5, 0.5]],
            [-1],
            ValueError,
            r"targets\[0\] is -1: with 2 scores",
        ),
        (softmax_cross_entropy, [[0.5, 0.5]], [1.0], TypeError, r"targets\[0\] must be the int"),
        (softmax_cross_entropy, [[0.5, 0.5]], [[0, 1]], TypeError, r"targets\[0\] must be the"),
        (softmax_cross_entropy, [[1.0, 2.0], [1.0]], [0, 0], ValueError, r"predictions\[1\] has 1"),
        (softmax_cross_entropy, [[]], [0], ValueError, "with 0 scores"),
    ],
)
def test_bad_elements(
    loss: Any, predictions: Any, targets: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        loss(predictions, targets)
