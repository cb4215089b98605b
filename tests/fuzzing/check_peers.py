"""The same programs by mpmath at 150 digits, by PyTorch and by JAX."""

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import autograd_lite as ag

from .bounds import Unsettled, bound_of
from .common import EPS, Finding, PassedOver, Under, close, leaves_of, number_of
from .engines import Trace, Unsupported
from .generate import Case
from .peers import Digits, jax_rows, torch_rows

__all__ = ["check_digits", "check_jax", "check_torch"]


def check_digits(case: Case) -> None:
    """Values and gradients within the bound of their rounding errors."""
    _each_point(case, _digits)


def check_torch(case: Case) -> None:
    """PyTorch's values and gradients, within twice the bound: theirs round too."""
    _each_point(case, _torch)


def check_jax(case: Case) -> None:
    """JAX's values and gradients, likewise."""
    _each_point(case, _jax)


def _each_point(case: Case, check: Callable[..., None]) -> None:
    under = Under(case.program)
    reason: Exception = PassedOver("no point")
    tried = 0
    for n, point in enumerate(case.points):
        try:
            check(under, n, point)
            tried += 1
        except (Unsettled, Unsupported) as found:
            reason = found
    if not tried:
        raise PassedOver(str(reason) or "no straight line")


@cache
def _arithmetic() -> Digits:
    return Digits()


def _own(under: Under, point: Sequence[float], output: int) -> tuple[float, list[float]]:
    """The value and the gradient by the inputs and captured Values, by a backward()."""
    inputs = [ag.Value(x) for x in point]
    ends = [*inputs, *under.captured.values()]
    for end in ends:
        end.grad = 0.0
    y = leaves_of(under.f(*under.args(inputs)))[output]
    if isinstance(y, ag.Value):
        y.backward()
    return number_of(y), [end.grad for end in ends]


def _digits(under: Under, n: int, point: Sequence[float]) -> None:
    trace = under.trace(point)
    numbers = [*point, *[x.data for x in under.captured.values()]]
    if not all(map(math.isfinite, numbers)):
        raise Unsettled("not finite")
    wanted = range(len(numbers))
    for output in range(len(trace.outputs)):
        bound = bound_of(trace, numbers, output, _arithmetic(), wanted)
        value, gradient = _own(under, point, output)
        expected = float(bound.value)
        if not close(value, expected, bound.value_error):
            text = f"value, output {output}, allowed {bound.value_error:.2g}"
            raise Finding(text, "f(*values)", repr(expected), n, value, expected)
        for j, (x, y) in enumerate(zip(gradient, map(float, bound.gradient), strict=True)):
            if not close(x, y, bound.gradient_errors[j]):
                allowed = bound.gradient_errors[j]
                text = f"gradient, input {j}, output {output}, allowed {allowed:.2g}"
                raise Finding(text, "swept(f)", repr([float(d) for d in bound.gradient]), n, x, y)


def _against(
    under: Under, n: int, point: Sequence[float], peer: str, run: Callable[..., Any]
) -> None:
    trace = under.trace(point)
    numbers = [*point, *[x.data for x in under.captured.values()]]
    if not all(map(math.isfinite, numbers)):
        raise Unsettled("not finite")
    wanted = range(len(numbers))
    for output, slot in enumerate(trace.outputs):
        if not isinstance(slot, int):
            continue
        bound = under.bound(point, output, wanted, away=True, absolute=True)
        value, gradient = _own(under, point, output)
        theirs, slopes = run(trace, numbers, slot)
        units = 2.0 * SLACK.get(peer, 1.0)
        if not close(value, theirs, units * bound.value_error):
            text = f"value, output {output}, allowed {units * bound.value_error:.2g}"
            raise Finding(f"{peer}'s {text}", "f(*values)", repr(theirs), n, value, theirs)
        for j, (x, y) in enumerate(zip(gradient, slopes, strict=True)):
            allowed = units * bound.gradient_errors[j] + EPS * abs(y)
            if not close(x, y, allowed):
                text = f"{peer}'s gradient, input {j}, output {output}, allowed {allowed:.2g}"
                raise Finding(text, "swept(f)", repr(slopes), n, gradient, slopes)


SLACK: dict[str, float] = {}


def _torch(under: Under, n: int, point: Sequence[float]) -> None:
    import torch

    rows = torch_rows()

    def run(trace: Trace, numbers: Sequence[float], slot: int) -> tuple[float, list[float]]:
        inputs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in numbers]

        def constant(x: float) -> Any:
            return torch.tensor(x, dtype=torch.float64)

        y = _applied(trace, inputs, rows, constant)[slot]
        if not y.requires_grad:
            return float(y), [0.0] * len(inputs)
        found = torch.autograd.grad(y, inputs, allow_unused=True)
        return float(y.detach()), [0.0 if d is None else float(d) for d in found]

    _against(under, n, point, "torch", run)


def _jax(under: Under, n: int, point: Sequence[float]) -> None:
    import jax
    import jax.numpy as jnp

    rows = jax_rows()

    def run(trace: Trace, numbers: Sequence[float], slot: int) -> tuple[float, list[float]]:
        def f(xs: Any) -> Any:
            return _applied(trace, list(xs), rows, lambda x: jnp.asarray(x, jnp.float64))[slot]

        xs = [jnp.asarray(x, jnp.float64) for x in numbers]
        value, slopes = jax.value_and_grad(f)(xs)
        return float(value), [float(d) for d in slopes]

    with jax.enable_x64(True):
        _against(under, n, point, "jax", run)


def _applied(trace: Trace, inputs: list[Any], rows: Any, constant: Callable[[float], Any]) -> Any:
    values = list(inputs)
    for name, operands in trace.rows:
        static = name in ("polygamma", "round_to")
        given = [
            values[x] if isinstance(x, int) else x if static else constant(x) for x in operands
        ]
        if static and not isinstance(operands[-1 if name == "polygamma" else 0], int):
            place = -1 if name == "polygamma" else 0
            given[place] = constant(given[place])
        if name not in rows:
            raise Unsupported(f"no {name}")
        values.append(rows[name](*given))
    return values
