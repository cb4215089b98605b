"""Machine code for many Values at a time: right, or False with nothing done."""

import gc
import importlib
import itertools
import math
import sys
import tracemalloc
from fractions import Fraction
from typing import Any

import pytest

from autograd_lite import Value
from autograd_lite.jit.backend import leaves
from tests.support.cases import loop_over

np = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")
if not hasattr(Value.backward, "__code__"):
    pytest.skip("a compiled Value holds doubles: see test_compiled.py", allow_module_level=True)

leaf_functions = importlib.import_module(
    "autograd_lite.jit.backend.llvm.leaf_access"
).leaf_functions

SPECIAL = [0.0, -0.0, 1.5, -2.0, 5e-324, 1e308, math.inf, -math.inf, math.nan]


class Named(Value):
    """A subclass: its objects may be laid out otherwise."""

    __slots__ = ("extra",)


class Sub(float):
    """No exact float."""


def with_data(data: Any, kind: Any = Value) -> Any:
    x = kind(0.0)
    x._primal = data
    return x


def with_grad(grad: Any, kind: Any = Value) -> Any:
    x = kind(0.0)
    x.grad = grad
    return x


def test_gather() -> None:
    values = (*SPECIAL, *[Value(x) for x in SPECIAL], with_data(math.pi))
    out = np.full(len(values) + 1, 7.0)
    assert leaf_functions().gather(values, out) is True
    assert [*map(repr, out.tolist())] == [*map(repr, [*SPECIAL, *SPECIAL, math.pi, 7.0])]
    assert leaf_functions().gather((), out) is True


ODD_DATA = [1, None, "2.0", [1.0], True, Named(1.0), Sub(1.0), np.float64(1.0), Fraction(1, 2)]


@loop_over("odd", [*ODD_DATA, *map(with_data, [1, True, Sub(1.0), np.float64(1.0)])])
def test_gather_refuses(odd: Any) -> None:
    out = np.zeros(3)
    assert leaf_functions().gather((1.0, odd, Value(2.0)), out) is False
    bare = Value.__new__(Value)  # whose slots hold nothing
    assert leaf_functions().gather((bare,), out) is False


@pytest.mark.parametrize("odd", [1, True, np.float64(1.0), Sub(1.0), Fraction(1, 2)])
def test_numbers_are_read_all_the_same(odd: Any) -> None:
    for x in (odd, with_data(odd), with_data(odd, Named)):
        out = np.zeros(3)
        leaves.read_numbers((1.0, x, Value(2.0)), out)
        assert out.tolist() == [1.0, float(odd), 2.0]
    with pytest.raises((TypeError, ValueError)):
        leaves.read_numbers((1.0, "x"), np.zeros(2))


def both(values: Any, partials: Any, adjoint: Any) -> list[Any]:
    """Return the results of both functions, with grads as they were before each."""
    code, before, found = leaf_functions(), [getattr(x, "grad", 0.0) for x in values], []
    pairs: list[tuple[Any, Any]] = [(code.accumulate, tuple(partials))]
    if None not in partials:
        pairs.append((code.accumulate_array, np.array(partials, dtype=float)))
    for add, factors in pairs:
        for x, grad in zip(values, before, strict=True):
            if isinstance(x, Value):
                x.grad = grad
        found.append((add(values, factors, adjoint), [repr(getattr(x, "grad", 0)) for x in values]))
    return found


def test_accumulate() -> None:
    for adjoint in SPECIAL:
        grads, partials = zip(*itertools.product(SPECIAL, SPECIAL), strict=True)
        values = tuple([with_grad(g) for g in grads])
        expected = [repr(g + d * adjoint) for g, d in zip(grads, partials, strict=True)]
        assert both(values, partials, adjoint) == [(True, expected)] * 2
    assert leaf_functions().accumulate((), (), 1.0) is True


def test_one_leaf_many_times() -> None:
    x, partials = with_grad(0.1), (0.1, 1e16, -1e16, 0.3)
    expected = 0.1
    for d in partials:
        expected += d * 0.7
    assert both((x,) * 4, partials, 0.7) == [(True, [repr(expected)] * 4)] * 2


def test_constants_among_the_operands() -> None:
    x = with_grad(1.0)
    for other in (2.0, "anything", None, with_grad(None), Named(1.0)):
        x.grad = 1.0
        assert leaf_functions().accumulate((other, x, other), (None, 0.5, None), 2.0) is True
        assert x.grad == 2.0


ODD_GRADS = [1, True, None, "1.0", Sub(1.0), np.float64(1.0), Fraction(1, 2)]


@loop_over("place", range(3))
@loop_over("odd", [*map(with_grad, ODD_GRADS), Named(1.0), 2.0, None, "x"])
def test_refuses_with_nothing_done(odd: Any, place: int) -> None:
    values = [with_grad(0.1), with_grad(0.2)]
    values.insert(place, odd)
    before = [repr(getattr(x, "grad", 0)) for x in values]
    assert both(tuple(values), [1.0, 2.0, 3.0], 1.5) == [(False, before)] * 2


def test_refuses_odd_partials_and_adjoints() -> None:
    x, code = with_grad(0.1), leaf_functions()
    bare = Value.__new__(Value)
    for values, partials in [((x,), (1,)), ((x, x), (1.0, "a")), ((x,), ()), ((), (1.0,)),
                             ((x, bare), (1.0, 1.0)), ((x,), (Sub(1.0),))]:  # fmt: skip
        assert code.accumulate(values, partials, 1.0) is False
    for adjoint in (1, None, True, np.float64(1.0), Sub(1.0), Value(1.0)):
        assert both((x,), (1.0,), adjoint) == [(False, ["0.1"])] * 2
    assert x.grad == 0.1


def test_other_objects_keep_the_old_grad() -> None:
    """A float that something else holds is replaced, not written into."""
    x = with_grad(0.1)
    held, partial, adjoint = x.grad, 0.5, 3.0
    counts = [sys.getrefcount(y) for y in (held, partial, adjoint, x)]
    for _ in range(1_000):
        x.grad = held
        assert leaf_functions().accumulate((x,), (partial,), adjoint) is True
    assert (held, x.grad) == (0.1, 0.1 + 1.5)
    x.grad = held
    assert [sys.getrefcount(y) for y in (held, partial, adjoint, x)] == counts


def test_memory_is_steady() -> None:
    code = leaf_functions()
    values = tuple([Value(0.5) for _ in range(50)])
    partials, array, out = (0.25,) * 50, np.full(50, 0.25), np.empty(50)

    def work(times: int) -> None:
        for k in range(times):
            code.accumulate(values, partials, 1.0)
            code.accumulate_array(values, array, 1.0)
            code.gather(values, out)
            code.accumulate(values, partials, k)
            code.gather((None,), out)

    work(10)
    counts = [sys.getrefcount(x) for x in (values[0], partials, array, out, code.gather)]
    gc.collect()
    tracemalloc.start()
    try:
        work(100)
        before = tracemalloc.get_traced_memory()[0]
        work(10_000)
        assert tracemalloc.get_traced_memory()[0] - before < 2_000
    finally:
        tracemalloc.stop()
    found = [sys.getrefcount(x) for x in (values[0], partials, array, out, code.gather)]
    assert found == counts
    assert len({id(x.grad) for x in values}) == 50
