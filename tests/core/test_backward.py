"""The reverse sweep: any depth, any sharing, called again, and memory given back."""

import gc
import math
import sys
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.core import backward
from autograd_lite.core.order import topological_order

COMPILED = not hasattr(Value.backward, "__code__")  # by mypyc; see docs/compiled-core.md

DEEP = 1_000_000


@pytest.mark.slow
def test_a_chain_of_a_million_nodes_and_its_memory():
    assert sys.getrecursionlimit() <= 1000 or "pytest" in sys.modules
    x = Value(1.0)
    gc.collect()
    gc.disable()  # so that what is freed is freed by reference counts alone
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        y = x
        for _ in range(DEEP):
            y = y + 1.0
        y.backward()
        per_node = (tracemalloc.get_traced_memory()[0] - before) / DEEP
        assert (x.grad, y.data) == (1.0, DEEP + 1.0)
        del y
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
        gc.enable()
    assert per_node <= 200
    assert after - before < 10_000


def test_no_reference_cycles():
    gc.collect()
    x = Value(2.0)
    y = ag.sum([x.relu() * x, ag.maximum(x, 1.0), ag.where(x > 1.0, x, x.log())])
    y.backward()
    del y
    assert gc.collect() == 0


@pytest.mark.slow
def test_a_fan_out_of_a_million():
    x = Value(2.0)
    y = ag.sum([x * 1.0 for _ in range(DEEP // 2)]) + ag.sum([x] * (DEEP // 2))
    y.backward()
    assert x.grad == DEEP
    assert y.parents[1].partials[:2] == (1.0, 1.0)


def test_calling_twice_doubles_leaves_and_nothing_else():
    x, y = Value(3.0), Value(2.0)
    product = x * y
    root = product.sin() + product
    root.backward()
    once = x.grad, y.grad, product.grad, root.grad
    root.backward()
    assert (x.grad, y.grad) == (2 * once[0], 2 * once[1])
    assert (product.grad, root.grad) == (once[2], once[3])


def test_two_roots_share_a_subexpression():
    x = Value(3.0)
    shared = x * x
    a, b = shared * 2.0, shared * 5.0
    a.backward()
    b.backward()
    assert shared.grad == 5.0
    assert x.grad == 12.0 + 30.0


def test_a_root_that_is_a_leaf():
    x = Value(3.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0


def test_a_leaf_changed_after_the_forward_pass():
    x = Value(3.0)
    y = x * x
    x.data = 100.0
    y.backward()
    assert x.grad == 6.0


def test_an_inner_node_as_root_of_a_larger_graph():
    x = Value(3.0)
    h = x * 2.0
    y = h * h
    y.backward()
    h.backward()
    assert h.grad == 1.0 and x.grad == 24.0 + 2.0
    assert y.grad == 1.0  # not an ancestor of h


@pytest.mark.skipif(COMPILED, reason="compiled calls are not patched")
def test_an_interrupt_leaves_no_counts_behind(monkeypatch):
    x = Value(2.0)
    y = x * x
    for _ in range(10):
        y = y * 0.5 + y * 0.25

    def interrupted(root):
        root._x.grad += 1.0
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(backward, "_propagate", interrupted)
        with pytest.raises(KeyboardInterrupt):
            y.backward()
    assert all(v._pending == 0 for v in topological_order(y))
    x.grad = 0.0
    y.backward()
    assert x.grad == pytest.approx(4.0 * 0.75**10, rel=1e-14)


def test_an_infinite_gradient_through_a_jitted_call_leaves_no_counts_behind():
    f = ag.jit(lambda x, w: ag.where(x >= 0.0, x, w), backend="python")
    x, z = Value(0.0), Value(1.0)
    w = z * 2.0
    y = ag.sqrt(f(x, w)) + w
    for _ in range(2):
        x.grad = z.grad = 0.0
        y.backward()
        assert (x.grad, z.grad, w._pending) == (math.inf, 2.0, 0)


def test_an_anomaly_leaves_the_gradients_of_leaves_alone():
    x, y = Value(1e-10), Value(1.0)
    x.grad, y.grad = 0.5, 1.7e308
    with ag.detect_anomaly():
        with pytest.raises(FloatingPointError, match="the sum of 2 contributions overflows"):
            (x * 1e308 + x * 1e308).backward()
        with pytest.raises(FloatingPointError, match=r"to the grad that was there, 1\.7e"):
            (y * 1e308 + x).backward()
        assert (x.grad, y.grad) == (0.5, 1.7e308)
        y.grad = math.inf  # of an earlier sweep, not of this one
        (x * y).backward()
    assert (x.grad, y.grad) == (1.5, math.inf)


def test_detect_anomaly_adds_in_the_same_order():
    grads = []
    for check in (False, True):
        x = Value(0.1)
        x.grad = 1e16
        y = x * 1.0 + x * 1.0 + x * 1.0
        if check:
            with ag.detect_anomaly():
                y.backward()
        else:
            y.backward()
        grads.append(x.grad)
    assert grads == [1e16, 1e16]  # 1e16 + 1.0 is 1e16, and 1e16 + 3.0 is not


def test_topological_order():
    x = Value(1.0)
    a = x + 1.0
    b = a * x
    c = b + a
    order = topological_order(c, a)
    assert [id(v) for v in order] == [id(v) for v in (x, a, b, c)]
    assert topological_order() == []


MAKERS = (
    lambda a, b: a + b,
    lambda a, b: a * b,
    lambda a, b: a.tanh(),
    lambda a, b: ag.maximum(a, b),
    lambda a, b: ag.dot([a, b, 1.5], [b, 0.5, a]),
    lambda a, b: (a - 0.25).relu(),
)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 100), st.integers(0, 100)), max_size=40)
)
def test_random_graphs_against_the_recursive_definition(program):
    """d(root)/d(v) is the sum over v's consumers of their adjoint times their partial."""
    nodes = [Value(0.5), Value(-1.25), Value(2.0)]
    for op, i, j in program:
        a, b = nodes[i % len(nodes)], nodes[j % len(nodes)]
        nodes.append(MAKERS[op](a, b).tanh())
    root = nodes[-1]
    order = topological_order(root)
    root.backward()
    adjoint = {id(root): 1.0}
    for node in reversed(order):
        for parent, partial in zip(node.parents, node.partials, strict=True):
            adjoint[id(parent)] = adjoint.get(id(parent), 0.0) + partial * adjoint[id(node)]
    for v in order:
        assert math.isclose(v.grad, adjoint[id(v)], rel_tol=1e-12, abs_tol=1e-300)
