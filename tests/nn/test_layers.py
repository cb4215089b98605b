"""Neurons, layers and perceptrons: values, gradients, initial weights, and what is refused."""

import inspect
import math
import pickle
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.core.table import TABLE
from autograd_lite.nn import MLP, Layer, Neuron, binary_cross_entropy, mean_squared_error
from tests.support.cases import loop_over

UNARY = sorted(name for name, row in TABLE.items() if row.arity == 1)


def set_weights(neuron: Neuron, weights: list[float], bias: float) -> Neuron:
    neuron.load_state_dict({"weights": weights, "bias": bias})
    return neuron


def test_a_neuron_is_the_activation_of_its_weighted_sum() -> None:
    neuron = set_weights(Neuron(2, "tanh"), [0.5, -0.25], 0.125)
    x = [Value(2.0), Value(3.0)]
    y = neuron(x)
    assert y.data == pytest.approx(math.tanh(0.5 * 2.0 - 0.25 * 3.0 + 0.125), rel=1e-15)
    y.backward()
    slope = 1.0 - y.data**2
    found = [p.grad for p in [*neuron.parameters(), *x]]
    assert found == pytest.approx([2 * slope, 3 * slope, slope, 0.5 * slope, -0.25 * slope])


def test_parameters_come_neuron_by_neuron_weights_then_bias() -> None:
    net = MLP(2, [2, 1])
    assert [p.name for p in net.parameters()] == ["w0", "w1", "b"] * 3
    assert net.parameters()[3] is net.layers[0].neurons[1].weights[0]
    assert net.parameters()[8] is net.layers[1].neurons[0].bias
    assert len(MLP(2, [16, 16, 1]).parameters()) == 337


def test_one_output_is_a_value_and_several_a_list() -> None:
    assert isinstance(MLP(2, [3, 1])([1.0, 2.0]), Value)
    assert isinstance(MLP(2, [1, 1, 1])([1.0, 2.0]), Value)
    outputs = MLP(2, [1, 3])([1.0, 2.0])
    assert isinstance(outputs, list) and len(outputs) == 3
    assert isinstance(Layer(2, 1)([1.0, 2.0]), Value)
    assert len(Layer(2, 2)([1.0, 2.0])) == 2


@loop_over("name", UNARY)
def test_every_unary_row_is_an_activation(name: str) -> None:
    ((low, high),) = TABLE[name].domain.box
    middle = 0.4 * low + 0.6 * high
    neuron = set_weights(Neuron(1, name), [0.0], middle)
    assert neuron([1.0]).data == TABLE[name].value(middle)


def test_activations_with_a_default_second_operand() -> None:
    for name, expected in [("leaky_relu", -0.01), ("elu", math.expm1(-1.0))]:
        assert set_weights(Neuron(1, name), [-1.0], 0.0)([1.0]).data == pytest.approx(expected)


def test_an_activation_may_be_a_function_or_a_list_per_layer() -> None:
    net = MLP(1, [1, 1, 1], activation=["sin", lambda z: z * z, None], rng=3)
    for neuron in (layer.neurons[0] for layer in net.layers):
        set_weights(neuron, [1.0], 1.0)
    assert net([0.5]).data == pytest.approx((math.sin(1.5) + 1.0) ** 2 + 1.0)
    assert MLP(1, [2, 2], activation=ag.tanh).layers[0].neurons[0].activation is ag.tanh
    plain = MLP(1, [2, 2], activation=None, output_activation="exp")
    assert [layer.neurons[0].activation_name for layer in plain.layers] == [None, "exp"]


