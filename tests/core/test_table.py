"""The table and formulas.py: every row against mpmath at many digits, and at its awkward points."""

import itertools
import math
import operator
import random
from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.core import table
from autograd_lite.core.table import TABLE, Primitive
from tests.operations import OPERATIONS, Point
from tests.support.coded import coded, decoded

mp = mpmath.mp
EPS = 2.0**-52


def points(row: Primitive, count: int = 25, seed: int = 1) -> list[Point]:
    """Points of the row's box, the same on every run, then its tails."""
    draw = random.Random(f"{row.name} {seed}")
    drawn: list[Point] = []
    for i in range(count):
        box = row.domain.box if row.arity else row.domain.box * (2 * (i % 3 + 1))
        point = [draw.uniform(low, high) for low, high in box]
        whole = whole_operands(row.name)
        drawn.append(tuple([float(round(x)) if k in whole else x for k, x in enumerate(point)]))
    tails = OPERATIONS[row.name].tails if row.name in OPERATIONS else ()
    return drawn + [x if isinstance(x, tuple) else (x,) for x in tails]


def whole_operands(name: str) -> Sequence[int]:
    """Return the operands that must be whole numbers: there is no derivative in them."""
    return OPERATIONS[name].whole if name in OPERATIONS else ()


def differentiable(row: Primitive, point: Point) -> list[int]:
    return [i for i in range(len(point)) if i not in whole_operands(row.name)]


class Exact:
    """A row's mathematics at one point: the value and derivatives by differences at many digits."""

    def __init__(self, name: str, point: Point) -> None:
        self.f = OPERATIONS[name].value
        self.point = point
        self.digits = OPERATIONS[name].digits

    def __call__(self, *moves: int) -> Any:
        """The derivative by the operands named in `moves`: () the value, (0, 1) d2f/dx0dx1."""
        with mp.workdps(self.digits):
            steps = [mp.mpf(10) ** -30 * (abs(mp.mpf(x)) or 1) for x in self.point]
            total = mp.mpf(0)
            for signs in itertools.product((1, -1), repeat=len(moves)):
                xs = [mp.mpf(x) for x in self.point]
                for i, sign in zip(moves, signs, strict=True):
                    xs[i] += sign * steps[i]
                total += math.prod(signs) * self.f(*xs)
            return total / mp.fprod(2 * steps[i] for i in moves)


def partials_of(row: Primitive, point: Point) -> list[Any]:
    return row.local_partials(point, row.value(*point), [True] * len(point))


def check_row(row: Primitive, point: Point) -> None:
    """Raise AssertionError where the row's value or a partial differs from the mathematics."""
    exact, operation = Exact(row.name, point), OPERATIONS[row.name]
    true, got = exact(), row.value(*point)
    slopes = {i: exact(i) for i in differentiable(row, point)}
    with mp.workdps(50):
        units = operation.units * math.ulp(float(true))
        conditioned = operation.conditioned or (row.name == "lgamma" and point[0] < 0.0)
        spread = mp.fsum(abs(point[i] * d) for i, d in slopes.items()) + (row.name == "lgamma")
        assert abs(got - true) <= units + 2 * EPS * spread * conditioned, (
            f"{row.name}{point} is {got!r}, not {float(true)!r}"
        )
        partials = partials_of(row, point)
        for i, d in slopes.items():
            assert abs(partials[i] - d) <= 1e-13 * abs(d) + 1e-300, (
                f"{row.name}{point}: partial {i} is {partials[i]!r}, not {float(d)!r}"
            )


def test_every_row_is_complete_and_has_points() -> None:
    assert set(OPERATIONS) <= set(TABLE)
    for name, row in TABLE.items():
        assert row.name == name
        assert row.label and row.doc and row.domain.text
        assert len(row.domain.box) == (row.arity or 1)
        assert all(row.domain.contains(*point) for point in points(row))


@pytest.mark.parametrize("name", TABLE)
def test_derivatives_against_finite_differences(name: str) -> None:
    """Both modes, to the second order, at points of the box: what a row without an entry has."""
    row = TABLE[name]
    whole = whole_operands(name)
    for point in points(row, count=6, seed=4)[:6]:
        moving = [k for k in range(len(point)) if k not in whole]

        def along(*xs: Any, point: Point = point, moving: Sequence[int] = moving) -> Any:
            rest = dict(zip(moving, xs, strict=True))
            return row(*[rest.get(k, x) for k, x in enumerate(point)])

        ag.testing.check_grads(along, [point[k] for k in moving], order=2)


