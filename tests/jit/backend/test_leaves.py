"""The one node of a jitted call: grads of leaves grow exactly as edge by edge."""

import gc
import itertools
import math
import sys
import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.jit.backend import leaves
from autograd_lite.jit.backend.leaves import FusedOperands, Leaves
from tests.support.cases import loop_over

COMPILED = not hasattr(Value.backward, "__code__")  # by mypyc; see docs/compiled-core.md

SPECIAL = [0.0, -0.0, 1.5, -2.0, 5e-324, 1e308, math.inf, -math.inf, math.nan]


class Named(Value):
    """A subclass, which machine code leaves to Python."""

    __slots__ = ()


class Loud(float):
    """A grad of a user's own: adding to it keeps its type."""

    def __add__(self, other: float) -> "Loud":
        return Loud(float(self) + other)


class Everything:
    """A source that chose all operands."""

    @staticmethod
    def find_active(operands: Any) -> list[bool]:
        return [True for _ in operands]


def spelt(xs: Any) -> list[str]:
    return [f"{type(x.grad).__name__} {x.grad!r}" for x in xs]


def edge_by_edge(operands: Any, partials: Any, adjoint: float) -> None:
    for x, d in zip(operands, partials, strict=True):
        if d is not None:
            x.grad += d * adjoint


def both_ways(make: Callable[[], Any], partials: Any, adjoint: float) -> None:
    """Leaves.accumulate against the plain loop, twice over."""
    for times in (1, 2):
        own, other = make(), make()
        for _ in range(times):
            Leaves(own, partials, Everything).accumulate(adjoint)
            edge_by_edge(other, partials, adjoint)
        assert spelt([x for x in own if type(x) is not float]) == spelt(
            [x for x in other if type(x) is not float]
        )


@loop_over("adjoint", SPECIAL)
def test_special_numbers(adjoint: float) -> None:
    pairs = [*itertools.product(SPECIAL, SPECIAL)]

    def make() -> tuple[Value, ...]:
        values = tuple([Value(1.0) for _ in pairs])
        for x, (grad, _) in zip(values, pairs, strict=True):
            x.grad = grad
        return values

    both_ways(make, tuple([d for _, d in pairs]), adjoint)


GRADS: list[Any] = [1, True, Fraction(1, 3), Loud(0.25), 10**30]


@loop_over("odd", [*GRADS, None])
@loop_over("place", [0, 2, 4])
def test_odd_grads(odd: Any, place: int) -> None:
    def make() -> tuple[Any, ...]:
        values: list[Any] = [Value(1.0), 2.0, Value(3.0), Value(4.0), Value(5.0)]
        values[place].grad = odd
        return tuple(values)

    partials = (0.1, None, 0.3, 0.7, -0.9)
    if odd is not None:
        both_ways(make, partials, 1.7)
        return
    with pytest.raises(TypeError, match="None"):  # a compiled Value refuses it at once
        Leaves(make(), partials, Everything).accumulate(1.7)


@pytest.mark.parametrize("kind", [Value, Named])
def test_one_leaf_many_times(kind: Any) -> None:
    def make() -> tuple[Any, ...]:
        x, y = kind(1.0), Value(2.0)
        x.grad = 0.1
        return (x, y, x, 5.0, x, y, x)

    both_ways(make, (0.1, 0.7, 1e-17, None, 0.3, 1e16, -0.1), 1.1)
    both_ways(make, (None,) * 7, 1.1)
    both_ways(lambda: (), (), 1.1)


def test_partials_that_are_no_floats() -> None:
    both_ways(lambda: (Value(1.0), Value(2.0)), (1, Fraction(1, 2)), 2.0)
    both_ways(lambda: (Value(1.0), Value(2.0)), (1.0, 0.5), 2)
    with pytest.raises(ValueError, match="zip"):
        Leaves((Value(1.0), Value(2.0)), (1.0,), Everything).accumulate(1.0)


def test_leaves_through_backward(jit: Any) -> None:
    """Duplicates, constants, odd grads and subclasses in one call."""
    u, v, s = Value(1.5), Value(-2.5), Named(0.5)

    def f(x: Any, y: Any) -> Any:
        return u * v * x + ag.sin(u) * y + s * x

    jitted = jit(f)
    for args in [(2.0, 3.0), (u, 3.0), (u, u), (v, s), (Value(4.0), 1.0)]:
        for grad in (0.0, *GRADS):
            found = []
            for g in (f, jitted, jitted, jitted):
                for x in (u, v, s):
                    x.grad = grad
                g(*args).backward()
                found.append([float(x.grad) for x in (u, v, s)])
            for grads in found[1:]:
                assert grads == pytest.approx(found[0], rel=1e-15)
    assert type(jitted(2.0, 3.0)) is Value


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("call", ["one", "sum"])
def test_infinite_adjoints(jit: Any, call: str) -> None:
    """Nothing flows to what was not chosen, not even 0 * inf."""
    if call == "sum":
        pytest.importorskip("numpy")
    u, v = Value(2.0), Value(0.0)
    for f in (lambda x: ag.relu(u * x) + v, lambda x: ag.relu(u * x) * v, lambda x: u * v * x):
        found = []
        for g in (f, jit(f), None):
            jitted = jit(f)
            for _ in range(3):
                u.grad = v.grad = 0.0
                y = g(-1.0) if g else jitted(-1.0) if call == "one" else jitted.sum([-1.0])
                ag.sqrt(y).backward()
                found.append(repr((u.grad, v.grad)))
        assert len(set(found)) == 1, found


@pytest.mark.slow
def test_memory_is_steady(jit: Any) -> None:
    u, v = Value(1.5), Value(-2.5)
    f = jit(lambda x: u * v * x + ag.exp(u * x))

    def work(times: int) -> None:
        for _ in range(times):
            f(0.5).backward()
            f(u).backward()

    work(10)
    gc.collect()
    counts = [sys.getrefcount(x) for x in (u, v, None, True, False, u.grad)]
    tracemalloc.start()
    try:
        work(100)
        before = tracemalloc.get_traced_memory()[0]
        work(5_000)
        assert tracemalloc.get_traced_memory()[0] - before < 5_000
    finally:
        tracemalloc.stop()
    after = [sys.getrefcount(x) for x in (u, v, None, True, False, u.grad)]
    if COMPILED:  # each `__init__` that the interpreter calls leaves a reference to None
        after[2] = counts[2]
    assert all(abs(a - b) < 20 for a, b in zip(after, counts, strict=True))


def test_edges_are_those_of_the_table() -> None:
    x = Value(2.0)
    operands = FusedOperands((x, 3.0, x), (0.0, None, 1.0), Everything)
    assert [*operands.edges()] == [(x, 0.0), (x, 1.0)]
    assert operands.leaves is False
    assert leaves.Leaves((x,), (1.0,), Everything).leaves is True
