"""The comparison behind check_grads: what it calls wrong, and how a message says it."""

import math
from collections.abc import Callable
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.testing import check_grads


def custom(
    slope: Callable[..., Any], value: Callable[..., float] = lambda x: x, name: str = "custom"
) -> Any:
    return ag.primitive(value, partials=[slope], name=name)


def test_a_derivative_outside_the_kink_fails() -> None:
    steep = custom(lambda x, y: 1.5, lambda x: max(x, 0.0))
    with pytest.raises(AssertionError, match="not between the slopes"):
        check_grads(steep, (0.0,), order=1)


def test_an_infinite_slope_called_finite_fails() -> None:
    wrong = custom(lambda x, y: 3.0, math.cbrt)
    with pytest.raises(AssertionError, match="slope there is infinite"):
        check_grads(wrong, (0.0,), order=1)


def test_the_message_names_argument_numbers_tolerance_and_primitive() -> None:
    sine = custom(lambda x, y: ag.sin(x), math.sin, "my_sine")
    with pytest.raises(AssertionError) as caught:
        check_grads(lambda p: [3.0 * p["b"], sine(p["w"][1])], ({"w": [0.1, 0.5], "b": 1.0},))
    text = str(caught.value)
    assert "d output[1] / d argument 0['w'][1] at 0.5: " in text
    assert "gives 0.479425" in text
    assert "differences give 0.87758" in text
    assert "tolerance 8.78e-07" in text
    assert "The primitive my_sine is at fault, at (0.5)" in text


def test_a_wrong_second_derivative_is_found() -> None:
    # The partial is right as a number; as a function of x it is a constant.
    frozen = custom(
        lambda x, y: math.cos(ag.stop_gradient(x).data if isinstance(x, ag.Value) else x),
        math.sin,
        "frozen",
    )
    assert check_grads(frozen, (0.5,), order=1).compared == 1
    with pytest.raises(AssertionError, match=r"d \(d output / d argument 0\) / d argument 0"):
        check_grads(frozen, (0.5,), order=2)


def test_modes_that_differ_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from autograd_lite.testing import compare

    forward = compare._TABLES["fwd"]
    off = {**compare._TABLES, "fwd": lambda f, xs: [d * (1 + 5e-7) for d in forward(f, xs)]}
    monkeypatch.setattr(compare, "_TABLES", off)
    with pytest.raises(
        AssertionError, match=r"reverse mode gives 2\.0, forward mode gives 2\.000001"
    ):
        check_grads(lambda x: x * x, (1.0,), order=1)


def test_rounding_is_no_jump() -> None:
    """The derivative of x/x is 0, and here 1.1e-16 at the point alone."""
    x = -1.589477706406982
    assert ag.grad(lambda v: v * ag.reciprocal(v))(x) != 0.0
    check_grads(lambda v: v * ag.reciprocal(v), (x,))
    with pytest.raises(AssertionError, match="jumps"):
        check_grads(lambda v: 1e-14 * ag.floor(v), (2.0,), order=1)


def test_stop_gradient_is_not_at_fault() -> None:
    """Its derivative is 0 by design: the message is about the function that stops."""
    with pytest.raises(AssertionError, match=r"mode gives 3\.0") as error:
        check_grads(lambda x: x * ag.stop_gradient(x), (3.0,), order=1)
    assert "at fault" not in str(error.value)
