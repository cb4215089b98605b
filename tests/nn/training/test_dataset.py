"""Samples: data of any kind as two lists, as columns for compiled code, and what is refused."""

from typing import Any

import numpy as np
import pytest

from autograd_lite.nn.training.dataset import Samples, encode_one_hot, select
from tests.support.fit_runs import INPUTS, TARGETS, network, quiet


@pytest.mark.parametrize("make", [np.array, tuple, iter], ids=["array", "tuple", "iterator"])
def test_data_of_any_kind(make: Any) -> None:
    net, same = network(), network()
    assert quiet(net).loss == quiet(same, (make(INPUTS), make(TARGETS))).loss
    assert net.state_dict() == same.state_dict()


def test_a_table_gives_its_rows() -> None:
    class Table:
        def __iter__(self) -> Any:
            raise AssertionError("these are the names of the columns")

        def to_numpy(self) -> Any:
            return np.array(INPUTS)

    assert quiet(network(), (Table(), TARGETS)).loss == quiet(network()).loss


def test_columns_are_arrays_of_floats_where_there_is_a_rectangle_of_numbers() -> None:
    xs, ts = Samples("data", ([[1, 2], [3, 4]], [0.5, True])).to_columns()
    assert xs.dtype == ts.dtype == float and xs.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    for rows in ([[1.0], [2.0, 3.0]], [[1.0, None], [2.0, 3.0]], [["1"], ["2"]]):
        assert Samples("data", (rows, [0.0, 1.0])).to_columns()[0] is not None
        assert isinstance(Samples("data", (rows, [0.0, 1.0])).to_columns()[0], list)


def test_rows_of_a_list_and_of_an_array() -> None:
    assert select(["a", "b", "c"], [2, 0]) == ["c", "a"]
    assert select(np.array([1.0, 2.0, 3.0]), range(1, 3)).tolist() == [2.0, 3.0]
    assert encode_one_hot([2, 0], 3).tolist() == [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]


def test_the_digest_changes_with_any_sample() -> None:
    digest = Samples("data", (INPUTS, TARGETS)).compute_digest()
    assert digest == Samples("data", (np.array(INPUTS), np.array(TARGETS))).compute_digest()
    assert digest != Samples("data", (INPUTS, [*TARGETS[:-1], 0.0])).compute_digest()
    assert Samples("data", ([object()], [1.0])).compute_digest() is None
