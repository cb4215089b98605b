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
from .specialization import Path


class Fused(Primitive):
    """What a jitted call computes, as a primitive of the call's numbers and the captured Values."""

    __slots__ = ("_partial_paths", "path")

    def __init__(self, name: str, path: Path, output: int) -> None:
        super().__init__(name, self._value, [self._formula], ANY, variadic=True)
        self.path = path if path.count == 1 else single(path, output)
        self._partial_paths: dict[tuple[bool, ...], Path] = {}

    def _value(self, *numbers: float) -> float:
        return self.path.tape.outputs_of(numbers)[0]

    def _formula(self, *operands: Any) -> list[Any]:
        """The partials as nodes in turn, for derivatives of higher order."""
        *inputs, _ = operands
        if not self.path.of_rows:
            # the formulas of a user's primitive may ask for truths, which symbols have not
            return _interpreted_partials(self.path.tape, inputs)
        wanted = tuple([isinstance(x, Value) for x in inputs])
        if wanted not in self._partial_paths:
            self._partial_paths[wanted] = _partials_path(self.path, wanted)
        found = iter(nodes_of(self._partial_paths[wanted], f"{self.name}'", inputs))
        return [next(found) if want else 0.0 for want in wanted]

    def __reduce__(self) -> Any:
        raise TypeError(
            f"a node that {self.name} made is not pickled, since its code is not: pickle the "
            "function and its arguments, and call it again"
        )


def single(path: Path, output: int) -> Path:
    """The path with one of its results alone."""
    return Path(path.tape.with_output(output), path.captured, path.result, path.backend, path.roll)


def _partials_path(path: Path, wanted: tuple[bool, ...]) -> Path:
    """The partials of a path's one result by the wanted inputs, as results."""
    tape = with_gradient(path.tape, wanted, exact=True)
    tape.outputs, tape.guards = tape.outputs[1:], []
    return Path(tape, path.captured, path.result, path.backend, path.roll)


def fused_node(path: Path, name: str, inputs: tuple[Any, ...], found: Sequence[float]) -> Value:
    """The node of a path's one result, `found` being that and the partials by its Values."""
    partials: tuple[float | None, ...] = tuple(found[1:])
    if len(partials) < len(inputs):
        rest = iter(partials)
        partials = tuple([next(rest) if isinstance(x, Value) else None for x in inputs])
    numbers = inputs[: len(inputs) - len(path.captured)]
    leaves = path.has_leaves and _are_leaves(numbers)
    return node_of_many(found[0], primitive_of(path, name, 0), inputs, partials, leaves, path)


def node_of_many(
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


def captured_call(path: Path, name: str) -> Callable[..., Any]:
    """A function of a path's floats: (node,), or what its code gives in place of results.

    For a path whose one result depends on captured leaves.
    """
    captured = path.captured
    count = path.tape.inputs - len(captured)
    call = path.gradient((False,) * count + (True,) * len(captured)).call
    constants = (None,) * count
    primitive = primitive_of(path, name, 0)

    def called(*numbers: float) -> Any:
        found = call(*numbers, *captured)
        if type(found) is not tuple:
            return found
        operands = (*numbers, *captured)
        partials = constants + found[1:]
        return (node_of_many(found[0], primitive, operands, partials, leaves=True, source=path),)

    return called


class Later(FusedOperands):
    """Operands whose partials are computed when a sweep first asks for them."""

    __slots__ = ("_output", "_paths")

    def __init__(self, operands: tuple[Any, ...], path: Path, output: int, own: Path) -> None:
        super().__init__(operands, (), own)
        self._paths = path
        self._output = output

    def _computed(self) -> tuple[float | None, ...]:
        return _row(self._paths, self.operands, self._output)


def _row(path: Path, operands: Sequence[Any], output: int) -> tuple[float | None, ...]:
    """The partials of one of several results."""
    wanted = tuple([isinstance(x, Value) for x in operands])
    numbers = [x._primal if isinstance(x, Value) else x for x in operands]
    seeds = [1.0 if k == output else 0.0 for k in range(path.count)]
    tape, compiled = path.row(wanted)
    found = compiled.call(*numbers, *seeds)
    if type(found) is not tuple:
        found = tape.outputs_of([*numbers, *seeds])
    partials = iter(found[len(seeds) :])
    return tuple([next(partials) if want else None for want in wanted])


def nodes_of(path: Path, name: str, operands: Sequence[Any]) -> list[Any]:
    """The results of a path on Values and floats: a node for each."""
    found = path.values().call(*operands)
    if type(found) is not tuple:
        return interpreted(path.tape, operands)
    return fused_nodes(path, name, tuple(operands), found)


def fused_nodes(
    path: Path, name: str, operands: tuple[Any, ...], numbers: Sequence[float]
) -> list[Any]:
    """One node per result, whose partials are computed when they are asked for."""
    nodes: list[Any] = []
    for k, (s, y) in enumerate(zip(path.tape.outputs, numbers, strict=True)):
        if s < 0:
            nodes.append(y)
            continue
        primitive = primitive_of(path, name, k)
        node = make_node(y, 0.0, None, primitive, operands, ())
        node._y = Later(operands, path, k, primitive.path)
        nodes.append(node)
    return nodes


def primitive_of(path: Path, name: str, output: int) -> Fused:
    found = path.primitives.get(output)
    if found is None:
        found = path.primitives[output] = Fused(name, path, output)
    return found


def _interpreted_partials(tape: Tape, operands: Sequence[Any]) -> list[Any]:
    """The partials of a tape's one result as an eager run gives them."""
    own = {id(x): x for x in operands if isinstance(x, Value)}

    def pulled() -> list[Any]:
        return Subgraph(list(own.values()), interpreted(tape, operands), as_values=True).pull([1.0])

    partials = contexts.within({"quiet": True}, pulled)
    found = dict(zip(own, partials, strict=True))
    # an operand that stands twice has its whole partial at its first place
    return [found.pop(id(x), 0.0) for x in operands]


def interpreted(tape: Tape, operands: Sequence[Any]) -> list[Any]:
    """The tape's results on Values, operation by operation, as an eager run makes them."""
    slots = list(operands)
    for primitive, own in tape.code:
        slots.append(primitive(*[tape.value_of(s, slots) for s in own]))
    return [tape.value_of(s, slots) for s in tape.outputs]
