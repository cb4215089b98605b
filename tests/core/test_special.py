"""Gamma and its kin against mpmath, beside their zeros and poles."""

import math
import random

import mpmath
import pytest

from autograd_lite.core import special
from tests.support.cases import loop_over


@pytest.mark.parametrize("x", [5e-324, 1e-310, 2.0**-1024])
def test_gamma_of_tiny_numbers_has_the_sign_of_its_pole(x: float) -> None:
    assert special.gamma(x) == math.inf and special.gamma(-x) == -math.inf
    assert math.isnan(special.gamma(-3.0)) and special.gamma(172.0) == math.inf


@loop_over("n", range(7))
def test_polygamma_over_its_line(n: int) -> None:
    draw = random.Random(n)
    with mpmath.workdps(40):
        for x in [draw.uniform(-30.0, 40.0) for _ in range(60)] + [1e-8, 1e10, 1e40]:
            true = mpmath.psi(n, mpmath.mpf(x))
            # near a zero the error is relative to the terms that cancel there
            scale = abs(true) + (n % 2 == 0) * math.factorial(n) * 2.0 / min(1.0, abs(x)) ** n
            assert abs(special.polygamma(float(n), x) - true) <= 4e-15 * scale, x


def test_lgamma_keeps_its_digits_beside_its_zeros() -> None:
    draw = random.Random(3)
    with mpmath.workdps(40):
        for x in [draw.uniform(0.5, 4.5) for _ in range(300)] + [1 + 1e-12, 2 - 1e-12]:
            true = mpmath.loggamma(mpmath.mpf(x))
            assert abs(special.lgamma(x) - true) <= 4 * math.ulp(float(true)), x
        for x in [draw.uniform(-5.0, -1.0) for _ in range(300)]:
            true = mpmath.log(abs(mpmath.gamma(mpmath.mpf(x))))
            moved = 2.0**-53 * abs(x * mpmath.psi(0, x))
            assert abs(special.lgamma(x) - true) <= 4 * math.ulp(float(true)) + moved, x


def test_digamma_keeps_its_digits_beside_its_zero() -> None:
    draw = random.Random(4)
    zero = 1.4616321449683622
    with mpmath.workdps(60):
        for x in [draw.uniform(1.0, 4.0) for _ in range(300)] + [zero, zero + 1e-13]:
            true = mpmath.psi(0, mpmath.mpf(x))
            assert abs(special.digamma(x) - true) <= 4 * math.ulp(float(true)), x
