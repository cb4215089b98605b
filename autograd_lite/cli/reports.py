"""What the command line prints: derivatives with the chain rule, checks, the operations."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from .. import testing
from .._util import json_numbers
from .._util.tabular import format_table
from .._util.text import shown
from ..core import table
from ..core.recording import make_node
from ..core.table import TABLE, Primitive
from ..core.value import Value
from ..drawing.draw import draw
from ..symbolic.latex import equation
from ..transforms.derivatives import grad, hessian
from ..walkthrough.explain import explain
from .chain_rule import named_nodes, rows_of
from .expressions import nearest
from .formula import Formula, UsageError


def derivatives(formula: Formula, options: Any, width: int, warned: Callable[[], list[str]]) -> str:
    """The value, every derivative and the chain rule, as text or as JSON.

    `options` has `order`, `svg`, `html`, `latex` and `json`; `warned` gives the warnings so far,
    for the JSON.
    """
    variables = {name: Value(x, name=name) for name, x in formula.point.items()}
    result = formula.at(list(variables.values()))
    if not isinstance(result, Value):
        result = Value(result)
    result.backward()
    if options.html is not None:
        _save(explain, result, "--html", options.html, (".html", ".htm"))
    formulas = _latex(result, list(variables.values()), options.order) if options.latex else None
    order = named_nodes(result, variables)
    if options.svg is not None:
        _save(draw, result, "--svg", options.svg, (".svg",))
    if formulas is not None:
        return formulas
    rows = rows_of(result, order) if variables else []
    second = hessian(formula.at)(list(formula.point.values())) if options.order == 2 else None
    slopes = {name: x.grad for name, x in variables.items()}
    if options.json:
        report = {
            "expression": formula.expression.text,
            "variables": formula.point,
            "value": result.data,
            "derivatives": slopes,
        }
        if second is not None:
            lines = [dict(zip(slopes, line, strict=True)) for line in second]
            report["hessian"] = dict(zip(slopes, lines, strict=True))
        report |= {"steps": [asdict(row) for row in rows], "warnings": warned()}
        return json_numbers.write(report).rstrip("\n")
    values = [("value", repr(result.data))]
    values += [(f"d/d{shown(name)}", repr(slope)) for name, slope in slopes.items()]
    parts = [format_table(values, width)]
    if second:
        parts += _matrix(formula.names, second, width)
    if rows:
        parts.append(_chain_rule(result, order, width))
    return "\n\n".join("\n".join(part) for part in parts)


def _save(
    write: Callable[[Value, str], object],
    result: Value,
    option: str,
    path: str,
    endings: tuple[str, ...],
) -> None:
    """Write a picture or a page to the file that an option names."""
    if not path.lower().endswith(endings):
        raise UsageError(f"{option} {shown(path)}: the name of the file must end in {endings[0]}")
    try:
        write(result, path)
    except OSError as error:
        raise UsageError(f"{option} {shown(path)}: {error.strerror}") from None
    except (ImportError, RuntimeError, ValueError) as error:
        raise UsageError(f"{option} {shown(path)}: {error}") from None


def _latex(result: Value, variables: Sequence[Value], order: int) -> str:
    """The formulas of the result and of its derivatives, an equation a line."""
    if result.primitive is None and not any(result is x for x in variables):
        constant = result.data  # a leaf would be a symbol
        result = make_node(constant, 0.0, None, table.identity, (constant,), (None,))
    wanted: list[tuple[Value, ...]] = [(), *[(x,) for x in variables]]
    if order == 2:
        wanted += [(x, y) for i, x in enumerate(variables) for y in variables[i:]]
    try:
        return "\n".join([equation(result, by) for by in wanted])
    except ValueError as error:
        raise UsageError(f"--latex: {error}") from None


def _number(x: float) -> str:
    return f"{x:.6g}"


def _chain_rule(result: Value, order: list[Value], width: int) -> list[str]:
    """Return a table with a line for each product."""
    lines = [["node", "operation", "value", "adjoint", "operand", "partial", "product"]]
    for row in rows_of(result, order):
        head = [shown(row.node), shown(row.operation, 200)]
        head += [_number(row.value), _number(row.adjoint)]
        for edge in row.operands:
            product = "none" if edge.product is None else _number(edge.product)
            lines.append([*head, shown(edge.operand), _number(edge.partial), product])
            head = [""] * 4
    return format_table(lines, width, numbers=(2, 3, 5, 6))


def _matrix(names: Sequence[str], matrix: Sequence[Sequence[float]], width: int) -> list[list[str]]:
    """Return a square matrix in blocks of columns that fit in the width."""
    titles = [shown(name, 12) for name in names]
    count = max(1, width // 15 - 1)
    blocks = []
    for start in range(0, len(names), count):
        columns = slice(start, start + count)
        rows = [["hessian", *titles[columns]]]
        rows += [
            [title, *map(_number, line[columns])]
            for title, line in zip(titles, matrix, strict=True)
        ]
        blocks.append(format_table(rows, width, numbers=range(1, len(rows[0]))))
    return blocks


def check(formula: Formula, order: int, width: int) -> tuple[int, str]:
    """The exit code and the comparison with finite differences."""
    if not formula.point:
        raise UsageError("there is nothing to check: the expression has no variable")

    def f(point: dict[str, Any]) -> Any:
        return formula.expression(point)

    exact, measured = grad(f)(formula.point), testing.finite_difference(f, (formula.point,))
    rows = [("", "backward()", "finite difference")]
    rows += [
        (f"d/d{shown(name)}", repr(exact[name]), repr(measured[name])) for name in formula.point
    ]
    lines = format_table(rows, width)
    try:
        report = testing.check_grads(f, (formula.point,), order=order)
    except AssertionError as error:
        return 1, "\n".join([*lines, "", f"FAILED: {_by_name(str(error))}"])
    count = (
        "1 derivative agrees" if report.compared == 1 else f"{report.compared} derivatives agree"
    )
    orders = "first order" if order == 1 else "up to second order"
    agree = f"{count} ({orders}; reverse and forward mode, finite differences)"
    notes = [f"  {_by_name(str(note))}" for note in report.notes]
    return 0, "\n".join([*lines, "", agree, *notes])


def _by_name(text: str) -> str:
    """A message of `check_grads` about a dict of variables, with the variables' own names."""
    return re.sub(r"argument 0\['(\w+)'\]", r"\1", text)


