"""The gradient of a tape as a tape: the numbers of `grad`, for each output that is asked for."""

import math
import struct
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.core.table import TABLE
from autograd_lite.jit.ir.derivative import with_gradient
from autograd_lite.jit.ir.program import Program
from autograd_lite.jit.record.recorder import record_trace
from autograd_lite.jit.record.tape import Guard, Tape
from autograd_lite.testing.strategies import Expression, expressions
from tests.support.cases import limit_examples, loop_over

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
AWKWARD = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan]


def tape_of(f: Any, point: Sequence[float]) -> Tape:
    recorder, result = record_trace(f, point, lambda values: ([values], {}))
    return recorder.tape(result if isinstance(result, list) else [result])


def bits(xs: Sequence[float]) -> list[bytes | str]:
    return ["nan" if x != x else struct.pack("<d", x) for x in xs]


@settings(limit_examples(300), derandomize=True)
@given(expression=expressions(), other=st.lists(st.sampled_from(AWKWARD), min_size=3, max_size=3))
def test_gradients_are_those_of_an_eager_run(expression: Expression, other: list[float]) -> None:
    f, point = expression.f, expression.point
    tape = tape_of(f, point)
    for x in (point, other[: len(point)]):
        exact = with_gradient(tape, [True] * len(point), exact=True).compute_outputs(x)
        assert bits(exact[1:]) == bits(ag.grad(f)(x))
        assert bits(exact[:1]) == bits(tape.compute_outputs(x))
        fast = with_gradient(tape, [True] * len(point)).compute_outputs(x)
        for own, right in zip(fast, exact, strict=True):
            assert own == right or own != own


@loop_over("wanted", [(True, False), (False, True), (True, True), (False, False)])
@loop_over("exact", [True, False])
def test_only_what_is_wanted(wanted: tuple[bool, bool], exact: bool) -> None:
    tape = tape_of(lambda p: ag.sin(p[0]) * p[1], [0.5, 2.0])
    partials = [2.0 * math.cos(0.5), math.sin(0.5)]
    expected = [d for d, want in zip(partials, wanted, strict=True) if want]
    made = with_gradient(tape, wanted, exact=exact)
    assert made.compute_outputs([0.5, 2.0]) == [2.0 * math.sin(0.5), *expected]
    if wanted == (False, True):
        assert "cos" not in str(Program.of(made))


def test_guards_stay() -> None:
    tape = tape_of(lambda p: p[0] * p[1] if p[0] > p[1] else p[1], [2.0, 1.0])
    made = with_gradient(tape, [True, True])
    assert made.guards == tape.guards
    seeded = with_gradient(tape, [True, True], seeded=True)
    assert seeded.inputs == 3
    assert seeded.guards == [Guard(g.slot + 1, g.expected, g.place) for g in tape.guards]


@pytest.mark.parametrize("exact", [True, False])
def test_seeds_weigh_several_outputs(exact: bool) -> None:
    def f(p: Any) -> list[Any]:
        product = p[0] * p[1]
        return [product, ag.exp(p[0]), product * product, p[1]]

    point, seeds = [0.5, 3.0], [1.0, -2.0, 0.25, 10.0]
    made = with_gradient(tape_of(f, point), [True, True], seeded=True, exact=exact)
    found = made.compute_outputs([*point, *seeds])
    assert found[:4] == f(point)
    assert found[4:] == pytest.approx(ag.vjp(f, point)[1](seeds)[0], rel=1e-15)


def test_a_seed_of_zero_is_no_flow() -> None:
    tape = tape_of(lambda p: [ag.sqrt(p[0]), p[0]], [1.0])
    made = with_gradient(tape, [True], seeded=True, exact=True)
    assert made.compute_outputs([0.0, 0.0, 1.0])[2:] == [1.0]


LEAKS = [
    (lambda p: ag.where(p[0] < 1.0, p[0], ag.sqrt(p[0])), 0.0, 1.0),
    (lambda p: ag.relu(ag.log(p[0])) + p[0], 0.0, 1.0),
    (lambda p: ag.sqrt(ag.relu(p[0])), -1.0, 0.0),
    (lambda p: ag.maximum(3.0 * p[0], ag.log(p[0])), 0.0, 3.0),
    (lambda p: ag.stop_gradient(ag.sqrt(p[0])) + p[0], 0.0, 1.0),
]


@pytest.mark.parametrize(("f", "x", "expected"), LEAKS)
def test_what_is_not_chosen_is_no_flow(f: Any, x: float, expected: float) -> None:
    tape = tape_of(f, [2.0])
    assert with_gradient(tape, [True], exact=True).compute_outputs([x])[1] == expected
    found = with_gradient(tape, [True]).compute_outputs([x])[1]
    assert found == expected or math.isnan(found)


def test_outputs_that_are_inputs_constants_or_twice_the_same() -> None:
    assert with_gradient(tape_of(lambda p: p[0], [2.0]), [True]).compute_outputs([2.0]) == [
        2.0,
        1.0,
    ]
    tape = Tape(1)
    tape.outputs = [tape.constant(3.0)]
    for exact in (True, False):
        assert with_gradient(tape, [True], exact=exact).compute_outputs([2.0]) == [3.0, 0.0]
        tape.outputs = [tape.constant(3.0), 0, 0]
        found = with_gradient(tape, [True], seeded=True, exact=exact)
        assert found.compute_outputs([2.0, 5.0, 6.0, 7.0]) == [3.0, 2.0, 2.0, 13.0]
        tape.outputs = [tape.constant(3.0)]


def test_a_users_partials_of_numbers_are_called() -> None:
    seen: list[tuple[float, ...]] = []

    def partial(x: float, y: float, result: float) -> float:
        seen.append((x, y, result))
        return math.cos(x) if x > 0.0 else 0.0

    own = ag.primitive(
        lambda x, y: math.sin(x) * y, partials=[partial, lambda x, y, r: ag.sin(x)], name="own"
    )
    tape = tape_of(lambda p: own(p[0], 2.0) + p[1], [1.0, 1.0])
    made = with_gradient(tape, [True, True])
    seen.clear()
    assert made.compute_outputs([0.5, 3.0])[1:] == [math.cos(0.5), 1.0]
    assert made.compute_outputs([-0.5, 3.0])[1:] == [0.0, 1.0]
    assert seen == [(0.5, 2.0, 2.0 * math.sin(0.5)), (-0.5, 2.0, -2.0 * math.sin(0.5))]


@pytest.mark.slow
def test_a_long_chain() -> None:
    def f(p: Any) -> Any:
        y = p[0]
        for _ in range(20_000):
            y = y * 0.999 + p[0]
        return y

    made = with_gradient(tape_of(f, [1.0]), [True])
    assert made.compute_outputs([2.0])[1] == ag.grad(f)([2.0])[0]


def test_the_whole_table_has_a_gradient() -> None:
    for row in TABLE.values():
        box = [*row.domain.box] * (1 if row.arity else 4)
        point = [low + 0.6 * (high - low) for low, high in box]
        places = [i for i, (low, high) in enumerate(box) if low < high]
        tape = Tape(len(point))
        tape.outputs = [tape.add(row, tuple(range(len(point))))]
        made = with_gradient(tape, [i in places for i in range(len(point))], exact=True)
        leaves = [Value(x) for x in point]
        row(*leaves).backward()
        found = made.compute_outputs(point)[1:]
        assert bits([d + 0.0 for d in found]) == bits([leaves[i].grad + 0.0 for i in places])
