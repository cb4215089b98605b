"""The barrier option's Greeks: closed form, the smooth estimates, and the naive ones."""

import math

import barrier_option
import numpy as np
import pytest

import autograd_lite as ag

SPOT, SIGMA = 95.0, barrier_option.VOLATILITY


def test_the_closed_form_solves_its_equation() -> None:
    """Black and Scholes' partial differential equation, nought at the barrier, a call far above."""
    rate, barrier = barrier_option.RATE, barrier_option.BARRIER
    for spot in (91.0, 100.0, 140.0):
        value, delta, _, gamma, _, _ = barrier_option.exact(spot, SIGMA)
        h = 1e-4
        later, sooner = (barrier_option.closed_form(spot, SIGMA, 1 + d) for d in (-h, h))
        theta = (later - sooner) / (2 * h)
        terms = (theta, rate * spot * delta, SIGMA**2 / 2 * spot**2 * gamma, -rate * value)
        assert math.fsum(terms) == pytest.approx(0, abs=1e-6 * value)
    assert barrier_option.closed_form(barrier, SIGMA) == pytest.approx(0, abs=1e-12)
    far = barrier_option.closed_form(400.0, SIGMA)
    assert far == pytest.approx(barrier_option.call(400.0, SIGMA, 1.0), rel=1e-6)


@pytest.mark.slow
def test_smooth_estimates_are_right_and_naive_ones_are_not() -> None:
    numbers = barrier_option.draw_numbers(40_000, seed=5)
    expected = np.array(barrier_option.exact(SPOT, SIGMA))
    found, error = barrier_option.estimate(barrier_option.smooth, SPOT, *numbers)
    # four standard errors: one of six would be further off in one of 2,600 seeds
    assert np.all(np.abs(found - expected) < 4 * error)
    assert np.all(error[:3] < [0.1, 0.02, 0.5])  # and they are no excuse
    assert np.all(error[3:] < [0.004, 0.1, 3.0])
    wrong, spread = barrier_option.estimate(barrier_option.naive, SPOT, *numbers)
    assert abs(wrong[0] - expected[0]) < 4 * spread[0]
    assert np.all(np.abs(wrong - expected)[[1, 2, 4, 5]] > 30 * spread[[1, 2, 4, 5]])
    assert wrong[3] == pytest.approx(0, abs=1e-15)


def test_a_path_is_smooth_at_the_barrier() -> None:
    """Where a date of the path meets the barrier, value and slope go to 0 together."""
    z, u = [-0.5, *[0.3] * 7], [0.5] * 8

    def value(spot: float) -> float:
        return float(barrier_option.smooth_path(spot, SIGMA, z, u))

    low, high = 90.0, 110.0  # the path's first date meets the barrier at a spot in between
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (low, middle) if value(middle) > 0 else (middle, high)
    assert low > 91
    slopes = [ag.grad(barrier_option.smooth_path)(low + h, SIGMA, z, u) for h in (1e-3, 1e-4)]
    assert 0 < slopes[1] == pytest.approx(slopes[0] / 10, rel=1e-2)
    assert value(low - 1e-6) == 0.0
