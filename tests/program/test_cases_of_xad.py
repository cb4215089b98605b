"""Cases that XAD's Python package tests, on our operations: one point each.

They follow test_math_functions_derivatives and test_real_operations.
"""

import math
from collections.abc import Callable
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value
from tests.support.cases import loop_over
from tests.support.expectations import INF, NAN, PI, expect

# XAD: value and derivatives at one point each

XAD_UNARY: list[tuple[Callable[..., Any], float, float, float]] = [
    (ag.sin, PI / 4, math.sin(PI / 4), math.cos(PI / 4)),
    (ag.cos, PI / 4, math.cos(PI / 4), -math.sin(PI / 4)),
    (ag.tan, 0.5, math.tan(0.5), 2 / (1 + math.cos(1.0))),
    (ag.atan, 0.5, math.atan(0.5), 0.8),
    (ag.acos, 0.5, math.acos(0.5), -2 / math.sqrt(3)),
    (ag.asin, 0.5, math.asin(0.5), 2 / math.sqrt(3)),
    (ag.tanh, 0.5, math.tanh(0.5), 1 / math.cosh(0.5) ** 2),
    (ag.cosh, 0.5, math.cosh(0.5), math.sinh(0.5)),
    (ag.sinh, 0.5, math.sinh(0.5), math.cosh(0.5)),
    (ag.atanh, 0.5, math.atanh(0.5), 4 / 3),
    (ag.asinh, 0.5, math.asinh(0.5), 2 / math.sqrt(5)),
    (ag.acosh, 1.5, math.acosh(1.5), 2 / math.sqrt(5)),
    (ag.sqrt, 4, 2, 0.25),
    (ag.log10, 4, math.log10(4), 1 / (4 * math.log(10))),
    (ag.log, 4, math.log(4), 0.25),
    (ag.exp, 4, math.exp(4), math.exp(4)),
    (ag.expm1, 4, math.expm1(4), math.exp(4)),
    (ag.log1p, 4, math.log1p(4), 0.2),
    (ag.log2, 4, 2, 1 / (4 * math.log(2))),
    (abs, -4, 4, -1),
    (ag.fabs, -4.4, 4.4, -1),
    (ag.erf, -1.4, math.erf(-1.4), 2 / math.sqrt(PI) * math.exp(-(1.4**2))),
    (ag.erfc, -1.4, math.erfc(-1.4), -2 / math.sqrt(PI) * math.exp(-(1.4**2))),
    (ag.cbrt, 8, 2, 1 / 12),
    (ag.trunc, 8.1, 8, 0),
    (ag.ceil, 3.7, 4, 0),
    (ag.floor, 3.7, 3, 0),
    (ag.degrees, 3, math.degrees(3), 180 / PI),
    (ag.radians, 3, math.radians(3), PI / 180),
    (lambda x: x**3, 4, 64, 48),
    (lambda x: 3**x, 4, 81, math.log(3) * 81),
    (lambda a: 2 * a, 3, 6, 2),
    (lambda a: 2 + a, 3, 5, 1),
    (lambda a: 2 - a, 3, -1, -1),
    (lambda a: 2 / a, 3, 2 / 3, -2 / 9),
    (lambda a: a * 3.6, 3, 10.8, 3.6),
    (lambda a: a + 3.9, 3, 6.9, 1),
    (lambda a: a - 4.3, 3, -1.3, 1),
    (lambda a: a / 2, 3, 1.5, 0.5),
    (lambda a: +a, 3, 3, 1),
    (lambda a: -a, 3, -3, -1),
]
XAD_BINARY: list[tuple[Callable[..., Any], float, float, float, float, float]] = [
    (ag.minimum, 3, 4, 3, 1, 0),
    (ag.minimum, 4, 3, 3, 0, 1),
    (ag.maximum, 3.5, 4.3, 4.3, 0, 1),
    (ag.maximum, 4.3, 3.5, 4.3, 1, 0),
    (min, 3.5, 4.3, 3.5, 1, 0),
    (max, 3.5, 4.3, 4.3, 0, 1),
    (ag.remainder, 5, 2, 1, 1, -2),
    (ag.fmod, 6, 2, 0, 1, -3),
    (ag.copysign, -3.1, 4, 3.1, -1, 0),
    (ag.hypot, -3.1, 4, math.hypot(3.1, 4), -3.1 / math.hypot(3.1, 4), 4 / math.hypot(3.1, 4)),
    (lambda a, b: a * b, 5, 2, 10, 2, 5),
    (lambda a, b: a + b, 5, 2, 7, 1, 1),
    (lambda a, b: a - b, 5, 2, 3, 1, -1),
    (lambda a, b: a / b, 5, 2, 2.5, 0.5, -1.25),
]