@pytest.mark.parametrize("name", OPERATIONS)
def test_value_and_partials_against_mpmath(name: str) -> None:
    for point in points(TABLE[name]):
        check_row(TABLE[name], point)


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATIONS)
def test_second_derivatives_against_mpmath(name: str) -> None:
    row = TABLE[name]
    for point in points(row, count=4, seed=2):
        exact = Exact(name, point)
        for i, j in itertools.product(differentiable(row, point)[:4], repeat=2):
            true = exact(i, j)
            if abs(true) > 1e250:
                continue
            first = [float(abs(exact(k))) / max(abs(point[m]), 1e-3) for k, m in ((i, j), (j, i))]
            got = ag.grad(ag.grad(row, i), j)(*point)
            # a second derivative is a sum of terms, each no larger than a slope over a length
            tolerance = 1e-11 * abs(true) + 1e-14 * max(first) + 1e-300
            assert abs(got - true) <= tolerance, (name, point, i, j)


@pytest.mark.parametrize("name", TABLE)
def test_forward_mode_equals_reverse_mode(name: str) -> None:
    row = TABLE[name]
    for point in points(row, count=8, seed=3):
        which = differentiable(row, point)
        reverse = [ag.grad(row, i)(*point) for i in which]
        for k, i in enumerate(which):

            def along(x: Any, i: int = i, point: Point = point) -> Any:
                return row(*point[:i], x, *point[i + 1 :])

            value, tangent = ag.jvp(along, (point[i],), (1.0,))
            assert (value, tangent) == (row.value(*point), reverse[k])
        leaves: list[Any] = [ag.Value(x) if i in which else x for i, x in enumerate(point)]
        row(*leaves).backward()
        assert [leaves[i].grad for i in which] == reverse


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("sin", {"value": lambda x: math.sin(x) * (1 + 1e-15)}, "is .*, not"),
        ("sin", {"partials": [lambda x, y: math.cos(x) * (1 + 3e-13)]}, "partial 0 is"),
        ("tanh", {"partials": [lambda x, y: 1.0 - y * y]}, "partial 0 is"),
        ("log1p", {"value": lambda x: math.log(1.0 + x)}, "is .*, not"),
        ("gelu", {"value": lambda x: 0.5 * x * (1 + math.erf(x / math.sqrt(2)))}, "is .*, not"),
        ("atan2", {"partials": [lambda y, x, r: 0.0, lambda y, x, r: 0.0]}, "partial 0 is"),
        ("mul", {"partials": [lambda x, y, r: y, lambda x, y, r: y]}, "partial 1 is"),
    ],
)
def test_a_wrong_row_is_caught(name: str, changes: dict[str, Any], message: str) -> None:
    right = TABLE[name]
    fields: dict[str, Any] = {"value": right.value, "partials": right.partials, **changes}
    wrong = Primitive(name, domain=right.domain, **fields)
    with pytest.raises(AssertionError, match=message):
        for point in points(wrong):
            check_row(wrong, point)


# Awkward points. `same` tells nan, infinities and their signs apart from everything else.


def same(got: Any, expected: Any) -> bool:
    return type(got) is float and (got == expected or (got != got and expected != expected))


inf, nan = math.inf, math.nan

