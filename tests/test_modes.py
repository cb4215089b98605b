"""no_grad, detect_anomaly and the warnings about domains."""

import math
import threading
import warnings

import pytest

import autograd_lite as ag
from autograd_lite import Value


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
        pytest.raises(FloatingPointError, match=rf"^{name}\(.*test_modes.py:\d+"),
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


def test_once_per_place_and_filterable():
    bad = [Value(-1.0), Value(-2.0), Value(-3.0)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        logs(bad)
        logs(bad)
        ag.log(Value(-1.0))
    assert [w.filename == __file__ for w in caught] == [True, True]
    assert caught[0].lineno != caught[1].lineno
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        logs(bad)
    assert len(caught) == 3
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logs(bad)
    with pytest.raises(RuntimeWarning, match="log"), warnings.catch_warnings():
        warnings.simplefilter("error")
        logs(bad)


def test_anomaly_backward_names_the_operation_and_spares_the_leaves():
    x = Value(0.0)
    x.grad = 5.0
    with ag.detect_anomaly():
        y = ag.sqrt(x) * 2.0
        with pytest.raises(FloatingPointError, match=r"sqrt\(0\.0\), recorded at .*test_modes.py"):
            y.backward()
    assert x.grad == 5.0


def test_anomaly_lets_healthy_graphs_pass():
    x = Value(3.0)
    with ag.detect_anomaly():
        y = x * x + x
        y.backward()
        y.backward()
    assert x.grad == 14.0
