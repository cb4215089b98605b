"""Compute second-order Greeks of a barrier option by Monte Carlo, and show a wrong method too.

    python demos/barrier_option.py
    python demos/barrier_option.py --paths 20000 --spot 110

A down-and-out call pays max(S - K, 0) at the end, unless S has touched the barrier before. Between
two dates of a simulated path, the lowest point is random too, with the known distribution of a
Brownian bridge.

The naive method draws that lowest point and tests `if lowest < barrier`. The price is right. But a
change of S or sigma moves paths across the barrier, where the payoff jumps, and the derivative of
a path does not see the jump: pathwise delta and vega lack the contribution of the jumps, and gamma
is exactly 0.

The smooth method draws fewer numbers. It multiplies each path by the probability of surviving
between its dates, and uses the closed form for the last step. The result has no jumps and no kinks:
at the barrier it is quadratic, because a date ends one step and begins another, and both survival
probabilities vanish there. So the mean of exact second derivatives is the second derivative of the
mean.

Prints both beside the closed form, with differences in standard errors, and draws six Greeks over
the spot.
"""

import argparse
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

import autograd_lite as ag

matplotlib.use("Agg")  # pictures go to files, so no screen is needed
from matplotlib import pyplot as plt

NAMES = ["price", "delta", "vega", "gamma", "vanna", "volga"]
STRIKE, BARRIER, YEARS, RATE, VOLATILITY = 100.0, 90.0, 1.0, 0.03, 0.25
DATES = 8
STEP = YEARS / DATES


def normal_cdf(x: Any) -> Any:
    """Return the probability that a standard normal number is below x."""
    return 0.5 * ag.erfc(-x / math.sqrt(2))


def call(S: Any, sigma: Any, T: float) -> Any:
    """Return the Black-Scholes price of a call without a barrier."""
    spread = sigma * math.sqrt(T)
    d = (ag.log(S / STRIKE) + (RATE + sigma**2 / 2) * T) / spread
    return S * normal_cdf(d) - STRIKE * math.exp(-RATE * T) * normal_cdf(d - spread)


def closed_form(S: Any, sigma: Any, T: float = YEARS) -> Any:
    """Return Merton's price of the down-and-out call: a call minus its mirror image."""
    mirror = (BARRIER / S) ** (2 * RATE / sigma**2 - 1)
    return call(S, sigma, T) - mirror * call(BARRIER**2 / S, sigma, T)


def naive_path(S: Any, sigma: Any, z: Sequence[Any], u: Sequence[Any]) -> Any:
    """Return the discounted payoff of one path; u determines the lowest point of each step."""
    x, barrier = ag.log(S), math.log(BARRIER)
    for normal, uniform in zip(z, u, strict=True):
        change = (RATE - sigma**2 / 2) * STEP + sigma * math.sqrt(STEP) * normal
        reach = ag.sqrt(change**2 - 2 * sigma**2 * STEP * ag.log(uniform))
        if x + (change - reach) / 2 < barrier:  # a jump, which derivatives do not see
            return 0.0
        x = x + change
    return math.exp(-RATE * YEARS) * ag.maximum(ag.exp(x) - STRIKE, 0.0)


def smooth_path(S: Any, sigma: Any, z: Sequence[Any], u: Sequence[Any]) -> Any:
    """Return the expected payoff of the same path over its lowest points and its last step."""
    above, weight = ag.log(S / BARRIER), 1.0
    for normal in z[:-1]:
        before = above
        above = before + (RATE - sigma**2 / 2) * STEP + sigma * math.sqrt(STEP) * normal
        if above < 0:  # not a jump, since the weight tends to 0 with `above`
            return 0.0
        weight = weight * -ag.expm1(-2 * before * above / (sigma**2 * STEP))
    rest = closed_form(BARRIER * ag.exp(above), sigma, STEP)
    return math.exp(-RATE * (YEARS - STEP)) * weight * rest


def compile_greeks(path: Any) -> Any:
    """Return a compiled function for the price of one path and its Greeks in S and sigma."""

    @ag.jit
    def compute_one(S: Any, sigma: Any, *draws: Any) -> list[Any]:
        def value(p: Sequence[Any]) -> Any:
            return path(*p, *draws)

        price, gradient = ag.value_and_grad(value)([S, sigma])
        (gamma, vanna), (_, volga) = ag.hessian(value)([S, sigma])
        return [price, *gradient, gamma, vanna, volga]

    return compute_one


exact, naive, smooth = (
    compile_greeks(closed_form),
    compile_greeks(naive_path),
    compile_greeks(smooth_path),
)


