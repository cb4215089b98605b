"""A call's arguments and a result, taken apart: what is recorded, what is static, how it is built.

A *shape* is a hashable description of a structure. Two calls with equal shapes are answered by
the same recordings: floats and arrays are recorded, so a shape does not hold their numbers; ints,
bools, strings and None are static, so it does.
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
    """Something that is part of the shape; equal only to the same number of the same type."""

    kind: type
    value: Any
    spelling: str = ""  # tells 0.0 from -0.0, and (1,) from (True,)


class Container(NamedTuple):
    """A list, tuple or dict: `names` are the dict's keys."""

    kind: type
    parts: tuple[Any, ...]
    names: tuple[Any, ...] | None = None
    spelling: str = ""  # of the names that are no strings: tells 1 from True and 1.0


class ArrayShape(NamedTuple):
    """A NumPy array, of which every element is recorded."""

    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)


NUMBER = None  # the shape of a float or a Value


def take_apart(tree: Any, numbers: list[Any], place: str, depth: int = 0) -> Any:
    """The shape of an argument; its floats and Values are appended to `numbers`.

    Raises:
        TypeError: something in it is no number, naming its place and the way out.
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
            f"{place} is a {kind.__name__}: jit takes numbers, and lists, tuples, dicts and arrays "
            "of them; what stays the same from call to call goes into static_argnums"
        ) from None
    return NUMBER


def _take_apart_container(tree: Any, numbers: list[Any], place: str, depth: int) -> Container:
    if depth > 100:
        raise TypeError(f"{place:.80} contains itself, or is nested over 100 deep")
    if isinstance(tree, dict):
        parts = [
            take_apart(x, numbers, f"{place}[{shown(repr(k))}]", depth + 1) for k, x in tree.items()
        ]
        return Container(dict, tuple(parts), tuple(tree), spell_names(tree))
    parts = [take_apart(x, numbers, f"{place}[{i}]", depth + 1) for i, x in enumerate(tree)]
    return Container(type(tree), tuple(parts))


def spell_names(names: Any) -> str:
    """The names that are no strings, as text."""
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
        raise TypeError(f"{place} has dtype {tree.dtype}: jit takes arrays of real numbers")
    numbers += tree.ravel().astype(float).tolist()
    return ArrayShape(tree.shape)


def put_together(shape: Any, numbers: Iterator[Any]) -> Any:
    """The structure of that shape with these numbers in it."""
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
    """Truths stay truths, and whole numbers become floats, as beside computed numbers."""
    if leaves and all(type(x) is bool for x in leaves):
        import numpy

        return numpy.array(leaves).reshape(shape.shape)
    return build_array([float(x) if type(x) in (int, bool) else x for x in leaves], shape.shape)


def stack_columns(shape: Any, columns: Iterator[Any], size: int) -> Any:
    """The structure with a batch in each place: an array's columns become its later axes."""
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
    """One call's arguments: equal `key`s share recordings; `numbers` are what differs."""

    key: Hashable
    shapes: tuple[Any, ...]
    names: tuple[str, ...]
    static: dict[int, Any]
    numbers: list[Any]

    def arguments(self, numbers: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
        """f's positional and keyword arguments with other numbers in them."""
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
        TypeError: an argument is no number and not static, or static and not hashable.
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
    """The shape of static argument i.

    Raises:
        TypeError: it has no hash.
    """
    try:
        hash(x)
    except TypeError:
        raise TypeError(
            f"argument {i} is static, but a {type(x).__name__} has no hash to tell it from others"
        ) from None
    spell_names = isinstance(x, (float, complex, tuple, frozenset))
    return Static(type(x), x, repr(x) if spell_names else "")


class Result(NamedTuple):
    """What f returned: its numbers, of which the Values are computed at each call."""

    shape: Any
    leaves: list[Any]

    @property
    def outputs(self) -> list[Value]:
        """The Values among the numbers."""
        return [x for x in self.leaves if isinstance(x, Value)]

    def build(self, numbers: Sequence[Any]) -> Any:
        """The result with other numbers; what is no Value stays as f returned it."""
        rest = iter(numbers)
        return put_together(
            self.shape, iter([next(rest) if isinstance(x, Value) else x for x in self.leaves])
        )


def read_result(result: Any, what: str) -> Result:
    """Take a result apart.

    Raises:
        TypeError: it holds something that is no number, naming the function and its line.
    """
    if result is None:
        raise TypeError(f"{what} is None: the function has no return, or one without a number")
    leaves: list[Any] = []
    return Result(_read_shape(result, leaves, what, 0), leaves)


def _read_shape(tree: Any, leaves: list[Any], place: str, depth: int) -> Any:
    if isinstance(tree, (list, tuple, dict)):
        if depth > 100:
            raise TypeError(f"{place:.80} contains itself, or is nested over 100 deep")
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
