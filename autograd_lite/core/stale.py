"""Stale gradients: those that an earlier backward pass left where a later one does not come.

No gradient flows to an operand that was not chosen (of relu, where, maximum), so a pass never
visits what lies behind it alone. Those gradients must read 0 afterwards, whatever an earlier pass
left there. To visit them takes as long as the pass itself where half of the ReLUs are off, and a
graph that is made anew for each pass, as in training, never needs it.
"""

import sys
from collections.abc import Iterable
from typing import Any

from .many import Many

# Sentinel on every node that a backward pass has visited, leaves apart. Its reference count says
# whether stale gradients may exist.
VISITED = object()


def _count_references() -> int:
    return sys.getrefcount(VISITED) if hasattr(sys, "getrefcount") else -1  # PyPy does not count


_OWN_REFERENCES = _count_references()


def may_exist() -> bool:
    """Return whether a node that a backward pass has visited may be alive."""
    return _count_references() > _OWN_REFERENCES or _OWN_REFERENCES < 0


def mark_visited(nodes: Iterable[Any]) -> None:
    """Mark nodes that carry gradients of a backward pass without being visited, such as copies."""
    for node in nodes:
        if node._primitive is not None:
            node._visited = VISITED


def clear(unchosen: list[Any]) -> None:
    """Zero the gradients of the inner nodes that are reached through unchosen operands alone.

    Called between counting and propagating, while every node that the pass will visit has a
    positive `_pending`. The list grows meanwhile.
    """
    seen: set[int] = set()
    for node in unchosen:
        if node._x is None or node._pending or id(node) in seen:
            continue
        seen.add(id(node))
        node.grad = 0.0
        if isinstance(node._y, Many):
            unchosen += node.parents
            continue
        for x in (node._x, node._y):
            if x is not None and type(x) is not float:
                unchosen.append(x)
