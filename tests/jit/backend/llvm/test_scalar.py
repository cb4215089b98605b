"""Programs as scalar machine code: the same bits as `Tape.evaluate`, at any length and width.

segment.py, which writes a part of a program, is tested here.
"""

import importlib
import math
import random
import struct
import time

import pytest

from autograd_lite import primitive
from autograd_lite.core import table
from autograd_lite.core.table import TABLE
from autograd_lite.jit.ir import repeats
from autograd_lite.jit.ir.program import Program
from autograd_lite.jit.record.tape import Guard, Tape
from tests.support.cases import mark_slow_after

pytest.importorskip("llvmlite")
np = pytest.importorskip("numpy")

scalar = importlib.import_module("autograd_lite.jit.backend.llvm.scalar")
compile_scalar = scalar.compile_scalar


@pytest.fixture(params=["whole", "segments", "repeats"])
def shape(request, monkeypatch):
    """Programs as one optimised function, in very short segments, and in shared ones."""
    if request.param != "whole":
        monkeypatch.setattr(scalar, "OPTIMISED", 0)
        monkeypatch.setattr(scalar, "PIECE", 5)
    if request.param == "repeats":
        monkeypatch.setattr(repeats, "KEY", 1)


@primitive(partials=[lambda x, y, r: 1.0, lambda x, y, r: 1.0])
def users(x, y):
    return x - 0.25 * y


ARITHMETIC = ["add", "sub", "mul", "neg", "where", "maximum", "minimum", "clip", "copysign"]
CURVES = ["tanh", "sigmoid", "sin", "cos", "relu", "abs", "sign", "floor", "erf", "atan"]
TRUTHS = ["lt", "le", "gt", "ge", "eq", "ne", "and", "or", "not"]


def random_program(rng: random.Random, inputs: int, length: int, names=None) -> Program:
    rows = [TABLE[name] for name in names] if names else [*TABLE.values(), users]
    tape = Tape(inputs)
    constants = [tape.constant(rng.choice([0.0, -0.0, 1.0, -1.5, 0.3, 2.0])) for _ in range(3)]
    for _ in range(length):
        row = rng.choice(rows)
        arity = row.arity or rng.choice([2, 4])
        top = inputs + len(tape.code)
        slots = [
            rng.choice([rng.randrange(top), rng.choice(constants), top - 1]) for _ in range(arity)
        ]
        if row.name == "polygamma":
            slots[0] = tape.constant(1.0)
        if row.name == "round_to":
            slots[1] = tape.constant(2.0)
        tape.add(row, tuple(slots))
    tape.outputs = [rng.randrange(top) for _ in range(5)] + [constants[0]]
    return Program.of(tape)


def bits(x: float) -> object:
    return "nan" if x != x else struct.pack("d", x)


def agree(program: Program, xs: list[float]) -> bool:
    """Check the machine code against `evaluate`; false where an output is not finite."""
    slots = program.evaluate(xs)
    wanted = [program.get_value(s, slots) for s in program.outputs]
    found = compile_scalar(program).call(*xs)
    finite = [math.isfinite(x) for x, s in zip(wanted, program.outputs, strict=True) if s >= 0]
    if not all(finite):
        assert found is None
        return False
    assert [*map(bits, found)] == [*map(bits, wanted)], program
    return True


@pytest.mark.usefixtures("shape")
@pytest.mark.parametrize("seed", mark_slow_after(5, range(30)))
def test_random_programs(seed):
    rng = random.Random(seed)
    program = random_program(rng, 3, 40)
    agree(program, [rng.choice([0.0, -0.0, 1.0, rng.gauss(0, 1)]) for _ in range(3)])


@pytest.mark.usefixtures("shape")
@pytest.mark.parametrize("seed", mark_slow_after(5, range(30)))
def test_random_programs_that_stay_finite(seed):
    rng = random.Random(seed)
    program = random_program(rng, 3, 60, ARITHMETIC + CURVES + TRUTHS)
    assert agree(program, [rng.choice([0.0, -0.0, 1.0, rng.gauss(0, 1)]) for _ in range(3)])


