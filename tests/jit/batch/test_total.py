"""Results of `.sum` and `.mean`: each number of f's result summed, with its partials."""

from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value

np = pytest.importorskip("numpy")
X = np.array([0.5, -1.0, 2.0, 0.25, -3.0])


def two_ways(x: Any, w: Any) -> Any:
    return {"a": x * w * w if x > 0.0 else x - w, "n": 2.0}


def test_each_number_of_a_structure(jit: Any) -> None:
    f = jit(lambda x: two_ways(x, 3.0))
    rows = [two_ways(x, 3.0) for x in X.tolist()]
    assert f.sum(X) == {"a": pytest.approx(sum(r["a"] for r in rows)), "n": 10.0}
    assert f.mean(X) == {"a": pytest.approx(sum(r["a"] for r in rows) / 5.0), "n": 2.0}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sum", "mean"])
def test_partials_of_samples_on_different_paths_are_added(jit: Any, kind: str) -> None:
    """By a captured Value, by one that is the same for all, and by one that is both."""
    expected = sum(ag.grad(lambda w, x=x: two_ways(x, w)["a"])(1.5) for x in X.tolist())
    expected /= 5.0 if kind == "mean" else 1.0
    w = Value(1.5)
    for _ in range(3):
        captured = getattr(jit(lambda x: two_ways(x, w)["a"]), kind)(X)
        given = getattr(jit(lambda x, v: two_ways(x, v)["a"]), kind)(X, w, in_axes=(0, None))
        both = getattr(jit(lambda x, v: two_ways(x, v)["a"] + w), kind)(X, w, in_axes=(0, None))
        for node, more in ((captured, 0.0), (given, 0.0), (both, 5.0 if kind == "sum" else 1.0)):
            w.grad = 0.0
            node.backward()
            assert w.grad == pytest.approx(expected + more)


def test_no_sample(jit: Any) -> None:
    w = Value(2.0)
    f = jit(lambda x: x * w)
    empty = f.sum(np.empty(0))
    empty.backward()
    assert empty.data == 0.0 and w.grad == 0.0
    with pytest.raises(ValueError, match="over an empty batch"):
        f.mean([])


def test_under_no_grad_it_is_a_leaf(jit: Any) -> None:
    w = Value(2.0)
    with ag.no_grad():
        total = jit(lambda x: x * w).sum(X)
    assert total.data == pytest.approx(2.0 * X.sum()) and not total.parents


def test_samples_that_are_values_are_nodes_of_their_own(jit: Any) -> None:
    xs = [Value(x) for x in X.tolist()]
    jit(lambda x: x * x).sum(xs).backward()
    assert [x.grad for x in xs] == pytest.approx((2.0 * X).tolist())
