"""Write a view of a graph as DOT: the text of each node, and its style."""

from collections.abc import Collection
from numbers import Real
from typing import TYPE_CHECKING, Any, NamedTuple

from .._util.text import count, shown
from ..core.value import Value
from .boxes import Box
from .colors import Scale, is_dark
from .view import Arrow, Item, View

if TYPE_CHECKING:
    from .renderer import Picture

NAME_LENGTH = 40
INK = "#1f2933"
_QUIET = "#52606d"
_FADED = "#b8c2cc"
_ACCENT = "#8a1c5b"

# Graphviz knows the widths of the letters of "Courier" without a font file, so texts fit into
# their boxes on machines without fonts.
_FONT = {"fontname": "Courier", "fontsize": "12", "fontcolor": INK}
_GRAPH = {
    # Arrows enter a node in the order of its operands, so that a - b and b - a look different;
    # Graphviz does not apply this inside clusters.
    "ordering": "in",
    "bgcolor": "white",
    "nodesep": "0.25",
    "ranksep": "0.6",
    "pad": "0.2",
    **_FONT,
    "fontsize": "10",
    "fontcolor": _QUIET,
}
_NODE = {"shape": "Mrecord", "style": "filled", "margin": "0.12,0.06", "height": "0.3", **_FONT}
_EDGE = {
    "color": "#7b8794",
    "arrowsize": "0.7",
    **_FONT,
    "fontsize": "11",
    "fontcolor": _ACCENT,
}
_LEAF = {"fillcolor": "#dbeafe", "color": "#2563eb"}
_OPERATION = {"fillcolor": "#fff7e0", "color": "#b7791f"}
_ROOT = {"fillcolor": "#d9f5e3", "color": "#15803d", "penwidth": "2"}
_CLOSED = {"fillcolor": "#eceff3", "color": "#475569", "penwidth": "1.5"}
_CONSTANT = {
    "shape": "box",
    "style": "dashed,rounded",
    "color": "#7b8794",
    "fontcolor": _QUIET,
    "width": "0.3",
}
_FROM_CONSTANT = {"style": "dashed", "color": "#9aa5b1"}
_FADED_NODE = {"fillcolor": "#fbfcfd", "color": "#dde3e9", "fontcolor": _FADED, "penwidth": "1"}
_FADED_EDGE = {"color": "#e1e6eb"}
_LIT_EDGE = {"color": _ACCENT, "penwidth": "2"}
_BOX = {"style": "rounded,filled", "color": "#c3ccd6", "labeljust": "l", **_FONT, "fontsize": "11"}
_BOX_FILLS = ["#f8fafc", "#eff3f7", "#e5ebf1"]
_LABELS_AT_MOST = 40
_LEGEND = {"shape": "box", "style": "filled", "color": "#c3ccd6", "height": "0.22", "width": "1.4"}


class Look(NamedTuple):
    """The style of a picture: `direction`, `show` and `color_by` of `draw`, checked.

    `lit` tells whether a path is highlighted.
    """

    direction: str
    show: Collection[str]
    by_gradient: bool
    lit: bool


def build_attributes(look: Look) -> dict[str, dict[str, str]]:
    """Return the default attributes of the graph, its nodes and its edges."""
    return {"graph": {"rankdir": look.direction, **_GRAPH}, "node": _NODE, "edge": _EDGE}


def fill(picture: "Picture", view: View, look: Look) -> None:
    """Add the items, arrows and caption of a view to a picture."""
    writer = _DotWriter(picture, view, look)
    writer.write(view.boxes.picture, picture)
    for arrow in view.arrows:
        writer.write_arrow(arrow)
    writer.write_caption()
    picture.nodes = len(view.items)


