"""The table of primitives: one row per operation, and every other part of the package loops over it.

A row holds the operation's value on floats and its partial derivatives, each written once as a
function of the operands and the result, with primitives alone. A primitive applied to a `Value`
records a node, so the same formula serves reverse mode, forward mode, derivatives of any order and
generated code. In a formula `+ - *` are plain operators; every operation that can fail on floats
(division, powers) is called by name, since `1.0 / 0.0` raises in Python and `div(1.0, 0.0)` is inf.

Adding an operation is one row here, plus one line for its method or function.
"""

import math
import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

from . import ieee, special
from .primitive import TABLE, Domain, Primitive, _find, primitive  # noqa: F401 (pickles find it here)

__all__ = ["TABLE", "Domain", "Primitive", "primitive"]


def _add(name: str, value: Callable[..., float], *partials: Callable[..., Any], **rest: Any) -> Any:
    TABLE[name] = Primitive(name, value, partials, **rest)
    return TABLE[name]


# fmt: off
# One row a line is the point of the table; the formatter would break each row into ten.

REAL      = Domain("any real number", lambda x: math.isfinite(x), (-3.0, 3.0))
ANY       = Domain("any real number", lambda x: True, (-3.0, 3.0))
POSITIVE  = Domain("x > 0", lambda x: x > 0.0, (0.1, 4.0))
NONNEG    = Domain("x >= 0", lambda x: x >= 0.0, (0.1, 4.0))
NONZERO   = Domain("x != 0", lambda x: x != 0.0, (0.2, 3.0))
UNIT      = Domain("-1 <= x <= 1", lambda x: -1.0 <= x <= 1.0, (-0.9, 0.9))
INSIDE    = Domain("-1 < x < 1", lambda x: -1.0 < x < 1.0, (-0.9, 0.9))
OVER_ONE  = Domain("x >= 1", lambda x: x >= 1.0, (1.1, 4.0))
OVER_M1   = Domain("x > -1", lambda x: x > -1.0, (-0.8, 3.0))
GAMMA     = Domain("x not 0, -1, -2, ...", special.gamma_defined, (0.2, 4.0))
ORDER     = Domain("n = 0, 1, 2, ... and x not 0, -1, -2, ...",
                   lambda n, x: n >= 0.0 and n.is_integer() and special.gamma_defined(x), (1.0, 1.0), (0.2, 4.0))
PAIR      = Domain("any two real numbers", lambda x, y: True, (-3.0, 3.0), (-3.0, 3.0))
POWER     = Domain("x > 0, or x = 0 and y >= 0, or x < 0 and y whole", ieee.pow_defined, (0.2, 3.0), (-2.0, 2.0))
DIVISOR   = Domain("y != 0", lambda x, y: y != 0.0, (-3.0, 3.0), (0.3, 3.0))
STEPS     = Domain("x finite and y != 0", lambda x, y: math.isfinite(x) and y != 0.0, (-3.0, 3.0), (0.3, 3.0))
XLOGY     = Domain("y > 0, or x = 0", lambda x, y: y > 0.0 or x == 0.0, (-3.0, 3.0), (0.2, 3.0))
TRIPLE    = Domain("any three real numbers", lambda x, y, z: True, (-3.0, 3.0), (-3.0, 3.0), (-3.0, 3.0))
CHOICE    = Domain("any three real numbers", lambda c, x, y: True, (0.0, 1.0), (-3.0, 3.0), (-3.0, 3.0))
BOUNDS    = Domain("low <= high", lambda x, low, high: True, (-3.0, 3.0), (-2.0, -1.0), (1.0, 2.0))
MANY      = Domain("any real numbers", lambda *xs: True, (-2.0, 2.0))

LN2, LN10 = math.log(2.0), math.log(10.0)
TINY = 2.0**-1000  # below it, a result that is a step to another has lost digits, or will


def select(condition: Any, x: Any, y: Any) -> Any:
    """`where` in a formula: a comparison that is already a bool picks at once and records nothing."""
    if condition is True:
        return x
    return y if condition is False else where(condition, x, y)


def choose(condition: Any, x: Callable[[], Any], y: Callable[[], Any]) -> Any:
    """The same of formulas; on numbers the other one is not computed."""
    if condition is True:
        return x()
    return y() if condition is False else where(condition, x(), y())


