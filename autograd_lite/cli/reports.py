"""Write what the command line prints: derivatives, checks and operations."""

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from .. import testing
from .._util import json_numbers
from .._util.tabular import format_table
from .._util.text import count, shown
from ..core import table
from ..core.recording import make_node
from ..core.table import TABLE, Primitive
from ..core.value import Value
from ..drawing.draw import draw
from ..symbolic.latex import equation
from ..transforms.derivatives import grad, hessian
from ..walkthrough.explain import explain
from .chain_rule import Row, list_rows, name_nodes
from .expressions import suggest
from .formula import Formula, UsageError


def report_derivatives(
    formula: Formula, options: Any, width: int, get_warnings: Callable[[], list[str]]
) -> str:
    """Return the value, every derivative and the chain rule, as text, LaTeX or JSON.

    Arguments:
        formula: the expression and its point.
        options: the options `order`, `svg`, `html`, `latex` and `json` of the command.
        width: the width of the terminal.
        get_warnings: returns the warnings so far, for the JSON.

    Raises:
        UsageError: a file cannot be written, or there is no LaTeX for the expression.
    """
    variables = {name: Value(x, name=name) for name, x in formula.point.items()}
    result = formula.evaluate(list(variables.values()))
    if not isinstance(result, Value):
        result = Value(result)
    result.backward()
    if options.html is not None:
        _save(explain, result, "--html", options.html, (".html", ".htm"))
    leaves = list(variables.values())
    formulas = _write_latex(result, leaves, options.order) if options.latex else None
    order = name_nodes(result, variables)
    if options.svg is not None:
        _save(draw, result, "--svg", options.svg, (".svg",))
    if formulas is not None:
        return formulas
    rows = list_rows(result, order) if variables else []
    second = hessian(formula.evaluate)(list(formula.point.values())) if options.order == 2 else None
    derivatives = {name: x.grad for name, x in variables.items()}
    if options.json:
        report = {
            "expression": formula.expression.text,
            "variables": formula.point,
            "value": result.data,
            "derivatives": derivatives,
        }
        if second is not None:
            lines = [dict(zip(derivatives, line, strict=True)) for line in second]
            report["hessian"] = dict(zip(derivatives, lines, strict=True))
        report |= {"steps": [asdict(row) for row in rows], "warnings": get_warnings()}
        return json_numbers.write(report).rstrip("\n")
    values = [("value", repr(result.data))]
    values += [(f"d/d{shown(name)}", repr(d)) for name, d in derivatives.items()]
    parts = [format_table(values, width)]
    if second:
        parts += _write_matrix(formula.names, second, width)
    if rows:
        parts.append(_write_chain_rule(rows, width))
    return "\n\n".join("\n".join(part) for part in parts)


def _save(
    write: Callable[[Value, str], object],
    result: Value,
    option: str,
    path: str,
    suffixes: tuple[str, ...],
) -> None:
    """Write a picture or a page to the file of an option."""
    if not path.lower().endswith(suffixes):
        raise UsageError(f"{option} {shown(path)}: the name of the file must end in {suffixes[0]}")
    try:
        write(result, path)
    except OSError as error:
        raise UsageError(f"{option} {shown(path)}: {error.strerror}") from None
    except (ImportError, RuntimeError, ValueError) as error:
        raise UsageError(f"{option} {shown(path)}: {error}") from None


def _write_latex(result: Value, variables: Sequence[Value], order: int) -> str:
    """Return the formulas of the result and of its derivatives, one equation per line."""
    if result.primitive is None and not any(result is x for x in variables):
        constant = result.data  # LaTeX shows a leaf as a symbol, and an operand as its number
        result = make_node(constant, 0.0, None, table.identity, (constant,), (None,))
    wanted: list[tuple[Value, ...]] = [(), *[(x,) for x in variables]]
    if order == 2:
        wanted += [(x, y) for i, x in enumerate(variables) for y in variables[i:]]
    try:
        return "\n".join([equation(result, by) for by in wanted])
    except ValueError as error:
        raise UsageError(f"--latex: {error}") from None


def _format_number(x: float) -> str:
    return f"{x:.6g}"


