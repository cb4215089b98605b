"""Structures of numbers: flattened, rebuilt and refused."""

from collections import namedtuple
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from autograd_lite import Value
from autograd_lite.transforms.pytree import flatten, match_leaves, nest_rows
from tests.support.cases import loop_over

Point = namedtuple("Point", ["x", "y"])


@loop_over(
    "tree, leaves",
    [
        (3, [3.0]),
        (3.5, [3.5]),
        (True, [1.0]),
        (Fraction(1, 4), [0.25]),
        (np.float32(0.5), [0.5]),
        ([], []),
        ([1, 2.0], [1.0, 2.0]),
        ((1.0, (2.0,)), [1.0, 2.0]),
        (Point(1.0, 2.0), [1.0, 2.0]),
        ({"w": [1.0, 2.0], "b": 3.0}, [1.0, 2.0, 3.0]),
        ({1: {(2, 3): Point([4.0], {"z": 5.0})}}, [4.0, 5.0]),
    ],
)
def test_flatten_and_rebuild(tree: Any, leaves: list[float]) -> None:
    found, rebuild = flatten(tree)
    assert found == leaves
    assert all(type(x) is float for x in found)
    again = rebuild(found)
    assert again == tree
    assert isinstance(again, type(tree)) or not isinstance(tree, (list, tuple, dict))


@loop_over("shape", [(), (0,), (3,), (2, 3), (0, 2), (1, 2, 1)])
@loop_over("dtype", [float, int, object])
def test_arrays_keep_their_shape(shape: tuple[int, ...], dtype: type) -> None:
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    leaves, rebuild = flatten(array)
    again = rebuild(leaves)
    assert again.shape == shape
    assert again.dtype == float
    assert np.array_equal(again, array.astype(float))


def test_an_array_in_column_order_is_read_by_rows() -> None:
    array = np.asfortranarray([[1.0, 2.0], [3.0, 4.0]])
    leaves, rebuild = flatten(array)
    assert leaves == [1.0, 2.0, 3.0, 4.0]
    assert np.array_equal(rebuild(leaves), array)


@pytest.mark.parametrize("shape", [(), (2,), (2, 1)])
def test_values_make_object_arrays(shape: tuple[int, ...]) -> None:
    own = np.empty(shape, dtype=object)
    own.fill(Value(2.0))
    leaves, rebuild = flatten(own)
    assert all(isinstance(x, Value) for x in leaves)
    again = rebuild(leaves)
    assert again.dtype == object and again.shape == shape
    mixed = flatten(np.zeros(2))[1]([1.0, Value(2.0)])
    assert mixed.dtype == object and mixed[0] == 1.0


@loop_over(
    "tree, place",
    [
        ("text", "argument cannot"),
        (None, "argument cannot"),
        (1j, "argument cannot"),
        ({"w": [1.0, "2"]}, r"argument\['w'\]\[1\] cannot"),
        (np.array([[1.0, None]], dtype=object), r"argument\[0, 1\] cannot"),
        (np.array(["a"]), r"argument\[0\] cannot"),
        ({1.0, 2.0}, "argument cannot"),
    ],
)
def test_what_is_no_number_is_refused_by_its_place(tree: Any, place: str) -> None:
    with pytest.raises(TypeError, match=place):
        flatten(tree)


def test_a_structure_that_contains_itself_is_refused() -> None:
    loop: list[Any] = [1.0]
    loop.append(loop)
    with pytest.raises(TypeError, match="contains itself"):
        flatten(loop)
    shared = [1.0]
    assert flatten([shared, shared])[0] == [1.0, 1.0]


def test_the_order_of_keys_does_not_matter() -> None:
    like = {"a": [1.0, 2.0], "b": {"c": 3.0, "d": 4.0}}
    other = {"b": {"d": 40.0, "c": 30.0}, "a": [10.0, 20.0]}
    assert match_leaves(other, like, "it", "that") == [10.0, 20.0, 30.0, 40.0]
    assert match_leaves([{"y": 1.0, "x": 2.0}], [{"x": 0, "y": 0}], "it", "that") == [2.0, 1.0]


@loop_over(
    "tree, like",
    [
        (1.0, [1.0]),
        ([1.0], 1.0),
        ([1.0, 2.0], [1.0]),
        ([1.0] * 5, [1.0] * 6),
        ([[1.0], 2.0], [1.0, [2.0]]),
        ({"a": 1.0}, {"b": 1.0}),
        ({"a": 1.0}, {"a": 1.0, "b": 1.0}),
        ({"a": [1.0]}, {"a": 1.0}),
        (np.zeros(3), np.zeros((3, 1))),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        ([0.0, 0.0, 0.0], np.zeros(3)),
        (np.zeros(1), 1.0),
    ],
)
def test_another_structure_is_refused(tree: Any, like: Any) -> None:
    with pytest.raises(ValueError, match=r"it has the structure .*, but that has"):
        match_leaves(tree, like, "it", "that")


def test_a_zero_dimensional_array_is_a_number() -> None:
    assert match_leaves(np.array(2.0), 1.0, "it", "that") == [2.0]


def test_rows_in_the_structures_of_both() -> None:
    rows = [[1.0, 2.0], [3.0, 4.0]]
    assert nest_rows(rows, [0, 0], [0, 0]) == rows
    assert nest_rows(rows, (0, 0), {"a": 0, "b": 0}) == ({"a": 1, "b": 2}, {"a": 3, "b": 4})
    assert np.array_equal(nest_rows(rows, np.zeros((2, 1)), np.zeros(2)), [[[1, 2]], [[3, 4]]])
    by_part = nest_rows(rows, np.zeros(2), [0, 0])
    assert [x.tolist() for x in by_part] == [[1.0, 3.0], [2.0, 4.0]]
