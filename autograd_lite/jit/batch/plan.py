"""The shortest way to a batch's sum: what the last call like this one did, done again.

For arrays of floats along their first axis, and floats or Values that are the same for all samples,
where every sample takes the path that all took the last time.
"""

from collections.abc import Callable, Sequence
from typing import Any

from ...core.recording import make_node
from ...core.value import Value
from ..backend.leaves import LeafArray, read_numbers
from ..call.fused import make_many_node
from ..call.specialization import Specialization


def make_signature(args: Sequence[Any], in_axes: Any) -> Any:
    """Equal for calls that one plan serves; None for a call that none does."""
    axes = in_axes if type(in_axes) is tuple else (in_axes,) * len(args)
    if len(axes) != len(args):
        return None
    parts: list[Any] = []
    for x, axis in zip(args, axes, strict=True):
        kind = type(x)
        if axis is None and (kind is float or kind is Value):
            parts.append(kind)
        elif type(axis) is int and axis == 0 and kind.__name__ == "ndarray":
            if x.dtype.kind not in "fiub" or not 1 <= x.ndim <= 2:
                return None
            parts.append(x.shape[1:])
        else:
            return None
    return tuple(parts)


class Plan:
    """The sum of one number, or its mean, by one kernel.

    Arguments:
        primitive: makes the primitive of the node, of the call's arguments.
        unchanged: whether the names that f takes from outside are bound as they were.
    """

    def __init__(
        self,
        spec: Specialization,
        kernel: Any,
        mean: bool,
        primitive: Callable[..., Any],
        unchanged: Callable[[], bool],
    ) -> None:
        self._path = spec
        self._kernel = kernel
        self._mean = mean
        self._primitive = primitive
        self._unchanged = unchanged

    def __call__(self, args: Sequence[Any]) -> Any:
        """The node or float; None where the long way must be gone."""
        import numpy as np

        columns: list[Any] = []
        own: list[Any] = []
        for x in args:
            if type(x) is float or type(x) is Value:
                own.append(x)
                continue
            array = x if x.dtype == np.float64 else x.astype(np.float64)
            columns += [array] if array.ndim == 1 else list(array.T)
        count = len(columns[0]) if columns else 0
        if count == 0 or not self._unchanged() or any(len(c) != count for c in columns):
            return None
        inputs = (*own, *self._path.captured)
        numbers = np.empty(len(inputs))
        read_numbers(inputs, numbers)
        sums, _, failed = self._kernel.run(columns, numbers, count)
        if not np.isfinite(sums).all() or (failed is not None and failed.max() >= 0):
            return None
        if self._mean:
            sums *= 1.0 / count
        total = sums.item(0)
        if len(sums) == 1:
            return total
        own = [x for x in own if type(x) is Value]
        leaves = self._path.captures_only_leaves and all(x._primitive is None for x in own)
        values = (*own, *self._path.captured)
        primitive = self._primitive(args, values)
        if not leaves:
            return make_many_node(
                total, primitive, values, tuple(sums[1:].tolist()), False, primitive
            )
        node = make_node(total, 0.0, None, primitive, (), ())
        node._y = LeafArray(values, sums[1:], primitive)
        return node
