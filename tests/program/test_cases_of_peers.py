"""Cases that other projects test, on our operations: function, point, and what is expected there.

The cases follow, block by block:
- HIPS autograd: test_scalar_ops, test_binary_ops, test_graphs, test_jacobian, test_wrappers,
  test_logic, test_dict, test_list and test_tuple;
- JAX: lax_autodiff_test, lax_numpy_test, nn_test, custom_api_test, the precision tests of hypot,
  and the FAQ on gradients with `where`;
- XAD's Python tests: test_math_functions_derivatives and test_real_operations;
- Stan Math's test/unit/math/mix/fun, with its common arguments;
- ChainRules.jl's rulesets/Base (fastmath_able.jl, base.jl) and DiffRules.jl.

Where we and a project decided otherwise, the case stands here with our convention, and a comment.
"""

import math
import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.jit.backend.choose import has_llvm
from autograd_lite.testing import check_grads
from tests.support.cases import loop_over

NAN, INF, PI = math.nan, math.inf, math.pi
BACKENDS = ["python", *(["llvm"] if has_llvm() else [])]


@lru_cache(maxsize=100)
def compiled(f: Callable[..., Any], backend: str) -> Callable[..., Any]:
    return ag.jit(f, backend=backend)


@lru_cache(maxsize=100)
def compiled_gradient(
    f: Callable[..., Any], argnums: tuple[int, ...], backend: str
) -> Callable[..., Any]:
    return ag.jit(ag.value_and_grad(f, argnums), backend=backend)


def evaluations(f: Callable[..., Any], xs: Sequence[float]) -> dict[str, list[float]]:
    """The value and all partials, by every mode and back end."""
    xs = [float(x) for x in xs]
    every = tuple(range(len(xs)))
    leaves = [Value(x) for x in xs]
    y = f(*leaves)
    y.backward()
    units = [[float(i == k) for i in every] for k in every]
    value, partials = ag.value_and_grad(f, every)(*xs)
    found = {
        "backward": [y.data, *[x.grad for x in leaves]],
        "grad": [value, *partials],
        "forward": [ag.jvp(f, xs, units[0])[0], *[ag.jvp(f, xs, unit)[1] for unit in units]],
    }
    jitted = compiled(f, "python")
    found["grad of python"] = [jitted(*xs), *ag.grad(jitted, every)(*xs)]
    for backend in BACKENDS:
        gradient = compiled_gradient(f, every, backend)
        gradient(*xs)
        value, partials = gradient(*xs)  # the second call is a replay
        found[f"{backend} of grad"] = [value, *partials]
    return found


def close(x: float, y: float, rel: float) -> bool:
    if math.isnan(y) or math.isinf(y):
        return x == y or (math.isnan(x) and math.isnan(y))
    return abs(x - y) <= rel * abs(y)


def expect(f: Callable[..., Any], xs: Sequence[float], *wanted: float, rel: float = 4e-15) -> None:
    """The value and the partials are these; where 0 is wanted it is 0."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of domains, which others test
        found = evaluations(f, xs)
    for mode, numbers in found.items():
        assert len(numbers) == len(wanted)
        assert all(map(close, numbers, wanted, [rel] * len(wanted))), (mode, numbers, wanted)


def named(function: Any) -> str:
    """A test's id for an argument of a table."""
    return str(getattr(function, "__name__", None) or getattr(function, "name", function))


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


# JAX: special points of lax_autodiff_test and lax_numpy_test, to the second order

SPECIAL: list[tuple[str, tuple[float, ...]]] = [
    ("sinh cosh asin acos tan arctanh", (0.0,)),
    ("tanh", (0.0, 1000.0)),
    ("sin cos", (0.0, PI, PI / 2, PI / 4)),
    ("atan arcsinh", (0.0, 1000.0)),
    ("arccosh", (1000.0,)),
    ("erf erfc", (0.0, 10.0)),
    ("floor ceil", (0.1, 0.25, 0.4)),
    ("cbrt", (-1.5, 0.9)),
    ("sigmoid", (-3.0, 0.0, 2.0)),
]
SPECIAL_CASES = [(name, x) for row, xs in SPECIAL for name in row.split() for x in xs]


@loop_over("name, x", SPECIAL_CASES)
def test_jax_special_values(name: str, x: float) -> None:
    check_grads(getattr(ag, name), (x,))


