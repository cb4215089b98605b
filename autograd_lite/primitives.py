"""The table of primitives: one row per operation, and every other part of the package loops over it.

A row holds the operation's value on floats and its partial derivatives, each written once as a
function of the operands and the result, with primitives alone. A primitive applied to a `Value`
records a node, so the same formula serves reverse mode, forward mode, derivatives of any order and
generated code. In a formula `+ - *` are plain operators; every operation that can fail on floats
(division, powers) is called by name, since `1.0 / 0.0` raises in Python and `div(1.0, 0.0)` is inf.

Adding an operation is one row here, plus one line for its method or function.
"""

import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

from . import ieee

__all__ = ["TABLE", "Domain", "Primitive", "primitive"]


class Domain:
    """Where an operation is defined.

    Arguments:
        text: the condition in words, for warnings and the documentation, such as `"x > 0"`.
        contains: the same as a predicate on the operands, which are not nan.
        box: one (low, high) per operand: a range inside the domain from which tests draw points.
    """

    __slots__ = ("box", "contains", "text")

    def __init__(self, text: str, contains: Callable[..., bool], *box: tuple[float, float]) -> None:
        self.text = text
        self.contains = contains
        self.box = box


class Primitive:
    """An operation with its derivative; called on floats it gives a float, on Values a Value.

    Attributes:
        name: the operation's name; a node shows it as `.op`.
        arity: how many operands it takes, or None for any number.
        value: the value as a function of floats.
        partials: one function per operand, `(*operands, result) -> partial`; for arity None a
            single function that returns the list of all partials.
        domain: where it is defined.
        label: what pictures show.
        note: what happens at a kink, or "".
        selects: for each operand, whether a partial of zero means "not chosen": nothing flows to
            it then, not even the nan of 0 * inf. False where a zero is a number like another.
        logical: whether the result is a truth, 1.0 or 0.0.
    """

    __slots__ = (
        "arity",
        "domain",
        "label",
        "logical",
        "module",
        "name",
        "note",
        "partials",
        "selects",
        "value",
    )

    def __init__(
        self,
        name: str,
        value: Callable[..., float],
        partials: Sequence[Callable[..., Any]],
        domain: Domain,
        *,
        label: str = "",
        note: str = "",
        selects: bool | tuple[bool, ...] = False,
        variadic: bool = False,
        logical: bool = False,
    ) -> None:
        self.name = name
        self.arity = None if variadic else len(partials)
        self.module = getattr(value, "__module__", "")
        self.value = value
        self.partials = tuple(partials)
        self.domain = domain
        self.label = label or name
        self.note = note
        self.logical = logical
        self.selects = selects if isinstance(selects, tuple) else (selects,) * len(partials)

    def __call__(self, *operands: Any) -> Any:
        for x in operands:
            if type(x) is not float and hasattr(x, "record"):
                return x.record(self, operands)
        if self.arity is not None and len(operands) != self.arity:
            raise TypeError(f"{self.name} takes {self.arity} operands, not {len(operands)}")
        return self.value(*operands)

    def local_partials(
        self, operands: Sequence[Any], result: Any, wanted: Sequence[bool]
    ) -> list[Any]:
        """The partial by each operand that is wanted, None for the others."""
        if self.arity is None:
            return list(self.partials[0](*operands, result))
        return [
            partial(*operands, result) if want else None
            for partial, want in zip(self.partials, wanted, strict=True)
        ]

    def numeric_partials(self) -> list["Primitive"]:
        """The partials as operations of their own, for such as take numbers alone (`math.cos`)."""
        return [
            Primitive(
                f"{self.name}'{i}",
                _numeric(partial),
                [_refused(self.name)] * (len(self.partials) + 1),
                self.domain,
            )
            for i, partial in enumerate(self.partials)
        ]

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_find, ("" if TABLE.get(self.name) is self else self.module, self.name))


def _numeric(partial: Callable[..., Any]) -> Callable[..., float]:
    return lambda *numbers: float(partial(*numbers))


def _refused(name: str) -> Callable[..., Any]:
    def partial(*operands: Any) -> Any:
        raise TypeError(
            f"the partials of {name} take numbers alone, so they have no derivatives: write them with "
            "autograd_lite's functions"
        )

    return partial


