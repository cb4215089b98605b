"""What was recorded: for each shape of arguments its ways, until there are too many."""

import math
import os
import subprocess
import sys
import warnings
from importlib.util import find_spec
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.jit.call import cache

NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_is_run_eagerly_is_run_alike(jit: Any) -> None:
    f = jit(lambda x: ag.log(x - int(x)))
    assert [f(3.5), f(3.0)] == [math.log(0.5), -math.inf]
    g = jit(lambda x: ag.where(~(x > 5.0), 1.0, ag.log(x - 6.0)))
    assert [g(7.0), g(6.0), g(0.0)] == [0.0, -math.inf, 1.0]


def test_an_error_in_a_users_primitive_comes_through(jit: Any) -> None:
    @ag.primitive(partials=[lambda x, y: 1.0])  # type: ignore[untyped-decorator]
    def fussy(x: float) -> float:
        if x > 5.0:
            raise LookupError("too large")
        return x

    f = jit(lambda x: fussy(x) * 2.0)
    assert f(1.0) == 2.0
    with pytest.raises(LookupError, match="too large"):
        f(6.0)
    assert f(2.0) == 4.0


def test_an_error_in_the_function_leaves_nothing_behind(jit: Any) -> None:
    def f(x: Any) -> Any:
        if x < 0.0:
            raise LookupError("negative")
        return x * 2.0

    jitted = jit(f)
    for x, _ in ((-1.0, 0), (1.0, 0), (-2.0, 0)):
        if x > 0.0:
            assert jitted(x) == 2.0
        else:
            with pytest.raises(LookupError):
                jitted(x)
    assert (Value(1.0) > 0.0) is True


@pytest.mark.slow
def test_too_many_shapes_warn_once(jit: Any) -> None:
    f = jit(lambda n, x: n * x)
    with pytest.warns(RuntimeWarning, match="shapes of arguments") as caught:
        assert [f(n, 0.5) for n in range(100)] == [n * 0.5 for n in range(100)]
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert f(3, 0.25) == 0.75


def test_too_many_ways_warn_once(jit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_MAX_SPECIALIZATIONS", 8)
    f = jit(lambda x: int(x) * x)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            for n in range(20):
                assert f(n + 0.5) == n * (n + 0.5)
    assert ["ways through" in str(w.message) for w in caught] == [True]


def test_a_long_recording_warns_once_and_names_the_way_out(
    jit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_LONG_TRACE", 50)
    for f in (jit(long_sum), jit(ag.grad(long_sum)), jit(ag.value_and_grad(long_sum))):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for x in (2.0, 3.0):
                f(x)
        [warning] = caught
        assert warning.filename == __file__ and ".mean or .sum" in str(warning.message)
        assert "98 operations of " in str(warning.message) and "long_sum" in str(warning.message)
        assert f"{__file__}:{long_sum.__code__.co_firstlineno}" in str(warning.message)


def long_sum(x: Any) -> Any:
    return sum(x * (k + 0.5) for k in range(49))


CYCLES = """
import gc, sys
import autograd_lite as ag
w = ag.Value(2.0)
for number in range(30):
    f = ag.jit(lambda x, y: w * x if x > y else y, backend=sys.argv[1])
    for point in ((1.0, 2.0), (2.0, 1.0), (1.0, 2.0), (2.0, 1.0)):
        f(*point), f(ag.Value(3.0), 1.0).backward(), ag.grad(f)(*point)
    f.__dict__["itself"] = f
    del f
    if number % 3 == 0:
        gc.collect()
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["python", pytest.param("llvm", marks=NO_LLVM)])
def test_recordings_in_cycles_are_collected(backend: str) -> None:
    """In a process of its own, where memory that was freed cannot be read as if it was not."""
    careful = {"PYTHONMALLOC": "malloc", "MALLOC_PERTURB_": "2"}
    command = [sys.executable, "-c", CYCLES, backend]
    ended = subprocess.run(command, env=os.environ | careful, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
