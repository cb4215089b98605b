"""no_grad and other contexts, and the warnings about domains; see also test_anomalies."""

import asyncio
import contextlib
import functools
import math
import operator
import pickle
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
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


@pytest.mark.parametrize(
    ("f", "name", "result"),
    [
        (lambda x: ag.log(x - 2.0), "log", math.nan),
        (lambda x: 1 / (x - 1.0), "div", math.inf),
        (lambda x: (x - 3.0) ** 0.5, "pow", math.nan),
        (lambda x: ag.asin(x + 1.0), "asin", math.nan),
        (lambda x: ag.gamma(x - 2.0), "gamma", math.nan),
        (lambda x: x % 0.0, "mod", math.nan),
    ],
)
def test_outside_the_domain_warns_and_anomaly_raises(f, name, result):
    with pytest.warns(RuntimeWarning, match=rf"{name}\(.*outside the domain of {name}"):
        y = f(Value(1.0)).data
    assert y == result or (math.isnan(y) and math.isnan(result))
    with (
        pytest.raises(FloatingPointError, match=rf"^{name}\(.*test_contexts.py:\d+"),
        ag.detect_anomaly(),
    ):
        f(Value(1.0))


def test_overflow_and_nan_operands_pass_silently():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ag.exp(Value(1000.0)).data == math.inf
        assert (Value(1e300) * 1e300).data == math.inf
        assert math.isnan(ag.log(Value(math.nan)).data)
        assert math.isnan((Value(math.inf) - math.inf).data)


def logs(values):
    for v in values:
        ag.log(v)


BAD = [Value(-1.0), Value(-2.0), Value(-3.0)]


def caught_under(action, *calls, **chosen):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("error")
        warnings.filterwarnings(action, **chosen)
        for call in calls:
            call()
    return caught


def test_a_place_warns_once_whatever_the_operand():
    twice = [lambda: logs(BAD)] * 2
    caught = caught_under("default", *twice, lambda: ag.log(Value(-1.0)))
    assert [w.filename for w in caught] == [__file__] * 2
    assert caught[0].lineno != caught[1].lineno
    assert [w.category for w in caught] == [RuntimeWarning] * 2
    assert str(caught[0].message).startswith("log(-1.0) is outside the domain of log, x > 0")
    assert len(caught_under("always", *twice)) == 6
    assert len(caught_under("module", *twice, lambda: ag.log(Value(-1.0)))) == 1
    assert caught_under("ignore", *twice) == []


def test_two_operations_in_one_line_are_two_places():
    assert len(caught_under("default", lambda: [ag.log(x) + ag.sqrt(x) for x in BAD])) == 2


@pytest.mark.parametrize("namespace", [{}, {"__name__": "notes"}])
def test_code_without_a_module_name_warns_too(namespace):
    with pytest.warns(RuntimeWarning, match="outside the domain of log"):
        exec("import autograd_lite as ag\nag.log(ag.Value(-1.0))", namespace)


def test_a_place_warns_anew_for_new_filters():
    for _ in range(2):
        assert len(caught_under("default", lambda: logs(BAD))) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):  # an error is no warning that was shown
            with pytest.raises(RuntimeWarning, match=r"log\(-1.0\)"):
                logs(BAD)


@pytest.mark.parametrize(
    "chosen",
    [
        {"message": r"log\(-\d.0\) is outside the domain of log"},
        {"category": RuntimeWarning},
        {"module": __name__.replace(".", r"\.")},
        {"message": r"log\(", "category": RuntimeWarning, "module": __name__},
    ],
)
def test_the_standard_filters_choose_warnings(chosen):
    assert len(caught_under("always", lambda: logs(BAD), **chosen)) == 3
    assert caught_under("ignore", lambda: logs(BAD), **chosen) == []


@pytest.mark.parametrize(
    "other", [{"message": "sqrt"}, {"category": DeprecationWarning}, {"module": "autograd_lite"}]
)
def test_and_leave_others_alone(other):
    with pytest.raises(RuntimeWarning, match="log"):
        caught_under("ignore", lambda: logs(BAD), **other)


