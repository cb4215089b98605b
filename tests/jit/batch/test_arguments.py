"""A batch's arguments: axes, kinds of arrays and containers, and what is not a batch."""

from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite import Value
from tests.support.cases import limit_examples, loop_over

np = pytest.importorskip("numpy")


class Pair(NamedTuple):
    a: Any
    b: Any


def digits(p: Any) -> Any:
    """Number every element, so that each place shows."""
    total, weight = 0.0, 1.0
    for x in p.ravel().tolist() if hasattr(p, "ravel") else [p]:
        total, weight = total + weight * x, weight * 10.0
    return total


TABLE = np.arange(24.0).reshape(2, 3, 4)
ARRAYS: dict[str, Any] = {
    "plain": TABLE[0],
    "three axes": TABLE,
    "four axes": np.arange(48.0).reshape(2, 3, 4, 2),
    "Fortran order": np.asfortranarray(TABLE),
    "reversed": TABLE[::-1, ::-1, ::-1],
    "strided": np.arange(96.0).reshape(4, 3, 8)[::2, :, 1::2],
    "transposed": TABLE.transpose(2, 0, 1),
    "broadcast": np.broadcast_to(np.arange(4.0), (3, 4)),
    "int": np.arange(12).reshape(3, 4),
    "uint8": np.arange(12, dtype=np.uint8).reshape(3, 4),
    "bool": np.arange(12).reshape(3, 4) % 3 == 0,
    "float32": TABLE[1].astype(np.float32),
    "float16": TABLE[1].astype(np.float16),
    "longdouble": TABLE[1].astype(np.longdouble),
    "big-endian": TABLE[1].astype(">f8"),
    "big-endian int": TABLE[1].astype(">i4"),
    "read-only": np.frombuffer(TABLE.tobytes(), dtype=np.float64).reshape(6, 4),
    "numbers as objects": TABLE[1].astype(object),
    "no samples": np.empty((0, 3)),
}


@pytest.mark.slow
@loop_over("name", ARRAYS)
def test_each_kind_of_array_along_each_axis(jit: Any, name: str) -> None:
    array = ARRAYS[name]
    f = jit(digits)
    for axis in range(-array.ndim, array.ndim):
        rows = np.moveaxis(array, axis, 0).astype(float)
        if rows[:1].size == 0:
            continue
        wanted = [digits(row) for row in rows]
        for _ in range(2):
            assert f.map(array, in_axes=axis).tolist() == wanted
            assert f.sum(array, in_axes=(axis,)) == sum(wanted)
            if wanted:
                assert f.mean(array, in_axes=[axis]) == pytest.approx(sum(wanted) / len(wanted))


@loop_over("name", ARRAYS)
def test_one_axis(jit: Any, name: str) -> None:
    column = ARRAYS[name].reshape(-1)
    f, wanted = jit(lambda x: x * x - 1.0), [x * x - 1.0 for x in column.astype(float).tolist()]
    for axis in (0, -1):
        for _ in range(3):
            assert f.map(column, in_axes=axis).tolist() == wanted
            assert f.sum(column, in_axes=axis) == sum(wanted)


@given(st.data())
@limit_examples(40)
def test_any_shapes_and_axes(data: Any) -> None:
    count = data.draw(st.integers(1, 4))
    arrays, axes, samples = [], [], []
    for k in range(data.draw(st.integers(1, 3))):
        shape = data.draw(st.lists(st.integers(1, 3), max_size=3))
        axis = data.draw(st.integers(0, len(shape)))
        same = bool(k) and data.draw(st.booleans())
        whole = shape if same else [*shape[:axis], count, *shape[axis:]]
        array = np.arange(float(np.prod(whole))).reshape(whole) + k
        arrays.append(array if array.ndim else float(array))
        negative = data.draw(st.booleans())
        axes.append(None if same else axis - len(whole) if negative else axis)
        samples.append([arrays[-1]] * count if same else list(np.moveaxis(array, axis, 0)))
    wanted = [[digits(x) for x in row] for row in zip(*samples, strict=True)]
    f = ag.jit(lambda *args: [digits(x) for x in args], backend="python")
    assert np.array(f.map(*arrays, in_axes=tuple(axes))).T.tolist() == wanted


