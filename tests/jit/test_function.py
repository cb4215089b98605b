"""The jitted function: branching calls, derivatives, contexts, threads, errors."""

import math
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value
from tests.support.cases import loop_over, mark_slow_after

NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")


def count_runs(f: Callable[..., Any]) -> tuple[Callable[..., Any], Counter[str]]:
    """Return f, and a Counter of its runs, since a list's elements would be watched."""
    runs: Counter[str] = Counter()

    def g(*args: Any) -> Any:
        runs["all"] += 1
        return f(*args)

    return g, runs


def fold(x: Any, y: Any) -> Any:
    """Compute another formula on every path."""
    if x > y:
        x, y = y, x
    if x < 0.0:
        return ag.sin(x) * y
    while x < 2.0:
        x = x * 1.5 + 0.25
        if y > 3.0 and x > 1.0:
            return x - y
    return max(x, y) if y != 2.5 else min(x, y) * y


def flat(tree: Any) -> list[float]:
    return [y for x in tree for y in flat(x)] if isinstance(tree, (list, tuple)) else [tree]


GRID = [(0.3 * i - 2.0, 0.7 * j - 3.0) for i in range(15) for j in range(12)]


def test_each_call_takes_its_own_path(jit: Any) -> None:
    f, runs = count_runs(fold)
    jitted = jit(f)
    for _ in range(2):
        for point in GRID:
            assert jitted(*point) == fold(*point)
    assert 5 < runs.total() < 40  # a run per path


@pytest.mark.slow
def test_derivatives_take_the_same_paths(jit: Any) -> None:
    jitted = jit(fold)
    slope, curve = jit(ag.grad(fold, (0, 1))), jit(ag.hessian(fold, (0, 1)))
    for x, y in GRID:
        assert slope(x, y) == ag.grad(jitted, (0, 1))(x, y) == ag.grad(fold, (0, 1))(x, y)
        curves = flat(ag.hessian(fold, (0, 1))(x, y))
        assert flat(curve(x, y)) == pytest.approx(curves, rel=1e-14)
        assert flat(ag.hessian(jitted, (0, 1))(x, y)) == pytest.approx(curves, rel=1e-14)


def curved(p: list[Any]) -> Any:
    return ag.sin(p[0]) * p[1] ** 3 + ag.exp(p[0] * p[1])


POINT, ALONG = [0.5, 1.25], [1.0, -2.0]
TRANSFORMS: dict[str, Callable[[Any], Callable[[Any], Any]]] = {
    "grad": ag.grad,
    "value_and_grad": ag.value_and_grad,
    "jacobian": ag.jacobian,
    "hessian": ag.hessian,
    "third": lambda f: ag.jacobian(ag.hessian(f)),
    "hvp": lambda f: lambda p: ag.hvp(f, p, ALONG),
    "jvp": lambda f: lambda p: ag.jvp(f, (p,), (ALONG,)),
    "vjp": lambda f: lambda p: ag.vjp(f, p)[1](2.0),
    "jvp of jvp": lambda f: lambda p: ag.jvp(lambda q: ag.jvp(f, (q,), (p,))[1], (p,), (ALONG,))[1],
}


@loop_over("name", TRANSFORMS)
def test_transforms_through_and_inside(jit: Any, name: str) -> None:
    transform = TRANSFORMS[name]
    expected = transform(curved)(POINT)
    ways = [transform(jit(curved)), jit(transform(curved)), jit(transform(jit(curved)))]
    for way in ways:
        for _ in range(2):
            assert flat(way(POINT)) == pytest.approx(flat(expected), rel=1e-14)
    assert flat(ways[1](POINT)) == flat(expected)


def test_an_optimiser_loop_is_the_eager_one(jit: Any) -> None:
    def train(decorate: Callable[[Any], Any]) -> list[float]:
        w, b = Value(0.1), Value(-0.2)
        optimiser = ag.optim.SGD([w, b], lr=0.05)

        @decorate
        def loss(xs: list[Any], ys: list[Any]) -> Any:
            errors = [ag.tanh(w * x + b) - y for x, y in zip(xs, ys, strict=True)]
            return ag.sum([e * e for e in errors])

        history = []
        for step in range(40):
            y = loss([0.1 * step, 1.0, -2.0], [0.5, 0.75, -0.25])
            optimiser.zero_grad()
            y.backward()
            optimiser.step()
            history += [y.data, w.data, b.data]
        return history

    assert train(jit) == pytest.approx(train(lambda f: f), rel=1e-12)


