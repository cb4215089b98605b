"""What a transform leaves alone, what it costs, and how deep it goes."""

import math
import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd_lite.core.order import topological_order
from autograd_lite.transforms.trace import Trace
from tests.support.cases import loop_over


def number(x: Any) -> float:
    return x.data if isinstance(x, Value) else float(x)


# What belongs to the caller


def test_captured_leaves_are_not_touched_and_the_result_can_be_differentiated() -> None:
    w, b = Value(3.0), Value(5.0)
    w.grad, b.grad = 7.0, -7.0

    def model(x: Any) -> Any:
        return w * x * x + b * x

    slope = grad(model)(2.0)  # 2 w x + b
    assert isinstance(slope, Value) and slope == 17.0
    assert (w.grad, b.grad, w.data, b.data) == (7.0, -7.0, 3.0, 5.0)
    (slope * slope).backward()
    assert (w.grad, b.grad) == (7.0 + 2 * 17 * 4, -7.0 + 2 * 17)


def test_a_gradient_penalty_trains_by_the_exact_second_derivative() -> None:
    w = [Value(0.5), Value(-1.5)]
    x = [0.3, 0.8]

    def model(x: Any) -> Any:
        return ag.tanh(w[0] * x[0] + w[1] * x[1])

    def penalty(w0: float, w1: float) -> float:
        t = math.tanh(w0 * x[0] + w1 * x[1])
        return ((1 - t * t) * w0) ** 2 + ((1 - t * t) * w1) ** 2

    g = grad(model)(x)
    loss = ag.sum(v * v for v in g)
    assert loss.data == pytest.approx(penalty(0.5, -1.5))
    loss.backward()
    h = 1e-6
    assert w[0].grad == pytest.approx((penalty(0.5 + h, -1.5) - penalty(0.5 - h, -1.5)) / (2 * h))
    assert w[1].grad == pytest.approx((penalty(0.5, -1.5 + h) - penalty(0.5, -1.5 - h)) / (2 * h))


@loop_over(
    "run",
    [
        lambda f, x: grad(f)(x),
        lambda f, x: value_and_grad(f)(x),
        lambda f, x: jacobian(f)(x),
        lambda f, x: hessian(f)(x),
        lambda f, x: hvp(f, x, [1.0, 2.0]),
        lambda f, x: vjp(f, x)[1](1.0),
        lambda f, x: jvp(f, (x,), ([1.0, 2.0],)),
    ],
)
def test_nothing_of_the_callers_changes(run: Callable[..., Any]) -> None:
    w = Value(4.0, name="w")
    root = w * w
    root.backward()
    x = [Value(2.0), root]
    before = [(v.data, v.grad, v.name, v.parents, v.partials) for v in (w, root, *x)]
    run(lambda p: w * p[0] * p[1] + root, x)
    assert [(v.data, v.grad, v.name, v.parents, v.partials) for v in (w, root, *x)] == before
    root.backward()
    assert w.grad == 16.0


def test_an_exception_inside_leaves_nothing_behind() -> None:
    w = Value(2.0)

    def f(x: Any) -> Any:
        y = w * x * x
        if x > 2.0:
            raise LookupError("inside")
        return y

    for _ in range(2):
        for run in (grad(f), jacobian(f), hessian(f), lambda x: vjp(f, x)):
            with pytest.raises(LookupError, match="inside"):
                run(3.0)
        assert grad(f)(1.0) == 4.0
        assert w.grad == 0.0
    (w * w).backward()
    assert w.grad == 4.0


def test_plain_numbers_give_plain_floats() -> None:
    value, slope = value_and_grad(lambda x: ag.exp(x) * 2)(0)
    assert type(value) is float and type(slope) is float
    for result in (hessian(ag.exp)(0.0), jacobian(ag.exp)(0.0), hvp(ag.exp, 0.0, 1.0)):
        assert type(result) is float and result == 1.0
    assert [type(x) for x in jvp(ag.exp, (0.0,), (1.0,))] == [float, float]


# no_grad, detach, detect_anomaly


def test_no_grad_inside_cuts_and_no_grad_outside_does_not() -> None:
    def f(x: Any) -> Any:
        with ag.no_grad():
            constant = x * x
        return constant * x

    assert number(grad(f)(3.0)) == 9.0
    assert number(jvp(f, (3.0,), (1.0,))[1]) == 9.0
    assert number(grad(lambda x: x.detach() * x)(3.0)) == 3.0
    assert number(grad(grad(lambda x: ag.stop_gradient(x) * x * x))(3.0)) == 6.0
    with ag.no_grad():
        assert grad(lambda x: x**3)(2.0) == 12.0
        assert grad(grad(lambda x: x**3))(2.0) == 12.0
        assert hessian(lambda x: x**3)(2.0) == 12.0
        assert jvp(lambda x: x**3, (2.0,), (1.0,)) == (8.0, 12.0)


def test_results_taken_under_no_grad_are_leaves() -> None:
    w = Value(3.0)
    with ag.no_grad():
        value, slope = value_and_grad(lambda x: w * x * x)(2.0)
    assert (value, slope) == (12.0, 12.0)
    assert value.parents == () and slope.parents == ()
    assert grad(lambda x: x * number(value))(1.0) == 12.0


