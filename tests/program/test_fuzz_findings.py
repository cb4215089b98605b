"""What the fuzzer found, reduced; each was wrong once."""

import itertools
import math
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from tests.support.cases import loop_over

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")
BACKENDS = ["python", pytest.param("llvm", marks=NO_LLVM)]


def asked_again(x: Any, y: Any, z: Any) -> Any:
    """y * 2 < 1 is asked, then z < 1, then y * 2 < 1 again."""
    for t in (0.0, 0.0, z):
        for _ in range(2):
            if not t < 1.0:
                break
            t = y * 2.0
    return x


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_condition_that_is_asked_again(backend: str, order: tuple[int, int]) -> None:
    """Its guard stood where it was asked last, so that two ways were taken for one, and a batch had
    the zeros of a failed run for results.
    """
    rows = np.array([[3.0, 0.0, 1.0], [5.0, 1.0, 0.0]])[list(order)]
    compiled = ag.jit(asked_again, backend=backend)
    assert compiled.map(*rows.T).tolist() == rows[:, 0].tolist()
    assert compiled.sum(*rows.T) == 8.0
    for row in rows.tolist():
        assert compiled(*row) == row[0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_condition_that_is_asked_again_is_compiled_for_each_way(backend: str) -> None:
    runs = itertools.count()  # a list would be a name that is bound anew

    def counted(x: Any, y: Any, z: Any) -> Any:
        next(runs)
        return asked_again(x, y, z)

    compiled = ag.jit(counted, backend=backend)
    for _ in range(3):
        assert [compiled(3.0, 0.0, 1.0), compiled(5.0, 1.0, 0.0)] == [3.0, 5.0]
    assert next(runs) == 2


@loop_over("x, y", [(0.1, 0.1), (5e-324, 0.0), (1.0 + 2.0**-40, 1.0)])
@loop_over("kind", [np.float32, np.float16])
def test_a_comparison_with_a_small_float_is_in_doubles(x: float, y: float, kind: Any) -> None:
    """NumPy rounds a Python float to the other's type, and jit does not."""
    other = kind(y)

    def truths(v: Any) -> Any:
        return [v < other, v <= other, v > other, v >= other, v == other, v != other]

    exact = float(other)
    expected = [x < exact, x <= exact, x > exact, x >= exact, x == exact, x != exact]
    assert truths(ag.Value(x)) == expected
    assert ag.jit(truths)(x) == expected


@pytest.mark.parametrize("x", [1.03e8, 1e15])
def test_logsumexps_slopes_do_not_lose_the_digits_of_its_result(x: float) -> None:
    """They were exp(x - result), whose relative error is the absolute one of the result."""
    assert ag.grad(lambda v: ag.logsumexp([v, v]))(x) == 1.0
    low, high = ag.grad(ag.logsumexp)([x, x + 0.25])
    assert low == pytest.approx(1.0 / (1.0 + math.exp(0.25)), rel=1e-15)
    assert high == pytest.approx(1.0 / (1.0 + math.exp(-0.25)), rel=1e-15)
