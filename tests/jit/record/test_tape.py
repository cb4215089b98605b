"""The tape: constants, order, values; and symbols, to which the table's formulas are applied."""

import math
from typing import Any

import pytest

from autograd_lite import Value
from autograd_lite.core import table
from autograd_lite.core.order import topological_order
from autograd_lite.core.table import TABLE
from autograd_lite.jit.record.tape import Symbol, Tape
from tests.support.cases import loop_over


def test_a_constant_has_one_slot_for_its_bits() -> None:
    tape = Tape(0)
    numbers = [0.0, -0.0, 1.0, math.inf, -math.inf, math.nan, -math.nan, 5e-324]
    slots = [tape.constant(x) for x in numbers]
    assert [tape.constant(x) for x in numbers] == slots
    assert slots == [-1, -2, -3, -4, -5, -6, -6, -7]
    assert math.copysign(1.0, tape.constants[~slots[1]]) == -1.0


def test_values() -> None:
    tape = Tape(2)
    a = tape.add(table.mul, (0, 1))
    b = tape.add(table.sub, (a, tape.constant(1.0)))
    tape.outputs = [b, 0, tape.constant(7.0)]
    assert tape.evaluate([2.0, 3.0]) == [2.0, 3.0, 6.0, 5.0]
    assert tape.compute_outputs([2.0, 3.0]) == [5.0, 2.0, 7.0]


def test_one_output_alone() -> None:
    tape = Tape(1)
    total = tape.add(table.add, (0, tape.constant(2.0)))
    tape.outputs = [total, tape.add(table.sin, (total,))]
    assert tape.select_output(1).compute_outputs([1.0]) == [math.sin(3.0)]
    assert tape.compute_outputs([1.0]) == [3.0, math.sin(3.0)]


PLANS = [
    [(0, 1), (2, 0), (3, 2), (1, 4)],
    [(0, 0), (2, 1), (2, 3), (4, 3), (5, 2)],
    [(1, 0), (0, 1), (3, 2), (2, 3), (5, 4)],
]


@pytest.mark.parametrize("plan", PLANS)
def test_the_order_is_that_of_an_eager_sweep(plan: list[tuple[int, int]]) -> None:
    tape, nodes = Tape(2), [Value(1.0), Value(2.0)]
    for x, y in plan:
        tape.add(table.mul, (x, y))
        nodes.append(nodes[x] * nodes[y])
    for roots in ([len(nodes) - 1], [3, len(nodes) - 1]):
        eager = topological_order(*[nodes[s] for s in roots])
        assert [nodes[s] for s in tape.order(roots)] == [v for v in eager if v.parents]


def test_the_order_of_a_long_tape() -> None:
    tape = Tape(1)
    slot = 0
    for _ in range(50_000):
        slot = tape.add(table.add, (slot, 0))
    assert tape.order([slot]) == list(range(1, 50_001))
    assert tape.order([0, tape.constant(1.0)]) == []


NUMERIC = [name for name, row in TABLE.items() if name != "round_to" and row.arity]


@loop_over("name", NUMERIC)
def test_formulas_on_symbols_are_the_formulas_on_floats(name: str) -> None:
    row = TABLE[name]
    point = [low + 0.7 * (high - low) for low, high in row.domain.box]
    tape = Tape(len(point))
    symbols = [Symbol(tape, i) for i in range(len(point))]
    result = row(*symbols)
    wanted = [True] * len(point)
    found = row.local_partials(symbols, result, wanted)
    slots = tape.evaluate(point)
    numbers = [slots[d.slot] if isinstance(d, Symbol) else d for d in found]
    expected = row.local_partials(point, row.value(*point), wanted)
    for own, other in zip(numbers, expected, strict=True):
        assert own == other or (own != own and other != other)


def test_operators_of_symbols() -> None:
    tape = Tape(2)
    x, y = Symbol(tape, 0), Symbol(tape, 1)
    made: list[Any] = [x + y, 1.0 + x, x - y, 1.0 - x, x * y, 2.0 * x, -x, x < y, x <= y, x > y]
    made += [x >= y, x == y, x != y, (x < y) & (x > 0.0), (x < y) | (x > 9.0)]
    slots = tape.evaluate([3.0, 5.0])
    assert [slots[s.slot] for s in made] == [
        *[8.0, 4.0, -2.0, -2.0, 15.0, 6.0, -3.0],
        *[1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0],
    ]


def test_a_symbol_has_no_truth() -> None:
    with pytest.raises(TypeError, match="no truth"):
        bool(Symbol(Tape(1), 0) > 0.0)
