"""The functions: on floats and Values alike, mixed as they come.

With no Value among the operands the result is a float; otherwise it is a node. Every function is
written out, so that editors and type checkers see it; what it computes is its row in `primitives`.
"""

from collections.abc import Iterable
from functools import reduce
from typing import Any, TypeVar, overload

from . import contexts, table
from .operands import to_float
from .table import Primitive
from .value import Value

__all__ = [
    "acos",
    "acosh",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctanh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "ceil",
    "clip",
    "copysign",
    "cos",
    "cosh",
    "degrees",
    "digamma",
    "dot",
    "elu",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "floor",
    "fma",
    "fmod",
    "gamma",
    "gelu",
    "hypot",
    "leaky_relu",
    "lgamma",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logsumexp",
    "maximum",
    "mean",
    "minimum",
    "norm",
    "pow",
    "prod",
    "radians",
    "reciprocal",
    "relu",
    "remainder",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "sqrt",
    "square",
    "stop_gradient",
    "sum",
    "tan",
    "tanh",
    "trunc",
    "where",
    "xlogy",
]

Real = TypeVar("Real", float, Value, Value | float)


def _of(primitive: Primitive, *operands: Any) -> Any:
    if primitive.arity == 1 and type(operands[0]) is Value:
        return operands[0]._apply(primitive)  # the common case, in a fifth of the time
    return primitive(
        *[x if type(x) is float or hasattr(x, "record") else to_float(x) for x in operands]
    )


def _many(primitive: Primitive, name: str, *iterables: Iterable[Any]) -> Any:
    operands = [x for xs in iterables for x in _listed(name, xs)]
    return _of(primitive, *operands)


# One operand


def exp(x: Real) -> Real:
    """e to this power."""
    return _of(table.exp, x)  # type: ignore[no-any-return]


def exp2(x: Real) -> Real:
    """2 to this power."""
    return _of(table.exp2, x)  # type: ignore[no-any-return]


def expm1(x: Real) -> Real:
    """exp(x) - 1, without cancellation near 0."""
    return _of(table.expm1, x)  # type: ignore[no-any-return]


def log(x: Real) -> Real:
    """The natural logarithm."""
    return _of(table.log, x)  # type: ignore[no-any-return]


def log2(x: Real) -> Real:
    """The logarithm to base 2."""
    return _of(table.log2, x)  # type: ignore[no-any-return]


def log10(x: Real) -> Real:
    """The logarithm to base 10."""
    return _of(table.log10, x)  # type: ignore[no-any-return]


def log1p(x: Real) -> Real:
    """log(1 + x), without cancellation near 0."""
    return _of(table.log1p, x)  # type: ignore[no-any-return]


def sqrt(x: Real) -> Real:
    """The square root."""
    return _of(table.sqrt, x)  # type: ignore[no-any-return]


def cbrt(x: Real) -> Real:
    """The cube root, of negative numbers too."""
    return _of(table.cbrt, x)  # type: ignore[no-any-return]


def sin(x: Real) -> Real:
    """The sine of an angle in radians."""
    return _of(table.sin, x)  # type: ignore[no-any-return]


def cos(x: Real) -> Real:
    """The cosine of an angle in radians."""
    return _of(table.cos, x)  # type: ignore[no-any-return]


def tan(x: Real) -> Real:
    """The tangent of an angle in radians."""
    return _of(table.tan, x)  # type: ignore[no-any-return]


def asin(x: Real) -> Real:
    """The arc sine, in radians."""
    return _of(table.asin, x)  # type: ignore[no-any-return]


def acos(x: Real) -> Real:
    """The arc cosine, in radians."""
    return _of(table.acos, x)  # type: ignore[no-any-return]


def atan(x: Real) -> Real:
    """The arc tangent, in radians."""
    return _of(table.atan, x)  # type: ignore[no-any-return]


def sinh(x: Real) -> Real:
    """The hyperbolic sine."""
    return _of(table.sinh, x)  # type: ignore[no-any-return]


