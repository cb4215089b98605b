"""`.sum` and `.mean`: a jitted function's results added up over a batch, with their partials."""

from collections.abc import Sequence
from typing import Any

from ...core import contexts, functions, table
from ...core.recording import make_node
from ...core.value import Value
from ..call.cache import SpecializationCache
from ..call.fused import make_many_node, select_output
from ..call.specialization import Specialization
from ..ir.derivative import gradient_program
from ..ir.program import Program
from ..record.arguments import NUMBER
from .arguments import Batch, check_shape
from .fused import BatchSum
from .groups import OneByOneError, get_specialization, run_groups, run_kernel
from .plan import Plan


def _find_wanted(spec: Specialization, batch: Batch) -> tuple[bool, ...]:
    """Which inputs are Values, so that the sum is differentiated by them."""
    own = [isinstance(x, Value) for x in batch.numbers]
    return tuple(own + [True] * len(spec.captured))


class _LeafTotal:
    """One number of the result summed over the samples, with its partials path by path."""

    def __init__(self) -> None:
        self.number = 0.0
        self.parts: list[tuple[tuple[Value, ...], Any]] = []
        self.leaves = True  # whether all the Values are leaves

    def add(self, own: tuple[Value, ...], spec: Specialization, sums: Any) -> None:
        self.number += sums.item(0)
        self.parts.append((own + spec.captured, sums[1:]))
        self.leaves = (
            self.leaves and spec.captures_only_leaves and all(x._primitive is None for x in own)
        )

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


def reduce_batch(owner: Any, batch: Batch, mean: bool) -> Any:
    """The results summed over the samples, or their mean; one node each where Values are."""
    if batch.size == 0:
        if mean:
            raise ValueError(f"the mean of {owner.cache.place()} over no sample is undefined")
        result, depends = owner.cache.trace_empty(batch.get_sample(0))
        leaves = [_make_zero() if depends or batch.values else 0.0 for _ in result.leaves]
        return result._replace(leaves=leaves).build(leaves)
    tracing = contexts.active and (
        contexts.state.recorder is not None or contexts.state.places is not None
    )
    try:
        if not tracing and not batch.has_values:
            return _reduce_compiled(owner, batch, mean)
    except OneByOneError:
        pass
    results = batch.run_one_by_one(owner, owner.cache.place())
    combine = functions.mean if mean else functions.sum
    leaves = [combine(xs) for xs in zip(*[result.leaves for result in results], strict=True)]
    return results[0]._replace(leaves=leaves).build([x for x in leaves if isinstance(x, Value)])


def _make_zero() -> Any:
    """A node of zero, of nothing: what a sum of nodes is where there are none."""
    if contexts.active and not contexts.state.recording:
        return Value(0.0)
    return make_node(0.0, 0.0, None, table.identity, (0.0,), (None,))


def _reduce_compiled(owner: Any, batch: Batch, mean: bool) -> Any:
    scale = 1.0 / batch.size if mean else 1.0
    spec = get_specialization(owner.cache, batch)
    result = spec.result
    sums = None
    if not result.leaves or not (batch.values or spec.captured):
        sums = _sum_plain(owner.cache, batch, result)
    if sums is None:
        sums = [_sum_leaf(owner.cache, batch, result, k) for k in range(len(result.leaves))]
    numbers = [_make_result(owner, batch, total, k, scale, mean) for k, total in enumerate(sums)]
    return result._replace(leaves=numbers).build([x for x in numbers if isinstance(x, Value)])


def _sum_plain(cache: SpecializationCache, batch: Batch, result: Any) -> list[_LeafTotal] | None:
    """All numbers of the result in one run; None if a path turns out to hold Values."""
    totals = [_LeafTotal() for _ in result.leaves]

    def kernel(spec: Specialization, scalar: bool) -> Any:
        return spec.compile_kernel(("sum", batch.mask), lambda: spec.program, True, scalar)

    for spec, indices, sums, _ in run_groups(cache, batch, kernel):
        if spec.captured and result.leaves:
            return None
        check_shape(result.shape, spec.result.shape, cache.place())
        rest = iter(sums.tolist())
        count = batch.size if indices is None else len(indices)
        for total, x in zip(totals, spec.result.leaves, strict=True):
            total.number += next(rest) if isinstance(x, Value) else count * float(x)
    return totals


