"""A jitted call on Values: one node, with the right parents, partials and further derivatives."""

import math
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.core.order import topological_order
from tests.support.cases import loop_over


def product(x: Any, y: Any) -> Any:
    return x * y + ag.sin(x)


def test_one_node(jit: Any) -> None:
    w, x = Value(5.0), Value(2.0)
    f = jit(lambda x, y: w * product(x, y))
    for _ in range(3):
        node = f(x, 3.0)
        assert (node.op, node.data) == ("jit(<lambda>)", 5.0 * product(2.0, 3.0))
        assert node.parents == (x, w)
        assert node.partials == (5.0 * (3.0 + math.cos(2.0)), product(2.0, 3.0))
        assert len(topological_order(node)) == 3
    assert f(1.0, 2.0).parents == (w,)
    assert [type(y) for y in (jit(product)(1.0, 2.0), jit(product)(x, 2.0))] == [float, Value]


def test_backward_adds_to_leaves(jit: Any) -> None:
    x, y = Value(2.0), Value(3.0)
    f = jit(product)
    total = f(x, y) * f(y, 4.0) + f(x, x)
    total.backward()
    grads = (x.grad, y.grad)
    a, b = Value(2.0), Value(3.0)
    (product(a, b) * product(b, 4.0) + product(a, a)).backward()
    assert grads == pytest.approx((a.grad, b.grad), rel=1e-15)
    total.backward()
    assert (x.grad, y.grad) == (2.0 * grads[0], 2.0 * grads[1])


def test_several_results_are_a_node_each(jit: Any) -> None:
    w = Value(2.0)

    def f(x: Any) -> dict[str, Any]:
        return {"a": w * x, "b": [x * x, w > x, 1.5, x], "c": w}

    x, jitted = Value(3.0), jit(f)
    for _ in range(3):
        x.grad = w.grad = 0.0
        found = jitted(x)
        assert [found["a"].data, found["b"][0].data, *found["b"][1:3]] == [6.0, 9.0, False, 1.5]
        assert found["a"].parents == (x, w)
        (found["a"] * found["b"][0] + found["b"][3] * found["c"]).backward()
        assert (x.grad, w.grad) == (3.0 * 2.0 * 9.0 + 2.0, 27.0 + 3.0)
    assert ag.jacobian(jit(lambda p: [p[0] * p[1], p[0] / p[1]]))([3.0, 2.0]) == [
        [2.0, 3.0],
        [0.5, -0.75],
    ]


def test_what_does_not_depend_on_an_argument(jit: Any) -> None:
    x, y = Value(2.0), Value(3.0)
    node = jit(lambda a, b: ag.stop_gradient(a) * b)(x, y)
    node.backward()
    assert (x.grad, y.grad) == (0.0, 2.0)
    assert jit(lambda a: 3.0)(x) == 3.0
    same = jit(lambda a: a)(x)
    same.backward()
    assert (same.data, x.grad) == (2.0, 1.0)


LEAKS: list[tuple[Callable[[Any], Any], Callable[[Any], Any], float, float]] = [
    (ag.relu, ag.sqrt, -1.0, 0.0),
    (lambda x: ag.where(x > 1.0, x, 0.0), ag.log, 0.0, 0.0),
    (lambda x: ag.where(x < 1.0, x * x, ag.sqrt(x)), lambda y: y * 2.0, 0.0, 0.0),
    (lambda x: ag.clip(x, -1.0, 1.0) + 1.0, ag.sqrt, -3.0, 0.0),
    (lambda x: ag.maximum(x, 0.0), ag.cbrt, -2.0, 0.0),
]


