"""Run the same training loop eagerly, jitted, and jitted for one point at a time.

    python demos/fast_moons.py
    python demos/fast_moons.py --points 40 --steps 20

A 2-16-16-1 ReLU network learns the two moons of moons.py. The loss is plain Python over scalars;
`ag.jit` records it in the first call and runs it as machine code afterwards. Prints the losses side
by side, and the time of a step.
"""

import argparse
import math
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import moons
import numpy as np

import autograd_lite as ag

SIZES = [16, 16, 1]


class Training(NamedTuple):
    """A loss and a time in seconds for each step."""

    losses: list[float]
    seconds: list[float]


def make_losses(
    net: ag.nn.MLP, points: Sequence[moons.Point], labels: Sequence[int]
) -> dict[str, Callable[[], ag.Value]]:
    """Return three functions for the mean hinge loss over all points, which agree."""

    def eager() -> ag.Value:
        return ag.nn.hinge([net(point) for point in points], labels)

    # This records the whole loop, with the operations of every point.
    jitted = ag.jit(eager)

    # This records the loss of one point, and runs it over columns of any number of points.
    @ag.jit
    def one_point(point: Sequence[float], label: float) -> ag.Value:
        return ag.relu(1 - label * net(point))

    columns = np.array(points), np.array(labels, dtype=float)
    return {"eager": eager, "jit": jitted, "jit, mean": lambda: one_point.mean(*columns)}


def train(
    loss_of: Callable[[], ag.Value], parameters: list[ag.Value], steps: int, rate: float
) -> Training:
    """Train by gradient descent; the loop does not depend on how the loss is computed."""
    optimizer = ag.optim.SGD(parameters, lr=rate)
    training = Training([], [])
    for _ in range(steps):
        start = time.perf_counter()
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        optimizer.step()
        training.seconds.append(time.perf_counter() - start)
        training.losses.append(loss.data)
    return training


def show(trainings: dict[str, Training]) -> None:
    """Print the losses side by side, the times, and a summary."""
    eager = trainings["eager"]
    count = len(eager.losses)
    print(f"{'':16s}" + "".join(f"{name:>14s}" for name in trainings))
    for step in sorted({0, 1, *range(0, count, max(1, count // 5)), count - 1}):
        losses = "".join(f"{training.losses[step]:14.10f}" for training in trainings.values())
        print(f"loss, step {step:<5d}{losses}")
    firsts = "".join(f"{training.seconds[0] * 1e3:14.2f}" for training in trainings.values())
    print(f"first step, ms  {firsts}")
    others = "".join(
        f"{find_usual_seconds(training) * 1e3:14.3f}" for training in trainings.values()
    )
    print(f"other steps, ms {others}\n")

    for name in ("jit", "jit, mean"):
        training = trainings[name]
        pairs = zip(training.losses, eager.losses, strict=True)
        worst = max(abs(loss - other) for loss, other in pairs)
        times = find_usual_seconds(eager) / find_usual_seconds(training)
        same = "identical losses" if worst == 0 else f"losses within {worst:.0e} of the eager ones"
        print(f"{name}: {times:,.0f} times as fast per step, {same}")


def find_usual_seconds(training: Training) -> float:
    """Return the median time of all steps but the first, which records."""
    return statistics.median(training.seconds[1:])


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line, and exit with a message if an option is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--points", type=int, default=100, help="number of training points, at least 2 (100)")
    add("--steps", type=int, default=60, help="number of training steps, at least 2 (60)")
    add("--rate", type=float, default=0.2, help="learning rate (0.2)")
    add("--seed", type=int, default=1, help="seed of data and weights (1)")
    options = parser.parse_args(arguments)
    if options.points < 2:
        parser.error("--points must be at least 2, one for each moon")
    if options.steps < 2:
        parser.error("--steps must be at least 2, since the first step records")
    if not 0 <= options.rate < math.inf:
        parser.error("--rate must be finite and not negative")
    return options


def main() -> None:
    options = parse_options(None)
    rng = random.Random(options.seed)
    points, labels = moons.two_moons(options.points, 0.1, rng)
    net = ag.nn.MLP(2, SIZES, activation="relu", rng=rng)
    start = net.state_dict()
    print(f"{len(net.parameters())} parameters, {len(points)} points, {options.steps} steps\n")

    trainings = {}
    for name, loss_of in make_losses(net, points, labels).items():
        net.load_state_dict(start)  # all three start from the same weights
        trainings[name] = train(loss_of, net.parameters(), options.steps, options.rate)
    show(trainings)


if __name__ == "__main__":
    main()
