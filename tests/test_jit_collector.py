"""The collector is paused while something is compiled, and never otherwise changed."""

import gc
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.jit import collector
from autograd_lite.jit.collector import collector_paused


@pytest.fixture(autouse=True, params=[True, False])
def enabled(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Whether the user has the collector enabled."""
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if before else gc.disable)()
    assert collector._pauses == 0


def test_paused_and_back(enabled: bool) -> None:
    for _ in range(3):
        with collector_paused():
            assert not gc.isenabled()
        assert gc.isenabled() is enabled


def test_nested(enabled: bool) -> None:
    with collector_paused():
        with collector_paused(), collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled() is enabled


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_errors_pass_through(enabled: bool, error: type[BaseException]) -> None:
    with pytest.raises(error), collector_paused(), collector_paused():
        raise error
    assert gc.isenabled() is enabled


def test_threads_that_overlap(enabled: bool) -> None:
    """The one that came first leaves first."""
    inside, leave = threading.Event(), threading.Event()

    def work() -> None:
        with collector_paused():
            inside.set()
            leave.wait(10.0)

    thread = threading.Thread(target=work)
    with collector_paused():
        thread.start()
        assert inside.wait(10.0)
    assert not gc.isenabled()
    leave.set()
    thread.join()
    assert gc.isenabled() is enabled


def test_many_threads(enabled: bool) -> None:
    seen: list[bool] = []

    def work() -> None:
        for _ in range(500):
            with collector_paused():
                seen.append(gc.isenabled())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
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
        jitted(ag.Value(1.0)).backward()
        assert gc.isenabled() is enabled
    assert seen
    assert not any(seen[:2])
