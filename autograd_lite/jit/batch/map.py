"""`.map`: a jitted function's results for all samples of a batch."""

from collections.abc import Sequence
from typing import Any

from ...core import contexts
from ...core.value import Value
from ...transforms.pytree import build_array
from ..call.cache import SpecializationCache
from ..call.specialization import Specialization
from ..record.arguments import stack_columns
from ..record.recorder import Condition
from .arguments import Batch, check_shape
from .groups import OneByOneError, get_specialization, get_value_kernel, run_groups


def map_batch(owner: Any, batch: Batch) -> Any:
    """The results of all samples, with a leading axis."""
    if batch.size == 0:
        result, _ = owner.cache.trace_empty(batch.get_sample(0))
        return stack_columns(result.shape, iter([_make_column([]) for _ in result.leaves]), 0)
    try:
        if not _needs_nodes(owner.cache, batch):
            return _map_compiled(owner.cache, batch)
    except OneByOneError:
        pass
    results = batch.run_one_by_one(owner, owner.cache.place())
    columns = [_make_column(xs) for xs in zip(*[result.leaves for result in results], strict=True)]
    return stack_columns(results[0].shape, iter(columns), batch.size)


def _make_column(xs: Sequence[Any]) -> Any:
    import numpy as np

    if any(isinstance(x, Value) for x in xs):
        return build_array(xs, (len(xs),))
    return np.array(xs, dtype=bool if xs and all(type(x) is bool for x in xs) else float)


def _needs_nodes(
    cache: SpecializationCache, batch: Batch, spec: Specialization | None = None
) -> bool:
    """Whether each sample's result is to be a node of its own."""
    if contexts.active and (
        contexts.state.recorder is not None or contexts.state.places is not None
    ):
        return True
    if batch.has_values:
        return True
    spec = spec or get_specialization(cache, batch)
    return bool(batch.values or spec.captured) and (not contexts.active or contexts.state.recording)


def _map_compiled(cache: SpecializationCache, batch: Batch) -> Any:
    import numpy as np

    def kernel(spec: Specialization, scalar: bool) -> Any:
        return get_value_kernel(spec, batch, scalar)

    first = None
    leaves: list[Any] = []
    truths: list[bool] = []
    for spec, indices, _, stored in run_groups(cache, batch, kernel):
        if _needs_nodes(cache, batch, spec):
            raise OneByOneError
        result = spec.result
        if first is None:
            first, truths = result, [True] * len(result.leaves)
            leaves = [np.empty(batch.size) for _ in result.leaves]
        check_shape(first.shape, result.shape, cache.place())
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
    return stack_columns(first.shape, iter(columns), batch.size)
