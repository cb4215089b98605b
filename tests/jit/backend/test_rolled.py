"""Rolled loops give the numbers of the loop: values, gradients, errors, warnings."""

import math
import pickle
import random
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.core.order import topological_order
from autograd_lite.jit.loops import roll
from tests.support.cases import limit_examples, loop_over, mark_slow_after
from tests.support.rolled_loops import LOOPS, OPERATIONS, POINT, SMALL, WHOLE, long, loop, total

np = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")
RANDOM = random.Random(11)
DATA = [RANDOM.uniform(-1.0, 1.0) for _ in range(600)]
EPS = 2.0**-52


@pytest.fixture(autouse=True, scope="module")
def small_loops() -> Iterator[None]:
    """Roll loops of any length, so that those of the tests may be short."""
    with mock.patch.multiple(roll, FEWEST_OPERATIONS=400, FEWEST_IN_ALL=0):
        yield


def is_rolled(f: Any) -> bool:
    """Return whether any code of a jitted function is rolled."""
    all_specs = [spec for specs in f.cache.list_specializations() for spec in specs.specs]
    made = [code for spec in all_specs for code in spec._compiled.values()]
    return any(type(code).__name__ == "RolledProgram" for code in made)


def close(found: Any, expected: Any, scale: Any = 1.0) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13 * np.max(scale))


def magnitudes(y: Any, leaves: Sequence[Any]) -> list[float]:
    """Sum the sizes of what a backward pass from y adds up, per leaf."""
    sizes = {id(y): 1.0}
    for node in reversed(topological_order(y)) if isinstance(y, Value) else ():
        for x, d in node.edges():
            sizes[id(x)] = sizes.get(id(x), 0.0) + abs(d) * sizes.get(id(node), 0.0)
    return [sizes.get(id(x), 0.0) for x in leaves]


def backward(f: Callable[..., Any], x: Sequence[Any], w: Sequence[Value]) -> list[float]:
    """Return f's value and gradient, with respect to the arguments and what f captures."""
    leaves = [Value(v) for v in x]
    for leaf in w:
        leaf.grad = 0.0
    y = f(leaves)
    y.backward()
    return [y.data, *[leaf.grad for leaf in [*leaves, *w]]]


@pytest.mark.slow
@limit_examples(30)
@example([((["x"], [(OPERATIONS[4], 0, 0)]), 20)] * 2, "before", "product", False)
@given(*LOOPS)
def test_random_loops(groups: Any, way: str, end: str, turns: bool) -> None:
    x, w = POINT[:60], [Value(v) for v in POINT[60:66]]

    def f(x: Any) -> Any:
        return loop(x, w, groups, way, end, turns)

    y = f(leaves := [Value(v) for v in x])
    sizes = magnitudes(y, [*leaves, *w])
    bounds = [sum(s * abs(v) for s, v in zip(sizes, POINT, strict=False)) + abs(y.data), *sizes]
    with mock.patch.multiple(roll, **SMALL):
        jitted, plain = ag.jit(f), ag.jit(f, roll=False)
        eager = backward(f, x, w)
        numbers = [v.data for v in w]
        results = [backward(plain, x, w), backward(jitted, x, w)]
        both = ag.jit(lambda x, w: loop(x, w, groups, way, end, turns))
        for g in (ag.value_and_grad(both, (0, 1)), ag.jit(ag.value_and_grad(both, (0, 1)))):
            v, (dx, dw) = g(x, numbers)
            results.append([v, *dx, *dw])
        dx, dw = ag.grad(both, (0, 1))(x, numbers)
        results.append([both(x, numbers), *dx, *dw])
    for found in results:
        for a, b, bound in zip(found, eager, bounds, strict=True):
            assert abs(a - b) <= 500.0 * EPS * (1.0 + bound)


@pytest.mark.parametrize("kind", mark_slow_after(5, WHOLE))
def test_every_kind_of_step_and_its_adjoint(kind: str) -> None:
    f = WHOLE[kind]
    with mock.patch.multiple(roll, **SMALL):
        jitted, gradient = ag.jit(f), ag.jit(ag.value_and_grad(f))
        y, expected = ag.value_and_grad(f)(POINT)
        leaves = [Value(v) for v in POINT]
        sizes = magnitudes(f(leaves), leaves)
        for found, slopes in (ag.value_and_grad(jitted)(POINT), gradient(POINT)):
            assert found == y or abs(found - y) <= 1e-12 * abs(y)
            np.testing.assert_allclose(slopes, expected, rtol=0.0, atol=500 * EPS * max(sizes))
        assert is_rolled(gradient)


@pytest.fixture
def w() -> list[Value]:
    return [Value(v) for v in (0.5, -0.3, 0.2)]