def test_jax_second_derivatives_of_a_power_at_exponent_zero() -> None:
    both = ag.hessian(lambda p: p[0] ** p[1])([4.0, 0.0])
    assert both == [[0.0, 0.25], [0.25, math.log(4.0) ** 2]]
    forward = ag.jvp(lambda x: ag.jvp(lambda y: x**y, (0.0,), (1.0,))[1], (4.0,), (1.0,))
    assert forward == (math.log(4.0), 0.25)


@pytest.mark.parametrize("n", [0, 0.0])
def test_jax_powers_of_zero(n: float) -> None:
    expect(lambda z: z**n, [0.0], 1.0, 0.0)
    expect(lambda z: z**n + z, [3.14], 4.14, 1.0)
    expect(lambda z: z**n + z**1, [0.0], 1.0, 1.0)
    # JAX gives nan by the base where the exponent is a variable too, and means to give 0
    expect(ag.pow, [0.0, 0.0], 1.0, 0.0, 0.0)


def test_jax_sixth_derivative_of_the_reciprocal() -> None:
    for inverse in (lambda x: 1 / x, ag.reciprocal, lambda x: x**-1):
        f: Any = inverse
        for _ in range(6):
            f = ag.grad(f)
        assert f(4.0) == pytest.approx(0.0439453125, rel=1e-14)


def test_jax_stop_gradient() -> None:
    def f(x: Any) -> Any:
        return ag.sin(x) * ag.cos(ag.stop_gradient(x))

    def f2(x: Any, y: Any) -> Any:
        return ag.sin(x) * ag.cos(y)

    assert ag.grad(f)(3.14) == ag.grad(f2)(3.14, 3.14)
    assert ag.grad(ag.grad(f))(3.14) == ag.grad(ag.grad(f2))(3.14, 3.14)
    assert ag.grad(lambda x: ag.stop_gradient(x))(3.0) == 0.0
    with pytest.raises(TypeError):
        ag.stop_gradient(lambda x: x)


@loop_over("y", [0.13, -0.77, 2.3, -4.9])
@loop_over("x", [-8.8, -3.1, 0.4, 7.6])
def test_jax_remainders(x: float, y: float) -> None:
    for f in (ag.fmod, ag.remainder, lambda v, w: v % w):
        check_grads(f, (x, y))


@pytest.mark.parametrize("x", [-2.3, 4.1])
def test_jax_clamp_with_the_operand_in_each_place(x: float) -> None:
    low, high = x - 10.0, x + 10.0
    expect(ag.clip, [x, low, high], x, 1, 0, 0)
    expect(ag.clip, [low, x, high], x, 0, 1, 0)
    expect(ag.clip, [high, low, x], x, 0, 0, 1)
    expect(
        lambda c, a, b: ag.where(c > 0.0, a, b),
        [x, low, high],
        *([low, 0, 1, 0] if x > 0 else [high, 0, 0, 1]),
    )


def test_jax_extremes_of_equal_numbers() -> None:
    for x in (-1.5, 0.0, 2.0):
        expect(ag.maximum, [x, x], x, 0.5, 0.5)
        expect(ag.minimum, [x, x], x, 0.5, 0.5)


def test_jax_softplus_relu_and_elu_at_their_ends() -> None:
    check_grads(ag.softplus, (1e-8,), order=4)
    check_grads(ag.softplus, (0.0,), order=1)
    expect(ag.softplus, [0.0], math.log(2.0), 0.5)
    expect(ag.softplus, [89.0], 89.0, 1.0)
    expect(ag.softplus, [INF], INF, 1.0)
    expect(ag.softplus, [-INF], 0.0, 0.0)
    expect(ag.softplus, [NAN], NAN, NAN)
    for x in (1.0, -1.0):
        check_grads(ag.relu, (x,), order=3)
    expect(ag.relu, [0.0], 0.0, 0.0)
    expect(lambda x: ag.clip(x, 0.0, 6.0), [0.0], 0.0, 0.0)  # relu6 at both its kinks
    expect(lambda x: ag.clip(x, 0.0, 6.0), [6.0], 6.0, 0.0)
    expect(ag.elu, [1e4], 1e4, 1.0)
    check_grads(ag.elu, (1e4,), order=3)


TINY, HUGE = 2.2250738585072014e-308, 1.7976931348623157e308


