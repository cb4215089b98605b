"""Draw a loss of ten thousand nodes, of a 2-16-16-1 network on a hundred points, as one picture.

    python demos/draw_network.py
    python demos/draw_network.py --out docs/moons-collapsed.svg
    python demos/draw_network.py --depth 1 --points 20 --out network.svg

Each layer is one node, coloured by the largest gradient in it. Pictures in PNG or PDF need Graphviz
on the system.
"""

import argparse
import math
import random
from pathlib import Path

import autograd_lite as ag


def two_moons(count: int, rng: random.Random) -> tuple[list[list[float]], list[int]]:
    """Return points on two interleaved half circles, with the labels 1 (upper) and -1 (lower)."""
    labels = [1 if number % 2 else -1 for number in range(count)]
    points = []
    for label in labels:
        angle = rng.uniform(0, math.pi)
        x, y = math.cos(angle), math.sin(angle)
        points.append([x, y] if label == 1 else [1 - x, 0.5 - y])
    return points, labels


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--points", type=int, default=100, help="number of samples (100)")
    add("--depth", type=int, default=2, help="1: one node per network; 2: one per layer (2)")
    add("--seed", type=int, default=1, help="seed of points and weights (1)")
    add("--out", type=Path, default=Path("moons-collapsed.svg"), help="the picture")
    options = parser.parse_args()
    if options.points < 1:
        parser.error("--points must be at least 1")
    if options.depth not in (1, 2):
        parser.error("--depth must be 1 or 2")
    if options.out.suffix.lower() not in (".svg", ".png", ".pdf"):
        parser.error("--out must be a path that ends in .svg, .png or .pdf")
    if not options.out.parent.is_dir():
        parser.error(f"--out: there is no folder {options.out.parent}")

    rng = random.Random(options.seed)
    points, labels = two_moons(options.points, rng)
    net = ag.nn.MLP(2, [16, 16, 1], activation="relu", rng=rng)
    loss = ag.nn.hinge([net(point) for point in points], labels)
    loss.backward()
    picture = ag.draw(loss, options.out, collapse=options.depth, color_by="grad")
    print(f"Wrote {picture}: the loss is {loss.data:.4f}, with {len(net.parameters())} parameters.")


if __name__ == "__main__":
    main()
