"""Back ends: names, what is chosen, what is said where something is not installed."""

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.jit.backend import choose, leaves
from autograd_lite.jit.backend.choose import choose_backend, has_llvm

NO_LLVM = pytest.mark.skipif(
    importlib.util.find_spec("llvmlite") is None, reason="llvmlite is not installed"
)


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Hide a package: `import` of it then fails as if it was not installed."""

    def hide(name: str) -> None:
        for module in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
            monkeypatch.delitem(sys.modules, module)
        monkeypatch.setitem(sys.modules, name, None)

    return hide


def test_names() -> None:
    assert choose_backend("python") == "python"
    for name in ("LLVM", "", "numpy", 3, ["llvm"]):
        with pytest.raises(ValueError, match=r'"llvm", "python" or None, not') as caught:
            ag.jit(abs, backend=name)  # type: ignore[arg-type]
        assert repr(name) in str(caught.value)


@NO_LLVM
def test_llvm_is_the_default() -> None:
    assert has_llvm()
    assert choose_backend(None) == choose_backend("llvm") == "llvm"
    f = ag.jit(lambda x: x * 2.0)
    assert f(2.0) == 4.0
    assert "define" in f.llvm_ir


@NO_LLVM
@pytest.mark.parametrize("name", ["llvmlite", "numpy"])
def test_what_is_not_installed(without: Any, name: str) -> None:
    without(name)
    assert not has_llvm()
    with pytest.raises(ImportError, match=f"(?i){name}") as caught:
        ag.jit(lambda x: x, backend="llvm")
    assert "autograd_lite[jit]" in str(caught.value).replace("-", "_")
    f = ag.jit(lambda x: ag.sin(x) * x)
    assert f(0.5) == ag.sin(0.5) * 0.5
    with pytest.raises(AttributeError, match="Python back end"):
        f.llvm_ir  # noqa: B018
    assert "return" in f.source


@NO_LLVM
def test_a_batch_without_llvmlite(without: Any) -> None:
    without("llvmlite")
    w = Value(2.0)
    f = ag.jit(lambda x: w * x * x if x > 0.0 else -x)
    total = f.sum([1.0, -2.0, 3.0])
    total.backward()
    assert (total.data, w.grad) == (22.0, 10.0)
    assert ag.jit(lambda x: x * 2.0).map([1.0, 2.0]).tolist() == [2.0, 4.0]


PLAIN = """
import sys
sys.modules["numpy"] = sys.modules["llvmlite"] = None
import autograd_lite as ag
w = ag.Value(2.0)
@ag.jit
def f(p, n):
    return {"y": w * p[0] ** n, "x": [p[1] > 0.0, p[1]]}
for _ in range(4):
    found = f([3.0, 4.0], 2)
found["y"].backward()
g = ag.jit(lambda x: w * w * x)
for _ in range(4):
    g(2.0).backward()
assert (found["y"].data, found["x"][0], w.grad) == (18.0, True, 9.0 + 4 * 8.0), w.grad
assert ag.jit(ag.grad(lambda x: x ** 3))(2.0) == 12.0
for call in (f.map, g.sum, g.mean):
    try:
        call([1.0])
    except ImportError as error:
        assert "autograd_lite[jit]" in str(error).replace("-", "_"), error
        assert "numpy" in str(error).lower(), error
    else:
        raise AssertionError(call)
"""


def test_nothing_installed() -> None:
    """In a process of its own: scalars work, a batch names the extra."""
    ended = subprocess.run([sys.executable, "-c", PLAIN], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_importing_the_package_imports_neither() -> None:
    code = "import sys, autograd_lite; print({'numpy', 'llvmlite'} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.stdout.strip() == "set()"


def train(backend: str | None) -> list[float]:
    """Grads of leaves, on all ways in which machine code may add to them."""
    weights = [Value(0.1 * k - 0.25) for k in range(6)]
    f = ag.jit(lambda x: ag.sum([ag.tanh(w * x) * w for w in weights]), backend=backend)
    for _ in range(4):
        f(0.5).backward()
        if importlib.util.find_spec("numpy"):
            f.sum([0.5, 1.0]).backward()
    return [w.grad for w in weights]


@NO_LLVM
@pytest.mark.parametrize("how", ["refused", "hidden"])
def test_where_machine_code_for_leaves_cannot_be_made(
    monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    expected = train("llvm")
    from autograd_lite.jit.backend.llvm import leaf_access

    def refuse() -> Any:
        raise RuntimeError("objects are laid out otherwise")

    if how == "refused":
        monkeypatch.setattr(leaf_access, "leaf_functions", refuse)
    else:
        monkeypatch.setattr(leaves, "has_llvm", lambda: False)
    leaves._load_machine_code.cache_clear()
    try:
        assert leaves._load_machine_code() is None
        assert train("llvm") == expected
        assert train("python") == pytest.approx(expected, rel=1e-15)
    finally:
        leaves._load_machine_code.cache_clear()


def test_where_there_is_no_llvm_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (choose, leaves):
        monkeypatch.setattr(module, "has_llvm", lambda: False)
    leaves._load_machine_code.cache_clear()
    try:
        assert train(None) == train("python")
    finally:
        leaves._load_machine_code.cache_clear()


@pytest.mark.slow
@NO_LLVM
def test_optimised_python() -> None:
    """Asserts are no part of what the package does."""
    code = "import autograd_lite as ag; f = ag.jit(lambda x: x * x); print([f(3.0)] * 2, f(2.0))"
    ended = subprocess.run([sys.executable, "-OO", "-c", code], capture_output=True, text=True)
    assert ended.stdout.strip() == "[9.0, 9.0] 4.0", ended.stderr
