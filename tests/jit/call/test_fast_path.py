"""The short way of a call: what the general way gives, and a refusal wherever it could differ."""

import inspect
import sys
from collections.abc import Callable
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.jit.call.fast_path import MISS
from tests.support.cases import loop_over, mark_slow_after

np = pytest.importorskip("numpy")
SCALE: Any = 2.0
ARRAY = np.arange(6.0)
WIDE = ARRAY.reshape(2, 3)
w = Value(1.5)
NASTY = "'\"{x!r}{}\n    \\\x00return MISS #\"\"\"'''"


def spelt(x: Any) -> Any:
    """What tells results apart: types, signs of zeros, order of keys, names and grads."""
    if isinstance(x, dict):
        return (type(x), [(repr(k), spelt(y)) for k, y in x.items()])
    if isinstance(x, (list, tuple)):
        return (type(x), [spelt(y) for y in x])
    if isinstance(x, np.ndarray):
        return (x.dtype, x.shape, [spelt(y) for y in x.ravel().tolist()])
    if isinstance(x, Value):
        return (x.op, x.data, x.operands, [repr(d) for d in x.partials])
    return (type(x), repr(x))


def short(jitted: Any, *args: Any) -> Any:
    """What the short way gives, once the function has one."""
    for _ in range(3):
        jitted(*args)
    assert jitted._fast is not None, "no short way"
    return jitted._fast(args, -1)


CASES: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "float": (lambda x: x * 2.0, (3.0,)),
    "nothing": (lambda: w * 2.0, ()),
    "constant": (lambda x: 7, (3.0,)),
    "constants": (lambda x: {"a": [True, 2], "b": -0.0}, (3.0,)),
    "truth": (lambda x: x > 1.0, (3.0,)),
    "captured": (lambda x, n, s: w * x * n + len(s), (3.0, 2, NASTY)),
    "captured alone": (lambda x: w, (3.0,)),
    "captured truth": (lambda x: w > x, (3.0,)),
    "captured and more": (lambda x: (w * x, 3, True, -0.0, {NASTY: [NASTY == ""]}), (3.0,)),
    "statics": (
        lambda x, n, b, s, o, y: x * n + len(s) + y if b and o is None else x,
        (3.0, 2, True, NASTY, None, 0.5),
    ),
    "numpy statics": (lambda x, n, b: x * n if b else x, (3.0, np.int64(2), np.bool_(True))),
    "list": (lambda p: [p[0] * 2.0, p[2], p[1] > 0.0], ([1.0, -2.0, 3.0],)),
    "tuple": (lambda p: (p[0] * 2.0, (p[2],), ()), ((1.0, -2.0, 3.0),)),
    "long list": (lambda p: [x * 2.0 for x in p], ([0.5] * 900,)),
    "longer list": (lambda p: ag.sum(p) * p[-1], ([0.5] * 3000,)),
    "nested": (
        lambda t: {"out": [t["b"][1]["c"] * t["a"], {NASTY: t["b"][0] - 1.0}], "t": (t["a"],)},
        ({"a": 2.0, "b": [3.0, {"c": 4.0, NASTY: "text"}]},),
    ),
    "empty": (lambda a, b, c, x: [x * 2.0, [], {}], ([], (), {}, 1.0)),
    "array": (lambda a: a * 2.0 + 1.0, (ARRAY,)),
    "wide array": (lambda a: a.T @ a, (WIDE,)),
    "array of none": (lambda a: a * 2.0, (np.empty((0, 3)),)),
    "array of one": (lambda a: np.array(a * 2.0), (np.array(3.0),)),
    "array to number": (lambda a: ag.sum(a * a), (ARRAY,)),
    "array to many": (
        lambda a: {"s": a[1:4] * 2.0, "t": a[0] > 1.0, "l": [*a[:5]], "p": a.reshape(2, 3)},
        (ARRAY,),
    ),
    "list of arrays": (lambda a: [a * x for x in (1.0, 2.0, 3.0, 4.0)], (ARRAY,)),
    "arrays": (lambda a, b: [a @ b, a - a, 3.0], (WIDE, np.arange(3.0))),
    "array among others": (
        lambda d, n, x: d["a"] * x * n,
        ({"a": ARRAY, "n": 3}, 2, 0.5),
    ),
    "array of truths": (lambda a: np.array([x > 1.0 for x in a]), (ARRAY,)),
    "truths after numbers": (lambda a: np.array([a[0], a[1] > 0.5], dtype=object), (ARRAY,)),
    "array of constants": (lambda x: np.array([1, 2]), (3.0,)),
    "array of both": (lambda x: np.array([1, x, 2.5, True], dtype=object), (3.0,)),
}


# What needs no short way.
RARE = {name for name in CASES if name.startswith(("array of", "truths after"))}


LONG = ["long list", "longer list"]  # which LLVM compiles for seconds
SHORT = [name for name in CASES if name not in LONG]