AWKWARD: list[tuple[str, Point, float, Sequence[float]]] = [
    ("relu", (0.0,), 0.0, [0.0]),
    ("relu", (-0.0,), 0.0, [0.0]),
    ("relu", (nan,), nan, [nan]),
    ("relu", (inf,), inf, [1.0]),
    ("relu", (-inf,), 0.0, [0.0]),
    ("abs", (0.0,), 0.0, [0.0]),
    ("abs", (-0.0,), 0.0, [0.0]),
    ("abs", (nan,), nan, [nan]),
    ("sign", (0.0,), 0.0, [0.0]),
    ("sign", (-3.0,), -1.0, [0.0]),
    ("maximum", (2.0, 2.0), 2.0, [0.5, 0.5]),
    ("minimum", (2.0, 2.0), 2.0, [0.5, 0.5]),
    ("maximum", (nan, 2.0), nan, [nan, nan]),
    ("maximum", (2.0, nan), nan, [nan, nan]),
    ("minimum", (nan, 2.0), nan, [nan, nan]),
    ("minimum", (2.0, nan), nan, [nan, nan]),
    ("clip", (-1.0, -1.0, 1.0), -1.0, [0.0, 0.0, 0.0]),
    ("clip", (1.0, -1.0, 1.0), 1.0, [0.0, 0.0, 0.0]),
    ("clip", (-3.0, -1.0, 1.0), -1.0, [0.0, 1.0, 0.0]),
    ("clip", (3.0, -1.0, 1.0), 1.0, [0.0, 0.0, 1.0]),
    ("clip", (0.5, nan, 1.0), nan, [nan, nan, nan]),
    ("clip", (0.5, 0.0, nan), nan, [nan, nan, nan]),
    ("leaky_relu", (0.0, 0.01), 0.0, [0.01, 0.0]),
    ("leaky_relu", (0.0, 2.0), 0.0, [1.0, 0.0]),
    ("elu", (0.0, 1.0), 0.0, [1.0, 0.0]),
    ("elu", (0.0, 0.5), 0.0, [0.5, 0.0]),
    ("elu", (0.0, 2.0), 0.0, [1.0, 0.0]),
    ("leaky_relu", (0.0, -1.0), 0.0, [0.0, 0.0]),
    ("elu", (0.0, -1.0), 0.0, [0.0, 0.0]),
    ("sqrt", (0.0,), 0.0, [inf]),
    ("sqrt", (-0.0,), 0.0, [inf]),
    ("sqrt", (-inf,), nan, [nan]),
    ("sqrt", (inf,), inf, [0.0]),
    ("log", (0.0,), -inf, [inf]),
    ("log", (-0.0,), -inf, [inf]),
    ("log", (-1.0,), nan, [nan]),
    ("log10", (1.7e308,), math.log10(1.7e308), [1.0 / math.log(10.0) / 1.7e308]),
    ("log1p", (-1.0,), -inf, [inf]),
    ("asin", (1.0,), math.pi / 2, [inf]),
    ("asin", (-1.0,), -math.pi / 2, [inf]),
    ("acos", (1.0,), 0.0, [-inf]),
    ("acos", (-1.0,), math.pi, [-inf]),
    ("acosh", (1.0,), 0.0, [inf]),
    ("atanh", (1.0,), inf, [inf]),
    ("atanh", (-1.0,), -inf, [inf]),
    ("atanh", (1.5,), nan, [nan]),
    ("cbrt", (0.0,), 0.0, [inf]),
    ("cbrt", (-0.0,), 0.0, [inf]),
    *[("cbrt", (x,), x, [0.0]) for x in (inf, -inf)],
    *[("atan", (x,), math.copysign(math.pi / 2, x), [0.0]) for x in (inf, -inf)],
    *[(name, (inf,), TABLE[name].value(inf), [0.0]) for name in ("erf", "erfc", "asinh")],
    ("hypot", (0.0, 0.0), 0.0, [0.0, 0.0]),
    ("norm", (0.0, 0.0, 0.0), 0.0, [0.0, 0.0, 0.0]),
    ("pow", (0.0, 0.0), 1.0, [0.0, 0.0]),
    ("pow", (0.0, 2.0), 0.0, [0.0, 0.0]),
    ("pow", (0.0, 1.0), 0.0, [1.0, 0.0]),
    ("pow", (0.0, 0.5), 0.0, [inf, 0.0]),
    ("pow", (0.0, -1.0), inf, [-inf, -inf]),
    ("pow", (-0.0, -1.0), -inf, [-inf, -inf]),
    ("pow", (5e-324, 0.0), 1.0, [0.0, math.log(5e-324)]),
    ("pow", (-2.0, 0.0), 1.0, [0.0, nan]),
    ("pow", (-2.0, 3.0), -8.0, [12.0, nan]),
    ("pow", (-2.0, -1.0), -0.5, [-0.25, nan]),
    ("pow", (-2.0, 0.5), nan, [nan, nan]),
    ("pow", (nan, 2.0), nan, [nan, nan]),
    ("pow", (0.0, nan), nan, [nan, nan]),
    ("atan2", (0.0, 0.0), 0.0, [nan, nan]),
    ("atan2", (1.0, inf), 0.0, [0.0, 0.0]),
    ("atan2", (inf, 1.0), math.pi / 2, [0.0, 0.0]),
    ("atan2", (inf, -inf), 0.75 * math.pi, [0.0, 0.0]),
    ("floor", (2.0,), 2.0, [0.0]),
    ("ceil", (2.0,), 2.0, [0.0]),
    ("trunc", (-2.0,), -2.0, [0.0]),
    ("round", (2.5,), 2.0, [0.0]),
    ("reciprocal", (0.0,), inf, [-inf]),
    ("reciprocal", (-0.0,), -inf, [-inf]),
    ("div", (1.0, 0.0), inf, [inf, -inf]),
    ("div", (-1.0, 0.0), -inf, [inf, inf]),
    ("div", (1.0, -0.0), -inf, [-inf, -inf]),
    ("div", (0.0, 0.0), nan, [inf, nan]),
    ("xlogy", (0.0, 0.0), 0.0, [-inf, 0.0]),
    ("xlogy", (1.0, -1.0), nan, [nan, nan]),
    ("xlogy", (1.0, -0.0), -inf, [-inf, inf]),
    ("xlogy", (0.0, nan), nan, [nan, nan]),
    ("xlogy", (0.0, 3.0), 0.0, [math.log(3.0), 0.0]),
    ("gamma", (0.0,), inf, [-inf]),
    ("gamma", (-5e-324,), -inf, [-inf]),
    ("gamma", (-1.0,), nan, [nan]),
    ("gamma", (-inf,), nan, [nan]),
    ("lgamma", (0.0,), inf, [-inf]),
    ("digamma", (0.0,), -inf, [inf]),
    ("digamma", (-0.0,), inf, [inf]),
    ("digamma", (-2.0,), nan, [inf]),
    ("gelu", (inf,), inf, [1.0]),
    ("gelu", (-inf,), 0.0, [0.0]),
    ("silu", (inf,), inf, [1.0]),
    ("silu", (-inf,), 0.0, [0.0]),
    ("logaddexp", (inf, 1.0), inf, [1.0, 0.0]),
    ("logsumexp", (1.0, inf), inf, [0.0, 1.0]),
    ("logsumexp", (inf, inf), inf, [nan, nan]),
    ("logsumexp", (-inf, 1.0), 1.0, [0.0, 1.0]),
    ("logsumexp", (nan, 1.0), nan, [nan, nan]),
    ("logaddexp", (-inf, 1.0), 1.0, [0.0, 1.0]),
    ("where", (0.0, nan, 1.0), 1.0, [0.0, 0.0, 1.0]),
    *[(name, (2.0, 2.0), 1.0, [0.0, 0.0]) for name in ("le", "ge", "eq")],
    *[(name, (2.0, 2.0), 0.0, [0.0, 0.0]) for name in ("lt", "gt", "ne")],
    *[(name, (0.0, -0.0), 1.0, [0.0, 0.0]) for name in ("le", "ge", "eq")],
    *[(name, (-0.0, 0.0), 0.0, [0.0, 0.0]) for name in ("lt", "gt", "ne")],
    *[(name, (nan, nan), 0.0, [0.0, 0.0]) for name in ("lt", "le", "gt", "ge", "eq")],
    ("ne", (nan, nan), 1.0, [0.0, 0.0]),
    ("lt", (-inf, inf), 1.0, [0.0, 0.0]),
    ("le", (inf, inf), 1.0, [0.0, 0.0]),
    ("and", (nan, -1.0), 1.0, [0.0, 0.0]),
    ("and", (inf, -0.0), 0.0, [0.0, 0.0]),
    ("and", (0.0, nan), 0.0, [0.0, 0.0]),
    ("or", (0.0, -0.0), 0.0, [0.0, 0.0]),
    ("or", (0.0, nan), 1.0, [0.0, 0.0]),
    ("not", (0.0,), 1.0, [0.0]),
    ("not", (-0.0,), 1.0, [0.0]),
    ("not", (nan,), 0.0, [0.0]),
    ("not", (5e-324,), 0.0, [0.0]),
    *[("sigmoid", (x,), float(x > 0.0), [0.0]) for x in (1000.0, -1000.0, inf, -inf)],
    *[("tanh", (x,), math.copysign(1.0, x), [0.0]) for x in (1000.0, -1000.0, inf, -inf)],
    ("softplus", (1000.0,), 1000.0, [1.0]),
    ("softplus", (-1000.0,), 0.0, [0.0]),
    ("logaddexp", (1000.0, 1000.0), 1000.0 + math.log(2.0), [0.5, 0.5]),
    ("logaddexp", (-1000.0, 1000.0), 1000.0, [0.0, 1.0]),
    ("logsumexp", (1000.0, -1000.0), 1000.0, [1.0, 0.0]),
    ("silu", (-1000.0,), 0.0, [0.0]),
    ("gelu", (1000.0,), 1000.0, [1.0]),
    ("leaky_relu", (nan, 0.5), nan, [nan, nan]),
    ("xlogy", (-1.0, -1.0), nan, [nan, nan]),
    ("xlogy", (0.0, -1.0), 0.0, [nan, 0.0]),
    ("xlogy", (-1.0, 0.0), inf, [-inf, -inf]),
    ("clip", (0.0, 1.0, 1.0), 1.0, [0.0, 0.0, 0.0]),
    ("clip", (0.0, 1.0, 0.0), 0.0, [0.0, 0.0, 1.0]),
    ("where", (-1.0, 3.0, 4.0), 3.0, [0.0, 1.0, 0.0]),
    ("round_to", (1.26, 1.0), 1.3, [0.0, nan]),
    ("atan", (1e160,), math.pi / 2, [1e-320]),
    *[(name, (0.0, 5e-324), 5e-324, [0.0, 1.0]) for name in ("hypot", "norm")],
    *[(name, (1.5e-323, 2e-323), 2.5e-323, [0.6, 0.8]) for name in ("hypot", "norm")],
    *[("pow", (0.0, y), 0.0, [inf, 0.0]) for y in (5e-324, 0.1, 0.3, 0.99)],
    *[("pow", (x, y), 0.0, [0.0, 0.0]) for x in (0.0, -0.0) for y in (1.5, 2.0, 8.5, 9.0, 1e300)],
    *[("pow", (0.0, y), inf, [-inf, -inf]) for y in (-0.3, -2.0, -8.5, -9.0, -300.0)],
    ("pow", (-0.0, 0.0), 1.0, [0.0, 0.0]),
    ("pow", (-0.0, 1.0), 0.0, [1.0, 0.0]),
    ("pow", (-2.0, -60.2), nan, [nan, nan]),
    ("pow", (-1.0, 1e17), 1.0, [-1e17, nan]),
    ("pow", (-1e-200, 2.0), 0.0, [-2e-200, nan]),
    ("xlogy", (5e-324, -0.25), nan, [nan, nan]),
    ("atan2", (5e-324, 1.0), 5e-324, [1.0, -5e-324]),
    *[("round_to", (x, 2.0), x, [0.0, nan]) for x in (inf, -inf, nan)],
]