@loop_over(
    "x, y",
    [
        (3.0, 4.0),
        (-3.0, 4.0),
        (3.0, -4.0),
        (-3.0, -4.0),
        (5.0, 0.0),
        (-5.0, 0.0),
        (0.0, 5.0),
        (0.0, -5.0),
        (12 * TINY, 16 * TINY),
        (-12 * TINY, 16 * TINY),
        (3 / 8 * HUGE, HUGE / 2),
        (3 / 8 * HUGE, -HUGE / 2),
        (HUGE / 2, HUGE / 2),
        (HUGE, 1.0),
    ],
)
def test_jax_hypot_where_its_square_would_leave_the_range(x: float, y: float) -> None:
    scale = max(abs(x), abs(y))
    a, b = x / scale, y / scale
    unit = math.hypot(a, b)
    for f in (ag.hypot, lambda u, v: ag.norm([u, v])):
        expect(f, [x, y], math.hypot(x, y), a / unit, b / unit)


@pytest.mark.parametrize("scale", [1.0, 2.0**-487, 2.0**300])
def test_jax_hypot_to_the_third_order(scale: float) -> None:
    r = 5.0 * scale
    found = ag.hessian(lambda p: ag.hypot(*p))([3.0 * scale, 4.0 * scale])
    wanted = [[0.64 / r, -0.48 / r], [-0.48 / r, 0.36 / r]]
    assert np.allclose(found, wanted, rtol=8 * 2.2e-16, atol=0.0)
    third = ag.grad(ag.grad(ag.grad(ag.hypot)))(3.0 * scale, 4.0 * scale)
    assert third == pytest.approx(-3 * 0.6 * 0.64 / r / r, rel=8 * 2.2e-16)


@pytest.mark.parametrize("x", [0.0, -0.0])
@pytest.mark.parametrize("y", [0.0, -0.0])
def test_jax_hypot_at_the_origin(x: float, y: float) -> None:
    expect(ag.hypot, [x, y], 0.0, 0.0, 0.0)  # JAX gives nan; here the subgradient of least norm


def test_jax_where_keeps_the_nan_of_the_other_branch_out() -> None:
    # the FAQ's functions, for which JAX asks for a second `where` inside
    expect(lambda x: ag.where(x > 0.0, ag.log(x), 0.0), [0.0], 0.0, 0.0)
    expect(lambda x: ag.where(x < 1.0, x, ag.sqrt(x)), [0.0], 0.0, 1.0)
    expect(lambda x: ag.where(x != 0.0, ag.sin(x) / x, 1.0), [0.0], 1.0, 0.0)
    expect(lambda x: ag.where(abs(x) > 1e-8, (ag.exp(x) - 1.0) / x, 1.0 + x / 2), [0.0], 1.0, 0.5)


@loop_over(
    "x, y, value, dx, dy",
    [
        (0.0, 0.0, math.log(2.0), 0.5, 0.5),
        (INF, 0.0, INF, 1.0, 0.0),
        (0.0, INF, INF, 0.0, 1.0),
        (-INF, 0.0, 0.0, 0.0, 1.0),
        (0.0, -INF, 0.0, 1.0, 0.0),
        (INF, -INF, INF, 1.0, 0.0),
        (1000.0, -1000.0, 1000.0, 1.0, 0.0),
        (-500.0, 500.0, 500.0, 0.0, 1.0),
        (NAN, 0.0, NAN, NAN, NAN),
    ],
)
def test_jax_logaddexp_at_its_ends(x: float, y: float, value: float, dx: float, dy: float) -> None:
    expect(ag.logaddexp, [x, y], value, dx, dy)


def test_jax_a_derivative_of_ones_own() -> None:
    f = ag.primitive(math.sin, partials=[lambda x, y: 2 * ag.cos(x)], name="sin2")
    assert (f(3.0), ag.grad(f)(3.0)) == (math.sin(3.0), 2 * math.cos(3.0))
    assert ag.jvp(f, (3.0,), (1.0,)) == (math.sin(3.0), 2 * math.cos(3.0))
    assert ag.grad(ag.grad(f))(3.0) == -2 * math.sin(3.0)
    odd = ag.primitive(lambda x: math.cos(2 * x) / 2, partials=[lambda x, y: 3.0], name="odd")

    def directional(x: Any) -> Any:
        return ag.jvp(odd, (x,), (x,))[0]

    for x in (1.0, -0.4):
        assert ag.jvp(odd, (x,), (x,)) == ag.jvp(directional, (x,), (x,))
    # the stable derivative that JAX's documentation writes down for log(1 + exp(x))
    naive = ag.primitive(
        lambda x: math.log1p(math.exp(x)) if x < 700 else x,
        partials=[lambda x, y: 1 - 1 / (1 + ag.exp(x))],
        name="log1pexp",
    )
    expect(naive, [100.0], 100.0, 1.0)


