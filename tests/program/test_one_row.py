"""A new operation is one row: a copy of the package gets `logcosh` in its table, and has it all."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
BEFORE = "\n# magnitude, sign and rounding\n"
ROW = """
logcosh: Any = define("logcosh", "log(cosh(x)), without overflow", ANY,
    lambda x: abs(x) + math.log1p(math.exp(-2.0 * abs(x))) - ieee.LN2, lambda x, y: tanh(x))
"""
START = """
import math, types
import numpy as np
import autograd_lite as ag
v = ag.Value(0.5, name="x")
y = ag.logcosh(v)
"""
USES = {
    "function": "assert y.op == 'logcosh' and ag.logcosh(0) == 0.0 and 'logcosh' in dir(ag)",
    "import": "from autograd_lite import logcosh; assert 'log(cosh(x))' in logcosh.__doc__",
    "method": "w = v.logcosh(); w.backward(); assert v.grad == math.tanh(0.5)",
    "second order": "assert ag.hessian(ag.logcosh)(0.5) == ag.grad(ag.tanh)(0.5)",
    "jit in Python": "assert ag.jit(ag.grad(ag.logcosh), backend='python')(0.5) == math.tanh(0.5)",
    "jit in LLVM": "assert ag.jit(ag.logcosh, backend='llvm').map([0.5, 2.0])[0] == y.data",
    # NumPy has no such function: one of that name, SciPy's for instance, would find the row.
    "ufunc": "f = types.SimpleNamespace(__name__='logcosh', nin=1, nout=1, identity=None)\n"
    "a = ag.array([0.5, 1.0]); assert a.__array_ufunc__(f, '__call__', a)[0].data == y.data",
    "elementwise": "assert np.vectorize(ag.logcosh)(ag.array([0.5, 1.0]))[0].data == y.data",
    "picture": "assert 'logcosh' in ag.to_dot(y).source",
    "page": "ag.explain(y, 'page.html'); assert 'logcosh' in open('page.html').read()",
    "LaTeX": r"assert str(ag.to_latex(y)) == r'\operatorname{logcosh}(x)', ag.to_latex(y)",
    "SymPy": "assert str(ag.to_sympy(y)) == 'logcosh(x)'",
    "docs": "import operations; assert '### logcosh' in operations.page()",
}
TYPED = """
from typing import assert_type
import autograd_lite as ag
assert_type(ag.logcosh(1.0), float)
assert_type(ag.logcosh(ag.Value(1.0)), ag.Value)
assert_type(ag.Value(1.0).logcosh(), ag.Value)
"""
PARAMETRIZED = ["core/test_table.py", "core/test_special_values.py", "symbolic/test_latex.py"]
PARAMETRIZED += ["jit/test_differential.py"]
LOOPED = ["core/test_functions.py", "core/test_methods.py", "core/test_primitive.py"]
LOOPED += ["jit/backend/test_python.py", "jit/backend/test_instructions.py", "drawing/test_draw.py"]
LOOPED += ["cli/test_reports.py"]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the package and its tests, and one row more in the table."""
    folder = tmp_path_factory.mktemp("one_row")
    for part in ("autograd_lite", "tests", "docs/_extensions", "demos"):
        ignored = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
        shutil.copytree(ROOT / part, folder / part, ignore=ignored)
    for part in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / part, folder)
    table = folder / "autograd_lite" / "core" / "table.py"
    text = table.read_text(encoding="utf-8")
    assert text.count(BEFORE) == 1
    table.write_text(text.replace(BEFORE, ROW + BEFORE), encoding="utf-8")
    return folder


def run(copy: Path, *arguments: str) -> str:
    path = os.pathsep.join([str(copy), str(copy / "docs" / "_extensions")])
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("use", USES)
def test_it_is_found(copy: Path, use: str) -> None:
    needs = {
        "picture": "graphviz",
        "jit in LLVM": "llvmlite",
        "SymPy": "sympy",
        "docs": "matplotlib",
    }
    if use in needs:
        pytest.importorskip(needs[use])
    run(copy, "-c", START + USES[use])


def test_the_command_line_knows_it(copy: Path) -> None:
    assert "log(cosh(x)), without overflow" in run(copy, "-m", "autograd_lite", "ops", "logcosh")
    assert "logcosh" in run(copy, "-m", "autograd_lite", "ops")
    assert "d/dx   0.46211715726000974" in run(
        copy, "-m", "autograd_lite", "diff", "logcosh(x)", "x=0.5"
    )


def test_type_checkers_know_it(copy: Path) -> None:
    pytest.importorskip("mypy")
    run(copy, "-m", "tests.stubs", "--write")
    (copy / "typed.py").write_text(TYPED)
    run(copy, "-m", "mypy", "--strict", "typed.py")


@pytest.mark.parametrize(("files", "options"), [(PARAMETRIZED, ["-k", "logcosh"]), (LOOPED, [])])
def test_the_tests_of_the_table_hold_it(copy: Path, files: list[str], options: list[str]) -> None:
    paths = [f"tests/{name}" for name in files]
    assert " passed" in run(copy, "-m", "pytest", "-q", "--slow", *options, *paths)
