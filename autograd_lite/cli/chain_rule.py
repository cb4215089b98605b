"""List the products of the chain rule in a graph whose `backward()` has run."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..core import table
from ..core.order import topological_order
from ..core.table import Primitive
from ..core.value import Value

# Operations that are written with an operator; all others are written as calls.
_SIGNS: dict[Primitive, str] = {
    table.add: "+",
    table.sub: "-",
    table.mul: "*",
    table.div: "/",
    table.floordiv: "//",
    table.mod: "%",
    table.pow: "**",
    table.neg: "-",
    table.identity: "+",
}


@dataclass(frozen=True)
class Edge:
    """The contribution of a node to the adjoint of one operand: partial * adjoint.

    `product` is None if there is no contribution: the operand was not chosen (`where`, `relu`,
    `floor`), or no adjoint reaches the node.
    """

    operand: str
    partial: float
    product: float | None


@dataclass(frozen=True)
class Row:
    """One node: its name, its operation as text, its value and its adjoint d(result)/d(node)."""

    node: str
    operation: str
    op: str
    value: float
    adjoint: float
    operands: tuple[Edge, ...]


def name_nodes(root: Value, variables: Mapping[str, Value]) -> list[Value]:
    """Name the operations v1, v2, ..., and return all nodes of the graph, operands first."""
    order: list[Value] = topological_order(root)
    prefix = "v"
    while any(name.startswith(prefix) and name[len(prefix) :].isdigit() for name in variables):
        prefix += "_"
    operations = [node for node in order if node.primitive is not None]
    for number, node in enumerate(operations, 1):
        node.name = f"{prefix}{number}"
    return order


def list_rows(root: Value, order: list[Value]) -> list[Row]:
    """Return a row for each operation, results first, as `backward()` could visit them."""
    reached = {id(root)}
    rows = []
    for node in reversed(order):
        if id(node) in reached:
            reached.update(id(x) for x, _ in node.edges(node.grad))
        if node.primitive is not None:
            rows.append(_make_row(node, id(node) in reached))
    return rows


def _make_row(node: Value, reached: bool) -> Row:
    operands = [x.name or "" if isinstance(x, Value) else f"{x:.6g}" for x in node.operands]
    edges = tuple(
        Edge(name, 0.0 if d is None else d, d * node.grad if reached and d is not None else None)
        for name, (x, d) in zip(operands, node.operand_partials(), strict=True)
        if isinstance(x, Value)
    )
    operation = _write_operation(node, operands)
    return Row(node.name or "", operation, node.op, node.data, node.grad, edges)


def _write_operation(node: Value, operands: list[str]) -> str:
    """Return the operation as Python would write it, on the names of its operands."""
    sign = None if node.primitive is None else _SIGNS.get(node.primitive)
    if sign is None:
        return f"{node.op}({', '.join(operands)})"
    return f" {sign} ".join(operands) if len(operands) == 2 else sign + operands[0]
