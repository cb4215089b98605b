"""The operations' values on floats, with IEEE 754 results where `math` raises.

`math.log(0.0)` raises; here `log(0.0)` is -inf, as in NumPy and C. Nothing warns in this file: the
graph knows the operation's name and its operands, and warns there.
"""

import math
import operator
from collections.abc import Callable
from functools import cache, reduce

__all__: list[str] = []

inf, nan = math.inf, math.nan


def total(
    f: Callable[[float], float],
    *,
    poles: dict[float, float] | None = None,
    overflow: Callable[[float], float] = lambda x: inf,
) -> Callable[[float], float]:
    """`f` made total: nan outside its domain, `poles[x]` at a pole, `overflow(x)` if too large."""
    at_poles = poles or {}

    def value(x: float) -> float:
        try:
            return f(x)
        except ValueError:
            return at_poles.get(x, nan)
        except OverflowError:
            return overflow(x)

    return value


def signed_infinity(x: float) -> float:
    return math.copysign(inf, x)


def div(x: float, y: float) -> float:
    try:
        return x / y
    except ZeroDivisionError:
        if x == 0.0 or x != x:
            return nan
        return math.copysign(inf, x) * math.copysign(1.0, y)


def floor_divide(x: float, y: float) -> float:
    try:
        return x // y
    except ZeroDivisionError:
        return div(x, y)


def mod(x: float, y: float) -> float:
    try:
        return x % y
    except ZeroDivisionError:
        return nan


def power(x: float, y: float) -> float:
    if y == 2.0:  # rounded once, which libm's pow is not, and generated code multiplies too
        return x * x
    try:
        return math.pow(x, y)
    except ValueError:
        if x == 0.0:  # a pole: the sign of the zero survives an odd whole exponent
            return math.copysign(inf, x) if math.fmod(y, 2.0) == -1.0 else inf
        return nan
    except OverflowError:
        return -inf if x < 0.0 and math.fmod(y, 2.0) in (1.0, -1.0) else inf


def pow_defined(x: float, y: float) -> bool:
    return x > 0.0 or (x == 0.0 and y >= 0.0) or (x < 0.0 and (y.is_integer() or math.isinf(y)))


def fmod(x: float, y: float) -> float:
    try:
        return math.fmod(x, y)
    except ValueError:
        return nan


def remainder(x: float, y: float) -> float:
    try:
        return math.remainder(x, y)
    except ValueError:
        return nan


def fma(x: float, y: float, z: float) -> float:
    """x*y + z rounded once: exact integer arithmetic, since `math.fma` needs Python 3.13."""
    product = x * y
    if not (math.isfinite(x) and math.isfinite(y)):
        return product + z
    if not math.isfinite(z):
        return z
    (a, b), (c, d), (e, f) = x.as_integer_ratio(), y.as_integer_ratio(), z.as_integer_ratio()
    numerator = a * c * f + e * b * d
    if numerator == 0:
        return product + z
    try:
        return numerator / (b * d * f)
    except OverflowError:
        return inf if numerator > 0 else -inf


def integral(f: Callable[[float], int]) -> Callable[[float], float]:
    """floor and kin: infinities, nan and the sign of a zero pass through."""

    def value(x: float) -> float:
        return math.copysign(float(f(x)), x) if abs(x) < 2.0**52 else x

    return value


def sign(x: float) -> float:
    return x if x == 0.0 or x != x else math.copysign(1.0, x)


def sigmoid(x: float) -> float:
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x))) if x == x else x


def gelu(x: float) -> float:
    # erfc keeps the lower tail that 1 + erf would cancel away.
    return 0.5 * x * math.erfc(-x * math.sqrt(0.5)) if x != -inf else -0.0


def silu(x: float) -> float:
    return x * sigmoid(x) if x != -inf else -0.0


def relu(x: float) -> float:
    return x if x > 0.0 or x != x else 0.0


def leaky_relu(x: float, slope: float) -> float:
    return x if x > 0.0 else slope * x


def elu(x: float, alpha: float) -> float:
    return x if x > 0.0 else alpha * math.expm1(x)


def maximum(x: float, y: float) -> float:
    return x if x > y or x != x else y


def minimum(x: float, y: float) -> float:
    return x if x < y or x != x else y


def clip(x: float, low: float, high: float) -> float:
    return minimum(maximum(x, low), high)


def where(condition: float, x: float, y: float) -> float:
    return x if condition else y


