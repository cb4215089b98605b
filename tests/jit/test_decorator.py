"""`jit` as a decorator: with and without options, and what it refuses."""

from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.jit.decorator import Jitted, jit


def double(x: Any) -> Any:
    """Return twice x."""
    return 2.0 * x


def test_it_decorates_with_and_without_options() -> None:
    plain, called, keyed = jit(double), jit()(double), jit(backend="python")(double)
    for f in (plain, called, keyed):
        assert isinstance(f, Jitted)
        assert (f.__name__, f.__doc__, f.__wrapped__) == ("double", "Return twice x.", double)
        assert f(3.0) == 6.0 and ag.grad(f)(3.0) == 2.0


def test_one_static_argument_needs_no_tuple() -> None:
    def power(x: Any, n: int) -> Any:
        return x**n

    for positions in (1, (1,), [1]):
        f = jit(power, backend="python", static_argnums=positions)
        assert [f(2.0, 3), f(3.0, 3), f(2.0, 2)] == [8.0, 27.0, 4.0]


def test_what_it_refuses() -> None:
    with pytest.raises(TypeError, match="function"):
        jit(3.0)  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="nonsense"):
        jit(double, backend="nonsense")
