"""The graphs that the tutorial draws and steps through."""

from collections.abc import Callable
from pathlib import Path

import autograd_lite as ag


def chain() -> ag.Value:
    """(3x + 1)² at 2."""
    x = ag.Value(2.0, name="x")
    u = 3 * x + 1
    f = u**2
    u.name, f.name = "u", "f"
    f.backward()
    return f


def paths() -> ag.Value:
    """x² + y² with x = t² and y = sin t."""
    t = ag.Value(1.5, name="t")
    x, y = t**2, ag.sin(t)
    f = x**2 + y**2
    x.name, y.name, f.name = "x", "y", "f"
    f.backward()
    return f


def graph() -> ag.Value:
    """Two numbers used twice."""
    a, b = ag.Value(2.0, name="a"), ag.Value(-3.0, name="b")
    d = a * b
    e = d + a
    f = e * d
    d.name, e.name, f.name = "d", "e", "f"
    f.backward()
    return f


def two_layers() -> ag.Value:
    """The network of the page "Backpropagation in two layers", on its one sample."""
    inputs, target = [0.5, -1.0], 1.0
    hidden = [
        _neuron([0.1, -0.3], inputs, 0.05, "W1", "b1", ("z1", "a1")),
        _neuron([0.7, 0.2], inputs, -0.1, "W2", "b2", ("z2", "a2")),
    ]
    loss = (_neuron([0.6, -0.4], hidden, 0.2, "V", "c", ("s", "y")) - target) ** 2 / 2
    loss.name = "L"
    return loss


def _neuron(
    weights: list[float], inputs: list, bias: float, row: str, column: str, names: tuple[str, str]
) -> ag.Value:
    leaves = [ag.Value(number, name=f"{row}{i}") for i, number in enumerate(weights, 1)]
    total = ag.dot(leaves, inputs) + ag.Value(bias, name=column)
    output = ag.sigmoid(total)
    total.name, output.name = names
    return output


NO_CONSTANTS = ("names", "data", "grad", "partials")


def paths_alone() -> str:
    """Both paths from t, which are the whole graph but for the exponents."""
    return ag.draw(paths(), show=NO_CONSTANTS)


def highlighted_graph() -> str:
    """The three paths from a, with their sum."""
    f = graph()
    e, _ = f.parents
    _, a = e.parents
    return ag.draw(f, highlight=a)


# What draws each picture, as SVG text.
GRAPHS: dict[str, Callable[[], str]] = {
    "chain": lambda: ag.draw(chain()),
    "paths": paths_alone,
    "graph": lambda: ag.draw(graph()),
    "graph-paths": highlighted_graph,
}
PAGES: dict[str, Callable[[], ag.Value]] = {"steps": graph, "two-layers-steps": two_layers}


def write_pages(folder: Path) -> list[Path]:
    """Write the pages that a reader steps through; the site's build calls this.

    They are not kept in the repository: each holds a copy of the package's script and style, which
    would be old after every change to those.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [ag.explain(make(), folder / f"{name}.html") for name, make in PAGES.items()]
