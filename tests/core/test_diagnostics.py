"""Warnings about domains: once a place, at the user's own line; see also test_anomalies.py."""

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
        pytest.raises(FloatingPointError, match=rf"^{name}\(.*test_diagnostics.py:\d+"),
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