@pytest.fixture
def loss(w: list[Value]) -> Any:
    """Return a regression over 200 samples, whose parameters are captured."""
    return lambda: sum(
        (ag.tanh(w[0] * a + w[1]) * w[2] - b) ** 2
        for a, b in zip(DATA[:200], DATA[200:400], strict=True)
    )


def test_a_few_ulp_of_the_summed_magnitudes(loss: Any, w: list[Value]) -> None:
    jitted = ag.jit(loss)
    expected = backward(lambda _: loss(), [], w)
    sizes = [expected[0], *magnitudes(loss(), w)]
    found = backward(lambda _: jitted(), [], w)
    assert is_rolled(jitted)
    assert all(
        abs(a - b) <= 16 * EPS * size for a, b, size in zip(found, expected, sizes, strict=True)
    )


def test_captured_values_are_live(loss: Any, w: list[Value]) -> None:
    jitted = ag.jit(loss)
    for step in range(5):
        w[step % 3].data += 0.1
        close(backward(lambda _: jitted(), [], w), backward(lambda _: loss(), [], w))
    with ag.no_grad():
        y = jitted()
        close(getattr(y, "data", y), loss().data)
    assert not isinstance(y, Value) or not y.parents


@pytest.mark.parametrize("calls", [0, 1, 3])
def test_gradients_and_plain_calls_by_turns(calls: int) -> None:
    jitted, expected = ag.jit(energy), ag.grad(energy)(POINT)
    for _ in range(2):
        for _ in range(calls):
            close(jitted(POINT), energy(POINT))
        close(ag.grad(jitted)(POINT), expected)
        close(backward(jitted, POINT, [])[1:], expected)
        assert jitted([Value(POINT[0]), *POINT[1:]]).parents
    assert is_rolled(jitted)


def energy(x: Any) -> Any:
    """Compute a sum whose samples read captured, shared and given numbers."""
    m = ag.mean(x)
    return total([ag.exp(-x[0] * DATA[k]) * (v - m) ** 2 + ag.sin(v) for k, v in enumerate(x)])


def test_values_and_floats_mixed() -> None:
    x: list[Any] = [Value(v) if k % 3 else v for k, v in enumerate(POINT)]
    jitted = ag.jit(energy)
    jitted(x).backward()
    assert is_rolled(jitted)
    close([v.grad for v in x[1::3]], ag.grad(energy)(POINT)[1::3])


def test_kinds_of_arguments() -> None:
    jitted = ag.jit(energy)
    expected = energy(POINT)
    close([jitted(POINT), jitted(np.array(POINT)), jitted(tuple(POINT))], [expected] * 3)
    close(ag.grad(jitted)(np.array(POINT)), ag.grad(energy)(POINT))


def test_arrays_of_two_dimensions() -> None:
    """The third call hands the array to the code as it is."""

    def f(rows: Any) -> Any:
        return sum([ag.sin(row[0] * row[1]) * row[0] for row in rows])

    rows = np.array(DATA).reshape(300, 2)
    for g in (f, ag.grad(f)):
        jitted, expected = ag.jit(g), g(rows)
        for array in (rows, rows, rows, np.asfortranarray(rows), rows[::-1][::-1]):
            close(jitted(array), expected)
        assert is_rolled(jitted)


@pytest.mark.slow
def test_second_order() -> None:
    x = POINT[:70]
    jitted = ag.jit(energy)
    close(ag.grad(jitted)(x), ag.grad(energy)(x))
    assert is_rolled(jitted)
    expected = ag.hessian(energy)(x)
    close(ag.hessian(jitted)(x), expected, expected)
    close(ag.jit(ag.hessian(energy))(x), expected, expected)
    close(ag.jvp(jitted, (x,), (DATA[:70],)), ag.jvp(energy, (x,), (DATA[:70],)))
    close(ag.hvp(jitted, x, DATA[:70]), ag.hvp(energy, x, DATA[:70]), expected)

    def of_one(s: Any) -> Any:
        return total([ag.sin(s * d) * ag.exp(s) * s * d for d in DATA])

    for f in (ag.jit(of_one), ag.jit(ag.jit(of_one))):
        close(f(0.7), of_one(0.7))
        close(ag.grad(ag.grad(f))(0.7), ag.grad(ag.grad(of_one))(0.7), 100.0)
        close(ag.jit(ag.grad(f))(0.7), ag.grad(of_one)(0.7), 100.0)
        close(ag.grad(ag.jit(ag.grad(f)))(0.7), ag.grad(ag.grad(of_one))(0.7), 100.0)


