"""Batches: a jitted function over columns, each sample on its own path.

The latest path's code runs for all samples. Those whose guards fail are gathered by the guard, and
run on the path that goes the other way there, which is recorded if there is none.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..backend.leaves import read_numbers
from ..call.cache import Recordings
from ..call.specialization import Path
from .arguments import Batch

Kernels = Callable[[Path, bool], Any]


class Group(NamedTuple):
    """The samples that took one path: `indices` is None for all."""

    path: Path
    indices: Any
    sums: Any
    stored: Any


class TooManyError(Exception):
    """The samples are to be run one by one."""


def groups(recordings: Recordings, batch: Batch, kernel_of: Kernels) -> Iterator[Group]:
    """Run every sample on its path.

    Raises:
        TooManyError: there are more recordings than are kept.
    """
    import numpy as np

    paths = recordings.paths_for(batch.call)
    if paths is None:
        raise TooManyError
    pending: list[tuple[Any, Path | None, frozenset[int]]] = [(None, paths.latest, frozenset())]
    while pending:
        indices, path, tried = pending.pop()
        recorded = path is None
        if recorded:
            path = recordings.record(paths, batch.sample(0 if indices is None else int(indices[0])))
        if path is None:
            raise TooManyError
        sums, stored, failed = run(path, batch, indices, kernel_of(path, False))
        if failed is not None and (failed >= 0).any():
            indices = np.arange(batch.size) if indices is None else indices
            if recorded and failed[0] >= 0:
                # vector code has rounded a guard to the other side: one call's code decides
                alone, indices = indices[:1], indices[1:]
                own = run(path, batch, alone, kernel_of(path, True))
                if own[2][0] >= 0:
                    raise TooManyError  # not even that: what a failed run gives is no result
                yield _warned(recordings, batch, Group(path, alone, own[0], own[1]))
                failed, stored = failed[1:], [row[1:] for row in stored]
            for guard in np.unique(failed[failed >= 0]).tolist():
                others = paths.after_failure(path, guard)
                other = next((p for p in others if id(p) not in tried | {id(path)}), None)
                pending.append((indices[failed == guard], other, tried | {id(path)}))
            good = failed < 0
            indices, stored = indices[good], [row[good] for row in stored]
        if indices is None or len(indices):
            yield _warned(recordings, batch, Group(path, indices, sums, stored))


def run(path: Path, batch: Batch, indices: Any, kernel: Any) -> tuple[Any, Any, Any]:
    import numpy as np

    columns = [c if indices is None else c[indices] for c in batch.columns if c is not None]
    uniform = [x for c, x in zip(batch.columns, batch.numbers, strict=True) if c is None]
    numbers = np.empty(len(uniform) + len(path.captured))
    read_numbers((*uniform, *path.captured), numbers)
    count = batch.size if indices is None else len(indices)
    return kernel.run(columns, numbers, count)  # type: ignore[no-any-return]


def _warned(recordings: Recordings, batch: Batch, group: Group) -> Group:
    """The group; where a result is not finite f itself is run on the first such sample, to warn."""
    import numpy as np

    rows = group.stored
    if len(group.sums) and not np.isfinite(group.sums).all():
        rows = run(group.path, batch, group.indices, value_kernel(group.path, batch))[1]
    if not all(np.isfinite(row).all() for row in rows):
        bad = ~np.logical_and.reduce([np.isfinite(row) for row in rows])
        first = int(np.flatnonzero(bad)[0])
        recordings.eager(
            batch.sample(first if group.indices is None else int(group.indices[first]))
        )
    return group


def value_kernel(path: Path, batch: Batch, scalar: bool = False) -> Any:
    return path.kernel(("map", batch.mask), lambda: path.program, False, scalar)


def path_for(recordings: Recordings, batch: Batch) -> Path:
    """Some path of these samples."""
    paths = recordings.paths_for(batch.call)
    path = None if paths is None else paths.latest or recordings.record(paths, batch.sample(0))
    if path is None:
        raise TooManyError
    return path