# XAD: value and derivatives at one point each

XAD_UNARY: list[tuple[Callable[..., Any], float, float, float]] = [
    (ag.sin, PI / 4, math.sin(PI / 4), math.cos(PI / 4)),
    (ag.cos, PI / 4, math.cos(PI / 4), -math.sin(PI / 4)),
    (ag.tan, 0.5, math.tan(0.5), 2 / (1 + math.cos(1.0))),
    (ag.atan, 0.5, math.atan(0.5), 0.8),
    (ag.acos, 0.5, math.acos(0.5), -2 / math.sqrt(3)),
    (ag.asin, 0.5, math.asin(0.5), 2 / math.sqrt(3)),
    (ag.tanh, 0.5, math.tanh(0.5), 1 / math.cosh(0.5) ** 2),
    (ag.cosh, 0.5, math.cosh(0.5), math.sinh(0.5)),
    (ag.sinh, 0.5, math.sinh(0.5), math.cosh(0.5)),
    (ag.atanh, 0.5, math.atanh(0.5), 4 / 3),
    (ag.asinh, 0.5, math.asinh(0.5), 2 / math.sqrt(5)),
    (ag.acosh, 1.5, math.acosh(1.5), 2 / math.sqrt(5)),
    (ag.sqrt, 4, 2, 0.25),
    (ag.log10, 4, math.log10(4), 1 / (4 * math.log(10))),
    (ag.log, 4, math.log(4), 0.25),
    (ag.exp, 4, math.exp(4), math.exp(4)),
    (ag.expm1, 4, math.expm1(4), math.exp(4)),
    (ag.log1p, 4, math.log1p(4), 0.2),
    (ag.log2, 4, 2, 1 / (4 * math.log(2))),
    (abs, -4, 4, -1),
    (ag.fabs, -4.4, 4.4, -1),
    (ag.erf, -1.4, math.erf(-1.4), 2 / math.sqrt(PI) * math.exp(-(1.4**2))),
    (ag.erfc, -1.4, math.erfc(-1.4), -2 / math.sqrt(PI) * math.exp(-(1.4**2))),
    (ag.cbrt, 8, 2, 1 / 12),
    (ag.trunc, 8.1, 8, 0),
    (ag.ceil, 3.7, 4, 0),
    (ag.floor, 3.7, 3, 0),
    (ag.degrees, 3, math.degrees(3), 180 / PI),
    (ag.radians, 3, math.radians(3), PI / 180),
    (lambda x: x**3, 4, 64, 48),
    (lambda x: 3**x, 4, 81, math.log(3) * 81),
    (lambda a: 2 * a, 3, 6, 2),
    (lambda a: 2 + a, 3, 5, 1),
    (lambda a: 2 - a, 3, -1, -1),
    (lambda a: 2 / a, 3, 2 / 3, -2 / 9),
    (lambda a: a * 3.6, 3, 10.8, 3.6),
    (lambda a: a + 3.9, 3, 6.9, 1),
    (lambda a: a - 4.3, 3, -1.3, 1),
    (lambda a: a / 2, 3, 1.5, 0.5),
    (lambda a: +a, 3, 3, 1),
    (lambda a: -a, 3, -3, -1),
]
XAD_BINARY: list[tuple[Callable[..., Any], float, float, float, float, float]] = [
    (ag.minimum, 3, 4, 3, 1, 0),
    (ag.minimum, 4, 3, 3, 0, 1),
    (ag.maximum, 3.5, 4.3, 4.3, 0, 1),
    (ag.maximum, 4.3, 3.5, 4.3, 1, 0),
    (min, 3.5, 4.3, 3.5, 1, 0),
    (max, 3.5, 4.3, 4.3, 0, 1),
    (ag.remainder, 5, 2, 1, 1, -2),
    (ag.fmod, 6, 2, 0, 1, -3),
    (ag.copysign, -3.1, 4, 3.1, -1, 0),
    (ag.hypot, -3.1, 4, math.hypot(3.1, 4), -3.1 / math.hypot(3.1, 4), 4 / math.hypot(3.1, 4)),
    (lambda a, b: a * b, 5, 2, 10, 2, 5),
    (lambda a, b: a + b, 5, 2, 7, 1, 1),
    (lambda a, b: a - b, 5, 2, 3, 1, -1),
    (lambda a, b: a / b, 5, 2, 2.5, 0.5, -1.25),
]


