"""Loops that jit finds again, with the thresholds taken away so that short ones are rolled too."""

from collections.abc import Sequence
from typing import Any
from unittest import mock

import autograd_lite as ag
from autograd_lite.jit.loops import roll

from .bounds import Unsettled
from .common import (
    Finding,
    Outcome,
    PassedOver,
    Under,
    backends,
    close,
    equal,
    magnitudes,
    outcome,
)
from .engines import Unsupported
from .generate import Case

__all__ = ["check_loops"]

SMALL = {"FEWEST_IN_ALL": 0, "FEWEST_COPIES": 4, "FEWEST_OPERATIONS": 1}


def check_loops(case: Case) -> None:
    """Values and gradients of rolled loops, by every way, and unrolled ones bit for bit."""
    if "llvm" not in backends():
        raise PassedOver("llvmlite is not installed")
    under = Under(case.program)
    seen: list[bool] = []
    real = roll.roll_tape

    def watched(tape: Any) -> Any:
        found = real(tape)
        seen.append(found is not None)
        return found

    with mock.patch.multiple(roll, **SMALL, roll_tape=watched):
        _check_all(under, case.points)
    if not any(seen):
        raise PassedOver("not rolled")


def _check_all(under: Under, points: Sequence[Sequence[float]]) -> None:
    plain = ag.grad(under.f, under.argnums)
    kept = [ag.jit(g, backend="llvm", roll=False) for g in (under.f, plain)]
    jitted, slopes = ag.jit(under.f, backend="llvm"), ag.jit(plain, backend="llvm")
    outer = ag.grad(jitted, under.argnums)
    for n, point in enumerate(points):
        args = under.args(point)
        value = under.eager(point)
        gradient = outcome(plain, *args)
        ways = [
            ("ag.jit(f, roll=False)(*args)", kept[0], value, None),
            ("ag.jit(ag.grad(f), roll=False)(*args)", kept[1], gradient, None),
            ("ag.jit(f)(*args)", jitted, value, _value_error),
            ("ag.jit(ag.grad(f))(*args)", slopes, gradient, _slope_errors),
            ("ag.grad(ag.jit(f))(*args)", outer, gradient, _slope_errors),
        ]
        for text, way, expected, allowed in ways:
            found = outcome(way, *args)
            if not found.differs(expected, equal):
                continue
            if allowed is None or not _near(found, expected, under, point, allowed):
                slope = "ag.grad(f" if "grad" in text else ""
                plainly = f"ag.grad(f, {under.argnums})(*args)" if slope else "f(*values)"
                text = text.replace("ag.grad(f)", f"ag.grad(f, {under.argnums})")
                text = text.replace("(ag.jit(f))", f"(ag.jit(f), {under.argnums})")
                shorten = f"[vars(roll).update({SMALL}), {text}][1]"
                raise Finding("loops", shorten, plainly, n, found, expected)


def _near(found: Outcome, expected: Outcome, under: Under, point: Any, allowed: Any) -> bool:
    if found.shape != expected.shape:
        return False
    pairs = list(zip(found.numbers, expected.numbers, strict=True))
    if all(close(x, y, 1e-15 * abs(y)) for x, y in pairs):
        return True
    wanted = [j for j, (x, y) in enumerate(pairs) if not equal(x, y)]
    try:
        errors = allowed(under, point, wanted)
    except (Unsettled, Unsupported) as reason:
        raise PassedOver(str(reason) or "no straight line") from None
    return all(close(*pairs[j], error) for j, error in zip(wanted, errors, strict=True))


def _value_error(under: Under, point: Sequence[float], wanted: Sequence[int]) -> list[float]:
    """The bound for either of the two."""
    return [under.bound(point, 0, []).value_error * 2.0]


def _slope_errors(under: Under, point: Sequence[float], wanted: Sequence[int]) -> list[float]:
    bound = under.bound(point, 0, wanted)
    inputs = [ag.Value(x) for x in point]
    y = under.f(*under.args(inputs))
    orders = magnitudes(y, inputs)
    return [e * 2.0 + orders[j] for e, j in zip(bound.gradient_errors, wanted, strict=True)]
