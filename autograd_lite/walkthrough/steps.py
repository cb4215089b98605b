"""The numbers of the step-by-step page: every value, product and sum, as the engine has them."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .._util.text import shown
from ..core.anomalies import source_of
from ..core.order import topological_order, visit
from ..core.value import Value
from ..drawing.boxes import Boxes
from ..transforms import chain_rule
from .rules import Rule, write_formula, write_rules

_LABEL = 16  # characters of a name that formulas show; the page shows more beside them
_NAME = 200
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_NOT_CHOSEN = "not chosen"


class _Product(NamedTuple):
    """One step of the backward pass."""

    edge: tuple[int, int]  # number of the consumer, place of the operand
    product: float
    total: float  # the gradient of the operand, with it


def _apply_chain_rule(order: list[Value]) -> tuple[list[float], list[_Product]]:
    """Return the gradient of every node, and the products in the order in which `backward()` adds.

    Args:
        order: a graph, operands before results; the last is the one to differentiate.
    """
    numbers = {id(node): j for j, node in enumerate(order)}
    root = len(order) - 1
    gradients = [0.0] * root + [1.0]
    products = []

    def edges(j: int, adjoint: float) -> Iterator[tuple[int, float]]:
        places = enumerate(order[j].operand_partials())
        for x, d in order[j].edges(adjoint):
            i = numbers[id(x)]
            yield i, d  # and go on once the product has been added
            k = next(k for k, (operand, chosen) in places if operand is x and chosen is not None)
            products.append(_Product((j, k), d * adjoint, gradients[i]))

    chain_rule.pull(_order_backward(order, numbers), edges, gradients)
    return gradients, products


def _order_backward(order: list[Value], numbers: dict[int, int]) -> Sequence[int]:
    """Return the numbers in the order of `backward()`, which follows chosen operands alone."""
    root = len(order) - 1
    operands: list[list[int]] = [[] for _ in order]
    reached = {root}
    for j in reversed(range(len(order))):
        if j in reached:
            operands[j] = [numbers[id(x)] for x, _ in order[j].edges()]
            reached.update(operands[j])
    return visit([root], operands)


def _make_labels(order: list[Value]) -> list[str]:
    """Return a unique label for every node: its own name, or v with its number."""
    used: set[str] = set()
    labels = []
    for number, node in enumerate(order):
        subscript = str(number).translate(_SUBSCRIPTS)
        label = shown(node.name, _LABEL) if node.name else f"v{subscript}"
        while label in used:
            label += subscript
        used.add(label)
        labels.append(label)
    return labels


def describe(root: Value) -> tuple[list[Value], dict[str, Any]]:
    """Return the nodes, operands before results, and what the page shows of them."""
    order = topological_order(root)
    numbers = {id(node): number for number, node in enumerate(order)}
    labels = _make_labels(order)
    gradients, products = _apply_chain_rule(order)
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []
    index: dict[tuple[int, int], int] = {}
    steps = {step.edge: step for step in products}
    boxes = Boxes(order).of
    scopes = {id(b): shown(" / ".join([x.title for x in b.path()]), _NAME) for b in set(boxes)}
    reached = {j for j, _ in steps}
    for j, node in enumerate(order):
        names = [labels[numbers[id(x)]] if isinstance(x, Value) else None for x in node.operands]
        nodes.append(_describe_node(node, labels[j], gradients[j], names))
        if scope := scopes[id(boxes[j])]:
            nodes[j]["scope"] = scope
        for k, (x, d, rule) in enumerate(_write_rules(node, labels[j], names)):
            if isinstance(x, Value):
                index[j, k] = len(edges)
                edges.append(
                    _describe_edge(numbers[id(x)], j, d, rule, steps.get((j, k)), j in reached)
                )
    data = {
        "root": numbers[id(root)],
        "nodes": nodes,
        "edges": edges,
        "forward": [j for j, node in enumerate(order) if node.primitive is not None],
        "backward": [[index[step.edge], repr(step.total)] for step in products],
    }
    return order, data


def _describe_edge(
    start: int, end: int, d: float | None, rule: Rule | None, step: _Product | None, reached: bool
) -> dict[str, Any]:
    edge: dict[str, Any] = {"from": start, "to": end, "partial": None if d is None else repr(d)}
    if step is not None:
        edge["product"] = repr(step.product)
    else:
        edge["none"] = _NOT_CHOSEN if d is None or reached else "not reached"
    if rule is not None:
        edge["rule"] = rule._asdict()
    return edge


def _describe_node(node: Value, label: str, grad: float, names: list[str | None]) -> dict[str, Any]:
    shows: dict[str, Any] = {"label": label, "value": repr(node._primal), "grad": repr(grad)}
    if node.name:
        shows["name"] = shown(node.name, _NAME)
    if node.primitive is not None:
        shows["op"] = shown(node.op, _NAME)
        shows["symbol"] = shown(node.primitive.label, _LABEL)
        operands = [getattr(x, "_primal", x) for x in node.operands]
        shows["formula"] = write_formula(node.primitive, names, operands)
        shows["numbers"] = write_formula(node.primitive, [""] * len(names), operands)
    source = source_of(node)
    if source:
        shows["source"] = shown(source, _NAME)
    return shows


def _write_rules(
    node: Value, label: str, names: list[str | None]
) -> Iterator[tuple[Any, Any, Any]]:
    """Return (operand, partial, rule) for every operand."""
    if node.primitive is None:
        return iter(())
    operands = [getattr(x, "_primal", x) for x in node.operands]
    partials = [d for _, d in node.operand_partials()]
    written = write_rules(node.primitive, names, operands, (label, node._primal), partials)
    return zip(node.operands, partials, written, strict=True)
