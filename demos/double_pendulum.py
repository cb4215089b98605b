"""Follow a double pendulum with exact derivatives, and measure how chaotic it is.

    python demos/double_pendulum.py
    python demos/double_pendulum.py --angle 60 --seconds 30

Two rods of 1 m with equal weights are released at rest. A Runge-Kutta method advances the state,
and `ag.jvp` advances its derivative with respect to the initial angle; `ag.jit` compiles both,
including the loop.

Prints the derivative beside the motion of a second pendulum with a slightly different initial
angle, the growth rate of the derivative (an estimate of the largest Lyapunov exponent), and the
drift of the energy, which should be constant. Draws them, and the growth rate over the initial
angle.
"""

import argparse
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

import autograd_lite as ag

matplotlib.use("Agg")  # pictures go to files, so no screen is needed
from matplotlib import pyplot as plt

GRAVITY = 9.81
STEPS, EACH = 10, 0.002  # steps in one compiled call, and the duration of a step in seconds
CALL = STEPS * EACH
OFF = 1e-7  # the difference between the initial angles of the two pendulums, in radians

State = Sequence[Any]


def motion(state: State) -> list[Any]:
    """Return the time derivative of the state: both angles from the vertical, and their speeds."""
    a, b, u, v = state
    sine, cosine = ag.sin(a - b), ag.cos(a - b)
    below = 3 - ag.cos(2 * (a - b))
    pull = GRAVITY * (3 * ag.sin(a) + ag.sin(a - 2 * b))
    return [
        u,
        v,
        -(pull + 2 * sine * (v**2 + u**2 * cosine)) / below,
        2 * sine * (2 * u**2 + 2 * GRAVITY * ag.cos(a) + v**2 * cosine) / below,
    ]


def energy(state: State) -> Any:
    """Return the kinetic and potential energy for weights of 1 kg."""
    a, b, u, v = state
    moving = u**2 + v**2 / 2 + u * v * ag.cos(a - b)
    return moving - GRAVITY * (2 * ag.cos(a) + ag.cos(b))


def advance(state: State) -> State:
    """Return the state after STEPS steps of the classic fourth-order method."""
    for _ in range(STEPS):
        k1 = motion(state)
        k2 = motion([x + EACH / 2 * k for x, k in zip(state, k1, strict=True)])
        k3 = motion([x + EACH / 2 * k for x, k in zip(state, k2, strict=True)])
        k4 = motion([x + EACH * k for x, k in zip(state, k3, strict=True)])
        slopes = zip(state, k1, k2, k3, k4, strict=True)
        state = [x + EACH / 6 * (p + 2 * q + 2 * r + s) for x, p, q, r, s in slopes]
    return state


@ag.jit
def carry(state: State, tangent: State) -> Any:
    """Return the state and its derivative in one direction, both CALL seconds later."""
    return ag.jvp(advance, (state,), (tangent,))


def start_at_rest(angle: Any) -> tuple[list[Any], list[Any]]:
    """Return the state with both rods at this angle, and its derivative."""
    return [angle, angle, 0.0 * angle, 0.0 * angle], [1.0, 1.0, 0.0, 0.0]


