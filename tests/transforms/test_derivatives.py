"""grad, value_and_grad, jacobian, hessian, hvp, vjp, jvp: structures, orders, nestings, errors."""

import math
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Value, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd_lite.transforms import pytree
from tests.support.cases import loop_over

Point = namedtuple("Point", ["x", "y"])
close = pytest.approx


def leaves(tree: Any) -> list[float]:
    """The numbers of a structure as floats, to compare."""
    return [getattr(x, "data", x) for x in pytree.flatten(tree)[0]]


def energy(tree: Any) -> Any:
    """A function of any structure: 1*x0^2 + 2*x1^2 + ..., and x0*x1*... besides."""
    xs = pytree.flatten(tree)[0]
    return ag.sum((i + 1) * x**2 for i, x in enumerate(xs)) + ag.prod(xs)


def energy_gradient(xs: list[float]) -> list[float]:
    n = range(len(xs))
    return [2 * (i + 1) * xs[i] + math.prod(xs[k] for k in n if k != i) for i in n]


STRUCTURES = [
    0.5,
    2,
    [0.5, 2.0, -1.5],
    [],
    (0.5, 2),
    Point(0.5, -2.0),
    {"a": 0.5, "b": -2.0},
    {"w": [[0.5], (2.0, {"deep": -1.5})], "b": Point(1.0, 3)},
    np.array([0.5, 2.0, -1.5]),
    np.array([1, 2, 3]),
    np.array([0.5, 2], dtype=object),
    np.array(0.5),
    np.array([[0.5, 2.0], [-1.5, 1.0]]),
    np.zeros((0, 3)),
    [np.array([0.5, 2.0]), {"s": 3.0}],
]


@loop_over("tree", STRUCTURES)
def test_the_gradient_has_the_structure_of_the_argument(tree: Any) -> None:
    value, gradient = value_and_grad(energy)(tree)
    assert type(value) is float and value == close(energy(tree))
    assert isinstance(gradient, type(tree)) or isinstance(tree, int)
    assert leaves(gradient) == close(energy_gradient(leaves(tree)))
    again = pytree.match_leaves(gradient, tree, "the gradient", "the argument")
    assert all(type(x) is float for x in again)
    if isinstance(tree, np.ndarray):
        assert gradient.shape == tree.shape and gradient.dtype == float


@loop_over("tree", STRUCTURES)
def test_hvp_jvp_and_vjp_keep_the_structure(tree: Any) -> None:
    xs = leaves(tree)
    ones = pytree.flatten(tree)[1]([1.0] * len(xs))
    value, tangent = jvp(energy, (tree,), (ones,))
    assert tangent == close(sum(energy_gradient(xs)))
    again, pull = vjp(energy, tree)
    assert again == value == close(energy(tree))
    assert leaves(pull(2.0)[0]) == close([2 * g for g in energy_gradient(xs)])
    product = hvp(energy, tree, ones)
    pytree.match_leaves(product, tree, "the product", "the argument")
    rows = np.reshape([leaves(row) for row in _rows(energy, xs)], (len(xs), len(xs)))
    assert leaves(product) == close(list(rows.sum(axis=1)))


def _rows(f: Callable[..., Any], xs: list[float]) -> Any:
    return hessian(f)(xs)


def test_a_value_as_argument_gives_a_value() -> None:
    x = Value(3.0)
    gradient = grad(lambda a: a**3)(x)
    assert isinstance(gradient, Value) and gradient == 27.0
    gradient.backward()
    assert x.grad == 18.0
    mixed = grad(lambda p: p[0] * p[1] ** 2)([x, 2.0])
    assert isinstance(mixed, list) and [v.data for v in mixed] == [4.0, 12.0]
    array = grad(lambda a: a @ a)(np.array([Value(1.0), Value(2.0)]))
    assert array.dtype == object and list(array) == [2.0, 4.0]


