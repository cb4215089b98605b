"""Apply the chain rule to the part of a graph between some inputs and outputs.

Adjoints and tangents are in a list beside the graph, never in a `.grad`. A cotangent or tangent
that is the float 0.0 is left out: it is multiplied with nothing, not even with inf.
"""

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

from ..core import contexts, table
from ..core.anomalies import recorded_text
from ..core.custom import wrap_partials
from ..core.order import Order
from ..core.recording import make_node
from ..core.value import Value
from . import active, chain_rule

_Edges: TypeAlias = Callable[[int, Any], Iterable[tuple[int, Any]]]


class _Carrier(NamedTuple):
    """How a pass computes with derivatives: as floats, as Values, or while jit records.

    Attributes:
        order: the nodes to visit, in backward order.
        edges, multiply, add: see `chain_rule.pull`.
        start: converts a cotangent or tangent to a derivative.
        finish: converts a derivative, or None if there is none, to a result.
    """

    order: Sequence[int]
    edges: _Edges
    multiply: Callable[[Any, Any], Any] = operator.mul
    add: Callable[[Any, Any], Any] = operator.add
    start: Callable[[Any], Any] = lambda x: x
    finish: Callable[[Any], Any] = lambda x: 0.0 if x is None else x


class Subgraph:
    """The part of a graph between inputs and outputs.

    Attributes:
        inputs: Values, each once.
        outputs: Values and floats.
        as_values: whether derivatives are Values, since they may depend on a Value from outside.
    """

    def __init__(self, inputs: list[Value], outputs: list[Any], as_values: bool) -> None:
        self.inputs = inputs
        self.outputs = outputs
        # Stop at the inputs: a loop that differentiates in every step would otherwise walk its
        # whole past each time.
        until = list(inputs)
        if _is_recording():
            until += contexts.state.recorder.truths  # no derivative passes a condition
        roots = [y for y in outputs if isinstance(y, Value)]
        order = self._order = Order(roots, until, through_stops=False)
        self.as_values = as_values or bool(order.leaves)

    @cached_property
    def _active(self) -> bytearray:
        """1 for the number of each node that depends on the inputs by chosen operands, else 0."""
        order = self._order
        flags = bytearray(len(order.nodes))
        flags[: len(self.inputs)] = b"\1" * len(self.inputs)
        for i in reversed(order.visits):
            for k, _ in order.edges(i):
                if flags[k]:
                    flags[i] = 1
                    break
        return flags

    @cached_property
    def nodes(self) -> list[int]:
        """The numbers of active nodes that an output depends on, results before operands."""
        order = self._order
        wanted = {order.numbers[id(y)] for y in self.outputs if isinstance(y, Value)}
        between = []
        for i in order.visits:
            if self._active[i] and i in wanted:
                between.append(i)
                wanted.update([k for k, _ in order.edges(i)])
        return between

    def pull(self, cotangents: Sequence[Any]) -> list[Any]:
        """Return the adjoints of the inputs for cotangents of the outputs."""
        order, edges, multiply, add, start, finish = self._carrier(cotangents)
        adjoints: list[Any] = [None] * len(self._order.nodes)
        for y, c in zip(self.outputs, cotangents, strict=True):
            if isinstance(y, Value) and not _is_zero(c):
                i = self._order.numbers[id(y)]
                adjoints[i] = start(c) if adjoints[i] is None else add(adjoints[i], start(c))
        if _finds_anomalies():
            order, edges = self.nodes, self._check_adjoints(edges, adjoints)
        outer = contexts.state.deriving
        try:
            chain_rule.pull(order, edges, adjoints, multiply, add)
            # not returned from here: an interrupt could slip in before `finally`
            own = [finish(x) for x in adjoints[: len(self.inputs)]]
        finally:
            contexts.state.deriving = outer
        return own

    def push(self, tangents: Sequence[Any]) -> list[Any]:
        """Return the tangents of the outputs for tangents of the inputs."""
        _, edges, multiply, add, start, finish = self._carrier(tangents)
        derivatives: list[Any] = [None] * len(self._order.nodes)
        derivatives[: len(tangents)] = [None if _is_zero(t) else start(t) for t in tangents]

        def list_edges(i: int) -> Iterable[tuple[int, Any]]:
            if any(derivatives[k] is not None for k, _ in self._order.edges(i)):
                # inf: a tangent of zero may still meet an infinite partial further on
                return edges(i, math.inf)
            return ()

        checks = _finds_anomalies()
        own_edges = self._check_tangents(list_edges, derivatives) if checks else list_edges
        outer = contexts.state.deriving
        try:
            chain_rule.push(reversed(self.nodes), own_edges, derivatives, multiply, add)
            numbers = self._order.numbers
            ends = [derivatives[numbers[id(y)]] if id(y) in numbers else None for y in self.outputs]
            ends = [finish(x) for x in ends]
        finally:
            contexts.state.deriving = outer
        return ends

    def _carrier(self, seeds: Sequence[Any]) -> _Carrier:
        if _is_recording():
            edges, start = self._edges_while_recording, active.Derivative
            return _Carrier(
                self.nodes, edges, active.multiply, active.add, start, _finish_while_recording
            )
        if self.as_values or any(isinstance(x, Value) for x in seeds):
            return _Carrier(self.nodes, self._edges_as_values, finish=_finish_as_value)
        # On floats, leaving out inactive nodes takes longer than computing their unused adjoints.
        return _Carrier(self._order.visits, self._order.edges)

    def _edges_as_values(self, i: int, adjoint: Any) -> list[tuple[int, Any]]:
        return [(k, d) for k, d, _ in self._apply_formulas(i)]

    def _edges_while_recording(self, i: int, adjoint: Any) -> list[tuple[int, Any]]:
        return [(k, (d, selects)) for k, d, selects in self._apply_formulas(i)]

    def _apply_formulas(self, i: int) -> list[tuple[int, Any, bool]]:
        """Return (number of the operand, partial, whether a zero partial means "not chosen").

        The partials are the formulas of the table applied to the operands themselves. Operands that
        are inactive or not chosen are left out.
        """
        node: Value = self._order.nodes[i]
        primitive, numbers = node._primitive, self._order.numbers
        assert primitive is not None, "a leaf is inactive"
        contexts.state.deriving = node
        wanted = [
            d is not None and self._active[numbers[id(x)]] == 1 for x, d in node.operand_partials()
        ]
        try:
            partials = primitive.local_partials(node.operands, node, wanted)
        except TypeError:
            if not _is_recording():
                raise
            called = zip(wrap_partials(primitive), wanted, strict=True)
            partials = [d(*node.operands, node) if want else None for d, want in called]
        selects = primitive.selects if primitive.arity else (False,) * len(wanted)
        rows = zip(node.operands, partials, selects, wanted, strict=True)
        return [(numbers[id(x)], d, choice) for x, d, choice, want in rows if want]

    def _check_adjoints(self, edges: _Edges, adjoints: list[Any]) -> _Edges:
        """Return edges to active operands, which check each adjoint after `pull` added to it."""

        def check_edges(i: int, adjoint: Any) -> Iterator[tuple[int, Any]]:
            for k, d in edges(i, adjoint):
                if self._active[k]:
                    yield k, d
                    _check_finite(self._order.nodes[i], d, adjoint, adjoints[k])

        return check_edges

    def _check_tangents(
        self, edges: Callable[[int], Iterable[tuple[int, Any]]], tangents: list[Any]
    ) -> Callable[[int], Iterable[tuple[int, Any]]]:
        """Return edges that check the tangent of a node after `push` added to it."""

        def check_edges(i: int) -> Iterator[tuple[int, Any]]:
            for k, d in edges(i):
                yield k, d
                if tangents[k] is not None:
                    _check_finite(self._order.nodes[i], d, tangents[k], tangents[i])

        return check_edges


