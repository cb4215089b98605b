"""Names from outside: a call notices that one is bound to another number, function or Value."""

import functools
import gc
import weakref
from collections import Counter
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.jit.record.captured import CapturedVariables
from tests.support.cases import loop_over

SCALE: Any = 2.0
HELPER: Any = None


def often(f: Callable[[], Any]) -> Any:
    """What each of some calls gives, since later calls may take shorter ways."""
    results = [f() for _ in range(4)]
    assert results == results[:1] * 4
    return results[0]


def test_a_closed_over_number(jit: Any) -> None:
    scale = 2.0
    f = jit(lambda x: scale * x)
    for scale in (2.0, 3.0, 5, True, -0.0, 2.0):
        assert often(lambda: f(3.0)) == scale * 3.0


def test_a_global_number(jit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    f = jit(lambda x: SCALE * x)
    for scale in (2.0, 3.0, 5, 2.0):
        monkeypatch.setitem(globals(), "SCALE", scale)
        assert often(lambda: f(3.0)) == scale * 3.0


def test_numbers_of_a_helper(jit: Any) -> None:
    inner = 2.0

    def helper(x: Any) -> Any:
        return inner * x

    f = jit(lambda x: helper(x) + 1.0)
    for inner in (2.0, 3.0):
        assert often(lambda: f(3.0)) == inner * 3.0 + 1.0


def test_a_name_that_is_bound_later(jit: Any) -> None:
    space: dict[str, Any] = {"jit": jit}
    exec("@jit\ndef f(x): return LATER * g(x)\ndef g(x): return x + C\nLATER, C = 2.0, 1.0", space)
    assert often(lambda: space["f"](1.0)) == 4.0
    space["LATER"] = 3.0
    assert often(lambda: space["f"](1.0)) == 6.0
    space["C"] = 2.0
    assert often(lambda: space["f"](1.0)) == 9.0


def test_a_helper_that_is_bound_to_another(jit: Any) -> None:
    space: dict[str, Any] = {"jit": jit, "C": 1.0}
    exec("def g(x): return x\n@jit\ndef f(x): return g(x)", space)
    assert often(lambda: space["f"](2.0)) == 2.0
    exec("def g(x): return C * x", space)
    assert often(lambda: space["f"](2.0)) == 2.0
    space["C"] = 5.0
    assert often(lambda: space["f"](2.0)) == 10.0


def test_a_value_that_is_bound_to_another(jit: Any) -> None:
    w: Any = Value(2.0)
    f = jit(lambda x: w * x)
    assert often(lambda: f(3.0).data) == 6.0
    w = Value(5.0)
    assert often(lambda: f(3.0).data) == 15.0
    f(3.0).backward()
    assert w.grad == 3.0
    w = 7.0
    assert often(lambda: f(3.0)) == 21.0


def test_data_of_a_captured_value_is_live(jit: Any) -> None:
    w = Value(2.0)
    f = jit(lambda x: w * x if w > 1.0 else -x)
    for data in (2.0, 5.0, 0.5, 3.0, -1.0):
        w.data = data
        assert often(lambda: f(3.0).data if w.data > 1.0 else getattr(f(3.0), "data", f(3.0))) == (
            data * 3.0 if data > 1.0 else -3.0
        )


def test_a_captured_node_leads_further_back(jit: Any) -> None:
    w = Value(2.0)
    square = w * w
    f = jit(lambda x: square * x)
    for _ in range(4):
        w.grad = 0.0
        f(3.0).backward()
        assert w.grad == 12.0


@loop_over("wrap", [lambda f: f, ag.grad, lambda f: functools.partial(f)])
def test_through_wrappers(jit: Any, wrap: Callable[..., Any]) -> None:
    scale = 2.0

    def f(x: Any) -> Any:
        return scale * x * x

    jitted = jit(wrap(f))
    assert often(lambda: jitted(1.5)) == wrap(f)(1.5)
    scale = 3.0
    assert often(lambda: jitted(1.5)) == wrap(f)(1.5)


class Model:
    def __init__(self, scale: float) -> None:
        self.scale = scale
        self.w = Value(scale)

    def __call__(self, x: Any) -> Any:
        return self.w * x * self.scale

    def times(self, x: Any) -> Any:
        return self.scale * x


def test_numbers_of_an_object(jit: Any) -> None:
    model = Model(2.0)
    f, g = jit(lambda x: model.times(x) * model.scale), jit(model.times)
    for scale in (2.0, 3.0):
        model.scale = scale
        assert often(lambda: g(1.0)) == scale
        assert often(lambda: f(1.0)) == scale * scale


class Machine:
    """Numbers in every place that an object has for them."""

    __slots__ = ("__dict__", "slot")
    shared = 2.0
    default = 2.0

    def __init__(self) -> None:
        self.own = self.slot = 2.0
        self.part = SimpleNamespace(scale=2.0, part=SimpleNamespace(scale=2.0))
        self.function: Any = lambda x: 2.0 * x

    def forward(self, x: Any) -> Any:
        return self.further(x)

    def further(self, x: Any) -> Any:
        return self.own * x

    @property
    def computed(self) -> float:
        return self.own

    @classmethod
    def of_class(cls, x: Any) -> Any:
        return cls.shared * x

    @staticmethod
    def of_none(x: Any) -> Any:
        return SCALE * x

    def __call__(self, x: Any) -> Any:
        return self.forward(x)


@loop_over(
    "read, change",
    [
        (lambda m, x: m.slot * x, lambda m: setattr(m, "slot", 3.0)),
        (lambda m, x: m.default * x, lambda m: setattr(m, "default", 3.0)),
        (lambda m, x: m.shared * x, lambda m: setattr(type(m), "shared", 3.0)),
        (lambda m, x: m.of_class(x), lambda m: setattr(type(m), "shared", 3.0)),
        (lambda m, x: m.forward(x), lambda m: setattr(m, "own", 3.0)),
        (lambda m, x: m(x), lambda m: setattr(m, "own", 3.0)),
        (lambda m, x: m.computed * x, lambda m: setattr(m, "own", 3.0)),
        (lambda m, x: m.part.scale * x, lambda m: setattr(m.part, "scale", 3.0)),
        (lambda m, x: m.part.part.scale * x, lambda m: setattr(m.part.part, "scale", 3.0)),
        (lambda m, x: m.function(x), lambda m: setattr(m, "function", lambda x: 3.0 * x)),
        (lambda m, x: m.of_none(x), lambda m: globals().update(SCALE=3.0)),
    ],
)
def test_places_in_an_object(
    jit: Any, monkeypatch: pytest.MonkeyPatch, read: Any, change: Any
) -> None:
    monkeypatch.setitem(globals(), "SCALE", 2.0)
    kind = type("Own", (Machine,), {"shared": 2.0})  # each test changes its own
    machine = kind()
    f = jit(lambda x: read(machine, x))
    assert often(lambda: f(1.0)) == 2.0
    change(machine)
    assert often(lambda: f(1.0)) == 3.0


def test_names_of_a_class(jit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Scaled:
        factor = 2.0

        def __init__(self, x: Any) -> None:
            self.x = SCALE * x

    f = jit(lambda x: Scaled(x).x * Scaled.factor)
    assert often(lambda: f(1.0)) == 2.0 * SCALE
    Scaled.factor = 3.0
    assert often(lambda: f(1.0)) == 3.0 * SCALE
    monkeypatch.setitem(globals(), "SCALE", 5.0)
    assert often(lambda: f(1.0)) == 15.0


def test_functions_in_other_places(jit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def scaled(x: Any) -> Any:
        return SCALE * x

    def by_default(x: Any, g: Any = scaled, *, h: Any = scaled) -> Any:
        return g(x) + h(x)

    module = ModuleType("helpers")
    module.scaled = scaled  # type: ignore[attr-defined]
    table: dict[str, Any] = {"scaled": scaled, "limit": [1.0]}
    functions = [
        jit(f)
        for f in (
            by_default,
            lambda x: 2.0 * table["scaled"](x),
            lambda x: 2.0 * module.scaled(x),
            functools.partial(lambda g, x: 2.0 * g(x), scaled),
        )
    ]
    for scale in (2.0, 3.0):
        monkeypatch.setitem(globals(), "SCALE", scale)
        for f in functions:
            assert often(lambda f=f: f(1.0)) == 2.0 * scale  # type: ignore[misc]


def test_default_arguments_that_change(jit: Any) -> None:
    weights = [1.0, 2.0]

    def f(x: Any, w: Any = weights) -> Any:
        return x * w[0] + w[1]

    jitted = jit(f)
    assert often(lambda: jitted(3.0)) == 5.0
    weights[0] = 2.0
    assert often(lambda: jitted(3.0)) == 8.0


def test_arrays_in_the_closures_of_two_functions(jit: Any) -> None:
    np = pytest.importorskip("numpy")
    one, two = np.ones(300), np.ones(300)

    def helper(x: Any) -> Any:
        return x * one[0]

    f = jit(lambda x: helper(x) * two[0])
    assert often(lambda: f(1.0)) == 1.0
    two = np.zeros(300) + 2.0
    assert often(lambda: f(1.0)) == 2.0


def test_an_array_of_no_dimensions(jit: Any) -> None:
    np = pytest.importorskip("numpy")
    scale = np.array(1.0)
    f = jit(lambda x: x * scale[()])
    for number in (1.0, 1.0 + 2.0**-50):  # which print alike
        scale[()] = number
        assert often(lambda: f(1.0)) == number


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:jit has recorded:RuntimeWarning")
def test_what_is_bound_to_a_name_is_freed(jit: Any) -> None:
    class Data(list[float]):
        pass

    data = Data([0.0])
    f = jit(lambda x: x * data[0])
    gone = []
    for number in range(80):  # more than there are recordings
        data = Data([float(number)])
        assert f(2.0) == 2.0 * number
        gone.append(weakref.ref(data))
    gc.collect()
    assert sum(ref() is not None for ref in gone) <= 65


def test_methods_by_decorator() -> None:
    class Decorated:
        def __init__(self, scale: float) -> None:
            self.scale = scale

        @ag.jit(backend="python")  # type: ignore[untyped-decorator]
        def times(self, x: Any) -> Any:
            return self.scale * x

    two, three = Decorated(2.0), Decorated(3.0)
    for _ in range(3):
        assert (two.times(1.0), three.times(1.0)) == (2.0, 3.0)


def test_elements_of_a_short_list_of_numbers(jit: Any) -> None:
    numbers = [1.0, 2.0]
    f = jit(lambda x: x * numbers[0] + len(numbers))
    assert often(lambda: f(3.0)) == 5.0
    numbers[0] = 4.0
    assert often(lambda: f(3.0)) == 14.0
    numbers.append(0.0)
    assert often(lambda: f(3.0)) == 15.0


def test_nothing_is_recorded_twice(jit: Any) -> None:
    runs: Counter[str] = Counter()
    scale = 2.0

    def f(x: Any) -> Any:
        runs["all"] += 1
        return scale * ag.sin(x) * SCALE

    jitted = jit(f)
    for k in range(20):
        scale = 2.0 + k % 2
        jitted(0.1 * k)
    assert runs.total() == 2


def test_functions_of_a_library_are_not_watched() -> None:
    np = pytest.importorskip("numpy")
    mean, norm = np.mean, np.linalg.norm

    def f() -> Any:
        return mean([1.0]), norm([1.0]), functools.reduce(max, [1.0])

    assert set(map(id, CapturedVariables(f).values())) == {id(mean), id(norm)}


def test_what_is_watched() -> None:
    number, other = 1.0, 2.0

    def helper() -> Any:
        return other, SCALE

    def f() -> Any:
        return number, helper, [HELPER for _ in range(2)]

    names = CapturedVariables(f)
    key = names.key()
    assert key == names.key() == CapturedVariables(f).key()
    for change in ("number", "other"):
        number, other = (3.0, other) if change == "number" else (number, 4.0)
        assert names.key() != key
        key = names.key()
    assert CapturedVariables(len).key() == ()
    assert CapturedVariables(functools.partial(f)).values() == names.values()
