"""A batch's arguments, taken apart: for each number of a sample a column, or one for all."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

from ..._util.text import shown
from ...core.operands import is_operand, to_float
from ...core.value import Value
from ...transforms.pytree import refuse_masked_or_matrix
from ..record.arguments import (
    NUMBER,
    ArrayShape,
    Call,
    Container,
    Result,
    make_static,
    read_result,
    spell_names,
    take_apart,
)


class Batch(NamedTuple):
    """The samples of one batched call.

    Attributes:
        call: one sample's arguments; its numbers are not those of any sample.
        columns: for each number of a sample, an array over the samples, or None.
        numbers: for each number of a sample, the float or Value that is the same for all, or None.
        size: how many samples there are.
        mask: for each number of a sample, whether it has a column.
        values: the Values that are the same for all samples.
    """

    call: Call
    columns: list[Any]
    numbers: list[Any]
    size: int
    mask: tuple[bool, ...]
    values: tuple[Value, ...]

    @property
    def has_values(self) -> bool:
        """Whether the columns hold Values."""
        return any(c is not None and c.dtype.kind == "O" for c in self.columns)

    def get_sample(self, i: int) -> Call:
        """The arguments of one sample; ones where there is none."""
        pairs = zip(self.columns, self.numbers, strict=True)
        if self.size == 0:
            return self.call._replace(numbers=[1.0 if c is not None else x for c, x in pairs])
        return self.call._replace(numbers=[x if c is None else _get_item(c[i]) for c, x in pairs])

    def run_one_by_one(self, f: Callable[..., Any], place: str) -> list[Result]:
        """What f, which `place` names, returns for each sample.

        Raises:
            TypeError: a result is not made of numbers, or differs from the first in its structure.
        """
        results = []
        for i in range(self.size):
            call = self.get_sample(i)
            args, options = call.arguments(call.numbers)
            results.append(read_result(f(*args, **options), f"the result of {place}"))
            check_shape(results[0].shape, results[-1].shape, place)
        return results


def check_shape(shape: Any, other: Any, place: str) -> None:
    """Raise where two samples' results differ in their structure."""
    if shape != other:
        raise TypeError(f"the samples' results of {place} differ in their structure")


def _get_item(x: Any) -> Any:
    return x if isinstance(x, Value) else float(x)


def read_batch(args: Sequence[Any], in_axes: Any, static_argnums: Sequence[int]) -> Batch:
    """Take a batch's arguments apart.

    Raises:
        ImportError: NumPy is not installed.
        TypeError: an argument is no array where a batch is expected, or not of real numbers.
        ValueError: in_axes does not fit, or the lengths differ.
    """
    if find_spec("numpy") is None:
        raise ImportError('batches are arrays and need NumPy: pip install "autograd_lite[jit]"')
    axes = _read_axes(in_axes, len(args))
    shapes: list[Any] = []
    columns: list[Any] = []
    numbers: list[Any] = []
    static = {i % len(args): args[i] for i in static_argnums if -len(args) <= i < len(args)}
    lengths: dict[int, int] = {}
    for i, (x, axis) in enumerate(zip(args, axes, strict=True)):
        own: list[Any] = []
        if i in static:
            shapes.append(make_static(x, i))
        elif axis is None:
            shapes.append(take_apart(x, own, f"argument {i}"))
            numbers += own
            columns += [None] * len(own)
        else:
            shapes.append(_read_columns(x, axis, own, f"argument {i}"))
            columns += own
            numbers += [None] * len(own)
            for column in own:
                lengths.setdefault(i, len(column))
                if len(column) != lengths[i]:
                    raise ValueError(f"argument {i} has {lengths[i]} samples and {len(column)}")
    if not lengths:
        raise ValueError("there is no batch: every in_axes is None, or the arguments are empty")
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"argument {i} has {n}" for i, n in lengths.items())
        raise ValueError(f"the arguments differ in their number of samples: {found}")
    call = Call((tuple(shapes), ()), tuple(shapes), (), static, numbers)
    mask = tuple([column is not None for column in columns])
    values = tuple([x for x in numbers if isinstance(x, Value)])
    return Batch(call, columns, numbers, next(iter(lengths.values())), mask, values)


