"""no_grad and other contexts: what they set, for whom, and when they end; see test_anomalies.py."""

import asyncio
import contextlib
import math
import threading
from pathlib import Path

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.core import contexts

ROOT = Path(__file__).resolve().parents[2]


def test_no_grad_records_nothing():
    x = Value(3.0)
    with ag.no_grad():
        results = [x * x, x + 1.0, x / 2.0, 2.0 * x, x.exp(), ag.sum([x, x]), -x, x**2, x - x]
    assert all(r.op == "" and r.parents == () for r in results)
    assert (x * x).parents == (x, x)

    @ag.no_grad()
    def quiet():
        return x * x

    assert quiet().parents == ()


def test_no_grad_ends_with_an_exception_and_nests():
    x = Value(3.0)
    with pytest.raises(ZeroDivisionError), ag.no_grad(), ag.no_grad():
        1 / 0  # noqa: B018 - it raises
    assert (x * x).parents == (x, x)


def test_no_grad_holds_for_its_own_thread_alone():
    x, seen = Value(3.0), []
    inside, done = threading.Event(), threading.Event()

    def other():
        with ag.no_grad():
            inside.set()
            done.wait(10)
            seen.append((x * x).parents)

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait(10)
    here = (x * x).parents
    done.set()
    thread.join()
    assert here == (x, x) and seen == [()]


def entered(context):
    stack = contextlib.ExitStack()
    stack.enter_context(context)
    return stack


def test_contexts_may_end_in_any_order():
    x = Value(3.0)
    first, second = entered(ag.no_grad()), entered(ag.no_grad())
    first.close()
    assert (x * x).parents == ()
    second.close()
    with ag.detect_anomaly():  # while any context is open, what is left behind would show
        assert (x * x).parents == (x, x)
    first, second = entered(ag.detect_anomaly()), entered(ag.detect_anomaly())
    first.close()
    with pytest.raises(FloatingPointError):
        x * math.inf
    second.close()
    assert (x * math.inf).data == math.inf
    assert contexts.active == 0 and contexts.state.places is None


def suspended(context):
    with context:
        yield


def test_a_generator_closed_in_another_thread_ends_its_context_in_its_own():
    x = Value(3.0)
    held = suspended(ag.no_grad())
    next(held)
    thread = threading.Thread(target=held.close)
    thread.start()
    thread.join()
    with ag.detect_anomaly():
        assert (x * x).parents == (x, x)
    assert contexts.active == 0


def test_a_generator_keeps_its_context_to_itself():
    x = Value(3.0)

    def products():
        with ag.no_grad():
            for _ in range(2):
                yield x * x

    for product in products():
        assert product.parents == () and (x * x).parents == (x, x)
        with ag.detect_anomaly():  # which opens while the generator's is open
            assert (x * x).parents == (x, x)
    assert contexts.active == 0


def test_generators_that_share_a_context():
    x, context = Value(3.0), ag.no_grad()

    def products():
        with context:
            yield x * x
            yield x * x
        yield x * x

    first, second = products(), products()
    next(first), next(second), next(first), next(first)
    assert next(second).parents == () and next(second).parents == (x, x)
    with context:
        third = products()
        next(third), next(third), next(third)
        assert (x * x).parents == ()
    assert contexts.active == 0


def test_a_generator_that_another_thread_runs():
    x, seen = Value(3.0), []
    inside, done = threading.Event(), threading.Event()

    def waiting():
        with ag.no_grad():
            yield
            inside.set()
            done.wait(10)

    generator = waiting()
    next(generator)
    thread = threading.Thread(target=lambda: seen.append(list(generator)))
    thread.start()
    inside.wait(10)
    assert (x * x).parents == (x, x)
    done.set()
    thread.join()
    assert seen == [[]] and contexts.active == 0


def test_a_generator_that_is_a_context_manager_sets_it_for_the_block():
    x = Value(3.0)

    @contextlib.contextmanager
    def evaluation():
        with ag.no_grad():
            yield

    class Evaluation:
        def __enter__(self):
            self.context = ag.no_grad()
            self.context.__enter__()

        def __exit__(self, *error):
            self.context.__exit__(*error)

    def products(manager):
        with manager:
            yield x * x

    for make in (evaluation, Evaluation):
        with make():
            assert (x * x).parents == ()
        with contextlib.ExitStack() as stack:
            stack.enter_context(make())
            assert (x * x).parents == ()
        for product in products(make()):
            assert product.parents == () and (x * x).parents == (x, x)
    assert contexts.active == 0


@pytest.fixture
def _nothing_recorded():
    with ag.no_grad():
        yield


@pytest.mark.usefixtures("_nothing_recorded")
def test_a_fixture_sets_it_for_the_test():
    x = Value(3.0)
    assert (x * x).parents == ()


def test_tasks_keep_their_contexts_to_themselves():
    x = Value(3.0)

    async def quiet(inside, done):
        with ag.no_grad():
            inside.set()
            await done.wait()
            return [(x * x).parents, await asyncio.create_task(child())]

    async def child():
        return (x * x).parents

    async def products():
        with ag.no_grad():
            yield x * x
            await asyncio.sleep(0)
            yield x * x

    @contextlib.asynccontextmanager
    async def evaluation():
        with ag.no_grad():
            yield

    async def main():
        inside, done = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(quiet(inside, done))
        await inside.wait()
        assert (x * x).parents == (x, x)
        done.set()
        assert await task == [(), ()]
        async for product in products():
            assert product.parents == () and (x * x).parents == (x, x)
        async with evaluation():
            assert (x * x).parents == ()
        assert (x * x).parents == (x, x)

    asyncio.run(main())
    assert contexts.active == 0


def test_a_context_may_be_entered_again():
    x, context = Value(3.0), ag.no_grad()
    for _ in range(2):
        with context, context:
            assert (x * x).parents == ()
        assert (x * x).parents == (x, x)


def test_a_context_may_be_shared_by_threads():
    x, context, seen = Value(3.0), ag.no_grad(), []
    entered, left = threading.Event(), threading.Event()

    def other():
        with context:
            entered.set()
            left.wait(10)
            seen.append((x * x).parents)
        seen.append((x * x).parents)

    thread = threading.Thread(target=other)
    with context:
        thread.start()
        entered.wait(10)
    assert (x * x).parents == (x, x)
    left.set()
    thread.join()
    assert seen == [(), (x, x)] and contexts.active == 0


def test_a_setting_inside_another_ends_with_its_own_context():
    x = Value(3.0)
    with ag.no_grad():
        assert ag.grad(lambda x: x * x)(3.0) == 6.0  # which records
        assert (x * x).parents == ()


def test_a_decorated_function_may_call_itself_and_run_in_threads():
    @ag.no_grad()
    def power(x, n):
        return x * power(x, n - 1) if n else x.detach()

    assert power(Value(2.0), 3).parents == ()
    x, seen = Value(2.0), []
    threads = [threading.Thread(target=lambda: seen.append(power(x, 50).parents)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [()] * 8 and (x * x).parents == (x, x) and contexts.active == 0


def test_generators_and_coroutines_are_not_decorated():
    def numbers():
        yield 1

    async def number():
        return 1

    async def more_numbers():
        yield 1

    for f in (numbers, number, more_numbers):
        for context in (ag.no_grad(), ag.detect_anomaly()):
            with pytest.raises(TypeError, match=rf"{f.__name__} is a generator or a coroutine"):
                context(f)