def _find(module: str, name: str) -> Primitive:
    """The row of that name, or a user's primitive as a global of the module that defines it."""
    found = getattr(sys.modules.get(module), name, None) if module else TABLE[name]
    if not isinstance(found, Primitive):
        raise AttributeError(f"import {module} first, with a global named {name!r}: a primitive")
    return found


TABLE: dict[str, Primitive] = {}


def _add(name: str, value: Callable[..., float], *partials: Callable[..., Any], **rest: Any) -> Any:
    TABLE[name] = Primitive(name, value, partials, **rest)
    return TABLE[name]


def primitive(
    value: Callable[..., float] | None = None,
    *,
    partials: Sequence[Callable[..., Any]],
    name: str | None = None,
    domain: Domain | None = None,
) -> Any:
    """An operation of your own, usable like every other in every mode; also a decorator.

    Arguments:
        value: a function of floats that returns a float.
        partials: one function per operand, `(*operands, result) -> partial`. Written with this
            package's functions and `+ - *` they serve every order; with `math`, first order only.
        name: shown in pictures and messages; the function's own name when left out.
        domain: a `Domain`; without one, a result of nan or inf is never warned about.

    Raises:
        TypeError: `value` or a partial is not callable.
        ValueError: there is no partial at all.

    >>> import autograd_lite as ag
    >>> @ag.primitive(partials=[lambda x, y: 3.0 * x * x])
    ... def cube(x):
    ...     return x * x * x
    >>> cube(2.0), ag.grad(cube)(2.0), ag.grad(ag.grad(cube))(2.0)
    (8.0, 12.0, 12.0)
    """
    if value is None:
        return lambda f: primitive(f, partials=partials, name=name, domain=domain)
    for f in (value, *partials):
        if not callable(f):
            raise TypeError(f"a primitive's value and partials are functions, not {f!r}")
    if not partials:
        raise ValueError("a primitive needs one partial per operand; none was given")
    title = name or str(getattr(value, "__name__", "primitive"))
    anywhere = Domain("any real number", lambda *xs: True, *[(-2.0, 2.0)] * len(partials))
    made = Primitive(title, _checked(title, value), partials, domain or anywhere)
    made.module = value.__module__
    return made


def _checked(name: str, value: Callable[..., float]) -> Callable[..., float]:
    def checked(*operands: float) -> float:
        y = value(*operands)
        if not isinstance(y, (int, float)):
            raise TypeError(f"{name} must return a float, not {type(y).__name__}: {y!r:.80}")
        return float(y)

    return checked


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
GAMMA     = Domain("x not 0, -1, -2, ...", ieee.gamma_defined, (0.2, 4.0))
ORDER     = Domain("n = 0, 1, 2, ... and x not 0, -1, -2, ...",
                   lambda n, x: n >= 0.0 and n.is_integer() and ieee.gamma_defined(x), (1.0, 1.0), (0.2, 4.0))
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
ERF_SLOPE, PHI_0 = 2.0 / math.sqrt(math.pi), 1.0 / math.sqrt(2.0 * math.pi)


def select(condition: Any, x: Any, y: Any) -> Any:
    """`where` in a formula: a comparison that is already a bool picks at once and records nothing."""
    if condition is True:
        return x
    return y if condition is False else where(condition, x, y)


def _flat(x: Any, y: Any, r: Any) -> float:
    return 0.0


def _density(x: Any) -> Any:  # of the standard normal distribution
    return PHI_0 * exp(-0.5 * x * x)


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


def _by_exponent(x: Any, y: Any, r: Any) -> Any:  # d(x**y)/dy
    at_zero = select(y >= 0.0, 0.0, select(y < 0.0, -math.inf, math.nan))
    return select(x > 0.0, r * log(x), select(x == 0.0, at_zero, math.nan))


def _gate_slope(x: Any, slope: Callable[[], Any]) -> Any:  # of gelu and silu: inf * 0 has a limit
    return select(x == math.inf, 1.0, select(x == -math.inf, 0.0, slope()))


def _elu_slope(x: Any, alpha: Any, y: Any) -> Any:
    return select(x > 0.0, 1.0, select(x == 0.0, minimum(1.0, alpha), alpha * exp(x)))