def operations(name: str | None, width: int) -> str:
    """The table of operations, or one of its rows in full."""
    if name is None:
        rows = [("name", "operands", "label", "domain", "derivative at kinks")]
        rows += [
            (row.name, _operands(row), row.label, row.domain.text, row.note)
            for row in TABLE.values()
        ]
        return "\n".join(format_table(rows, width))
    row = _row(name)
    facts = [
        ("operation", row.name),
        *([("function", ", ".join(row.names))] if row.names else []),
        ("about", row.doc),
        ("operands", _operands(row)),
        ("label", row.label),
        ("domain", row.domain.text),
        ("derivative at kinks", row.note or "none noted"),
        *_example(row),
    ]
    return "\n".join(format_table(facts, width))


def _operands(row: Primitive) -> str:
    return "any" if row.arity is None else str(row.arity)


def _row(name: str) -> Primitive:
    """Return the row of that name, or of that public function."""
    primitives = [*TABLE.values(), table.stop_gradient]
    rows = {function: row for row in primitives for function in row.names} | TABLE
    if name not in rows:
        hint = nearest(name, rows)
        raise UsageError(f"there is no operation {shown(name, 40)}{hint}")
    return rows[name]


def _example(row: Primitive) -> list[tuple[str, str]]:
    """The row at work, inside its domain."""
    box = row.domain.box * (2 if row.arity is None else 1)
    point = [round(low + (0.6 - 0.1 * i) * (high - low), 2) for i, (low, high) in enumerate(box)]
    leaves = [Value(x) for x in point]
    result = row(*leaves)
    result.backward()
    call = f"{row.name}({', '.join(map(_number, point))})"
    slopes = [(f"by operand {i}", _number(x.grad)) for i, x in enumerate(leaves, 1)]
    return [("example", f"{call} = {_number(result.data)}"), *slopes]
