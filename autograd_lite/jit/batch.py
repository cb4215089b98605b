"""Batches: a jitted function over columns, each sample on its own path.

The latest path's code runs for all samples. Those whose guards fail are gathered by the guard, and
run on the path that goes the other way there, which is recorded if there is none.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from .. import functions, modes, primitives
from ..text import shown
from ..value import Value, make_node
from .arguments import NUMBER, read_result, stacked
from .batch_arguments import Batch
from .batch_fused import BatchSum
from .batch_plan import Plan
from .derivative import with_gradient
from .fused import node_of_many, single
from .leaves import read_numbers
from .paths import Path
from .program import Program
from .recorder import Condition

__all__: list[str] = []

Kernels = Callable[[Path, bool], Any]


class Group(NamedTuple):
    """The samples that took one path: `indices` is None for all."""

    path: Path
    indices: Any
    sums: Any
    stored: Any


class TooManyError(Exception):
    """The samples are to be run one by one."""


def groups(owner: Any, batch: Batch, kernel_of: Kernels) -> Iterator[Group]:
    """Run every sample on its path.

    Raises:
        TooManyError: there are more recordings than are kept.
    """
    import numpy as np

    paths = owner.paths_for(batch.call)
    if paths is None:
        raise TooManyError
    pending: list[tuple[Any, Path | None, frozenset[int]]] = [(None, paths.latest, frozenset())]
    while pending:
        indices, path, tried = pending.pop()
        recorded = path is None
        if recorded:
            path = owner.record(paths, batch.sample(0 if indices is None else int(indices[0])))
        if path is None:
            raise TooManyError
        sums, stored, failed = _run(path, batch, indices, kernel_of(path, False))
        if failed is not None and (failed >= 0).any():
            indices = np.arange(batch.size) if indices is None else indices
            if recorded and failed[0] >= 0:
                # vector code has rounded a guard to the other side: one call's code decides
                alone, indices = indices[:1], indices[1:]
                own = _run(path, batch, alone, kernel_of(path, True))
                if own[2][0] >= 0:
                    raise TooManyError  # not even that: what a failed run gives is no result
                yield _warned(owner, batch, Group(path, alone, own[0], own[1]))
                failed, stored = failed[1:], [row[1:] for row in stored]
            for guard in np.unique(failed[failed >= 0]).tolist():
                others = paths.after_failure(path, guard)
                other = next((p for p in others if id(p) not in tried | {id(path)}), None)
                pending.append((indices[failed == guard], other, tried | {id(path)}))
            good = failed < 0
            indices, stored = indices[good], [row[good] for row in stored]
        if indices is None or len(indices):
            yield _warned(owner, batch, Group(path, indices, sums, stored))


def _run(path: Path, batch: Batch, indices: Any, kernel: Any) -> tuple[Any, Any, Any]:
    import numpy as np

    columns = [c if indices is None else c[indices] for c in batch.columns if c is not None]
    uniform = [x for c, x in zip(batch.columns, batch.numbers, strict=True) if c is None]
    numbers = np.empty(len(uniform) + len(path.captured))
    read_numbers((*uniform, *path.captured), numbers)
    count = batch.size if indices is None else len(indices)
    return kernel.run(columns, numbers, count)  # type: ignore[no-any-return]


def _warned(owner: Any, batch: Batch, group: Group) -> Group:
    """The group; where a result is not finite f itself is run on the first such sample, to warn."""
    import numpy as np

    rows = group.stored
    if len(group.sums) and not np.isfinite(group.sums).all():
        rows = _run(group.path, batch, group.indices, _value_kernel(group.path, batch))[1]
    if not all(np.isfinite(row).all() for row in rows):
        bad = ~np.logical_and.reduce([np.isfinite(row) for row in rows])
        first = int(np.flatnonzero(bad)[0])
        owner.eager(batch.sample(first if group.indices is None else int(group.indices[first])))
    return group


def _value_kernel(path: Path, batch: Batch, scalar: bool = False) -> Any:
    return path.kernel(("map", batch.mask), lambda: path.program, False, scalar)


def _wanted(path: Path, batch: Batch) -> tuple[bool, ...]:
    """Which inputs are Values, so that the sum is differentiated by them."""
    own = [isinstance(x, Value) for x in batch.numbers]
    return tuple(own + [True] * len(path.captured))


def mapped(owner: Any, batch: Batch) -> Any:
    """The results of all samples, with a leading axis."""
    if batch.size == 0:
        result, _ = owner.result_of_nothing(batch.sample(0))
        return stacked(result.shape, iter([_column([]) for _ in result.leaves]), 0)
    try:
        if not _needs_nodes(owner, batch):
            return _mapped(owner, batch)
    except TooManyError:
        pass
    results = [_one(owner, batch, i) for i in range(batch.size)]
    for result in results:
        _check_shape(owner, results[0].shape, result.shape)
    columns = [_column(xs) for xs in zip(*[result.leaves for result in results], strict=True)]
    return stacked(results[0].shape, iter(columns), batch.size)


def _one(owner: Any, batch: Batch, i: int) -> Any:
    call = batch.sample(i)
    args, options = call.arguments(call.numbers)
    return read_result(owner(*args, **options), f"the result of {owner.place()}")


def _column(xs: Sequence[Any]) -> Any:
    import numpy as np

    if any(isinstance(x, Value) for x in xs):
        array = np.empty(len(xs), dtype=object)
        array[:] = xs
        return array
    return np.array(xs, dtype=bool if xs and all(type(x) is bool for x in xs) else float)


def _needs_nodes(owner: Any, batch: Batch, path: Path | None = None) -> bool:
    """Whether each sample's result is to be a node of its own."""
    if modes.active and (modes.state.recorder is not None or modes.state.places is not None):
        return True
    if batch.has_values:
        return True
    path = path or _path_for(owner, batch)
    return bool(batch.values or path.captured) and (not modes.active or modes.state.recording)


