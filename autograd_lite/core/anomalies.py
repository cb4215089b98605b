"""Anomalies: `detect_anomaly`, which raises at the first nan or infinity and names its source."""

import linecache
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from . import contexts
from .backward import backpropagate
from .diagnostics import call_text, is_outside, place
from .order import topological_order
from .primitive import Primitive

__all__ = ["detect_anomaly"]


def detect_anomaly() -> contexts.Switch:
    """A context, or a decorator, in which the first nan or infinity raises, forward or backward.

    Every operation on a Value is checked, and every gradient that `backward()` or a transform
    computes; an operation on plain floats is not. Jitted functions run as plain Python, on Values.
    An infinity raises too where an operand was infinite before, such as a mask of -inf. What was
    recorded before the context is checked when it is differentiated, but its line is not known.
    The context holds where `no_grad` would, and costs nothing once it is closed.

    Raises:
        FloatingPointError: naming the operation, its operands and the line that recorded it.

    >>> import autograd_lite as ag
    >>> with ag.detect_anomaly():
    ...     ag.log(ag.Value(-1.0))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    FloatingPointError: log(-1.0) gave nan at ...; its domain is x > 0
    """
    return contexts.Switch("places", lambda: contexts.current().places or Places())


class Places:
    """Where each node was recorded: the line, by node, of every node that is alive.

    The node itself is kept, or its id could be used again. So that a training loop does not keep
    each of its graphs, nodes that nobody else holds are dropped whenever their number has doubled.
    """

    def __init__(self) -> None:
        self._entries: dict[int, tuple[object, str]] = {}
        self._limit = 1000

    def note(self, node: Any) -> None:
        """Remember the line that is recording `node`."""
        self._entries[id(node)] = (node, place())
        if len(self._entries) > self._limit:
            self._drop_unheld()
            self._limit = max(1000, 2 * len(self._entries))

    def _drop_unheld(self) -> None:
        # Results before operands: a dropped result lets go of its operands.
        for key in reversed(list(self._entries)):
            if _count_references(self._entries[key]) <= _ALONE:
                del self._entries[key]

    def place_of(self, node: Any) -> str:
        """Return the line that recorded `node`."""
        entry = self._entries.get(id(node))
        return "a line outside detect_anomaly()" if entry is None else entry[1]

    def knows(self, node: Any) -> bool:
        """Return whether the line that recorded `node` is known."""
        return id(node) in self._entries

    def refuse_result(
        self, primitive: Primitive, values: Sequence[float], result: float
    ) -> NoReturn:
        """Raise for an operation whose result is nan or infinite."""
        raise FloatingPointError(
            f"{call_text(primitive, values)} gave {result!r} at {_with_source(place())}; "
            f"{_explain_result(primitive, values, result)}"
        )

    def backpropagate(self, root: Any) -> None:
        """Run `backward()` from `root`, and raise at the first gradient that is not finite.

        The leaves then have the gradients that they had before.
        """
        order = topological_order(root)
        before = {x: x.grad for x in order if x.primitive is None}
        backpropagate(root)
        text = _find_anomaly(order, before)
        if text:
            for x, grad in before.items():
                x.grad = grad
            raise FloatingPointError(text)


def _count_references(entry: tuple[object, str]) -> int:
    count = getattr(sys, "getrefcount", None)  # a Python without counts drops nothing
    return 1_000_000 if count is None else count(entry[0])


# How many there are where the entry alone holds the node: versions of Python count differently.
_ALONE = _count_references((object(), "")) if hasattr(sys, "getrefcount") else 0


def recorded_text(node: Any) -> str:
    """Return a node's operation, its operands, and the line that recorded it."""
    call = call_text(node.primitive, [getattr(x, "_primal", x) for x in node.operands])
    return f"{call}, recorded at {_with_source(contexts.current().places.place_of(node))}"


def source_of(node: Any) -> str:
    """Return the file's name, line and text where a node was recorded; "" if they are unknown."""
    places = contexts.current().places
    if places is None or not places.knows(node):
        return ""
    at = str(places.place_of(node))
    return os.path.basename(at) + _with_source(at)[len(at) :]


def _with_source(at: str) -> str:
    """Return the place, and what stands there."""
    file, _, line = at.rpartition(":")
    source = linecache.getline(file, int(line)).strip() if line.isdigit() else ""
    return f"{at}, `{source}`" if source else at


def _explain_result(primitive: Primitive, values: Sequence[float], result: float) -> str:
    if is_outside(primitive, values):
        return f"its domain is {primitive.domain.text}"
    i = next((i for i, x in enumerate(values) if x != x), None)
    if i is None:
        i = next((i for i, x in enumerate(values) if x - x != 0.0), None)
    if i is not None:
        return f"operand {i} was {values[i]!r} before"
    return "its operands are finite" if result != result else "it overflows"


def _find_anomaly(order: list[Any], before: dict[Any, float]) -> str:
    """Return what made the first gradient that is not finite; "" if all are finite."""
    parts: dict[Any, list[tuple[float, Any]]]
    parts = {v: [] for v in order[::-1] if v.grad - v.grad != 0.0}
    for node in order[::-1] if parts else ():
        for x, d in node.edges(node.grad):
            if x in parts:
                parts[x].append((d, node))
    texts = (_explain_gradient(v, own, before.get(v, 0.0)) for v, own in parts.items())
    return next(filter(None, texts), "")


def _explain_gradient(bad: Any, parts: list[tuple[float, Any]], before: float) -> str:
    """Return why a gradient is not finite; "" if it was so before this backward pass.

    Arguments:
        parts: (partial, node) of every product partial * node.grad that was added to it.
        before: the gradient that the node had.
    """
    for d, node in parts:
        if (d * node.grad) - (d * node.grad) != 0.0:
            i = next(i for i, x in enumerate(node.operands) if x is bad)
            return (
                f"the gradient of {recorded_text(node)}, is not finite: "
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
    what = repr(bad) if bad.primitive is None else recorded_text(bad) + ","
    d, node = max(parts, key=lambda part: abs(part[0] * part[1].grad))
    return (
        f"the gradient of {what} is not finite: the sum of {len(parts)} contributions overflows; "
        f"the largest, {d * node.grad!r}, is of {recorded_text(node)}"
    )
