"""The data of many nodes set at once: all of them or none."""

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.core.updates import set_data


def test_all_are_set_and_what_comes_with_them_runs() -> None:
    leaves, seen = [Value(1.0), Value(2.0)], []
    set_data(leaves, [3, 4.5], map(seen.append, "ab"))
    assert [x.data for x in leaves] == [3.0, 4.5]
    assert [type(x.data) for x in leaves] == [float, float] and seen == ["a", "b"]


def test_a_number_that_is_none_sets_nothing() -> None:
    leaves = [Value(1.0), Value(2.0)]
    with pytest.raises(TypeError, match="str"):
        set_data(leaves, [3.0, "4.0"])
    assert [x.data for x in leaves] == [1.0, 2.0]


def test_a_recorded_function_must_not_set_data() -> None:
    leaf = Value(1.0)

    def f(x: Value) -> Value:
        set_data([leaf], [5.0])
        return x * leaf

    with pytest.raises(TypeError, match=r"setting \.data"):
        ag.jit(f, backend="python")(2.0)
    assert leaf.data == 1.0
