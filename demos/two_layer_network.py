"""The textbook's two-layer network, trained on the scalar engine.

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
Two losses. The textbook prints the mean squared error (MSE), but its backward pass starts from
`prediction - target`, without the factor 2 p (1 - p) that the MSE has behind a sigmoid. That is
the gradient of the binary cross-entropy (BCE), -log p for a 1 and -log(1 - p) for a 0. So the BCE
is what is minimised here, and the MSE is what is printed. Before the first update the engine says:
"""


def dataset(random_state: np.random.RandomState, points: int = 100) -> tuple[list, list]:
    """Points of the plane, labelled 1 where the coordinates add up to more than 0, else 0."""
    X = random_state.randn(points, 2)
    return X.tolist(), (X.sum(axis=1) > 0).astype(float).tolist()


def build(random_state: np.random.RandomState, sizes: Sequence[int], activation: str) -> ag.nn.MLP:
    """A network with weights of a hundredth of a normal number and biases of zero.

    Each layer's matrix (inputs by outputs) is drawn at once, so the stream of random numbers
    is the textbook's. The network's output is the score before the last sigmoid: the losses below
    keep their accuracy where that sigmoid would round to 0 or 1.
    """
    net = ag.nn.MLP(
        sizes[0],
        list(sizes[1:]),
        activation=activation,
        rng=random.Random(0),  # every number it draws is replaced below
    )
    for layer, shape in zip(net.layers, pairwise(sizes), strict=True):
        columns = (random_state.randn(*shape) * 0.01).T.tolist()
        for neuron, column in zip(layer.neurons, columns, strict=True):
            neuron.bias.data = 0.0
            for weight, number in zip(neuron.weights, column, strict=True):
                weight.data = number
    return net


def predict(net: ag.nn.MLP, x: Sequence[float]) -> ag.Value:
    """The network's output through the last sigmoid: how likely the label is 1."""
    return ag.sigmoid(net(x))


def cross_entropy(scores: Sequence[ag.Value], targets: Sequence[float]) -> ag.Value:
    """The loss that is minimised."""
    return ag.nn.binary_cross_entropy(scores, targets, from_logits=True)


def squared_error(scores: Sequence[ag.Value], targets: Sequence[float]) -> ag.Value:
    """The loss that is printed."""
    return ag.nn.mean_squared_error([ag.sigmoid(score) for score in scores], targets)


def train(
    net: ag.nn.MLP, X: Sequence, targets: Sequence[float], rate: float, epochs: int
) -> Iterator[float]:
    """Gradient descent on the binary cross-entropy.

    Yields the mean squared error of every epoch before that epoch's update.
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


def gradient(net: ag.nn.MLP, loss: Callable, X: Sequence, targets: Sequence[float]) -> list[float]:
    """The gradient of `loss` in the output neuron's weights and bias; leaves no gradient behind."""
    net.zero_grad()
    loss([net(x) for x in X], targets).backward()
    parameters = net.layers[-1].neurons[0].parameters()
    grads = [parameter.grad for parameter in parameters]
    net.zero_grad()
    return grads


def by_hand(net: ag.nn.MLP, X: Sequence, targets: Sequence[float]) -> list[float]:
    """The textbook's formula for the same gradient: the mean of (prediction - target) * input."""
    with ag.no_grad():
        rows = [hidden_outputs(net, x) for x in X]
        errors = [predict(net, x).data - target for x, target in zip(X, targets, strict=True)]
    columns = [*zip(*rows, strict=True), [1.0] * len(X)]
    return [
        sum(error * number for error, number in zip(errors, column, strict=True)) / len(X)
        for column in columns
    ]


def hidden_outputs(net: ag.nn.MLP, x: Sequence[float]) -> list[float]:
    """What the last layer sees."""
    values = list(x)
    for layer in net.layers[:-1]:
        values = [neuron(values) for neuron in layer.neurons]
    return [value.data if isinstance(value, ag.Value) else value for value in values]