def _path_for(owner: Any, batch: Batch) -> Path:
    """Some path of these samples."""
    paths = owner.paths_for(batch.call)
    path = None if paths is None else paths.latest or owner.record(paths, batch.sample(0))
    if path is None:
        raise TooManyError
    return path  # type: ignore[no-any-return]


def _mapped(owner: Any, batch: Batch) -> Any:
    import numpy as np

    def kernel(path: Path, scalar: bool) -> Any:
        return _value_kernel(path, batch, scalar)

    first = None
    leaves: list[Any] = []
    truths: list[bool] = []
    for path, indices, _, stored in groups(owner, batch, kernel):
        if _needs_nodes(owner, batch, path):
            raise TooManyError
        result = path.result
        if first is None:
            first, truths = result, [True] * len(result.leaves)
            leaves = [np.empty(batch.size) for _ in result.leaves]
        _check_shape(owner, first.shape, result.shape)
        rows = iter(stored)
        for k, x in enumerate(result.leaves):
            truths[k] = truths[k] and isinstance(x, (Condition, bool))
            column = next(rows) if isinstance(x, Value) else x
            if indices is None and isinstance(x, Value):
                leaves[k] = column
            else:
                leaves[k][slice(None) if indices is None else indices] = column
    assert first is not None
    columns = [x.astype(bool) if truth else x for x, truth in zip(leaves, truths, strict=True)]
    return stacked(first.shape, iter(columns), batch.size)


def _check_shape(owner: Any, shape: Any, other: Any) -> None:
    if shape != other:
        raise TypeError(f"the samples' results of {owner.place()} differ in their structure")


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
            raise ValueError(f"the mean of {owner.place()} over no sample is undefined")
        result, depends = owner.result_of_nothing(batch.sample(0))
        leaves = [_nothing() if depends or batch.values else 0.0 for _ in result.leaves]
        return result._replace(leaves=leaves).build(leaves)
    tracing = modes.active and (modes.state.recorder is not None or modes.state.places is not None)
    try:
        if not tracing and not batch.has_values:
            return _totalled(owner, batch, mean)
    except TooManyError:
        pass
    results = [_one(owner, batch, i) for i in range(batch.size)]
    for result in results:
        _check_shape(owner, results[0].shape, result.shape)
    combine = functions.mean if mean else functions.sum
    leaves = [combine(xs) for xs in zip(*[result.leaves for result in results], strict=True)]
    return results[0]._replace(leaves=leaves).build([x for x in leaves if isinstance(x, Value)])


