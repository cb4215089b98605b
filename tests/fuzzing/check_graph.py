"""Copies of graphs, and finite differences."""

import copy
import pickle
from typing import Any

import autograd_lite as ag
from autograd_lite.core.order import topological_order

from .bounds import Unsettled
from .common import Finding, PassedOver, Under, leaves_of
from .engines import Unsupported
from .generate import Case

__all__ = ["check_copies", "check_differences"]


def check_copies(case: Case) -> None:
    """Pickled and deep copies have the same nodes, share what was shared, and differentiate."""
    under = Under(case.program)
    for n, point in enumerate(case.points):
        inputs = [ag.Value(x, name=f"x{i}" if i % 2 else None) for i, x in enumerate(point)]
        try:
            result = under.f(*under.args(inputs))
        except (ValueError, OverflowError):
            continue
        roots = [y for y in leaves_of(result) if isinstance(y, ag.Value)]
        if not roots:
            raise PassedOver("no graph")
        if n % 2:
            roots[0].backward()  # copies carry gradients too
        ways = ((pickled, "pickle.loads(pickle.dumps({}))"), (copy.deepcopy, "copy.deepcopy({})"))
        for way, text in ways:
            twins = way([roots, inputs])
            _compare(twins, [roots, inputs], text, "", n)
            others = copy.deepcopy([roots, inputs])
            for ends in (twins, others):
                for root in ends[0]:
                    root.backward()
            _compare(twins, others, text, ", after backward()", n)


def pickled(graph: Any) -> Any:
    return pickle.loads(pickle.dumps(graph))


def _compare(twins: Any, originals: Any, text: str, when: str, n: int) -> None:
    found, expected = [_described(graph) for graph in (twins, originals)]
    if found != expected:
        way = text.format("f(*values)")
        raise Finding(f"copies{when}", way, "f(*values)", n, found, expected)


def _described(graph: Any) -> list[Any]:
    """Every node of a graph, with its operands by number."""
    roots, inputs = graph
    nodes = topological_order(*roots, *inputs)
    places = {id(node): i for i, node in enumerate(nodes)}
    rows: list[Any] = [[places[id(node)] for node in (*roots, *inputs)]]
    for node in nodes:
        operands = [places.get(id(x), repr(x)) for x in getattr(node, "operands", ())]
        partials = [repr(d) for d in node.partials]
        rows.append((node.op, node.name, repr(node.data), repr(node.grad), operands, partials))
    return rows


def check_differences(case: Case) -> None:
    """`ag.testing.check_grads` agrees with both modes, to the second order."""
    under = Under(case.program)
    tried = 0
    for n, point in enumerate(case.points):
        try:
            under.bound(point, 0, [], away=True)
        except (Unsettled, Unsupported) as found:
            reason = found
            continue
        tried += 1
        order = 2 if len(point) < 6 else 1
        try:
            ag.testing.check_grads(under.flat, (list(point),), order=order)
        except AssertionError as error:
            text = f"ag.testing.check_grads(flat, (point,), order={order})"
            raise Finding("differences", text, "None", n, str(error)) from None
    if not tried:
        raise PassedOver(str(reason) or "no straight line")
