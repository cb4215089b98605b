"""Random programs: eager, generated Python and machine code give the same bits.

Bits are those of packed doubles; any nan is equal to any nan.
"""

import math
import struct
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.core import contexts, table
from autograd_lite.core.order import topological_order
from autograd_lite.core.table import TABLE
from autograd_lite.testing.strategies import Expression, expressions
from tests.core.test_table import AWKWARD
from tests.support.cases import limit_examples

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")
BACKENDS = ["python", pytest.param("llvm", marks=NO_LLVM)]
EPS = 2.0**-52
FEW = settings(limit_examples(250), derandomize=True, database=None)
MORE = settings(limit_examples(1000), derandomize=True, database=None)
NUMBERS = st.floats(-4.0, 4.0).map(lambda x: round(x, 2) + 0.0) | st.sampled_from(
    [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, math.inf, -math.inf, math.nan, 5e-324, 1e308, -1e-300, 40.0]
)


def bits(tree: Any) -> Any:
    """A structure of numbers with each as its bytes."""
    if isinstance(tree, (list, tuple)):
        return [bits(x) for x in tree]
    x = tree.data if isinstance(tree, ag.Value) else float(tree)
    return "nan" if x != x else struct.pack("<d", x)


def outcome(f: Callable[..., Any], *args: Any) -> Any:
    """The bits of a result, or the error that came instead of one."""
    try:
        return bits(f(*args))
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        return type(error)


def backward(f: Callable[..., Any], point: Sequence[float]) -> list[float]:
    leaves = [ag.Value(x) for x in point]
    y = f(leaves)
    if isinstance(y, ag.Value):
        y.backward()
    return [x.grad for x in leaves]


def magnitudes(y: Any, leaves: Sequence[Any]) -> list[float]:
    """The sums of the sizes of what a sweep from y adds up, per leaf."""
    sizes = {id(y): 1.0}
    for node in reversed(topological_order(y)) if isinstance(y, ag.Value) else ():
        for x, d in node.edges():
            size = sizes.get(id(node), 0.0)
            sizes[id(x)] = sizes.get(id(x), 0.0) + (abs(d) * size if d and size else 0.0)
    return [sizes.get(id(x), 0.0) for x in leaves]


def agree(found: Any, expected: Any, size: float, signs: bool) -> bool:
    """Equal bits; or numbers summed in another order, since a recording has more nodes."""
    if isinstance(expected, str) or not isinstance(found, bytes):
        return bool(found == expected)
    (a,), (b,) = struct.unpack("<d", found), struct.unpack("<d", expected)
    if a == b:
        return bool(not signs or found == expected)
    return bool(abs(a - b) <= 4.0 * EPS * size)


def check_values(f: Any, jitted: Any, point: Sequence[float]) -> None:
    expected = outcome(f, point)
    for _ in range(2):  # recorded, replayed
        assert outcome(jitted, point) == expected


def check_gradient(f: Any, ways: Sequence[Any], point: Sequence[float], exact: bool) -> None:
    """The first way is `jit(grad(f))`, and has the signs of zeros right."""
    expected = outcome(ag.grad(f), point)
    for number, way in enumerate(ways):
        found = outcome(way, point)
        if (number == 0 and exact) or not isinstance(expected, list):
            assert found == expected
            continue
        leaves = [ag.Value(x) for x in point]
        sizes = magnitudes(f(leaves), leaves)
        for row in zip(found, expected, sizes, strict=True):
            assert agree(*row, number == 0), (number, row)


def check_hessian(f: Any, jitted: Any, point: Sequence[float]) -> None:
    found, expected = outcome(jitted, point), outcome(ag.hessian(f), point)
    if not isinstance(expected, list):
        assert found == expected
        return
    leaves = [ag.Value(x) for x in point]
    for own, wanted, slope in zip(found, expected, ag.grad(f)(leaves), strict=True):
        for row in zip(own, wanted, magnitudes(slope, leaves), strict=True):
            assert agree(*row, True), row


