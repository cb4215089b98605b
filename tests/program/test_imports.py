"""Imports run one way, from room to room; the package loads the standard library alone."""

import ast
import subprocess
import sys
from pathlib import Path

from tests.support.cases import loop_over

PACKAGE = Path(__file__).resolve().parents[2] / "autograd_lite"

# A room imports only from rooms named before it, inside functions too; so does a stage of jit.
ROOMS = (
    "_util core arrays transforms symbolic drawing walkthrough testing optim jit nn plots "
    "__init__ cli __main__"
)
STAGES = "record ir loops backend call batch function decorator __init__"

LOADED = """
import sys
before = set(sys.modules)
import autograd_lite
new = {name.partition(".")[0] for name in set(sys.modules) - before}
print(*sorted(new - sys.stdlib_module_names - {"autograd_lite", "autograd_lite__mypyc"}))
"""


def find_wrong_imports(source: str, parts: tuple[str, ...]) -> list[str]:
    """Return what the file at `parts`, below the package, imports from a later room or stage."""
    tree = ast.parse(source)
    for block in ast.walk(tree):
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
            block.body = []
    wrong = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = [*parts[: len(parts) - node.level], *(node.module or "").split(".")]
            for alias in node.names:
                target = [part for part in [*base, alias.name] if part]
                depth = 1 if parts[0] == target[0] == "jit" else 0
                order = (STAGES if depth else ROOMS).split()
                if target[depth] in order[order.index(parts[depth]) + 1 :]:
                    wrong.append(".".join(target))
    return wrong


@loop_over("path", sorted(PACKAGE.rglob("*.py")))
def test_imports_run_one_way(path: Path) -> None:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    assert find_wrong_imports(path.read_text(encoding="utf-8"), parts) == []


def test_wrong_imports_are_caught() -> None:
    assert find_wrong_imports("def f():\n    from ..drawing.draw import svg", ("core", "value"))
    assert find_wrong_imports("from ..call import fused", ("jit", "ir", "program"))
    assert not find_wrong_imports("from ...core import table", ("jit", "ir", "program"))


def test_importing_loads_the_standard_library_alone() -> None:
    command = [sys.executable, "-c", LOADED]
    run = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""
