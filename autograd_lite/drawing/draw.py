"""Draw computation graphs as DOT, SVG, PNG or PDF.

Each node shows its operation, name, data and gradient; each arrow shows the partial derivative
that `backward()` multiplies by. Nodes recorded in a scope are in its box, which `collapse` draws
as a single node.

`view` decides what a picture shows, `dot` writes it as DOT, and `renderer` lays it out. Graphviz is
imported only by the functions that need it.
"""

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
"""The default of the largest number of nodes in a picture, constants included."""

TIME_LIMIT = 20.0
"""The default of the time for a layout, in seconds."""

# Limits for pictures that a notebook asks for by itself: seconds for a layout, and the nodes of a
# graph that is drawn collapsed, which takes half a second.
_NOTEBOOK_TIME_LIMIT = 5.0
_NOTEBOOK_NODES = 100_000
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
    """Draw the graph that computed `v`, as SVG, PNG or PDF according to the suffix of the path.

    Gradients are shown once `v.backward()` has run. SVG is drawn by the Graphviz that
    `pip install "autograd_lite[draw]"` installs, PNG and PDF by the Graphviz of the system.

    Names and titles are always shown as text, never interpreted as markup. The file appears whole
    or not at all.

    Arguments:
        v: the result whose graph is drawn.
        path: the file to write, ending in `.svg`, `.png` or `.pdf`; by default the SVG is returned
            as text.
        direction: the direction of the arrows: "LR" from left to right, "TB" from top to bottom,
            "RL" or "BT", as in Graphviz's `rankdir`.
        show: what to show besides operations: one or several of "names", "data", "grad", "partials"
            and "constants", or `()` for the operations alone. None shows everything.
        color_by: "grad" colours every node by the size of its gradient, from light to dark, with a
            legend; a closed box by the largest gradient inside.
        collapse: the boxes to draw as single nodes, with the numbers of operations and parameters
            inside: a depth (1 for the outermost boxes, 2 for the boxes inside them and for outer
            boxes without any, and so on), or titles, in which `*` matches any text ("layer *",
            "MLP/layer 1"). Many leaves or constants that feed a closed box are drawn as one node.
        highlight: a node: all paths from it to `v` stand out with their partials, the rest is
            faded, and the caption tells the number of paths and the derivative along them.
        max_nodes: the largest number of nodes in the picture, constants included. A closed box
            counts as one.
        time_limit: the time for the layout, in seconds.

    Returns:
        The path of the file, or the SVG text if no path was given.

    Raises:
        TypeError: `v` or `highlight` is not a Value, or an option has the wrong type.
        ValueError: the picture is too large, the path has another suffix, `color_by` is used before
            `v.backward()`, `highlight` is not in the graph, `collapse` matches no box, or an
            option is not one of its choices.
        ImportError: the package `graphviz` is not installed.
        OSError: the file cannot be written; an existing file is unchanged.
        RuntimeError: the renderer is not installed, failed or took too long; the message says what
            to do, and where the DOT was saved.

    >>> import autograd_lite as ag
    >>> x = Value(3.0, name="x")
    >>> picture = draw(x * x)
    >>> "<svg" in picture
    True
    >>> score = ag.nn.MLP(2, [16, 16, 1])([0.5, -1.0])
    >>> "3 parameters" in draw(score, collapse="neuron *")
    True
    """
    target = None if path is None else _check_path(path)
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
    """Return the graph that computed `v` as a `graphviz.Digraph`, to inspect or modify.

    Notebooks show it as a picture. Its attribute `source` is the DOT text. `pipe("svg")` needs no
    Graphviz on the system, while `render()` and other formats do.

    Arguments:
        v: the result whose graph is drawn.
        direction, show, color_by, collapse, highlight, max_nodes, time_limit: as in `draw`.

    Raises:
        TypeError: `v` or `highlight` is not a Value, or an option has the wrong type.
        ValueError: the picture is too large, the time limit is longer than a day, or an option is
            not one of its choices.
        ImportError: the package `graphviz` is not installed.

    >>> x = Value(3.0, name="x")
    >>> print(to_dot(x * x, direction="TB").source)  # doctest: +ELLIPSIS
    digraph {
    ...
    """
    lit = v if highlight is None else highlight
    for what, node in (("only a Value can be drawn", v), ("highlight must be a Value", lit)):
        if not isinstance(node, Value):
            raise TypeError(f"{what}, not {type(node).__name__} {shown(repr(node))}")
    look = _check_look(v, direction, show, color_by, highlight is not None)
    check_time_limit(time_limit)
    if max_nodes < 1:
        raise ValueError(f"max_nodes must be at least 1, not {max_nodes!r}")
    if collapse is None:
        refuse_large(v, max_nodes)
    from .dot import build_attributes, fill  # imported here to keep the package fast to import
    from .renderer import Picture
    from .view import View

    view = View(v, collapse, highlight, max_nodes)
    looks = build_attributes(look)
    picture = Picture(graph_attr=looks["graph"], node_attr=looks["node"], edge_attr=looks["edge"])
    picture.time_limit = time_limit
    fill(picture, view, look)
    return picture