def show_gradients(net: ag.nn.MLP, X: Sequence, targets: Sequence[float]) -> None:
    """Print both losses' gradients beside the textbook's formula."""
    print(WHICH_LOSS)
    columns = zip(
        by_hand(net, X, targets),
        gradient(net, cross_entropy, X, targets),
        gradient(net, squared_error, X, targets),
        strict=True,
    )
    print(f"  {'':18s} {'textbook':>12s} {'d BCE':>12s} {'d MSE':>12s} {'MSE/BCE':>9s}")
    for number, (hand, bce, mse) in enumerate(columns, 1):
        name = f"output weight {number}" if number <= net_width(net) else "output bias"
        ratio = f"{mse / bce:9.4f}" if bce else ""
        print(f"  {name:18s} {hand:12.8f} {bce:12.8f} {mse:12.8f} {ratio}")
    print(
        textwrap.dedent("""
        The first two agree. Every prediction starts near p = 1/2, where 2 p (1 - p) = 1/2: the MSE
        would take about half the step now, and next to none for a point that is wrong with
        confidence.
        """)
    )


def net_width(net: ag.nn.MLP) -> int:
    """How many inputs the output neuron has."""
    return len(net.layers[-1].neurons[0].weights)


def draw_loss(errors: Sequence[float], path: Path) -> None:
    """The mean squared error over the epochs."""
    axes = ag.plots.losses(errors)
    axes.set(ylabel="mean squared error", title="Loss")
    axes.figure.savefig(path, dpi=120)


def draw_boundary(net: ag.nn.MLP, X: Sequence, targets: Sequence[float], path: Path) -> None:
    """The prediction over the plane, with the training points and the lines that matter."""
    plane = (-3, 3, -3, 3)
    axes = ag.plots.decision_boundary(
        lambda x: predict(net, x), X, targets, threshold=0.5, limits=plane
    )
    axes.plot([-3, 3], [3, -3], "k--", linewidth=1, label="true border")
    axes.set_title("Prediction; solid where it is 0.5")
    axes.legend(loc="upper right")
    axes.figure.savefig(path, dpi=120)


def draw_neuron(net: ag.nn.MLP, path: Path) -> None:
    """The graph of the first hidden neuron on the first test input, with its gradients."""
    neuron = net.layers[0].neurons[0]
    net.zero_grad()
    output = neuron([ag.Value(x, name=f"x{i}") for i, x in enumerate(TESTS[0])])
    output.name = "a"
    output.backward()
    ag.draw(output, path)


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line; what cannot work is refused here, in words."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--sizes", type=int, nargs="+", default=[2, 4, 1], help="neurons per layer (2 4 1)")
    add("--activation", choices=ACTIVATIONS, default="sigmoid", help="of the hidden layers")
    add("--rate", type=float, default=0.1, help="learning rate (0.1)")
    add("--epochs", type=int, default=1000, help="passes over the data (1000)")
    add("--seed", type=int, default=42, help="of data and weights (42, the textbook's)")
    add("--out", type=Path, default=Path("pictures"), help="folder of the pictures (pictures)")
    options = parser.parse_args(arguments)
    sizes = options.sizes
    if len(sizes) < 2 or sizes[0] != 2 or sizes[-1] != 1 or min(sizes) < 1:
        parser.error("--sizes must start with 2 (the plane), end with 1 and have no 0 between")
    if options.epochs < 1:
        parser.error("--epochs must be at least 1")
    if not 0 <= options.seed < 2**32:
        parser.error("--seed must be from 0 to 4294967295")
    if not 0 <= options.rate < math.inf:
        parser.error("--rate must be finite and not negative")
    try:  # before the work, which would be lost
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--out: {error}")
    return options


def run(options: argparse.Namespace) -> None:
    """Train, print and draw."""
    random_state = np.random.RandomState(options.seed)
    X, targets = dataset(random_state)
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
    print("\nPictures: the loss curve, the decision boundary, and one hidden neuron's graph:")
    for path in paths:
        print(f"  {path.resolve()}")


def main() -> None:
    run(options_of(None))


if __name__ == "__main__":
    main()
