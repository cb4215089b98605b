"""What has no annotations takes anything. (Pyright's strict mode forbids such functions.)"""

from typing import Any, assert_type

import numpy as np

import autograd_lite as ag

ag.grad(lambda x: x**3)(2.0)
ag.grad(lambda p: p[0] * p[1])([2.0, 3.0])
ag.grad(lambda p: p["a"] * p["b"])({"a": 2.0, "b": 5.0})
ag.grad(lambda x, y: x * y)(2.0, 3.0)
ag.grad(ag.grad(lambda x: x**4))(2.0)
ag.value_and_grad(lambda p: p[0])([2.0])
ag.jacobian(lambda p: [p[0] * p[1], p[0] + p[1]])([3.0, 2.0])
ag.hessian(lambda p: p[0] ** 2 * p[1])(np.array([3.0, 2.0]))
ag.hvp(lambda p: p[0] ** 2 * p[1], [3.0, 2.0], [1.0, 0.0])
result, pull = ag.vjp(lambda x, y: x * y, 3.0, 2.0)
assert_type(pull(1.0), tuple[Any, ...])
ag.jvp(lambda x, y: x * y, (3.0, 2.0), (1.0, 10.0))
ag.jit(lambda x, y: x * y)(2.0, 3.0)
ag.jit(lambda p: p[0] * p[1]).sum([[1.0, 2.0]])
ag.jit(ag.grad(lambda p: p[0] * p[1]))([1.0, 2.0])
