"""The numbers of the step-by-step page: every value, product and sum, as the engine has them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from .._util.text import shown
from ..core import contexts
from ..core.value import Value, topological_order
from ..drawing.boxes import Boxes
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


def _backward(root: Value, numbers: dict[int, int]) -> tuple[list[float], list[_Product]]:
    """The gradient of every node and the products in turn, as `sweep` adds them up."""
    waiting = {id(root): 0}
    found = [root]
    for node in found:  # which grows meanwhile
        for x, _ in node.edges():
            if x.primitive is not None:
                if id(x) not in waiting:
                    found.append(x)
                waiting[id(x)] = waiting.get(id(x), 0) + 1
    grads = [0.0] * len(numbers)
    grads[numbers[id(root)]] = 1.0
    products = []
    ready = [root] if root.primitive is not None else []
    while ready:
        node = ready.pop()
        j = numbers[id(node)]
        places = _places(node)
        for x, d in node.edges(grads[j]):
            i = numbers[id(x)]
            grads[i] += d * grads[j]
            k = next(k for k, operand in places if operand is x)
            products.append(_Product((j, k), d * grads[j], grads[i]))
        for x, _ in node.edges():
            if id(x) in waiting:
                waiting[id(x)] -= 1
                if not waiting[id(x)]:
                    ready.append(x)
    return grads, products


def _places(node: Value) -> Iterator[tuple[int, Value]]:
    """The place of every operand that a derivative flows to."""
    return ((k, x) for k, (x, d) in enumerate(node.operand_partials()) if d is not None)


def _labels(order: list[Value]) -> list[str]:
    """A name for every node, unlike all others: its own one, or v with its number."""
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


def described(root: Value) -> tuple[list[Value], dict[str, Any]]:
    """The nodes in order, and what the page shows of them."""
    order = topological_order(root)
    numbers = {id(node): number for number, node in enumerate(order)}
    labels = _labels(order)
    grads, products = _backward(root, numbers)
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []
    index: dict[tuple[int, int], int] = {}
    steps = {step.edge: step for step in products}
    boxes = Boxes(order).of
    scopes = {id(b): shown(" / ".join([x.title for x in b.path()]), _NAME) for b in set(boxes)}
    reached = {j for j, _ in steps}
    for j, node in enumerate(order):
        names = [labels[numbers[id(x)]] if isinstance(x, Value) else None for x in node.operands]
        nodes.append(_node(node, labels[j], grads[j], names))
        if scope := scopes[id(boxes[j])]:
            nodes[j]["scope"] = scope
        for k, (x, d, rule) in enumerate(_rules(node, labels[j], names)):
            if isinstance(x, Value):
                index[j, k] = len(edges)
                edges.append(_edge(numbers[id(x)], j, d, rule, steps.get((j, k)), j in reached))
    data = {
        "root": numbers[id(root)],
        "nodes": nodes,
        "edges": edges,
        "forward": [j for j, node in enumerate(order) if node.primitive is not None],
        "backward": [[index[step.edge], repr(step.total)] for step in products],
    }
    return order, data


def _edge(
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


def _node(node: Value, label: str, grad: float, names: list[str | None]) -> dict[str, Any]:
    described: dict[str, Any] = {"label": label, "value": repr(node._primal), "grad": repr(grad)}
    if node.name:
        described["name"] = shown(node.name, _NAME)
    if node.primitive is not None:
        described["op"] = shown(node.op, _NAME)
        described["symbol"] = shown(node.primitive.label, _LABEL)
        operands = [getattr(x, "_primal", x) for x in node.operands]
        described["formula"] = write_formula(node.primitive, names, operands)
        described["numbers"] = write_formula(node.primitive, [""] * len(names), operands)
    source = contexts.source_of(node)
    if source:
        described["source"] = shown(source, _NAME)
    return described


def _rules(node: Value, label: str, names: list[str | None]) -> Iterator[tuple[Any, Any, Any]]:
    """(operand, partial, rule) of every operand."""
    if node.primitive is None:
        return iter(())
    operands = [getattr(x, "_primal", x) for x in node.operands]
    partials = [d for _, d in node.operand_partials()]
    found = write_rules(node.primitive, names, operands, (label, node._primal), partials)
    return zip(node.operands, partials, found, strict=True)
