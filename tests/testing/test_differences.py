"""Differences know their error, and tell a kink from a curve, a jump and a pole."""

import math
from collections.abc import Callable

import pytest

from autograd_lite.testing.differences import Estimate, Line, estimate
from tests.support.cases import loop_over


def measure(f: Callable[[float], float], x: float, *, careful: bool = False) -> Estimate:
    return estimate(Line(lambda point: [f(point[0])], [x], 0), 0, careful=careful)


@loop_over("careful", [False, True])
@loop_over(
    "f, x, slope",
    [
        (math.exp, 1.0, math.e),
        (math.exp, 700.0, math.exp(700.0)),
        (lambda x: 1.0 + 1e-6 * x, 1.0, 1e-6),
        (lambda x: 1e6 + 1e-6 * x, 1.0, 1e-6),
        (lambda x: 1e-6 * x + 1e6 * x**3, 0.0, 1e-6),
        (lambda x: 1e9 * x * x, 1.0, 2e9),
        (lambda x: math.sin(1e4 * x), 0.3, 1e4 * math.cos(3e3)),
        (lambda x: math.sin(1e6 * x), 0.3, 1e6 * math.cos(3e5)),
        (lambda x: x**50, 3.0, 50 * 3.0**49),
        (math.log, 1e-9, 1e9),
        (lambda x: 1.0 / x, 1e-9, -1e18),
        (lambda x: abs(x) ** 1.5, 0.0, 0.0),
        (lambda x: 3.0, 1.0, 0.0),
    ],
)
def test_a_smooth_slope_is_within_its_error(
    f: Callable[[float], float], x: float, slope: float, careful: bool
) -> None:
    found = measure(f, x, careful=careful)
    assert found.kind == "smooth"
    assert abs(found.value - slope) <= 2.0 * found.error + 1e-7 * abs(slope)
    assert found.error <= 0.1 * abs(slope) + 1e-9


def test_careful_distrusts_steps_that_agree_by_chance() -> None:
    def cancelling(x: float) -> float:
        return (1e8 + x) - 1e8

    hasty, careful = measure(cancelling, 1.0), measure(cancelling, 1.0, careful=True)
    assert abs(hasty.value - 1.0) > 2.0 * hasty.error
    assert abs(careful.value - 1.0) <= 2.0 * careful.error


def test_careful_sees_noise_that_every_halved_step_agrees_on() -> None:
    """The slope of a softmax's derivative: 1 - 1/t cancels to nine digits, and over each
    part of the step by a power of two t moves by almost a whole number of its last places.
    """

    def slope(x: float) -> float:
        total = 1.0 + math.exp(-x - 14.607577418992003)
        return 55.41 / total - 55.41 / total / total

    exact = math.exp(-1.0 - 14.607577418992003)
    exact = -55.41 * exact * (1.0 - exact) / (1.0 + exact) ** 3
    hasty, careful = measure(slope, 1.0), measure(slope, 1.0, careful=True)
    assert abs(hasty.value - exact) > 1e4 * hasty.error
    assert abs(careful.value - exact) <= 2.0 * careful.error <= 1e-2 * abs(exact)


@loop_over(
    "f, x, kind",
    [
        (abs, 0.0, "kink"),
        (lambda x: 1e-9 * max(x, 0.0), 0.0, "kink"),
        (math.floor, 2.0, "jump"),
        (lambda x: math.copysign(1.0, x), 0.0, "jump"),
        (math.sqrt, 0.0, "infinite slope"),
        (math.cbrt, 0.0, "infinite slope"),
        (math.asin, 1.0, "infinite slope"),
        (lambda x: x * math.sqrt(x), 0.0, "edge of the domain"),
        (lambda x: math.inf, 0.0, "undefined"),
        (lambda x: 1.0 if x == 0.0 else math.nan, 0.0, "undefined"),
    ],
)
def test_the_kind_of_point(f: Callable[[float], float], x: float, kind: str) -> None:
    assert measure(f, x).kind == kind


def test_the_slopes_at_a_kink() -> None:
    found = measure(lambda x: max(2.0 * x, -x), 0.0)
    assert found.left == pytest.approx(-1.0)
    assert found.right == pytest.approx(2.0)


def test_a_step_is_evaluated_once() -> None:
    seen: list[float] = []

    def f(point: list[float]) -> list[float]:
        seen.append(point[0])
        return [point[0] ** 2]

    estimate(Line(f, [1.0], 0), 0)
    assert len(seen) == len(set(seen)) == 5
