"""The table: every row against mpmath at many digits, at its awkward points, and against itself."""

import itertools
import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import mpmath

from autograd_lite.primitives import Primitive

mp = mpmath.mp
EPS = 2.0**-52
Point = tuple[float, ...]


def _whole_steps(x: Any, y: Any, whole: Callable[[Any], Any]) -> Any:
    return x - y * whole(x / y)


def _trunc(x: Any) -> Any:
    return mp.floor(x) if x >= 0 else mp.ceil(x)


def _normal_cdf(x: Any) -> Any:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def _dot(*xs: Any) -> Any:
    return mp.fsum(a * b for a, b in zip(xs[: len(xs) // 2], xs[len(xs) // 2 :], strict=True))


# What each row means, written with another library and another formula where there is one.
REFERENCE: dict[str, Callable[..., Any]] = {
    "identity": lambda x: x,
    "neg": lambda x: -x,
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: mp.power(x, y),
    "floordiv": lambda x, y: mp.floor(x / y),
    "mod": lambda x, y: _whole_steps(x, y, mp.floor),
    "exp": mp.exp,
    "exp2": lambda x: mp.power(2, x),
    "expm1": lambda x: mp.exp(x) - 1,
    "log": mp.log,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": lambda x: mp.log(x) / mp.log(10),
    "log1p": lambda x: mp.log(1 + x),
    "sqrt": mp.sqrt,
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "radians": lambda x: x * mp.pi / 180,
    "degrees": lambda x: x * 180 / mp.pi,
    "erf": mp.erf,
    "erfc": mp.erfc,
    "gamma": mp.gamma,
    "lgamma": lambda x: mp.log(abs(mp.gamma(x))),
    "digamma": mp.digamma,
    "polygamma": lambda n, x: mp.psi(int(n), x),
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "relu": lambda x: max(x, mp.mpf(0)),
    "leaky_relu": lambda x, a: x if x > 0 else a * x,
    "elu": lambda x, a: x if x > 0 else a * (mp.exp(x) - 1),
    "gelu": lambda x: x * _normal_cdf(x),
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "abs": abs,
    "sign": mp.sign,
    "floor": mp.floor,
    "ceil": mp.ceil,
    "trunc": _trunc,
    "round": mp.nint,
    "round_to": lambda x, n: mp.nint(x * mp.power(10, n)) / mp.power(10, n),
    "copysign": lambda x, y: abs(x) if y > 0 else -abs(x),
    "fmod": lambda x, y: _whole_steps(x, y, _trunc),
    "remainder": lambda x, y: _whole_steps(x, y, mp.nint),
    "atan2": mp.atan2,
    "hypot": lambda x, y: mp.sqrt(x * x + y * y),
    "fma": lambda x, y, z: x * y + z,
    "logaddexp": lambda x, y: mp.log(mp.exp(x) + mp.exp(y)),
    "xlogy": lambda x, y: x * mp.log(y),
    "maximum": max,
    "minimum": min,
    "clip": lambda x, low, high: min(max(x, low), high),
    "where": lambda c, x, y: x if c else y,
    "sum": lambda *xs: mp.fsum(xs),
    "mean": lambda *xs: mp.fsum(xs) / len(xs),
    "prod": lambda *xs: mp.fprod(xs),
    "dot": _dot,
    "norm": lambda *xs: mp.sqrt(mp.fsum(x * x for x in xs)),
    "logsumexp": lambda *xs: mp.log(mp.fsum(mp.exp(x) for x in xs)),
}

# Operands that must be whole numbers: there is no derivative by them.
WHOLE = {("polygamma", 0), ("round_to", 1)}
# At 700 digits mpmath's gamma functions take seconds; the others need them in their tails.
DIGITS = dict.fromkeys(("gamma", "lgamma", "digamma", "polygamma"), 130)

_SMALL = (1e-20, -1e-20, 1e-9, -1e-9, 3e-4, -3e-4)
_WIDE = (*_SMALL, 7.3, -7.3, 36.1, -36.1)
_POSITIVE = (1e-300, 1e-20, 1e-6, 0.999999999, 1.000000001, 7.3, 1e6, 1e300)
_EDGE = (*_SMALL, 0.999, -0.999, 1 - 1e-9, 1e-9 - 1, 1 - 2.0**-53, 2.0**-53 - 1)
_NEGATIVE = (-0.5, -1.3, -0.999999, -1.000001, -7.7, -30.2)
_LARGE = (*_WIDE, 300.3, -300.3, 1e6, -1e6)
# Points beyond the box: tails, and close to poles and edges.
TAILS: dict[str, Sequence[float | Point]] = {
    **dict.fromkeys(("identity", "neg", "square", "reciprocal", "cbrt", "radians"), _LARGE),
    **dict.fromkeys(("degrees", "abs", "sign", "asinh", "atan", "relu"), _LARGE),
    **dict.fromkeys(("sin", "cos"), (*_LARGE, 1.5707963267948966, 3.141592653589793, 1e15)),
    "tan": (*_WIDE, 1.5707963267948966, 1.57, -1.5708, 1e6),
    **dict.fromkeys(("floor", "ceil", "trunc", "round"), (7.3, -7.3, 1e15 + 0.25)),
    **dict.fromkeys(("exp", "exp2", "expm1", "sinh", "cosh"), (*_WIDE, 300.3, -300.3, 700.0)),
    **dict.fromkeys(("log", "log2", "log10", "sqrt"), _POSITIVE),
    "log1p": (*_SMALL, -0.999999, -1 + 1e-12, 7.3, 1e6, 1e300),
    **dict.fromkeys(("asin", "acos", "atanh"), _EDGE),
    "acosh": (1 + 1e-12, 1.0001, 36.1, 1e6, 1e300),
    "tanh": (*_WIDE, 300.3, -300.3),
    **dict.fromkeys(("sigmoid", "softplus", "silu"), (*_WIDE, 300.3, -300.3, -700.0)),
    "erf": (*_SMALL, 5.1, -5.1, 20.3),
    "erfc": (*_SMALL, 5.1, -5.1, 20.3, 26.2),
    "gelu": (*_SMALL, 7.3, -7.3, 30.1, -30.1, -36.1),
    "gamma": (1e-9, 1e-100, 20.5, 170.2, *_NEGATIVE),
    "lgamma": (1e-9, 1e-100, 20.5, 1e6, 1e100, *_NEGATIVE),
    "digamma": (1e-9, 1e-100, 1.4616, 20.5, 1e6, 1e100, *_NEGATIVE),
    "polygamma": [(n, x) for n in (1.0, 2.0, 5.0) for x in (1e-9, 20.5, 1e6, *_NEGATIVE)],
    "pow": [(1e-100, 2.5), (1e100, -2.5), (1.0000001, 1e9), (2.0, 1e-20)],
    "div": [(1e-200, 1e100), (1e300, -3.0)],
    **dict.fromkeys(("mod", "fmod", "remainder"), [(1e9, 0.7), (-1e9, 0.7), (5.3, -0.7), (-5.3, -2.0)]),
    "floordiv": [(1e9, 0.7), (-1e9, 0.7), (5.3, -0.7), (-5.3, -2.0)],
    **dict.fromkeys(("hypot", "norm", "atan2"), [(1e200, 1e200), (1e-200, 2e-200), (1e-9, -4.0)]),
    **dict.fromkeys(("logaddexp", "logsumexp"), [(700.1, 700.0), (-700.0, 3.0), (30.3, -7.7)]),
    "xlogy": [(2.0, 1e-300), (1e-20, 3.0), (3.0, 1.000000001)],
    "elu": [(-1e-9, 2.0), (-36.0, 0.5)],
    "fma": [(1 + 1e-15, 1 - 1e-15, -1.0), (3.0, 1.0 / 3.0, -1.0)],
    "dot": [(1.0, 1e8, 1.0, 3.0, 1.0, 2.0)],
    "prod": [(0.0, 2.0, 3.0), (0.0, 0.0, 3.0)],
}  # fmt: skip


def points(row: Primitive, count: int = 25, seed: int = 1) -> list[Point]:
    """Points of the row's box, the same on every run, then its tails."""
    draw = random.Random(f"{row.name} {seed}")
    drawn: list[Point] = []
    for i in range(count):
        box = row.domain.box if row.arity else row.domain.box * (2 * (i % 3 + 1))
        point = [draw.uniform(low, high) for low, high in box]
        whole = [round(x) if (row.name, k) in WHOLE else x for k, x in enumerate(point)]
        drawn.append(tuple(map(float, whole)))
    return drawn + [x if isinstance(x, tuple) else (x,) for x in TAILS.get(row.name, ())]


def differentiable(row: Primitive, point: Point) -> list[int]:
    return [i for i in range(len(point)) if (row.name, i) not in WHOLE]


class Exact:
    """A row's mathematics at one point: the value and derivatives by differences at many digits."""

    def __init__(self, name: str, point: Point) -> None:
        self.f = REFERENCE[name]
        self.point = point
        self.digits = DIGITS.get(name, 700)

    def __call__(self, *moves: int) -> Any:
        """The derivative by the operands named in `moves`: () is the value, (0, 1) is d2f/dx0dx1."""
        with mp.workdps(self.digits):
            steps = [mp.mpf(10) ** -30 * (abs(mp.mpf(x)) or 1) for x in self.point]
            total = mp.mpf(0)
            for signs in itertools.product((1, -1), repeat=len(moves)):
                xs = [mp.mpf(x) for x in self.point]
                for i, sign in zip(moves, signs, strict=True):
                    xs[i] += sign * steps[i]
                total += math.prod(signs) * self.f(*xs)
            return total / mp.fprod(2 * steps[i] for i in moves)


def partials_of(row: Primitive, point: Point) -> list[Any]:
    return row.local_partials(point, row.value(*point), [True] * len(point))


def error(got: float, exact: Any) -> float:
    """In units of the last place of the exact result."""
    with mp.workdps(50):
        return float(abs(mp.mpf(got) - exact) / math.ulp(max(abs(float(exact)), 1e-300)))
