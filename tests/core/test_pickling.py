"""Pickling and deep copies of deep graphs, with sharing kept."""

import copy
import pickle

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.core.order import topological_order
from tests.support.cases import loop_over

DEPTH = 100_000


def chain(x):
    y = x
    for _ in range(DEPTH):
        y = y * 1.0 + 0.0
    return y


@pytest.mark.slow
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_deep_graphs(duplicate):
    x = Value(3.0, name="x")
    twin = duplicate(chain(x) * x)
    leaves = [v for v in topological_order(twin) if v.op == ""]
    assert len(leaves) == 1 and leaves[0].name == "x" and leaves[0] is not x
    twin.backward()
    assert leaves[0].grad == 6.0 and x.grad == 0.0


@loop_over("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_values_of_one_dump_keep_what_they_share(protocol):
    x = Value(3.0)
    a = x * x
    b = ag.sum([a, x, 2.0]).relu()
    leaf, first, second = pickle.loads(pickle.dumps([x, a, b], protocol))
    assert first.parents[0] is first.parents[1] is leaf
    assert second.parents[0].parents[0] is first
    second.backward()
    assert leaf.grad == 7.0


def test_later_values_first():
    x = Value(3.0)
    a = x * x
    b = a.exp()
    again = pickle.loads(pickle.dumps({"b": b, "a": a, "x": x}))
    assert again["b"].parents[0] is again["a"] and again["a"].parents[0] is again["x"]


def test_a_second_dump_sees_the_present_data():
    x = Value(3.0)
    y = x * 2.0
    first = pickle.dumps(y)
    x.data, x.grad = 5.0, 1.0
    assert pickle.loads(pickle.dumps(y)).parents[0].data == 5.0
    assert pickle.loads(first).parents[0].data == 3.0


def test_unchosen_operands_and_constants_survive():
    x = Value(-1.0)
    y = pickle.loads(pickle.dumps(ag.where(False, x.exp(), 2.0 - x)))
    leaf = y.parents[1].parents[0]
    y.backward()
    assert leaf.grad == -1.0 and y.parents[1].operands[0] == 2.0


@ag.primitive(partials=[lambda x, y: 3.0 * x * x])
def cube(x):
    return x * x * x


def test_a_users_primitive_is_found_again(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, cube.module, type(sys)("m"))
    sys.modules[cube.module].cube = cube
    data = pickle.dumps(cube(Value(2.0)))
    assert pickle.loads(data).primitive is cube
    monkeypatch.delattr(sys.modules[cube.module], "cube")
    with pytest.raises(AttributeError, match="cube"):
        pickle.loads(data)