@pytest.mark.parametrize("name", mark_slow_after(len(SHORT), [*SHORT, *LONG]))
def test_as_the_general_way(jit: Any, name: str) -> None:
    f, args = CASES[name]
    expected = spelt(jit(f)(*args))
    jitted = jit(f)
    for _ in range(4):
        assert spelt(jitted(*args)) == expected
    if name not in RARE:
        assert spelt(short(jitted, *args)) == expected


@pytest.mark.slow
def test_back_and_forth_between_shapes_and_branches(jit: Any) -> None:
    def f(p: Any, n: int) -> Any:
        total = 0.0
        for x in p:
            total = total + (x * n if x > 0.0 else -x) * int(x)
        return total if total < 50.0 else [total]

    jitted = jit(f)
    calls = [([a, b], n) for a in (-2.5, 0.5, 3.5, 6.5) for b in (-1.5, 4.5) for n in (1, 2, 3)]
    calls += [([a, 1.0, 2.5], 2) for a in (-1.0, 1.0, 40.0)]
    for step in (1, 1, 5, 7, 1):
        for k in range(len(calls)):
            args = calls[k * step % len(calls)]
            assert spelt(jitted(*args)) == spelt(f(*args))


@pytest.mark.slow
def test_many_ways_do_not_recurse() -> None:
    def f(x: Any) -> Any:
        while x > 1.0:
            x = x * 0.5
        return x

    jitted = ag.jit(f, backend="python")
    for _ in range(3):
        for k in range(200):
            jitted(1.5 * 2.0**k)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 100)
    try:
        assert {jitted(1.5 * 2.0**k) for k in range(200)} == {0.75}
    finally:
        sys.setrecursionlimit(limit)


class Odd(float):
    """A float that is none to the short way."""


REFUSED: list[tuple[Any, Any]] = [
    (1.0, [Value(1.0), np.float64(1.0), 1, True, None, "1.0", Odd(1.0), [1.0], {}]),
    (1, [1.0, True, 2, np.int64(1), "1"]),
    ("s", ["t", b"s", None, ["s"]]),
    ([1.0, 2.0], [[1.0], [1.0] * 3, (1.0, 2.0), [1.0, 2], [Value(1.0), 2.0], np.ones(2), 1.0]),
    ({"a": 1.0, "b": 2}, [{"b": 2, "a": 1.0}, {"a": 1.0}, {"a": 1.0, "b": 3}, [1.0, 2]]),
    ({"a": 1.0, "b": 2}, [{"a": 1.0, "b": 2.0}, {"a": 1.0, "b": True}, {"a": 1, "b": 2}]),
    ((1, "s", b"b", None), [(True, "s", b"b", None), (1.0, "s", b"b", None), (1, "t", b"b", None)]),
    (ARRAY, [ARRAY[:5], WIDE, ARRAY.astype("f4"), ARRAY.astype(int), [*map(float, ARRAY)]]),
    (ARRAY, [ARRAY.astype(object), np.ma.array(ARRAY), ARRAY > 1.0, None]),
    (WIDE, [ARRAY, np.ones((3, 2)), WIDE.tolist(), [*WIDE]]),
]


@loop_over("first, others", REFUSED)
def test_refuses_other_arguments(jit: Any, first: Any, others: list[Any]) -> None:
    """With captured leaves and without."""
    captured = [lambda x, y: y * w] if isinstance(first, (float, int, str)) else []
    for f in [lambda x, y: y * 2.0, *captured]:
        jitted = jit(f)
        assert short(jitted, first, 3.0) is not MISS
        for other in others:
            assert jitted._fast((other, 3.0), -1) is MISS, other
        assert jitted._fast((first,), -1) is MISS
        assert jitted._fast((first, 3.0, 3.0), -1) is MISS
        assert short(jitted, first, 3.0) is not MISS


@loop_over("make", [lambda a: a.copy("F"), lambda a: a.repeat(2, 1)[:, ::2],
                                  lambda a: a[::-1, ::-1].copy()[::-1, ::-1],
                                  lambda a: a.astype(">f8")])  # fmt: skip
def test_strides_and_byte_order(jit: Any, make: Any) -> None:
    for f in (lambda a: a[0, 1] - a[1, 2] * 2.0, lambda a: [a.sum(), a * 3.0]):
        jitted = jit(f)
        short(jitted, WIDE)
        assert spelt(jitted(make(WIDE))) == spelt(jitted(WIDE)) == spelt(jit(f)(WIDE))
        assert spelt(jitted(make(WIDE)[0:2])) == spelt(jitted(WIDE))
    frozen = WIDE.copy()
    frozen.flags.writeable = False
    assert spelt(jitted(frozen)) == spelt(jitted(WIDE))


def test_results_are_fresh(jit: Any) -> None:
    f = jit(lambda a: [a * 2.0, [a[0], 1.0]])
    first = short(f, ARRAY)
    first[0][:] = -1.0
    first[1].append(3.0)
    assert spelt(f(ARRAY)) == spelt([ARRAY * 2.0, [0.0, 1.0]])