def _sum_leaf(cache: SpecializationCache, batch: Batch, result: Any, k: int) -> _LeafTotal:
    """Number k of the result, and its partials by the Values."""
    total = _LeafTotal()

    def kernel(spec: Specialization, scalar: bool) -> Any:
        check_shape(result.shape, spec.result.shape, cache.place())
        return _get_gradient_kernel(spec, batch, k, scalar=scalar)

    for spec, indices, sums, _ in run_groups(cache, batch, kernel):
        if not isinstance(spec.result.leaves[k], Value):
            count = batch.size if indices is None else len(indices)
            total.number += count * float(spec.result.leaves[k])
            continue
        if _has_nan(sums):  # perhaps of 0 * inf where nothing should flow
            sums = run_kernel(
                spec, batch, indices, _get_gradient_kernel(spec, batch, k, exact=True)
            )[0]
        total.add(batch.values, spec, sums)
    return total


def _has_nan(sums: Any) -> bool:
    import numpy as np

    return bool(np.isnan(sums).any())


def _get_gradient_kernel(
    spec: Specialization, batch: Batch, k: int, exact: bool = False, scalar: bool = False
) -> Any:
    which = tuple([isinstance(x, Value) for x in batch.numbers])
    key = ("gradient", batch.mask, which, k, exact)
    return spec.compile_kernel(
        key,
        lambda: _make_gradient_program(spec, k, _find_wanted(spec, batch), exact),
        summed=True,
        scalar=scalar,
    )


def make_plan(owner: Any, args: Sequence[Any], batch: Batch, mean: bool) -> Plan | None:
    """The shortest way to the same sum for other arrays; None where there is none."""
    specs = owner.cache.get_specializations(batch.call)
    spec = None if specs is None else specs.latest
    if spec is None or batch.has_values or [*map(type, spec.result.leaves)] != [Value]:
        return None
    if spec.result.shape is not NUMBER:
        return None
    if batch.values or spec.captured:
        kernel = _get_gradient_kernel(spec, batch, 0)
    else:
        kernel = spec.compile_kernel(("sum", batch.mask), lambda: spec.program, summed=True)
    name = f"jit({owner.cache.name}).{'mean' if mean else 'sum'}"
    combine = functions.mean if mean else functions.sum

    def primitive(args: Sequence[Any], values: Sequence[Value]) -> BatchSum:
        return BatchSum(name, owner, lambda: owner.read_batch(args, in_axes), 0, values, combine)

    in_axes = tuple([None if type(x) in (float, Value) else 0 for x in args])
    return Plan(spec, kernel, mean, primitive, owner.build_unchanged_check())


def _make_gradient_program(
    spec: Specialization, k: int, wanted: tuple[bool, ...], exact: bool
) -> Program:
    if not isinstance(spec.result.leaves[k], Value):
        return Program.of(spec.tape)  # its guards alone are of interest
    output = sum(isinstance(x, Value) for x in spec.result.leaves[:k])
    return gradient_program(select_output(spec, output).tape, wanted, exact=exact)


def _make_result(
    owner: Any, batch: Batch, total: _LeafTotal, k: int, scale: float, mean: bool
) -> Any:
    """The number as the caller sees it: a float, or a node."""
    values, partials = total.partials(scale) if total.parts else ((), ())
    if not values:
        return total.number * scale
    if contexts.active and not contexts.state.recording:
        return Value(total.number * scale)
    name = f"jit({owner.cache.name}).{'mean' if mean else 'sum'}"
    combine = functions.mean if mean else functions.sum
    primitive = BatchSum(name, owner, lambda: batch, k, values, combine)
    return make_many_node(
        total.number * scale, primitive, values, partials, total.leaves, primitive
    )
