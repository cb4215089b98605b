"""Every row's value and first partials in mpmath, by formulas of their own that do not cancel.

Operands are `mpf`; a derivative that the table leaves out (nan, or a kink) is None here. The forms
are those of DLMF, not the package's: they are differentiated nowhere, and hold at any precision.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import mpmath

__all__: list[str] = []

mp = mpmath.mp
Exact = Callable[..., Any]


class Reference(NamedTuple):
    """What a row means: its value, and its partial by each operand (all of them, if `many`)."""

    value: Exact
    partials: Sequence[Exact | None]
    many: Exact | None = None


def _exp(x: Any) -> Any:
    """The exponential; beyond the reach of any double, a number far beyond it."""
    return mp.exp(min(max(x, mp.mpf(-9999)), mp.mpf(9999)))


def _power(x: Any, y: Any) -> Any:
    if x == 0 or y == 0:
        return mp.mpf(1) if y == 0 else mp.mpf(0)
    odd = x < 0 and int(y) % 2 == 1
    size = _exp(y * mp.log(abs(x)))
    return -size if odd else size


def _power_slope(x: Any, y: Any) -> Any:
    return y * _power(x, y) / x if x else (mp.mpf(1) if y == 1 else mp.mpf(0))


def _fraction(x: Any) -> Fraction:
    sign, mantissa, exponent, _ = x._mpf_
    return Fraction((-1) ** sign * int(mantissa)) * Fraction(2) ** int(exponent)


def _whole(x: Any, y: Any, way: Callable[[Fraction], int]) -> int:
    return way(_fraction(x) / _fraction(y))


def _floor(q: Fraction) -> int:
    return q.numerator // q.denominator


def _trunc(q: Fraction) -> int:
    return abs(q).__floor__() * (1 if q > 0 else -1)


def _rest(way: Callable[[Fraction], int]) -> Reference:
    def value(x: Any, y: Any) -> Any:
        r = _fraction(x) - _fraction(y) * _whole(x, y, way)
        return mp.mpf(r.numerator) / r.denominator

    return Reference(value, [_one, lambda x, y: -mp.mpf(_whole(x, y, way))])


def _logistic(x: Any) -> Any:
    return 1 / (1 + _exp(-x))


def _bell(x: Any) -> Any:
    e = _exp(-abs(x))
    return e / (1 + e) ** 2


def _sech2(x: Any) -> Any:
    e = _exp(-2 * abs(x))
    return 4 * e / (1 + e) ** 2


def _log_sum(xs: Sequence[Any]) -> Any:
    top = max(xs)
    rest = list(xs)
    rest.remove(top)
    return top + mp.log1p(mp.fsum(_exp(x - top) for x in rest))


def _shares(xs: Sequence[Any]) -> list[Any]:
    top = max(xs)
    powers = [_exp(x - top) for x in xs]
    return [e / mp.fsum(powers) for e in powers]


def _normal(x: Any) -> Any:  # the distribution function
    return mp.erfc(-x / mp.sqrt(2)) / 2 if abs(x) < 1000 else mp.mpf(x > 0)


def _density(x: Any) -> Any:
    return _exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def _gauss(x: Any) -> Any:
    return 2 * _exp(-x * x) / mp.sqrt(mp.pi)


def _erf(x: Any) -> Any:
    return mp.erf(x) if abs(x) < 100 else mp.sign(x)


def _erfc(x: Any) -> Any:
    return mp.erfc(x) if abs(x) < 100 else mp.mpf(0 if x > 0 else 2)


def _gamma(x: Any) -> Any:
    return mp.gamma(min(x, mp.mpf(300))) if x > -300 else mp.mpf(0)


def _log_gamma(x: Any) -> Any:
    if x > 0:
        return mp.loggamma(x)
    return mp.log(mp.pi / abs(mp.sinpi(x))) - mp.loggamma(1 - x)


def _psi(n: int, x: Any) -> Any:
    """By reflection below 0, where mpmath takes as many steps as x is large."""
    if x > 0:
        return mp.psi(n, x)
    cot, slopes = mp.cospi(x) / mp.sinpi(x), [mp.mpf(0), mp.mpf(1)]
    for _ in range(n):  # (d/dx) p(cot(pi x)) = -pi (1 + cot**2) p'(cot(pi x))
        inner = [k * c for k, c in enumerate(slopes)][1:]
        slopes = [-mp.pi * (a + b) for a, b in zip([*inner, 0, 0], [0, 0, *inner], strict=True)]
    return (-1) ** n * mp.psi(n, 1 - x) - mp.pi * mp.fsum(c * cot**k for k, c in enumerate(slopes))


def _product(xs: Sequence[Any]) -> Any:
    total = mp.mpf(1)
    for x in xs:
        total *= x
    return total


def _halves(xs: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    half = len(xs) // 2
    return xs[:half], xs[half:]


def _one(*xs: Any) -> Any:
    return mp.mpf(1)


def _zero(*xs: Any) -> Any:
    return mp.mpf(0)


def _truth(f: Callable[..., bool], arity: int = 2) -> Reference:
    return Reference(lambda *xs: mp.mpf(bool(f(*xs))), [_zero] * arity)


def _length(xs: Sequence[Any]) -> Any:
    return mp.sqrt(mp.fsum(x * x for x in xs))


def _step(x: Any, y: Any) -> Any:
    return mp.mpf(x > y) if x != y else mp.mpf(0.5)


def _log_slope(base: int) -> Exact:
    return lambda x: 1 / (x * mp.log(base))


def _rounding(f: Exact) -> Reference:
    return Reference(f, [_zero])


def _round_to(x: Any, n: Any) -> Any:
    scale = Fraction(10) ** int(n)
    y = round(_fraction(x) * scale) / scale
    return mp.mpf(y.numerator) / y.denominator


def _silu_slope(x: Any) -> Any:
    return _logistic(x) * (1 + x * _logistic(-x))


R = Reference

REFERENCES: dict[str, Reference] = {
    "identity": R(lambda x: x, [_one]),
    "neg": R(lambda x: -x, [lambda x: mp.mpf(-1)]),
    "add": R(lambda x, y: x + y, [_one, _one]),
    "sub": R(lambda x, y: x - y, [_one, lambda x, y: mp.mpf(-1)]),
    "mul": R(lambda x, y: x * y, [lambda x, y: y, lambda x, y: x]),
    "div": R(lambda x, y: x / y, [lambda x, y: 1 / y, lambda x, y: -x / (y * y)]),
    "pow": R(_power, [_power_slope, lambda x, y: _power(x, y) * mp.log(x) if x > 0 else None]),
    "floordiv": R(lambda x, y: mp.mpf(_whole(x, y, _floor)), [_zero, _zero]),
    "mod": _rest(_floor),
    "fmod": _rest(_trunc),
    "remainder": _rest(round),
    "exp": R(_exp, [_exp]),
    "expdiff": R(lambda x, y: _exp(x - y), [lambda x, y: _exp(x - y), lambda x, y: -_exp(x - y)]),
    "exp2": R(lambda x: _exp(x * mp.log(2)), [lambda x: _exp(x * mp.log(2)) * mp.log(2)]),
    "expm1": R(lambda x: mp.expm1(min(max(x, -9999), 9999)), [_exp]),
    "log": R(mp.log, [lambda x: 1 / x]),
    "log2": R(lambda x: mp.log(x) / mp.log(2), [_log_slope(2)]),
    "log10": R(lambda x: mp.log(x) / mp.log(10), [_log_slope(10)]),
    "log1p": R(mp.log1p, [lambda x: 1 / (1 + x)]),
    "sqrt": R(mp.sqrt, [lambda x: 1 / (2 * mp.sqrt(x))]),
    "cbrt": R(lambda x: mp.sign(x) * mp.cbrt(abs(x)), [lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2)]),
    "square": R(lambda x: x * x, [lambda x: 2 * x]),
    "reciprocal": R(lambda x: 1 / x, [lambda x: -1 / (x * x)]),
    "sin": R(mp.sin, [mp.cos]),
    "cos": R(mp.cos, [lambda x: -mp.sin(x)]),
    "tan": R(mp.tan, [lambda x: 1 / mp.cos(x) ** 2]),
    "asin": R(mp.asin, [lambda x: 1 / mp.sqrt((1 - x) * (1 + x))]),
    "acos": R(mp.acos, [lambda x: -1 / mp.sqrt((1 - x) * (1 + x))]),
    "atan": R(mp.atan, [lambda x: 1 / (1 + x * x)]),
    "sinh": R(lambda x: mp.sinh(min(max(x, -9999), 9999)), [lambda x: (_exp(x) + _exp(-x)) / 2]),
    "cosh": R(lambda x: (_exp(x) + _exp(-x)) / 2, [lambda x: mp.sinh(min(max(x, -9999), 9999))]),
    "tanh": R(lambda x: mp.tanh(min(max(x, -9999), 9999)), [_sech2]),
    "asinh": R(
        lambda x: mp.sign(x) * mp.log1p(abs(x) + x * x / (1 + mp.sqrt(1 + x * x))),
        [lambda x: 1 / mp.sqrt(1 + x * x)],
    ),
    "acosh": R(mp.acosh, [lambda x: 1 / mp.sqrt((x - 1) * (x + 1))]),
    "atanh": R(lambda x: (mp.log1p(x) - mp.log1p(-x)) / 2, [lambda x: 1 / ((1 - x) * (1 + x))]),
    "radians": R(lambda x: x * mp.pi / 180, [lambda x: mp.pi / 180]),
    "degrees": R(lambda x: x * 180 / mp.pi, [lambda x: 180 / mp.pi]),
    "sech2": R(_sech2, [lambda x: -2 * _sech2(x) * mp.tanh(x)]),
    "erf": R(_erf, [_gauss]),
    "erfc": R(_erfc, [lambda x: -_gauss(x)]),
    "bell": R(
        lambda a, x: a * _exp(-x * x),
        [lambda a, x: _exp(-x * x), lambda a, x: -2 * a * x * _exp(-x * x)],
    ),
    "gamma": R(_gamma, [lambda x: _gamma(x) * _psi(0, x)]),
    "lgamma": R(_log_gamma, [lambda x: _psi(0, x)]),
    "digamma": R(lambda x: _psi(0, x), [lambda x: _psi(1, x)]),
    "polygamma": R(lambda n, x: _psi(int(n), x), [None, lambda n, x: _psi(int(n) + 1, x)]),
    "sigmoid": R(_logistic, [_bell]),
    "softplus": R(lambda x: _log_sum([x, mp.mpf(0)]), [_logistic]),
    "relu": R(lambda x: max(x, mp.mpf(0)), [lambda x: mp.mpf(x > 0)]),
    "leaky_relu": R(
        lambda x, a: x if x > 0 else a * x,
        [lambda x, a: mp.mpf(1) if x > 0 else a, lambda x, a: mp.mpf(0) if x > 0 else x],
    ),
    "elu": R(
        lambda x, a: x if x > 0 else a * mp.expm1(max(x, -9999)),
        [
            lambda x, a: mp.mpf(1) if x > 0 else a * _exp(x),
            lambda x, a: mp.mpf(0) if x > 0 else mp.expm1(max(x, -9999)),
        ],
    ),
    "gelu": R(lambda x: x * _normal(x), [lambda x: _normal(x) + x * _density(x)]),
    "silu": R(lambda x: x * _logistic(x), [_silu_slope]),
    "abs": R(abs, [mp.sign]),
    "sign": R(mp.sign, [_zero]),
    "floor": _rounding(mp.floor),
    "ceil": _rounding(mp.ceil),
    "trunc": _rounding(lambda x: mp.sign(x) * mp.floor(abs(x))),
    "round": _rounding(mp.nint),
    "round_to": R(_round_to, [_zero, None]),
    "copysign": R(
        lambda x, y: abs(x) if y > 0 else -abs(x),
        [lambda x, y: mp.sign(x) * mp.sign(y), _zero],
    ),
    "atan2": R(
        mp.atan2,
        [lambda y, x: x / (x * x + y * y), lambda y, x: -y / (x * x + y * y)],
    ),
    "hypot": R(
        lambda x, y: _length([x, y]),
        [lambda x, y: x / _length([x, y]), lambda x, y: y / _length([x, y])],
    ),
    "fma": R(lambda x, y, z: x * y + z, [lambda x, y, z: y, lambda x, y, z: x, _one]),
    "logaddexp": R(
        lambda x, y: _log_sum([x, y]),
        [lambda x, y: _logistic(x - y), lambda x, y: _logistic(y - x)],
    ),
    "xlogy": R(
        lambda x, y: x * mp.log(y) if x else mp.mpf(0),
        [lambda x, y: mp.log(y), lambda x, y: x / y],
    ),
    "maximum": R(max, [_step, lambda x, y: _step(y, x)]),
    "minimum": R(min, [lambda x, y: _step(y, x), _step]),
    "clip": R(
        lambda x, low, high: min(max(x, low), high),
        [
            lambda x, low, high: mp.mpf(low < x < high),
            lambda x, low, high: mp.mpf(x < low < high),
            lambda x, low, high: mp.mpf(max(x, low) > high),
        ],
    ),
    "where": R(
        lambda c, x, y: x if c else y,
        [_zero, lambda c, x, y: mp.mpf(bool(c)), lambda c, x, y: mp.mpf(not c)],
    ),
    "lt": _truth(lambda x, y: x < y),
    "le": _truth(lambda x, y: x <= y),
    "gt": _truth(lambda x, y: x > y),
    "ge": _truth(lambda x, y: x >= y),
    "eq": _truth(lambda x, y: x == y),
    "ne": _truth(lambda x, y: x != y),
    "and": _truth(lambda x, y: x and y),
    "or": _truth(lambda x, y: x or y),
    "not": _truth(lambda x: not x, 1),
    "sum": R(lambda *xs: mp.fsum(xs), [], lambda *xs: [mp.mpf(1)] * len(xs)),
    "mean": R(lambda *xs: mp.fsum(xs) / len(xs), [], lambda *xs: [mp.mpf(1) / len(xs)] * len(xs)),
    "prod": R(
        lambda *xs: _product(xs),
        [],
        lambda *xs: [_product([*xs[:i], *xs[i + 1 :]]) for i in range(len(xs))],
    ),
    "dot": R(
        lambda *xs: mp.fsum(x * y for x, y in zip(*_halves(xs), strict=True)),
        [],
        lambda *xs: [*_halves(xs)[1], *_halves(xs)[0]],
    ),
    "norm": R(lambda *xs: _length(xs), [], lambda *xs: [x / _length(xs) for x in xs]),
    "logsumexp": R(lambda *xs: _log_sum(xs), [], lambda *xs: _shares(xs)),
}
