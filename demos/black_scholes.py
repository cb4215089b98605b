"""Compute a million option prices and all their sensitivities from the formula for one option.

    python demos/black_scholes.py
    python demos/black_scholes.py --options 10000 --seed 7

`price` is the Black-Scholes formula for one European call, in plain Python. `ag.value_and_grad`
adds its five first derivatives, the Greeks; `ag.jit` compiles the result, and `.map` runs it over
columns of numbers.

Prints the first options, the largest difference from the closed forms, and the time beside that of
one option at a time; draws the price and five Greeks over the spot.
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

NAMES = ["spot", "strike", "years", "rate", "volatility"]
RANGES = [(80.0, 120.0), (80.0, 120.0), (0.1, 2.0), (0.0, 0.05), (0.1, 0.5)]
ALL = (0, 1, 2, 3, 4)


def normal_cdf(x: Any) -> Any:
    """Return the probability that a standard normal number is below x.

    erfc is accurate far to the left, where 1 + erf would round to 0.
    """
    return 0.5 * ag.erfc(-x / math.sqrt(2))


def price(S: Any, K: Any, T: Any, r: Any, sigma: Any) -> Any:
    """Return the value at the spot S of the right to buy at K in T years."""
    spread = sigma * ag.sqrt(T)
    d1 = (ag.log(S / K) + (r + sigma**2 / 2) * T) / spread
    return S * normal_cdf(d1) - K * ag.exp(-r * T) * normal_cdf(d1 - spread)


price_and_greeks = ag.jit(ag.value_and_grad(price, argnums=ALL))
gamma = ag.jit(ag.grad(ag.grad(price)))  # the second derivative with respect to S


def compute_by_hand(S: float, K: float, T: float, r: float, sigma: float) -> list[float]:
    """Return the price and its derivatives in S, K, T, r and sigma from the closed forms."""
    spread = sigma * math.sqrt(T)
    d1 = (math.log(S / K) + (r + sigma**2 / 2) * T) / spread
    N1, N2 = (0.5 * math.erfc(-d / math.sqrt(2)) for d in (d1, d1 - spread))
    density, discount = math.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi), math.exp(-r * T)
    return [
        S * N1 - K * discount * N2,
        N1,
        -discount * N2,
        S * density * sigma / (2 * math.sqrt(T)) + r * K * discount * N2,
        K * T * discount * N2,
        S * density * math.sqrt(T),
    ]


def make_book(count: int, seed: int) -> list[np.ndarray]:
    """Return a column of random numbers for each argument of `price`."""
    generator = np.random.default_rng(seed)
    return [generator.uniform(low, high, count) for low, high in RANGES]


def measure_seconds(f: Callable[[], Any]) -> float:
    """Return the duration of a call."""
    start = time.perf_counter()
    f()
    return time.perf_counter() - start


def show(columns: list[np.ndarray]) -> None:
    """Compute all prices; print a few, the difference from the closed forms, and the times."""
    count = len(columns[0])
    first = measure_seconds(lambda: price_and_greeks.map(*[column[:1] for column in columns]))
    start = time.perf_counter()
    prices, greeks = price_and_greeks.map(*columns)
    seconds = time.perf_counter() - start

    titles = ["price", "d/dS", "d/dK", "d/dT", "d/dr", "d/dsigma"]
    print("".join(f"{name:>11s}" for name in [*NAMES, *titles]))
    for row in np.stack([*columns, prices, *greeks])[:, :5].T:
        print("".join(f"{number:11.4f}" for number in row))

    sample = range(min(count, 200))
    options = [[float(column[i]) for column in columns] for i in sample]
    engine = np.stack([prices, *greeks])[:, sample].T
    worst = np.max(np.abs(engine - [compute_by_hand(*option) for option in options]))
    print(f"\nLargest difference from the closed forms, {len(sample)} options: {worst:.1e}")

    eager = ag.value_and_grad(price, argnums=ALL)
    one = measure_seconds(lambda: [eager(*option) for option in options]) / len(sample)
    print(f"Recording and compiling: {first * 1e3:.0f} ms")
    print(f"{count:,} options: {seconds * 1e3:,.0f} ms, {count / seconds:,.0f} per second")
    print(f"One at a time, eagerly: {one * 1e6:,.0f} µs each, {one * count:,.1f} s for all")


def draw(path: Path) -> None:
    """Draw the price and five Greeks over the spot for three maturities, with a strike of 100."""
    spots, each = np.linspace(60, 140, 321), (0, None, None, None, None)
    lives = {"1 month": 1 / 12, "6 months": 0.5, "2 years": 2.0}
    figure, grid = plt.subplots(2, 3, figsize=(11, 6), sharex=True, layout="constrained")
    for (life, T), colour in zip(lives.items(), ["#c2571a", "#7a4fa3", "#1f6f8b"], strict=True):
        option = (spots, 100.0, T, 0.03, 0.2)
        value, (delta, _, by_T, rho, vega) = price_and_greeks.map(*option, in_axes=each)
        curves = {
            "Price": value,
            "Delta  ∂P/∂S": delta,
            "Gamma  ∂²P/∂S²": gamma.map(*option, in_axes=each),
            "Vega  ∂P/∂σ, per point": vega / 100,
            "Theta  −∂P/∂T, per day": -by_T / 365,
            "Rho  ∂P/∂r, per point": rho / 100,
        }
        for axes, (title, curve) in zip(grid.flat, curves.items(), strict=True):
            axes.plot(spots, curve, color=colour, linewidth=2, label=life)
            axes.set_title(title, loc="left", fontsize=11)
    grid[0, 0].plot(
        spots, np.maximum(spots - 100, 0), color="0.45", linewidth=1, linestyle="--", label="payoff"
    )
    for axes in grid.flat:
        axes.axvline(100, color="0.8", linewidth=1, zorder=0)
        axes.grid(axis="y", color="0.92")
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0)
    for axes in grid[1]:
        axes.set_xlabel("spot S")
    grid[0, 0].legend(frameon=False)
    figure.suptitle("A call with strike 100, rate 3% and volatility 20%", fontsize=12)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line, and exit with a message if an option is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--options", type=int, default=1_000_000, help="number of options (1000000)")
    add("--seed", type=int, default=0, help="seed of the options (0)")
    add("--out", type=Path, default=Path("pictures"), help="folder for the picture (pictures)")
    options = parser.parse_args(arguments)
    if options.options < 1:
        parser.error("--options must be at least 1")
    if options.seed < 0:
        parser.error("--seed must not be negative")
    try:  # fail before the work rather than after it
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--out: {error}")
    return options


def main() -> None:
    options = parse_options(None)
    show(make_book(options.options, options.seed))
    path = options.out / "black_scholes.png"
    draw(path)
    print(f"\nThe price and its Greeks over the spot: {path.resolve()}")


if __name__ == "__main__":
    main()
