"""Like terms are found, unlike ones not merged, nothing is lost: checked without compiled code."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given

import autograd_lite as ag
from autograd_lite.jit.loops import roll
from autograd_lite.jit.loops.regions import Copies, Regions
from autograd_lite.jit.loops.roll import Loop, Piece, RolledTape, roll_tape
from autograd_lite.jit.loops.sums import Sums
from autograd_lite.jit.record.recorder import record_trace
from autograd_lite.jit.record.tape import Tape
from tests.support.cases import limit_examples, loop_over
from tests.support.rolled_loops import (
    LOOPS,
    OPERATIONS,
    POINT,
    SMALL,
    SUMS,
    WHOLE,
    long,
    loop,
    sines,
    total,
)


@pytest.fixture(autouse=True, scope="module")
def small_loops() -> Iterator[None]:
    """Roll loops of any length, so that those of the tests may be short."""
    with mock.patch.multiple(roll, FEWEST_OPERATIONS=400, FEWEST_IN_ALL=0):
        yield


def tape_of(f: Callable[[Any], Any], numbers: Sequence[float] = POINT) -> Tape:
    recorder, y = record_trace(f, numbers, lambda xs: ((xs,), {}))
    return recorder.tape(y if isinstance(y, list) else [y])


def copies(kernel: Loop) -> int:
    [count] = {len(column) for column in kernel.ends}
    return count


def value_of(found: RolledTape, tape: Tape, point: Sequence[float] = POINT) -> float:
    """A rolled tape's output, step by step and copy by copy."""
    numbers: dict[int, float] = dict(enumerate(point))
    numbers |= {~k: c for k, c in enumerate(tape.constants)}
    for step in found.steps:
        if isinstance(step, Piece):
            computed = step.tape.compute_outputs([numbers[place] for place in step.reads])
        else:
            rows = [[numbers[c[i]] for c in step.ends] for i in range(copies(step))]
            computed = [step.tape.compute_outputs(row)[0] for row in rows]
            computed = [sum(computed)] if step.summed else computed
        assert not set(range(step.first, step.first + len(computed))) & set(numbers)
        numbers |= dict(enumerate(computed, step.first))
    assert len(numbers) == found.size + len(tape.constants)
    return numbers[found.output]


def agrees(f: Callable[[Any], Any]) -> bool:
    """Whether rolling leaves the value of f as it is, to rounding."""
    tape = tape_of(f)
    value = math.nan if (found := roll_tape(tape)) is None else value_of(found, tape)
    return math.isclose(value, tape.compute_outputs(POINT)[0], rel_tol=1e-13)


def kernels(f: Callable[[Any], Any]) -> list[Loop]:
    found = roll_tape(tape_of(f))
    assert found is not None and agrees(f)
    return [step for step in found.steps if isinstance(step, Loop)]


def groups(f: Callable[[Any], Any]) -> list[Copies]:
    assert agrees(f)
    tape = tape_of(f)
    regions = Regions(tape, Sums(tape, roll.FEWEST_COPIES))
    return regions.find_copies(roll.FEWEST_COPIES, roll.FEWEST_OPERATIONS)