class _DotWriter:
    def __init__(self, picture: "Picture", view: View, look: Look) -> None:
        self.picture = picture
        self.view = view
        self.look = look
        # Before backward() every gradient is 0, which is not worth showing.
        self.with_gradient = "grad" in look.show and view.root.grad != 0.0
        self.with_partials = False  # set when an arrow shows its partial
        sizes = [x.size for x in view.items if x.size is not None]
        self.scale = Scale(sizes) if look.by_gradient else None
        between = [a for a in view.arrows if a.lit and a.tail.closed and a.head.closed]
        self.crowded = len(between) > _LABELS_AT_MOST
        if self.crowded:
            picture.graph_attr["ranksep"] = "2"  # room for the arrows to fan out
        self.items_in: dict[int, list[Item]] = {}  # by id of the box
        for item in view.items:
            if item.key[0] != "c" or "constants" in look.show:
                self.items_in.setdefault(id(item.box), []).append(item)
        self.used = {id(box) for item in view.items for box in item.box.path()}
        self.clusters = 0

    def write(self, box: Box, dot: Any) -> None:
        """Add the items of a box to a graph, and the boxes inside it as clusters.

        The recursion is shallow: the items of a view are at most 12 boxes deep.
        """
        for item in self.items_in.get(id(box), ()):
            dot.node(item.key, **self._describe(item))
        for inner in box.inner.values():
            if id(inner) not in self.used:
                continue
            title = shown(inner.title, NAME_LENGTH)
            cluster = type(self.picture)(name=f"cluster_{self.clusters}")
            self.clusters += 1
            looks = {**_BOX, "fillcolor": _BOX_FILLS[min(inner.depth, len(_BOX_FILLS)) - 1]}
            tooltip = _escape_tooltip(title)
            cluster.attr(label=escape(title), tooltip=tooltip, labelloc="t", **looks)
            self.write(inner, cluster)
            dot.subgraph(cluster)

    def _describe(self, item: Item) -> dict[str, str]:
        """Return the attributes of an item."""
        if item.closed is not None:
            attributes = self._describe_closed(item)
        elif item.node is not None:
            attributes = self._describe_value(item.node)
        else:
            attributes = {"label": escape(item.text), "tooltip": item.full}
            attributes |= _CONSTANT if item.key[0] == "c" else _LEAF
        if self.look.lit and not item.lit:
            return {**attributes, **_FADED_NODE}
        if self.scale is not None and item.size is not None:
            attributes["fillcolor"] = colour = self.scale.fill(item.size)
            if is_dark(colour):
                attributes["fontcolor"] = "white"
        return attributes

    def _describe_value(self, node: Value) -> dict[str, str]:
        symbol = "" if node.primitive is None else shown(node.primitive.label, NAME_LENGTH)
        name = shown(node.name or "", NAME_LENGTH) if "names" in self.look.show else ""
        rows = self._write_numbers(node)
        full = [shown(node.op) or "leaf", shown(f"data {node._primal!r}")]
        if self.with_gradient:
            full.append(shown(f"grad {node.grad!r}"))
        heads = [part for part in (symbol, name) if part]
        if not heads and not rows:
            heads = ["leaf"]
        colours = _OPERATION
        if node is self.view.root:
            colours = _ROOT
        elif node.primitive is None:
            colours = _LEAF
        tooltip = _escape_tooltip(", ".join(full))
        return {"label": self._write_label(heads, rows), "tooltip": tooltip, **colours}

    def _write_numbers(self, node: Value) -> list[str]:
        rows = [f"data {format_number(node._primal)}"] if "data" in self.look.show else []
        return [*rows, f"grad {format_number(node.grad)}"] if self.with_gradient else rows

    def _describe_closed(self, item: Item) -> dict[str, str]:
        title = shown(item.closed.title if item.closed else "", NAME_LENGTH)
        counts = [count(item.operations, "operation")] if item.operations else []
        counts += [count(item.parameters, "parameter")] if item.parameters else []
        rows: list[str] = []
        if len(item.outputs) == 1:
            [node] = item.outputs.values()
            rows = self._write_numbers(node)
        largest: list[str] = []
        if self.with_gradient and item.size is not None and (self.scale is not None or not rows):
            largest = [f"largest grad {format_number(item.size)}"]
        label = self._write_label([title], counts, rows, largest)
        colours = _ROOT if id(self.view.root) in item.outputs else _CLOSED
        return {"label": label, "tooltip": _escape_tooltip(", ".join([title, *counts])), **colours}

    def _write_label(self, *lines: list[str]) -> str:
        text = "|".join(_join_cells(parts) for parts in lines if parts)
        # a record stacks its fields at a right angle to the direction of the picture
        return text if self.look.direction in ("LR", "RL") else "{" + text + "}"

    def write_arrow(self, arrow: Arrow) -> None:
        faded = self.look.lit and not arrow.lit
        if arrow.constant:
            if "constants" not in self.look.show:
                return
            looks = {"tooltip": "constant: no derivative", **_FROM_CONSTANT}
        elif arrow.edges == 1:
            looks = {"tooltip": f"local partial derivative {arrow.partial!r}"}
            if "partials" in self.look.show and not faded and not self._is_of_many(arrow):
                looks["label"] = format_number(arrow.partial)
                self.with_partials = True
        else:
            values = count(len(arrow.values), "value")
            looks = {"tooltip": f"{values}, {count(arrow.edges, 'edge')}"}
            if len(arrow.values) > 1 and not faded:
                looks |= {"label": values, "fontcolor": _QUIET}
        if "label" in looks and self.look.direction in ("TB", "BT"):
            looks["label"] = f" {looks['label']} "  # the label would touch its arrow
        if self.look.lit:
            looks |= _FADED_EDGE if faded else _LIT_EDGE
        self.picture.edge(arrow.tail.key, arrow.head.key, **looks)

    def _is_of_many(self, arrow: Arrow) -> bool:
        """Return whether the arrow is one of too many between closed boxes to have a label.

        Two layers of 16 neurons have 256 such arrows: labels make the picture five times as tall.
        """
        return self.crowded and bool(arrow.tail.closed and arrow.head.closed)

    def write_caption(self) -> None:
        parts = []
        if self.with_partials:
            parts.append("on an arrow: the local derivative")
        if self.with_gradient and len(self.view.order) > 1:
            # backward() may have run on another node than the one drawn
            last = "the last node" if self.view.root.grad == 1.0 else "what backward() ran on"
            parts.append(f"grad: the derivative of {last}")
        lines = ["; ".join(parts), self.view.caption]
        text = "\n".join(escape(line) for line in lines if line)
        if text:
            self.picture.attr("graph", label=text, labelloc="b")
        if self.scale is not None:
            self._write_legend(self.scale)

    def _write_legend(self, scale: Scale) -> None:
        with self.picture.subgraph(name="cluster_legend") as legend:
            legend.attr(label="size of grad", labelloc="t", **{**_BOX, "style": "rounded"})
            for k, (colour, text) in enumerate(scale.legend()):
                ink = {"fontcolor": "white"} if is_dark(colour) else {}
                legend.node(f"k{k}", label=text, fillcolor=colour, **_LEGEND, **ink)


def _join_cells(parts: list[str]) -> str:
    """Return the part of a record label that shows cells side by side."""
    return "{" + "|".join(escape(part) for part in parts) + "}"


def format_number(x: Any) -> str:
    # users may assign anything to a gradient, such as None
    return f"{x:.4g}" if isinstance(x, Real) else shown(repr(x), NAME_LENGTH)


_ENTITIES = str.maketrans({c: f"&#{ord(c)};" for c in "&\"'<>{}|[]"} | {"\\": "&#92;&#92;"})


def escape(text: str) -> str:
    """Return a label, or a field of a record label, that Graphviz shows as the given text.

    Graphviz interprets backslashes, braces, bars and entities in labels. Entities work for all of
    them; a backslash is interpreted again later, so it is written twice.
    """
    return text.translate(_ENTITIES)


def _escape_tooltip(text: str) -> str:
    r"""Escape a tooltip, in which Graphviz replaces `\N` by the name of the node once more."""
    return escape(text.replace("\\", 2 * "\\"))