def test_a_jitted_function_inside_another(jit: Any) -> None:
    inner, runs = count_runs(lambda x: x * x if x > 1.0 else ag.exp(x))
    jitted = jit(inner)
    outer = jit(lambda x: jitted(x) + jitted(x - 1.0))
    for x in (0.5, 1.5, 2.5, 0.25, 3.0):
        assert outer(x) == inner(x) + inner(x - 1.0)
    assert runs.total() == 3 * 2 + 5 * 2
    assert jit(jit(inner))(2.0) == 4.0


def test_under_no_grad(jit: Any) -> None:
    w = Value(2.0)
    f = jit(lambda x: w * x)
    pair = jit(lambda x: [w * x, x])
    with ag.no_grad():
        assert type(f(3.0)) is Value
        assert f(3.0).parents == ()
        assert [y.parents for y in pair(Value(3.0))] == [(), ()]
    f(3.0).backward()
    assert w.grad == 3.0


def test_under_detect_anomaly(jit: Any) -> None:
    f = jit(lambda x: ag.where(x > 0.0, ag.log(x), x))
    assert f(2.0) == math.log(2.0)
    with ag.detect_anomaly(), pytest.raises(FloatingPointError, match=r"log\(-1.0\) gave nan"):
        f(Value(-1.0))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_results_that_are_not_finite(jit: Any) -> None:
    f, g = (lambda x: ag.log(x) * 2.0), (lambda x: x - x)
    jitted = jit(f)
    assert jitted(1.0) == 0.0
    assert jitted(0.0) == -math.inf
    assert math.isnan(jitted(-1.0))
    assert math.isnan(jitted(math.nan))
    assert math.isnan(jit(g)(math.inf))
    assert ag.grad(jitted)(0.0) == ag.grad(f)(0.0) == math.inf
    leaf = Value(0.0)
    jitted(leaf).backward()
    assert leaf.grad == math.inf


def test_a_domain_is_warned_about_as_in_an_eager_run(jit: Any) -> None:
    f = jit(lambda x: ag.log(x))
    f(1.0)
    with pytest.warns(RuntimeWarning, match=r"log\(-2.0\) is outside the domain of log"):
        f(-2.0)


def test_what_is_no_function() -> None:
    with pytest.raises(TypeError, match="takes a function, not int"):
        ag.jit(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="backend must be"):
        ag.jit(abs, backend="fortran")


def test_name_and_text(jit: Any) -> None:
    def f(x: Any) -> Any:
        """Twice the sine."""
        return ag.sin(x) * 2.0 if x > 0.0 else x

    jitted = jit(f)
    assert (jitted.__name__, jitted.__doc__, jitted.__wrapped__) == ("f", "Twice the sine.", f)
    jitted(1.0)
    assert "sin" in str(jitted.program)
    assert "guard" in str(jitted.program)
    assert f"{__file__}:" in str(jitted.program)
    assert "return" in jitted.source
    assert ag.jit(backend="python")(f)(1.0) == f(1.0)


@pytest.mark.slow
def test_threads_trace_and_call_at_once(jit: Any, at_once: Any) -> None:
    f, g = jit(fold), jit(lambda x, y: fold(x, y) * int(x + y))

    def work(number: int) -> None:
        for x, y in GRID[number::2] + GRID[::7]:
            assert g(x, y) == fold(x, y) * int(x + y)
            assert ag.grad(f)(x, y) == ag.grad(fold)(x, y)

    assert at_once(work) == []


@pytest.mark.parametrize("count", mark_slow_after(1, [1_000, 100_000]))
def test_long_chains(jit: Any, count: int) -> None:
    def f(x: Any) -> Any:
        y = x
        for _ in range(count):
            y = y * 0.5 + x
        return y

    jitted = jit(f)
    for x in (1.0, 2.0):
        assert jitted(x) == f(x)
    leaf = Value(3.0)
    jitted(leaf).backward()
    assert leaf.grad == ag.grad(f)(3.0)


@pytest.mark.slow
def test_wide_sums(jit: Any) -> None:
    def f(xs: list[Any]) -> Any:
        return ag.sum([ag.sin(x) * y for x, y in zip(xs, xs[1:] + xs[:1], strict=True)])

    points = [[0.01 * k + shift for k in range(1_000)] for shift in (0.0, 1.0)]
    # a rolled sum is added up in another order
    jitted, slope = jit(f, roll=False), jit(ag.grad(f), roll=False)
    for xs in points:
        assert jitted(xs) == f(xs)
        assert slope(xs) == ag.grad(f)(xs)
        assert ag.grad(jitted)(xs) == ag.grad(f)(xs)
