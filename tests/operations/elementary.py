"""Exponentials, logarithms, roots, trigonometric and hyperbolic functions."""

import mpmath
import numpy as np

from . import mathematics as m
from .operation import EDGE, LARGE, POSITIVE, SMALL, WIDE, Operation

mp = mpmath.mp

OPERATIONS: dict[str, Operation] = {
    "exp": Operation(
        m.exp,
        [m.exp],
        tails=(*WIDE, 300.3, -300.3, 700.0),
        numpy=np.exp,
        extremes=(
            "1000 = inf; inf | -1000 = 0; 0 | inf = inf; inf | -inf = 0; 0 | "
            "-740 = 4.2e-322; 4.2e-322"
        ),
        nans="nan = nan; nan",
        why={"": "Numbers too small for full precision are kept, not flushed to 0."},
    ),
    "exp2": Operation(
        lambda x: m.exp(x * mp.log(2)),
        [lambda x: m.exp(x * mp.log(2)) * mp.log(2)],
        tails=(*WIDE, 300.3, -300.3, 700.0),
        numpy=np.exp2,
        extremes="2000 = inf; inf | -inf = 0; 0",
    ),
    "expm1": Operation(
        lambda x: mp.expm1(min(max(x, -9999), 9999)),
        [m.exp],
        tails=(*WIDE, 300.3, -300.3, 700.0),
        numpy=np.expm1,
        extremes="1000 = inf; inf | -inf = -1; 0 | 1e-18 = 1e-18; 1",
    ),
    "log": Operation(
        mp.log,
        [lambda x: 1 / x],
        tails=POSITIVE,
        roots=(1.0,),
        numpy=np.log,
        ends="0 = -inf; inf | -0 = -inf; inf | inf = inf; 0",
        outside="-1 = nan; nan | -inf = nan; nan",
        why={
            "": "The limit at the end of the domain, from inside it.",
            "-1": "There is no function there, so no slope.",
            "-inf": "There is no function there, so no slope.",
        },
    ),
    "log2": Operation(
        lambda x: mp.log(x) / mp.log(2),
        [m.log_partial(2)],
        tails=POSITIVE,
        roots=(1.0,),
        numpy=np.log2,
        ends="0 = -inf; inf",
        outside="-1 = nan; nan",
        why={
            "": "The limit at the end of the domain, from inside it.",
            "-1": "There is no function there, so no slope.",
        },
    ),
    "log10": Operation(
        lambda x: mp.log(x) / mp.log(10),
        [m.log_partial(10)],
        tails=POSITIVE,
        roots=(1.0,),
        numpy=np.log10,
        ends="0 = -inf; inf",
        outside="-1 = nan; nan",
        why={
            "": "The limit at the end of the domain, from inside it.",
            "-1": "There is no function there, so no slope.",
        },
    ),
    "log1p": Operation(
        mp.log1p,
        [lambda x: 1 / (1 + x)],
        tails=(*SMALL, -0.999999, -1 + 1e-12, 7.3, 1e6, 1e300),
        roots=(1.0, -1.0),
        numpy=np.log1p,
        ends="-1 = -inf; inf",
        outside="-2 = nan; nan",
        why={"-2": "There is no function there, so no slope."},
    ),
    "sqrt": Operation(
        mp.sqrt,
        [lambda x: 1 / (2 * mp.sqrt(x))],
        tails=POSITIVE,
        numpy=np.sqrt,
        same_bits=True,
        ends="0 = 0; inf | -0 = -0; inf | inf = inf; 0",
        outside="-1 = nan; nan | -inf = nan; nan",
        nans="nan = nan; nan",
        why={
            "": "The limit at the end of the domain, from inside it.",
            "-inf": "There is no function there, so no slope.",
        },
    ),
    "cbrt": Operation(
        lambda x: mp.sign(x) * mp.cbrt(abs(x)),
        [lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2)],
        tails=LARGE,
        numpy=np.cbrt,
        ends="0 = 0; inf",
    ),
    "square": Operation(
        lambda x: x * x,
        [lambda x: 2 * x],
        tails=LARGE,
        numpy=np.square,
        same_bits=True,
        extremes="inf = inf; inf | 1e+200 = inf; 2e+200",
    ),
    "reciprocal": Operation(
        lambda x: 1 / x,
        [lambda x: -1 / (x * x)],
        tails=LARGE,
        numpy=np.reciprocal,
        same_bits=True,
        ends="0 = inf; -inf | -0 = -inf; -inf | inf = 0; 0",
    ),
    "sin": Operation(
        mp.sin,
        [mp.cos],
        tails=(*LARGE, 1.5707963267948966, 3.141592653589793, 1e15),
        numpy=np.sin,
        outside="inf = nan; nan",
    ),
    "cos": Operation(
        mp.cos,
        [lambda x: -mp.sin(x)],
        tails=(*LARGE, 1.5707963267948966, 3.141592653589793, 1e15),
        numpy=np.cos,
        outside="inf = nan; nan",
    ),
    "tan": Operation(
        mp.tan,
        [lambda x: 1 / mp.cos(x) ** 2],
        tails=(*WIDE, 1.5707963267948966, 1.57, -1.5708, 1e6),
        numpy=np.tan,
        outside="inf = nan; nan",
    ),
    "asin": Operation(
        mp.asin,
        [lambda x: 1 / mp.sqrt((1 - x) * (1 + x))],
        tails=EDGE,
        roots=(1.0, -1.0),
        numpy=np.arcsin,
        ends="1 = 1.5707963267948966; inf | -1 = -1.5707963267948966; inf",
        outside="2 = nan; nan",
    ),
    "acos": Operation(
        mp.acos,
        [lambda x: -1 / mp.sqrt((1 - x) * (1 + x))],
        tails=EDGE,
        roots=(1.0, -1.0),
        numpy=np.arccos,
        ends="1 = 0; -inf | -1 = 3.141592653589793; -inf",
        outside="2 = nan; nan",
    ),
    "atan": Operation(
        mp.atan,
        [lambda x: 1 / (1 + x * x)],
        tails=LARGE,
        numpy=np.arctan,
        extremes=(
            "inf = 1.5707963267948966; 0 | -inf = -1.5707963267948966; 0 | "
            "1e+200 = 1.5707963267948966; 0"
        ),
    ),
    "sinh": Operation(
        lambda x: mp.sinh(min(max(x, -9999), 9999)),
        [lambda x: (m.exp(x) + m.exp(-x)) / 2],
        tails=(*WIDE, 300.3, -300.3, 700.0),
        numpy=np.sinh,
        extremes="1000 = inf; inf | -1000 = -inf; inf | inf = inf; inf",
    ),
    "cosh": Operation(
        lambda x: (m.exp(x) + m.exp(-x)) / 2,
        [lambda x: mp.sinh(min(max(x, -9999), 9999))],
        tails=(*WIDE, 300.3, -300.3, 700.0),
        numpy=np.cosh,
        extremes="1000 = inf; inf | inf = inf; inf",
    ),
    "tanh": Operation(
        lambda x: mp.tanh(min(max(x, -9999), 9999)),
        [m.sech2],
        tails=(*WIDE, 300.3, -300.3),
        numpy=np.tanh,
        extremes="1000 = 1; 0 | -1000 = -1; 0 | inf = 1; 0 | 20 = 1; 1.6993417021166355e-17",
        why={"": "4σ(2x)σ(-2x) does not cancel as 1 - tanh² does."},
    ),
    "sech2": Operation(
        m.sech2,
        [lambda x: -2 * m.sech2(x) * mp.tanh(x)],
        numpy=lambda x: 4.0 * np.exp(-2.0 * np.abs(x)) / (1.0 + np.exp(-2.0 * np.abs(x))) ** 2,
        extremes="0 = 1; 0 | 400 = 0; 0 | inf = 0; 0 | -inf = 0; 0",
    ),
    "asinh": Operation(
        lambda x: mp.sign(x) * mp.log1p(abs(x) + x * x / (1 + mp.sqrt(1 + x * x))),
        [lambda x: 1 / mp.sqrt(1 + x * x)],
        tails=LARGE,
        numpy=np.arcsinh,
        extremes=(
            "1e+200 = 461.2101657793691; 1e-200 | -1e+200 = -461.2101657793691; 1e-200 | "
            "inf = inf; 0"
        ),
        why={"": "1/hypot(1, x), which does not overflow as x² does."},
    ),
    "acosh": Operation(
        mp.acosh,
        [lambda x: 1 / mp.sqrt((x - 1) * (x + 1))],
        tails=(1 + 1e-12, 1.0001, 36.1, 1e6, 1e300),
        roots=(1.0,),
        numpy=np.arccosh,
        ends="1 = 0; inf | inf = inf; 0",
        outside="0.5 = nan; nan",
    ),
    "atanh": Operation(
        lambda x: (mp.log1p(x) - mp.log1p(-x)) / 2,
        [lambda x: 1 / ((1 - x) * (1 + x))],
        tails=EDGE,
        roots=(1.0, -1.0),
        numpy=np.arctanh,
        ends="1 = inf; inf | -1 = -inf; inf",
        outside="2 = nan; nan",
        why={"2": "There is no function there, so no slope."},
    ),
    "radians": Operation(
        lambda x: x * mp.pi / 180,
        [lambda x: mp.pi / 180],
        tails=LARGE,
        numpy=np.radians,
        extremes="inf = inf; 0.017453292519943295",
    ),
    "degrees": Operation(
        lambda x: x * 180 / mp.pi,
        [lambda x: 180 / mp.pi],
        tails=LARGE,
        numpy=np.degrees,
        extremes="1e+308 = inf; 57.29577951308232",
    ),
}
