"""detect_anomaly: the first nan or infinity raises, and names the operation and the user's line."""

import gc
import math
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.core import anomalies, contexts, diagnostics, recording, value
from tests.support.cases import loop_over

INF, NAN = math.inf, math.nan


@ag.primitive(partials=[lambda x, y: 0.0])
def broken(x: float) -> float:
    return NAN


def anomaly(f: Callable[[], Any]) -> str:
    """The message of the error that f raises under detect_anomaly."""
    with pytest.raises(FloatingPointError) as caught, ag.detect_anomaly():
        f()
    assert contexts.active == 0 and contexts.state.places is None
    return str(caught.value)


def backward(f: Callable[..., Value], *numbers: float) -> Callable[[], None]:
    return lambda: f(*[Value(x) for x in numbers]).backward()


def line_of(f: Any) -> str:
    return f"{__file__}:{f.__code__.co_firstlineno}, `"


@loop_over(
    "f, start, end",
    [
        (lambda: Value(1e308) * 10, "mul(1e+308, 10.0) gave inf", "it overflows"),
        (lambda: 10 * Value(-1e308), "mul(10.0, -1e+308) gave -inf", "it overflows"),
        (lambda: Value(1e308) + 1e308, "add(1e+308, 1e+308) gave inf", "it overflows"),
        (lambda: Value(-1e308) - 1e308, "sub(-1e+308, 1e+308) gave -inf", "it overflows"),
        (lambda: Value(1e308) / 1e-9, "div(1e+308, 1e-09) gave inf", "it overflows"),
        (lambda: Value(1.0) / 0, "div(1.0, 0.0) gave inf", "its domain is y != 0"),
        (lambda: Value(-1.0).log(), "log(-1.0) gave nan", "its domain is x > 0"),
        (lambda: ag.exp(Value(1000.0)), "exp(1000.0) gave inf", "it overflows"),
        (lambda: Value(NAN) * 2, "mul(nan, 2.0) gave nan", "operand 0 was nan before"),
        (lambda: ag.sin(Value(NAN)), "sin(nan) gave nan", "operand 0 was nan before"),
        (lambda: Value(1.0) + NAN, "add(1.0, nan) gave nan", "operand 1 was nan before"),
        (lambda: Value(INF) - 1, "sub(inf, 1.0) gave inf", "operand 0 was inf before"),
        (
            lambda: ag.fma(Value(1e200), 1e200, 0.0),
            "fma(1e+200, 1e+200, 0.0) gave inf",
            "overflows",
        ),
        (
            lambda: ag.sum([Value(1.0)] * 6 + [INF]),
            "sum(1.0, 1.0, 1.0, 1.0, ...) gave inf",
            "operand 6 was inf before",
        ),
        (lambda: ag.dot([Value(1e300)], [1e300]), "dot(1e+300, 1e+300) gave inf", "it overflows"),
        (lambda: broken(Value(1.0)), "broken(1.0) gave nan", "its operands are finite"),
        (lambda: sum([Value(1e308), Value(1e308)]), "add(1e+308, 1e+308)", "it overflows"),
        (lambda: [ag.log(x) for x in [Value(0.0)]], "log(0.0) gave -inf", "its domain is x > 0"),
        (lambda: ag.sum(ag.log(x) for x in [Value(0.0)]), "log(0.0) gave -inf", "is x > 0"),
        (lambda: np.sum(np.array([Value(1e308)] * 2)), "add(1e+308, 1e+308)", "it overflows"),
        (lambda: ag.no_grad()(ag.log)(Value(-1.0)), "log(-1.0) gave nan", "its domain is x > 0"),
        (lambda: ag.nn.binary_cross_entropy([Value(1.0)], [0]), "log1p(-1.0) gave -inf", "x > -1"),
        (lambda: ag.nn.Neuron(1, "exp", rng=0)([1e9]), "exp(", "it overflows"),
        (lambda: ag.grad(lambda x: x / 0.0)(1.0), "div(1.0, 0.0) gave inf", "its domain is y != 0"),
    ],
)
def test_a_result_that_is_not_finite_raises(f: Any, start: str, end: str) -> None:
    message = anomaly(f)
    assert message.startswith(start) and message.endswith(end)
    assert f" at {line_of(f)}" in message