@loop_over("f, x, value, slope", XAD_UNARY)
def test_xad_functions_of_one(f: Any, x: float, value: float, slope: float) -> None:
    expect(f, [x], value, slope)


@loop_over("f, x, y, value, dx, dy", XAD_BINARY)
def test_xad_functions_of_two(
    f: Any, x: float, y: float, value: float, dx: float, dy: float
) -> None:
    expect(f, [x, y], value, dx, dy)


def test_xad_sums_and_distances() -> None:
    expect(lambda *xs: sum(xs), [-3.1, 4.0, 2.4], 3.3, 1, 1, 1)
    length = math.dist([-3.1, 4], [2.4, 1])

    def distance(a: Any, b: Any, c: Any, d: Any) -> Any:
        return ag.norm([a - c, b - d])

    slopes = [-5.5 / length, 3 / length, 5.5 / length, -3 / length]
    expect(distance, [-3.1, 4, 2.4, 1], length, *slopes)


@loop_over("x", [2.7, -2.7, 2, -2])
@loop_over("y", [2, -2, 2.0, -2.0])
def test_xad_integer_division_on_either_side(x: float, y: float) -> None:
    for left, right in ((Value(x), y), (x, Value(y)), (Value(x), Value(y))):
        assert (left % right).data == x % y
        assert (left // right).data == x // y
        assert tuple(part.data for part in divmod(left, right)) == divmod(x, y)


def test_xad_rounding_comparisons_and_truth() -> None:
    assert [round(Value(2.345), n).data for n in (2, 1, 0)] == [round(2.345, n) for n in (2, 1, 0)]
    for x in (2.345, 2.845, -2.845, 0.0):
        for f in (math.ceil, math.floor, math.trunc):
            assert f(Value(x)).data == f(x)
    a, b, c = Value(0.2), Value(0.5), Value(0.2)
    for low, high in ((a, b), (a, 0.5), (0.2, b)):
        assert [low < high, low <= high, low != high] == [True] * 3
        assert [low > high, low >= high, low == high] == [False] * 3
    assert a == c and a == 0.2 and [a != c, a != 0.2] == [False, False]
    assert [bool(Value(x)) for x in (1.0, 0.0, -1.0)] == [True, False, True]
    total = Value(0.2)
    total += 1
    total -= 1.9
    assert total.data == pytest.approx(-0.7, rel=1e-15)


# Stan Math: its common arguments and each function's own points

COMMON = (-1.3, 0.49, 0.99, 1.01, 0.0)
STAN: list[tuple[str, tuple[float, ...]]] = [
    ("exp expm1 exp2 sinh cosh tanh sin cos atan asinh erf erfc square sigmoid softplus", ()),
    ("asin acos atanh", (-0.9, -0.2, 0.5)),
    ("acosh", (1.5, 3.2, 5.0, 10.0, 12.9)),
    ("log log2 log10 sqrt", (0.1, 0.2, 3.3, 1e3)),
    ("log1p", (-0.99, -0.5, 0.5, 7.2, 1000.0)),
    ("cbrt reciprocal", (-2.6, -2.0, -0.2, 1.3, 3.0)),
    ("fabs", (-2.6, -2.0, -0.5, 1.5, 2.0, 3.0)),
    ("lgamma", (-2.6, -0.2, 1.0, 1.3, 3.0, 3.7, 10.0, 22.0)),
    ("gamma", (-2.6, -1.2, -0.5, 0.5, 1.5, 3.5)),
    ("digamma", (-10.2, -1.2, 2.3, 5.7)),
    ("floor ceil trunc", (-2.6, -0.2, 0.4, 1.49, 3.51)),
]
WITHIN: dict[str, Callable[[float], bool]] = {
    "asin": lambda x: abs(x) < 1,
    "acos": lambda x: abs(x) < 1,
    "atanh": lambda x: abs(x) < 1,
    "acosh": lambda x: x > 1,
    "log1p": lambda x: x > -1,
    **dict.fromkeys(("log", "log2", "log10", "sqrt"), lambda x: x > 0),
    **dict.fromkeys(("cbrt", "reciprocal", "lgamma", "gamma", "digamma"), lambda x: x != 0),
    **dict.fromkeys(("floor", "ceil", "trunc"), lambda x: x % 1 != 0),
}
STAN_CASES = [
    (name, x)
    for row, xs in STAN
    for name in row.split()
    for x in dict.fromkeys((*COMMON, *xs))
    if WITHIN.get(name, lambda x: True)(x)
]


@loop_over("name, x", STAN_CASES)
def test_stan_functions_of_one(name: str, x: float) -> None:
    check_grads(getattr(ag, name), (x,))


# value and slope at -inf, and at inf; nan is outside the domain
AT_INFINITY: dict[str, tuple[float, float, float, float]] = {
    "exp": (0, 0, INF, INF),
    "exp2": (0, 0, INF, INF),
    "expm1": (-1, 0, INF, INF),
    "sinh": (-INF, INF, INF, INF),
    "cosh": (INF, -INF, INF, INF),
    "tanh": (-1, 0, 1, 0),
    "sin": (NAN, NAN, NAN, NAN),
    "cos": (NAN, NAN, NAN, NAN),
    "tan": (NAN, NAN, NAN, NAN),
    "atan": (-PI / 2, 0, PI / 2, 0),
    "asinh": (-INF, 0, INF, 0),
    "acosh": (NAN, NAN, INF, 0),
    "asin": (NAN, NAN, NAN, NAN),
    "acos": (NAN, NAN, NAN, NAN),
    "atanh": (NAN, NAN, NAN, NAN),
    "erf": (-1, 0, 1, 0),
    "erfc": (2, 0, 0, 0),
    "square": (INF, -INF, INF, INF),
    "sigmoid": (0, 0, 1, 0),
    "softplus": (0, 0, INF, 1),
    "log": (NAN, NAN, INF, 0),
    "log2": (NAN, NAN, INF, 0),
    "log10": (NAN, NAN, INF, 0),
    "log1p": (NAN, NAN, INF, 0),
    "sqrt": (NAN, NAN, INF, 0),
    "cbrt": (-INF, 0, INF, 0),
    "reciprocal": (0, 0, 0, 0),
    "fabs": (INF, -1, INF, 1),
    "relu": (0, 0, INF, 1),
}


@loop_over("name", AT_INFINITY)
def test_stan_infinite_and_missing_arguments(name: str) -> None:
    f = getattr(ag, name)
    expect(f, [-INF], *AT_INFINITY[name][:2])
    expect(f, [INF], *AT_INFINITY[name][2:])
    expect(f, [NAN], NAN, NAN)


STAN_BINARY: list[tuple[str, list[tuple[float, float]]]] = [
    ("pow", [(0.5, 0.5), (0.5, 1.0), (0.5, 1.2), (0.5, 5.0), (1.0, 2.0), (3.0, 4.0)]),
    ("pow", [(4.0, -2 + 0.5 * k) for k in range(13)]),
    ("atan2", [(1.0, 1.0), (1.5, 1.5), (1.2, 3.9), (0.5, 2.3)]),
    ("hypot", [(0.5, 0.0), (0.5, 2.3), (0.5001, 1.0001), (3.0, 4.0), (3.0, 6.0)]),
    ("logaddexp", [(0.0, 0.0), (0.5, -1.0), (0.5, 1.2), (1.4, 0.5), (3.0, 6.0), (5.0, 2.0)]),
    ("logaddexp", [(-2.0, 15.0), (2.0, -15.0)]),
    ("minimum", [(-3.0, 4.0), (1.3, 2.0), (2.0, -3.0), (2.3, 2.0), (2.5, 1.5), (4.0, -3.0)]),
    ("maximum", [(-3.0, 4.0), (1.3, 2.0), (2.0, -3.0), (2.3, 2.0), (2.5, 1.5), (4.0, -3.0)]),
    ("fmod", [(2.0, 3.0), (2.0, 4.0), (2.7, 1.3), (3.0, 2.0), (3.0, 6.0), (3.0, -6.0)]),
    ("xlogy", [(0.5, 1.2), (1.5, 1.8), (2.2, 3.3), (19.7, 1299.1)]),
]
STAN_BINARY_CASES = [(name, x, y) for name, points in STAN_BINARY for x, y in points]


@loop_over("name, x, y", STAN_BINARY_CASES)
def test_stan_functions_of_two(name: str, x: float, y: float) -> None:
    check_grads(getattr(ag, name), (x, y))


@loop_over("name", dict.fromkeys(name for name, _ in STAN_BINARY))
@loop_over("x, y", [(1.0, NAN), (NAN, 1.0), (NAN, NAN)])
def test_stan_a_missing_operand(name: str, x: float, y: float) -> None:
    f = getattr(ag, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = evaluations(f, [x, y])
    # IEEE: 1**nan is 1
    wanted = 1.0 if name == "pow" and x == 1.0 else NAN
    for mode, (value, *partials) in found.items():
        assert close(value, wanted, 0.0), (mode, value)
        assert str(partials) == str(found["backward"][1:]), mode


def test_stan_outside_of_a_domain() -> None:
    expect(ag.pow, [-0.4, 0.5], NAN, NAN, NAN)
    expect(ag.xlogy, [0.5, -0.4], NAN, NAN, NAN)


def test_stan_a_huge_reciprocal() -> None:
    expect(ag.reciprocal, [1e160], 1e-160, -1e-320)


def test_stan_log_sum_exp_and_softmax_of_lists() -> None:
    for xs in ([0.0], [5.0, 2.0], [1.0, 2.0, 3.0, 4.0]):
        check_grads(ag.logsumexp, (xs,))
    for xs in (
        [0.0],
        [-1.0, 1.0],
        [-1.0, 1.0, 10.0],
        [0.5, -1.0, 3.0],
        [4.0, 3.0, -2.0],
        [2.0, 1.0, 1.0],
    ):
        check_grads(ag.softmax, (xs,))
    expect(lambda *xs: ag.logsumexp(xs), [4.9, -INF], 4.9, 1.0, 0.0)
    assert ag.logsumexp([INF, INF]) == INF
    expect(lambda *xs: ag.logsumexp(xs), [1000.0, 10.0], 1000.0, 1.0, 0.0)


@pytest.mark.parametrize("xs", [(1.0, 2.0, 3.0), (3.0, 5.0, 7.0), (0.5, 1.2, 1.8), (2.5, 1.5, 1.7)])
def test_stan_fma(xs: tuple[float, float, float]) -> None:
    check_grads(ag.fma, xs)
    x, y, z = xs
    expect(ag.fma, xs, float(np.float64(x * y + z)), y, x, 1.0)
    for k in range(3):
        with_nan = [NAN if i == k else v for i, v in enumerate(xs)]
        expect(ag.fma, with_nan, NAN, with_nan[1], with_nan[0], 1.0)


@loop_over("x", [-INF, -1.0, -0.0, 0.0, 1.0, INF, NAN])
@loop_over("y", [-INF, -1.0, -0.0, 0.0, 1.0, INF, NAN])
def test_stan_the_sign_of_copysign(x: float, y: float) -> None:
    for left, right in ((Value(x), y), (x, Value(y)), (Value(x), Value(y))):
        assert math.copysign(1.0, ag.copysign(left, right).data) == math.copysign(1.0, y)


# ChainRules: powers near zero, by base and by exponent

POWERS: list[tuple[float, float, float, float]] = [
    (1.0, 2, 2.0, 0.0),
    (2.0, 2, 4.0, 2.772588722239781),
    (0.0, 2, 0.0, 0.0),
    (-0.0, 2, 0.0, 0.0),
    (0.0, 1, 1.0, 0.0),
    (-0.0, 1, 1.0, 0.0),
    # ChainRules gives nan by the exponent from here on. Ours is 0 at (0, 0); where the exponent is
    # negative it is the limit, -inf, or nan where the base is -0.0 and none exists.
    (0.0, 0, 0.0, 0.0),
    (-0.0, 0, 0.0, 0.0),
    (0.0, -1, -INF, -INF),
    (-0.0, -1, -INF, -INF),
    (0.0, -2, -INF, -INF),
    (-0.0, -2, INF, -INF),
    (0.0, 0.5, INF, 0.0),
    (0.0, 3.5, 0.0, 0.0),
    (0.0, -1.5, -INF, -INF),
]


@loop_over("x, p, dx, dp", POWERS)
def test_chainrules_powers_near_zero(x: float, p: float, dx: float, dp: float) -> None:
    value = INF * (math.copysign(1.0, x) if p == -1 else 1.0) if x == 0.0 and p < 0 else x**p
    expect(ag.pow, [x, p], value, dx, dp)
    expect(lambda v: v**p, [x], value, dx)


CHAINRULES: list[tuple[str, tuple[float, ...]]] = [
    ("sin cos tan sinh cosh tanh", (PI - 0.01,)),
    ("asin acos atan asinh atanh", (0.5,)),
    ("acosh", (1.5,)),
    ("reciprocal exp exp2 expm1 cbrt", (-0.1, 7.9)),
    ("sqrt log log2 log10 log1p", (7.9,)),
    ("atan", (-4.1, 6.4, 0.0)),
    ("degrees radians", (-0.1, 6.4)),
    ("fabs square", (-4.1, 6.4)),
    ("sign", (-1.1, 0.5, 100.0)),
    ("floor ceil trunc", (-0.6, -0.2, 0.1, 0.6)),
]
CHAINRULES_CASES = [(name, x) for row, xs in CHAINRULES for name in row.split() for x in xs]


@loop_over("name, x", CHAINRULES_CASES)
def test_chainrules_functions_of_one(name: str, x: float) -> None:
    check_grads(getattr(ag, name), (x,))


@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (0.0, -2.1), (3.2, 0.0), (-2.1, 3.2), (3.2, 3.2)])
def test_chainrules_products(x: float, y: float) -> None:
    expect(lambda a, b: a * b, [x, y], x * y, y, x)
    for xs in ([x, y, x + y], [x, y, 17 * x, 23 * y], [7 * x, 3 * y, x + y + PI]):
        others = [math.prod(v for i, v in enumerate(xs) if i != k) for k in range(len(xs))]
        expect(lambda *vs: ag.prod(vs), xs, math.prod(xs), *others)
        check_grads(ag.prod, (xs,))


