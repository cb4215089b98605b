"""Formulas in mpmath that do not cancel, and hold at any precision; operands are `mpf`."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import mpmath

mp = mpmath.mp
Exact = Callable[..., Any]


def exp(x: Any) -> Any:
    """The exponential; beyond the reach of any double, a number far beyond it."""
    return mp.exp(min(max(x, mp.mpf(-99999)), mp.mpf(99999)))


def power(x: Any, y: Any) -> Any:
    if x == 0 or y == 0 or (x < 0 and not mp.isint(y)):
        return mp.power(x, y)
    odd = x < 0 and int(y) % 2 == 1
    size = exp(y * mp.log(abs(x)))
    return -size if odd else size


def power_partial(x: Any, y: Any) -> Any:
    return y * power(x, y) / x if x else (mp.mpf(1) if y == 1 else mp.mpf(0))


def fraction(x: Any) -> Fraction:
    if not mp.isfinite(x):
        raise ArithmeticError(f"{x} is no fraction")
    sign, mantissa, exponent, _ = x._mpf_
    return Fraction((-1) ** sign * int(mantissa)) * Fraction(2) ** int(exponent)


def count(x: Any, y: Any, way: Callable[[Fraction], int]) -> int:
    return way(fraction(x) / fraction(y))


def floor(q: Fraction) -> int:
    return q.numerator // q.denominator


def trunc(q: Fraction) -> int:
    return abs(q).__floor__() * (1 if q > 0 else -1)


def rest(way: Callable[[Fraction], int]) -> tuple[Exact, list[Exact]]:
    def value(x: Any, y: Any) -> Any:
        r = fraction(x) - fraction(y) * count(x, y, way)
        return mp.mpf(r.numerator) / r.denominator

    return (value, [one, lambda x, y: -mp.mpf(count(x, y, way))])


def logistic(x: Any) -> Any:
    return 1 / (1 + exp(-x))


def logistic_partial(x: Any) -> Any:
    e = exp(-abs(x))
    return e / (1 + e) ** 2


def sech2(x: Any) -> Any:
    e = exp(-2 * abs(x))
    return 4 * e / (1 + e) ** 2


def log_sum(xs: Sequence[Any]) -> Any:
    top = max(xs)
    rest = list(xs)
    rest.remove(top)
    return top + mp.log1p(mp.fsum(exp(x - top) for x in rest))


def shares(xs: Sequence[Any]) -> list[Any]:
    top = max(xs)
    powers = [exp(x - top) for x in xs]
    return [e / mp.fsum(powers) for e in powers]


def normal(x: Any) -> Any:  # the distribution function
    return mp.erfc(-x / mp.sqrt(2)) / 2 if abs(x) < 1000 else mp.mpf(x > 0)


def density(x: Any) -> Any:
    return exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def gauss(x: Any) -> Any:
    return 2 * exp(-x * x) / mp.sqrt(mp.pi)


def erf(x: Any) -> Any:
    return mp.erf(x) if abs(x) < 100 else mp.sign(x)


def erfc(x: Any) -> Any:
    return mp.erfc(x) if abs(x) < 100 else mp.mpf(0 if x > 0 else 2)


def gamma(x: Any) -> Any:
    return mp.gamma(min(x, mp.mpf(300))) if x > -300 else mp.mpf(0)


def log_gamma(x: Any) -> Any:
    if x > 0:
        return mp.loggamma(x)
    return mp.log(mp.pi / abs(mp.sinpi(x))) - mp.loggamma(1 - x)


def psi(n: int, x: Any) -> Any:
    """By reflection below 0, where mpmath takes as many steps as x is large."""
    if x > 0:
        return mp.psi(n, x)
    cot, slopes = mp.cospi(x) / mp.sinpi(x), [mp.mpf(0), mp.mpf(1)]
    for _ in range(n):  # (d/dx) p(cot(pi x)) = -pi (1 + cot**2) p'(cot(pi x))
        inner = [k * c for k, c in enumerate(slopes)][1:]
        slopes = [-mp.pi * (a + b) for a, b in zip([*inner, 0, 0], [0, 0, *inner], strict=True)]
    return (-1) ** n * mp.psi(n, 1 - x) - mp.pi * mp.fsum(c * cot**k for k, c in enumerate(slopes))


def product(xs: Sequence[Any]) -> Any:
    total = mp.mpf(1)
    for x in xs:
        total *= x
    return total


def halves(xs: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    half = len(xs) // 2
    return xs[:half], xs[half:]


def one(*xs: Any) -> Any:
    return mp.mpf(1)


def zero(*xs: Any) -> Any:
    return mp.mpf(0)


def predicate(f: Callable[..., bool], arity: int = 2) -> tuple[Exact, list[Exact]]:
    return (lambda *xs: mp.mpf(bool(f(*xs))), [zero] * arity)


def length(xs: Sequence[Any]) -> Any:
    return mp.sqrt(mp.fsum(x * x for x in xs))


def step(x: Any, y: Any) -> Any:
    return mp.mpf(x > y) if x != y else mp.mpf(0.5)


def log_partial(base: int) -> Exact:
    return lambda x: 1 / (x * mp.log(base))


def rounding(f: Exact) -> tuple[Exact, list[Exact]]:
    return (f, [zero])


def round_to(x: Any, n: Any) -> Any:
    scale = Fraction(10) ** int(n)
    y = round(fraction(x) * scale) / scale
    return mp.mpf(y.numerator) / y.denominator


def silu_partial(x: Any) -> Any:
    return logistic(x) * (1 + x * logistic(-x))