def _nothing() -> Any:
    """A node of zero, of nothing: what a sum of nodes is where there are none."""
    if modes.active and not modes.state.recording:
        return Value(0.0)
    return make_node(0.0, 0.0, None, primitives.identity, (0.0,), (None,))


def _totalled(owner: Any, batch: Batch, mean: bool) -> Any:
    scale = 1.0 / batch.size if mean else 1.0
    path = _path_for(owner, batch)
    result = path.result
    sums = None
    if not result.leaves or not (batch.values or path.captured):
        sums = _plain_totals(owner, batch, result)
    if sums is None:
        sums = [_total(owner, batch, result, k) for k in range(len(result.leaves))]
    numbers = [_scaled(owner, batch, total, k, scale, mean) for k, total in enumerate(sums)]
    return result._replace(leaves=numbers).build([x for x in numbers if isinstance(x, Value)])


def _plain_totals(owner: Any, batch: Batch, result: Any) -> list[_Total] | None:
    """All numbers of the result in one run; None if a path turns out to hold Values."""
    totals = [_Total() for _ in result.leaves]

    def kernel(path: Path, scalar: bool) -> Any:
        return path.kernel(("sum", batch.mask), lambda: path.program, True, scalar)

    for path, indices, sums, _ in groups(owner, batch, kernel):
        if path.captured and result.leaves:
            return None
        _check_shape(owner, result.shape, path.result.shape)
        rest = iter(sums.tolist())
        count = batch.size if indices is None else len(indices)
        for total, x in zip(totals, path.result.leaves, strict=True):
            total.number += next(rest) if isinstance(x, Value) else count * float(x)
    return totals


def _total(owner: Any, batch: Batch, result: Any, k: int) -> _Total:
    """Number k of the result, and its partials by the Values."""
    total = _Total()

    def kernel(path: Path, scalar: bool) -> Any:
        _check_shape(owner, result.shape, path.result.shape)
        return _gradient_kernel(path, batch, k, scalar=scalar)

    for path, indices, sums, _ in groups(owner, batch, kernel):
        if not isinstance(path.result.leaves[k], Value):
            count = batch.size if indices is None else len(indices)
            total.number += count * float(path.result.leaves[k])
            continue
        if _has_nan(sums):  # perhaps of 0 * inf where nothing should flow
            sums = _run(path, batch, indices, _gradient_kernel(path, batch, k, exact=True))[0]
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
    paths = owner.paths_for(batch.call)
    path = None if paths is None else paths.latest
    if path is None or batch.has_values or [*map(type, path.result.leaves)] != [Value]:
        return None
    if path.result.shape is not NUMBER:
        return None
    if batch.values or path.captured:
        kernel = _gradient_kernel(path, batch, 0)
    else:
        kernel = path.kernel(("sum", batch.mask), lambda: path.program, summed=True)
    name = f"jit({shown(owner.__name__)}).{'mean' if mean else 'sum'}"
    combine = functions.mean if mean else functions.sum

    def primitive(args: Sequence[Any], values: Sequence[Value]) -> BatchSum:
        return BatchSum(name, owner, lambda: owner.read_batch(args, in_axes), 0, values, combine)

    in_axes = tuple([None if type(x) in (float, Value) else 0 for x in args])
    return Plan(path, kernel, mean, primitive, owner.names_unchanged())


def _gradient(path: Path, k: int, wanted: tuple[bool, ...], exact: bool) -> Program:
    if not isinstance(path.result.leaves[k], Value):
        return Program.of(path.tape)  # its guards alone are of interest
    output = sum(isinstance(x, Value) for x in path.result.leaves[:k])
    return Program.of(with_gradient(single(path, output).tape, wanted, exact=exact))


def _scaled(owner: Any, batch: Batch, total: _Total, k: int, scale: float, mean: bool) -> Any:
    """The number as the caller sees it: a float, or a node."""
    values, partials = total.partials(scale) if total.parts else ((), ())
    if not values:
        return total.number * scale
    if modes.active and not modes.state.recording:
        return Value(total.number * scale)
    name = f"jit({shown(owner.__name__)}).{'mean' if mean else 'sum'}"
    combine = functions.mean if mean else functions.sum
    primitive = BatchSum(name, owner, lambda: batch, k, values, combine)
    return node_of_many(total.number * scale, primitive, values, partials, total.leaves, primitive)
