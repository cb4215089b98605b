"""The operators, signs and rounding."""

import mpmath
import numpy as np

from . import floats
from . import mathematics as m
from .operation import LARGE, STEPS, Operation

mp = mpmath.mp

OPERATIONS: dict[str, Operation] = {
    "identity": Operation(
        lambda x: x,
        [m.one],
        tails=LARGE,
        numpy=np.positive,
        same_bits=True,
        extremes="inf = inf; 1",
    ),
    "neg": Operation(
        lambda x: -x,
        [lambda x: mp.mpf(-1)],
        tails=LARGE,
        numpy=np.negative,
        same_bits=True,
        extremes="0 = -0; -1",
    ),
    "add": Operation(
        lambda x, y: x + y,
        [m.one, m.one],
        numpy=np.add,
        same_bits=True,
        extremes="inf, -inf = nan; 1, 1",
    ),
    "sub": Operation(
        lambda x, y: x - y,
        [m.one, lambda x, y: mp.mpf(-1)],
        numpy=np.subtract,
        same_bits=True,
        extremes="inf, inf = nan; 1, -1",
    ),
    "mul": Operation(
        lambda x, y: x * y,
        [lambda x, y: y, lambda x, y: x],
        numpy=np.multiply,
        same_bits=True,
        extremes="0, inf = nan; inf, 0 | inf, 0 = nan; 0, inf",
    ),
    "div": Operation(
        lambda x, y: x / y,
        [lambda x, y: 1 / y, lambda x, y: -x / (y * y)],
        tails=[(1e-200, 1e100), (1e300, -3.0)],
        numpy=np.divide,
        same_bits=True,
        ends=(
            "1, 0 = inf; inf, -inf | 1, -0 = -inf; -inf, -inf | 0, 0 = nan; inf, nan | "
            "inf, 1 = inf; 1, -inf | 1, inf = 0; 0, 0"
        ),
    ),
    "pow": Operation(
        m.power,
        [m.power_partial, lambda x, y: m.power(x, y) * mp.log(x) if x > 0 else None],
        tails=((1e-100, 2.5), (1e100, -2.5), (1.0000001, 1e9), (2.0, 1e-20)),
        numpy=np.power,
        ends=(
            "0, 0 = 1; 0, 0 | 0, 1 = 0; 1, 0 | 0, 2 = 0; 0, 0 | 0, 0.5 = 0; inf, 0 | "
            "0, -1 = inf; -inf, -inf | -0, -1 = -inf; -inf, -inf | -2, 0 = 1; 0, nan | "
            "-2, 3 = -8; 12, nan | -2, -1 = -0.5; -0.25, nan | 1, inf = 1; inf, 0 | "
            "inf, 0 = 1; 0, inf | nan, 0 = 1; nan, nan | 1, nan = 1; nan, 0"
        ),
        outside="-2, 0.5 = nan; nan, nan",
        extremes=(
            "10, 400 = inf; inf, inf | 4.94066e-324, 0 = 1; 0, -744.4400719213812 | "
            "2, -inf = 0; nan, 0"
        ),
        why={
            "": "0 by x, for x⁰ is 1 everywhere; 0 by y, for 0ʸ is 0 at every y > 0.",
            "0, -1": "The limit at the pole.",
            "-0, -1": "The limit at the pole.",
            "inf, 0": "x⁰ is 1 everywhere.",
            "nan, 0": "nan has no slope, although nan⁰ is 1.",
            "4.94066e-324, 0": "x⁰ is 1 everywhere.",
        },
    ),
    "floordiv": Operation(
        lambda x, y: mp.mpf(m.count(x, y, m.floor)),
        [m.zero, m.zero],
        tails=STEPS,
        numpy=np.floor_divide,
        same_bits=True,
        jumps="4, 2 = 2; 0, 0 | 3, -2 = -2; 0, 0 | 1, 0 = inf; 0, 0",
    ),
    "mod": Operation(
        *m.rest(m.floor),
        tails=STEPS,
        numpy=np.remainder,
        same_bits=True,
        jumps=(
            "4, 2 = 0; 1, -2 | -4, 2 = 0; 1, 2 | 3, -2 = -1; 1, 2 | 1, 0 = nan; 1, nan | "
            "inf, 2 = nan; 1, nan | 1, inf = 1; 1, 0"
        ),
        why={
            "": "The result is nan, and so is what it would change by with y.",
            "-4, 2": "Python's `%`: the sign is the divisor's.",
        },
    ),
    "abs": Operation(
        abs,
        [mp.sign],
        tails=LARGE,
        numpy=np.fabs,
        same_bits=True,
        kinks="0 = 0; 0 | -0 = 0; 0",
        extremes="inf = inf; 1 | -inf = inf; -1",
        nans="nan = nan; nan",
        why={"": "0 is the least slope from -1 to 1.", "nan": "nan has no slope."},
    ),
    "sign": Operation(
        mp.sign,
        [m.zero],
        tails=LARGE,
        numpy=np.sign,
        same_bits=True,
        jumps="0 = 0; 0 | -0 = -0; 0 | 3 = 1; 0 | inf = 1; 0",
        nans="nan = nan; 0",
        why={"": "The sign of a zero is kept, and nan stays nan, as in IEEE arithmetic."},
    ),
    "floor": Operation(
        *m.rounding(mp.floor),
        tails=(7.3, -7.3, 1e15 + 0.25),
        numpy=np.floor,
        same_bits=True,
        jumps="2 = 2; 0 | -0.5 = -1; 0",
        nans="nan = nan; 0",
    ),
    "ceil": Operation(
        *m.rounding(mp.ceil),
        tails=(7.3, -7.3, 1e15 + 0.25),
        numpy=np.ceil,
        same_bits=True,
        jumps="2 = 2; 0 | -0.5 = -0; 0",
    ),
    "trunc": Operation(
        *m.rounding(lambda x: mp.sign(x) * mp.floor(abs(x))),
        tails=(7.3, -7.3, 1e15 + 0.25),
        numpy=np.trunc,
        same_bits=True,
        jumps="-2 = -2; 0 | -0.5 = -0; 0",
    ),
    "round": Operation(
        *m.rounding(mp.nint),
        tails=(7.3, -7.3, 1e15 + 0.25),
        numpy=np.rint,
        same_bits=True,
        jumps="2.5 = 2; 0 | 0.5 = 0; 0 | -0.5 = -0; 0",
    ),
    "round_to": Operation(m.round_to, [m.zero, None], whole=[1], jumps="0.125, 2 = 0.12; 0, –"),
    "copysign": Operation(
        lambda x, y: abs(x) if y > 0 else -abs(x),
        [lambda x, y: mp.sign(x) * mp.sign(y), m.zero],
        numpy=np.copysign,
        same_bits=True,
        kinks=(
            "0, 1 = 0; 0, 0 | 0, -1 = -0; 0, 0 | 2, 0 = 2; 1, 0 | 2, -0 = -2; -1, 0 | "
            "-2, 3 = 2; -1, 0"
        ),
        why={"": "As a function of x this is ±abs(x): 0 at its kink."},
    ),
    "fmod": Operation(
        *m.rest(m.trunc),
        tails=STEPS,
        numpy=np.fmod,
        same_bits=True,
        jumps=(
            "4, 2 = 0; 1, -2 | -3, 2 = -1; 1, 1 | 1, 0 = nan; 1, nan | inf, 2 = nan; 1, nan | "
            "1, inf = 1; 1, 0"
        ),
        why={"": "The result is nan, and so is what it would change by with y."},
    ),
    "remainder": Operation(
        *m.rest(round),
        tails=STEPS,
        numpy=lambda x, y: floats.remainder(float(x), float(y)),
        jumps=(
            "4, 2 = 0; 1, -2 | 3, 2 = -1; 1, -2 | 1, 0 = nan; 1, nan | inf, 2 = nan; 1, nan | "
            "1, inf = 1; 1, 0"
        ),
    ),
    "fma": Operation(
        lambda x, y, z: x * y + z,
        [lambda x, y, z: y, lambda x, y, z: x, m.one],
        tails=[(1 + 1e-15, 1 - 1e-15, -1.0), (3.0, 1.0 / 3.0, -1.0)],
        numpy=lambda x, y, z: floats.fma(float(x), float(y), float(z)),
        extremes="1e+200, 1e+200, -inf = -inf; 1e+200, 1e+200, 1 | 0, inf, 1 = nan; inf, 0, 1",
    ),
}
