"""The operations as a textbook has them: what some rows are made of, and their partials.

The table's formulas are for floats: they guard against cancellation and overflow, and say what
happens at kinks. People read these instead. A row that is missing here is shown with the table's
own partials, and by its name. Tests compare every formula here with the table's numbers.
"""

import math
import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from ..core import ieee
from ..core.formulas import select
from ..core.ieee import LN2, LN10
from ..core.table import (
    TABLE,
    Primitive,
    cosh,
    digamma,
    div,
    erf,
    exp,
    fabs,
    floor,
    log,
    pow,
    rint,
    sigmoid,
    sqrt,
    square,
    sum_,
    trunc,
)


def _halves(*xs: Any) -> Any:
    return zip(xs[: len(xs) // 2], xs[len(xs) // 2 :], strict=True)


def _each(partial: Callable[..., Any]) -> Callable[..., Any]:
    """Return the partials of a row that takes any number of operands."""
    return lambda *xs: [partial(x, xs[:-1], xs[-1]) for x in xs[:-1]]


def _larger(x: Any, y: Any) -> Any:
    return select(x > y, 1.0, select(x == y, 0.5, 0.0))


# fmt: off
# name, and the operation written with other rows, where all of these are defined
_DEFINITIONS: Mapping[str, Callable[..., Any]] = {
    "identity":   lambda x: x,
    "floordiv":   lambda x, y: floor(div(x, y)),
    "exp2":       lambda x: pow(2.0, x),
    "expm1":      lambda x: exp(x) - 1.0,
    "log1p":      lambda x: log(1.0 + x),
    "log2":       lambda x: div(log(x), LN2),
    "log10":      lambda x: div(log(x), LN10),
    "square":     lambda x: pow(x, 2.0),
    "reciprocal": lambda x: div(1.0, x),
    "sech2":      lambda x: pow(cosh(x), -2.0),
    "radians":    lambda x: (math.pi / 180.0) * x,
    "degrees":    lambda x: (180.0 / math.pi) * x,
    "erfc":       lambda x: 1.0 - erf(x),
    "bell":       lambda a, x: a * exp(-square(x)),
    "digamma":    lambda x: TABLE["polygamma"](0.0, x),
    "sigmoid":    lambda x: div(1.0, 1.0 + exp(-x)),
    "softplus":   lambda x: log(1.0 + exp(x)),
    "relu":       lambda x: select(x > 0.0, x, 0.0),
    "leaky_relu": lambda x, a: select(x > 0.0, x, a * x),
    "elu":        lambda x, a: select(x > 0.0, x, a * (exp(x) - 1.0)),
    "gelu":       lambda x: div(x * (1.0 + erf(x * math.sqrt(0.5))), 2.0),
    "silu":       lambda x: div(x, 1.0 + exp(-x)),
    "copysign":   lambda x, y: select(y >= 0.0, fabs(x), -fabs(x)),
    "mod":        lambda x, y: x - y * floor(div(x, y)),
    "fmod":       lambda x, y: x - y * trunc(div(x, y)),
    "remainder":  lambda x, y: x - y * rint(div(x, y)),
    "hypot":      lambda x, y: sqrt(square(x) + square(y)),
    "fma":        lambda x, y, z: x * y + z,
    "expdiff":    lambda x, y: exp(x - y),
    "logaddexp":  lambda x, y: log(exp(x) + exp(y)),
    "xlogy":      lambda x, y: x * log(y),
    "clip":       lambda x, a, b: TABLE["minimum"](TABLE["maximum"](x, a), b),
    "sum":        lambda *xs: reduce(operator.add, xs),
    "mean":       lambda *xs: div(sum_(*xs), float(len(xs))),
    "prod":       lambda *xs: reduce(operator.mul, xs),
    "dot":        lambda *xs: sum_(*[x * y for x, y in _halves(*xs)]),
    "norm":       lambda *xs: sqrt(sum_(*[square(x) for x in xs])),
    "logsumexp":  lambda *xs: log(sum_(*[exp(x) for x in xs])),
}

# name, and the partial with respect to each operand, as functions of the operands and the result
_RULES: Mapping[str, tuple[Callable[..., Any], ...]] = {
    "pow":        (lambda x, y, r: y * pow(x, y - 1.0), lambda x, y, r: r * log(x)),
    "div":        (lambda x, y, r: div(1.0, y), lambda x, y, r: -div(x, square(y))),
    "mod":        (lambda x, y, r: 1.0, lambda x, y, r: -floor(div(x, y))),
    "exp2":       (lambda x, r: r * LN2,),
    "log":        (lambda x, r: div(1.0, x),),
    "log2":       (lambda x, r: div(1.0, x * LN2),),
    "log10":      (lambda x, r: div(1.0, x * LN10),),
    "log1p":      (lambda x, r: div(1.0, 1.0 + x),),
    "sqrt":       (lambda x, r: div(1.0, 2.0 * r),),
    "cbrt":       (lambda x, r: div(1.0, 3.0 * square(r)),),
    "reciprocal": (lambda x, r: -div(1.0, square(x)),),
    "tan":        (lambda x, r: 1.0 + square(r),),
    "asin":       (lambda x, r: div(1.0, sqrt(1.0 - square(x))),),
    "acos":       (lambda x, r: -div(1.0, sqrt(1.0 - square(x))),),
    "atan":       (lambda x, r: div(1.0, 1.0 + square(x)),),
    "tanh":       (lambda x, r: 1.0 - square(r),),
    "asinh":      (lambda x, r: div(1.0, sqrt(1.0 + square(x))),),
    "acosh":      (lambda x, r: div(1.0, sqrt(square(x) - 1.0)),),
    "atanh":      (lambda x, r: div(1.0, 1.0 - square(x)),),
    "erf":        (lambda x, r: ieee.ERF_SLOPE * exp(-square(x)),),
    "erfc":       (lambda x, r: -ieee.ERF_SLOPE * exp(-square(x)),),
    "bell":       (lambda a, x, r: exp(-square(x)), lambda a, x, r: -2.0 * (x * r)),
    "gamma":      (lambda x, r: r * digamma(x),),
    "sigmoid":    (lambda x, r: r * (1.0 - r),),
    "relu":       (lambda x, r: select(x > 0.0, 1.0, 0.0),),
    "leaky_relu": (lambda x, a, r: select(x > 0.0, 1.0, a), lambda x, a, r: select(x > 0.0, 0.0, x)),
    "elu":        (lambda x, a, r: select(x > 0.0, 1.0, a * exp(x)), lambda x, a, r: select(x > 0.0, 0.0, exp(x) - 1.0)),
    "gelu":       (lambda x, r: div(1.0 + erf(x * math.sqrt(0.5)), 2.0) + x * ieee.PHI_0 * exp(-div(square(x), 2.0)),),
    "silu":       (lambda x, r: sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x))),),
    "fmod":       (lambda x, y, r: 1.0, lambda x, y, r: -trunc(div(x, y))),
    "remainder":  (lambda x, y, r: 1.0, lambda x, y, r: -rint(div(x, y))),
    "atan2":      (lambda y, x, r: div(x, square(x) + square(y)), lambda y, x, r: -div(y, square(x) + square(y))),
    "hypot":      (lambda x, y, r: div(x, r), lambda x, y, r: div(y, r)),
    "logaddexp":  (lambda x, y, r: div(exp(x), exp(x) + exp(y)), lambda x, y, r: div(exp(y), exp(x) + exp(y))),
    "xlogy":      (lambda x, y, r: log(y), lambda x, y, r: div(x, y)),
    "maximum":    (lambda x, y, r: _larger(x, y), lambda x, y, r: _larger(y, x)),
    "minimum":    (lambda x, y, r: _larger(y, x), lambda x, y, r: _larger(x, y)),
    "clip":       (lambda x, a, b, r: select(x < b, select(x > a, 1.0, 0.0), 0.0), lambda x, a, b, r: select(x < a, 1.0, 0.0), lambda x, a, b, r: select(x > b, 1.0, 0.0)),
    "norm":       (_each(lambda x, xs, r: div(x, r)),),
    "logsumexp":  (_each(lambda x, xs, r: exp(x - r)),),
}
# fmt: on

DEFINITIONS = {TABLE[name]: formula for name, formula in _DEFINITIONS.items()}
RULES = {TABLE[name]: partials for name, partials in _RULES.items()}


def find_partials(primitive: Primitive) -> tuple[Callable[..., Any], ...]:
    """Return the partials of an operation as one learns them, by default the table's own."""
    return RULES.get(primitive, primitive.partials)
