"""The backward pass: the chain rule, node by node, from a result to everything it was made of.

A node passes its gradient on to its operands, `operand.grad += partial * node.grad`. It must do so
only once its own gradient is complete. So first count, for every node, the edges that will reach it
(`_pending`, 0 outside this file), then propagate in the order in which the counts run out: Kahn's
topological order. Leaves pass nothing on and are not counted.

Both walk with a list, never by recursion, so depth costs nothing but memory. They treat the two
operands of a node alike but write it out: a call per edge doubles the time.
"""

from . import stale
from .many import Many
from .node import Node


def backpropagate(root: Node) -> None:
    """Add d(root)/d(leaf) to the grad of every leaf, and set that of every node in between."""
    if root._primitive is None:
        root.grad += 1.0
        return
    earlier_passes = stale.may_exist()  # asked before this pass leaves its own mark
    nodes = [root]
    try:
        unchosen = _count_edges(nodes)
        if unchosen and earlier_passes:
            stale.clear(unchosen)
        root.grad = 1.0
        _propagate(root)
    except BaseException:  # a KeyboardInterrupt too: a count left behind would spoil the next pass
        for node in nodes:
            node._pending = 0
        raise


def _count_edges(nodes: list[Node]) -> list[Node]:  # noqa: C901 - unrolled, as above
    """Append to `nodes`, which holds the root, every inner node that its gradient will reach.

    Return the operands that were not chosen, to which no gradient flows.
    """
    push, visited = nodes.append, stale.VISITED
    unchosen: list[Node] = []
    for node in nodes:  # which grows meanwhile
        node.grad = 0.0
        node._visited = visited
        if node._dx is not None:
            x: Node = node._x
            if x._x is not None:
                n = x._pending
                x._pending = n + 1
                if not n:
                    push(x)
        elif type(node._x) is not float:
            unchosen.append(node._x)
        if node._dy is not None:
            y: Node = node._y
            if y._x is not None:
                n = y._pending
                y._pending = n + 1
                if not n:
                    push(y)
        elif isinstance(node._y, Many):
            node._y.count_edges(push, unchosen.append)
        elif node._y is not None and type(node._y) is not float:
            unchosen.append(node._y)
    return unchosen


def _propagate(root: Node) -> None:
    """Pass gradients on, from the root, each node's once nothing is pending for it."""
    ready = [root]
    push, pop = ready.append, ready.pop
    while ready:
        node = pop()
        grad = node.grad
        d = node._dx
        if d is not None:
            x: Node = node._x
            x.grad += d * grad
            if n := x._pending:
                x._pending = n = n - 1
                if not n:
                    push(x)
        d = node._dy
        if d is not None:
            y: Node = node._y
            y.grad += d * grad
            if n := y._pending:
                y._pending = n = n - 1
                if not n:
                    push(y)
        elif isinstance(node._y, Many):
            node._y.propagate(grad, push)