def looping_program(rng: random.Random) -> tuple[Program, int]:
    """Build a body of random operations for each of many samples, on all kinds of slots."""
    body, samples, weights = rng.randrange(3, 30), rng.randrange(3, 12), 4
    rows = [TABLE[rng.choice(ARITHMETIC + CURVES + TRUTHS)] for _ in range(body)]
    picks = [[rng.random() for _ in range(3)] for _ in rows]
    tape = Tape(weights)
    totals = [tape.constant(0.0)] * 2
    for _ in range(samples):
        data = [tape.constant(rng.gauss(0, 1)) for _ in range(2)]
        slots = [*range(weights), *data, tape.constant(0.5), *totals]
        for row, pick in zip(rows, picks, strict=True):
            operands = [slots[int(x * len(slots))] for x in pick[: row.arity]]
            slots.append(tape.add(row, tuple(operands)))
        if rng.random() < 0.2:
            tape.add(table.exp, (slots[-1],))
            tape.outputs.append(slots[-2])
        if rng.random() < 0.2:
            tape.guards.append(Guard(slots[-1], rng.random() < 0.5, ""))
        totals = [tape.add(table.add, (totals[0], slots[-1])), slots[-2]]
    tape.outputs += [*totals, data[0], 0]
    return Program.of(tape), weights


@pytest.mark.usefixtures("shape")
@pytest.mark.parametrize("seed", mark_slow_after(5, range(40)))
def test_random_loops(seed):
    rng = random.Random(seed)
    program, inputs = looping_program(rng)
    xs = [rng.choice([0.0, 1.0, rng.gauss(0, 1)]) for _ in range(inputs)]
    slots = program.evaluate(xs)
    truths = [bool(slots[guard.slot]) for guard in program.guards]
    failing = [k for k, g in enumerate(program.guards) if truths[k] != g.expected]
    if not failing:
        agree(program, xs)
        return
    assert compile_scalar(program).call(*xs) == failing[0]
    program.guards = [g._replace(expected=x) for g, x in zip(program.guards, truths, strict=True)]
    agree(program, xs)


@pytest.mark.usefixtures("shape")
def test_guards_are_checked_in_any_piece():
    p = table
    tape = Tape(2)
    truth = tape.add(p.gt, (0, 1))
    x = 0
    for _ in range(9):
        x = tape.add(p.add, (tape.add(p.mul, (x, tape.constant(0.5))), 1))
    late = tape.add(p.lt, (x, tape.constant(100.0)))
    tape.outputs = [x]
    # the first piece's predicate is checked again after the last, and a number is a predicate too
    tape.guards = [Guard(late, True, ""), Guard(truth, True, ""), Guard(x, True, "")]
    program = Program.of(tape)
    f = compile_scalar(program)
    slots = program.evaluate([2.0, 1.0])
    assert f.call(2.0, 1.0) == (slots[program.outputs[0]],)
    assert f.call(1.0, 2.0) == 1
    assert f.call(1.0, 300.0) == 0
    assert f.call(1e9, 0.0) == 0
    assert f.call(0.0, -0.0) == 1


@pytest.mark.usefixtures("shape")
def test_a_guard_on_an_input_comes_first():
    tape = Tape(1)
    tape.outputs = [tape.add(table.exp, (0,))]
    tape.guards = [Guard(0, False, "")]
    f = compile_scalar(Program.of(tape))
    assert f.call(0.0) == (1.0,)
    assert f.call(-0.0) == (1.0,)
    assert f.call(1.0) == 0
    assert f.call(math.nan) == 0


