"""Derivatives of derivatives (derivatives.py): each level stays apart from every other.

Perturbation confusion: Siskind and Pearlmutter 2005; Manzyuk et al. 2019.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import grad, hessian, hvp, jacobian, jvp, vjp
from autograd_lite.transforms import pytree
from tests.support.cases import loop_over

close = pytest.approx


def leaves(tree: Any) -> list[float]:
    """The numbers of a structure as floats, to compare."""
    return [getattr(x, "data", x) for x in pytree.flatten(tree)[0]]


def test_a_chain_of_grads() -> None:
    f: Callable[..., Any] = ag.sin
    expected = [math.sin, math.cos, lambda x: -math.sin(x), lambda x: -math.cos(x)]
    for order in range(8):
        assert f(0.7) == close(expected[order % 4](0.7), rel=1e-14), order
        f = grad(f)


def test_forward_chains_and_mixtures_agree() -> None:
    def f(x: Any) -> Any:
        return ag.exp(ag.sin(x) * x) / (1.0 + x * x)

    def forward(g: Callable[..., Any]) -> Callable[..., Any]:
        return lambda x: jvp(g, (x,), (1.0,))[1]

    def pulled(g: Callable[..., Any]) -> Callable[..., Any]:
        return lambda x: vjp(g, x)[1](1.0)[0]

    ways = [forward, grad, jacobian, pulled]
    second = [a(b(f))(0.6) for a in ways for b in ways]
    assert second == close([second[0]] * 16, rel=1e-12)
    third = [a(b(c(f)))(0.6) for a in ways for b in ways for c in ways]
    assert third == close([third[0]] * 64, rel=1e-11)
    step = 1e-4
    assert third[0] == close((second_of(f, 0.6 + step) - second_of(f, 0.6 - step)) / (2 * step))


def second_of(f: Callable[..., Any], x: float) -> float:
    return float(grad(grad(f))(x))


def test_a_function_that_uses_grad_itself() -> None:
    def inner(p: Any) -> Any:
        return p[0] ** 3 * p[1]

    def f(p: Any) -> Any:
        g = grad(inner)(p)  # [3 a^2 b, a^3]
        return g[0] * g[1]  # 3 a^5 b

    a, b = 2.0, 5.0
    assert f([a, b]) == close(3 * a**5 * b)
    assert grad(f)([a, b]) == close([15 * a**4 * b, 3 * a**5])
    assert leaves(hessian(f)([a, b])) == close([60 * a**3 * b, 15 * a**4, 15 * a**4, 0.0])
    assert hvp(f, [a, b], [0.0, 1.0]) == close([15 * a**4, 0.0])


def derivative_forward(f: Callable[..., Any], x: Any) -> Any:
    return jvp(f, (x,), (1.0,))[1]


def derivative_reverse(f: Callable[..., Any], x: Any) -> Any:
    return grad(f)(x)


WAYS = [derivative_forward, derivative_reverse]


@pytest.mark.parametrize("outer", WAYS)
@pytest.mark.parametrize("inner", WAYS)
def test_no_perturbation_confusion(outer: Any, inner: Any) -> None:
    # d/dx x * (d/dy (x + y)) is 1; confused perturbations give 2
    assert outer(lambda x: x * inner(lambda y: x + y, 1.0), 1.0) == 1.0
    assert outer(lambda x: x * inner(lambda y: x * y, 2.0), 3.0) == 6.0
    # the same variable at both levels
    assert outer(lambda x: x * inner(lambda x: x * x, x), 3.0) == 12.0
    assert outer(lambda x: inner(lambda y: x, 1.0), 1.0) == 0.0
    # an inner derivative taken at the outer variable, of a function that closes over it
    assert outer(lambda x: inner(lambda y: x * y * y, x), 3.0) == 12.0


@loop_over("outer", WAYS)
@loop_over("middle", WAYS)
@loop_over("inner", WAYS)
def test_three_levels_over_one_closure(outer: Any, middle: Any, inner: Any) -> None:
    def f(x: Any) -> Any:
        return middle(lambda y: y * x * inner(lambda z: z * z * y * x, y * x), x)

    # d/dz z^2 y x at z = yx is 2 y^2 x^2; times yx: 2 y^3 x^3; d/dy: 6 y^2 x^3 at y = x: 6 x^5
    assert outer(f, 2.0) == close(30 * 2.0**4)


@pytest.mark.parametrize("outer", WAYS)
@pytest.mark.parametrize("inner", WAYS)
def test_nesting_gives_plain_floats_where_nothing_is_captured(outer: Any, inner: Any) -> None:
    for f in (
        lambda x: inner(lambda y: x + y, 1.0),
        lambda x: x * inner(lambda y: x * y * y, 2.0),
        lambda x: inner(lambda y: 5.0, x),
        lambda x: inner(lambda y: y, x),
    ):
        assert type(outer(f, 3.0)) is float


@pytest.mark.parametrize("way", WAYS)
def test_a_derivative_that_returns_a_closure_stays_apart(way: Any) -> None:
    # Manzyuk et al. 2019, "Perturbation confusion in forward automatic differentiation of
    # higher-order functions": s(u) shifts f by u, and d/du is taken twice
    def shifted_slope(f: Callable[..., Any]) -> Callable[..., Any]:
        return lambda x: way(lambda u: f(x + u), 0.0)

    assert shifted_slope(shifted_slope(ag.exp))(1.0) == close(math.e)
    assert shifted_slope(shifted_slope(shifted_slope(ag.sin)))(0.5) == close(-math.cos(0.5))


def test_a_pullback_kept_for_later() -> None:
    kept = {}

    def f(x: Any) -> Any:
        kept["value"], pull = vjp(lambda y: x * y * y, x)
        return pull(x)[0]  # x * 2 x^2

    assert grad(f)(3.0) == close(54.0)
    _, pull = vjp(lambda x, y: [x * y, x], 3.0, 2.0)
    assert pull([1.0, 0.0]) == (2.0, 3.0)
    assert pull([0.0, 1.0]) == (1.0, 0.0)
    assert pull([1.0, 0.0]) == (2.0, 3.0)
    assert grad(lambda c: pull([c * c, 0.0])[0])(3.0) == 12.0
    tangent = grad(lambda t: jvp(lambda x: x * x, (3.0,), (t * t,))[1])(2.0)
    assert tangent == 24.0


@loop_over(
    "f, x, first, second",
    [
        (lambda x: ag.where(x < 1.0, x * x, ag.sqrt(x)), 0.0, 0.0, 2.0),
        (lambda x: ag.where(x > 0.0, x**1.5, 3.0 * x * x), 0.0, 0.0, 6.0),
        (lambda x: ag.maximum(x * x, ag.sqrt(x) - 1.0), 0.0, 0.0, 2.0),
        (lambda x: ag.minimum(x * x, ag.sqrt(x) + 1.0), 0.0, 0.0, 2.0),
        (lambda x: ag.clip(ag.sqrt(x), 0.5, 2.0) + x * x, 0.0, 0.0, 2.0),
        (lambda x: ag.relu(ag.sqrt(x) - 1.0) + x * x, 0.0, 0.0, 2.0),
        (lambda x: ag.maximum(x**3, x), 2.0, 12.0, 12.0),
        (lambda x: ag.clip(x**3, -9.0, 9.0), 2.0, 12.0, 12.0),
    ],
)
def test_what_is_not_chosen_contributes_nothing(
    f: Any, x: float, first: float, second: Any
) -> None:
    assert grad(f)(x) == first
    assert derivative_forward(f, x) == first
    for outer in WAYS:
        for inner in WAYS:
            found = outer(lambda y, inner=inner: inner(f, y), x)
            assert found == close(second)


coefficients = st.lists(st.integers(-4, 4), min_size=1, max_size=6)


places = st.integers(-8, 8).map(lambda n: n / 4)


@given(coefficients, places)
def test_polynomials_to_the_third_order(coefs: list[int], x: float) -> None:
    def f(x: Any) -> Any:
        total: Any = 0.0
        for c in coefs:
            total = total * x + float(c)
        return total

    exact = np.poly1d(coefs)
    found: Callable[..., Any] = f
    forward: Callable[..., Any] = f
    for order in range(1, 4):
        found = grad(found)
        forward = (lambda g: lambda x: derivative_forward(g, x))(forward)
        assert found(x) == close(exact.deriv(order)(x), rel=1e-12, abs=1e-9)
        assert forward(x) == close(exact.deriv(order)(x), rel=1e-12, abs=1e-9)
