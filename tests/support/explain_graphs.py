"""Graphs for the tests of the step-by-step page: each has something of its own."""

import json
import math
import random
import re
from typing import Any

import autograd_lite as ag


def neuron() -> ag.Value:
    x, w, b = (ag.Value(n, name=name) for n, name in ((2.0, "x"), (-3.0, "w"), (0.5, "b")))
    y = (x * w + b).tanh() * x
    return y + ag.relu(w) * x - ag.maximum(x, w)


def network() -> ag.Value:
    net = ag.nn.MLP(2, [4, 1], rng=random.Random(3))
    x = [ag.Value(0.5), ag.Value(-1.25)]
    return (net(x) - 0.7) ** 2


def duplicates() -> ag.Value:
    x = ag.Value(1.1)
    y = x * x
    return ag.sum([y, y, x, 2.0]) * ag.dot([y, x], [x, y]) + y**3


def unswept() -> ag.Value:
    x = ag.Value(0.0)
    return ag.where(x < 1.0, x, ag.sqrt(x) * 2.0) + x


def infinite() -> ag.Value:
    x = ag.Value(0.0, name="x")
    return ag.sqrt(x) * math.inf + ag.Value(math.nan) * x


def fused() -> ag.Value:
    x, y = ag.Value(2.0), ag.Value(3.0)
    return ag.jit(lambda a, b: a * b + ag.sin(a), backend="python")(x * y, y) * y


def fused_infinite() -> ag.Value:
    """An infinite adjoint does not flow to what the compiled code did not choose."""
    choice = ag.jit(lambda a, b: ag.where(a > 0.0, a, 2.0 * b), backend="python")
    x, y = ag.Value(2.0), ag.Value(3.0)
    return (choice(x * 1.0, y * 1.0) + choice(x, y)) * math.inf


def unrecorded() -> ag.Value:
    with ag.no_grad():
        x = ag.Value(2.0) * 3.0
    return x * x


GRAPHS = [
    neuron,
    network,
    duplicates,
    unswept,
    infinite,
    fused,
    fused_infinite,
    unrecorded,
    lambda: ag.Value(3.0),
]


def deep(nodes: int) -> ag.Value:
    """A network of about so many nodes."""
    rng = random.Random(5)
    layer = [ag.Value(0.1 * k, name=f"x{k}") for k in range(6)]
    count = 6
    while True:
        made = []
        for x, y in zip(layer, layer[1:] + layer[:1], strict=True):
            if count + 5 > nodes:
                return ag.sum([*made, *layer])
            made.append(ag.tanh(x * ag.Value(rng.uniform(-1.5, 1.5)) + y))
            count += 4
        layer = made


def described(v: ag.Value) -> dict[str, Any]:
    """The data of a page."""
    found = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>', ag.explain(v), re.S
    )
    assert len(found) == 1
    data: dict[str, Any] = json.loads(found[0])
    return data
