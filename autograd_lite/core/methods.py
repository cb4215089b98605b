"""The methods of a Value that are not operators: `v.exp()`, `v.sin()`, `v.relu()` and kin.

They stand apart from `value.py` to keep that file short. Each is one line that names its row of the
table. NumPy calls them by its own names on object arrays, hence the aliases at the end.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from . import contexts, table
from .compiled import mypyc_attr
from .primitive import Primitive

if TYPE_CHECKING:
    from .types import Result

_Method = Callable[[Any], "Result"]


@mypyc_attr(allow_interpreted_subclasses=True)
class Methods:
    """What `Value` inherits; it provides the two methods that record a node."""

    __slots__ = ()

    def _apply(self, primitive: Primitive) -> "Result":
        raise TypeError("only a Value can be differentiated")

    record: ClassVar[Callable[..., "Result"]]  # (self, primitive, operands)

    def exp(self) -> "Result":
        """e to this power."""
        return self._apply(table.exp)

    def exp2(self) -> "Result":
        """2 to this power."""
        return self._apply(table.exp2)

    def expm1(self) -> "Result":
        """exp(x) - 1, without cancellation near 0."""
        return self._apply(table.expm1)

    def log(self) -> "Result":
        """The natural logarithm."""
        return self._apply(table.log)

    def log2(self) -> "Result":
        """The logarithm to base 2."""
        return self._apply(table.log2)

    def log10(self) -> "Result":
        """The logarithm to base 10."""
        return self._apply(table.log10)

    def log1p(self) -> "Result":
        """log(1 + x), without cancellation near 0."""
        return self._apply(table.log1p)

    def sqrt(self) -> "Result":
        """The square root."""
        return self._apply(table.sqrt)

    def cbrt(self) -> "Result":
        """The cube root, of negative numbers too."""
        return self._apply(table.cbrt)

    def sin(self) -> "Result":
        """The sine of an angle in radians."""
        return self._apply(table.sin)

    def cos(self) -> "Result":
        """The cosine of an angle in radians."""
        return self._apply(table.cos)

    def tan(self) -> "Result":
        """The tangent of an angle in radians."""
        return self._apply(table.tan)

    def asin(self) -> "Result":
        """The arc sine, in radians."""
        return self._apply(table.asin)

    def acos(self) -> "Result":
        """The arc cosine, in radians."""
        return self._apply(table.acos)

    def atan(self) -> "Result":
        """The arc tangent, in radians."""
        return self._apply(table.atan)

    def sinh(self) -> "Result":
        """The hyperbolic sine."""
        return self._apply(table.sinh)

    def cosh(self) -> "Result":
        """The hyperbolic cosine."""
        return self._apply(table.cosh)

    def tanh(self) -> "Result":
        """The hyperbolic tangent."""
        return self._apply(table.tanh)

    def asinh(self) -> "Result":
        """The inverse hyperbolic sine."""
        return self._apply(table.asinh)

    def acosh(self) -> "Result":
        """The inverse hyperbolic cosine."""
        return self._apply(table.acosh)

    def atanh(self) -> "Result":
        """The inverse hyperbolic tangent."""
        return self._apply(table.atanh)

    def erf(self) -> "Result":
        """The error function, 2/sqrt(pi) times the integral of exp(-t*t) from 0 to x."""
        return self._apply(table.erf)

    def erfc(self) -> "Result":
        """1 - erf(x), without cancellation for large x."""
        return self._apply(table.erfc)

    def gamma(self) -> "Result":
        """The gamma function."""
        return self._apply(table.gamma)

    def lgamma(self) -> "Result":
        """The logarithm of the absolute value of the gamma function."""
        return self._apply(table.lgamma)

    def digamma(self) -> "Result":
        """The derivative of lgamma (DLMF 5.2.2)."""
        return self._apply(table.digamma)

    def sigmoid(self) -> "Result":
        """1 / (1 + exp(-x)), without overflow."""
        return self._apply(table.sigmoid)

    def softplus(self) -> "Result":
        """log(1 + exp(x)), without overflow."""
        return self._apply(table.softplus)

    def relu(self) -> "Result":
        """max(x, 0); its derivative at 0 is 0."""
        return self._apply(table.relu)

    def gelu(self) -> "Result":
        """x times the standard normal distribution function of x (Hendrycks and Gimpel 2016)."""
        return self._apply(table.gelu)

    def silu(self) -> "Result":
        """x * sigmoid(x)."""
        return self._apply(table.silu)

    def sign(self) -> "Result":
        """-1, 0 or 1; its derivative is 0."""
        return self._apply(table.sign)

    def fabs(self) -> "Result":
        """The absolute value; its derivative at 0 is 0."""
        return self._apply(table.fabs)

    def floor(self) -> "Result":
        """The largest whole number not above x; its derivative is 0."""
        return self._apply(table.floor)

    def ceil(self) -> "Result":
        """The smallest whole number not below x; its derivative is 0."""
        return self._apply(table.ceil)

    def trunc(self) -> "Result":
        """The whole part, towards 0; its derivative is 0."""
        return self._apply(table.trunc)

    def square(self) -> "Result":
        """x * x."""
        return self._apply(table.square)

    def reciprocal(self) -> "Result":
        """1 / x."""
        return self._apply(table.reciprocal)

    def radians(self) -> "Result":
        """Degrees as radians."""
        return self._apply(table.radians)

    def degrees(self) -> "Result":
        """Radians as degrees."""
        return self._apply(table.degrees)

    def leaky_relu(self, slope: Any = 0.01) -> "Result":
        """x where x > 0, else slope * x; at 0 the smaller slope is the derivative."""
        return self.record(table.leaky_relu, (self, slope))

    def elu(self, alpha: Any = 1.0) -> "Result":
        """x where x > 0, else alpha * (exp(x) - 1)."""
        return self.record(table.elu, (self, alpha))

    def arctan2(self, x: Any) -> "Result":
        """The angle of the point (x, self), in radians."""
        return self.record(table.atan2, (self, x))

    def hypot(self, other: Any) -> "Result":
        """sqrt(self**2 + other**2), without overflow."""
        return self.record(table.hypot, (self, other))

    def copysign(self, other: Any) -> "Result":
        """The size of self with the sign of other."""
        return self.record(table.copysign, (self, other))

    def fmod(self, other: Any) -> "Result":
        """What is left of self after whole multiples of other, with the sign of self."""
        return self.record(table.fmod, (self, other))

    def logaddexp(self, other: Any) -> "Result":
        """log(exp(self) + exp(other)), without overflow."""
        return self.record(table.logaddexp, (self, other))

    # Built-in functions that ask for a method

    def __neg__(self) -> "Result":
        return self._apply(table.neg)

    def __pos__(self) -> "Result":
        return self._apply(table.identity)

    def __abs__(self) -> "Result":
        return self._apply(table.fabs)

    def __floor__(self) -> "Result":
        return self._apply(table.floor)

    def __ceil__(self) -> "Result":
        return self._apply(table.ceil)

    def __trunc__(self) -> "Result":
        return self._apply(table.trunc)

    def __round__(self, ndigits: int | None = None) -> "Result":
        if not ndigits:
            return self._apply(table.rint)
        # the built-in rounds the decimal form, which no scaling by a power of ten does exactly
        return self.record(table.round_to, (self, float(ndigits)))

    def __float__(self) -> NoReturn:
        _refuse("float")

    def __int__(self) -> int:
        if contexts.active and contexts.state.recorder is not None:
            return contexts.state.recorder.whole(self)  # type: ignore[no-any-return]
        _refuse("int")

    def __index__(self) -> int:
        # what `range(round(x))` asks for: round gives an int of a float, but a Value of a Value
        if contexts.active and contexts.state.recorder is not None:
            return contexts.state.recorder.index(self)  # type: ignore[no-any-return]
        _refuse("int")

    def __complex__(self) -> NoReturn:
        _refuse("complex")

    # NumPy's names of the methods, which it calls on the elements of an array of objects
    # They are assigned below, since mypyc takes no such assignment in a class.
    arcsin: ClassVar[_Method]
    arccos: ClassVar[_Method]
    arctan: ClassVar[_Method]
    arcsinh: ClassVar[_Method]
    arccosh: ClassVar[_Method]
    arctanh: ClassVar[_Method]
    deg2rad: ClassVar[_Method]
    rad2deg: ClassVar[_Method]
    rint: ClassVar[_Method]
    absolute: ClassVar[_Method]
    conjugate: ClassVar[_Method]


for _name, _method in {
    "arcsin": Methods.asin,
    "arccos": Methods.acos,
    "arctan": Methods.atan,
    "arcsinh": Methods.asinh,
    "arccosh": Methods.acosh,
    "arctanh": Methods.atanh,
    "deg2rad": Methods.radians,
    "rad2deg": Methods.degrees,
    "rint": Methods.__round__,
    "absolute": Methods.fabs,
    "conjugate": Methods.__pos__,
    "__index__": Methods.__index__,  # mypyc leaves the slot behind it empty
}.items():
    setattr(Methods, _name, _method)


def _refuse(kind: str) -> NoReturn:
    raise TypeError(
        f"a Value is not converted to {kind}: the gradient would be lost. Use ag.exp(v) and kin in "
        "place of math.exp(v); v.data is the number, v.detach() a Value without history"
    )
