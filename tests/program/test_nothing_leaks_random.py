"""Untaken branches never affect gradients: random programs whose unchosen operands are poison."""

import random
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.core import table
from tests.support.cases import loop_over
from tests.support.untaken import Clip, Max, Min, Program, W, own_log, swept

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")


BACKENDS = ["python", pytest.param("llvm", marks=NO_LLVM)]


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


@loop_over("seed", range(8))
def test_random_programs_under_jit(seed: int) -> None:
    check_random(seed, "python")


@NO_LLVM
def test_random_programs_as_machine_code() -> None:
    check_random(4, "llvm")