@loop_over("inner, outer, x, expected", LEAKS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_inactive_operands_pass_nothing_on(
    jit: Any, inner: Any, outer: Any, x: float, expected: float
) -> None:
    jitted = jit(inner)
    for g in (inner, jitted):
        leaf = Value(x)
        outer(g(leaf)).backward()
        assert leaf.grad == expected
        assert ag.grad(lambda t, g=g: outer(g(t)))(x) == expected
        assert ag.jvp(lambda t, g=g: outer(g(t)), (x,), (1.0,))[1] == expected
    assert jit(ag.grad(lambda t: outer(inner(t))))(x) == expected


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_infinite_partials_are_those_of_an_eager_run(jit: Any) -> None:
    for f in (ag.sqrt, lambda x: ag.sqrt(x) + x, lambda x: [ag.sqrt(x), x]):
        leaf, own = Value(0.0), Value(0.0)
        for g, x in ((f, leaf), (jit(f), own)):
            y = g(x)
            for node in y if isinstance(y, list) else [y]:
                node.backward()
        assert own.grad == leaf.grad == math.inf


def flat(tree: Any) -> list[float]:
    return [y for x in tree for y in flat(x)] if isinstance(tree, (list, tuple)) else [tree]


def curved(p: list[Any]) -> Any:
    return ag.sin(p[0]) * p[1] ** 3 + ag.exp(p[0] * p[1]) * ag.relu(p[1])


def test_derivatives_of_every_order(jit: Any) -> None:
    point, jitted = [0.5, 1.25], jit(curved)
    expected: Any = curved
    found: Any = jitted
    for _ in range(3):
        expected, found = ag.jacobian(expected), ag.jacobian(found)
        assert flat(found(point)) == pytest.approx(flat(expected(point)), rel=1e-13)


def test_derivatives_by_a_captured_value(jit: Any) -> None:
    w = Value(0.5)
    f = jit(lambda x: ag.exp(w * x) if w > 0.0 else w)
    slope = ag.grad(f)(2.0)
    slope.backward()
    assert slope.data == pytest.approx(0.5 * math.e, rel=1e-15)
    assert w.grad == pytest.approx(math.e + math.e, rel=1e-15)


def test_many_results_of_which_few_are_swept(jit: Any) -> None:
    leaf = Value(2.0)
    nodes = jit(lambda x: [x**k for k in range(1, 6)])(leaf)
    nodes[2].backward()
    assert leaf.grad == 12.0
    nodes[4].backward()
    assert leaf.grad == 92.0


def test_a_fused_node_in_another_trace(jit: Any) -> None:
    inner = jit(lambda x, y: x * y)
    assert ag.grad(lambda x: x * ag.grad(lambda y: inner(x, y) * y)(2.0))(3.0) == 24.0
    assert ag.jvp(lambda x: ag.sin(inner(x, x)), (0.5,), (1.0,))[1] == math.cos(0.25)


def test_names(jit: Any) -> None:
    def f(x: Any) -> Any:
        return x * x

    x = Value(2.0)
    assert jit(f)(x).op == "jit(f)"
    assert jit(ag.grad(f))(x).op == "jit(grad(f))"
    assert repr(jit(f)(x).primitive) == "<primitive jit(f)>"
    with pytest.raises(TypeError, match="cannot pickle a node"):
        pickle.dumps(jit(f)(x))


def test_calls_of_the_primitive_on_floats(jit: Any) -> None:
    node = jit(product)(Value(2.0), 3.0)
    assert node.primitive(1.0, 4.0) == product(1.0, 4.0)


@ag.primitive(partials=[lambda x, y: 3.0 * ag.square(x)])  # type: ignore[untyped-decorator]
def cube(x: float) -> float:
    return x * x * x


@ag.primitive(partials=[lambda x, y: math.cos(x)])  # type: ignore[untyped-decorator]
def sine(x: float) -> float:
    return math.sin(x)


@ag.primitive(partials=[lambda x, y: 1.0 if x > 0.0 else math.exp(x)])  # type: ignore[untyped-decorator]
def bent(x: float) -> float:
    return x if x > 0.0 else math.expm1(x)


@loop_over("row", [cube, sine, bent])
def test_primitives_of_a_user(jit: Any, row: Any) -> None:
    def f(x: Any) -> Any:
        return row(x * x - 1.0) * x

    jitted = jit(f)
    for x in (0.5, 1.5, -0.75):
        assert jitted(x) == f(x)
        assert ag.grad(jitted)(x) == jit(ag.grad(f))(x) == ag.grad(f)(x)
        leaf = Value(x)
        jitted(leaf).backward()
        assert leaf.grad == ag.grad(f)(x)


def test_second_derivatives_of_a_users_primitive(jit: Any) -> None:
    def f(x: Any) -> Any:
        return cube(x * x) * x

    expected = ag.grad(ag.grad(f))(0.5)
    assert ag.grad(ag.grad(jit(f)))(0.5) == pytest.approx(expected, rel=1e-15)
    assert jit(ag.grad(ag.grad(f)))(0.5) == expected


UNCHOSEN: dict[str, Callable[..., Any]] = {
    "where": lambda x, w: ag.where(x > 0.0, x * x, w),
    "if": lambda x, w: x * x if x > 0.0 else w,
    "maximum": lambda x, w: ag.maximum(x * x, w),
    "relu": lambda x, w: x * x + ag.relu(w - 1.0),
}


@loop_over("kind", UNCHOSEN)
def test_nothing_passes_through_inactive_operands(jit: Any, kind: str) -> None:
    """sqrt'(0) is infinite: an adjoint of 0.0 would make nan of it."""
    f = jit(UNCHOSEN[kind])

    def through(p: Any) -> Any:
        return f(p[0], ag.sqrt(p[1]))

    z = Value(0.0)
    f(Value(2.0), ag.sqrt(z)).backward()
    assert z.grad == 0.0
    assert ag.grad(through)([2.0, 0.0]) == [4.0, 0.0]
    assert ag.hessian(through)([2.0, 0.0]) == [[2.0, 0.0], [0.0, 0.0]]
    assert ag.jvp(through, ([2.0, 0.0],), ([1.0, 1.0],)) == (4.0, 4.0)
    both = jit(lambda x, w: [UNCHOSEN[kind](x, w), x])(Value(2.0), ag.sqrt(z))
    both[0].backward()
    assert z.grad == 0.0


def test_one_value_in_two_places_of_which_one_is_active(jit: Any) -> None:
    f = jit(lambda a, b: ag.where(a > 0.0, a * 3.0, b))
    z = Value(4.0)
    root = ag.sqrt(z)
    f(root, root).backward()
    assert z.grad == 0.75