def cosh(x: Real) -> Real:
    """The hyperbolic cosine."""
    return _of(table.cosh, x)  # type: ignore[no-any-return]


def tanh(x: Real) -> Real:
    """The hyperbolic tangent."""
    return _of(table.tanh, x)  # type: ignore[no-any-return]


def asinh(x: Real) -> Real:
    """The inverse hyperbolic sine."""
    return _of(table.asinh, x)  # type: ignore[no-any-return]


def acosh(x: Real) -> Real:
    """The inverse hyperbolic cosine."""
    return _of(table.acosh, x)  # type: ignore[no-any-return]


def atanh(x: Real) -> Real:
    """The inverse hyperbolic tangent."""
    return _of(table.atanh, x)  # type: ignore[no-any-return]


def erf(x: Real) -> Real:
    """The error function, 2/sqrt(pi) times the integral of exp(-t*t) from 0 to x."""
    return _of(table.erf, x)  # type: ignore[no-any-return]


def erfc(x: Real) -> Real:
    """1 - erf(x), without cancellation for large x."""
    return _of(table.erfc, x)  # type: ignore[no-any-return]


def gamma(x: Real) -> Real:
    """The gamma function."""
    return _of(table.gamma, x)  # type: ignore[no-any-return]


def lgamma(x: Real) -> Real:
    """The logarithm of the absolute value of the gamma function."""
    return _of(table.lgamma, x)  # type: ignore[no-any-return]


def digamma(x: Real) -> Real:
    """The derivative of lgamma (DLMF 5.2.2)."""
    return _of(table.digamma, x)  # type: ignore[no-any-return]


def sigmoid(x: Real) -> Real:
    """1 / (1 + exp(-x)), without overflow."""
    return _of(table.sigmoid, x)  # type: ignore[no-any-return]


def softplus(x: Real) -> Real:
    """log(1 + exp(x)), without overflow."""
    return _of(table.softplus, x)  # type: ignore[no-any-return]


def relu(x: Real) -> Real:
    """max(x, 0); its derivative at 0 is 0."""
    return _of(table.relu, x)  # type: ignore[no-any-return]


def gelu(x: Real) -> Real:
    """x times the standard normal distribution function of x (Hendrycks and Gimpel 2016)."""
    return _of(table.gelu, x)  # type: ignore[no-any-return]


def silu(x: Real) -> Real:
    """x * sigmoid(x)."""
    return _of(table.silu, x)  # type: ignore[no-any-return]


def sign(x: Real) -> Real:
    """-1, 0 or 1; its derivative is 0."""
    return _of(table.sign, x)  # type: ignore[no-any-return]


def fabs(x: Real) -> Real:
    """The absolute value; its derivative at 0 is 0."""
    return _of(table.fabs, x)  # type: ignore[no-any-return]


def floor(x: Real) -> Real:
    """The largest whole number not above x; its derivative is 0."""
    return _of(table.floor, x)  # type: ignore[no-any-return]


def ceil(x: Real) -> Real:
    """The smallest whole number not below x; its derivative is 0."""
    return _of(table.ceil, x)  # type: ignore[no-any-return]


def trunc(x: Real) -> Real:
    """The whole part, towards 0; its derivative is 0."""
    return _of(table.trunc, x)  # type: ignore[no-any-return]


def square(x: Real) -> Real:
    """x * x."""
    return _of(table.square, x)  # type: ignore[no-any-return]


def reciprocal(x: Real) -> Real:
    """1 / x."""
    return _of(table.reciprocal, x)  # type: ignore[no-any-return]


def radians(x: Real) -> Real:
    """Degrees as radians."""
    return _of(table.radians, x)  # type: ignore[no-any-return]


def degrees(x: Real) -> Real:
    """Radians as degrees."""
    return _of(table.degrees, x)  # type: ignore[no-any-return]


