"""A view of a graph as DOT: what stands in each node, and how it looks."""

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

# Exactly "Courier": Graphviz knows the widths of its letters without any font file, so that no
# text runs over its box on a machine that has no fonts.
_FONT = {"fontname": "Courier", "fontsize": "12", "fontcolor": INK}
_GRAPH = {
    # The arrows enter a node in the order of its operands, so that a - b and b - a differ: nearly
    # always, and in no cluster (Graphviz leaves those out).
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
    """How a view is drawn: the direction, what is shown, and whether by size of gradient."""

    direction: str
    show: Collection[str]
    by_gradient: bool
    lit: bool


def attributes(look: Look) -> dict[str, dict[str, str]]:
    """The attributes of the whole picture, of nodes and of edges."""
    return {"graph": {"rankdir": look.direction, **_GRAPH}, "node": _NODE, "edge": _EDGE}


def fill(picture: "Picture", view: View, look: Look) -> None:
    """Put the view into a picture."""
    writer = _Writer(picture, view, look)
    writer.write(view.boxes.picture, picture)
    for arrow in view.arrows:
        writer.arrow(arrow)
    writer.caption()
    picture.nodes = len(view.items)


class _Writer:
    def __init__(self, picture: "Picture", view: View, look: Look) -> None:
        self.picture = picture
        self.view = view
        self.look = look
        # Before backward() every gradient is zero, and none of them is a result.
        self.with_gradient = "grad" in look.show and view.root.grad != 0.0
        self.with_partials = False  # until an arrow shows one
        sizes = [x.size for x in view.items if x.size is not None]
        self.scale = Scale(sizes) if look.by_gradient else None
        between = [a for a in view.arrows if a.lit and a.tail.closed and a.head.closed]
        self.crowded = len(between) > _LABELS_AT_MOST
        if self.crowded:
            picture.graph_attr["ranksep"] = "2"  # room for them to fan out
        self.standing: dict[int, list[Item]] = {}
        for item in view.items:
            if item.key[0] != "c" or "constants" in look.show:
                self.standing.setdefault(id(item.box), []).append(item)
        self.used = {id(box) for item in view.items for box in item.box.path()}
        self.clusters = 0

    def write(self, box: Box, dot: Any) -> None:
        """Put the items of a box into a graph, and the boxes in it as clusters.

        This recurses: the view has no box deeper than a dozen.
        """
        for item in self.standing.get(id(box), ()):
            dot.node(item.key, **self._node(item))
        for inner in box.inner.values():
            if id(inner) not in self.used:
                continue
            title = shown(inner.title, NAME_LENGTH)
            cluster = type(self.picture)(name=f"cluster_{self.clusters}")
            self.clusters += 1
            looks = {**_BOX, "fillcolor": _BOX_FILLS[min(inner.depth, len(_BOX_FILLS)) - 1]}
            cluster.attr(label=escaped(title), tooltip=_tooltip(title), labelloc="t", **looks)
            self.write(inner, cluster)
            dot.subgraph(cluster)

    def _node(self, item: Item) -> dict[str, str]:
        if item.closed is not None:
            found = self._closed(item)
        elif item.node is not None:
            found = self._value(item.node)
        else:
            found = {"label": escaped(item.text), "tooltip": item.full}
            found |= _CONSTANT if item.key[0] == "c" else _LEAF
        if self.look.lit and not item.lit:
            return {**found, **_FADED_NODE}
        if self.scale is not None and item.size is not None:
            found["fillcolor"] = colour = self.scale.fill(item.size)
            if is_dark(colour):
                found["fontcolor"] = "white"
        return found

    def _value(self, node: Value) -> dict[str, str]:
        symbol = "" if node.primitive is None else shown(node.primitive.label, NAME_LENGTH)
        name = shown(node.name or "", NAME_LENGTH) if "names" in self.look.show else ""
        rows = self._rows(node)
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
        return {"label": self._label(heads, rows), "tooltip": _tooltip(", ".join(full)), **colours}

    def _rows(self, node: Value) -> list[str]:
        rows = [f"data {number(node._primal)}"] if "data" in self.look.show else []
        return [*rows, f"grad {number(node.grad)}"] if self.with_gradient else rows

    def _closed(self, item: Item) -> dict[str, str]:
        title = shown(item.closed.title if item.closed else "", NAME_LENGTH)
        counts = [count(item.operations, "operation")] if item.operations else []
        counts += [count(item.parameters, "parameter")] if item.parameters else []
        rows: list[str] = []
        if len(item.outputs) == 1:
            [node] = item.outputs.values()
            rows = self._rows(node)
        largest: list[str] = []
        if self.with_gradient and item.size is not None and (self.scale is not None or not rows):
            largest = [f"largest grad {number(item.size)}"]
        label = self._label([title], counts, rows, largest)
        colours = _ROOT if id(self.view.root) in item.outputs else _CLOSED
        return {"label": label, "tooltip": _tooltip(", ".join([title, *counts])), **colours}

    def _label(self, *lines: list[str]) -> str:
        text = "|".join(_row(parts) for parts in lines if parts)
        # A record stacks its fields across the direction of the picture.
        return text if self.look.direction in ("LR", "RL") else "{" + text + "}"

    def arrow(self, arrow: Arrow) -> None:
        faded = self.look.lit and not arrow.lit
        if arrow.constant:
            if "constants" not in self.look.show:
                return
            looks = {"tooltip": "constant: no derivative", **_FROM_CONSTANT}
        elif arrow.edges == 1:
            looks = {"tooltip": f"local partial derivative {arrow.partial!r}"}
            if "partials" in self.look.show and not faded and not self._is_of_many(arrow):
                looks["label"] = number(arrow.partial)
                self.with_partials = True
        else:
            values = count(len(arrow.values), "value")
            looks = {"tooltip": f"{values}, {count(arrow.edges, 'edge')}"}
            if len(arrow.values) > 1 and not faded:
                looks |= {"label": values, "fontcolor": _QUIET}
        if "label" in looks and self.look.direction in ("TB", "BT"):
            looks["label"] = f" {looks['label']} "  # or it touches its arrow
        if self.look.lit:
            looks |= _FADED_EDGE if faded else _LIT_EDGE
        self.picture.edge(arrow.tail.key, arrow.head.key, **looks)

    def _is_of_many(self, arrow: Arrow) -> bool:
        """Whether it joins closed boxes, as too many others do for labels to be read.

        Two layers of sixteen neurons have 256: with labels the picture is five times as tall.
        """
        return self.crowded and bool(arrow.tail.closed and arrow.head.closed)

    def caption(self) -> None:
        parts = []
        if self.with_partials:
            parts.append("on an arrow: the local derivative")
        if self.with_gradient and len(self.view.order) > 1:
            # A part of a graph that was swept from elsewhere may be drawn too.
            last = "the last node" if self.view.root.grad == 1.0 else "what backward() ran on"
            parts.append(f"grad: the derivative of {last}")
        lines = ["; ".join(parts), self.view.caption]
        text = "\n".join(escaped(line) for line in lines if line)
        if text:
            self.picture.attr("graph", label=text, labelloc="b")
        if self.scale is not None:
            self._legend(self.scale)

    def _legend(self, scale: Scale) -> None:
        with self.picture.subgraph(name="cluster_legend") as legend:
            legend.attr(label="size of grad", labelloc="t", **{**_BOX, "style": "rounded"})
            for k, (colour, text) in enumerate(scale.legend()):
                ink = {"fontcolor": "white"} if is_dark(colour) else {}
                legend.node(f"k{k}", label=text, fillcolor=colour, **_LEGEND, **ink)


def _row(parts: list[str]) -> str:
    """Cells side by side in a record."""
    return "{" + "|".join(escaped(part) for part in parts) + "}"


def number(x: Any) -> str:
    # A gradient may be what a user has set it to, None for one.
    return f"{x:.4g}" if isinstance(x, Real) else shown(repr(x), NAME_LENGTH)


_ENTITIES = str.maketrans({c: f"&#{ord(c)};" for c in "&\"'<>{}|[]"} | {"\\": "&#92;&#92;"})


def escaped(text: str) -> str:
    """The text as a Graphviz label that stands for itself, in a record's field too.

    Graphviz reads backslashes, braces, bars and entities in labels. An entity is the one spelling
    that none of its readers takes for anything else, except that backslashes are read later.
    """
    return text.translate(_ENTITIES)


def _tooltip(text: str) -> str:
    r"""The same for a tooltip, whose backslashes Graphviz reads twice: `\N` gave a node's name."""
    return escaped(text.replace("\\", 2 * "\\"))
