"""The loop where there is no vector code: what a kernel gives, and operations of a user's own."""

import math
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.core import table as p
from autograd_lite.jit.backend import choose
from autograd_lite.jit.backend.loop_batch import ScalarKernel
from autograd_lite.jit.ir.program import Program, SymbolicTape
from autograd_lite.jit.record.tape import Guard, Symbol
from tests.support.cases import limit_examples, loop_over

np = pytest.importorskip("numpy")
NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")
BACKENDS = ["python", pytest.param("llvm", marks=NO_LLVM)]


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def jit(backend: str) -> Callable[..., Any]:
    """`ag.jit` with a back end."""
    return lambda f, **options: ag.jit(f, backend=backend, **options)


def program_of(f: Any, inputs: int, guards: Any = ()) -> Any:
    """The program of a function of symbols that returns a list; guards: (an output, truth)."""
    tape = SymbolicTape(inputs)
    outputs = [x.slot for x in f(*[Symbol(tape, k) for k in range(inputs)])]
    tape.outputs = outputs[: len(outputs) - len(guards)]
    tape.guards = [Guard(outputs[k], expected, "here") for k, expected in guards]
    return Program.of(tape)


def loop_of(backend: str, program: Any, batched: Any, summed: Any) -> ScalarKernel:
    return ScalarKernel(program, choose.compile_scalar(backend, program), batched, summed)


def test_columns_and_numbers_apart(backend: str) -> None:
    program = program_of(lambda w, x, v, y: [x * w, y * v, x * y], 4)
    kernel = loop_of(backend, program, [False, True] * 2, [True, False, True])
    x, y = np.arange(10.0), np.arange(20.0)[::-2]
    sums, stored, failed = kernel.run([x, y], np.array([2.0, 3.0]), 10)
    assert sums.tolist() == [90.0, (x * y).sum()]
    assert [row.tolist() for row in stored] == [(3.0 * y).tolist()] and failed is None


@pytest.mark.parametrize("guards", [(), [(2, True)]])
def test_no_samples(backend: str, guards: Any) -> None:
    program = program_of(lambda x, w: [x * w, p.exp(x), x > w][: 2 + len(guards)], 2, guards)
    kernel = loop_of(backend, program, [True, False], [True, False])
    sums, stored, failed = kernel.run([np.empty(0)], np.array([1.0]), 0)
    assert sums.dtype == np.float64 and sums.tolist() == [0.0]
    assert [row.shape for row in stored] == [(0,)]
    assert failed is None if not guards else failed.shape == (0,)


def test_what_fails_a_guard_adds_nothing(backend: str) -> None:
    program = program_of(
        lambda x, w: [p.log(x) * w, x, x > 0.0, x < 3.0], 2, [(2, True), (3, True)]
    )
    x = np.array([1.0, -1.0, 2.0, math.nan, 5.0, 0.5, 0.0, math.inf, -math.inf])
    kernel = loop_of(backend, program, [True, False], [True, False])
    sums, stored, failed = kernel.run([x], np.array([2.0]), 9)
    assert failed.dtype == np.int32 and failed.tolist() == [-1, 0, -1, 0, 1, -1, 0, 1, 0]
    assert sums.tolist() == [2.0 * math.log(2.0) + 2.0 * math.log(0.5)]
    assert stored[0][failed < 0].tolist() == [1.0, 2.0, 0.5]


def test_numbers_that_are_not_finite(backend: str) -> None:
    program = program_of(
        lambda x: [p.log(x), p.reciprocal(x), p.reciprocal(x) < 9.0], 1, [(2, True)]
    )
    x = np.array([1.0, 0.0, -0.0, -1.0, math.inf, math.nan, 1e-300])
    _, (logs, inverses), failed = loop_of(backend, program, [True], [False] * 2).run(
        [x], np.empty(0), 7
    )
    good = failed < 0
    assert failed.tolist() == [-1, 0, -1, -1, -1, 0, 0]
    assert np.array_equal(logs[good], [0.0, -math.inf, math.nan, math.inf], equal_nan=True)
    assert inverses[good].tolist() == [1.0, -math.inf, -1.0, 0.0]


@pytest.mark.parametrize("backend", BACKENDS)
@limit_examples(40)
@given(
    numbers=st.lists(st.floats(-4.0, 4.0).map(lambda x: round(x, 2)), max_size=20),
    summed=st.lists(st.booleans(), min_size=3, max_size=3),
    expected=st.booleans(),
)
def test_as_each_sample_alone(backend: str, numbers: Any, summed: Any, expected: bool) -> None:
    program = program_of(
        lambda x, w: [p.sin(x) * w, p.where(x < w, x, w), p.tanh(x), x * x < w], 2, [(3, expected)]
    )
    rows = [program.compute_outputs([x, 1.5]) for x in numbers]
    passed = [(x * x < 1.5) == expected for x in numbers]
    kernel = loop_of(backend, program, [True, False], summed)
    sums, stored, failed = kernel.run([np.array(numbers)], np.array([1.5]), len(numbers))
    assert [k < 0 for k in failed.tolist()] == passed
    columns = [[row[k] for row, good in zip(rows, passed, strict=True) if good] for k in range(3)]
    own, kept = iter(sums.tolist()), iter(stored)
    for column, one in zip(columns, summed, strict=True):
        assert (next(own) if one else next(kept)[failed < 0].tolist()) == (
            sum(column) if one else column
        )


