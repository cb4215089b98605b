"""What a short container holds: each change of it shows."""

from collections import Counter, OrderedDict, deque, namedtuple
from collections.abc import Callable
from typing import Any

import pytest

from autograd_lite import Value
from autograd_lite.jit.record.fingerprint import collect_objects, fingerprint, make_unchanged_check

Pair = namedtuple("Pair", "a b")


def shows(x: Any, *changes: Callable[[Any], Any]) -> None:
    before = repr(fingerprint(x))
    for change in changes:
        same = make_unchanged_check(x)
        assert repr(fingerprint(x)) == before and same is not None and same()
        change(x)
        assert repr(fingerprint(x)) != before and not same()
        before = repr(fingerprint(x))


def test_containers_in_one_another() -> None:
    shows(
        [[0.0, 1], {"k": (2.0, [3.0])}],
        lambda x: x[0].__setitem__(0, -0.0),
        lambda x: x[0].__setitem__(1, True),
        lambda x: x[1]["k"][1].__setitem__(0, 4.0),
        lambda x: x[1]["k"][1].append(4.0),
        lambda x: x.__setitem__(0, tuple(x[0])),
        lambda x: x[1].update(other=x[1].pop("k")),
    )
    assert fingerprint([[1.0], 2.0]) != fingerprint([[1.0, 2.0]]) != fingerprint([1.0, [2.0]])


@pytest.mark.parametrize("kind", [list, tuple, deque, set, frozenset])
def test_kinds(kind: Any) -> None:
    assert fingerprint(kind([1.0])) == fingerprint(kind([1.0])) != fingerprint(kind([2.0]))
    assert fingerprint(kind(range(16))) != fingerprint(kind(range(1, 17)))
    assert fingerprint(kind(range(17))) is None


def test_kinds_of_dicts_and_tuples() -> None:
    shows(OrderedDict(a=1.0, b=2.0), lambda x: x.move_to_end("a"), lambda x: x.update(a=3.0))
    shows(Pair([1.0], 2.0), lambda x: x.a.append(3.0))


def test_objects_are_told_apart_by_identity() -> None:
    kept = [Value(1.0), object(), Value(1.0), None]
    shows(kept, lambda x: x.__setitem__(0, x[2]), lambda x: x.__setitem__(1, object()))
    assert [id(x) for x in collect_objects([kept, 5.0, "text"])] == [id(x) for x in kept[:3]]


def test_what_is_not_looked_into() -> None:
    class Own(list[float]):
        def __iter__(self) -> Any:
            raise AssertionError

    for x in (Own([1.0]), Counter("a"), "text", range(3), iter([1.0]), 1.0, Value(1.0), list):
        assert fingerprint(x) is None
        assert collect_objects(x) == []
        assert make_unchanged_check(x) is None


def test_an_equal_number_is_another_object() -> None:
    x = [[1.5], {"k": 2.5}]
    same, before = make_unchanged_check(x), fingerprint(x)
    x[0][0] = float("1.5")
    assert same is not None and not same()
    assert fingerprint(x) == before


def test_what_moves_from_one_container_to_the_next() -> None:
    x: list[Any] = [[1.0, 2.0], [], {1.0: 2.0}, deque([3.0])]
    shows(
        x,
        lambda x: x[1].insert(0, x[0].pop()),
        lambda x: x[3].appendleft(x[1].pop()),
        lambda x: x[2].clear(),
        lambda x: x[3].rotate(),
    )


def test_what_contains_itself() -> None:
    x: list[Any] = [1.0]
    x.append(x)
    shows(x, lambda x: x.__setitem__(0, 2.0))


def test_arrays() -> None:
    np = pytest.importorskip("numpy")
    shows(np.array(1.0), lambda x: x.__setitem__((), 1.0 + 1e-12), lambda x: x.resize(1, 1))
    shows(np.array([1j, 2.0]), lambda x: x.__setitem__(0, 2j))
    values = [Value(1.0), Value(1.0)]
    shows(np.array(values), lambda x: x.__setitem__(0, values[1]))
    assert [id(x) for x in collect_objects(np.array(values))] == [id(x) for x in values]
    assert fingerprint(np.zeros(257)) is make_unchanged_check(np.zeros(257)) is None
    assert collect_objects(np.zeros(4)) == []