@pytest.mark.parametrize(("name", "point", "value", "partials"), AWKWARD)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_awkward_points_in_generated_code(
    name: str, point: Point, value: float, partials: Sequence[float]
) -> None:
    row = TABLE[name]
    for i, d in enumerate(partials):
        if i not in whole_operands(name) and 1 not in whole_operands(name):
            code = ag.jit(coded(ag.grad(row, i)), backend="python")
            assert same(decoded(code(*point)), d), i


POWERS = list(
    itertools.product(
        (0.1, 1.0 - EPS / 2, 1.0 + EPS, 3.0, -2.0, 1e-5, -1e-5, 1e-40, -1e-40, -1e40, 1e160, 1e300),
        (
            0.1,
            0.25,
            -0.25,
            0.3,
            1.0,
            2.0,
            2.0 + 2 * EPS,
            7.5,
            8.0,
            8.5,
            9.0,
            -9.0,
            -8.5,
            63.9,
            64.0,
        ),
    )
)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_short_ways_of_a_power_give_the_bits_of_the_long_ones() -> None:
    """Numbers take a short way through the partials, which Values and symbols do not."""
    row = TABLE["pow"]
    codes = [ag.jit(coded(ag.grad(row, i)), backend="python") for i in (0, 1)]
    for point in POWERS:
        leaves = [ag.Value(x) for x in point]
        long = row.local_partials(leaves, row(*leaves), [True, True])
        for i, short in enumerate(partials_of(row, point)):
            assert same(short, getattr(long[i], "data", long[i])), (point, i)
            assert same(short, decoded(codes[i](*point))), (point, i)


