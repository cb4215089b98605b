"""Training steps under `jit`: a plain loop over scalars, beside arrays and gradients by hand.

    python -m tests.benchmarks.jit_training            every system that is installed
    python -m tests.benchmarks.jit_training --smoke    one short round, to see that it runs

Two moons: one loss and its gradient, of a 2-16-16-1 ReLU network over 100 points, as in moons.py;
once as the whole loop, once as one sample's loss by `.mean`. Peers: CasADi replays the same loop
from bound buffers; the others work on matrices, and NumPy's gradient is written by hand.
Two layers: the 1,000 epochs of demos/two_layer_network.py, weights updated, given per epoch.
"""

from typing import Any

import numpy as np

from tests.benchmarks import moons
from tests.benchmarks.harness import Task, Work, benchmark, jax_ready, ours_ready

PENALTY = 1e-4


def moons_data(smoke: bool) -> tuple[list[list[float]], list[int]]:
    return moons.two_moons(10 if smoke else 100)


def matrices() -> list[Any]:
    """The network's weights and biases, inputs by outputs."""
    layers = moons.network(float)
    return [
        np.ascontiguousarray(array)
        for rows in layers
        for array in (np.array([w for w, _ in rows]).T, np.array([b for _, b in rows]))
    ]


def gradient_step(loss_of: Any, leaves: list[Any]) -> tuple[float, float]:
    """One step's loss, and its derivative by the first weight."""
    for p in leaves:
        p.grad = 0.0
    loss = loss_of()
    loss.backward()
    return loss.data, leaves[0].grad


def moons_loop(smoke: bool) -> Task:
    ag = ours_ready()
    points, labels = moons_data(smoke)
    layers = moons.network(ag.Value)
    leaves = moons.parameters(layers)

    def build() -> Any:
        @ag.jit
        def loss_of() -> Any:
            return moons.loss_of(layers, points, labels)

        return lambda: gradient_step(loss_of, leaves)

    return Task(build)


def moons_mean(smoke: bool) -> Task:
    ag = ours_ready()
    points, labels = map(np.array, moons_data(smoke))
    layers = moons.network(ag.Value)
    leaves = moons.parameters(layers)

    def build() -> Any:
        @ag.jit
        def hinge(point: Any, label: Any) -> Any:
            return (moons.score(layers, point) * -label + 1).relu()

        @ag.jit
        def penalty() -> Any:
            return ag.sum(p * p for p in leaves) * PENALTY

        return lambda: gradient_step(lambda: hinge.mean(points, labels) + penalty(), leaves)

    return Task(build)


def moons_casadi(smoke: bool) -> Task:
    import casadi as ca

    points, labels = moons_data(smoke)
    numbers = moons.parameters(moons.network(float))
    ca.SX.relu = lambda self: ca.fmax(self, 0)

    def build() -> Any:
        layers = moons.network(lambda _: ca.SX.sym("p"))
        weights = ca.vertcat(*moons.parameters(layers))
        loss = moons.loss_of(layers, points, labels)
        function = ca.Function("f", [weights], [loss, ca.gradient(loss, weights)])
        buffer, evaluate = function.buffer()
        x, value, gradient = np.array(numbers), np.zeros(1), np.zeros(len(numbers))
        buffer.set_arg(0, memoryview(x))
        buffer.set_res(0, memoryview(value))
        buffer.set_res(1, memoryview(gradient))

        def step() -> tuple[float, float]:
            evaluate()
            return value[0], gradient[0]

        step.keep = (function, buffer, x)  # type: ignore[attr-defined]
        return step

    return Task(build)


def moons_numpy(smoke: bool) -> Task:
    points, labels = map(np.array, moons_data(smoke))
    ps = w1, b1, w2, b2, w3, b3 = matrices()

    def step() -> tuple[float, float]:
        z1 = points @ w1 + b1
        h1 = np.maximum(z1, 0)
        z2 = h1 @ w2 + b2
        h2 = np.maximum(z2, 0)
        margin = 1 - labels * (h2 @ w3 + b3)[:, 0]
        loss = np.maximum(margin, 0).mean() + PENALTY * sum((p * p).sum() for p in ps)
        d3 = (-labels * (margin > 0) / len(labels))[:, None]
        d2 = (d3 @ w3.T) * (z2 > 0)
        d1 = (d2 @ w2.T) * (z1 > 0)
        gradient = [points.T @ d1, d1.sum(0), h1.T @ d2, d2.sum(0), h2.T @ d3, d3.sum(0)]
        for p, g in zip(ps, gradient, strict=True):
            g += 2 * PENALTY * p
        return loss, gradient[0][0, 0]

    return Task(lambda: step, compiles=False)


def moons_jax(smoke: bool) -> Task:
    jax = jax_ready()
    jnp = jax.numpy
    points, labels = (jnp.array(x, dtype=jnp.float64) for x in moons_data(smoke))
    ps = [jnp.array(p) for p in matrices()]

    def loss_of(ps: Any) -> Any:
        w1, b1, w2, b2, w3, b3 = ps
        h = jnp.maximum(points @ w1 + b1, 0)
        h = jnp.maximum(h @ w2 + b2, 0)
        hinge = jnp.maximum(1 - labels * (h @ w3 + b3)[:, 0], 0).mean()
        return hinge + PENALTY * sum((p * p).sum() for p in ps)

    def build() -> Any:
        function = jax.jit(jax.value_and_grad(loss_of))
        return lambda: jax.block_until_ready(function(ps))

    return Task(build, lambda result: [result[0], result[1][0][0, 0]])


