"""Pictures of computation graphs: a graph as DOT, the DOT as SVG.

Every node of the graph is one box: what it is (the operation, or a leaf), its name, its data and
its gradient. Every arrow carries the local partial derivative that `backward()` multiplies by.

Graphviz is loaded by the functions that need it, so that the engine itself needs nothing.
"""

import html
import os
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from .files import write_whole
from .text import shown
from .value import Value, topological_order

if TYPE_CHECKING:
    from .graphviz_renderer import Picture

__all__ = ["MAX_NODES", "TIME_LIMIT", "draw", "svg", "to_dot"]

MAX_NODES = 2000
"""Nodes, constants included, that a picture may have unless told otherwise."""

TIME_LIMIT = 20.0
"""Seconds that laying out a picture may take unless told otherwise."""

_EDGES_PER_NODE = 4
_DAY = 86_400
_NAME_LENGTH = 40
_INK = "#1f2933"

# Exactly "Courier": Graphviz knows the widths of its letters without any font file, so that no
# text runs over its box on a machine that has no fonts.
_FONT = {"fontname": "Courier", "fontsize": "12", "fontcolor": _INK}
_GRAPH = {
    "rankdir": "LR",
    # The arrows enter a node in the order of its operands, so that a - b and b - a differ.
    "ordering": "in",
    "bgcolor": "white",
    "nodesep": "0.25",
    "ranksep": "0.6",
    "pad": "0.2",
    **_FONT,
    "fontsize": "10",
    "fontcolor": "#52606d",
}
_NODE = {"shape": "Mrecord", "style": "filled", "margin": "0.12,0.06", "height": "0.3", **_FONT}
_EDGE = {
    "color": "#7b8794",
    "arrowsize": "0.7",
    **_FONT,
    "fontsize": "11",
    "fontcolor": "#8a1c5b",
}
_LEAF = {"fillcolor": "#dbeafe", "color": "#2563eb"}
_OPERATION = {"fillcolor": "#fff7e0", "color": "#b7791f"}
_ROOT = {"fillcolor": "#d9f5e3", "color": "#15803d", "penwidth": "2"}
_CONSTANT = {
    "shape": "box",
    "style": "dashed,rounded",
    "color": "#7b8794",
    "fontcolor": "#52606d",
    "width": "0.3",
}
_FROM_CONSTANT = {"style": "dashed", "color": "#9aa5b1"}


@overload
def draw(v: Value, path: None = None, *, max_nodes: int = ..., time_limit: float = ...) -> str: ...
@overload
def draw(
    v: Value, path: str | os.PathLike[str], *, max_nodes: int = ..., time_limit: float = ...
) -> Path: ...
def draw(
    v: Value,
    path: str | os.PathLike[str] | None = None,
    *,
    max_nodes: int = MAX_NODES,
    time_limit: float = TIME_LIMIT,
) -> Path | str:
    """Draw the graph that computed `v`, as SVG.

    Gradients are shown once `v.backward()` has run. The system's Graphviz draws where there is one,
    else the one that `pip install "autograd_lite[draw]"` brings.

    Names are shown as text, whatever stands in them: no markup of theirs reaches the picture. The
    file appears whole or not at all.

    Args:
        v: the result whose graph is drawn.
        path: the `.svg` file to write; without it the SVG text is returned.
        max_nodes: the largest graph to draw, in nodes, constants included.
        time_limit: the seconds after which the layout is stopped.

    Returns:
        The path written to, or the SVG text where no path was given.

    Raises:
        TypeError: `v` is not a Value.
        ValueError: the graph is too large, or the path does not end in `.svg`.
        ImportError: the package `graphviz` is not installed.
        OSError: the file cannot be written; one that was there is as before.
        RuntimeError: no renderer is there, or it failed or took too long; the text says what to do
            and where the DOT was saved.

    >>> x = Value(3.0, name="x")
    >>> picture = draw(x * x)
    >>> "<svg" in picture
    True
    """
    target = None if path is None else _svg_path(path)
    text: str = to_dot(v, max_nodes=max_nodes, time_limit=time_limit).pipe("svg", encoding="utf-8")
    if target is None:
        return text
    write_whole(target, text)
    return target


def to_dot(v: Value, *, max_nodes: int = MAX_NODES, time_limit: float = TIME_LIMIT) -> "Picture":
    """Describe the graph that computed `v` as a `graphviz.Digraph`, to look at or to change.

    It shows itself in a notebook. `.source` is the DOT text; `.pipe("svg")` needs no Graphviz on
    the system, while `.render()` and formats other than SVG do.

    Args:
        v: the result whose graph is described.
        max_nodes: the largest graph to describe, in nodes, constants included.
        time_limit: the seconds after which a layout of it is stopped.

    Raises:
        TypeError: `v` is not a Value.
        ValueError: the graph is too large, or a limit is not positive; the time limit is a day
            at most.
        ImportError: the package `graphviz` is not installed.

    >>> x = Value(3.0, name="x")
    >>> print(to_dot(x * x).source)  # doctest: +ELLIPSIS
    digraph {
    ...
    """
    if not isinstance(v, Value):
        raise TypeError(f"only a Value can be drawn, not {type(v).__name__}: {shown(repr(v))}")
    checked_time_limit(time_limit)
    refuse_large(v, max_nodes)
    from .graphviz_renderer import Picture

    picture = Picture(graph_attr=_GRAPH, node_attr=_NODE, edge_attr=_EDGE)
    picture.time_limit = time_limit
    _fill(picture, v)
    return picture


