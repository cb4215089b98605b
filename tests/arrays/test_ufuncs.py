"""NumPy's numbers and functions beside a single Value."""

from typing import Any

import numpy as np

import autograd_lite as ag
from tests.support.cases import loop_over


@loop_over(
    "f, slope",
    [
        (lambda v: np.float64(3.0) + v, 1.0),
        (lambda v: np.float64(3.0) - v, -1.0),
        (lambda v: np.float64(3.0) * v, 3.0),
        (lambda v: np.float64(3.0) / v, -0.75),
        (lambda v: np.int64(3) * v, 3.0),
        (lambda v: np.exp(v), np.exp(2.0)),
        (lambda v: np.maximum(v, 2.0), 0.5),
        (lambda v: np.logaddexp(2.0, v), 0.5),
    ],
)
def test_numpy_scalars_and_functions_beside_one_value(f: Any, slope: float) -> None:
    v = ag.Value(2.0)
    result = f(v)
    assert type(result) is ag.Value
    result.backward()
    assert v.grad == slope
