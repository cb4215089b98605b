# pyright: strict
"""What a type checker has to refuse, at the lines that say so and at no other."""

import autograd_lite as ag
from autograd_lite import Value

x = Value(2.0)


def area(width: float, height: float) -> float:
    return width * height


def total(p: list[float]) -> float:
    return ag.sum(p)


jitted = ag.jit(area)

Value("2.0")  # error
Value(1j)  # error
Value(2.0, name=3)  # error
x + "1"  # error
x * None  # error
print(x < "1")  # error
None * x  # error
ag.exp("1")  # error
ag.exp([1.0])  # error
ag.maximum(x, "1")  # error
ag.sum(3.0)  # error
ag.sum(["1"])  # error
ag.dot([x], ["1"])  # error
ag.grad(3)  # error
ag.grad(area)("1", 2.0)  # error
ag.grad(area)(1.0)  # error
ag.grad(total)(2.0)  # error
ag.grad(total)(["1"])  # error
ag.value_and_grad(area)(1.0)  # error
jitted("1", 2.0)  # error
jitted(1.0)  # error
ag.jit(3)  # error
jitted(1.0, 2.0).backward()  # error
x.backwards()  # error
x.data = "1"  # error
ag.draw(3.0)  # error
ag.optim.SGD([1.0], lr=0.1)  # error
ag.nn.MLP("2", [1])  # error
