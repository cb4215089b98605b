"""A recording of `grad(f)`: f is recorded alone, and its tape differentiated.

To run `grad(f)` on Values gives the same operations, but makes them as nodes first; and a loop in f
could not be found in them again.
"""

from typing import Any

from ...core.node import Node
from ...core.value import Value
from ...transforms.derivatives import GradientSpec, resolve_argnums
from ..record.arguments import NUMBER, ArrayShape, Call, Container, Result, Static, read_result
from ..record.recorder import Condition, record_trace
from .specialization import GradientMask, Specialization


def specialize_gradient(
    request: GradientSpec, call: Call, backend: str, roll: bool
) -> Specialization | None:
    """The path of a gradient at these numbers; None where it is to be recorded as it is."""
    if call.names or call.static:
        return None
    wanted = _find_wanted(request, call)
    if wanted is None:
        return None
    numbers = [x._primal if isinstance(x, Value) else x for x in call.numbers]
    recorder, returned = record_trace(request.f, numbers, call.arguments)
    if not isinstance(returned, Node) or isinstance(returned, Condition):
        return None
    result = read_result(returned, "the result")
    tape = recorder.tape(result.outputs)
    mask = (*wanted, *[False] * len(recorder.captured))
    leaves = [Value(0.0) for _ in range(sum(mask) + request.with_value)]
    found = Result(_make_result_shape(request, call), leaves)
    gradient = GradientMask(mask, request.with_value)
    return Specialization(tape, recorder.captured, found, backend, roll, gradient)


def _find_wanted(request: GradientSpec, call: Call) -> list[bool] | None:
    """For each number of the call, whether to differentiate by it."""
    try:
        chosen, _ = resolve_argnums(request.f, request.argnums, len(call.shapes))
    except (TypeError, ValueError):
        return None  # the function itself says so
    if chosen != sorted(chosen):
        return None  # the partials come in the order of the arguments
    wanted: list[bool] = []
    for i, shape in enumerate(call.shapes):
        if i in chosen and _has_static(shape):
            return None
        wanted += [i in chosen] * _count_numbers(shape)
    return wanted


def _make_result_shape(request: GradientSpec, call: Call) -> Any:
    chosen, one = resolve_argnums(request.f, request.argnums, len(call.shapes))
    shapes = tuple([call.shapes[i] for i in chosen])
    gradient = shapes[0] if one else Container(tuple, shapes)
    return Container(tuple, (NUMBER, gradient)) if request.with_value else gradient


def _count_numbers(shape: Any) -> int:
    if isinstance(shape, ArrayShape):
        return shape.size
    if isinstance(shape, Container):
        return sum(map(_count_numbers, shape.parts))
    return int(shape is NUMBER)


def _has_static(shape: Any) -> bool:
    if isinstance(shape, Container):
        return any(map(_has_static, shape.parts))
    return isinstance(shape, Static)
