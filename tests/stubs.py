"""Type information for the functions and methods that are made from the rows of the table.

    python -m tests.stubs            prints the stubs that are not current
    python -m tests.stubs --write    writes functions.pyi and methods.pyi

A stub is its module without the bodies, and with what is made from rows added. Docstrings are in it
too, for editors.
"""

import argparse
import ast
import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from autograd_lite.core import functions, methods, table
from autograd_lite.core.table import TABLE, Primitive

CORE = Path(table.__file__).parent
HEAD = "# Written by `python -m tests.stubs --write` from the rows of the table.\n"
IMPORTS = {
    "functions": """
from collections.abc import Iterable
from typing import Any, TypeVar, overload

from .table import Primitive
from .value import Value
""",
    "methods": """
from collections.abc import Callable
from typing import Any, ClassVar, NoReturn

from .table import Primitive
from .types import Result
""",
}
KINDS = """\
Real = TypeVar("Real", float, Value, Value | float)
Numbers = Iterable[Value | float]
"""


def declare(name: str, operands: str, result: str, doc: str | None, overload: bool = False) -> str:
    """Return a function without a body, but with its docstring."""
    head = f"{'@overload' * overload}\ndef {name}({operands}) -> {result}:".lstrip()
    if doc is None:
        return f"{head} ...\n"
    close = "\n" if "\n" in doc else ""
    body = textwrap.indent(f'"""{doc.rstrip()}{close}"""', "    ")
    return f"{head}\n{body}\n\n"


def declare_function(row: Primitive) -> Iterator[str]:
    """Yield the function that applies a row, with a signature for each kind of operands."""
    name, *aliases = row.names
    kinds = [*signatures(row)]
    for k, (operands, result) in enumerate(kinds):
        doc = getattr(functions, name).__doc__ if k == 0 else None
        yield declare(name, operands, result, doc, overload=len(kinds) > 1)
    for alias in aliases:
        yield f"{alias} = {name}\n\n"


def signatures(row: Primitive) -> Iterator[tuple[str, str]]:
    """Yield (operands, result): the result is a Value if an operand is one."""
    if row.arity == 1:
        yield f"{row.operands[0]}: Real", "Real"
        return
    if row.arity is None:
        for element in ("Value", "float", "Value | float"):
            yield f"{row.operands[0]}: Iterable[{element}]", element
        return
    required = len(row.operands) - len(row.defaults)
    for first in range(row.arity + 1):  # the first operand that is a Value; at last, none is
        operands = []
        for k, operand in enumerate(row.operands):
            kind = "float" if k < first else "Value" if k == first else "Value | float"
            default = f" = {row.defaults[k - required]}" if k >= required and k != first else ""
            operands.append(f"{operand}: {kind}{default}")
        yield ", ".join(operands), "Value" if first < row.arity else "float"


def declare_method(name: str) -> str:
    """Return the method of that name, which is made from a row."""
    method = getattr(methods.Methods, name)
    code, defaults = method.__code__, method.__defaults__ or ()
    operands = ["self", *[f"{x}: Any" for x in code.co_varnames[1:]]]
    if defaults:
        operands[-1] += f" = {defaults[0]}"
    return declare(name, ", ".join(operands), "Result", method.__doc__)


def declare_written(nodes: Sequence[ast.stmt]) -> Iterator[str]:
    """Yield what is written out in a module or a class; overloads stand for their function."""
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    docs = {node.name: ast.get_docstring(node) for node in functions}
    overloaded = {node.name for node in functions if node.decorator_list}
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            if node.decorator_list or node.name not in overloaded:
                operands = ast.unparse(node.args).replace("=None", " = None")
                result = ast.unparse(node.returns).strip("'") if node.returns else "Any"
                doc = docs.pop(node.name, None)  # an editor shows that of the first overload
                yield declare(node.name, operands, result, doc, overload=node.name in overloaded)
        elif isinstance(node, ast.AnnAssign):
            yield ast.unparse(node).replace("'", "") + "\n"


def functions_stub() -> str:
    """Return the text of functions.pyi."""
    tree = ast.parse(Path(functions.__file__).read_text(encoding="utf-8"))
    written = [x for x in tree.body if isinstance(x, ast.FunctionDef) and x.name[0] != "_"]
    names = {x.name for x in written}
    rows = [row for row in TABLE.values() if row.names and row.names[0] not in names]
    made = [text for row in rows for text in declare_function(row)]
    exported = sorted(functions.__all__, key=lambda x: [*map(_natural, re.split(r"(\d+)", x))])
    listed = "".join([f'    "{name}",\n' for name in exported])
    head = f"{HEAD}{IMPORTS['functions']}\n__all__ = [\n{listed}]\n\n{KINDS}\n"
    return "".join([head, *declare_written(written), *made]).rstrip() + "\n"


def _natural(part: str) -> Any:
    return int(part) if part.isdigit() else part


def methods_stub() -> str:
    """Return the text of methods.pyi."""
    tree = ast.parse(Path(methods.__file__).read_text(encoding="utf-8"))
    (kind,) = [x for x in tree.body if isinstance(x, ast.ClassDef)]
    own = {x.name for x in kind.body if isinstance(x, ast.FunctionDef)}
    made = [
        name for name in vars(methods.Methods) if name[0] != "_" and name not in {*own, "record"}
    ]
    body = "".join([*declare_written(kind.body), *map(declare_method, made)]).rstrip()
    return f"{HEAD}{IMPORTS['methods']}\nclass Methods:\n{textwrap.indent(body, '    ')}\n"


STUBS = {"functions.pyi": functions_stub, "methods.pyi": methods_stub}


def stale() -> list[str]:
    """Return the names of the stubs that are not what the table says now."""
    return [
        name
        for name, text in STUBS.items()
        if not (CORE / name).exists() or (CORE / name).read_text(encoding="utf-8") != text()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="write those that are not current")
    options = parser.parse_args()
    for name in stale():
        if options.write:
            (CORE / name).write_text(STUBS[name](), encoding="utf-8")
        print(name)


if __name__ == "__main__":
    main()