@loop_over(
    "f, text",
    [
        (backward(lambda x: ag.sqrt(x) * 0.0, 0.0), "partial inf by operand 0 times adjoint 0.0"),
        (backward(lambda x: 3.0 / x, 1e-300), "div(3.0, 1e-300)"),
        (backward(lambda x: 3.0 / x, 1e-300), "by operand 1 times adjoint 1.0"),
        (backward(lambda x: x * 1e308 + x * 1e308, 1e-9), "sum of 2 contributions overflows"),
        (backward(lambda x: ag.sum([x] * 9) * 1e308, 1e-9), "sum of 9 contributions overflows"),
        (backward(lambda x: x * 1e200 * 1e200, 1e-99), "partial 1e+200 by operand 0 times"),
        (backward(lambda x, y: ag.norm([x, y]) * ag.sqrt(y), 1.0, 0.0), "sqrt(0.0)"),
        (lambda: ag.grad(ag.sqrt)(0.0), "with partial inf times 1.0 it is inf"),
        (lambda: ag.jvp(ag.sqrt, (0.0,), (1.0,)), "the derivative of sqrt(0.0), recorded at "),
        (lambda: ag.vjp(ag.sqrt, 0.0)[1](1.0), "the derivative of sqrt(0.0), recorded at "),
        (lambda: ag.jacobian(lambda x: [x, ag.sqrt(x)])(0.0), "the derivative of sqrt(0.0)"),
        (lambda: ag.hessian(ag.sqrt)(0.0), "the derivative of sqrt(0.0), recorded at "),
        (lambda: ag.grad(ag.grad(ag.asin))(1.0), "the derivative of asin(1.0), recorded at "),
        (lambda: ag.hvp(lambda x: x**1.5, 0.0, 1.0), "the derivative of pow(0.0, 0.5), recorded"),
        (lambda: ag.grad(lambda x: x * 1e308 + x * 1e308)(1e-9), "mul(1e-09, 1e+308)"),
        (lambda: ag.jvp(lambda x: x * 1e308 + x * 1e308, (1e-9,), (1.0,)), "is not finite"),
    ],
)
def test_a_derivative_that_is_not_finite_raises(f: Any, text: str) -> None:
    message = anomaly(f)
    assert text in message and "is not finite" in message
    assert f"recorded at {__file__}:" in message


def test_the_line_is_the_one_that_recorded_the_operation() -> None:
    def f(x: Any) -> Any:
        root = ag.sqrt(x)
        return root * 0.0

    for run in (backward(f, 0.0), lambda: ag.grad(f)(0.0), lambda: ag.hessian(f)(0.0)):
        message = anomaly(run)
        place = f"{__file__}:{f.__code__.co_firstlineno + 1}, `root = ag.sqrt(x)`"
        assert f"sqrt(0.0), recorded at {place}" in message


def test_a_second_derivative_names_the_line_of_the_function() -> None:
    def f(x: Any) -> Any:
        power = x**1.5
        return power + x

    place = f"{__file__}:{f.__code__.co_firstlineno + 1}, `power = x**1.5`"
    for run in (lambda: ag.grad(ag.grad(f))(0.0), lambda: ag.hvp(f, 0.0, 1.0)):
        assert f"pow(0.0, 0.5), recorded at {place}" in anomaly(run)


def test_the_line_of_typed_input() -> None:
    source = compile("\n\nag.log(Value(-1.0))", "<stdin>", "single")
    assert " at <stdin>:3; " in anomaly(lambda: exec(source, {"ag": ag, "Value": Value}))


def test_the_leaves_keep_their_gradients() -> None:
    x, y = Value(0.0), Value(1.0)
    x.grad, y.grad = 5.0, NAN
    anomaly(lambda: (ag.sqrt(x) + y).backward())
    assert x.grad == 5.0 and math.isnan(y.grad)


def test_a_sum_with_an_earlier_gradient_may_overflow() -> None:
    x = Value(1e-9, name="x")
    x.grad = 1e308
    message = anomaly(lambda: (x * 1e308).backward())
    assert "overflows when it is added to the grad that was there, 1e+308" in message
    assert x.grad == 1e308


def test_healthy_graphs_get_the_same_bits() -> None:
    def run() -> list[float]:
        x, y = Value(0.1), Value(0.7)
        x.grad = 0.3
        z = ag.sin(x) * y + x / 3.0 + ag.relu(-x) + ag.where(x > 0, x, ag.sqrt(-x * -x))
        z.backward()
        z.backward()
        return [x.grad, y.grad, z.data, ag.hessian(lambda x: ag.sin(x) * x)(0.1)]

    plain = run()
    with ag.detect_anomaly():
        assert run() == plain


def test_what_is_finite_in_the_end_passes() -> None:
    with ag.detect_anomaly():
        # within the formulas of derivatives: 1 / (1 + inf), and what was not chosen
        assert ag.hessian(ag.atan)(1e200) == 0.0
        assert ag.grad(ag.grad(lambda x: ag.where(x < 1.0, x, x * x)))(0.0) == 0.0
        assert ag.minimum(Value(INF), 1.0).data == 1.0
        assert ag.exp(Value(-INF)).data == 0.0
        x = Value(NAN)
        x.backward()
        assert x.grad == 1.0


