"""Numbers that are -0.0 where inactive, so that sums round as they do without them."""

import itertools
import math
import struct
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.core.formulas import select
from autograd_lite.jit.record.tape import Symbol, Tape
from autograd_lite.transforms.active import Derivative, add, finish, multiply
from tests.support.cases import loop_over

NUMBERS = [0.0, -0.0, 1.5, -2.0, math.inf, -math.inf, math.nan]


def bits(x: float) -> bytes | str:
    return "nan" if x != x else struct.pack("<d", x)


def evaluated(tape: Tape, x: Any, point: list[float]) -> float:
    return tape.evaluate(point)[x.slot] if isinstance(x, Symbol) else float(x)


def test_plain_numbers() -> None:
    assert multiply((2.0, False), Derivative(3.0)) == Derivative(6.0, True)
    assert multiply((2.0, True), Derivative(3.0)) == Derivative(6.0, True)
    assert multiply((0.0, True), Derivative(3.0)) is None
    assert multiply((0.0, False), Derivative(3.0)) == Derivative(0.0, True)
    derivative = Derivative(3.0)
    assert multiply((1.0, True), derivative) is derivative
    assert add(Derivative(1.0), Derivative(2.0)) == Derivative(3.0, True)
    assert (finish(None), finish(derivative)) == (0.0, 3.0)


def eager(partials: list[tuple[float, bool]], adjoint: float) -> float:
    """The sum that a sweep over plain floats makes."""
    total = None
    for d, selects in partials:
        if not (selects and d == 0.0):
            part = adjoint if d == 1.0 else d * adjoint
            total = part if total is None else total + part
    return 0.0 if total is None else total


@pytest.mark.parametrize("selects", [*itertools.product([True, False], repeat=2)])
def test_sums_of_symbols_are_those_of_floats(selects: tuple[bool, bool]) -> None:
    tape = Tape(3)
    adjoint, a, b = [Symbol(tape, i) for i in range(3)]
    total = None
    for d, chooses in zip((a, b), selects, strict=True):
        part = multiply((d, chooses), Derivative(adjoint))
        assert part is not None
        total = part if total is None else add(total, part)
    found = finish(total)
    for point in itertools.product(NUMBERS, repeat=3):
        expected = eager([*zip(point[1:], selects, strict=True)], point[0])
        assert bits(evaluated(tape, found, [*point])) == bits(expected), point


def test_what_is_inactive_stays_so() -> None:
    tape = Tape(3)
    adjoint, first, second = [Symbol(tape, i) for i in range(3)]
    passed = multiply((first, True), Derivative(adjoint))
    assert passed is not None
    on = multiply((second, False), passed)
    assert on is not None
    for x, d in itertools.product(NUMBERS, repeat=2):
        point = [x, 0.0, d]
        assert bits(evaluated(tape, on.number, point)) == bits(-0.0)
        assert evaluated(tape, on.active, point) == 0.0
        assert bits(evaluated(tape, finish(on), point)) == bits(0.0)


def test_conditions_are_combined() -> None:
    tape = Tape(2)
    x, y = Symbol(tape, 0), Symbol(tape, 1)
    either = add(Derivative(select(x != 0.0, x, -0.0), x != 0.0), Derivative(-0.0, y != 0.0))
    assert add(Derivative(1.0), Derivative(2.0, y != 0.0)).active is True
    for a, b in itertools.product([0.0, 3.0], repeat=2):
        assert evaluated(tape, either.active, [a, b]) == float(a != 0.0 or b != 0.0)
        assert bits(evaluated(tape, either.number, [a, b])) == bits(a or -0.0)


LIVES = [True, 0.0, 1.0]  # always, or a truth that is this


@loop_over("lives", [*itertools.product(LIVES, repeat=2)])
@loop_over("selects", [True, False])
def test_every_combination(lives: tuple[float, float], selects: bool) -> None:
    """The sum of two, passed on along an edge, plain or on the tape."""
    for amounts in itertools.product([-0.0, 1.5, math.inf], repeat=2):
        for partial, plain in itertools.product([0.0, -0.0, 1.0, -2.0, math.inf], [True, False]):
            tape = Tape(3)
            truths = [x if x is True else Symbol(tape, i) != 0.0 for i, x in enumerate(lives)]
            pairs = [*zip(amounts, truths, lives, strict=True)]
            both = [Derivative(a if now else -0.0, truth) for a, truth, now in pairs]
            edge = partial if plain else Symbol(tape, 2)
            found = multiply((edge, selects), add(*both))
            moving = [a for a, live in zip(amounts, lives, strict=True) if live]
            total = sum(moving[1:], moving[0]) if moving else None
            if total is None or (selects and partial == 0.0):
                expected = 0.0
            else:
                expected = total if partial == 1.0 else partial * total
            point = [*map(float, lives), partial]
            assert bits(evaluated(tape, finish(found), point)) == bits(expected), (amounts, point)
            if found is not None:
                live = total is not None and not (selects and partial == 0.0)
                assert bool(evaluated(tape, found.active, point)) is live
                assert live or bits(evaluated(tape, found.number, point)) == bits(-0.0)


PROGRAMS = [
    lambda x, y: ag.where(x > y, x * y, ag.sqrt(y)),
    lambda x, y: ag.relu(x - y) * ag.relu(y) + ag.sqrt(abs(x)),
    lambda x, y: ag.sqrt(ag.relu(x)) + ag.log(ag.maximum(y, 0.0)),
    lambda x, y: ag.clip(x, y, y * y) * ag.minimum(x, y),
]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("f", PROGRAMS)
def test_both_sweeps_while_recording(f: Any) -> None:
    pull = ag.jit(ag.grad(f, (0, 1)), backend="python")
    push = ag.jit(lambda x, y: ag.jvp(f, (x, y), (1.5, -2.0))[1], backend="python")
    for _ in range(2):
        for x, y in itertools.product([0.0, -0.0, 1.0, -1.0, 0.5, 4.0], repeat=2):
            assert [*map(bits, pull(x, y))] == [*map(bits, ag.grad(f, (0, 1))(x, y))]
            assert bits(push(x, y)) == bits(ag.jvp(f, (x, y), (1.5, -2.0))[1])