@loop_over(
    "argnums, expected",
    [
        (0, 2.0),
        (1, 3.0),
        (-1, 1.0),
        (-3, 2.0),
        (np.int64(1), 3.0),
        ((0, 2), (2.0, 1.0)),
        ([2, 0], (1.0, 2.0)),
        ((-1,), (1.0,)),
        ((), ()),
    ],
)
def test_argnums(argnums: Any, expected: Any) -> None:
    assert grad(lambda x, y, z: x * y + z, argnums)(3.0, 2.0, 5.0) == expected


def test_arguments_not_differentiated_may_be_anything_and_keywords_pass() -> None:
    def f(x: Any, kind: str, *, times: float = 1.0) -> Any:
        return times * (x * x if kind == "square" else x)

    assert grad(f)(3.0, "square") == 6.0
    assert grad(f)(3.0, "square", times=10.0) == 60.0
    assert jacobian(f)(3.0, "identity", times=2.0) == 2.0
    assert hessian(f)(3.0, "square", times=2.0) == 4.0


@pytest.mark.parametrize(
    ("argnums", "error", "message"),
    [
        (2, ValueError, "argnums 2 is out of range: .*mul.* was given 2"),
        (-3, ValueError, "out of range"),
        ((0, -2), ValueError, "names one argument twice"),
        ("x", TypeError, "argnums is an int or a tuple of ints"),
        (1.0, TypeError, "argnums is an int or a tuple of ints"),
    ],
)
def test_bad_argnums(argnums: Any, error: type[Exception], message: str) -> None:
    def mul(x: Any, y: Any) -> Any:
        return x * y

    for transform in (grad, value_and_grad, jacobian, hessian):
        with pytest.raises(error, match=message):
            transform(mul, argnums)(1.0, 2.0)


@loop_over(
    "result, message",
    [
        ([1.0], "one number as its result, not list"),
        ({"a": 1.0}, "not dict"),
        (np.zeros(2), "not ndarray"),
        ("text", "the result of f cannot be differentiated: .* not str"),
        (None, "f returned None"),
        ([None], r"the result of f\[0\] cannot be differentiated"),
        (1j, "not complex"),
    ],
)
def test_results_that_have_no_gradient(result: Any, message: str) -> None:
    def f(x: Any) -> Any:
        return result

    for transform in (grad, value_and_grad):
        with pytest.raises(TypeError, match=message):
            transform(f)(1.0)


def test_arguments_that_have_no_gradient() -> None:
    with pytest.raises(TypeError, match=r"argument 1\['w'\] cannot be differentiated.*str"):
        grad(lambda x, p: x, 1)(1.0, {"w": "2"})


def test_a_function_that_ignores_its_argument_has_a_zero_gradient() -> None:
    assert grad(lambda x: 5.0)(1.0) == 0.0
    assert grad(lambda p: 5)({"a": 1.0, "b": [2.0]}) == {"a": 0.0, "b": [0.0]}
    assert jacobian(lambda x: [1.0, x[0]])([1.0, 2.0]) == [[0.0, 0.0], [1.0, 0.0]]
    assert jvp(lambda x: 5.0, (1.0,), (1.0,)) == (5.0, 0.0)
    assert vjp(lambda x, y: x, 1.0, 2.0)[1](3.0) == (3.0, 0.0)
    assert hessian(lambda x: x[0])([1.0, 2.0]) == [[0.0, 0.0], [0.0, 0.0]]
    captured = Value(4.0)
    gradient = grad(lambda x: captured * 2.0)(1.0)
    assert isinstance(gradient, Value) and gradient == 0.0


# jacobian and hessian: structures as in JAX, the result's outside, the argument's inside


def test_jacobian_structures() -> None:
    def f(x: Any, y: Any) -> Any:
        return {"sum": x[0] + y, "prod": [x[0] * x[1] * y]}

    assert jacobian(f)([2.0, 3.0], 5.0) == {"sum": [1.0, 0.0], "prod": [[15.0, 10.0]]}
    assert jacobian(f, (0, 1))([2.0, 3.0], 5.0) == {
        "sum": ([1.0, 0.0], 1.0),
        "prod": [([15.0, 10.0], 6.0)],
    }
    assert jacobian(lambda x: x * x)(3.0) == 6.0
    assert jacobian(lambda p: (p.x, p.y))(Point(1.0, 2.0)) == (Point(1.0, 0.0), Point(0.0, 1.0))


