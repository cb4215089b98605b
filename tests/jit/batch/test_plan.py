"""The fast path to a sum like the last one: the numbers of the general call, whatever changed."""

import math
import warnings
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.jit.batch import plan
from tests.support.cases import limit_examples

np = pytest.importorskip("numpy")
NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")
BACKENDS = ["python", pytest.param("llvm", marks=NO_LLVM)]
RATE = 2.0


@pytest.fixture
def short(monkeypatch: Any) -> list[bool]:
    """For each call of a plan, whether it gave the result."""
    taken: list[bool] = []
    own = plan.Plan.__call__

    def called(self: Any, args: Any) -> Any:
        found = own(self, args)
        taken.append(found is not None)
        return found

    monkeypatch.setattr(plan.Plan, "__call__", called)
    return taken


def bent(x: Any, w: Any) -> Any:
    return ag.sin(x * w) if x > 0.0 else ag.exp(x) * w


def compute_generally(jitted: Any, *args: Any, **options: Any) -> Any:
    """Return the mean by a function that knows no plan."""
    fresh = ag.jit(jitted.__wrapped__, backend=jitted._backend)
    return fresh.mean(*args, **options)


def number_and_grads(node: Any, *leaves: Value) -> list[float]:
    for x in leaves:
        x.grad = 0.0
    node.backward()
    return [node.data, *[x.grad for x in leaves]]


def test_the_second_call_is_fast_and_the_same(jit: Any, short: Any) -> None:
    x, w, v = np.linspace(0.1, 3.0, 50), Value(0.75), Value(1.5)
    axes = (0, None, None)
    f = jit(lambda x, v, c: bent(x, w) * v * c)
    wanted = number_and_grads(compute_generally(f, x, v, 2.0, in_axes=axes), w, v)
    for _ in range(3):
        assert number_and_grads(f.mean(x, v, 2.0, in_axes=axes), w, v) == wanted
    assert short == [True, True]
    plain = jit(lambda x, c: bent(x, c))
    found = [plain.sum(x, 0.5, in_axes=(0, None)) for _ in range(3)]
    assert found[0] == found[1] == found[2] and type(found[2]) is float
    assert short == [True] * 4


def test_a_closure_number_or_global_is_bound_anew(jit: Any, short: Any, monkeypatch: Any) -> None:
    rate, x = 1.5, np.array([1.0, 2.0, 3.0])
    scales = [1.0, 2.0]
    f = jit(lambda x: x * rate * RATE * scales[0])
    assert f.sum(x) == f.sum(x) == 18.0 and short == [True]
    rate = 2.5
    assert f.sum(x) == f.sum(x) == 30.0 and short == [True, False, True]
    monkeypatch.setitem(globals(), "RATE", 4.0)
    assert f.sum(x) == f.sum(x) == 60.0
    scales[0] = 0.5
    assert f.sum(x) == f.sum(x) == 30.0
    rate = 1.5
    assert f.sum(x) == 18.0


def test_captured_values_are_live(jit: Any, short: Any) -> None:
    x, w = np.array([1.0, 2.0, 3.0]), Value(2.0)
    f = jit(lambda x: x * w if w > 0.0 else x * w * w)
    for data in (2.0, 3.0, 0.5, -2.0, -3.0, 4.0, 1.0):
        w.data = data
        for _ in range(2):
            y, slope = number_and_grads(f.sum(x), w)
            assert y == (6.0 * data if data > 0.0 else 6.0 * data * data)
            assert slope == (6.0 if data > 0.0 else 12.0 * data)
    w = Value(5.0)
    assert f.sum(x).data == f.sum(x).data == 30.0
    assert sum(short) >= 6


