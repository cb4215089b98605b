"""Values where `math` raises: infinities with their signs, nan, and what is warned about."""

import fractions
import math
import random
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.core import ieee, special
from tests.support.cases import loop_over

inf, nan = math.inf, math.nan


def same(got: float, expected: float) -> bool:
    """Equal, with the sign of a zero and with nan equal to nan."""
    if expected != expected:
        return got != got
    return got == expected and math.copysign(1.0, got) == math.copysign(1.0, expected)


CASES: list[tuple[Callable[..., float], tuple[float, ...], float]] = [
    (ieee.div, (1.0, -0.0), -inf),
    (ieee.div, (-1.0, -0.0), inf),
    (ieee.div, (-inf, 0.0), -inf),
    (ieee.div, (0.0, 0.0), nan),
    (ieee.div, (nan, 0.0), nan),
    (ieee.floor_divide, (5.0, 0.0), inf),
    (ieee.floor_divide, (-5.0, 0.0), -inf),
    (ieee.mod, (5.0, 0.0), nan),
    (ieee.mod, (5.0, -3.0), -1.0),
    (ieee.fmod, (-5.0, 3.0), -2.0),
    (ieee.fmod, (5.0, 0.0), nan),
    (ieee.fmod, (inf, 3.0), nan),
    (ieee.remainder, (5.0, 3.0), -1.0),
    (ieee.remainder, (5.0, 0.0), nan),
    (ieee.power, (0.0, -2.0), inf),
    (ieee.power, (-0.0, -3.0), -inf),
    (ieee.power, (-0.0, -2.0), inf),
    (ieee.power, (-2.0, 0.5), nan),
    (ieee.power, (-10.0, 401.0), -inf),
    (ieee.power, (-10.0, 400.0), inf),
    (ieee.power, (1.0, nan), 1.0),
    (ieee.power, (-0.0, 2.0), 0.0),
    (ieee.power, (5e-324, 2.0), 0.0),
    (ieee.power, (-1e200, 2.0), inf),
    (ieee.power, (-inf, 2.0), inf),
    (ieee.power, (nan, 2.0), nan),
    (ieee.power, (nan, 0.0), 1.0),
    (ieee.exp, (1000.0,), inf),
    (ieee.exp, (-1000.0,), 0.0),
    (ieee.sinh, (-1000.0,), -inf),
    (ieee.cosh, (-1000.0,), inf),
    (ieee.log, (0.0,), -inf),
    (ieee.log, (-0.0,), -inf),
    (ieee.log, (inf,), inf),
    (ieee.log, (-1.0,), nan),
    (ieee.log1p, (-1.0,), -inf),
    (ieee.atanh, (-1.0,), -inf),
    (ieee.sqrt, (-0.0,), -0.0),
    (ieee.sqrt, (-1.0,), nan),
    (ieee.sin, (inf,), nan),
    (ieee.floor, (-0.5,), -1.0),
    (ieee.ceil, (-0.5,), -0.0),
    (ieee.trunc, (-0.5,), -0.0),
    (ieee.rounded, (-0.4,), -0.0),
    (ieee.rounded, (3.5,), 4.0),
    (ieee.floor, (inf,), inf),
    (ieee.floor, (nan,), nan),
    (ieee.sign, (-0.0,), -0.0),
    (ieee.sign, (nan,), nan),
    (ieee.relu, (-inf,), 0.0),
    (ieee.expdiff, (1e308, -1e308), inf),
    (ieee.expdiff, (-inf, 1.0), 0.0),
    (ieee.expdiff, (inf, inf), nan),
    (ieee.expdiff, (1.0, nan), nan),
    (ieee.bell, (2.0, 0.0), 2.0),
    (ieee.bell, (1.0, -inf), 0.0),
    (ieee.bell, (inf, 1e300), 0.0),
    (ieee.bell, (nan, 50.0), nan),
    (ieee.bell, (1.0, nan), nan),
    (ieee.gelu, (-50.0,), -0.0),
    (ieee.gelu, (-inf,), -0.0),
    (ieee.gelu, (nan,), nan),
    (ieee.silu, (-1e4,), -0.0),
    (ieee.silu, (-inf,), -0.0),
    (special.gamma, (-5e-324,), -inf),
    (special.gamma, (-0.0,), -inf),
    (special.gamma, (200.0,), inf),
    (special.gamma, (-inf,), nan),
    (special.lgamma, (-1.0,), inf),
    (special.lgamma, (-inf,), inf),
    (special.lgamma, (1e306,), inf),
    (special.lgamma, (1.0,), 0.0),
    (special.lgamma, (2.0,), 0.0),
    (special.digamma, (0.0,), -inf),
    (special.digamma, (-3.0,), nan),
    (special.digamma, (-inf,), nan),
    (special.digamma, (inf,), inf),
    (special.polygamma, (1.0, -2.0), inf),
    (special.polygamma, (1.0, -50.0), inf),
    (special.polygamma, (2.0, -2.0), nan),
    (special.polygamma, (1.0, inf), 0.0),
    (ieee.logsumexp, (-inf, -inf), -inf),
    (ieee.logsumexp, (inf, 1.0), inf),
    (ieee.logsumexp, (1.0, nan), nan),
    (ieee.logsumexp, (inf, nan), nan),
    (ieee.logaddexp, (-inf, -inf), -inf),
    (ieee.logaddexp, (inf, inf), inf),
    (ieee.logaddexp, (nan, 1.0), nan),
    (ieee.logaddexp, (1.0, nan), nan),
    (ieee.softplus, (nan,), nan),
    (ieee.softplus, (-inf,), 0.0),
    (ieee.xlogy, (0.0, 0.0), 0.0),
    (ieee.xlogy, (0.0, nan), nan),
    (ieee.clip, (nan, 0.0, 1.0), nan),
    (ieee.clip, (inf, 0.0, 1.0), 1.0),
    (ieee.where, (0.0, nan, 2.0), 2.0),
    (ieee.fma, (inf, 0.0, 1.0), nan),
    (ieee.fma, (1e300, 1e300, -inf), -inf),
    (ieee.fma, (1e300, -1e300, 1.0), -inf),
    (ieee.fma, (-0.0, 1.0, -0.0), -0.0),
]


