"""The builtin functions around machine code (objects.py): memory, references, CPython's layout."""

import contextlib
import gc
import math
import sys
import sysconfig
import weakref

import pytest

pytest.importorskip("llvmlite")
pytest.importorskip("numpy")

import numpy as np

from autograd_lite import Value
from autograd_lite.core import table
from autograd_lite.jit.backend.llvm import entry, objects, scalar
from autograd_lite.jit.backend.llvm.entry import Entries
from tests.support.machine_code import RefusedError, native, picky


@pytest.fixture(scope="module")
def sum_product() -> Entries:
    return native(2, (table.add, 0, 1), (table.mul, 0, 1), outputs=[2, 3, 0])


@pytest.fixture
def on_heap(monkeypatch):
    monkeypatch.setattr(entry, "STACK_BYTES", -1)


@pytest.mark.usefixtures("on_heap")
def test_a_frame_on_the_heap():
    f = native(2, (table.add, 0, 1), (table.mul, 0, 1), outputs=[2, 3, 0])
    assert f._words[entry._HEAP] > 0 == f._words[entry._STACK]
    for _ in range(3):
        assert f.call(2.0, 3.0) == (5.0, 6.0, 2.0)
        assert f.call(2.0) is None
        assert f.call(2.0, None) is None
        assert f.call_arrays(np.array([2.0, 3.0]), np.zeros(3)) is True
        assert f.call_arrays(None, None) is False


def test_references_are_kept_exactly(sum_product):
    x, y = 2.125, Value(3.25)
    failing = native(1, (picky, 0), outputs=[1])
    a, out = np.array([2.0, 3.0]), np.zeros(3)
    objects = [x, y, y._primal, a, out, float, Value, None, True, False, sum_product.call, picky]
    if sys.version_info >= (3, 12):  # those are immortal there
        objects = [o for o in objects if o is not None and type(o) is not bool and o is not float]

    def work():
        sum_product.call(x, y)
        sum_product.call(x)
        sum_product.call(x, None)
        sum_product.call(math.inf, y)
        sum_product.call_arrays(a, out)
        sum_product.call_arrays(a, a)
        sum_product.call_arrays(x, y)
        with contextlib.suppress(RefusedError):
            failing.call(-1.0)
        failing.call(x)

    work()
    before = [sys.getrefcount(o) for o in objects]
    for _ in range(1000):
        work()
    after = [sys.getrefcount(o) for o in objects]
    assert all(abs(b - a) < 50 for a, b in zip(before, after, strict=True)), (before, after)


@pytest.mark.slow
def test_no_memory_is_lost(sum_product):
    failing = native(1, (picky, 0), (table.gt, 1, 3.0), outputs=[1], guards=[(2, True)])
    y = Value(3.25)

    def work():
        sum_product.call(2.0, y)
        sum_product.call(2.0, None)
        failing.call(5.0)
        failing.call(1.0)
        with contextlib.suppress(RefusedError):
            failing.call(-1.0)

    for _ in range(100):
        work()
    gc.collect()
    blocks = sys.getallocatedblocks()
    for _ in range(20_000):
        work()
    gc.collect()
    assert sys.getallocatedblocks() - blocks < 200


def test_the_functions_keep_their_code():
    call = native(1, (table.neg, 0), outputs=[1]).call
    gc.collect()
    assert call(2.0) == (-2.0,)
    assert type(call).__name__ == "builtin_function_or_method"


@pytest.mark.slow
def test_nothing_outlives_its_program():
    made = native(1, (picky, 0), outputs=[1])

    class Marked:
        pass

    kept = Marked()
    call = objects.make_builtin("call", 0, [kept])
    gone = weakref.ref(kept)
    del kept
    gc.collect()
    assert gone() is not None
    del call
    gc.collect()
    assert gone() is None
    assert made.call(1.0) == (1.5,)


def test_programs_come_and_go():
    for k in range(20):
        f = native(1, (table.mul, 0, float(k)), outputs=[1])
        assert f.call(2.0) == (2.0 * k,)


def test_programs_share_the_code_of_their_entry_points():
    native(1, (table.neg, 0), outputs=[1]).call(1.0)
    before = entry.load_code.cache_info().misses
    f = native(1, (table.mul, 0, 0), outputs=[1])
    assert f.call(2.0) == f.call_floats(2.0) == (4.0,)
    assert entry.load_code.cache_info().misses == before


def layout_fails(match):
    objects.layout.cache_clear()
    try:
        with pytest.raises(RuntimeError, match=match):
            objects.layout()
    finally:
        objects.layout.cache_clear()


def test_a_free_threaded_python_is_refused(monkeypatch):
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: 1)
    layout_fails("interpreter's lock")


def test_another_implementation_is_refused(monkeypatch):
    class Other:
        name = "pypy"

    monkeypatch.setattr(sys, "implementation", Other())
    layout_fails("CPython")


def test_another_layout_is_refused(monkeypatch):
    class Boxed:
        def __init__(self, x):
            self._primal = [x]

    monkeypatch.setattr(objects, "Value", Boxed)
    layout_fails("is not where it is expected")


def test_the_layout_is_what_cpython_has():
    found = objects.layout()
    assert (found.type, found.number, found.items) == (8, 16, tuple.__basicsize__)
    assert found.data in range(16, Value.__basicsize__, 8)


def test_the_optimised_text_is_the_default_for_short_programs(sum_product):
    assert scalar.OPTIMISED >= 500
    assert "segment.0" in sum_product.ir and "segment.1" not in sum_product.ir


def test_the_collector_cannot_free_a_definition_that_is_in_use(sum_product) -> None:
    call = sum_product.call
    definition, text, *_ = call.__self__
    assert type(call.__self__) is tuple  # which the collector does not clear
    assert not gc.is_tracked(definition) and not gc.is_tracked(text)
