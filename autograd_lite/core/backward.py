"""The reverse sweep behind `Value.backward()`: order the graph, apply the chain rule node by node.

Everything here walks with a list, never by recursion, so depth costs nothing but memory.
"""

import sys
from collections.abc import Callable, Iterable
from itertools import starmap
from operator import call
from typing import Any

from . import contexts
from .node import Many, Node, set_all
from .order import topological_order as topological_order

# What every node that a sweep reached holds, for as long as it lives: so the references to it say
# whether a gradient of an earlier sweep may be left anywhere. Leaves do not count: a sweep never
# clears them, and a parameter lives long.
_SWEPT = object()


def _references() -> int:
    return sys.getrefcount(_SWEPT) if hasattr(sys, "getrefcount") else -1  # PyPy does not count


_OWN_REFERENCES = _references()


def mark_swept(nodes: Iterable[Any]) -> None:
    """Say that these nodes carry gradients of a sweep, as those do that it reached, and copies."""
    for node in nodes:
        if node._primitive is not None:
            node._swept = _SWEPT


def sweep(root: Node) -> None:
    """Backpropagate from `root`, an inner node: add to the gradients of all leaves, or of none.

    A node must pass its gradient on only once it is complete, so first count, for every node, the
    edges that will reach it (`_pending`, 0 outside this function), then propagate in the order in
    which the counts run out: Kahn's topological order. Leaves pass nothing on and are not counted.
    """
    earlier = _references() > _OWN_REFERENCES or _OWN_REFERENCES < 0
    nodes = [root]
    partly: list[Node] = []
    before: dict[Node, float] = {}
    last: list[tuple[Many, float]] = []
    added: list[bool] = []
    counted = False
    try:
        _count_edges(nodes, partly, before)
        if partly and earlier:
            _clear_unchosen(partly)
        counted = True
        root.grad = 1.0
        _propagate(root, last)
        if last:
            _accumulate(last, before, added)
    except BaseException:  # a KeyboardInterrupt too: a count left behind would spoil the next sweep
        for node in [*nodes, *partly]:
            node._pending = 0
            node._swept = _SWEPT
        if counted and not added:
            _restore_leaves(nodes, before)
        raise


def _count_edges(  # noqa: C901 - unrolled: a call per edge doubles the time
    nodes: list[Node], partly: list[Node], before: dict[Node, float]
) -> None:
    """Append every inner node that a gradient reaches to `nodes`.

    Those with operands left aside go to `partly`; leaves that have a gradient, to `before`.
    """
    found = nodes.append
    for node in nodes:  # which grows meanwhile
        node.grad = 0.0
        left, right = node._x, node._y
        if node._dx is not None:
            x: Node = left
            if x._x is not None:
                if n := x._pending:
                    x._pending = n + 1
                else:
                    x._pending = 1
                    found(x)
            elif x.grad:
                before[x] = x.grad
        elif type(left) is not float:
            partly.append(node)
        if node._dy is not None:
            y: Node = right
            if y._x is not None:
                if n := y._pending:
                    y._pending = n + 1
                else:
                    y._pending = 1
                    found(y)
            elif y.grad:
                before[y] = y.grad
        elif right is None or type(right) is float:
            continue
        elif isinstance(right, Many):
            if right.leaves:
                continue
            partly.append(node)
            for x, _ in right.edges():
                if x._x is not None:
                    if not x._pending:
                        found(x)
                    x._pending += 1
                elif x.grad:
                    before[x] = x.grad
        else:
            partly.append(node)


def _clear_unchosen(partly: list[Any]) -> None:
    """Zero the gradients of inner nodes that hang on operands which were not chosen alone.

    Nothing will flow there, but an earlier sweep from another root may have left a gradient. The
    walk costs as much as the sweep itself where half of the ReLUs are off, and a graph that is made
    and swept once, as in training, never needs it: hence `_SWEPT`.
    """
    reached = len(partly)
    found = partly.append
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
    for node in partly[reached:]:
        node._pending = 0


