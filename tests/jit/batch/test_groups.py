"""Batches of a jitted function: each sample what an eager call gives, on its own path."""

import math
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.jit.call import cache, specialization
from autograd_lite.testing.strategies import Expression, expressions
from tests.support.cases import limit_examples, mark_slow_after

np = pytest.importorskip("numpy")
NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")
BACKENDS = ["python", pytest.param("llvm", marks=NO_LLVM)]
COUNTS = [0, 1, 2, 7, 8, 9, 100, 1000]


def folded(x: Any, y: Any) -> Any:
    if x > y:
        x, y = y, x
    if x < -1.0:
        return ag.sin(x) * y
    if y > 1.5:
        return 0.25
    while x < 2.0:
        x = x * 1.5 + 1.75
    return x * y if y != 0.5 else -x


def eager(f: Any, *columns: Any) -> list[Any]:
    """f of each sample, on floats."""
    return [f(*row) for row in zip(*[c.tolist() for c in columns], strict=True)]


def ways(jitted: Any) -> int:
    """How many ways of its only shape a jitted function has recorded."""
    (own,) = jitted.cache.list_specializations()
    return len(own.specs)


def check(jitted: Any, f: Any, *columns: Any) -> None:
    """Compare all three batched calls with a loop of eager calls."""
    wanted = eager(f, *columns)
    assert jitted.map(*columns) == pytest.approx(np.array(wanted), rel=1e-14, nan_ok=True)
    slack = 1e-14 * sum(map(abs, wanted))
    assert jitted.sum(*columns) == pytest.approx(math.fsum(wanted), rel=1e-13, abs=slack)
    if wanted:
        mean = math.fsum(wanted) / len(wanted)
        assert jitted.mean(*columns) == pytest.approx(mean, rel=1e-13, abs=slack)


@pytest.mark.parametrize("count", mark_slow_after(3, COUNTS))
def test_each_sample_takes_its_own_path(jit: Any, count: int) -> None:
    x, y = np.random.default_rng(count).normal(size=(2, count)) * 1.5
    y[::5] = 0.5
    jitted = jit(folded)
    for _ in range(2):
        check(jitted, folded, x, y)
    assert ways(jitted) < 30
    check(jitted, folded, y, x)


def test_the_next_batch_meets_new_ways(jit: Any) -> None:
    jitted = jit(folded)
    for seed, count in enumerate([*COUNTS, *COUNTS[::-1]]):
        check(jitted, folded, *np.random.default_rng(seed).normal(size=(2, count)))


def branching(expression: Expression, p: Any) -> Any:
    """An expression between branches; continuous in what was computed."""
    y = expression.f(list(p))
    if p[0] > expression.point[0]:
        y = 0.5 * y - p[0]
    if p[-1] < expression.point[-1]:
        return ag.cos(y)
    return y if y < 1.0 else 2.0 - 1.0 / y


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
@limit_examples(60)
@given(data=st.data(), expression=expressions())
def test_random_programs(backend: str, data: Any, expression: Expression) -> None:
    count = data.draw(st.sampled_from([0, 1, 2, 7, 8, 9]))
    moves = np.random.default_rng(count).uniform(-1e-3, 1e-3, (count, len(expression.point)))
    rows = np.array(expression.point) + moves
    w = Value(1.0)

    def scaled(p: Any, w: Any = 1.0) -> Any:
        return branching(expression, [w * x for x in p])

    wanted = [scaled(row) for row in rows.tolist()]
    slopes = [ag.grad(lambda v, row=row: scaled(row, v))(1.0) for row in rows.tolist()]
    plain = ag.jit(scaled, backend=backend)
    captured = ag.jit(lambda p: scaled(p, w), backend=backend)
    assert plain.map(rows) == pytest.approx(np.array(wanted), rel=1e-9, abs=1e-9)
    for _ in range(2):
        found = plain.sum(rows), captured.sum(rows)
        for total in found:
            assert float(getattr(total, "data", total)) == pytest.approx(
                math.fsum(wanted), abs=1e-9 * (1.0 + sum(map(abs, wanted)))
            )
        w.grad = 0.0
        if isinstance(found[1], Value):  # else nothing depends on what was captured
            found[1].backward()
        size = 1e-9 * (1.0 + sum(map(abs, slopes)))
        assert w.grad == pytest.approx(math.fsum(slopes), abs=size)


@pytest.mark.filterwarnings("ignore:.*domain of log:RuntimeWarning")
def test_results_that_are_not_finite(jit: Any) -> None:
    points = np.array([-1.0, 0.0, math.inf, math.nan, 1.0])
    f = jit(lambda x: ag.log(x) if x != 5.0 else x)
    wanted = [math.nan, -math.inf, math.inf, math.nan, 0.0]
    for _ in range(2):
        assert np.array_equal(f.map(points), wanted, equal_nan=True)
        assert f.sum(points[1:2]) == f.mean(points[[1, 4]]) == -math.inf
        assert math.isnan(f.sum(points))
    sign = jit(lambda x: 1.0 if x > 0.0 else 2.0 * x)
    assert np.array_equal(sign.map(points), [-2.0, 0.0, 1.0, math.nan, 1.0], equal_nan=True)


