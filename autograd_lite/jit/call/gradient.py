"""Specializations of `grad(f)`: f alone is traced, and its tape is differentiated.

Tracing `grad(f)` itself gives the same operations, but makes a node of each first, and f's loops
could not be found among them.
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
    """Compile a gradient at these numbers; None where `grad(f)` itself must be traced."""
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
    partials = Result(_make_result_shape(request, call), leaves)
    gradient = GradientMask(mask, request.with_value)
    return Specialization(tape, recorder.captured, partials, backend, roll, gradient)


def _find_wanted(request: GradientSpec, call: Call) -> list[bool] | None:
    """Return for each number of the call whether to differentiate with respect to it."""
    try:
        positions, _ = resolve_argnums(request.f, request.argnums, len(call.shapes))
    except (TypeError, ValueError):
        return None  # grad(f) itself raises it
    if positions != sorted(positions):
        return None  # partials come in the order of the arguments here
    wanted: list[bool] = []
    for i, shape in enumerate(call.shapes):
        if i in positions and _has_static(shape):
            return None
        wanted += [i in positions] * _count_numbers(shape)
    return wanted


def _make_result_shape(request: GradientSpec, call: Call) -> Any:
    """Return the shape of what `grad(f)` returns."""
    positions, one = resolve_argnums(request.f, request.argnums, len(call.shapes))
    shapes = tuple([call.shapes[i] for i in positions])
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
