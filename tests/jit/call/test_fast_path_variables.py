"""The short way looks at names from outside: bound anew, taken away, or changed inside."""

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.jit.call import fast_path
from autograd_lite.jit.call.fast_path import MISS
from autograd_lite.jit.record import captured
from autograd_lite.jit.record.fingerprint import fingerprint

SCALE: Any = 2.0
MODULE = ModuleType("somewhere")
MODULE.scale = 2.0  # type: ignore[attr-defined]
THING = SimpleNamespace(scale=2.0, none=None)


def changes(jitted: Any, f: Any, change: Callable[[], Any]) -> None:
    """The short way holds, refuses after a change, and holds again."""
    for _ in range(4):
        assert repr(jitted(3.0)) == repr(f(3.0))
    assert jitted._fast((3.0,), -1) is not MISS
    change()
    assert jitted._fast((3.0,), -1) is MISS
    for _ in range(4):
        assert repr(jitted(3.0)) == repr(f(3.0))
    assert jitted._fast((3.0,), -1) is not MISS


NUMBERS = [3.0, 2, True, -0.0, 0.0, 2.0]


@pytest.mark.parametrize("place", ["cell", "global", "module", "object"])
def test_names(jit: Any, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    cell: Any = 2.0

    def f(x: Any) -> Any:
        own = {"cell": cell, "global": SCALE, "module": MODULE.scale, "object": THING.scale}
        return x * own[place] * (3.0 if isinstance(own[place], bool) else 1.0)

    def bind(x: Any) -> None:
        nonlocal cell
        if place == "cell":
            cell = x
        elif place == "global":
            monkeypatch.setitem(globals(), "SCALE", x)
        else:
            monkeypatch.setattr({"module": MODULE, "object": THING}[place], "scale", x)

    jitted = jit(f)
    for x in NUMBERS:
        changes(jitted, f, lambda x=x: bind(x))  # type: ignore[misc]


def test_captured_values(jit: Any) -> None:
    w, scale = Value(2.0), 1.0
    f = lambda x: w * x * scale  # noqa: E731

    def bind(x: Any, y: float) -> None:
        nonlocal w, scale
        w, scale = x, y

    jitted = jit(f)
    for value, number in ((Value(2.0), 1.0), (w, 3.0), (Value(5.0), 3.0)):
        changes(jitted, f, lambda v=value, n=number: bind(v, n))  # type: ignore[misc]
        for _ in range(2):
            w.grad = 0.0
            jitted(3.0).backward()
            assert w.grad == 3.0 * scale


CONTENTS: list[tuple[Any, list[Callable[[Any], Any]]]] = [
    (
        [0.0, 1],
        [
            lambda c: c.__setitem__(0, -0.0),
            lambda c: c.__setitem__(1, 1.0),
            lambda c: c.__setitem__(1, True),
            lambda c: c.append(1.0),
            lambda c: c.clear(),
        ],
    ),
    (
        {"a": 0.0, "b": 1},
        [
            lambda c: c.__setitem__("a", -0.0),
            lambda c: c.__setitem__("b", 1.0),
            lambda c: c.update(c=None),
            lambda c: c.pop("b"),
            lambda c: c.update(a=c.pop("a")),
        ],
    ),
]


@pytest.mark.parametrize(("start", "steps"), CONTENTS)
def test_contents(jit: Any, start: Any, steps: Any) -> None:
    numbers = start.copy()

    def f(x: Any) -> Any:
        own = [*(numbers.items() if isinstance(numbers, dict) else enumerate(numbers))]
        return x * len(repr(own)) + ag.sum([ag.copysign(1.0, y or 1.0) for _, y in own] or [0.0])

    jitted = jit(f)
    for step in steps:
        changes(jitted, f, lambda step=step: step(numbers))  # type: ignore[misc]


def test_arrays(jit: Any) -> None:
    np = pytest.importorskip("numpy")
    array = np.zeros(4)

    def f(x: Any) -> Any:
        return x * (ag.copysign(1.0, array.flat[0]) + array.shape[0] + array.size)

    def reshape() -> None:
        array.resize((2, 2), refcheck=False)  # in place

    jitted = jit(f)
    changes(jitted, f, lambda: array.__setitem__(0, -0.0))
    changes(jitted, f, lambda: array.__setitem__(3, np.nan))
    changes(jitted, f, reshape)


def test_cells_that_are_empty(jit: Any) -> None:
    later: Any
    f = jit(lambda x: x * 2.0 if x > 0.0 else later)  # noqa: F821
    for _ in range(4):
        assert f(1.0) == 2.0
    with pytest.raises(NameError):
        f(-1.0)
    later = 5.0
    for _ in range(4):
        assert (f(1.0), f(-1.0)) == (2.0, 5.0)
    del later
    for _ in range(4):
        assert f(1.0) == 2.0
        with pytest.raises(NameError):
            f(-1.0)


def test_names_that_are_taken_away(jit: Any) -> None:
    space: dict[str, Any] = {"thing": SimpleNamespace(none=None), "c": None}
    exec("def f(x): return x if c is thing.none is None else -x", space)
    for name, owner in (("c", space), ("none", vars(space["thing"]))):
        f = jit(space["f"])
        for _ in range(4):
            assert f(1.0) == 1.0
        held = owner.pop(name)
        with pytest.raises((NameError, AttributeError), match=name):
            f(1.0)
        owner[name] = held
        assert f(1.0) == 1.0


def test_names_that_only_a_later_way_asks_for(jit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: Any) -> Any:
        return x * SCALE if x > 1.0 else x * THING.scale

    jitted = jit(f)
    for thing in (2.0, 3.0):
        monkeypatch.setattr(THING, "scale", thing)
        for scale in (2.0, 5.0):
            monkeypatch.setitem(globals(), "SCALE", scale)
            for x in (2.0, 0.5, 3.0, 2.0, 0.25):
                assert jitted(x) == f(x)


def test_numbers_of_a_callable_object(jit: Any) -> None:
    class Line:
        def __init__(self) -> None:
            self.slope = 2.0

        def __call__(self, x: Any) -> Any:
            return self.slope * x

    line = Line()
    changes(jit(line), line, lambda: setattr(line, "slope", 3.0))
    changes(jit(line.__call__), line, lambda: setattr(line, "slope", 4.0))


@pytest.mark.parametrize("given", [3.0, Value(3.0)], ids=["float", "Value"])
def test_what_nobody_touched_is_not_read_item_by_item(
    jit: Any, monkeypatch: pytest.MonkeyPatch, given: Any
) -> None:
    """Reading the weights of a small network so took as long as its loss and gradient."""
    reads = []

    def counted(x: Any) -> Any:
        reads.append(x)
        return fingerprint(x)

    for module in (captured, fast_path):
        monkeypatch.setattr(module, "fingerprint", counted)
    layers = [[[Value(0.5)], 2.0], [[Value(1.5)], 3.0]]
    jitted = jit(lambda x: sum(w[0] * x * k for w, k in layers))
    for _ in range(4):
        assert jitted(given).data == 16.5
    before = len(reads)
    for _ in range(4):
        jitted(given)
    assert len(reads) == before
    layers[0][1] = float("2.0")  # an equal number is read, and found equal
    assert jitted(given).data == 16.5
    assert len(reads) > before
    layers[0][1] = 4.0
    assert jitted(given).data == 19.5
