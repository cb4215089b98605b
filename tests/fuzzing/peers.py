"""What each row of the table is in PyTorch, in JAX and in mpmath, by their own functions."""

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from autograd_lite.core.table import TABLE
from tests.operations import OPERATIONS

from .bounds import Unsettled

__all__ = ["Digits", "jax_rows", "torch_rows"]

Rows = dict[str, Callable[..., Any]]


@cache
def torch_rows() -> Rows:
    import torch

    special = torch.special
    rows = _array_rows(torch, torch.stack, lambda truth: truth.to(torch.float64))
    rows |= {name: getattr(torch, name) for name in ("exp2", "sigmoid", "erf", "erfc", "lgamma")}
    rows |= {
        # no digamma or polygamma: torch's derivatives of them are right to 1e-9 alone; no gelu: its
        # 1 + erf(x) cancels, and leaves 4e-11 at -5
        "xlogy": special.xlogy,
        "gamma": lambda x: torch.exp(torch.lgamma(x)) * _gamma_sign(float(x.detach())),
        "silu": torch.nn.functional.silu,
        "radians": torch.deg2rad,
        "degrees": torch.rad2deg,
        "mod": torch.remainder,
        "floordiv": lambda x, y: torch.floor_divide(x.detach(), y.detach()),
        "pow": torch.pow,
        "norm": lambda *xs: torch.linalg.vector_norm(torch.stack(xs)),
        "logsumexp": lambda *xs: torch.logsumexp(torch.stack(xs), 0),
        "where": lambda c, x, y: torch.where(c != 0.0, x, y),
        "round": torch.round,
    }
    return rows


@cache
def jax_rows() -> Rows:
    import jax
    import jax.numpy as jnp

    special = jax.scipy.special
    rows = _array_rows(jnp, jnp.stack, lambda truth: truth.astype(jnp.float64))
    rows |= {
        "exp2": jnp.exp2,
        "sigmoid": jax.nn.sigmoid,
        "erf": special.erf,
        "erfc": special.erfc,
        # no lgamma: beside its zeros JAX's is off by 1e-15, of 0.03 at 0.95
        "digamma": special.digamma,
        "polygamma": lambda n, x: special.polygamma(int(n), x),
        "xlogy": special.xlogy,
        "gamma": special.gamma,
        "gelu": lambda x: jax.nn.gelu(x, approximate=False),
        "silu": jax.nn.silu,
        "radians": jnp.deg2rad,
        "degrees": jnp.rad2deg,
        "mod": jnp.mod,
        "floordiv": jnp.floor_divide,
        "pow": jnp.power,
        "norm": lambda *xs: jnp.linalg.norm(jnp.stack(xs)),
        "logsumexp": lambda *xs: special.logsumexp(jnp.stack(xs)),
        "where": lambda c, x, y: jnp.where(c != 0.0, x, y),
        "round": jnp.round,
    }
    return rows


def _gamma_sign(x: float) -> float:
    return 1.0 if x > 0.0 or math.floor(x) % 2 == 0 else -1.0


