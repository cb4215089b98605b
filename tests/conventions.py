"""Awkward points: values and derivatives at kinks, poles and ends of domains, beside four peers.

    python -m tests.conventions            prints the tables
    python -m tests.conventions --write    makes docs/conventions.md

Every point is asked of this package and of PyTorch, JAX, HIPS autograd and CasADi, each by its own
function on scalars in float64. A peer that is not installed leaves a column that says so.
"""

import argparse
import datetime
import importlib.metadata
import math
import os
import platform
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import autograd_lite as ag
from autograd_lite.core.table import TABLE

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "conventions.md"

# A line is an operation and its points: operands apart by spaces, points by semicolons.
GROUPS: dict[str, str] = {
    "Kinks": """
        relu: 0; -0
        abs: 0; -0
        leaky_relu: 0 0.01; 0 1; 0 2; 0 -1; -0 0.01
        elu: 0 1; 0 0.5; 0 2
        maximum: 2 2; 0 -0; inf inf; -inf -inf
        minimum: 2 2; 0 -0; inf inf
        clip: -1 -1 1; 1 -1 1; 1 1 1; 0 1 -1; -3 -1 1; 3 -1 1
        hypot: 0 0; 0 1; 1 0
        norm: 0 0 0; 0 1 0
        copysign: 0 1; 0 -1; 2 0; 2 -0; -2 3
        where: 1 2 3; 0 2 3; 1 2 nan; 0 inf 3""",
    "Jumps": """
        sign: 0; -0; 3; inf
        floor: 2; -0.5
        ceil: 2; -0.5
        trunc: -2; -0.5
        round: 2.5; 0.5; -0.5
        round_to: 0.125 2
        floordiv: 4 2; 3 -2; 1 0
        mod: 4 2; -4 2; 3 -2; 1 0; inf 2; 1 inf
        fmod: 4 2; -3 2; 1 0; inf 2; 1 inf
        remainder: 4 2; 3 2; 1 0; inf 2; 1 inf
        lt: 2 2; nan 1
        le: 2 2
        gt: 2 2
        ge: 2 2
        eq: 2 2; 0 -0; nan nan
        ne: 2 2; nan nan
        and: 1 0; nan 1
        or: 1 0; nan 0
        not: 0; nan""",
    "Poles and ends of domains": """
        sqrt: 0; -0; inf
        cbrt: 0
        log: 0; -0; inf
        log2: 0
        log10: 0
        log1p: -1
        reciprocal: 0; -0; inf
        div: 1 0; 1 -0; 0 0; inf 1; 1 inf
        asin: 1; -1
        acos: 1; -1
        acosh: 1; inf
        atanh: 1; -1
        atan2: 0 0; 0 1; 0 -1; 1 0
        pow: 0 0; 0 1; 0 2; 0 0.5; 0 -1; -0 -1; -2 0; -2 3; -2 -1; 1 inf; inf 0; nan 0; 1 nan
        xlogy: 0 0; 0 3; 0 inf; 2 0
        gamma: 0; -0
        lgamma: 0; -1; 1
        digamma: 0; -0
        polygamma: 1 0; 1 -1; 2 0""",
    "Outside the domain": """
        sqrt: -1; -inf
        log: -1; -inf
        log2: -1
        log10: -1
        log1p: -2
        asin: 2
        acos: 2
        acosh: 0.5
        atanh: 2
        pow: -2 0.5
        xlogy: 0 -1; 2 -1
        gamma: -1; -inf
        digamma: -1
        sin: inf
        cos: inf
        tan: inf""",
    "Infinity, and what is too large or too small": """
        identity: inf
        neg: 0
        add: inf -inf
        sub: inf inf
        mul: 0 inf; inf 0
        square: inf; 1e200
        fma: 1e200 1e200 -inf; 0 inf 1
        exp: 1000; -1000; inf; -inf; -740
        exp2: 2000; -inf
        expm1: 1000; -inf; 1e-18
        sinh: 1000; -1000; inf
        cosh: 1000; inf
        tanh: 1000; -1000; inf; 20
        asinh: 1e200; -1e200; inf
        atan: inf; -inf; 1e200
        sigmoid: 1000; -1000; inf; -inf; -740
        softplus: 1000; -1000; inf; -inf; -40
        logaddexp: 1000 1000; -1000 1000; inf 1; -inf 1; inf inf; -inf -inf
        logsumexp: 1000 -1000; inf 1; -inf 1; -inf -inf
        gelu: 1000; -1000; inf; -inf; -30
        silu: 1000; -1000; inf; -inf; -740
        elu: -1000 1; -inf 1; inf 1
        leaky_relu: inf 0.01; -inf 0.01
        relu: inf; -inf
        abs: inf; -inf
        erf: 30; inf; -inf
        erfc: 26; 30; inf; -inf
        expdiff: 1000 1000; inf 1; 1 inf; inf inf
        bell: 2 10; 2 inf
        sech2: 0; 400; inf; -inf
        gamma: 200; inf; -5e-324
        lgamma: inf
        digamma: inf
        hypot: 1e200 1e200; 1e-200 1e-200; 1 inf
        norm: 1e200 1e200; 1e-200 1e-200
        atan2: 1e200 1e200; 1e-200 1e-200; 1 inf; inf 1
        pow: 10 400; 5e-324 0; 2 -inf
        radians: inf
        degrees: 1e308
        sum: inf -inf
        mean: 1e308 1e308
        prod: 0 2 3; 0 0 3; inf 2
        dot: inf 0 0 1""",
    "nan": """
        relu: nan
        abs: nan
        sign: nan
        floor: nan
        leaky_relu: nan 0.01
        elu: nan 1
        maximum: nan 2; 2 nan
        minimum: nan 2; 2 nan
        clip: nan -1 1; 0.5 nan 1
        hypot: nan 1; inf nan
        sqrt: nan
        exp: nan""",
}


