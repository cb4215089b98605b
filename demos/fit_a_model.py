"""Fit a law of enzyme kinetics to measurements, with standard errors from exact derivatives.

    python demos/fit_a_model.py
    python demos/fit_a_model.py --refits 20000 --seed 7

By the law of Michaelis and Menten, an enzyme converts a substrate of concentration c at the rate
V c / (K + c). SciPy fits it to twelve measurements (Treloar 1974, in Bates and Watts 1988,
"Nonlinear Regression Analysis and Its Applications", table A1.3) with exact gradients and Hessians.

Prints the standard errors from the Hessian at the minimum, those from SciPy's `curve_fit`, which
neglects the curvature of the law, and the spread of fits to simulated measurements. Draws the fit
with its confidence band, and the joint confidence region of V and K.
"""

import argparse
import math
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
import numpy as np

import autograd_lite as ag

matplotlib.use("Agg")  # pictures go to files, so no screen is needed
from matplotlib import pyplot as plt

CONCENTRATIONS = [0.02, 0.02, 0.06, 0.06, 0.11, 0.11, 0.22, 0.22, 0.56, 0.56, 1.1, 1.1]  # ppm
RATES = [76.0, 47.0, 97.0, 107.0, 123.0, 139.0, 159.0, 152.0, 191.0, 201.0, 207.0, 200.0]
START = [150.0, 0.1]


def law(V: Any, K: Any, c: Any) -> Any:
    """Return the rate at the concentration c; it tends to V, and is half of V at c = K."""
    return V * c / (K + c)


def misfit(p: Any, rates: Any) -> Any:
    """Return the sum of the squared differences between the law and the measured rates."""
    pairs = zip(CONCENTRATIONS, rates, strict=True)
    return sum((law(p[0], p[1], c) - rate) ** 2 for c, rate in pairs)


value_and_grad = ag.jit(ag.value_and_grad(misfit))
hessian = ag.jit(ag.hessian(misfit))
slopes = ag.jit(ag.grad(law, argnums=(0, 1)))


class Fit(NamedTuple):
    """The parameters, their covariances by the exact Hessian and by `curve_fit`, and the noise."""

    parameters: np.ndarray
    exact: np.ndarray
    by_curve_fit: np.ndarray
    misfit: float
    noise: float
    evaluations: int

    @property
    def free(self) -> int:
        """The degrees of freedom."""
        return len(RATES) - len(self.parameters)


def fit() -> Fit:
    """Return the parameters with the smallest misfit, and their covariances."""
    from scipy.optimize import curve_fit, minimize

    rates = np.array(RATES)
    best = minimize(
        value_and_grad, START, args=(rates,), jac=True, hess=hessian, method="trust-exact"
    )
    variance = best.fun / (len(RATES) - 2)
    # the misfit is -2 times the variance times the log-likelihood, up to a constant
    exact = 2 * variance * np.linalg.inv(hessian(best.x, rates))
    _, by_curve_fit = curve_fit(lambda c, V, K: law(V, K, c), CONCENTRATIONS, rates, best.x)
    noise = math.sqrt(variance)
    return Fit(best.x, exact, by_curve_fit, best.fun, noise, best.nfev)


def refit(fitted: Fit, count: int, seed: int) -> np.ndarray:
    """Fit simulated measurements, all at once by Newton's method, and return the parameters."""
    exact = np.array([law(*fitted.parameters, c) for c in CONCENTRATIONS])
    noise = np.random.default_rng(seed).normal(0.0, fitted.noise, (count, len(exact)))
    parameters, rates = np.tile(fitted.parameters, (count, 1)), exact + noise
    for _ in range(12):
        _, gradients = value_and_grad.map(parameters, rates)
        steps = np.linalg.solve(hessian.map(parameters, rates), gradients[:, :, None])[:, :, 0]
        # limit a step to half a parameter: for K < 0 the law has a pole, and other minima
        parameters = parameters - np.clip(steps, -parameters / 2, parameters / 2)
    return parameters


def compute_band(fitted: Fit, concentrations: np.ndarray) -> np.ndarray:
    """Return half the width of the 95% confidence band of the law."""
    from scipy.special import stdtrit

    gradients = np.stack(
        slopes.map(*fitted.parameters.tolist(), concentrations, in_axes=(None, None, 0)), axis=1
    )
    variances = np.einsum("ni,ij,nj->n", gradients, fitted.exact, gradients)
    return stdtrit(fitted.free, 0.975) * np.sqrt(variances)


