"""The result of a jitted call on Values: one node, whose partials machine code computes."""

from collections.abc import Callable, Sequence
from typing import Any

from ...core import contexts
from ...core.domains import ANY
from ...core.recording import make_node
from ...core.table import Primitive
from ...core.value import Value
from ...transforms.subgraph import Subgraph
from ..backend.leaves import FusedOperands, Leaves
from ..ir.derivative import with_gradient
from ..record.tape import Tape
from .specialization import Specialization


class FusedPrimitive(Primitive):
    """What a jitted call computes, as a primitive of the call's numbers and the captured Values."""

    __slots__ = ("_partial_specs", "spec")

    def __init__(self, name: str, spec: Specialization, output: int) -> None:
        super().__init__(name, self._value, [self._formula], ANY, variadic=True)
        self.spec = spec if spec.count == 1 else select_output(spec, output)
        self._partial_specs: dict[tuple[bool, ...], Specialization] = {}

    def _value(self, *numbers: float) -> float:
        return self.spec.tape.compute_outputs(numbers)[0]

    def _formula(self, *operands: Any) -> list[Any]:
        """Return the partials as nodes in turn, for derivatives of higher order."""
        *inputs, _ = operands
        if not self.spec.has_only_rows:
            # a custom primitive's formulas may branch, which symbols cannot
            return _interpret_partials(self.spec.tape, inputs)
        wanted = tuple([isinstance(x, Value) for x in inputs])
        if wanted not in self._partial_specs:
            self._partial_specs[wanted] = _make_partials(self.spec, wanted)
        nodes = iter(run_on_values(self._partial_specs[wanted], f"{self.name}'", inputs))
        return [next(nodes) if want else 0.0 for want in wanted]

    def __reduce__(self) -> Any:
        raise TypeError(
            f"cannot pickle a node made by {self.name}, since its compiled code cannot be pickled: "
            "pickle the function and its arguments, and call it again"
        )


def select_output(spec: Specialization, output: int) -> Specialization:
    """Return the specialization with only one of its results."""
    return Specialization(
        spec.tape.select_output(output), spec.captured, spec.result, spec.backend, spec.roll
    )


def _make_partials(spec: Specialization, wanted: tuple[bool, ...]) -> Specialization:
    """Return a specialization of the one result's partials with respect to the wanted inputs."""
    tape = with_gradient(spec.tape, wanted, exact=True)
    tape.outputs, tape.guards = tape.outputs[1:], []
    return Specialization(tape, spec.captured, spec.result, spec.backend, spec.roll)


def make_fused_node(
    spec: Specialization, name: str, inputs: tuple[Any, ...], results: Sequence[float]
) -> Value:
    """Make the node of the one result; `results` are its value and the partials of its Values."""
    partials: tuple[float | None, ...] = tuple(results[1:])
    if len(partials) < len(inputs):
        rest = iter(partials)
        partials = tuple([next(rest) if isinstance(x, Value) else None for x in inputs])
    numbers = inputs[: len(inputs) - len(spec.captured)]
    leaves = spec.captures_only_leaves and _are_leaves(numbers)
    return make_many_node(results[0], get_primitive(spec, name, 0), inputs, partials, leaves, spec)


def make_many_node(
    number: float,
    primitive: Primitive,
    operands: tuple[Any, ...],
    partials: tuple[float | None, ...],
    leaves: bool,
    source: Any,
) -> Value:
    """Make a node of any number of operands.

    Where all are leaves, a backward pass adds to their grads at once.
    """
    node = make_node(number, 0.0, None, primitive, (), ())
    node._y = (Leaves if leaves else FusedOperands)(operands, partials, source)
    return node


def _are_leaves(operands: Sequence[Any]) -> bool:
    return all(type(x) is float or x._primitive is None for x in operands)


