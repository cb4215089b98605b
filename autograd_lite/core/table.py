"""The table of operations: one row each, and every other part of the package loops over it.

A row holds what an operation computes, its value on floats and its partial derivatives, each written
once as a function of the operands and the result, with primitives alone. A primitive applied to a
`Value` records a node, so the same formula serves reverse mode, forward mode, derivatives of any
order and generated code. In a formula `+ - *` are plain operators; what can fail on floats (division,
powers) is called by name, since `1.0 / 0.0` raises in Python and `div(1.0, 0.0)` is inf.

An operation is added by a row here, and by nothing else: its function, its method, its pictures, its
compiled code and its tests come from the row.
"""

import math
from collections.abc import Callable
from typing import Any

from . import formulas, ieee, special
from .domains import (
    ANGLE, ANY, BOUNDS, CHOICE, DIGITS, DIVISOR, GAMMA, INSIDE, MANY, NONNEG, NONZERO, ORDER, OVER_M1,
    OVER_ONE, PAIR, POSITIVE, POWER, REAL, STEPS, TRIPLE, UNIT, XLOGY, Domain,
)  # fmt: skip
from .formulas import select, zero
from .primitive import TABLE, Primitive, rows

__all__ = ["TABLE", "Primitive", "define"]


def define(
    name: str, doc: str, domain: Domain, value: Callable[..., float], *partials: Callable[..., Any],
    names: str | None = None, operands: str = "x y z", method: bool | None = None,
    variadic: bool = False, **rest: Any,
) -> Any:  # fmt: skip
    """Add a row to the table, and return it.

    Arguments:
        name: what a node shows as `.op`.
        doc: what it computes, as "Return ..." goes on.
        names: the public functions that apply it, if not one of the row's own name.
        operands: how those functions call the operands.
        method: whether a Value has methods of these names; it does if there is one operand.
        rest: what else a `Primitive` takes.
    """
    TABLE[name] = row = Primitive(
        name, value, partials, domain, doc=doc, variadic=variadic, **rest,
        names=(name if names is None else names).split(),
        operands=("xs",) if variadic else operands.split()[: len(partials)],
        method=len(partials) == 1 and not variadic if method is None else method,
    )  # fmt: skip
    setattr(rows, name, row)
    return row


# fmt: off
# Rows are set by hand: what it is, then value and partials, then what else there is to say.

# operators
identity: Any = define("identity", "x itself", ANY,
    lambda x: x, lambda x, y: 1.0, label="=", names="")
neg: Any = define("neg", "-x", ANY,
    lambda x: -x, lambda x, y: -1.0, label="−", names="")
add: Any = define("add", "x + y", PAIR,
    lambda x, y: x + y, lambda x, y, r: 1.0, lambda x, y, r: 1.0, label="+", names="")
sub: Any = define("sub", "x - y", PAIR,
    lambda x, y: x - y, lambda x, y, r: 1.0, lambda x, y, r: -1.0, label="−", names="")
mul: Any = define("mul", "x * y", PAIR,
    lambda x, y: x * y, lambda x, y, r: y, lambda x, y, r: x, label="×", names="")
div: Any = define("div", "x / y", DIVISOR,
    ieee.div, lambda x, y, r: reciprocal(y), lambda x, y, r: -div(r, y), label="÷", names="")
pow: Any = define("pow", "x to the power y, as `x ** y`", POWER,
    ieee.power, formulas.pow_partial_base, formulas.pow_partial_exponent, label="^",
    note="0 for both operands at (0, 0); nan for the exponent of a negative base")
floordiv: Any = define("floordiv", "x // y, rounded down", STEPS,
    ieee.floor_divide, zero, zero, label="//", names="", note="0 at a jump", selects=True)
mod: Any = define("mod", "x % y, with the sign of y", STEPS,
    ieee.mod, lambda x, y, r: 1.0, lambda x, y, r: -formulas.count_steps(x, y, r), label="%", names="",
    note="1 for x at a jump")