@pytest.mark.parametrize("point", [p for p in POWERS if p[0] > 0.0 or p[1].is_integer()])
def test_slopes_of_powers_of_every_size(point: Point) -> None:
    x, y = point
    exact = Exact("pow", (abs(x), y))
    signs = [(-1.0 if x < 0.0 else 1.0) ** (y - 1.0), 1.0]
    by_base, by_exponent = partials_of(TABLE["pow"], point)
    for i, d in enumerate([by_base, by_exponent] if x > 0.0 else [by_base]):
        true = signs[i] * exact(i)
        assert abs(d - true) <= 4 * math.ulp(float(true)), (i, d, float(true))


@pytest.mark.parametrize(("x", "y"), [(-0.25, 8.0), (-2.0, 3.0), (-2.0, 0.5)])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_slope_that_does_not_exist_has_no_slope_either(x: float, y: float) -> None:
    (_, by_both), (again, by_exponent) = ag.hessian(lambda v: v[0] ** v[1])([x, y])
    assert all(map(math.isnan, (by_both, again, by_exponent)))
    assert math.isnan(ag.grad(ag.grad(ag.xlogy, 1), 0)(y, x))
    assert math.isnan(ag.grad(ag.grad(ag.xlogy, 1), 1)(y, x))


@pytest.mark.parametrize(("y", "second"), [(1.0, 0.0), (2.0, 2.0), (3.0, 3e-323), (8.0, 0.0)])
def test_curvatures_of_the_powers_of_a_tiny_number(y: float, second: float) -> None:
    assert ag.grad(ag.grad(lambda x: x**y))(5e-324) == second
    assert ag.hessian(lambda x: x ** ag.Value(y))(5e-324).data == second