@ag.primitive(partials=[lambda x, y: 3.0 * ag.square(x)])  # type: ignore[untyped-decorator]
def cube(x: float) -> float:
    return x * x * x


@ag.primitive(partials=[lambda x, y: 0.5 / y])  # type: ignore[untyped-decorator]
def root(x: float) -> float:
    if x < 0.0:
        raise ArithmeticError("below zero")
    return math.sqrt(x)


XS = np.array([0.5, -1.5, 2.0, -0.25, 3.0, 0.75, -2.0, 1.25])


def mixed(x: Any, w: Any) -> Any:
    """An operation of a user's own on some ways."""
    if x > 1.0:
        return cube(x * w) - w
    return root(x) * cube(w) if x > 0.0 else ag.sin(x * w)


def test_operations_of_a_users_own(jit: Any) -> None:
    w, f = Value(0.75), jit(mixed)
    captured = jit(lambda x: mixed(x, w))
    numbers = [mixed(x, 0.75) for x in XS.tolist()]
    slopes = [ag.grad(mixed, 1)(x, 0.75) for x in XS.tolist()]
    for _ in range(3):
        assert f.map(XS, 0.75, in_axes=(0, None)) == pytest.approx(np.array(numbers), rel=1e-14)
        assert f.sum(XS, 0.75, in_axes=(0, None)) == pytest.approx(math.fsum(numbers), rel=1e-14)
        for node in (captured.mean(XS), f.mean(XS, w, in_axes=(0, None))):
            assert node.data == pytest.approx(math.fsum(numbers) / 8, rel=1e-14)
            w.grad = 0.0
            node.backward()
            assert w.grad == pytest.approx(math.fsum(slopes) / 8, rel=1e-14)
    found = ag.grad(ag.grad(lambda u: f.sum(XS, u, in_axes=(0, None))))(0.75)
    curves = [ag.grad(ag.grad(lambda u, x=x: mixed(x, u)))(0.75) for x in XS.tolist()]
    assert found == pytest.approx(math.fsum(curves), rel=1e-13)


def test_the_derivative_of_an_own_operation_is_mapped(jit: Any) -> None:
    slope = jit(ag.grad(mixed))
    for _ in range(2):
        found = slope.map(XS, 0.75, in_axes=(0, None)).tolist()
        assert found == pytest.approx([ag.grad(mixed)(x, 0.75) for x in XS.tolist()], rel=1e-14)


def test_what_an_own_operation_raises(jit: Any) -> None:
    w, f = Value(1.0), jit(root)
    captured = jit(lambda x: root(x) * w)
    for g in (f, captured):
        for call in (g.map, g.sum, g.mean):
            assert call(np.array([4.0, 9.0])) is not None
            for x in ([4.0, -1.0], [-1.0, 4.0], [-1.0]):
                with pytest.raises(ArithmeticError, match="below zero"):
                    call(np.array(x))
    guarded = jit(lambda x: root(x) if x >= 0.0 else x)
    for x in ([4.0, -1.0], [-1.0, 4.0], [4.0]):
        for _ in range(2):
            assert guarded.map(x).tolist() == [math.sqrt(v) if v >= 0.0 else v for v in x]
            assert guarded.sum(np.array(x)) == sum(guarded.map(x).tolist())


@loop_over("special", [ag.gamma, ag.lgamma, ag.digamma])
def test_rows_that_are_called_back(jit: Any, special: Any) -> None:
    w, x = Value(0.75), np.linspace(0.2, 4.0, 21)
    f = jit(lambda x: special(x) * w if x > 1.0 else special(x + w))
    for _ in range(2):
        w.grad = 0.0
        node = f.sum(x)
        node.backward()
        eager = Value(0.75)
        terms = [special(v) * eager if v > 1.0 else special(v + eager) for v in x.tolist()]
        total = ag.sum(terms)
        total.backward()
        assert [node.data, w.grad] == pytest.approx([total.data, eager.grad], rel=1e-13)


PARTIALS: dict[str, Callable[[Any, Any], Any]] = {
    "quotient": lambda x, y: 0.5 / y,
    "by a Value": lambda x, y: 0.5 * y / x,
    "power": lambda x, y: 0.5 * x**-0.5,
    "numbers alone": lambda x, y: 0.5 / math.sqrt(x),
}


@loop_over("name", PARTIALS)
def test_second_derivatives_however_a_partial_is_written(jit: Any, name: str) -> None:
    row = ag.primitive(lambda x: math.sqrt(x), partials=[PARTIALS[name]], name="row")
    f, x = jit(lambda x, w: row(x) * w**3), np.array([4.0, 9.0])
    curve = ag.grad(ag.grad(lambda w: f.sum(x, w, in_axes=(0, None))))(0.5)
    assert curve == pytest.approx(15.0, rel=1e-14)
    if name != "numbers alone":
        g = jit(lambda x, w: row(x * w))
        curve = ag.grad(ag.grad(lambda w: g.sum(x, w, in_axes=(0, None))))(0.25)
        assert curve == pytest.approx(-10.0, rel=1e-14)
