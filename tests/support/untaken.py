"""Programs with an operand that is not chosen and would be nan or infinite, and what they give."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import autograd_lite as ag
from autograd_lite.core import table

inf, nan = math.inf, math.nan
Program = Callable[[Any], Any]


@ag.primitive(partials=[lambda x, y: ag.reciprocal(x)])
def own_log(x: float) -> float:
    return math.log(x) if x > 0.0 else -inf if x == 0.0 else nan


@ag.primitive(partials=[lambda x, y: math.inf if x == 0.0 else 1.0 / x])
def plain_log(x: float) -> float:
    """Its partial takes numbers alone."""
    return math.log(x) if x > 0.0 else -inf if x == 0.0 else nan


def chain(x: Any, length: int = 12) -> Any:
    """A long way that starts at a pole and ends at nan."""
    y = ag.sqrt(x - x)
    for k in range(length):
        y = ag.sin(y) * x + ag.log(y * y) if k % 2 else y / (1.0 + y) - ag.sqrt(y)
    return y


def branch(x: Any) -> Any:
    poison = ag.log(x)
    return x * x if x < 0.5 else poison


def loop(x: Any) -> Any:
    y, poison = x, ag.sqrt(x)
    for _ in range(3):
        y = y * 2.0 + 1.0
        if y > 100.0:
            y = y + poison
    return y


def shared(x: Any) -> Any:
    """One subexpression, chosen in one place and not in the other."""
    s = ag.sin(x)
    t = ag.sqrt(s)
    return ag.where(x < 0.5, s, t) + ag.where(x > 0.5, t * s, s * s)


def used_twice(x: Any, choose: Callable[[Any], Any]) -> Any:
    """An infinite adjoint meets s where it was not chosen; another way to s is open."""
    s = x * x
    return ag.sqrt(choose(s)) + s


def infinite(x: Any, s: Any) -> Any:
    """An infinite derivative, but no nan, by a choice between two ways that are both open."""
    return ag.sqrt(W(x >= 0.0, x, s)) + s


def pairs(x: Any) -> Any:
    a, b = ag.exp(x), ag.log(x)
    return ag.where(x < 0.5, a, b) * ag.where(x < 0.5, ag.where(x > -0.5, a, b), b)


W, Max, Min, Clip = ag.where, ag.maximum, ag.minimum, ag.clip
# (program, point, first and second derivative), by hand.
CASES: dict[str, tuple[Program, float, float, float]] = {
    "where": (lambda x: W(x < 1.0, x, ag.sqrt(x)), 0.0, 1.0, 0.0),
    "where of a pole": (lambda x: W(x > 0.0, ag.log(x), 0.0 * x), 0.0, 0.0, 0.0),
    "where of a quotient": (lambda x: W(x == 0.0, 1.0 + x, table.div(x, x)), 0.0, 1.0, 0.0),
    "where outside": (lambda x: W(x > 0.0, ag.log(x), x * x), -1.0, -2.0, 2.0),
    "where overflow": (lambda x: W(x < 9.0, x**3, ag.exp(x * 1e5)), 2.0, 12.0, 12.0),
    "where nested": (
        lambda x: W(x < 1.0, W(x < 0.5, x * x, ag.sqrt(x)), W(x < 2.0, ag.log(x), 1.0 / x)),
        *(0.0, 0.0, 2.0),
    ),
    "where of a number": (lambda x: W(1.0 + x, x * x, ag.cbrt(x)), 0.0, 0.0, 2.0),
    "where both": (
        lambda x: W((x < 1.0) & (x > -1.0), x, ag.log(x)) + W((x > 1.0) | (x < -1.0), 1.0 / x, x),
        *(0.0, 2.0, 0.0),
    ),
    "condition": (lambda x: W(ag.sqrt(x) < 1.0, x * x, 0.0), 0.0, 0.0, 2.0),
    "chain": (lambda x: W(x < 1.0, x * x, chain(x)), 0.3, 0.6, 2.0),
    "if": (branch, 0.0, 0.0, 2.0),
    "loop": (loop, 0.0, 8.0, 0.0),
    "shared": (shared, 0.0, 1.0, 2.0),
    "pairs": (pairs, 0.0, 2.0, 4.0),
    "maximum": (lambda x: Max(x * x, ag.log(x)), 0.0, 0.0, 2.0),
    "maximum finite": (lambda x: Max(3.0 * x, ag.sqrt(x) - 1.0), 0.0, 3.0, 0.0),
    "minimum": (lambda x: Min(x * x, ag.reciprocal(x)), 0.0, 0.0, 2.0),
    "clip bounds": (lambda x: Clip(x * x, ag.log(x), ag.reciprocal(x)), 0.0, 0.0, 2.0),
    "clip inside": (lambda x: Clip(ag.log(x), x * x, 3.0), 0.0, 0.0, 2.0),
    "clip outside": (lambda x: Clip(ag.sqrt(x) - 9.0, -1.0, 1.0) + x * x, 0.0, 0.0, 2.0),
    "relu": (lambda x: ag.relu(ag.log(x)) + x * x, 0.0, 0.0, 2.0),
    "relu finite": (lambda x: ag.relu(ag.sqrt(x) - 1.0) * x + x, 0.0, 1.0, 0.0),
    "relu relu": (lambda x: ag.relu(ag.relu(ag.sqrt(x) - 1.0) - 1.0) + x, 0.0, 1.0, 0.0),
    "leaky_relu": (lambda x: ag.leaky_relu(x * x + 2.0, ag.log(x)), 0.0, 0.0, 2.0),
    "elu": (lambda x: ag.elu(x * x + 2.0, ag.sqrt(x)), 0.0, 0.0, 2.0),
    "copysign": (lambda x: ag.copysign(x * x - 2.0, 1.0 + ag.sqrt(x)), 0.0, 0.0, -2.0),
    "steps": (
        lambda x: x * x + ag.floor(ag.sqrt(x)) + ag.sign(ag.log(x)) + round(ag.sqrt(x)),
        *(0.0, 0.0, 2.0),
    ),
    "floordiv": (lambda x: x * x + (ag.sqrt(x) + 0.5) // 0.25, 0.0, 0.0, 2.0),
    "stop_gradient": (lambda x: x * x + ag.stop_gradient(ag.sqrt(x)) * x, 0.0, 0.0, 2.0),
    "comparison": (lambda x: x * x + table.lt(ag.sqrt(x), 1.0), 0.0, 0.0, 2.0),
    "max and min": (lambda x: max(x * x, ag.log(x)) + min(x, ag.reciprocal(x)), 0.0, 1.0, 2.0),
    "sorted": (lambda x: sorted([ag.log(x), x * x, -ag.log(x)])[1], 0.0, 0.0, 2.0),
    "own": (lambda x: W(x < 1.0, x * x, own_log(x) * x), 0.0, 0.0, 2.0),
    "own behind": (lambda x: Max(x * x, own_log(x)), 0.0, 0.0, 2.0),
    "norm": (lambda x: W(x < 1.0, x * x, ag.norm([ag.log(x), x])), 0.0, 0.0, 2.0),
    "logsumexp": (lambda x: W(x < 1.0, x * x, ag.logsumexp([1.0 / x, 2.0 / x])), 0.0, 0.0, 2.0),
    "softmax": (lambda x: W(x < 1.0, x * x, ag.softmax([x / x, ag.log(x)])[0]), 0.0, 0.0, 2.0),
    "prod": (lambda x: ag.prod([x, 3.0, W(x > 0.0, ag.log(x), 1.0 + x)]), 0.0, 3.0, 6.0),
    "masked": (lambda x: ag.softmax([x, W(x < 0.0, ag.log(x), -inf)])[0] + x * x, 0.0, 0.0, 2.0),
    "no weight": (lambda x: ag.logsumexp([x, -inf, W(x > 0.0, ag.log(x), -inf)]), 0.0, 1.0, 0.0),
    # where the infinity comes from the other side: an adjoint that meets what was not chosen
    "sqrt of relu": (lambda x: ag.sqrt(ag.relu(x)) + x * x, -1.0, -2.0, 2.0),
    "log of maximum": (lambda x: ag.log(Max(x, 0.0)) + x, -1.0, 1.0, 0.0),
    "sqrt of where": (lambda x: ag.sqrt(W(x > 0.0, x, 0.0)) + x * x, -1.0, -2.0, 2.0),
    "sqrt of clip": (lambda x: ag.sqrt(Clip(x, 0.0, 1.0)) + x * x, -1.0, -2.0, 2.0),
    "sqrt of a step": (lambda x: ag.sqrt(ag.floor(x)) + x * x, 0.5, 1.0, 2.0),
    "quotient of relu": (lambda x: W(x > 0.0, 1.0 / ag.relu(x), x * x), -1.0, -2.0, 2.0),
    "used elsewhere": (lambda x: used_twice(x, lambda s: W(x > 0.0, s, 0.0)), -1.0, -2.0, 2.0),
    "relu used elsewhere": (lambda x: used_twice(x, lambda s: ag.relu(s - 5.0)), -1.0, -2.0, 2.0),
    "infinite": (lambda x: infinite(x, x * x), 0.0, inf, -inf),
    "fan of relu": (lambda x: ag.sqrt(ag.relu(x) + ag.relu(x)) + x * x, -1.0, -2.0, 2.0),
}


def forward(f: Program) -> Program:
    return lambda x: ag.jvp(f, (x,), (1.0,))[1]


def backward(f: Program) -> Program:
    def slope(x: float) -> float:
        leaf = ag.Value(x)
        f(leaf).backward()
        return leaf.grad

    return slope


FIRST: dict[str, Callable[[Program], Program]] = {"grad": ag.grad, "jvp": forward}
SECOND: dict[str, Callable[[Program], Program]] = {
    f"{a} of {b}": lambda f, a=a, b=b: FIRST[a](FIRST[b](f)) for a in FIRST for b in FIRST
}
SECOND["hessian"] = lambda f: lambda x: ag.hessian(lambda p: f(p[0]))([x])[0][0]
SECOND["hvp"] = lambda f: lambda x: ag.hvp(f, x, 1.0)
SECOND["backward of grad"] = lambda f: backward(lambda x: ag.grad(f)(x) + 0.0 * x)


def same(found: Any, expected: float) -> bool:
    close = abs(float(found) - expected) <= 1e-12 * max(1.0, abs(expected))
    return bool(found == expected or (close and math.isfinite(expected)))


def check(f: Program, x: float, first: float, second: float) -> None:
    assert same(backward(f)(x), first), "backward"
    for expected, modes in ((first, FIRST), (second, SECOND)):
        for name, mode in modes.items():
            assert same(mode(f)(x), expected), name


def swept(f: Any) -> Callable[[Any], Any]:
    def slopes(v: Sequence[float]) -> list[float]:
        leaves = [*map(ag.Value, v)]
        f(leaves).backward()
        return [x.grad for x in leaves[:3]]

    return slopes
