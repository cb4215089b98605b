"""Masked arrays, np.matrix and longdouble beside Values; what NumPy does to floats alone."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from tests.support.cases import loop_over

MASKED = np.ma.masked_array([1.0, 2.0, 4.0], mask=[False, True, False])
with warnings.catch_warnings():
    warnings.simplefilter("ignore", PendingDeprecationWarning)  # of any np.matrix
    MATRIX = np.asmatrix([[1.0, 2.0], [3.0, 4.0]])

BESIDE_ARRAYS: list[Callable[[Any, Any], Any]] = [
    lambda x, m: x * m,
    lambda x, m: m * x,
    lambda x, m: x - m,
    lambda x, m: x / m,
    lambda x, m: np.add(m, x),
    lambda x, m: np.hypot(x, m),
    lambda x, m: np.maximum(m, x),
    lambda x, m: np.exp(x) * m,
]


@loop_over("f", BESIDE_ARRAYS)
def test_a_masked_array_keeps_its_mask(f: Any) -> None:
    x = np.array([0.5, 1.5, 0.25])
    expected = f(x, MASKED)
    found = f(ag.array(x), MASKED)
    assert isinstance(found, np.ma.MaskedArray)
    assert found.mask.tolist() == expected.mask.tolist() == [False, True, False]
    assert ag.data(found.compressed()).tolist() == expected.compressed().tolist()
    slopes = ag.grad(lambda x: f(x, MASKED).sum())(x)
    assert slopes[1] == 0.0
    h = np.array([1e-6, 0.0, 0.0])
    change = f(x + h, MASKED).sum() - f(x - h, MASKED).sum()
    assert slopes[0] == pytest.approx(change / 2e-6, rel=1e-8)


def test_truths_of_a_masked_array_keep_its_mask() -> None:
    x = ag.array([0.5, 1.5, 0.25])
    for found in (x < MASKED, np.logical_and(x, MASKED)):
        assert found.tolist() == [True, None, True]


BESIDE_ONE: list[Callable[[Any, Any], Any]] = [
    lambda v, m: m * v,
    lambda v, m: v * m,
    lambda v, m: m - v,
    lambda v, m: np.ma.where(m > 0, v, 0.0),
    lambda v, m: np.ma.maximum(m, v),
]


@pytest.mark.parametrize("f", BESIDE_ONE)
def test_a_masked_array_keeps_its_mask_beside_one_value(f: Any) -> None:
    """np.ma takes a `_data` for that of a masked array: a slot of that name lost the gradient."""
    v = ag.Value(2.0)
    found, expected = f(v, MASKED), f(2.0, MASKED)
    assert found.mask.tolist() == [False, True, False]
    assert ag.data(found.compressed()).tolist() == expected.compressed().tolist()
    found.sum().backward()
    change = f(2.0 + 1e-6, MASKED).sum() - f(2.0 - 1e-6, MASKED).sum()
    assert v.grad == pytest.approx(change / 2e-6, rel=1e-8)


@pytest.mark.parametrize(
    "f",
    [
        lambda v, m: v / m,
        lambda v, m: m**v,
        lambda v, m: np.ma.exp(v),
        lambda v, m: m.copy().__setitem__(0, v),
        lambda v, m: m.copy().__iadd__(v),
    ],
)
def test_what_np_ma_does_not_do_with_a_value_raises(f: Any) -> None:
    with pytest.raises((TypeError, AttributeError)):
        f(ag.Value(2.0), MASKED)


@pytest.mark.parametrize("call", [ag.array, ag.data, ag.grads])
def test_arrays_of_masked_arrays(call: Any) -> None:
    with pytest.raises(TypeError, match="has no number where it is masked"):
        call(MASKED)


@pytest.mark.parametrize("array", [MASKED, MATRIX, np.ma.masked_array([1.0, 2.0])])
def test_arguments_that_compute_otherwise(array: Any) -> None:
    def f(x: Any) -> Any:
        return np.sum(x * x)

    words = "argument 0.*(masked array|np.matrix)"
    jitted = ag.jit(f, backend="python")
    for call in (ag.grad(f), ag.jacobian(f), jitted, jitted.map):
        with pytest.raises(TypeError, match=words):
            call(array)
    with pytest.raises(TypeError, match=words.replace("argument 0", r"argument 0\['m'\]")):
        ag.grad(lambda p: f(p["m"]))({"m": array})
    with pytest.raises(TypeError, match=words.replace("argument 0", "the result")):
        ag.jacobian(lambda x: array)(np.ones(2))


def test_a_matrix_is_not_multiplied_by_element() -> None:
    for f in (lambda x: x * MATRIX, lambda x: np.multiply(MATRIX, x)):
        with pytest.raises(TypeError, match=r"np\.matrix, whose \* multiplies matrices"):
            f(ag.array(np.ones((2, 2))))
    found = np.asarray(MATRIX) @ ag.array([1.0, 10.0])
    assert ag.data(found).tolist() == [21.0, 43.0]


@pytest.mark.parametrize("kind", [np.longdouble, np.float16, np.float32, np.float64])
def test_every_kind_of_float(kind: Any) -> None:
    v, two = ag.Value(4.0), kind(2.0)
    for number, f in (
        (6.0, lambda: two + v),
        (8.0, lambda: v * two),
        (0.5, lambda: two / v),
        (16.0, lambda: two**v),
        (8.0, lambda: (two * ag.array([v]))[0]),
        (8.0, lambda: (np.array([two]) * v)[0]),
        (4.0, lambda: np.maximum(two, v)),
    ):
        found = f()
        assert type(found) is ag.Value and found.data == number
    assert two < v and not v < two and (np.array([two]) < v).tolist() == [True]


@pytest.mark.parametrize("kind", [np.complex64, np.complex128, np.clongdouble])
def test_no_complex_number(kind: Any) -> None:
    for f in (lambda: kind(1j) * ag.Value(1.0), lambda: kind(1j) * ag.array([1.0])):
        with pytest.raises(TypeError):
            f()


def test_sinc_has_its_derivatives_at_zero() -> None:
    # sinc(x) = 1 - (pi x)**2 / 6 + (pi x)**4 / 120 - ...
    def total(x: Any) -> Any:
        return np.sum(np.sinc(x))

    p = np.pi
    assert ag.grad(total)(np.zeros(1)).tolist() == [0.0]
    assert ag.hessian(total)(np.zeros(1))[0, 0] == pytest.approx(-p * p / 3.0, rel=1e-15)
    second = ag.hessian(lambda x: ag.hessian(total)(x)[0, 0])(np.zeros(1))
    assert second[0, 0] == pytest.approx(p**4 / 5.0, rel=1e-14)
    jitted = ag.jit(ag.hessian(total), backend="python")
    for x in (0.0, 1e-9, 0.3, 0.3183098861837907, 0.4, -2.5):
        y = p * x
        s, c = np.sin(y), np.cos(y)
        found = ag.hessian(total)(np.array([x]))[0, 0]
        if abs(y) > 0.1:
            exact = p * p * (-s / y - 2.0 * c / y**2 + 2.0 * s / y**3)
            assert found == pytest.approx(exact, rel=1e-12)
        assert jitted(np.array([x]))[0, 0] == pytest.approx(found, rel=1e-14)
        assert ag.data(np.sinc(ag.array([x])))[0] == pytest.approx(np.sinc(x), rel=1e-15, abs=1e-16)
    assert np.sinc(ag.array([[1.0, 2.0]])).shape == (1, 2)


@pytest.mark.parametrize("options", [{}, {"nan": 7.0, "posinf": 1.0, "neginf": 2.0}])
def test_nan_to_num_replaces(options: Any) -> None:
    x = np.array([1.5, np.nan, np.inf, -np.inf])
    found = np.nan_to_num(ag.array(x), **options)
    assert ag.data(found).tolist() == np.nan_to_num(x, **options).tolist()
    slopes = ag.grad(lambda x: np.sum(0.5 * np.nan_to_num(x, **options)))(x)
    assert slopes.tolist() == [0.5, 0.0, 0.0, 0.0]
    own = ag.array(x)
    np.nan_to_num(own, copy=False, **options)
    assert ag.data(own).tolist() == np.nan_to_num(x, **options).tolist()


@loop_over(
    "f",
    [
        lambda x: 1.0 / x,
        lambda x: x**0.5,
        lambda x: x**-1,
        lambda x: x**400,
        lambda x: x % 0.0,
        lambda x: x // 0.0,
        lambda x: np.power(-2.5, x),
        lambda x: np.ones_like(x) / 0.0,
    ],
)
def test_plain_numbers_among_values_follow_ieee(f: Any) -> None:
    """Python's own operators on floats raise, or make a complex number of a root."""
    numbers = np.array([1.5, 0.0, -2.5, 1e300])
    mixed = np.where(numbers == 1.5, ag.array(numbers), numbers)
    assert type(mixed[1]) is float
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of the Value
        expected, found = f(numbers), ag.data(f(mixed))
    assert found == pytest.approx(expected, rel=1e-15, nan_ok=True)


@pytest.mark.parametrize("ord", [np.inf, -np.inf])
def test_norms_by_the_largest_element_follow_the_conventions(ord: float) -> None:
    assert np.isnan(np.linalg.norm(ag.array([1.0, np.nan, 2.0]), ord).data)
    tie = np.array([2.0, -2.0])
    assert ag.grad(lambda x: np.linalg.norm(x, ord))(tie).tolist() == [0.5, -0.5]


@loop_over("ord", [1, -1, np.inf, -np.inf, "fro", np.int64(1)])
@loop_over("axis", [None, (0, 1), (1, 0)])
def test_norms_of_matrices(ord: Any, axis: Any) -> None:
    x = np.array([[1.0, -2.0, 3.5], [4.0, 5.0, -7.0]])
    for keepdims in (False, True):
        expected = np.linalg.norm(x, ord, axis, keepdims)
        found = np.linalg.norm(ag.array(x), ord, axis, keepdims)
        assert np.shape(found) == np.shape(expected)
        assert ag.data(found) == pytest.approx(expected, rel=1e-15)


def test_one_number_without_a_dimension_keeps_its_name() -> None:
    assert ag.array(3.0, name="w")[()].name == "w"
