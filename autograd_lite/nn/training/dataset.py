"""Check inputs and targets, select batches, and convert them to columns for compiled code."""

import operator
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from ..._util.json_numbers import compute_digest
from ...core.value import Value


class Samples:
    """A list of inputs and a list of as many targets.

    Arguments:
        title: what error messages call them.
        data: a tuple (inputs, targets) of two sequences: lists, arrays or columns of a table.

    Raises:
        TypeError: `data` is not such a tuple.
        ValueError: the lengths differ or are 0.
    """

    def __init__(self, title: str, data: Any) -> None:
        if not isinstance(data, tuple) or len(data) != 2:
            raise TypeError(
                f"{title} must be a tuple (inputs, targets), not {_describe(data)}: convert a list "
                "of pairs with inputs, targets = zip(*pairs)"
            )
        self.inputs = _list_elements(f"the inputs of {title}", data[0])
        self.targets = _list_elements(f"the targets of {title}", data[1])
        if len(self.inputs) != len(self.targets):
            counts = f"{len(self.inputs)} inputs and {len(self.targets)} targets"
            raise ValueError(f"{title} has {counts}: pass one target for each input")
        if not self.inputs:
            raise ValueError(f"{title} is empty: pass at least one sample")
        odd = next((i for i, x in enumerate(self.inputs) if not _is_like(x, self.inputs[0])), 0)
        if odd:  # such as a tuple of two pairs ([1.0, 2.0], 3.0)
            kinds = type(self.inputs[odd]).__name__, type(self.inputs[0]).__name__
            raise ValueError(
                f"{title}: inputs[{odd}] is a {kinds[0]}, but inputs[0] is a {kinds[1]}: pass a "
                "tuple (inputs, targets), not pairs"
            )

    def __len__(self) -> int:
        return len(self.inputs)

    def to_columns(self) -> tuple[Any, Any]:
        """Return inputs and targets as NumPy arrays of floats, or as lists if that fails."""
        return _to_column(self.inputs), _to_column(self.targets)

    def compute_digest(self) -> str | None:
        """Return a digest that changes with any sample, or None if samples are not numbers."""
        import json  # imported here: it takes milliseconds

        try:
            text = json.dumps([self.inputs, self.targets], default=_to_plain)
        except (TypeError, ValueError, RecursionError):
            return None
        return compute_digest(text)


def select(column: Any, rows: Sequence[int]) -> Any:
    """Return some elements of a list or an array."""
    return [column[i] for i in rows] if isinstance(column, list) else column[list(rows)]


def encode_one_hot(labels: Sequence[Any], classes: int) -> Any:
    """Return a row for each label, with 1.0 at the index of the label and 0.0 elsewhere."""
    indices = map(operator.index, labels)
    return _to_column([[1.0 if k == i else 0.0 for k in range(classes)] for i in indices])


def _list_elements(title: str, xs: Any) -> list[Any]:
    if hasattr(xs, "to_numpy"):  # iterating over a table would give the names of its columns
        xs = xs.to_numpy()
    if hasattr(xs, "tolist"):
        xs = xs.tolist()
    if isinstance(xs, str | bytes | Mapping | Set | Value) or not isinstance(xs, Iterable):
        raise TypeError(f"{title} must be a sequence, not {_describe(xs)}")
    return list(xs)


def _describe(x: Any) -> str:
    kind = type(x).__name__
    return f"a {kind} of {len(x)}" if isinstance(x, list | tuple | dict) else kind


def _is_like(x: Any, other: Any) -> bool:
    """Return whether both have a length, or neither."""
    return hasattr(x, "__len__") == hasattr(other, "__len__")


def _to_column(rows: list[Any]) -> Any:
    try:
        import numpy as np

        array = np.array(rows, dtype=object)
        if any(x is None or isinstance(x, str | bytes) for x in array.flat):
            return rows  # NumPy would convert None to nan, and "1" to 1.0
        return array.astype(float)
    except (ImportError, TypeError, ValueError):  # no NumPy, or not a rectangle of numbers
        return rows


def _to_plain(x: Any) -> Any:
    return x.tolist() if hasattr(x, "tolist") else float(x)
