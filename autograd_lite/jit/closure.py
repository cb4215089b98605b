"""The names that a function takes from outside: what they meant when it was recorded.

A recording holds the numbers that f read from outside, so a call must notice when one is another by
then. Watched are the closure cells and globals that f's code names, those of the functions among
them, the attributes that the code names of the objects and modules found so, and the elements of
short lists, tuples and dicts of numbers and Values, and of short arrays. What lies deeper is not: a
long list, an array of many elements, an attribute of an attribute.
"""

import inspect
import os
from collections.abc import Callable, Hashable, Sequence
from types import BuiltinFunctionType, CellType, FunctionType, MethodType, ModuleType
from typing import Any

__all__: list[str] = []

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_NUMBERS = (int, float, bool, str, bytes, type(None))
_MOST_FUNCTIONS = 1000
_LONGEST_LIST = 16
_LONGEST_ARRAY = 256
MISSING = object()
_CODE = (FunctionType, BuiltinFunctionType, MethodType, ModuleType, type)


class Names:
    """The watched names of a function: closure cells, and (namespace, name) pairs.

    Arguments:
        kept: what was found is kept here by its id, for as long as a key may be compared with
            another, so that no other object gets that id.
    """

    def __init__(self, f: Callable[..., Any], kept: dict[int, Any] | None = None) -> None:
        self.cells: list[CellType] = []
        self.entries: list[tuple[dict[str, Any], str]] = []
        self._kept: dict[int, Any] = {} if kept is None else kept
        self._seen: set[Any] = set()
        pending: list[Any] = [f]
        while pending and len(self._seen) < _MOST_FUNCTIONS:
            pending += self._visit(pending.pop())

    def _visit(self, f: Any) -> list[Any]:
        """Watch one function's names; returns what they are bound to, functions among it."""
        f = _method_of(f)
        if isinstance(f, MethodType):
            names = _names(f.__func__.__code__) if isinstance(f.__func__, FunctionType) else []
            self._watch_attributes(f.__self__, names)
        f = _function(f)
        if f is None or id(f) in self._seen:
            return []
        self._seen.add(id(f))
        own = f.__code__.co_filename.startswith(_PACKAGE)
        names = _names(f.__code__)
        found = []
        for cell in f.__closure__ or ():
            value = _contents(cell)
            found.append(value)
            if not own:
                self.cells.append(cell)
        if own:  # of the package's own functions, as grad(f) is, only what they close over
            return found
        for name in names:
            if name in f.__globals__:
                value = f.__globals__[name]
                found.append(value)
                if not isinstance(value, (ModuleType, type)):
                    self._watch(f.__globals__, name)
        for value in found:
            self._watch_attributes(value, names)
        return found

    def _watch(self, space: dict[str, Any], name: str) -> None:
        if (id(space), name) not in self._seen:
            self._seen.add((id(space), name))
            self.entries.append((space, name))

    def _watch_attributes(self, x: Any, names: list[str]) -> None:
        space = None if isinstance(x, (FunctionType, type)) else getattr(x, "__dict__", None)
        if isinstance(space, dict):
            for name in names:
                if name in space and not isinstance(space[name], _CODE):
                    self._watch(space, name)

    def values(self) -> list[Any]:
        """What the names are bound to now."""
        now = [_contents(cell) for cell in self.cells]
        return now + [space.get(name, MISSING) for space, name in self.entries]

    def key(self) -> Hashable:
        """Equal while every name is bound to the same object, or to equal numbers."""
        return tuple([self._token(x) for x in self.values()])

    def _token(self, x: Any) -> Hashable:
        if type(x) in _NUMBERS or getattr(x, "shape", None) == ():  # a NumPy scalar
            return (type(x), repr(x))
        self._kept[id(x)] = x
        numbers = contents(x)
        if numbers is None:
            return id(x)
        if type(x) in (list, tuple, dict):
            self._kept.update([(id(item), item) for item in (x.values() if type(x) is dict else x)])
        return (id(x), repr(numbers))


def contents(x: Any) -> Any:
    """What a short container of numbers and Values holds; None for anything else."""
    if type(x) in (list, tuple) and len(x) <= _LONGEST_LIST:
        return _elements(x)
    if type(x) is dict and len(x) <= _LONGEST_LIST:
        elements = _elements([*x.values()])
        return None if elements is None else (*x, *elements)
    if type(x).__name__ == "ndarray" and hasattr(x, "dtype") and x.dtype.kind in "fiub":
        return (x.dtype.str, x.shape, x.tobytes()) if x.size <= _LONGEST_ARRAY else None
    return None


def _elements(items: Sequence[Any]) -> tuple[Any, ...] | None:
    found: list[Any] = []
    for x in items:
        if type(x) in _NUMBERS:
            found.append(x)
        elif hasattr(x, "record"):  # a Value: which one it is, since `==` compares its number
            found.append(("Value", id(x)))
        else:
            return None
    return tuple(found)


def _method_of(f: Any) -> Any:
    """The `__call__` of an object that is called; anything else as it is."""
    call = inspect.getattr_static(type(f), "__call__", None)
    if isinstance(call, FunctionType) and _function(f) is None:
        return MethodType(call, f)
    return f


def _function(f: Any) -> FunctionType | None:
    """The Python function behind a method, a partial or a wrapper."""
    while f is not None and not isinstance(f, FunctionType):
        if isinstance(f, MethodType):
            f = f.__func__
        elif type(f).__module__ == "functools" and hasattr(f, "func"):
            f = f.func
        else:
            f = getattr(f, "__wrapped__", None)
    return f


def _contents(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not bound yet
        return MISSING


def _names(code: Any) -> list[str]:
    """The global and attribute names in a function's code, and in that of functions inside it."""
    names: list[str] = []
    pending = [code]
    while pending:
        code = pending.pop()
        names += code.co_names
        pending += [x for x in code.co_consts if hasattr(x, "co_names")]
    return list(dict.fromkeys(names))