arcsin, arccos, arctan = asin, acos, atan
arcsinh, arccosh, arctanh = asinh, acosh, atanh


# Several operands


@overload
def atan2(y: Value, x: Value | float) -> Value: ...
@overload
def atan2(y: float, x: Value) -> Value: ...
@overload
def atan2(y: float, x: float) -> float: ...
def atan2(y: Value | float, x: Value | float) -> Value | float:
    """The angle of the point (x, y), in radians; nan derivatives at (0, 0)."""
    return _of(table.atan2, y, x)  # type: ignore[no-any-return]


@overload
def hypot(x: Value, y: Value | float) -> Value: ...
@overload
def hypot(x: float, y: Value) -> Value: ...
@overload
def hypot(x: float, y: float) -> float: ...
def hypot(x: Value | float, y: Value | float) -> Value | float:
    """sqrt(x*x + y*y), without overflow; derivatives 0 at (0, 0)."""
    return _of(table.hypot, x, y)  # type: ignore[no-any-return]


@overload
def pow(x: Value, y: Value | float) -> Value: ...
@overload
def pow(x: float, y: Value) -> Value: ...
@overload
def pow(x: float, y: float) -> float: ...
def pow(x: Value | float, y: Value | float) -> Value | float:
    """x to the power y, as `x ** y`; nan for a negative x with a y that is not whole."""
    return _of(table.pow, x, y)  # type: ignore[no-any-return]


@overload
def copysign(x: Value, y: Value | float) -> Value: ...
@overload
def copysign(x: float, y: Value) -> Value: ...
@overload
def copysign(x: float, y: float) -> float: ...
def copysign(x: Value | float, y: Value | float) -> Value | float:
    """The size of x with the sign of y."""
    return _of(table.copysign, x, y)  # type: ignore[no-any-return]


@overload
def fmod(x: Value, y: Value | float) -> Value: ...
@overload
def fmod(x: float, y: Value) -> Value: ...
@overload
def fmod(x: float, y: float) -> float: ...
def fmod(x: Value | float, y: Value | float) -> Value | float:
    """x less a whole multiple of y, with the sign of x, as `math.fmod`."""
    return _of(table.fmod, x, y)  # type: ignore[no-any-return]


@overload
def remainder(x: Value, y: Value | float) -> Value: ...
@overload
def remainder(x: float, y: Value) -> Value: ...
@overload
def remainder(x: float, y: float) -> float: ...
def remainder(x: Value | float, y: Value | float) -> Value | float:
    """x less the nearest whole multiple of y, as `math.remainder` (IEEE 754)."""
    return _of(table.remainder, x, y)  # type: ignore[no-any-return]


@overload
def logaddexp(x: Value, y: Value | float) -> Value: ...
@overload
def logaddexp(x: float, y: Value) -> Value: ...
@overload
def logaddexp(x: float, y: float) -> float: ...
def logaddexp(x: Value | float, y: Value | float) -> Value | float:
    """log(exp(x) + exp(y)), without overflow."""
    return _of(table.logaddexp, x, y)  # type: ignore[no-any-return]


@overload
def maximum(x: Value, y: Value | float) -> Value: ...
@overload
def maximum(x: float, y: Value) -> Value: ...
@overload
def maximum(x: float, y: float) -> float: ...
def maximum(x: Value | float, y: Value | float) -> Value | float:
    """The larger of two; at a tie each has half the derivative; nan if either is."""
    return _of(table.maximum, x, y)  # type: ignore[no-any-return]


@overload
def minimum(x: Value, y: Value | float) -> Value: ...
@overload
def minimum(x: float, y: Value) -> Value: ...
@overload
def minimum(x: float, y: float) -> float: ...
def minimum(x: Value | float, y: Value | float) -> Value | float:
    """The smaller of two; at a tie each has half the derivative; nan if either is."""
    return _of(table.minimum, x, y)  # type: ignore[no-any-return]