def _toward(x: Any, length: Any) -> Any:  # d(length)/dx, and 0 at the origin
    return select(length == 0.0, 0.0, div(x, length))


# operators
identity: Any  = _add("identity",   lambda x: x,        lambda x, y: 1.0, domain=ANY, label="=")
neg: Any       = _add("neg",        lambda x: -x,       lambda x, y: -1.0, domain=ANY, label="−")
add: Any       = _add("add",        lambda x, y: x + y, lambda x, y, r: 1.0, lambda x, y, r: 1.0, domain=PAIR, label="+")
sub: Any       = _add("sub",        lambda x, y: x - y, lambda x, y, r: 1.0, lambda x, y, r: -1.0, domain=PAIR, label="−")
mul: Any       = _add("mul",        lambda x, y: x * y, lambda x, y, r: y, lambda x, y, r: x, domain=PAIR, label="×")
div: Any       = _add("div",        ieee.div,           lambda x, y, r: reciprocal(y), lambda x, y, r: -div(r, y), domain=DIVISOR, label="÷")
pow: Any       = _add("pow",        ieee.power,         lambda x, y, r: y * pow(x, _lowered(x, y)),
                                                   _by_exponent, domain=POWER, label="^",
                 note="0 by either operand at (0, 0); nan by the exponent of a negative base")
floordiv: Any  = _add("floordiv",   ieee.floor_divide,  lambda x, y, r: 0.0, lambda x, y, r: 0.0, domain=STEPS, label="//", note="0 at a jump", selects=True)
mod: Any       = _add("mod",        ieee.mod,           lambda x, y, r: 1.0, lambda x, y, r: -_steps(x, y, r), domain=STEPS, label="%", note="1 by x at a jump")

# exponentials and logarithms
exp: Any       = _add("exp",        ieee.exp,           lambda x, y: y, domain=ANY)
exp2: Any      = _add("exp2",       ieee.exp2,          lambda x, y: y * LN2, domain=ANY)
expm1: Any     = _add("expm1",      ieee.expm1,         lambda x, y: exp(x), domain=ANY)
log: Any       = _add("log",        ieee.log,           lambda x, y: select(x >= 0.0, reciprocal(fabs(x)), math.nan), domain=POSITIVE)
log2: Any      = _add("log2",       ieee.log2,          lambda x, y: select(x >= 0.0, reciprocal(fabs(x) * LN2), math.nan), domain=POSITIVE)
log10: Any     = _add("log10",      ieee.log10,         lambda x, y: select(x >= 0.0, reciprocal(fabs(x) * LN10), math.nan), domain=POSITIVE)
log1p: Any     = _add("log1p",      ieee.log1p,         lambda x, y: select(x >= -1.0, reciprocal(1.0 + x), math.nan), domain=OVER_M1)
sqrt: Any      = _add("sqrt",       ieee.sqrt,          lambda x, y: 0.5 * pow(x, -0.5), domain=NONNEG, label="√", note="inf at 0")
cbrt: Any      = _add("cbrt",       math.cbrt,          lambda x, y: reciprocal(3.0 * (y * y)), domain=NONZERO, label="∛", note="inf at 0")
square: Any    = _add("square",     lambda x: x * x,    lambda x, y: 2.0 * x, domain=ANY, label="x²")
reciprocal: Any = _add("reciprocal", lambda x: ieee.div(1.0, x), lambda x, y: -(y * y), domain=NONZERO, label="1/x")

