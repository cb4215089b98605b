"""Batches: a jitted function over columns, each sample on its own path.

The latest path's code runs for all samples. Those whose guards fail are gathered by the guard, and
run on the path that goes the other way there, which is recorded if there is none.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..backend.leaves import read_numbers
from ..call.cache import SpecializationCache
from ..call.specialization import Specialization
from .arguments import Batch

Kernels = Callable[[Specialization, bool], Any]


class SampleGroup(NamedTuple):
    """The samples that took one path: `indices` is None for all."""

    spec: Specialization
    indices: Any
    sums: Any
    stored: Any


class OneByOneError(Exception):
    """The samples are to be run one by one."""


def run_groups(
    cache: SpecializationCache, batch: Batch, kernel_of: Kernels
) -> Iterator[SampleGroup]:
    """Run every sample on its path.

    Raises:
        TooManyError: there are more recordings than are kept.
    """
    import numpy as np

    specs = cache.get_specializations(batch.call)
    if specs is None:
        raise OneByOneError
    pending: list[tuple[Any, Specialization | None, frozenset[int]]] = [
        (None, specs.latest, frozenset())
    ]
    while pending:
        indices, spec, tried = pending.pop()
        recorded = spec is None
        if recorded:
            spec = cache.specialize(
                specs, batch.get_sample(0 if indices is None else int(indices[0]))
            )
        if spec is None:
            raise OneByOneError
        sums, stored, failed = run_kernel(spec, batch, indices, kernel_of(spec, False))
        if failed is not None and (failed >= 0).any():
            indices = np.arange(batch.size) if indices is None else indices
            if recorded and failed[0] >= 0:
                # vector code has rounded a guard to the other side: one call's code decides
                alone, indices = indices[:1], indices[1:]
                own = run_kernel(spec, batch, alone, kernel_of(spec, True))
                if own[2][0] >= 0:
                    raise OneByOneError  # not even that: what a failed run gives is no result
                yield _warn_if_not_finite(cache, batch, SampleGroup(spec, alone, own[0], own[1]))
                failed, stored = failed[1:], [row[1:] for row in stored]
            for guard in np.unique(failed[failed >= 0]).tolist():
                others = specs.find_alternatives(spec, guard)
                other = next((p for p in others if id(p) not in tried | {id(spec)}), None)
                pending.append((indices[failed == guard], other, tried | {id(spec)}))
            good = failed < 0
            indices, stored = indices[good], [row[good] for row in stored]
        if indices is None or len(indices):
            yield _warn_if_not_finite(cache, batch, SampleGroup(spec, indices, sums, stored))


def run_kernel(
    spec: Specialization, batch: Batch, indices: Any, kernel: Any
) -> tuple[Any, Any, Any]:
    import numpy as np

    columns = [c if indices is None else c[indices] for c in batch.columns if c is not None]
    uniform = [x for c, x in zip(batch.columns, batch.numbers, strict=True) if c is None]
    numbers = np.empty(len(uniform) + len(spec.captured))
    read_numbers((*uniform, *spec.captured), numbers)
    count = batch.size if indices is None else len(indices)
    return kernel.run(columns, numbers, count)  # type: ignore[no-any-return]


def _warn_if_not_finite(
    cache: SpecializationCache, batch: Batch, group: SampleGroup
) -> SampleGroup:
    """The group; where a result is not finite f itself is run on the first such sample, to warn."""
    import numpy as np

    rows = group.stored
    if len(group.sums) and not np.isfinite(group.sums).all():
        rows = run_kernel(group.spec, batch, group.indices, get_value_kernel(group.spec, batch))[1]
    if not all(np.isfinite(row).all() for row in rows):
        bad = ~np.logical_and.reduce([np.isfinite(row) for row in rows])
        first = int(np.flatnonzero(bad)[0])
        cache.run_eagerly(
            batch.get_sample(first if group.indices is None else int(group.indices[first]))
        )
    return group


def get_value_kernel(spec: Specialization, batch: Batch, scalar: bool = False) -> Any:
    return spec.compile_kernel(("map", batch.mask), lambda: spec.program, False, scalar)


def get_specialization(cache: SpecializationCache, batch: Batch) -> Specialization:
    """Some path of these samples."""
    specs = cache.get_specializations(batch.call)
    spec = None if specs is None else specs.latest or cache.specialize(specs, batch.get_sample(0))
    if spec is None:
        raise OneByOneError
    return spec