@overload
def xlogy(x: Value, y: Value | float) -> Value: ...
@overload
def xlogy(x: float, y: Value) -> Value: ...
@overload
def xlogy(x: float, y: float) -> float: ...
def xlogy(x: Value | float, y: Value | float) -> Value | float:
    """x * log(y), and 0 where x is 0."""
    return _of(table.xlogy, x, y)  # type: ignore[no-any-return]


@overload
def leaky_relu(x: Value, slope: Value | float = 0.01) -> Value: ...
@overload
def leaky_relu(x: float, slope: Value) -> Value: ...
@overload
def leaky_relu(x: float, slope: float = 0.01) -> float: ...
def leaky_relu(x: Value | float, slope: Value | float = 0.01) -> Value | float:
    """x where x > 0, else slope * x; at 0 the smaller slope is the derivative."""
    return _of(table.leaky_relu, x, slope)  # type: ignore[no-any-return]


@overload
def elu(x: Value, alpha: Value | float = 1.0) -> Value: ...
@overload
def elu(x: float, alpha: Value) -> Value: ...
@overload
def elu(x: float, alpha: float = 1.0) -> float: ...
def elu(x: Value | float, alpha: Value | float = 1.0) -> Value | float:
    """x where x > 0, else alpha * (exp(x) - 1) (Clevert et al. 2015)."""
    return _of(table.elu, x, alpha)  # type: ignore[no-any-return]


@overload
def fma(x: Value, y: Value | float, z: Value | float) -> Value: ...
@overload
def fma(x: float, y: Value, z: Value | float) -> Value: ...
@overload
def fma(x: float, y: float, z: Value) -> Value: ...
@overload
def fma(x: float, y: float, z: float) -> float: ...
def fma(x: Value | float, y: Value | float, z: Value | float) -> Value | float:
    """x * y + z, rounded once."""
    return _of(table.fma, x, y, z)  # type: ignore[no-any-return]


@overload
def clip(x: Value, low: Value | float, high: Value | float) -> Value: ...
@overload
def clip(x: float, low: Value, high: Value | float) -> Value: ...
@overload
def clip(x: float, low: float, high: Value) -> Value: ...
@overload
def clip(x: float, low: float, high: float) -> float: ...
def clip(x: Value | float, low: Value | float, high: Value | float) -> Value | float:
    """x within [low, high]; the derivative by x is 0 at a bound."""
    return _of(table.clip, x, low, high)  # type: ignore[no-any-return]


@overload
def where(condition: Any, x: Value, y: Value | float) -> Value: ...
@overload
def where(condition: Any, x: float, y: Value) -> Value: ...
@overload
def where(condition: Any, x: float, y: float) -> float: ...
def where(condition: Any, x: Value | float, y: Value | float) -> Value | float:
    """x where the condition holds, else y. What was not chosen contributes nothing at all.

    >>> import autograd_lite as ag
    >>> ag.grad(lambda x: ag.where(x < 1.0, x, ag.sqrt(x)))(0.0)
    1.0
    """
    return _of(table.where, _condition(condition), x, y)  # type: ignore[no-any-return]


def _condition(condition: Any) -> Any:
    if isinstance(condition, Value):
        # a select on the number as it will be then, where `jit` records; else on today's
        if contexts.active and contexts.state.recorder:
            return condition
        return float(condition._primal != 0.0)
    if type(condition) is int and condition in (-1, -2):
        raise TypeError(
            f"the condition of where is {condition}, which `~` makes of a bool in Python: write "
            "`not condition`, or 1 - condition"
        )
    return 1.0 if condition else 0.0


# Many operands: one node, not a chain

Numbers = Iterable[Value | float]


@overload
def sum(xs: Iterable[Value]) -> Value: ...
@overload
def sum(xs: Iterable[float]) -> float: ...
@overload
def sum(xs: Numbers) -> Value | float: ...
def sum(xs: Any) -> Any:
    """The sum, added from left to right.

    >>> import autograd_lite as ag
    >>> ag.grad(lambda p: ag.sum(x * x for x in p))([1.0, 2.0])
    [2.0, 4.0]
    """
    return _many(table.sum_, "sum", xs)


