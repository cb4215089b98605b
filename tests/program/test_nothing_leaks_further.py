"""Untaken branches never affect gradients: jitted nodes, batches, copies and contexts."""

import copy
import pickle
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest

import autograd_lite as ag
from tests.support.cases import loop_over
from tests.support.untaken import (
    CASES,
    Clip,
    Max,
    W,
    backward,
    check,
    forward,
    inf,
    plain_log,
    same,
    swept,
)

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")


BACKENDS = ["python", pytest.param("llvm", marks=NO_LLVM)]


def unchosen(x: Any) -> Any:
    return W(x < 1.0, x * x, ag.sqrt(x))


def test_gradients_of_an_earlier_sweep_are_cleared() -> None:
    x = ag.Value(0.0)
    root = ag.sqrt(x)
    other = root * 2.0
    (other + 1.0).backward()
    assert (x.grad, root.grad, other.grad) == (inf, 2.0, 1.0)
    for y in (W(True, x * 1.0, other), Max(x * 1.0, other - 5.0), Clip(x * 1.0, other - 5.0, 9.0)):
        x.grad = 0.0
        y.backward()
        assert (x.grad, root.grad, other.grad) == (1.0, 0.0, 0.0)
        x.grad = 0.0
        (other + 1.0).backward()


def test_copies_choose_as_the_original() -> None:
    x = ag.Value(0.0)
    pair = [x, unchosen(x) + x]
    for leaf, y in (pickle.loads(pickle.dumps(pair)), copy.deepcopy(pair), [x, copy.copy(pair[1])]):
        y.backward()
        assert leaf.grad == 1.0


def test_detect_anomaly_lets_it_pass() -> None:
    with ag.detect_anomaly():
        check(unchosen, 0.0, 0.0, 2.0)
        with pytest.raises(FloatingPointError):
            ag.sqrt(ag.Value(0.0)).backward()


@pytest.mark.parametrize("backend", [None, "python"])
def test_a_partial_of_numbers_alone(backend: str | None) -> None:
    def f(x: Any) -> Any:
        return Max(x * x, plain_log(x))

    g = ag.jit(f, backend=backend) if backend else f
    assert [backward(g)(0.0), ag.grad(g)(0.0), forward(g)(0.0)] == [0.0] * 3
    if backend:
        slope = ag.jit(ag.grad(f), backend=backend)
        assert slope(0.5) == 1.0 and slope(0.0) == 0.0
        assert slope.map([0.0, 0.5, 0.0]).tolist() == [0.0, 1.0, 0.0]


BATCH = [1.0, 2.0, 3.0, 4.0, 5.0]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", ["sum", "mean"])
def test_sums_over_a_batch(kind: str, backend: str) -> None:
    """By a Value for all samples, and by one from outside; later calls take a short way."""
    z = ag.Value(0.0)

    def inside(x: Any, w: Any) -> Any:
        return W(x > 0.0, x * x + w, ag.sqrt(w))

    given = ag.jit(inside, backend=backend)
    captured = ag.jit(lambda x: inside(x, z), backend=backend)
    slope = 5.0 if kind == "sum" else 1.0
    for _ in range(3):
        for y in (
            getattr(given, kind)(BATCH, z, in_axes=(0, None)),
            getattr(captured, kind)(BATCH),
        ):
            z.grad = 0.0
            y.backward()
            assert z.grad == slope

    def total(w: Any) -> Any:
        return getattr(given, kind)(BATCH, w * w, in_axes=(0, None))

    assert ag.grad(total)(0.0) == 0.0 and ag.grad(ag.grad(total))(0.0) == 2.0 * slope
    z.grad = 0.0
    getattr(captured, kind)([1.0, -1.0]).backward()  # chosen once: now it counts
    assert z.grad == inf


@pytest.mark.parametrize("backend", BACKENDS)
def test_samples_choose_for_themselves(backend: str) -> None:
    points = [0.0, 0.5, 4.0, 0.0, 9.0, 1.0, -3.0]
    first, second = [0.0, 1.0, 0.25, 0.0, 1.0 / 6.0, 0.5, -6.0], [2.0, 2.0, -1 / 32, 2.0, -1 / 108]
    slopes = ag.jit(ag.grad(unchosen), backend=backend).map(points)
    assert slopes.tolist() == pytest.approx(first, rel=1e-14)
    curves = ag.jit(ag.grad(ag.grad(unchosen)), backend=backend).map(points[:5])
    assert curves.tolist() == pytest.approx(second, rel=1e-14)
    total = ag.jit(ag.grad(unchosen), backend=backend)
    assert total.sum(points) == pytest.approx(sum(first), rel=1e-14)


@pytest.mark.parametrize("backend", [None, *BACKENDS])
def test_an_infinite_adjoint_at_a_jitted_node(backend: str | None) -> None:
    """It meets what was not chosen, which has another way to the result."""

    def choose(x: Any, w: Any) -> Any:
        return W(x >= 0.0, x, w)

    f = ag.jit(choose, backend=backend) if backend else choose
    x, z = ag.Value(0.0), ag.Value(1.0)
    w = z * 2.0
    for _ in range(2):
        x.grad = z.grad = 0.0
        (ag.sqrt(f(x, w)) + w).backward()
        assert (x.grad, w.grad, z.grad) == (inf, 1.0, 2.0)
    z.grad = 0.0
    (w * 3.0).backward()
    assert z.grad == 6.0