def svg(v: Value) -> str:
    """Return the picture that a notebook shows for `v`, as SVG.

    A graph that is too large or takes too long is drawn with its boxes collapsed. If that fails
    too, the picture is a line of text: a notebook cell that ends in a large loss is common, and
    must not show a traceback.

    >>> "<svg" in svg(Value(3.0))
    True
    """
    from .dot import format_number

    try:
        return draw(v, time_limit=_NOTEBOOK_TIME_LIMIT)
    except (ImportError, RuntimeError, ValueError) as error:
        if not isinstance(error, ImportError) and (picture := _draw_collapsed(v)):
            return picture
        numbers = f"Value(data={format_number(v._primal)}, grad={format_number(v.grad)})"
        return _draw_text(numbers, shown(str(error).partition("\n")[0], 200))


def _draw_collapsed(v: Value) -> str:
    """Return a picture with layers, or else networks, as single nodes; "" if that fails."""
    with suppress(ImportError, RuntimeError, ValueError):
        refuse_large(v, _NOTEBOOK_NODES)
        try:
            return draw(v, collapse=2, time_limit=_NOTEBOOK_TIME_LIMIT)
        except ValueError:
            return draw(v, collapse=1, time_limit=_NOTEBOOK_TIME_LIMIT)
    return ""


def _check_look(root: Value, direction: str, show: object, color_by: object, lit: bool) -> "Look":
    """Return the options for the style of a picture, or raise if one is wrong."""
    from .dot import Look

    if direction not in _DIRECTIONS:
        directions = ", ".join(_DIRECTIONS)
        raise ValueError(f"direction must be one of {directions}, not {direction!r:.80}")
    parts = _PARTS if show is None else (show,) if isinstance(show, str) else show
    if not isinstance(parts, Iterable):
        raise TypeError(f"show must be a list of parts, not {type(parts).__name__}")
    parts = list(parts)
    for part in parts:
        if part not in _PARTS:
            raise ValueError(f"show takes {', '.join(_PARTS)}, not {shown(repr(part))}")
    if color_by not in (None, "grad"):
        raise ValueError(f'color_by must be "grad" or None, not {color_by!r:.80}')
    if color_by == "grad" and root.grad == 0.0:
        raise ValueError(
            "every gradient is 0 before v.backward(): call it before you use color_by='grad'"
        )
    return Look(direction, frozenset(parts), color_by == "grad", lit)


def _check_path(path: str | os.PathLike[str]) -> Path:
    target = Path(path)
    if target.suffix.lower() not in _FORMATS:
        raise ValueError(
            f"draw writes SVG, PNG or PDF: the path must end in .svg, .png or .pdf, not "
            f"{shown(str(target))}. For other formats install Graphviz and use "
            'to_dot(v).render("graph", format="gif")'
        )
    return target


def check_time_limit(time_limit: float) -> None:
    """Raise ValueError unless the limit is positive and at most a day."""
    if not 0 < time_limit <= _DAY:
        raise ValueError(f"time_limit must be in (0, {_DAY}] seconds, not {time_limit!r}")


def refuse_large(root: Value, max_nodes: int) -> None:
    """Raise ValueError if a graph is above the limit; the search stops there."""
    from .view import EDGES_PER_NODE, make_size_error

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
                raise make_size_error(max_nodes)


def _draw_text(*lines: str) -> str:
    import html  # whose table of entities takes milliseconds to load

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