def sizes(f: Callable[[Any], Any]) -> list[int]:
    """How many copies each shape has."""
    return [len(group.own) for group in groups(f)]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few copies of short terms are worth a kernel."""
    for name, value in SMALL.items():
        monkeypatch.setattr(roll, name, value)


@loop_over("n", range(1, 41))
def test_thresholds(n: int) -> None:
    assert (roll_tape(tape_of(lambda x: total([long(v, 25) for v in x[:n]]))) is None) == (n < 16)
    assert (roll_tape(tape_of(lambda x: total([long(v, 10) for v in x[:n]]))) is None) == (n < 40)


@loop_over("kind", SUMS)
def test_every_way_to_add_up(kind: str) -> None:
    found = sizes(lambda x: 0.5 * SUMS[kind]([long(v, 20) * x[0] for v in x[1:61]]) + x[2])
    assert found == [{"pairs": 30, "chunks": 20, "differences": 59}.get(kind, 60)]


def test_what_is_the_same_for_all_is_computed_once() -> None:
    tape = tape_of(lambda x: [m := ag.mean(x), total([(v - m) ** 4 * m * m for v in x])][1])
    found = roll_tape(tape)
    assert found is not None
    [piece, kernel] = found.steps
    assert isinstance(piece, Piece) and isinstance(kernel, Loop)
    assert copies(kernel) == 120 and len(piece.tape.code) == len(piece.tape.outputs) == 1
    assert [len(set(slots)) for slots in kernel.ends] == [120, 1]


def test_constants_are_a_column_where_they_differ_and_stay_where_not() -> None:
    [kernel] = kernels(lambda x: total([long(3.0 * v, 5) * (k + 0.5) for k, v in enumerate(x)]))
    assert kernel.tape.constants == [3.0]
    assert [slots[0] < 0 for slots in kernel.ends] == [False, True]


UNLIKE: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    "operation": (lambda a, b: ag.sin(a * b) * b, lambda a, b: ag.cos(a * b) * b),
    "order of operands": (lambda a, b: (ag.sin(a) - a) * b, lambda a, b: (a - ag.sin(a)) * b),
    "order in a quotient": (lambda a, b: ag.sin(a) / a + b, lambda a, b: a / ag.sin(a) + b),
    "one leaf for two": (lambda a, b: ag.sin(a) * a * b, lambda a, b: ag.sin(a) * b * b),
    "which of two is read again": (
        lambda a, b: ag.exp(a * b) * ag.sin(a),
        lambda a, b: ag.exp(a * b) * ag.sin(b),
    ),
    "one result for two": (
        lambda a, b: [s := ag.sin(a), s * s * b][1],
        lambda a, b: ag.sin(a) * ag.sin(a) * b,
    ),
    "constant for slot": (lambda a, b: ag.sin(a * 0.7) * b, lambda a, b: ag.sin(a * b) * b),
    "operands of a sum": (lambda a, b: ag.sum([a, a, b]) ** 3, lambda a, b: ag.sum([a, b, b]) ** 3),
}


def unlike(kind: str, x: Any) -> Any:
    """Sixty terms of two shapes by turns."""
    return total([UNLIKE[kind][k % 2](x[k], x[60 + k]) for k in range(60)])


@loop_over("kind", UNLIKE)
def test_unlike_terms_are_not_merged(small: None, kind: str) -> None:
    assert sizes(lambda x: unlike(kind, x)) == [30, 30]


@pytest.mark.parametrize("kind", ["order of operands", "which of two is read again"])
def test_numbers_tell_a_wrong_match(small: None, kind: str) -> None:
    shape = Regions._describe_region

    def careless(*args: Any) -> Any:
        key, own, outside = shape(*args)
        return tuple(k for k in key if not isinstance(k, int)), own, outside

    with mock.patch.object(Regions, "_describe_region", careless):
        assert not agrees(lambda x: unlike(kind, x))


def test_factors_are_not_merged(small: None) -> None:
    def f(x: Any) -> Any:
        parts = [total([ag.sin(v) * x[0] for v in x[k : k + 30]]) for k in (1, 31, 61)]
        return parts[0] * 2.0 - parts[1] + parts[2] / -4.0

    assert [(len(g.own), g.factor) for g in groups(f)] == [(30, 2.0), (30, -1.0), (30, -0.25)]


def test_a_part_that_two_terms_read(small: None) -> None:
    def f(x: Any) -> Any:
        parts = [ag.sin(x[k] * x[k + 1]) for k in range(60)]
        return total([parts[k] * x[k] if k > 40 else parts[k // 2 * 2] * x[k] for k in range(60)])

    # of the parts, 20 are read once, as a part of what reads them
    assert sorted(sizes(f)) == [20, 20, 40]
    assert sorted((copies(k), k.summed) for k in kernels(f)) == [
        (20, False),
        (20, True),
        (40, True),
    ]


@loop_over("kind", WHOLE)
def test_nothing_is_lost(small: None, kind: str) -> None:
    assert agrees(WHOLE[kind])


def test_what_is_not_rolled(small: None) -> None:
    assert roll_tape(tape_of(sines)) is not None
    assert roll_tape(tape_of(lambda x: [sines(x), x[0]])) is None
    assert roll_tape(tape_of(lambda x: sines(x) if x[0] > 0.0 else 0.0)) is None
    assert roll_tape(tape_of(lambda x: long(long(x[0], 250), 250))) is None
    assert (
        roll_tape(tape_of(lambda x: [*accumulate(x, lambda y, v: ag.sin(y) * y + v)][-1])) is None
    )


@limit_examples(300)
@example([((["x"], [(OPERATIONS[4], 0, 0)]), 20)] * 2, "before", "product", False)
@given(*LOOPS)
def test_random_loops(groups: Any, way: str, end: str, turns: bool) -> None:
    with mock.patch.multiple(roll, **SMALL):
        tape = tape_of(lambda x: loop(x[:60], x[60:66], groups, way, end, turns))
        found = roll_tape(tape)
    if found is not None:
        slots = tape.evaluate(POINT)
        scale = 1.0 + sum(map(abs, slots[len(POINT) :]))
        assert abs(value_of(found, tape) - slots[tape.outputs[0]]) <= 1e-14 * scale**2


@pytest.mark.slow
def test_time_is_linear() -> None:
    times = []  # printed, for the ratio to be seen
    for n in (5_000, 20_000):
        tape = tape_of(lambda x: total([long(v, 4) * x[0] for v in x]), [0.5] * n)
        start = time.perf_counter()
        assert roll_tape(tape) is not None
        times.append(time.perf_counter() - start)
    print(f"rolled: 5,000 terms {times[0]:.3f} s, 20,000 terms {times[1]:.3f} s")
    assert times[1] < 12.0 * times[0]
