"""Cases that HIPS autograd tests, on our operations, to the second order.

They follow its test_scalar_ops, test_binary_ops, test_graphs, test_jacobian, test_wrappers,
test_logic, test_dict, test_list and test_tuple. Where we decided otherwise, the case stands here
with our convention, and a comment.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.testing import check_grads
from tests.support.cases import loop_over
from tests.support.expectations import expect

# HIPS autograd: three times each function, to the second order, at its tests' points

SCALAR_POINTS: list[tuple[str, tuple[float, ...]]] = [
    ("fabs", (1.1, -1.1)),
    ("sign", (1.1, -1.1)),
    ("sin cos exp neg tan cosh sinh tanh arcsinh", (-1.62, -0.61, 0.53, 1.62)),
    ("log log2 log10 log1p expm1 exp2", (0.07, 0.53, 1.62)),
    ("arccos arcsin", (0.1,)),
    ("arctan arctanh", (0.2,)),
    ("arccosh", (1.2, 3.82)),
    ("sqrt degrees radians", (0.42, 7.2)),
    ("reciprocal", (0.11, 0.42)),
]
SCALAR_CASES = [(name, x) for row, xs in SCALAR_POINTS for name in row.split() for x in xs]


@loop_over("name, x", SCALAR_CASES)
def test_hips_scalar_functions(name: str, x: float) -> None:
    f = (lambda v: -v) if name == "neg" else getattr(ag, name)
    check_grads(lambda v: 3.0 * f(v), (x,))


def test_hips_abs_at_its_kink() -> None:
    expect(lambda x: 3.0 * abs(x), [0.0], 0.0, 0.0)


@pytest.mark.parametrize(("x", "y"), [(1.02, 2.31), (1.7, 1.004), (1.0, 3.5)])
def test_hips_power(x: float, y: float) -> None:
    check_grads(lambda v: v**y, (x,))
    check_grads(lambda w: x**w, (y,))
    check_grads(lambda w: ag.pow(0.0, w), (y,))


def test_hips_power_of_zero_by_zero() -> None:
    for derivative in (ag.grad(lambda x: x**0.0), ag.grad(ag.grad(lambda x: ag.pow(x, 0.0)))):
        assert derivative(0.0) == 0.0


BINARY: list[Callable[..., Any]] = [
    lambda x, y: x * y,
    lambda x, y: x + y,
    lambda x, y: x - y,
    lambda x, y: x / y,
    lambda x, y: x % y,
    lambda x, y: abs(x) ** y,
    ag.atan2,
    ag.hypot,
]


@loop_over("k", range(len(BINARY)))
@loop_over("x, y", [(2.0, 0.41), (0.41, 2.0), (1.76, -0.98), (0.74, 1.9), (-0.98, 0.74)])
def test_hips_binary_operators(k: int, x: float, y: float) -> None:
    check_grads(BINARY[k], (x, y))


@loop_over("symbol", ["<", "<=", ">", ">=", "==", "!="])
@loop_over("x, y", [(2.0, 2.0), (0.4, 2.0), (2.0, -0.98)])
def test_hips_comparisons_have_no_slope(symbol: str, x: float, y: float) -> None:
    row = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}[symbol]
    compare = getattr(float, f"__{row}__")
    truth = float(compare(x, y))
    expect(
        lambda v, w: ag.where(compared(row, v, w), 1.0, 0.0) + 0.0 * (v + w), [x, y], truth, 0, 0
    )


def compared(row: str, x: Any, y: Any) -> Any:
    return getattr(x, f"__{row}__")(y)


def test_hips_fanout_constants_and_third_derivatives() -> None:
    def fun(x: Any) -> Any:
        return ag.sin(ag.sin(x) + ag.sin(x))

    check_grads(fun, (1.62,), order=3)
    check_grads(ag.grad(ag.grad(fun)), (0.42,))
    assert ag.grad(lambda x: 1.0)(2.0) == 0.0
    assert (ag.grad(lambda x: x)(2.0), ag.grad(ag.grad(lambda x: x))(2.0)) == (1.0, 0.0)


@pytest.mark.parametrize("argnums", [(0, 1, 0), (1, 0, 1)])
def test_hips_third_derivatives_by_different_arguments(argnums: tuple[int, ...]) -> None:
    f: Callable[..., Any] = lambda x, y: ag.sin(ag.sin(x) + ag.sin(y))  # noqa: E731
    for k in argnums:
        check_grads(f, (0.53, -1.07), order=1)
        f = ag.grad(f, k)
    check_grads(f, (0.53, -1.07), order=1)


def test_hips_hessian_vector_product_inside_a_function() -> None:
    weights = [1.62, -0.61, -0.53, -1.07, 0.87, -2.3, 1.74, -0.76, 0.32, -0.25]

    def fun(x: Any) -> Any:
        return ag.sin(ag.dot(x, weights))

    def vector_product(x: Any, v: Any) -> Any:
        return ag.sin(ag.dot(v, ag.grad(fun)(x)))

    a = [1.46, -2.06, -0.32, -0.38, 1.13, -1.1, -0.17, -0.88, 0.04, 0.58]
    check_grads(fun, (a,))
    check_grads(vector_product, (a, weights[::-1]), order=1)


@pytest.mark.parametrize("swap", [False, True])
def test_hips_a_gradient_that_refers_to_the_enclosing_variable(swap: bool) -> None:
    def fun(x: Any) -> Any:
        return x * ag.grad(lambda y: y * x if swap else x * y)(2.0)

    expect(fun, [1.0], 1.0, 2.0)  # it is x * x
    check_grads(fun, (1.0,))


def test_hips_an_adjoint_that_several_nodes_receive_is_not_shared() -> None:
    def fun(a: Any) -> Any:
        b = a + 1.0
        c = b + 1.5
        d = a + b
        return d + c

    expect(fun, [0.7], 3.0 * 0.7 + 3.5, 3.0)


def test_hips_jacobians() -> None:
    x = 1.62
    rows = ag.jacobian(lambda v: [v, v**2, v**3])(x)
    assert rows == pytest.approx([1.0, 2 * x, 3 * x**2], rel=1e-15)

    scalar: list[Callable[..., Any]] = [
        lambda v: ag.sum([u**3 for u in v]),
        lambda v: ag.prod([ag.sin(u) + ag.sin(u) for u in v]),
        lambda v: ag.grad(lambda y: ag.exp(y) * ag.tanh(v[0]))(v[1]),
    ]
    point = np.array([1.62, -0.61, -0.53, -1.07, 0.87])
    found = ag.jacobian(lambda v: [f(v) for f in scalar])(point)
    stacked = [ag.grad(f)(point) for f in scalar]
    assert np.allclose(found, stacked, rtol=1e-14, atol=0.0)


def test_hips_jacobians_of_higher_order() -> None:
    def fun(x: Any) -> Any:
        return np.array([[ag.sin(a * b) + ag.cos(ag.dot(x, x)) for b in x] for a in x])

    x = np.array([1.62, -0.61])
    assert ag.jacobian(fun)(x).shape == (2, 2, 2)
    assert ag.jacobian(ag.jacobian(fun))(x).shape == (2, 2, 2, 2)

    def total(v: Any) -> Any:
        return ag.sum([ag.sin(u) for u in np.ravel(ag.jacobian(fun)(v))])

    check_grads(total, (x,), order=1)


def test_hips_hessian_of_a_quadratic_form() -> None:
    matrix = np.random.default_rng(1).normal(size=(5, 5))
    x = np.random.default_rng(2).normal(size=5)
    found = ag.hessian(lambda v: (v @ matrix) @ v)(x)
    assert np.allclose(found, matrix + matrix.T, rtol=1e-13, atol=1e-14)


def complicated(a: Any, b: Any, c: Any, d: Any, e: Any, f: Any = 1.1, g: Any = 9.0) -> Any:
    return a + ag.sin(b) + ag.cosh(c) + ag.cos(d) + ag.tan(e) + f + g


def test_hips_several_arguments_and_keywords() -> None:
    args, options = (0.5, -0.3, 0.2, -1.1, 0.7), {"f": 0.6, "g": -0.1}
    wanted = (-math.sin(-1.1), math.cos(-0.3))
    assert ag.grad(complicated, (3, 1))(*args, **options) == wanted
    value, gradient = ag.value_and_grad(complicated, (3, 1))(*args, **options)
    assert (value, gradient) == (complicated(*args, **options), wanted)
    assert ag.grad(partial(lambda x, y: x * y, y=1.0))(2.0) == 1.0


def test_hips_products_with_hessians_and_jacobians() -> None:
    rng = np.random.default_rng(3)
    a, v = rng.normal(size=5), rng.normal(size=5)

    def fun(x: Any) -> Any:
        return ag.sum([ag.sin(u) for u in x])

    assert np.allclose(ag.hessian(fun)(a) @ v, ag.hvp(fun, a, v), rtol=1e-14, atol=0.0)

    def rolled(x: Any) -> Any:
        return np.array([ag.sin(x[k - 1]) for k in range(5)])

    jacobian = ag.jacobian(rolled)(a)
    assert np.allclose(ag.vjp(rolled, a)[1](v)[0], v @ jacobian, rtol=1e-14, atol=0.0)
    assert np.allclose(ag.jvp(rolled, (a,), (v,))[1], jacobian @ v, rtol=1e-14, atol=0.0)


def test_hips_gauss_newton_vector_products() -> None:
    rng = np.random.default_rng(4)
    matrix, x, v = rng.normal(size=(5, 4)), rng.normal(size=4), rng.normal(size=4)

    def inner(u: Any) -> Any:
        return np.array([ag.tanh(ag.dot(row, u)) for row in matrix])

    def outer(y: Any) -> Any:
        return ag.sum([2.0 * u**2 + u**4 for u in y])

    jacobian = ag.jacobian(inner)(x)
    curvature = ag.hessian(outer)(inner(x))
    y, pull = ag.vjp(inner, x)
    found = pull(ag.hvp(outer, y, ag.jvp(inner, (x,), (v,))[1]))[0]
    assert np.allclose(found, jacobian.T @ curvature @ jacobian @ v, rtol=1e-12, atol=0.0)


def test_hips_containers() -> None:
    def over_dict(d: Any) -> Any:
        return ag.sin(d["a"]) * d["b"][0] + d["b"][1] * d["c"]["x"]

    point = {"a": 0.5, "b": [2.0, -1.0], "c": {"x": 3.0, "unused": 4.0}}
    assert ag.grad(over_dict)(point) == {
        "a": math.cos(0.5) * 2.0,
        "b": [math.sin(0.5), 3.0],
        "c": {"x": -1.0, "unused": 0.0},
    }
    check_grads(over_dict, (point,))
    check_grads(lambda t: {"first": t[0] * t[1], "rest": [t[1] ** 2, t[0]]}, ((1.3, -0.4),))
    # the gradient of a gradient in a container, and a tuple made inside
    check_grads(lambda d: ag.grad(over_dict)(d)["a"], (point,))
    check_grads(lambda x: (lambda pair: pair[0] * pair[1])((x, ag.exp(x))), (0.3,))


def test_hips_a_branch_on_a_value_and_an_assertion_inside() -> None:
    def fun(x: Any) -> Any:
        assert abs(x - (x * 3.0) / 3.0) < 1e-12
        return x**2 if x > 3.0 else x

    assert [ag.grad(fun)(x) for x in (2.0, 5.0)] == [1.0, 10.0]
    with pytest.raises(TypeError):
        ag.grad(lambda x: [x > 0.0])(1.0)
