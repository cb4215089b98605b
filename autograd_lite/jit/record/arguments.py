"""A call's arguments and a result, taken apart: what is traced, what is static, how to rebuild it.

A *shape* is a hashable description of a structure. Calls with equal shapes share specializations:
floats and arrays are traced, so a shape does not contain their numbers; ints, bools, strings and
None are static, so it does.
"""

import math
from collections.abc import Hashable, Iterator, Sequence
from typing import Any, NamedTuple

from ..._util.text import shown
from ...core.operands import to_float
from ...core.value import Value
from ...transforms.pytree import build_array, flatten, is_array, refuse_masked_or_matrix

_STATIC = (int, bool, str, bytes, type(None))


class Static(NamedTuple):
    """A part of the shape itself, equal only to the same value of the same type."""

    kind: type
    value: Any
    spelling: str = ""  # tells 0.0 from -0.0, and (1,) from (True,)


class Container(NamedTuple):
    """A list, tuple or dict; `names` are the dict's keys."""

    kind: type
    parts: tuple[Any, ...]
    names: tuple[Any, ...] | None = None
    spelling: str = ""  # of the names that are not strings; tells 1 from True and 1.0


class ArrayShape(NamedTuple):
    """The shape of a NumPy array, whose elements are all traced."""

    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)


NUMBER = None  # the shape of a float or a Value


def take_apart(tree: Any, numbers: list[Any], place: str, depth: int = 0) -> Any:
    """Return the shape of an argument; append its floats and Values to `numbers`.

    Raises:
        TypeError: something in it is not a number; the message names its place.
    """
    kind = type(tree)
    if kind is float or kind is Value:
        numbers.append(tree)
        return NUMBER
    if kind in _STATIC:
        return Static(kind, tree)
    if isinstance(tree, (list, tuple, dict)):
        return _take_apart_container(tree, numbers, place, depth)
    dtype = getattr(tree, "dtype", None)
    if dtype is not None and (is_array(tree) or tree.shape):
        return _take_apart_array(tree, numbers, place)
    if dtype is not None and dtype.kind in "iub":
        return Static(kind, tree.item())
    if isinstance(tree, Value):
        numbers.append(tree)
        return NUMBER
    try:
        numbers.append(to_float(tree))
    except TypeError:
        raise TypeError(
            f"{place} has type {kind.__name__}, but jit takes numbers, and lists, tuples, dicts "
            "and arrays of them: list an argument that stays the same in static_argnums"
        ) from None
    return NUMBER


def _take_apart_container(tree: Any, numbers: list[Any], place: str, depth: int) -> Container:
    if depth > 100:
        raise TypeError(
            f"{place:.80} contains itself or is nested over 100 deep: pass a flatter structure"
        )
    if isinstance(tree, dict):
        parts = [
            take_apart(x, numbers, f"{place}[{shown(repr(k))}]", depth + 1) for k, x in tree.items()
        ]
        return Container(dict, tuple(parts), tuple(tree), spell_names(tree))
    parts = [take_apart(x, numbers, f"{place}[{i}]", depth + 1) for i, x in enumerate(tree)]
    return Container(type(tree), tuple(parts))


def spell_names(names: Any) -> str:
    """Spell the names that are not strings."""
    others = [name for name in names if type(name) is not str]
    return repr([(type(name), name) for name in others]) if others else ""


def _take_apart_array(tree: Any, numbers: list[Any], place: str) -> ArrayShape:
    refuse_masked_or_matrix(tree, place)
    kind = tree.dtype.kind
    if kind == "O":
        leaves, _ = flatten(tree, place)
        numbers += leaves
        return ArrayShape(tree.shape)
    if kind not in "fiub":
        raise TypeError(f"{place} has dtype {tree.dtype}, but jit takes arrays of real numbers")
    numbers += tree.ravel().astype(float).tolist()
    return ArrayShape(tree.shape)


def put_together(shape: Any, numbers: Iterator[Any]) -> Any:
    """Build the structure of a shape with these numbers in it."""
    if shape is NUMBER:
        return next(numbers)
    if isinstance(shape, Static):
        return shape.value
    if isinstance(shape, ArrayShape):
        return _make_array([next(numbers) for _ in range(shape.size)], shape)
    parts = [put_together(part, numbers) for part in shape.parts]
    if shape.names is not None:
        return dict(zip(shape.names, parts, strict=True))
    if hasattr(shape.kind, "_make"):
        return shape.kind._make(parts)
    return tuple(parts) if issubclass(shape.kind, tuple) else parts


def _make_array(leaves: list[Any], shape: ArrayShape) -> Any:
    """Make an array; bools stay bools, ints become floats as they do beside computed numbers."""
    if leaves and all(type(x) is bool for x in leaves):
        import numpy

        return numpy.array(leaves).reshape(shape.shape)
    return build_array([float(x) if type(x) in (int, bool) else x for x in leaves], shape.shape)


