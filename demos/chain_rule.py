"""Compare the engine with closed forms in worked examples of the chain rule.

python demos/chain_rule.py
python demos/chain_rule.py --only vanishing --depth 20
"""

import argparse
import math
import random
from collections.abc import Callable

import numpy as np

import autograd_lite as ag

Row = tuple[str, float, float]  # title, number from the engine, number by hand


def single_variable(x: float = 2.0) -> list[Row]:
    """f(u) = u^2 with u = 3x + 1: df/dx = 2u * 3."""
    leaf = ag.Value(x)
    u = 3 * leaf + 1
    (u**2).backward()
    return [("df/du", u.grad, 2 * (3 * x + 1)), ("df/dx", leaf.grad, 6 * (3 * x + 1))]


def several_variables(t: float = 1.5) -> list[Row]:
    """f = x^2 + y^2 with x = t^2 and y = sin t: every path from t to f adds a term."""
    leaf = ag.Value(t)
    x, y = leaf**2, ag.sin(leaf)
    (x**2 + y**2).backward()
    through_x, through_y = 2 * x.data * 2 * t, 2 * y.data * math.cos(t)
    return [
        ("df/dx * dx/dt", x.grad * x.partials[0], through_x),
        ("df/dy * dy/dt", y.grad * y.partials[0], through_y),
        ("df/dt", leaf.grad, 4 * t**3 + 2 * math.sin(t) * math.cos(t)),
    ]


def matrix_form() -> list[Row]:
    """L = |y - t|^2 with y = W x: dL/dW = (dL/dy) x^T, on NumPy arrays of Values."""
    W = np.array([[ag.Value(w) for w in row] for row in [[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]]])
    x, t = np.array([1.0, -2.0, 0.5]), np.array([1.0, -1.0])
    y = W @ x
    np.sum((y - t) ** 2).backward()
    data = np.array([[w.data for w in row] for row in W])
    by_hand = np.outer(2 * (data @ x - t), x)
    return [
        (f"dL/dW[{i},{j}]", W[i, j].grad, float(by_hand[i, j]))
        for i in range(W.shape[0])
        for j in range(W.shape[1])
    ]


def two_layers() -> list[Row]:
    """a = sigmoid(W x + b), y = sigmoid(V a + c), L = (y - t)^2 / 2."""
    x, t = [0.5, -1.0], 1.0
    W = [[ag.Value(0.1), ag.Value(-0.3)], [ag.Value(0.7), ag.Value(0.2)]]
    b = [ag.Value(0.05), ag.Value(-0.1)]
    V, c = [ag.Value(0.6), ag.Value(-0.4)], ag.Value(0.2)

    a = [ag.sigmoid(ag.dot(row, x) + bias) for row, bias in zip(W, b, strict=True)]
    y = ag.sigmoid(ag.dot(V, a) + c)
    ((y - t) ** 2 / 2).backward()

    output = (y.data - t) * y.data * (1 - y.data)
    hidden = [output * v.data * unit.data * (1 - unit.data) for v, unit in zip(V, a, strict=True)]
    rows = [("dL/dc", c.grad, output)]
    rows += [(f"dL/dV[{j}]", V[j].grad, output * a[j].data) for j in range(2)]
    rows += [(f"dL/db[{j}]", b[j].grad, hidden[j]) for j in range(2)]
    rows += [
        (f"dL/dW[{j},{i}]", W[j][i].grad, hidden[j] * x[i]) for j in range(2) for i in range(2)
    ]
    return rows


def descent_step(rate: float = 0.05) -> list[Row]:
    """One step of gradient descent on L(w, b) = (w x + b - y)^2."""
    x, y = 2.0, 3.0
    w, b = ag.Value(0.5), ag.Value(-1.0)
    error = w.data * x + b.data - y
    hand_w, hand_b = w.data - rate * 2 * error * x, b.data - rate * 2 * error
    ((w * x + b - y) ** 2).backward()
    ag.optim.SGD([w, b], lr=rate).step()
    after = (w.data * x + b.data - y) ** 2
    return [
        ("w after", w.data, hand_w),
        ("b after", b.data, hand_b),
        ("L after", after, (hand_w * x + hand_b - y) ** 2),
    ]


def gradient_checking(x: float = 0.7) -> list[Row]:
    """A central difference approaches the exact derivative of sin(x^2) exp(-x)."""

    def f(x: ag.Value | float) -> ag.Value | float:
        return ag.sin(x * x) * ag.exp(-x)

    ag.testing.check_grads(f, (x,))
    exact = (2 * x * math.cos(x * x) - math.sin(x * x)) * math.exp(-x)
    step = math.ulp(1.0) ** (1 / 3)
    difference = (f(x + step) - f(x - step)) / (2 * step)
    return [("df/dx", ag.grad(f)(x), exact), ("central difference", difference, exact)]


def gradient_sizes(activation: str, depth: int, width: int = 8, seed: int = 0) -> list[float]:
    """Return the root mean square of dL/dW for each layer of a deep, narrow network.

    The weights have the variance 2/width and the biases are zero, so two calls differ only in the
    activation.
    """
    rng = random.Random(seed)
    net = ag.nn.MLP(width, [width] * depth + [1], activation=activation, rng=rng)
    for layer in net.layers:
        for neuron in layer.neurons:
            for weight in neuron.weights:
                weight.data = rng.gauss(0, math.sqrt(2 / width))
            neuron.bias.data = 0.0
    inputs = [[rng.gauss(0, 1) for _ in range(width)] for _ in range(10)]
    ag.nn.mean_squared_error([net(x) for x in inputs], [1.0] * len(inputs)).backward()
    sizes = []
    for layer in net.layers:
        weights = [weight for neuron in layer.neurons for weight in neuron.weights]
        sizes.append(math.sqrt(sum(w.grad**2 for w in weights) / len(weights)))
    return sizes


EXAMPLES: dict[str, Callable[[], list[Row]]] = {
    "single": single_variable,
    "several": several_variables,
    "matrix": matrix_form,
    "two-layers": two_layers,
    "descent": descent_step,
    "checking": gradient_checking,
}


def report_example(example: Callable[[], list[Row]]) -> None:
    """Print the title of an example and its numbers, from the engine and by hand."""
    print(f"\n{(example.__doc__ or '').splitlines()[0]}")
    for what, engine, by_hand in example():
        print(f"  {what:20s} engine {engine: .12f}   by hand {by_hand: .12f}")


def report_vanishing(depth: int) -> None:
    """Print the size of the gradient per layer, for sigmoid and ReLU."""
    print(f"\nVanishing gradients: size of dL/dW per layer, {depth} hidden layers, same weights.")
    print("A sigmoid multiplies every path by at most 1/4, an active ReLU by 1.")
    print(f"  {'layer':>5s}  {'sigmoid':>10s}  {'relu':>10s}")
    pairs = zip(gradient_sizes("sigmoid", depth), gradient_sizes("relu", depth), strict=True)
    for number, (sigmoid, relu) in enumerate(pairs, 1):
        print(f"  {number:5d}  {sigmoid:10.2e}  {relu:10.2e}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=[*EXAMPLES, "vanishing"], help="run only this example")
    parser.add_argument("--depth", type=int, default=10, help="hidden layers of the last example")
    options = parser.parse_args()
    if options.depth < 1:
        parser.error("--depth must be at least 1")
    for name, example in EXAMPLES.items():
        if options.only in (None, name):
            report_example(example)
    if options.only in (None, "vanishing"):
        report_vanishing(options.depth)


if __name__ == "__main__":
    main()
