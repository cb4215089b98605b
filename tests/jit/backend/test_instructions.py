"""Every row's machine code against its value: the same bits in scalar code, 4 units in vectors."""

import math
import random

import pytest

pytest.importorskip("llvmlite")

from autograd_lite.core import ieee
from autograd_lite.core.table import TABLE
from autograd_lite.jit.backend.instructions import INSTRUCTIONS, LLVM, PYTHON
from tests.operations import OPERATIONS
from tests.support.cases import loop_over, mark_slow_after
from tests.support.machine_code import (
    ROWS,
    WIDTHS,
    apart,
    arities,
    bits,
    points,
    scalar_code,
    vector_code,
)


def test_rows_without_machine_code_are_known() -> None:
    rewritten = {"identity", "square", "sum", "mean", "prod", "dot"}
    called_back = {"gamma", "lgamma", "digamma", "polygamma", "round_to"}
    assert set(OPERATIONS) - set(ROWS) <= rewritten | called_back
    assert {*PYTHON, *LLVM} <= set(TABLE)


@pytest.mark.parametrize("optimise", mark_slow_after(1, [True, False]))
@loop_over("name", ROWS)
def test_scalar_code_gives_the_bits_of_the_value(name: str, optimise: bool) -> None:
    row = TABLE[name]
    for arity in arities(row):
        f = scalar_code(name, arity, optimise=optimise)
        for xs in points(row, arity, 600):
            assert bits(f(*xs)) == bits(row.value(*xs)), xs


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_llvm_folds_constants_to_the_bits_of_the_value(name: str) -> None:
    # calls that LLVM knows, such as pow(x, 0.5) or exp(1.0), would be rewritten
    row = TABLE[name]
    for arity in arities(row)[:2]:
        choices = [0.5, 2.0, -0.0, 10.0, -1.0, 3.0, 0.3, math.inf]
        for k in range(arity):
            for x in choices[: 8 if arity == 2 else 3]:
                constants = {k: x}
                f = scalar_code(name, arity, optimise=True, constants=constants)
                for xs in points(row, arity, 12):
                    operands = [constants.get(i, y) for i, y in enumerate(xs)]
                    assert bits(f(*xs)) == bits(row.value(*operands)), operands
        constants = {k: choices[k % 3] for k in range(arity)}
        f = scalar_code(name, arity, optimise=True, constants=constants)
        assert bits(f(*[0.0] * arity)) == bits(row.value(*constants.values()))


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ROWS)
def test_vector_code_is_within_4_units(name: str, width: int) -> None:
    row = TABLE[name]
    for arity in arities(row):
        drawn = points(row, arity, 700)
        for optimise in (True, False):
            got = vector_code(name, arity, width, optimise=optimise)(drawn)
            for y, xs in zip(got, drawn, strict=True):
                assert apart(y, row.value(*xs)) <= 4.0, xs


@loop_over("name", [name for name in INSTRUCTIONS if INSTRUCTIONS[name].python])
def test_python_templates_give_the_bits_of_the_value(name: str) -> None:
    row = TABLE[name]
    names = [f"x{k}" for k in range(row.arity or 3)]
    template = INSTRUCTIONS[name].python
    assert template
    f = eval(f"lambda {', '.join(names)}: {template.format(*names)}")
    for xs in points(row, len(names), 200):
        assert bits(f(*xs)) == bits(row.value(*xs)), xs


@pytest.mark.parametrize(("place", "x"), [(1, 0.5), (0, 2.0), (1, -1.0), (0, 4.0)])
def test_llvm_leaves_powers_to_the_c_library(place: int, x: float) -> None:
    # as a root, as exp2 or as a quotient, a power in a thousand differs in the last bit
    rng = random.Random(6)
    f = scalar_code("pow", 2, optimise=True, constants={place: x})
    for _ in range(20_000):
        xs = [rng.uniform(0.0, 30.0), rng.uniform(0.0, 30.0)]
        xs[place] = x
        assert f(*xs) == ieee.power(*xs), xs
