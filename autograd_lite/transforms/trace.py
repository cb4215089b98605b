"""One run of a function on fresh Values, and the two sweeps over the graph that it left.

Adjoints and tangents live in a dict beside the graph, never in a `.grad`. An adjoint or tangent
that is plainly zero is left out altogether: no perturbation, no flow, not even of 0 * inf.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from .._util.text import shown
from ..core import contexts, table
from ..core.anomalies import recorded_text
from ..core.backward import topological_order
from ..core.recording import make_node
from ..core.value import Value
from .active import Flow, joined, settled, through
from .pytree import flatten

Function = Callable[..., Any]
_Sweep = Callable[[Sequence[Any]], list[Any]]


class Trace:
    """What a function recorded between its inputs and its outputs.

    Attributes:
        inputs: the fresh Values, one per number in the arguments at `argnums`.
        result: what the function returned; `outputs` are the numbers in it.
        nodes: what depends on the inputs and leads to the outputs, operands before results.
        as_values: whether the derivative can depend on a Value from outside.
    """

    def __init__(
        self, f: Function, args: Sequence[Any], argnums: Sequence[int], options: dict[str, Any]
    ) -> None:
        self.inputs: list[Value] = []
        self.as_values = False
        self.rebuilds: list[tuple[Callable[[Sequence[Any]], Any], int]] = []
        # A derivative is asked for by name, so a no_grad around it does not hold in f; it holds
        # for what the sweeps record.
        self.detached = contexts.active > 0 and not contexts.state.recording
        if self.detached:
            run = (self._run, f, args, argnums, options)
            self.result = contexts.within({"recording": True}, *run)
        else:
            self.result = self._run(f, args, argnums, options)
        if self.result is None:
            raise TypeError(
                f"{name_of(f)} returned None: it has no return, or one without a number"
            )
        self.outputs, self.rebuild_result = flatten(self.result, f"the result of {name_of(f)}")
        self._find_nodes()
        for x in self.inputs:
            _retire(x)

    def _run(
        self, f: Function, args: Sequence[Any], argnums: Sequence[int], options: dict[str, Any]
    ) -> Any:
        fresh = list(args)
        for i in argnums:
            leaves, rebuild = flatten(args[i], f"argument {i}")
            # An identity node of a Value keeps the levels of a nesting apart.
            own = [table.identity(x) if isinstance(x, Value) else Value(x) for x in leaves]
            self.as_values = self.as_values or any(isinstance(x, Value) for x in leaves)
            self.inputs += own
            self.rebuilds.append((rebuild, len(own)))
            fresh[i] = rebuild(own)
        return f(*fresh, **options)

    @classmethod
    def between(cls, inputs: list[Value], outputs: list[Any]) -> "Trace":
        """A trace of what was recorded already, to be swept as Values."""
        trace = object.__new__(cls)
        trace.inputs, trace.outputs = inputs, outputs
        trace.as_values, trace.detached = True, False
        trace._find_nodes()
        return trace

    def _find_nodes(self) -> None:
        self.reached = {id(x) for x in self.inputs}
        self.nodes: list[Value] = []
        # No further back than the inputs: a loop that differentiates at every step would otherwise
        # walk its whole past each time.
        roots = [y for y in self.outputs if isinstance(y, Value)]
        until = list(self.inputs)
        if contexts.active and contexts.state.recorder is not None:
            until += contexts.state.recorder.truths  # nothing flows through a condition
        for node in topological_order(*roots, until=until):
            if node.primitive is None:
                self.as_values = True
            elif any(id(x) in self.reached for x, _ in node.edges()):
                self.reached.add(id(node))
                self.nodes.append(node)
        self._drop_dead_ends()

    def _drop_dead_ends(self) -> None:
        """Keep only what leads to an output by operands that were chosen."""
        wanted = {id(y) for y in self.outputs}
        kept: list[Value] = []
        for node in reversed(self.nodes):
            if id(node) in wanted:
                kept.append(node)
                wanted.update([id(x) for x, _ in node.edges()])
        self.nodes = kept[::-1]

    def _edges(
        self, node: Value, as_values: bool, adjoint: Any = 1.0
    ) -> Sequence[tuple[Value, Any]]:
        """(operand, partial) for each operand on a path from the inputs."""
        if not as_values:
            return [(x, d) for x, d in node.edges(adjoint) if id(x) in self.reached]
        return [(x, d) for x, d, _ in self._edges_as_values(node)]

    def _edges_as_values(self, node: Value) -> list[tuple[Value, Any, bool]]:
        """(operand, partial, whether a partial of zero means "not chosen")."""
        live = [d is not None and id(x) in self.reached for x, d in node.operand_partials()]
        assert node.primitive is not None
        try:
            partials = node.primitive.local_partials(node.operands, node, live)
        except TypeError:
            if not contexts.active or contexts.state.recorder is None:
                raise
            called = zip(node.primitive.numeric_partials(), live, strict=True)
            partials = [d(*node.operands, node) if want else None for d, want in called]
        selects = node.primitive.selects if node.primitive.arity else (False,) * len(live)
        rows = zip(node.operands, partials, selects, live, strict=True)
        return [(x, d, choice) for x, d, choice, want in rows if want]

    def pull(self, cotangents: Sequence[Any]) -> list[Any]:
        """Reverse sweep: the inputs' adjoints for the outputs' cotangents."""
        return self._sweep(self._pull_numbers, self._pull_flows, cotangents)

    def push(self, tangents: Sequence[Any]) -> list[Any]:
        """Forward sweep: the outputs' tangents for the inputs' tangents."""
        return self._sweep(self._push_numbers, self._push_flows, tangents)

    def _sweep(self, numbers: _Sweep, flows: _Sweep, seeds: Sequence[Any]) -> list[Any]:
        outer = contexts.state.deriving
        try:
            recording = contexts.active and contexts.state.recorder is not None
            found = flows(seeds) if recording else numbers(seeds)
        finally:
            contexts.state.deriving = outer
        return found

    def _pull_numbers(self, cotangents: Sequence[Any]) -> list[Any]:
        as_values = self.as_values or any(isinstance(c, Value) for c in cotangents)
        adjoints: dict[int, Any] = {}
        for y, c in zip(self.outputs, cotangents, strict=True):
            if isinstance(y, Value) and id(y) in self.reached and not _is_zero(c):
                adjoints[id(y)] = adjoints[id(y)] + c if id(y) in adjoints else c
        for node in reversed(self.nodes):
            adjoint = adjoints.pop(id(node), None)
            if adjoint is None:
                continue
            if as_values:
                contexts.state.deriving = node
            for x, d in self._edges(node, as_values, adjoint):
                part = d * adjoint
                key = id(x)
                adjoints[key] = total = adjoints[key] + part if key in adjoints else part
                if contexts.active:
                    _check_finite(node, d, adjoint, total)
        return [_as(as_values, adjoints.get(id(x), 0.0)) for x in self.inputs]

    def _push_numbers(self, tangents: Sequence[Any]) -> list[Any]:
        as_values = self.as_values or any(isinstance(t, Value) for t in tangents)
        seeds = zip(self.inputs, tangents, strict=True)
        moving = {id(x): t for x, t in seeds if not _is_zero(t)}
        for node in self.nodes:
            if not any(id(x) in moving for x, _ in node.edges()):
                continue
            if as_values:
                contexts.state.deriving = node
            total = None
            # inf: a tangent of zero may still meet an infinite partial further on
            for x, d in self._edges(node, as_values, math.inf):
                if id(x) in moving:
                    part = d * moving[id(x)]
                    total = part if total is None else total + part
                    if contexts.active:
                        _check_finite(node, d, moving[id(x)], total)
            if total is not None:
                moving[id(node)] = total
        return [_as(as_values, moving.get(id(y), 0.0)) for y in self.outputs]

    def _pull_flows(self, cotangents: Sequence[Any]) -> list[Any]:
        """`pull` while jit records."""
        flows: dict[int, Flow] = {}
        for y, c in zip(self.outputs, cotangents, strict=True):
            if isinstance(y, Value) and id(y) in self.reached and not _is_zero(c):
                flows[id(y)] = joined(flows.get(id(y)), Flow(c))
        for node in reversed(self.nodes):
            flow = flows.pop(id(node), None)
            if flow is None:
                continue
            contexts.state.deriving = node
            for x, d, selects in self._edges_as_values(node):
                part = through(d, flow, selects)
                if part is not None:
                    flows[id(x)] = joined(flows.get(id(x)), part)
        return [_as(True, settled(flows.get(id(x)))) for x in self.inputs]

    def _push_flows(self, tangents: Sequence[Any]) -> list[Any]:
        """`push` while jit records."""
        seeds = zip(self.inputs, tangents, strict=True)
        flows = {id(x): Flow(t) for x, t in seeds if not _is_zero(t)}
        for node in self.nodes:
            if not any(id(x) in flows for x, _ in node.edges()):
                continue
            contexts.state.deriving = node
            for x, d, selects in self._edges_as_values(node):
                part = through(d, flows[id(x)], selects) if id(x) in flows else None
                if part is not None:
                    flows[id(node)] = joined(flows.get(id(node)), part)
        return [_as(True, settled(flows.get(id(y)))) for y in self.outputs]

    def restore(self, flat: Sequence[Any]) -> list[Any]:
        """One structure per differentiated argument from a flat list over all inputs."""
        out, start = [], 0
        for rebuild, n in self.rebuilds:
            out.append(rebuild(flat[start : start + n]))
            start += n
        return out

    def primal(self) -> Any:
        """The result as the caller sees it: floats where nothing outside is differentiable."""
        if self.as_values and not self.detached:
            return self.result
        plain: Callable[[Value], Any] = Value.detach if self.as_values else lambda y: y._primal
        return self.rebuild_result([plain(y) if isinstance(y, Value) else y for y in self.outputs])


def name_of(f: Function) -> str:
    """What messages call a function."""
    return shown(str(getattr(f, "__name__", type(f).__name__)))


def _as(values: bool, x: Any) -> Any:
    return _constant(x) if values and not isinstance(x, Value) else x


def _constant(x: float) -> Value:
    """A Value that is no leaf: a leaf would look like a captured variable to an outer level."""
    return make_node(x, 0.0, None, table.identity, (x,), (None,))


def _retire(x: Value) -> None:
    """Make a constant of a fresh leaf, in place.

    While the function runs, derivatives taken inside it must see a variable there; afterwards a
    level outside must not.
    """
    if x.primitive is None:
        x._primitive, x._x = table.identity, x._primal


def _is_zero(x: Any) -> bool:
    # A zero that is a Value counts: its own derivative may be asked for.
    return type(x) is float and x == 0.0


def _check_finite(node: Value, partial: Any, factor: Any, total: Any) -> None:
    """Under detect_anomaly, raise at the first derivative that is nan or infinite."""
    total = getattr(total, "_primal", total)
    if contexts.state.places is None or total - total == 0.0:
        return
    raise FloatingPointError(
        f"the derivative of {recorded_text(node)}, is not finite: with partial "
        f"{getattr(partial, '_primal', partial)!r} times {getattr(factor, '_primal', factor)!r} "
        f"it is {total!r}"
    )
