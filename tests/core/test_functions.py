"""The public functions, which callables.py makes: on floats, on Values, mixed, and wrong types."""

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.core import functions
from autograd_lite.core.table import TABLE

ROWS = {name: row for row in TABLE.values() for name in row.names}  # by public function
SCALAR = sorted(name for name, row in ROWS.items() if row.arity is not None)
MANY = sorted(name for name, row in ROWS.items() if row.arity is None and name != "dot")
# What users were promised. A new row adds a function; none of these may go.
FIXED = (
    "exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan asin acos atan sinh cosh tanh asinh "
    "acosh atanh arcsin arccos arctan arcsinh arccosh arctanh erf erfc gamma lgamma digamma "
    "sigmoid softplus relu leaky_relu elu gelu silu sign fabs floor ceil trunc square reciprocal "
    "radians degrees atan2 hypot pow copysign fmod remainder fma logaddexp maximum minimum clip "
    "where xlogy sum prod mean dot norm logsumexp softmax stop_gradient"
)


def function(name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(ag, name)
    return found


def point_of(name: str) -> list[float]:
    """Return a point inside the domain."""
    box = ROWS[name].domain.box
    return [round(low + (0.6 - 0.1 * k) * (high - low), 2) for k, (low, high) in enumerate(box)]


def test_every_promised_function_is_public_and_every_other_has_a_row() -> None:
    assert set(FIXED.split()) <= set(functions.__all__)
    assert set(functions.__all__) - {"softmax", "stop_gradient"} == set(ROWS)
    for name in functions.__all__:
        assert function(name) is getattr(functions, name)
        assert name in ag.__all__
        assert inspect.getdoc(function(name))
        assert "return" in inspect.get_annotations(function(name))


@pytest.mark.parametrize("name", SCALAR)
def test_floats_give_floats_and_values_give_values(name: str) -> None:
    f, point = function(name), point_of(name)
    expected = f(*point)
    assert type(expected) is float
    assert f(*[np.float64(x) for x in point]) == expected
    first = 1 if name == "where" else 0
    for i in range(first, len(point)):
        mixed = [ag.Value(x) if k == i else x for k, x in enumerate(point)]
        result = f(*mixed)
        assert type(result) is ag.Value
        assert result.data == expected
        assert [p is mixed[i] for p in result.parents] == [True]
    whole = f(*[ag.Value(x) for x in point])
    assert whole.data == expected and len(whole.operands) == len(point)


@pytest.mark.parametrize("name", SCALAR)
def test_integers_and_bools(name: str) -> None:
    f = function(name)
    ones = [1 for _ in ROWS[name].operands]
    assert f(*ones) == f(*map(float, ones)) == f(*[True for _ in ones])


MATH = [
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sqrt",
    "cbrt",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "erf",
    "erfc",
    "gamma",
    "fabs",
    "floor",
    "ceil",
    "trunc",
    "radians",
    "degrees",
    "atan2",
    "hypot",
    "pow",
    "copysign",
    "fmod",
    "remainder",
]
NUMPY = [
    "arcsin",
    "arccos",
    "arctan",
    "arcsinh",
    "arccosh",
    "arctanh",
    "sign",
    "square",
    "reciprocal",
    "logaddexp",
    "maximum",
    "minimum",
    "clip",
    "where",
]


@pytest.mark.parametrize("name", MATH)
def test_equal_to_math(name: str) -> None:
    point = point_of(name)
    assert function(name)(*point) == getattr(math, name)(*point)


@pytest.mark.parametrize("name", NUMPY)
def test_equal_to_numpy(name: str) -> None:
    point = point_of(name)
    assert function(name)(*point) == pytest.approx(getattr(np, name)(*point), rel=1e-15)


def test_defaults() -> None:
    assert ag.leaky_relu(-2.0) == -0.02 and ag.elu(-2.0) == math.expm1(-2.0)


@pytest.mark.parametrize("wrong", ["1.0", 1j, None, [1.0], object()])
@pytest.mark.parametrize("name", [n for n in SCALAR if n != "where"])
def test_wrong_types(name: str, wrong: Any) -> None:
    f, point = function(name), point_of(name)
    for i in range(len(point)):
        for beside in (point, tuple(ag.Value(x) for x in point)):
            with pytest.raises(TypeError, match=f"one real number, not {type(wrong).__name__}"):
                f(*[wrong if k == i else x for k, x in enumerate(beside)])


def test_where() -> None:
    a, b = ag.Value(1.0), ag.Value(2.0)
    assert ag.where(a < b, a, b).data == 1.0
    assert ag.where(a > b, a, b).data == 2.0
    assert ag.where(True, 1.0, 2.0) == 1.0
    assert ag.where(np.bool_(False), 1.0, 2.0) == 2.0
    with pytest.raises(TypeError, match="not str"):
        function("where")(True, "a", 1.0)


XS = [0.5, -1.5, 2.0]


@pytest.mark.parametrize("name", MANY)
def test_iterables(name: str) -> None:
    f = function(name)
    expected = f(XS)
    assert type(expected) is float
    for xs in (tuple(XS), np.array(XS), iter(XS), (x for x in XS), dict.fromkeys(XS)):
        assert f(xs) == expected
    values = [ag.Value(x) for x in XS]
    for node in (f(values), f(v for v in values), f(np.array(values))):
        assert type(node) is ag.Value
        assert node.data == expected and node.parents == tuple(values)
    mixed = f([values[0], -1.5, 2])
    assert mixed.data == expected and mixed.parents == (values[0],)


def test_iterables_equal_numpy() -> None:
    assert ag.sum(XS) == sum(XS)
    assert ag.mean(XS) == pytest.approx(np.mean(XS))
    assert ag.prod(XS) == np.prod(XS)
    assert ag.norm(XS) == pytest.approx(np.linalg.norm(XS))
    assert ag.logsumexp(XS) == pytest.approx(np.logaddexp.reduce(XS))
    assert ag.dot(XS, [1.0, 2.0, 3.0]) == np.dot(XS, [1.0, 2.0, 3.0])


def test_nothing_to_reduce() -> None:
    empty = [function(name)([]) for name in ("sum", "prod", "norm")]
    assert [*empty, function("dot")([], [])] == [0.0, 1.0, 0.0, 0.0]
    assert ag.logsumexp([]) == -math.inf and ag.softmax([]) == []
    with pytest.raises(ValueError, match="mean of nothing is undefined"):
        ag.mean(iter([]))


@pytest.mark.parametrize("name", [*MANY, "softmax"])
@pytest.mark.parametrize("wrong", [1.0, "abc", None, 1j, ag.Value(1.0)])
def test_not_an_iterable(name: str, wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"{name} takes an iterable of numbers, not"):
        function(name)(wrong)


@pytest.mark.parametrize("name", [*MANY, "softmax"])
@pytest.mark.parametrize("wrong", ["a", None, 1j, [1.0]])
def test_iterables_of_wrong_types(name: str, wrong: Any) -> None:
    for beside in (1.0, ag.Value(1.0)):
        with pytest.raises(TypeError, match="one real number, not"):
            function(name)([beside, wrong])


def test_dot() -> None:
    xs: list[Any] = [ag.Value(1.0), ag.Value(2.0)]
    ys: list[Any] = [ag.Value(3.0), 4.0]
    node = ag.dot(iter(xs), iter(ys))
    node.backward()
    assert node.data == 11.0
    assert [x.grad for x in xs] == [3.0, 4.0] and ys[0].grad == 1.0
    assert ag.grad(lambda p: ag.dot(p, p))([1.0, 2.0]) == [2.0, 4.0]
    with pytest.raises(ValueError, match="one length, not 2 and 1"):
        ag.dot([1.0, 2.0], [3.0])
    with pytest.raises(TypeError, match="dot takes an iterable"):
        function("dot")(1.0, [1.0])


def test_prod_with_zeros() -> None:
    assert ag.grad(ag.prod)([0.0, 2.0, 3.0]) == [6.0, 0.0, 0.0]
    assert ag.grad(ag.prod)([0.0, 0.0, 3.0]) == [0.0, 0.0, 0.0]
    assert ag.hessian(ag.prod)([0.0, 0.0, 3.0])[0][1] == 3.0


def test_softmax() -> None:
    assert ag.softmax([1000.0, 1000.0]) == [0.5, 0.5]
    assert ag.softmax([0.0, -1000.0]) == [1.0, 0.0]
    assert ag.softmax(iter([1, True])) == [0.5, 0.5]
    p = np.array(ag.softmax(XS))
    assert p == pytest.approx(np.exp(XS) / np.exp(XS).sum(), rel=1e-14)
    assert np.array(ag.jacobian(ag.softmax)(XS)) == pytest.approx(np.diag(p) - np.outer(p, p))
    second = ag.hessian(lambda xs: ag.log(ag.softmax(xs)[0]))(XS)
    assert np.array(second) == pytest.approx(np.outer(p, p) - np.diag(p))


def test_stop_gradient() -> None:
    assert ag.grad(lambda x: x * ag.stop_gradient(x))(3.0) == 3.0
    assert ag.stop_gradient(2.0) == 2.0