class Peer(NamedTuple):
    """An engine.

    Attributes:
        title: its name.
        package: what is installed for it.
        functions: what it calls the table's rows.
        derive: `(f, operands, which) -> (value, derivatives)`; what raises is a text.
        twice: `(f, x) -> second derivative` of a function of one number.
        fixed: operands that its functions take as plain numbers, by the row's name.
    """

    title: str
    package: str
    functions: dict[str, Callable[..., Any]]
    derive: Callable[..., tuple[Any, list[Any]]]
    twice: Callable[..., float]
    fixed: dict[str, tuple[int, ...]]


Program = Callable[[dict[str, Callable[..., Any]], Any], Any]

# Programs of one number, written with the rows: (text, program, point).
PROGRAMS: list[tuple[str, Program, float]] = [
    ("where(x < 1, x, sqrt(x))", lambda m, x: m["where"](x < 1.0, x, m["sqrt"](x)), 0.0),
    ("where(x > 0, log(x), 0*x)", lambda m, x: m["where"](x > 0.0, m["log"](x), 0.0 * x), 0.0),
    ("where(x != 0, sin(x)/x, 1)", lambda m, x: m["where"](x != 0.0, m["sin"](x) / x, 1.0), 0.0),
    ("where(x > 0, x*log(x), 0)", lambda m, x: m["where"](x > 0.0, x * m["log"](x), 0.0), 0.0),
    ("maximum(x, sqrt(x) - 1)", lambda m, x: m["maximum"](x, m["sqrt"](x) - 1.0), 0.0),
    ("minimum(x*x, 1/x)", lambda m, x: m["minimum"](x * x, m["reciprocal"](x)), 0.0),
    ("sqrt(relu(x))", lambda m, x: m["sqrt"](m["relu"](x)), -1.0),
    ("sqrt(maximum(x, 0))", lambda m, x: m["sqrt"](m["maximum"](x, 0.0)), -1.0),
    ("relu(log(x)) + x", lambda m, x: m["relu"](m["log"](x)) + x, 0.0),
    ("floor(sqrt(x)) + x", lambda m, x: m["floor"](m["sqrt"](x)) + x, 0.0),
    ("maximum(x, x)", lambda m, x: m["maximum"](x, x), 1.0),
    ("maximum(x, -x)", lambda m, x: m["maximum"](x, -x), 0.0),
    ("relu(x) - relu(-x)", lambda m, x: m["relu"](x) - m["relu"](-x), 0.0),
    ("sqrt(x*x)", lambda m, x: m["sqrt"](x * x), 0.0),
    ("sqrt(x)**2", lambda m, x: m["pow"](m["sqrt"](x), 2.0), 0.0),
    ("0 * log(x)", lambda m, x: 0.0 * m["log"](x), 0.0),
    ("x**x", lambda m, x: m["pow"](x, x), 0.0),
    ("xlogy(x, x)", lambda m, x: m["xlogy"](x, x), 0.0),
    ("norm([x, 0*x])", lambda m, x: m["norm"](x, 0.0 * x), 0.0),
    ("logsumexp([log(x), 0])", lambda m, x: m["logsumexp"](m["log"](x), 0.0 * x), 0.0),
]
SECOND: list[tuple[str, Program, float]] = [
    ("relu(x)", lambda m, x: m["relu"](x), 0.0),
    ("abs(x)", lambda m, x: m["abs"](x), 0.0),
    ("x**2", lambda m, x: m["pow"](x, 2.0), 0.0),
    ("x**3", lambda m, x: m["pow"](x, 3.0), 0.0),
    ("x**1.0", lambda m, x: m["pow"](x, 1.0), 0.0),
    ("x**1.5", lambda m, x: m["pow"](x, 1.5), 0.0),
    ("sqrt(x)", lambda m, x: m["sqrt"](x), 0.0),
    ("log(x)", lambda m, x: m["log"](x), 0.0),
    ("log(x)", lambda m, x: m["log"](x), -1.0),
    ("where(x < 1, x*x, sqrt(x))", lambda m, x: m["where"](x < 1.0, x * x, m["sqrt"](x)), 0.0),
    ("where(x > 0, log(x), x*x)", lambda m, x: m["where"](x > 0.0, m["log"](x), x * x), -1.0),
    ("maximum(x*x, -x)", lambda m, x: m["maximum"](x * x, -x), 0.5),
    ("tanh(x)", lambda m, x: m["tanh"](x), 1000.0),
    ("sigmoid(x)", lambda m, x: m["sigmoid"](x), -1000.0),
    ("softplus(x)", lambda m, x: m["softplus"](x), 1000.0),
    ("logaddexp(x, 0)", lambda m, x: m["logaddexp"](x, 0.0 * x), 1000.0),
    ("hypot(x, 1)", lambda m, x: m["hypot"](x, 1.0 + 0.0 * x), 0.0),
    ("elu(x)", lambda m, x: m["elu"](x, 1.0), 0.0),
]


