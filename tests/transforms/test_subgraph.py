"""What lies between inputs and outputs: which nodes count, and in what the derivatives come."""

import math

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.transforms.subgraph import Subgraph


def test_derivatives_of_what_was_recorded_already() -> None:
    x, y = Value(2.0), Value(3.0)
    product = x * y
    between = Subgraph([x, y], [product, product + x, 7.0], as_values=True)
    assert [d.data for d in between.pull([1.0, 10.0, 5.0])] == [43.0, 22.0]
    assert [d.data for d in between.push([1.0, 0.0])] == [3.0, 4.0, 0.0]
    assert all(isinstance(d, Value) for d in between.pull([1.0, 0.0, 0.0]))
    assert [v.grad for v in (x, y, product)] == [0.0, 0.0, 0.0]


def test_floats_unless_a_value_from_outside_matters() -> None:
    x, w = Value(2.0), Value(3.0)
    assert Subgraph([x], [x * x], as_values=False).pull([1.0]) == [4.0]
    outside = Subgraph([x], [x * w], as_values=False)
    assert outside.as_values
    [slope] = outside.pull([1.0])
    slope.backward()
    assert (slope.data, w.grad) == (3.0, 1.0)


def test_the_walk_ends_at_the_inputs() -> None:
    x = Value(2.0)
    middle = x * x
    between = Subgraph([middle], [middle.exp() + middle], as_values=False)
    assert len(between.nodes) == 2 and not between.as_values
    assert between.pull([1.0]) == [math.exp(4.0) + 1.0]


def test_what_is_inactive_or_leads_nowhere_is_no_node() -> None:
    x = Value(0.5)
    constant = Value(2.0).exp()
    hidden = (x * 3.0).exp()
    y = ag.where(True, x * constant, hidden) + ag.stop_gradient(hidden)
    between = Subgraph([x], [y], as_values=False)
    assert len(between.nodes) == 3  # the product, the choice and the sum
    assert between.pull([1.0])[0].data == constant.data


def test_an_output_may_be_an_input_or_stand_twice() -> None:
    x = Value(2.0)
    y = x * x
    between = Subgraph([x], [x, y, y], as_values=False)
    assert between.pull([1.0, 1.0, 1.0]) == [9.0]
    assert between.push([1.0]) == [1.0, 4.0, 4.0]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_plain_zero_is_left_out_whatever_it_meets() -> None:
    x = Value(0.0)
    between = Subgraph([x], [x.sqrt(), x * 2.0], as_values=False)
    assert between.pull([0.0, 1.0]) == [2.0]
    assert between.push([0.0]) == [0.0, 0.0]


def test_detect_anomaly_looks_at_active_nodes_alone() -> None:
    x, w = Value(0.0), Value(0.0)
    steep = Subgraph([x], [x * 1e300 * 1e10], as_values=False)
    for call in (lambda: steep.pull([1.0]), lambda: steep.push([1.0])):
        assert call() == [math.inf]
        with pytest.raises(FloatingPointError, match="it is inf"), ag.detect_anomaly():
            call()
    harmless = Subgraph([x], [x + w.sqrt()], as_values=False)  # steep with respect to w alone
    with ag.detect_anomaly():
        [slope] = harmless.pull([1.0])
    assert slope.data == 1.0
