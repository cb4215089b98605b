"""The recorder: truths become guards, conditions do not; what lies outside is captured."""

import contextlib
import copy
import math
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.core import contexts
from autograd_lite.jit.record.recorder import Condition, Recorder, record_trace
from tests.support.cases import loop_over

NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")
BACKENDS = ["python", pytest.param("llvm", marks=NO_LLVM)]


def record(f: Callable[..., Any], *numbers: float) -> tuple[Recorder, Any]:
    return record_trace(f, numbers, lambda values: (values, {}))


def guards(f: Callable[..., Any], *numbers: float) -> list[bool]:
    """The truths that f asked for."""
    return [truth for _, truth, _ in record(f, *numbers)[0].asked]


ASKING: list[tuple[Callable[..., Any], tuple[float, ...], list[bool]]] = [
    (lambda x: x if x > 1.0 else -x, (2.0,), [True]),
    (lambda x: x if x else -x, (0.0,), [False]),
    (lambda x: x if not x > 1.0 else -x, (2.0,), [True]),
    (lambda x: x if 0.0 < x < 1.0 else -x, (2.0,), [True, False]),
    (lambda x, y: max(x, y), (1.0, 2.0), [True]),
    (lambda x: x * int(x), (2.5,), [True]),
    (lambda x: x * x.data, (2.5,), [True]),
    (lambda x: x * x.data, (-0.0,), [True, True]),
    (lambda x: ag.where(x > 1.0, x, -x), (2.0,), []),
    (lambda x, y: ag.where((x > 1.0) & ~(y < x) | (x == y), x, -x), (2.0, 3.0), []),
    (lambda x: (x > 1.0) * x + (x > 2.0), (1.5,), []),
    (lambda x: ag.relu(x) + abs(x) + ag.clip(x, 0.0, 1.0), (1.5,), []),
    (lambda x: ag.grad(lambda t: ag.maximum(t, 0.5) ** 3)(x), (1.5,), []),
]


@loop_over("f, numbers, expected", ASKING)
def test_what_asks_for_a_truth(f: Any, numbers: tuple[float, ...], expected: list[bool]) -> None:
    assert guards(f, *numbers) == expected


def test_a_guard_names_its_line() -> None:
    recorder, _ = record(lambda x: x if x > 1.0 else -x, 2.0)
    assert recorder.asked[0][2].startswith(f"{__file__}:")


@pytest.mark.parametrize("backend", BACKENDS)
def test_conditions_are_computed_at_each_replay(backend: str) -> None:
    def f(x: Any, y: Any) -> list[Any]:
        a, b = x > 1.0, y > 1.0
        return [a, a & b, a | b, a ^ b, ~a, True & a, False | b, a & ~b | (x == y), a + b, x * a]

    def expected(x: float, y: float) -> list[Any]:
        a, b = x > 1.0, y > 1.0
        return [a, a and b, a or b, a != b, not a, a, b, (a and not b) or x == y, a + b, x * a]

    jitted = ag.jit(f, backend=backend)
    for _ in range(3):
        for x in (0.0, 2.0, math.inf):
            for y in (0.0, 2.0):
                found = jitted(x, y) if x < 9.0 else jitted(9.0, y)
                assert found == expected(min(x, 9.0), y)
                assert [type(c) for c in found[:8]] == [bool] * 8
                assert [type(c) for c in found[8:]] == [float] * 2


@pytest.mark.parametrize("backend", BACKENDS)
def test_data_and_whole_numbers_are_recorded_anew(backend: str) -> None:
    f = ag.jit(lambda x, y: y * math.copysign(1.0, x.data) + int(y), backend=backend)
    for x, y in ((1.0, 2.5), (-1.0, 2.5), (0.0, -0.5), (-0.0, -0.5), (0.0, 3.0), (1.0, 2.75)):
        for _ in range(2):
            assert f(Value(x), y).data == y * math.copysign(1.0, x) + int(y)
            assert f(x, y) == y * math.copysign(1.0, x) + int(y)


@pytest.mark.parametrize("backend", BACKENDS)
def test_whole_results_as_indices(backend: str) -> None:
    f = ag.jit(lambda xs, t: xs[round(t)] * xs[math.floor(t)] * int(t), backend=backend)
    for t in (0.2, 0.7, 1.5, 2.0, 0.2, 1.5):
        xs = [2.0, 3.0, 5.0]
        assert f(xs, t) == xs[round(t)] * xs[math.floor(t)] * int(t)