def _flat(x: Any, y: Any, r: Any) -> float:
    return 0.0


def _chosen(x: Any, y: Any) -> Any:  # 1 where x > y, a half each at a tie, nan where either is nan
    return select(x > y, 1.0, select(x < y, 0.0, select(x == y, 0.5, math.nan)))


def _lowered(x: Any, y: Any) -> Any:  # the exponent of the slope; at (0, 0) one that makes 0 of it
    return select(x == 0.0, select(y == 0.0, 1.0, y - 1.0), y - 1.0)


def _steps(x: Any, y: Any, r: Any) -> Any:  # how many y were taken from x: rounded, since x/y is not exact
    return rint(div(x - r, y))


def _others(*xs: Any) -> list[Any]:  # the product of all other factors; no division, so zeros are right
    *factors, _ = xs
    before, after = [1.0], [1.0]
    for x in factors[:-1]:
        before.append(before[-1] * x)
    for x in factors[:0:-1]:
        after.append(after[-1] * x)
    return [a * b for a, b in zip(before, reversed(after), strict=True)]


def _by_base(x: Any, y: Any, r: Any) -> Any:  # d(x**y)/dx
    if type(y) is float and 0.25 <= abs(y) <= 8.0:
        low = y - 1.0
        if low + 1.0 == y and y - low == 1.0:
            return y * pow(x, low)  # nearly always

    def plain() -> Any:
        return y * pow(x, _lowered(x, y))

    def by_root() -> Any:  # what y - 1 loses would be multiplied by log(x), a subnormal power by y
        root = pow(select(r == r, fabs(x), math.nan), 0.5 * y)
        return copysign(root, r) * div(y * root, x)

    def size() -> Any:
        return choose(fabs(y) <= 8.0, lambda: 1.0, lambda: fabs(r))

    def usual() -> Any:
        lost = select((y - 1.0) + 1.0 == y, y - (y - 1.0) - 1.0, 1.0)
        return choose(lost == 0.0, lambda: choose(size() > TINY, plain, by_root), by_root)

    return choose(x == 0.0, plain, lambda: choose(fabs(y) < 0.25, lambda: div(y * r, x), usual))


def _by_exponent(x: Any, y: Any, r: Any) -> Any:  # d(x**y)/dy
    if (x > 0.0) is True and (r >= TINY) is True:
        return r * log(x)

    def by_root() -> Any:
        root = pow(x, 0.5 * y)
        return root * log(x) * root

    def of_positive() -> Any:
        return choose(r < TINY, by_root, lambda: r * log(x))

    def elsewhere() -> Any:  # of r and not constants, whose own derivatives would be 0
        return select(x == 0.0, select(y >= 0.0, 0.0, -fabs(r)), math.nan * r)

    return choose(x > 0.0, of_positive, elsewhere)


def _below_one(x: Any) -> Any:  # 1 - x*x; each form has a derivative that does not cancel there
    near = x * x < 0.5
    return select(near, 1.0 - x * x, (1.0 - x) * (1.0 + x))


def _log_slope(x: Any, scale: float = 1.0) -> Any:  # x + 0.0 is 0.0 of -0.0
    return select(x >= 0.0, div(scale, x + 0.0), math.nan * x)


def _cbrt_slope(x: Any, y: Any) -> Any:
    def end() -> Any:  # at 0 and at infinity
        return square(reciprocal(y))

    def inner() -> Any:
        return choose(x - x == 0.0, lambda: div(div(y, x), 3.0), end)

    return choose(x == 0.0, end, inner)


def _atan_slope(x: Any, y: Any) -> Any:
    near = x * x < 1e200
    if near is True:
        return reciprocal(1.0 + x * x)
    return select(near, reciprocal(1.0 + x * x), square(reciprocal(x)))


def _over_square(x: Any, y: Any) -> Any:  # x / (x*x + y*y), and 0 at infinity
    size = fabs(x) + fabs(y)
    scale = select(size < 1e-100, 2.0**600, select(size > 1e100, 2.0**-600, 1.0))
    u, v = x * scale, y * scale
    total = u * u + v * v
    return select(total == math.inf, 0.0, scale * div(u, total))


def _share(x: Any, y: Any) -> Any:  # exp(x) / (exp(x) + exp(y))
    return choose(x - y < -40.0, lambda: expdiff(x, y), lambda: reciprocal(1.0 + expdiff(y, x)))


