"""`.sum` and `.mean`: a jitted function's results added up over a batch, with their partials."""

from collections.abc import Sequence
from typing import Any

from ...core import contexts, functions, table
from ...core.recording import make_node
from ...core.value import Value
from ..call.cache import Recordings
from ..call.fused import node_of_many, single
from ..call.specialization import Path
from ..ir.derivative import gradient_program
from ..ir.program import Program
from ..record.arguments import NUMBER
from .arguments import Batch, check_shape
from .fused import BatchSum
from .groups import TooManyError, groups, path_for, run
from .plan import Plan


def _wanted(path: Path, batch: Batch) -> tuple[bool, ...]:
    """Which inputs are Values, so that the sum is differentiated by them."""
    own = [isinstance(x, Value) for x in batch.numbers]
    return tuple(own + [True] * len(path.captured))


class _Total:
    """One number of the result summed over the samples, with its partials path by path."""

    def __init__(self) -> None:
        self.number = 0.0
        self.parts: list[tuple[tuple[Value, ...], Any]] = []
        self.leaves = True  # whether all the Values are leaves

    def add(self, own: tuple[Value, ...], path: Path, sums: Any) -> None:
        self.number += sums.item(0)
        self.parts.append((own + path.captured, sums[1:]))
        self.leaves = self.leaves and path.has_leaves and all(x._primitive is None for x in own)

    def partials(self, scale: float) -> tuple[tuple[Value, ...], tuple[float, ...]]:
        """The Values and the partials by them."""
        if len(self.parts) == 1:
            values, sums = self.parts[0]
            return values, tuple((sums * scale).tolist())
        merged: dict[int, list[Any]] = {}
        for values, sums in self.parts:
            for x, d in zip(values, sums.tolist(), strict=True):
                merged.setdefault(id(x), [x, 0.0])[1] += d * scale
        own = merged.values()
        return tuple([x for x, _ in own]), tuple([d for _, d in own])


def totalled(owner: Any, batch: Batch, mean: bool) -> Any:
    """The results summed over the samples, or their mean; one node each where Values are."""
    if batch.size == 0:
        if mean:
            raise ValueError(f"the mean of {owner.recordings.place()} over no sample is undefined")
        result, depends = owner.recordings.result_of_nothing(batch.sample(0))
        leaves = [_nothing() if depends or batch.values else 0.0 for _ in result.leaves]
        return result._replace(leaves=leaves).build(leaves)
    tracing = contexts.active and (
        contexts.state.recorder is not None or contexts.state.places is not None
    )
    try:
        if not tracing and not batch.has_values:
            return _totalled(owner, batch, mean)
    except TooManyError:
        pass
    results = batch.one_by_one(owner, owner.recordings.place())
    combine = functions.mean if mean else functions.sum
    leaves = [combine(xs) for xs in zip(*[result.leaves for result in results], strict=True)]
    return results[0]._replace(leaves=leaves).build([x for x in leaves if isinstance(x, Value)])


def _nothing() -> Any:
    """A node of zero, of nothing: what a sum of nodes is where there are none."""
    if contexts.active and not contexts.state.recording:
        return Value(0.0)
    return make_node(0.0, 0.0, None, table.identity, (0.0,), (None,))


def _totalled(owner: Any, batch: Batch, mean: bool) -> Any:
    scale = 1.0 / batch.size if mean else 1.0
    path = path_for(owner.recordings, batch)
    result = path.result
    sums = None
    if not result.leaves or not (batch.values or path.captured):
        sums = _plain_totals(owner.recordings, batch, result)
    if sums is None:
        sums = [_total(owner.recordings, batch, result, k) for k in range(len(result.leaves))]
    numbers = [_scaled(owner, batch, total, k, scale, mean) for k, total in enumerate(sums)]
    return result._replace(leaves=numbers).build([x for x in numbers if isinstance(x, Value)])


