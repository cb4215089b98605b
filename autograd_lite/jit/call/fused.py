"""The result of a jitted call on Values: one node, whose partials machine code computed."""

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
        """The partials as nodes in turn, for derivatives of higher order."""
        *inputs, _ = operands
        if not self.spec.has_only_rows:
            # the formulas of a user's primitive may ask for truths, which symbols have not
            return _interpret_partials(self.spec.tape, inputs)
        wanted = tuple([isinstance(x, Value) for x in inputs])
        if wanted not in self._partial_specs:
            self._partial_specs[wanted] = _make_partials(self.spec, wanted)
        found = iter(run_on_values(self._partial_specs[wanted], f"{self.name}'", inputs))
        return [next(found) if want else 0.0 for want in wanted]

    def __reduce__(self) -> Any:
        raise TypeError(
            f"a node that {self.name} made is not pickled, since its code is not: pickle the "
            "function and its arguments, and call it again"
        )


def select_output(spec: Specialization, output: int) -> Specialization:
    """The path with one of its results alone."""
    return Specialization(
        spec.tape.select_output(output), spec.captured, spec.result, spec.backend, spec.roll
    )


def _make_partials(spec: Specialization, wanted: tuple[bool, ...]) -> Specialization:
    """The partials of a path's one result by the wanted inputs, as results."""
    tape = with_gradient(spec.tape, wanted, exact=True)
    tape.outputs, tape.guards = tape.outputs[1:], []
    return Specialization(tape, spec.captured, spec.result, spec.backend, spec.roll)


def make_fused_node(
    spec: Specialization, name: str, inputs: tuple[Any, ...], found: Sequence[float]
) -> Value:
    """The node of a path's one result, `found` being that and the partials by its Values."""
    partials: tuple[float | None, ...] = tuple(found[1:])
    if len(partials) < len(inputs):
        rest = iter(partials)
        partials = tuple([next(rest) if isinstance(x, Value) else None for x in inputs])
    numbers = inputs[: len(inputs) - len(spec.captured)]
    leaves = spec.captures_only_leaves and _are_leaves(numbers)
    return make_many_node(found[0], get_primitive(spec, name, 0), inputs, partials, leaves, spec)


def make_many_node(
    number: float,
    primitive: Primitive,
    operands: tuple[Any, ...],
    partials: tuple[float | None, ...],
    leaves: bool,
    source: Any,
) -> Value:
    """A node of any number of operands; a sweep adds to their grads at once if all are leaves."""
    node = make_node(number, 0.0, None, primitive, (), ())
    node._y = (Leaves if leaves else FusedOperands)(operands, partials, source)
    return node


def _are_leaves(operands: Sequence[Any]) -> bool:
    return all(type(x) is float or x._primitive is None for x in operands)


def make_captured_call(spec: Specialization, name: str) -> Callable[..., Any]:
    """A function of a path's floats: (node,), or what its code gives in place of results.

    For a path whose one result depends on captured leaves.
    """
    captured = spec.captured
    count = spec.tape.inputs - len(captured)
    call = spec.compile_gradient((False,) * count + (True,) * len(captured)).call
    constants = (None,) * count
    primitive = get_primitive(spec, name, 0)

    def called(*numbers: float) -> Any:
        found = call(*numbers, *captured)
        if type(found) is not tuple:
            return found
        operands = (*numbers, *captured)
        partials = constants + found[1:]
        return (make_many_node(found[0], primitive, operands, partials, leaves=True, source=spec),)

    return called


class LazyOperands(FusedOperands):
    """Operands whose partials are computed when a sweep first asks for them."""

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
    """The partials of one of several results."""
    wanted = tuple([isinstance(x, Value) for x in operands])
    numbers = [x._primal if isinstance(x, Value) else x for x in operands]
    seeds = [1.0 if k == output else 0.0 for k in range(spec.count)]
    tape, compiled = spec.compile_row(wanted)
    found = compiled.call(*numbers, *seeds)
    if type(found) is not tuple:
        found = tape.compute_outputs([*numbers, *seeds])
    partials = iter(found[len(seeds) :])
    return tuple([next(partials) if want else None for want in wanted])


def run_on_values(spec: Specialization, name: str, operands: Sequence[Any]) -> list[Any]:
    """The results of a path on Values and floats: a node for each."""
    found = spec.compile_value().call(*operands)
    if type(found) is not tuple:
        return interpret(spec.tape, operands)
    return make_fused_nodes(spec, name, tuple(operands), found)


def make_fused_nodes(
    spec: Specialization, name: str, operands: tuple[Any, ...], numbers: Sequence[float]
) -> list[Any]:
    """One node per result, whose partials are computed when they are asked for."""
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
    found = spec.primitives.get(output)
    if found is None:
        found = spec.primitives[output] = FusedPrimitive(name, spec, output)
    return found


def _interpret_partials(tape: Tape, operands: Sequence[Any]) -> list[Any]:
    """The partials of a tape's one result as an eager run gives them."""
    own = {id(x): x for x in operands if isinstance(x, Value)}

    def pulled() -> list[Any]:
        return Subgraph(list(own.values()), interpret(tape, operands), as_values=True).pull([1.0])

    partials = contexts.within({"quiet": True}, pulled)
    found = dict(zip(own, partials, strict=True))
    # an operand that stands twice has its whole partial at its first place
    return [found.pop(id(x), 0.0) for x in operands]


def interpret(tape: Tape, operands: Sequence[Any]) -> list[Any]:
    """The tape's results on Values, operation by operation, as an eager run makes them."""
    slots = list(operands)
    for primitive, own in tape.code:
        slots.append(primitive(*[tape.get_value(s, slots) for s in own]))
    return [tape.get_value(s, slots) for s in tape.outputs]