@loop_over("x", [-1.1, -0.1, 33.0])
@loop_over("y", [-1.1, 0.1, 100.0])
def test_chainrules_copysign(x: float, y: float) -> None:
    expect(ag.copysign, [x, y], math.copysign(x, y), math.copysign(1.0, x * y), 0.0)


def test_chainrules_clamp_sign_literal_powers_and_lengths() -> None:
    expect(ag.clip, [1.0, 2.0, 3.0], 2.0, 0, 1, 0)
    expect(ag.clip, [2.5, 2.0, 3.0], 2.5, 1, 0, 0)
    expect(ag.clip, [4.0, 2.0, 3.0], 3.0, 0, 0, 1)
    expect(lambda x: 10.5 * ag.sign(x), [0.0], 0.0, 0.0)
    for x in (-1.5, 0.0, 3.5):
        expect(lambda v: v**2, [x], x**2, 2 * x)
        expect(lambda v: v**3, [x], x**3, 3 * x**2)
    for xs in ([0.3, -1.2, 2.2], [0.3, -1.2, 2.2, -0.7]):
        check_grads(ag.norm, (xs,))
    for n in (0, 1, 20):
        expect(lambda x: x * 2.0**n, [7.3], math.ldexp(7.3, n), 2.0**n)  # noqa: B023


