"""Gamma, its logarithm and the derivatives of that on floats, with IEEE 754 results as in `ieee`.

The error of `math.lgamma` is absolute, which is large near its zeros; digamma and polygamma are
not in `math`. Sections are those of the Digital Library of Mathematical Functions (DLMF).
"""

import math
from functools import cache, reduce

from .ieee import fma, power, signed_infinity

inf, nan = math.inf, math.nan


def gamma(x: float) -> float:
    try:
        return math.gamma(x)
    except ValueError:
        return signed_infinity(x) if x == 0.0 else nan
    except OverflowError:
        return signed_infinity(x)


@cache
def _lgamma_series() -> list[float]:
    """Return Taylor coefficients at 2, from power 1 on; they fall as 4**-k for |x - 2| <= 1/2."""
    rest = [polygamma(k - 1.0, 2.0) / math.factorial(k) for k in range(2, 28)]
    return [0.4227843350984671, *rest]  # the first is 1 less Euler's constant, to the last bit


def _lgamma_near_2(t: float) -> float:
    return t * reduce(lambda high, low: high * t + low, reversed(_lgamma_series()))


def lgamma(x: float) -> float:
    # math.lgamma has a small absolute error, but that is large relative to values near 1 and 2.
    if 2.5 <= x < 4.5:
        return lgamma(x - 1.0) + math.log(x - 1.0)
    if 1.3 < x <= 1.6:
        return _lgamma_near_least(x)
    if 1.6 < x < 2.5:
        return _lgamma_near_2(x - 2.0)
    if 0.5 < x <= 1.3:
        return _lgamma_near_2(x - 1.0) - math.log(x)
    if -5.0 < x < -1.0 and not x.is_integer():
        return _lgamma_shifted(x)
    try:
        return math.lgamma(x)
    except (ValueError, OverflowError):
        return inf


def _lgamma_shifted(x: float) -> float:
    """Use gamma(x) = gamma(x + n) / (x (x + 1) ... (x + n - 1)) with 1 < x + n < 2."""
    product, lost = x, 0.0
    while x < 0.0:
        x += 1.0
        rounded = product * x
        lost = lost * x + fma(product, x, -rounded)
        product = rounded
    return lgamma(x + 1.0) - math.log(abs(product)) - lost / product


def gamma_defined(x: float) -> bool:
    return x > 0.0 or not (x.is_integer() or x == -inf)


# Bernoulli numbers B_2 .. B_24 (DLMF 24.2) of the asymptotic series (DLMF 5.11.2, 5.15.8).
_BERNOULLI = (
    1 / 6,
    -1 / 30,
    1 / 42,
    -1 / 30,
    5 / 66,
    -691 / 2730,
    7 / 6,
    -3617 / 510,
    43867 / 798,
    -174611 / 330,
    854513 / 138,
    -236364091 / 2730,
)


def polygamma(order: float, x: float) -> float:
    """Return the derivative of that order of digamma at x (0 is digamma itself): DLMF 5.15."""
    n = int(order)
    if x != x:
        return x
    if x == inf:
        return inf if n == 0 else 0.0
    if x < 0.0 and not gamma_defined(x):  # a pole; both sides of it agree where n is odd
        return inf if n % 2 and x != -inf else nan
    if x < -20.0:
        return _polygamma_reflected(n, x)
    if n == 0 and 1.0 < x < 4.0:
        return _digamma_near_zero(x)
    # Upward recurrence until the series holds: psi_n(x) = psi_n(x+1) - (-1)^n n! / x^(n+1).
    factorial = float(math.factorial(n))
    sign_n = -1.0 if n % 2 else 1.0
    steps = []
    while x < 12.0 + n:
        steps.append(power(x, -n - 1.0))
        x += 1.0
    return _polygamma_series(n, x) - sign_n * factorial * math.fsum(steps)


def _polygamma_series(n: int, x: float) -> float:
    if n == 0:
        terms = [-b / (2 * k) * power(x, -2.0 * k) for k, b in enumerate(_BERNOULLI, 1)]
        return math.fsum([math.log(x), -0.5 / x, *terms])
    # (-1)^(n+1) [ (n-1)!/x^n + n!/(2 x^(n+1)) + sum B_2k (2k+n-1)!/((2k)! x^(2k+n)) ]
    terms = [
        b * (math.factorial(2 * k + n - 1) / math.factorial(2 * k)) * power(x, -2.0 * k - n)
        for k, b in enumerate(_BERNOULLI, 1)
    ]
    lead = math.factorial(n - 1) * power(x, float(-n))
    half = 0.5 * math.factorial(n) * power(x, -n - 1.0)
    return (1.0 if n % 2 else -1.0) * math.fsum([lead, half, *terms])


def _polygamma_reflected(n: int, x: float) -> float:
    """Use psi_n(x) = (-1)^n psi_n(1-x) - pi (d/dx)^n cot(pi x), with cot' = -pi (1 + cot^2)."""
    cot = 1.0 / math.tan(math.pi * (x - round(x)))
    coefficients = [0.0, 1.0]  # of the polynomial in cot, lowest power first
    for _ in range(n):
        slope = [k * c for k, c in enumerate(coefficients)][1:]
        coefficients = [
            -math.pi * (a + b) for a, b in zip([*slope, 0.0, 0.0], [0.0, 0.0, *slope], strict=True)
        ]
    value = reduce(lambda high, low: high * cot + low, reversed(coefficients))
    return (-1.0 if n % 2 else 1.0) * polygamma(n, 1.0 - x) - math.pi * value


@cache
def _digamma_series() -> list[float]:
    """Return Taylor coefficients of digamma at its positive zero, from the power 1 on."""
    return [polygamma(float(k), ZERO_HIGH) / math.factorial(k) for k in range(1, 40)]


# The positive zero of digamma to 107 bits, and lgamma there.
ZERO_HIGH, ZERO_LOW, LEAST = 1.4616321449683622, 9.549995429965697e-17, -0.12148629053584961


def _digamma_near_zero(x: float) -> float:
    if x >= 2.0:
        return _digamma_near_zero(x - 1.0) + 1.0 / (x - 1.0)
    t = (x - ZERO_HIGH) - ZERO_LOW
    return t * reduce(lambda high, low: high * t + low, reversed(_digamma_series()))


@cache
def _least_series() -> list[float]:
    return [c / (k + 1.0) for k, c in enumerate(_digamma_series(), 1)]


def _lgamma_near_least(x: float) -> float:
    t = (x - ZERO_HIGH) - ZERO_LOW
    return LEAST + t * t * reduce(lambda high, low: high * t + low, reversed(_least_series()))


def digamma(x: float) -> float:
    return polygamma(0.0, x)
