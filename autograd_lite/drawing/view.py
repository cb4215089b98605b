"""What a picture shows of a graph: nodes and arrows, where boxes may be closed and paths lit.

A closed box stands for all that is in it. Everything here takes a time linear in the graph.
"""

from numbers import Real
from typing import Any

from .._util.text import count, shown
from ..core.order import topological_order
from ..core.value import Value
from ..transforms import chain_rule
from .boxes import Box, Boxes
from .collapse import closed_boxes

EDGES_PER_NODE = 4

# Graphviz walks boxes by recursion; nor could anybody tell more frames within frames apart.
_DEPTH = 12

# So many leaves that feed the same closed boxes are drawn one by one; more are one node.
_ALONE = 4

# More paths than these are not counted out: their number doubles with every fork.
MANY_PATHS = 10**12


class Item:
    """One node of the picture.

    Attributes:
        key: its name in the DOT.
        box: the innermost open box that it stands in.
        node: the Value that it is; None for a closed box, constants and a group of leaves.
        closed: the box that it is, if it is one.
        text: of constants and groups; `full` is the same in full.
        constants: the numbers in it, by identity: a network's inputs feed many neurons.
        lit: whether a highlighted path passes through it.
        size: |gradient|, of several nodes the largest; None if it has none.
        operations, parameters: how many there are in a closed box.
        outputs: the nodes in a closed box that are used outside of it.
    """

    __slots__ = (
        "box", "closed", "constants", "full", "key", "lit", "node",
        "operations", "outputs", "parameters", "size", "text",
    )  # fmt: skip

    def __init__(self, key: str, box: Box) -> None:
        self.key = key
        self.box = box
        self.lit = False
        self.node: Value | None = None
        self.closed: Box | None = None
        self.text = self.full = ""
        self.size: float | None = None
        self.operations = self.parameters = 0
        self.outputs: dict[int, Value] = {}
        self.constants: dict[int, float] = {}

    def add(self, node: Value) -> None:
        """Count a node of a closed box."""
        if node.primitive is None:
            self.parameters += 1
        else:
            self.operations += 1
        self.grow(node.grad)

    def grow(self, grad: Any) -> None:
        """The size, with one more gradient; nan stays."""
        if not isinstance(grad, Real):
            return  # what a user has set it to, None for one
        size = abs(float(grad))
        if self.size is None or (self.size == self.size and not self.size >= size):
            self.size = size


class Arrow:
    """One arrow: from an item to another, of one edge of the graph or of several.

    Attributes:
        partial: the partial derivative on a single edge; None for a constant or several edges.
        values: how many nodes the edges start at, by id.
        edges: how many they are.
    """

    __slots__ = ("constant", "edges", "head", "lit", "partial", "tail", "values")

    def __init__(self, tail: Item, head: Item, constant: bool = False) -> None:
        self.tail = tail
        self.head = head
        self.constant = constant
        self.partial: float | None = None
        self.edges = 0
        self.values: set[int] = set()
        self.lit = False