@loop_over("f, operands, expected", CASES)
def test_where_math_raises(
    f: Callable[..., float], operands: tuple[float, ...], expected: float
) -> None:
    assert same(f(*operands), expected), f(*operands)


def test_same_can_tell() -> None:
    assert not same(0.0, -0.0) and not same(nan, 0.0) and not same(0.0, nan) and same(nan, nan)


def test_fma_is_rounded_once() -> None:
    draw = random.Random(7)
    for _ in range(300):
        x, y = draw.gauss(0, 1) * 2.0 ** draw.randint(-40, 40), draw.gauss(0, 1)
        z = -x * y * (1.0 + draw.choice((0.0, 1e-16, 0.5)))
        exact = fractions.Fraction(x) * fractions.Fraction(y) + fractions.Fraction(z)
        assert ieee.fma(x, y, z) == float(exact)


def test_the_exponent_2_multiplies_as_square_does() -> None:
    draw = random.Random(11)
    scales = (0, 3, -3, 400, 520, -400, -512, -520, -540)
    # the first is one that glibc's pow rounds the other way
    xs = [float.fromhex("0x1.83e0b101c793ep+0")]
    xs += [draw.choice((-1, 1)) * draw.uniform(1, 2) * 2.0**e for e in scales for _ in range(100)]
    for x in xs:
        v, w = ag.Value(x), ag.Value(x)
        results = [
            ieee.power(x, 2.0),
            ag.pow(x, 2),
            *[(v**2).data, (v**2.0).data, (v ** ag.Value(2.0)).data, ag.pow(v, 2).data],
            ag.square(x),
        ]
        assert [y.hex() for y in results] == [(x * x).hex()] * len(results)
        (v**2).backward()
        ag.square(w).backward()
        assert v.grad == w.grad == 2.0 * x


@pytest.mark.parametrize("x", [1e-18, -1e-18, 1e-300])
def test_no_cancellation_near_zero(x: float) -> None:
    assert ag.expm1(x) == ag.log1p(x) == ag.tanh(x) == ag.sinh(x) == x
    assert ag.grad(ag.expm1)(x) == ag.grad(ag.log1p)(x) == 1.0
    assert ag.softplus(-40.0) == pytest.approx(math.exp(-40.0), rel=1e-15)


# Warnings

