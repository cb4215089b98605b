"""Optimizers against sequences worked out by hand, and what they refuse."""

import json
import math
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.nn import MLP
from autograd_lite.optim import SGD, Adam, Optimizer
from tests.support.cases import loop_over


def descend(optimizer: Optimizer, w: Value, gradients: list[float]) -> list[float]:
    path = []
    for g in gradients:
        w.grad = g
        optimizer.step()
        path.append(w.data)
    return path


def test_sgd_on_a_square_is_geometric() -> None:
    w = Value(3.0)
    optimizer = SGD([w], lr=0.1)
    for _ in range(20):
        optimizer.zero_grad()
        (w * w).backward()
        optimizer.step()
    assert w.data == pytest.approx(3.0 * 0.8**20, rel=1e-13)


def test_momentum_by_hand() -> None:
    # velocities 1, 0.5*1 + 1 = 1.5, 0.5*1.5 - 2 = -1.25, each times 0.5
    w = Value(1.0)
    path = descend(SGD([w], lr=0.5, momentum=0.5), w, [1.0, 1.0, -2.0])
    assert path == [0.5, -0.25, 0.375]


def test_adam_by_hand() -> None:
    # means 0.5, 1.25, unbiased by 1/2 and 3/4: 1, 5/3; squares 0.25, 0.25*0.75 + 0.25*4 = 1.1875,
    # unbiased by 1/4 and 7/16: 1, 19/7.
    w = Value(0.0)
    path = descend(Adam([w], lr=0.1, betas=(0.5, 0.75), eps=1.0), w, [1.0, 2.0])
    first = -0.1 * 1.0 / (1.0 + 1.0)
    second = first - 0.1 * (5 / 3) / (math.sqrt(19 / 7) + 1.0)
    assert path == pytest.approx([first, second], rel=1e-14)


def test_adam_with_a_constant_gradient_steps_by_lr() -> None:
    for g in (1e-3, -7.0, 1e6):
        w = Value(0.0)
        path = descend(Adam([w], lr=0.01, eps=1e-30), w, [g] * 5)
        expected = [-math.copysign(0.01, g) * n for n in range(1, 6)]
        assert path == pytest.approx(expected, rel=1e-12)


def test_each_parameter_has_its_own_memory() -> None:
    for make in (lambda ps: SGD(ps, 0.1, momentum=0.9), lambda ps: Adam(ps, 0.1)):
        pair, alone = [Value(1.0), Value(2.0)], Value(2.0)
        both, one = make(pair), make([alone])
        for g in (1.0, -3.0, 0.5):
            pair[0].grad, pair[1].grad, alone.grad = 100.0, g, g
            both.step()
            one.step()
        assert pair[1].data == alone.data


def test_a_gradient_of_zero_does_not_move() -> None:
    for make in (SGD, Adam):
        w = Value(3.0)
        assert descend(make([w], 0.1), w, [0.0, 0.0]) == [3.0, 3.0]


def test_a_gradient_that_is_not_finite_shows() -> None:
    for make in (SGD, Adam):
        w = Value(3.0)
        assert all(math.isnan(x) for x in descend(make([w], 0.1), w, [math.nan, 1.0]))
    w = Value(3.0)
    assert descend(SGD([w], 0.1), w, [math.inf]) == [-math.inf]


def test_lr_may_change_between_steps() -> None:
    w = Value(0.0)
    optimizer = SGD([w], lr=1.0)
    descend(optimizer, w, [1.0])
    optimizer.lr = 0.25
    assert descend(optimizer, w, [1.0]) == [-1.25]
    with pytest.raises(ValueError, match="lr must be finite and at least 0"):
        optimizer.lr = math.nan
    assert optimizer.lr == 0.25


def test_both_train_a_network() -> None:
    xs, ys = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]
    for make in (lambda ps: SGD(ps, 0.5, momentum=0.9), lambda ps: Adam(ps, 0.05)):
        net = MLP(2, [8, 1], activation="tanh", rng=0)
        optimizer = make(net.parameters())
        for _ in range(150):
            optimizer.zero_grad()
            loss = ag.nn.binary_cross_entropy([net(x) for x in xs], ys, from_logits=True)
            loss.backward()
            optimizer.step()
        assert loss.data < 0.05