# exponentials and logarithms
exp: Any = define("exp", "e to the power x", ANY,
    ieee.exp, lambda x, y: y)
exp2: Any = define("exp2", "2 to the power x", ANY,
    ieee.exp2, lambda x, y: y * ieee.LN2)
expm1: Any = define("expm1", "exp(x) - 1, without cancellation near 0", ANY,
    ieee.expm1, lambda x, y: exp(x))
log: Any = define("log", "the natural logarithm", POSITIVE,
    ieee.log, lambda x, y: formulas.log_partial(x))
log2: Any = define("log2", "the logarithm to base 2", POSITIVE,
    ieee.log2, lambda x, y: formulas.log_partial(x, 1.0 / ieee.LN2))
log10: Any = define("log10", "the logarithm to base 10", POSITIVE,
    ieee.log10, lambda x, y: formulas.log_partial(x, 1.0 / ieee.LN10))
log1p: Any = define("log1p", "log(1 + x), without cancellation near 0", OVER_M1,
    ieee.log1p, lambda x, y: select(x >= -1.0, reciprocal(1.0 + x), math.nan * x))
sqrt: Any = define("sqrt", "the square root", NONNEG,
    ieee.sqrt, lambda x, y: div(0.5, y + 0.0), label="√", note="inf at 0")
cbrt: Any = define("cbrt", "the cube root, of negative numbers too", NONZERO,
    math.cbrt, formulas.cbrt_partial, label="∛", note="inf at 0")
square: Any = define("square", "x * x", ANY,
    lambda x: x * x, lambda x, y: 2.0 * x, label="x²")
reciprocal: Any = define("reciprocal", "1 / x", NONZERO,
    lambda x: ieee.div(1.0, x), lambda x, y: -(y * y), label="1/x")

# trigonometric and hyperbolic functions
sin: Any = define("sin", "the sine of an angle in radians", REAL,
    ieee.sin, lambda x, y: cos(x))
cos: Any = define("cos", "the cosine of an angle in radians", REAL,
    ieee.cos, lambda x, y: -sin(x))
tan: Any = define("tan", "the tangent of an angle in radians", ANGLE,
    ieee.tan, lambda x, y: 1.0 + y * y)
asin: Any = define("asin", "the arc sine, in radians", UNIT,
    ieee.asin, lambda x, y: reciprocal(sqrt(formulas.one_minus_square(x))),
    names="asin arcsin", note="inf at -1 and 1")
acos: Any = define("acos", "the arc cosine, in radians", UNIT,
    ieee.acos, lambda x, y: -reciprocal(sqrt(formulas.one_minus_square(x))),
    names="acos arccos", note="-inf at -1 and 1")
atan: Any = define("atan", "the arc tangent, in radians", ANY,
    math.atan, formulas.atan_partial, names="atan arctan")
sinh: Any = define("sinh", "the hyperbolic sine", ANY,
    ieee.sinh, lambda x, y: cosh(x))
cosh: Any = define("cosh", "the hyperbolic cosine", ANY,
    ieee.cosh, lambda x, y: sinh(x))
tanh: Any = define("tanh", "the hyperbolic tangent", ANY,
    math.tanh, lambda x, y: sech2(x))
sech2: Any = define("sech2", "1 / cosh(x)**2", ANY,
    ieee.sech2, lambda x, y: -2.0 * y * tanh(x), label="sech²", names="")
asinh: Any = define("asinh", "the inverse hyperbolic sine", ANY,
    math.asinh, lambda x, y: reciprocal(hypot(1.0, x)), names="asinh arcsinh")
acosh: Any = define("acosh", "the inverse hyperbolic cosine", OVER_ONE,
    ieee.acosh, lambda x, y: reciprocal(sqrt(x - 1.0) * sqrt(x + 1.0)),
    names="acosh arccosh", note="inf at 1")