def _shares(*xs: Any) -> list[Any]:  # exp(x) of each over the sum of all
    *operands, _ = xs
    top = reduce(maximum, operands)
    endless = top == math.inf
    powers = [select(endless, select(x == top, 1.0, 0.0), expdiff(x, top)) for x in operands]
    total = reduce(operator.add, powers)
    total = select(endless, select(total == 1.0, 1.0, math.nan), total)  # two have no limit
    return [div(e, total) for e in powers]


def _gate_slope(x: Any, slope: Callable[[], Any]) -> Any:  # of gelu and silu: inf * 0 has a limit
    return select(x == math.inf, 1.0, select(x == -math.inf, 0.0, slope()))


def _kink(a: Any) -> Any:  # the least of all slopes between 1 and a
    return maximum(0.0, minimum(1.0, a))


def _leaky_slope(x: Any, a: Any, y: Any) -> Any:
    at_zero = choose(x == 0.0, lambda: _kink(a), lambda: math.nan)
    return select(x > 0.0, 1.0, select(x < 0.0, a, at_zero))


def _elu_slope(x: Any, a: Any, y: Any) -> Any:
    def below() -> Any:
        return choose(x == 0.0, lambda: _kink(a), lambda: a * exp(x))

    return choose(x > 0.0, lambda: 1.0, below)


def _by_argument(x: Any, y: Any) -> Any:  # d(x log(y))/dy
    at_end = select(y == 0.0, div(x, y + 0.0), math.nan * (x * y))
    return select(y > 0.0, div(x, y), select(x == 0.0, select(y == y, 0.0, math.nan), at_end))


def _toward(*xs: Any) -> list[Any]:  # d(length)/dx of each, and 0 at the origin
    *operands, length = xs
    usual = length >= TINY
    if usual is True:
        return [div(x, length) for x in operands]
    scale = select(usual, 1.0, 2.0**1000)  # a subnormal length has few digits
    enlarged = [x * scale for x in operands]
    whole = select(usual, length, sqrt(reduce(operator.add, [y * y for y in enlarged])))
    return [select(length == 0.0, 0.0, div(y, whole)) for y in enlarged]


# operators
identity: Any  = _add("identity",   lambda x: x,        lambda x, y: 1.0, domain=ANY, label="=")
neg: Any       = _add("neg",        lambda x: -x,       lambda x, y: -1.0, domain=ANY, label="−")
add: Any       = _add("add",        lambda x, y: x + y, lambda x, y, r: 1.0, lambda x, y, r: 1.0, domain=PAIR, label="+")
sub: Any       = _add("sub",        lambda x, y: x - y, lambda x, y, r: 1.0, lambda x, y, r: -1.0, domain=PAIR, label="−")
mul: Any       = _add("mul",        lambda x, y: x * y, lambda x, y, r: y, lambda x, y, r: x, domain=PAIR, label="×")
div: Any       = _add("div",        ieee.div,           lambda x, y, r: reciprocal(y), lambda x, y, r: -div(r, y), domain=DIVISOR, label="÷")
pow: Any       = _add("pow",        ieee.power,         _by_base, _by_exponent, domain=POWER, label="^",
                 note="0 by either operand at (0, 0); nan by the exponent of a negative base")
floordiv: Any  = _add("floordiv",   ieee.floor_divide,  lambda x, y, r: 0.0, lambda x, y, r: 0.0, domain=STEPS, label="//", note="0 at a jump", selects=True)
mod: Any       = _add("mod",        ieee.mod,           lambda x, y, r: 1.0, lambda x, y, r: -_steps(x, y, r), domain=STEPS, label="%", note="1 by x at a jump")

