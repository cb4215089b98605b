"""Special functions and activations."""

import math

import mpmath
import numpy as np

from . import floats
from . import mathematics as m
from .operation import (
    LARGE,
    LARGEST,
    LN2,
    NEGATIVE,
    NORMAL,
    SMALL,
    SMALLEST,
    WIDE,
    Operation,
    inf,
    nan,
)

mp = mpmath.mp

OPERATIONS: dict[str, Operation] = {
    "erf": Operation(
        m.erf,
        [m.gauss],
        tails=(*SMALL, 5.1, -5.1, 20.3),
        roots=(0.476936, 5.9),
        at_places=[
            0.0,
            -0.0,
            1.0,
            -1.0,
            nan,
            SMALLEST,
            -SMALLEST,
            1.0,
            -1.0,
            2.0 / math.sqrt(math.pi) * NORMAL,
        ],
        extremes="30 = 1; 0 | inf = 1; 0 | -inf = -1; 0",
    ),
    "erfc": Operation(
        m.erfc,
        [lambda x: -m.gauss(x)],
        tails=(*SMALL, 5.1, -5.1, 20.3, 26.2),
        roots=(26.5, 27.2, -5.9),
        at_places=[1.0, 1.0, 0.0, 2.0, nan, 1.0, 1.0, 0.0, 2.0, 1.0],
        extremes=(
            "26 = 5.663192408856143e-296; -2.9470349932662693e-294 | 30 = 0; 0 | inf = 0; 0 | "
            "-inf = 2; 0"
        ),
    ),
    "bell": Operation(
        lambda a, x: a * m.exp(-x * x),
        [lambda a, x: m.exp(-x * x), lambda a, x: -2 * a * x * m.exp(-x * x)],
        numpy=lambda a, x: floats.bell(float(a), float(x)),
        extremes=(
            "2, 10 = 7.440151952041672e-44; 3.720075976020836e-44, -1.4880303904083343e-42 | "
            "2, inf = 0; 0, 0"
        ),
    ),
    "gamma": Operation(
        m.gamma,
        [lambda x: m.gamma(x) * m.psi(0, x)],
        digits=130,
        tails=(1e-9, 1e-100, 20.5, 170.2, *NEGATIVE),
        roots=(1.4616321449683622, *range(-9, 0), -0.504083, -1.573498, 171.6, -170.5, -177.5),
        at_places=[inf, -inf, inf, nan, nan, inf, -inf, inf, nan, 2.0**1022],
        ends="0 = inf; -inf | -0 = -inf; -inf",
        outside="-1 = nan; nan | -inf = nan; nan",
        extremes="200 = inf; inf | inf = inf; inf | -4.94066e-324 = -inf; -inf",
        why={"": "The limit at the pole, with the sign of the side that the zero's sign names."},
    ),
    "lgamma": Operation(
        m.log_gamma,
        [lambda x: m.psi(0, x)],
        digits=130,
        units=8.0,
        tails=(1e-9, 1e-100, 20.5, 1e6, 1e100, *NEGATIVE),
        roots=(
            1.4616321449683622,
            *range(-9, 0),
            -2.4570247382208006,
            -2.7476826467274127,
            -3.143580888349980,
            -3.955294284858597,
            -0.504083,
            -1.573498,
            -2.610721,
        ),
        at_places=[
            inf,
            inf,
            inf,
            inf,
            nan,
            -math.log(5e-324),
            -math.log(5e-324),
            inf,
            inf,
            1022 * LN2,
        ],
        ends="0 = inf; -inf | -1 = inf; nan | 1 = 0; -0.5772156649015332",
        extremes="inf = inf; inf",
        why={"": "The limit at the pole, with the sign of the side that the zero's sign names."},
    ),
    "digamma": Operation(
        lambda x: m.psi(0, x),
        [lambda x: m.psi(1, x)],
        digits=130,
        conditioned=True,
        tails=(1e-9, 1e-100, 1.4616, 20.5, 1e6, 1e100, *NEGATIVE),
        roots=(1.4616321449683622, *range(-9, 0), -0.504083, -1.573498, -2.610721, -3.635293),
        at_places=[-inf, inf, inf, nan, nan, -inf, inf, math.log(LARGEST), nan, -(2.0**1022)],
        ends="0 = -inf; inf | -0 = inf; inf",
        outside="-1 = nan; inf",
        extremes="inf = inf; 0",
        why={
            "": "The limit at the pole, with the sign of the side that the zero's sign names.",
            "inf": "The limit: the slope falls as 1/x.",
        },
    ),
    "polygamma": Operation(
        lambda n, x: m.psi(int(n), x),
        [None, lambda n, x: m.psi(int(n) + 1, x)],
        whole=[0],
        digits=130,
        conditioned=True,
        tails=[(n, x) for n in (1.0, 2.0, 5.0) for x in (1e-9, 20.5, 1e6, *NEGATIVE)],
        roots=tuple(range(-9, 0)),
        ends="1, 0 = inf; –, -inf | 1, -1 = inf; –, nan | 2, 0 = -inf; –, inf",
        why={"": "The limit at the pole; nan where its sides differ."},
    ),
    "sigmoid": Operation(
        m.logistic,
        [m.logistic_partial],
        tails=(*WIDE, 300.3, -300.3, -700.0),
        at_places=[0.5, 0.5, 1.0, 0.0, nan, 0.5, 0.5, 1.0, 0.0, 0.5],
        extremes=(
            "1000 = 1; 0 | -1000 = 0; 0 | inf = 1; 0 | -inf = 0; 0 | -740 = 4.2e-322; 4.2e-322"
        ),
        why={"": "σ(x)·σ(-x) keeps numbers too small for full precision."},
    ),
    "softplus": Operation(
        lambda x: m.log_sum([x, mp.mpf(0)]),
        [m.logistic],
        tails=(*WIDE, 300.3, -300.3, -700.0),
        at_places=[LN2, LN2, inf, 0.0, nan, LN2, LN2, LARGEST, 0.0, LN2],
        extremes=(
            "1000 = 1000; 1 | -1000 = 0; 0 | inf = inf; 1 | -inf = 0; 0 | "
            "-40 = 4.248354255291589e-18; 4.248354255291589e-18"
        ),
    ),
    "relu": Operation(
        lambda x: max(x, mp.mpf(0)),
        [lambda x: mp.mpf(x > 0)],
        tails=LARGE,
        numpy=lambda x: np.where((x > 0.0) | (x != x), x, 0.0),
        kinks="0 = 0; 0 | -0 = 0; 0",
        extremes="inf = inf; 1 | -inf = 0; 0",
        nans="nan = nan; nan",
        why={
            "": "0 is the least slope from 0 to 1; `maximum(x, 0)` has a tie there.",
            "-0": "0 wherever x is not above 0; 0 is the least slope from 0 to 1.",
            "nan": "nan has no slope.",
        },
    ),
    "leaky_relu": Operation(
        lambda x, a: x if x > 0 else a * x,
        [lambda x, a: mp.mpf(1) if x > 0 else a, lambda x, a: mp.mpf(0) if x > 0 else x],
        numpy=lambda x, slope: np.where(x > 0.0, x, slope * x),
        kinks=(
            "0, 0.01 = 0; 0.01, 0 | 0, 1 = 0; 1, 0 | 0, 2 = 0; 1, 0 | 0, -1 = -0; 0, 0 | "
            "-0, 0.01 = -0; 0.01, 0"
        ),
        extremes="inf, 0.01 = inf; 1, 0 | -inf, 0.01 = -inf; 0.01, -inf",
        nans="nan, 0.01 = nan; nan, nan",
        why={
            "": "The smaller of both slopes, on whichever side it is; 0 if one is below 0.",
            "nan, 0.01": "nan has no slope.",
            "inf, 0.01": "The slope plays no part above 0.",
        },
    ),
    "elu": Operation(
        lambda x, a: x if x > 0 else a * mp.expm1(max(x, -9999)),
        [
            lambda x, a: mp.mpf(1) if x > 0 else a * m.exp(x),
            lambda x, a: mp.mpf(0) if x > 0 else mp.expm1(max(x, -9999)),
        ],
        tails=[(-1e-9, 2.0), (-36.0, 0.5)],
        numpy=lambda x, alpha: np.where(x > 0.0, x, alpha * np.expm1(x)),
        kinks="0, 1 = 0; 1, 0 | 0, 0.5 = 0; 0.5, 0 | 0, 2 = 0; 1, 0",
        extremes="-1000, 1 = -1; 0, -1 | -inf, 1 = -1; 0, -1 | inf, 1 = inf; 1, 0",
        nans="nan, 1 = nan; nan, nan",
        why={
            "": "The smaller of both slopes, on whichever side it is.",
            "nan, 1": "nan has no slope.",
        },
    ),
    "gelu": Operation(
        lambda x: x * m.normal(x),
        [lambda x: m.normal(x) + x * m.density(x)],
        tails=(*SMALL, 7.3, -7.3, 30.1, -30.1, -36.1),
        roots=(-0.7517915246935645, -(2.0**0.5), -35.5, -37.6, -38.4),
        at_places=[0.0, -0.0, inf, -0.0, nan, 0.0, -0.0, LARGEST, -0.0, NORMAL / 2.0],
        extremes=(
            "1000 = 1000; 1 | -1000 = -0; 0 | inf = inf; 1 | -inf = -0; 0 | "
            "-30 = -1.472014178144407e-196; -4.416031690708495e-195"
        ),
        why={"": "The limit; `erfc` keeps the lower tail, which 1 + erf(x) cancels."},
    ),
    "silu": Operation(
        lambda x: x * m.logistic(x),
        [m.silu_partial],
        tails=(*WIDE, 300.3, -300.3, -700.0),
        roots=(-1.2784645427610738, -708.0, -745.0),
        at_places=[0.0, -0.0, inf, -0.0, nan, 0.0, -0.0, LARGEST, -0.0, NORMAL / 2.0],
        extremes=(
            "1000 = 1000; 1 | -1000 = -0; 0 | inf = inf; 1 | -inf = -0; 0 | "
            "-740 = -3.09967e-319; -3.09547e-319"
        ),
        why={"": "The limit; numbers too small for full precision are kept."},
    ),
}
