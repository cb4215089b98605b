"""The page of operations, generated from the table of primitives when Sphinx reads it.

Every row of the table stands on the page once: what calls it, its formula, its partial derivatives,
its domain, what happens at its kinks, and a plot. A new row appears by itself.
"""

import inspect
import operator
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from operation_plots import plot, section

import autograd_lite as ag
from autograd_lite.core import table
from autograd_lite.core.table import TABLE, Primitive
from autograd_lite.symbolic.latex import to_latex
from autograd_lite.symbolic.textbook import DEFINITIONS

PAGE = "reference/operations"
MARKER = "<!-- every operation -->"
FOLDER = Path("_static") / "operations"

_SHOWN = {"dot": 4}  # operands, of a row with any number of them; else 3

# What a row is, where its notation only names it and the textbook's formula has cases, or none.
_MEANINGS = {
    "relu": r"\max(x, 0)",
    "leaky_relu": r"\begin{cases} x & \text{if } x > 0 \\ a x & \text{otherwise} \end{cases}",
    "elu": r"\begin{cases} x & \text{if } x > 0 \\ a (e^{x} - 1) & \text{otherwise} \end{cases}",
    "copysign": r"\begin{cases} |x| & \text{if } y \ge 0 \\ -|x| & \text{otherwise} \end{cases}",
    "erf": r"\frac{2}{\sqrt{\pi}} \int_{0}^{x} e^{-t^{2}} \, dt",
    "gamma": r"\int_{0}^{\infty} t^{x - 1} e^{-t} \, dt \quad (x > 0)",
    "digamma": r"\frac{d}{dx} \ln \left| \Gamma(x) \right|",
    "polygamma": r"\frac{d^{n}}{dx^{n}} \psi(x)",
}

_OPERATORS: dict[str, Callable[..., Any]] = {
    "+x": operator.pos,
    "-x": operator.neg,
    "x + y": operator.add,
    "x - y": operator.sub,
    "x * y": operator.mul,
    "x / y": operator.truediv,
    "x // y": operator.floordiv,
    "x % y": operator.mod,
    "x ** y": operator.pow,
    "abs(x)": operator.abs,
    "round(x)": round,
    "round(x, n)": lambda x, y: round(x, 2),
}


def spellings() -> dict[str, list[str]]:
    """Return how users write each row: with operators, found by applying them, and functions."""
    written: dict[str, list[str]] = {row.name: [] for row in TABLE.values()}
    x, y = ag.Value(0.5), ag.Value(0.75)
    for text, operator_ in _OPERATORS.items():
        operands = (x, y) if "y" in text or "n)" in text else (x,)
        written[operator_(*operands).op].append(text)
    for row in TABLE.values():
        written[row.name] += [f"ag.{name}" for name in row.names]
    return written


def sections() -> list[tuple[str, list[Primitive]]]:
    """Return the rows under the headings that the table's source has for them."""
    groups: list[tuple[str, list[Primitive]]] = [("Operations", [])]
    for line in inspect.getsource(table).splitlines():
        heading = re.fullmatch(r"# ([a-z].*)", line)
        row = re.match(r'\w+: Any = define\("(\w+)"', line)
        if heading:
            title = heading[1].partition(":")[0]
            groups.append((title[0].upper() + title[1:], []))
        elif row:
            groups[-1][1].append(TABLE[row[1]])
    listed = {row.name for _, rows in groups for row in rows}
    groups.append(("More", [row for name, row in TABLE.items() if name not in listed]))
    return [(title, rows) for title, rows in groups if rows]


def letters(row: Primitive) -> list[str]:
    """Return what the row's own formulas call the operands; of any number, numbered ones."""
    if row.arity is None:
        return [f"x_{k + 1}" for k in range(_SHOWN.get(row.name, 3))]
    return list(row.partials[0].__code__.co_varnames[: row.arity])


def leaves(row: Primitive) -> list[ag.Value]:
    """Named operands inside the domain."""
    box = [*row.domain.box, *[row.domain.box[-1]] * 9]
    return [
        ag.Value(low + 0.7 * (high - low), name=name)
        for name, (low, high) in zip(letters(row), box, strict=False)
    ]