# exponentials and logarithms
exp: Any       = _add("exp",        ieee.exp,           lambda x, y: y, domain=ANY)
exp2: Any      = _add("exp2",       ieee.exp2,          lambda x, y: y * LN2, domain=ANY)
expm1: Any     = _add("expm1",      ieee.expm1,         lambda x, y: exp(x), domain=ANY)
log: Any       = _add("log",        ieee.log,           lambda x, y: _log_slope(x), domain=POSITIVE)
log2: Any      = _add("log2",       ieee.log2,          lambda x, y: _log_slope(x, 1.0 / LN2), domain=POSITIVE)
log10: Any     = _add("log10",      ieee.log10,         lambda x, y: _log_slope(x, 1.0 / LN10), domain=POSITIVE)
log1p: Any     = _add("log1p",      ieee.log1p,         lambda x, y: select(x >= -1.0, reciprocal(1.0 + x), math.nan * x), domain=OVER_M1)
sqrt: Any      = _add("sqrt",       ieee.sqrt,          lambda x, y: div(0.5, y + 0.0), domain=NONNEG, label="√", note="inf at 0")
cbrt: Any      = _add("cbrt",       math.cbrt,          _cbrt_slope, domain=NONZERO, label="∛", note="inf at 0")
square: Any    = _add("square",     lambda x: x * x,    lambda x, y: 2.0 * x, domain=ANY, label="x²")
reciprocal: Any = _add("reciprocal", lambda x: ieee.div(1.0, x), lambda x, y: -(y * y), domain=NONZERO, label="1/x")

# trigonometric and hyperbolic functions
sin: Any       = _add("sin",        ieee.sin,           lambda x, y: cos(x), domain=REAL)
cos: Any       = _add("cos",        ieee.cos,           lambda x, y: -sin(x), domain=REAL)
tan: Any       = _add("tan",        ieee.tan,           lambda x, y: 1.0 + y * y, domain=Domain("any real number", math.isfinite, (-1.2, 1.2)))
asin: Any      = _add("asin",       ieee.asin,          lambda x, y: reciprocal(sqrt(_below_one(x))), domain=UNIT, note="inf at -1 and 1")
acos: Any      = _add("acos",       ieee.acos,          lambda x, y: -reciprocal(sqrt(_below_one(x))), domain=UNIT, note="-inf at -1 and 1")
atan: Any      = _add("atan",       math.atan,          _atan_slope, domain=ANY)
sinh: Any      = _add("sinh",       ieee.sinh,          lambda x, y: cosh(x), domain=ANY)
cosh: Any      = _add("cosh",       ieee.cosh,          lambda x, y: sinh(x), domain=ANY)
tanh: Any      = _add("tanh",       math.tanh,          lambda x, y: sech2(x), domain=ANY)
sech2: Any     = _add("sech2",      ieee.sech2,         lambda x, y: -2.0 * y * tanh(x), domain=ANY, label="sech²")
asinh: Any     = _add("asinh",      math.asinh,         lambda x, y: reciprocal(hypot(1.0, x)), domain=ANY)
acosh: Any     = _add("acosh",      ieee.acosh,         lambda x, y: reciprocal(sqrt(x - 1.0) * sqrt(x + 1.0)), domain=OVER_ONE, note="inf at 1")
atanh: Any     = _add("atanh",      ieee.atanh,         lambda x, y: select(fabs(x) <= 1.0, fabs(reciprocal(_below_one(x))), math.nan * x), domain=INSIDE)
radians: Any   = _add("radians",    math.radians,       lambda x, y: math.pi / 180.0, domain=ANY)
degrees: Any   = _add("degrees",    math.degrees,       lambda x, y: 180.0 / math.pi, domain=ANY)

# special functions
erf: Any       = _add("erf",        math.erf,           lambda x, y: bell(ieee.ERF_SLOPE, x), domain=ANY)
erfc: Any      = _add("erfc",       math.erfc,          lambda x, y: bell(-ieee.ERF_SLOPE, x), domain=ANY)
bell: Any      = _add("bell",       ieee.bell,          lambda a, x, y: bell(1.0, x), lambda a, x, y: bell(-2.0 * (a * x), x), domain=PAIR, label="a·exp(−x²)")
gamma: Any     = _add("gamma",      special.gamma,         lambda x, y: y * digamma(x), domain=GAMMA, label="Γ")
lgamma: Any    = _add("lgamma",     special.lgamma,        lambda x, y: digamma(x), domain=GAMMA, label="ln Γ")
digamma: Any   = _add("digamma",    special.digamma,       lambda x, y: polygamma(1.0, x), domain=GAMMA, label="ψ")
polygamma: Any = _add("polygamma",  special.polygamma,     lambda n, x, y: math.nan, lambda n, x, y: polygamma(n + 1.0, x), domain=ORDER, label="ψⁿ")