atanh: Any = define("atanh", "the inverse hyperbolic tangent", INSIDE,
    ieee.atanh, lambda x, y: select(fabs(x) <= 1.0, fabs(reciprocal(formulas.one_minus_square(x))), math.nan * x),
    names="atanh arctanh")
radians: Any = define("radians", "degrees as radians", ANY,
    math.radians, lambda x, y: math.pi / 180.0)
degrees: Any = define("degrees", "radians as degrees", ANY,
    math.degrees, lambda x, y: 180.0 / math.pi)

# special functions
erf: Any = define("erf", "the error function, 2/sqrt(pi) times the integral of exp(-t*t) from 0 to x", ANY,
    math.erf, lambda x, y: bell(ieee.ERF_SLOPE, x))
erfc: Any = define("erfc", "1 - erf(x), without cancellation for large x", ANY,
    math.erfc, lambda x, y: bell(-ieee.ERF_SLOPE, x))
bell: Any = define("bell", "a * exp(-x*x)", PAIR,
    ieee.bell, lambda a, x, y: bell(1.0, x), lambda a, x, y: bell(-2.0 * (a * x), x),
    label="a·exp(−x²)", names="")
gamma: Any = define("gamma", "the gamma function", GAMMA,
    special.gamma, lambda x, y: y * digamma(x), label="Γ")
lgamma: Any = define("lgamma", "the logarithm of the absolute value of the gamma function", GAMMA,
    special.lgamma, lambda x, y: digamma(x), label="ln Γ")
digamma: Any = define("digamma", "the derivative of lgamma (DLMF 5.2.2)", GAMMA,
    special.digamma, lambda x, y: polygamma(1.0, x), label="ψ")
polygamma: Any = define("polygamma", "the derivative of order n of digamma (DLMF 5.15)", ORDER,
    special.polygamma, lambda n, x, y: math.nan, lambda n, x, y: polygamma(n + 1.0, x), label="ψⁿ", names="")

# activations
sigmoid: Any = define("sigmoid", "1 / (1 + exp(-x)), without overflow", ANY,
    ieee.sigmoid, lambda x, y: 0.25 * sech2(0.5 * x), label="σ")
softplus: Any = define("softplus", "log(1 + exp(x)), without overflow", ANY,
    ieee.softplus, lambda x, y: sigmoid(x))
relu: Any = define("relu", "max(x, 0)", ANY,
    ieee.relu, lambda x, y: select(x > 0.0, 1.0, select(x <= 0.0, 0.0, math.nan)),
    label="ReLU", note="0 at 0", selects=True)
leaky_relu: Any = define("leaky_relu", "x where x > 0, else slope * x", PAIR,
    ieee.leaky_relu, formulas.leaky_relu_partial, lambda x, a, y: select(x > 0.0, 0.0, x),
    operands="x slope", defaults=(0.01,), method=True, note="the smaller slope at 0", selects=(False, True))
elu: Any = define("elu", "x where x > 0, else alpha * (exp(x) - 1) (Clevert et al. 2015)", PAIR,
    ieee.elu, formulas.elu_partial, lambda x, a, y: select(x > 0.0, 0.0, expm1(x)),
    operands="x alpha", defaults=(1.0,), method=True, note="the smaller slope at 0", selects=(False, True))
gelu: Any = define("gelu", "x times the normal distribution function of x (Hendrycks and Gimpel 2016)", ANY,
    ieee.gelu, formulas.gelu_partial)
silu: Any = define("silu", "x * sigmoid(x)", ANY,
    ieee.silu, formulas.silu_partial)

# magnitude, sign and rounding
fabs: Any = define("abs", "the absolute value", ANY,
    lambda x: abs(x), lambda x, y: sign(x), label="|x|", names="fabs", note="0 at 0")
sign: Any = define("sign", "-1, 0 or 1", ANY,
    ieee.sign, lambda x, y: 0.0, note="0 at 0", selects=True)
floor: Any = define("floor", "the largest whole number not above x", ANY,
    ieee.floor, lambda x, y: 0.0, label="⌊x⌋", note="0 at a jump", selects=True)
