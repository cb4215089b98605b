"""Fit a logistic regression to real data by Newton's method with an exact Hessian.

    python demos/logistic_regression.py
    python demos/logistic_regression.py --penalty 0.1

The data are 569 tumours, benign or malignant, with 30 measurements each (Wolberg, Street and
Mangasarian 1995, included in scikit-learn). The loss of one tumour is a line of plain Python;
`ag.value_and_grad` and `ag.hessian` differentiate it, `ag.jit` compiles the derivatives, and `.sum`
adds them up over all tumours. Newton's method then needs a few steps. Prints the coefficients with
standard deviations from the Hessian, beside those of scikit-learn, and draws them.

Needs scikit-learn: pip install 'autograd-lite[learn]'
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
import numpy as np

import autograd_lite as ag

matplotlib.use("Agg")  # pictures go to files, so no screen is needed
from matplotlib import pyplot as plt


class Data(NamedTuple):
    """A row of standardized measurements for each tumour, and 1 (benign) or -1 (malignant)."""

    rows: np.ndarray
    labels: np.ndarray
    names: list[str]


class Fit(NamedTuple):
    """The coefficients, with the intercept last, and the Hessian there.

    `losses` and `slopes` have the loss and the largest gradient component of each step.
    """

    w: np.ndarray
    hessian: np.ndarray
    losses: list[float]
    slopes: list[float]


def loss(w: Sequence[Any], row: Sequence[Any], label: Any) -> Any:
    """Return the loss of one tumour: minus the logarithm of the probability of its label."""
    return ag.logaddexp(0.0, -label * (ag.dot(w[:-1], row) + w[-1]))


value_and_gradient = ag.jit(ag.value_and_grad(loss))
hessian = ag.jit(ag.hessian(loss))


def load() -> Data:
    """Return the data; measurements of different units and sizes get mean 0 and variance 1."""
    from sklearn.datasets import load_breast_cancer

    source = load_breast_cancer()
    rows = (source.data - source.data.mean(axis=0)) / source.data.std(axis=0)
    return Data(rows, 2.0 * source.target - 1.0, [str(name) for name in source.feature_names])


def minimize(data: Data, penalty: float, most: int = 50) -> Fit:
    """Minimize the sum of the losses and penalty/2 times the squared coefficients.

    The intercept is not penalized.

    Raises:
        ArithmeticError: the gradient has not become small after `most` steps.
    """
    batch, axes = (data.rows, data.labels), (None, 0, 0)
    ridge = np.append(np.full(data.rows.shape[1], penalty), 0.0)

    def evaluate(w: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = value_and_gradient.sum(w, *batch, in_axes=axes)
        return value + ridge @ w**2 / 2, gradient + ridge * w

    w, losses, slopes = np.zeros(len(ridge)), [], []
    value, gradient = evaluate(w)
    for _ in range(most):
        losses.append(value)
        slopes.append(float(np.max(np.abs(gradient))))
        curvature = hessian.sum(w, *batch, in_axes=axes) + np.diag(ridge)
        if slopes[-1] < 1e-10:
            return Fit(w, curvature, losses, slopes)
        step, share = np.linalg.solve(curvature, gradient), 1.0
        # a full step may be too long where the loss is nearly flat; ignore increases by rounding
        while evaluate(w - share * step)[0] > value * (1 + 1e-13) and share > 1e-6:
            share /= 2
        w = w - share * step
        value, gradient = evaluate(w)
    raise ArithmeticError(f"after {most} steps the gradient is {slopes[-1]:.1e}, not below 1e-10")


def fit_with_sklearn(data: Data, penalty: float) -> np.ndarray:
    """Return the same coefficients from scikit-learn."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1 / penalty, solver="newton-cholesky", tol=1e-10, max_iter=1000)
    model.fit(data.rows, data.labels)
    return np.append(model.coef_[0], model.intercept_)


def estimate_spreads(fit: Fit) -> np.ndarray:
    """Return the posterior standard deviations of the coefficients by Laplace's approximation.

    The prior distribution of the coefficients is the one that the penalty implies.
    """
    return np.sqrt(np.diag(np.linalg.inv(fit.hessian)))