def test_containers(jit: Any) -> None:
    a, b = np.array([1.0, 2.0, 3.0]), np.array([[1, 2], [3, 4], [5, 6]])

    def both(p: Any) -> Any:
        x, y = p.values() if isinstance(p, dict) else p
        return x * digits(y)

    wanted = [21.0, 86.0, 195.0]
    for _ in range(2):
        for whole in ({"a": a, "b": b}, (a, b), [a, b], Pair(a, b), ([1.0, 2, 3], b)):
            assert jit(both).map(whole).tolist() == wanted
            assert jit(both).sum(whole) == 302.0
    named = jit(lambda p: Pair(p.b, {"x": [p.a * p.b]}))
    found = named.map(Pair(a, a + 1.0))
    assert type(found) is Pair and found.b["x"][0].tolist() == [2.0, 6.0, 12.0]
    assert named.map(Pair([1.0, 2.0], [3.0, 4.0])).a.tolist() == [3.0, 4.0]
    nested = {"p": {"q": (a, [4.0, 5.0, 6.0])}, "r": {"s": b}}
    f = jit(lambda d: d["p"]["q"][0] * d["p"]["q"][1] + d["r"]["s"][1])
    assert f.map(nested).tolist() == [6.0, 14.0, 24.0]
    assert f.mean(nested) == pytest.approx(44.0 / 3.0)


def test_lists_of_numbers(jit: Any) -> None:
    f = jit(lambda x: x * x)
    numbers = [1, 2.5, True, np.float32(0.5), np.int64(3)]
    assert f.map(numbers).tolist() == f.map(tuple(numbers)).tolist() == [1.0, 6.25, 1.0, 0.25, 9.0]
    g = jit(lambda p: p[0] - 2.0 * p[1])
    assert g.map([[1.0, 2.0], (3, 4)]).tolist() == [-3.0, -5.0]
    assert g.map([[1.0, 2.0], [3, 4]], in_axes=1).tolist() == [-5.0, -6.0]


def test_what_is_the_same_for_all(jit: Any) -> None:
    f = jit(lambda x, p: x * p["w"][1] + p["n"] if p["on"] else x)
    same = {"w": np.array([1.0, 3.0]), "n": 2, "on": True}
    assert f.map([1.0, 2.0], same, in_axes=(0, None)).tolist() == [5.0, 8.0]
    assert f.sum([1.0, 2.0], {**same, "on": False}, in_axes=(0, None)) == 3.0
    g = jit(lambda x, w: digits(w) * x)
    assert g.map([1.0, 2.0], TABLE[0, :2, 0], in_axes=(0, None)).tolist() == [40.0, 80.0]


def test_static_arguments(jit: Any) -> None:
    def f(kind: Any, x: Any, n: Any) -> Any:
        return x**n if kind == "power" else x * len(kind[0])

    for positions in ((0, 2), (-3, -1), [0, 2]):
        g = jit(f, static_argnums=positions)
        for _ in range(2):
            for n in (2, 3):
                assert g.map("power", [1.0, 2.0], n).tolist() == [1.0, 2.0**n]
                assert g.sum("power", np.array([1.0, 2.0]), n) == 1.0 + 2.0**n
                assert g.mean("power", [1.0, 2.0], n, in_axes=(None, 0, 7)) == 0.5 + 2.0**n / 2
            assert g.sum(("abc",), np.array([1.0, 2.0]), 2) == 9.0
        with pytest.raises(TypeError, match="not hashable"):
            g.sum(["abc"], [1.0], 2)


def test_the_results_are_the_callers_own(jit: Any) -> None:
    a = np.array([1.0, 2.0])
    first, second = jit(lambda x: (x, x)).map(a)
    first[:] = 7.0
    assert a.tolist() == second.tolist() == [1.0, 2.0]


