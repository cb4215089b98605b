"""Cases that ChainRules.jl and DiffRules.jl test, on our operations.

They follow rulesets/Base (fastmath_able.jl, base.jl). Where we decided otherwise, the case stands
here with our convention, and a comment.
"""

import math

import pytest

import autograd_lite as ag
from autograd_lite.testing import check_grads
from tests.support.cases import loop_over
from tests.support.expectations import INF, PI, expect

# ChainRules: powers near zero, by base and by exponent

POWERS: list[tuple[float, float, float, float]] = [
    (1.0, 2, 2.0, 0.0),
    (2.0, 2, 4.0, 2.772588722239781),
    (0.0, 2, 0.0, 0.0),
    (-0.0, 2, 0.0, 0.0),
    (0.0, 1, 1.0, 0.0),
    (-0.0, 1, 1.0, 0.0),
    # ChainRules gives nan by the exponent from here on. Ours is 0 at (0, 0); where the exponent is
    # negative it is the limit, -inf, or nan where the base is -0.0 and none exists.
    (0.0, 0, 0.0, 0.0),
    (-0.0, 0, 0.0, 0.0),
    (0.0, -1, -INF, -INF),
    (-0.0, -1, -INF, -INF),
    (0.0, -2, -INF, -INF),
    (-0.0, -2, INF, -INF),
    (0.0, 0.5, INF, 0.0),
    (0.0, 3.5, 0.0, 0.0),
    (0.0, -1.5, -INF, -INF),
]


@loop_over("x, p, dx, dp", POWERS)
def test_chainrules_powers_near_zero(x: float, p: float, dx: float, dp: float) -> None:
    value = INF * (math.copysign(1.0, x) if p == -1 else 1.0) if x == 0.0 and p < 0 else x**p
    expect(ag.pow, [x, p], value, dx, dp)
    expect(lambda v: v**p, [x], value, dx)


CHAINRULES: list[tuple[str, tuple[float, ...]]] = [
    ("sin cos tan sinh cosh tanh", (PI - 0.01,)),
    ("asin acos atan asinh atanh", (0.5,)),
    ("acosh", (1.5,)),
    ("reciprocal exp exp2 expm1 cbrt", (-0.1, 7.9)),
    ("sqrt log log2 log10 log1p", (7.9,)),
    ("atan", (-4.1, 6.4, 0.0)),
    ("degrees radians", (-0.1, 6.4)),
    ("fabs square", (-4.1, 6.4)),
    ("sign", (-1.1, 0.5, 100.0)),
    ("floor ceil trunc", (-0.6, -0.2, 0.1, 0.6)),
]
CHAINRULES_CASES = [(name, x) for row, xs in CHAINRULES for name in row.split() for x in xs]


@loop_over("name, x", CHAINRULES_CASES)
def test_chainrules_functions_of_one(name: str, x: float) -> None:
    check_grads(getattr(ag, name), (x,))


@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (0.0, -2.1), (3.2, 0.0), (-2.1, 3.2), (3.2, 3.2)])
def test_chainrules_products(x: float, y: float) -> None:
    expect(lambda a, b: a * b, [x, y], x * y, y, x)
    for xs in ([x, y, x + y], [x, y, 17 * x, 23 * y], [7 * x, 3 * y, x + y + PI]):
        others = [math.prod(v for i, v in enumerate(xs) if i != k) for k in range(len(xs))]
        expect(lambda *vs: ag.prod(vs), xs, math.prod(xs), *others)
        check_grads(ag.prod, (xs,))


@loop_over("x", [-1.1, -0.1, 33.0])
@loop_over("y", [-1.1, 0.1, 100.0])
def test_chainrules_copysign(x: float, y: float) -> None:
    expect(ag.copysign, [x, y], math.copysign(x, y), math.copysign(1.0, x * y), 0.0)


def test_chainrules_clamp_sign_literal_powers_and_lengths() -> None:
    expect(ag.clip, [1.0, 2.0, 3.0], 2.0, 0, 1, 0)
    expect(ag.clip, [2.5, 2.0, 3.0], 2.5, 1, 0, 0)
    expect(ag.clip, [4.0, 2.0, 3.0], 3.0, 0, 0, 1)
    expect(lambda x: 10.5 * ag.sign(x), [0.0], 0.0, 0.0)
    for x in (-1.5, 0.0, 3.5):
        expect(lambda v: v**2, [x], x**2, 2 * x)
        expect(lambda v: v**3, [x], x**3, 3 * x**2)
    for xs in ([0.3, -1.2, 2.2], [0.3, -1.2, 2.2, -0.7]):
        check_grads(ag.norm, (xs,))
    for n in (0, 1, 20):
        expect(lambda x: x * 2.0**n, [7.3], math.ldexp(7.3, n), 2.0**n)  # noqa: B023


@pytest.mark.parametrize(("x", "y"), [(13.37, 5.21), (8.9, 1.3), (0.35, 1.7), (-3.4, 1.1)])
def test_chainrules_remainders_and_extremes(x: float, y: float) -> None:
    for f in (ag.atan2, ag.fmod, ag.maximum, ag.minimum, lambda v, w: v % w, ag.remainder):
        check_grads(f, (x, y))


# DiffRules: x log(y) where x is zero


@pytest.mark.parametrize("y", [0.37, 1.0])
def test_diffrules_xlogy_at_zero(y: float) -> None:
    expect(ag.xlogy, [0.0, y], 0.0, math.log(y), 0.0)
    expect(ag.xlogy, [0.0, 0.0], 0.0, -INF, 0.0)