def test_a_power_is_flat_at_the_origin() -> None:
    assert ag.hessian(TABLE["pow"], (0, 1))(0.0, 0.0) == ((0.0, 0.0), (0.0, 0.0))


@pytest.mark.parametrize("name", ["gelu", "silu", "atan", "tanh", "softplus"])
@pytest.mark.parametrize("x", [inf, -inf])
def test_saturated_at_infinity_to_the_second_order(name: str, x: float) -> None:
    assert ag.grad(ag.grad(TABLE[name]))(x) == 0.0


def test_where_an_infinite_operand_is_outside_of_the_domain() -> None:
    for name in ("sin", "cos", "tan"):
        assert not TABLE[name].domain.contains(inf) and not TABLE[name].domain.contains(-inf)
    for name in ("mod", "fmod", "remainder", "floordiv"):
        assert not TABLE[name].domain.contains(inf, 2.0) and TABLE[name].domain.contains(2.0, inf)


@pytest.mark.parametrize(("name", "point", "value", "partials"), AWKWARD)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_awkward_points(name: str, point: Point, value: float, partials: Sequence[float]) -> None:
    row = TABLE[name]
    assert same(row.value(*point), value)
    for i, d in enumerate(partials):
        leaves = [ag.Value(x) for x in point]
        assert same(row(*leaves).data, value)
        row(*leaves).backward()
        assert same(leaves[i].grad, d), (i, leaves[i].grad)
        assert same(ag.grad(row, i)(*point), d)
        if all(math.isfinite(p) for p in partials):  # else 0 * inf is nan in a sum over operands
            tangents = [float(k == i) for k in range(len(point))]
            assert same(ag.jvp(row, point, tangents)[1], d)


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "tanh", "gelu", "silu", "erf", "atan"])
@pytest.mark.parametrize("x", [1000.0, -1000.0])
def test_saturated_to_the_third_order(name: str, x: float) -> None:
    f: Any = TABLE[name]
    for _ in range(3):
        assert math.isfinite(f(x))
        f = ag.grad(f)
    assert abs(f(x)) < 1e-8