class View:
    """The items and arrows of a picture, and the caption of highlighted paths.

    Raises:
        ValueError: there would be more items than `max_nodes`, no box matches `collapse`, or the
            highlighted Value is not in the graph.
    """

    def __init__(self, root: Value, collapse: Any, highlight: Value | None, max_nodes: int) -> None:
        self.order = topological_order(root)
        self.root = root
        self.boxes = Boxes(self.order)
        self.items: list[Item] = []
        self.arrows: list[Arrow] = []
        self.caption = ""
        self._index = {id(node): i for i, node in enumerate(self.order)}
        self._most = max_nodes
        self._lit = self._paths(highlight)
        self._closed = closed_boxes(self.boxes.picture, collapse)
        self._inside: dict[int, Item] = {}  # by id of a closed box
        self._of = self._make_items()
        self._connect()
        self._name_constants()

    def _paths(self, start: Value | None) -> list[bool]:
        """Whether each node lies on a path from `start`; the caption says what they add up to."""
        if start is None:
            return [True] * len(self.order)
        if id(start) not in self._index:
            raise ValueError(
                f"highlight={shown(repr(start))} is not in this graph: nothing leads from it to "
                "the result. Values are told apart by identity, not by their numbers or names"
            )
        counts = [0] * len(self.order)
        first = self._index[id(start)]
        counts[first] = 1
        for j in range(first + 1, len(self.order)):
            parents = self.order[j].parents
            counts[j] = min(sum([counts[self._index[id(x)]] for x in parents]), MANY_PATHS)
        adjoints = [0.0] * (len(self.order) - 1) + [1.0]

        def edges(j: int, adjoint: float) -> list[tuple[int, float]]:
            pairs = [(self._index[id(x)], d) for x, d in self.order[j].edges(adjoint)]
            return [(i, d) for i, d in pairs if counts[i]]

        chain_rule.pull(range(len(self.order) - 1, first, -1), edges, adjoints)
        self.caption = _caption(start, counts[-1], adjoints[first])
        return [count > 0 for count in counts]

    def _make_items(self) -> list[Item]:
        """The item of each node, and of each closed box the counts."""
        groups = self._groups() if self._closed else {}
        found: list[Item] = []
        for i, node in enumerate(self.order):
            top = self._closed.get(id(self.boxes.of[i]))
            if top is not None:
                item = self._inside.get(id(top))
                if item is None:
                    item = self._item(f"b{len(self._inside)}", self._drawn(top.parent or top))
                    item.closed = top
                    self._inside[id(top)] = item
                item.add(node)
            elif i in groups:
                item = groups[i]
                if not item.key:
                    item.key = f"g{i}"
                    self.items.append(item)
                item.grow(node.grad)
            else:
                item = self._item(f"n{i}", self._drawn(self.boxes.of[i]))
                item.node = node
                item.grow(node.grad)
            item.lit = item.lit or self._lit[i]
            found.append(item)
        found[-1].outputs[id(self.root)] = self.root
        return found

    def _item(self, key: str, box: Box) -> Item:
        item = Item(key, box)
        self.items.append(item)
        self._refuse_many()
        return item

    def _drawn(self, box: Box) -> Box:
        """The box as it is drawn: of boxes in boxes in boxes, the outer ones alone."""
        return box if box.depth <= _DEPTH else box.path()[_DEPTH - 1]

    def _refuse_many(self) -> None:
        if len(self.items) > self._most or len(self.arrows) > EDGES_PER_NODE * self._most:
            raise too_large(self._most, bool(self._closed))

    def _groups(self) -> dict[int, Item]:
        """Items for leaves that stand in no closed box and feed the same closed boxes alone."""
        feeds: dict[int, set[int]] = {}
        for j, node in enumerate(self.order):
            top = self._closed.get(id(self.boxes.of[j]))
            for x in node.parents:
                if x.primitive is None:
                    feeds.setdefault(self._index[id(x)], set()).add(0 if top is None else id(top))
        alike: dict[frozenset[int], list[int]] = {}
        for i, fed in feeds.items():
            if 0 not in fed and id(self.boxes.of[i]) not in self._closed:
                alike.setdefault(frozenset(fed), []).append(i)
        found: dict[int, Item] = {}
        for numbers in alike.values():
            if len(numbers) > _ALONE:
                group = Item("", self.boxes.picture)
                group.text = group.full = f"{len(numbers):,} leaves"
                found.update(dict.fromkeys(numbers, group))
        return found

    def _connect(self) -> None:
        bundles: dict[tuple[str, str], Arrow] = {}
        self._feeding: dict[int, Item] = {}  # the constants of a closed box, by id of its item
        self._feeds = 0
        for j, node in enumerate(self.order):
            head = self._of[j]
            for x, d in node.operand_partials():
                if not isinstance(x, Value):
                    self._add_constant(head, x)
                    continue
                i = self._index[id(x)]
                tail = self._of[i]
                if tail is head and head.closed is not None:
                    continue
                if tail.closed is not None:
                    tail.outputs[id(x)] = x
                if tail.node is None or head.node is None:
                    arrow = bundles.get((tail.key, head.key))
                    if arrow is None:
                        arrow = bundles[tail.key, head.key] = self._arrow(tail, head)
                else:
                    arrow = self._arrow(tail, head)
                arrow.edges += 1
                arrow.values.add(id(x))
                arrow.partial = 0.0 if d is None else d
                arrow.lit = arrow.lit or (self._lit[i] and self._lit[j])

    def _arrow(self, tail: Item, head: Item, constant: bool = False) -> Arrow:
        arrow = Arrow(tail, head, constant)
        self.arrows.append(arrow)
        self._refuse_many()
        return arrow

    def _add_constant(self, head: Item, x: float) -> None:
        """Put a constant into the item that feeds `head`; a closed box has one for all of them."""
        item = self._feeding.get(id(head))
        if item is None:
            item = self._item(f"c{self._feeds}", head.box)
            self._feeds += 1
            self._arrow(item, head, constant=True)
            if head.closed is not None:
                self._feeding[id(head)] = item
        item.constants[id(x)] = x

    def _name_constants(self) -> None:
        for item in self.items:
            if item.constants:
                # by repr, since nan is unlike itself; a set would have another order in each run
                unlike = dict.fromkeys(map(repr, item.constants.values()))
                few = sorted(map(float, unlike)) if len(unlike) <= _ALONE else []
                many = f"{len(item.constants):,} numbers"
                item.text = ", ".join(f"{x:.4g}" for x in few) or many
                plural = "" if len(few) == 1 else "s"
                item.full = f"constant{plural} {', '.join(map(repr, few)) or many}"


def too_large(max_nodes: int, collapsed: bool = False) -> ValueError:
    """The error for a picture with too many nodes or arrows."""
    way_out = (
        "Collapse more: collapse=1 leaves the outermost boxes alone"
        if collapsed
        else "Draw boxes as single nodes with collapse=1 (networks of ag.nn have boxes, ag.scope "
        "makes them)"
    )
    return ValueError(
        f"the graph has more than {max_nodes:,} nodes (or more than "
        f"{EDGES_PER_NODE * max_nodes:,} edges), too many to read. {way_out}; or draw a part of "
        "it: an intermediate Value, a smaller model, one sample in place of a batch, or inputs cut "
        "off with .detach(); or raise the limit with max_nodes="
    )


def _caption(start: Value, paths: int, slope: float) -> str:
    name = shown(start.name, 40) if start.name else "the highlighted node"
    ways = count(paths, "path") if paths < MANY_PATHS else f"over {MANY_PATHS:,} paths"
    along = "it" if paths == 1 else "them"
    return f"from {name} to the result: {ways}; the derivative along {along} is {slope:.4g}"