def _restore_leaves(nodes: list[Any], before: dict[Any, float]) -> None:
    """Give the leaves the gradients that they had; those not in `before` had 0.0."""
    inner = [node for node in nodes if not (isinstance(node._y, Many) and node._y.leaves)]
    leaves = dict.fromkeys([x for node in inner for x, _ in node.edges() if x._x is None], 0.0)
    leaves.update(before)
    set_all("grad", leaves.keys(), leaves.values())


def _accumulate(
    last: list[tuple[Many, float]], before: dict[Any, float], added: list[bool]
) -> None:
    """Add to the leaves of the nodes that machine code adds to at once, given their adjoints.

    All calls are one, which no interrupt can come into the middle of, and `added` says in it that
    they are done.
    """
    calls = [operands.accumulation(grad) for operands, grad in last]
    ready = [entry for entry in calls if entry is not None]
    if len(ready) == len(calls):
        added.extend(starmap(call, ready))
    if not any(added):
        added.clear()
        for operands, _ in last:
            before.update([(x, x.grad) for x in operands.operands if type(x) is not float])
    for k, (operands, grad) in enumerate(last):
        if not (added and added[k]):
            operands.accumulate(grad)


def _propagate(root: Node, last: list[tuple[Many, float]]) -> None:  # unrolled, as above
    ready = [root]
    push, pop = ready.append, ready.pop
    swept = _SWEPT
    while ready:
        node = pop()
        grad = node.grad
        node._swept = swept
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
            x = node._y
            x.grad += d * grad
            if n := x._pending:
                x._pending = n = n - 1
                if not n:
                    push(x)
        elif isinstance(node._y, Many):
            if node._y.leaves:
                last.append((node._y, grad))
                continue
            _propagate_many(node._y, grad, push)


def _propagate_many(operands: Many, grad: float, push: Callable[[Any], None]) -> None:
    for x, d in operands.edges(grad):
        x.grad += d * grad
    for x, _ in operands.edges():  # as they were counted: an infinite gradient may take fewer edges
        if n := x._pending:
            x._pending = n = n - 1
            if not n:
                push(x)


def checked_sweep(root: Any) -> None:
    """`backward` under detect_anomaly: raise at the first gradient that is not finite.

    The leaves then have the gradients that they had before.
    """
    order = topological_order(root)
    before = {x: x.grad for x in order if x._primitive is None}
    sweep(root)
    text = _anomaly(order, before)
    if text:
        set_all("grad", before.keys(), before.values())
        raise FloatingPointError(text)


def _anomaly(order: list[Any], before: dict[Any, float]) -> str:
    """What made the first gradient that is not finite; "" where there is none."""
    reached: dict[Any, list[tuple[float, Any]]]
    reached = {v: [] for v in order[::-1] if v.grad - v.grad != 0.0}
    for node in order[::-1] if reached else ():
        for x, d in node.edges(node.grad):
            if x in reached:
                reached[x].append((d, node))
    texts = (_reason(v, parts, before.get(v, 0.0)) for v, parts in reached.items())
    return next(filter(None, texts), "")


def _reason(bad: Any, parts: list[tuple[float, Any]], before: float) -> str:
    """Why a gradient is not finite; "" where the sweep has no part in it."""
    for d, node in parts:
        if (d * node.grad) - (d * node.grad) != 0.0:
            i = next(i for i, x in enumerate(node.operands) if x is bad)
            return (
                f"the gradient of {contexts.recorded_text(node)}, is not finite: "
                f"partial {d!r} by operand {i} times adjoint {node.grad!r}"
            )
    total = sum([d * node.grad for d, node in parts])
    if total - total == 0.0:
        return (
            f"the gradient of {bad!r} is not finite: it overflows when it is added to the grad "
            f"that was there, {before!r}"
            if before - before == 0.0
            else ""
        )
    what = repr(bad) if bad._primitive is None else contexts.recorded_text(bad) + ","
    d, node = max(parts, key=lambda part: abs(part[0] * part[1].grad))
    return (
        f"the gradient of {what} is not finite: the sum of {len(parts)} contributions overflows; "
        f"the largest, {d * node.grad!r}, is of {contexts.recorded_text(node)}"
    )
