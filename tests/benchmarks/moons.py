"""One gradient of a 2-16-16-1 ReLU network on two moons, node by node: this engine and its peers.

    python -m tests.benchmarks.moons            every system that is installed
    python -m tests.benchmarks.moons --smoke    one short round, to see that it runs
    python -m tests.benchmarks.moons --no-gc    without the garbage collector's share

The work is the same function for every system, `loss_of`: mean hinge loss over 100 points plus a
penalty, some 67,000 scalar nodes. Each system runs in processes of its own, in turn, several
rounds; the table gives the median over rounds of each process's best step, as a ratio too.
Peers: `pip install autograd micrograd torch xad`, those of arrays on arrays of one number.
"""

import argparse
import gc
import importlib.util
import itertools
import math
import platform
import random
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

SIZES = [2, 16, 16, 1]
PEERS = {name: name for name in ("autograd_lite", "xad", "micrograd", "torch", "autograd")}
LONGEST = 10.0  # seconds that a round may go on for


def two_moons(count: int) -> tuple[list[list[float]], list[int]]:
    random_numbers = random.Random(1)
    points, labels = [], []
    for i in range(count):
        angle, upper = math.pi * random_numbers.random(), i % 2 == 1
        x, y = math.cos(angle), math.sin(angle)
        centre = (x, y) if upper else (1.0 - x, 0.5 - y)
        points.append([c + random_numbers.gauss(0.0, 0.1) for c in centre])
        labels.append(1 if upper else -1)
    return points, labels


def network(make: Callable[[float], Any]) -> list[Any]:
    random_numbers = random.Random(0)
    return [
        [([make(random_numbers.uniform(-1, 1)) for _ in range(n)], make(0.0)) for _ in range(m)]
        for n, m in itertools.pairwise(SIZES)
    ]


def parameters(layers: list[Any]) -> list[Any]:
    return [p for layer in layers for weights, bias in layer for p in [*weights, bias]]


def score(layers: list[Any], point: list[float]) -> Any:
    signal: list[Any] = point
    for depth, layer in enumerate(layers):
        sums = []
        for weights, bias in layer:
            total = bias
            for w, h in zip(weights, signal, strict=True):
                total = total + w * h
            sums.append(total.relu() if depth < len(layers) - 1 else total)
        signal = sums
    return signal[0]


def loss_of(layers: list[Any], points: list[list[float]], labels: list[int]) -> Any:
    total = (score(layers, points[0]) * -labels[0] + 1).relu()
    for point, label in zip(points[1:], labels[1:], strict=True):
        total = total + (score(layers, point) * -label + 1).relu()
    first, *others = parameters(layers)
    penalty = first * first
    for p in others:
        penalty = penalty + p * p
    return total * (1.0 / len(points)) + penalty * 1e-4


def stepper(system: str, count: int) -> Callable[[], float]:
    """One gradient step of a system, as a function that returns d(loss)/d(first weight)."""
    points, labels = two_moons(count)
    if system in OTHERS:
        return OTHERS[system](points, labels)
    if system == "micrograd":
        sys.setrecursionlimit(100_000)  # its topological sort recurses
        from micrograd.engine import Value
    else:
        from autograd_lite import Value
    layers = network(Value)
    leaves = parameters(layers)

    def step() -> float:
        for p in leaves:
            p.grad = 0.0
        loss_of(layers, points, labels).backward()
        return leaves[0].grad

    return step


def xad_stepper(points: list[list[float]], labels: list[int]) -> Callable[[], float]:
    import xad.adj_1st as xad

    tape = xad.Tape()
    tape.activate()
    xad.Real.relu = lambda self: self if self > 0 else self * 0.0
    layers = network(xad.Real)
    leaves = parameters(layers)

    def step() -> float:
        for p in leaves:
            tape.registerInput(p)
        tape.newRecording()
        loss = loss_of(layers, points, labels)
        tape.registerOutput(loss)
        loss.derivative = 1.0
        tape.computeAdjoints()
        return leaves[0].derivative

    return step


def torch_stepper(points: list[list[float]], labels: list[int]) -> Callable[[], float]:
    import torch

    layers = network(lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True))
    leaves = parameters(layers)

    def step() -> float:
        for p in leaves:
            p.grad = None
        loss_of(layers, points, labels).backward()
        return float(leaves[0].grad)

    return step


def autograd_stepper(points: list[list[float]], labels: list[int]) -> Callable[[], float]:
    import autograd
    from autograd.numpy import maximum
    from autograd.numpy.numpy_boxes import ArrayBox

    ArrayBox.relu = lambda self: maximum(self, 0.0)
    numbers = parameters(network(float))

    def loss(leaves: list[Any]) -> Any:
        given = iter(leaves)
        return loss_of(network(lambda _: next(given)), points, labels)

    gradient = autograd.grad(loss)
    return lambda: float(gradient(numbers)[0])


OTHERS = {"autograd": autograd_stepper, "torch": torch_stepper, "xad": xad_stepper}


def measure(system: str, count: int, repeat: int) -> None:
    step = stepper(system, count)
    slope, times = step(), []
    while len(times) < repeat and sum(times) < LONGEST:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    print(min(times), slope)


def bytes_per_node() -> float:
    from autograd_lite import Value
    from autograd_lite.core.order import topological_order

    points, labels = two_moons(20)
    layers = network(Value)
    tracemalloc.start()
    loss = loss_of(layers, points, labels)
    loss.backward()
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return used / (len(topological_order(loss)) - len(parameters(layers)))


def run(system: str, count: int, repeat: int, no_gc: bool) -> tuple[float, float]:
    module = [sys.executable, "-m", "tests.benchmarks.moons"]
    arguments = [*module, "--one", system, str(count), str(repeat)]
    arguments += ["--no-gc"] if no_gc else []
    out = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.split()
    return float(out[0]), float(out[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--smoke", action="store_true", help="one short round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", nargs=3, metavar=("SYSTEM", "POINTS", "REPEAT"), help="internal")
    parser.add_argument("--no-gc", action="store_true", help="switch the garbage collector off")
    options = parser.parse_args()
    if options.one:
        if options.no_gc:
            gc.disable()
        measure(options.one[0], int(options.one[1]), int(options.one[2]))
        return
    rounds, count, repeat = (1, 5, 1) if options.smoke else (options.rounds, 100, 10)
    systems = [name for name, module in PEERS.items() if importlib.util.find_spec(module)]
    results: dict[str, list[tuple[float, float]]] = {name: [] for name in systems}
    for _ in range(rounds):
        for name in systems:
            results[name].append(run(name, count, repeat, options.no_gc))
    ours = statistics.median(t for t, _ in results["autograd_lite"])
    print(f"Python {platform.python_version()}, {platform.machine()}, {count} points")
    for name in systems:
        median = statistics.median(t for t, _ in results[name])
        slope = results[name][0][1]
        print(f"{name:14s} {median * 1e3:9.2f} ms {median / ours:7.2f} x   d/dw {slope:.15f}")
    assert len({round(r[0][1], 12) for r in results.values()}) == 1, "the systems disagree"
    print(f"autograd_lite uses {bytes_per_node():.0f} bytes a node")


if __name__ == "__main__":
    main()
