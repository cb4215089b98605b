# pyright: strict
"""Networks, losses, optimizers, pictures and operations of one's own."""

import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import assert_type

import numpy as np

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.nn import MLP, Layer, Module, Neuron


class Line(Module):
    def __init__(self) -> None:
        self.slope, self.offset = Value(0.0), Value(0.0)

    def __call__(self, x: float) -> Value:
        return self.slope * x + self.offset


line = Line()
assert_type(line(2.0), Value)
assert_type(line.parameters(), list[Value])
line.zero_grad()
line.load_state_dict(line.state_dict())
line.save(Path("line.json"))

assert_type(Neuron(2, "tanh", rng=1)([1.0, 2.0]), Value)
Layer(2, 3, ag.tanh, rng=random.Random(0))([1.0, 2.0])
net = MLP(2, [4, 1], activation="tanh", output_activation="sigmoid", rng=np.random.default_rng(0))
MLP(2, (4, 1), activation=["relu", None])
prediction: Value = net(np.ones(2))
ag.nn.mean_squared_error([prediction], [1.0]).backward()
ag.nn.hinge([prediction], [-1])

optimizer: ag.optim.Optimizer = ag.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
optimizer.lr *= 0.5
optimizer.step()
optimizer.zero_grad()
ag.optim.Adam(line.parameters())

assert_type(ag.draw(prediction), str)
ag.draw(prediction, "graph.svg")
ag.draw(prediction, Path("graph.svg"))
ag.to_dot(prediction)
ag.explain(prediction, "page.html")


def train(steps: int, points: Sequence[Iterable[float]]) -> list[float]:
    losses: list[float] = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss: Value = ag.nn.mean_squared_error([net(p) for p in points], [0.0] * len(points))
        loss.backward()
        optimizer.step()
        losses.append(loss.data)
    return losses
