"""A fingerprint of what a short container or array contains, which changes when that does."""

from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterator
from itertools import chain, islice
from operator import is_
from typing import Any

NUMBERS = frozenset([int, float, bool, str, bytes, type(None)])
_LONGEST = 16  # elements of one container
_MOST = 32  # elements of nested containers together
_LONGEST_ARRAY = 256
# not Counter or defaultdict, which functions write to more often than they read them
_KINDS = frozenset([list, tuple, dict, OrderedDict, set, frozenset, deque])
_FIXED = (tuple, frozenset)  # their elements stay the same objects


class _Opening:
    """Marks the beginning of a container's elements."""

    def __init__(self, container: Any, size: int) -> None:
        self.text = (type(container).__name__, size)
        self.container = container


def fingerprint(x: Any) -> Any:
    """Return numbers and ids of objects; None for all but short containers and arrays."""
    if _is_array(x):
        return (x.dtype.str, x.shape, x.tobytes()) if x.size <= _LONGEST_ARRAY else None
    items = _open(x)
    return None if items is None else [_make_token(item) for item in items]


def collect_objects(x: Any) -> list[Any]:
    """Return the objects in a short container or array: kept alive, their ids stay their own."""
    if _is_array(x):
        return x.ravel().tolist() if x.dtype.hasobject and x.size <= _LONGEST_ARRAY else []
    items = _open(x) or ()
    return [item for item in items if type(item) not in NUMBERS and type(item) is not _Opening]


def make_unchanged_check(x: Any) -> Callable[[], bool] | None:
    """Return a function that tells whether x contains the same objects, or bytes, as now.

    Each call asks it, since it is ten times as fast as `fingerprint`. Where it says no, the
    fingerprint decides: an object may have been replaced by an equal number.
    """
    if _is_array(x):
        if x.size > _LONGEST_ARRAY:
            return None
        dtype, shape, data = x.dtype, x.shape, x.tobytes()
        return lambda: x.dtype is dtype and x.shape == shape and x.tobytes() == data
    contents = _open(x)
    if contents is None:
        return None
    spaces: list[Collection[Any]] = []
    for item in contents:
        if type(item) is _Opening and not isinstance(item.container, _FIXED):
            spaces.append(item.container)
            if isinstance(item.container, dict):
                spaces.append(item.container.values())
    sizes, items = list(map(len, spaces)), list(chain.from_iterable(spaces))
    return lambda: (
        list(map(len, spaces)) == sizes and all(map(is_, chain.from_iterable(spaces), items))
    )


def _is_array(x: Any) -> bool:
    return type(x).__name__ == "ndarray" and hasattr(x, "dtype")


def _make_token(item: Any) -> Any:
    if type(item) in NUMBERS:
        return item
    # an object by its id, since `==` compares Values by their numbers
    return item.text if type(item) is _Opening else ("object", id(item))


def _open(x: Any) -> list[Any] | None:
    """List what is in a short container and in the short containers inside it."""
    first = _list_items(x)
    if first is None:
        return None
    contents: list[Any] = [_Opening(x, len(first))]
    stack: list[Iterator[Any]] = [iter(first)]
    while stack:
        for item in stack[-1]:
            inner = (
                _list_items(item) if type(item) not in NUMBERS and len(contents) < _MOST else None
            )
            if inner is not None:
                contents.append(_Opening(item, len(inner)))
                stack.append(iter(inner))
                break
            contents.append(item)
        else:
            stack.pop()
    return contents


def _list_items(x: Any) -> list[Any] | None:
    # a named tuple will do, but no type whose iteration runs the user's code
    if type(x) not in _KINDS and getattr(type(x), "__iter__", None) is not tuple.__iter__:
        return None
    items = list(islice(x, _LONGEST + 1))
    if len(items) > _LONGEST:
        return None
    return [*items, *x.values()] if isinstance(x, dict) else items
