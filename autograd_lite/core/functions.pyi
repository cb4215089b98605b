# Written by `python -m tests.stubs --write` from the rows of the table.

from collections.abc import Iterable
from typing import Any, TypeVar, overload

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
Numbers = Iterable[Value | float]

def make_function(row: Primitive, name: str) -> Any:
    """Return the public function that applies a row."""

@overload
def where(condition: Any, x: Value, y: Value | float) -> Value:
    """Return x where the condition holds, else y; the other one contributes nothing at all.

    Raises:
        TypeError: the condition is -1 or -2, which `~` makes of a bool.

    >>> import autograd_lite as ag
    >>> ag.grad(lambda x: ag.where(x < 1.0, x, ag.sqrt(x)))(0.0)
    1.0
    """

@overload
def where(condition: Any, x: float, y: Value) -> Value: ...
@overload
def where(condition: Any, x: float, y: float) -> float: ...
@overload
def dot(xs: Iterable[Value], ys: Numbers) -> Value:
    """Return the sum of products of two sequences of one length, as one node.

    Raises:
        ValueError: the lengths differ.

    >>> import autograd_lite as ag
    >>> ag.grad(lambda p: ag.dot(p, [3.0, 4.0]))([1.0, 2.0])
    [3.0, 4.0]
    """

@overload
def dot(xs: Iterable[float], ys: Iterable[Value]) -> Value: ...
@overload
def dot(xs: Iterable[float], ys: Iterable[float]) -> float: ...
@overload
def dot(xs: Numbers, ys: Numbers) -> Value | float: ...
def softmax(xs: Numbers) -> list[Any]:
    """Return exp(x) / sum(exp(x)) for each x, without overflow.

    The largest operand is subtracted as a constant: the quotient does not depend on it, so neither
    do the derivatives.

    >>> import autograd_lite as ag
    >>> ag.softmax([1000.0, 1000.0])
    [0.5, 0.5]
    """

def stop_gradient(x: Real) -> Real:
    """Return x itself, as a constant to every derivative, as in JAX.

    Unlike `v.detach()`, which makes a new leaf, the node stays part of its graph and of pictures.

    >>> import autograd_lite as ag
    >>> ag.grad(lambda x: x * ag.stop_gradient(x))(3.0)
    3.0
    """

@overload
def pow(x: Value, y: Value | float) -> Value:
    """Return x to the power y, as `x ** y`.

    Domain: x > 0, or x = 0 and y >= 0, or x < 0 and y whole.
    Derivative: 0 for both operands at (0, 0); nan for the exponent of a negative base.
    """

@overload
def pow(x: float, y: Value) -> Value: ...
@overload
def pow(x: float, y: float) -> float: ...
def exp(x: Real) -> Real:
    """Return e to the power x.

    Domain: any real number.
    """

def exp2(x: Real) -> Real:
    """Return 2 to the power x.

    Domain: any real number.
    """

def expm1(x: Real) -> Real:
    """Return exp(x) - 1, without cancellation near 0.

    Domain: any real number.
    """

def log(x: Real) -> Real:
    """Return the natural logarithm.

    Domain: x > 0.
    """

def log2(x: Real) -> Real:
    """Return the logarithm to base 2.

    Domain: x > 0.
    """

def log10(x: Real) -> Real:
    """Return the logarithm to base 10.

    Domain: x > 0.
    """

def log1p(x: Real) -> Real:
    """Return log(1 + x), without cancellation near 0.

    Domain: x > -1.
    """

def sqrt(x: Real) -> Real:
    """Return the square root.

    Domain: x >= 0.
    Derivative: inf at 0.
    """

def cbrt(x: Real) -> Real:
    """Return the cube root, of negative numbers too.

    Domain: x != 0.
    Derivative: inf at 0.
    """

def square(x: Real) -> Real:
    """Return x * x.

    Domain: any real number.
    """

def reciprocal(x: Real) -> Real:
    """Return 1 / x.

    Domain: x != 0.
    """

def sin(x: Real) -> Real:
    """Return the sine of an angle in radians.

    Domain: any real number.
    """

def cos(x: Real) -> Real:
    """Return the cosine of an angle in radians.

    Domain: any real number.
    """

def tan(x: Real) -> Real:
    """Return the tangent of an angle in radians.

    Domain: any real number.
    """

def asin(x: Real) -> Real:
    """Return the arc sine, in radians.

    Domain: -1 <= x <= 1.
    Derivative: inf at -1 and 1.
    """

arcsin = asin

def acos(x: Real) -> Real:
    """Return the arc cosine, in radians.

    Domain: -1 <= x <= 1.
    Derivative: -inf at -1 and 1.
    """

arccos = acos