# trigonometric and hyperbolic functions
sin: Any       = _add("sin",        ieee.sin,           lambda x, y: cos(x), domain=REAL)
cos: Any       = _add("cos",        ieee.cos,           lambda x, y: -sin(x), domain=REAL)
tan: Any       = _add("tan",        ieee.tan,           lambda x, y: 1.0 + y * y, domain=Domain("any real number", math.isfinite, (-1.2, 1.2)))
asin: Any      = _add("asin",       ieee.asin,          lambda x, y: reciprocal(sqrt((1.0 - x) * (1.0 + x))), domain=UNIT, note="inf at -1 and 1")
acos: Any      = _add("acos",       ieee.acos,          lambda x, y: -reciprocal(sqrt((1.0 - x) * (1.0 + x))), domain=UNIT, note="-inf at -1 and 1")
atan: Any      = _add("atan",       math.atan,          lambda x, y: reciprocal(1.0 + x * x), domain=ANY)
sinh: Any      = _add("sinh",       ieee.sinh,          lambda x, y: cosh(x), domain=ANY)
cosh: Any      = _add("cosh",       ieee.cosh,          lambda x, y: sinh(x), domain=ANY)
tanh: Any      = _add("tanh",       math.tanh,          lambda x, y: 4.0 * (sigmoid(2.0 * x) * sigmoid(-2.0 * x)), domain=ANY)
asinh: Any     = _add("asinh",      math.asinh,         lambda x, y: reciprocal(hypot(1.0, x)), domain=ANY)
acosh: Any     = _add("acosh",      ieee.acosh,         lambda x, y: reciprocal(sqrt(x - 1.0) * sqrt(x + 1.0)), domain=OVER_ONE, note="inf at 1")
atanh: Any     = _add("atanh",      ieee.atanh,         lambda x, y: select(fabs(x) <= 1.0, fabs(reciprocal((1.0 - x) * (1.0 + x))), math.nan), domain=INSIDE)
radians: Any   = _add("radians",    math.radians,       lambda x, y: math.pi / 180.0, domain=ANY)
degrees: Any   = _add("degrees",    math.degrees,       lambda x, y: 180.0 / math.pi, domain=ANY)

# special functions
erf: Any       = _add("erf",        math.erf,           lambda x, y: ERF_SLOPE * exp(-(x * x)), domain=ANY)
erfc: Any      = _add("erfc",       math.erfc,          lambda x, y: -ERF_SLOPE * exp(-(x * x)), domain=ANY)
gamma: Any     = _add("gamma",      ieee.gamma,         lambda x, y: y * digamma(x), domain=GAMMA, label="Γ")
lgamma: Any    = _add("lgamma",     ieee.lgamma,        lambda x, y: digamma(x), domain=GAMMA, label="ln Γ")
digamma: Any   = _add("digamma",    ieee.digamma,       lambda x, y: polygamma(1.0, x), domain=GAMMA, label="ψ")
polygamma: Any = _add("polygamma",  ieee.polygamma,     lambda n, x, y: math.nan, lambda n, x, y: polygamma(n + 1.0, x), domain=ORDER, label="ψⁿ")

# activations
sigmoid: Any   = _add("sigmoid",    ieee.sigmoid,       lambda x, y: y * sigmoid(-x), domain=ANY, label="σ")
softplus: Any  = _add("softplus",   ieee.softplus,      lambda x, y: sigmoid(x), domain=ANY)
relu: Any      = _add("relu",       ieee.relu,          lambda x, y: select(x > 0.0, 1.0, select(x <= 0.0, 0.0, math.nan)), domain=ANY, label="ReLU", note="0 at 0", selects=True)
leaky_relu: Any = _add("leaky_relu", ieee.leaky_relu,   lambda x, a, y: select(x > 0.0, 1.0, select(x < 0.0, a, select(x == 0.0, minimum(1.0, a), math.nan))),
                                                   lambda x, a, y: select(x > 0.0, 0.0, x), domain=PAIR, note="the smaller slope at 0", selects=(False, True))
elu: Any       = _add("elu",        ieee.elu,           _elu_slope, lambda x, a, y: select(x > 0.0, 0.0, expm1(x)), domain=PAIR, note="the smaller slope at 0", selects=(False, True))
gelu: Any      = _add("gelu",       ieee.gelu,          lambda x, y: _gate_slope(x, lambda: 0.5 * erfc(-x * math.sqrt(0.5)) + x * _density(x)), domain=ANY)
silu: Any      = _add("silu",       ieee.silu,          lambda x, y: _gate_slope(x, lambda: sigmoid(x) * (1.0 + x * sigmoid(-x))), domain=ANY)

