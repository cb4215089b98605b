"""Arguments and results of every structure, and what is static in them."""

import math
from collections import Counter, OrderedDict, namedtuple
from collections.abc import Callable
from fractions import Fraction
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.jit.record.arguments import read_call, read_result
from tests.support.cases import loop_over

NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")
BACKENDS = ["python", pytest.param("llvm", marks=NO_LLVM)]
Pair = namedtuple("Pair", "a b")


STRUCTURES: list[tuple[Callable[..., Any], list[tuple[Any, ...]]]] = [
    (lambda p: {"s": p["a"] + p["b"][1], "t": [p["b"][0]]}, [({"a": 1.0, "b": (2.0, 3.0)},)]),
    (lambda p: Pair(p.b, p.a * 2.0), [(Pair(1.0, 2.0),), (Pair(3.0, 4.0),)]),
    (lambda xs: [x * x for x in xs], [([],), ([1.0],), ([1.0, 2.0],), ([3.0, 4.0],)]),
    (lambda xs: (xs[::-1], 7, True, 2.5), [((1.0, 2.0),), ((3.0, 4.0),)]),
    (lambda xs: xs["a"] - xs["b"], [(OrderedDict(a=1.0, b=2.0),), (OrderedDict(b=1.0, a=2.0),)]),
    (lambda x: x, [(1.0,), (2.0,), (-0.0,)]),
    (lambda x: [x, x, [x]], [(1.0,), (2.0,)]),
    (lambda x: 3.0, [(1.0,), (2.0,)]),
    (lambda x: [], [(1.0,), (2.0,)]),
    (lambda: ag.sin(3.0), [(), ()]),
    (lambda: {"k": 3}, [(), ()]),
    (lambda n, x: x * n, [(2, 1.5), (3, 1.5), (2, 2.5), (True, 1.5)]),
    (lambda kind, x: ag.sin(x) if kind == "sin" else x, [("sin", 1.0), ("id", 1.0), ("sin", 2.0)]),
    (lambda x, y=None: x if y is None else x * y, [(1.0,), (1.0, None), (1.0, 2.0), (2.0, 3.0)]),
    (lambda flag, x: x if flag else -x, [(True, 1.0), (False, 1.0), (True, 2.0)]),
    (lambda x: x * 2, [(Fraction(1, 4),), (np.float32(0.5),), (np.float64(3.0),)]),
    (lambda n, x: x * n, [(np.int64(2), 1.5), (np.int64(3), 1.5)]),
    (lambda x, y: x > y, [(1.0, 2.0), (2.0, 1.0)]),
]


@pytest.mark.parametrize("backend", BACKENDS)
@loop_over("f, calls", STRUCTURES)
def test_structures(backend: str, f: Callable[..., Any], calls: list[tuple[Any, ...]]) -> None:
    jitted = ag.jit(f, backend=backend)
    for _ in range(3):
        for args in calls:
            found, expected = jitted(*args), f(*args)
            assert found == expected
            assert type(found) in (type(expected), float)


@pytest.mark.parametrize("backend", BACKENDS)
def test_arrays(backend: str) -> None:
    f = ag.jit(lambda a, b: np.sin(a) * b + a.T[0][0], backend=backend)
    for a, b in ((np.array([[1.0, 2.0]]), 3.0), (np.array([[4], [5]]), 0.5), (np.eye(2), 1.0)):
        found = f(a, b)
        assert found.dtype == np.float64
        assert np.array_equal(found, np.sin(a) * b + a.T[0][0])
    assert ag.jit(lambda a: a * 2.0, backend=backend)(np.array(1.5)) == 3.0
    leaves = np.array([Value(1.0), Value(2.0)])
    y = f(leaves.reshape(1, 2), 2.0)
    assert [type(v) for v in y.ravel()] == [Value, Value]


