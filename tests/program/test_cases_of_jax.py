"""Cases that JAX tests, on our operations: special points, to the second order.

They follow lax_autodiff_test, lax_numpy_test, nn_test, custom_api_test, the precision tests of
hypot, and the FAQ on gradients with `where`. Where we decided otherwise, the case stands here with
our convention, and a comment.
"""

import math
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.testing import check_grads
from tests.support.cases import loop_over
from tests.support.expectations import INF, NAN, PI, expect

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