@loop_over("f, x, value, slope", XAD_UNARY)
def test_xad_functions_of_one(f: Any, x: float, value: float, slope: float) -> None:
    expect(f, [x], value, slope)


@loop_over("f, x, y, value, dx, dy", XAD_BINARY)
def test_xad_functions_of_two(
    f: Any, x: float, y: float, value: float, dx: float, dy: float
) -> None:
    expect(f, [x, y], value, dx, dy)


def test_xad_sums_and_distances() -> None:
    expect(lambda *xs: sum(xs), [-3.1, 4.0, 2.4], 3.3, 1, 1, 1)
    length = math.dist([-3.1, 4], [2.4, 1])

    def distance(a: Any, b: Any, c: Any, d: Any) -> Any:
        return ag.norm([a - c, b - d])

    slopes = [-5.5 / length, 3 / length, 5.5 / length, -3 / length]
    expect(distance, [-3.1, 4, 2.4, 1], length, *slopes)


@loop_over("x", [2.7, -2.7, 2, -2])
@loop_over("y", [2, -2, 2.0, -2.0])
def test_xad_integer_division_on_either_side(x: float, y: float) -> None:
    for left, right in ((Value(x), y), (x, Value(y)), (Value(x), Value(y))):
        assert (left % right).data == x % y
        assert (left // right).data == x // y
        assert tuple(part.data for part in divmod(left, right)) == divmod(x, y)


def test_xad_rounding_comparisons_and_truth() -> None:
    assert [round(Value(2.345), n).data for n in (2, 1, 0)] == [round(2.345, n) for n in (2, 1, 0)]
    for x in (2.345, 2.845, -2.845, 0.0):
        for f in (math.ceil, math.floor, math.trunc):
            assert f(Value(x)).data == f(x)
    a, b, c = Value(0.2), Value(0.5), Value(0.2)
    for low, high in ((a, b), (a, 0.5), (0.2, b)):
        assert [low < high, low <= high, low != high] == [True] * 3
        assert [low > high, low >= high, low == high] == [False] * 3
    assert a == c and a == 0.2 and [a != c, a != 0.2] == [False, False]
    assert [bool(Value(x)) for x in (1.0, 0.0, -1.0)] == [True, False, True]
    total = Value(0.2)
    total += 1
    total -= 1.9
    assert total.data == pytest.approx(-0.7, rel=1e-15)


def test_a_wrong_value_or_partial_is_found() -> None:
    for wanted in ((6.0, 2.0, 3.0 + 1e-12), (6.0, 2.0 + 1e-12, 3.0), (6.0 + 1e-12, 2.0, 3.0)):
        with pytest.raises(AssertionError, match="backward"):
            expect(lambda x, y: x * y, [3.0, 2.0], *wanted)
    for wanted in ((0.0, 1e-300), (0.0, NAN), (NAN, 0.0), (INF, 0.0)):
        with pytest.raises(AssertionError):
            expect(abs, [0.0], *wanted)
    expect(lambda x, y: x * y, [3.0, 2.0], 6.0, 2.0, 3.0)
