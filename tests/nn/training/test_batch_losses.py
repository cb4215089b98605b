"""The loss of a batch, compiled: the numbers of the eager one, and its refusals."""

import functools
from fractions import Fraction
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.nn import MLP, hinge, mean_squared_error
from tests.support.cases import loop_over
from tests.support.fit_runs import INPUTS, TARGETS, network, quiet

LOSSES: list[tuple[Any, list[Any]]] = [
    (mean_squared_error, TARGETS),
    (hinge, [1, -1, 1, -1, 1, -1, 1]),
    (functools.partial(ag.nn.binary_cross_entropy, from_logits=True), [1, 0, 1, 0, 1, 0, 0.5]),
    (lambda p, t: mean_squared_error(p, t) + 0.1 * ag.maximum(p[0], p[-1]), TARGETS),
]


@loop_over("loss, targets", LOSSES)
@loop_over("size", [None, 3])
def test_a_compiled_training_has_the_same_numbers(
    loss: Any, targets: list[Any], size: int | None
) -> None:
    options = {"batch_size": size, "rng": 1, "epochs": 5, "validation": (INPUTS[:4], targets[:4])}
    eager, jitted = network(), network()
    slow = quiet(eager, (INPUTS, targets), loss, **options)
    fast = quiet(jitted, (INPUTS, targets), loss, jit=True, **options)
    assert fast.loss == pytest.approx(slow.loss, rel=1e-12)
    assert fast.validation == pytest.approx(slow.validation, rel=1e-12)
    for new, old in zip(jitted.parameters(), eager.parameters(), strict=True):
        assert new.data == pytest.approx(old.data, rel=1e-10, abs=1e-13)


@loop_over("jit", [False, True])
@loop_over("odd", [None, "1.0", b"1.0"])
def test_what_is_no_number_is_none_in_compiled_code_either(odd: Any, jit: bool) -> None:
    data = ([*INPUTS[:-1], [1.0, odd]], TARGETS)
    with pytest.raises(TypeError, match="number"):
        quiet(network(), data, jit=jit)


def test_compiled_code_takes_the_numbers_that_python_has() -> None:
    exact = [[Fraction(x).limit_denominator(100) for x in row] for row in INPUTS]
    losses = [quiet(network(), (exact, TARGETS), jit=jit).loss for jit in (False, True)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)


def test_a_compiled_training_of_classes() -> None:
    nets = [MLP(2, [3, 3], activation="tanh", rng=0) for _ in range(2)]
    data = (INPUTS, [0, 1, 2, 0, 1, 2, 0])
    losses = [
        quiet(net, data, ag.nn.softmax_cross_entropy, batch_size=3, rng=1, jit=jit).loss
        for net, jit in zip(nets, (False, True), strict=True)
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)


def test_compiled_code_does_not_take_targets_unchecked() -> None:
    data = (INPUTS, [1, 0, 1, 0, 1, 0, 1])
    for loss in (hinge, lambda p, t: hinge(p, t)):
        for jit in (False, True):
            with pytest.raises(ValueError, match=r"targets\[[01]\] is 0.0"):
                quiet(network(), data, loss, batch_size=1, jit=jit, shuffle=False)