def _read_axes(in_axes: Any, count: int) -> list[int | None]:
    axes = list(in_axes) if isinstance(in_axes, (tuple, list)) else [in_axes] * count
    if len(axes) != count:
        raise ValueError(
            f"in_axes has {len(axes)} entries for {count} arguments: {shown(repr(in_axes))}"
        )
    for axis in axes:
        if axis is not None and (isinstance(axis, bool) or not isinstance(axis, int)):
            raise TypeError(
                f"in_axes is an int, None, or a tuple of them, not {shown(repr(in_axes))}"
            )
    return axes


def _read_columns(tree: Any, axis: int, columns: list[Any], place: str) -> Any:
    """One sample's shape; a column for each of its numbers is appended."""
    import numpy as np

    if isinstance(tree, dict):
        parts = [
            _read_columns(x, axis, columns, f"{place}[{shown(repr(k))}]") for k, x in tree.items()
        ]
        return Container(dict, tuple(parts), tuple(tree), spell_names(tree))
    if _is_container(tree):
        parts = [_read_columns(x, axis, columns, f"{place}[{i}]") for i, x in enumerate(tree)]
        return Container(type(tree), tuple(parts))
    array = _read_array(tree, place)
    if not -array.ndim <= axis < array.ndim:
        raise ValueError(
            f"{place} has {array.ndim} axes, but in_axes names axis {axis}: give None for what is "
            "the same for all samples"
        )
    if axis != 0:
        array = np.moveaxis(array, axis, 0)
    if array.ndim == 1:
        columns.append(array)
        return NUMBER
    if array.ndim == 2:
        columns += list(array.T)
    else:
        columns += [array[(slice(None), *i)] for i in np.ndindex(*array.shape[1:])]
    return ArrayShape(array.shape[1:])


def _is_container(tree: Any) -> bool:
    """Whether a sequence holds batches, rather than being one: of arrays, or a named tuple."""
    if not isinstance(tree, (list, tuple)):
        return False
    return hasattr(tree, "_make") or any(hasattr(x, "dtype") and x.shape for x in tree)


def _read_array(tree: Any, place: str) -> Any:
    """A batch as an array of float64; of objects, where Values are in it."""
    import numpy as np

    if not hasattr(tree, "dtype") and not isinstance(tree, (list, tuple)):
        kind = type(tree).__name__
        found = f"{place} is {'an' if kind[0] in 'aeiou' else 'a'} {kind}, {tree!r:.60}"
        if is_operand(tree):
            raise TypeError(f"{found}, but in_axes makes a batch of it: give None there")
        raise TypeError(f"{found}; a batch is an array or a list")
    try:
        array = np.asarray(tree if len(tree) else np.empty(0)) if type(tree) in _PLAIN else tree
    except (TypeError, ValueError):
        raise TypeError(f"{place} is no array of numbers, or its rows differ in length") from None
    refuse_masked_or_matrix(array, place)
    if array.dtype.kind == "O":
        return _read_objects(array, place)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{place} has dtype {array.dtype}: jit takes arrays of real numbers")
    return np.asarray(array, dtype=np.float64)


_PLAIN = (list, tuple)


def _read_objects(array: Any, place: str) -> Any:
    import numpy as np

    new = np.empty(array.shape, dtype=object)
    some = False
    for i in np.ndindex(*array.shape):
        x = array[i]
        some = some or isinstance(x, Value)
        try:
            new[i] = x if isinstance(x, Value) else to_float(x)
        except TypeError as error:
            raise TypeError(f"{place} holds what is no number: {error}") from None
    return new if some else new.astype(np.float64)