@pytest.mark.parametrize("backend", BACKENDS)
def test_keywords(backend: str) -> None:
    f = ag.jit(lambda x, *, scale=2.0, power=1: scale * x**power, backend=backend)
    for _ in range(3):
        assert f(3.0) == 6.0
        assert f(3.0, scale=4.0) == f(x=3.0, scale=4.0) == 12.0
        assert f(3.0, power=2, scale=1.0) == f(3.0, scale=1.0, power=2) == 9.0


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_result_is_new_at_each_call(backend: str) -> None:
    f = ag.jit(lambda x: {"a": [x, 1.0]}, backend=backend)
    first = f(1.0)
    first["a"].append("mine")
    assert f(1.0) == {"a": [1.0, 1.0]}


@pytest.mark.parametrize("backend", BACKENDS)
def test_static_arguments(backend: str) -> None:
    runs: Counter[str] = Counter()

    def f(x: Any, table: Any, sign: Any) -> Any:
        runs["all"] += 1
        return x * sum(table) * math.copysign(1.0, sign)

    jitted = ag.jit(f, backend=backend, static_argnums=(1, -1))
    for _ in range(3):
        for x in (1.0, 2.0):
            assert jitted(x, (1, 2), 0.0) == 3.0 * x
            assert jitted(x, (1, 2), -0.0) == -3.0 * x
            assert jitted(x, (1, True), 0.0) == 2.0 * x
            assert jitted(x, frozenset([4]), 1) == 4.0 * x
    assert runs.total() == 4
    assert ag.jit(f, backend=backend, static_argnums=2)(1.0, [1.0], 1.0) == 1.0
    with pytest.raises(TypeError, match="argument 1 is static, but a list is not hashable"):
        jitted(1.0, [1, 2], 0.0)


@pytest.mark.parametrize("backend", BACKENDS)
def test_ints_bools_and_floats_are_told_apart(backend: str) -> None:
    f = ag.jit(lambda n: [n * 2, isinstance(n, bool)], backend=backend)
    for _ in range(2):
        assert [f(1), f(True), f(1.0)] == [[2, False], [2, True], [2.0, False]]
        assert [type(x) for x in (f(1)[0], f(1.0)[0])] == [int, float]


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_value_as_two_arguments(backend: str) -> None:
    x = Value(3.0)
    y = ag.jit(lambda a, b: a * b + a, backend=backend)(x, x)
    y.backward()
    assert (y.parents, x.grad) == ((x, x), 7.0)


REFUSED = [
    (1j, "argument 0 has type complex"),
    (object(), "argument 0 has type object"),
    ({1.0}, "argument 0 has type set"),
    ([1.0, [2.0, object()]], r"argument 0\[1\]\[1\] has type object"),
    ({"a": range(2)}, r"argument 0\['a'\] has type range"),
    (np.array(["a"]), "argument 0 has dtype"),
    (np.array([1j]), "argument 0 has dtype complex"),
]


@loop_over("argument, message", REFUSED)
def test_arguments_that_are_no_numbers(argument: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        ag.jit(lambda x: 1.0, backend="python")(argument)
    with pytest.raises(TypeError, match="argument x"):
        ag.jit(lambda x: 1.0, backend="python")(x=argument)


def test_a_list_that_contains_itself() -> None:
    loop: list[Any] = [1.0]
    loop.append(loop)
    with pytest.raises(TypeError, match="contains itself"):
        read_call([loop], {}, ())
    with pytest.raises(TypeError, match="contains itself"):
        read_result(loop, "the result")


def test_shapes_hold_no_numbers() -> None:
    def key(*args: Any, **options: Any) -> Any:
        return read_call(args, options, ()).key

    assert key(1.0, [2.0]) == key(Value(3.0), [np.float64(4.0)])
    assert key(1.0) != key(1)
    assert key(1) != key(True)
    assert key([1.0]) != key((1.0,))
    assert key({"a": 1.0}) != key({"b": 1.0})
    assert key(np.zeros(4)) != key(np.zeros((2, 2)))
    assert key(1.0, k=2.0) == key(3.0, k=4.0) != key(3.0, 4.0)


def test_a_call_puts_other_numbers_in_their_places() -> None:
    call = read_call([1.0, "s", {"a": [2.0, None]}], {"k": (3.0,)}, ())
    assert call.numbers == [1.0, 2.0, 3.0]
    assert call.arguments([7.0, 8.0, 9.0]) == ([7.0, "s", {"a": [8.0, None]}], {"k": (9.0,)})