def points() -> Iterable[tuple[str, str, tuple[float, ...]]]:
    """(group, row, operands) of every point of the table."""
    for group, text in GROUPS.items():
        for line in text.strip().splitlines():
            name, rest = line.strip().split(": ")
            for point in rest.split(";"):
                yield group, name, tuple(map(float, point.split()))


def called(name: str, point: Sequence[float]) -> str:
    """A point as the tables show it: `pow(0, -1)`."""
    return f"{name}({', '.join([shown(x) for x in point])})"


def shown(x: Any) -> str:
    """A number in a table; six digits tell all conventions apart."""
    return x if isinstance(x, str) else "nan" if x != x else f"{x:.6g}"


# This package


def _ours() -> Peer:
    functions: dict[str, Callable[..., Any]] = dict(TABLE)
    functions["where"] = ag.where

    def derive(f: Any, operands: Sequence[float], which: Sequence[int]) -> tuple[Any, list[Any]]:
        value = f(*[ag.Value(x) if i in which else x for i, x in _each(operands)])
        return value.data, [ag.grad(f, i)(*operands) if i in which else "–" for i in _all(operands)]

    def twice(f: Any, x: float) -> float:
        return float(ag.grad(ag.grad(f))(x))

    return Peer("autograd_lite", "autograd-lite", functions, derive, twice, WHOLE)


def _all(operands: Sequence[float]) -> range:
    return range(len(operands))


# Operands that are whole numbers: nobody differentiates by them.
WHOLE: dict[str, tuple[int, ...]] = {"polygamma": (0,), "round_to": (1,)}


def _operators() -> dict[str, Callable[..., Any]]:
    return {
        "neg": lambda x: -x,
        "add": lambda x, y: x + y,
        "sub": lambda x, y: x - y,
        "mul": lambda x, y: x * y,
        "div": lambda x, y: x / y,
        "pow": lambda x, y: x**y,
        "lt": lambda x, y: x < y,
        "le": lambda x, y: x <= y,
        "gt": lambda x, y: x > y,
        "ge": lambda x, y: x >= y,
        "eq": lambda x, y: x == y,
        "ne": lambda x, y: x != y,
    }


def _named(module: Any, names: str) -> dict[str, Callable[..., Any]]:
    """Functions of a module, by the rows' names: `row=function`, or one word where they agree."""
    pairs = [(word.split("=") * 2)[:2] for word in names.split()]
    return {row: getattr(module, function) for row, function in pairs if hasattr(module, function)}


