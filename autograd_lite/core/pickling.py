"""Copies of graphs of any depth, deep or pickled: no recursion, and what values share stays shared.

`pickle` walks a graph by recursion, which ends at a thousand nodes. So a value is pickled as
(snapshot, index): the snapshot lists a whole graph, operands before results, by number. Values of
one graph find the same snapshot while it lives, which is as long as the pickler remembers it: for
one dump. The pickler then writes it once, and on loading the values share their nodes again.

Importing this file gives Value the methods that `copy` and `pickle` call.
"""

from collections.abc import Sequence
from typing import Any
from weakref import WeakValueDictionary

from . import contexts, table
from .order import topological_order
from .recording import make_node
from .stale import mark_visited
from .value import Value


class Snapshot:
    """A list of nodes in topological order; pickles as data, loads as the list of new nodes."""

    __slots__ = ("__weakref__", "index", "nodes", "others")

    def __init__(self, nodes: Sequence[Value], others: "dict[int, Snapshot]") -> None:
        self.nodes = nodes
        self.index = {id(node): i for i, node in enumerate(nodes)}
        self.others = others  # the snapshots that list the operands not listed here

    def __reduce__(self) -> tuple[Any, ...]:
        """Each operand is a constant, or (snapshot or None for this one, index)."""
        rows = []
        for node in self.nodes:
            data, grad, name, primitive, operands, partials = node_parts(node)
            own = [self._place(x) if isinstance(x, Value) else x for x in operands]
            rows.append((data, grad, name, primitive, own, list(partials)))
        return (load_snapshot, (rows,))

    def _place(self, node: Value) -> tuple[Any, int]:
        i = self.index.get(id(node))
        if i is not None:
            return (None, i)
        other = self.others[id(node)]
        return (other, other.index[id(node)])


# id(node) -> the snapshot that lists it. A snapshot holds its nodes, so an id cannot be used again
# while its entry is here.
_snapshots: "WeakValueDictionary[int, Snapshot]" = WeakValueDictionary()


def node_parts(node: Value) -> tuple[Any, ...]:
    """Return what `make_node` needs to make the same node again."""
    partials = tuple([d for _, d in node.operand_partials()])
    return (node._primal, node.grad, node.name, node.primitive, node.operands, partials)


def load_snapshot(rows: Sequence[Sequence[Any]]) -> list[Value]:
    """Return the nodes of a pickled snapshot."""
    nodes: list[Value] = []
    for data, grad, name, primitive, own, partials in rows:
        operands = [
            (nodes if x[0] is None else x[0])[x[1]] if isinstance(x, tuple) else x for x in own
        ]
        nodes.append(make_node(data, grad, name, primitive, operands, partials))
    mark_visited(nodes)
    return nodes


def take(nodes: Sequence[Value], index: int) -> Value:
    """Return one node of a snapshot."""
    return nodes[index]


def _copy(self: Value) -> Value:
    if contexts.active and contexts.current().recorder is not None:
        return self.record(table.identity, (self,))
    twin = make_node(*node_parts(self))
    mark_visited([twin])
    return twin


def _deepcopy(self: Value, memo: dict[int, Any]) -> Value:
    """Copy `self` and its graph, operands before results, each once per memo."""
    contexts.refuse("copy.deepcopy of a Value", "copy it before the call")
    copies = []
    for node in topological_order(self):
        if id(node) not in memo:
            data, grad, name, primitive, operands, partials = node_parts(node)
            own = [memo[id(x)] if isinstance(x, Value) else x for x in operands]
            memo[id(node)] = twin = make_node(data, grad, name, primitive, own, partials)
            copies.append(twin)
    mark_visited(copies)
    copied: Value = memo[id(self)]
    return copied


def _reduce(self: Value) -> tuple[Any, ...]:
    contexts.refuse("pickling a Value", "pickle it before the call")
    snapshot = _snapshots.get(id(self))
    if snapshot is None:
        order = topological_order(self)
        others = {id(x): s for x in order if (s := _snapshots.get(id(x))) is not None}
        snapshot = Snapshot([x for x in order if id(x) not in others], others)
        for x in snapshot.nodes:
            _snapshots[id(x)] = snapshot
    return (take, (snapshot, snapshot.index[id(self)]))


for _name, _method in {"__copy__": _copy, "__deepcopy__": _deepcopy, "__reduce__": _reduce}.items():
    setattr(Value, _name, _method)