def _make_constant(x: float) -> Value:
    """Return a Value that is not a leaf: outer levels would take a leaf for a captured variable."""
    return make_node(x, 0.0, None, table.identity, (x,), (None,))


def _finish_as_value(derivative: Any) -> Value:
    if isinstance(derivative, Value):
        return derivative
    return _make_constant(0.0 if derivative is None else derivative)


def _finish_while_recording(derivative: active.Derivative | None) -> Value:
    return _finish_as_value(active.finish(derivative))


def _is_zero(x: Any) -> bool:
    # not a Value of 0, whose own derivative may be needed
    return type(x) is float and x == 0.0


def _is_recording() -> bool:
    return bool(contexts.active) and contexts.state.recorder is not None


def _finds_anomalies() -> bool:
    return bool(contexts.active) and contexts.state.places is not None and not _is_recording()


def _check_finite(node: Value, partial: Any, factor: Any, total: Any) -> None:
    """Raise FloatingPointError if a derivative has become nan or infinite."""
    partial, factor, total = [getattr(x, "_primal", x) for x in (partial, factor, total)]
    if total - total != 0.0:
        raise FloatingPointError(
            f"the derivative of {recorded_text(node)}, is not finite: with partial "
            f"{partial!r} times {factor!r} it is {total!r}"
        )
