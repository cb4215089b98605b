"""Train the two-layer network of the textbook on the scalar engine.

    python demos/two_layer_network.py
    python demos/two_layer_network.py --sizes 2 8 8 1 --activation tanh --rate 1.0 --epochs 200

Prints the mean squared error every hundred epochs and three predictions; draws the loss curve, the
decision boundary and the graph of one hidden neuron.
"""

import argparse
import math
import random
import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from tqdm import tqdm

import autograd_lite as ag

TESTS = [[1, 1], [-1, -1], [1, -1]]
ACTIVATIONS = ["sigmoid", "tanh", "relu", "leaky_relu", "gelu", "silu", "softplus"]

WHICH_LOSS = """\
Two losses: the textbook prints the mean squared error (MSE), but its backward pass starts from
`prediction - target`, without the factor 2 p (1 - p) that the MSE has after a sigmoid. That is the
gradient of the binary cross-entropy (BCE): -log p for the label 1, -log(1 - p) for the label 0. So
this demo minimizes the BCE and prints the MSE. The gradients before the first update are:
"""


def make_dataset(random_state: np.random.RandomState, points: int = 100) -> tuple[list, list]:
    """Return points, with the label 1 if the sum of the coordinates is positive and 0 if not."""
    X = random_state.randn(points, 2)
    return X.tolist(), (X.sum(axis=1) > 0).astype(float).tolist()


def build(random_state: np.random.RandomState, sizes: Sequence[int], activation: str) -> ag.nn.MLP:
    """Return a network with normal weights of standard deviation 0.01 and biases of zero.

    The matrix of each layer (inputs by outputs) is drawn at once, so the random numbers are those
    of the textbook. The output is the score before the last sigmoid, since the losses below are
    accurate even where that sigmoid would round to 0 or 1.
    """
    net = ag.nn.MLP(
        sizes[0],
        list(sizes[1:]),
        activation=activation,
        rng=random.Random(0),  # its numbers are replaced below
    )
    for layer, shape in zip(net.layers, pairwise(sizes), strict=True):
        columns = (random_state.randn(*shape) * 0.01).T.tolist()
        for neuron, column in zip(layer.neurons, columns, strict=True):
            neuron.bias.data = 0.0
            for weight, number in zip(neuron.weights, column, strict=True):
                weight.data = number
    return net


def predict(net: ag.nn.MLP, x: Sequence[float]) -> ag.Value:
    """Return the probability of the label 1: the sigmoid of the output."""
    return ag.sigmoid(net(x))


def cross_entropy(scores: Sequence[ag.Value], targets: Sequence[float]) -> ag.Value:
    """Return the loss that is minimized."""
    return ag.nn.binary_cross_entropy(scores, targets, from_logits=True)


def squared_error(scores: Sequence[ag.Value], targets: Sequence[float]) -> ag.Value:
    """Return the loss that is printed."""
    return ag.nn.mean_squared_error([ag.sigmoid(score) for score in scores], targets)


def train(
    net: ag.nn.MLP, X: Sequence, targets: Sequence[float], rate: float, epochs: int
) -> Iterator[float]:
    """Train by gradient descent on the binary cross-entropy.

    Yields the mean squared error before the update of each epoch.
    """
    optimizer = ag.optim.SGD(net.parameters(), lr=rate)
    for _ in range(epochs):
        scores = [net(x) for x in X]
        optimizer.zero_grad()
        cross_entropy(scores, targets).backward()
        with ag.no_grad():
            error = squared_error(scores, targets).data
        yield error
        optimizer.step()


def compute_gradient(
    net: ag.nn.MLP, loss: Callable, X: Sequence, targets: Sequence[float]
) -> list[float]:
    """Return the gradient of `loss` in the parameters of the output neuron; clear all gradients."""
    net.zero_grad()
    loss([net(x) for x in X], targets).backward()
    parameters = net.layers[-1].neurons[0].parameters()
    grads = [parameter.grad for parameter in parameters]
    net.zero_grad()
    return grads


def compute_by_hand(net: ag.nn.MLP, X: Sequence, targets: Sequence[float]) -> list[float]:
    """Return the same gradient by the textbook: the mean of (prediction - target) * input."""
    with ag.no_grad():
        rows = [compute_hidden(net, x) for x in X]
        errors = [predict(net, x).data - target for x, target in zip(X, targets, strict=True)]
    columns = [*zip(*rows, strict=True), [1.0] * len(X)]
    return [
        sum(error * number for error, number in zip(errors, column, strict=True)) / len(X)
        for column in columns
    ]


def compute_hidden(net: ag.nn.MLP, x: Sequence[float]) -> list[float]:
    """Return the inputs of the last layer."""
    values = list(x)
    for layer in net.layers[:-1]:
        values = [neuron(values) for neuron in layer.neurons]
    return [value.data if isinstance(value, ag.Value) else value for value in values]


