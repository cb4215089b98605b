"""The order of the chain rule: results before operands, as `backward()` visits."""

from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.core.order import Order, topological_order, visit


def names(nodes: list[Any]) -> list[str]:
    return [node.name or node.op for node in nodes]


def test_visit_takes_the_latest_of_those_that_are_ready() -> None:
    operands = [[], [], [0, 1], [0, 1], [2, 3]]
    assert visit([4], operands) == [4, 3, 2, 1, 0]
    assert visit([4], operands, first=2) == [4, 3, 2]
    assert visit([2, 3], operands[:4]) == [3, 2, 1, 0]
    assert visit([], []) == []


def test_a_node_waits_for_all_that_read_it() -> None:
    # 4 reads 0 and 3, 3 reads 2 twice, 2 reads 1 and 0
    assert visit([4], [[], [], [1, 0], [2, 2], [0, 3]]) == [4, 3, 2, 0, 1]
    assert visit([1, 2, 1], [[], [0], [1]]) == [2, 1, 0]


def test_operands_come_before_results_from_left_to_right() -> None:
    x, y = Value(2.0, name="x"), Value(3.0, name="y")
    assert names(topological_order((x + 1.0) * y.sin())) == ["x", "add", "y", "sin", "mul"]
    shared = x * y
    assert names(topological_order(shared.exp() + shared)) == ["x", "y", "mul", "exp", "add"]
    assert names(topological_order(2.0 - x)) == ["x", "sub"]
    assert names(topological_order(ag.sum([x, 1.0, y]))) == ["x", "y", "sum"]
    assert names(topological_order(ag.sum([x, y, x]))) == ["y", "x", "sum"]  # x stands last


def test_it_is_the_order_of_backward(monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(Value.backward, "__code__"):
        pytest.skip("compiled classes take no recording subclass of float")
    visited: list[str] = []

    class Partial(float):
        """A partial that says when the backward pass reads it."""

        node = ""

        def __mul__(self, grad: float) -> float:
            visited.append(self.node)
            return float(self) * grad

    x = Value(0.5)
    nodes = [x]
    for k in range(40):
        a, b = nodes[(7 * k * k + 3) % len(nodes)], nodes[-1 - k % 3 % len(nodes)]
        nodes.append((a * b, a + b, a - b, a.tanh())[k % 4])
    root = ag.sum(nodes)
    for number, node in enumerate(topological_order(root)):
        if node._dx is not None:
            node._dx = Partial(node._dx)
            node._dx.node = str(number)
    root.backward()
    numbers = [int(number) for number in visited]
    assert len(numbers) > 30
    assert numbers == sorted(numbers, reverse=True)


def test_unchosen_operands_count_like_others() -> None:
    x = Value(-2.0, name="x")
    hidden = x.exp()
    y = (hidden - 100.0).relu() + hidden
    assert names(topological_order(y)) == ["x", "exp", "sub", "relu", "add"]
    assert names(topological_order(ag.where(False, hidden, x) * 2.0))[:2] == ["x", "exp"]


def test_until_leaves_out_what_lies_behind() -> None:
    x, y = Value(2.0, name="x"), Value(3.0, name="y")
    inner = (x * y).sin()
    outer = inner + y
    assert names(topological_order(outer, until=[inner])) == ["y", "add"]
    assert topological_order(inner, until=[inner]) == []


def test_stops_end_a_walk_for_derivatives() -> None:
    x = Value(2.0)
    y = ag.stop_gradient(x * x) * x
    assert [node.op for node in topological_order(y)] == ["", "mul", "stop_gradient", "mul"]
    order = Order([y], through_stops=False)
    assert [order.nodes[i].op for i in order.visits] == ["mul", "", "stop_gradient"]
    assert order.leaves == [order.numbers[id(x)]]


def test_numbers_and_edges() -> None:
    x, y = Value(2.0), Value(3.0)
    total = ag.sum([x * y, 2.0 - x, x.relu(), (-x).relu()])
    order = Order([total], [x, y])
    assert order.nodes[:3] == [x, y, total]
    for i, node in enumerate(order.nodes):
        assert order.numbers[id(node)] == i
        if i >= 2:
            pairs = [(order.numbers[id(v)], d) for v, d in node.edges()]
            assert list(order.edges(i)) == pairs
            assert [order.nodes[k] for k in order.operands[i]] == list(node.parents)
    assert order.leaves == []
    assert sorted(order.visits) == list(range(2, len(order.nodes)))


def test_a_deep_graph() -> None:
    x = Value(1.0)
    y = x
    for _ in range(100_000):
        y = y + x
    order = topological_order(y)
    assert len(order) == 100_001 and order[0] is x and order[-1] is y
