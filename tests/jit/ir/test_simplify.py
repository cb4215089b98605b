"""Rules: each gives the bits of what it stands for, at every awkward number."""

import itertools
import math
import struct
from typing import Any

import autograd_lite as ag
from autograd_lite.core import table as p
from autograd_lite.core.table import TABLE, Primitive
from autograd_lite.jit.ir.program import Program, SymbolicTape
from autograd_lite.jit.ir.simplify import ALWAYS, EQUAL_OPERANDS, FINAL_RULES, RULES, fold
from autograd_lite.jit.record.tape import Tape
from tests.support.cases import loop_over

NUMBERS = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 1e308, 5e-324, math.inf, -math.inf, math.nan]


def bits(x: float) -> bytes | str:
    return "nan" if x != x else struct.pack("<d", x)


# Operands are numbers, or names of inputs: two names may be one.
PATTERNS: list[tuple[Any, ...]] = [*itertools.product(["x", "y", *NUMBERS], repeat=2), ("x", "x")]


def built(kind: type[Tape], row: Primitive, operands: tuple[float | str, ...]) -> Tape:
    tape = kind(2)
    slots = [tape.constant(s) if isinstance(s, float) else "xy".index(s) for s in operands]
    tape.outputs = [tape.add(row, tuple(slots))]
    return tape


@loop_over("kind", [SymbolicTape, Program])
@loop_over("name", sorted({row.name for row in FINAL_RULES if row.arity == 2}))
def test_pairs(kind: type[Tape], name: str) -> None:
    row = TABLE[name]
    for operands in PATTERNS:
        tape = built(kind, row, operands)
        for x, y in itertools.product(NUMBERS, repeat=2):
            place = {"x": x, "y": y}
            values = [place[s] if isinstance(s, str) else s for s in operands]
            (found,) = tape.compute_outputs([x, y])
            assert bits(found) == bits(row.value(*values)), (operands, x, y)


@loop_over("kind", [SymbolicTape, Program])
@loop_over("condition", ["x", "lt", *NUMBERS])
def test_choices_and_truths_of_them(kind: type[Tape], condition: float | str) -> None:
    """where(c, a, b), that != d, and not(not(that))."""
    numbers: list[float | str] = ["x", "y", 0.0, 1.0, math.nan]
    for a, b, d in itertools.product(numbers, numbers, [0.0, 1.0, math.nan]):
        plain, tape = Tape(2), kind(2)
        for t in (plain, tape):
            slots = [t.constant(s) if isinstance(s, float) else "xy".index(s) for s in (a, b, d)]
            c = t.add(p.lt, (0, 1)) if condition == "lt" else 0
            c = t.constant(condition) if isinstance(condition, float) else c
            chosen = t.add(p.where, (c, slots[0], slots[1]))
            unequal = t.add(p.ne, (chosen, slots[2]))
            t.outputs = [chosen, unequal, t.add(p.not_, (t.add(p.not_, (unequal,)),))]
            t.outputs += [t.add(p.and_, (unequal, c)), t.add(p.or_, (c, unequal))]
        for point in itertools.product(NUMBERS[:4] + NUMBERS[-2:], repeat=2):
            expected = [bits(y) for y in plain.compute_outputs(point)]
            assert [bits(y) for y in tape.compute_outputs(point)] == expected, (a, b, d, point)


@loop_over("name", ["sum", "mean", "prod", "dot", "square", "identity"])
def test_rows_that_are_spelt_by_simpler_ones(name: str) -> None:
    row = TABLE[name]
    for count in (1,) if row.arity else (2, 4, 6):
        tape = Tape(count)
        tape.outputs = [tape.add(row, tuple(range(count)))]
        program = Program.of(tape)
        assert {primitive.name for primitive, _ in program.code} <= {"add", "mul", "div"}
        for start in range(len(NUMBERS)):
            point = [NUMBERS[(start + 3 * k) % len(NUMBERS)] for k in range(count)]
            assert bits(program.compute_outputs(point)[0]) == bits(row.value(*point))


def test_powers() -> None:
    def names(exponent: float) -> list[str]:
        tape = Tape(1)
        tape.outputs = [tape.add(p.pow, (0, tape.constant(exponent)))]
        return [primitive.name for primitive, _ in Program.of(tape).code]

    assert [names(e) for e in (0.0, -0.0, 1.0, 2.0, 3.0)] == [[], [], [], ["mul"], ["pow"]]


def test_constants_are_folded_but_not_a_users_own() -> None:
    tape = Tape(1)
    two, three = tape.constant(2.0), tape.constant(3.0)
    slot = fold(tape, p.mul, (two, three))
    assert slot is not None
    assert tape.constants[~slot] == 6.0
    assert fold(tape, p.mul, (0, three)) is None
    own = ag.primitive(math.sin, partials=[lambda x, y: 1.0], name="sin")
    assert fold(tape, own, (two,)) is None


def test_a_zero_is_not_neutral_to_addition() -> None:
    for kind in (SymbolicTape, Program):
        tape = built(kind, p.add, ("x", 0.0))
        assert len(tape.code) == 1
        assert bits(tape.compute_outputs([-0.0, 1.0])[0]) == bits(0.0)


def test_the_sets_name_the_rules_that_need_no_constant() -> None:
    assert set(RULES) <= set(FINAL_RULES)
    assert set(RULES) >= EQUAL_OPERANDS <= ALWAYS <= set(FINAL_RULES)
