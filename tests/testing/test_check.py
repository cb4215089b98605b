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
from tests.support.cases import loop_over


def custom(
    slope: Callable[..., Any], value: Callable[..., float] = lambda x: x, name: str = "custom"
) -> Any:
    return ag.primitive(value, partials=[slope], name=name)


@loop_over("modes", [("fwd", "rev"), ("fwd",), ("rev",)])
@loop_over("order", [1, 2, 3])
def test_right_derivatives_pass(order: int, modes: tuple[str, ...]) -> None:
    report = check_grads(lambda x, y: ag.sin(x * y) + x.exp(), (0.5, -1.2), order, modes)
    assert report.notes == []
    assert report.compared == 2 + (4 if order > 1 else 0) + (8 if order > 2 else 0)


def test_structures_in_and_out() -> None:
    def f(p: Any, xs: Any, a: Any) -> Any:
        return {"sum": ag.dot(p["w"], xs) + p["b"], "rest": [a[0, 1] * p["b"], a[1, 0] ** 2]}

    args = ({"w": [1.0, 2.0], "b": 0.5}, (0.3, 0.4), np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert check_grads(f, args, order=1).compared == 9 * 3


@loop_over("claim", [9e-6, 0.0, -1e-6, math.nan, math.inf])
@loop_over("mode", ["rev", "fwd"])
@loop_over("offset", [0.0, 1.0, 1e4])
def test_a_small_derivative_that_is_wrong(claim: float, mode: str, offset: float) -> None:
    wrong = custom(lambda x, y: claim, lambda x: offset + 1e-6 * x)
    with pytest.raises(AssertionError, match=r"argument 0 at 1.0: .* mode gives"):
        check_grads(wrong, (1.0,), order=1, modes=(mode,))


def test_the_right_small_derivative_passes() -> None:
    for offset in (0.0, 1.0, 1e4):
        right = custom(lambda x, y: 1e-6, lambda x, a=offset: a + 1e-6 * x)
        assert check_grads(right, (1.0,), order=1).notes == []


@loop_over(
    "f, x",
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


@loop_over(
    "f, args",
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