# magnitude, sign and rounding
fabs: Any      = _add("abs",        lambda x: abs(x),   lambda x, y: sign(x), domain=ANY, label="|x|", note="0 at 0")
sign: Any      = _add("sign",       ieee.sign,          lambda x, y: 0.0, domain=ANY, note="0 at 0", selects=True)
floor: Any     = _add("floor",      ieee.floor,         lambda x, y: 0.0, domain=ANY, label="⌊x⌋", note="0 at a jump", selects=True)
ceil: Any      = _add("ceil",       ieee.ceil,          lambda x, y: 0.0, domain=ANY, label="⌈x⌉", note="0 at a jump", selects=True)
trunc: Any     = _add("trunc",      ieee.trunc,         lambda x, y: 0.0, domain=ANY, note="0 at a jump", selects=True)
rint: Any      = _add("round",      ieee.rounded,       lambda x, y: 0.0, domain=ANY, note="0 at a jump; halves go to even", selects=True)
round_to: Any  = _add("round_to",   lambda x, n: float(round(x, int(n))) if math.isfinite(x) else x, lambda x, n, y: 0.0, lambda x, n, y: math.nan,
                                                   domain=Domain("n a whole number", lambda x, n: n.is_integer(), (-3.0, 3.0), (2.0, 2.0)), label="round", note="0 at a jump", selects=True)
copysign: Any  = _add("copysign",   math.copysign,      lambda x, y, r: sign(x) * copysign(1.0, y), lambda x, y, r: 0.0, domain=PAIR, note="0 at 0", selects=True)
fmod: Any      = _add("fmod",       ieee.fmod,          lambda x, y, r: 1.0, lambda x, y, r: -_steps(x, y, r), domain=STEPS, note="1 by x at a jump")
remainder: Any = _add("remainder",  ieee.remainder,     lambda x, y, r: 1.0, lambda x, y, r: -_steps(x, y, r), domain=STEPS, note="1 by x at a jump")

# of several operands
atan2: Any     = _add("atan2",      math.atan2,         lambda y, x, r: div(div(x, hypot(x, y)), hypot(x, y)), lambda y, x, r: -div(div(y, hypot(x, y)), hypot(x, y)), domain=PAIR, note="nan at (0, 0)")
hypot: Any     = _add("hypot",      math.hypot,         lambda x, y, r: _toward(x, r), lambda x, y, r: _toward(y, r), domain=PAIR, note="0 at (0, 0)")
fma: Any       = _add("fma",        ieee.fma,           lambda x, y, z, r: y, lambda x, y, z, r: x, lambda x, y, z, r: 1.0, domain=TRIPLE)
logaddexp: Any = _add("logaddexp",  ieee.logaddexp,     lambda x, y, r: sigmoid(x - y), lambda x, y, r: sigmoid(y - x), domain=PAIR)
xlogy: Any     = _add("xlogy",      ieee.xlogy,         lambda x, y, r: log(y), lambda x, y, r: select(y > 0.0, div(x, y), select(x == 0.0, 0.0, div(x, y))), domain=XLOGY, note="0 by y where x is 0")
maximum: Any   = _add("maximum",    ieee.maximum,       lambda x, y, r: _chosen(x, y), lambda x, y, r: _chosen(y, x), domain=PAIR, label="max", note="a half each at a tie", selects=True)
minimum: Any   = _add("minimum",    ieee.minimum,       lambda x, y, r: _chosen(y, x), lambda x, y, r: _chosen(x, y), domain=PAIR, label="min", note="a half each at a tie", selects=True)
clip: Any      = _add("clip",       ieee.clip,          lambda x, a, b, r: select(x <= a, 0.0, select(x >= b, 0.0, select(x == x, 1.0, math.nan))),
                                                   lambda x, a, b, r: select(x < a, select(a < b, 1.0, 0.0), 0.0),
                                                   lambda x, a, b, r: select(maximum(x, a) > b, 1.0, 0.0), domain=BOUNDS, note="0 at a bound", selects=True)
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
norm: Any      = _add("norm",       math.hypot,         lambda *xs: [_toward(x, xs[-1]) for x in xs[:-1]], domain=MANY, label="‖x‖", note="0 at the origin", variadic=True)
logsumexp: Any = _add("logsumexp",  ieee.logsumexp,     lambda *xs: [exp(x - xs[-1]) for x in xs[:-1]], domain=MANY, variadic=True)

# Not a row: its derivative is not that of its function, so no test of the table can hold for it.
stop_gradient = Primitive("stop_gradient", lambda x: x, [lambda x, y: 0.0], ANY, label="stop", selects=True)
# fmt: on
