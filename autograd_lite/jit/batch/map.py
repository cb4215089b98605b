"""`.map`: a jitted function's results for all samples of a batch."""

from collections.abc import Sequence
from typing import Any

from ...core import contexts
from ...core.value import Value
from ...transforms.pytree import build_array
from ..call.cache import Recordings
from ..call.specialization import Path
from ..record.arguments import stacked
from ..record.recorder import Condition
from .arguments import Batch, check_shape
from .groups import TooManyError, groups, path_for, value_kernel


def mapped(owner: Any, batch: Batch) -> Any:
    """The results of all samples, with a leading axis."""
    if batch.size == 0:
        result, _ = owner.recordings.result_of_nothing(batch.sample(0))
        return stacked(result.shape, iter([_column([]) for _ in result.leaves]), 0)
    try:
        if not _needs_nodes(owner.recordings, batch):
            return _mapped(owner.recordings, batch)
    except TooManyError:
        pass
    results = batch.one_by_one(owner, owner.recordings.place())
    columns = [_column(xs) for xs in zip(*[result.leaves for result in results], strict=True)]
    return stacked(results[0].shape, iter(columns), batch.size)


def _column(xs: Sequence[Any]) -> Any:
    import numpy as np

    if any(isinstance(x, Value) for x in xs):
        return build_array(xs, (len(xs),))
    return np.array(xs, dtype=bool if xs and all(type(x) is bool for x in xs) else float)


def _needs_nodes(recordings: Recordings, batch: Batch, path: Path | None = None) -> bool:
    """Whether each sample's result is to be a node of its own."""
    if contexts.active and (
        contexts.state.recorder is not None or contexts.state.places is not None
    ):
        return True
    if batch.has_values:
        return True
    path = path or path_for(recordings, batch)
    return bool(batch.values or path.captured) and (not contexts.active or contexts.state.recording)


def _mapped(recordings: Recordings, batch: Batch) -> Any:
    import numpy as np

    def kernel(path: Path, scalar: bool) -> Any:
        return value_kernel(path, batch, scalar)

    first = None
    leaves: list[Any] = []
    truths: list[bool] = []
    for path, indices, _, stored in groups(recordings, batch, kernel):
        if _needs_nodes(recordings, batch, path):
            raise TooManyError
        result = path.result
        if first is None:
            first, truths = result, [True] * len(result.leaves)
            leaves = [np.empty(batch.size) for _ in result.leaves]
        check_shape(first.shape, result.shape, recordings.place())
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
