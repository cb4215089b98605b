"""NumPy's functions on arrays of Values: each call of a list, against floats and differences."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from tests.support import numpy_calls as table
from tests.support.cases import loop_over

# NumPy 2.5 has it still, and says that np.trunc is faster.
pytestmark = pytest.mark.filterwarnings("ignore:numpy.fix is deprecated:DeprecationWarning")

NUMPY_2 = int(np.__version__.split(".")[0]) >= 2
QUESTIONS = table.calls(table.WORKS["Questions, answered by numbers and truths"])
SMOOTH = [
    call
    for title, text in table.WORKS.items()
    for call in table.calls(text)
    if not title.startswith("Questions")
] + (table.calls(table.SINCE_2) if NUMPY_2 else [])
CANNOT = [(call, error) for error, text in table.CANNOT.items() for call in table.calls(text)]
NAMES = "ABMxy"
SHAPES = {"A": (2, 2), "B": (2, 2), "M": (2, 3), "x": (3,), "y": (3,)}
# No two are equal or differ by a whole number, so that nothing is at a kink.
POINT = np.array(
    [
        *(0.5, 1.27, 2.11, 0.73, 0.9, -0.4, 0.35, 1.6),  # A, B
        *(0.52, 1.03, -0.31, 0.22, 0.71, 1.14),  # M
        *(0.51, 1.53, 0.26, 1.25, -0.57, 2.02),  # x, y
    ]
)


def arrays(flat: Any) -> dict[str, Any]:
    """The arrays of a call, cut from one of 20 elements."""
    found, start = {"np": np}, 0
    for name in NAMES:
        size = int(np.prod(SHAPES[name]))
        found[name] = flat[start : start + size].reshape(SHAPES[name])
        start += size
    return found


def numbers(result: Any) -> list[Any]:
    """What is in a result, in order: floats, truths and Values."""
    if isinstance(result, np.ndarray):
        return numbers(result.tolist())
    if isinstance(result, (list, tuple)):
        return [x for part in result for x in numbers(part)]
    return [result]


def function(call: str) -> Callable[[Any], list[Any]]:
    code = compile(call, call, "eval")
    return lambda flat: numbers(eval(code, arrays(flat)))


def plain(xs: Any) -> Any:
    """The array of objects that a user makes without `ag.array`."""
    return np.array([ag.Value(x) for x in xs])


def data(result: list[Any]) -> list[float]:
    return [x.data if isinstance(x, ag.Value) else float(x) for x in result]


def differences(f: Callable[[Any], list[float]], h: float = 1e-6) -> Any:
    columns = []
    for i in range(len(POINT)):
        step = np.where(np.arange(len(POINT)) == i, h, 0.0)
        above, below = (np.array(f(p), float) for p in (POINT + step, POINT - step))
        columns.append((above - below) / (2.0 * h))
    return np.array(columns).T


@loop_over("call", SMOOTH)
def test_works(call: str) -> None:
    f = function(call)
    expected = f(POINT)
    assert data(f(ag.array(POINT))) == pytest.approx(expected, rel=1e-13, abs=1e-14)
    found = np.array(ag.jacobian(f)(POINT), dtype=float)
    assert found.shape == (len(expected), len(POINT))
    assert found == pytest.approx(differences(f), rel=1e-6, abs=1e-8)


@loop_over("call", QUESTIONS)
def test_questions_are_answered_by_the_numbers(call: str) -> None:
    found, expected = function(call)(ag.array(POINT)), function(call)(POINT)
    assert not any(isinstance(x, ag.Value) for x in found)
    assert found == expected


@loop_over("call", [*SMOOTH, *QUESTIONS])
def test_arrays_that_numpy_made(call: str) -> None:
    """A call without a star in the list works on `np.array([Value, ...])` too; one with it fails,
    or gives Values for truths."""
    f, expected = function(call), function(call)(POINT)
    try:
        found = f(plain(POINT))
        answered = call not in QUESTIONS or not any(isinstance(x, ag.Value) for x in found)
        same = answered and data(found) == pytest.approx(data(expected), rel=1e-13, abs=1e-14)
    except (TypeError, AttributeError):
        same = False
    starred = call in table.calls(table.NEED_ARRAY)
    assert same or starred
    assert not (same and starred) or call in table.calls(table.DEPEND)


@loop_over("call", SMOOTH)
def test_jitted(call: str) -> None:
    f = function(call)
    jitted = ag.jit(f, backend="python")
    for point in (POINT, 1.01 * POINT):
        assert jitted(point) == pytest.approx(f(point), rel=1e-13, abs=1e-14)


@loop_over("call, error", CANNOT)
def test_cannot(call: str, error: str) -> None:
    with pytest.raises((TypeError, ValueError)) as raised:
        function(call)(ag.array(POINT))
    assert error in str(raised.value)


def test_the_lists_of_the_page_are_those() -> None:
    page = table.PAGE.read_text(encoding="utf-8")
    assert table.written(page) == page, "python -m tests.support.numpy_calls writes the lists anew"


# What an Array is, beyond the calls


@loop_over("name", sorted({call[3:-3] for call in SMOOTH if re.fullmatch(r"np\.\w+\(x\)", call)}))
def test_floats_among_the_values(name: str) -> None:
    f = function(f"np.{name}(x)")
    mixed = ag.array(POINT)
    mixed[-6:-3] = [mixed[-6], POINT[-5], POINT[-4]]
    assert data(f(mixed)) == pytest.approx(data(f(POINT)), rel=1e-13)


def test_ties_and_nan_are_as_in_the_conventions() -> None:
    for f in (np.maximum, np.minimum):
        assert ag.jacobian(lambda p, f=f: f(p[:1], p[1:]))(np.array([2.0, 2.0])).tolist() == [
            [0.5, 0.5]
        ]
    assert ag.grad(lambda x: np.maximum(x, 0.0))(0.0) == 0.5
    assert ag.grad(lambda p: np.clip(p, 0.0, 1.0)[0])(np.array([1.0])).tolist() == [0.0]
    holes = ag.array([1.0, np.nan, 2.0])
    assert np.isnan(ag.data(np.max(holes))) and ag.data(np.nansum(holes)) == 3.0
    for f in (np.fmax, np.fmin):
        assert ag.data(f(holes, 1.5)).tolist() == ag.data(f(1.5, holes)).tolist()
        assert ag.data(f(holes, 1.5)).tolist() == f([1.0, np.nan, 2.0], 1.5).tolist()
    assert np.isnan(holes).tolist() == [False, True, False]


def test_the_norm_at_the_origin_and_where_squares_overflow() -> None:
    assert ag.grad(np.linalg.norm)(np.zeros(3)).tolist() == [0.0, 0.0, 0.0]
    assert ag.grad(np.linalg.norm)(np.array([3e200, 4e200])) == pytest.approx([0.6, 0.8])


def test_norms_of_edges() -> None:
    three = np.arange(1.0, 25.0).reshape(2, 3, 4)
    for call in (
        lambda x: np.linalg.norm(x, axis=(0, -1)),
        lambda x: np.linalg.norm(x, axis=-2, keepdims=True),
        lambda x: np.linalg.norm(x[:0], axis=1),
        lambda x: np.linalg.norm(x[0], -np.inf, axis=(0, 1)),
        lambda x: np.linalg.norm(x[0, 0], 0.5),
    ):
        assert ag.data(call(ag.array(three))) == pytest.approx(call(three), rel=1e-14)
    assert np.linalg.norm(ag.array(-3.0)).data == 3.0
    with pytest.raises(np.exceptions.AxisError):
        np.linalg.norm(ag.array(three), axis=3)


def test_choices_are_no_branches_under_jit() -> None:
    f = ag.jit(lambda x: np.sum(np.maximum(x, 0.0) + np.clip(x, -1.0, 1.0)), backend="python")
    for signs in np.ndindex(2, 2, 2):
        x = 2.0 * np.array(signs) - 0.5
        assert f(x) == np.sum(np.maximum(x, 0.0) + np.clip(x, -1.0, 1.0))
    assert len(f.cache.list_specializations()[0].specs) == 1


def test_arrays_of_indices_are_plain() -> None:
    x = ag.array([3.0, 1.0, 2.0])
    for found in (np.argsort(x), x.argsort(), x > 1.5):
        assert np.exp(1.0 * found).dtype == float
    assert x[np.argsort(x)].tolist() == [x[1], x[2], x[0]]


def test_in_place() -> None:
    w = ag.array([1.0, 2.0])
    v = w.copy()
    v *= 3.0
    v[0] += w[1]
    v.sum().backward()
    assert type(v) is type(w) and ag.grads(w).tolist() == [3.0, 4.0]
    with pytest.raises(TypeError, match=r"make that array with ag\.array"):
        floats = np.zeros(2)
        floats += w


def test_results_keep_the_class() -> None:
    x = ag.array([[0.5, 1.5]])
    kept = [np.where(x > 1, x, 0.0), np.stack([x, x]), x.T @ x, *np.split(x, 2, axis=1), x + 1.0]
    kept += [2.0 * x, np.ones(2) * x[0, 0], np.linalg.norm(x, axis=0)]
    assert {type(found).__name__ for found in kept} == {"Array"}
    inside: list[str] = []
    ag.grad(lambda p: inside.append(type(p).__name__) or p @ p)(np.ones(2))
    assert inside == ["Array"]


def test_second_derivatives_through_arrays() -> None:
    def f(x: Any) -> Any:
        return np.logaddexp.reduce(x) + np.linalg.norm(x) * np.sum(np.where(x > 1.0, x, 0.0) ** 2)

    ag.testing.check_grads(f, (np.array([0.5, 1.5, 1.1]),))


@loop_over("name", ["erf", "erfc", "gamma", "gammaln", "psi", "expit"])
def test_scipy_special(name: str) -> None:
    special = pytest.importorskip("scipy.special")
    f, xs = getattr(special, name), np.array([0.4, 1.7])
    found = ag.grad(lambda x: np.sum(f(x)))(xs)
    assert found == pytest.approx((f(xs + 1e-6) - f(xs - 1e-6)) / 2e-6, rel=1e-7)
    assert f(ag.Value(0.4)).data == pytest.approx(f(0.4), rel=1e-14)
    with pytest.raises(TypeError, match=r"^kv does not take Values"):
        special.kv(1, ag.array(xs))


class Perceptron:
    """Two layers of sigmoids written for arrays of floats, with the chain rule by hand.

    `learn` descends the mean binary cross entropy: its slope by the last weighted sums is
    (prediction - target) / samples.
    """

    def __init__(self, inputs: int, hidden: int, outputs: int, rng: Any) -> None:
        self.W, self.b = rng.normal(size=(inputs, hidden)), np.zeros(hidden)
        self.V, self.c = rng.normal(size=(hidden, outputs)), np.zeros(outputs)

    def squash(self, sums: Any) -> Any:
        return 1.0 / (1.0 + np.exp(-sums))

    def predict(self, points: Any) -> Any:
        self.hidden = self.squash(points @ self.W + self.b)
        self.output = self.squash(self.hidden @ self.V + self.c)
        return self.output

    def learn(self, points: Any, targets: Any, rate: float) -> None:
        by_sums = self.output - targets
        by_hidden = by_sums @ self.V.T * (self.hidden * (1.0 - self.hidden))
        self.V -= rate * (self.hidden.T @ by_sums) / len(points)
        self.c -= rate * np.sum(by_sums, axis=0) / len(points)
        self.W -= rate * (points.T @ by_hidden) / len(points)
        self.b -= rate * np.sum(by_hidden, axis=0) / len(points)


def test_a_class_written_for_floats_runs_on_values_and_agrees_with_its_own_gradients() -> None:
    rng = np.random.default_rng(42)
    points = rng.normal(size=(20, 2))
    targets = (points.sum(axis=1, keepdims=True) > 0.0).astype(float)
    by_hand, ours = (Perceptron(2, 4, 1, np.random.default_rng(7)) for _ in range(2))
    before = {name: getattr(by_hand, name).copy() for name in "WbVc"}
    by_hand.predict(points)
    by_hand.learn(points, targets, rate=1.0)

    leaves = {name: ag.array(getattr(ours, name), name=name) for name in "WbVc"}
    vars(ours).update({name: leaf.copy() for name, leaf in leaves.items()})
    predicted = ours.predict(points)
    entropy = -np.mean(targets * np.log(predicted) + (1.0 - targets) * np.log(1.0 - predicted))
    entropy.backward()
    for name, leaf in leaves.items():
        step = before[name] - getattr(by_hand, name)
        assert ag.grads(leaf) == pytest.approx(step, rel=1e-12, abs=1e-15)
    # what it does by hand runs on Values too
    ours.learn(points, targets, rate=1.0)
    for name in "WbVc":
        expected = getattr(by_hand, name)
        assert ag.data(getattr(ours, name)) == pytest.approx(expected, rel=1e-12, abs=1e-15)
