"""Where a program repeats itself: loops share their code, and the search ends in time."""

import random
import time

import pytest

pytest.importorskip("llvmlite")
pytest.importorskip("numpy")

from autograd_lite.core import table
from autograd_lite.jit.backend.llvm.scalar import compile_scalar
from autograd_lite.jit.ir.program import Program
from autograd_lite.jit.record.tape import Tape


def test_samples_share_their_code():
    tape = Tape(10)
    total = tape.constant(0.0)
    for k in range(300):
        h = tape.constant(float(k))
        for w in range(10):
            h = tape.add(table.tanh, (tape.add(table.mul, (w, h)),))
            if k % 3 == 0:
                h = tape.add(table.neg, (h,))
        total = tape.add(table.add, (total, h))
    tape.outputs = [total]
    program = Program.of(tape)
    f = compile_scalar(program)
    assert f.ir.count("fmul") < len(program.code) / 8
    xs = [0.1 * w + 0.6 for w in range(10)]
    assert f.call(*xs) == (program.evaluate(xs)[program.outputs[0]],)


def test_programs_that_look_alike_everywhere_are_cut_in_time():
    rng = random.Random(1)
    tape = Tape(2)
    for k in range(30_000):
        tape.add(table.add, (rng.randrange(max(0, k - 200), k + 2), rng.randrange(2)))
    tape.outputs = [len(tape.code) + 1 - 7 * k for k in range(1000)]
    program = Program.of(tape)
    start = time.process_time()
    f = compile_scalar(program)
    assert time.process_time() - start < 5.0  # it takes about 0.2 s
    slots = program.evaluate([0.25, 0.5])
    assert f.call(0.25, 0.5) == tuple(slots[s] for s in program.outputs)
