"""A result of nan or infinity out of generated code: a jitted call with one would run eagerly."""

from collections.abc import Callable, Sequence
from math import inf, nan
from typing import Any

import autograd_lite as ag


def coded(f: Callable[..., Any]) -> Callable[..., Any]:
    """f's result as four finite numbers."""

    def parts(*xs: Any) -> list[Any]:
        y = f(*xs)
        infinities = [ag.where(y == sign * inf, 1.0, 0.0) for sign in (1.0, -1.0)]
        return [ag.where(abs(y) < inf, y, 7.0), ag.where(y != y, 1.0, 0.0), *infinities]

    return parts


def decoded(parts: Sequence[Any]) -> float:
    finite, is_nan, positive, negative = map(float, parts)
    return nan if is_nan else inf if positive else -inf if negative else finite