def make_captured_call(spec: Specialization, name: str) -> Callable[..., Any]:
    """Return a function of a call's floats: (node,), or what the code returns where it fails.

    For a specialization whose one result depends on captured leaves.
    """
    captured = spec.captured
    count = spec.tape.inputs - len(captured)
    call = spec.compile_gradient((False,) * count + (True,) * len(captured)).call
    constants = (None,) * count
    primitive = get_primitive(spec, name, 0)

    def call_captured(*numbers: float) -> Any:
        results = call(*numbers, *captured)
        if type(results) is not tuple:
            return results
        operands = (*numbers, *captured)
        partials = constants + results[1:]
        return (
            make_many_node(results[0], primitive, operands, partials, leaves=True, source=spec),
        )

    return call_captured


class LazyOperands(FusedOperands):
    """Operands whose partials are computed when a backward pass first asks for them."""

    __slots__ = ("_output", "_spec")

    def __init__(
        self, operands: tuple[Any, ...], spec: Specialization, output: int, own: Specialization
    ) -> None:
        super().__init__(operands, (), own)
        self._spec = spec
        self._output = output

    def _compute_partials(self) -> tuple[float | None, ...]:
        return _compute_row(self._spec, self.operands, self._output)


def _compute_row(
    spec: Specialization, operands: Sequence[Any], output: int
) -> tuple[float | None, ...]:
    """Compute the partials of one of several results."""
    wanted = tuple([isinstance(x, Value) for x in operands])
    numbers = [x._primal if isinstance(x, Value) else x for x in operands]
    seeds = [1.0 if k == output else 0.0 for k in range(spec.count)]
    tape, compiled = spec.compile_row(wanted)
    results = compiled.call(*numbers, *seeds)
    if type(results) is not tuple:
        results = tape.compute_outputs([*numbers, *seeds])
    partials = iter(results[len(seeds) :])
    return tuple([next(partials) if want else None for want in wanted])


def run_on_values(spec: Specialization, name: str, operands: Sequence[Any]) -> list[Any]:
    """Run a specialization on Values and floats: a node for each result."""
    results = spec.compile_value().call(*operands)
    if type(results) is not tuple:
        return interpret(spec.tape, operands)
    return make_fused_nodes(spec, name, tuple(operands), results)


def make_fused_nodes(
    spec: Specialization, name: str, operands: tuple[Any, ...], numbers: Sequence[float]
) -> list[Any]:
    """Make one node per result, whose partials are computed when they are asked for."""
    nodes: list[Any] = []
    for k, (s, y) in enumerate(zip(spec.tape.outputs, numbers, strict=True)):
        if s < 0:
            nodes.append(y)
            continue
        primitive = get_primitive(spec, name, k)
        node = make_node(y, 0.0, None, primitive, operands, ())
        node._y = LazyOperands(operands, spec, k, primitive.spec)
        nodes.append(node)
    return nodes


def get_primitive(spec: Specialization, name: str, output: int) -> FusedPrimitive:
    """Return the primitive of the node of one result."""
    primitive = spec.primitives.get(output)
    if primitive is None:
        primitive = spec.primitives[output] = FusedPrimitive(name, spec, output)
    return primitive


def _interpret_partials(tape: Tape, operands: Sequence[Any]) -> list[Any]:
    """Compute the partials of a tape's one result as an eager run does."""
    own = {id(x): x for x in operands if isinstance(x, Value)}

    def pull() -> list[Any]:
        return Subgraph(list(own.values()), interpret(tape, operands), as_values=True).pull([1.0])

    partials = contexts.within({"quiet": True}, pull)
    unclaimed = dict(zip(own, partials, strict=True))
    # an operand that occurs twice has its whole partial at its first place
    return [unclaimed.pop(id(x), 0.0) for x in operands]


def interpret(tape: Tape, operands: Sequence[Any]) -> list[Any]:
    """Run a tape on Values operation by operation, as an eager run does."""
    slots = list(operands)
    for primitive, own in tape.code:
        slots.append(primitive(*[tape.get_value(s, slots) for s in own]))
    return [tape.get_value(s, slots) for s in tape.outputs]
