"""A KeyboardInterrupt at any point leaves no half-state behind: the next call is right.

CPython handles signals at certain points alone: where a function begins, after a call, and where a
loop jumps back. Each test counts these points of an operation, in this package and in whatever it
calls, raises KeyboardInterrupt at one after the other, and looks at what is left.
"""

import copy
import dis
import functools
import gc
import os
import pickle
import random
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.core import contexts
from autograd_lite.core.order import topological_order
from autograd_lite.jit.backend import leaves
from autograd_lite.jit.record import collector

COMPILED = not hasattr(Value.backward, "__code__")  # by mypyc; see docs/compiled-core.md

# What a finalizer raises, Python prints, and goes on: no KeyboardInterrupt comes out of it.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

# The environment's INTERRUPTS=1000 tries every point of the longest operations too.
EFFORT = int(os.environ.get("INTERRUPTS", "1"))


# The instructions that handle a signal at their end. Exactly these: CALL_INTRINSIC_1 and
# JUMP_BACKWARD_NO_INTERRUPT look for none.
HANDLING = {"RESUME", "CALL", "CALL_KW", "CALL_FUNCTION_EX", "JUMP_BACKWARD"}


@functools.cache
def handling(code: CodeType) -> frozenset[int]:
    """The offsets of the instructions of `code` that handle a signal."""
    return frozenset(i.offset for i in dis.get_instructions(code) if i.opname in HANDLING)


