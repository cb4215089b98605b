"""Values of the operations on floats, with IEEE 754 results where `math` raises.

`math.log(0.0)` raises; here `log(0.0)` is -inf, as in NumPy and C. Nothing warns in this file: the
graph knows the operation's name and its operands, and warns there.
"""

import math
import operator
from collections.abc import Callable
from functools import reduce

inf, nan = math.inf, math.nan
LN2, LN10 = math.log(2.0), math.log(10.0)


def total(
    f: Callable[[float], float],
    *,
    poles: dict[float, float] | None = None,
    overflow: Callable[[float], float] = lambda x: inf,
) -> Callable[[float], float]:
    """Extend f to all floats: nan outside its domain, `poles[x]` at a pole, overflow(x) beyond."""
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
    """Return x*y + z, rounded once: in exact integers, since `math.fma` needs Python 3.13."""
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
    """Extend floor and similar to floats: infinities, nan and the sign of a zero pass through."""

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


def sech2(x: float) -> float:
    """Return 1 / cosh(x)**2, whose derivative -2 sech(x)**2 tanh(x) does not cancel."""
    e = math.exp(-2.0 * abs(x))
    return 4.0 * e / ((1.0 + e) * (1.0 + e))


def softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x))) if x == x else x


def expdiff(x: float, y: float) -> float:
    """Return exp(x - y), of the exact difference: the rounded one is off by up to 400 units."""
    d = x - y
    e = exp(d)
    if 0.0 < e < inf:
        back = d - x
        e += e * ((x - (d - back)) - (y + back))
    return e


SPLIT = 1.5 * 2.0**31  # added to x and taken off, it leaves whole multiples of 2**-21


def bell(a: float, x: float) -> float:
    """Return a * exp(-x*x), of the exact square: x = h + rest, h so short that h*h is exact."""
    if not abs(x) < 40.0:
        return 0.0 if a == a and x == x else nan
    h = (x + SPLIT) - SPLIT
    t = (h - x) * (h + x)  # below 4e-5, so three terms of exp(t) - 1 do
    t += t * t * (0.5 + t / 6.0)
    if h * h < 700.0:
        e = math.exp(-(h * h))
        return a * (e + e * t)
    e = math.exp(-0.5 * (h * h))  # in two factors, since one would be subnormal
    return a * e * (e + e * t)


ROOT = math.sqrt(0.5)
ROOT_HIGH = 0.7071067690849304  # its first 24 bits
ROOT_LOW = 1.210161710447897e-08  # and the next 53
ERF_SLOPE, PHI_0 = 2.0 / math.sqrt(math.pi), 1.0 / math.sqrt(2.0 * math.pi)
TAIL = (13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0)  # of x * Phi(x) over its density: DLMF 7.12.1


def gelu(x: float) -> float:
    if x < -36.0:
        if x < -40.0:
            return -0.0
        u = 1.0 / (x * x)
        series = reduce(lambda rest, k: 1.0 - k * u * rest, TAIL, 1.0)
        return bell(bell(-PHI_0 * series, 0.5 * x), 0.5 * x)
    # erfc keeps the lower tail, which would cancel in 1 + erf
    q = x * ROOT
    tail = math.erfc(-q)
    if x < 0.0:  # what the rounding of q loses is up to 1,300 units of the tail
        h = (x + SPLIT) - SPLIT
        lost = ((h * ROOT_HIGH - q) + h * ROOT_LOW) + (x - h) * ROOT
        tail += lost * (ERF_SLOPE * math.exp(-(q * q)))
    return 0.5 * x * tail


def silu(x: float) -> float:
    if x < -700.0:  # in two factors, since one would be subnormal
        e = math.exp(0.5 * x)
        return x * e * e if e else -0.0
    return x * sigmoid(x)


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
        return x + LN2
    return maximum(x, y) + math.log1p(expdiff(minimum(x, y), maximum(x, y)))


def xlogy(x: float, y: float) -> float:
    if x == 0.0 and y == y:
        return 0.0
    return x * log(y)


def sum_of(*xs: float) -> float:
    # The built-in sum compensates from Python 3.12 on, so its results differ between versions.
    return reduce(operator.add, xs, 0.0)


def mean_of(*xs: float) -> float:
    if not xs:
        raise ValueError("mean of nothing is undefined: give at least one number")
    return sum_of(*xs) / len(xs)


def product_of(*xs: float) -> float:
    return reduce(operator.mul, xs, 1.0)


def dot(*operands: float) -> float:
    half = len(operands) // 2
    return reduce(operator.add, map(operator.mul, operands[:half], operands[half:]), 0.0)


def logsumexp(*xs: float) -> float:
    top = max(xs) if xs else -inf
    if not math.isfinite(top):
        return sum_of(*xs) if any(x != x for x in xs) else top
    others = list(xs)
    others.remove(top)  # log1p keeps what they add, however small
    return top + math.log1p(sum_of(*[expdiff(x, top) for x in others]))


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
