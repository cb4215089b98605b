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
from tests.operations import HEADINGS, OPERATIONS

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "conventions.md"


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
    """Yield (heading, row, operands) of every point of the registry."""
    for kind, heading in HEADINGS.items():
        for name, operation in OPERATIONS.items():
            for point, _ in operation.expectations(kind):
                yield heading, name, point


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


# Operands that are whole numbers: nobody differentiates there.
WHOLE = {name: tuple(operation.whole) for name, operation in OPERATIONS.items()}


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


# Why this package's answer is what it is, wherever a peer gives another: for a program, besides
# what the registry says of points.
CHOICE = "What was not chosen contributes nothing: no 0 · inf."
WHY = dict.fromkeys([text for text, *_ in (*PROGRAMS, *SECOND) if "where" in text], CHOICE)
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


def reason(name: str, point: Sequence[float]) -> str:
    """Return why this package's answer at a point is what it is, where a peer gives another."""
    why, operands = OPERATIONS[name].why, ", ".join([shown(x) for x in point])
    return why.get(operands) or why.get("", "")


def rows(peers: Sequence[Peer | None]) -> dict[str, list[Row]]:
    """Every table: the first peer is this package."""
    tables: dict[str, list[Row]] = {heading: [] for heading in HEADINGS.values()}
    for group, name, point in points():
        text, why = called(name, point), reason(name, point)
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