@pytest.mark.parametrize(("x", "y"), [(13.37, 5.21), (8.9, 1.3), (0.35, 1.7), (-3.4, 1.1)])
def test_chainrules_remainders_and_extremes(x: float, y: float) -> None:
    for f in (ag.atan2, ag.fmod, ag.maximum, ag.minimum, lambda v, w: v % w, ag.remainder):
        check_grads(f, (x, y))


# DiffRules: x log(y) where x is zero


@pytest.mark.parametrize("y", [0.37, 1.0])
def test_diffrules_xlogy_at_zero(y: float) -> None:
    expect(ag.xlogy, [0.0, y], 0.0, math.log(y), 0.0)
    expect(ag.xlogy, [0.0, 0.0], 0.0, -INF, 0.0)


# The checks above can fail


def test_a_wrong_value_or_partial_is_found() -> None:
    for wanted in ((6.0, 2.0, 3.0 + 1e-12), (6.0, 2.0 + 1e-12, 3.0), (6.0 + 1e-12, 2.0, 3.0)):
        with pytest.raises(AssertionError, match="backward"):
            expect(lambda x, y: x * y, [3.0, 2.0], *wanted)
    for wanted in ((0.0, 1e-300), (0.0, NAN), (NAN, 0.0), (INF, 0.0)):
        with pytest.raises(AssertionError):
            expect(abs, [0.0], *wanted)
    expect(lambda x, y: x * y, [3.0, 2.0], 6.0, 2.0, 3.0)
