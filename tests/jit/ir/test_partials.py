"""The partials of a tape's operations: each row's formulas, run once for each kind of operation."""

import math
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.core import table as p
from autograd_lite.core.table import TABLE, Primitive
from autograd_lite.jit.ir.partials import Partials
from autograd_lite.jit.ir.program import Program
from autograd_lite.jit.record.tape import Tape
from tests.support.cases import loop_over

ROWS = [row for row in TABLE.values() if row.arity is not None and not row.logical]


def written(tape: Tape, active: list[int] | None = None) -> tuple[Program, Partials]:
    program = Program(tape.inputs)
    slots = program.take(tape)
    size = tape.inputs + len(tape.code)
    return program, Partials(tape, program, slots, bytearray(active or [1] * size))


def point(row: Primitive) -> list[float]:
    return [low + 0.37 * (high - low) for low, high in row.domain.box]


@loop_over("row", ROWS)
@loop_over("constant", [None, 0, -1])
def test_the_numbers_of_every_row(row: Primitive, constant: int | None) -> None:
    arity = len(row.partials)
    numbers = point(row)
    tape = Tape(arity)
    operands = list(range(arity))
    if constant is not None:
        operands[constant] = tape.constant(numbers[constant])
    slot = tape.add(row, tuple(operands))
    program, partials = written(tape)
    edges = partials.edges(slot)
    # no formula is called back from Python, as those of a user's own may be
    assert {primitive for primitive, _ in program.code} <= set(TABLE.values())
    values = program.evaluate(numbers)
    expected = row.local_partials(numbers, row.value(*numbers), [True] * arity)
    live = [i for i in range(arity) if operands[i] >= 0]
    flows = [i for i in live if not (row.selects[i] and expected[i] == 0.0)]
    found = {x: program.get_value(d, values) for x, (d, _) in edges}
    assert [x for x, _ in edges] == [i for i in live if i in found]
    assert set(flows) <= set(found)
    for i, d in found.items():
        assert d == pytest.approx(float(expected[i]), rel=1e-15, nan_ok=True)
    assert [selects for _, (_, selects) in edges] == [row.selects[x] for x in found]


def test_formulas_are_run_once_for_a_kind() -> None:
    runs = []

    def slope(x: Any, r: Any) -> Any:
        runs.append(x)
        return p.cos(x)

    op = ag.primitive(math.sin, partials=[slope], name="mine")
    tape = Tape(2)
    slots = [tape.add(op, (s,)) for s in (0, 1, 0, 1)]
    program, partials = written(tape)
    edges = [partials.edges(s) for s in slots]
    assert len(runs) == 1
    assert edges[0] != edges[1] and edges[0] == edges[2]  # of other operands, and shared
    values = program.evaluate([0.5, 2.0])
    found = [program.get_value(d, values) for [(_, (d, _))] in edges[:2]]
    assert found == [math.cos(0.5), math.cos(2.0)]


def test_only_wanted_operands_have_edges() -> None:
    tape = Tape(2)
    product = tape.add(p.mul, (0, 1))
    _, partials = written(tape, [0, 1, 1])
    assert partials.edges(product) == [(1, (0, False))]


def test_equal_operands_keep_an_edge_each() -> None:
    tape = Tape(1)
    square = tape.add(p.mul, (0, 0))
    _, partials = written(tape)
    assert partials.edges(square) == [(0, (0, False)), (0, (0, False))]


def test_constants_keep_the_formulas_short() -> None:
    tape = Tape(2)
    whole, free = tape.add(p.pow, (0, tape.constant(3.0))), tape.add(p.pow, (0, 1))
    program, partials = written(tape)
    before = len(program.code)
    partials.edges(whole)
    short = len(program.code) - before
    partials.edges(free)
    assert 0 < short < len(program.code) - before - short


def test_what_is_never_chosen_has_no_edge() -> None:
    tape = Tape(3)
    kept = tape.add(p.where, (tape.constant(1.0), 1, 2))
    _, partials = written(tape)
    assert [x for x, _ in partials.edges(kept)] == [1]


def test_partials_of_numbers_alone_are_called_back() -> None:
    op = ag.primitive(math.sin, partials=[lambda x, r: math.cos(x)], name="numeric")
    tape = Tape(1)
    slot = tape.add(op, (0,))
    program, partials = written(tape)
    [(_, (d, _))] = partials.edges(slot)
    assert program.get_value(d, program.evaluate([0.25])) == math.cos(0.25)
