"""Sums are flattened: their addends with their factors, however a loop has added them up."""

import math
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.jit.loops.sums import Sums
from autograd_lite.jit.record.recorder import record_trace
from autograd_lite.jit.record.tape import Tape
from tests.support.cases import loop_over

POINT = [0.5 + k / 64.0 for k in range(40)]
FEWEST = 4


def tape_of(f: Callable[[Any], Any]) -> Tape:
    recorder, y = record_trace(f, POINT, lambda xs: ((xs,), {}))
    return recorder.tape([y])


def total(terms: Sequence[Any]) -> Any:
    return [*accumulate(terms, initial=0.0)][-1]


def members(f: Callable[[Any], Any]) -> dict[int, float]:
    """The inputs that the output is a sum of, each with its factors added up."""
    tape = tape_of(f)
    [root] = tape.outputs
    found: dict[int, float] = {}
    for slot, factor in Sums(tape, FEWEST).flatten(root)[1]:
        found[slot] = found.get(slot, 0.0) + factor
    return {s: factor for s, factor in found.items() if s >= 0}


SUMS: dict[str, tuple[Callable[[Any], Any], dict[int, float]]] = {
    "a loop": (total, dict.fromkeys(range(40), 1.0)),
    "ag.sum": (ag.sum, dict.fromkeys(range(40), 1.0)),
    "mean": (ag.mean, dict.fromkeys(range(40), 1.0 / 40)),
    "mean of a mean": (
        lambda x: ag.sum([ag.mean(x[:8]), ag.mean(x[8:16]) * -2.0, *x[16:20]]),
        {k: 0.125 if k < 8 else -0.25 if k < 16 else 1.0 for k in range(20)},
    ),
    "quotient": (lambda x: x[9] + total(x[:9]) / 4.0, dict.fromkeys(range(9), 0.25) | {9: 1.0}),
    "minus": (lambda x: x[9] - total(x[:9]), dict.fromkeys(range(9), -1.0) | {9: 1.0}),
    "negative": (lambda x: x[9] + -total(x[:9]), dict.fromkeys(range(9), -1.0) | {9: 1.0}),
    "twice": (lambda x: total(x[:9]) + total(x[:9]), dict.fromkeys(range(9), 2.0)),
}


@loop_over("kind", SUMS)
def test_addends_and_factors(kind: str) -> None:
    f, expected = SUMS[kind]
    assert members(f) == expected


def test_a_sum_of_few_is_an_addend() -> None:
    tape = tape_of(lambda x: total([x[k] - x[k + 1] * x[k + 2] for k in range(30)]))
    spine, found = Sums(tape, FEWEST).flatten(tape.outputs[0])
    names = {tape.code[s - tape.inputs][0].name for s, _ in found if s >= 0}
    assert names == {"sub"} and len(spine) == len(found) - 1


def test_a_sum_that_something_else_reads_is_an_addend() -> None:
    def f(x: Any) -> Any:
        return [s := total(x[:9]), s * s + total(x[9:20]) + s][1]

    assert set(members(f)) & set(range(9)) == set()


@pytest.mark.parametrize("scale", [1e-120, 1e120, 0.0, math.inf])
def test_a_factor_that_could_overflow_ends_a_sum(scale: float) -> None:
    found = members(lambda x: total(x[:9]) * scale + total(x[9:20]))
    assert set(range(9, 20)) <= set(found) and not set(range(9)) & set(found)


def test_what_is_worth_taking_apart() -> None:
    def worth(f: Callable[[Any], Any], fewest: int = FEWEST) -> int:
        tape = tape_of(f)
        sums = Sums(tape, fewest)
        return sum(sums.is_worthwhile(s) for s in range(tape.inputs, tape.inputs + len(tape.code)))

    assert worth(lambda x: ag.sum(x[:3])) == 0
    assert worth(lambda x: ag.sum(x[:4])) == 1
    assert worth(lambda x: ag.sum(x[:4]) * ag.sum(x[:5]) * ag.sum(x[:6])) == 3
    # as many as a kernel has copies: they are what is copied
    assert worth(lambda x: ag.prod([ag.sum(x[k : k + 8]) for k in range(9)])) == 0
    # each addend of a filter has a factor of its own, as far back as there are steps
    assert worth(lambda x: [*accumulate(x, lambda y, v: 0.9 * y + v)][-1], fewest=16) == 0
