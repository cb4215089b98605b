"""The functions: on floats and Values alike, mixed as they come.

With no Value among the operands the result is a float; otherwise it is a node. Nearly all of them
are made from the rows of the table; those that do more than apply a row are written out. Type
checkers and editors read `functions.pyi`, which `python -m tests.stubs --write` writes.
"""

from collections.abc import Iterable
from functools import reduce
from typing import Any, TypeAlias, TypeVar, overload

from . import contexts, table
from .callables import name_after_row
from .operands import to_float
from .table import TABLE, Primitive
from .value import Value

__all__ = ["dot", "softmax", "stop_gradient", "where"]

Real = TypeVar("Real", float, Value, Value | float)
Scalar: TypeAlias = Value | float
Numbers: TypeAlias = Iterable[Scalar]


def make_function(row: Primitive, name: str) -> Any:
    """Return the public function that applies a row."""
    function: Any
    if row.arity == 1:

        def function(x: Real) -> Real:
            if type(x) is Value:
                return x._apply(row)
            return row.value(x) if type(x) is float else _apply(row, x)  # type: ignore[no-any-return]

    elif row.arity == 2:

        def function(x: Scalar, y: Scalar) -> Scalar:
            return _apply(row, x, y)  # type: ignore[no-any-return]

    elif row.arity == 3:

        def function(x: Scalar, y: Scalar, z: Scalar) -> Scalar:
            return _apply(row, x, y, z)  # type: ignore[no-any-return]

    else:

        def function(xs: Numbers) -> Scalar:
            return _apply(row, *_list(name, xs))  # type: ignore[no-any-return]

    return name_after_row(function, name, row, row.operands)


def _apply(row: Primitive, *operands: Any) -> Any:
    if row.arity == 1 and type(operands[0]) is Value:
        return operands[0]._apply(row)
    return row(*[x if type(x) is float or hasattr(x, "record") else to_float(x) for x in operands])


def _list(name: str, xs: Any) -> list[Any]:
    if isinstance(xs, (Value, int, float, str)) or not isinstance(xs, Iterable):
        raise TypeError(f"{name} takes an iterable of numbers, not {type(xs).__name__}")
    return list(xs)


# Functions that do more than apply a row


@overload
def where(condition: Any, x: Value, y: Value | float) -> Value: ...
@overload
def where(condition: Any, x: float, y: Value) -> Value: ...
@overload
def where(condition: Any, x: float, y: float) -> float: ...
def where(condition: Any, x: Value | float, y: Value | float) -> Value | float:
    """Return x where the condition holds, else y; the other one contributes nothing at all.

    Raises:
        TypeError: the condition is -1 or -2, which `~` makes of a bool.

    >>> import autograd_lite as ag
    >>> ag.grad(lambda x: ag.where(x < 1.0, x, ag.sqrt(x)))(0.0)
    1.0
    """
    return _apply(table.where, _as_condition(condition), x, y)  # type: ignore[no-any-return]


def _as_condition(condition: Any) -> Any:
    if isinstance(condition, Value):
        # while `jit` records, select on the number of a later call; otherwise on today's
        if contexts.active and contexts.state.recorder:
            return condition
        return float(condition._primal != 0.0)
    if type(condition) is int and condition in (-1, -2):
        raise TypeError(
            f"the condition of where is {condition}, which `~` makes of a bool in Python: write "
            "`not condition`, or 1 - condition"
        )
    return 1.0 if condition else 0.0


@overload
def dot(xs: Iterable[Value], ys: Numbers) -> Value: ...
@overload
def dot(xs: Iterable[float], ys: Iterable[Value]) -> Value: ...
@overload
def dot(xs: Iterable[float], ys: Iterable[float]) -> float: ...
@overload
def dot(xs: Numbers, ys: Numbers) -> Value | float: ...
def dot(xs: Any, ys: Any) -> Any:
    """Return the sum of products of two sequences of one length, as one node.

    Raises:
        ValueError: the lengths differ.

    >>> import autograd_lite as ag
    >>> ag.grad(lambda p: ag.dot(p, [3.0, 4.0]))([1.0, 2.0])
    [3.0, 4.0]
    """
    xs, ys = _list("dot", xs), _list("dot", ys)
    if len(xs) != len(ys):
        raise ValueError(f"dot takes two sequences of one length, not {len(xs)} and {len(ys)}")
    return _apply(table.dot, *xs, *ys)


def softmax(xs: Numbers) -> list[Any]:
    """Return exp(x) / sum(exp(x)) for each x, without overflow.

    The largest operand is subtracted as a constant: the quotient does not depend on it, so neither
    do the derivatives.

    >>> import autograd_lite as ag
    >>> ag.softmax([1000.0, 1000.0])
    [0.5, 0.5]
    """
    xs = _list("softmax", xs)
    if not xs:
        return []
    top = stop_gradient(reduce(lambda x, y: _apply(table.maximum, x, y), xs))
    powers = [_apply(table.exp, x - top) for x in xs]
    total = _apply(table.sum_, *powers)
    return [power / total for power in powers]


def stop_gradient(x: Real) -> Real:
    """Return x itself, as a constant to every derivative, as in JAX.

    Unlike `v.detach()`, which makes a new leaf, the node stays part of its graph and of pictures.

    >>> import autograd_lite as ag
    >>> ag.grad(lambda x: x * ag.stop_gradient(x))(3.0)
    3.0
    """
    return _apply(table.stop_gradient, x)  # type: ignore[no-any-return]


for _row in TABLE.values():
    if _row.names and _row.names[0] not in __all__:
        globals().update(dict.fromkeys(_row.names, make_function(_row, _row.names[0])))
        __all__ += _row.names
__all__.sort()
