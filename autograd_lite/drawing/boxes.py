"""The boxes of a picture: for every node of a graph, the innermost scope that it stands in.

Tags say it of the nodes that carry them (see `scopes`). What lies between the ends of a tagged
function is found here, and a module's parameters go where the module was used.
"""

from collections.abc import Iterable
from typing import Any

from ..core.scopes import Scope, Tag
from ..core.value import Value

# How many steps, for each node of the graph, the search for what lies between may take: graphs in
# which many functions look back over the same part would take it a quadratic time.
_STEPS = 8


class Box:
    """A box: its title, the box around it (None for the picture itself), and its depth, from 0."""

    __slots__ = ("depth", "inner", "key", "parent", "title")

    def __init__(self, title: str = "", parent: "Box | None" = None, key: object = None) -> None:
        self.title = title
        self.parent = parent
        self.key = key
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.inner: dict[object, Box] = {}

    def path(self) -> list["Box"]:
        """The boxes from the outermost to this one."""
        found, box = [], self
        while box.parent is not None:
            found.append(box)
            box = box.parent
        return found[::-1]

    def all(self) -> list["Box"]:
        """Every box inside, outer ones first."""
        found = list(self.inner.values())
        for box in found:  # which grows meanwhile
            found += box.inner.values()
        return found


class Boxes:
    """The boxes of one graph.

    Attributes:
        picture: the box of the whole picture.
        of: the innermost box of each node, by its place in `order`.
    """

    def __init__(self, order: list[Value]) -> None:
        self.picture = Box()
        self._boxes: dict[int, Box] = {}  # by id of a Scope, which the nodes' tags keep alive
        self._index = {id(node): i for i, node in enumerate(order)}
        self.of = [self.picture] * len(order)
        tags = [(i, t) for i, node in enumerate(order) if (t := _tag(node)) is not None]
        # Operations first: they stand in the order of the program, while the last layer's leaves
        # may come before all else, and boxes keep the order that they are found in.
        for leaves in (False, True):
            for i, tag in tags:
                if (order[i].primitive is None) == leaves:
                    self.of[i] = self._box(tag.scope)
        self._steps = _STEPS * len(order)
        for i, tag in reversed(tags):
            if tag.inputs is not None and order[i].primitive is not None:
                self._fill(order, i, tag.inputs)
        self._place_parameters(order, tags)
        _number_namesakes(self.picture)

    def _box(self, scope: Scope) -> Box:
        chain: list[Scope] = []
        at: Scope | None = scope
        while at is not None and id(at) not in self._boxes:
            chain.append(at)
            at = at.parent
        box = self.picture if at is None else self._boxes[id(at)]
        for inner in reversed(chain):
            box = box.inner.setdefault(inner.key, Box(inner.title, box, inner.key))
            self._boxes[id(inner)] = box
        return box

    def _fill(self, order: list[Value], end: int, inputs: Iterable[Any]) -> None:
        """Put what lies between the inputs and the last node of a function into its box."""
        own = self.of[end]
        outer = own.parent
        while outer is not None and outer.parent is not None and not isinstance(outer.key, str):
            outer = outer.parent  # a module's boxes; what has no tag stands around them
        ends = {id(x) for x in inputs}
        found: list[int] = []
        seen = {end}
        stack = [end]
        while stack and self._steps > 0:
            for x in order[stack.pop()].operands:
                self._steps -= 1
                if not isinstance(x, Value) or x.primitive is None or id(x) in ends:
                    continue
                i = self._index[id(x)]
                if i not in seen and self.of[i] is outer:
                    seen.add(i)
                    stack.append(i)
                    found.append(i)
        # A node that only happens to be used inside, and was made elsewhere, hangs on no input.
        for i in sorted(found):
            for x in order[i].operands:
                if isinstance(x, Value) and (id(x) in ends or self._stands_in(x, own)):
                    self.of[i] = own
                    break

    def _stands_in(self, x: Value, box: Box) -> bool:
        return x.primitive is not None and self.of[self._index[id(x)]] is box

    def _place_parameters(self, order: list[Value], tags: list[tuple[int, Tag]]) -> None:
        """Put a module's parameters beside its nodes, if those stand in one box alone.

        The module was made outside of the scopes that it is used in.
        """
        leaves = {i: tag.scope.key for i, tag in tags if order[i].primitive is None}
        home = {i: key for i, key in leaves.items() if not isinstance(key, str)}
        used: dict[int, set[Box]] = {i: set() for i in home}
        for j, node in enumerate(order if home else ()):
            for x in node.operands:
                if isinstance(x, Value) and x.primitive is None:
                    i = self._index[id(x)]
                    if i in home and self.of[j].key is home[i]:
                        used[i].add(self.of[j])
        for i, boxes in used.items():
            if len(boxes) == 1:
                self.of[i] = boxes.pop()
        self._drop_empty()

    def _drop_empty(self) -> None:
        """Leave out boxes that nothing stands in."""
        kept: set[int] = set()
        for box in self.of:
            at: Box | None = box
            while at is not None and id(at) not in kept:
                kept.add(id(at))
                at = at.parent
        for box in [self.picture, *self.picture.all()]:
            box.inner = {key: inner for key, inner in box.inner.items() if id(inner) in kept}


def _tag(node: Value) -> Tag | None:
    found = getattr(node, "_name", None)
    return found if type(found) is Tag else None


def _number_namesakes(picture: Box) -> None:
    """Tell apart boxes that stand side by side under one title: "MLP", "MLP (2)"."""
    for outer in [picture, *picture.all()]:
        titles: dict[str, int] = {}
        for box in outer.inner.values():
            titles[box.title] = number = titles.get(box.title, 0) + 1
            if number > 1:
                box.title += f" ({number})"
