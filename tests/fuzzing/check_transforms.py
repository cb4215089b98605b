"""Every transform compiled against itself eager, and arguments of every kind of number."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import autograd_lite as ag

from .common import Finding, Under, agreement, backends, chooses, close, equal, magnitudes, outcome
from .generate import Case
from .source import literal

__all__ = ["check_arguments", "check_transforms"]


def check_transforms(case: Case) -> None:
    """value_and_grad, jvp, vjp, hvp and a gradient of a gradient, under jit."""
    under = Under(case.program)
    rng = random.Random(case.seed)
    along = [round(rng.uniform(-2.0, 2.0), 2) for _ in case.program.inputs]
    for name, transform, text in _transforms(under, along):
        for backend in backends():
            compiled = ag.jit(transform, backend=backend)
            for n in [*range(len(case.points)), 0]:
                point = case.points[n]
                expected = outcome(transform, list(point))
                found = outcome(compiled, list(point))
                if not found.differs(expected, agreement(case.program, equal)):
                    continue
                if name == "hvp" and chooses(case.program) and found.shape == expected.shape:
                    allowed = _second_allowed(under, point, along)
                    if all(map(close, found.numbers, expected.numbers, allowed)):
                        continue
                way = f"ag.jit({text}, backend={backend!r})(point)"
                raise Finding(name, way, f"({text})(point)", n, found, expected)


def _transforms(
    under: Under, along: Sequence[float]
) -> list[tuple[str, Callable[[Any], Any], str]]:
    tangents = under.args(along)
    shown = f"arguments({literal(list(along))})"

    def forward(x: Any) -> Any:
        return ag.jvp(under.f, under.args(x), tangents)

    found = [("jvp", forward, f"lambda x: ag.jvp(f, arguments(x), {shown})")]
    if not under.scalar:
        return found

    def both(x: Any) -> Any:
        return ag.value_and_grad(under.f, under.argnums)(*under.args(x))

    def pulled(x: Any) -> Any:
        value, pull = ag.vjp(under.f, *under.args(x))
        return [value, pull(1.5)]

    def product(x: Any) -> Any:
        return ag.hvp(under.flat, x, list(along))

    text = f"lambda x: ag.value_and_grad(f, {under.argnums})(*arguments(x))"
    found.append(("value_and_grad", both, text))
    text = "lambda x: (lambda y, pull: [y, pull(1.5)])(*ag.vjp(f, *arguments(x)))"
    found.append(("vjp", pulled, text))
    if len(along) <= 8:
        text = f"lambda x: ag.hvp(flat, x, {literal(list(along))})"
        found.append(("hvp", product, text))
    return found


def _second_allowed(under: Under, point: Sequence[float], along: Sequence[float]) -> list[float]:
    inputs = [ag.Value(x) for x in point]
    rows = [magnitudes(y, inputs) for y in ag.grad(under.flat)(inputs)]
    # forward over reverse: the product with each tangent is one more rounding
    return [sum([2.0 * m * abs(t) for m, t in zip(row, along, strict=True)]) for row in rows]


def check_arguments(case: Case) -> None:
    """Numbers as NumPy scalars and Values, mixed, are the same numbers to eager runs and to jit."""
    under = Under(case.program)
    rng = random.Random(case.seed)
    for n, point in enumerate(case.points):
        expected = under.eager(point)
        kinds = [rng.choice([np.float64, float, ag.Value]) for _ in point]
        mixed = [kind(x) for kind, x in zip(kinds, point, strict=True)]
        args = under.args(mixed)
        for backend in backends():
            jitted = ag.jit(under.f, backend=backend)
            for _ in range(2):
                found = outcome(jitted, *args)
                if found.differs(expected, agreement(case.program)):
                    kinds_text = ", ".join(kind.__name__ for kind in kinds)
                    way = f"ag.jit(f, backend={backend!r})(*args)"
                    raise Finding(f"arguments {kinds_text}", way, "f(*values)", n, found, expected)
