"""What may stand beside a Value, and what each refusal says."""

import operator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.core.operands import is_operand, to_float
from tests.support.cases import loop_over

OPERATORS = [getattr(operator, name) for name in ("lt", "le", "gt", "ge", "eq", "ne")]
REAL = [
    3,
    True,
    0.5,
    Fraction(1, 4),
    np.float64(0.5),
    np.float32(0.5),
    np.float16(0.5),
    np.int64(3),
    np.uint8(3),
    np.bool_(True),
    np.array(0.5),
]


@loop_over("x", REAL)
def test_real_numbers(x: Any) -> None:
    assert type(to_float(x)) is float
    assert to_float(x) == float(x)
    assert is_operand(x)
    v = ag.Value(2.0)
    assert (v + x).data == 2.0 + float(x)
    assert ag.hypot(v, x).data == ag.hypot(2.0, float(x))


@loop_over("compare", OPERATORS)
@loop_over("x", REAL)
def test_comparisons_take_the_number_that_arithmetic_takes(compare: Any, x: Any) -> None:
    for y in (-5e-324, 0.1, 0.5, 1.0, 3.0):
        found = compare(ag.Value(y), x)
        assert type(found) is bool
        assert found == compare(y, float(x))
        assert found == ag.jit(lambda v: compare(v, x), backend="python")(y)
        with ag.no_grad():
            assert found == compare(ag.Value(y), x)


def test_numpy_does_not_round_a_value_before_it_compares() -> None:
    assert ag.Value(0.1) != np.float32(0.1)
    assert ag.Value(5e-324) > np.float32(0.0) and ag.Value(1e-300) > np.array(0.0, np.float32)


@loop_over(
    "x, message",
    [
        ("3", r"not str '3': write float\(text\)"),
        (1j, r"not complex 1j: derivatives here are of real functions; take .real and .imag"),
        (np.complex128(1j), "take .real and .imag apart"),
        (None, "not NoneType None: give an int, float, NumPy scalar or Fraction"),
        ([1.0], r"not list \[1.0\]: make one Value per element"),
        ((1.0,), "make one Value per element"),
        (np.array([1.0, 2.0]), "make one Value per element"),
        (Decimal("0.1"), r"write float\(d\) to accept the rounding"),
        (ag.Value(1.0), r"v.detach\(\) makes a new leaf"),
        (object(), "not object"),
    ],
)
def test_everything_else_is_refused_with_the_way_out(x: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        to_float(x)
    with pytest.raises(TypeError, match=message):
        ag.Value(x)


def test_a_long_operand_is_cut_short() -> None:
    with pytest.raises(TypeError) as error:
        to_float(list(range(10_000)))
    assert len(str(error.value)) < 250


def test_an_integer_too_large_for_a_float() -> None:
    with pytest.raises(OverflowError):
        to_float(10**400)


@loop_over("x", ["3", 1j, None, [1.0], object(), np.array([1.0])])
def test_no_operand(x: Any) -> None:
    assert not is_operand(x)


@pytest.mark.parametrize("x", ["3", 1j, None, [1.0]])
def test_operators_refuse_what_is_no_operand(x: Any) -> None:
    v: Any = ag.Value(2.0)
    for f in (operator.add, operator.sub, operator.truediv, operator.pow, operator.mod):
        for left, right in ((v, x), (x, v)):
            if not (f is operator.mod and isinstance(left, str)):  # text formats any operand
                with pytest.raises(TypeError):
                    f(left, right)


def test_decimal_says_why() -> None:
    with pytest.raises(TypeError, match="a Decimal does not mix with floats"):
        is_operand(Decimal(1))
    with pytest.raises(TypeError, match="a Decimal does not mix with floats"):
        ag.Value(1.0) * Decimal(2)