def _write_chain_rule(rows: list[Row], width: int) -> list[str]:
    """Return a table with a line for each product."""
    lines = [["node", "operation", "value", "adjoint", "operand", "partial", "product"]]
    for row in rows:
        head = [shown(row.node), shown(row.operation, 200)]
        head += [_format_number(row.value), _format_number(row.adjoint)]
        for edge in row.operands:
            product = "none" if edge.product is None else _format_number(edge.product)
            lines.append([*head, shown(edge.operand), _format_number(edge.partial), product])
            head = [""] * 4
    return format_table(lines, width, numbers=(2, 3, 5, 6))


def _write_matrix(
    names: Sequence[str], matrix: Sequence[Sequence[float]], width: int
) -> list[list[str]]:
    """Return a square matrix as tables of as many columns as fit into the width."""
    titles = [shown(name, 12) for name in names]
    most = max(1, width // 15 - 1)
    blocks = []
    for start in range(0, len(names), most):
        columns = slice(start, start + most)
        rows = [["hessian", *titles[columns]]]
        rows += [
            [title, *map(_format_number, line[columns])]
            for title, line in zip(titles, matrix, strict=True)
        ]
        blocks.append(format_table(rows, width, numbers=range(1, len(rows[0]))))
    return blocks


def check(formula: Formula, order: int, width: int) -> tuple[int, str]:
    """Compare the derivatives with finite differences, and return the exit code and a report."""
    if not formula.point:
        raise UsageError("the expression has no variable, so there is nothing to check")

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
        return 1, "\n".join([*lines, "", f"FAILED: {_use_names(str(error))}"])
    number = count(report.compared, "derivative")
    verb = "agrees" if report.compared == 1 else "agree"
    orders = "first order" if order == 1 else "up to second order"
    agree = f"{number} {verb} ({orders}; reverse and forward mode, finite differences)"
    notes = [f"  {_use_names(str(note))}" for note in report.notes]
    return 0, "\n".join([*lines, "", agree, *notes])


def _use_names(text: str) -> str:
    """Replace the items of a dict in a message of `check_grads` by the names of the variables."""
    return re.sub(r"argument 0\['(\w+)'\]", r"\1", text)


def list_operations(name: str | None, width: int) -> str:
    """Return the table of operations, or one operation in full."""
    if name is None:
        rows = [("name", "operands", "label", "domain", "derivative at kinks")]
        rows += [
            (row.name, _write_arity(row), row.label, row.domain.text, row.note)
            for row in TABLE.values()
        ]
        return "\n".join(format_table(rows, width))
    row = _find_row(name)
    facts = [
        ("operation", row.name),
        *([("function", ", ".join(row.names))] if row.names else []),
        ("about", row.doc),
        ("operands", _write_arity(row)),
        ("label", row.label),
        ("domain", row.domain.text),
        ("derivative at kinks", row.note or "none noted"),
        *_make_example(row),
    ]
    return "\n".join(format_table(facts, width))


def _write_arity(row: Primitive) -> str:
    return "any" if row.arity is None else str(row.arity)


def _find_row(name: str) -> Primitive:
    """Return the row of an operation, by its own name or that of a public function."""
    primitives = [*TABLE.values(), table.stop_gradient]
    rows = {function: row for row in primitives for function in row.names} | TABLE
    if name not in rows:
        hint = suggest(name, rows)
        raise UsageError(f"there is no operation {shown(name, 40)}{hint}")
    return rows[name]


def _make_example(row: Primitive) -> list[tuple[str, str]]:
    """Return the value and derivatives of an operation at a point inside its domain."""
    box = row.domain.box * (2 if row.arity is None else 1)
    point = [round(low + (0.6 - 0.1 * i) * (high - low), 2) for i, (low, high) in enumerate(box)]
    leaves = [Value(x) for x in point]
    result = row(*leaves)
    result.backward()
    call = f"{row.name}({', '.join(map(_format_number, point))})"
    partials = [(f"partial {i}", _format_number(x.grad)) for i, x in enumerate(leaves, 1)]
    return [("example", f"{call} = {_format_number(result.data)}"), *partials]