class Points:
    """Calls an operation, with a KeyboardInterrupt at its k-th point (0: none); counts the points.

    Attributes:
        count: how many points were passed.
        place: the function that was interrupted, "" if none was.
    """

    def __init__(self, operation: Callable[[], Any], k: int = 0) -> None:
        self.count = 0
        self.place = ""
        self._k = k
        collecting = gc.isenabled()
        gc.disable()  # a collection is no part of the operation, and would shift the points
        sys._getframe().f_trace_opcodes = True  # before, or Python 3.12 gives none anywhere
        sys.settrace(self._called)
        try:
            operation()
        except KeyboardInterrupt:
            assert self.place, "an interrupt of someone else's"
        finally:
            sys.settrace(None)
            if collecting:
                gc.enable()

    def _called(self, frame: FrameType, event: str, argument: Any) -> Any:
        if "llvmlite" in frame.f_code.co_filename:
            return None  # its finalizers print errors where an object is half made
        # Whether the instruction before handles one; a call begins with RESUME, told as its event.
        handled = frame.f_lasti in handling(frame.f_code)

        def reached(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal handled
            if event == "opcode":
                before, handled = handled, frame.f_lasti in handling(frame.f_code)
                if before:
                    self._point(frame)
            return reached

        frame.f_trace = reached  # first, or Python 3.13 gives no instructions
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return reached

    def _point(self, frame: FrameType) -> None:
        self.count += 1
        if self.count == self._k:
            sys.settrace(None)
            self.place = frame.f_code.co_qualname
            raise KeyboardInterrupt


def interrupted(
    prepare: Callable[[], Callable[[], Any]], most: int = 100
) -> Iterator[tuple[Any, str]]:
    """Prepare an operation and interrupt it, for each of its points, or `most` spread evenly.

    Yields the operation, to look at what is left.
    """
    count = Points(prepare()).count
    assert count > 0
    for k in sorted({*range(1, count, -(-count // (most * EFFORT))), count}):
        operation = prepare()
        place = Points(operation, k).place
        yield operation, place


def test_every_point_is_met() -> None:
    """The points of a loop: its beginning, after each call, at each jump."""
    seen: list[str] = []

    def operation() -> None:
        for name in "ab":
            seen.append(name)
        seen.append("end")

    assert Points(operation).count == 6
    left = []
    for k in range(1, 7):
        seen.clear()
        assert Points(operation, k).place.endswith("operation")
        left.append("".join(seen))
    assert left == ["", "a", "a", "ab", "ab", "abend"]


# Switches


def is_clean() -> bool:
    """Return whether no context is open and nothing is set without one."""
    return not (
        contexts.active
        or contexts._open
        or contexts._settings.get().entries
        or contexts.state.deriving
        or collector._owners
    )


def leave_switch() -> None:
    """Close what an interrupt inside of a switch itself left open."""
    contexts._leave(list(contexts._open))
    vars(contexts.state).clear()
    collector._owners.clear()


@pytest.fixture(autouse=True)
def _settings_are_clean() -> Iterator[None]:
    assert is_clean()
    yield
    leave_switch()


def check_settings(place: str, *, withs: bool = False) -> None:
    """The switches are as they were.

    Only where the operation itself has a `with` (`withs`) may an interrupt have hit the first
    instruction of an `__exit__`, which no context written in Python can guard.
    """
    if not is_clean():
        assert withs and place == "Switch.__exit__", (place, contexts.active, [*contexts._open])
        leave_switch()


# backward()


def tangle(x: Value, y: Value) -> Value:
    """Every kind of edge: shared, one, two and many operands, some of them not chosen."""
    a = x * y + 2.0
    b = (a - 100.0).relu() + a * a
    c = ag.where(x < 0.0, b, a * y) + ag.maximum(a, b * 3.0)
    d = ag.sum([a, b, c, x, 1.5]) / (y + 10.0)
    return d.tanh() * x + ag.clip(d, 0.0, 1.0)


@pytest.mark.parametrize("context", ["plain", "detect_anomaly"])
def test_backward_is_right_after_an_interrupt(context: str) -> None:
    def prepare() -> Any:
        x, y = Value(1.5), Value(-0.5)
        root = tangle(x, y)
        (root * 2.0).backward()  # so that there are gradients to be cleared
        x.grad, y.grad = 5.0, -7.0

        def operation() -> None:
            if context == "plain":
                root.backward()
            else:
                with ag.detect_anomaly():
                    root.backward()

        operation.parts = x, y, root  # type: ignore[attr-defined]
        return operation

    whole = prepare()
    whole()
    x, y, root = whole.parts
    after = x.grad, y.grad
    grads = [v.grad for v in topological_order(root) if v not in (x, y)]
    slopes = ag.grad(tangle)(1.5, -0.5), ag.grad(tangle, 1)(1.5, -0.5)
    assert after == pytest.approx((5.0 + slopes[0], -7.0 + slopes[1]), rel=1e-14)
    for operation, place in interrupted(prepare):
        check_settings(place, withs=context != "plain")
        x, y, root = operation.parts
        assert all(v._pending == 0 for v in topological_order(root))
        x.grad, y.grad = 5.0, -7.0
        root.backward()
        assert (x.grad, y.grad) == after
        assert [v.grad for v in topological_order(root) if v not in (x, y)] == grads


EDGES: dict[str, Callable[[Value, Value], Value]] = {
    "first operands": lambda x, y: x.exp() + (y * 2.0),
    "second operands": lambda x, y: (2.0 - x) * (3.0 / y),
    "many operands": lambda x, y: ag.sum([x, 1.0, y]) * 2.0,
    "a jitted call": lambda x, y: jitted_product(x, y),
    "a jitted call, machine code": lambda x, y: jitted_product(x, y, "llvm"),
    "jitted calls": lambda x, y: jitted_product(x, 3.0) * jitted_product(2.0, y),
    "jitted calls, machine code": lambda x, y: (
        jitted_product(x, 3.0, "llvm") * jitted_product(2.0, y, "llvm")
    ),
}


def jitted_product(x: Any, y: Any, backend: str = "python") -> Any:
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    return ag.jit(lambda x, y: x * y, backend=backend)(x, y)


@pytest.mark.parametrize("name", EDGES)
def test_backward_is_right_after_an_interrupt_at_each_kind_of_edge(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "machine code" not in name:
        monkeypatch.setattr(leaves, "_load_machine_code", lambda: None)

    def prepare() -> Any:
        x, y = Value(1.5), Value(-0.5)
        root = EDGES[name](x, y)
        x.grad, y.grad = 5.0, -7.0

        def operation() -> None:
            root.backward()

        operation.leaves = x, y  # type: ignore[attr-defined]
        return operation

    whole = prepare()
    whole()
    after = [v.grad for v in whole.leaves]
    for operation, _ in interrupted(prepare, 8 if "machine code" in name else 100):
        x, y = operation.leaves
        x.grad, y.grad = 5.0, -7.0
        operation()
        assert [x.grad, y.grad] == after


class Broken(float):
    """A gradient that cannot be added to."""

    def __radd__(self, other: Any) -> Any:
        raise ArithmeticError

    __add__ = __radd__


@pytest.mark.skipif(COMPILED, reason="a compiled grad is a double")
def test_backward_is_right_after_an_error() -> None:
    x, y, z = Value(1.5), Value(2.0), Value(3.0)
    root = x * y * 2.0 + z * x
    x.grad, y.grad, z.grad = 1.0, Broken(2.0), 0.0
    with pytest.raises(ArithmeticError):
        root.backward()
    x.grad = y.grad = z.grad = 0.0
    root.backward()
    assert (x.grad, y.grad, z.grad) == (7.0, 3.0, 1.5)


# Building graphs, and transforms


def test_building_a_graph() -> None:
    x, y = Value(1.5), Value(-0.5)
    expected = tangle(x, y).data

    for _, place in interrupted(lambda: lambda: tangle(x, y)):
        check_settings(place)
        assert (x.grad, y.grad) == (0.0, 0.0)
    assert tangle(x, y).data == expected


W = Value(0.75)


def of_two(p: Any) -> Any:
    return ag.sin(p[0] * p[1]) * W + ag.relu(p[0]) * p[1]


TRANSFORMS: dict[str, Callable[[], Any]] = {
    "grad": lambda: ag.grad(of_two)([0.5, 2.0]),
    "value_and_grad": lambda: ag.value_and_grad(of_two)([0.5, 2.0]),
    "jacobian": lambda: ag.jacobian(lambda p: [of_two(p), p[0]])([0.5, 2.0]),
    "hessian": lambda: ag.hessian(of_two)([0.5, 2.0]),
    "hvp": lambda: ag.hvp(of_two, [0.5, 2.0], [1.0, -1.0]),
    "vjp": lambda: ag.vjp(of_two, [0.5, 2.0])[1](3.0),
    "jvp": lambda: ag.jvp(of_two, ([0.5, 2.0],), ([1.0, -1.0],)),
}


def numbers(x: Any) -> Any:
    return [numbers(v) for v in x] if isinstance(x, list | tuple) else getattr(x, "data", x)


@pytest.mark.slow
@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("inside", ["plain", "no_grad", "detect_anomaly"])
def test_transforms(name: str, inside: str) -> None:
    transform = TRANSFORMS[name]
    expected = numbers(transform())

    def operation() -> None:
        if inside == "plain":
            transform()
        else:
            with getattr(ag, inside)():
                transform()

    for _, place in interrupted(lambda: operation, 20):
        check_settings(place, withs=inside != "plain")
        assert W.grad == 0.0
        assert numbers(transform()) == expected


def test_contexts() -> None:
    x = Value(2.0)

    def operation() -> None:
        with ag.no_grad():
            x * x
            with ag.detect_anomaly():
                (x * x).backward()

    for _, place in interrupted(lambda: operation):
        check_settings(place, withs=True)
        assert (x * x).parents == (x, x)


def test_decorated_functions() -> None:
    x = Value(2.0)
    product = ag.no_grad()(lambda: ag.detect_anomaly()(ag.scope("product")(lambda: x * x))())

    for _, place in interrupted(lambda: product):
        check_settings(place)
        assert (x * x).parents == (x, x)


# Steps of training


def network() -> Any:
    return ag.nn.MLP(2, [3, 1], activation="tanh", rng=random.Random(0))


def loss_of(net: Any) -> Value:
    points = [[0.5, 1.0], [-1.0, 0.25]]
    return ag.nn.mean_squared_error([net(x) for x in points], [1.0, -1.0])


OPTIMIZERS = {
    "SGD": lambda params: ag.optim.SGD(params, 0.1, momentum=0.9),
    "Adam": lambda params: ag.optim.Adam(params, 0.1),
}


def memory(optimizer: Any) -> Any:
    return copy.deepcopy({k: x for k, x in vars(optimizer).items() if k != "params"})


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_moves_every_parameter_or_none(name: str) -> None:
    def prepare() -> Any:
        net = network()
        optimizer = OPTIMIZERS[name](net.parameters())
        for grad in (1.0, -0.5):
            for k, p in enumerate(net.parameters()):
                p.grad = grad * k
            before = net.state_dict(), memory(optimizer)
            if grad == 1.0:
                optimizer.step()

        def operation() -> None:
            optimizer.step()

        operation.parts = net, optimizer, before  # type: ignore[attr-defined]
        return operation

    whole = prepare()
    whole()
    after = whole.parts[0].state_dict(), memory(whole.parts[1])
    outcomes = []
    for operation, place in interrupted(prepare):
        check_settings(place)
        net, optimizer, before = operation.parts
        found = net.state_dict(), memory(optimizer)
        assert found in (before, after), place
        outcomes.append(found == after)
    assert before != after and set(outcomes) == {False, True}


def test_a_state_is_loaded_whole_or_not_at_all() -> None:
    before: dict[str, Any] = network().state_dict()
    state = {k: [0.25] * len(x) if isinstance(x, list) else 0.25 for k, x in before.items()}

    def prepare() -> Any:
        net = network()

        def operation() -> None:
            net.load_state_dict(state)

        operation.net = net  # type: ignore[attr-defined]
        return operation

    outcomes = []
    for operation, place in interrupted(prepare):
        check_settings(place)
        found = operation.net.state_dict()
        assert found in (before, state), place
        outcomes.append(found == state)
    assert set(outcomes) == {False, True}


@pytest.mark.slow
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("kind", ["eager", "python", "llvm"])
def test_training_goes_on_after_an_interrupt(name: str, kind: str) -> None:
    """The interrupted step was taken or not, and training from there is as it ever was."""

    def prepare(steps: int = 1) -> Any:
        net = network()
        optimizer = OPTIMIZERS[name](net.parameters())
        loss: Any = functools.partial(loss_of, net)
        if kind != "eager":
            loss = ag.jit(loss, backend=kind)

        def operation() -> None:
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()

        for _ in range(steps):
            operation()
        operation.net = net  # type: ignore[attr-defined]
        return operation

    path = [list(prepare(n).net.state_dict().values()) for n in range(1, 5)]
    for operation, place in interrupted(prepare, 4 if kind == "llvm" else 12):
        check_settings(place)
        found = list(operation.net.state_dict().values())
        start = path.index(found)
        assert start in (0, 1)
        operation()
        operation()
        assert list(operation.net.state_dict().values()) == path[start + 2]


# Recordings, and copies


def branching(x: Any, y: Any) -> Any:
    if x > y:
        return x * y * W
    return ag.exp(x) - y


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["python", "llvm"])
@pytest.mark.parametrize("transform", ["call", "grad", "of grad", "map", "mean", "other way"])
def test_a_recording_that_was_interrupted_is_made_again(backend: str, transform: str) -> None:
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    ways: dict[str, Callable[[Any], Any]] = {
        "call": lambda f: f(3.0, 2.0),
        "grad": lambda f: ag.grad(f, argnums=(0, 1))(3.0, 2.0),
        "of grad": lambda f: f(3.0, 2.0),
        "map": lambda f: list(f.map([3.0, 1.0], [2.0, 2.0])),
        "mean": lambda f: f.mean([3.0, 1.0], [2.0, 2.0]),
        "other way": lambda f: f(1.0, 2.0),
    }
    call = ways[transform]
    f = ag.grad(branching) if transform == "of grad" else branching

    def prepare() -> Any:
        jitted = ag.jit(f, backend=backend)
        if transform == "other way":
            jitted(3.0, 2.0)

        def operation() -> None:
            call(jitted)

        operation.jitted = jitted  # type: ignore[attr-defined]
        return operation

    expected = numbers(call(ag.jit(f, backend=backend)))
    for operation, place in interrupted(prepare, 4 if backend == "llvm" else 20):
        check_settings(place)
        for _ in range(3):
            assert numbers(call(operation.jitted)) == expected
        for x in (3.0, 1.0):
            assert numbers(operation.jitted(x, 2.0)) == numbers(f(x, 2.0))
        assert W.grad == 0.0 and gc.isenabled()


def test_copies() -> None:
    x = Value(1.5)
    y = tangle(x, Value(-0.5))
    expected = len(topological_order(y))

    def operation() -> None:
        pickle.loads(pickle.dumps([y, x]))
        copy.deepcopy([y, x])
        copy.copy(y)

    for _, place in interrupted(lambda: operation, 20):
        check_settings(place)
        for twin, leaf in (pickle.loads(pickle.dumps([y, x])), copy.deepcopy([y, x])):
            order = topological_order(twin)
            assert len(order) == expected and any(v is leaf for v in order)
            assert twin.data == y.data and all(v._pending == 0 for v in order)
