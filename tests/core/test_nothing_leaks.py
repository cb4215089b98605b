"""What was not chosen contributes nothing: no nan, no infinity, in any mode, to the second order.

The poison is an operand whose value or derivative is nan or infinite. Random programs mix poison
behind every row that chooses; what they must give is their own pruned text, in which the poison was
never written.
"""

import copy
import math
import pickle
import random
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.core import table
from autograd_lite.core.backward import topological_order
from autograd_lite.core.table import TABLE

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")
BACKENDS = ["python", pytest.param("llvm", marks=NO_LLVM)]
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


ELSEWHERE = 0.7  # where other operands are chosen than at the points


def derivatives(f: Program) -> Callable[[Any], list[Any]]:
    """All orders and modes in one function, so that it is compiled once."""
    ways = [*FIRST.values(), *[SECOND[k] for k in SECOND if k != "backward of grad"]]
    return lambda x: [way(f)(x) for way in ways]


def check_compiled(f: Program, x: float, first: float, second: float, backend: str) -> None:
    expected = [first] * 2 + [second] * 6
    code = ag.jit(derivatives(f), backend=backend)
    code(ELSEWHERE)
    for _ in range(2):
        assert all(map(same, code(x), expected)), code(x)
    columns = code.map([x, x, x, x, x])
    for column, number in zip(columns, expected, strict=True):
        assert all(same(y, number) for y in column), columns