def test_more_ways_than_are_kept(jit: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(cache, "_MAX_SPECIALIZATIONS", 2)
    x, y = np.random.default_rng(0).normal(size=(2, 40)) * 1.5
    w, f = Value(2.0), jit(folded)
    captured = jit(lambda x: ag.sin(w * x) if x > 0.0 else w if x > -0.5 else -w * x)
    for number, g in enumerate((f, captured)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for _ in range(2):
                if number == 0:
                    check(f, folded, x, y)
                w.grad = 0.0
                captured.mean(x).backward() if number else None
        assert [str(c.message)[:17] for c in caught] == ["jit has recorded "]
        assert ways(g) == 2
    slopes = eager(lambda x: x * math.cos(2.0 * x) if x > 0.0 else 1.0 if x > -0.5 else -x, x)
    assert w.grad == pytest.approx(math.fsum(slopes) / 40, rel=1e-13)


def test_more_shapes_than_are_kept(jit: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(cache, "_MAX_SHAPES", 2)
    f = jit(lambda x, n: x**n if x > 0.0 else -n)
    x = np.random.default_rng(0).normal(size=20)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for n in (1, 2, 3, 4, 1, 3):
            wanted = [v**n if v > 0.0 else -n for v in x.tolist()]
            assert f.map(x, n, in_axes=(0, None)) == pytest.approx(np.array(wanted), rel=1e-14)
            total = f.sum(x, n, in_axes=(0, None))
            assert total == pytest.approx(math.fsum(wanted), rel=1e-13)
    assert [str(c.message)[:17] for c in caught] == ["jit has recorded "]


@pytest.mark.slow
def test_a_guard_that_vector_code_answers_otherwise(jit: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(cache, "_MAX_SPECIALIZATIONS", 20)
    x = np.random.default_rng(0).normal(size=15)
    fs: list[Callable[..., Any]] = [lambda x: x * ag.exp(x).data, lambda x: x + ag.sin(x).data]
    for f in fs:
        jitted, wanted = jit(f), [f(Value(v)).data for v in x.tolist()]
        assert jitted.map(x) == pytest.approx(np.array(wanted), rel=1e-14)
        assert jitted.sum(x) == pytest.approx(math.fsum(wanted), rel=1e-13)
        assert ways(jitted) == 15


def test_a_kernel_with_a_wrong_mask_is_caught(jit: Any, monkeypatch: Any) -> None:
    """It gives an error, or numbers that a comparison with eager calls refuses."""
    own = specialization.Specialization.compile_kernel
    changes: list[Callable[[Any], Any]] = [lambda m: m, lambda m: m[::-1], lambda m: (True, True)]
    args: Any = (np.array([1.0, 2.0, 4.0]), 3.0)
    outcomes: list[Any] = []
    for change in changes:

        def changed(path: Any, key: Any, *rest: Any, change: Any = change, **options: Any) -> Any:
            return own(path, (key[0], change(key[1]), *key[2:]), *rest, **options)

        monkeypatch.setattr(specialization.Specialization, "compile_kernel", changed)
        try:
            outcomes.append(jit(lambda x, y: x - 2.0 * y).map(*args, in_axes=(0, None)).tolist())
        except (ValueError, RuntimeError) as error:
            outcomes.append(type(error))
    assert outcomes[0] == [-5.0, -4.0, -2.0]
    assert outcomes[1] not in (outcomes[0], outcomes[2]) and isinstance(outcomes[2], type)


def test_a_batch_warns_where_one_call_would(jit: Any) -> None:
    f = jit(lambda x: ag.log(x) * 2.0 if x < 5.0 else x)
    w = Value(-2.0)
    g = jit(lambda x: ag.log(x * w))
    for batch in (
        lambda: f.map([1.0, 7.0, -1.0]),
        lambda: f.sum([1.0, 7.0, -1.0]),
        lambda: f.mean(np.array([0.0, 2.0])),
        lambda: g.sum(np.array([1.0, 2.0])),
        lambda: g.mean([1.0, 2.0]),
    ):
        for _ in range(2):
            with pytest.warns(RuntimeWarning, match="outside the domain of log"):
                batch()
    for numbers in ([1.0, math.inf], [1.0, 1e308, 1e308], [math.nan]):  # nothing to warn of
        f.map(numbers)
        f.sum(numbers)


def test_a_batch_under_detect_anomaly(jit: Any) -> None:
    f = jit(lambda x: ag.log(x) * 2.0)
    f.sum([1.0, 2.0])
    with ag.detect_anomaly():
        assert f(1.0) == 0.0
        for call in (lambda: f(-1.0), lambda: f.map([1.0, -1.0]), lambda: f.sum([1.0, -1.0])):
            with pytest.raises(FloatingPointError, match=r"log\(-1\.0\)"):
                call()