@loop_over("make", [SGD, Adam])
@loop_over(
    "params, error, words",
    [
        ([], ValueError, "params is empty"),
        (Value(1.0), TypeError, "list of Values, not Value"),
        (3, TypeError, "list of Values, not int"),
        (MLP(1, [1]), TypeError, r"not MLP; pass its \.parameters\(\)"),
        ([Value(1.0), 2.0], TypeError, r"params\[1\] must be a Value, not float"),
        ([Value(1.0) * 2.0], ValueError, r"params\[0\] is a result \(mul\)"),
        ([Value(1.0)] * 2, ValueError, r"params\[1\] is listed twice"),
    ],
)
def test_bad_params(make: Any, params: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make(params, 0.1)


@loop_over(
    "make, settings, error",
    [
        (SGD, {"lr": -0.1}, ValueError),
        (SGD, {"lr": math.inf}, ValueError),
        (SGD, {"lr": "0.1"}, TypeError),
        (SGD, {"lr": None}, TypeError),
        (SGD, {"momentum": 1.0}, ValueError),
        (SGD, {"momentum": -0.5}, ValueError),
        (Adam, {"betas": (0.9, 1.0)}, ValueError),
        (Adam, {"betas": 0.9}, TypeError),
        (Adam, {"betas": (0.9,)}, TypeError),
        (Adam, {"eps": 0.0}, ValueError),
    ],
)
def test_bad_settings(make: Any, settings: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=next(iter(settings))):
        make([Value(1.0)], **{"lr": 0.1, **settings})


def test_params_may_be_an_iterator_and_equal_values_are_not_duplicates() -> None:
    params = [Value(1.0), Value(1.0)]
    assert len(SGD(iter(params), lr=0.1).params) == 2


def test_repr() -> None:
    assert repr(SGD([Value(1.0)], 0.1)) == "SGD(1 parameters, lr=0.1, momentum=0.0)"
    assert repr(Adam([Value(1.0)])).startswith("Adam(1 parameters, lr=0.001, betas=(0.9, 0.999)")


def test_the_base_class_has_no_step() -> None:
    with pytest.raises(NotImplementedError, match="Optimizer has no step"):
        Optimizer([Value(1.0)], 0.1).step()


def run_on(optimizer: Optimizer, gradients: list[list[float]]) -> list[float]:
    for row in gradients:
        for p, g in zip(optimizer.params, row, strict=True):
            p.grad = g
        optimizer.step()
    return [p.data for p in optimizer.params]


OPTIMIZERS = [lambda ps: SGD(ps, 0.1, momentum=0.9), lambda ps: Adam(ps, 0.1, (0.8, 0.9), 1e-3)]


@pytest.mark.parametrize("make", OPTIMIZERS)
def test_a_state_goes_on_where_it_was(make: Any) -> None:
    gradients = [[1.0, -2.0], [0.5, math.nan], [3.0, 0.25], [-1.0, 1.0]]
    whole = run_on(make([Value(1.0), Value(2.0)]), gradients)
    first = make([Value(1.0), Value(2.0)])
    middle = run_on(first, gradients[:2])
    state = json.loads(json.dumps(first.state_dict()))
    second = type(first)([Value(x) for x in middle], lr=7.0)
    second.load_state_dict(state)
    assert repr(run_on(second, gradients[2:])) == repr(whole)  # nan is not equal to nan
    assert repr(second) == repr(first)
    run_on(first, gradients[2:])
    assert repr(second.state_dict()) == repr(first.state_dict())


@pytest.mark.parametrize("make", OPTIMIZERS)
def test_a_state_is_a_copy(make: Any) -> None:
    optimizer = make([Value(1.0)])
    state = optimizer.state_dict()
    before = json.dumps(state)
    run_on(optimizer, [[1.0]])
    assert json.dumps(state) == before
    other = make([Value(1.0)])
    other.load_state_dict(state)
    run_on(other, [[1.0]])
    assert json.dumps(state) == before


BAD_STATES: list[tuple[Any, dict[str, Any], type[Exception], str]] = [
    (SGD, {"lr": -1.0}, ValueError, "lr must be"),
    (SGD, {"lr": 10**400}, ValueError, "lr: the integer is too large"),
    (SGD, {"lr": None}, TypeError, "lr must be a number"),
    (SGD, {"momentum": 1.0}, ValueError, "momentum must be"),
    (
        SGD,
        {"velocities": [1.0, 2.0]},
        ValueError,
        "velocities has 2 numbers, but SGD has 1 parameter",
    ),
    (SGD, {"velocities": 1.0}, TypeError, "velocities must be a list of numbers, not float"),
    (SGD, {"velocities": "1"}, TypeError, "velocities must be a list of numbers, not str"),
    (SGD, {"velocities": [None]}, TypeError, r"velocities\[0\] must be a number"),
    (SGD, {"velocities": [True]}, TypeError, r"velocities\[0\] must be a number"),
    (SGD, {"velocities": [10**400]}, ValueError, "velocities: an integer is too large"),
    (SGD, {"more": 1.0}, ValueError, "SGD must have lr, momentum, velocities, not .*more"),
    (SGD, {"\x1b[31m": 1.0}, ValueError, r"\\x1b\[31m"),
    (Adam, {"betas": [0.9]}, TypeError, "betas must be a pair"),
    (Adam, {"betas": [0.9, 1.5]}, ValueError, "element of betas"),
    (Adam, {"eps": 0.0}, ValueError, "eps must be greater than 0"),
    (Adam, {"steps": -1}, ValueError, "steps must be at least 0"),
    (Adam, {"steps": 2**53}, ValueError, "steps must be at least 0 and below"),
    (Adam, {"steps": 1.0}, TypeError, "steps must be an integer"),
    (Adam, {"steps": True}, TypeError, "steps must be an integer"),
    (Adam, {"means": []}, ValueError, "means has 0 numbers, but Adam has 1 parameter"),
    (Adam, {"squares": [[1.0]]}, TypeError, r"squares\[0\] must be a number"),
]


@loop_over("make, wrong, error, words", BAD_STATES)
def test_a_bad_state_changes_nothing(
    make: Any, wrong: dict[str, Any], error: type[Exception], words: str
) -> None:
    optimizer = make([Value(1.0)], 0.1)
    state = optimizer.state_dict()
    run_on(optimizer, [[1.0]])
    before = optimizer.state_dict()
    for bad in ({**state, "lr": 0.5, **wrong}, {**dict(reversed(state.items())), **wrong}):
        with pytest.raises(error, match=words):
            optimizer.load_state_dict(bad)
        assert optimizer.state_dict() == before


def test_a_state_of_another_kind_is_refused() -> None:
    sgd, adam = SGD([Value(1.0)], 0.1), Adam([Value(1.0)])
    with pytest.raises(
        ValueError, match="the state of Adam must have lr, betas, eps, steps, means, sq"
    ):
        adam.load_state_dict(sgd.state_dict())
    with pytest.raises(ValueError, match="not nothing"):
        sgd.load_state_dict({})
    for state in (None, [1.0], "lr"):
        with pytest.raises(TypeError, match="the state of SGD must be a dict"):
            sgd.load_state_dict(state)