# activations
sigmoid: Any   = _add("sigmoid",    ieee.sigmoid,       lambda x, y: 0.25 * sech2(0.5 * x), domain=ANY, label="σ")
softplus: Any  = _add("softplus",   ieee.softplus,      lambda x, y: sigmoid(x), domain=ANY)
relu: Any      = _add("relu",       ieee.relu,          lambda x, y: select(x > 0.0, 1.0, select(x <= 0.0, 0.0, math.nan)), domain=ANY, label="ReLU", note="0 at 0", selects=True)
leaky_relu: Any = _add("leaky_relu", ieee.leaky_relu,   _leaky_slope,
                                                   lambda x, a, y: select(x > 0.0, 0.0, x), domain=PAIR, note="the smaller slope at 0", selects=(False, True))
elu: Any       = _add("elu",        ieee.elu,           _elu_slope, lambda x, a, y: select(x > 0.0, 0.0, expm1(x)), domain=PAIR, note="the smaller slope at 0", selects=(False, True))
gelu: Any      = _add("gelu",       ieee.gelu,          lambda x, y: _gate_slope(x, lambda: 0.5 * erfc(-x * math.sqrt(0.5)) + bell(bell(ieee.PHI_0 * x, 0.5 * x), 0.5 * x)), domain=ANY)
silu: Any      = _add("silu",       ieee.silu,          lambda x, y: _gate_slope(x, lambda: sigmoid(x) + y * sigmoid(-x)), domain=ANY)

# magnitude, sign and rounding
fabs: Any      = _add("abs",        lambda x: abs(x),   lambda x, y: sign(x), domain=ANY, label="|x|", note="0 at 0")
sign: Any      = _add("sign",       ieee.sign,          lambda x, y: 0.0, domain=ANY, note="0 at 0", selects=True)
floor: Any     = _add("floor",      ieee.floor,         lambda x, y: 0.0, domain=ANY, label="⌊x⌋", note="0 at a jump", selects=True)
ceil: Any      = _add("ceil",       ieee.ceil,          lambda x, y: 0.0, domain=ANY, label="⌈x⌉", note="0 at a jump", selects=True)
trunc: Any     = _add("trunc",      ieee.trunc,         lambda x, y: 0.0, domain=ANY, note="0 at a jump", selects=True)
rint: Any      = _add("round",      ieee.rounded,       lambda x, y: 0.0, domain=ANY, note="0 at a jump; halves go to even", selects=True)
round_to: Any  = _add("round_to",   lambda x, n: round(x, int(n)), lambda x, n, y: 0.0, lambda x, n, y: math.nan,
                                                   domain=Domain("n a whole number", lambda x, n: n.is_integer(), (-3.0, 3.0), (2.0, 2.0)), label="round", note="0 at a jump", selects=True)
copysign: Any  = _add("copysign",   math.copysign,      lambda x, y, r: sign(x) * copysign(1.0, y), lambda x, y, r: 0.0, domain=PAIR, note="0 at 0", selects=True)
fmod: Any      = _add("fmod",       ieee.fmod,          lambda x, y, r: 1.0, lambda x, y, r: -_steps(x, y, r), domain=STEPS, note="1 by x at a jump")
remainder: Any = _add("remainder",  ieee.remainder,     lambda x, y, r: 1.0, lambda x, y, r: -_steps(x, y, r), domain=STEPS, note="1 by x at a jump")

# of several operands
atan2: Any     = _add("atan2",      math.atan2,         lambda y, x, r: _over_square(x, y), lambda y, x, r: -_over_square(y, x), domain=PAIR, note="nan at (0, 0)")
hypot: Any     = _add("hypot",      math.hypot,         lambda x, y, r: _toward(x, y, r)[0], lambda x, y, r: _toward(y, x, r)[0], domain=PAIR, note="0 at (0, 0)")
fma: Any       = _add("fma",        ieee.fma,           lambda x, y, z, r: y, lambda x, y, z, r: x, lambda x, y, z, r: 1.0, domain=TRIPLE)
expdiff: Any   = _add("expdiff",    ieee.expdiff,       lambda x, y, r: r, lambda x, y, r: -r, domain=PAIR, label="exp(x−y)")
logaddexp: Any = _add("logaddexp",  ieee.logaddexp,     lambda x, y, r: _share(x, y), lambda x, y, r: _share(y, x), domain=PAIR)
xlogy: Any     = _add("xlogy",      ieee.xlogy,         lambda x, y, r: log(y), lambda x, y, r: _by_argument(x, y), domain=XLOGY, note="0 by y where x is 0")
maximum: Any   = _add("maximum",    ieee.maximum,       lambda x, y, r: _chosen(x, y), lambda x, y, r: _chosen(y, x), domain=PAIR, label="max", note="a half each at a tie", selects=True)
minimum: Any   = _add("minimum",    ieee.minimum,       lambda x, y, r: _chosen(y, x), lambda x, y, r: _chosen(x, y), domain=PAIR, label="min", note="a half each at a tie", selects=True)
clip: Any      = _add("clip",       ieee.clip,          lambda x, a, b, r: select(r == r, select(x <= a, 0.0, select(x >= b, 0.0, 1.0)), math.nan),
                                                   lambda x, a, b, r: select(r == r, select(x < a, select(a < b, 1.0, 0.0), 0.0), math.nan),
                                                   lambda x, a, b, r: select(r == r, select(maximum(x, a) > b, 1.0, 0.0), math.nan), domain=BOUNDS, note="0 at a bound", selects=True)
