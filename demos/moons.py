"""Train a 2-16-16-1 ReLU network on two interleaved half moons until it gets every point right.

    python demos/moons.py
    python demos/moons.py --points 40 --steps 20

Prints the loss and the accuracy, and draws the loss and the decision boundary.
"""

import argparse
import math
import random
from collections.abc import Sequence
from pathlib import Path

import autograd_lite as ag

Point = list[float]


def two_moons(count: int, noise: float, rng: random.Random) -> tuple[list[Point], list[int]]:
    """Return points on two interleaved half circles, with the labels 1 (upper) and -1 (lower)."""
    points, labels = [], []
    for number in range(count):
        label = 1 if number % 2 else -1
        angle = rng.uniform(0, math.pi)
        x, y = math.cos(angle), math.sin(angle)
        if label == -1:
            x, y = 1 - x, 0.5 - y
        points.append([x + rng.gauss(0, noise), y + rng.gauss(0, noise)])
        labels.append(label)
    return points, labels


def accuracy(scores: Sequence[ag.Value], labels: Sequence[int]) -> float:
    """Return the share of points whose score has the sign of their label."""
    right = sum(
        (score.data > 0) == (label > 0) for score, label in zip(scores, labels, strict=True)
    )
    return right / len(labels)


def train(
    net: ag.nn.MLP, points: Sequence[Point], labels: Sequence[int], steps: int, rate: float
) -> ag.nn.History:
    """Train by Adam on the mean hinge loss of all points, until every point has its margin."""
    return ag.nn.fit(
        net,
        (points, labels),
        ag.nn.hinge,
        ag.optim.Adam(net.parameters(), lr=rate),
        epochs=steps,
        callbacks=[lambda epoch: epoch.loss == 0],
        jit=True,
    )


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line, and exit with a message if an option is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--points", type=int, default=100, help="number of training points, at least 2 (100)")
    add("--noise", type=float, default=0.1, help="standard deviation of the noise (0.1)")
    add("--steps", type=int, default=300, help="largest number of training steps (300)")
    add("--rate", type=float, default=0.02, help="learning rate (0.02)")
    add("--seed", type=int, default=1, help="seed of data and weights (1)")
    add("--out", type=Path, default=Path("pictures"), help="folder for the pictures (pictures)")
    options = parser.parse_args(arguments)
    if options.points < 2:
        parser.error("--points must be at least 2, one for each moon")
    if options.steps < 1:
        parser.error("--steps must be at least 1")
    if not 0 <= options.rate < math.inf:
        parser.error("--rate must be finite and not negative")
    if not 0 <= options.noise < math.inf:
        parser.error("--noise must be finite and not negative")
    try:  # fail before the work rather than after it
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--out: {error}")
    return options


def main() -> None:
    options = parse_options(None)
    rng = random.Random(options.seed)
    points, labels = two_moons(options.points, options.noise, rng)
    net = ag.nn.MLP(2, [16, 16, 1], activation="relu", rng=rng)
    print(f"{len(net.parameters())} parameters, {len(points)} points")
    history = train(net, points, labels, options.steps, options.rate)
    with ag.no_grad():
        share = accuracy([net(point) for point in points], labels)
    print(f"Loss: {history[-1].loss:.4f} after {len(history)} steps")
    print(f"Training accuracy: {share:.0%}")

    boundary = ag.plots.decision_boundary(net, points, labels)
    boundary.set_title("Two moons: the decision boundary")
    for axes, title in ((ag.plots.losses(history), "loss"), (boundary, "boundary")):
        path = options.out / f"moons_{title}.png"
        axes.figure.savefig(path, dpi=120)
        print(f"{title.capitalize()}: {path.resolve()}")


if __name__ == "__main__":
    main()
