"""Adjoints and tangents while it is still open which operands are chosen.

An eager run knows: what `where` or `relu` did not choose has no edge, and nothing flows. While
`jit` records, every operand keeps its edge, and whether something flows is a truth of its own,
`live`, computed anew at each replay. Where nothing flows the amount is -0.0, the neutral element of
addition (x + 0.0 would turn a -0.0 into 0.0), so that sums round as in an eager run.
"""

from typing import Any, NamedTuple

from ..core.formulas import select
from ..core.table import and_, or_


class Flow(NamedTuple):
    """An adjoint or tangent: -0.0 unless `live`, which is True or a truth on the graph."""

    amount: Any
    live: Any = True


def through(partial: Any, flow: Flow, selects: bool) -> Flow | None:
    """What an edge passes on; None if never anything."""
    chosen = partial != 0.0 if selects else True
    if chosen is False:
        return None
    if type(partial) is float and partial == 1.0:
        return flow
    live = _both(flow.live, chosen)
    # where nothing flows the product may be 0 * inf
    return Flow(select(live, partial * flow.amount, -0.0), live)


def joined(flow: Flow | None, other: Flow) -> Flow:
    """The sum of two flows into one node."""
    if flow is None:
        return other
    either = flow.live is True or other.live is True
    live = True if either else or_(flow.live, other.live)
    return Flow(flow.amount + other.amount, live)


def settled(flow: Flow | None) -> Any:
    """The adjoint or tangent as a number: 0.0 where nothing flowed."""
    return 0.0 if flow is None else select(flow.live, flow.amount, 0.0)


def _both(a: Any, b: Any) -> Any:
    if a is True:
        return b
    return a if b is True or a is b else and_(a, b)