@overload
def prod(xs: Iterable[Value]) -> Value: ...
@overload
def prod(xs: Iterable[float]) -> float: ...
@overload
def prod(xs: Numbers) -> Value | float: ...
def prod(xs: Any) -> Any:
    """The product; derivatives are right with zeros among the factors."""
    return _many(table.prod, "prod", xs)


@overload
def mean(xs: Iterable[Value]) -> Value: ...
@overload
def mean(xs: Iterable[float]) -> float: ...
@overload
def mean(xs: Numbers) -> Value | float: ...
def mean(xs: Any) -> Any:
    """The arithmetic mean.

    Raises:
        ValueError: there is nothing to average.
    """
    return _many(table.mean, "mean", _some("mean", xs))


@overload
def norm(xs: Iterable[Value]) -> Value: ...
@overload
def norm(xs: Iterable[float]) -> float: ...
@overload
def norm(xs: Numbers) -> Value | float: ...
def norm(xs: Any) -> Any:
    """The Euclidean norm, without overflow; its derivative at the origin is 0."""
    return _many(table.norm, "norm", xs)


@overload
def logsumexp(xs: Iterable[Value]) -> Value: ...
@overload
def logsumexp(xs: Iterable[float]) -> float: ...
@overload
def logsumexp(xs: Numbers) -> Value | float: ...
def logsumexp(xs: Any) -> Any:
    """log(sum(exp(x))), without overflow; -inf of nothing."""
    xs = _listed("logsumexp", xs)
    return _many(table.logsumexp, "logsumexp", xs) if xs else -float("inf")


@overload
def dot(xs: Iterable[Value], ys: Numbers) -> Value: ...
@overload
def dot(xs: Iterable[float], ys: Iterable[Value]) -> Value: ...
@overload
def dot(xs: Iterable[float], ys: Iterable[float]) -> float: ...
@overload
def dot(xs: Numbers, ys: Numbers) -> Value | float: ...
def dot(xs: Any, ys: Any) -> Any:
    """The sum of products of two sequences of one length.

    Raises:
        ValueError: the lengths differ.
    """
    xs, ys = _listed("dot", xs), _listed("dot", ys)
    if len(xs) != len(ys):
        raise ValueError(f"dot takes two sequences of one length, not {len(xs)} and {len(ys)}")
    return _many(table.dot, "dot", xs, ys)


def softmax(xs: Any) -> list[Any]:
    """exp(x) / sum(exp(x)) for each x, without overflow.

    The largest operand is subtracted as a constant: the quotient does not depend on it, so neither
    do the derivatives.
    """
    xs = _listed("softmax", xs)
    if not xs:
        return []
    top = stop_gradient(reduce(maximum, xs))
    powers = [exp(x - top) for x in xs]
    total = sum(powers)
    return [e / total for e in powers]


def stop_gradient(x: Real) -> Real:
    """x itself, as a constant to every derivative, as in JAX.

    Unlike `v.detach()`, which makes a new leaf, the node stays part of its graph and of pictures.

    >>> import autograd_lite as ag
    >>> ag.grad(lambda x: x * ag.stop_gradient(x))(3.0)
    3.0
    """
    return _of(table.stop_gradient, x)  # type: ignore[no-any-return]


def _listed(name: str, xs: Any) -> list[Any]:
    if isinstance(xs, (Value, int, float, str)) or not isinstance(xs, Iterable):
        raise TypeError(f"{name} takes an iterable of numbers, not {type(xs).__name__}")
    return list(xs)


def _some(name: str, xs: Any) -> list[Any]:
    some = _listed(name, xs)
    if not some:
        raise ValueError(f"{name} of nothing is undefined: give at least one number")
    return some
