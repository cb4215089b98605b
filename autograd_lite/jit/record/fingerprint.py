"""What a short container or array holds, as text that changes when it does."""

from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterator
from itertools import chain, islice
from operator import is_
from typing import Any

NUMBERS = frozenset([int, float, bool, str, bytes, type(None)])
_LONGEST = 16  # elements of a container
_MOST = 32  # in all, where containers are in one another
_LONGEST_ARRAY = 256
# not Counter or defaultdict, in which a function is more likely to note something than to read it
_KINDS = frozenset([list, tuple, dict, OrderedDict, set, frozenset, deque])
_FIXED = (tuple, frozenset)  # whose elements stay the same objects


class _Opening:
    """Stands before the elements of a container."""

    def __init__(self, container: Any, size: int) -> None:
        self.text = (type(container).__name__, size)
        self.container = container


def fingerprint(x: Any) -> Any:
    """Numbers as they are, and which objects; None for what is no short container or array."""
    if _is_array(x):
        return (x.dtype.str, x.shape, x.tobytes()) if x.size <= _LONGEST_ARRAY else None
    found = _open(x)
    return None if found is None else [_make_token(item) for item in found]


def collect_objects(x: Any) -> list[Any]:
    """The objects in a short container or array, which must not be freed while ids tell them."""
    if _is_array(x):
        return x.ravel().tolist() if x.dtype.hasobject and x.size <= _LONGEST_ARRAY else []
    found = _open(x) or ()
    return [item for item in found if type(item) not in NUMBERS and type(item) is not _Opening]


def make_unchanged_check(x: Any) -> Callable[[], bool] | None:
    """A function that says whether the contents are the very objects, or array's bytes, of now.

    Where it says no, an object may have been replaced by an equal number: `contents` tells. It is
    asked at every call, and ten times as fast.
    """
    if _is_array(x):
        if x.size > _LONGEST_ARRAY:
            return None
        dtype, shape, held = x.dtype, x.shape, x.tobytes()
        return lambda: x.dtype is dtype and x.shape == shape and x.tobytes() == held
    found = _open(x)
    if found is None:
        return None
    spaces: list[Collection[Any]] = []
    for item in found:
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
    # an object by its id, for `==` compares Values by their numbers
    return item.text if type(item) is _Opening else ("object", id(item))


def _open(x: Any) -> list[Any] | None:
    """What is in a short container, with the elements of short containers in it."""
    first = _list_items(x)
    if first is None:
        return None
    found: list[Any] = [_Opening(x, len(first))]
    stack: list[Iterator[Any]] = [iter(first)]
    while stack:
        for item in stack[-1]:
            inner = _list_items(item) if type(item) not in NUMBERS and len(found) < _MOST else None
            if inner is not None:
                found.append(_Opening(item, len(inner)))
                stack.append(iter(inner))
                break
            found.append(item)
        else:
            stack.pop()
    return found


def _list_items(x: Any) -> list[Any] | None:
    # of a named tuple too, but not where an iteration would run a user's code
    if type(x) not in _KINDS and getattr(type(x), "__iter__", None) is not tuple.__iter__:
        return None
    found = list(islice(x, _LONGEST + 1))
    if len(found) > _LONGEST:
        return None
    return [*found, *x.values()] if isinstance(x, dict) else found