@pytest.mark.parametrize("name", ["log", "log2", "log10"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_second_derivatives_of_logarithms_at_the_ends(name: str) -> None:
    f = ag.grad(ag.grad(TABLE[name]))
    assert [f(x) for x in (0.0, -0.0, inf)] == [-inf, -inf, 0.0]
    assert math.isnan(f(-1.0)) and math.isnan(f(nan))
    assert math.isnan(ag.grad(ag.grad(ag.log1p))(-2.0))
    assert math.isnan(ag.grad(ag.grad(ag.atanh))(2.0))
    assert ag.grad(ag.grad(ag.atan))(inf) == ag.grad(ag.grad(ag.erf))(inf) == 0.0


@pytest.mark.parametrize("name", ["logaddexp", "logsumexp"])
@pytest.mark.parametrize("point", [(1e3, -1e3), (1e3, 1e3), (-1e3, -1e3)])
def test_saturated_pairs(name: str, point: Point) -> None:
    row = TABLE[name]
    for i in (0, 1):
        assert 0.0 <= ag.grad(row, i)(*point) <= 1.0
        assert 0.0 <= ag.grad(ag.grad(row, i), i)(*point) <= 0.25 + 1e-12


LEAKS: list[tuple[Callable[[Any], Any], float, list[float]]] = [
    (lambda x: ag.where(x < 1.0, x, ag.sqrt(x)), 0.0, [1.0, 0.0]),
    (lambda x: ag.where(x > 0.0, ag.log(x), 0.0 * x), 0.0, [0.0, 0.0]),
    (lambda x: ag.where(x > 0.0, ag.log(x), x * x), -1.0, [-2.0, 2.0]),
    (lambda x: ag.maximum(x * x, 1.0 / x), -0.0, [0.0, 2.0]),
    (lambda x: ag.minimum(x * x, ag.reciprocal(x)), 0.0, [0.0, 2.0]),
    (lambda x: ag.maximum(3.0 * x, ag.log(x)), 0.0, [3.0, 0.0]),
    (lambda x: ag.clip(ag.log(x), -1.0, 1.0), 0.0, [0.0, 0.0]),
    (lambda x: ag.clip(x * x, ag.log(x), 5.0), 0.0, [0.0, 2.0]),
    (lambda x: ag.clip(x * x, -5.0, ag.reciprocal(x)), 0.0, [0.0, 2.0]),
    (lambda x: ag.relu(ag.log(x)) + x, 0.0, [1.0, 0.0]),
    (lambda x: ag.copysign(x * x, ag.log(x)), 0.5, [-1.0, -2.0]),
    (lambda x: ag.leaky_relu(x + 2.0, ag.log(x)), 0.0, [1.0, 0.0]),
    (lambda x: ag.elu(x + 2.0, ag.log(x)), 0.0, [1.0, 0.0]),
    (lambda x: ag.where(table.lt(x, 1.0), x, ag.sqrt(x)), 0.0, [1.0, 0.0]),
    (lambda x: table.eq(ag.log(x), 1.0) + x, 0.0, [1.0, 0.0]),
    (lambda x: table.not_(table.or_(ag.log(x), ag.sqrt(x))) + x * x, 0.0, [0.0, 2.0]),
]


@pytest.mark.parametrize(("f", "x", "expected"), LEAKS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_was_not_chosen_contributes_nothing(
    f: Callable[[Any], Any], x: float, expected: list[float]
) -> None:
    leaf = ag.Value(x)
    f(leaf).backward()
    assert leaf.grad == expected[0]
    for mode in (ag.grad, lambda g: lambda p: ag.jvp(g, (p,), (1.0,))[1]):
        assert mode(f)(x) == expected[0]
        assert mode(mode(f))(x) == pytest.approx(expected[1], abs=1e-290)


# Truths, against NumPy's; a comparison of Values is a plain bool and agrees with its row.

TRUTHS: dict[str, tuple[Callable[..., Any], Callable[..., Any] | None]] = {
    "lt": (np.less, operator.lt),
    "le": (np.less_equal, operator.le),
    "gt": (np.greater, operator.gt),
    "ge": (np.greater_equal, operator.ge),
    "eq": (np.equal, operator.eq),
    "ne": (np.not_equal, operator.ne),
    "and": (np.logical_and, None),
    "or": (np.logical_or, None),
    "not": (np.logical_not, operator.not_),
}


def test_the_truths_are_the_logical_rows() -> None:
    assert set(TRUTHS) == {name for name, row in TABLE.items() if row.logical}
    assert not ag.primitive(math.sin, partials=[lambda x, y: 0.0]).logical


@pytest.mark.parametrize("name", TRUTHS)
def test_a_truth_is_one_or_a_positive_zero(name: str) -> None:
    row, (reference, eager) = TABLE[name], TRUTHS[name]
    numbers = (0.0, -0.0, 1.0, -3.0, 5e-324, -5e-324, 1e300, inf, -inf, nan)
    for point in itertools.product(numbers, repeat=row.arity or 2):
        true = bool(reference(*point))
        leaves = [ag.Value(x) for x in point]
        node = row(*leaves)
        assert [x.hex() for x in (row.value(*point), row(*point), node.data)] == [
            float(true).hex()
        ] * 3
        assert node.primitive is row and len(node.operands) == len(point)
        assert [x.hex() for x in node.partials] == [(0.0).hex()] * len(point)
        if eager is not None:
            assert eager(*leaves) is true


# The operators of value.py write down the rows of the table in place.

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: x**y,
    "mod": lambda x, y: x % y,
    "floordiv": lambda x, y: x // y,
}


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("wrap", [(True, True), (True, False), (False, True)])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_operators_equal_their_rows_bit_for_bit(name: str, wrap: tuple[bool, bool]) -> None:
    row = TABLE[name]
    awkward = list(
        itertools.product((0.0, -0.0, 1.0, -3.0, 1e-310, 1e300, inf, -inf, nan), repeat=2)
    )
    for x, y in points(row, count=200, seed=5) + awkward:
        operands = [ag.Value(v) if w else v for v, w in zip((x, y), wrap, strict=True)]
        node = OPERATORS[name](*operands)
        value, partials = row.value(x, y), partials_of(row, (x, y))
        wanted = [d for d, w in zip(partials, wrap, strict=True) if w]
        assert node.primitive is row
        for a, b in zip(node.operands, operands, strict=True):
            assert a is b or (type(a) is type(b) is float and a.hex() == b.hex())
        assert [a.hex() for a in (node.data, *node.partials)] == [a.hex() for a in (value, *wanted)]


EDGES = [s * x for x in (0.0, 1e-3, 0.5, 1 - 2.0**-53, 1.0, 1 + EPS, 2.0) for s in (1.0, -1.0)]
ELSEWHERE = {"cbrt", "polygamma", "round_to"}  # no slope at 0; an operand must be whole


@pytest.mark.parametrize("name", [n for n, row in TABLE.items() if row.arity in (1, 2)])
def test_the_domain_is_where_finite_operands_give_a_finite_value(name: str) -> None:
    row = TABLE[name]
    for point in itertools.product(EDGES, repeat=row.arity or 0):
        if name not in ELSEWHERE:
            assert row.domain.contains(*point) == math.isfinite(row.value(*point)), point


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("cbrt", [(-1.0,), (5e-324,)], [(0.0,), (-0.0,)]),
        ("polygamma", [(0.0, 0.5), (1.0, 2.0), (2.0, -0.5)], [(-1.0, 2.0), (0.5, 2.0), (1.0, 0.0)]),
        ("round_to", [(0.5, 0.0), (0.5, -2.0)], [(0.5, 0.5)]),
    ],
)
def test_the_domain_of_the_other_rows(name: str, inside: list[Point], outside: list[Point]) -> None:
    contains = TABLE[name].domain.contains
    assert all(contains(*point) for point in inside)
    assert not any(contains(*point) for point in outside)