@loop_over(
    "arguments, error, words",
    [
        ({"activation": "rellu"}, ValueError, "'rellu' is not the name of a unary operation"),
        ({"activation": "add"}, ValueError, "'add'"),
        ({"activation": "logsumexp"}, ValueError, "'logsumexp'"),
        ({"activation": 3}, TypeError, "a name, a function or None, not 3"),
        ({"activation": ["relu"]}, ValueError, "1 activations for 2 layers"),
        (
            {"activation": ["relu", None], "output_activation": "exp"},
            ValueError,
            "leave out output",
        ),
        ({"nin": 0}, ValueError, "nin must be at least 1, not 0"),
        ({"nin": 2.0}, TypeError, "nin must be an integer, not 2.0"),
        ({"nin": True}, TypeError, "nin must be an integer"),
        ({"nouts": 4}, TypeError, "list of layer sizes"),
        ({"nouts": []}, ValueError, "nouts is empty"),
        ({"nouts": [4, -1]}, ValueError, "element of nouts must be at least 1"),
        ({"nouts": "41"}, TypeError, "element of nouts must be an integer"),
        ({"rng": "seed"}, TypeError, "rng must be a seed or a generator"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        MLP(**{"nin": 2, "nouts": [4, 1], **arguments})


@loop_over(
    "inputs, error, words",
    [
        ([1.0], ValueError, r"MLP\(2, .*\) takes 2 inputs, not 1"),
        ([1.0, 2.0, 3.0], ValueError, "takes 2 inputs, not 3"),
        (1.0, TypeError, "inputs must be a sequence of numbers, not float"),
        ("12", TypeError, "inputs must be a sequence of numbers, not str"),
        ([1.0, "2"], TypeError, r"inputs\[1\] is of type str"),
        ([1.0, None], TypeError, r"inputs\[1\] is of type NoneType"),
        (np.zeros((2, 2)), TypeError, r"inputs\[0\] is of type ndarray"),
    ],
)
def test_bad_inputs(inputs: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        MLP(2, [1])(inputs)


def test_one_input_too_many_for_a_neuron_or_layer() -> None:
    for module in (Neuron(1), Layer(1, 2)):
        with pytest.raises(ValueError, match="takes 1 input, not 2"):
            module([1.0, 2.0])


def test_inputs_of_any_kind_give_the_same_output() -> None:
    net = MLP(2, [3, 1], rng=0)
    expected = net([1.0, 2.0]).data
    kinds: list[Any] = [
        (1, 2),
        [Value(1.0), Value(2.0)],
        np.array([[1.0, 2.0]])[0],
        np.array([1, 2]),
        np.array([1, 2], dtype=np.float32),
        np.array([Value(1.0), 2.0], dtype=object),
        iter([1.0, 2.0]),
    ]
    for inputs in kinds:
        assert net(inputs).data == expected


def test_rectifiers_start_in_the_range_of_he_and_others_in_that_of_glorot() -> None:
    for activation, bound in [("relu", math.sqrt(6 / 40)), ("tanh", math.sqrt(6 / 100))]:
        layer = Layer(40, 60, activation, rng=7)
        weights = [w.data for neuron in layer.neurons for w in neuron.weights]
        assert 0.99 * bound < max(weights) <= bound
        assert -bound <= min(weights) < -0.99 * bound
        assert sum(w * w for w in weights) / len(weights) == pytest.approx(bound**2 / 3, rel=0.05)
        assert {neuron.bias.data for neuron in layer.neurons} == {0.0}


@pytest.mark.parametrize(
    "make",
    [lambda s: s, np.int64, random.Random, np.random.default_rng, np.random.RandomState],
)
def test_the_same_seed_gives_the_same_network(make: Callable[[int], Any]) -> None:
    one, same, other = (MLP(2, [3, 1], rng=make(seed)) for seed in (5, 5, 6))
    assert one.state_dict() == same.state_dict() != other.state_dict()
    assert all(type(p.data) is float for p in one.parameters())
    assert len({p.data for p in one.parameters() if p.name != "b"}) == 9


def test_without_rng_the_module_random_decides() -> None:
    random.seed(11)
    one = MLP(2, [2, 1])
    random.seed(11)
    assert one.state_dict() == MLP(2, [2, 1], rng=None).state_dict()


def test_gradients_agree_with_central_differences() -> None:
    net = MLP(2, [3, 2, 1], activation="tanh", output_activation="sigmoid", rng=9)
    data, labels = [[0.5, -1.0], [2.0, 0.25], [-0.75, 0.5]], [1, 0, 1]

    def loss() -> Any:
        return binary_cross_entropy([net(x) for x in data], labels)

    loss().backward()
    for p in net.parameters():
        here, h = p.data, 6e-6
        p.data = here + h
        above = loss().data
        p.data = here - h
        below = loss().data
        p.data = here
        assert p.grad == pytest.approx((above - below) / (2 * h), rel=1e-6, abs=1e-9)


def test_training_matches_the_same_network_in_numpy() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 2))
    y = (X.sum(axis=1) > 0).astype(float)
    net = MLP(2, [3, 1], activation="sigmoid", output_activation="sigmoid", rng=1)
    W, V = (np.array([[w.data for w in n.weights] for n in layer.neurons]) for layer in net.layers)
    b, c = np.zeros(3), np.zeros(1)
    optimizer = ag.optim.SGD(net.parameters(), lr=0.5)
    for _ in range(20):
        optimizer.zero_grad()
        binary_cross_entropy([net(x) for x in X], y).backward()
        optimizer.step()
        a = 1 / (1 + np.exp(-(X @ W.T + b)))
        dz2 = (1 / (1 + np.exp(-(a @ V.T + c))) - y[:, None]) / len(X)
        dz1 = (dz2 @ V) * a * (1 - a)
        V, c = V - 0.5 * dz2.T @ a, c - 0.5 * dz2.sum(axis=0)
        W, b = W - 0.5 * dz1.T @ X, b - 0.5 * dz1.sum(axis=0)
    expected = [*np.column_stack([W, b]).ravel(), *np.column_stack([V, c]).ravel()]
    assert [p.data for p in net.parameters()] == pytest.approx(expected, rel=1e-12)


def test_it_composes_with_grad_by_the_inputs() -> None:
    net = MLP(2, [4, 1], activation="tanh", rng=2)
    slopes = ag.grad(net)([0.5, -0.5])
    x = [Value(0.5), Value(-0.5)]
    net(x).backward()
    assert slopes == pytest.approx([v.grad for v in x], rel=1e-14)


def test_repr_makes_the_same_network_again() -> None:
    for module in (MLP(2, [3, 1], "tanh", "sigmoid"), Layer(2, 3, None), Neuron(4)):
        assert repr(eval(repr(module))) == repr(module)
    assert repr(Neuron(1, lambda z: z)) == "Neuron(1, activation='<lambda>')"
    assert repr(Neuron(1, TABLE["sin"])) == "Neuron(1, activation='sin')"


def test_a_network_can_be_pickled() -> None:
    net = MLP(2, [3, 1], rng=0)
    again = pickle.loads(pickle.dumps(net))
    assert again.state_dict() == net.state_dict()
    assert again([1.0, 2.0]).data == net([1.0, 2.0]).data


def test_zero_grad() -> None:
    net = MLP(1, [1], activation="tanh")
    mean_squared_error([net([1.0])], [5.0]).backward()
    assert all(p.grad for p in net.parameters())
    net.zero_grad()
    assert [p.grad for p in net.parameters()] == [0.0, 0.0]


def test_the_signature_is_the_promised_one() -> None:
    parameters = inspect.signature(MLP).parameters
    assert list(parameters) == ["nin", "nouts", "activation", "output_activation", "rng"]
    assert [p.default for p in parameters.values()][2:] == ["relu", None, None]
