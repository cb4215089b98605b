"""The double pendulum: its equations from its energy, and derivatives along its motion."""

import math

import double_pendulum
import numpy as np
import pytest

import autograd_lite as ag

STATE = [0.7, -1.1, 0.4, 2.3]


def test_the_motion_is_lagranges() -> None:
    """d/dt of the momenta is the slope of kinetic less potential energy, by the angles."""

    def lagrangian(angles: list[ag.Value], speeds: list[ag.Value]) -> ag.Value:
        state = [*angles, *speeds]
        potential = double_pendulum.energy([*angles, 0.0, 0.0])
        return double_pendulum.energy(state) - 2 * potential

    rates = double_pendulum.motion(STATE)
    assert rates[:2] == STATE[2:]

    def momenta(*state: ag.Value) -> list[ag.Value]:
        return ag.grad(lagrangian, argnums=1)(list(state[:2]), list(state[2:]))

    _, changes = ag.jvp(momenta, tuple(STATE), tuple(float(x) for x in rates))
    assert changes == pytest.approx(ag.grad(lagrangian)(STATE[:2], STATE[2:]), rel=1e-12)


def test_the_derivative_is_that_of_the_steps() -> None:
    angle, h, calls = math.radians(120), 1e-6, 40
    _, tangents = double_pendulum.follow(angle, calls)
    above, below = (double_pendulum.follow(angle + d, calls)[0] for d in (h, -h))
    np.testing.assert_allclose(tangents, (above - below) / (2 * h), rtol=1e-6, atol=1e-7)


def test_the_energy_stays_and_the_method_is_of_fourth_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def drift(steps: int) -> float:
        monkeypatch.setattr(double_pendulum, "STEPS", steps)
        monkeypatch.setattr(double_pendulum, "EACH", 0.4 / steps)
        after = double_pendulum.advance([float(x) for x in STATE])
        return abs(double_pendulum.energy(after) - double_pendulum.energy(STATE))

    coarse, fine = drift(20), drift(40)
    assert fine < 1e-4
    assert coarse > 12 * fine  # sixteen, but for the next order


def test_small_swings_keep_near_and_large_ones_do_not() -> None:
    small, large = double_pendulum.compute_rates(np.radians([10.0, 120.0]), 500)
    assert small < 0.1
    assert large > 0.8


def test_one_pendulum_is_one_of_many() -> None:
    angle, calls = math.radians(100), 50
    sizes = np.linalg.norm(double_pendulum.follow(angle, calls)[1], axis=1)
    one = double_pendulum.fit_growth_rate(sizes, calls * double_pendulum.CALL)[0]
    many = double_pendulum.compute_rates(np.array([0.3, angle]), calls)
    assert many[1] == pytest.approx(one, rel=1e-9)