UNFIT: dict[str, tuple[type[Exception], str, Any, Any]] = {
    "unequal": (ValueError, r"0 has 2, argument 1 has 3", ([1.0] * 2, [1.0] * 3), 0),
    "unequal inside": (
        ValueError,
        "argument 0 has 1 samples and 2",
        ({"a": [1.0], "b": [1, 2]},),
        0,
    ),
    "no batch": (ValueError, "no argument has a batch axis", (1.0, [1.0]), None),
    "no argument": (ValueError, "no argument has a batch axis", (), 0),
    "no column": (ValueError, "no argument has a batch axis", (np.ones((3, 0)),), 0),
    "string": (TypeError, "argument 0", ("abc",), 0),
    "bytes": (TypeError, "argument 0", (b"abc",), 0),
    "string dtype": (TypeError, "argument 0 has dtype <U1", (np.array(["a"]),), 0),
    "complex dtype": (TypeError, "argument 1 has dtype complex128", ([1.0], np.ones(1, "D")), 0),
    "dates": (TypeError, "argument 0 has dtype", (np.array(["2020"], "M8[D]"),), 0),
    "record": (TypeError, "argument 0 has dtype", (np.zeros(2, [("a", "f8")]),), 0),
    "complex": (TypeError, "argument 0", ([1j, 1.0],), 0),
    "NumPy's complex": (TypeError, "argument 0", ([np.complex128(1j), 1.0],), 0),
    "strings": (TypeError, "argument 0", (["1.5", "2"],), 0),
    "None in a list": (TypeError, "argument 0", ([None, 1.0],), 0),
    "date in a list": (TypeError, "argument 0", ([np.datetime64("2020")],), 0),
    "strings as objects": (TypeError, "argument 0", (np.array(["1.5", 2.0], object),), 0),
    "None as an object": (TypeError, "argument 0", (np.array([None, 2.0], object),), 0),
    "ragged": (TypeError, "argument 0 .*rows differ in length", ([[1.0], [1.0, 2.0]],), 0),
    "scalar": (TypeError, "argument 1 is a float, 2.0.*None in in_axes", ([1.0], 2.0), 0),
    "a Value": (TypeError, "argument 0 is a Value, .*None in in_axes", (Value(1.0),), 0),
    "scalar inside": (
        TypeError,
        r"argument 0\['n'\] is an? int, 3, .*None",
        ({"x": [1.0], "n": 3},),
        0,
    ),
    "NumPy scalar": (ValueError, "argument 0 has 0 axes", (np.float64(1.0),), 0),
    "None": (TypeError, "argument 0", (None,), 0),
    "axis": (ValueError, "argument 0 has 1 axes, but in_axes says axis 1", ([1.0],), 1),
    "negative axis": (ValueError, "argument 0 has 2 axes.*axis -3", (np.ones((2, 2)),), (-3,)),
    "too few axes": (ValueError, "in_axes has 1 entries for 2", ([1.0], [1.0]), (0,)),
    "too many axes": (ValueError, "in_axes has 2 entries for 1", ([1.0],), [0, None]),
    "a truth": (TypeError, "in_axes must be an int", ([1.0],), True),
    "a float": (TypeError, "in_axes must be an int", ([1.0],), 0.0),
    "a truth among axes": (TypeError, "in_axes must be an int", ([1.0],), (False,)),
}


@loop_over("name", UNFIT)
def test_what_does_not_fit(jit: Any, name: str) -> None:
    error, message, args, in_axes = UNFIT[name]
    f = jit(lambda *args: 1.0)
    for call in (f.map, f.sum, f.mean, f.sum):
        with pytest.raises(error, match=message):
            call(*args, in_axes=in_axes)


def test_no_sample(jit: Any) -> None:
    def f(x: Any) -> Any:
        return [x / (x - 1.0), x > 0.0]

    w = Value(1.0)
    for g in (jit(f), jit(lambda x: [w * y for y in f(x)])):
        for kind in (float, int, object, list):
            empty: Any = [] if kind is list else np.empty(0, dtype=kind)
            assert [len(x) for x in g.map(empty)] == [0, 0]
            assert [float(getattr(x, "data", x)) for x in g.sum(empty)] == [0.0, 0.0]
            with pytest.raises(ValueError, match="over an empty batch"):
                g.mean(empty)