def test_the_listing_is_of_the_whole_trace() -> None:
    jitted = ag.jit(energy)
    jitted(POINT)
    assert is_rolled(jitted)
    assert str(jitted.program).count("= sin(") == len(POINT)
    assert "define" in jitted.llvm_ir and "def " in jitted.source


def test_roll_is_kept_in_copies() -> None:
    for option in (True, False):
        copy = pickle.loads(pickle.dumps(ag.jit(energy, roll=option)))
        close(ag.grad(copy)(POINT), ag.grad(energy)(POINT))
        assert is_rolled(copy) == option


@pytest.mark.slow
def test_threads() -> None:
    jitted = ag.jit(energy)
    points = [[v + 0.01 * k for v in POINT] for k in range(8)]
    expected = {x[0]: [energy(x), *ag.grad(energy)(x)] for x in points}
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ag.value_and_grad(jitted), points * 20))
    for (y, d), x in zip(found, points * 20, strict=True):
        close([y, *d], expected[x[0]])


@pytest.mark.slow
@loop_over("n", range(1, 41))
def test_around_the_thresholds(n: int) -> None:
    def f(x: Any) -> Any:
        return total([ag.sin(long(v, 24) - DATA[k]) * v for k, v in enumerate(x)])

    jitted = ag.jit(f)
    y, d = ag.value_and_grad(jitted)(POINT[:n])
    close([y, *d], [f(POINT[:n]), *ag.grad(f)(POINT[:n])])
    assert is_rolled(jitted) == (n >= 16)


@pytest.mark.slow
def test_guards_are_not_rolled() -> None:
    def f(x: Any) -> Any:
        return total([ag.sin(v) * v * x[0] * v if v > 1.0 else v * x[0] for v in x])

    jitted = ag.jit(f)
    for x in (POINT, POINT[::-1], [v - 0.2 for v in POINT]):
        close([jitted(x), *ag.grad(jitted)(x)], [f(x), *ag.grad(f)(x)])
    assert not is_rolled(jitted)


def test_custom_primitives() -> None:
    def value(x: float) -> float:
        if x > 100.0:
            raise OverflowError(f"{x} is too much")
        return x * x * x

    cube = ag.primitive(value, partials=[lambda x, y: 3.0 * x * x])

    def f(x: Any) -> Any:
        return total([cube(v) * x[0] * v * ag.lgamma(v) for v in x])

    jitted = ag.jit(f)
    for _ in range(2):
        close(ag.grad(jitted)(POINT), ag.grad(f)(POINT))
        with pytest.raises(OverflowError, match="too much"):
            jitted([*POINT[:50], 200.0, *POINT[51:]])
    assert not is_rolled(jitted)  # a kernel would call it back for each copy


def outcomes(f: Any, x: Sequence[float]) -> Iterator[Any]:
    """Run f on Values; return its value, gradient, and the different warnings."""
    leaves = [Value(v) for v in x]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        y = f(leaves)
        y.backward()
    yield {str(w.message) for w in caught}
    yield from [y.data, *[leaf.grad for leaf in leaves]]


NOT_FINITE: dict[str, Callable[[Any], Any]] = {
    "log": lambda x: total([ag.log(v) * x[0] * v * v for v in x]),
    "exp": lambda x: total([ag.exp(1e9 * (v - 1.5)) * ag.sqrt(v) * x[0] for v in x]),
    "not taken": lambda x: total(
        [ag.where(v > 0.0, v * ag.log(v) * x[0], 0.0 * v) + v * v for v in x]
    ),
    "chosen outside": lambda x: ag.where(
        x[5] > 0.0, total([ag.log(v) * v * x[0] * v for v in x]), 3.0 * x[1]
    ),
    "zero times": lambda x: 0.0 * total([ag.log(v) * v * x[0] * v for v in x]) + x[0],
    "overflow": lambda x: total([v * 1e308 * ag.sin(v) * x[0] for v in x]),
    "shared": lambda x: total([ag.log(x[5]) * v * x[0] * v for v in x]),
}


@loop_over("kind", NOT_FINITE)
def test_what_is_not_finite_is_as_in_an_eager_run(kind: str) -> None:
    f = NOT_FINITE[kind]
    jitted = ag.jit(f)
    good = [v / 2.0 for v in POINT]
    for x in (good, [*good[:5], 0.0, *good[6:]], good):
        found, expected = list(outcomes(jitted, x)), list(outcomes(f, x))
        assert found[0] == expected[0]
        assert [math.isfinite(v) for v in found[1:]] == [math.isfinite(v) for v in expected[1:]]
        np.testing.assert_allclose(found[1:], expected[1:], rtol=1e-11, atol=1e-12)
    assert kind == "chosen outside" or is_rolled(jitted)