def test_what_was_recorded_before_is_checked_without_its_line() -> None:
    root = ag.sqrt(Value(0.0))
    message = anomaly(root.backward)
    assert "sqrt(0.0), recorded at a line outside detect_anomaly()" in message


@pytest.mark.parametrize("backend", ["python", "llvm"])
def test_jitted_functions_are_checked_inside(backend: str) -> None:
    if backend == "llvm":
        pytest.importorskip("llvmlite")

    def f(x: Any) -> Any:
        return ag.log(x) * 2.0

    jitted = ag.jit(f, backend=backend)
    for x in (1.0, 2.0, 3.0):
        jitted(x)
    place = f"{__file__}:{f.__code__.co_firstlineno + 1}, `"
    for run in (
        lambda: jitted(Value(-1.0)),
        lambda: jitted(-1.0),
        lambda: jitted.map([1.0, -1.0]),
        lambda: jitted.sum([1.0, -1.0]),
        lambda: jitted.sum([Value(-1.0)]),
        lambda: ag.grad(jitted)(-1.0),
    ):
        assert f"log(-1.0) gave nan at {place}" in anomaly(run)
    x = Value(1e-300)
    y = ag.jit(lambda x: ag.log(x) * 1e10, backend=backend)(x)
    message = anomaly(y.backward)  # recorded outside
    assert "is not finite" in message and x.grad == 0.0
    assert "the derivative of sqrt(0.0)" in anomaly(lambda: ag.jit(ag.grad(ag.sqrt))(0.0))


def test_contexts_nest() -> None:
    with ag.detect_anomaly():
        root = ag.sqrt(Value(0.0))
        with ag.detect_anomaly():
            pass
        with pytest.raises(FloatingPointError, match=rf"recorded at {__file__}"):
            root.backward()
        with ag.detect_anomaly(), pytest.raises(FloatingPointError, match=rf"at {__file__}"):
            root.backward()
    with ag.no_grad(), ag.detect_anomaly(), ag.no_grad(), pytest.raises(FloatingPointError):
        ag.log(Value(-1.0))
    assert (Value(1e308) * 10).data == INF


def test_it_holds_for_its_own_thread() -> None:
    seen: list[float] = []
    with ag.detect_anomaly():
        thread = threading.Thread(target=lambda: seen.append((Value(1e308) * 10).data))
        thread.start()
        thread.join()
    assert seen == [INF]
    anomaly(lambda: Value(1e308) * 10)


def test_it_is_a_decorator_too() -> None:
    @ag.detect_anomaly()
    def f() -> Value:
        return Value(1e308) * 10

    with pytest.raises(FloatingPointError, match="it overflows"):
        f()
    assert contexts.active == 0


def live_values() -> int:
    gc.collect()
    return sum(type(x) is Value for x in gc.get_objects())


@pytest.mark.slow
def test_a_loop_inside_keeps_no_graphs() -> None:
    x = Value(1.0)
    with ag.detect_anomaly():
        before = live_values()
        early = x * 2.0
        for _ in range(50):
            y = x
            for _ in range(200):
                y = y * 1.0
            y.backward()
        held = live_values() - before
        # the latest graph is held, and is still known by its lines
        assert "test_anomalies.py" in anomalies.recorded_text(y)
        assert "`early = x * 2.0`" in anomalies.recorded_text(early)
        first = y
        while first.parents[0] is not x:
            first = first.parents[0]
        assert "test_anomalies.py" in anomalies.recorded_text(first)
        assert held < 2500  # of 10,000 that were made
    del y, first, early
    assert live_values() <= before


@pytest.mark.slow
def test_nothing_is_kept_after_an_error() -> None:
    before = live_values()
    anomaly(lambda: ag.sqrt(Value(0.0)).backward())
    assert live_values() <= before


def test_outside_the_context_nothing_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> Any:
        raise AssertionError("asked outside of the context")

    with ag.detect_anomaly():
        pass
    monkeypatch.setattr(diagnostics, "place", fail)
    monkeypatch.setattr(recording, "report_not_finite", fail)
    monkeypatch.setattr(value, "report_not_finite", fail)
    monkeypatch.setattr(contexts, "current", fail)
    monkeypatch.setattr(contexts, "state", None)  # any look at the state would be an AttributeError
    x = Value(0.5)
    y = ag.sum([x * x, x + 1.0, x / 2.0, 2.0 - x, ag.sin(x), x**3.0, ag.maximum(x, 0.0)])
    y.backward()
    assert x.grad != 0.0
