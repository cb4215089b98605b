"""One order for all: `grad`, `backward()` and `jit` add up contributions to the same bits."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.core.order import topological_order
from autograd_lite.testing.strategies import Expression, expressions
from autograd_lite.transforms.chain_rule import pull, push
from tests.support.cases import limit_examples

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
MANY = settings(limit_examples(400), derandomize=True, database=None)
FEW = settings(limit_examples(60), derandomize=True, database=None)


def edges(i: int, adjoint: Any = None) -> list[tuple[int, float]]:
    """Of 2 = 3 * [0] + 5 * [1], and 1 = 2 * [0]."""
    return [[], [(0, 2.0)], [(0, 3.0), (1, 5.0)]][i]


def test_pull_adds_only_where_something_arrived() -> None:
    adjoints: list[Any] = [None, 1.0, None]
    pull([2, 1], edges, adjoints)
    assert adjoints == [2.0, 1.0, None]


def test_push_adds_only_where_something_arrived() -> None:
    tangents: list[Any] = [None, 1.0, None]
    push([2], edges, tangents)
    assert tangents == [None, 1.0, 5.0]


def test_any_algebra_will_do() -> None:
    adjoints: list[Any] = [None, None, "r"]
    pull([2, 1], edges, adjoints, lambda d, x: f"{d:g}{x}", lambda x, y: f"({x} + {y})")
    assert adjoints == ["(3r + 25r)", "5r", "r"]


def test_what_multiply_does_not_pass_on_is_not_added() -> None:
    adjoints: list[Any] = [None, None, 1.0]
    pull([2, 1], edges, adjoints, lambda d, x: d * x if d == 3.0 else None)
    assert adjoints == [3.0, None, 1.0]
    adjoints = [None, None, 1.0]
    pull([2, 1], edges, adjoints, lambda d, x: d * x if d != 2.0 else None)
    assert adjoints == [3.0, 5.0, 1.0]


# backward(), grad and jit

OPERATIONS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a * 0.7,
    lambda a, b: 1.3 - a,
    lambda a, b: a / (b * b + 1.1),
    lambda a, b: ag.tanh(a),
    lambda a, b: ag.sin(a),
    lambda a, b: ag.sum([a, b, a]),
    lambda a, b: ag.dot([a, b, 1.5], [b, 0.3, a]),
]
CHOICES: list[Callable[[Any, Any], Any]] = [
    lambda a, b: ag.relu(a),
    lambda a, b: ag.maximum(a, b),
    lambda a, b: ag.where(a > b, a * b, b),
]
PLANS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 50), st.integers(0, 50)), max_size=40)
CHOOSING = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 50), st.integers(0, 50)), max_size=40
)
POINT = [0.1, -0.7, 1.9]


def program(plan: Sequence[tuple[int, int, int]]) -> Callable[[Any], Any]:
    """Return a function of three numbers that reads every result again and again."""

    def f(xs: Any) -> Any:
        values = list(xs)
        for operation, i, j in plan:
            a, b = values[-1 - i % len(values)], values[-1 - j % len(values)]
            values.append([*OPERATIONS, *CHOICES][operation](a, b))
        return ag.tanh(ag.sum(values))

    return f


def gradient_by_backward(f: Callable[[Any], Any], point: Sequence[float]) -> list[float]:
    leaves = [Value(x) for x in point]
    f(leaves).backward()
    return [x.grad for x in leaves]


def same(found: Sequence[float], expected: Sequence[float]) -> bool:
    """Equal numbers; the sign of a zero may differ, since `grad` starts its sums with no 0.0."""
    return all(a == b or (a != a and b != b) for a, b in zip(found, expected, strict=True))


def chooses_all(y: Value) -> bool:
    """Whether every operand of every node behind y was chosen."""
    nodes = topological_order(y)
    pairs = [pair for node in nodes for pair in node.operand_partials()]
    return all(d is not None for x, d in pairs if isinstance(x, Value))


@MANY
@given(PLANS)
def test_grad_is_backward_to_the_bit(plan: list[tuple[int, int, int]]) -> None:
    f = program(plan)
    expected = gradient_by_backward(f, POINT)
    assert same(ag.grad(f)(POINT), expected)
    value, gradient = ag.value_and_grad(f)(POINT)
    assert (value, gradient) == (f([Value(x) for x in POINT]).data, ag.grad(f)(POINT))
    assert same(ag.vjp(f, POINT)[1](1.0)[0], expected)
    assert same(ag.jacobian(f)(POINT), expected)
    w = Value(1.0)  # a captured Value makes the derivatives Values
    slopes = ag.grad(lambda xs: f(xs) * w)(POINT)
    assert same([x.data for x in slopes], expected)


@MANY
@given(expressions(max_operations=25, max_inputs=4))
def test_grad_is_backward_to_the_bit_over_the_whole_table(expression: Expression) -> None:
    f, point = expression.f, expression.point
    y = f([Value(x) for x in point])
    if isinstance(y, Value) and chooses_all(y):
        assert same(ag.grad(f)(point), gradient_by_backward(f, point))


@pytest.mark.parametrize("backend", ["python", "llvm"])
@FEW
@given(plan=PLANS)
def test_jit_is_backward_to_the_bit(backend: str, plan: list[tuple[int, int, int]]) -> None:
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    f = program(plan)
    expected = gradient_by_backward(f, POINT)
    jitted = ag.jit(f, backend=backend)
    assert same(ag.jit(ag.grad(f), backend=backend)(POINT), expected)
    assert same(ag.grad(jitted)(POINT), expected)
    assert same(gradient_by_backward(jitted, POINT), expected)


@FEW
@given(CHOOSING)
def test_unchosen_operands_leave_a_rounding_at_most(plan: list[tuple[int, int, int]]) -> None:
    f = program(plan)
    expected = gradient_by_backward(f, POINT)
    found = ag.grad(f)(POINT)
    assert same(ag.jit(ag.grad(f), backend="python")(POINT), found)
    assert all(
        math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9) for a, b in zip(found, expected, strict=True)
    )
    if chooses_all(f([Value(x) for x in POINT])):
        assert same(found, expected)


@pytest.mark.parametrize("backend", ["python", "llvm"])
def test_jitted_calls_inside_are_added_in_order(backend: str) -> None:
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    inner = ag.jit(lambda a, b: ag.sin(a * 0.7) * b + a / (b * b + 1.1), backend=backend)

    def f(xs: Any) -> Any:
        a, b, c = xs
        return (
            a * inner(a, b) + inner(b, c) * 0.3 - inner(a * c, b) * inner(c, a) + ag.tanh(a) * b * c
        )

    assert same(ag.grad(f)(POINT), gradient_by_backward(f, POINT))


def test_detached_values_and_stop_gradient_do_not_change_the_order() -> None:
    def f(xs: Any) -> Any:
        a, b, c = xs
        shared = ag.tanh(a * b) * 0.3
        stopped = ag.stop_gradient(shared * c) + (shared - b).detach()
        return ag.sin(shared) * stopped + shared * c * (shared + 0.7) - ag.exp(shared)

    expected = gradient_by_backward(f, POINT)
    assert same(ag.grad(f)(POINT), expected)
    assert same(ag.jit(ag.grad(f), backend="python")(POINT), expected)


def test_the_forward_pass_is_the_same_for_floats_values_and_jit() -> None:
    def f(xs: Any) -> Any:
        a, b, c = xs
        return ag.dot([a, b, c], [b, c, a]) * ag.sin(a * b) / (1.0 + c * c)

    def along(xs: Any) -> Any:
        return ag.jvp(f, (xs,), ([0.3, -0.2, 0.9],))[1]

    expected = along(POINT)
    assert along([Value(x) for x in POINT]).data == expected
    assert ag.jit(along, backend="python")(POINT) == expected
