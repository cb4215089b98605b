"""Jitted functions copied, and sent to other processes and back."""

import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value

NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")
BACKENDS = ["python", pytest.param("llvm", marks=NO_LLVM)]

MODULE = """
import os
import autograd_lite as ag

BACKEND = os.environ["JIT_BACKEND"]
SCALE = 2.0

@ag.jit(backend=BACKEND)
def decorated(x):
    return SCALE * x if x > 0.0 else -x

def plain(x, n):
    return x ** n + SCALE

wrapped = ag.jit(plain, backend=BACKEND, static_argnums=1)
slope = ag.jit(decorated.__wrapped__)

class Model:
    def __init__(self, scale):
        self.scale = scale
        self.w = ag.Value(scale)

    @ag.jit(backend=BACKEND)
    def times(self, x):
        return self.scale * x

    @ag.jit(backend=BACKEND)
    def weighted(self, x):
        return self.w * x

    def untouched(self, x):
        return self.scale * x + 1.0

    another = ag.jit(untouched, backend=BACKEND)

class Outer:
    class Inner(Model):
        pass
"""


@pytest.fixture(params=BACKENDS)
def module(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ModuleType]:
    """A module of jitted functions that another interpreter can import too."""
    monkeypatch.setenv("JIT_BACKEND", request.param)
    path = os.pathsep.join([str(tmp_path), *sys.path])
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "jitted_things.py").write_text(MODULE)
    import jitted_things  # type: ignore[import-not-found]

    yield jitted_things
    del sys.modules["jitted_things"]


CHILD = """
import pickle, sys
things, arguments = pickle.load(sys.stdin.buffer)
found = [[f(*args).data if hasattr(f(*args), "data") else f(*args) for _ in range(3)]
         for f, args in zip(things, arguments)]
sys.stdout.buffer.write(pickle.dumps((found, things)))
"""


@pytest.mark.slow
@pytest.mark.parametrize("called", [False, True])
@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
def test_there_and_back_again(module: Any, called: bool, protocol: int) -> None:
    model, inner = module.Model(5.0), module.Outer.Inner(7.0)
    calls: list[tuple[Any, tuple[Any, ...]]] = [
        (module.decorated, (3.0,)),
        (module.wrapped, (3.0, 2)),
        (model.times, (3.0,)),
        (model.weighted, (3.0,)),
        (inner.times, (3.0,)),
        (model.another, (3.0,)),
    ]
    for f, args in calls if called else []:
        for _ in range(3):
            f(*args)
    sent = pickle.dumps([*zip(*calls, strict=True)], protocol)
    command = [sys.executable, "-c", CHILD]
    ended = subprocess.run(command, input=sent, capture_output=True)
    assert ended.returncode == 0, ended.stderr.decode()
    found, things = pickle.loads(ended.stdout)
    assert found == [[y] * 3 for y in (6.0, 11.0, 15.0, 15.0, 21.0, 16.0)]
    assert things[0] is module.decorated
    for (f, args), g in zip(calls, things, strict=True):
        assert (type(g), g.__name__) == (type(f), f.__name__)
        for _ in range(3):
            assert getattr(g(*args), "data", g(*args)) == getattr(f(*args), "data", f(*args))


def test_an_instance_with_jitted_methods(module: Any) -> None:
    """Each copy's methods are its own, and no deeper wrapped than the first."""
    twins: list[Any] = [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))]
    for twin in twins:
        model = module.Model(2.0)
        for _ in range(3):
            assert (model.times(1.0), model.another(1.0), model.untouched(1.0)) == (2.0, 3.0, 3.0)
            other = twin(model)
            other.scale = 5.0
            for _ in range(3):
                assert (other.times(1.0), other.another(1.0)) == (5.0, 6.0)
                assert (model.times(1.0), model.another(1.0)) == (2.0, 3.0)
            other.scale = 2.0
            assert not isinstance(other.times.__wrapped__, ag.jit(abs).__class__)
            assert type(other.untouched) is type(model.__init__)
            model = other
        assert model.times is model.times
        assert model.another is model.another


def test_copies_of_functions(module: Any) -> None:
    assert pickle.loads(pickle.dumps(module.decorated)) is module.decorated
    assert copy.copy(module.decorated)(2.0) == 4.0
    twins: list[Any] = [copy.copy, copy.deepcopy]
    for twin in twins:
        f = twin(module.wrapped)
        assert [f(2.0, 3), module.wrapped(2.0, 3)] == [10.0, 10.0]
        module.SCALE = 3.0
        assert [f(2.0, 3), module.wrapped(2.0, 3)] == [11.0, 11.0]
        module.SCALE = 2.0
        scale = 2.0
        g = ag.jit(lambda x: scale * x)  # noqa: B023
        g(1.0)
        assert twin(g)(3.0) == g(3.0) == 6.0


def test_what_has_no_name(module: Any) -> None:
    f = ag.jit(lambda x: x)
    f(1.0)
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(f)
    with pytest.raises((pickle.PicklingError, AttributeError), match="decorated"):
        pickle.dumps(module.slope)  # wraps a function that is not found under its name


def test_nodes(module: Any) -> None:
    for f, args in ((module.wrapped, (Value(2.0), 2)), (module.Model(2.0).weighted, (1.0,))):
        node = f(*args)
        for x in (node, node + 1.0, [node]):
            with pytest.raises(TypeError, match=r"cannot pickle a node made by jit\(\w+\)"):
                pickle.dumps(x)
        twin = copy.deepcopy(node)
        twin.backward()
        assert twin.parents[0].grad != 0.0 == node.parents[0].grad
        assert pickle.loads(pickle.dumps(node.parents[0])).data == 2.0


@pytest.mark.slow
def test_spawned_workers(module: Any) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.map(module.decorated, [1.0, -1.0, 2.5, -2.5] * 3)
        assert found == [2.0, 1.0, 5.0, 2.5] * 3
        assert pool.starmap(module.wrapped, [(2.0, 2), (3.0, 3)]) == [6.0, 29.0]
        assert pool.map(module.Model(4.0).times, [1.0, 2.0]) == [4.0, 8.0]


def test_methods_overridden_and_inherited(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Child(module.Model):  # type: ignore[misc]
        @ag.jit
        def times(self, x: Any) -> Any:
            return super().times(x) + 1.0

    child, other = Child(3.0), module.Model(3.0)
    for _ in range(3):
        assert (child.times(2.0), other.times(2.0)) == (7.0, 6.0)
    with monkeypatch.context() as patch:
        for x in (child, other):
            patch.setattr(x, "times", lambda x: 42.0)
        assert child.times(2.0) == other.times(2.0) == 42.0
    assert (child.times(2.0), other.times(2.0)) == (7.0, 6.0)
