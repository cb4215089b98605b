# pyright: strict
"""`@ag.jit` keeps the signature of its function."""

from typing import assert_type

import numpy as np

import autograd_lite as ag
from autograd_lite import Value


@ag.jit
def payoff(spot: float, strike: float = 100.0, *, rate: float = 0.0) -> float:
    return spot - strike if spot > strike else rate


@ag.jit(backend="python", static_argnums=1)
def power(x: float, n: int) -> float:
    return x**n


@ag.jit
def scaled(p: list[float]) -> tuple[float, list[float]]:
    return p[0], [2.0 * x for x in p]


weight = Value(2.0)


@ag.jit
def loss(x: float) -> Value:
    return weight * x


class Model:
    def __init__(self) -> None:
        self.rate = 2.0

    @ag.jit
    def predict(self, x: float) -> float:
        return self.rate * x


assert_type(payoff(120.0, 100.0, rate=0.1), float)
assert_type(payoff.sum([90.0, 120.0], 100.0, in_axes=(0, None)), float)
assert_type(payoff.mean(np.array([90.0, 120.0])), float)
payoff.map([90.0, 105.0], 100.0, in_axes=(0, None)).tolist()
assert_type(payoff.source, str)
assert_type(power(2.0, 3), float)
assert_type(scaled([1.0]), tuple[float, list[float]])
assert_type(loss(3.0), Value)
loss.mean([1.0, 2.0]).backward()
assert_type(Model().predict(3.0), float)
assert_type(Model().predict.sum([3.0]), float)

assert_type(ag.grad(payoff)(120.0, 100.0), float)
ag.jit(ag.grad(payoff))(120.0, 100.0)
ag.jit(ag.value_and_grad(scaled))
ag.jit(ag.hessian(payoff))(120.0)
