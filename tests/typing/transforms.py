# pyright: strict
"""Derivatives of annotated functions."""

from typing import Any, assert_type

import numpy as np
import numpy.typing as npt

import autograd_lite as ag
from autograd_lite import Value

Array = npt.NDArray[np.float64]


def of_float(x: float) -> float:
    return ag.sin(x) * x


def of_value(x: Value) -> Value:
    return ag.sin(x) * x


def of_either(x: Value | float) -> Value | float:
    return ag.sin(x) * x


def of_two(x: float, y: float) -> float:
    return x * y


def of_values(x: Value, y: Value) -> Value:
    return x * y


def of_list(p: list[float]) -> float:
    return ag.sum(x * x for x in p)


def of_list_of_values(p: list[Value]) -> Value:
    return ag.sum(x * x for x in p)


def of_dict(p: dict[str, float], scale: float = 1.0) -> float:
    return p["a"] * scale


def of_array(p: Array) -> float:
    total: float = np.sum(p * p)
    return total


v = Value(2.0)

assert_type(ag.grad(of_float)(2.0), float)
assert_type(ag.grad(of_float)(2), float)
assert_type(ag.grad(of_value)(2.0), float)
assert_type(ag.grad(of_value)(v), Value)
assert_type(ag.grad(of_either)(2.0), float)
assert_type(ag.grad(of_either)(v), Value)
assert_type(ag.grad(of_two)(2.0, 3.0), float)
assert_type(ag.grad(of_values)(2.0, 3.0), float)
assert_type(ag.grad(of_list)([2.0, 3.0]), list[float])
ag.grad(of_list_of_values)([2.0, 3.0])
ag.grad(of_list_of_values)([v, v])
assert_type(ag.grad(of_dict)({"a": 1.0}, scale=2.0), dict[str, float])
assert_type(ag.grad(of_array)(np.ones(3)), Array)
assert_type(ag.grad(ag.grad(of_float))(2.0), float)
assert_type(ag.grad(ag.grad(of_value))(v), Value)
ag.grad(of_two, argnums=1)(2.0, 3.0)
ag.grad(of_two, argnums=(0, 1))(2.0, 3.0)

assert_type(ag.value_and_grad(of_float)(2.0), tuple[float, float])
assert_type(ag.value_and_grad(of_value)(2.0), tuple[float, float])
assert_type(ag.value_and_grad(of_value)(v), tuple[Value, Value])
assert_type(ag.value_and_grad(of_list)([1.0]), tuple[float, list[float]])
ag.value_and_grad(of_list_of_values)([1.0])
ag.value_and_grad(of_two, (0, 1))(1.0, 2.0)
ag.jacobian(of_list)([1.0, 2.0])
ag.hessian(of_array)(np.ones(3))
ag.hvp(of_list, [3.0, 2.0], [1.0, 0.0])
product, pull = ag.vjp(of_two, 3.0, 2.0)
assert_type(pull(1.0), tuple[Any, ...])
ag.jvp(of_two, (3.0, 2.0), (1.0, 10.0))
ag.testing.check_grads(of_two, (0.5, -1.0))