def show_gradients(net: ag.nn.MLP, X: Sequence, targets: Sequence[float]) -> None:
    """Print the gradients of both losses beside the formula of the textbook."""
    print(WHICH_LOSS)
    columns = zip(
        compute_by_hand(net, X, targets),
        compute_gradient(net, cross_entropy, X, targets),
        compute_gradient(net, squared_error, X, targets),
        strict=True,
    )
    print(f"  {'':18s} {'textbook':>12s} {'d BCE':>12s} {'d MSE':>12s} {'MSE/BCE':>9s}")
    for number, (hand, bce, mse) in enumerate(columns, 1):
        name = f"output weight {number}" if number <= count_inputs(net) else "output bias"
        ratio = f"{mse / bce:9.4f}" if bce else ""
        print(f"  {name:18s} {hand:12.8f} {bce:12.8f} {mse:12.8f} {ratio}")
    print(
        textwrap.dedent("""
        The first two agree. Every prediction starts near p = 1/2, where 2 p (1 - p) = 1/2: a step
        on the MSE would be half as long now, and almost 0 for a confident but wrong prediction.
        """)
    )


def count_inputs(net: ag.nn.MLP) -> int:
    """Return the number of inputs of the output neuron."""
    return len(net.layers[-1].neurons[0].weights)


def draw_loss(errors: Sequence[float], path: Path) -> None:
    """Draw the mean squared error over the epochs."""
    axes = ag.plots.losses(errors)
    axes.set(ylabel="mean squared error", title="Loss")
    axes.figure.savefig(path, dpi=120)


def draw_boundary(net: ag.nn.MLP, X: Sequence, targets: Sequence[float], path: Path) -> None:
    """Draw the prediction over the plane, the training points, and the true boundary."""
    plane = (-3, 3, -3, 3)
    axes = ag.plots.decision_boundary(
        lambda x: predict(net, x), X, targets, threshold=0.5, limits=plane
    )
    axes.plot([-3, 3], [3, -3], "k--", linewidth=1, label="true boundary")
    axes.set_title("Prediction, with a solid line at 0.5")
    axes.legend(loc="upper right")
    axes.figure.savefig(path, dpi=120)


def draw_neuron(net: ag.nn.MLP, path: Path) -> None:
    """Draw the graph of the first hidden neuron for the first test input, with its gradients."""
    neuron = net.layers[0].neurons[0]
    net.zero_grad()
    output = neuron([ag.Value(x, name=f"x{i}") for i, x in enumerate(TESTS[0])])
    output.name = "a"
    output.backward()
    ag.draw(output, path)


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line, and exit with a message if an option is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--sizes", type=int, nargs="+", default=[2, 4, 1], help="neurons per layer (2 4 1)")
    add(
        "--activation",
        choices=ACTIVATIONS,
        default="sigmoid",
        help="activation of the hidden layers (sigmoid)",
    )
    add("--rate", type=float, default=0.1, help="learning rate (0.1)")
    add("--epochs", type=int, default=1000, help="number of passes over the data (1000)")
    add("--seed", type=int, default=42, help="seed of data and weights (42, as in the textbook)")
    add("--out", type=Path, default=Path("pictures"), help="folder for the pictures (pictures)")
    options = parser.parse_args(arguments)
    sizes = options.sizes
    if len(sizes) < 2 or sizes[0] != 2 or sizes[-1] != 1 or min(sizes) < 1:
        parser.error("--sizes must start with 2, end with 1, and be at least 1 in between")
    if options.epochs < 1:
        parser.error("--epochs must be at least 1")
    if not 0 <= options.seed < 2**32:
        parser.error("--seed must be from 0 to 4294967295")
    if not 0 <= options.rate < math.inf:
        parser.error("--rate must be finite and not negative")
    try:  # fail before the work rather than after it
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--out: {error}")
    return options


def run(options: argparse.Namespace) -> None:
    """Train, print and draw."""
    random_state = np.random.RandomState(options.seed)
    X, targets = make_dataset(random_state)
    net = build(random_state, options.sizes, options.activation)
    show_gradients(net, X, targets)

    errors = []
    with tqdm(total=options.epochs, unit="epoch", mininterval=0.5) as bar:
        for epoch, error in enumerate(train(net, X, targets, options.rate, options.epochs)):
            errors.append(error)
            bar.set_postfix(loss=f"{error:.6f}", refresh=False)
            bar.update()
            if epoch % 100 == 0:
                tqdm.write(f"Epoch {epoch}, Loss: {error:.6f}")

    print("\nTest predictions:")
    for x in TESTS:
        print(f"Input: {np.array(x)}, Prediction: {predict(net, x).data:.4f}")

    paths = [options.out / name for name in ("loss.png", "boundary.png", "neuron.svg")]
    draw_loss(errors, paths[0])
    draw_boundary(net, X, targets, paths[1])
    draw_neuron(net, paths[2])
    print("\nPictures of the loss, the decision boundary, and the graph of a hidden neuron:")
    for path in paths:
        print(f"  {path.resolve()}")


def main() -> None:
    run(parse_options(None))


if __name__ == "__main__":
    main()