def show(fitted: Fit, simulated: np.ndarray) -> None:
    """Print the parameters with their standard errors."""
    errors = [np.sqrt(np.diag(c)) for c in (fitted.exact, fitted.by_curve_fit)]
    titles = ["exact Hessian", "curve_fit"]
    if len(simulated):
        errors.append(np.std(simulated, axis=0))
        titles.append(f"{len(simulated):,} refits")
    print(f"{'':14s}   standard error by")
    print(f"{'value':>14s}" + "".join(f"{title:>16s}" for title in titles))
    for row, name in enumerate("VK"):
        numbers = "".join(f"{column[row]:16.4g}" for column in errors)
        print(f"{name:2s}{fitted.parameters[row]:12.5g}{numbers}")
    print(f"\nStandard deviation of the noise in a rate: {fitted.noise:.4g}")
    print(f"Evaluations of the misfit and its gradient: {fitted.evaluations}")


def draw(fitted: Fit, simulated: np.ndarray, path: Path) -> None:
    """Draw the fit with its band, and the joint confidence region of V and K."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    draw_fit(fitted, left)
    draw_region(fitted, simulated, right)
    for axes in (left, right):
        axes.grid(color="0.92")
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def draw_fit(fitted: Fit, axes: Any) -> None:
    V, K = fitted.parameters.tolist()
    grid = np.linspace(0.0, 1.2, 241)
    middle, half = law(V, K, grid), compute_band(fitted, grid)
    axes.axhline(V, color="0.6", linewidth=1, linestyle="--")
    axes.annotate("V", (0.0, V), (4, 4), textcoords="offset points", color="0.4")
    axes.fill_between(
        grid, middle - half, middle + half, color="#b9d3ea", label="95% confidence band"
    )
    axes.plot(grid, middle, color="#1f6f8b", linewidth=2, label="V c / (K + c), fitted")
    axes.scatter(CONCENTRATIONS, RATES, color="#c2571a", zorder=3, label="measured")
    axes.set(xlabel="concentration c, ppm", ylabel="rate, counts/min²", xlim=(0, 1.2))
    axes.set_ylim(0, 1.12 * V)
    axes.set_title(f"V = {V:.4g},  K = {K:.3g} ppm", loc="left", fontsize=11)
    axes.legend(frameon=False, loc="lower right")


def draw_region(fitted: Fit, simulated: np.ndarray, axes: Any) -> None:
    from scipy.special import fdtri

    quantile = 2 * fdtri(2, fitted.free, 0.95)
    wide = 1.25 * math.sqrt(quantile) * np.sqrt(np.diag(fitted.exact))
    low, high = fitted.parameters - wide, fitted.parameters + wide * [1.15, 1.3]
    Vs, Ks = np.linspace(low[0], high[0], 161), np.linspace(low[1], high[1], 161)
    V, K = np.meshgrid(Vs, Ks)
    if len(simulated):
        axes.scatter(*simulated[:2000].T, s=5, color="0.8", linewidths=0, label="refits")
    height = misfit((V, K), RATES)
    region = fitted.misfit + quantile * fitted.noise**2
    axes.contour(Vs, Ks, height, levels=[region], colors="#c2571a", linewidths=2)
    axes.plot([], [], color="#c2571a", linewidth=2, label="contour of the misfit")
    angles = np.linspace(0, 2 * math.pi, 200)
    circle = math.sqrt(quantile) * np.stack([np.cos(angles), np.sin(angles)])
    for covariance, colour, style, label in (
        (fitted.exact, "#1f6f8b", "-", "exact Hessian"),
        (fitted.by_curve_fit, "#7a4fa3", "--", "curve_fit"),
    ):
        ellipse = fitted.parameters[:, None] + np.linalg.cholesky(covariance) @ circle
        axes.plot(*ellipse, color=colour, linewidth=2, linestyle=style, label=label)
    axes.plot(*fitted.parameters, marker="+", color="black", markersize=10)
    axes.set(xlabel="V", ylabel="K, ppm", xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    axes.set_title("Joint 95% confidence region of V and K", loc="left", fontsize=11)
    axes.legend(frameon=False, loc="upper left", markerscale=4)


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line, and exit with a message if an option is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--refits", type=int, default=2000, help="number of simulated fits (2000)")
    add("--seed", type=int, default=0, help="seed of the simulation (0)")
    add("--out", type=Path, default=Path("pictures"), help="folder for the picture (pictures)")
    options = parser.parse_args(arguments)
    if not (options.refits == 0 or 2 <= options.refits <= 1_000_000):
        parser.error("--refits must be 0, or 2 to 1000000")
    if options.seed < 0:
        parser.error("--seed must not be negative")
    try:  # fail before the work rather than after it
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--out: {error}")
    if find_spec("scipy") is None:
        parser.error("this demo needs SciPy: pip install scipy")
    return options


def main() -> None:
    options = parse_options(None)
    fitted = fit()
    simulated = refit(fitted, options.refits, options.seed)
    show(fitted, simulated)
    path = options.out / "fit_a_model.png"
    draw(fitted, simulated, path)
    print(f"\nThe fit and the confidence region: {path.resolve()}")


if __name__ == "__main__":
    main()
