"""Logistic regression on real data by Newton's method, with an exact Hessian.

    python demos/logistic_regression.py
    python demos/logistic_regression.py --penalty 0.1

The data are 569 tumours, benign or malignant, with 30 measurements each (Wolberg, Street and
Mangasarian 1995, as it ships with scikit-learn). One tumour's loss is a line of plain Python;
`ag.value_and_grad` and `ag.hessian` differentiate it, `ag.jit` compiles them, and `.sum` adds them
up over all tumours. Newton's method then needs a few steps. Prints the coefficients beside those of
scikit-learn, with the spread that the Hessian leaves them, and draws them.

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
    """A row of standardised measurements for each tumour, and 1 or -1: benign or malignant."""

    rows: np.ndarray
    labels: np.ndarray
    names: list[str]


class Fit(NamedTuple):
    """The coefficients, the intercept last; the Hessian there; a loss and a slope for each step."""

    w: np.ndarray
    hessian: np.ndarray
    losses: list[float]
    slopes: list[float]


def loss(w: Sequence[Any], row: Sequence[Any], label: Any) -> Any:
    """What one tumour costs: minus the logarithm of its label's probability."""
    return ag.logaddexp(0.0, -label * (ag.dot(w[:-1], row) + w[-1]))


value_and_gradient = ag.jit(ag.value_and_grad(loss))
hessian = ag.jit(ag.hessian(loss))


def load() -> Data:
    """Measurements with mean 0 and variance 1, as they differ in unit and in size."""
    from sklearn.datasets import load_breast_cancer

    found = load_breast_cancer()
    rows = (found.data - found.data.mean(axis=0)) / found.data.std(axis=0)
    return Data(rows, 2.0 * found.target - 1.0, [str(name) for name in found.feature_names])


def newton(data: Data, penalty: float, most: int = 50) -> Fit:
    """Minimise the losses' sum plus penalty/2 times the sum of squares, without the intercept.

    Raises:
        ArithmeticError: the slope has not become small.
    """
    batch, axes = (data.rows, data.labels), (None, 0, 0)
    ridge = np.append(np.full(data.rows.shape[1], penalty), 0.0)

    def at(w: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = value_and_gradient.sum(w, *batch, in_axes=axes)
        return value + ridge @ w**2 / 2, gradient + ridge * w

    w, losses, slopes = np.zeros(len(ridge)), [], []
    value, gradient = at(w)
    for _ in range(most):
        losses.append(value)
        slopes.append(float(np.max(np.abs(gradient))))
        curvature = hessian.sum(w, *batch, in_axes=axes) + np.diag(ridge)
        if slopes[-1] < 1e-10:
            return Fit(w, curvature, losses, slopes)
        step, share = np.linalg.solve(curvature, gradient), 1.0
        # a whole step may go too far where the loss is nearly flat; a rise by rounding is none
        while at(w - share * step)[0] > value * (1 + 1e-13) and share > 1e-6:
            share /= 2
        w = w - share * step
        value, gradient = at(w)
    raise ArithmeticError(f"after {most} steps the slope is {slopes[-1]:.1e}, not below 1e-10")


def by_sklearn(data: Data, penalty: float) -> np.ndarray:
    """The same coefficients from scikit-learn."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1 / penalty, solver="newton-cholesky", tol=1e-10, max_iter=1000)
    model.fit(data.rows, data.labels)
    return np.append(model.coef_[0], model.intercept_)


def spreads(fit: Fit) -> np.ndarray:
    """The coefficients' standard deviations given the data, by Laplace's approximation.

    The penalty counts as what was believed of the coefficients before.
    """
    return np.sqrt(np.diag(np.linalg.inv(fit.hessian)))


def show(data: Data, fit: Fit, other: np.ndarray, seconds: float) -> None:
    """The steps, the coefficients of both, and how far they are from each other."""
    print(f"{len(data.labels)} tumours, {data.rows.shape[1]} measurements\n")
    for k, (value, slope) in enumerate(zip(fit.losses, fit.slopes, strict=True)):
        print(f"step {k}   loss {value:14.8f}   greatest slope {slope:8.1e}")
    print(f"\n{'':24s}{'ours':>12s}{'scikit-learn':>14s}{'± spread':>10s}")
    errors = spreads(fit)
    for k in [*np.argsort(-np.abs(fit.w[:-1]))[:10], len(fit.w) - 1]:
        name = [*data.names, "intercept"][k]
        print(f"{name:24s}{fit.w[k]:12.7f}{other[k]:14.7f}{errors[k]:10.3f}")
    right = np.mean((data.rows @ fit.w[:-1] + fit.w[-1]) * data.labels > 0)
    print(f"\nThe greatest of {len(fit.w)} differences: {np.max(np.abs(fit.w - other)):.1e}")
    print(f"Training accuracy: {right:.1%}; {seconds * 1e3:,.0f} ms with compiling")


def draw(path: Path, data: Data, fit: Fit, other: np.ndarray) -> None:
    """The coefficients with their spreads, and how the scores part the tumours."""
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(11, 6.2), layout="constrained", width_ratios=[1.25, 1]
    )
    order = np.argsort(fit.w[:-1])
    places, errors = np.arange(len(order)), spreads(fit)
    left.errorbar(
        fit.w[order],
        places,
        xerr=errors[order],
        fmt="o",
        color="#1f6f8b",
        markersize=5,
        label="Newton, with the spread",
    )
    left.plot(other[order], places, "x", color="#c2571a", markersize=7, label="scikit-learn")
    left.axvline(0, color="0.7", linewidth=1, zorder=0)
    left.set_yticks(places, [data.names[k] for k in order], fontsize=8)
    left.set_title("Coefficients of standardised measurements", loc="left", fontsize=11)
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


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line; what cannot work is refused here, in words."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--penalty", type=float, default=1.0, help="of the squares of the coefficients (1)")
    add("--out", type=Path, default=Path("pictures"), help="folder of the picture (pictures)")
    options = parser.parse_args(arguments)
    # without one the two groups can be parted, and the coefficients grow for ever
    if not 1e-3 <= options.penalty <= 1e6:
        parser.error("--penalty must be between 0.001 and 1000000")
    try:  # before the work, which would be lost
        options.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--out: {error}")
    return options


def main() -> None:
    options = options_of(None)
    try:
        data = load()
    except ModuleNotFoundError:
        sys.exit("logistic_regression.py needs scikit-learn: pip install 'autograd-lite[learn]'")
    start = time.perf_counter()
    fit = newton(data, options.penalty)
    seconds = time.perf_counter() - start
    other = by_sklearn(data, options.penalty)
    show(data, fit, other, seconds)
    path = options.out / "logistic_regression.png"
    draw(path, data, fit, other)
    print(f"\nCoefficients and scores: {path.resolve()}")


if __name__ == "__main__":
    main()
