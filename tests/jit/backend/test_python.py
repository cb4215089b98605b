"""The Python back end: its source text, and how it leaves numbers that are not finite."""

import math
import struct
from typing import Any

import pytest

from autograd_lite import Value
from autograd_lite.core import table
from autograd_lite.core.table import TABLE
from autograd_lite.jit.backend import python
from autograd_lite.jit.backend.python import PythonProgram
from autograd_lite.jit.ir.program import Program
from autograd_lite.jit.record.tape import Guard, Tape
from tests.support.cases import loop_over


def small() -> Tape:
    """x * y where x > y, else sin(x) - guarded so that x is not 0."""
    tape = Tape(2)
    product = tape.add(table.mul, (0, 1))
    sine = tape.add(table.sin, (0,))
    larger = tape.add(table.gt, (0, 1))
    nonzero = tape.add(table.ne, (0, tape.constant(0.0)))
    tape.outputs = [tape.add(table.where, (larger, product, sine))]
    tape.guards = [Guard(nonzero, True, "here:1")]
    return tape


def test_results_guards_and_refusals() -> None:
    call = PythonProgram(Program.of(small())).call
    assert call(3.0, 2.0) == (6.0,)
    assert call(Value(2.0), 3.0) == (math.sin(2.0),)
    assert call(0.0, 3.0) == 0
    assert call(3.0) is None
    assert call(1.0, 2.0, 3.0) is None
    assert call(math.inf, 2.0) is None
    assert call(math.nan, 2.0) is None


def test_the_text() -> None:
    source = PythonProgram(Program.of(small())).source
    assert source.startswith("def run(v):\n    v0 = v[0]\n    v1 = v[1]\n")
    assert "v0 * v1" in source
    assert "if v0 > v1 else" in source
    assert "return 0" in source
    compile(source, "text", "exec")


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 500])
def test_pieces_give_the_same(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    tape = Tape(2)
    slots = [0, 1]
    for k in range(20):
        row = (table.mul, table.sub, table.atan2)[k % 3]
        slots.append(tape.add(row, (slots[-1], slots[k // 2])))
        if k % 4 == 3:
            truth = tape.add(table.lt, (slots[-1], tape.constant(100.0)))
            tape.guards.append(Guard(truth, True, str(k)))
    late = tape.add(table.gt, (slots[3], tape.constant(-50.0)))
    tape.guards.append(Guard(late, True, "late"))
    tape.outputs = [slots[-1], slots[5], 0, tape.constant(2.5), slots[-1]]
    whole = PythonProgram(Program.of(tape))
    monkeypatch.setattr(python, "_PIECE", piece)
    pieces = PythonProgram(Program.of(tape))
    for point in ((1.5, -0.5), (300.0, 0.5), (-60.0, 2.0), (-1.0, 1e3)):
        assert pieces.call(*point) == whole.call(*point)
    assert pieces.call(1.5, -0.5) == tuple(tape.compute_outputs([1.5, -0.5]))


def test_guards_fail_in_the_order_in_which_they_were_asked() -> None:
    tape = Tape(1)
    first = tape.add(table.gt, (tape.add(table.sin, (0,)), tape.constant(0.5)))
    second = tape.add(table.gt, (0, tape.constant(10.0)))
    tape.guards = [Guard(first, True, "a"), Guard(second, True, "b")]
    tape.outputs = [0]
    call = PythonProgram(Program.of(tape)).call
    assert [call(0.0), call(1.0), call(14.0)] == [0, 1, (14.0,)]


NUMBERS = [0.0, -0.0, 1.5, -1e-300, 5e-324, 1.7e308, math.inf, -math.inf, math.nan]


@loop_over("x", NUMBERS)
def test_constants(x: float) -> None:
    """Each constant through a where that takes it, and one that hides it if it is not finite."""
    tape = Tape(1)
    number = tape.constant(x)
    finite = tape.add(table.lt, (tape.add(table.mul, (number, 0)), tape.constant(1.0)))
    tape.outputs = [tape.add(table.copysign, (0, number)), finite]
    found: Any = PythonProgram(Program.of(tape)).call(1.0)
    sign = math.copysign(1.0, x) if x == x else found[0]
    assert found == (sign, 1.0 if x < 1.0 else 0.0)
    tape.outputs = [number]
    if math.isfinite(x):
        found = PythonProgram(Program.of(tape)).call(1.0)
        assert struct.pack("<d", *found) == struct.pack("<d", x)


@loop_over("name", TABLE)
def test_each_row_as_text(name: str) -> None:
    row = TABLE[name]
    box = [*row.domain.box] * (1 if row.arity else 4)
    tape = Tape(len(box))
    tape.outputs = [tape.add(row, tuple(range(len(box))))]
    call = PythonProgram(Program.of(tape)).call
    for share in (0.1, 0.4, 0.9):
        point = [low + share * (high - low) for low, high in box]
        assert call(*point) == (row.value(*point),)


def test_a_negative_operand_keeps_its_sign_in_the_text() -> None:
    tape = Tape(1)
    negative = tape.add(table.neg, (0,))
    tape.outputs = [tape.add(table.sub, (negative, tape.constant(-2.0)))]
    tape.outputs.append(tape.add(table.mul, (tape.add(table.neg, (negative,)), negative)))
    assert PythonProgram(Program.of(tape)).call(3.0) == (-1.0, -9.0)


def test_a_program_of_nothing() -> None:
    for inputs in (0, 1):
        tape = Tape(inputs)
        assert PythonProgram(Program.of(tape)).call(*[1.0] * inputs) == ()