def stack_columns(shape: Any, columns: Iterator[Any], size: int) -> Any:
    """Build the structure with a batch in each place; an array's columns become its later axes."""
    if isinstance(shape, ArrayShape):
        import numpy

        own = [next(columns) for _ in range(shape.size)]
        rows = numpy.stack(own, axis=1) if own else numpy.empty((size, 0))
        return rows.reshape(size, *shape.shape)
    if not isinstance(shape, Container):
        return put_together(shape, columns)
    parts = tuple([stack_columns(part, columns, size) for part in shape.parts])
    holes = Container(shape.kind, (NUMBER,) * len(parts), shape.names)
    return put_together(holes, iter(parts))


class Call(NamedTuple):
    """One call's arguments; calls with equal `key`s share specializations, and `numbers` differ."""

    key: Hashable
    shapes: tuple[Any, ...]
    names: tuple[str, ...]
    static: dict[int, Any]
    numbers: list[Any]

    def arguments(self, numbers: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
        """Return f's positional and keyword arguments with other numbers in them."""
        rest = iter(numbers)
        parts = [
            self.static[i] if i in self.static else put_together(shape, rest)
            for i, shape in enumerate(self.shapes)
        ]
        count = len(parts) - len(self.names)
        return parts[:count], dict(zip(self.names, parts[count:], strict=True))


def read_call(args: Sequence[Any], options: dict[str, Any], static_argnums: Sequence[int]) -> Call:
    """Take a call's arguments apart.

    Raises:
        TypeError: an argument is neither a number nor static, or static and not hashable.
    """
    numbers: list[Any] = []
    static = {i % len(args): args[i] for i in static_argnums if -len(args) <= i < len(args)}
    shapes: list[Any] = []
    for i, x in enumerate(args):
        if i in static:
            shapes.append(make_static(x, i))
        else:
            shapes.append(take_apart(x, numbers, f"argument {i}"))
    for name, x in options.items():
        shapes.append(take_apart(x, numbers, f"argument {shown(name)}"))
    return Call((tuple(shapes), tuple(options)), tuple(shapes), tuple(options), static, numbers)


def make_static(x: Any, i: int) -> Static:
    """Return the shape of static argument i.

    Raises:
        TypeError: it is not hashable.
    """
    try:
        hash(x)
    except TypeError:
        raise TypeError(
            f"argument {i} is static, but a {type(x).__name__} is not hashable: pass it as a tuple "
            "or another hashable object"
        ) from None
    spelt = isinstance(x, (float, complex, tuple, frozenset))
    return Static(type(x), x, repr(x) if spelt else "")


class Result(NamedTuple):
    """What f returned; the Values among its numbers are computed by each call."""

    shape: Any
    leaves: list[Any]

    @property
    def outputs(self) -> list[Value]:
        """The Values among the numbers."""
        return [x for x in self.leaves if isinstance(x, Value)]

    def build(self, numbers: Sequence[Any]) -> Any:
        """Build the result with other numbers in place of the Values."""
        rest = iter(numbers)
        return put_together(
            self.shape, iter([next(rest) if isinstance(x, Value) else x for x in self.leaves])
        )


def read_result(result: Any, what: str) -> Result:
    """Take a result apart.

    Raises:
        TypeError: it contains something other than numbers; the message names the function.
    """
    if result is None:
        raise TypeError(f"{what} is None, but jit needs numbers: return one on every path")
    leaves: list[Any] = []
    return Result(_read_shape(result, leaves, what, 0), leaves)


def _read_shape(tree: Any, leaves: list[Any], place: str, depth: int) -> Any:
    if isinstance(tree, (list, tuple, dict)):
        if depth > 100:
            raise TypeError(
                f"{place:.80} contains itself or is nested over 100 deep: pass a flatter structure"
            )
        names = tuple(tree) if isinstance(tree, dict) else None
        pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
        parts = [_read_shape(x, leaves, f"{place}[{shown(repr(k))}]", depth + 1) for k, x in pairs]
        kind = dict if isinstance(tree, dict) else type(tree)
        return Container(kind, tuple(parts), names, spell_names(names or ()))
    if is_array(tree):
        for x in tree.ravel().tolist():
            _read_shape(x, leaves, f"an element of {place}", depth + 1)
        return ArrayShape(tree.shape)
    if not isinstance(tree, Value) and type(tree) not in (float, int, bool):
        try:
            tree = to_float(tree)
        except TypeError as error:
            raise TypeError(f"{place} cannot be compiled: {error}") from None
    leaves.append(tree)
    return NUMBER