def check_derivatives(f: Any, points: Sequence[Sequence[float]], exact: bool = False) -> None:
    """Compare a function of a list, as Python text, with its eager self; and its derivatives."""
    jitted, slopes, curves = [ag.jit(g, backend="python") for g in (f, ag.grad(f), ag.hessian(f))]
    for point in points:
        check_values(f, jitted, point)
        ways = [slopes, ag.grad(jitted), lambda xs: backward(jitted, xs)]
        check_gradient(f, ways, point, exact)
        check_hessian(f, curves, point)


def check_machine_code(f: Any, points: Sequence[Sequence[float]]) -> None:
    """Compare machine code with Python text, bit for bit, for all derivatives at once."""

    def everything(xs: Sequence[Any]) -> list[Any]:
        found = [f(xs), *ag.grad(f)(xs), *[y for row in ag.hessian(f)(xs) for y in row]]
        # what is not finite would be left to an eager run
        return [ag.where(abs(y) < math.inf, y, 7.0) for y in found]

    python, native = [ag.jit(everything, backend=name) for name in ("python", "llvm")]
    for point in points:
        assert outcome(native, point) == outcome(python, point), point


@MORE
@given(expression=expressions(), other=st.lists(NUMBERS, min_size=3, max_size=3))
def test_the_whole_table(expression: Expression, other: list[float]) -> None:
    point = expression.point
    check_derivatives(expression.f, [point, other[: len(point)]], exact=True)


@NO_LLVM
@FEW
@given(expression=expressions(), other=st.lists(NUMBERS, min_size=3, max_size=3))
def test_the_whole_table_as_machine_code(expression: Expression, other: list[float]) -> None:
    point = expression.point
    check_machine_code(expression.f, [point, other[: len(point)]])


@MORE
@given(expression=expressions(max_operations=25, max_inputs=6))
def test_longer_programs(expression: Expression) -> None:
    check_derivatives(expression.f, [expression.point], exact=True)


def whole(x: Any) -> int:
    """int(x), which a Value refuses unless it is being recorded."""
    return int(x if isinstance(x, float) or contexts.state.recorder is not None else x.data)


def inverted(c: Any) -> Any:
    return ~c if hasattr(c, "record") else not c


def loop(x: Any, y: Any, z: Any) -> Any:
    for _ in range(whole(x) % 4):
        y = y * z + x
    return y


def newton(x: Any, y: Any) -> Any:
    """An iteration that ends by its own measure."""
    for _ in range(6):
        step = 0.5 * (ag.atan(x) - y * 0.25)
        x = x - step
        if abs(step) < 0.125:
            break
    return x


where, raised = ag.where, table.pow  # `**` of large floats raises
OPERATIONS: dict[str, Callable[..., Any]] = {}
OPERATIONS |= {
    "branch": lambda x, y, z, c: ag.sin(x) if y > z else x * z,
    "between": lambda x, y, z, c: x if c < y < z else z - x,
    "truth": lambda x, y, z, c: y * c if x else z,
    "nested": lambda x, y, z, c: (x if y <= c else y) if x != z else (z if y == x else -z),
    "any": lambda x, y, z, c: x + y if x > c or (y > c and not z > c) else z,
    "where": lambda x, y, z, c: where(x < y, y, ag.sqrt(z)),
    "and": lambda x, y, z, c: where((x < c) & (y >= z), z, ag.log(x)),
    "or": lambda x, y, z, c: where((x != y) | inverted(z <= c), z * z, y),
    "xor": lambda x, y, z, c: where((x > y) ^ (z > c), ag.reciprocal(x), z),
    "number": lambda x, y, z, c: where(x, y * c, z),
    "factor": lambda x, y, z, c: (x > y) * z + (y == z) * x,
    "max": lambda x, y, z, c: max(x, y, z) * c,
    "min": lambda x, y, z, c: min(x, c, z),
    "sorted": lambda x, y, z, c: sorted([x, y, z])[1],
    "whole": lambda x, y, z, c: whole(x) * y,
    "loop": lambda x, y, z, c: loop(x, y, z),
    "newton": lambda x, y, z, c: newton(x, y),
    "fan": lambda x, y, z, c: (x * y) * (x * y) + z * (x * y) - c * x,
    "relu": lambda x, y, z, c: ag.relu(x) * y,
    "maximum": lambda x, y, z, c: ag.maximum(x, y) - ag.minimum(y, z),
    "clip": lambda x, y, z, c: ag.clip(x, -abs(y), abs(z)),
    "div": lambda x, y, z, c: table.div(x, y) + z,
    "pow": lambda x, y, z, c: table.pow(x, c) * table.pow(y, z),
    "powers": lambda x, y, z, c: raised(x, 2.0) + raised(y, 1.0) - raised(z, 0.0) * raised(x, 3.0),
    "steps": lambda x, y, z, c: table.mod(x, y) + table.floordiv(z, y),
    "dot": lambda x, y, z, c: ag.dot([x, y, c], [z, x, x]),
    "lists": lambda x, y, z, c: ag.norm([x, y]) + ag.prod([x, y, z, c]) - ag.mean([x, z]),
    "softmax": lambda x, y, z, c: ag.softmax([x, y, z])[0],
    "stop": lambda x, y, z, c: ag.stop_gradient(x) * y + x,
    "inner": lambda x, y, z, c: ag.grad(lambda t: ag.sin(t * y) * ag.relu(t - z))(x),
    "along": lambda x, y, z, c: ag.jvp(
        lambda s, t: s * where(t > c, t, s), (x, y), (c, 1.0 + z * z)
    )[1],
    "neutral": lambda x, y, z, c: (x + 0.0) * 1.0 + (-0.0 + y) - (0.0 - z) / 1.0,
}
Plan = tuple[str, int, int, int, float]
INDEX = st.integers(0, 30)
PLANS = st.tuples(st.sampled_from(["return", *OPERATIONS, *TABLE]), INDEX, INDEX, INDEX, NUMBERS)


