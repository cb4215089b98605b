"""Recording: how any operation makes a node, whichever contexts are open.

`value.py` writes the most frequent operations out for speed; all others come here.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from . import contexts
from .compiled import mypyc_attr
from .diagnostics import report_not_finite
from .many import Many
from .node import Node
from .operands import comparable, is_operand, to_float
from .primitive import Primitive

if TYPE_CHECKING:
    from .types import Result, Truth

_N = TypeVar("_N", bound=Node)

# The class of every node: Value, which stands above this file and so sets it itself.
node_class: Any = Node


def record(primitive: Primitive, operands: Sequence[Any]) -> "Result":
    """Return the node that `primitive` makes of operands, which are Values and real numbers.

    Raises:
        TypeError: an operand is not a real number, or there are too few or too many of them.
    """
    settings = contexts.current() if contexts.active else contexts.NO_SETTINGS
    if settings.recorder is not None:
        return settings.recorder.record(primitive, operands)  # type: ignore[no-any-return]
    values = [x._primal if isinstance(x, Node) else to_float(x) for x in operands]
    if primitive.arity is not None and len(values) != primitive.arity:
        raise TypeError(f"{primitive.name} takes {primitive.arity} operands, not {len(values)}")
    result = primitive.value(*values)
    if result - result != 0.0:
        report_not_finite(primitive, values, result)
    if settings.recording:
        node = _make_result(primitive, operands, values, result)
    else:
        node = make_node(result, 0.0, None, None, (), ())
    if settings.places is not None and settings.recording:
        settings.places.note(node)
    if settings.scope is not None:
        node._name = settings.scope
    return node


def _make_result(
    primitive: Primitive, operands: Sequence[Any], values: list[float], result: float
) -> "Result":
    """Return the node of a result, with the partials with respect to operands that are nodes."""
    wanted = [isinstance(x, Node) for x in operands]
    partials = primitive.local_partials(values, result, wanted)
    if len(partials) != len(values):
        raise TypeError(
            f"the partials of {primitive.name} are {len(partials)}, but it has {len(values)} "
            "operands"
        )
    partials = [float(d) if want else None for d, want in zip(partials, wanted, strict=True)]
    if primitive.arity is not None:
        pairs = zip(partials, primitive.selects, strict=True)
        partials = [None if d == 0.0 and selects else d for d, selects in pairs]
    if not all(wanted):
        rows = zip(operands, values, wanted, strict=True)
        operands = [x if want else value for x, value, want in rows]
    return make_node(result, 0.0, None, primitive, operands, partials)


def record_pair(primitive: Primitive, x: Any, y: Any) -> "Result":
    """Return the node of a binary operator, NotImplemented where an operand is not a number."""
    for operand in (x, y):
        kind = type(operand)
        if kind is not node_class and kind is not float and not is_operand(operand):
            return NotImplemented  # type: ignore[no-any-return]
    if contexts.active:
        return record(primitive, (x, y))
    a = x._primal if isinstance(x, Node) else float(x)
    b = y._primal if isinstance(y, Node) else float(y)
    result = primitive.value(a, b)
    if result - result != 0.0:
        report_not_finite(primitive, (a, b), result)
    partial_x, partial_y = primitive.partials
    dx = partial_x(a, b, result) if isinstance(x, Node) else None
    dy = partial_y(a, b, result) if isinstance(y, Node) else None
    node: Node = new_node(node_class)
    node._primal, node._primitive = result, primitive
    node._x = x if isinstance(x, Node) else a
    node._y = y if isinstance(y, Node) else b
    node._dx = None if dx == 0.0 and primitive.selects[0] else dx
    node._dy = None if dy == 0.0 and primitive.selects[1] else dy
    node.grad, node._pending = 0.0, 0
    return node  # type: ignore[return-value]


def record_comparison(primitive: Primitive, x: Node, y: Any) -> "Truth":
    """Return the truth of a comparison while a context is open: a node if `jit` records."""
    if not is_operand(y):
        return NotImplemented  # type: ignore[no-any-return]
    recorder = contexts.current().recorder
    if recorder is not None:
        return recorder.record(primitive, (x, y))  # type: ignore[no-any-return]
    return primitive.value(x._primal, y._primal if isinstance(y, Node) else comparable(y)) != 0.0


def make_node(
    data: float,
    grad: float,
    name: str | None,
    primitive: Primitive | None,
    operands: Sequence[Any],
    partials: Sequence[float | None],
    kind: Any = None,
) -> "Result":
    """Return a node with these fields, a leaf where `primitive` is None; a Value unless told."""
    node: Node = new_node(kind or node_class)
    node._primal, node.grad, node._pending = data, grad, 0
    node._primitive = primitive
    node._x = node._y = node._dx = node._dy = None
    if name is not None:
        node._name = name
    arity = 0 if primitive is None else primitive.arity
    if arity == 1:
        node._x, node._dx = operands[0], partials[0]
    elif arity == 2:
        node._x, node._dx = operands[0], partials[0]
        node._y, node._dy = operands[1], partials[1]
    elif arity != 0:
        node._x, node._y = 0.0, Many(tuple(operands), tuple(partials))
    return node  # type: ignore[return-value]


@mypyc_attr(allow_interpreted_subclasses=True)
class _Blank:
    """`_Blank.__new__(kind)` is `object.__new__(kind)` in the one form that mypyc can compile."""

    def __new__(cls: Any) -> Any:
        return object.__new__(cls)


def new_node(kind: type[_N]) -> _N:
    """Return a node of that class without any field, not even data."""
    return _Blank.__new__(kind)  # type: ignore[no-any-return]


if hasattr(new_node, "__code__"):  # not compiled: save a call for each node
    globals()["new_node"] = object.__new__