def _plain_totals(recordings: Recordings, batch: Batch, result: Any) -> list[_Total] | None:
    """All numbers of the result in one run; None if a path turns out to hold Values."""
    totals = [_Total() for _ in result.leaves]

    def kernel(path: Path, scalar: bool) -> Any:
        return path.kernel(("sum", batch.mask), lambda: path.program, True, scalar)

    for path, indices, sums, _ in groups(recordings, batch, kernel):
        if path.captured and result.leaves:
            return None
        check_shape(result.shape, path.result.shape, recordings.place())
        rest = iter(sums.tolist())
        count = batch.size if indices is None else len(indices)
        for total, x in zip(totals, path.result.leaves, strict=True):
            total.number += next(rest) if isinstance(x, Value) else count * float(x)
    return totals


def _total(recordings: Recordings, batch: Batch, result: Any, k: int) -> _Total:
    """Number k of the result, and its partials by the Values."""
    total = _Total()

    def kernel(path: Path, scalar: bool) -> Any:
        check_shape(result.shape, path.result.shape, recordings.place())
        return _gradient_kernel(path, batch, k, scalar=scalar)

    for path, indices, sums, _ in groups(recordings, batch, kernel):
        if not isinstance(path.result.leaves[k], Value):
            count = batch.size if indices is None else len(indices)
            total.number += count * float(path.result.leaves[k])
            continue
        if _has_nan(sums):  # perhaps of 0 * inf where nothing should flow
            sums = run(path, batch, indices, _gradient_kernel(path, batch, k, exact=True))[0]
        total.add(batch.values, path, sums)
    return total


def _has_nan(sums: Any) -> bool:
    import numpy as np

    return bool(np.isnan(sums).any())


def _gradient_kernel(
    path: Path, batch: Batch, k: int, exact: bool = False, scalar: bool = False
) -> Any:
    which = tuple([isinstance(x, Value) for x in batch.numbers])
    key = ("gradient", batch.mask, which, k, exact)
    return path.kernel(
        key, lambda: _gradient(path, k, _wanted(path, batch), exact), summed=True, scalar=scalar
    )


def plan_of(owner: Any, args: Sequence[Any], batch: Batch, mean: bool) -> Plan | None:
    """The shortest way to the same sum for other arrays; None where there is none."""
    paths = owner.recordings.paths_for(batch.call)
    path = None if paths is None else paths.latest
    if path is None or batch.has_values or [*map(type, path.result.leaves)] != [Value]:
        return None
    if path.result.shape is not NUMBER:
        return None
    if batch.values or path.captured:
        kernel = _gradient_kernel(path, batch, 0)
    else:
        kernel = path.kernel(("sum", batch.mask), lambda: path.program, summed=True)
    name = f"jit({owner.recordings.name}).{'mean' if mean else 'sum'}"
    combine = functions.mean if mean else functions.sum

    def primitive(args: Sequence[Any], values: Sequence[Value]) -> BatchSum:
        return BatchSum(name, owner, lambda: owner.read_batch(args, in_axes), 0, values, combine)

    in_axes = tuple([None if type(x) in (float, Value) else 0 for x in args])
    return Plan(path, kernel, mean, primitive, owner.names_unchanged())


def _gradient(path: Path, k: int, wanted: tuple[bool, ...], exact: bool) -> Program:
    if not isinstance(path.result.leaves[k], Value):
        return Program.of(path.tape)  # its guards alone are of interest
    output = sum(isinstance(x, Value) for x in path.result.leaves[:k])
    return gradient_program(single(path, output).tape, wanted, exact=exact)


def _scaled(owner: Any, batch: Batch, total: _Total, k: int, scale: float, mean: bool) -> Any:
    """The number as the caller sees it: a float, or a node."""
    values, partials = total.partials(scale) if total.parts else ((), ())
    if not values:
        return total.number * scale
    if contexts.active and not contexts.state.recording:
        return Value(total.number * scale)
    name = f"jit({owner.recordings.name}).{'mean' if mean else 'sum'}"
    combine = functions.mean if mean else functions.sum
    primitive = BatchSum(name, owner, lambda: batch, k, values, combine)
    return node_of_many(total.number * scale, primitive, values, partials, total.leaves, primitive)
