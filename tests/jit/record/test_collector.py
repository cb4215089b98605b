"""The collector is paused while something is compiled, and never otherwise changed."""

import gc
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.jit.record import collector
from autograd_lite.jit.record.collector import pause_collector
from tests.support.cases import loop_over


@pytest.fixture(autouse=True, params=[True, False])
def enabled(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Whether the user has the collector enabled."""
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if before else gc.disable)()
    assert not collector._owners


def test_paused_and_back(enabled: bool) -> None:
    for _ in range(3):
        with pause_collector():
            assert not gc.isenabled()
        assert gc.isenabled() is enabled


def test_nested(enabled: bool) -> None:
    with pause_collector():
        with pause_collector(), pause_collector():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled() is enabled


@loop_over("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_errors_pass_through(enabled: bool, error: type[BaseException]) -> None:
    with pytest.raises(error), pause_collector(), pause_collector():
        raise error
    assert gc.isenabled() is enabled


def test_threads_that_overlap(enabled: bool) -> None:
    """The one that came first leaves first."""
    inside, leave = threading.Event(), threading.Event()

    def work() -> None:
        with pause_collector():
            inside.set()
            leave.wait(10.0)

    thread = threading.Thread(target=work)
    with pause_collector():
        thread.start()
        assert inside.wait(10.0)
    assert not gc.isenabled()
    leave.set()
    thread.join()
    assert gc.isenabled() is enabled


def at_once(work: Callable[[int], Any]) -> None:
    """Eight threads that start together."""
    ready, failures = threading.Barrier(8), []

    def run(number: int) -> None:
        ready.wait()
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_many_threads(enabled: bool) -> None:
    seen: list[bool] = []

    def work(number: int) -> None:
        for _ in range(500):
            with pause_collector():
                seen.append(gc.isenabled())

    at_once(work)
    assert not any(seen)
    assert gc.isenabled() is enabled


def test_while_a_function_is_recorded(enabled: bool) -> None:
    seen: list[bool] = []

    def f(x: Any) -> Any:
        seen.append(gc.isenabled())
        if x < 0.0:
            raise LookupError
        return x * 2.0

    for backend in ("python", None):
        jitted = ag.jit(f, backend=backend)
        assert jitted(1.0) == jitted(1.0) == 2.0
        with pytest.raises(LookupError):
            jitted(-1.0)
        assert gc.isenabled() is enabled
        ag.jit(lambda x: jitted(x) * ag.grad(jitted)(x))(2.0)  # noqa: B023
        jitted(Value(1.0)).backward()
        assert gc.isenabled() is enabled
    assert seen
    assert not any(seen[:2])


def number_of(y: Any) -> Any:
    return getattr(y, "data", y)


def race(jit: Callable[[Any], Any]) -> None:
    """Threads call one function for the first time, and record others meanwhile."""
    w = Value(2.0)

    def f(x: Any) -> Any:
        return ag.sum([ag.sin(w * x + k) for k in range(60)]) if x > 0.0 else x * x

    shared, slope = jit(f), jit(ag.grad(f))
    expected = {x: number_of(f(x)) for x in (0.5, -1.5)}
    slopes = {x: number_of(ag.grad(f)(x)) for x in expected}

    def work(number: int) -> None:
        own = jit(lambda x: f(x) * number)
        for x in (0.5, -1.5) if number % 2 else (-1.5, 0.5):
            for _ in range(3):
                for g, factor in ((shared, 1), (own, number)):
                    assert number_of(g(x)) == expected[x] * factor
                assert number_of(slope(x)) == pytest.approx(slopes[x], rel=1e-12)

    at_once(work)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["python", None])
def test_threads_that_record_at_once(enabled: bool, backend: str | None) -> None:
    for _ in range(3):
        race(lambda f: ag.jit(f, backend=backend))
    assert gc.isenabled() is enabled