where: Any     = _add("where",      ieee.where,         lambda c, x, y, r: 0.0, lambda c, x, y, r: select(c, 1.0, 0.0), lambda c, x, y, r: select(c, 0.0, 1.0), domain=CHOICE, selects=True)

# truths: what a comparison is while `jit` records; eager comparisons give plain bools
lt: Any        = _add("lt",         lambda x, y: 1.0 if x < y else 0.0,      _flat, _flat, domain=PAIR, label="<", note="0 at a jump", selects=True, logical=True)
le: Any        = _add("le",         lambda x, y: 1.0 if x <= y else 0.0,     _flat, _flat, domain=PAIR, label="≤", note="0 at a jump", selects=True, logical=True)
gt: Any        = _add("gt",         lambda x, y: 1.0 if x > y else 0.0,      _flat, _flat, domain=PAIR, label=">", note="0 at a jump", selects=True, logical=True)
ge: Any        = _add("ge",         lambda x, y: 1.0 if x >= y else 0.0,     _flat, _flat, domain=PAIR, label="≥", note="0 at a jump", selects=True, logical=True)
eq: Any        = _add("eq",         lambda x, y: 1.0 if x == y else 0.0,     _flat, _flat, domain=PAIR, label="=", note="0 at a jump", selects=True, logical=True)
ne: Any        = _add("ne",         lambda x, y: 1.0 if x != y else 0.0,     _flat, _flat, domain=PAIR, label="≠", note="0 at a jump", selects=True, logical=True)
and_: Any      = _add("and",        lambda x, y: 1.0 if x and y else 0.0,    _flat, _flat, domain=PAIR, label="∧", note="0 at a jump", selects=True, logical=True)
or_: Any       = _add("or",         lambda x, y: 1.0 if x or y else 0.0,     _flat, _flat, domain=PAIR, label="∨", note="0 at a jump", selects=True, logical=True)
not_: Any      = _add("not",        lambda x: 0.0 if x else 1.0,             lambda x, y: 0.0, domain=ANY, label="¬", note="0 at a jump", selects=True, logical=True)

# of any number of operands
sum_: Any      = _add("sum",        ieee.sum_of,        lambda *xs: [1.0] * (len(xs) - 1), domain=MANY, label="Σ", variadic=True)
mean: Any      = _add("mean",       ieee.mean_of,       lambda *xs: [1.0 / (len(xs) - 1)] * (len(xs) - 1), domain=MANY, variadic=True)
prod: Any      = _add("prod",       ieee.product_of,    _others, domain=MANY, label="Π", variadic=True)
dot: Any       = _add("dot",        ieee.dot,           lambda *xs: [*xs[len(xs) // 2 : -1], *xs[: len(xs) // 2]], domain=MANY, label="dot", variadic=True)
norm: Any      = _add("norm",       math.hypot,         _toward, domain=MANY, label="‖x‖", note="0 at the origin", variadic=True)
logsumexp: Any = _add("logsumexp",  ieee.logsumexp,     _shares, domain=MANY, variadic=True)

# Not a row: its derivative is not that of its function, so no test of the table can hold for it.
stop_gradient = Primitive("stop_gradient", lambda x: x, [lambda x, y: 0.0], ANY, label="stop", selects=True)
# fmt: on
