"""Cases that Stan Math tests, on our operations: its common arguments and each function's points.

They follow test/unit/math/mix/fun. Where we decided otherwise, the case stands here with our
convention, and a comment.
"""

import math
import warnings
from collections.abc import Callable

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.testing import check_grads
from tests.support.cases import loop_over
from tests.support.expectations import INF, NAN, PI, close, evaluations, expect

# Stan Math: its common arguments and each function's own points

COMMON = (-1.3, 0.49, 0.99, 1.01, 0.0)
STAN: list[tuple[str, tuple[float, ...]]] = [
    ("exp expm1 exp2 sinh cosh tanh sin cos atan asinh erf erfc square sigmoid softplus", ()),
    ("asin acos atanh", (-0.9, -0.2, 0.5)),
    ("acosh", (1.5, 3.2, 5.0, 10.0, 12.9)),
    ("log log2 log10 sqrt", (0.1, 0.2, 3.3, 1e3)),
    ("log1p", (-0.99, -0.5, 0.5, 7.2, 1000.0)),
    ("cbrt reciprocal", (-2.6, -2.0, -0.2, 1.3, 3.0)),
    ("fabs", (-2.6, -2.0, -0.5, 1.5, 2.0, 3.0)),
    ("lgamma", (-2.6, -0.2, 1.0, 1.3, 3.0, 3.7, 10.0, 22.0)),
    ("gamma", (-2.6, -1.2, -0.5, 0.5, 1.5, 3.5)),
    ("digamma", (-10.2, -1.2, 2.3, 5.7)),
    ("floor ceil trunc", (-2.6, -0.2, 0.4, 1.49, 3.51)),
]
WITHIN: dict[str, Callable[[float], bool]] = {
    "asin": lambda x: abs(x) < 1,
    "acos": lambda x: abs(x) < 1,
    "atanh": lambda x: abs(x) < 1,
    "acosh": lambda x: x > 1,
    "log1p": lambda x: x > -1,
    **dict.fromkeys(("log", "log2", "log10", "sqrt"), lambda x: x > 0),
    **dict.fromkeys(("cbrt", "reciprocal", "lgamma", "gamma", "digamma"), lambda x: x != 0),
    **dict.fromkeys(("floor", "ceil", "trunc"), lambda x: x % 1 != 0),
}
STAN_CASES = [
    (name, x)
    for row, xs in STAN
    for name in row.split()
    for x in dict.fromkeys((*COMMON, *xs))
    if WITHIN.get(name, lambda x: True)(x)
]


@loop_over("name, x", STAN_CASES)
def test_stan_functions_of_one(name: str, x: float) -> None:
    check_grads(getattr(ag, name), (x,))


# value and slope at -inf, and at inf; nan is outside the domain
AT_INFINITY: dict[str, tuple[float, float, float, float]] = {
    "exp": (0, 0, INF, INF),
    "exp2": (0, 0, INF, INF),
    "expm1": (-1, 0, INF, INF),
    "sinh": (-INF, INF, INF, INF),
    "cosh": (INF, -INF, INF, INF),
    "tanh": (-1, 0, 1, 0),
    "sin": (NAN, NAN, NAN, NAN),
    "cos": (NAN, NAN, NAN, NAN),
    "tan": (NAN, NAN, NAN, NAN),
    "atan": (-PI / 2, 0, PI / 2, 0),
    "asinh": (-INF, 0, INF, 0),
    "acosh": (NAN, NAN, INF, 0),
    "asin": (NAN, NAN, NAN, NAN),
    "acos": (NAN, NAN, NAN, NAN),
    "atanh": (NAN, NAN, NAN, NAN),
    "erf": (-1, 0, 1, 0),
    "erfc": (2, 0, 0, 0),
    "square": (INF, -INF, INF, INF),
    "sigmoid": (0, 0, 1, 0),
    "softplus": (0, 0, INF, 1),
    "log": (NAN, NAN, INF, 0),
    "log2": (NAN, NAN, INF, 0),
    "log10": (NAN, NAN, INF, 0),
    "log1p": (NAN, NAN, INF, 0),
    "sqrt": (NAN, NAN, INF, 0),
    "cbrt": (-INF, 0, INF, 0),
    "reciprocal": (0, 0, 0, 0),
    "fabs": (INF, -1, INF, 1),
    "relu": (0, 0, INF, 1),
}


@loop_over("name", AT_INFINITY)
def test_stan_infinite_and_missing_arguments(name: str) -> None:
    f = getattr(ag, name)
    expect(f, [-INF], *AT_INFINITY[name][:2])
    expect(f, [INF], *AT_INFINITY[name][2:])
    expect(f, [NAN], NAN, NAN)


