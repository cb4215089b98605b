"""Operations of several operands, predicates, and operations of any number of operands."""

import math

import mpmath
import numpy as np

from . import floats
from . import mathematics as m
from .operation import LARGE, LENGTHS, LOGARITHMS, NEIGHBOURS, Operation

mp = mpmath.mp

OPERATIONS: dict[str, Operation] = {
    "atan2": Operation(
        mp.atan2,
        [lambda y, x: x / (x * x + y * y), lambda y, x: -y / (x * x + y * y)],
        tails=LENGTHS,
        numpy=np.arctan2,
        ends=(
            "0, 0 = 0; nan, nan | 0, 1 = 0; 1, 0 | 0, -1 = 3.141592653589793; -1, 0 | "
            "1, 0 = 1.5707963267948966; 0, -1"
        ),
        extremes=(
            "1e+200, 1e+200 = 0.7853981633974483; 5e-201, -5e-201 | "
            "1e-200, 1e-200 = 0.7853981633974483; 5.000000000000001e+199, -5.000000000000001e+199"
            " | 1, inf = 0; 0, 0 | inf, 1 = 1.5707963267948966; 0, 0"
        ),
        why={
            "0, 0": "The angle takes every value around the origin: no slope, no limit.",
            "": "x / (x² + y²) without squaring, so nothing overflows or underflows.",
            "1, inf": "The limit: the angle is the same all around infinity.",
            "inf, 1": "The limit: the angle is the same all around infinity.",
        },
    ),
    "hypot": Operation(
        lambda x, y: m.length([x, y]),
        [lambda x, y: x / m.length([x, y]), lambda x, y: y / m.length([x, y])],
        tails=LENGTHS,
        numpy=np.hypot,
        kinks="0, 0 = 0; 0, 0 | 0, 1 = 1; 0, 1 | 1, 0 = 1; 1, 0",
        extremes=(
            "1e+200, 1e+200 = 1.414213562373095e+200; 0.7071067811865475, 0.7071067811865475 | "
            "1e-200, 1e-200 = 1.414213562373095e-200; 0.7071067811865476, 0.7071067811865476 | "
            "1, inf = inf; 0, nan"
        ),
        nans="nan, 1 = nan; nan, nan | inf, nan = inf; nan, nan",
        why={
            "": "0 is the least slope at the tip of the cone.",
            "1, inf": "0 by the finite operand; inf / inf by the other, an exception to the rule.",
            "1e+200, 1e+200": "x / hypot(x, y), without squaring, so nothing overflows.",
            "1e-200, 1e-200": "x / hypot(x, y), without squaring, so nothing underflows.",
        },
    ),
    "expdiff": Operation(
        lambda x, y: m.exp(x - y),
        [lambda x, y: m.exp(x - y), lambda x, y: -m.exp(x - y)],
        numpy=lambda x, y: np.exp(x - y),
        extremes=(
            "1000, 1000 = 1; 1, -1 | inf, 1 = inf; inf, -inf | 1, inf = 0; 0, 0 | "
            "inf, inf = nan; nan, nan"
        ),
    ),
    "logaddexp": Operation(
        lambda x, y: m.log_sum([x, y]),
        [lambda x, y: m.logistic(x - y), lambda x, y: m.logistic(y - x)],
        conditioned=True,
        tails=LOGARITHMS,
        numpy=np.logaddexp,
        extremes=(
            "1000, 1000 = 1000.6931471805599; 0.5, 0.5 | -1000, 1000 = 1000; 0, 1 | "
            "inf, 1 = inf; 1, 0 | -inf, 1 = 1; 0, 1 | inf, inf = inf; nan, nan | "
            "-inf, -inf = -inf; nan, nan"
        ),
        why={
            "": "The limit: the larger operand has it all.",
            "inf, inf": "inf - inf: no limit, so nan.",
        },
    ),
    "xlogy": Operation(
        lambda x, y: x * mp.log(y) if x else mp.mpf(0),
        [lambda x, y: mp.log(y), lambda x, y: x / y],
        tails=[(2.0, 1e-300), (1e-20, 3.0), (3.0, 1.000000001)],
        numpy=lambda x, y: floats.xlogy(float(x), float(y)),
        ends=(
            "0, 0 = 0; -inf, 0 | 0, 3 = 0; 1.0986122886681098, 0 | 0, inf = 0; inf, 0 | "
            "2, 0 = -inf; -inf, inf"
        ),
        outside="0, -1 = 0; nan, 0 | 2, -1 = nan; nan, nan",
        why={"": "log(y) by x, which is -inf at y = 0 and nan below; 0 by y, for 0·log(y) is 0."},
    ),
    "maximum": Operation(
        max,
        [m.step, lambda x, y: m.step(y, x)],
        numpy=np.maximum,
        same_bits=True,
        kinks=(
            "2, 2 = 2; 0.5, 0.5 | 0, -0 = -0; 0.5, 0.5 | inf, inf = inf; 0.5, 0.5 | "
            "-inf, -inf = -inf; 0.5, 0.5"
        ),
        nans="nan, 2 = nan; nan, nan | 2, nan = nan; nan, nan",
        why={
            "0, -0": "The second operand at a tie, whichever zero it is.",
            "": "nan is passed on, as in NumPy, and has no slope.",
        },
    ),
    "minimum": Operation(
        min,
        [lambda x, y: m.step(y, x), m.step],
        numpy=np.minimum,
        same_bits=True,
        kinks="2, 2 = 2; 0.5, 0.5 | 0, -0 = -0; 0.5, 0.5 | inf, inf = inf; 0.5, 0.5",
        nans="nan, 2 = nan; nan, nan | 2, nan = nan; nan, nan",
        why={
            "0, -0": "The second operand at a tie, whichever zero it is.",
            "": "nan is passed on, as in NumPy, and has no slope.",
        },
    ),
    "clip": Operation(
        lambda x, low, high: min(max(x, low), high),
        [
            lambda x, low, high: mp.mpf(low < x < high),
            lambda x, low, high: mp.mpf(x < low < high),
            lambda x, low, high: mp.mpf(max(x, low) > high),
        ],
        numpy=np.clip,
        same_bits=True,
        kinks=(
            "-1, -1, 1 = -1; 0, 0, 0 | 1, -1, 1 = 1; 0, 0, 0 | 1, 1, 1 = 1; 0, 0, 0 | "
            "0, 1, -1 = -1; 0, 0, 1 | -3, -1, 1 = -1; 0, 1, 0 | 3, -1, 1 = 1; 0, 0, 1"
        ),
        nans="nan, -1, 1 = nan; nan, nan, nan | 0.5, nan, 1 = nan; nan, nan, nan",
        why={
            "": "0 is the least slope from 0 to 1 by x; a bound moves the result only outside it.",
            "nan, -1, 1": "nan has no slope.",
            "0.5, nan, 1": "nan is passed on, as in NumPy, and has no slope.",
        },
    ),
    "where": Operation(
        lambda c, x, y: x if c else y,
        [m.zero, lambda c, x, y: mp.mpf(bool(c)), lambda c, x, y: mp.mpf(not c)],
        numpy=lambda c, x, y: np.where(c != 0.0, x, y),
        same_bits=True,
        kinks=(
            "1, 2, 3 = 2; 0, 1, 0 | 0, 2, 3 = 3; 0, 0, 1 | 1, 2, nan = 2; 0, 1, 0 | "
            "0, inf, 3 = 3; 0, 0, 1"
        ),
    ),
    "lt": Operation(
        *m.predicate(lambda x, y: x < y),
        tails=NEIGHBOURS,
        numpy=np.less,
        same_bits=True,
        jumps="2, 2 = 0; 0, 0 | nan, 1 = 0; 0, 0",
    ),
    "le": Operation(
        *m.predicate(lambda x, y: x <= y),
        tails=NEIGHBOURS,
        numpy=np.less_equal,
        same_bits=True,
        jumps="2, 2 = 1; 0, 0",
    ),
    "gt": Operation(
        *m.predicate(lambda x, y: x > y),
        tails=NEIGHBOURS,
        numpy=np.greater,
        same_bits=True,
        jumps="2, 2 = 0; 0, 0",
    ),
    "ge": Operation(
        *m.predicate(lambda x, y: x >= y),
        tails=NEIGHBOURS,
        numpy=np.greater_equal,
        same_bits=True,
        jumps="2, 2 = 1; 0, 0",
    ),
    "eq": Operation(
        *m.predicate(lambda x, y: x == y),
        tails=NEIGHBOURS,
        numpy=np.equal,
        same_bits=True,
        jumps="2, 2 = 1; 0, 0 | 0, -0 = 1; 0, 0 | nan, nan = 0; 0, 0",
    ),
    "ne": Operation(
        *m.predicate(lambda x, y: x != y),
        tails=NEIGHBOURS,
        numpy=np.not_equal,
        same_bits=True,
        jumps="2, 2 = 0; 0, 0 | nan, nan = 1; 0, 0",
    ),
    "and": Operation(
        *m.predicate(lambda x, y: x and y),
        tails=((5e-324, -3.0), (1e300, 1e-300), (-1e-200, 1e-200)),
        numpy=np.logical_and,
        same_bits=True,
        jumps="1, 0 = 0; 0, 0 | nan, 1 = 1; 0, 0",
    ),
    "or": Operation(
        *m.predicate(lambda x, y: x or y),
        tails=((5e-324, -3.0), (1e300, 1e-300), (-1e-200, 1e-200)),
        numpy=np.logical_or,
        same_bits=True,
        jumps="1, 0 = 1; 0, 0 | nan, 0 = 1; 0, 0",
    ),
    "not": Operation(
        *m.predicate(lambda x: not x, 1),
        tails=(5e-324, *LARGE),
        numpy=np.logical_not,
        same_bits=True,
        jumps="0 = 1; 0 | nan = 0; 0",
    ),
    "sum": Operation(
        lambda *xs: mp.fsum(xs),
        lambda *xs: [mp.mpf(1)] * len(xs),
        conditioned=True,
        numpy=lambda *xs: floats.added(xs),
        extremes="inf, -inf = nan; 1, 1",
    ),
    "mean": Operation(
        lambda *xs: mp.fsum(xs) / len(xs),
        lambda *xs: [mp.mpf(1) / len(xs)] * len(xs),
        conditioned=True,
        numpy=lambda *xs: floats.added(xs) / len(xs),
        extremes="1e+308, 1e+308 = inf; 0.5, 0.5",
    ),
    "prod": Operation(
        lambda *xs: m.product(xs),
        lambda *xs: [m.product([*xs[:i], *xs[i + 1 :]]) for i in range(len(xs))],
        tails=[(0.0, 2.0, 3.0), (0.0, 0.0, 3.0)],
        numpy=lambda *xs: math.prod(xs, start=1.0),
        extremes="0, 2, 3 = 0; 6, 0, 0 | 0, 0, 3 = 0; 0, 0, 0 | inf, 2 = inf; 2, inf",
        why={"": "The product of the others, multiplied out and not divided by x."},
    ),
    "dot": Operation(
        lambda *xs: mp.fsum(x * y for x, y in zip(*m.halves(xs), strict=True)),
        lambda *xs: [*m.halves(xs)[1], *m.halves(xs)[0]],
        conditioned=True,
        tails=[(1.0, 1e8, 1.0, 3.0, 1.0, 2.0)],
        numpy=floats.halves(
            lambda xs, ys: floats.added([x * y for x, y in zip(xs, ys, strict=True)])
        ),
        extremes="inf, 0, 0, 1 = nan; 0, 1, inf, 0",
    ),
    "norm": Operation(
        lambda *xs: m.length(xs),
        lambda *xs: [x / m.length(xs) for x in xs],
        tails=LENGTHS,
        numpy=np.hypot,
        kinks="0, 0, 0 = 0; 0, 0, 0 | 0, 1, 0 = 1; 0, 1, 0",
        extremes=(
            "1e+200, 1e+200 = 1.414213562373095e+200; 0.7071067811865475, 0.7071067811865475 | "
            "1e-200, 1e-200 = 1.414213562373095e-200; 0.7071067811865476, 0.7071067811865476"
        ),
        why={
            "": "0 is the least slope at the tip of the cone.",
            "1e+200, 1e+200": "The value is scaled, so no square overflows.",
            "1e-200, 1e-200": "The value is scaled, so no square underflows.",
        },
    ),
    "logsumexp": Operation(
        lambda *xs: m.log_sum(xs),
        lambda *xs: m.shares(xs),
        conditioned=True,
        tails=LOGARITHMS,
        numpy=np.logaddexp,
        extremes=(
            "1000, -1000 = 1000; 1, 0 | inf, 1 = inf; 1, 0 | -inf, 1 = 1; 0, 1 | "
            "-inf, -inf = -inf; nan, nan"
        ),
        why={
            "": "The sum of no weight at all is exp(-inf), whose logarithm is -inf.",
            "inf, 1": "The limit: the larger operand has it all.",
        },
    ),
}
