"""Operations that NumPy lacks, on floats: by whole numbers, or by what they are made of."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from .operation import NORMAL, inf, nan


def remainder(x: float, y: float) -> float:
    """C's, by whole numbers: x - n*y with n the nearest whole number to x/y, even at a half."""
    if x != x or y != y or math.isinf(x) or y == 0.0:
        return nan
    if math.isinf(y):
        return x
    exact = Fraction(x) - round(Fraction(x) / Fraction(y)) * Fraction(y)
    return math.copysign(float(exact), x) if exact == 0 else float(exact)


def fma(x: float, y: float, z: float) -> float:
    if not math.isfinite(x) or not math.isfinite(y):
        return x * y + z
    if not math.isfinite(z):
        return z
    exact = Fraction(x) * Fraction(y) + Fraction(z)
    if exact == 0:
        return x * y + z if abs(x * y) < NORMAL and z == 0.0 else 0.0
    try:
        return float(exact)
    except OverflowError:
        return inf if exact > 0 else -inf


def bell(a: float, x: float) -> float:
    """The exponential wins over every factor, an infinite one too."""
    if x != x or a != a:
        return nan
    return a * float(np.exp(-x * x)) if abs(x) < 40.0 else 0.0


def xlogy(x: float, y: float) -> float:
    return 0.0 if x == 0.0 and y == y else x * float(np.log(y))


def added(xs: Sequence[float]) -> float:
    total = 0.0
    for x in xs:
        total += x
    return total


def halves(f: Callable[..., float]) -> Callable[..., float]:
    return lambda *xs: f(xs[: len(xs) // 2], xs[len(xs) // 2 :])
