"""Zeros with signs, infinities, nan and subnormal numbers through every row, in every mode.

Values are NumPy's, bit for bit, where NumPy has the operation: zeros with their signs, infinities,
nan (any nan is equal to any nan) and subnormal numbers exactly, other numbers to 4 units in the
last place, since NumPy's own vector functions are no better. `APART` holds the exceptions.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.core.table import TABLE
from tests.support.coded import coded, decoded

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")
BACKENDS = ["python", pytest.param("llvm", marks=NO_LLVM)]
inf, nan = math.inf, math.nan
LARGEST, SMALLEST, NORMAL = 1.7976931348623157e308, 5e-324, 2.2250738585072014e-308
ZEROS = [0.0, -0.0]
SPECIAL = [*ZEROS, 1.0, -1.0, 0.5, -0.5, inf, -inf, nan, SMALLEST, -SMALLEST]
SPECIAL += [LARGEST, -LARGEST, NORMAL]
FEWER = [0.0, -0.0, 1.0, -0.5, inf, -inf, nan, SMALLEST, -LARGEST]
Point = tuple[float, ...]


def remainder(x: float, y: float) -> float:
    """C's, by whole numbers: x - n*y with n the nearest whole number to x/y, even at a half."""
    if x != x or y != y or math.isinf(x) or y == 0.0:
        return nan
    if math.isinf(y):
        return x
    exact = Fraction(x) - round(Fraction(x) / Fraction(y)) * Fraction(y)
    return math.copysign(float(exact), x) if exact == 0 else float(exact)


def fma(x: float, y: float, z: float) -> float:
    if not math.isfinite(x) or not math.isfinite(y):
        return x * y + z
    if not math.isfinite(z):
        return z
    exact = Fraction(x) * Fraction(y) + Fraction(z)
    if exact == 0:
        return x * y + z if abs(x * y) < NORMAL and z == 0.0 else 0.0
    try:
        return float(exact)
    except OverflowError:
        return inf if exact > 0 else -inf


def bell(a: float, x: float) -> float:
    """The exponential wins over every factor, an infinite one too."""
    if x != x or a != a:
        return nan
    return a * float(np.exp(-x * x)) if abs(x) < 40.0 else 0.0


def xlogy(x: float, y: float) -> float:
    return 0.0 if x == 0.0 and y == y else x * float(np.log(y))


def added(xs: Sequence[float]) -> float:
    total = 0.0
    for x in xs:
        total += x
    return total