def formula(row: Primitive) -> str:
    """The notation, and what it means where that says more."""
    xs = leaves(row)
    text = str(to_latex(row(*xs)))
    meaning = _MEANINGS.get(row.name, "")
    if not meaning and row in DEFINITIONS:
        meaning = str(to_latex(DEFINITIONS[row](*xs)))
    whole = f"{text} = {meaning}" if meaning and meaning != text else text
    # MathJax takes the digit in a name for a factor behind it.
    return re.sub(r"\\operatorname\{(\w*\d\w*)\}", r"\\operatorname{\\text{\1}}", whole)


def partials(row: Primitive) -> list[str]:
    """An equation for each partial derivative."""
    xs = leaves(row)
    result = row(*xs)
    found = []
    for x in xs:
        slope = str(to_latex(result, wrt=x))
        if "nan" in slope:
            slope = r"\text{not defined}"
        found.append(rf"\frac{{\partial f}}{{\partial {_symbol(x.name)}}} = {slope}")
    return found


def _symbol(name: str | None) -> str:
    head, _, index = str(name).partition("_")
    return f"{head}_{{{index}}}" if index else head


def caption(row: Primitive) -> str:
    """Which operand the plot varies, and where the others stand."""
    part, names = section(row), letters(row)
    names += [f"x_{k + 1}" for k in range(len(names), 9)]
    fixed = ", ".join(f"${_symbol(names[k])} = {x:g}$" for k, x in sorted(part.fixed.items()))
    by = f"by ${_symbol(names[part.varied])}$"
    return f"{by}, at {fixed}" if fixed else by


def card(row: Primitive, written: list[str]) -> list[str]:
    """Return one operation as Markdown."""
    lines = [f"### {row.name}", "", "::::{container} operation", ":::{container} facts", ""]
    if written:
        lines += [f"{', '.join(map(_linked, written))}: {_escaped(row.doc)}", ""]
    elif not row.logical:
        lines += [f"For the derivatives of other operations: {_escaped(row.doc)}.", ""]
    lines += ["$$", "f = " + formula(row), "$$", ""]
    equations = partials(row)
    if not row.logical:
        gathered = r" \\[0.6em] ".join(text.replace(" = ", " &= ", 1) for text in equations)
        lines += ["$$", rf"\begin{{aligned}} {gathered} \end{{aligned}}", "$$", ""]
    lines += [f"Domain: {_escaped(row.domain.text)}.", ""]
    if row.note:
        lines += [f"Derivative: {row.note}.", ""]
    alt = f"{row.name} and its derivative"
    lines += [":::", ":::{container} plot", "", "```{raw} html"]
    lines += [
        f'<img src="../{FOLDER.as_posix()}/{row.name}.svg" alt="{alt}" loading="lazy" '
        'width="326" height="221">'
    ]
    return [*lines, "```", "", caption(row), ":::", "::::", ""]


def _linked(text: str) -> str:
    name = text.removeprefix("ag.")
    return f"`{text}`" if name == text else f"{{py:obj}}`{text} <autograd_lite.{name}>`"


def _escaped(text: str) -> str:
    """Return a text with stars that are no markup; what stands in backticks is code."""
    return re.sub(r"`[^`]*`|\*", lambda match: match[0] if match[0] != "*" else r"\*", text)


def summary(written: dict[str, list[str]]) -> list[str]:
    lines = ["| operation | written | domain | derivative at kinks |", "|---|---|---|---|"]
    for row in TABLE.values():
        how = ", ".join(map(_linked, written[row.name]))
        domain = _escaped(row.domain.text)
        lines.append(f"| [{row.name}](#{row.name}) | {how} | {domain} | {row.note} |")
    return lines


def page() -> str:
    written = spellings()
    lines = ["## All of them", "", *summary(written), ""]
    for title, rows in sections():
        lines += [f"## {title}", ""]
        for row in rows:
            lines += card(row, written[row.name])
    return "\n".join(lines)


def fill_in(app: Any, name: str, source: list[str]) -> None:
    if name == PAGE:
        head, marker, tail = source[0].partition(MARKER)
        if not marker:
            raise ValueError(f"{PAGE}.md has no line {MARKER}")
        source[0] = head + page() + tail


def draw_plots(app: Any, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for row in TABLE.values():
        (folder / f"{row.name}.svg").write_text(plot(row), encoding="utf-8")


def setup(app: Any) -> dict[str, bool]:
    app.connect("source-read", fill_in)
    app.connect("build-finished", draw_plots)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