def _torch() -> Peer:
    import torch

    functional = torch.nn.functional

    def t(x: Any) -> Any:
        return x if isinstance(x, torch.Tensor) else torch.tensor(x, dtype=torch.float64)

    def pair(f: Any) -> Callable[..., Any]:
        return lambda *xs: f(*[t(x) for x in xs])

    def many(f: Any) -> Callable[..., Any]:
        return lambda *xs: f(torch.stack([t(x) for x in xs]))

    elementwise = _named(
        torch,
        "identity=positive exp exp2 expm1 log log2 log10 log1p sqrt square reciprocal sin cos tan "
        "asin acos atan sinh cosh tanh asinh acosh atanh radians=deg2rad degrees=rad2deg erf erfc "
        "lgamma digamma sigmoid relu abs sign floor ceil trunc round copysign fmod atan2 hypot "
        "logaddexp xlogy maximum minimum clip=clamp floordiv=floor_divide mod=remainder "
        "and=logical_and or=logical_or not=logical_not",
    )
    functions = {
        **_operators(),
        **{name: pair(f) for name, f in elementwise.items()},
        "softplus": functional.softplus,
        "gelu": functional.gelu,
        "silu": functional.silu,
        "leaky_relu": lambda x, a: functional.leaky_relu(x, float(a)),
        "elu": lambda x, a: functional.elu(x, float(a)),
        "polygamma": lambda n, x: torch.polygamma(int(n), x),
        "round_to": lambda x, n: torch.round(x, decimals=int(n)),
        "where": lambda c, x, y: torch.where(
            c if t(c).dtype == torch.bool else t(c) != 0, t(x), t(y)
        ),
        "sum": many(torch.sum),
        "mean": many(torch.mean),
        "prod": many(torch.prod),
        "norm": many(torch.linalg.vector_norm),
        "logsumexp": many(lambda x: torch.logsumexp(x, 0)),
        "dot": lambda *xs: torch.dot(*[torch.stack(half) for half in _halves(xs)]),
    }

    def derive(f: Any, operands: Sequence[float], which: Sequence[int]) -> tuple[Any, list[Any]]:
        xs = [
            torch.tensor(x, dtype=torch.float64, requires_grad=i in which)
            for i, x in _each(operands)
        ]
        y = f(*xs)

        def slope(i: int) -> Any:
            found = torch.autograd.grad(y, xs[i], retain_graph=True, allow_unused=True)[0]
            return 0.0 if found is None else float(found)

        return float(y), [_slope(slope, i, which) for i in _all(operands)]

    def twice(f: Any, x: float) -> float:
        v = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        (slope,) = torch.autograd.grad(f(v), v, create_graph=True)
        return float(torch.autograd.grad(slope, v)[0]) if slope.requires_grad else 0.0

    fixed = {**WHOLE, "leaky_relu": (1,), "elu": (1,), "where": (0,)}
    return Peer("PyTorch", "torch", functions, derive, twice, fixed)