def atan(x: Real) -> Real:
    """Return the arc tangent, in radians.

    Domain: any real number.
    """

arctan = atan

def sinh(x: Real) -> Real:
    """Return the hyperbolic sine.

    Domain: any real number.
    """

def cosh(x: Real) -> Real:
    """Return the hyperbolic cosine.

    Domain: any real number.
    """

def tanh(x: Real) -> Real:
    """Return the hyperbolic tangent.

    Domain: any real number.
    """

def asinh(x: Real) -> Real:
    """Return the inverse hyperbolic sine.

    Domain: any real number.
    """

arcsinh = asinh

def acosh(x: Real) -> Real:
    """Return the inverse hyperbolic cosine.

    Domain: x >= 1.
    Derivative: inf at 1.
    """

arccosh = acosh

def atanh(x: Real) -> Real:
    """Return the inverse hyperbolic tangent.

    Domain: -1 < x < 1.
    """

arctanh = atanh

def radians(x: Real) -> Real:
    """Return degrees as radians.

    Domain: any real number.
    """

def degrees(x: Real) -> Real:
    """Return radians as degrees.

    Domain: any real number.
    """

def erf(x: Real) -> Real:
    """Return the error function, 2/sqrt(pi) times the integral of exp(-t*t) from 0 to x.

    Domain: any real number.
    """

def erfc(x: Real) -> Real:
    """Return 1 - erf(x), without cancellation for large x.

    Domain: any real number.
    """

def gamma(x: Real) -> Real:
    """Return the gamma function.

    Domain: x not 0, -1, -2, ....
    """

def lgamma(x: Real) -> Real:
    """Return the logarithm of the absolute value of the gamma function.

    Domain: x not 0, -1, -2, ....
    """

def digamma(x: Real) -> Real:
    """Return the derivative of lgamma (DLMF 5.2.2).

    Domain: x not 0, -1, -2, ....
    """

def sigmoid(x: Real) -> Real:
    """Return 1 / (1 + exp(-x)), without overflow.

    Domain: any real number.
    """

def softplus(x: Real) -> Real:
    """Return log(1 + exp(x)), without overflow.

    Domain: any real number.
    """

def relu(x: Real) -> Real:
    """Return max(x, 0).

    Domain: any real number.
    Derivative: 0 at 0.
    """

@overload
def leaky_relu(x: Value, slope: Value | float = 0.01) -> Value:
    """Return x where x > 0, else slope * x.

    Domain: any two real numbers.
    Derivative: the smaller slope at 0.
    """

@overload
def leaky_relu(x: float, slope: Value) -> Value: ...
@overload
def leaky_relu(x: float, slope: float = 0.01) -> float: ...
@overload
def elu(x: Value, alpha: Value | float = 1.0) -> Value:
    """Return x where x > 0, else alpha * (exp(x) - 1) (Clevert et al. 2015).

    Domain: any two real numbers.
    Derivative: the smaller slope at 0.
    """

@overload
def elu(x: float, alpha: Value) -> Value: ...
@overload
def elu(x: float, alpha: float = 1.0) -> float: ...
def gelu(x: Real) -> Real:
    """Return x times the normal distribution function of x (Hendrycks and Gimpel 2016).

    Domain: any real number.
    """

def silu(x: Real) -> Real:
    """Return x * sigmoid(x).

    Domain: any real number.
    """

def fabs(x: Real) -> Real:
    """Return the absolute value.

    Domain: any real number.
    Derivative: 0 at 0.
    """

def sign(x: Real) -> Real:
    """Return -1, 0 or 1.

    Domain: any real number.
    Derivative: 0 at 0.
    """

def floor(x: Real) -> Real:
    """Return the largest whole number not above x.

    Domain: any real number.
    Derivative: 0 at a jump.
    """

def ceil(x: Real) -> Real:
    """Return the smallest whole number not below x.

    Domain: any real number.
    Derivative: 0 at a jump.
    """

def trunc(x: Real) -> Real:
    """Return the whole part, towards 0.

    Domain: any real number.
    Derivative: 0 at a jump.
    """

@overload
def copysign(x: Value, y: Value | float) -> Value:
    """Return the size of x with the sign of y.

    Domain: any two real numbers.
    Derivative: 0 at 0.
    """

@overload
def copysign(x: float, y: Value) -> Value: ...
@overload
def copysign(x: float, y: float) -> float: ...
@overload
def fmod(x: Value, y: Value | float) -> Value:
    """Return x less a whole multiple of y, with the sign of x, as `math.fmod`.

    Domain: x finite and y != 0.
    Derivative: 1 for x at a jump.
    """

