"""Formulas of partial derivatives that do not fit into a row of the table.

They are written with primitives, as `rows.<name>`, and with `+ - *`, so that each runs on floats,
on Values and on whatever else records. A condition on floats is a bool and decides at once; on
Values it becomes a `where`.
"""

import math
import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

from . import ieee
from .primitive import rows

TINY = 2.0**-1000  # a smaller intermediate result has lost digits, or is about to


def select(condition: Any, x: Any, y: Any) -> Any:
    """Return x where the condition holds, else y; a bool records nothing."""
    if condition is True:
        return x
    return y if condition is False else rows.where(condition, x, y)


def choose(condition: Any, x: Callable[[], Any], y: Callable[[], Any]) -> Any:
    """Return x() where the condition holds, else y(); on numbers the other is not computed."""
    if condition is True:
        return x()
    return y() if condition is False else rows.where(condition, x(), y())


# one operand


def log_partial(x: Any, scale: float = 1.0) -> Any:
    # adding 0.0 makes a positive zero of a negative one: the limit from inside the domain
    return select(x >= 0.0, rows.div(scale, x + 0.0), math.nan * x)


def cbrt_partial(x: Any, y: Any) -> Any:
    def limit() -> Any:  # at zero and at infinity
        return rows.square(rows.reciprocal(y))

    def finite() -> Any:
        return choose(x - x == 0.0, lambda: rows.div(rows.div(y, x), 3.0), limit)

    return choose(x == 0.0, limit, finite)


def atan_partial(x: Any, y: Any) -> Any:
    near = x * x < 1e200
    if near is True:
        return rows.reciprocal(1.0 + x * x)
    return select(near, rows.reciprocal(1.0 + x * x), rows.square(rows.reciprocal(x)))


def one_minus_square(x: Any) -> Any:
    # each form has a derivative that does not cancel where it is used
    near = x * x < 0.5
    return select(near, 1.0 - x * x, (1.0 - x) * (1.0 + x))


def gelu_partial(x: Any, y: Any) -> Any:
    def finite() -> Any:
        half = 0.5 * x
        density = rows.bell(rows.bell(ieee.PHI_0 * x, half), half)
        return 0.5 * rows.erfc(-x * ieee.ROOT) + density

    return limit_at_infinity(x, finite)


def silu_partial(x: Any, y: Any) -> Any:
    return limit_at_infinity(x, lambda: rows.sigmoid(x) + y * rows.sigmoid(-x))


def limit_at_infinity(x: Any, finite: Callable[[], Any]) -> Any:
    """Return the partial of x times a gate that opens from 0 to 1; at infinity, its limit."""
    return select(x == math.inf, 1.0, select(x == -math.inf, 0.0, finite()))


# activations with a parameter: at the kink, the least of all slopes between 1 and a


def least_slope(a: Any) -> Any:
    return rows.maximum(0.0, rows.minimum(1.0, a))


def leaky_relu_partial(x: Any, a: Any, y: Any) -> Any:
    at_zero = choose(x == 0.0, lambda: least_slope(a), lambda: math.nan)
    return select(x > 0.0, 1.0, select(x < 0.0, a, at_zero))


def elu_partial(x: Any, a: Any, y: Any) -> Any:
    def below() -> Any:
        return choose(x == 0.0, lambda: least_slope(a), lambda: a * rows.exp(x))

    return choose(x > 0.0, lambda: 1.0, below)


# powers


def pow_partial_base(x: Any, y: Any, r: Any) -> Any:
    if type(y) is float and 0.25 <= abs(y) <= 8.0:
        low = y - 1.0
        if low + 1.0 == y and y - low == 1.0:
            return y * rows.pow(x, low)  # nearly always

    def exponent() -> Any:  # at (0, 0), one that gives the partial 0
        return select(x == 0.0, select(y == 0.0, 1.0, y - 1.0), y - 1.0)

    def plain() -> Any:
        return y * rows.pow(x, exponent())

    def by_root() -> Any:  # log(x) would multiply what y - 1 rounds off, and y a subnormal power
        root = rows.pow(select(r == r, rows.abs(x), math.nan), 0.5 * y)
        return rows.copysign(root, r) * rows.div(y * root, x)

    def size() -> Any:
        return choose(rows.abs(y) <= 8.0, lambda: 1.0, lambda: rows.abs(r))

    def usual() -> Any:
        lost = select((y - 1.0) + 1.0 == y, y - (y - 1.0) - 1.0, 1.0)
        return choose(lost == 0.0, lambda: choose(size() > TINY, plain, by_root), by_root)

    def small_exponent() -> Any:
        return rows.div(y * r, x)

    return choose(x == 0.0, plain, lambda: choose(rows.abs(y) < 0.25, small_exponent, usual))


