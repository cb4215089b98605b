"""The variables that a function captures, and what they were bound to when it was traced.

A trace contains the numbers that f read from outside, so a call must notice when one has changed.
These are watched: the closure cells, globals and default arguments of f and of the functions that
it names, including methods and properties; the attributes that they name of the objects, classes
and modules reached that way, and of those attributes; and the elements of short containers and
arrays. Nothing deeper is watched: a long list, an array of many elements, an attribute of an object
in a list.
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
    """The watched variables of a function.

    Attributes:
        cells: closure cells.
        entries: (space, name): an element of a dict, or an attribute of anything else.
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self.cells: list[CellType] = []
        self.entries: list[tuple[Any, str]] = []
        self._seen: set[tuple[int, Any]] = set()
        # those in the code of all functions, which may hand objects to each other
        self._names: list[str] = []
        self._objects: list[Any] = []
        self._scanned: list[int] = []  # for each object, how many of the names were looked up
        # variable -> what it was bound to last time, a check that this is unchanged, its token
        self._known: dict[int, tuple[Any, Callable[[], bool] | None, Hashable]] = {}
        pending: list[tuple[Any, Any]] = [(f, MISSING)]
        while pending and len(self._seen) < _MAX_VARIABLES:
            while pending and len(self._seen) < _MAX_VARIABLES:
                pending += self._visit(*pending.pop())
            pending = self._scan()

    def _visit(self, f: Any, instance: Any) -> list[tuple[Any, Any]]:
        """Watch a function's variables; return the functions reached and whose methods they are."""
        reached: list[Any] = []
        f, instance = self._unwrap(f, instance, reached)
        if f is None or (id(f), id(instance)) in self._seen:
            return []
        self._seen.add((id(f), id(instance)))
        cells = f.__closure__ or ()
        reached += [_read_cell(cell) for cell in cells]
        # of a library's function only the closure matters, such as that of grad(f) over f
        if not _is_library(f):
            # by id, since `==` would compare what is in the cells
            seen: set[Any] = set(map(id, self.cells))
            self.cells += [cell for cell in cells if id(cell) not in seen]
            reached += self._watch_given(f, "__defaults__") + self._watch_given(f, "__kwdefaults__")
            names = _list_names(f.__code__)
            reached += self._watch_globals(f.__globals__, names)
            seen = set(self._names)
            self._names += [name for name in names if name not in seen]
            self._meet(instance)
        return [pair for x in reached for pair in self._meet(x)]

    def _watch_globals(self, space: dict[str, Any], names: list[str]) -> list[Any]:
        """Watch the globals of these names; return what they are bound to."""
        bound = [name for name in names if name in space]
        for name in bound:
            if not isinstance(space[name], (ModuleType, type)):
                self._watch(space, name)
        return [space[name] for name in bound]

    def _unwrap(self, f: Any, instance: Any, reached: list[Any]) -> tuple[Any, Any]:
        """Return the Python function behind a callable, and the object whose method it is.

        The callable may be a method, a partial, a property or an object with `__call__`.
        """
        given = f
        while f is not None and not isinstance(f, FunctionType):
            if isinstance(f, MethodType):
                instance, f = f.__self__, f.__func__
            elif isinstance(f, property):
                f = f.fget
            elif type(f).__module__ == "functools" and hasattr(f, "func"):
                reached += self._watch_given(f, "args") + self._watch_given(f, "keywords")
                f = f.func
            else:
                f = getattr(f, "__wrapped__", None)
        if f is None and not isinstance(given, type):
            call = _look_up_in_classes(type(given), "__call__")
            return (call, given) if isinstance(call, FunctionType) else (None, MISSING)
        return f, instance

    def _meet(self, x: Any) -> list[tuple[Any, Any]]:
        """Note an object, to look for attributes in; return what it contains that may be called."""
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
        """Watch all objects' named attributes; return the functions, and whose methods they are."""
        pending: list[tuple[Any, Any]] = []
        for k, x in enumerate(self._objects):  # the list grows meanwhile
            names = self._names[self._scanned[k] :]
            if isinstance(x, type) and not self._scanned[k]:
                names = [*names, "__init__"]
            self._scanned[k] = len(self._names)
            for value, owner in self._attributes(x, names):
                pending += [(value, owner)] if owner is not MISSING else self._meet(value)
        return pending

    def _attributes(self, x: Any, names: list[str]) -> list[tuple[Any, Any]]:
        """Watch the named attributes of an object; return them, methods with the object."""
        attributes: list[tuple[Any, Any]] = []
        own = {} if isinstance(x, type) else getattr(x, "__dict__", None) or {}
        if isinstance(x, ModuleType) or not _is_plain(x):
            for name in names:
                if name in own:
                    attributes.append((own[name], MISSING))
                    if not isinstance(own[name], _CODE):
                        self._watch(own, name)
            return attributes
        kind = x if isinstance(x, type) else type(x)
        for name in names:
            shared = _look_up_in_classes(kind, name)
            is_slot = isinstance(shared, MemberDescriptorType) and x is not kind
            if is_slot or (name in own and not isinstance(shared, property)):
                attributes.append((self._watch(x, name), MISSING))
            elif hasattr(type(shared), "__get__"):
                attributes.append((shared, x))
            elif shared is not MISSING:
                attributes.append((self._watch(x, name), MISSING))
        return attributes

    def _watch_given(self, f: Any, name: str) -> list[Any]:
        """Watch arguments stored with a function, unless none of them can change."""
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
        """Return what the variables are bound to now."""
        now = [_read_cell(cell) for cell in self.cells]
        return now + [_look_up(space, name) for space, name in self.entries]

    def key(self) -> Hashable:
        """Return a key, equal while all variables are bound to the same objects or numbers."""
        return tuple([self._get_token(k, x) for k, x in enumerate(self.values())])

    def _get_token(self, k: int, x: Any) -> Hashable:
        known = self._known.get(k)
        if known is not None and known[0] is x and (known[1] is None or known[1]()):
            return known[2]
        same, token = make_unchanged_check(x), _make_token(x)
        # another thread may have changed it in between
        if same is None or same():
            self._known[k] = (x, same, token)
        return token


class _Identity:
    """Equal to another that holds the same object; holding it keeps its id from being reused."""

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
    # an array without dimensions may change, and its text is rounded
    of_numpy = type(x).__module__ == "numpy" and getattr(x, "shape", None) == ()
    return of_numpy and not hasattr(x, "__setitem__")


def _is_plain(x: Any) -> bool:
    """Return whether an attribute lookup runs none of the user's code."""
    own: Any = type(x).__getattribute__
    return own is object.__getattribute__ or own is type.__getattribute__


def _look_up(space: Any, name: str) -> Any:
    return space.get(name, MISSING) if type(space) is dict else getattr(space, name, MISSING)


def _look_up_in_classes(kind: type, name: str) -> Any:
    """Return what a name means in a class and its bases."""
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
    except ValueError:  # empty as yet
        return MISSING


def _list_names(code: Any) -> list[str]:
    """List the global and attribute names in a function's code and in the functions inside it."""
    names: list[str] = []
    pending = [code]
    while pending:
        code = pending.pop()
        names += code.co_names
        pending += [x for x in code.co_consts if hasattr(x, "co_names")]
    return list(dict.fromkeys(names))