STAN_BINARY: list[tuple[str, list[tuple[float, float]]]] = [
    ("pow", [(0.5, 0.5), (0.5, 1.0), (0.5, 1.2), (0.5, 5.0), (1.0, 2.0), (3.0, 4.0)]),
    ("pow", [(4.0, -2 + 0.5 * k) for k in range(13)]),
    ("atan2", [(1.0, 1.0), (1.5, 1.5), (1.2, 3.9), (0.5, 2.3)]),
    ("hypot", [(0.5, 0.0), (0.5, 2.3), (0.5001, 1.0001), (3.0, 4.0), (3.0, 6.0)]),
    ("logaddexp", [(0.0, 0.0), (0.5, -1.0), (0.5, 1.2), (1.4, 0.5), (3.0, 6.0), (5.0, 2.0)]),
    ("logaddexp", [(-2.0, 15.0), (2.0, -15.0)]),
    ("minimum", [(-3.0, 4.0), (1.3, 2.0), (2.0, -3.0), (2.3, 2.0), (2.5, 1.5), (4.0, -3.0)]),
    ("maximum", [(-3.0, 4.0), (1.3, 2.0), (2.0, -3.0), (2.3, 2.0), (2.5, 1.5), (4.0, -3.0)]),
    ("fmod", [(2.0, 3.0), (2.0, 4.0), (2.7, 1.3), (3.0, 2.0), (3.0, 6.0), (3.0, -6.0)]),
    ("xlogy", [(0.5, 1.2), (1.5, 1.8), (2.2, 3.3), (19.7, 1299.1)]),
]
STAN_BINARY_CASES = [(name, x, y) for name, points in STAN_BINARY for x, y in points]


@loop_over("name, x, y", STAN_BINARY_CASES)
def test_stan_functions_of_two(name: str, x: float, y: float) -> None:
    check_grads(getattr(ag, name), (x, y))


@loop_over("name", dict.fromkeys(name for name, _ in STAN_BINARY))
@loop_over("x, y", [(1.0, NAN), (NAN, 1.0), (NAN, NAN)])
def test_stan_a_missing_operand(name: str, x: float, y: float) -> None:
    f = getattr(ag, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = evaluations(f, [x, y])
    # IEEE: 1**nan is 1
    wanted = 1.0 if name == "pow" and x == 1.0 else NAN
    for mode, (value, *partials) in found.items():
        assert close(value, wanted, 0.0), (mode, value)
        assert str(partials) == str(found["backward"][1:]), mode


def test_stan_outside_of_a_domain() -> None:
    expect(ag.pow, [-0.4, 0.5], NAN, NAN, NAN)
    expect(ag.xlogy, [0.5, -0.4], NAN, NAN, NAN)


def test_stan_a_huge_reciprocal() -> None:
    expect(ag.reciprocal, [1e160], 1e-160, -1e-320)


def test_stan_log_sum_exp_and_softmax_of_lists() -> None:
    for xs in ([0.0], [5.0, 2.0], [1.0, 2.0, 3.0, 4.0]):
        check_grads(ag.logsumexp, (xs,))
    for xs in (
        [0.0],
        [-1.0, 1.0],
        [-1.0, 1.0, 10.0],
        [0.5, -1.0, 3.0],
        [4.0, 3.0, -2.0],
        [2.0, 1.0, 1.0],
    ):
        check_grads(ag.softmax, (xs,))
    expect(lambda *xs: ag.logsumexp(xs), [4.9, -INF], 4.9, 1.0, 0.0)
    assert ag.logsumexp([INF, INF]) == INF
    expect(lambda *xs: ag.logsumexp(xs), [1000.0, 10.0], 1000.0, 1.0, 0.0)


@pytest.mark.parametrize("xs", [(1.0, 2.0, 3.0), (3.0, 5.0, 7.0), (0.5, 1.2, 1.8), (2.5, 1.5, 1.7)])
def test_stan_fma(xs: tuple[float, float, float]) -> None:
    check_grads(ag.fma, xs)
    x, y, z = xs
    expect(ag.fma, xs, float(np.float64(x * y + z)), y, x, 1.0)
    for k in range(3):
        with_nan = [NAN if i == k else v for i, v in enumerate(xs)]
        expect(ag.fma, with_nan, NAN, with_nan[1], with_nan[0], 1.0)


@loop_over("x", [-INF, -1.0, -0.0, 0.0, 1.0, INF, NAN])
@loop_over("y", [-INF, -1.0, -0.0, 0.0, 1.0, INF, NAN])
def test_stan_the_sign_of_copysign(x: float, y: float) -> None:
    for left, right in ((Value(x), y), (x, Value(y)), (Value(x), Value(y))):
        assert math.copysign(1.0, ag.copysign(left, right).data) == math.copysign(1.0, y)
