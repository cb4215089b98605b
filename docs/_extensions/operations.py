"""The page of operations, generated from the table of primitives when Sphinx reads it.

Every row of the table stands on the page once: what calls it, its formula, its partial derivatives,
its domain, what happens at its kinks, and a plot. A new row appears by itself.
"""

import inspect
import operator
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from names import first_line
from operation_plots import plot, section

import autograd_lite as ag
from autograd_lite.core import functions, table
from autograd_lite.core.table import TABLE, Primitive
from autograd_lite.symbolic.latex import to_latex
from autograd_lite.symbolic.textbook import DEFINITIONS

PAGE = "reference/operations"
MARKER = "<!-- every operation -->"
FOLDER = Path("_static") / "operations"

# What the operands are called, where not x, y, z; with any number of operands they have numbers.
_LETTERS = {"leaky_relu": "xa", "elu": "xa", "atan2": "yx", "clip": "xab", "where": "cxy"}
_LETTERS |= {"bell": "ax", "polygamma": "nx", "round_to": "xn"}
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
    """How users write each row, found by calling every operator and function and looking."""
    found: dict[str, list[str]] = {}
    x, y, z = ag.Value(0.5), ag.Value(0.75), ag.Value(1.0)
    trials = [(x,), (x, y), (x, y, z), ([x, y],), ([x, y], [y, z])]

    def note(call: Callable[..., Any], text: str, trials: list[tuple[Any, ...]]) -> None:
        for operands in trials:
            try:
                result = call(*operands)
            except (TypeError, ValueError):
                continue
            op = getattr(result, "op", "")
            if op in TABLE and text not in found.setdefault(op, []):
                found[op].append(text)
            return

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for text, call in _OPERATORS.items():
            note(call, text, trials[: 1 if "y" not in text and "n)" not in text else 2][-1:])
        for name in functions.__all__:
            note(getattr(functions, name), f"ag.{name}", trials)
    return found


def sections() -> list[tuple[str, list[Primitive]]]:
    """The rows under the headings that the table's source has for them."""
    found: list[tuple[str, list[Primitive]]] = [("Operations", [])]
    for line in inspect.getsource(table).splitlines():
        heading = re.fullmatch(r"# ([a-z].*)", line)
        row = re.match(r'\w+: Any +=\ _add\("(\w+)"', line)
        if heading:
            title = heading[1].partition(":")[0]
            found.append((title[0].upper() + title[1:], []))
        elif row:
            found[-1][1].append(TABLE[row[1]])
    listed = {row.name for _, rows in found for row in rows}
    found.append(("More", [row for name, row in TABLE.items() if name not in listed]))
    return [(title, rows) for title, rows in found if rows]


def letters(row: Primitive) -> list[str]:
    if row.arity is None:
        return [f"x_{k + 1}" for k in range(_SHOWN.get(row.name, 3))]
    return list(_LETTERS.get(row.name, "xyz"))[: row.arity]


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


def card(row: Primitive, written: list[str], about: str) -> list[str]:
    """One operation as Markdown."""
    lines = [f"### {row.name}", "", "::::{container} operation", ":::{container} facts", ""]
    if written:
        lines += [", ".join(map(_linked, written)) + (f": {about}" if about else ""), ""]
    elif not row.logical:
        lines += ["For the derivatives of other operations; it has no public name.", ""]
    lines += ["$$", "f = " + formula(row), "$$", ""]
    equations = partials(row)
    if not row.logical:
        gathered = r" \\[0.6em] ".join(text.replace(" = ", " &= ", 1) for text in equations)
        lines += ["$$", rf"\begin{{aligned}} {gathered} \end{{aligned}}", "$$", ""]
    domain = row.domain.text.replace("*", r"\*")
    lines += [f"Domain: {domain}.", ""]
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


def about(written: list[str]) -> str:
    """What the docstring of the function that calls a row begins with."""
    names = [text.removeprefix("ag.") for text in written if text.startswith("ag.")]
    return first_line(getattr(functions, names[0])).removesuffix(".") if names else ""


def summary(written: dict[str, list[str]]) -> list[str]:
    lines = ["| operation | written | domain | derivative at kinks |", "|---|---|---|---|"]
    for row in TABLE.values():
        how = ", ".join(map(_linked, written.get(row.name, [])))
        domain = row.domain.text.replace("*", r"\*")
        lines.append(f"| [{row.name}](#{row.name}) | {how} | {domain} | {row.note} |")
    return lines


def page() -> str:
    written = spellings()
    lines = ["## All of them", "", *summary(written), ""]
    for title, rows in sections():
        lines += [f"## {title}", ""]
        for row in rows:
            how = written.get(row.name, [])
            lines += card(row, how, about(how))
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
