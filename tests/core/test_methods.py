"""The methods: each is the function of its name, and NumPy and the built-ins find them."""

import cmath
import inspect
import math
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.core import functions
from autograd_lite.core.callables import NUMPY_NAMES
from autograd_lite.core.methods import Methods
from autograd_lite.core.table import TABLE
from tests.support.cases import loop_over

PUBLIC = [n for n, f in vars(Methods).items() if not n.startswith("_") and callable(f)]
ROWS = {name: row for row in TABLE.values() if row.method for name in row.names} | NUMPY_NAMES
BUILT_IN = {"rint": round, "conjugate": lambda x: x}


def test_every_method_is_of_a_row() -> None:
    assert set(PUBLIC) == set(ROWS)


@loop_over("name", ROWS)
def test_each_method_is_the_function(name: str) -> None:
    row = ROWS[name]
    f: Any = BUILT_IN.get(name) or getattr(ag, row.names[0])
    others = [0.7] * ((row.arity or 1) - 1)
    for x in (0.4, -0.4, 1.4):
        if row.domain.contains(x, *others):
            v, w = ag.Value(x), ag.Value(x)
            got, expected = getattr(v, name)(*others), f(w, *others)
            got.backward()
            expected.backward()
            assert (got.data, v.grad) == (expected.data, w.grad)
            assert got.op == expected.op or name == "conjugate"


def test_methods_are_documented_and_complete() -> None:
    for name in PUBLIC:
        assert inspect.getdoc(getattr(Methods, name))
    takes_self = {n for n in functions.__all__ if hasattr(np, n) and n in PUBLIC}
    assert {"exp", "arcsin", "sign", "square", "log1p", "floor"} <= takes_self


def test_methods_with_defaults() -> None:
    v = ag.Value(-2.0)
    assert v.leaky_relu().data == -0.02 and v.elu().data == math.expm1(-2.0)


def test_a_method_refuses_what_its_function_refuses() -> None:
    with pytest.raises(TypeError, match="one real number, not str"):
        ag.Value(1.0).hypot("2")


def test_methods_alone_record_nothing() -> None:
    with pytest.raises(TypeError, match="only a Value"):
        Methods().exp()


UNARY = [
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
    "arcsin",
    "arccos",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "arctanh",
    "fabs",
    "absolute",
    "square",
    "reciprocal",
    "rint",
    "floor",
    "ceil",
    "trunc",
    "deg2rad",
    "rad2deg",
    "radians",
    "degrees",
    "negative",
    "positive",
    "conjugate",
]
BINARY = [
    "hypot",
    "arctan2",
    "fmod",
    "power",
    "maximum",
    "minimum",
    "add",
    "subtract",
    "multiply",
    "divide",
    "floor_divide",
    "remainder",
]


@loop_over("name", UNARY)
def test_unary_ufuncs_on_object_arrays(name: str) -> None:
    ufunc, xs = getattr(np, name), np.array([[0.3, 0.8], [0.6, 0.1]])
    values = np.array([[ag.Value(x) for x in row] for row in xs])
    got = ufunc(values)
    assert got.shape == xs.shape
    assert all(type(v) is ag.Value for v in got.flat)
    assert np.array([v.data for v in got.flat]) == pytest.approx(ufunc(xs).ravel(), rel=1e-14)


@loop_over("name", BINARY)
def test_binary_ufuncs_on_object_arrays(name: str) -> None:
    ufunc, xs, ys = getattr(np, name), np.array([0.3, 2.8]), np.array([0.7, -1.2])
    left, right = (np.array([ag.Value(x) for x in zs]) for zs in (xs, ys))
    with np.errstate(invalid="ignore"):
        expected = ufunc(np.abs(xs), ys)
    for a, b in ((left, right), (left, ys), (left, right[:1])):
        got = ufunc(a, b)
        wanted = expected if len(b) == 2 else ufunc(xs, ys[:1])
        assert [getattr(v, "data", v) for v in got] == pytest.approx(list(wanted), rel=1e-14)


def test_arccosh_and_sign_on_object_arrays() -> None:
    values = np.array([ag.Value(1.5), ag.Value(2.5)])
    assert [v.data for v in np.arccosh(values)] == pytest.approx(list(np.arccosh([1.5, 2.5])))
    assert list(np.sign(values)) == [1, 1]


def test_gradients_flow_through_ufuncs() -> None:
    xs = np.array([0.3, 0.8])
    gradient = ag.grad(lambda v: np.sum(np.exp(v) * np.arctan2(v, 2.0)))(xs)
    angle = np.arctan2(xs, 2.0)
    assert gradient == pytest.approx(np.exp(xs) * (angle + 2.0 / (4.0 + xs * xs)))


def test_whole_numbers() -> None:
    v = ag.Value(-2.5)
    got: list[Any] = [math.floor(v), math.ceil(v), math.trunc(v), round(v)]
    assert [w.data for w in got] == [-3.0, -2.0, -2.0, -2.0]
    assert [w.op for w in got] == ["floor", "ceil", "trunc", "round"]
    for w in got:
        w.backward()
    assert v.grad == 0.0


@loop_over("x", [2.675, 1.005, -0.125, 1234.5678, 0.5, 2.5, math.inf, 1e300])
@loop_over("n", [-2, -1, 0, 1, 2, 3])
def test_round_to_digits(x: float, n: int) -> None:
    expected = round(x, n) if math.isfinite(x) else x
    assert round(ag.Value(x), n).data == expected
    assert ag.grad(lambda v: round(v, n) * 1.0)(x) == 0.0


def test_unary_operators() -> None:
    v = ag.Value(-2.0)
    assert ((-v).data, (+v).data, abs(v).data) == (2.0, -2.0, 2.0)
    assert (+v) is not v and (+v).parents == (v,)


@loop_over("convert", [float, int, complex, math.exp, math.sqrt, cmath.exp])
def test_conversions_that_would_drop_the_gradient(convert: Any) -> None:
    with pytest.raises(TypeError, match=r"the gradient would be lost. Use ag.exp\(v\)"):
        convert(ag.Value(1.0))
    with pytest.raises(TypeError, match=r"v\.data is the number"):
        np.array([1.0, 2.0])[0:1].fill(ag.Value(1.0))