def logaddexp(x: float, y: float) -> float:
    if x == y:
        return x + math.log(2.0)
    return maximum(x, y) + math.log1p(math.exp(-abs(x - y)))


def xlogy(x: float, y: float) -> float:
    if x == 0.0 and y == y:
        return 0.0
    return x * log(y)


def sum_of(*xs: float) -> float:
    # Left to right: the built-in sum compensates from Python 3.12 on, so results would differ.
    return reduce(operator.add, xs, 0.0)


def mean_of(*xs: float) -> float:
    return sum_of(*xs) / len(xs)


def product_of(*xs: float) -> float:
    return reduce(operator.mul, xs, 1.0)


def dot(*operands: float) -> float:
    half = len(operands) // 2
    return reduce(operator.add, map(operator.mul, operands[:half], operands[half:]), 0.0)


def logsumexp(*xs: float) -> float:
    top = max(xs)
    if not math.isfinite(top):
        return sum_of(*xs) if any(x != x for x in xs) else top
    return top + math.log(sum_of(*[math.exp(x - top) for x in xs]))


def gamma(x: float) -> float:
    try:
        return math.gamma(x)
    except ValueError:
        return signed_infinity(x) if x == 0.0 else nan
    except OverflowError:
        return inf


@cache
def _lgamma_series() -> list[float]:
    """Taylor coefficients at 2, from the power 1 on; they fall as 4**-k where |x - 2| <= 1/2."""
    rest = [polygamma(k - 1.0, 2.0) / math.factorial(k) for k in range(2, 28)]
    return [0.4227843350984671, *rest]  # the first is 1 less Euler's constant, to the last bit


def _lgamma_near_2(t: float) -> float:
    return t * reduce(lambda high, low: high * t + low, reversed(_lgamma_series()))


def lgamma(x: float) -> float:
    # math.lgamma is right to an absolute error, which is much beside its zeros 1 and 2.
    if 2.5 <= x < 4.5:
        return lgamma(x - 1.0) + math.log(x - 1.0)
    if 1.5 < x < 2.5:
        return _lgamma_near_2(x - 2.0)
    if 0.5 < x <= 1.5:
        return _lgamma_near_2(x - 1.0) - math.log(x)
    try:
        return math.lgamma(x)
    except (ValueError, OverflowError):
        return inf


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
    """The derivative of `order` (0 for digamma) of digamma at x: DLMF 5.15."""
    n = int(order)
    if x != x:
        return x
    if x == inf:
        return inf if n == 0 else 0.0
    if x < 0.0 and not gamma_defined(x):  # a pole; both sides of it agree where n is odd
        return inf if n % 2 and x != -inf else nan
    if x < -20.0:
        return _polygamma_reflected(n, x)
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
    """psi_n(x) = (-1)^n psi_n(1-x) - pi (d/dx)^n cot(pi x), with cot' = -pi (1 + cot^2)."""
    cot = 1.0 / math.tan(math.pi * (x - round(x)))
    coefficients = [0.0, 1.0]  # of the polynomial in cot, lowest power first
    for _ in range(n):
        slope = [k * c for k, c in enumerate(coefficients)][1:]
        coefficients = [
            -math.pi * (a + b) for a, b in zip([*slope, 0.0, 0.0], [0.0, 0.0, *slope], strict=True)
        ]
    value = reduce(lambda high, low: high * cot + low, reversed(coefficients))
    return (-1.0 if n % 2 else 1.0) * polygamma(n, 1.0 - x) - math.pi * value


def digamma(x: float) -> float:
    return polygamma(0.0, x)


exp = total(math.exp)
exp2 = total(math.exp2)
expm1 = total(math.expm1)
log = total(math.log, poles={0.0: -inf})
log2 = total(math.log2, poles={0.0: -inf})
log10 = total(math.log10, poles={0.0: -inf})
log1p = total(math.log1p, poles={-1.0: -inf})
sqrt = total(math.sqrt)
sin, cos, tan = total(math.sin), total(math.cos), total(math.tan)
asin, acos = total(math.asin), total(math.acos)
sinh, cosh = total(math.sinh, overflow=signed_infinity), total(math.cosh)
acosh = total(math.acosh)
atanh = total(math.atanh, poles={1.0: inf, -1.0: -inf})
floor, ceil, trunc = integral(math.floor), integral(math.ceil), integral(math.trunc)
rounded = integral(round)