ceil: Any = define("ceil", "the smallest whole number not below x", ANY,
    ieee.ceil, lambda x, y: 0.0, label="⌈x⌉", note="0 at a jump", selects=True)
trunc: Any = define("trunc", "the whole part, towards 0", ANY,
    ieee.trunc, lambda x, y: 0.0, note="0 at a jump", selects=True)
rint: Any = define("round", "the nearest whole number", ANY,
    ieee.rounded, lambda x, y: 0.0, names="", note="0 at a jump; halves go to even", selects=True)
round_to: Any = define("round_to", "x rounded to n decimals", DIGITS,
    lambda x, n: round(x, int(n)), lambda x, n, y: 0.0, lambda x, n, y: math.nan,
    label="round", names="", note="0 at a jump", selects=True)
copysign: Any = define("copysign", "the size of x with the sign of y", PAIR,
    math.copysign, lambda x, y, r: sign(x) * copysign(1.0, y), zero, method=True, note="0 at 0", selects=True)
fmod: Any = define("fmod", "x less a whole multiple of y, with the sign of x, as `math.fmod`", STEPS,
    ieee.fmod, lambda x, y, r: 1.0, lambda x, y, r: -formulas.count_steps(x, y, r),
    method=True, note="1 for x at a jump")
remainder: Any = define("remainder", "x less the nearest whole multiple of y, as `math.remainder` (IEEE 754)", STEPS,
    ieee.remainder, lambda x, y, r: 1.0, lambda x, y, r: -formulas.count_steps(x, y, r), note="1 for x at a jump")

# of several operands
atan2: Any = define("atan2", "the angle of the point (x, y), in radians", PAIR,
    math.atan2, lambda y, x, r: formulas.atan2_partial(x, y), lambda y, x, r: -formulas.atan2_partial(y, x),
    operands="y x", note="nan at (0, 0)")
hypot: Any = define("hypot", "sqrt(x*x + y*y), without overflow", PAIR,
    math.hypot, lambda x, y, r: formulas.norm_partials(x, y, r)[0], lambda x, y, r: formulas.norm_partials(y, x, r)[0],
    method=True, note="0 at (0, 0)")
fma: Any = define("fma", "x * y + z, rounded once", TRIPLE,
    ieee.fma, lambda x, y, z, r: y, lambda x, y, z, r: x, lambda x, y, z, r: 1.0)
expdiff: Any = define("expdiff", "exp(x - y), of the exact difference", PAIR,
    ieee.expdiff, lambda x, y, r: r, lambda x, y, r: -r, label="exp(x−y)", names="")
logaddexp: Any = define("logaddexp", "log(exp(x) + exp(y)), without overflow", PAIR,
    ieee.logaddexp, lambda x, y, r: formulas.logaddexp_partial(x, y), lambda x, y, r: formulas.logaddexp_partial(y, x),
    method=True)
xlogy: Any = define("xlogy", "x * log(y), and 0 where x is 0", XLOGY,
    ieee.xlogy, lambda x, y, r: log(y), lambda x, y, r: formulas.xlogy_partial(x, y), note="0 for y where x is 0")
maximum: Any = define("maximum", "the larger of two; nan if either is", PAIR,
    ieee.maximum, lambda x, y, r: formulas.maximum_partial(x, y), lambda x, y, r: formulas.maximum_partial(y, x),
    label="max", note="a half each at a tie", selects=True)
minimum: Any = define("minimum", "the smaller of two; nan if either is", PAIR,
    ieee.minimum, lambda x, y, r: formulas.maximum_partial(y, x), lambda x, y, r: formulas.maximum_partial(x, y),
    label="min", note="a half each at a tie", selects=True)