@pytest.mark.parametrize("name", CASES)
def test_eager(name: str) -> None:
    check(*CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_jit_inside(name: str) -> None:
    """The derivatives of a jitted function."""
    f, *expected = CASES[name]
    jitted = ag.jit(f, backend="python")
    jitted(ELSEWHERE)
    check(jitted, *expected)
    check(lambda x: jitted(x) * 1.0, *expected)


@pytest.mark.parametrize("name", CASES)
def test_jit_outside(name: str) -> None:
    check_compiled(*CASES[name], "python")


@NO_LLVM
def test_as_machine_code() -> None:
    """All programs as one, so that LLVM runs once."""
    at_zero = {name: case for name, case in CASES.items() if case[1] == 0.0 and case[2] < inf}

    def total(x: Any) -> Any:
        return ag.sum([f(x) for f, *_ in at_zero.values()])

    first, second = [sum(case[k] for case in at_zero.values()) for k in (2, 3)]
    assert len(at_zero) > 30
    check_compiled(total, 0.0, first, second, "llvm")
    check(ag.jit(total, backend="llvm"), 0.0, first, second)


@pytest.mark.parametrize("f", [lambda x: 0.0 * ag.sqrt(x), lambda x: x * x + ag.sqrt(x) * 0.0])
def test_a_leak_is_found(f: Program) -> None:
    with pytest.raises(AssertionError):
        check(f, 0.0, 0.0, 2.0)
    with pytest.raises(AssertionError):
        check_compiled(f, 0.0, 0.0, 2.0, "python")


def test_every_row_that_selects_is_here() -> None:
    seen = set()
    for f, x, *_ in CASES.values():
        y = f(ag.Value(x))
        seen |= {v.op for v in topological_order(y)}
    selecting = {name for name, row in TABLE.items() if any(row.selects)}
    # the rest is flat like those that are here
    assert selecting - seen <= {
        "ceil",
        "trunc",
        "round_to",
        "le",
        "gt",
        "ge",
        "eq",
        "ne",
        "and",
    } | {*("or", "not")}


# Random programs

KINDS = ["one", "two", "two", "gate", "gate", "again"]


class Draw:
    """A random program of three numbers and a switch, with poison behind rows that choose.

    `program(True, v)` is the whole, `program(False, v)` the same without its poison.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.gates: list[str] = []
        self.within = 0  # how many poisons the next operation is a part of

    def smooth(self, depth: int) -> Callable[[bool, Any], Any]:
        i = self.random.randrange(3)
        if depth == 0 or self.random.random() < 0.15:
            return lambda whole, v: v[i]
        kind = self.random.choice(KINDS[: 6 if self.within < 2 else 3])
        a = self.smooth(depth - 1)
        if kind == "one":
            f = self.random.choice([ag.sin, ag.tanh, ag.square, lambda x: ag.exp(ag.tanh(x))])
            return lambda whole, v: f(a(whole, v))
        if kind == "two":
            b = self.smooth(depth - 1)
            g = self.random.choice(
                [
                    lambda x, y, v: x + y,
                    lambda x, y, v: x * y,
                    lambda x, y, v: x / (2.0 + ag.square(y)),
                    lambda x, y, v: ag.dot([x, v[1]], [y, v[2]]),
                    lambda x, y, v: ag.sum([x, y, v[0]]),
                ]
            )
            return lambda whole, v: g(a(whole, v), b(whole, v), v)
        gate = self.gate(a)
        return gate if kind == "gate" else lambda whole, v: gate(whole, v) * a(whole, v)

    def zero(self) -> Callable[[bool, Any], Any]:
        s = self.smooth(self.random.choice([0, 1, 2]))
        f = self.random.choice([lambda x: x - x, lambda x: 0.0 * x, lambda x: ag.square(x - x)])
        return lambda whole, v: f(s(whole, v))

    def poison(self, kind: str) -> Callable[[bool, Any], Any]:
        """Below everything, above everything, near 1/4, or anything at all."""
        self.within += 1
        z, q = self.zero(), self.smooth(1)
        self.within -= 1
        f = self.random.choice(POISON[kind])
        if kind != "any":
            return lambda whole, v: f(z(whole, v))
        g = self.random.choice(SPREAD)
        return lambda whole, v: g(f(z(whole, v)), q(whole, v))

    def gate(self, a: Callable[[bool, Any], Any]) -> Callable[[bool, Any], Any]:
        name = self.random.choice(list(GATES))
        kinds, clean, f = GATES[name]
        poisons = [self.poison(kind) for kind in kinds]
        self.gates.append(name)

        def gated(whole: bool, v: Any) -> Any:
            x = clean(a(whole, v))
            return f(x, v[3], *[p(whole, v) for p in poisons]) if whole else x

        return gated


POISON: dict[str, list[Callable[[Any], Any]]] = {
    "low": [ag.log, own_log, lambda z: ag.sqrt(abs(z)) - 50.0, lambda z: -ag.reciprocal(abs(z))],
    "high": [lambda z: -ag.log(z), lambda z: ag.sqrt(z) + 50.0, lambda z: ag.exp(1e3 + z)],
    "near": [lambda z: ag.sqrt(z) + 0.25],
    "any": [
        *(ag.log, ag.sqrt, ag.cbrt, own_log, lambda z: table.div(z, z)),
        *(lambda z: ag.log(z - 1.0), lambda z: ag.acos(2.0 + z), lambda z: ag.exp(1e3 + z)),
    ],
}
SPREAD: list[Callable[[Any, Any], Any]] = [
    *(lambda p, q: p, lambda p, q: ag.sin(p) * q, lambda p, q: W(q > 0.0, p, -p)),
    *(lambda p, q: ag.norm([p, q]), lambda p, q: ag.logsumexp([p, q]), lambda p, q: Max(q, p)),
    lambda p, q: own_log(ag.square(p)) * q,
]


def bounded(x: Any) -> Any:
    return ag.sin(x)


def above(x: Any) -> Any:
    return 3.0 + ag.sin(x)


def same_number(x: Any) -> Any:
    return x


# Rows that choose: the poisons, what the clean operand is first, and the whole, with the switch c.
GATES: dict[str, tuple[list[str], Callable[[Any], Any], Callable[..., Any]]] = {
    "where": (["any"], same_number, lambda x, c, p: W(c > 0.0, x, p)),
    "where not": (["any"], same_number, lambda x, c, p: W(c <= 0.0, p, x)),
    "and": (["any"], same_number, lambda x, c, p: W((c > 0.0) & (c > -1.0), x, p)),
    "nested": (["any"] * 2, same_number, lambda x, c, p, q: W(c > 0.0, W(c < 0.0, q, x), p)),
    "if": (["any"], same_number, lambda x, c, p: x if c > 0.0 else p),
    "maximum": (["low"], bounded, lambda x, c, p: Max(x, p)),
    "minimum": (["high"], bounded, lambda x, c, p: Min(p, x)),
    "clip": (["low", "high"], bounded, lambda x, c, p, q: Clip(x, p, q)),
    "clipped": (["low"], bounded, lambda x, c, p: Clip(p, x, 3.0)),
    "max": (["low"], bounded, lambda x, c, p: max(x, p)),
    "sorted": (["low", "high"], bounded, lambda x, c, p, q: sorted([q, x, p])[1]),
    "relu": (["low"], same_number, lambda x, c, p: x + ag.relu(p)),
    "leaky_relu": (["any"], above, lambda x, c, p: ag.leaky_relu(x, p)),
    "elu": (["any"], above, lambda x, c, p: ag.elu(x, p)),
    "copysign": (["near"], above, lambda x, c, p: ag.copysign(x, p)),
    "floor": (["near"], same_number, lambda x, c, p: x + ag.floor(p)),
    "sign": (["near"], same_number, lambda x, c, p: x * ag.sign(p)),
    "stop": (["near"], same_number, lambda x, c, p: x * (ag.stop_gradient(p) * 4.0)),
}


def close(found: Any, expected: Any) -> bool:
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    return bool(np.allclose(found, expected, rtol=1e-9, atol=1e-9 * (1.0 + abs(expected).max())))


def of_list(f: Any) -> dict[str, Callable[[Any], Any]]:
    """The derivatives of a function of a list of four by the first three."""

    def moved(v: Any) -> Program:
        return lambda p: f([*p, v[3]])

    def directional(v: Any, i: int) -> tuple[Any, Any]:
        along = [float(k == i) for k in range(3)]
        return ag.jvp(moved(v), (v[:3],), (along,))[1], ag.hvp(moved(v), v[:3], along)

    return {
        "grad": lambda v: ag.grad(moved(v))(v[:3]),
        "jvp": lambda v: [directional(v, i)[0] for i in range(3)],
        "hessian": lambda v: ag.hessian(moved(v))(v[:3]),
        "hvp": lambda v: [directional(v, i)[1] for i in range(3)],
    }


def swept(f: Any) -> Callable[[Any], Any]:
    def slopes(v: Sequence[float]) -> list[float]:
        leaves = [*map(ag.Value, v)]
        f(leaves).backward()
        return [x.grad for x in leaves[:3]]

    return slopes


def check_random(seed: int, backend: str | None) -> list[str]:
    draw = Draw(seed)
    program = draw.smooth(4)
    rng = random.Random(-seed)
    points = [[*(round(rng.uniform(-1.5, 1.5), 2) for _ in range(3)), 1.0] for _ in range(2)]
    pruned = of_list(lambda v: program(False, v) + 0.0 * v[3])
    expected = [pruned[name](v) for v in points for name in ("grad", "hessian")]
    assert all(np.isfinite(x).all() for x in map(np.asarray, expected))

    def f(v: Any) -> Any:
        return program(True, v) + 0.0 * v[3]

    g = ag.jit(f, backend=backend) if backend else f
    ways = of_list(g) | {"backward": swept(g)}
    if backend:
        everything = ag.jit(lambda v: [way(v) for way in of_list(f).values()], backend=backend)
        everything([0.5, -0.5, 0.25, -1.0])  # where poison is chosen
        found = [everything(v) for v in points]
        for k, name in enumerate(of_list(f)):
            ways[f"jit of {name}"] = lambda v, k=k: found[points.index(v)][k]
    for name, way in ways.items():
        second = name.endswith(("hessian", "hvp"))
        for v, own in zip(points, expected[1::2] if second else expected[::2], strict=True):
            assert close(way(v), own), (seed, draw.gates, name, v, way(v), own)
    return draw.gates


def test_random_programs() -> None:
    seen: set[str] = set()
    for seed in range(25):
        seen.update(check_random(seed, None))
    assert seen == set(GATES)


@pytest.mark.parametrize("seed", range(8))
def test_random_programs_under_jit(seed: int) -> None:
    check_random(seed, "python")


@NO_LLVM
def test_random_programs_as_machine_code() -> None:
    check_random(4, "llvm")


# Nodes, batches and contexts


def unchosen(x: Any) -> Any:
    return W(x < 1.0, x * x, ag.sqrt(x))


def test_gradients_of_an_earlier_sweep_are_cleared() -> None:
    x = ag.Value(0.0)
    root = ag.sqrt(x)
    other = root * 2.0
    (other + 1.0).backward()
    assert (x.grad, root.grad, other.grad) == (inf, 2.0, 1.0)
    for y in (W(True, x * 1.0, other), Max(x * 1.0, other - 5.0), Clip(x * 1.0, other - 5.0, 9.0)):
        x.grad = 0.0
        y.backward()
        assert (x.grad, root.grad, other.grad) == (1.0, 0.0, 0.0)
        x.grad = 0.0
        (other + 1.0).backward()


def test_copies_choose_as_the_original() -> None:
    x = ag.Value(0.0)
    pair = [x, unchosen(x) + x]
    for leaf, y in (pickle.loads(pickle.dumps(pair)), copy.deepcopy(pair), [x, copy.copy(pair[1])]):
        y.backward()
        assert leaf.grad == 1.0


def test_detect_anomaly_lets_it_pass() -> None:
    with ag.detect_anomaly():
        check(unchosen, 0.0, 0.0, 2.0)
        with pytest.raises(FloatingPointError):
            ag.sqrt(ag.Value(0.0)).backward()


@pytest.mark.parametrize("backend", [None, "python"])
def test_a_partial_of_numbers_alone(backend: str | None) -> None:
    def f(x: Any) -> Any:
        return Max(x * x, plain_log(x))

    g = ag.jit(f, backend=backend) if backend else f
    assert [backward(g)(0.0), ag.grad(g)(0.0), forward(g)(0.0)] == [0.0] * 3
    if backend:
        slope = ag.jit(ag.grad(f), backend=backend)
        assert slope(0.5) == 1.0 and slope(0.0) == 0.0
        assert slope.map([0.0, 0.5, 0.0]).tolist() == [0.0, 1.0, 0.0]


BATCH = [1.0, 2.0, 3.0, 4.0, 5.0]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", ["sum", "mean"])
def test_sums_over_a_batch(kind: str, backend: str) -> None:
    """By a Value for all samples, and by one from outside; later calls take a short way."""
    z = ag.Value(0.0)

    def inside(x: Any, w: Any) -> Any:
        return W(x > 0.0, x * x + w, ag.sqrt(w))

    given = ag.jit(inside, backend=backend)
    captured = ag.jit(lambda x: inside(x, z), backend=backend)
    slope = 5.0 if kind == "sum" else 1.0
    for _ in range(3):
        for y in (
            getattr(given, kind)(BATCH, z, in_axes=(0, None)),
            getattr(captured, kind)(BATCH),
        ):
            z.grad = 0.0
            y.backward()
            assert z.grad == slope

    def total(w: Any) -> Any:
        return getattr(given, kind)(BATCH, w * w, in_axes=(0, None))

    assert ag.grad(total)(0.0) == 0.0 and ag.grad(ag.grad(total))(0.0) == 2.0 * slope
    z.grad = 0.0
    getattr(captured, kind)([1.0, -1.0]).backward()  # chosen once: now it counts
    assert z.grad == inf


@pytest.mark.parametrize("backend", BACKENDS)
def test_samples_choose_for_themselves(backend: str) -> None:
    points = [0.0, 0.5, 4.0, 0.0, 9.0, 1.0, -3.0]
    first, second = [0.0, 1.0, 0.25, 0.0, 1.0 / 6.0, 0.5, -6.0], [2.0, 2.0, -1 / 32, 2.0, -1 / 108]
    slopes = ag.jit(ag.grad(unchosen), backend=backend).map(points)
    assert slopes.tolist() == pytest.approx(first, rel=1e-14)
    curves = ag.jit(ag.grad(ag.grad(unchosen)), backend=backend).map(points[:5])
    assert curves.tolist() == pytest.approx(second, rel=1e-14)
    total = ag.jit(ag.grad(unchosen), backend=backend)
    assert total.sum(points) == pytest.approx(sum(first), rel=1e-14)


@pytest.mark.parametrize("backend", [None, *BACKENDS])
def test_an_infinite_adjoint_at_a_jitted_node(backend: str | None) -> None:
    """It meets what was not chosen, which has another way to the result."""

    def choose(x: Any, w: Any) -> Any:
        return W(x >= 0.0, x, w)

    f = ag.jit(choose, backend=backend) if backend else choose
    x, z = ag.Value(0.0), ag.Value(1.0)
    w = z * 2.0
    for _ in range(2):
        x.grad = z.grad = 0.0
        (ag.sqrt(f(x, w)) + w).backward()
        assert (x.grad, w.grad, z.grad) == (inf, 1.0, 2.0)
    z.grad = 0.0
    (w * 3.0).backward()
    assert z.grad == 6.0


CHOICES: dict[str, Callable[[Any, Any], Any]] = {
    "where": lambda x, w: W(x > 0.0, x * x, w),
    "if": lambda x, w: x * x if x > 0.0 else w,
    "maximum": lambda x, w: Max(x * x, w - 1.0),
    "relu": lambda x, w: x * x + ag.relu(w - 1.0),
    "twice": lambda x, w: W(x > 0.0, x * x, w) + W(x < 0.0, w, 0.0),
}


@pytest.mark.parametrize(
    ("name", "backend"),
    [
        *((name, backend) for name in CHOICES for backend in (None, "python")),
        pytest.param("where", "llvm", marks=NO_LLVM),
    ],
)
def test_an_operand_of_a_jitted_node(name: str, backend: str | None) -> None:
    """What the compiled function did not choose was computed outside it, at a pole."""
    choose = CHOICES[name]
    f = ag.jit(choose, backend=backend) if backend else choose
    several = ag.jit(lambda x, w: [choose(x, w), x], backend=backend) if backend else None

    def whole(p: Any) -> Any:
        return f(p[0], ag.sqrt(p[1]))

    point = [2.0, 0.0]
    assert swept(lambda v: whole(v[:2]))([*point, 0.0]) == [4.0, 0.0, 0.0]
    assert ag.grad(whole)(point) == [4.0, 0.0]
    assert ag.hessian(whole)(point) == [[2.0, 0.0], [0.0, 0.0]]
    assert ag.jvp(whole, (point,), ([1.0, 1.0],))[1] == 4.0
    assert ag.hvp(whole, point, [1.0, 1.0]) == [2.0, 0.0]
    if several:
        assert ag.grad(lambda p: several(p[0], ag.sqrt(p[1]))[0])(point) == [4.0, 0.0]
        assert ag.grad(ag.jit(whole, backend=backend))(point) == [4.0, 0.0]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", ["sum", "mean"])
def test_an_operand_of_a_batch(kind: str, backend: str) -> None:
    f = ag.jit(CHOICES["where"], backend=backend)

    def total(z: Any) -> Any:
        return getattr(f, kind)(BATCH, ag.sqrt(z), in_axes=(0, None))

    assert [backward(total)(0.0), ag.grad(total)(0.0), forward(total)(0.0)] == [0.0] * 3
    assert ag.grad(ag.grad(total))(0.0) == 0.0
    z = ag.Value(0.0)
    root = ag.sqrt(z)
    captured = ag.jit(lambda x: CHOICES["where"](x, root), backend=backend)
    getattr(captured, kind)(BATCH).backward()
    captured(2.0).backward()
    assert z.grad == 0.0


@pytest.mark.parametrize("backend", [None, *BACKENDS])
def test_zero_cotangents_and_tangents(backend: str | None) -> None:
    """Nothing flows from a zero that is written as one, whatever the slope is."""

    def pulled(x: Any) -> Any:
        return ag.vjp(lambda x: [x * x, ag.sqrt(x)], x)[1]([1.0, 0.0])[0]

    def pushed(x: Any) -> Any:
        return ag.jvp(lambda a, b: a * a + ag.sqrt(b), (x, x), (1.0, 0.0))[1]

    for f in (pulled, pushed):
        g = ag.jit(f, backend=backend) if backend else f
        assert (g(0.0), g(1.0), g(0.0)) == (0.0, 2.0, 0.0)
        if backend:
            assert g.map([0.0, 1.0, 0.0]).tolist() == [0.0, 2.0, 0.0]


@pytest.mark.parametrize("backend", [None, *BACKENDS])
def test_one_value_as_two_operands(backend: str | None) -> None:
    """Chosen as one of them and not as the other, under an infinite adjoint."""
    v = ag.Value(0.0)

    def choose(x: Any, w: Any) -> Any:
        return W(x >= 0.0, x, w)

    def captures(x: Any) -> Any:
        return choose(x, v)

    f, g = [ag.jit(h, backend=backend) if backend else h for h in (choose, captures)]
    for y in (ag.sqrt(f(v, v)), ag.sqrt(g(v))):
        v.grad = 0.0
        y.backward()
        assert v.grad == inf
    assert ag.grad(lambda x: ag.sqrt(f(x, x)))(0.0) == inf
    assert forward(lambda x: ag.sqrt(f(x, x)))(0.0) == inf


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ["where", "maximum", "relu"])
def test_a_shared_number_of_a_batch(name: str, backend: str) -> None:
    """Each sample has the same number, so a sum over them is a multiple: in both orders."""
    f, x, first, second = CASES[name]
    g = ag.jit(lambda t, x: f(x), backend=backend)

    def mean(x: Any) -> Any:
        return g.mean(BATCH, x, in_axes=(0, None))

    assert same(backward(mean)(x), first) and same(forward(mean)(x), first)
    assert same(ag.grad(ag.grad(mean))(x), second) and same(ag.hvp(mean, x, 1.0), second)
    assert same(ag.grad(lambda x: mean(x * 2.0))(x / 2.0), 2.0 * first)
