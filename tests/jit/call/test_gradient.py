"""A jitted gradient traces only the function, and gives what the gradient gives."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.jit.backend.choose import has_llvm
from autograd_lite.testing.strategies import expressions
from tests.support.cases import limit_examples, loop_over

BACKENDS = ["python", pytest.param("llvm", marks=pytest.mark.skipif(not has_llvm(), reason="LLVM"))]


def branching(x: Any, y: Any) -> Any:
    if x > y:
        return ag.sin(x) * y + x
    return ag.where(y > 1.0, x * y, ag.relu(x) * ag.exp(y))


POINTS = [(0.5, 0.25), (0.5, 2.0), (-1.0, 0.5), (3.0, -2.0), (0.0, 0.0), (-0.0, 1.0)]


@pytest.mark.parametrize("backend", BACKENDS)
@loop_over("argnums", [0, 1, -1, (0, 1), (1, 0), (1,)])
@loop_over("transform", [ag.grad, ag.value_and_grad])
def test_the_gradient_is_the_eager_one(
    backend: str, argnums: Any, transform: Callable[..., Any]
) -> None:
    eager = transform(branching, argnums)
    jitted = ag.jit(transform(branching, argnums), backend=backend)
    for point in POINTS * 2:
        assert repr(jitted(*point)) == repr(eager(*point))


@given(expression=expressions(max_operations=12))
@limit_examples(60)
def test_it_is_the_trace_of_the_gradient(expression: Any) -> None:
    gradient = ag.value_and_grad(expression.f)
    short = ag.jit(gradient, backend="python")
    long = ag.jit(lambda xs: gradient(xs), backend="python")
    assert repr(short(expression.point)) == repr(long(expression.point))


@pytest.mark.parametrize("backend", BACKENDS)
def test_structures_static_arguments_and_captured_values(backend: str) -> None:
    w = Value(3.0)

    def f(p: Any, n: int, scale: float) -> Any:
        total = p["a"] * scale
        for i in range(n):
            total = total + p["b"][i] * w
        return total

    jitted = ag.jit(ag.value_and_grad(f), backend=backend)
    for scale in (2.0, 5.0):
        value, gradient = jitted({"a": 1.0, "b": [4.0, 5.0]}, 2, scale)
        assert value.data == scale + 27.0
        assert gradient["a"].data == scale
        assert [d.data for d in gradient["b"]] == [3.0, 3.0]
        w.grad = 0.0
        value.backward()
        assert w.grad == 9.0
        w.grad = 0.0
        gradient["b"][0].backward()
        assert w.grad == 1.0


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_order(backend: str) -> None:
    def f(x: Any) -> Any:
        return ag.exp(x) * x * x

    third = ag.grad(ag.grad(ag.grad(f)))
    assert ag.jit(third, backend=backend)(0.5) == third(0.5)
    first = ag.jit(ag.grad(f), backend=backend)
    assert ag.grad(ag.grad(first))(0.5) == pytest.approx(third(0.5), rel=1e-14)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_the_gradient_refuses(backend: str) -> None:
    with pytest.raises(TypeError, match="one number as its result"):
        ag.jit(ag.grad(lambda x: [x, x]), backend=backend)(1.0)
    with pytest.raises(TypeError, match="returned None"):
        ag.jit(ag.grad(lambda x: None), backend=backend)(1.0)
    with pytest.raises(ValueError, match="argnums 2 is out of range"):
        ag.jit(ag.grad(lambda x: x, 2), backend=backend)(1.0)
    # an int is static, and its derivative is taken all the same
    assert ag.jit(ag.grad(lambda x: x * x), backend=backend)(3) == 6.0
    assert ag.jit(ag.grad(lambda x: 7.0), backend=backend)(3.0) == 0.0
