"""Samples: inputs and their targets, checked, in batches, and as columns for compiled code."""

import operator
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from ..._util.json_numbers import digest
from ...core.value import Value


class Samples:
    """Inputs and targets of one length, as lists.

    Arguments:
        title: what errors call them.
        data: a tuple (inputs, targets) of two sequences: lists, arrays or columns of a table.

    Raises:
        TypeError: it is no such tuple.
        ValueError: the two are of different lengths, or empty.
    """

    def __init__(self, title: str, data: Any) -> None:
        if not isinstance(data, tuple) or len(data) != 2:
            raise TypeError(
                f"{title} must be a tuple (inputs, targets), not {_described(data)}; of a list of "
                "pairs make one with inputs, targets = zip(*pairs)"
            )
        self.inputs = _elements(f"the inputs of {title}", data[0])
        self.targets = _elements(f"the targets of {title}", data[1])
        if len(self.inputs) != len(self.targets):
            counts = f"{len(self.inputs)} inputs and {len(self.targets)} targets"
            raise ValueError(f"{title} has {counts}: there is one target for each input")
        if not self.inputs:
            raise ValueError(f"{title} is empty")
        odd = next((i for i, x in enumerate(self.inputs) if _sized(x) != _sized(self.inputs[0])), 0)
        if odd:  # such as a tuple of two pairs ([1.0, 2.0], 3.0)
            kinds = f"a {type(self.inputs[odd]).__name__}, inputs[0] a "
            raise ValueError(
                f"{title}: inputs[{odd}] is {kinds}{type(self.inputs[0]).__name__}; give a tuple "
                "(inputs, targets), not pairs"
            )

    def __len__(self) -> int:
        return len(self.inputs)

    def columns(self) -> tuple[Any, Any]:
        """Inputs and targets as NumPy arrays of floats, or as lists where they are not."""
        return _column(self.inputs), _column(self.targets)

    def digest(self) -> str | None:
        """A number that changes where a sample does; None where samples are not numbers."""
        import json  # milliseconds, which few trainings need

        try:
            text = json.dumps([self.inputs, self.targets], default=_plain)
        except (TypeError, ValueError, RecursionError):
            return None
        return digest(text)


def chosen(column: Any, rows: Sequence[int]) -> Any:
    """Those elements of a list or an array."""
    return [column[i] for i in rows] if isinstance(column, list) else column[list(rows)]


def one_hot(labels: Sequence[Any], classes: int) -> Any:
    """A row for each label: 1.0 in the label's place, else 0.0."""
    indices = map(operator.index, labels)
    return _column([[1.0 if k == i else 0.0 for k in range(classes)] for i in indices])


def _elements(title: str, xs: Any) -> list[Any]:
    if hasattr(xs, "to_numpy"):  # of a table, whose iteration would give the columns' names
        xs = xs.to_numpy()
    if hasattr(xs, "tolist"):
        xs = xs.tolist()
    if isinstance(xs, str | bytes | Mapping | Set | Value) or not isinstance(xs, Iterable):
        raise TypeError(f"{title} must be a sequence, not {_described(xs)}")
    return list(xs)


def _described(x: Any) -> str:
    kind = type(x).__name__
    return f"a {kind} of {len(x)}" if isinstance(x, list | tuple | dict) else kind


def _sized(x: Any) -> bool:
    return hasattr(x, "__len__")


def _column(rows: list[Any]) -> Any:
    try:
        import numpy as np

        array = np.array(rows, dtype=object)
        if any(x is None or isinstance(x, str | bytes) for x in array.flat):
            return rows  # as floats, NumPy would make nan of None, and 1.0 of "1"
        return array.astype(float)
    except (ImportError, TypeError, ValueError):  # no NumPy, or no rectangle of numbers
        return rows


def _plain(x: Any) -> Any:
    return x.tolist() if hasattr(x, "tolist") else float(x)