@loop_over("inner", [(), (0,), (3,), (2, 2)])
@loop_over("outer", [(), (0,), (1,), (4,), (3, 2)])
def test_jacobian_of_arrays(outer: tuple[int, ...], inner: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=(*outer, *inner))
    x = rng.normal(size=inner)

    def f(x: Any) -> Any:
        return np.tensordot(a, x * x, axes=len(inner)) if inner else a * (x * x)

    found = jacobian(f)(x)
    assert found.shape == outer + inner and found.dtype == float
    assert np.allclose(found, 2 * a * x)


def test_jacobian_mixes_arrays_and_structures() -> None:
    x = np.array([1.0, 2.0])
    inside = jacobian(lambda p: p["w"] * p["b"])({"w": x, "b": 3.0})
    assert np.array_equal(inside["w"], [[3, 0], [0, 3]]) and np.array_equal(inside["b"], x)
    outside = jacobian(lambda x: [x * x, x[0] * x[1]])(x)
    assert np.array_equal(outside[0], [[2, 0], [0, 4]]) and np.array_equal(outside[1], [2, 1])
    both = jacobian(lambda w, b: w * b, (0, 1))(x, np.array(3.0))
    assert [part.shape for part in both] == [(2, 2), (2,)]


def test_hessian_structures() -> None:
    def f(x: Any, y: Any) -> Any:
        return ag.sum(x * x) * y["s"] ** 2

    x, y = np.array([1.0, 2.0]), {"s": 3.0}
    assert np.array_equal(hessian(f)(x, y), 18 * np.eye(2))
    assert hessian(f, 1)(x, y) == {"s": {"s": 10.0}}
    (xx, xy), lower = hessian(f, (0, 1))(x, y)
    yx, yy = lower["s"]
    assert np.array_equal(xx, 18 * np.eye(2)) and np.array_equal(xy["s"], [12.0, 24.0])
    assert np.array_equal(yx, [12.0, 24.0]) and yy == {"s": 10.0}
    matrix = hessian(lambda w: ag.sum((w * w).ravel()))(np.ones((2, 3)))
    assert matrix.shape == (2, 3, 2, 3)
    assert np.array_equal(matrix.reshape(6, 6), 2 * np.eye(6))


def test_jacobian_of_hessian_and_the_fourth_derivatives() -> None:
    def f(x: Any) -> Any:
        return x[0] ** 4 * x[1] ** 3

    a, b = x = np.array([2.0, 3.0])
    third = jacobian(hessian(f))(x)
    assert third.shape == (2, 2, 2)
    assert third[0, 0].tolist() == close([24 * a * b**3, 36 * a**2 * b**2])
    assert third[1, 1].tolist() == close([24 * a**3 * b, 6 * a**4])
    fourth = jacobian(jacobian(hessian(f)))(x)
    assert fourth.shape == (2, 2, 2, 2)
    assert fourth[0, 0, 0].tolist() == close([24 * b**3, 72 * a * b**2])


@loop_over(
    "tangents, message",
    [
        (([1.0],), "tangent 0 has the structure .*, but argument 0 has"),
        (([1.0, 2.0, 3.0],), "tangent 0"),
        ((1.0,), "tangent 0"),
        (({"a": 1.0, "b": 2.0},), "tangent 0"),
        (([1.0, 2.0], 1.0), "1 args but 2 tangents"),
        ((), "1 args but 0 tangents"),
    ],
)
def test_tangents_that_do_not_match(tangents: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        jvp(lambda x: x[0] * x[1], ([1.0, 2.0],), tangents)


def test_what_else_does_not_match() -> None:
    with pytest.raises(ValueError, match=r"the cotangent has the structure .*, but f's result has"):
        vjp(lambda x: [x, x], 1.0)[1](1.0)
    with pytest.raises(ValueError, match="structure"):
        hvp(lambda x: x[0], [1.0], [1.0, 2.0])
    with pytest.raises(TypeError, match="jvp takes args as a tuple"):
        jvp(lambda x: x, 1.0, (1.0,))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="jvp takes tangents as a tuple"):
        jvp(lambda x: x, (1.0,), 1.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"tangent 0\[0\] cannot be differentiated"):
        jvp(lambda x: x[0], ([1.0],), (["a"],))


