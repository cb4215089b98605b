"""Batches with Values: derivatives of sums and means, with respect to captured and given Values."""

import math
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.core.order import topological_order
from tests.support.cases import loop_over

np = pytest.importorskip("numpy")
XS = np.array([0.5, -1.5, 2.0, -0.25, 3.0, 0.75, -2.0, 1.25, 0.1])


def bent(x: Any, w: Any) -> Any:
    """Take paths with and without w."""
    if x > 1.0:
        return ag.sin(x * w) * w
    if x > 0.0:
        return x * x
    return ag.exp(w * x) if x > -1.0 else w


def sum_in_loop(f: Any, combine: Any = ag.sum) -> Any:
    """Sum, or average, a batch by a loop of eager calls."""
    return lambda w: combine([f(x, w) for x in XS.tolist()])


def flat(tree: Any) -> list[float]:
    return [y for x in tree for y in flat(x)] if isinstance(tree, (list, tuple)) else [tree]


@pytest.mark.slow
@loop_over("mean", [False, True])
@loop_over("order", [XS, XS[::-1], XS[XS > 0.0], XS[2:3]])
def test_backward_by_leaves(jit: Any, mean: bool, order: Any) -> None:
    w, v = Value(0.75), Value(9.0)
    total = ag.mean if mean else ag.sum
    expected = total([bent(x, w) for x in order.tolist()])
    wanted = ag.grad(lambda u: total([bent(x, u) for x in order.tolist()]))(0.75)
    captured, given = jit(lambda x: bent(x, w)), jit(bent)
    for k in range(3):
        nodes = [
            captured.mean(order) if mean else captured.sum(order),
            (given.mean if mean else given.sum)(order, w, in_axes=(0, None)),
        ]
        for node in nodes:
            assert node.data == pytest.approx(expected.data, rel=1e-14)
            w.grad = 100.0  # backward adds to what is there
            node.backward()
            assert w.grad == pytest.approx(100.0 + wanted, rel=1e-14)
            node.backward()
            assert w.grad == pytest.approx(100.0 + 2.0 * wanted, rel=1e-14)
            (node * v + node).backward()
            assert w.grad == pytest.approx(100.0 + 12.0 * wanted, rel=1e-14)
        assert v.grad == pytest.approx(2 * (k + 1) * expected.data, rel=1e-14)


def test_one_node_whatever_the_batch(jit: Any) -> None:
    w, v = Value(0.75), Value(1.5)
    f = jit(lambda x, v: x * w * v if x > 0.0 else v)
    for _ in range(2):
        node = f.sum(XS, v, in_axes=(0, None))
        assert node.op == "jit(<lambda>).sum" and set(node.parents) == {w, v}
        assert len(topological_order(node)) == 3
    assert f.mean(XS, v, in_axes=(0, None)).op == "jit(<lambda>).mean"
    with pytest.raises(TypeError, match="cannot pickle a node"):
        pickle.dumps(node)


def test_interior_values(jit: Any) -> None:
    u = Value(0.5)
    w = u * u + 0.5
    for f, args in ((jit(lambda x: bent(x, w)), ()), (jit(bent), (w,))):
        in_axes = (0, None)[: 1 + len(args)]
        for _ in range(3):
            u.grad = 0.0
            f.mean(XS, *args, in_axes=in_axes).backward()
            slope = ag.grad(sum_in_loop(bent, ag.mean))(0.75)
            assert u.grad == pytest.approx(slope, rel=1e-14)


def test_one_value_given_and_captured(jit: Any) -> None:
    w = Value(2.0)
    f = jit(lambda x, v, u: x * v * w * u)
    for _ in range(2):
        w.grad = 0.0
        f.sum(np.array([1.0, 2.0]), w, w, in_axes=(0, None, None)).backward()
        assert w.grad == 36.0


