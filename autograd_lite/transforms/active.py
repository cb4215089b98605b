"""Adjoints and tangents while it is not yet known which operands are chosen.

An eager run knows: an operand that `where` or `relu` did not choose has no edge. While `jit`
records, every operand keeps its edge, and whether a derivative passes it is a condition on the
graph, `active`, which each replay computes anew. Where it is false the number is -0.0, the neutral
element of addition (x + 0.0 would turn a -0.0 into 0.0), so sums round as in an eager run.
"""

from typing import Any, NamedTuple

from ..core.formulas import select
from ..core.table import and_, or_


class Derivative(NamedTuple):
    """An adjoint or tangent: -0.0 unless `active`, which is True or a condition on the graph."""

    number: Any
    active: Any = True


def multiply(edge: tuple[Any, bool], derivative: Derivative) -> Derivative | None:
    """Return what passes an edge; None if nothing ever does.

    Args:
        edge: the partial, and whether it means that the operand was not chosen if it is zero.
        derivative: what arrives.
    """
    partial, selects = edge
    chosen = partial != 0.0 if selects else True
    if chosen is False:
        return None
    if type(partial) is float and partial == 1.0:
        return derivative
    active = _both(derivative.active, chosen)
    # where it is inactive the product may be 0 * inf
    return Derivative(select(active, partial * derivative.number, -0.0), active)


def add(derivative: Derivative, other: Derivative) -> Derivative:
    """Return the sum, which is active where one of the two is."""
    always = derivative.active is True or other.active is True
    active = True if always else or_(derivative.active, other.active)
    return Derivative(derivative.number + other.number, active)


def finish(derivative: Derivative | None) -> Any:
    """Return the number itself, with 0.0 where no derivative arrived."""
    return 0.0 if derivative is None else select(derivative.active, derivative.number, 0.0)


def _both(a: Any, b: Any) -> Any:
    if a is True:
        return b
    return a if b is True or a is b else and_(a, b)
