"""The names that a function takes from outside: what they meant when it was recorded.

A recording holds the numbers that f read from outside, so a call must notice when one is another by
then. Watched are the closure cells, globals and default arguments of f and of the functions that it
names, methods and properties among them; the attributes that they name of the objects, classes and
modules found so, and of those attributes; and the elements of short containers and arrays. What
lies deeper is not: a long list, an array of many elements, an attribute of an object in a list.
"""

import os
from collections.abc import Callable, Hashable
from pathlib import Path
from types import (
    BuiltinFunctionType,
    CellType,
    FunctionType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

from ...core.node import Node
from .fingerprint import NUMBERS, collect_objects, fingerprint, make_unchanged_check

_PACKAGE = str(Path(__file__).resolve().parents[2]) + os.sep
_STANDARD_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_MAX_VARIABLES = 1000
MISSING = object()
_CODE = (FunctionType, BuiltinFunctionType, MethodType, ModuleType, type)


class CapturedVariables:
    """The watched names of a function.

    Attributes:
        cells: closure cells.
        entries: (space, name): an element of a dict, or an attribute of anything else.
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self.cells: list[CellType] = []
        self.entries: list[tuple[Any, str]] = []
        self._seen: set[tuple[int, Any]] = set()
        self._names: list[str] = []  # in the code of all functions: one may get another's objects
        self._objects: list[Any] = []
        self._scanned: list[int] = []  # of each object, how many of the names
        # what a name was bound to when it was last asked, whether that is unchanged, its token
        self._known: dict[int, tuple[Any, Callable[[], bool] | None, Hashable]] = {}
        pending: list[tuple[Any, Any]] = [(f, MISSING)]
        while pending and len(self._seen) < _MAX_VARIABLES:
            while pending and len(self._seen) < _MAX_VARIABLES:
                pending += self._visit(*pending.pop())
            pending = self._scan()

    def _visit(self, f: Any, instance: Any) -> list[tuple[Any, Any]]:
        """Watch the names in a function; returns what else may be one, and whose method it is."""
        found: list[Any] = []
        f, instance = self._unwrap(f, instance, found)
        if f is None or (id(f), id(instance)) in self._seen:
            return []
        self._seen.add((id(f), id(instance)))
        cells = f.__closure__ or ()
        found += [_read_cell(cell) for cell in cells]
        if not _is_library(f):  # of which only what it closes over: as grad(f) does over f
            known: set[Any] = set(map(id, self.cells))  # `==` would compare what is in the cells
            self.cells += [cell for cell in cells if id(cell) not in known]
            found += self._watch_given(f, "__defaults__") + self._watch_given(f, "__kwdefaults__")
            names = _list_names(f.__code__)
            found += self._watch_globals(f.__globals__, names)
            known = set(self._names)
            self._names += [name for name in names if name not in known]
            self._meet(instance)
        return [pair for x in found for pair in self._meet(x)]

    def _watch_globals(self, space: dict[str, Any], names: list[str]) -> list[Any]:
        found = [name for name in names if name in space]
        for name in found:
            if not isinstance(space[name], (ModuleType, type)):
                self._watch(space, name)
        return [space[name] for name in found]

    def _unwrap(self, f: Any, instance: Any, found: list[Any]) -> tuple[Any, Any]:
        """The Python function behind a method, a partial, a property or an object that is called,
        and whose method it is.
        """
        given = f
        while f is not None and not isinstance(f, FunctionType):
            if isinstance(f, MethodType):
                instance, f = f.__self__, f.__func__
            elif isinstance(f, property):
                f = f.fget
            elif type(f).__module__ == "functools" and hasattr(f, "func"):
                found += self._watch_given(f, "args") + self._watch_given(f, "keywords")
                f = f.func
            else:
                f = getattr(f, "__wrapped__", None)
        if f is None and not isinstance(given, type):
            call = _look_up_in_classes(type(given), "__call__")
            return (call, given) if isinstance(call, FunctionType) else (None, MISSING)
        return f, instance

    def _meet(self, x: Any) -> list[tuple[Any, Any]]:
        """Note something from outside, to look for attributes in; returns what may be called."""
        if type(x) in NUMBERS or x is MISSING:
            return []
        if not isinstance(x, (Node, BuiltinFunctionType)) and all(
            x is not y for y in self._objects
        ):
            self._objects.append(x)
            self._scanned.append(0)
        functions = [
            part for part in collect_objects(x) if isinstance(part, (FunctionType, MethodType))
        ]
        return [(f, MISSING) for f in (x, *functions)]

    def _scan(self) -> list[tuple[Any, Any]]:
        """Watch what all objects have under the names; returns functions, and whose they are."""
        pending: list[tuple[Any, Any]] = []
        for k, x in enumerate(self._objects):  # which grow meanwhile
            names = self._names[self._scanned[k] :]
            if isinstance(x, type) and not self._scanned[k]:
                names = [*names, "__init__"]
            self._scanned[k] = len(self._names)
            for value, owner in self._attributes(x, names):
                pending += [(value, owner)] if owner is not MISSING else self._meet(value)
        return pending

    def _attributes(self, x: Any, names: list[str]) -> list[tuple[Any, Any]]:
        """Watch the named attributes of an object; returns them, methods with the object."""
        found: list[tuple[Any, Any]] = []
        own = {} if isinstance(x, type) else getattr(x, "__dict__", None) or {}
        if isinstance(x, ModuleType) or not _is_plain(x):
            for name in names:
                if name in own:
                    found.append((own[name], MISSING))
                    if not isinstance(own[name], _CODE):
                        self._watch(own, name)
            return found
        kind = x if isinstance(x, type) else type(x)
        for name in names:
            shared = _look_up_in_classes(kind, name)
            is_slot = isinstance(shared, MemberDescriptorType) and x is not kind
            if is_slot or (name in own and not isinstance(shared, property)):
                found.append((self._watch(x, name), MISSING))
            elif hasattr(type(shared), "__get__"):
                found.append((shared, x))
            elif shared is not MISSING:
                found.append((self._watch(x, name), MISSING))
        return found

    def _watch_given(self, f: Any, name: str) -> list[Any]:
        """Watch arguments that are given with a function, unless none of them can change."""
        given = getattr(f, name, None) or ()
        items = [*(given.values() if isinstance(given, dict) else given)]
        if {*map(type, items)} <= NUMBERS:
            return []
        self._watch(f, name)
        return items

    def _watch(self, space: Any, name: str) -> Any:
        if (id(space), name) not in self._seen:
            self._seen.add((id(space), name))
            self.entries.append((space, name))
        return _look_up(space, name)

    def values(self) -> list[Any]:
        """What the names are bound to now."""
        now = [_read_cell(cell) for cell in self.cells]
        return now + [_look_up(space, name) for space, name in self.entries]

    def key(self) -> Hashable:
        """Equal while every name is bound to the same object, or to equal numbers."""
        return tuple([self._get_token(k, x) for k, x in enumerate(self.values())])

    def _get_token(self, k: int, x: Any) -> Hashable:
        known = self._known.get(k)
        if known is not None and known[0] is x and (known[1] is None or known[1]()):
            return known[2]
        same, token = make_unchanged_check(x), _make_token(x)
        # in between another thread may have changed what it holds
        if same is None or same():
            self._known[k] = (x, same, token)
        return token


class _Identity:
    """Equal to what holds the same object. It holds it, or another could get its id."""

    __slots__ = ("_x",)

    def __init__(self, x: Any) -> None:
        self._x = x

    def __eq__(self, other: object) -> bool:
        return type(other) is _Identity and other._x is self._x

    def __hash__(self) -> int:
        return id(self._x)


def _make_token(x: Any) -> Hashable:
    if type(x) in NUMBERS or _is_numpy_scalar(x):
        return (type(x), repr(x))
    return (repr(fingerprint(x)), _Identity(x), *map(_Identity, collect_objects(x)))


def _is_numpy_scalar(x: Any) -> bool:
    # not an array of no dimensions, which may change, and whose text is rounded
    of_numpy = type(x).__module__ == "numpy" and getattr(x, "shape", None) == ()
    return of_numpy and not hasattr(x, "__setitem__")


def _is_plain(x: Any) -> bool:
    """Whether looking up an attribute runs no user's code."""
    own: Any = type(x).__getattribute__
    return own is object.__getattribute__ or own is type.__getattribute__


def _look_up(space: Any, name: str) -> Any:
    return space.get(name, MISSING) if type(space) is dict else getattr(space, name, MISSING)


def _look_up_in_classes(kind: type, name: str) -> Any:
    """What a name stands for in a class and those that it inherits from."""
    return next((c.__dict__[name] for c in kind.__mro__ if name in c.__dict__), MISSING)


def _is_library(f: FunctionType) -> bool:
    path = f.__code__.co_filename
    if path.startswith(_STANDARD_LIBRARY):
        return "-packages" not in path[len(_STANDARD_LIBRARY) :]
    if path.startswith((_PACKAGE, "<frozen ")):
        return True
    return str(f.__globals__.get("__name__")).partition(".")[0] == "numpy"


def _read_cell(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not bound yet
        return MISSING


def _list_names(code: Any) -> list[str]:
    """The global and attribute names in a function's code, and in that of functions inside it."""
    names: list[str] = []
    pending = [code]
    while pending:
        code = pending.pop()
        names += code.co_names
        pending += [x for x in code.co_consts if hasattr(x, "co_names")]
    return list(dict.fromkeys(names))