def moons_torch(smoke: bool) -> Task:
    import torch

    torch.set_num_threads(1)
    points, labels = (torch.tensor(x, dtype=torch.float64) for x in moons_data(smoke))
    ps = [torch.tensor(p, requires_grad=True) for p in matrices()]
    w1, b1, w2, b2, w3, b3 = ps

    def step() -> tuple[float, float]:
        for p in ps:
            p.grad = None
        h = (points @ w1 + b1).relu()
        h = (h @ w2 + b2).relu()
        hinge = (1 - labels * (h @ w3 + b3)[:, 0]).relu().mean()
        loss = hinge + PENALTY * sum((p * p).sum() for p in ps)
        loss.backward()
        return loss.item(), w1.grad[0, 0].item()

    return Task(lambda: step, compiles=False)


def layers_data() -> tuple[Any, Any, Any, Any]:
    """The demo's points, targets and first weights."""
    random_state = np.random.RandomState(42)
    inputs = random_state.randn(100, 2)
    targets = (inputs.sum(axis=1) > 0).astype(float)
    return inputs, targets, random_state.randn(2, 4) * 0.01, random_state.randn(4, 1) * 0.01


def epochs(smoke: bool) -> int:
    return 10 if smoke else 1000


class OurLayers:
    """The network as Values; its first weights anew for each training."""

    def __init__(self, ag: Any, smoke: bool) -> None:
        self.net = ag.nn.MLP(2, [4, 1], activation="sigmoid")
        *self.data, w1, w2 = layers_data()
        flat = [[*column, 0.0] for w in (w1, w2) for column in w.T.tolist()]
        self.numbers = [x for column in flat for x in column]
        self.optimizer = ag.optim.SGD(self.net.parameters(), lr=0.1)
        self.ag, self.epochs = ag, epochs(smoke)

    def train(self, loss_of: Any, error_of: Any) -> list[float]:
        """Full epochs on the cross-entropy; the squared error of every hundredth."""
        for p, x in zip(self.optimizer.params, self.numbers, strict=True):
            p.data = x
        errors = []
        for epoch in range(self.epochs):
            if epoch % 100 == 0:
                with self.ag.no_grad():
                    errors.append(error_of().data)
            self.optimizer.zero_grad()
            loss_of().backward()
            self.optimizer.step()
        return errors


def layers_loop(smoke: bool) -> Task:
    ag = ours_ready()
    ours = OurLayers(ag, smoke)
    net, (inputs, targets) = ours.net, (x.tolist() for x in ours.data)

    def build() -> Any:
        @ag.jit
        def loss_of() -> Any:
            scores = [net(x) for x in inputs]
            return ag.nn.binary_cross_entropy(scores, targets, from_logits=True)

        @ag.jit
        def error_of() -> Any:
            return ag.nn.mean_squared_error([ag.sigmoid(net(x)) for x in inputs], targets)

        return lambda: ours.train(loss_of, error_of)

    return Task(build, pieces=epochs(smoke))


def layers_mean(smoke: bool) -> Task:
    ag = ours_ready()
    ours = OurLayers(ag, smoke)
    net, data = ours.net, ours.data

    def build() -> Any:
        @ag.jit
        def loss_of(x: Any, target: Any) -> Any:
            return ag.nn.binary_cross_entropy([net(x)], [target], from_logits=True)

        @ag.jit
        def error_of(x: Any, target: Any) -> Any:
            return (ag.sigmoid(net(x)) - target) ** 2

        return lambda: ours.train(lambda: loss_of.mean(*data), lambda: error_of.mean(*data))

    return Task(build, pieces=epochs(smoke))


class NumpyLayers:
    """The same training on matrices, with the gradient by hand."""

    def __init__(self, w1: Any, w2: Any) -> None:
        self.w1, self.b1, self.w2, self.b2 = (
            w1.copy(),
            np.zeros((1, 4)),
            w2.copy(),
            np.zeros((1, 1)),
        )

    def forward(self, inputs: Any) -> Any:
        self.hidden = 1 / (1 + np.exp(-(inputs @ self.w1 + self.b1)))
        return 1 / (1 + np.exp(-(self.hidden @ self.w2 + self.b2)))

    def update(self, inputs: Any, error: Any, rate: float) -> None:
        d2 = error / len(inputs)
        d1 = (d2 @ self.w2.T) * self.hidden * (1 - self.hidden)
        self.w2 -= rate * (self.hidden.T @ d2)
        self.b2 -= rate * d2.sum(axis=0, keepdims=True)
        self.w1 -= rate * (inputs.T @ d1)
        self.b1 -= rate * d1.sum(axis=0, keepdims=True)


def layers_numpy(smoke: bool) -> Task:
    inputs, targets, w1, w2 = layers_data()
    targets = targets[:, None]

    def step() -> list[float]:
        net, errors = NumpyLayers(w1, w2), []
        for epoch in range(epochs(smoke)):
            difference = net.forward(inputs) - targets
            if epoch % 100 == 0:
                errors.append((difference**2).mean())
            net.update(inputs, difference, 0.1)
        return errors

    return Task(lambda: step, pieces=epochs(smoke), compiles=False)


OURS = {"moons, the loop": moons_loop, "moons, `.mean`": moons_mean}
PEERS = {
    "CasADi, the same loop": moons_casadi,
    "NumPy by hand": moons_numpy,
    "JAX on matrices": moons_jax,
    "PyTorch on matrices": moons_torch,
}
OUR_LAYERS = {"two layers, the loop": layers_loop, "two layers, `.mean`": layers_mean}
WORKS = [Work(OURS, PEERS), Work(OUR_LAYERS, {"NumPy class by hand": layers_numpy})]

if __name__ == "__main__":
    benchmark("tests.benchmarks.jit_training", __doc__, WORKS, one_thread=True)
