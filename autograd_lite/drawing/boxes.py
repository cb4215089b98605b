"""Find the boxes of a picture: for every node of a graph, the innermost scope around it.

Some nodes carry a tag that names their scope (see `core.scopes`). The nodes between the inputs and
the result of a tagged function are found here, and the parameters of a module are put into the box
where the module was used.
"""

from collections.abc import Iterable
from typing import Any

from ..core.scopes import Scope, Tag
from ..core.value import Value

# The steps per node of the graph that the search inside functions may take. Without a limit it is
# quadratic if many functions search the same part of the graph.
_STEPS = 8


class Box:
    """A box: its title, the box around it (None for the picture), and its depth, 0 for the picture.

    Attributes:
        key: tells the boxes in one parent apart; for a module, the module's own key.
        inner: the boxes directly inside, by key.
    """

    __slots__ = ("depth", "inner", "key", "parent", "title")

    def __init__(self, title: str = "", parent: "Box | None" = None, key: object = None) -> None:
        self.title = title
        self.parent = parent
        self.key = key
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.inner: dict[object, Box] = {}

    def path(self) -> list["Box"]:
        """Return the boxes from the outermost to this one."""
        boxes, box = [], self
        while box.parent is not None:
            boxes.append(box)
            box = box.parent
        return boxes[::-1]

    def list_inner(self) -> list["Box"]:
        """Return every box inside, outer boxes first."""
        boxes = list(self.inner.values())
        for box in boxes:  # the list grows during the loop
            boxes += box.inner.values()
        return boxes


class Boxes:
    """The boxes of one graph.

    Attributes:
        picture: the box of the whole picture.
        of: the innermost box of each node, by its index in `order`.
    """

    def __init__(self, order: list[Value]) -> None:
        self.picture = Box()
        self._boxes: dict[int, Box] = {}  # by id of a Scope, which the nodes' tags keep alive
        self._index = {id(node): i for i, node in enumerate(order)}
        self.of = [self.picture] * len(order)
        tags = [(i, t) for i, node in enumerate(order) if (t := _get_tag(node)) is not None]
        # Boxes stay in the order of their creation. Operations come first, since they are in the
        # order of the program, while leaves of the last layer may precede all other nodes.
        for leaves in (False, True):
            for i, tag in tags:
                if (order[i].primitive is None) == leaves:
                    self.of[i] = self._make_box(tag.scope)
        self._steps = _STEPS * len(order)
        for i, tag in reversed(tags):
            if tag.inputs is not None and order[i].primitive is not None:
                self._fill(order, i, tag.inputs)
        self._place_parameters(order, tags)
        _number_namesakes(self.picture)

    def _make_box(self, scope: Scope) -> Box:
        """Return the box of a scope, and make it and the boxes around it if they are new."""
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
        """Put the nodes between the inputs and the last node of a function into its box."""
        own = self.of[end]
        outer = own.parent
        while outer is not None and outer.parent is not None and not isinstance(outer.key, str):
            outer = outer.parent  # a module's box: nodes without a tag are outside of it
        ends = {id(x) for x in inputs}
        candidates: list[int] = []
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
                    candidates.append(i)
        # A node computed elsewhere and only used inside does not depend on any input.
        for i in sorted(candidates):
            for x in order[i].operands:
                if isinstance(x, Value) and (id(x) in ends or self._is_in(x, own)):
                    self.of[i] = own
                    break

    def _is_in(self, x: Value, box: Box) -> bool:
        return x.primitive is not None and self.of[self._index[id(x)]] is box

    def _place_parameters(self, order: list[Value], tags: list[tuple[int, Tag]]) -> None:
        """Move the parameters of a module into the box of its nodes, if that is a single box.

        The module itself was created outside the scopes that it is used in.
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
        """Remove boxes without any node."""
        used: set[int] = set()
        for box in self.of:
            at: Box | None = box
            while at is not None and id(at) not in used:
                used.add(id(at))
                at = at.parent
        for box in [self.picture, *self.picture.list_inner()]:
            box.inner = {key: inner for key, inner in box.inner.items() if id(inner) in used}


def _get_tag(node: Value) -> Tag | None:
    name = getattr(node, "_name", None)
    return name if type(name) is Tag else None


def _number_namesakes(picture: Box) -> None:
    """Number the boxes in one parent that share a title: "MLP", "MLP (2)"."""
    for outer in [picture, *picture.list_inner()]:
        titles: dict[str, int] = {}
        for box in outer.inner.values():
            titles[box.title] = number = titles.get(box.title, 0) + 1
            if number > 1:
                box.title += f" ({number})"