CHOICES: dict[str, Callable[[Any, Any], Any]] = {
    "where": lambda x, w: W(x > 0.0, x * x, w),
    "if": lambda x, w: x * x if x > 0.0 else w,
    "maximum": lambda x, w: Max(x * x, w - 1.0),
    "relu": lambda x, w: x * x + ag.relu(w - 1.0),
    "twice": lambda x, w: W(x > 0.0, x * x, w) + W(x < 0.0, w, 0.0),
}


@pytest.mark.parametrize(
    ("name", "backend"),
    [
        *((name, backend) for name in CHOICES for backend in (None, "python")),
        pytest.param("where", "llvm", marks=NO_LLVM),
    ],
)
def test_an_operand_of_a_jitted_node(name: str, backend: str | None) -> None:
    """What the compiled function did not choose was computed outside it, at a pole."""
    choose = CHOICES[name]
    f = ag.jit(choose, backend=backend) if backend else choose
    several = ag.jit(lambda x, w: [choose(x, w), x], backend=backend) if backend else None

    def whole(p: Any) -> Any:
        return f(p[0], ag.sqrt(p[1]))

    point = [2.0, 0.0]
    assert swept(lambda v: whole(v[:2]))([*point, 0.0]) == [4.0, 0.0, 0.0]
    assert ag.grad(whole)(point) == [4.0, 0.0]
    assert ag.hessian(whole)(point) == [[2.0, 0.0], [0.0, 0.0]]
    assert ag.jvp(whole, (point,), ([1.0, 1.0],))[1] == 4.0
    assert ag.hvp(whole, point, [1.0, 1.0]) == [2.0, 0.0]
    if several:
        assert ag.grad(lambda p: several(p[0], ag.sqrt(p[1]))[0])(point) == [4.0, 0.0]
        assert ag.grad(ag.jit(whole, backend=backend))(point) == [4.0, 0.0]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", ["sum", "mean"])
def test_an_operand_of_a_batch(kind: str, backend: str) -> None:
    f = ag.jit(CHOICES["where"], backend=backend)

    def total(z: Any) -> Any:
        return getattr(f, kind)(BATCH, ag.sqrt(z), in_axes=(0, None))

    assert [backward(total)(0.0), ag.grad(total)(0.0), forward(total)(0.0)] == [0.0] * 3
    assert ag.grad(ag.grad(total))(0.0) == 0.0
    z = ag.Value(0.0)
    root = ag.sqrt(z)
    captured = ag.jit(lambda x: CHOICES["where"](x, root), backend=backend)
    getattr(captured, kind)(BATCH).backward()
    captured(2.0).backward()
    assert z.grad == 0.0


@pytest.mark.parametrize("backend", [None, *BACKENDS])
def test_zero_cotangents_and_tangents(backend: str | None) -> None:
    """Nothing flows from a zero that is written as one, whatever the slope is."""

    def pulled(x: Any) -> Any:
        return ag.vjp(lambda x: [x * x, ag.sqrt(x)], x)[1]([1.0, 0.0])[0]

    def pushed(x: Any) -> Any:
        return ag.jvp(lambda a, b: a * a + ag.sqrt(b), (x, x), (1.0, 0.0))[1]

    for f in (pulled, pushed):
        g = ag.jit(f, backend=backend) if backend else f
        assert (g(0.0), g(1.0), g(0.0)) == (0.0, 2.0, 0.0)
        if backend:
            assert g.map([0.0, 1.0, 0.0]).tolist() == [0.0, 2.0, 0.0]


@pytest.mark.parametrize("backend", [None, *BACKENDS])
def test_one_value_as_two_operands(backend: str | None) -> None:
    """Chosen as one of them and not as the other, under an infinite adjoint."""
    v = ag.Value(0.0)

    def choose(x: Any, w: Any) -> Any:
        return W(x >= 0.0, x, w)

    def captures(x: Any) -> Any:
        return choose(x, v)

    f, g = [ag.jit(h, backend=backend) if backend else h for h in (choose, captures)]
    for y in (ag.sqrt(f(v, v)), ag.sqrt(g(v))):
        v.grad = 0.0
        y.backward()
        assert v.grad == inf
    assert ag.grad(lambda x: ag.sqrt(f(x, x)))(0.0) == inf
    assert forward(lambda x: ag.sqrt(f(x, x)))(0.0) == inf


@pytest.mark.parametrize("backend", BACKENDS)
@loop_over("name", ["where", "maximum", "relu"])
def test_a_shared_number_of_a_batch(name: str, backend: str) -> None:
    """Each sample has the same number, so a sum over them is a multiple: in both orders."""
    f, x, first, second = CASES[name]
    g = ag.jit(lambda t, x: f(x), backend=backend)

    def mean(x: Any) -> Any:
        return g.mean(BATCH, x, in_axes=(0, None))

    assert same(backward(mean)(x), first) and same(forward(mean)(x), first)
    assert same(ag.grad(ag.grad(mean))(x), second) and same(ag.hvp(mean, x, 1.0), second)
    assert same(ag.grad(lambda x: mean(x * 2.0))(x / 2.0), 2.0 * first)
