# pyright: strict
"""Values, operators and functions, as a user's type checker sees them."""

from fractions import Fraction
from typing import Any, assert_type

import numpy as np

import autograd_lite as ag
from autograd_lite import Value

x, y = Value(2.0, name="x"), Value(3)
assert_type(x.data, float)
assert_type(x.grad, float)
assert_type(x.name, str | None)
assert_type(x.op, str)
assert_type(x.partials, tuple[float, ...])
assert_type(x.detach(), Value)
x.data = 3.0
x.backward()

assert_type(x + y, Value)
assert_type(x * 2, Value)
assert_type(2.5 - x, Value)
assert_type(x / Fraction(1, 2), Value)
assert_type(x**2, Value)
assert_type(2**x, Value)
assert_type(x // 2, Value)
assert_type(x % 2.0, Value)
assert_type(divmod(x, 2), tuple[Value, Value])
assert_type(-x, Value)
assert_type(abs(x), Value)
assert_type(round(x, 1), Value)
assert_type(x * np.float32(2.0), Value)
assert_type(x + np.int64(2), Value)
assert_type(x < y, bool)
assert_type(x >= 2, bool)
assert_type(x == 2.0, bool)
assert_type(max(x, y), Value)
assert_type(sum([x, y], Value(0.0)), Value)
assert_type(x.exp(), Value)
assert_type(x.hypot(2.0), Value)

either: Value | float = x if y > 2.0 else 1.0

assert_type(ag.exp(1.0), float)
assert_type(ag.exp(1), float)
assert_type(ag.exp(x), Value)
assert_type(ag.exp(either), Value | float)
assert_type(ag.arcsin(0.5), float)
assert_type(ag.relu(x), Value)
assert_type(ag.stop_gradient(x), Value)
assert_type(ag.maximum(1.0, 2.0), float)
assert_type(ag.maximum(x, 2.0), Value)
assert_type(ag.maximum(2.0, x), Value)
assert_type(ag.maximum(either, 1.0), Value | float)
assert_type(ag.hypot(x, y), Value)
assert_type(ag.atan2(1.0, 2), float)
assert_type(ag.pow(2.0, x), Value)
assert_type(ag.clip(x, 0.0, 1.0), Value)
assert_type(ag.clip(0.5, 0.0, y), Value)
assert_type(ag.clip(0.5, 0.0, 1.0), float)
assert_type(ag.fma(1.0, 2.0, x), Value)
assert_type(ag.where(x > 1.0, x, 0.0), Value)
assert_type(ag.where(True, 1.0, 0.0), float)
assert_type(ag.leaky_relu(x), Value)
assert_type(ag.elu(1.0), float)

assert_type(ag.sum([x, y]), Value)
assert_type(ag.sum(v * v for v in (x, y)), Value)
assert_type(ag.sum([1.0, 2.0]), float)
assert_type(ag.sum([1, 2]), float)
mixed: list[Value | float] = [x, 1.0]
assert_type(ag.sum(mixed), Value | float)
assert_type(ag.mean([x, y]), Value)
assert_type(ag.prod([1.0]), float)
assert_type(ag.norm((x, y)), Value)
assert_type(ag.logsumexp([x]), Value)
assert_type(ag.dot([x, y], [1.0, 2.0]), Value)
assert_type(ag.dot([1.0], [x]), Value)
assert_type(ag.dot([1.0], [2.0]), float)

with ag.no_grad():
    assert_type(x * x, Value)
with ag.detect_anomaly():
    (x * y).backward()


@ag.no_grad()
def frozen(v: Value, times: int = 2) -> Value:
    return v * times


assert_type(frozen(x, times=3), Value)

weights = ag.array([[1.0, 2.0]], name="w")
assert_type(float(ag.grads(weights).sum()), float)
assert_type(float(ag.data(weights)[0, 0]), float)
total: Any = np.sum(np.exp(weights) * 2.0)
total.backward()