@overload
def fmod(x: float, y: Value) -> Value: ...
@overload
def fmod(x: float, y: float) -> float: ...
@overload
def remainder(x: Value, y: Value | float) -> Value:
    """Return x less the nearest whole multiple of y, as `math.remainder` (IEEE 754).

    Domain: x finite and y != 0.
    Derivative: 1 for x at a jump.
    """

@overload
def remainder(x: float, y: Value) -> Value: ...
@overload
def remainder(x: float, y: float) -> float: ...
@overload
def atan2(y: Value, x: Value | float) -> Value:
    """Return the angle of the point (x, y), in radians.

    Domain: any two real numbers.
    Derivative: nan at (0, 0).
    """

@overload
def atan2(y: float, x: Value) -> Value: ...
@overload
def atan2(y: float, x: float) -> float: ...
@overload
def hypot(x: Value, y: Value | float) -> Value:
    """Return sqrt(x*x + y*y), without overflow.

    Domain: any two real numbers.
    Derivative: 0 at (0, 0).
    """

@overload
def hypot(x: float, y: Value) -> Value: ...
@overload
def hypot(x: float, y: float) -> float: ...
@overload
def fma(x: Value, y: Value | float, z: Value | float) -> Value:
    """Return x * y + z, rounded once.

    Domain: any three real numbers.
    """

@overload
def fma(x: float, y: Value, z: Value | float) -> Value: ...
@overload
def fma(x: float, y: float, z: Value) -> Value: ...
@overload
def fma(x: float, y: float, z: float) -> float: ...
@overload
def logaddexp(x: Value, y: Value | float) -> Value:
    """Return log(exp(x) + exp(y)), without overflow.

    Domain: any two real numbers.
    """

@overload
def logaddexp(x: float, y: Value) -> Value: ...
@overload
def logaddexp(x: float, y: float) -> float: ...
@overload
def xlogy(x: Value, y: Value | float) -> Value:
    """Return x * log(y), and 0 where x is 0.

    Domain: y > 0, or x = 0.
    Derivative: 0 for y where x is 0.
    """

@overload
def xlogy(x: float, y: Value) -> Value: ...
@overload
def xlogy(x: float, y: float) -> float: ...
@overload
def maximum(x: Value, y: Value | float) -> Value:
    """Return the larger of two; nan if either is.

    Domain: any two real numbers.
    Derivative: a half each at a tie.
    """

@overload
def maximum(x: float, y: Value) -> Value: ...
@overload
def maximum(x: float, y: float) -> float: ...
@overload
def minimum(x: Value, y: Value | float) -> Value:
    """Return the smaller of two; nan if either is.

    Domain: any two real numbers.
    Derivative: a half each at a tie.
    """

@overload
def minimum(x: float, y: Value) -> Value: ...
@overload
def minimum(x: float, y: float) -> float: ...
@overload
def clip(x: Value, low: Value | float, high: Value | float) -> Value:
    """Return x within [low, high].

    Domain: low <= high.
    Derivative: 0 at a bound.
    """

@overload
def clip(x: float, low: Value, high: Value | float) -> Value: ...
@overload
def clip(x: float, low: float, high: Value) -> Value: ...
@overload
def clip(x: float, low: float, high: float) -> float: ...
@overload
def sum(xs: Iterable[Value]) -> Value:
    """Return the sum, added from left to right.

    Domain: any real numbers.
    """

@overload
def sum(xs: Iterable[float]) -> float: ...
@overload
def sum(xs: Iterable[Value | float]) -> Value | float: ...
@overload
def mean(xs: Iterable[Value]) -> Value:
    """Return the arithmetic mean of at least one number.

    Domain: any real numbers.
    """

@overload
def mean(xs: Iterable[float]) -> float: ...
@overload
def mean(xs: Iterable[Value | float]) -> Value | float: ...
@overload
def prod(xs: Iterable[Value]) -> Value:
    """Return the product; its derivatives are right with zeros among the factors.

    Domain: any real numbers.
    """

@overload
def prod(xs: Iterable[float]) -> float: ...
@overload
def prod(xs: Iterable[Value | float]) -> Value | float: ...
@overload
def norm(xs: Iterable[Value]) -> Value:
    """Return the Euclidean norm, without overflow.

    Domain: any real numbers.
    Derivative: 0 at the origin.
    """

@overload
def norm(xs: Iterable[float]) -> float: ...
@overload
def norm(xs: Iterable[Value | float]) -> Value | float: ...
@overload
def logsumexp(xs: Iterable[Value]) -> Value:
    """Return log(sum(exp(x))), without overflow; -inf of nothing.

    Domain: any real numbers.
    """

@overload
def logsumexp(xs: Iterable[float]) -> float: ...
@overload
def logsumexp(xs: Iterable[Value | float]) -> Value | float: ...
