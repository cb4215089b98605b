"""The reverse sweep behind `Value.backward()`: order the graph, apply the chain rule node by node.

Everything here walks with a list, never by recursion, so depth costs nothing but memory.
"""

from collections.abc import Iterable
from typing import Any
from weakref import WeakSet

from . import modes
from .node import Many

__all__: list[str] = []


class Swept:
    """A token that every node reached by one sweep holds: it lives while any of them does."""

    __slots__ = ("__weakref__",)


_sweeps: "WeakSet[Swept]" = WeakSet()


def mark_swept(nodes: Iterable[Any]) -> None:
    """Say that these new nodes carry gradients of an earlier sweep, as copies do.

    Leaves do not count: a sweep never clears them, and a copied parameter lives long.
    """
    token = Swept()
    _sweeps.add(token)
    for node in nodes:
        if node._primitive is not None:
            node._swept = token


def topological_order(*roots: Any, until: Iterable[Any] = ()) -> list[Any]:
    """Every value that the roots were computed from, and the roots: operands before results.

    The values `until` are left out, and so is what they alone were computed from.

    >>> from autograd_lite import Value
    >>> from autograd_lite.value import topological_order
    >>> x = Value(3.0)
    >>> [v.op for v in topological_order((x * x).sin())]
    ['', 'mul', 'sin']
    """
    order: list[Any] = []
    seen = {id(v) for v in until}
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        node, operands_done = stack.pop()
        if operands_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack += [(x, False) for x in reversed(node.parents) if id(x) not in seen]
    return order


def sweep(root: Any) -> None:
    """Backpropagate from `root`, an inner node.

    A node must pass its gradient on only once it is complete, so first count, for every node, the
    edges that will reach it (`_pending`, 0 outside this function), then propagate in the order in
    which the counts run out: Kahn's topological order. Leaves pass nothing on and are not counted.
    """
    earlier = len(_sweeps) > 0
    token = Swept()
    _sweeps.add(token)
    nodes = [root]
    try:
        partly = _count_edges(nodes)
        if partly and earlier:
            _clear_unchosen(partly)
        root.grad = 1.0
        _propagate(root, token)
    except BaseException:  # a KeyboardInterrupt too: a count left behind would spoil the next sweep
        for node in nodes:
            node._pending = 0
            node._swept = token
        raise


def _count_edges(nodes: list[Any]) -> list[Any]:  # noqa: C901 - unrolled: a call per edge doubles the time
    """Append every inner node that a gradient reaches; returns nodes with operands left aside."""
    found = nodes.append
    partly: list[Any] = []
    for node in nodes:  # which grows meanwhile
        node.grad = 0.0
        x = node._x
        if node._dx is not None:
            if x._x is not None:
                if n := x._pending:
                    x._pending = n + 1
                else:
                    x._pending = 1
                    found(x)
        elif type(x) is not float:
            partly.append(node)
        y = node._y
        if node._dy is not None:
            if y._x is not None:
                if n := y._pending:
                    y._pending = n + 1
                else:
                    y._pending = 1
                    found(y)
        elif y is not None and type(y) is not float and not (isinstance(y, Many) and y.leaves):
            partly.append(node)
            for x, _ in node.edges() if isinstance(y, Many) else ():
                if x._x is not None:
                    if not x._pending:
                        found(x)
                    x._pending += 1
    return partly


def _clear_unchosen(partly: list[Any]) -> None:
    """Zero the gradients of inner nodes that hang on operands which were not chosen alone.

    Nothing will flow there, but an earlier sweep from another root may have left a gradient. The
    walk costs as much as the sweep itself where half of the ReLUs are off, and a graph that is made
    and swept once, as in training, never needs it: hence the tokens.
    """
    reached = len(partly)
    found = partly.append
    try:
        for node in partly:  # which grows meanwhile
            x, y = node._x, node._y
            if type(x) is not float and x._x is not None and not x._pending:
                x.grad = 0.0
                x._pending = -1
                found(x)
            if y is None or type(y) is float:
                continue
            for x in node.parents if isinstance(y, Many) else (y,):
                if x._x is not None and not x._pending:
                    x.grad = 0.0
                    x._pending = -1
                    found(x)
    finally:
        for node in partly[reached:]:
            node._pending = 0


def _propagate(root: Any, token: Swept) -> None:  # noqa: C901 - unrolled, as above
    ready = [root]
    push, pop = ready.append, ready.pop
    while ready:
        node = pop()
        grad = node.grad
        node._swept = token
        d = node._dx
        if d is not None:
            x = node._x
            x.grad += d * grad
            if n := x._pending:
                x._pending = n = n - 1
                if not n:
                    push(x)
        d = node._dy
        if d is not None:
            x = node._y
            x.grad += d * grad
            if n := x._pending:
                x._pending = n = n - 1
                if not n:
                    push(x)
        elif isinstance(node._y, Many):
            if node._y.leaves:
                node._y.accumulate(grad)
                continue
            for x, d in node.edges(grad):
                x.grad += d * grad
                if n := x._pending:
                    x._pending = n = n - 1
                    if not n:
                        push(x)


def checked_sweep(root: Any) -> None:
    """`backward` under detect_anomaly: raise at the first gradient that is not finite."""
    order = topological_order(root)
    before = [(x, x.grad) for x in order if x._primitive is None]
    for x, _ in before:
        x.grad = 0.0
    try:
        sweep(root)
        bad = next((v for v in reversed(order) if v.grad - v.grad != 0.0), None)
        if bad is not None:
            raise FloatingPointError(_anomaly(order, bad))
    except BaseException:
        for x, grad in before:
            x.grad = grad
        raise
    for x, grad in before:
        x.grad = grad + x.grad


def _anomaly(order: list[Any], bad: Any) -> str:
    """Which edge made the gradient of `bad` what it is."""
    for node in reversed(order):
        for i, (x, d) in enumerate(node.edges()):
            if x is bad and (d * node.grad) - (d * node.grad) != 0.0:
                return (
                    f"the gradient of {modes.recorded_text(node)}, is not finite: "
                    f"partial {d!r} by operand {i} times adjoint {node.grad!r}"
                )
    return f"the gradient of {bad!r} is not finite: its contributions overflow"