def pow_partial_exponent(x: Any, y: Any, r: Any) -> Any:
    if (x > 0.0) is True and (r >= TINY) is True:
        return r * rows.log(x)

    def by_root() -> Any:
        root = rows.pow(x, 0.5 * y)
        return root * rows.log(x) * root

    def positive() -> Any:
        return choose(r < TINY, by_root, lambda: r * rows.log(x))

    def elsewhere() -> Any:  # in terms of r, since the derivative of a constant would be 0
        return select(x == 0.0, select(y >= 0.0, 0.0, -rows.abs(r)), math.nan * r)

    return choose(x > 0.0, positive, elsewhere)


def xlogy_partial(x: Any, y: Any) -> Any:
    at_zero = select(y == 0.0, rows.div(x, y + 0.0), math.nan * (x * y))
    without_x = select(x == 0.0, select(y == y, 0.0, math.nan), at_zero)
    return select(y > 0.0, rows.div(x, y), without_x)


# two operands


def zero(x: Any, y: Any, r: Any) -> float:
    return 0.0


def count_steps(x: Any, y: Any, r: Any) -> Any:
    """Return how many y were taken from x to leave r; rounded, since x / y is not exact."""
    return rows.round(rows.div(x - r, y))


def maximum_partial(x: Any, y: Any) -> Any:
    """Return 1 where x > y, a half at a tie, nan where either is nan."""
    return select(x > y, 1.0, select(x < y, 0.0, select(x == y, 0.5, math.nan)))


def atan2_partial(x: Any, y: Any) -> Any:
    """Return x / (x*x + y*y), and 0 at infinity."""
    size = rows.abs(x) + rows.abs(y)
    scale = select(size < 1e-100, 2.0**600, select(size > 1e100, 2.0**-600, 1.0))
    u, v = x * scale, y * scale
    total = u * u + v * v
    return select(total == math.inf, 0.0, scale * rows.div(u, total))


def logaddexp_partial(x: Any, y: Any) -> Any:
    """Return exp(x) / (exp(x) + exp(y))."""
    far = x - y < -40.0
    return choose(
        far, lambda: rows.expdiff(x, y), lambda: rows.reciprocal(1.0 + rows.expdiff(y, x))
    )


# any number of operands: the operands and the result come in, all partials go out


def norm_partials(*xs: Any) -> list[Any]:
    """Return each operand over the length, and 0 at the origin."""
    *operands, length = xs
    usual = length >= TINY
    if usual is True:
        return [rows.div(x, length) for x in operands]
    scale = select(usual, 1.0, 2.0**1000)  # a subnormal length has few digits
    enlarged = [x * scale for x in operands]
    whole = select(usual, length, rows.sqrt(reduce(operator.add, [y * y for y in enlarged])))
    return [select(length == 0.0, 0.0, rows.div(y, whole)) for y in enlarged]


def prod_partials(*xs: Any) -> list[Any]:
    """Return the product of all other factors, without a division, so that zeros are right."""
    *factors, _ = xs
    before, after = [1.0], [1.0]
    for x in factors[:-1]:
        before.append(before[-1] * x)
    for x in factors[:0:-1]:
        after.append(after[-1] * x)
    return [a * b for a, b in zip(before, reversed(after), strict=True)]


def logsumexp_partials(*xs: Any) -> list[Any]:
    """Return exp(x) of each over the sum of all."""
    *operands, _ = xs
    top = reduce(rows.maximum, operands)
    infinite = top == math.inf
    powers = [select(infinite, select(x == top, 1.0, 0.0), rows.expdiff(x, top)) for x in operands]
    total = reduce(operator.add, powers)
    total = select(infinite, select(total == 1.0, 1.0, math.nan), total)  # two have no limit
    return [rows.div(e, total) for e in powers]
