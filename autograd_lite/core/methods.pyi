# Written by `python -m tests.stubs --write` from the rows of the table.

from collections.abc import Callable
from typing import Any, ClassVar, NoReturn

from .table import Primitive
from .types import Result

class Methods:
    def _apply(self, primitive: Primitive) -> Result: ...
    record: ClassVar[Callable[..., Result]]
    def __neg__(self) -> Result: ...
    def __pos__(self) -> Result: ...
    def __abs__(self) -> Result: ...
    def __floor__(self) -> Result: ...
    def __ceil__(self) -> Result: ...
    def __trunc__(self) -> Result: ...
    def __round__(self, ndigits: int | None = None) -> Result: ...
    def __float__(self) -> NoReturn: ...
    def __int__(self) -> int: ...
    def __index__(self) -> int: ...
    def __complex__(self) -> NoReturn: ...
    def exp(self) -> Result:
        """Return e to the power x.

        Domain: any real number.
        """

    def exp2(self) -> Result:
        """Return 2 to the power x.

        Domain: any real number.
        """

    def expm1(self) -> Result:
        """Return exp(x) - 1, without cancellation near 0.

        Domain: any real number.
        """

    def log(self) -> Result:
        """Return the natural logarithm.

        Domain: x > 0.
        """

    def log2(self) -> Result:
        """Return the logarithm to base 2.

        Domain: x > 0.
        """

    def log10(self) -> Result:
        """Return the logarithm to base 10.

        Domain: x > 0.
        """

    def log1p(self) -> Result:
        """Return log(1 + x), without cancellation near 0.

        Domain: x > -1.
        """

    def sqrt(self) -> Result:
        """Return the square root.

        Domain: x >= 0.
        Derivative: inf at 0.
        """

    def cbrt(self) -> Result:
        """Return the cube root, of negative numbers too.

        Domain: x != 0.
        Derivative: inf at 0.
        """

    def square(self) -> Result:
        """Return x * x.

        Domain: any real number.
        """

    def reciprocal(self) -> Result:
        """Return 1 / x.

        Domain: x != 0.
        """

    def sin(self) -> Result:
        """Return the sine of an angle in radians.

        Domain: any real number.
        """

    def cos(self) -> Result:
        """Return the cosine of an angle in radians.

        Domain: any real number.
        """

    def tan(self) -> Result:
        """Return the tangent of an angle in radians.

        Domain: any real number.
        """

    def asin(self) -> Result:
        """Return the arc sine, in radians.

        Domain: -1 <= x <= 1.
        Derivative: inf at -1 and 1.
        """

    def arcsin(self) -> Result:
        """Return the arc sine, in radians.

        Domain: -1 <= x <= 1.
        Derivative: inf at -1 and 1.
        """

    def acos(self) -> Result:
        """Return the arc cosine, in radians.

        Domain: -1 <= x <= 1.
        Derivative: -inf at -1 and 1.
        """

    def arccos(self) -> Result:
        """Return the arc cosine, in radians.

        Domain: -1 <= x <= 1.
        Derivative: -inf at -1 and 1.
        """

    def atan(self) -> Result:
        """Return the arc tangent, in radians.

        Domain: any real number.
        """

    def arctan(self) -> Result:
        """Return the arc tangent, in radians.

        Domain: any real number.
        """

    def sinh(self) -> Result:
        """Return the hyperbolic sine.

        Domain: any real number.
        """

    def cosh(self) -> Result:
        """Return the hyperbolic cosine.

        Domain: any real number.
        """

    def tanh(self) -> Result:
        """Return the hyperbolic tangent.

        Domain: any real number.
        """

    def asinh(self) -> Result:
        """Return the inverse hyperbolic sine.

        Domain: any real number.
        """

    def arcsinh(self) -> Result:
        """Return the inverse hyperbolic sine.

        Domain: any real number.
        """

    def acosh(self) -> Result:
        """Return the inverse hyperbolic cosine.

        Domain: x >= 1.
        Derivative: inf at 1.
        """

    def arccosh(self) -> Result:
        """Return the inverse hyperbolic cosine.

        Domain: x >= 1.
        Derivative: inf at 1.
        """

    def atanh(self) -> Result:
        """Return the inverse hyperbolic tangent.

        Domain: -1 < x < 1.
        """

    def arctanh(self) -> Result:
        """Return the inverse hyperbolic tangent.

        Domain: -1 < x < 1.
        """

    def radians(self) -> Result:
        """Return degrees as radians.

        Domain: any real number.
        """

    def degrees(self) -> Result:
        """Return radians as degrees.

        Domain: any real number.
        """

    def erf(self) -> Result:
        """Return the error function, 2/sqrt(pi) times the integral of exp(-t*t) from 0 to x.

        Domain: any real number.
        """

    def erfc(self) -> Result:
        """Return 1 - erf(x), without cancellation for large x.

        Domain: any real number.
        """

    def gamma(self) -> Result:
        """Return the gamma function.

        Domain: x not 0, -1, -2, ....
        """

    def lgamma(self) -> Result:
        """Return the logarithm of the absolute value of the gamma function.

        Domain: x not 0, -1, -2, ....
        """

    def digamma(self) -> Result:
        """Return the derivative of lgamma (DLMF 5.2.2).

        Domain: x not 0, -1, -2, ....
        """

    def sigmoid(self) -> Result:
        """Return 1 / (1 + exp(-x)), without overflow.

        Domain: any real number.
        """

    def softplus(self) -> Result:
        """Return log(1 + exp(x)), without overflow.

        Domain: any real number.
        """

    def relu(self) -> Result:
        """Return max(x, 0).

        Domain: any real number.
        Derivative: 0 at 0.
        """

    def leaky_relu(self, slope: Any = 0.01) -> Result:
        """Return x where x > 0, else slope * x.

        Domain: any two real numbers.
        Derivative: the smaller slope at 0.
        """

    def elu(self, alpha: Any = 1.0) -> Result:
        """Return x where x > 0, else alpha * (exp(x) - 1) (Clevert et al. 2015).

        Domain: any two real numbers.
        Derivative: the smaller slope at 0.
        """

    def gelu(self) -> Result:
        """Return x times the normal distribution function of x (Hendrycks and Gimpel 2016).

        Domain: any real number.
        """

    def silu(self) -> Result:
        """Return x * sigmoid(x).

        Domain: any real number.
        """

    def fabs(self) -> Result:
        """Return the absolute value.

        Domain: any real number.
        Derivative: 0 at 0.
        """

    def sign(self) -> Result:
        """Return -1, 0 or 1.

        Domain: any real number.
        Derivative: 0 at 0.
        """

    def floor(self) -> Result:
        """Return the largest whole number not above x.

        Domain: any real number.
        Derivative: 0 at a jump.
        """

    def ceil(self) -> Result:
        """Return the smallest whole number not below x.

        Domain: any real number.
        Derivative: 0 at a jump.
        """

    def trunc(self) -> Result:
        """Return the whole part, towards 0.

        Domain: any real number.
        Derivative: 0 at a jump.
        """

    def copysign(self, other: Any) -> Result:
        """Return the size of x with the sign of y.

        Domain: any two real numbers.
        Derivative: 0 at 0.
        """

    def fmod(self, other: Any) -> Result:
        """Return x less a whole multiple of y, with the sign of x, as `math.fmod`.

        Domain: x finite and y != 0.
        Derivative: 1 for x at a jump.
        """

    def hypot(self, other: Any) -> Result:
        """Return sqrt(x*x + y*y), without overflow.

        Domain: any two real numbers.
        Derivative: 0 at (0, 0).
        """

    def logaddexp(self, other: Any) -> Result:
        """Return log(exp(x) + exp(y)), without overflow.

        Domain: any two real numbers.
        """

    def absolute(self) -> Result:
        """Return the absolute value.

        Domain: any real number.
        Derivative: 0 at 0.
        """

    def arctan2(self, x: Any) -> Result:
        """Return the angle of the point (x, y), in radians.

        Domain: any two real numbers.
        Derivative: nan at (0, 0).
        """

    def conjugate(self) -> Result:
        """Return x itself.

        Domain: any real number.
        """

    def deg2rad(self) -> Result:
        """Return degrees as radians.

        Domain: any real number.
        """

    def rad2deg(self) -> Result:
        """Return radians as degrees.

        Domain: any real number.
        """

    def rint(self) -> Result:
        """Return the nearest whole number.

        Domain: any real number.
        Derivative: 0 at a jump; halves go to even.
        """
