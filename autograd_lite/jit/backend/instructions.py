"""How each row of the table is spelt in Python source and in LLVM's text.

A row that `PYTHON` or `LLVM` does not spell, and every custom primitive, is a call of its `value`,
which is right, and slower. Scalar code gives the bits of `value`, so it follows the branches of
`ieee` and of CPython's `math`; vector code may differ from them in the last places.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from ...core import ieee
from ...core.table import TABLE
from .llvm.emitter import Emitter
from .llvm.norm import norm
from .llvm.vector_math import POWERS, exp, make_careful

Llvm = Callable[..., str]


class Instruction(NamedTuple):
    """One operation's text.

    Attributes:
        python: an expression, to stand alone, with `{0}`, `{1}`, ... for the operands, which are
            names or numbers; None where the primitive's `value` is called.
        llvm: `(emitter, *operands) -> operand`, for numbers and truths of any width; None where the
            primitive's `value` is called back.
    """

    python: str | None
    llvm: Llvm | None


def _once(name: str, body: Llvm) -> Llvm:
    """The instruction as a function of the module, so that each use is one line."""
    return lambda e, *xs: e.define(f"row.{name}.{len(xs)}", body, *xs)


def _careful(name: str, body: Llvm, doubtful: Llvm) -> Llvm:
    return _once(name, make_careful(f"lane.{name}", body, doubtful))


def _libm(function: str) -> Llvm:
    return lambda e, *xs: e.libm(function, *xs)


def _intrinsic(operation: str) -> Llvm:
    return lambda e, *xs: e.intrinsic(operation, *xs)


def _scale(factor: float) -> Llvm:
    return lambda e, x: e.mul(x, e.const(factor))


def _pow(e: Emitter, x: str, y: str) -> str:
    if e.width > 1:
        for exponent, written in POWERS.items():
            if y == e.const(exponent):
                return written(e, x)
    power = e.libm("pow", x, y)
    if e.is_constant(y) and y != e.const(2.0):
        return power
    return e.select(e.cmp("oeq", y, e.const(2.0)), e.mul(x, x), power)


def _mod(e: Emitter, x: str, y: str) -> str:
    rest = e.libm("fmod", x, y)
    zero = e.const(0.0)
    other_sign = e.cmp("one", e.as_number(e.lt(y, zero)), e.as_number(e.lt(rest, zero)))
    moved = e.select(other_sign, e.add(rest, y), rest)
    return e.select(e.eq(rest, zero), e.intrinsic("copysign", zero, y), moved)


def _floordiv(e: Emitter, x: str, y: str) -> str:
    zero = e.const(0.0)
    rest = e.libm("fmod", x, y)
    other_sign = e.cmp("one", e.as_number(e.lt(y, zero)), e.as_number(e.lt(rest, zero)))
    quotient = e.div(e.sub(x, rest), y)
    quotient = e.select(
        e.and_(other_sign, e.ne(rest, zero)), e.sub(quotient, e.const(1.0)), quotient
    )
    down = e.intrinsic("floor", quotient)
    over = e.gt(e.sub(quotient, down), e.const(0.5))
    whole = e.select(over, e.add(down, e.const(1.0)), down)
    exact = e.div(x, y)
    result = e.select(e.ne(quotient, zero), whole, e.intrinsic("copysign", zero, exact))
    return e.select(e.eq(y, zero), exact, result)


def _sigmoid(e: Emitter, x: str) -> str:
    # the exponential of -|x| serves both branches
    small = exp(e, e.neg(e.intrinsic("fabs", x)))
    one = e.const(1.0)
    return e.div(e.select(e.ge(x, e.const(0.0)), one, small), e.add(one, small))


def _sech2(e: Emitter, x: str) -> str:
    small = exp(e, e.mul(e.const(-2.0), e.intrinsic("fabs", x)))
    total = e.add(e.const(1.0), small)
    return e.div(e.mul(e.const(4.0), small), e.mul(total, total))


def _softplus(e: Emitter, x: str) -> str:
    zero = e.const(0.0)
    small = exp(e, e.neg(e.intrinsic("fabs", x)))
    return e.add(e.select(e.lt(x, zero), zero, x), e.libm("log1p", small))


def _relu(e: Emitter, x: str) -> str:
    zero = e.const(0.0)
    return e.select(e.cmp("ugt", x, zero), x, zero)


def _leaky_relu(e: Emitter, x: str, slope: str) -> str:
    return e.select(e.gt(x, e.const(0.0)), x, e.mul(slope, x))


def _elu(e: Emitter, x: str, alpha: str) -> str:
    return e.select(e.gt(x, e.const(0.0)), x, e.mul(alpha, e.libm("expm1", x)))


def _expdiff(e: Emitter, x: str, y: str) -> str:
    d = e.sub(x, y)
    power = exp(e, d)
    back = e.sub(d, x)
    lost = e.sub(e.sub(x, e.sub(d, back)), e.add(y, back))
    ordinary = e.and_(e.gt(power, e.const(0.0)), e.lt(power, e.const(math.inf)))
    return e.select(ordinary, e.add(power, e.mul(power, lost)), power)


def _split(e: Emitter, x: str) -> str:
    return e.sub(e.add(x, e.const(ieee.SPLIT)), e.const(ieee.SPLIT))


def _bell(e: Emitter, a: str, x: str) -> str:
    h, rest = _split_square(e, x)
    square = e.mul(h, h)
    near = e.lt(square, e.const(700.0))
    power = exp(e, e.mul(e.select(near, e.const(-1.0), e.const(-0.5)), square))
    more = e.add(power, e.mul(power, rest))
    result = e.select(near, e.mul(a, more), e.mul(e.mul(a, power), more))
    nothing = e.select(e.cmp("uno", a, x), e.const(math.nan), e.const(0.0))
    return e.select(e.lt(e.intrinsic("fabs", x), e.const(40.0)), result, nothing)


def _split_square(e: Emitter, x: str) -> tuple[str, str]:
    """h, and exp(h*h - x*x) - 1."""
    h = _split(e, x)
    t = e.mul(e.sub(h, x), e.add(h, x))
    third = e.add(e.const(0.5), e.div(t, e.const(6.0)))
    return h, e.add(t, e.mul(e.mul(t, t), third))


def _gelu(e: Emitter, x: str) -> str:
    one = e.const(1.0)
    half = e.mul(e.const(0.5), x)
    u = e.div(one, e.mul(x, x))
    series = one
    for k in ieee.TAIL:
        series = e.sub(one, e.mul(e.mul(e.const(k), u), series))
    h, rest = _split_square(e, half)
    power = exp(e, e.neg(e.mul(h, h)))
    power = e.add(power, e.mul(power, rest))
    far = e.mul(e.mul(e.mul(e.const(-ieee.PHI_0), series), power), power)
    far = e.select(e.lt(x, e.const(-40.0)), e.const(-0.0), far)
    q = e.mul(x, e.const(ieee.ROOT))
    tail = e.libm("erfc", e.neg(q))
    h = _split(e, x)
    lost = e.sub(e.mul(h, e.const(ieee.ROOT_HIGH)), q)
    lost = e.add(lost, e.mul(h, e.const(ieee.ROOT_LOW)))
    lost = e.add(lost, e.mul(e.sub(x, h), e.const(ieee.ROOT)))
    slope = e.mul(e.const(ieee.ERF_SLOPE), exp(e, e.neg(e.mul(q, q))))
    better = e.add(tail, e.mul(lost, slope))
    near = e.mul(half, e.select(e.lt(x, e.const(0.0)), better, tail))
    return e.select(e.lt(x, e.const(-36.0)), far, near)


def _silu(e: Emitter, x: str) -> str:
    # one exponential serves every branch
    far, one = e.lt(x, e.const(-700.0)), e.const(1.0)
    small = exp(e, e.select(far, e.mul(e.const(0.5), x), e.neg(e.intrinsic("fabs", x))))
    sigmoid = e.div(e.select(e.ge(x, e.const(0.0)), one, small), e.add(one, small))
    tail = e.select(e.eq(small, e.const(0.0)), e.const(-0.0), e.mul(e.mul(x, small), small))
    return e.select(far, tail, e.mul(x, sigmoid))


def _sign(e: Emitter, x: str) -> str:
    one = e.intrinsic("copysign", e.const(1.0), x)
    return e.select(e.cmp("one", x, e.const(0.0)), one, x)


def _maximum(e: Emitter, x: str, y: str) -> str:
    return e.select(e.is_nan(x), x, e.select(e.gt(x, y), x, y))


def _minimum(e: Emitter, x: str, y: str) -> str:
    return e.select(e.is_nan(x), x, e.select(e.lt(x, y), x, y))


def _clip(e: Emitter, x: str, low: str, high: str) -> str:
    return _minimum(e, _maximum(e, x, low), high)


def _logaddexp(e: Emitter, x: str, y: str) -> str:
    top = _maximum(e, x, y)
    apart = e.add(top, e.libm("log1p", _expdiff(e, _minimum(e, x, y), top)))
    return e.select(e.eq(x, y), e.add(x, e.const(math.log(2.0))), apart)


def _cancels(e: Emitter, y: str, *xs: str) -> str:
    """Where a sum has cancelled, or is so small that its logarithm had lost digits."""
    return e.lt(e.intrinsic("fabs", y), e.const(max(1.0, 0.5 * math.log(len(xs)))))


def _xlogy(e: Emitter, x: str, y: str) -> str:
    zero = e.const(0.0)
    nothing = e.and_(e.eq(x, zero), e.eq(y, y))
    return e.select(nothing, zero, e.mul(x, e.libm("log", y)))


def _logsumexp(e: Emitter, *xs: str) -> str:
    top = xs[0]
    for x in xs[1:]:
        top = e.select(e.gt(x, top), x, top)
    total, seen = e.const(0.0), e.const(0.0)
    for x in xs:  # all but the first that is the largest
        largest = e.eq(x, top)
        skipped = e.and_(largest, e.not_(e.as_predicate(seen)))
        seen = e.as_number(e.or_(largest, e.as_predicate(seen)))
        total = e.add(total, e.select(skipped, e.const(0.0), _expdiff(e, x, top)))
    result = e.add(top, e.libm("log1p", total))
    any_nan = e.is_nan(xs[0])
    for x in xs[1:]:
        any_nan = e.or_(any_nan, e.is_nan(x))
    endless = e.eq(e.intrinsic("fabs", top), e.const(math.inf))
    return e.select(endless, e.select(any_nan, e.const(math.nan), top), result)


# What Python writes in symbols. Every other row is a call of its `value`.
PYTHON = {
    "neg": "-{0}",
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "relu": "{0} if {0} > 0.0 or {0} != {0} else 0.0",
    "leaky_relu": "{0} if {0} > 0.0 else {1} * {0}",
    "abs": "abs({0})",
    "maximum": "{0} if {0} > {1} or {0} != {0} else {1}",
    "minimum": "{0} if {0} < {1} or {0} != {0} else {1}",
    "where": "{1} if {0} else {2}",
    "lt": "1.0 if {0} < {1} else 0.0",
    "le": "1.0 if {0} <= {1} else 0.0",
    "gt": "1.0 if {0} > {1} else 0.0",
    "ge": "1.0 if {0} >= {1} else 0.0",
    "eq": "1.0 if {0} == {1} else 0.0",
    "ne": "1.0 if {0} != {1} else 0.0",
    "and": "1.0 if {0} and {1} else 0.0",
    "or": "1.0 if {0} or {1} else 0.0",
    "not": "0.0 if {0} else 1.0",
}

# Functions of the C library, and operations of LLVM's own, that have the row's name and its bits.
LIBM = (
    "exp2 expm1 log log2 log10 log1p cbrt sin cos tan asin acos atan atan2 sinh cosh tanh asinh "
    "acosh atanh erf erfc fmod remainder"
)
INTRINSICS = "sqrt floor ceil trunc copysign fma"

LLVM: dict[str, Llvm] = {
    **{name: _libm(name) for name in LIBM.split()},
    **{name: _intrinsic(name) for name in INTRINSICS.split()},
    "neg": Emitter.neg,
    "add": Emitter.add,
    "sub": Emitter.sub,
    "mul": Emitter.mul,
    "div": Emitter.div,
    "pow": _pow,
    "floordiv": _once("floordiv", _floordiv),
    "mod": _once("mod", _mod),
    "exp": exp,
    "expdiff": _once("expdiff", _expdiff),
    "reciprocal": lambda e, x: e.div(e.const(1.0), x),
    "radians": _scale(math.pi / 180.0),
    "degrees": _scale(180.0 / math.pi),
    "sech2": _once("sech2", _sech2),
    "bell": _once("bell", _bell),
    "sigmoid": _once("sigmoid", _sigmoid),
    "softplus": _once("softplus", _softplus),
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "elu": _once("elu", _elu),
    "gelu": _once("gelu", _gelu),
    "silu": _once("silu", _silu),
    "abs": _intrinsic("fabs"),
    "sign": _sign,
    "round": _intrinsic("rint"),
    "hypot": _once("norm", norm),
    "norm": _once("norm", norm),
    "logaddexp": _careful("logaddexp", _logaddexp, _cancels),
    "logsumexp": _careful("logsumexp", _logsumexp, _cancels),
    "xlogy": _once("xlogy", _xlogy),
    "maximum": _maximum,
    "minimum": _minimum,
    "clip": _once("clip", _clip),
    "where": Emitter.select,
    "lt": Emitter.lt,
    "le": Emitter.le,
    "gt": Emitter.gt,
    "ge": Emitter.ge,
    "eq": Emitter.eq,
    "ne": Emitter.ne,
    "and": Emitter.and_,
    "or": Emitter.or_,
    "not": Emitter.not_,
}

INSTRUCTIONS = {name: Instruction(PYTHON.get(name), LLVM.get(name)) for name in TABLE}