TRANSFORMS: dict[str, Callable[[Any], Callable[[Any], Any]]] = {
    "grad": ag.grad,
    "value_and_grad": ag.value_and_grad,
    "second": lambda f: ag.grad(ag.grad(f)),
    "third": lambda f: ag.grad(ag.grad(ag.grad(f))),
    "hessian": ag.hessian,
    "jvp": lambda f: lambda w: ag.jvp(f, (w,), (2.0,)),
    "hvp": lambda f: lambda w: ag.hvp(f, w, 2.0),
    "vjp": lambda f: lambda w: ag.vjp(f, w)[1](2.0),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("mean", [False, True])
def test_transforms(jit: Any, name: str, mean: bool) -> None:
    transform, f = TRANSFORMS[name], jit(bent)
    call = f.mean if mean else f.sum
    wanted = flat(transform(sum_in_loop(bent, ag.mean if mean else ag.sum))(0.75))

    def batched(w: Any) -> Any:
        return call(XS, w, in_axes=(0, None))

    ways = [transform(batched), jit(transform(batched)), transform(jit(batched))]
    for way in ways:
        for _ in range(2):
            assert flat(way(0.75)) == pytest.approx(wanted, rel=1e-13)


def test_several_numbers_are_a_node_each(jit: Any) -> None:
    w = Value(0.75)

    def f(x: Any) -> Any:
        return {"a": bent(x, w), "b": [x, w > x, 2.5], "c": w * x if x > 0.0 else 1.5}

    slope, jitted = ag.grad(sum_in_loop(bent))(0.75), jit(f)
    for _ in range(2):
        w.grad = 0.0
        found = jitted.sum(XS)
        numbers = [float(getattr(x, "data", x)) for x in (found["a"], *found["b"], found["c"])]
        wanted = [sum_in_loop(bent)(0.75), XS.sum(), (XS < 0.75).sum(), 2.5 * len(XS)]
        assert numbers[:4] == pytest.approx(wanted, rel=1e-14)
        (found["a"] * 2.0 + found["c"]).backward()
        assert w.grad == pytest.approx(2.0 * slope + XS[XS > 0.0].sum(), rel=1e-14)


def test_map_makes_a_node_for_each_sample(jit: Any) -> None:
    w = Value(0.75)
    for order in (XS, XS[::-1], XS[XS <= 0.0]):
        given = jit(bent).map(order, w, in_axes=(0, None))
        for found in (jit(lambda x: bent(x, w)).map(order), given):
            assert found.dtype == object
            for x, y in zip(order.tolist(), found, strict=True):
                assert getattr(y, "data", y) == bent(x, 0.75)
            w.grad = 0.0
            ag.sum(found.tolist()).backward()
            slope = ag.grad(lambda u, order=order: ag.sum([bent(x, u) for x in order.tolist()]))
            assert w.grad == pytest.approx(slope(0.75), rel=1e-14)


def test_a_sum_whose_first_path_captures_nothing(jit: Any) -> None:
    w = Value(2.0)
    f = jit(lambda x: w * x if x > 0.0 else x)
    for order in ([-1.0, 2.0], [2.0, -1.0]):
        f(-1.0), f.map([-1.0])
        w.grad = 0.0
        f.sum(order).backward()
        assert w.grad == 2.0
        assert [type(y) for y in f.map(sorted(order))] == [float, Value]


def test_columns_of_values(jit: Any) -> None:
    values = [Value(x) for x in XS.tolist()]
    slopes = [ag.grad(bent)(x, 0.75) for x in XS.tolist()]
    for column in (values, tuple(values), np.array(values, dtype=object)):
        for call in (jit(bent).sum, jit(bent).mean, lambda *a, **k: ag.sum(jit(bent).map(*a, **k))):
            for x in values:
                x.grad = 0.0
            total = call(column, 0.75, in_axes=(0, None))
            total.backward()
            scale = total.data / sum_in_loop(bent)(0.75)
            wanted = [scale * slope for slope in slopes]
            assert [x.grad for x in values] == pytest.approx(wanted, rel=1e-13)
    pairs = np.array([values[:2], [1.0, values[2]]], dtype=object)
    assert jit(lambda p: p[0] * p[1]).sum(pairs, in_axes=1).data == 0.5 - 1.5 * 2.0


def test_no_grad(jit: Any) -> None:
    w, f = Value(0.75), jit(bent)
    with ag.no_grad():
        for _ in range(2):
            found = [*f.map(XS, w, in_axes=(0, None)), f.sum(XS, w, in_axes=(0, None))]
            nodes = [y for y in found if isinstance(y, Value)]
            assert not any(y.parents for y in nodes)
            wanted = [bent(x, 0.75) for x in XS.tolist()]
            numbers = [y.data if isinstance(y, Value) else y for y in found]
            assert numbers == pytest.approx([*wanted, sum(wanted)], rel=1e-14)
    f.sum(XS, w, in_axes=(0, None)).backward()
    assert w.grad == pytest.approx(ag.grad(sum_in_loop(bent))(0.75), rel=1e-14)


def test_detect_anomaly(jit: Any) -> None:
    w = Value(0.75)
    f, g = jit(lambda x: bent(x, w)), jit(lambda x: ag.log(x) * w)
    f.sum(XS), g.sum(XS[:1])
    with ag.detect_anomaly():
        assert f.mean(XS).data == pytest.approx(sum_in_loop(bent, ag.mean)(0.75), rel=1e-14)
        for call in (g.map, g.sum, g.mean):
            with pytest.raises(FloatingPointError, match="test_fused"):
                call(XS)


def test_inside_another_trace(jit: Any) -> None:
    inner = jit(bent)
    outer = jit(
        lambda w, xs: inner.mean(xs, w, in_axes=(0, None)) * w + inner.sum([], w, in_axes=(0, None))
    )
    mapped = jit(lambda w, xs: ag.sum(inner.map(xs, w, in_axes=(0, None)).tolist()))
    for w in (0.75, 1.25, -0.5):
        assert outer(w, XS) == pytest.approx(sum_in_loop(bent, ag.mean)(w) * w, rel=1e-13)
        assert mapped(w, XS) == pytest.approx(sum_in_loop(bent)(w), rel=1e-13)
        assert ag.grad(mapped)(w, XS) == pytest.approx(ag.grad(sum_in_loop(bent))(w), rel=1e-13)
    rows = outer.map([0.75, 1.25], XS, in_axes=(0, None))
    assert rows[1] == pytest.approx(sum_in_loop(bent, ag.mean)(1.25) * 1.25, rel=1e-13)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@loop_over(
    "f",
    [
        lambda x, w: ag.where(x > 0.0, ag.log(x) * w, w * x),
        lambda x, w: ag.where(x * w > 0.0, ag.sqrt(x * w), w),
        lambda x, w: ag.where(x != 0.0, w / x, w * w) if x < 5.0 else w,
        lambda x, w: ag.where(abs(x) < 1.0, x * w, ag.exp(1000.0 * x * x * w)) * 0.5,
        lambda x, w: ag.sqrt(ag.relu(x * w)) if x > 0.0 else ag.relu(x * w),
    ],
)
def test_nothing_reaches_inactive_operands(jit: Any, f: Any) -> None:
    """There 0 * inf would be nan."""
    xs = np.array([0.0, -1.0, 0.5, 0.0, -3.0, 0.25, -0.0])
    w = Value(0.75)
    slope = math.fsum([ag.grad(f, 1)(x, 0.75) for x in xs.tolist()])
    captured, given = jit(lambda x: f(x, w)), jit(f)
    for _ in range(3):
        for node in (captured.sum(xs), given.sum(xs, w, in_axes=(0, None))):
            w.grad = 0.0
            node.backward()
            assert np.isclose(w.grad, slope, rtol=1e-13, equal_nan=True)
