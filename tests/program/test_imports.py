"""Imports run one way, from room to room; the package loads the standard library alone."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "autograd_lite"

# A room imports only from the rooms before it, inside of functions too; the stages of jit likewise.
BELOW = "_util core arrays transforms symbolic drawing walkthrough testing optim jit nn plots"
ROOMS = [*BELOW.split(), "__init__", "cli", "__main__"]
STAGES = [*"record ir loops backend call batch function decorator".split(), "__init__"]

LOADED = """
import sys
before = set(sys.modules)
import autograd_lite
new = {name.partition(".")[0] for name in set(sys.modules) - before}
print(*sorted(new - sys.stdlib_module_names - {"autograd_lite", "autograd_lite__mypyc"}))
"""


def imports(source: str, parts: tuple[str, ...]) -> set[tuple[str, ...]]:
    """Return the parts below the package of whatever `source`, the file at `parts`, imports."""
    modules = set()
    tree = ast.parse(source)
    for block in ast.walk(tree):
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
            block.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = (*parts[: len(parts) - node.level], *(node.module or "").split("."))
            base = tuple(part for part in base if part)
            modules |= {(*base, alias.name) for alias in node.names}
    return modules


def wrong_imports(source: str, parts: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the imports of a room or a stage that does not stand before the file's own."""
    depth, order = (1, STAGES) if parts[0] == "jit" else (0, ROOMS)
    own = order.index(parts[depth])
    inside = [m for m in imports(source, parts) if m[:depth] == parts[:depth]]
    outside = [m for m in imports(source, parts) if m[0] != parts[0]]
    return [m for m in inside if m[depth] in order and order.index(m[depth]) > own] + [
        m for m in outside if m[0] in ROOMS and ROOMS.index(m[0]) > ROOMS.index(parts[0])
    ]


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=str)
def test_imports_run_one_way(path: Path) -> None:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    assert wrong_imports(path.read_text(encoding="utf-8"), parts) == []


def test_wrong_imports_are_caught() -> None:
    assert wrong_imports("def f():\n    from ..drawing.draw import svg", ("core", "value"))
    assert wrong_imports("from ..call import fused", ("jit", "ir", "program"))
    assert not wrong_imports("from ...core import table", ("jit", "ir", "program"))


def test_importing_loads_the_standard_library_alone() -> None:
    command = [sys.executable, "-c", LOADED]
    run = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""