def show(data: Data, fit: Fit, other: np.ndarray, seconds: float) -> None:
    """Print the steps, the coefficients of both methods, and the largest difference."""
    print(f"{len(data.labels)} tumours, {data.rows.shape[1]} measurements\n")
    for k, (value, slope) in enumerate(zip(fit.losses, fit.slopes, strict=True)):
        print(f"step {k}   loss {value:14.8f}   largest gradient component {slope:8.1e}")
    print(f"\n{'':24s}{'ours':>12s}{'scikit-learn':>14s}{'± sd':>10s}")
    errors = estimate_spreads(fit)
    for k in [*np.argsort(-np.abs(fit.w[:-1]))[:10], len(fit.w) - 1]:
        name = [*data.names, "intercept"][k]
        print(f"{name:24s}{fit.w[k]:12.7f}{other[k]:14.7f}{errors[k]:10.3f}")
    right = np.mean((data.rows @ fit.w[:-1] + fit.w[-1]) * data.labels > 0)
    print(f"\nLargest of {len(fit.w)} differences: {np.max(np.abs(fit.w - other)):.1e}")
    print(f"Training accuracy: {right:.1%}; {seconds * 1e3:,.0f} ms including compilation")


def draw(path: Path, data: Data, fit: Fit, other: np.ndarray) -> None:
    """Draw the coefficients with their standard deviations, and the scores of the tumours."""
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(11, 6.2), layout="constrained", width_ratios=[1.25, 1]
    )
    order = np.argsort(fit.w[:-1])
    places, errors = np.arange(len(order)), estimate_spreads(fit)
    left.errorbar(
        fit.w[order],
        places,
        xerr=errors[order],
        fmt="o",
        color="#1f6f8b",
        markersize=5,
        label="Newton's method, ± sd",
    )
    left.plot(other[order], places, "x", color="#c2571a", markersize=7, label="scikit-learn")
    left.axvline(0, color="0.7", linewidth=1, zorder=0)
    left.set_yticks(places, [data.names[k] for k in order], fontsize=8)
    left.set_title("Coefficients of standardized measurements", loc="left", fontsize=11)
    left.legend(frameon=False, loc="upper left")
    left.grid(axis="x", color="0.92")
    scores = data.rows @ fit.w[:-1] + fit.w[-1]
    bins = np.linspace(scores.min(), scores.max(), 45)
    for label, name, colour in ((-1, "malignant", "#c2571a"), (1, "benign", "#1f6f8b")):
        right.hist(scores[data.labels == label], bins, color=colour, alpha=0.75, label=name)
    right.axvline(0, color="0.3", linewidth=1, linestyle="--")
    right.set(xlabel="score: the logarithm of the odds of benign", ylabel="tumours")
    right.set_title("Scores of the training data", loc="left", fontsize=11)
    right.legend(frameon=False)
    for axes in (left, right):
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line, and exit with a message if an option is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--penalty", type=float, default=1.0, help="penalty on squared coefficients (1)")
    add("--out", type=Path, default=Path("pictures"), help="folder for the picture (pictures)")
    options = parser.parse_args(arguments)
    # without a penalty the coefficients diverge, since the two groups are separable
    if not 1e-3 <= options.penalty <= 1e6:
        parser.error("--penalty must be between 0.001 and 1000000")
    try:  # fail before the work rather than after it
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--out: {error}")
    return options


def main() -> None:
    options = parse_options(None)
    try:
        data = load()
    except ModuleNotFoundError:
        sys.exit("logistic_regression.py needs scikit-learn: pip install 'autograd-lite[learn]'")
    start = time.perf_counter()
    fit = minimize(data, options.penalty)
    seconds = time.perf_counter() - start
    other = fit_with_sklearn(data, options.penalty)
    show(data, fit, other, seconds)
    path = options.out / "logistic_regression.png"
    draw(path, data, fit, other)
    print(f"\nCoefficients and scores: {path.resolve()}")


if __name__ == "__main__":
    main()