def test_no_grad_around_an_inner_grad_makes_a_constant_of_it() -> None:
    def f(x: Any) -> Any:
        with ag.no_grad():
            slope = grad(lambda y: y**3)(x)
        return slope * x

    assert number(grad(f)(2.0)) == 12.0


def test_detect_anomaly_finds_a_derivative_that_is_not_finite() -> None:
    ways = [grad(ag.sqrt), jacobian(ag.sqrt), lambda x: jvp(ag.sqrt, (x,), (1.0,))]
    for way in ways:
        assert number(way(0.0)[1] if isinstance(way(0.0), tuple) else way(0.0)) == math.inf
        with (
            pytest.raises(FloatingPointError, match=r"sqrt\(0\.0\), recorded at .*test_trace"),
            ag.detect_anomaly(),
        ):
            way(0.0)
    with ag.detect_anomaly():
        assert grad(ag.sqrt)(4.0) == 0.25


# Cost


def count_nodes(f: Callable[..., Any], x: list[float]) -> int:
    return len(Trace(f, (x,), (0,), {}).nodes)


def rosenbrock(x: Any) -> Any:
    pairs = pairwise(x)
    return ag.sum(100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in pairs)


@pytest.mark.slow
def test_a_product_with_the_hessian_costs_a_few_gradients_whatever_the_size() -> None:
    ratios = []
    for n in (10, 100, 1000):
        x = [0.1 * (i % 7) for i in range(n)]
        ratios.append(count_nodes(grad(rosenbrock), x) / count_nodes(rosenbrock, x))
        calls = []

        def counted(p: Any, calls: list[int] = calls) -> Any:
            calls.append(1)
            return rosenbrock(p)

        hvp(counted, x, [1.0] * n)
        assert len(calls) == 1
    assert max(ratios) < 6.0
    assert max(ratios) < 1.2 * min(ratios)


def test_every_transform_runs_the_function_once() -> None:
    calls: list[int] = []

    def f(x: Any) -> Any:
        calls.append(1)
        return x[0] * x[1] * x[2]

    x = [1.0, 2.0, 3.0]
    runs: list[Callable[[], Any]] = [
        lambda: grad(f)(x),
        lambda: value_and_grad(f)(x),
        lambda: jacobian(f)(x),
        lambda: hessian(f)(x),
        lambda: jvp(f, (x,), (x,)),
        lambda: vjp(f, x)[1](1.0),
    ]
    for run in runs:
        run()
    assert len(calls) == len(runs)


@pytest.mark.slow
def test_the_past_of_an_argument_is_not_walked_again() -> None:
    # Newton's square root, 3,000 steps, differentiated through: quadratic work would take minutes
    def root(a: Any) -> Any:
        x = a
        for _ in range(3000):
            x = x - (x * x - a) / grad(lambda y: y * y - a)(x)
        return x

    assert root(2.0) == pytest.approx(math.sqrt(2.0))
    assert grad(root)(2.0) == pytest.approx(0.5 / math.sqrt(2.0))


def test_only_what_lies_between_is_swept() -> None:
    w = Value(2.0)
    far = w
    for _ in range(50):
        far = far * w
    trace = Trace(lambda x: x * far, (3.0,), (0,), {})
    assert len(trace.nodes) == 1 and trace.as_values


# Depth

DEPTH = 100_000


def chain(x: Any) -> Any:
    for _ in range(DEPTH // 2):
        x = x * 0.5 + 1.0
    return x


def power_chain(x: Any) -> Any:
    y = x
    for _ in range(DEPTH - 1):
        y = y * x
    return y


@pytest.mark.slow
def test_deep_chains() -> None:
    assert grad(chain)(1.0) == 0.0
    assert jvp(chain, (1.0,), (1.0,)) == (2.0, 0.0)
    assert hvp(power_chain, 1.0, 1.0) == pytest.approx(DEPTH * (DEPTH - 1.0))


@pytest.mark.slow
def test_a_deep_derivative_is_a_graph_that_can_be_swept() -> None:
    w = Value(1.0)

    def f(x: Any) -> Any:
        for _ in range(20_000):
            x = x * w
        return x

    slope = grad(f)(1.0)  # w ** 20000
    slope.backward()
    assert w.grad == 20_000.0
    assert len(topological_order(slope)) > 20_000


# Threads


def test_eight_threads_share_captured_leaves() -> None:
    w = [Value(0.5 + 0.1 * i) for i in range(10)]

    def f(x: Any) -> Any:
        y = x
        for v in w:
            y = ag.sin(v * y) + v
        return y

    expected = {x: number(grad(f)(x)) for x in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)}
    wrong: list[Any] = []

    def work(x: float) -> None:
        for i in range(30):
            if i % 2:
                with ag.no_grad():
                    found = number(grad(f)(x))
            else:
                found = number(grad(f)(x))
            if found != expected[x]:
                wrong.append((x, found))

    threads = [threading.Thread(target=work, args=(x,)) for x in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert all(v.grad == 0.0 for v in w)
