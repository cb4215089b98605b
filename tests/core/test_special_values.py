"""Zeros with signs, infinities, nan and subnormal numbers through every row, in every mode.

Values are NumPy's, bit for bit, where NumPy has the operation: zeros with their signs, infinities,
nan (any nan is equal to any nan) and subnormal numbers exactly, other numbers to 4 units in the
last place, since NumPy's own vector functions are no better. `APART` holds the exceptions.
"""

import itertools
import math
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.core.table import TABLE
from tests.operations import OPERATIONS, PLACES, Point
from tests.operations.operation import LARGEST, NORMAL, SMALLEST, inf, nan
from tests.support.coded import coded, decoded

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")
BACKENDS = ["python", pytest.param("llvm", marks=NO_LLVM)]
ZEROS = [0.0, -0.0]
SPECIAL = [*ZEROS, 1.0, -1.0, 0.5, -0.5, inf, -inf, nan, SMALLEST, -SMALLEST]
SPECIAL += [LARGEST, -LARGEST, NORMAL]
FEWER = [0.0, -0.0, 1.0, -0.5, inf, -inf, nan, SMALLEST, -LARGEST]
WHOLE = [name for name, operation in OPERATIONS.items() if operation.whole]  # tested by themselves
WITH_NUMPY = [name for name, operation in OPERATIONS.items() if operation.numpy]
WITHOUT_NUMPY = [name for name, operation in OPERATIONS.items() if operation.at_places]


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
    operation = OPERATIONS[name]
    assert operation.numpy
    with np.errstate(all="ignore"):
        return float(operation.numpy(*map(np.float64, point))), operation.same_bits


def test_every_entry_says_what_its_values_are() -> None:
    assert sorted([*WITH_NUMPY, *WITHOUT_NUMPY, *WHOLE]) == sorted(OPERATIONS)
    assert {row for row, *_ in APART} <= {*WITH_NUMPY}
    for name, where, *_ in APART:  # each exception is one
        assert any(where(*point) for point in points(name)), name


@pytest.mark.parametrize("name", [name for name in TABLE if name not in WHOLE])
def test_every_value_is_a_float(name: str) -> None:
    for point in points(name):
        assert type(TABLE[name].value(*point)) is float, point


@pytest.mark.parametrize("name", WITH_NUMPY)
def test_values_are_numpys(name: str) -> None:
    for point in points(name):
        expected, exact = expected_at(name, point)
        found = TABLE[name].value(*point)
        assert agree(found, expected, exact), (point, found, expected)


@pytest.mark.parametrize("name", WITHOUT_NUMPY)
def test_values_without_numpy(name: str) -> None:
    for x, expected in zip(PLACES, OPERATIONS[name].at_places, strict=True):
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
