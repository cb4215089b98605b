"""Standard problems with known answers, for the tests of solvers, and what counts their runs."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_lite as ag

WAYS = ["eager", "python", "llvm"]

Function = Callable[..., Any]


def taken(way: str) -> Callable[[Function], Function]:
    """A derivative as it is, or compiled by a back end."""
    if way == "eager":
        return lambda f: f
    if way == "llvm":
        import pytest  # which the benchmarks do without

        pytest.importorskip("llvmlite")
    return lambda f: ag.jit(f, backend=way)


class Counted:
    """A function that counts its runs."""

    def __init__(self, f: Function) -> None:
        self.f = f
        self.runs = 0

    def __call__(self, *args: Any) -> Any:
        self.runs += 1
        return self.f(*args)


# The problems of More, Garbow and Hillstrom 1981, "Testing unconstrained optimization software",
# in plain scalar Python, with their starts and minima.


def rosenbrock(x: Any) -> Any:
    return sum((1 - a) ** 2 + 100 * (b - a * a) ** 2 for a, b in itertools.pairwise(x))


def beale(x: Any) -> Any:
    return sum((y - x[0] * (1 - x[1] ** k)) ** 2 for k, y in enumerate((1.5, 2.25, 2.625), 1))


def powell(x: Any) -> Any:
    a, b, c, d = x
    return (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4


def wood(x: Any) -> Any:
    a, b, c, d = x
    first = 100 * (b - a**2) ** 2 + (1 - a) ** 2 + 90 * (d - c**2) ** 2 + (1 - c) ** 2
    return first + 10 * (b + d - 2) ** 2 + (b - d) ** 2 / 10


MINIMA: dict[str, tuple[Function, list[float], list[float]]] = {
    "rosenbrock": (rosenbrock, [-1.2, 1.0], [1.0, 1.0]),
    "rosenbrock 4": (rosenbrock, [0.0] * 4, [1.0] * 4),
    "beale": (beale, [1.0, 1.0], [3.0, 0.5]),
    "powell": (powell, [3.0, -1.0, 0.0, 1.0], [0.0] * 4),
    "wood": (wood, [-3.0, -1.0, -3.0, -1.0], [1.0] * 4),
}


# Equations, of the same source.


def powell_badly_scaled(x: Any) -> Any:
    return [1e4 * x[0] * x[1] - 1, ag.exp(-x[0]) + ag.exp(-x[1]) - 1.0001]


def helical_valley(x: Any) -> Any:
    turns = ag.atan2(x[1], x[0]) / (2 * math.pi)
    return np.array([10 * (x[2] - 10 * turns), 10 * (ag.hypot(x[0], x[1]) - 1), x[2]])


def broyden(x: Any) -> Any:
    before, after = [0.0, *x[:-1]], [*x[1:], 0.0]
    return [(3 - 2 * b) * b - a - 2 * c + 1 for a, b, c in zip(before, x, after, strict=True)]


# Fits of on_arrays or on_numbers: data, start, parameters and their standard deviations, as
# certified in the Statistical Reference Datasets of the National Institute of Standards and
# Technology, itl.nist.gov/div898/strd/nls.

_BOXBOD = ([1.0, 2.0, 3.0, 5.0, 7.0, 10.0], [109.0, 149.0, 149.0, 191.0, 213.0, 224.0])
# fmt: off
_MISRA1A = (
    [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8,
     378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0],
    [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02,
     44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78],
)
# fmt: on
FITS = {
    "boxbod": (
        _BOXBOD,
        [100.0, 0.75],
        [213.80940889, 0.54723748542],
        [12.354515176, 0.10455993237],
    ),
    "misra1a": (
        _MISRA1A,
        [500.0, 0.0001],
        [238.94212918, 5.5015643181e-4],
        [2.7070075241, 7.2668688436e-6],
    ),
}


def on_arrays(x: Any, top: Any, rate: Any) -> Any:
    return top * (1 - np.exp(-rate * np.asarray(x)))


def on_numbers(x: Any, top: Any, rate: Any) -> Any:
    return [top * (1 - ag.exp(-rate * t)) for t in x]


# Stiff equations, from Hairer and Wanner, "Solving Ordinary Differential Equations II"; their
# solutions are those of the Test Set for IVP Solvers (University of Bari).


def van_der_pol(t: Any, y: Any) -> Any:
    return [y[1], 1000 * (1 - y[0] ** 2) * y[1] - y[0]]


def robertson(t: Any, y: Any) -> Any:
    slow, fast, back = 0.04 * y[0], 3e7 * y[1] ** 2, 1e4 * y[1] * y[2]
    return np.array([back - slow, slow - back - fast, fast])


STIFF = {
    "van der pol": (van_der_pol, [2.0, 0.0], 2000.0, [1.706167732170483, -8.928097010247975e-4]),
    "robertson": (
        robertson,
        [1.0, 0.0, 0.0],
        40.0,
        [0.7158270687193941, 0.9185534764557338e-5, 0.2841637457458413],
    ),
}