def svg(v: Value) -> str:
    """Return the picture that a notebook shows for `v`: never an error, at worst a line of text.

    A cell that ends in a large loss is common, and a traceback is no way to show it.

    >>> "<svg" in svg(Value(3.0))
    True
    """
    try:
        return draw(v)
    except (ImportError, RuntimeError, ValueError) as error:
        reason = shown(str(error).partition("\n")[0], 200)
        return _notice(f"Value(data={_number(v._data)}, grad={_number(v.grad)})", reason)


def _svg_path(path: str | os.PathLike[str]) -> Path:
    target = Path(path)
    if target.suffix.lower() != ".svg":
        raise ValueError(
            f"draw writes SVG, to a path that ends in .svg, not {shown(str(target))}. "
            'For other formats install Graphviz and use to_dot(v).render("graph", format="png")'
        )
    return target


def checked_time_limit(time_limit: float) -> None:
    """Raise ValueError for seconds that are none."""
    if not 0 < time_limit <= _DAY:
        raise ValueError(f"time_limit must be in (0, {_DAY}] seconds, not {time_limit!r}")


def refuse_large(root: Value, max_nodes: int) -> None:
    """Raise ValueError for a graph above the limit, having looked at little more than that."""
    if max_nodes < 1:
        raise ValueError(f"max_nodes must be at least 1, not {max_nodes!r}")
    seen = {id(root)}
    waiting = [root]
    nodes, edges = 1, 0
    while waiting:
        for operand in waiting.pop().operands:
            edges += 1
            if not isinstance(operand, Value):
                nodes += 1
            elif id(operand) not in seen:
                seen.add(id(operand))
                waiting.append(operand)
                nodes += 1
            if nodes > max_nodes or edges > _EDGES_PER_NODE * max_nodes:
                raise ValueError(
                    f"the graph has more than {max_nodes:,} nodes (or more than "
                    f"{_EDGES_PER_NODE * max_nodes:,} edges), too many to read. Draw a part of it: "
                    "an intermediate Value, a smaller model, one sample in place of a batch, or "
                    "inputs cut off with .detach(); or raise the limit with max_nodes="
                )


def _fill(picture: "Picture", root: Value) -> None:
    order = topological_order(root)
    keys = {id(node): f"n{number}" for number, node in enumerate(order)}
    # Before backward() every gradient is zero, and none of them is a result.
    with_gradient = root.grad != 0.0
    constants = 0
    for node in order:
        key = keys[id(node)]
        picture.node(key, **_box(node, node is root, with_gradient))
        partials = iter(node.partials)
        for operand in node.operands:
            if isinstance(operand, Value):
                partial = next(partials)
                picture.edge(
                    keys[id(operand)],
                    key,
                    label=_number(partial),
                    tooltip=f"local partial derivative {partial!r}",
                )
            else:
                constant = f"c{constants}"
                constants += 1
                picture.node(
                    constant, label=_number(operand), tooltip=f"constant {operand!r}", **_CONSTANT
                )
                picture.edge(constant, key, tooltip="constant: no derivative", **_FROM_CONSTANT)
    picture.nodes = len(order) + constants
    if len(order) > 1:
        caption = "on an arrow: the local derivative"
        if with_gradient:
            caption += "; grad: the derivative of the last node"
        picture.attr("graph", label=caption, labelloc="b")


def _box(node: Value, is_root: bool, with_gradient: bool) -> dict[str, str]:
    """The attributes of one node."""
    symbol = "" if node.primitive is None else shown(node.primitive.label, _NAME_LENGTH)
    name = shown(node.name or "", _NAME_LENGTH)
    rows = [f"data {_number(node._data)}"]
    full = [shown(node.op) or "leaf", shown(f"data {node._data!r}")]
    if with_gradient:
        rows.append(f"grad {_number(node.grad)}")
        full.append(shown(f"grad {node.grad!r}"))
    heads = [part for part in (symbol, name) if part]
    label = "|".join(_row(parts) for parts in (heads, rows) if parts)
    colours = _ROOT if is_root else _LEAF if node.primitive is None else _OPERATION
    return {"label": label, "tooltip": _tooltip(", ".join(full)), **colours}


def _row(parts: list[str]) -> str:
    """Cells side by side in a record."""
    return "{" + "|".join(_escaped(part) for part in parts) + "}"


def _number(x: Any) -> str:
    # A gradient may be what a user has set it to, None for one.
    return f"{x:.4g}" if isinstance(x, Real) else shown(repr(x), _NAME_LENGTH)


_ENTITIES = str.maketrans({c: f"&#{ord(c)};" for c in "&\"'<>{}|[]"} | {"\\": "&#92;&#92;"})


def _escaped(text: str) -> str:
    """The text as a Graphviz label that stands for itself, in a record's field too.

    Graphviz reads backslashes, braces, bars and entities in labels. An entity is the one spelling
    that none of its readers takes for anything else, except that backslashes are read later.
    """
    return text.translate(_ENTITIES)


def _tooltip(text: str) -> str:
    r"""The same for a tooltip, whose backslashes Graphviz reads twice: `\N` gave a node's name."""
    return _escaped(text.replace("\\", 2 * "\\"))


def _notice(*lines: str) -> str:
    width = 20 + max(len(line) for line in lines) * 8
    rows = "".join(
        f'<text x="10" y="{24 + 20 * row}">{html.escape(line)}</text>'
        for row, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{20 * len(lines) + 16}" '
        f'font-family="Courier, monospace" font-size="13" fill="{_INK}">'
        f'<rect width="100%" height="100%" fill="white"/>{rows}</svg>'
    )