def _array_rows(
    m: Any, stack: Callable[[Sequence[Any]], Any], number: Callable[[Any], Any]
) -> Rows:
    """What NumPy's names mean in both."""
    names = "exp expm1 log log2 log10 log1p sqrt sin cos tan sinh cosh tanh square reciprocal"
    rows: Rows = {name: getattr(m, name) for name in names.split()}
    names = "floor ceil trunc sign copysign hypot logaddexp maximum minimum fmod"
    rows |= {name: getattr(m, name) for name in names.split()}
    arcs = ("asin", "acos", "atan", "asinh", "acosh", "atanh", "atan2")
    rows |= {name: getattr(m, name.replace("a", "arc", 1)) for name in arcs}

    def whole_steps(x: Any, y: Any) -> Any:
        return m.round(x / y)

    return rows | {
        "identity": lambda x: x,
        "neg": lambda x: -x,
        "add": lambda x, y: x + y,
        "sub": lambda x, y: x - y,
        "mul": lambda x, y: x * y,
        "div": lambda x, y: x / y,
        "fma": lambda x, y, z: x * y + z,
        "abs": m.abs,
        "cbrt": lambda x: m.sign(x) * m.abs(x) ** (1.0 / 3.0),
        "softplus": lambda x: m.logaddexp(x, m.zeros_like(x)),
        "relu": lambda x: m.where(x > 0.0, x, m.zeros_like(x)),
        "leaky_relu": lambda x, a: m.where(x > 0.0, x, a * x),
        "elu": lambda x, a: m.where(x > 0.0, x, a * m.expm1(m.minimum(x, m.zeros_like(x)))),
        "remainder": lambda x, y: x - y * whole_steps(x, y),
        "round_to": lambda x, n: m.round(x * 10.0**n) / 10.0**n,
        "clip": lambda x, low, high: m.minimum(m.maximum(x, low), high),
        "lt": lambda x, y: number(x < y),
        "le": lambda x, y: number(x <= y),
        "gt": lambda x, y: number(x > y),
        "ge": lambda x, y: number(x >= y),
        "eq": lambda x, y: number(x == y),
        "ne": lambda x, y: number(x != y),
        "and": lambda x, y: number((x != 0.0) & (y != 0.0)),
        "or": lambda x, y: number((x != 0.0) | (y != 0.0)),
        "not": lambda x: number(x == 0.0),
        "sum": lambda *xs: m.sum(stack(xs)),
        "mean": lambda *xs: m.mean(stack(xs)),
        "bell": lambda a, x: a * m.exp(-x * x),
        "sech2": lambda x: 1.0 / m.cosh(x) ** 2,
        "expdiff": lambda x, y: m.exp(x - y),
        "prod": lambda *xs: m.prod(stack(xs)),
        "dot": lambda *xs: m.dot(stack(xs[: len(xs) // 2]), stack(xs[len(xs) // 2 :])),
    }


class Digits:
    """mpmath at 150 digits: `bounds` runs on it as it does on floats.

    The partial derivatives are difference quotients over a step that is nothing beside a float's
    rounding, so they share no formula with the table. The values are those that the tests of the
    table hold it to.
    """

    def __init__(self) -> None:
        import mpmath

        self.mp = mpmath.mp
        self.mp.dps = 150
        self.step = self.mp.mpf(10) ** -12
        self.short = self.mp.mpf(10) ** -45

    def number(self, x: float) -> Any:
        return self.mp.mpf(x)

    def value(self, name: str, operands: Sequence[Any]) -> Any:
        if name not in OPERATIONS:
            raise Unsettled(f"{name} in mpmath")
        try:
            found = OPERATIONS[name].value(*operands)
        except (ValueError, ArithmeticError) as error:
            raise Unsettled("not finite") from error
        if not isinstance(found, type(self.step)):
            if isinstance(found, self.mp.mpc):
                raise Unsettled("not real")
            found = self.mp.mpf(found)
        return found

    def partials(self, name: str, operands: Sequence[Any], result: Any) -> list[Any]:
        found = []
        for place, x in enumerate(operands):
            if place in OPERATIONS[name].whole or (name, place) == ("where", 0):
                found.append(self.mp.mpf(0))
                continue
            step = self.short * max(abs(x), self.mp.mpf(1))
            sides = []
            for moved in (x - step, x + step):
                there = self.value(name, [*operands[:place], moved, *operands[place + 1 :]])
                sides.append((there - result) / (moved - x))
            left, right = sides
            if abs(left - right) > self.mp.mpf(10) ** -20 * (1 + abs(left)):
                raise Unsettled(f"{name} at a kink or a jump")
            slope = (left + right) / 2
            lost = abs(result) / step * self.mp.mpf(10) ** -130  # to the digits that there are
            if abs(slope) < lost and not TABLE[name].selects[place if TABLE[name].arity else 0]:
                raise Unsettled(f"{name} too flat for the digits")
            found.append(slope)
        return found