def _halves(xs: Sequence[Any]) -> tuple[Any, Any]:
    return xs[: len(xs) // 2], xs[len(xs) // 2 :]


def _each(operands: Sequence[float]) -> list[tuple[int, float]]:
    return list(enumerate(operands))


def _slope(f: Callable[[int], Any], i: int, which: Sequence[int]) -> Any:
    if i not in which:
        return "–"
    try:
        return f(i)
    except Exception:  # each engine has errors of its own for what it cannot differentiate
        return "raises"


_NUMPY_NAMES = (
    "identity=positive exp exp2 expm1 log log2 log10 log1p sqrt cbrt square reciprocal sin cos tan "
    "asin=arcsin acos=arccos atan=arctan sinh cosh tanh asinh=arcsinh acosh=arccosh atanh=arctanh "
    "radians degrees abs sign floor ceil trunc round copysign fmod atan2=arctan2 hypot logaddexp "
    "maximum minimum clip floordiv=floor_divide mod=remainder and=logical_and or=logical_or "
    "not=logical_not"
)


def _arrays(np: Any, special: Any) -> dict[str, Callable[..., Any]]:
    """What the two engines with NumPy's names share."""
    return {
        **_operators(),
        **_named(np, _NUMPY_NAMES),
        **_named(special, "erf erfc gamma lgamma=gammaln digamma xlogy"),
        "polygamma": lambda n, x: special.polygamma(int(n), x),
        "round_to": lambda x, n: np.round(x, int(n)),
        "where": lambda c, x, y: np.where(c if hasattr(c, "dtype") or c is True else c != 0, x, y),
        "sum": lambda *xs: np.sum(np.array(xs)),
        "mean": lambda *xs: np.mean(np.array(xs)),
        "prod": lambda *xs: np.prod(np.array(xs)),
        "norm": lambda *xs: np.linalg.norm(np.array(xs)),
        "dot": lambda *xs: np.dot(*[np.array(half) for half in _halves(xs)]),
        "logsumexp": lambda *xs: special.logsumexp(np.array(xs)),
    }


def _jax() -> Peer:
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    import jax

    jax.config.update("jax_enable_x64", True)
    functions = _arrays(jax.numpy, jax.scipy.special) | _named(
        jax.nn, "sigmoid softplus relu leaky_relu elu silu"
    )
    functions["gelu"] = lambda x: jax.nn.gelu(x, approximate=False)

    def derive(f: Any, operands: Sequence[float], which: Sequence[int]) -> tuple[Any, list[Any]]:
        xs = [jax.numpy.float64(x) for x in operands]

        def slope(i: int) -> Any:
            return float(jax.grad(f, i)(*xs))

        return float(f(*xs)), [_slope(slope, i, which) for i in _all(operands)]

    def twice(f: Any, x: float) -> float:
        return float(jax.grad(jax.grad(f))(jax.numpy.float64(x)))

    return Peer("JAX", "jax", functions, derive, twice, {**WHOLE, "where": (0,)})


def _autograd() -> Peer:
    import autograd
    import autograd.numpy as np
    from autograd.scipy import special

    functions = _arrays(np, special)
    functions["digamma"] = special.psi
    functions["relu"] = lambda x: np.maximum(x, 0.0)

    def derive(f: Any, operands: Sequence[float], which: Sequence[int]) -> tuple[Any, list[Any]]:
        xs = [np.float64(x) for x in operands]

        def slope(i: int) -> Any:
            return float(autograd.grad(f, i)(*xs))

        return float(f(*xs)), [_slope(slope, i, which) for i in _all(operands)]

    def twice(f: Any, x: float) -> float:
        return float(autograd.grad(autograd.grad(f))(np.float64(x)))

    return Peer("autograd", "autograd", functions, derive, twice, {**WHOLE, "where": (0,)})


def _casadi() -> Peer:
    import casadi as ca

    functions = {
        **_operators(),
        **_named(
            ca,
            "exp expm1 log log10 log1p sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh "
            "atanh erf abs=fabs sign floor ceil fmod remainder atan2 copysign hypot maximum=fmax "
            "minimum=fmin where=if_else",
        ),
        "identity": lambda x: +x,
        "square": lambda x: x**2,
        "reciprocal": lambda x: 1 / x,
        "relu": lambda x: ca.fmax(x, 0),
        "sum": lambda *xs: ca.sum1(ca.vertcat(*xs)),
        "norm": lambda *xs: ca.norm_2(ca.vertcat(*xs)),
        "logsumexp": lambda *xs: ca.logsumexp(ca.vertcat(*xs)),
        "dot": lambda *xs: ca.dot(*[ca.vertcat(*half) for half in _halves(xs)]),
        "and": ca.logic_and,
        "or": ca.logic_or,
        "not": ca.logic_not,
    }

    def derive(f: Any, operands: Sequence[float], which: Sequence[int]) -> tuple[Any, list[Any]]:
        symbols = [ca.SX.sym("x") for _ in operands]
        y = f(*symbols)
        value = ca.Function("f", symbols, [y])(*operands)

        def slope(i: int) -> Any:
            return float(ca.Function("d", symbols, [ca.jacobian(y, symbols[i])])(*operands))

        return float(value), [_slope(slope, i, which) for i in _all(operands)]

    def twice(f: Any, x: float) -> float:
        v = ca.SX.sym("x")
        return float(ca.Function("h", [v], [ca.jacobian(ca.jacobian(f(v), v), v)])(x))

    return Peer("CasADi", "casadi", functions, derive, twice, {**WHOLE, "where": (0,)})


PEERS = {"PyTorch": _torch, "JAX": _jax, "autograd": _autograd, "CasADi": _casadi}


# Why this package's answer is what it is, wherever a peer gives another: for a point, or for a row.
WHY: dict[str, str] = {
    "relu": "0 is the least slope from 0 to 1; `maximum(x, 0)` has a tie there.",
    "abs": "0 is the least slope from -1 to 1.",
    "leaky_relu": "The smaller of both slopes, on whichever side it is; 0 if one is below 0.",
    "elu": "The smaller of both slopes, on whichever side it is.",
    "clip": "0 is the least slope from 0 to 1 by x; a bound moves the result only outside it.",
    "hypot": "0 is the least slope at the tip of the cone.",
    "norm": "0 is the least slope at the tip of the cone.",
    "copysign": "As a function of x this is ±abs(x): 0 at its kink.",
    "maximum(0, -0)": "The second operand at a tie, whichever zero it is.",
    "minimum(0, -0)": "The second operand at a tie, whichever zero it is.",
    "sign": "The sign of a zero is kept, and nan stays nan, as in IEEE arithmetic.",
    "mod": "The result is nan, and so is what it would change by with y.",
    "mod(-4, 2)": "Python's `%`: the sign is the divisor's.",
    "fmod": "The result is nan, and so is what it would change by with y.",
    "sqrt": "The limit at the end of the domain, from inside it.",
    "sqrt(-inf)": "There is no function there, so no slope.",
    "log": "The limit at the end of the domain, from inside it.",
    "log2": "The limit at the end of the domain, from inside it.",
    "log10": "The limit at the end of the domain, from inside it.",
    "log(-1)": "There is no function there, so no slope.",
    "log(-inf)": "There is no function there, so no slope.",
    "log2(-1)": "There is no function there, so no slope.",
    "log10(-1)": "There is no function there, so no slope.",
    "log1p(-2)": "There is no function there, so no slope.",
    "atanh(2)": "There is no function there, so no slope.",
    "atan2(0, 0)": "The angle takes every value around the origin: no slope, no limit.",
    "atan2": "x / (x² + y²) without squaring, so nothing overflows or underflows.",
    "pow": "0 by x, for x⁰ is 1 everywhere; 0 by y, for 0ʸ is 0 at every y > 0.",
    "pow(0, -1)": "The limit at the pole.",
    "pow(-0, -1)": "The limit at the pole.",
    "pow(inf, 0)": "x⁰ is 1 everywhere.",
    "pow(nan, 0)": "nan has no slope, although nan⁰ is 1.",
    "xlogy": "log(y) by x, which is -inf at y = 0 and nan below; 0 by y, for 0·log(y) is 0.",
    "gamma": "The limit at the pole, with the sign of the side that the zero's sign names.",
    "lgamma": "The limit at the pole, with the sign of the side that the zero's sign names.",
    "digamma": "The limit at the pole, with the sign of the side that the zero's sign names.",
    "digamma(inf)": "The limit: the slope falls as 1/x.",
    "polygamma": "The limit at the pole; nan where its sides differ.",
    "exp": "Numbers too small for full precision are kept, not flushed to 0.",
    "sigmoid": "σ(x)·σ(-x) keeps numbers too small for full precision.",
    "silu": "The limit; numbers too small for full precision are kept.",
    "gelu": "The limit; `erfc` keeps the lower tail, which 1 + erf(x) cancels.",
    "tanh": "4σ(2x)σ(-2x) does not cancel as 1 - tanh² does.",
    "asinh": "1/hypot(1, x), which does not overflow as x² does.",
    "logaddexp": "The limit: the larger operand has it all.",
    "logaddexp(inf, inf)": "inf - inf: no limit, so nan.",
    "logsumexp": "The sum of no weight at all is exp(-inf), whose logarithm is -inf.",
    "hypot(1, inf)": "0 by the finite operand; inf / inf by the other, an exception to the rule.",
    "logsumexp(inf, 1)": "The limit: the larger operand has it all.",
    "hypot(1e+200, 1e+200)": "x / hypot(x, y), without squaring, so nothing overflows.",
    "hypot(1e-200, 1e-200)": "x / hypot(x, y), without squaring, so nothing underflows.",
    "norm(1e+200, 1e+200)": "The value is scaled, so no square overflows.",
    "norm(1e-200, 1e-200)": "The value is scaled, so no square underflows.",
    "prod": "The product of the others, multiplied out and not divided by x.",
    "relu(-0)": "0 wherever x is not above 0; 0 is the least slope from 0 to 1.",
    "relu(nan)": "nan has no slope.",
    "abs(nan)": "nan has no slope.",
    "leaky_relu(nan, 0.01)": "nan has no slope.",
    "leaky_relu(inf, 0.01)": "The slope plays no part above 0.",
    "elu(nan, 1)": "nan has no slope.",
    "maximum": "nan is passed on, as in NumPy, and has no slope.",
    "minimum": "nan is passed on, as in NumPy, and has no slope.",
    "clip(nan, -1, 1)": "nan has no slope.",
    "clip(0.5, nan, 1)": "nan is passed on, as in NumPy, and has no slope.",
    "atan2(1, inf)": "The limit: the angle is the same all around infinity.",
    "atan2(inf, 1)": "The limit: the angle is the same all around infinity.",
    "pow(4.94066e-324, 0)": "x⁰ is 1 everywhere.",
}
CHOICE = "What was not chosen contributes nothing: no 0 · inf."
WHY |= dict.fromkeys([text for text, *_ in (*PROGRAMS, *SECOND) if "where" in text], CHOICE)
WHY |= {
    "maximum(x, sqrt(x) - 1)": CHOICE,
    "minimum(x*x, 1/x)": CHOICE,
    "sqrt(relu(x))": CHOICE,
    "sqrt(maximum(x, 0))": CHOICE,
    "relu(log(x)) + x": CHOICE,
    "floor(sqrt(x)) + x": "A step is flat: no 0 · inf.",
    "maximum(x, -x)": "A half of each at the tie; the value is the second operand.",
    "relu(x) - relu(-x)": "Each kink has 0, so the sum misses the slope 1.",
    "sqrt(x*x)": "inf · 0: the chain rule has no answer, although the whole is abs(x).",
    "sqrt(x)**2": "0 · inf: the chain rule has no answer, although the whole is x.",
    "0 * log(x)": "0 · inf is nan in IEEE arithmetic; nothing is simplified away.",
    "x**x": "0 by each operand at (0, 0), by the rule for one operation; the whole falls at -inf.",
    "xlogy(x, x)": "log(0) by the first operand and 0 by the second: the limit.",
    "norm([x, 0*x])": "0 is the least slope at the tip of the cone.",
    "Second derivatives: relu(x)": "0 in every order; `maximum(x, 0)` has a tie there.",
    "Second derivatives: abs(x)": "0 in every order.",
    "Second derivatives: x**1.0": "A constant slope has the slope 0.",
    "Second derivatives: log(x)": "The limit at 0 from inside the domain; outside it no slope.",
    "Second derivatives: tanh(x)": "The formula saturates without overflow, in every order.",
    "Second derivatives: logaddexp(x, 0)": "The formula saturates without overflow, too.",
    "Second derivatives: elu(x)": "The slope itself has a kink there: from 1 on the left to 0.",
}


class Row(NamedTuple):
    """A line of a table: answers are (value, *derivatives), or a text in place of them."""

    text: str
    answers: list[Any]
    why: str


def same(x: Any, y: Any) -> bool:
    """Whether two numbers of a table agree: to six digits, infinities and nan exactly."""
    if isinstance(x, str) or isinstance(y, str):
        return True
    if x == 0.0 == y:
        return True
    close = math.isfinite(x) and math.isfinite(y) and abs(x - y) <= 1e-6 * abs(y)
    return (x != x and y != y) or x == y or close


def differs(theirs: Any, ours: Any) -> bool:
    if isinstance(theirs, str):
        return False
    (value, *slopes), (own, *others) = theirs, ours
    signs = value == own == 0.0 and math.copysign(1.0, value) != math.copysign(1.0, own)
    return signs or not all(map(same, [value, *slopes], [own, *others]))


def cell(answer: Any) -> str:
    if isinstance(answer, str):
        return answer
    value, *slopes = answer
    # the sign of a zero derivative says nothing
    return f"{shown(value)}; {', '.join([shown(d if d else 0.0) for d in slopes])}"


def asked(peer: Peer | None, name: str, point: Sequence[float]) -> Any:
    """A peer's answer at a point of the table."""
    if peer is None:
        return "not installed"
    if name not in peer.functions:
        return "–"
    which = [i for i in _all(point) if i not in peer.fixed.get(name, ())]
    value, slopes = _quietly(lambda: peer.derive(peer.functions[name], point, which))
    return (value, *slopes)


def asked_program(peer: Peer | None, program: Program, x: float, order: int) -> Any:
    """(value, derivative) of a program of one number; (derivative, second one) where order is 2."""
    if peer is None:
        return "not installed"

    def f(v: Any) -> Any:
        return program(peer.functions, v)

    try:
        value, (slope,) = _quietly(lambda: peer.derive(f, (x,), (0,)))
        return (value, slope) if order == 1 else (slope, _quietly(lambda: peer.twice(f, x)))
    except KeyError:  # it has no such function
        return "–"


def _quietly(f: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return f()


def rows(peers: Sequence[Peer | None]) -> dict[str, list[Row]]:
    """Every table: the first peer is this package."""
    tables: dict[str, list[Row]] = {group: [] for group in GROUPS}
    for group, name, point in points():
        text = called(name, point)
        why = WHY.get(text) or WHY.get(name, "")
        tables[group].append(Row(text, [asked(peer, name, point) for peer in peers], why))
    for order, group, programs in ((1, "Programs", PROGRAMS), (2, "Second derivatives", SECOND)):
        tables[group] = [
            Row(
                f"{text} at {shown(x)}",
                [asked_program(peer, program, x, order) for peer in peers],
                WHY.get(f"{group}: {text}") or WHY.get(text, ""),
            )
            for text, program, x in programs
        ]
    return tables


# The document

RULE = """# What operations mean at their awkward points

Values are those of IEEE 754 arithmetic, as NumPy gives them: nan outside a domain, an infinity at a
pole. Derivatives follow one rule, in this order:

1. the derivative, where it exists;
2. at a kink, the subgradient of least norm: the slope nearest to 0 of all between those of both
   sides;
3. else the limit, infinity allowed, from inside the domain;
4. else nan.

An operand that `where`, `maximum`, `minimum`, `clip`, `relu` or a similar operation did not choose
contributes nothing at all, so its derivative cannot turn into nan. Steps (`floor`, `sign`, `//`,
comparisons) are flat, at their jumps too; `%`, `fmod` and `remainder` have the derivative 1 with
respect to their first operand everywhere. Two limits are not taken: `hypot` and `norm` give nan
with respect to an infinite operand, where the limit is ±1, and so does `pow` with respect to its
base where the exponent is infinite. Eager runs and both backends of `jit` agree on every point.
"""

LEGEND = """
## How to read the tables

Each cell holds the value, then the derivative with respect to each operand; under "Second
derivatives" it holds the first and the second derivative. Bold marks an answer that differs from
this package's, to six digits, or a zero of the other sign as the value. A dash stands for what an
engine does not offer, or for an operand with respect to which it does not differentiate; "raises"
for a derivative that it refuses. In autograd and CasADi, which have no `relu`, it is
`maximum(x, 0)`.
"""


def document(peers: Sequence[Peer | None], titles: Sequence[str]) -> str:
    """The text of docs/conventions.md.

    Raises:
        KeyError: a peer differs at a point for which there is no reason.
    """
    lines = [RULE, LEGEND, f"{_origin(peers)}\n"]
    for group, table in rows(peers).items():
        lines += [
            f"## {group}\n",
            f"| point | {' | '.join(titles)} | why |",
            "|---" * (len(titles) + 2) + "|",
        ]
        for row in table:
            ours, *theirs = row.answers
            other = [differs(answer, ours) for answer in theirs]
            if any(other) and not row.why:
                raise KeyError(f"no reason for {row.text}: {row.answers}")
            cells = [f"**{cell(x)}**" if d else cell(x) for x, d in zip(theirs, other, strict=True)]
            why = row.why if any(other) else ""
            lines.append(f"| `{row.text}` | {' | '.join([cell(ours), *cells])} | {why} |")
        lines.append("")
    return "\n".join(lines)


def _origin(peers: Sequence[Peer | None]) -> str:
    versions = [
        f"{peer.title} {importlib.metadata.version(peer.package)}" for peer in peers[1:] if peer
    ]
    return (
        f"Made by `python -m tests.conventions --write` on {datetime.date.today()} with Python "
        f"{platform.python_version()} on {platform.machine()}: {', '.join(versions) or 'no peers'}."
    )


def installed() -> list[Peer | None]:
    """This package and its peers; None in place of one that is not installed."""
    found: list[Peer | None] = [_ours()]
    for make in PEERS.values():
        try:
            found.append(make())
        except ImportError:
            found.append(None)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"write {DOCUMENT.name}")
    options = parser.parse_args()
    text = document(installed(), ["autograd_lite", *PEERS])
    if options.write:
        DOCUMENT.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