clip: Any = define("clip", "x within [low, high]", BOUNDS,
    ieee.clip, lambda x, a, b, r: select(r == r, select(x <= a, 0.0, select(x >= b, 0.0, 1.0)), math.nan),
    lambda x, a, b, r: select(r == r, select(x < a, select(a < b, 1.0, 0.0), 0.0), math.nan),
    lambda x, a, b, r: select(r == r, select(maximum(x, a) > b, 1.0, 0.0), math.nan),
    operands="x low high", note="0 at a bound", selects=True)
where: Any = define("where", "x where the condition holds, else y", CHOICE,
    ieee.where, lambda c, x, y, r: 0.0, lambda c, x, y, r: select(c, 1.0, 0.0), lambda c, x, y, r: select(c, 0.0, 1.0),
    operands="condition x y", selects=True)

# predicates: what a comparison is while `jit` records; eager comparisons give plain bools
PREDICATE: dict[str, Any] = {"names": "", "note": "0 at a jump", "selects": True, "logical": True}
lt: Any = define("lt", "1 where x < y, else 0", PAIR,
    lambda x, y: 1.0 if x < y else 0.0, zero, zero, label="<", **PREDICATE)
le: Any = define("le", "1 where x <= y, else 0", PAIR,
    lambda x, y: 1.0 if x <= y else 0.0, zero, zero, label="≤", **PREDICATE)
gt: Any = define("gt", "1 where x > y, else 0", PAIR,
    lambda x, y: 1.0 if x > y else 0.0, zero, zero, label=">", **PREDICATE)
ge: Any = define("ge", "1 where x >= y, else 0", PAIR,
    lambda x, y: 1.0 if x >= y else 0.0, zero, zero, label="≥", **PREDICATE)
eq: Any = define("eq", "1 where x == y, else 0", PAIR,
    lambda x, y: 1.0 if x == y else 0.0, zero, zero, label="=", **PREDICATE)
ne: Any = define("ne", "1 where x != y, else 0", PAIR,
    lambda x, y: 1.0 if x != y else 0.0, zero, zero, label="≠", **PREDICATE)
and_: Any = define("and", "1 where both hold, else 0", PAIR,
    lambda x, y: 1.0 if x and y else 0.0, zero, zero, label="∧", **PREDICATE)
or_: Any = define("or", "1 where either holds, else 0", PAIR,
    lambda x, y: 1.0 if x or y else 0.0, zero, zero, label="∨", **PREDICATE)
not_: Any = define("not", "1 where x is 0, else 0", ANY,
    lambda x: 0.0 if x else 1.0, lambda x, y: 0.0, label="¬", **PREDICATE)

# of any number of operands
sum_: Any = define("sum", "the sum, added from left to right", MANY,
    ieee.sum_of, lambda *xs: [1.0] * (len(xs) - 1), label="Σ", variadic=True)
mean: Any = define("mean", "the arithmetic mean of at least one number", MANY,
    ieee.mean_of, lambda *xs: [1.0 / (len(xs) - 1)] * (len(xs) - 1), variadic=True)
prod: Any = define("prod", "the product; its derivatives are right with zeros among the factors", MANY,
    ieee.product_of, formulas.prod_partials, label="Π", variadic=True)
dot: Any = define("dot", "the sum of products of two sequences of one length", MANY,
    ieee.dot, lambda *xs: [*xs[len(xs) // 2 : -1], *xs[: len(xs) // 2]], label="dot", variadic=True)
norm: Any = define("norm", "the Euclidean norm, without overflow", MANY,
    math.hypot, formulas.norm_partials, label="‖x‖", note="0 at the origin", variadic=True)
logsumexp: Any = define("logsumexp", "log(sum(exp(x))), without overflow; -inf of nothing", MANY,
    ieee.logsumexp, formulas.logsumexp_partials, variadic=True)

# Not a row: its derivative is not that of its function, so no test of the table can hold for it.
stop_gradient = Primitive("stop_gradient", lambda x: x, [lambda x, y: 0.0], ANY, label="stop", selects=True,
    doc="x itself, as a constant to every derivative", names=["stop_gradient"], operands=["x"])
# fmt: on