def follow(angle: float, calls: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the states and their derivatives with respect to the initial angle over time."""
    state, tangent = start_at_rest(angle)
    states, tangents = [state], [tangent]
    for _ in range(calls):
        state, tangent = carry(state, tangent)
        states.append(state)
        tangents.append(tangent)
    return np.array(states), np.array(tangents)


def fit_growth_rate(sizes: np.ndarray, seconds: float) -> np.ndarray:
    """Return the growth rate of the logarithm of the derivative, per second.

    It is the slope of a least-squares line, since the first and the last size are as accidental as
    those in between. `sizes` has a row for each call.
    """
    times = np.linspace(0, seconds, len(sizes))
    return np.asarray(np.polyfit(times, np.log(sizes).reshape(len(sizes), -1), 1)[0])


def compute_rates(angles: np.ndarray, calls: int) -> np.ndarray:
    """Return the growth rates for many initial angles; one call of `.map` moves all pendulums."""
    state, tangent = start_at_rest(angles)
    tangent = [np.full_like(angles, x) for x in tangent]
    sizes = [np.linalg.norm(tangent, axis=0)]
    for _ in range(calls):
        state, tangent = carry.map(state, tangent)
        sizes.append(np.linalg.norm(tangent, axis=0))
    return fit_growth_rate(np.array(sizes), calls * CALL)


def measure_seconds(f: Callable[[], Any]) -> float:
    """Return the duration of a call."""
    start = time.perf_counter()
    f()
    return time.perf_counter() - start


def show(angle: float, states: np.ndarray, tangents: np.ndarray, gaps: np.ndarray) -> None:
    """Print the motion and the derivative over time, with the accuracy of both and the speed."""
    calls = len(states) - 1
    sizes = np.linalg.norm(tangents, axis=1)
    energies = np.array([energy(state) for state in states.tolist()])
    drift = np.abs(energies - energies[0]) / GRAVITY
    print(f"Released at {math.degrees(angle):g} degrees; d is d(state)/d(initial angle).\n")
    print(f"{'seconds':>8s}{'angle 1':>10s}{'angle 2':>10s}{'|d|':>12s}{'|gap|/1e-7':>12s}", end="")
    print(f"{'energy drift':>14s}")
    for k in sorted({*range(0, calls, max(1, calls // 10)), calls}):
        a, b = np.degrees(states[k, :2])
        print(f"{k * CALL:8.2f}{a:10.1f}{b:10.1f}{sizes[k]:12.5g}{gaps[k]:12.5g}{drift[k]:14.1e}")
    print(f"\nGrowth rate: {fit_growth_rate(sizes, calls * CALL)[0]:.2f} per second")
    print(f"Largest drift of the energy: {drift.max():.1e} m g l")
    state, tangent = start_at_rest(angle)
    once = measure_seconds(lambda: ag.jvp(advance, (state,), (tangent,)))
    often = measure_seconds(lambda: [carry(state, tangent) for _ in range(100)]) / 100
    print(f"{STEPS} steps with derivatives: {often * 1e6:,.0f} µs, eagerly {once * 1e6:,.0f} µs")


def draw(
    path: Path, angle: float, states: np.ndarray, tangents: np.ndarray, gaps: np.ndarray
) -> None:
    """Draw the angles, the derivative, the energy, and the growth rate over the initial angle."""
    calls = len(states) - 1
    times, sizes = np.linspace(0, calls * CALL, calls + 1), np.linalg.norm(tangents, axis=1)
    rate = fit_growth_rate(sizes, calls * CALL)[0]
    angles = np.linspace(1, 179, 357)
    energies = np.array([energy(state) for state in states.tolist()])
    figure, grid = plt.subplots(2, 2, figsize=(10, 6.4), layout="constrained")
    for number, name, colour in ((0, "upper rod", "#c2571a"), (1, "lower rod", "#1f6f8b")):
        grid[0, 0].plot(times, np.degrees(states[:, number]), color=colour, label=name)
    grid[0, 0].set_title("Angle from below, degrees", loc="left", fontsize=11)
    grid[0, 1].semilogy(times, sizes, color="#1f6f8b", linewidth=2, label="exact derivative")
    grid[0, 1].semilogy(
        times,
        gaps,
        color="#c2571a",
        linestyle=":",
        linewidth=2,
        label="second pendulum, 1e-7 away",
    )
    grid[0, 1].set_title(
        f"Sensitivity to the initial angle: grows by {rate:.2f} per s", loc="left", fontsize=11
    )
    drift = np.abs(energies - energies[0]) / GRAVITY
    grid[1, 0].semilogy(times, np.where(drift > 0, drift, np.nan), color="#7a4fa3")
    grid[1, 0].set_title("Drift of the energy, in m g l", loc="left", fontsize=11)
    grid[1, 1].plot(angles, compute_rates(np.radians(angles), calls), color="0.35", linewidth=1.2)
    grid[1, 1].axvline(math.degrees(angle), color="#1f6f8b", linewidth=1, linestyle="--")
    grid[1, 1].set_title("Growth rate over the initial angle, per second", loc="left", fontsize=11)
    for axes in grid.flat:
        axes.grid(axis="y", color="0.92")
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0)
        axes.set_xlabel("initial angle, degrees" if axes is grid[1, 1] else "seconds")
    grid[0, 0].legend(frameon=False)
    grid[0, 1].legend(frameon=False)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line, and exit with a message if an option is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--angle", type=float, default=120.0, help="initial angle of both rods, in degrees (120)")
    add("--seconds", type=float, default=20.0, help="duration, up to 200 (20)")
    add("--out", type=Path, default=Path("pictures"), help="folder for the picture (pictures)")
    options = parser.parse_args(arguments)
    if not 0 < options.angle < 180:
        parser.error("--angle must be between 0 and 180")
    if not 10 * CALL <= options.seconds <= 200:  # after longer times the derivative overflows
        parser.error(f"--seconds must be at least {10 * CALL:g} and at most 200")
    try:  # fail before the work rather than after it
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--out: {error}")
    return options


def main() -> None:
    options = parse_options(None)
    angle, calls = math.radians(options.angle), round(options.seconds / CALL)
    states, tangents = follow(angle, calls)
    others, _ = follow(angle + OFF, calls)
    gaps = np.linalg.norm(others - states, axis=1) / OFF
    show(angle, states, tangents, gaps)
    path = options.out / "double_pendulum.png"
    draw(path, angle, states, tangents, gaps)
    print(f"\nThe motion and its derivative: {path.resolve()}")


if __name__ == "__main__":
    main()
