"""The program: a tape without what is shared, constant or dead, and the same results."""

import math
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.core import formulas, table
from autograd_lite.core.table import TABLE
from autograd_lite.jit.ir.program import Program, SymbolicTape
from autograd_lite.jit.record.tape import Guard, Symbol, Tape
from tests.support.cases import limit_examples

NAMES = [name for name in TABLE if name not in ("round_to", "polygamma", "copysign")]
SPELT_OTHERWISE = {"identity", "square", "sum", "mean", "dot", "prod", "stop_gradient"}
NUMBERS = st.sampled_from(
    [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 3.0, math.inf, -math.inf, math.nan]
) | st.floats(-3.0, 3.0)


@st.composite
def tapes(draw: st.DrawFn) -> Tape:
    """Operations on earlier slots and constants, with guards in between."""
    tape = Tape(2)
    for k in range(draw(st.integers(1, 12))):
        row = TABLE[draw(st.sampled_from(NAMES))]
        slots = []
        for _ in range(row.arity or 4):
            operand = draw(st.integers(0, k + 1) | NUMBERS)
            slots.append(operand if isinstance(operand, int) else tape.constant(operand))
        tape.add(row, tuple(slots))
        if draw(st.integers(0, 4)) == 0:
            tape.guards.append(Guard(k + 2, draw(st.booleans()), f"line {k}"))
    tape.outputs = draw(st.lists(st.integers(0, len(tape.code) + 1), min_size=1, max_size=3))
    return tape


def bits(xs: list[float]) -> list[bytes | str]:
    return ["nan" if x != x else struct.pack("<d", x) for x in xs]


def failing(tape: Tape, point: list[float]) -> Guard | None:
    """The first guard that does not hold."""
    slots = tape.evaluate(point)
    for guard in tape.guards:
        if bool(tape.get_value(guard.slot, slots)) != guard.expected:
            return guard
    return None


@settings(limit_examples(500), derandomize=True)
@given(tape=tapes(), point=st.lists(NUMBERS, min_size=2, max_size=2))
def test_a_program_is_its_tape_bit_for_bit(tape: Tape, point: list[float]) -> None:
    program = Program.of(tape)
    assert len({*program.code}) == len(program.code)
    for primitive, operands in program.code:
        assert primitive.name not in SPELT_OTHERWISE
        assert any(s >= 0 for s in operands)
    if failing(tape, point) is None:
        assert bits(program.compute_outputs(point)) == bits(tape.compute_outputs(point))
        assert failing(program, point) is None
    else:
        # of guards that contradict each other the first is kept, and a constant one is dropped
        kept, first = failing(program, point), failing(tape, point)
        assert kept is None or first is not None


@settings(limit_examples(200), derandomize=True)
@given(tape=tapes())
def test_a_program_is_its_own_program(tape: Tape) -> None:
    program = Program.of(tape)
    assert str(Program.of(program)) == str(program)


def test_what_is_equal_is_computed_once() -> None:
    tape = Tape(1)
    a, b = tape.add(table.sin, (0,)), tape.add(table.sin, (0,))
    tape.outputs = [tape.add(table.mul, (a, b)), tape.add(table.mul, (b, a))]
    program = Program.of(tape)
    assert len(program.code) == 2
    assert program.outputs[0] == program.outputs[1]


def test_the_dead_and_the_constant_are_dropped() -> None:
    tape = Tape(1)
    tape.add(table.exp, (0,))
    three = tape.add(table.add, (tape.constant(1.0), tape.constant(2.0)))
    tape.outputs = [tape.add(table.mul, (0, three)), three]
    program = Program.of(tape)
    assert str(program) == "v1 = mul(v0, 3.0)\nreturn v1, 3.0"
    assert program.constants == [3.0]


def test_a_primitive_of_a_user_is_called_each_time() -> None:
    own = ag.primitive(math.sin, partials=[lambda x, y: 1.0], name="own")
    tape = Tape(1)
    tape.outputs = [tape.add(own, (tape.constant(1.0),))]
    assert len(Program.of(tape).code) == 1


def test_guards_once_each_in_the_order_asked() -> None:
    tape = Tape(2)
    slots = [tape.add(table.lt, (0, 1)) for _ in range(2)]
    late = tape.add(table.gt, (tape.add(table.exp, (0,)), 1))
    settled = tape.add(table.gt, (tape.constant(2.0), tape.constant(1.0)))
    tape.guards = [Guard(late, True, "a"), Guard(slots[0], False, "b")]
    tape.guards += [Guard(slots[1], False, "c"), Guard(settled, True, "d"), Guard(0, True, "e")]
    tape.outputs = [1]
    program = Program.of(tape)
    assert [guard.place for guard in program.guards] == ["a", "b", "e"]
    # after the slot of the latest guard before it, too
    assert program.place_guards() == {4: [0, 1, 2]}


def test_guards_on_inputs_come_first() -> None:
    tape = Tape(1)
    tape.outputs = [tape.add(table.sin, (0,))]
    tape.guards = [Guard(0, True, "file:1")]
    program = Program.of(tape)
    assert program.place_guards() == {-1: [0]}
    assert str(program) == "guard v0 is True  # file:1\nv1 = sin(v0)\nreturn v1"


def test_a_program_of_many_operations() -> None:
    tape = Tape(1)
    slot = 0
    for k in range(20_000):
        slot = tape.add(table.add, (slot, tape.constant(float(k % 7))))
        tape.add(table.sin, (slot,))
    tape.outputs = [slot]
    assert len(Program.of(tape).code) == 20_000


@pytest.mark.parametrize("number", [1.0, -0.0])
def test_a_symbolic_tape_writes_no_copies(number: float) -> None:
    tape = SymbolicTape(1)
    x = Symbol(tape, 0)
    same = x * number if number else x + number
    assert (same.slot, tape.code) == (0, [])
    assert x.record(table.mul, (2.0, 3.0)) == 6.0
    assert formulas.select(x > 0.0, x, x).slot == 0
