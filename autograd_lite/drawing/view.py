"""Decide what a picture shows of a graph: its items and arrows, closed boxes and lit paths.

A closed box is one item in place of all nodes inside. The time is linear in the size of the graph.
"""

from numbers import Real
from typing import Any

from .._util.text import count, shown
from ..core.order import topological_order
from ..core.value import Value
from ..transforms import chain_rule
from .boxes import Box, Boxes
from .collapse import find_closed

EDGES_PER_NODE = 4

# Boxes nested deeper are not drawn: Graphviz recurses over them, and nobody can tell them apart.
_DEPTH = 12

# Up to this many leaves that feed the same closed boxes are drawn separately, more as one item.
_ALONE = 4

# Paths are counted up to this number; it may double with every fork.
MANY_PATHS = 10**12


class Item:
    """One node of the picture: a Value, a closed box, constants, or a group of leaves.

    Attributes:
        key: its name in the DOT.
        box: the innermost open box around it.
        node: the Value, if the item is one.
        closed: the closed box, if the item is one.
        text: the label of constants and groups; `full` is the same without rounding.
        constants: the numbers in it, by id, since an input of a network feeds many neurons.
        lit: whether a highlighted path passes through it.
        size: |gradient|, the largest of several nodes; None if it has none.
        operations, parameters: their numbers in a closed box.
        outputs: the nodes in a closed box that are used outside it, by id.
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
        self.include_gradient(node.grad)

    def include_gradient(self, grad: Any) -> None:
        """Raise the size to that of one more gradient; a size of nan stays."""
        if not isinstance(grad, Real):
            return  # users may assign anything to a gradient, such as None
        size = abs(float(grad))
        if self.size is None or (self.size == self.size and not self.size >= size):
            self.size = size


class Arrow:
    """An arrow from one item to another, for one or more edges of the graph.

    Attributes:
        tail, head: the items that it joins.
        constant: whether it starts at constants.
        partial: the partial derivative on a single edge; None for a constant.
        values: the ids of the nodes that the edges start at.
        edges: the number of edges.
        lit: whether a highlighted path passes along it.
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
        ValueError: there are more than `max_nodes` items, no box matches `collapse`, or the
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
        self._max_nodes = max_nodes
        self._lit = self._find_paths(highlight)
        self._closed = find_closed(self.boxes.picture, collapse)
        self._inside: dict[int, Item] = {}  # by id of a closed box
        self._of = self._make_items()
        self._connect()
        self._name_constants()

    def _find_paths(self, start: Value | None) -> list[bool]:
        """Return for each node whether it is on a path from `start`, and write the caption."""
        if start is None:
            return [True] * len(self.order)
        if id(start) not in self._index:
            raise ValueError(
                f"highlight={shown(repr(start))} is not in this graph: the result does not depend "
                "on it. Pass the very Value that was used; an equal number or name is not enough"
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
        self.caption = _write_caption(start, counts[-1], adjoints[first])
        return [count > 0 for count in counts]

    def _make_items(self) -> list[Item]:
        """Return the item of each node, and count the nodes in each closed box."""
        groups = self._group_leaves() if self._closed else {}
        items: list[Item] = []
        for i, node in enumerate(self.order):
            top = self._closed.get(id(self.boxes.of[i]))
            if top is not None:
                item = self._inside.get(id(top))
                if item is None:
                    item = self._add_item(f"b{len(self._inside)}", _limit_depth(top.parent or top))
                    item.closed = top
                    self._inside[id(top)] = item
                item.add(node)
            elif i in groups:
                item = groups[i]
                if not item.key:
                    item.key = f"g{i}"
                    self.items.append(item)
                item.include_gradient(node.grad)
            else:
                item = self._add_item(f"n{i}", _limit_depth(self.boxes.of[i]))
                item.node = node
                item.include_gradient(node.grad)
            item.lit = item.lit or self._lit[i]
            items.append(item)
        items[-1].outputs[id(self.root)] = self.root
        return items

    def _add_item(self, key: str, box: Box) -> Item:
        item = Item(key, box)
        self.items.append(item)
        self._check_size()
        return item

    def _check_size(self) -> None:
        limit = self._max_nodes
        if len(self.items) > limit or len(self.arrows) > EDGES_PER_NODE * limit:
            raise make_size_error(limit, bool(self._closed))

    def _group_leaves(self) -> dict[int, Item]:
        """Return items for leaves outside closed boxes that feed the same closed boxes and no more.

        The items are by the index of each leaf in the order.
        """
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
        groups: dict[int, Item] = {}
        for numbers in alike.values():
            if len(numbers) > _ALONE:
                group = Item("", self.boxes.picture)
                group.text = group.full = f"{len(numbers):,} leaves"
                groups.update(dict.fromkeys(numbers, group))
        return groups

    def _connect(self) -> None:
        bundles: dict[tuple[str, str], Arrow] = {}
        self._constants: dict[int, Item] = {}  # the constants of a closed box, by id of its item
        self._constant_items = 0
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
                        arrow = bundles[tail.key, head.key] = self._add_arrow(tail, head)
                else:
                    arrow = self._add_arrow(tail, head)
                arrow.edges += 1
                arrow.values.add(id(x))
                arrow.partial = 0.0 if d is None else d
                arrow.lit = arrow.lit or (self._lit[i] and self._lit[j])

    def _add_arrow(self, tail: Item, head: Item, constant: bool = False) -> Arrow:
        arrow = Arrow(tail, head, constant)
        self.arrows.append(arrow)
        self._check_size()
        return arrow

    def _add_constant(self, head: Item, x: float) -> None:
        """Add an item for a constant of `head`; all constants of a closed box share one item."""
        item = self._constants.get(id(head))
        if item is None:
            item = self._add_item(f"c{self._constant_items}", head.box)
            self._constant_items += 1
            self._add_arrow(item, head, constant=True)
            if head.closed is not None:
                self._constants[id(head)] = item
        item.constants[id(x)] = x

    def _name_constants(self) -> None:
        for item in self.items:
            if item.constants:
                # by repr, since nan differs from itself; a dict, since the order of a set varies
                different = dict.fromkeys(map(repr, item.constants.values()))
                few = sorted(map(float, different)) if len(different) <= _ALONE else []
                many = f"{len(item.constants):,} numbers"
                item.text = ", ".join(f"{x:.4g}" for x in few) or many
                plural = "" if len(few) == 1 else "s"
                item.full = f"constant{plural} {', '.join(map(repr, few)) or many}"


def make_size_error(max_nodes: int, collapsed: bool = False) -> ValueError:
    """Return the error for a picture with too many nodes or arrows."""
    collapse_advice = (
        "Collapse more: collapse=1 draws only the outermost boxes"
        if collapsed
        else "Draw boxes as single nodes with collapse=1 (networks of ag.nn have boxes, ag.scope "
        "makes them)"
    )
    return ValueError(
        f"the graph has more than {max_nodes:,} nodes or {EDGES_PER_NODE * max_nodes:,} edges, too "
        f"many to read. {collapse_advice}; or draw a part of it: an intermediate Value, a smaller "
        "model, one sample instead of a batch, or inputs cut off with .detach(); or raise the "
        "limit with max_nodes="
    )


def _limit_depth(box: Box) -> Box:
    """Return the box itself, or the deepest box around it that is drawn."""
    return box if box.depth <= _DEPTH else box.path()[_DEPTH - 1]


def _write_caption(start: Value, paths: int, derivative: float) -> str:
    name = shown(start.name, 40) if start.name else "the highlighted node"
    number = count(paths, "path") if paths < MANY_PATHS else f"over {MANY_PATHS:,} paths"
    along = "it" if paths == 1 else "them"
    return f"from {name} to the result: {number}; the derivative along {along} is {derivative:.4g}"