def test_dicts_match_by_key() -> None:
    x = {"a": 2.0, "b": 3.0}
    assert jvp(lambda p: p["a"] * p["b"], (x,), ({"b": 0.0, "a": 1.0},)) == (6.0, 3.0)
    assert hvp(lambda p: p["a"] ** 2 * p["b"], x, {"b": 1.0, "a": 0.0}) == {"a": 4.0, "b": 0.0}


def test_an_output_left_out_contributes_nothing() -> None:
    # sqrt has an infinite derivative at 0; 0 * inf must not spoil the other entries
    rows = jacobian(lambda p: [p[0], ag.sqrt(p[0]) + p[1]])([0.0, 2.0])
    assert rows == [[1.0, 0.0], [math.inf, 1.0]]
    columns = jacobian(lambda p: [p[0], p[1], ag.sqrt(p[0]) + p[1]])([0.0, 2.0])
    assert columns == [[1.0, 0.0], [0.0, 1.0], [math.inf, 1.0]]
    assert jvp(lambda x, y: ag.sqrt(x) + y, (0.0, 2.0), (0.0, 1.0))[1] == 1.0


# Random programs: three ways to one number

places = st.integers(-8, 8).map(lambda n: n / 4)


UNARY = [ag.sin, ag.tanh, ag.sigmoid, ag.softplus, ag.atan, lambda x: x * x * 0.1]
BINARY = [lambda x, y: x + y, lambda x, y: x * y, lambda x, y: x - y, ag.logaddexp]


@st.composite
def programs(draw: st.DrawFn) -> Callable[..., Any]:
    """A function of three numbers: smooth, with shared subexpressions."""
    steps = draw(
        st.lists(
            st.tuples(st.integers(0, 9), st.integers(0, 99), st.integers(0, 99)),
            min_size=2,
            max_size=7,
        )
    )

    def f(xs: Any) -> Any:
        known = list(xs)
        for op, i, j in steps:
            x, y = known[i % len(known)], known[j % len(known)]
            known.append(UNARY[op](x) if op < 6 else BINARY[op - 6](x, y))
        return known[-1] + 0.5 * known[-2]

    return f


@given(programs(), st.tuples(places, places, places))
def test_reverse_forward_and_differences_agree(f: Any, point: Any) -> None:
    x = list(point)
    gradient = grad(f)(x)
    h = 1e-5
    for i in range(3):
        direction = [float(k == i) for k in range(3)]
        moved = [[a + s * h * d for a, d in zip(x, direction, strict=True)] for s in (1.0, -1.0)]
        assert jvp(f, (x,), (direction,))[1] == close(gradient[i], rel=1e-12, abs=1e-12)
        difference = (f(moved[0]) - f(moved[1])) / (2 * h)
        size = max(1.0, abs(f(x)), *map(abs, gradient))
        assert difference == close(gradient[i], rel=1e-5, abs=1e-5 * size)


@given(programs(), st.tuples(places, places, places))
def test_hessians_are_symmetric_and_match_products_and_differences(f: Any, point: Any) -> None:
    x = np.array(point)
    h = hessian(f)(x)
    scale = 1.0 + np.abs(h).max()
    assert np.abs(h - h.T).max() <= 1e-13 * scale
    v = np.array([1.0, -2.0, 0.5])
    assert np.allclose(hvp(f, x, v), h @ v, rtol=1e-12, atol=1e-12 * scale)
    forward = jacobian(lambda x: jvp(f, (x,), (v,))[1])(x)
    assert np.allclose(forward, h @ v, rtol=1e-12, atol=1e-12 * scale)
    step = 1e-5
    moved = (grad(f)(x + step * v) - grad(f)(x - step * v)) / (2 * step)
    assert np.allclose(moved, h @ v, rtol=1e-4, atol=1e-4 * scale)