@pytest.mark.usefixtures("shape")
def test_callbacks_in_any_piece():
    calls = []

    @primitive(partials=[lambda *xs: 1.0] * 3)
    def of_three(x, y, z):
        calls.append((x, y, z))
        if len(calls) > 20:
            raise OSError("enough")
        return x + 2.0 * y + 3.0 * z

    tape = Tape(1)
    x = 0
    for k in range(10):
        truth = tape.add(table.gt, (x, tape.constant(float(k))))
        x = tape.add(of_three, (x, truth, tape.constant(float(k))))
    tape.outputs = [x]
    program = Program.of(tape)
    f = compile_scalar(program)
    wanted = program.evaluate([1.5])[program.outputs[0]]
    assert f.call(1.5) == (wanted,)
    assert calls[:10] == calls[10:20]
    with pytest.raises(OSError, match="enough"):
        f.call(1.5)
    assert len(calls) == 21


@pytest.mark.usefixtures("shape")
def test_a_row_of_the_table_without_an_instruction_is_called():
    tape = Tape(1)
    tape.outputs = [tape.add(table.gamma, (0,)), tape.add(table.lgamma, (0,))]
    assert compile_scalar(Program.of(tape)).call(5.0) == (24.0, table.lgamma(5.0))


def test_a_users_primitive_with_the_name_of_a_row():
    @primitive(partials=[lambda x, y, r: 1.0, lambda x, y, r: 1.0])
    def add(x, y):
        return x - y

    tape = Tape(2)
    tape.outputs = [tape.add(add, (0, 1))]
    assert compile_scalar(Program.of(tape)).call(5.0, 2.0) == (3.0,)


# length and width


def chain(length: int) -> Program:
    tape = Tape(2)
    x, total = 0, 1
    for k in range(length // 3):
        x = tape.add(table.mul, (x, tape.constant(0.5 + (k % 7) / 10.0)))
        x = tape.add(table.add, (x, 1))
        total = tape.add(table.add, (total, x))
    tape.outputs = [total, x]
    return Program.of(tape)


@pytest.mark.slow
def test_long_chains():
    program = chain(100_000)
    start = time.process_time()
    f = compile_scalar(program)
    assert time.process_time() - start < 10.0  # it takes about 0.6 s; far from growing as a square
    slots = program.evaluate([0.3, 0.7])
    wanted = tuple(slots[s] for s in program.outputs)
    assert f.call(0.3, 0.7) == wanted
    out = np.zeros(2)
    assert f.call_arrays(np.array([0.3, 0.7]), out) is True
    assert tuple(out) == wanted


def test_many_inputs_and_outputs():
    n = 10_000
    tape = Tape(n)
    total = 0
    for k in range(1, n):
        total = tape.add(table.add, (total, k))
    tape.outputs = [total, *range(n - 1, -1, -1), *[tape.constant(float(k)) for k in range(100)]]
    f = compile_scalar(Program.of(tape))
    xs = [float(k) for k in range(n)]
    wanted = (sum(xs), *xs[::-1], *xs[:100])
    assert f.call(*xs) == wanted
    assert f.call(*xs[:-1]) is None
    out = np.zeros(len(wanted))
    assert f.call_arrays(np.array(xs), out) is True
    assert tuple(out) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("row", [table.norm, table.logsumexp])
def test_one_operation_of_many_operands(row):
    n = 300
    tape = Tape(n)
    tape.outputs = [tape.add(row, tuple(range(n)))]
    xs = [k / 100.0 for k in range(n)]
    assert compile_scalar(Program.of(tape)).call(*xs) == (row(*xs),)


def test_short_programs_are_called_without_delay():
    tape = Tape(2)
    tape.outputs = [tape.add(row, (0, 1)) for row in (table.add, table.mul, table.sub)]
    f = compile_scalar(Program.of(tape)).call
    best = math.inf
    for _ in range(20):
        start = time.perf_counter()
        for _ in range(1000):
            f(2.0, 3.0)
        best = min(best, time.perf_counter() - start)
    assert best < 1e-3  # a microsecond a call, where 0.06 is measured