PROGRAM = """
import autograd_lite as ag
for x in (-1.0, -2.0):
    ag.log(ag.Value(x))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "status", "shown"),
    [
        ([], 0, 1),
        (["-W", "error"], 1, 1),
        (["-W", "always"], 0, 2),
        (["-W", "ignore::RuntimeWarning"], 0, 0),
        (["-W", "error::RuntimeWarning:__main__"], 1, 1),
        (["-W", "ignore:log"], 0, 0),
    ],
)
def test_from_the_command_line(options, status, shown):
    run = subprocess.run(
        [sys.executable, *options, "-c", PROGRAM], capture_output=True, text=True, cwd=ROOT
    )
    assert run.returncode == status
    assert run.stderr.count("outside the domain of log, x > 0") == shown


def test_a_warning_can_be_copied_and_pickled():
    (caught,) = caught_under("always", lambda: ag.log(BAD[0]))
    again = pickle.loads(pickle.dumps(caught.message))
    assert str(again) == str(caught.message) and type(again) is RuntimeWarning
    (text,) = again.args
    assert text == caught.message.args[0] != str(text)


def test_numpy_and_the_standard_library_are_not_the_place():
    inside = {"__name__": "numpy.lib.made_up"}
    exec(compile("def divided(x): return x / 0.0", "made_up.py", "exec"), inside)
    ours = {**inside, "__name__": "autograd_lite.made_up"}
    file = str(Path(ag.__file__).with_name("made_up.py"))
    exec(compile("def call(x): return divided(x)", file, "exec"), ours)
    for f in (inside["divided"], ours["call"]):
        (caught,) = caught_under("always", lambda f=f: f(Value(1.0)))
        assert caught.filename == __file__
    for total in (np.sum, np.mean, np.prod, lambda xs: functools.reduce(operator.add, xs)):
        with pytest.raises(FloatingPointError, match=f" at {__file__}:"), ag.detect_anomaly():
            total(np.array([Value(1e308), Value(1e308)]))


def test_a_thread_warns_once_at_its_place():
    def run():
        threads = [threading.Thread(target=logs, args=(BAD,)) for _ in range(4)]
        for thread in threads:
            thread.start()
            thread.join()

    caught = caught_under("default", run)
    assert [w.filename for w in caught] == [__file__]


@pytest.mark.parametrize("backend", ["python", "llvm"])
def test_a_jitted_function_warns_at_its_own_line(backend):
    if backend == "llvm":
        pytest.importorskip("llvmlite")

    def f(x):
        return ag.log(x) * 2.0

    jitted = ag.jit(f, backend=backend)
    for x in (1.0, 2.0, 3.0):
        jitted(x)
    for x in (-1.0, Value(-1.0)):
        (caught,) = caught_under("default", *[lambda x=x: jitted(x)] * 3)
        assert (caught.filename, caught.lineno) == (__file__, f.__code__.co_firstlineno + 1)


@pytest.mark.parametrize("backend", ["python", "llvm"])
def test_a_batch_warns_at_the_line_of_the_function(backend):
    if backend == "llvm":
        pytest.importorskip("llvmlite")

    def f(x):
        return ag.log(x) * 2.0

    jitted = ag.jit(f, backend=backend)
    for run in (jitted.map, jitted.sum, jitted.mean):
        caught = caught_under("default", *[lambda run=run: run([1.0, -1.0, 2.0])] * 3)
        assert [(w.filename, w.lineno) for w in caught] == [
            (__file__, f.__code__.co_firstlineno + 1)
        ]
        assert caught_under("default", lambda run=run: run([1.0, 2.0])) == []


def test_formulas_of_derivatives_do_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ag.grad(ag.sqrt)(Value(0.0)).data == math.inf
        assert ag.hessian(ag.sqrt)(0.0) == -math.inf
        assert ag.jit(ag.grad(ag.sqrt))(0.0) == math.inf
        ag.hvp(ag.sqrt, 0.0, 1.0), ag.hessian(lambda p: ag.xlogy(*p))([0.0, 0.0])
    assert contexts.state.deriving is None


def test_what_is_inside_the_domain_does_not_warn():
    inf = Value(math.inf)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for y in (inf - inf, inf * 0.0, -inf, inf / 2.0, 1.0 / inf, inf**2, 2.0**inf, inf / inf):
            assert math.isnan(y.data) or y.data in (0.0, math.inf, -math.inf)
        for f in (ag.exp, ag.log, ag.sqrt, ag.cbrt, ag.atan, ag.cosh, ag.acosh, ag.log1p, ag.gamma):
            assert f(inf).data == f(math.inf)
        ag.hypot(inf, 1.0), ag.norm([inf, 1.0]), ag.maximum(inf, -inf), ag.logsumexp([-inf, -inf])
        Value(1.0) % math.inf, Value(1.0) // math.inf, ag.fmod(Value(1.0), math.inf)
        ag.sqrt(Value(0.0)).backward()
        ag.grad(ag.sqrt)(0.0), ag.softmax([Value(1.0), -inf])
        ag.nn.binary_cross_entropy([Value(0.0), Value(1.0)], [0, 1])
