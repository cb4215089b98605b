"""How often SciPy's solvers run a function: with our derivatives, and with differences.

    python -m tests.benchmarks.scipy_solvers
    python -m tests.benchmarks.scipy_solvers --smoke    one row of each kind

The problems are those of `tests/support/solver_problems.py`. A run of the function that gives its
value and all of its derivatives counts as one, as does a Jacobian; it costs a few plain runs,
whatever the number of unknowns. The error is the largest distance to the known answer, over the
answer's size. Counts and errors depend on SciPy's version, not on the machine.
"""

import argparse
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares, minimize, root

import autograd_lite as ag
from tests.support.solver_problems import (
    FITS,
    MINIMA,
    STIFF,
    Counted,
    Function,
    helical_valley,
    on_numbers,
    powell_badly_scaled,
    rosenbrock,
)

PROBLEMS = {**MINIMA, "rosenbrock 50": (rosenbrock, [0.0] * 50, [1.0] * 50)}


class Row(NamedTuple):
    """One problem and solver: runs and errors, ours first."""

    problem: str
    solver: str
    runs: tuple[int, int]
    errors: tuple[float, float]


def compared(problem: str, solver: str, answer: Any, ours: Function, differences: Function) -> Row:
    """Both ways; each is a function of a counter, and gives what the solver found."""
    runs, errors = [], []
    for solve in (ours, differences):
        counters: list[Counted] = []

        def counted(f: Function, kept: list[Counted] = counters) -> Counted:
            kept.append(Counted(f))
            return kept[-1]

        found = solve(counted)
        runs.append(sum(counter.runs for counter in counters))
        size = np.abs(answer).max() or 1.0
        errors.append(float(np.abs(found - answer).max() / size))
    return Row(problem, solver, (runs[0], runs[1]), (errors[0], errors[1]))


def minimum(name: str, method: str) -> Row:
    f, start, answer = PROBLEMS[name]
    both = ag.jit(ag.value_and_grad(f))
    second = {"hess": ag.jit(ag.hessian(f))} if method == "trust-exact" else {}

    def ours(counted: Callable[[Function], Counted]) -> Any:
        rest = {key: counted(hessian) for key, hessian in second.items()}
        return minimize(counted(both), start, jac=True, method=method, **rest).x

    # without a Hessian there is no trust-exact: SciPy's default stands beside it
    other = "BFGS" if second else method
    title = f"`minimize`, {method}" + (f"; {other}" if second else "")
    return compared(
        name, title, answer, ours, lambda counted: minimize(counted(f), start, method=other).x
    )


def equations(name: str, f: Function, start: Any, answer: Any, method: str) -> Row:
    jacobian = ag.jit(ag.jacobian(f))
    return compared(
        name,
        f"`root`, {method}",
        answer,
        lambda counted: root(counted(f), start, jac=counted(jacobian), method=method).x,
        lambda counted: root(counted(f), start, method=method).x,
    )


def fit(name: str, method: str) -> Row:
    (xs, ys), start, answer, _ = FITS[name]

    def residuals(p: Any) -> Any:
        return [fitted - y for fitted, y in zip(on_numbers(xs, *p), ys, strict=True)]

    jacobian = ag.jit(ag.jacobian(residuals))
    scale = np.array(answer)  # the parameters are a million times apart
    return compared(
        name,
        f"`least_squares`, {method}",
        1.0,
        lambda counted: (
            least_squares(counted(residuals), start, counted(jacobian), method=method).x / scale
        ),
        lambda counted: least_squares(counted(residuals), start, method=method).x / scale,
    )


def stiff(name: str, method: str) -> Row:
    f, start, end, answer = STIFF[name]
    jacobian = ag.jit(ag.jacobian(f, argnums=1))
    tight = {"method": method, "rtol": 1e-7, "atol": 1e-11}

    def ours(counted: Callable[[Function], Counted]) -> Any:
        return solve_ivp(counted(f), (0, end), start, jac=counted(jacobian), **tight).y[:, -1]

    return compared(
        name,
        f"`solve_ivp`, {method}",
        answer,
        ours,
        lambda counted: solve_ivp(counted(f), (0, end), start, **tight).y[:, -1],
    )


def rows(smoke: bool) -> list[Row]:
    """The table, or one row of each kind."""
    scaled = (
        "Powell, badly scaled",
        powell_badly_scaled,
        [0.0, 1.0],
        [1.09815932969976e-5, 9.10614673986652],
    )
    helical = ("helical valley", helical_valley, [-1.0, 0.1, 0.1], [1.0, 0.0, 0.0])
    if smoke:
        return [
            minimum("beale", "BFGS"),
            equations(*helical, "lm"),
            fit("boxbod", "trf"),
            stiff("robertson", "LSODA"),
        ]
    return [
        *[minimum(name, m) for name in PROBLEMS for m in ("BFGS", "L-BFGS-B", "trust-exact")],
        *[equations(*problem, m) for problem in (scaled, helical) for m in ("hybr", "lm")],
        *[fit(name, m) for name in FITS for m in ("trf", "lm")],
        *[stiff(name, m) for name in STIFF for m in ("BDF", "Radau", "LSODA")],
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--smoke", action="store_true", help="one row of each kind")
    options = parser.parse_args()
    print(f"SciPy {scipy.__version__}\n")
    print("| problem | solver | runs, ours | runs, differences | error, ours | differences |")
    print("|---|---|---|---|---|---|")
    for row in rows(options.smoke):
        ours, differences = row.runs
        print(f"| {row.problem} | {row.solver} | {ours:,} | {differences:,} |", end="")
        print(f" {row.errors[0]:.0e} | {row.errors[1]:.0e} |")


if __name__ == "__main__":
    main()
