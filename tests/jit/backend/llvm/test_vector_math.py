"""What vector code computes differently: powers, tails and sums that cancel."""

import math
import random

import pytest

pytest.importorskip("llvmlite")

from autograd_lite.core import ieee
from autograd_lite.core.table import TABLE
from autograd_lite.jit.backend.llvm import vector_math
from tests.support.cases import loop_over
from tests.support.machine_code import (
    WIDTHS,
    apart,
    points,
    vector_code,
)


@loop_over("width", WIDTHS)
@loop_over("exponent", [*vector_math.POWERS, 2.0, 1.5, -2.0])
def test_constant_powers_in_vectors(exponent: float, width: int) -> None:
    f = vector_code("pow", 2, width, optimise=True, constants={1: exponent})
    drawn = [xs for xs in points(TABLE["pow"], 2, 500) if xs]
    for y, (x, _) in zip(f(drawn), drawn, strict=True):
        assert apart(y, ieee.power(x, exponent)) <= 4.0, x


@pytest.mark.parametrize(("name", "low", "high"), [("gelu", -41, -35), ("silu", -765, -700)])
@pytest.mark.parametrize("width", WIDTHS)
def test_vector_tails_of_subnormal_factors(width: int, name: str, low: int, high: int) -> None:
    rng = random.Random(3)
    drawn = [(rng.uniform(low, high),) for _ in range(2000)]
    got = vector_code(name, 1, width, optimise=True)(drawn)
    for y, xs in zip(got, drawn, strict=True):
        assert apart(y, TABLE[name].value(*xs)) <= 4.0, xs


@pytest.mark.parametrize("width", WIDTHS)
def test_vector_logarithms_of_sums_that_cancel(width: int) -> None:
    rng = random.Random(4)
    tops = [math.log(rng.random()) for _ in range(1000)]
    drawn = [(x, math.log1p(-math.exp(x)) + rng.uniform(-1.0, 1.0) ** 9) for x in tops]
    for name in ("logaddexp", "logsumexp"):
        got = vector_code(name, 2, width, optimise=True)(drawn)
        for y, xs in zip(got, drawn, strict=True):
            assert apart(y, TABLE[name].value(*xs)) <= 4.0, xs
