"""The two-layer network on the engine has the textbook's numbers, all of them, to 1e-9."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import two_layer_network as demo

import autograd_lite as ag

FILE = Path(__file__).parents[1] / "data" / "two_layer_reference.json"
REFERENCE: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
X, TARGETS = REFERENCE["X"], REFERENCE["y"]


def close(expected: Any) -> Any:
    """Equal to 1e-9 relative; `expected` may be nested lists."""
    return pytest.approx(np.array(expected), rel=1e-9, abs=0)


def fresh() -> ag.nn.MLP:
    random_state = np.random.RandomState(REFERENCE["seed"])
    demo.make_dataset(random_state)
    return demo.build(random_state, REFERENCE["sizes"], "sigmoid")


def arrays(net: ag.nn.MLP, attribute: str = "data") -> dict[str, np.ndarray]:
    """Weights and biases, or their gradients, in the textbook's shapes and names."""
    found = {}
    for number, layer in enumerate(net.layers, 1):
        rows = [[getattr(w, attribute) for w in neuron.weights] for neuron in layer.neurons]
        found[f"W{number}"] = np.array(rows).T
        found[f"b{number}"] = np.array([getattr(n.bias, attribute) for n in layer.neurons])
    return found


@dataclass
class Run:
    net: ag.nn.MLP
    errors: list[float]


@pytest.fixture(scope="session")
def trained() -> Run:
    net = fresh()
    epochs = 1000
    errors = list(demo.train(net, X, TARGETS, REFERENCE["learning_rate"], epochs))
    assert len(errors) == epochs
    return Run(net, errors)


def test_the_data_are_the_textbooks() -> None:
    points, targets = demo.make_dataset(np.random.RandomState(REFERENCE["seed"]))
    assert points == X
    assert targets == TARGETS


@pytest.mark.parametrize("name", ["W1", "b1", "W2", "b2"])
def test_initial_weights(name: str) -> None:
    assert arrays(fresh())[name].tolist() == REFERENCE["initial"][name]


@pytest.mark.parametrize("name", ["W1", "b1", "W2", "b2"])
def test_the_first_gradient_is_the_textbooks_backward_pass(name: str) -> None:
    net = fresh()
    demo.cross_entropy([net(x) for x in X], TARGETS).backward()
    assert arrays(net, "grad")[name] == close(REFERENCE["bce_gradient_epoch0"][name])


def test_the_mean_squared_error_has_another_gradient() -> None:
    net = fresh()
    textbook = demo.compute_by_hand(net, X, TARGETS)
    assert demo.compute_gradient(net, demo.cross_entropy, X, TARGETS) == close(textbook)
    squared = demo.compute_gradient(net, demo.squared_error, X, TARGETS)
    assert np.array(squared) / np.array(textbook) == pytest.approx(0.5, abs=0.01)
    assert all(parameter.grad == 0 for parameter in net.parameters())


@pytest.mark.slow
@pytest.mark.parametrize("epoch", REFERENCE["mse_before_update"])
def test_losses(trained: Run, epoch: str) -> None:
    assert trained.errors[int(epoch)] == close(REFERENCE["mse_before_update"][epoch])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["W1", "b1", "W2", "b2"])
def test_final_weights(trained: Run, name: str) -> None:
    assert arrays(trained.net)[name] == close(REFERENCE["final"][name])


@pytest.mark.slow
def test_predictions(trained: Run) -> None:
    predictions = [demo.predict(trained.net, x).data for x in REFERENCE["test_inputs"]]
    assert predictions == close(REFERENCE["test_predictions"])


def test_one_part_in_a_hundred_million_is_too_much() -> None:
    assert np.array([1.0, 2.0]) != close([1.0, 2.0 * (1 + 1e-8)])
