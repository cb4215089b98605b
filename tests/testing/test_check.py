"""The gradient checker: right derivatives pass, and each way of being wrong is found and named."""

import builtins
import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.testing import check_grads, finite_difference


def custom(
    slope: Callable[..., Any], value: Callable[..., float] = lambda x: x, name: str = "custom"
) -> Any:
    return ag.primitive(value, partials=[slope], name=name)


@pytest.mark.parametrize("modes", [("fwd", "rev"), ("fwd",), ("rev",)])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_right_derivatives_pass(order: int, modes: tuple[str, ...]) -> None:
    report = check_grads(lambda x, y: ag.sin(x * y) + x.exp(), (0.5, -1.2), order, modes)
    assert report.notes == []
    assert report.compared == 2 + (4 if order > 1 else 0) + (8 if order > 2 else 0)


def test_structures_in_and_out() -> None:
    def f(p: Any, xs: Any, a: Any) -> Any:
        return {"sum": ag.dot(p["w"], xs) + p["b"], "rest": [a[0, 1] * p["b"], a[1, 0] ** 2]}

    args = ({"w": [1.0, 2.0], "b": 0.5}, (0.3, 0.4), np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert check_grads(f, args, order=1).compared == 9 * 3


@pytest.mark.parametrize("claim", [9e-6, 0.0, -1e-6, math.nan, math.inf])
@pytest.mark.parametrize("mode", ["rev", "fwd"])
@pytest.mark.parametrize("offset", [0.0, 1.0, 1e4])
def test_a_small_derivative_that_is_wrong(claim: float, mode: str, offset: float) -> None:
    wrong = custom(lambda x, y: claim, lambda x: offset + 1e-6 * x)
    with pytest.raises(AssertionError, match=r"argument 0 at 1.0: .* mode gives"):
        check_grads(wrong, (1.0,), order=1, modes=(mode,))


def test_the_right_small_derivative_passes() -> None:
    for offset in (0.0, 1.0, 1e4):
        right = custom(lambda x, y: 1e-6, lambda x, a=offset: a + 1e-6 * x)
        assert check_grads(right, (1.0,), order=1).notes == []


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: 1e9 * x * x, 1.0),
        (lambda x: ag.sin(1e4 * x), 0.3),
        (lambda x: ag.exp(50.0 * x), 1.0),
        (lambda x: x**50, 3.0),
        (lambda x: 1e-6 * x + 1e6 * x**3, 0.0),
        (lambda x: ag.log(x), 1e-9),
        (lambda x: (1e8 + x) - 1e8, 1.0),
    ],
)
def test_steep_curves_are_not_blamed(f: Callable[[Any], Any], x: float) -> None:
    check_grads(f, (x,))


@pytest.mark.parametrize("x", [5e-324, 1e-310, -2.2250738585e-313, 1e-300])
def test_subnormal_points_pass(x: float) -> None:
    # the shortest step there is subnormal too, and its inverse infinite
    assert check_grads(lambda w: ag.tanh(w * 0.0 + 0.1) ** 2, (x,)).compared == 2


def test_an_answer_drowned_in_rounding_is_said_to_be_so() -> None:
    report = check_grads(custom(lambda x, y: 1e-6, lambda x: 1e12 + 1e-6 * x), (1.0,), order=1)
    assert [note.kind for note in report.notes] == ["inconclusive"]


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda x: ag.relu(x), (0.0,)),
        (lambda x: abs(x), (0.0,)),
        (lambda x: ag.leaky_relu(x), (0.0,)),
        (lambda x: ag.clip(x, -1.0, 1.0), (1.0,)),
        (lambda x, y: ag.maximum(x, y), (2.0, 2.0)),
        (lambda x, y: ag.hypot(x, y), (0.0, 0.0)),
    ],
)
def test_a_convention_at_a_kink_passes_and_is_noted(f: Any, args: tuple[float, ...]) -> None:
    report = check_grads(f, args)
    assert len(report.kinks) == len(args)
    assert "kink: d output / d argument 0 = " in str(report)


def test_a_derivative_outside_the_kink_fails() -> None:
    steep = custom(lambda x, y: 1.5, lambda x: max(x, 0.0))
    with pytest.raises(AssertionError, match="not between the slopes"):
        check_grads(steep, (0.0,), order=1)


@pytest.mark.parametrize("name", ["floor", "sign"])
def test_a_jump_is_reported(name: str) -> None:
    with pytest.raises(AssertionError, match=r"output at argument 0 = 0.0 jumps: .* just below"):
        check_grads(getattr(ag, name), (0.0,))


def test_a_value_that_is_not_finite_is_reported() -> None:
    with pytest.raises(AssertionError, match=r"output at argument 0 = -1.0 is nan"):
        check_grads(ag.log, (-1.0,))


@pytest.mark.parametrize(("name", "x"), [("sqrt", 0.0), ("cbrt", 0.0), ("asin", 1.0)])
def test_an_infinite_slope_is_accepted_and_noted(name: str, x: float) -> None:
    report = check_grads(getattr(ag, name), (x,))
    assert [note.kind for note in report.notes] == ["infinite slope"]


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


def test_a_primitive_with_a_partial_too_many_or_too_few() -> None:
    one = ag.primitive(lambda x, y: x * y, partials=[lambda x, y, r: y], name="product")
    with pytest.raises(TypeError, match="product takes 1 operand"):
        check_grads(one, (1.0, 2.0))
    two = ag.primitive(math.sin, partials=[lambda x, y: 1.0, lambda x, y: 1.0], name="my_sine")
    with pytest.raises(TypeError, match="my_sine takes 2 operands"):
        check_grads(two, (1.0,))


def test_bad_arguments() -> None:
    with pytest.raises(TypeError, match="args must be the tuple"):
        check_grads(ag.sin, 1.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="order must be 1 or more"):
        check_grads(ag.sin, (1.0,), order=0)
    with pytest.raises(ValueError, match="modes must be"):
        check_grads(ag.sin, (1.0,), modes=("reverse",))
    with pytest.raises(TypeError, match="args must be the tuple"):
        finite_difference(ag.sin, 1.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="one number"):
        finite_difference(lambda x: [x, x], (1.0,))


def test_finite_difference_has_the_arguments_structure() -> None:
    def f(xs: Any, p: Any) -> Any:
        return xs[0] * xs[1] * p["a"]

    gradient = finite_difference(f, (np.array([2.0, 3.0]), {"a": 4.0}))
    assert isinstance(gradient, np.ndarray)
    assert gradient == pytest.approx(np.array([12.0, 8.0]))
    both = finite_difference(f, (np.array([2.0, 3.0]), {"a": 4.0}), argnums=(1, 0))
    assert both[0]["a"] == pytest.approx(6.0)


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


def test_strategies_without_hypothesis(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "hypothesis":
            raise ModuleNotFoundError("No module named 'hypothesis'", name="hypothesis")
        return real(name, *rest)

    monkeypatch.delattr(ag.testing, "strategies")  # which imports it, if need be
    monkeypatch.delitem(sys.modules, "autograd_lite.testing.strategies")
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ImportError, match=r'pip install "autograd_lite\[test\]"'):
        ag.testing.strategies  # noqa: B018


def test_strategies_are_reached_from_testing() -> None:
    assert callable(ag.testing.strategies.expressions)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        ag.testing.nonsense  # noqa: B018