class Branching:
    """A program with real branches: each plan is an operation on earlier results."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self.plans = plans

    def f(self, inputs: Sequence[Any]) -> Any:
        results = list(inputs)
        for name, i, j, k, constant in self.plans:
            x, y, z = [results[-1 - n % len(results)] for n in (i, j, k)]
            if name == "return":
                if x > constant and y > z:
                    return ag.cos(y)
            elif name in OPERATIONS:
                results.append(OPERATIONS[name](x, y, z, constant))
            elif name == "copysign":  # which would show the sign of a nan
                results.append(ag.copysign(x, where(y == y, y, constant)))
            elif name not in ("round_to", "polygamma"):
                row = TABLE[name]
                results.append(row(*([x, y, z][: row.arity] if row.arity else [x, constant, z, y])))
        # finite, so that the compiled result counts although something was infinite on the way
        return ag.atan(results[-1])

    def __repr__(self) -> str:
        return f"Branching({self.plans!r})"


PROGRAMS = st.lists(PLANS, min_size=1, max_size=7).map(Branching)
POINTS = st.lists(st.lists(NUMBERS, min_size=3, max_size=3), min_size=3, max_size=3)


@MORE
@given(program=PROGRAMS, points=POINTS)
def test_branches(program: Branching, points: list[list[float]]) -> None:
    check_derivatives(program.f, points)


@NO_LLVM
@FEW
@given(program=PROGRAMS, points=POINTS)
def test_branches_as_machine_code(program: Branching, points: list[list[float]]) -> None:
    check_machine_code(program.f, points)


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATIONS)
@settings(FEW, max_examples=10)
@given(points=st.lists(st.lists(NUMBERS, min_size=3, max_size=3), min_size=9, max_size=9))
def test_each_operation(name: str, points: list[list[float]]) -> None:
    check_derivatives(lambda xs: OPERATIONS[name](*xs, 0.5), points)


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", TABLE)
def test_awkward_points(backend: str, name: str) -> None:
    """Value and derivatives, by a recording made elsewhere, at the points where rows go wrong."""
    row = TABLE[name]
    points = [point for other, point, _, _ in AWKWARD if other == name]
    places = [high for _, high in row.domain.box]
    for f in (row, lambda *xs: ag.atan(row(*xs))):
        compiled = ag.jit(f, backend=backend)
        for point in points:
            elsewhere = places if row.arity else places * len(point)
            compiled(*elsewhere)
            assert outcome(compiled, *point) == outcome(f, *point), point
            for i in range(len(point)):
                slope = ag.jit(ag.grad(f, i), backend=backend)
                slope(*elsewhere)
                assert outcome(slope, *point) == outcome(ag.grad(f, i), *point), (point, i)
