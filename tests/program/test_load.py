"""Deep graphs in small stacks, threads at once, and training that keeps its memory.

The parts of `benchmarks/load.py` on small numbers, with their results checked; the script itself
runs them on ten million nodes, a million deep, for a million steps.
"""

import functools
import gc
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.core import contexts
from autograd_lite.core.order import topological_order
from tests.benchmarks import load

DEPTH = 10_000  # of a recursion in C that would end a thread with a small stack


@pytest.fixture
def small_stacks() -> Iterator[None]:
    before = threading.stack_size(load.STACK)
    yield
    threading.stack_size(before)


@pytest.fixture
def races() -> Iterator[None]:
    """Threads take turns after a few instructions each, so that races show."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(*work: Callable[[], Any]) -> list[Any]:
    """What each function returns or raises, all running at once."""
    found: list[Any] = [None] * len(work)

    def run(k: int) -> None:
        try:
            found[k] = work[k]()
        except BaseException as error:
            found[k] = error

    threads = [threading.Thread(target=run, args=(k,)) for k in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


# Depth

EXPECTED = {
    "backward": 1.0,
    "grad": 1.0,
    "jvp": (2.0, 3.0),
    "vjp": (3.0,),
    "jacobian": [[1.0, 0.0], [0.0, 1.0]],
    "hessian": [[6.0, 4.0], [4.0, 0.0]],
    "hvp": [6.0, 4.0],
    "deepcopy": 1.0,
    "pickle": 1.0,
    "detect_anomaly": 1.0,
    "to_dot": "ValueError",
    "repr": "Value(2.0)",
    "gc.collect": 0,
    "jit, Python": 2.0,
    "jit": 2.0,
    "jit(grad)": 1.0,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", load.CHAINS)
@pytest.mark.usefixtures("small_stacks")
def test_a_deep_chain_in_a_small_stack(name: str) -> None:
    if name == "to_dot":
        pytest.importorskip("graphviz")
    gc.collect()
    assert in_threads(lambda: load.CHAINS[name](load.scaled(DEPTH))) == [EXPECTED[name]]


@pytest.mark.usefixtures("small_stacks")
def test_a_deep_graph_of_nodes_with_many_operands_is_freed_in_a_small_stack() -> None:
    def work() -> float:
        x = Value(1.0)
        y = x
        for _ in range(DEPTH):
            y = ag.sum([y, x, 1.0])
        y.backward()
        return x.grad

    assert in_threads(work) == [DEPTH + 1.0]


@pytest.mark.slow
@pytest.mark.parametrize("make", load.SLOPES, ids=lambda make: make.__name__)
def test_a_graph_gives_its_memory_back(make: Any) -> None:
    n = 2_000
    x, w = Value(1.0), Value(0.5)
    gc.collect()
    gc.disable()
    try:
        make(x, w, n).backward()  # which fills the lists of spare objects that Python keeps
        x.grad = 0.0
        before = sys.getallocatedblocks()
        root = make(x, w, n)
        root.backward()
        assert sys.getallocatedblocks() - before > n
        del root
        assert sys.getallocatedblocks() - before < 50
    finally:
        gc.enable()
    assert x.grad == pytest.approx(load.SLOPES[make](n), abs=1e-9)


# Threads


def mixed(x: Any, leaves: list[Value]) -> Any:
    y = x
    for k, v in enumerate(leaves):
        y = ag.sin(v * y) + v
        y = ag.where(y > 0.5, y, y * x) if k % 2 else ag.maximum(y, 0.25 * x) + (y - 1.0).relu()
    return y


def number(x: Any) -> float:
    return float(getattr(x, "data", x))


@pytest.mark.usefixtures("races")
def test_eight_threads_differentiate_by_shared_leaves_with_transforms() -> None:
    leaves = [Value(0.5 + 0.1 * k) for k in range(6)]

    def slopes(x: float) -> list[float]:
        f = functools.partial(mixed, leaves=leaves)
        return [number(ag.grad(f)(x)), number(ag.jvp(f, (x,), (1.0,))[1]), number(f(Value(x)))]

    def work(k: int) -> list[Any]:
        found: list[Any] = []
        for turn in range(12):
            if (k + turn) % 3 == 0:
                with ag.no_grad():
                    found.append(slopes(0.1 * k))
            elif (k + turn) % 3 == 1:
                with ag.detect_anomaly():
                    found.append(slopes(0.1 * k))
            else:
                found.append(slopes(0.1 * k))
        return found

    expected = [[slopes(0.1 * k)] * 12 for k in range(8)]
    assert in_threads(*[lambda k=k: work(k) for k in range(8)]) == expected
    assert all(v.grad == 0.0 for v in leaves) and contexts.active == 0


@pytest.mark.usefixtures("races")
def test_eight_threads_sweep_graphs_of_their_own() -> None:
    def work(k: int) -> list[Any]:
        found = []
        for _ in range(12):
            leaves = [Value(0.5 + 0.1 * k + 0.05 * j) for j in range(6)]
            root = mixed(Value(0.2), leaves)
            (root * 2.0).backward()  # gradients to be cleared behind what is not chosen
            root.backward()
            found.append([v.grad for v in topological_order(root)])
            optimizer = ag.optim.Adam(leaves, 0.1)
            optimizer.step()
            found.append([v.data for v in leaves])
        return found

    expected = [work(k) for k in range(8)]
    assert in_threads(*[lambda k=k: work(k) for k in range(8)]) == expected


# Memory of long training


@pytest.mark.slow
@pytest.mark.parametrize("name", load.TRAINING)
def test_training_does_not_grow(name: str) -> None:
    step = load.TRAINING[name]()
    gc.collect()
    gc.disable()  # whatever only the collector would free counts as growth
    try:
        for _ in range(200):
            step()
        before = sys.getallocatedblocks()
        for _ in range(3000):
            step()
        growth = sys.getallocatedblocks() - before
    finally:
        gc.enable()
    assert growth < 50