def test_a_leaf_that_becomes_interior(jit: Any) -> None:
    u, x = Value(2.0), np.array([1.0, 2.0])
    f = jit(lambda x, v: x * v)
    for v in (u, u * u, u, Value(1.0), u * u):
        u.grad = 0.0
        f.sum(x, v, in_axes=(0, None)).backward()
        assert u.grad == (3.0 if v is u else 12.0 if v.parents else 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
@limit_examples(30)
@given(st.data())
def test_other_lengths_dtypes_and_layouts(backend: str, data: Any) -> None:
    w = Value(0.75)
    f = ag.jit(lambda p, x: bent(p[0] - p[1], w) * x, backend=backend)
    for _ in range(5):
        count = data.draw(st.sampled_from([1, 2, 7, 8, 9, 100, 1000]))
        rng = np.random.default_rng(count)
        p, x = rng.integers(-3, 4, (count, 2)), rng.integers(0, 2, 3 * count)[::-3]
        kind = data.draw(st.sampled_from(["f8", ">f8", "f4", "i4", "u1", "?", "f2"]))
        p = np.abs(p) if kind == "u1" else p
        p = p.astype(kind, order=data.draw(st.sampled_from("CF")))
        x = x.astype(data.draw(st.sampled_from(["f8", ">f8", "i8", "?"])))
        found = number_and_grads(f.mean(p, x), w)
        terms = [
            bent(a - b, w) * c
            for (a, b), c in zip(p.astype(float).tolist(), x.tolist(), strict=True)
        ]
        wanted = number_and_grads(ag.mean(terms), w)
        assert found == pytest.approx(wanted, rel=1e-12, abs=1e-13)


def test_other_numbers_of_columns(jit: Any) -> None:
    f = jit(lambda p: p[0] * p[-1] if hasattr(p, "shape") else p)
    for _ in range(2):
        for array in (np.arange(1.0, 5.0), np.ones((4, 2)), 2.0 * np.ones((2, 3)), np.ones((1, 1))):
            wanted = array.sum() if array.ndim == 1 else (array[:, 0] * array[:, -1]).sum()
            assert f.sum(array) == wanted
    with pytest.raises(ValueError, match="different numbers of samples"):
        jit(lambda x, y: x * y).sum(np.ones(2), np.ones(3))


def test_errors_after_a_plan_was_made(jit: Any) -> None:
    f = jit(lambda x, y: x * y)
    assert f.mean(np.ones(3), np.ones(3)) == f.mean(np.ones(3), np.ones(3)) == 1.0
    with pytest.raises(ValueError, match="argument 0 has 2, argument 1 has 3"):
        f.mean(np.ones(2), np.ones(3))
    with pytest.raises(ValueError, match="over an empty batch"):
        f.mean(np.empty(0), np.empty(0))
    with pytest.raises(TypeError, match="dtype complex128"):
        f.mean(np.ones(3), np.ones(3, complex))
    with pytest.raises(TypeError, match="in_axes must be an int"):
        f.mean(np.ones(3), np.ones(3), in_axes=False)
    with pytest.raises(TypeError, match="give None in in_axes"):
        f.mean(np.ones(3), 2.0)
    assert f.mean(np.ones(3), 2.0, in_axes=(0, None)) == f.mean(np.ones(3), [2.0] * 3) == 2.0


def test_a_guard_fails_for_some(jit: Any, short: Any) -> None:
    w, up = Value(0.75), np.linspace(0.1, 2.0, 40)
    f = jit(lambda x: bent(x, w))
    mixed = np.where(np.arange(40) % 3 == 0, -up, up)
    for x in (up, up, mixed, mixed, -up, -up, up, up, mixed, up):
        terms = [bent(v, w) for v in x.tolist()]
        wanted = number_and_grads(ag.mean(terms), w)
        assert number_and_grads(f.mean(x), w) == pytest.approx(wanted, rel=1e-13)
    assert True in short and False in short


def test_modes_are_seen(jit: Any) -> None:
    w, x = Value(2.0), np.array([1.0, -2.0])
    f = jit(lambda x: ag.exp(x * 1000.0 * w) * 0.0)
    f.sum(-abs(x)), f.sum(-abs(x))
    with ag.no_grad():
        assert not f.sum(-abs(x)).parents
    with ag.detect_anomaly(), pytest.raises(FloatingPointError):
        f.sum(x)
    assert jit(lambda v: f.sum(-abs(x)) * v)(3.0).data == 0.0


def test_derivatives_of_second_order_read_their_own_call(jit: Any) -> None:
    w, f = Value(0.5), jit(lambda x, w: ag.exp(x * w))
    for x in (np.array([1.0, 2.0]), np.array([3.0]), np.array([0.5, 0.25, 1.0])):
        f.sum(x + 1.0, w, in_axes=(0, None)), f.sum(x + 1.0, w, in_axes=(0, None))
        wanted = sum(v * v * math.exp(0.5 * v) for v in x.tolist())
        curve = ag.grad(ag.grad(lambda u, x=x: f.sum(x, u, in_axes=(0, None))))(0.5)
        assert curve == pytest.approx(wanted, rel=1e-14)


def test_nan_takes_the_general_call(jit: Any) -> None:
    w = Value(2.0)
    f = jit(lambda x: ag.where(x > 0.0, ag.log(x + (x <= 0.0)) * w, ag.sqrt(x * x) * w))
    for x in (np.array([1.0, 2.0]), np.array([0.0, 3.0]), np.array([0.0, 0.0]), np.ones(2)):
        terms = [math.log(v) if v > 0.0 else 0.0 for v in x.tolist()]
        for _ in range(2):
            found = number_and_grads(f.sum(x), w)
            assert found == pytest.approx([2.0 * sum(terms), sum(terms)], rel=1e-14)


@pytest.mark.slow
@pytest.mark.parametrize("count", [60, 20_000])
def test_eight_threads(jit: Any, at_once: Any, count: int) -> None:
    w, rng = Value(0.75), np.random.default_rng(3)
    python = jit(lambda x: x)._backend == "python"
    arrays = [rng.normal(size=60 if python else count + k) + (2.0 * k - 3.0) for k in range(4)]
    f = jit(lambda x: bent(x, w) if x < 4.0 or x > 5.0 else x)
    wanted = [compute_generally(f, x) for x in arrays]
    found: list[Any] = []

    def work(k: int) -> None:
        for n in range(8):
            node = f.mean(arrays[(k + n) % 4])
            found.append(((k + n) % 4, node.data, *node.partials))

    assert at_once(work) == [] and len(found) == 64
    for k, *numbers in found:
        assert numbers == pytest.approx([wanted[k].data, *wanted[k].partials], rel=1e-12)


def test_infinities_of_both_signs_bring_no_warning_of_numpy(jit: Any) -> None:
    v = Value(-1000.0)
    f, g = jit(lambda x: ag.exp(-v * x)), jit(lambda x: x * 1e308 * 10.0)
    many = np.repeat([1.0, -1.0], 50_000 if g(1.0) and g._backend == "llvm" else 50)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        totals = [f.sum(np.array([1.0, 2.0])).data for _ in range(2)]
        assert totals == [math.inf] * 2 and math.isnan(g.sum(many))
    assert not [w for w in caught if "encountered" in str(w.message)]