OUTSIDE: list[tuple[Callable[[Any], Any], float, float, str]] = [
    (ag.log, -1.0, nan, r"log\(-1.0\) is outside the domain of log, x > 0"),
    (ag.log, 0.0, -inf, r"log\(0.0\) .* x > 0: the result is -inf"),
    (ag.sqrt, -4.0, nan, r"sqrt\(-4.0\) .* x >= 0"),
    (lambda v: 1.0 / v, 0.0, inf, r"div\(1.0, 0.0\) .* y != 0: the result is inf"),
    (lambda v: v / 0.0, -1.0, -inf, r"div\(-1.0, 0.0\)"),
    (ag.reciprocal, -0.0, -inf, r"reciprocal\(-0.0\)"),
    (ag.asin, 1.5, nan, r"asin\(1.5\) .* -1 <= x <= 1"),
    (ag.acosh, 0.5, nan, r"acosh\(0.5\) .* x >= 1"),
    (ag.atanh, 1.0, inf, r"atanh\(1.0\) .* -1 < x < 1"),
    (ag.log1p, -2.0, nan, r"log1p\(-2.0\) .* x > -1"),
    (ag.gamma, -1.0, nan, r"gamma\(-1.0\) .* x not 0, -1, -2"),
    (ag.gamma, -inf, nan, r"gamma\(-inf\)"),
    (ag.lgamma, -inf, inf, r"lgamma\(-inf\)"),
    (ag.digamma, 0.0, -inf, r"digamma\(0.0\)"),
    (lambda v: v**0.5, -2.0, nan, r"pow\(-2.0, 0.5\) .* x < 0 and y whole"),
    (lambda v: v**-1, 0.0, inf, r"pow\(0.0, -1.0\)"),
    (lambda v: v % 0.0, 1.0, nan, r"mod\(1.0, 0.0\) .* y != 0"),
    (lambda v: v % 3.0, inf, nan, r"mod\(inf, 3.0\) .* x finite"),
    (lambda v: v // 0.0, 1.0, inf, r"floordiv\(1.0, 0.0\)"),
    (lambda v: ag.fmod(v, 2.0), inf, nan, r"fmod\(inf, 2.0\)"),
    (lambda v: ag.remainder(v, 0.0), 1.0, nan, r"remainder\(1.0, 0.0\)"),
    (ag.sin, inf, nan, r"sin\(inf\)"),
]


@loop_over("f, x, expected, message", OUTSIDE)
def test_outside_the_domain(
    f: Callable[[Any], Any], x: float, expected: float, message: str
) -> None:
    with pytest.warns(RuntimeWarning, match=message):
        assert same(f(ag.Value(x)).data, expected)
    with pytest.raises(RuntimeWarning, match=message):  # warnings are errors in these tests
        f(ag.Value(x))


SILENT: list[tuple[Callable[[Any], Any], float, float]] = [
    (ag.exp, 1000.0, inf),
    (lambda v: v * 1e300, 1e300, inf),
    (lambda v: v**400, 10.0, inf),
    (lambda v: v**inf, -2.0, inf),
    (ag.square, 1e200, inf),
    (ag.cosh, 1e4, inf),
    (ag.gamma, 200.0, inf),
    (ag.log, inf, inf),
    (lambda v: v + 1.0, -inf, -inf),
    *[(f, nan, nan) for f in (ag.log, ag.sqrt, ag.asin, ag.sin, ag.gamma, ag.digamma, ag.relu)],
    (lambda v: 1.0 / v, nan, nan),
    (lambda v: v % 0.0, nan, nan),
    (lambda v: v**0.5, nan, nan),
]


@loop_over("f, x, expected", SILENT)
def test_overflow_and_nan_operands_pass_silently(
    f: Callable[[Any], Any], x: float, expected: float
) -> None:
    assert same(f(ag.Value(x)).data, expected)


def test_one_warning_per_place() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        for x in (-1.0, -2.0, -3.0):
            ag.log(ag.Value(x))
        assert len(seen) == 1
        ag.log(ag.Value(-1.0))  # another place
        assert len(seen) == 2
    assert [w.category for w in seen] == [RuntimeWarning] * 2
    assert seen[0].filename == __file__


def test_warnings_can_be_silenced() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert math.isnan(ag.log(ag.Value(-1.0)).data)