@pytest.mark.parametrize("backend", BACKENDS)
def test_sums_of_values_made_inside(backend: str) -> None:
    f = ag.jit(lambda xs: sum(xs, Value(0.0)) * Value(2.0), backend=backend)
    y = f([1.0, 2.0])
    assert (type(y), y.data, f([3.0, 4.0]).data) == (Value, 6.0, 14.0)


@pytest.mark.parametrize("backend", BACKENDS)
def test_detached_and_copied_values(backend: str) -> None:
    f = ag.jit(lambda x: x.detach() * x + copy.copy(x), backend=backend)
    for x in (2.0, 3.0):
        leaf = Value(x)
        y = f(leaf)
        y.backward()
        assert (y.data, leaf.grad) == (x * x + x, x + 1.0)


def test_comparisons_under_no_grad_stay_conditions() -> None:
    with ag.no_grad():
        recorder, (c, y) = record(lambda x: (x > 0.0, x * x), 2.0)
    assert type(c) is Condition
    assert [node.op for node in recorder.nodes][:2] == ["gt", "mul"]
    assert y.parents != ()


def test_values_from_outside_are_captured_once() -> None:
    w, unused = Value(3.0), Value(4.0)
    outer = w * 2.0

    def f(x: Any) -> Any:
        _ = unused * x
        return x * w + w * outer

    recorder, y = record(f, 2.0)
    tape = recorder.tape([y])
    assert recorder.captured == [w, outer]
    assert (tape.inputs, len(tape.code)) == (3, 3)
    assert tape.compute_outputs([2.0, 3.0, 6.0]) == [24.0]


def test_a_captured_value_that_only_a_guard_needs() -> None:
    w = Value(3.0)
    recorder, y = record(lambda x: x if w > 1.0 else -x, 2.0)
    tape = recorder.tape([y])
    assert recorder.captured == [w]
    assert [primitive.name for primitive, _ in tape.code] == ["gt"]
    assert [guard.expected for guard in tape.guards] == [True]


def test_recording_ends_with_the_function() -> None:
    def fails(x: Any) -> Any:
        raise LookupError

    for f in (fails, lambda x: x):
        with contextlib.suppress(LookupError):
            record(f, 1.0)
        assert contexts.state.recorder is None
        assert contexts.active == 0
        assert (Value(1.0) > 0.0) is True


def test_nan_and_infinity_cannot_be_whole() -> None:
    with pytest.raises(ValueError, match="NaN"):
        record(lambda x: int(x), math.nan)
    with pytest.raises(OverflowError):
        record(lambda x: int(x), math.inf)


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_grad_inside(backend: str) -> None:
    def f(x: Any, y: Any) -> Any:
        with ag.no_grad():
            scale = x * x
            chosen = (x > 0.0) & ~(y > 5.0)
        return ag.where(chosen, scale * x, y)

    jitted, slope = [ag.jit(g, backend=backend) for g in (f, ag.grad(f))]
    assert jitted(3.0, 1.0) == 27.0
    assert jitted(3.0, 6.0) == 6.0
    assert slope(3.0, 1.0) == ag.grad(jitted)(3.0, 1.0) == 9.0


W = Value(2.0)


def sets_data(x: Any) -> Any:
    W.data = 3.0
    return x


REFUSED: list[tuple[Callable[[Any], Any], str]] = [
    (lambda x: "text", "cannot be compiled"),
    (lambda x: None, "is None"),
    (lambda x: [x, None], r"\[1\]"),
    (lambda x: x * 1j, "complex|real functions"),
    (lambda x: x.backward(), "would not happen again"),
    (sets_data, "would not happen again"),
    (lambda x: copy.deepcopy(x), "would not happen again"),
    (lambda x: math.sin(x), "ag.exp"),
]


@pytest.mark.parametrize("backend", BACKENDS)
@loop_over("f, message", REFUSED)
def test_what_cannot_be_recorded(backend: str, f: Callable[[Any], Any], message: str) -> None:
    for _ in range(2):
        with pytest.raises(TypeError, match=message):
            ag.jit(f, backend=backend)(1.0)
    assert W.data == 2.0
