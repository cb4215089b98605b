"""ag.array, ag.grads and ag.data."""

import copy
import pickle
import sys
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from tests.support.cases import loop_over


@loop_over(
    "numbers", [[1.0, 2.0], [[1, 2, 3], [4, 5, 6]], np.ones((2, 1, 2)), (), 3.5, [True, False]]
)
def test_a_leaf_for_every_number(numbers: Any) -> None:
    values = ag.array(numbers)
    assert values.shape == np.shape(numbers)
    assert all(v.op == "" and v.grad == 0.0 for v in values.flat)
    assert ag.data(values).tolist() == np.asarray(numbers, dtype=float).tolist()
    assert ag.data(values).dtype == ag.grads(values).dtype == float


def test_values_stay_themselves() -> None:
    x = ag.Value(3.0, name="x")
    values = ag.array([x, 2.0 * x, 1.0])
    assert values[0] is x and values[1].op == "mul" and values[2].op == ""
    again = ag.array(values)
    assert again is not values and again.tolist() == values.tolist()


def test_names_have_indices() -> None:
    assert [v.name for v in ag.array([[1.0, 2.0]], name="W").flat] == ["W[0, 0]", "W[0, 1]"]
    assert ag.array([1.0])[0].name is None


def test_grads_of_lists_and_of_arrays_that_numpy_made() -> None:
    x, y = ag.Value(3.0), ag.Value(2.0)
    (x * y).backward()
    for array in ([[x, y]], np.array([[x, y]]), ag.array([[x, y]])):
        assert ag.grads(array).tolist() == [[2.0, 3.0]]
        assert ag.data(array).tolist() == [[3.0, 2.0]]
    assert ag.data([x, 1.0, np.float32(0.5)]).tolist() == [3.0, 1.0, 0.5]


@loop_over(
    "call, error, words",
    [
        (lambda: ag.array([[1.0, 2.0], [3.0]]), ValueError, "the nested lists differ in length"),
        (lambda: ag.array(["1.0"]), TypeError, "not str '1.0'"),
        (lambda: ag.array([1j]), TypeError, "real functions"),
        (lambda: ag.array([None]), TypeError, "not NoneType"),
        (lambda: ag.grads([1.0]), TypeError, "the element 1.0: ag.grads takes Values alone"),
        (lambda: ag.data(["a"]), TypeError, "not str 'a'"),
    ],
)
def test_what_they_refuse(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("call", [ag.array, ag.grads, ag.data])
def test_without_numpy(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(ImportError, match=r'pip install "autograd_lite\[jit\]"'):
        call([1.0])


def test_copies_and_pickles() -> None:
    values = ag.array([[1.0, 2.0]])
    for twin in (copy.deepcopy(values), pickle.loads(pickle.dumps(values))):
        assert type(twin) is type(values) and twin[0, 0] is not values[0, 0]
        assert ag.data(twin).tolist() == [[1.0, 2.0]]


def test_read_while_jit_records() -> None:
    f = ag.jit(lambda x: x * float(ag.data(np.array([x]))[0] > 1.0), backend="python")
    assert [f(2.0), f(0.5), f(3.0)] == [2.0, 0.0, 3.0]


def test_transforms_and_batches_of_arrays_of_values() -> None:
    w = ag.array([1.0, 2.0])
    rows = ag.jacobian(lambda x: x * x)(w)
    assert rows.shape == (2, 2) and ag.data(rows).tolist() == [[2.0, 0.0], [0.0, 4.0]]
    mapped = ag.jit(lambda x: x * x).map(w)
    assert type(mapped) is type(rows) is type(w)
    mapped.sum().backward()
    assert ag.grads(w).tolist() == [2.0, 4.0]
