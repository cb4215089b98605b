"""Regions: what is computed for one result alone, and which of them are copies of one shape."""

from collections.abc import Callable
from itertools import accumulate, pairwise
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.jit.loops.regions import Copies, Regions
from autograd_lite.jit.loops.sums import Sums
from autograd_lite.jit.record.recorder import record_trace
from autograd_lite.jit.record.tape import Tape

POINT = [0.5 + k / 64.0 for k in range(60)]
FEWEST = 4


def tape_of(f: Callable[[Any], Any]) -> Tape:
    recorder, y = record_trace(f, POINT, lambda xs: ((xs,), {}))
    return recorder.tape([y])


def groups(f: Callable[[Any], Any], operations: int = 1) -> list[Copies]:
    tape = tape_of(f)
    return Regions(tape, Sums(tape, FEWEST)).find_copies(FEWEST, operations)


def wave(x: Any) -> Any:
    return ag.sin(x) * x


def kinds(f: Callable[[Any], Any]) -> list[tuple[int, int, bool]]:
    """(copies, operations of each, whether they are added up), the most copies first."""
    return sorted([(len(g.own), len(g.own[0]), g.root is not None) for g in groups(f)])[::-1]


def test_addends() -> None:
    assert kinds(lambda x: ag.sum([*map(wave, x)])) == [(60, 2, True)]
    assert kinds(lambda x: ag.sum(x)) == [(60, 0, True)]
    assert kinds(lambda x: ag.sum([*map(wave, x[:20]), *map(ag.exp, x[20:]), x[0]])) == [
        (40, 1, True),
        (20, 2, True),
    ]


def test_what_two_sums_read_is_a_column_and_added_as_it_is() -> None:
    def f(x: Any) -> Any:
        waves = [*map(wave, x)]
        return ag.sum(waves) * ag.sum([ag.exp(w) for w in waves])

    assert kinds(f) == [(60, 2, False), (60, 1, True), (60, 0, True)]


def test_levels_part_what_depends_on_each_other() -> None:
    def f(x: Any) -> Any:
        once = [*map(wave, x)]
        twice = [wave(a) * b for a, b in pairwise(once)]
        return ag.sum([a * b for a, b in pairwise(twice)])

    # the first and the last of each are read once, and so a part of what reads them
    assert kinds(f) == [(58, 2, False), (57, 3, False), (56, 1, True)]
    assert [g.level for g in sorted(groups(f), key=lambda g: len(g.own))] == [3, 1, 0]


def test_steps_of_a_recurrence_are_no_copies() -> None:
    assert kinds(lambda x: [*accumulate(x, lambda y, v: ag.sin(y) * y + v)][-1]) == []


@pytest.mark.parametrize(
    "step", [lambda y, v: y * v, ag.maximum, lambda y, v: 0.9 * y + v, lambda y, v: ag.exp(-y) * v]
)
def test_what_steps_read_is_a_column(step: Callable[[Any, Any], Any]) -> None:
    """All but the first few of what a product, a maximum or a filter takes in."""
    [group] = groups(lambda x: [*accumulate([ag.exp(v) * wave(v) for v in x], step)][-1])
    assert group.root is None and 40 <= len(group.own) <= 60 and len(group.own[0]) == 4


def test_few_copies_and_few_operations_are_left() -> None:
    assert groups(lambda x: ag.sum([wave(v) for v in x[:3]])) == []
    assert groups(lambda x: ag.sum([wave(v) for v in x]), operations=121) == []
    assert len(groups(lambda x: ag.sum([wave(v) for v in x]), operations=120)) == 1


def test_an_operation_of_a_users_own_is_left() -> None:
    cube = ag.primitive(lambda x: x * x * x, partials=[lambda x, y: 3.0 * x * x])
    assert groups(lambda x: ag.sum([wave(cube(v)) for v in x])) == []


def test_what_nothing_reads_belongs_to_no_region() -> None:
    tape = tape_of(lambda x: ag.sum([wave(v) for v in x]))
    dead = tape.add(tape.code[0][0], (0,))
    regions = Regions(tape, Sums(tape, FEWEST))
    assert not regions.is_needed(dead) and regions.is_needed(tape.outputs[0])