@pytest.mark.parametrize("name", [n for n, row in TABLE.items() if row.arity])
def test_rows_that_are_flat_in_an_operand_select(name: str) -> None:
    """What has no slope anywhere passes no nan on: 0 * inf is never formed."""
    row = TABLE[name]
    for i, partial in enumerate(row.partials):
        places = itertools.product([0.5, 1.5, 2.0], repeat=row.arity or 0)
        if all(partial(*place, row.value(*place)) == 0.0 for place in places):
            assert row.selects[i], i


SELECTIVE = [n for n, row in TABLE.items() if row.arity and any(row.selects)]


@pytest.mark.parametrize("name", SELECTIVE)
def test_rows_select_where_a_slope_of_zero_has_no_slope(name: str) -> None:
    """elu(-1, 0) is flat by x, but by x and then by a its slope is 1/e: there must be an edge."""
    row = TABLE[name]
    for place in itertools.product([-1.5, 0.0, 0.5, 2.0], repeat=row.arity or 0):
        if place[0] == 0.0 or not row.domain.contains(*place):
            continue  # 0 is a kink of nearly all of them
        for partial in itertools.compress(row.partials, row.selects):
            if partial(*place, row.value(*place)) == 0.0:
                slopes = ag.grad(lambda *xs, d=partial: d(*xs, row(*xs)), range(row.arity or 0))
                assert not any(slopes(*place)), place