def halves(f: Callable[..., float]) -> Callable[..., float]:
    return lambda *xs: f(xs[: len(xs) // 2], xs[len(xs) // 2 :])


# Rows by NumPy's function: those that round once, or not at all, have its bits.
EXACT: dict[str, Any] = {
    **{"identity": np.positive, "neg": np.negative, "abs": np.fabs, "sign": np.sign},
    **{"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "sqrt": np.sqrt},
    **{"square": np.square, "reciprocal": np.reciprocal, "copysign": np.copysign, "fmod": np.fmod},
    **{"floor": np.floor, "ceil": np.ceil, "trunc": np.trunc, "round": np.rint},
    **{"mod": np.remainder, "floordiv": np.floor_divide},
    **{"maximum": np.maximum, "minimum": np.minimum, "clip": np.clip},
    **{"lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal},
    **{"eq": np.equal, "ne": np.not_equal},
    **{"and": np.logical_and, "or": np.logical_or, "not": np.logical_not},
    "where": lambda c, x, y: np.where(c != 0.0, x, y),
}
CLOSE: dict[str, Any] = {
    **{"exp": np.exp, "exp2": np.exp2, "expm1": np.expm1, "pow": np.power, "cbrt": np.cbrt},
    **{"log": np.log, "log2": np.log2, "log10": np.log10, "log1p": np.log1p},
    **{"sin": np.sin, "cos": np.cos, "tan": np.tan, "atan2": np.arctan2, "hypot": np.hypot},
    **{"asin": np.arcsin, "acos": np.arccos, "atan": np.arctan},
    **{"sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh},
    **{"asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh},
    **{"radians": np.radians, "degrees": np.degrees, "logaddexp": np.logaddexp},
}
# Rows that NumPy has not, by what they are in its operations or in whole numbers.
WRITTEN: dict[str, Callable[..., Any]] = {
    "relu": lambda x: np.where((x > 0.0) | (x != x), x, 0.0),
    "leaky_relu": lambda x, slope: np.where(x > 0.0, x, slope * x),
    "elu": lambda x, alpha: np.where(x > 0.0, x, alpha * np.expm1(x)),
    "remainder": lambda x, y: remainder(float(x), float(y)),
    "expdiff": lambda x, y: np.exp(x - y),
    "bell": lambda a, x: bell(float(a), float(x)),
    "sech2": lambda x: 4.0 * np.exp(-2.0 * np.abs(x)) / (1.0 + np.exp(-2.0 * np.abs(x))) ** 2,
    "fma": lambda x, y, z: fma(float(x), float(y), float(z)),
    "xlogy": lambda x, y: xlogy(float(x), float(y)),
    "sum": lambda *xs: added(xs),
    "mean": lambda *xs: added(xs) / len(xs),
    "prod": lambda *xs: math.prod(xs, start=1.0),
    "dot": halves(lambda xs, ys: added([x * y for x, y in zip(xs, ys, strict=True)])),
    "norm": np.hypot,
    "logsumexp": np.logaddexp,
}
# Functions of one number that NumPy has not: at 0, -0, inf, -inf, nan, the smallest number and its
# negative, the largest and its negative, and the smallest normal one.
PLACES = [*ZEROS, inf, -inf, nan, SMALLEST, -SMALLEST, LARGEST, -LARGEST, NORMAL]
LN2, EULER = math.log(2.0), 0.5772156649015329
TINY_ERF = 2.0 / math.sqrt(math.pi) * NORMAL
AT_PLACES: dict[str, list[float]] = {
    "erf": [0.0, -0.0, 1.0, -1.0, nan, SMALLEST, -SMALLEST, 1.0, -1.0, TINY_ERF],
    "erfc": [1.0, 1.0, 0.0, 2.0, nan, 1.0, 1.0, 0.0, 2.0, 1.0],
    "gamma": [inf, -inf, inf, nan, nan, inf, -inf, inf, nan, 2.0**1022],
    "lgamma": [inf, inf, inf, inf, nan, -math.log(5e-324), -math.log(5e-324), inf, inf, 1022 * LN2],
    "digamma": [-inf, inf, inf, nan, nan, -inf, inf, math.log(LARGEST), nan, -(2.0**1022)],
    "sigmoid": [0.5, 0.5, 1.0, 0.0, nan, 0.5, 0.5, 1.0, 0.0, 0.5],
    "softplus": [LN2, LN2, inf, 0.0, nan, LN2, LN2, LARGEST, 0.0, LN2],
    "gelu": [0.0, -0.0, inf, -0.0, nan, 0.0, -0.0, LARGEST, -0.0, NORMAL / 2.0],
    "silu": [0.0, -0.0, inf, -0.0, nan, 0.0, -0.0, LARGEST, -0.0, NORMAL / 2.0],
}
WHOLE = {"polygamma", "round_to"}  # whose second operand is a whole number: tested by themselves


def ties(*xs: float) -> bool:
    """Zeros of both signs among them."""
    return {math.copysign(1.0, x) for x in xs if x == 0.0} == {1.0, -1.0}


# Where the answer is not NumPy's: (row, points, ours, why).
APART: list[tuple[str, Callable[..., bool], Callable[..., float], str]] = [
    ("sign", lambda x: x == 0.0, lambda x: x, "a zero keeps its sign, as in C and JAX"),
    ("maximum", ties, lambda x, y: y, "which zero is larger NumPy leaves to the processor"),
    ("minimum", ties, lambda x, y: y, "likewise"),
    (
        "clip",
        lambda x, low, high: ties(x, low) or ties(max(x, low), high) or ties(low, high),
        lambda x, low, high: TABLE["minimum"](TABLE["maximum"](x, low), high),
        "likewise",
    ),
    (
        "pow",
        lambda x, y: y == 0.5 and (x in (0.0, -inf)),
        lambda x, y: abs(x),
        "C's pow (IEEE 754, 9.2.1); some of NumPy's take the square root, -0 and nan",
    ),
]


def bits(x: Any) -> str:
    return "nan" if x != x else float(x).hex()


def agree(found: float, expected: float, exact: bool) -> bool:
    if bits(found) == bits(expected):
        return True
    ordinary = math.isfinite(found) and math.isfinite(expected) and abs(expected) >= NORMAL
    return not exact and ordinary and abs(found - expected) <= 4.0 * math.ulp(expected)


def points(name: str) -> list[Point]:
    arity = TABLE[name].arity or 2
    return [*itertools.product(SPECIAL if arity < 3 else FEWER, repeat=arity)]


def expected_at(name: str, point: Point) -> tuple[float, bool]:
    """What the row gives there, and whether to the last bit."""
    for row, where, ours, _ in APART:
        if row == name and where(*point):
            return ours(*point), True
    f = EXACT.get(name) or CLOSE.get(name) or WRITTEN[name]
    with np.errstate(all="ignore"):
        return float(f(*map(np.float64, point))), name in EXACT


ROWS = [name for name in TABLE if name not in WHOLE and name not in AT_PLACES]


def test_every_row_is_here_once() -> None:
    names = [*EXACT, *CLOSE, *WRITTEN, *AT_PLACES, *WHOLE]
    assert sorted(names) == sorted(TABLE)
    assert {row for row, *_ in APART} <= {*EXACT, *CLOSE}
    for name, where, *_ in APART:  # each exception is one
        numpy = EXACT.get(name) or CLOSE[name]
        assert any(where(*point) for point in points(name)), numpy


@pytest.mark.parametrize("name", ROWS)
def test_values_are_numpys(name: str) -> None:
    for point in points(name):
        expected, exact = expected_at(name, point)
        found = TABLE[name].value(*point)
        assert agree(found, expected, exact), (point, found, expected)


@pytest.mark.parametrize("name", AT_PLACES)
def test_values_without_numpy(name: str) -> None:
    for x, expected in zip(PLACES, AT_PLACES[name], strict=True):
        found = TABLE[name].value(x)
        assert agree(found, expected, exact=False), (x, found, expected)


def check_modes(f: Callable[..., Any], table: list[Point], backend: str) -> None:
    """Eager and compiled scalar code give f's bits; a batch gives them to 4 units."""
    code, whole = ag.jit(coded(f), backend=backend), ag.jit(f, backend=backend)
    columns = [np.array(column) for column in zip(*table, strict=True)]
    mapped = whole.map(*columns).tolist()
    for point, in_batch in zip(table, mapped, strict=True):
        expected = f(*point)
        eager = f(*map(ag.Value, point))
        assert bits(getattr(eager, "data", eager)) == bits(expected), point
        assert bits(decoded(code(*point))) == bits(expected), (point, expected)
        assert agree(float(in_batch), float(expected), exact=False), (point, in_batch, expected)
    for point in table[::5] if backend == "python" else ():  # LLVM takes its time to compile
        assert bits(whole(*point)) == bits(f(*point)), point


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", [name for name in TABLE if name not in WHOLE])
def test_every_mode(name: str, backend: str) -> None:
    table = points(name)
    check_modes(TABLE[name], table[:: 1 if len(table) < 300 else 7], backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_rows_of_whole_numbers(backend: str) -> None:
    polygamma, round_to = TABLE["polygamma"], TABLE["round_to"]
    unary = [(x,) for x in SPECIAL]
    for n in (1.0, 2.0):
        check_modes(lambda x, n=n: polygamma(n, x), unary, backend)
        assert bits(polygamma(n, nan)) == "nan"
    for n in (2.0, 400.0):
        check_modes(lambda x, n=n: round_to(x, n), unary, backend)
        for x in (*ZEROS, inf, -inf, nan):
            assert bits(round_to(x, n)) == bits(x)
    assert [polygamma(1.0, x) for x in (0.0, -0.0, inf)] == [inf, inf, 0.0]
    assert [polygamma(2.0, x) for x in (0.0, -0.0, inf)] == [-inf, inf, 0.0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_sums_over_a_batch(backend: str) -> None:
    f = ag.jit(lambda x, y: x * y, backend=backend)
    for x, y in itertools.product(SPECIAL, repeat=2):
        for fill in (0.0, 1.0):  # a lane beside others, as vector code has them
            xs, ys = [x, fill, fill, fill, fill], [y, 0.0, 0.0, 0.0, 0.0]
            total = x * y + 0.0
            assert bits(f.sum(xs, ys)) == bits(total), (x, y)
            assert bits(f.mean(xs, ys)) == bits(total / 5), (x, y)
    assert bits(f.sum([inf, -inf], [1.0, 1.0])) == "nan"
    assert bits(f.sum([inf, 1.0, LARGEST], [1.0, -LARGEST, 1.0])) == bits(inf)


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "pow", "mod", "floordiv"])
def test_operators_have_the_rows_bits(name: str) -> None:
    operators: dict[str, Callable[[Any, Any], Any]] = {
        **{"add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y},
        **{"div": lambda x, y: x / y, "pow": lambda x, y: x**y, "mod": lambda x, y: x % y},
        "floordiv": lambda x, y: x // y,
    }
    f = operators[name]
    for x, y in points(name):
        expected = bits(TABLE[name].value(x, y))
        v, w = ag.Value(x), ag.Value(y)
        assert {bits(f(v, w).data), bits(f(v, y).data), bits(f(x, w).data)} == {expected}
        assert bits(f(v, np.float64(y)).data) == expected


def test_what_is_not_equal_is_told() -> None:
    assert not agree(0.0, -0.0, False) and not agree(0.0, SMALLEST, False)
    assert not agree(inf, LARGEST, False) and not agree(nan, 0.0, False)
    assert not agree(1.0, 1.0 + 5 * 2.0**-52, False) and not agree(1.0, 1.0 + 2.0**-52, True)
    assert agree(1.0, 1.0 + 2.0**-52, False) and agree(nan, -nan, True)
    assert bits(decoded(coded(lambda x: -x)(0.0))) == bits(-0.0)

    def drops_signs(x: Any) -> Any:
        return x + 0.0 if isinstance(x, float) else x * 1.0

    with pytest.raises(AssertionError):
        check_modes(drops_signs, [(-0.0,)], "python")
