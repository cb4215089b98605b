"""What the command line prints: derivatives with the chain rule, checks, the operations."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from .. import testing
from .._util.text import columns_of, shown
from ..core import functions, table
from ..core.recording import make_node
from ..core.table import TABLE, Primitive
from ..core.value import Value
from ..drawing.draw import draw
from ..symbolic.latex import equation
from ..transforms.derivatives import grad, hessian
from ..walkthrough.explain import explain
from .chain_rule import Row, named_nodes, rows_of
from .expressions import FUNCTIONS, nearest
from .formula import Formula, UsageError
from .tabular import format_table


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
        found = {
            "expression": formula.expression.text,
            "variables": formula.point,
            "value": result.data,
            "derivatives": slopes,
        }
        if second is not None:
            found["hessian"] = {
                name: dict(zip(slopes, line, strict=True))
                for name, line in zip(slopes, second, strict=True)
            }
        return _json({**found, "steps": [asdict(row) for row in rows], "warnings": warned()})
    values = [("value", repr(result.data))]
    values += [(f"d/d{shown(name)}", repr(slope)) for name, slope in slopes.items()]
    parts = [format_table(values, width)]
    if second:
        parts += _matrix(formula.names, second, width)
    if rows:
        parts.append(_chain_rule(result, order, formula.names, width))
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


def _json(found: dict[str, Any]) -> str:
    import json

    return json.dumps(_finite(found), indent=2, allow_nan=False)


def _finite(x: Any) -> Any:
    """The same with text for the numbers that JSON lacks; `float("nan")` reads it back."""
    if isinstance(x, dict):
        return {key: _finite(y) for key, y in x.items()}
    if isinstance(x, (list, tuple)):
        return [_finite(y) for y in x]
    return repr(x) if isinstance(x, float) and not math.isfinite(x) else x


def _number(x: float, digits: int = 6) -> str:
    return f"{x:.{digits}g}"


def _short(names: Sequence[str]) -> Callable[[str], str]:
    """What the table calls a variable: both ends of a long name, if these tell them apart."""
    short = {name: f"{name[:5]}…{name[-5:]}" for name in names if len(name) > 11}
    distinct = len(set(short.values())) == len(short)
    return lambda name: short.get(name, name) if distinct else shown(name)


def _chain_rule(result: Value, order: list[Value], names: list[str], width: int) -> list[str]:
    """A line for each product; short names, then fewer digits, where there is no room."""
    for title, digits in ((shown, 6), (_short(names), 6), (_short(names), 4)):
        lines = _products(rows_of(result, order, title), digits)
        if sum(max(columns_of(line[i]) for line in lines) + 2 for i in range(7)) <= width + 2:
            break
    return format_table(lines, width, numbers=(2, 3, 5, 6))


def _products(rows: Sequence[Row], digits: int) -> list[tuple[str, ...]]:
    lines: list[tuple[str, ...]] = [
        ("node", "operation", "value", "adjoint", "operand", "partial", "product")
    ]
    for row in rows:
        numbers = (_number(row.value, digits), _number(row.adjoint, digits))
        head = (row.node, shown(row.operation, 200), *numbers)
        for edge in row.operands:
            product = "none" if edge.product is None else _number(edge.product, digits)
            lines.append((*head, edge.operand, _number(edge.partial, digits), product))
            head = ("", "", "", "")
    return lines


def _matrix(names: Sequence[str], matrix: Sequence[Sequence[float]], width: int) -> list[list[str]]:
    """A square matrix, in blocks of columns where it is too wide."""
    titles = [shown(name, 20) for name in names]
    cells = [[_number(x) for x in line] for line in matrix]
    widths = [
        max(map(columns_of, (titles[i], *(line[i] for line in cells)))) + 2
        for i in range(len(names))
    ]
    label = max(7, *map(columns_of, titles))
    blocks = []
    end = 0
    while end < len(names):
        start = end
        while end == start or (end < len(names) and label + sum(widths[start : end + 1]) <= width):
            end += 1
        rows = [["hessian", *titles[start:end]]]
        rows += [[title, *line[start:end]] for title, line in zip(titles, cells, strict=True)]
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
    public = _public_name(row)
    facts = [("operation", row.name)]
    if public is not None:
        about = (getattr(functions, public).__doc__ or "").strip().partition("\n")[0]
        facts += [("function", public), ("about", about)]
    facts += [
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
    """By its own name, or by that of a function of the package."""
    function = getattr(FUNCTIONS.get(name), "__name__", name)
    found = TABLE.get(name) or TABLE.get(function) or getattr(table, function, None)
    if not isinstance(found, Primitive):
        hint = nearest(name, [*TABLE, *FUNCTIONS])
        raise UsageError(f"there is no operation {shown(name, 40)}{hint}")
    return found


def _public_name(row: Primitive) -> str | None:
    """The function of the package that applies this row."""
    for name in (row.name, f"f{row.name}"):
        if name in functions.__all__:
            return name
    return None


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
