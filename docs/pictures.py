"""Draw the pictures of docs/inside.md: `python docs/pictures.py`.

The package's own Graphviz draws them. They are kept in docs/images/, so that the page shows them
wherever it is read.
"""

from pathlib import Path

import autograd_lite as ag
from autograd_lite.drawing.renderer import render

FOLDER = Path(__file__).resolve().parent / "images"

STYLE = """
    graph [bgcolor=white, nodesep=0.25, ranksep=0.45, pad=0.2, fontname=Courier,
           fontsize=12, fontcolor="#52606d", color="#cbd2d9", style=rounded]
    node [shape=box, style="rounded,filled", fillcolor="#fff7e0", color="#b7791f", fontname=Courier,
          fontsize=12, fontcolor="#1f2933", margin="0.14,0.08"]
    edge [color="#7b8794", arrowsize=0.7, fontname=Courier, fontsize=11, fontcolor="#8a1c5b"]
"""

# The stages of a call of a jitted function, each with its folder or file in jit/.
JIT = (
    "digraph {"
    + STYLE
    + """
    f [label="f(x, y)", fillcolor="#dbeafe", color="#2563eb"]
    guards [label="guards hold?\\ncall/specialization.py"]
    record [label="run f on Values\\nrecord/recorder.py"]
    tape [label="operations, guards\\nrecord/tape.py"]
    shorter [label="fewer operations\\nir/simplify.py, loops/"]
    chain [label="the chain rule\\nir/derivative.py"]
    text [label="Python or LLVM\\nbackend/"]
    result [label="float, array,\\nor one node", fillcolor="#d9f5e3", color="#15803d"]
    f -> guards
    guards -> result [label="  yes: run the code"]
    guards -> record [label="  no"]
    record -> tape -> shorter -> chain -> text
    text -> guards [label="  one more specialization", constraint=false]
}"""
)


def neuron() -> ag.Value:
    """Return tanh(w x + b), with its gradients."""
    x, w, b = ag.Value(2.0, name="x"), ag.Value(-0.5, name="w"), ag.Value(1.5, name="b")
    y = ag.tanh(w * x + b)
    y.name = "y"
    y.backward()
    return y


def pictures() -> dict[str, str]:
    """Return the SVG of each picture by its name."""
    return {"neuron": ag.draw(neuron()), "jit": render(JIT).decode()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, svg in pictures().items():
        (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")
        print(FOLDER / f"{name}.svg")