def draw_numbers(paths: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a normal and a uniform number, which is never 0, for each step of each path."""
    generator = np.random.default_rng(seed)
    return generator.normal(size=(paths, DATES)), 1 - generator.random((paths, DATES))


def estimate(compute_one: Any, spot: float, *numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the means over the paths, and their standard errors."""
    columns = np.array(compute_one.map(spot, VOLATILITY, *numbers, in_axes=(None, None, 0, 0)))
    return columns.mean(axis=1), columns.std(axis=1, ddof=1) / math.sqrt(columns.shape[1])


def show(spot: float, paths: int, seed: int) -> None:
    """Print the closed form and both estimates, with differences in standard errors."""
    numbers, expected = draw_numbers(paths, seed), np.array(exact(spot, VOLATILITY))
    start = time.perf_counter()
    right, right_error = estimate(smooth, spot, *numbers)
    seconds = time.perf_counter() - start
    wrong, wrong_error = estimate(naive, spot, *numbers)
    title = f"strike {STRIKE:g}, barrier {BARRIER:g}, {paths:,} paths of {DATES} steps"
    print(f"Spot {spot:g}, {title}; 'off by' is in standard errors.\n")
    head = f"{'± error':>11s}{'off by':>9s}"
    print(f"{'':7s}{'closed form':>12s}{'smooth':>12s}{head}{'naive':>12s}{head}")
    for k, name in enumerate(NAMES):
        print(f"{name:7s}{expected[k]:12.5f}", end="")
        for mean, spread in ((right[k], right_error[k]), (wrong[k], wrong_error[k])):
            # the naive gamma is 0 on every path up to rounding, so its standard error is 0 too
            far = f"{(mean - expected[k]) / spread:9.1f}" if spread > 1e-12 else f"{'-':>9s}"
            print(f"{mean:z12.5f}{spread:11.5f}{far}", end="")
        print()
    print("\nThe naive gamma is 0 on every path: more paths do not improve it.")
    print(f"Smooth method, six numbers per path: {seconds * 1e3:,.0f} ms including compilation")


def draw(path: Path, paths: int, seed: int) -> None:
    """Draw the Greeks over the spot: closed form, and both estimates with two standard errors."""
    line, spots = np.linspace(BARRIER + 0.25, 130, 200), np.linspace(BARRIER + 1, 129, 14)
    numbers = draw_numbers(paths, seed)
    curves = np.array(exact.map(line, VOLATILITY, in_axes=(0, None)))
    figure, grid = plt.subplots(2, 3, figsize=(11, 6.2), sharex=True, layout="constrained")
    styles = ((naive, "#c2571a", "naive pathwise"), (smooth, "#1f6f8b", "survival probabilities"))
    for axes, name, curve in zip(grid.flat, NAMES, curves, strict=True):
        axes.plot(line, curve, color="0.35", linewidth=1.5, label="closed form")
        axes.set_title(name.capitalize(), loc="left", fontsize=11)
    for compute_one, colour, label in styles:
        estimates = [estimate(compute_one, spot, *numbers) for spot in spots]
        for k, axes in enumerate(grid.flat):
            means = [mean[k] for mean, _ in estimates]
            errors = [2 * error[k] for _, error in estimates]
            axes.errorbar(spots, means, errors, fmt="o", markersize=4, color=colour, label=label)
    for axes in grid.flat:
        axes.axvline(BARRIER, color="0.7", linewidth=1, linestyle="--", zorder=0)
        axes.grid(axis="y", color="0.92")
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    for axes in grid[1]:
        axes.set_xlabel("spot S, barrier dashed")
    grid[0, 0].legend(frameon=False)
    figure.suptitle(
        f"A down-and-out call from {paths:,} paths, with two standard errors", fontsize=12
    )
    figure.savefig(path, dpi=120)
    plt.close(figure)


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line, and exit with a message if an option is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--paths", type=int, default=200_000, help="number of paths (200000)")
    add("--spot", type=float, default=95.0, help="today's price, above the barrier of 90 (95)")
    add("--seed", type=int, default=0, help="seed of the paths (0)")
    add("--out", type=Path, default=Path("pictures"), help="folder for the picture (pictures)")
    options = parser.parse_args(arguments)
    if options.paths < 2:
        parser.error("--paths must be at least 2, for a standard error")
    if not BARRIER < options.spot <= 1000:
        parser.error("--spot must be above the barrier, 90, and at most 1000")
    if options.seed < 0:
        parser.error("--seed must not be negative")
    try:  # fail before the work rather than after it
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--out: {error}")
    return options


def main() -> None:
    options = parse_options(None)
    show(options.spot, options.paths, options.seed)
    path = options.out / "barrier_option.png"
    draw(path, options.paths, options.seed)
    print(f"\nThe Greeks over the spot: {path.resolve()}")


if __name__ == "__main__":
    main()
