"""The norm as machine code: CPython's `math.hypot` bit for bit."""

import math
import random

import pytest

pytest.importorskip("llvmlite")

from tests.support.machine_code import (
    scalar_code,
)


def test_norms_agree_in_every_last_bit() -> None:
    rng = random.Random(5)
    for arity in (2, 3, 7):
        f = scalar_code("norm", arity, optimise=True)
        for _ in range(20_000):
            size = 2.0 ** rng.choice((0, 1, 20, -300, 700, -1040, 1020))
            xs = [size * rng.uniform(-1.0, 1.0) for _ in range(arity)]
            assert f(*xs) == math.hypot(*xs), xs
