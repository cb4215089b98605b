"""The ways to compute a row: eagerly, by generated Python, by machine code, and in batches."""

import math
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from typing import Any

import autograd_lite as ag
from autograd_lite.core.table import Primitive
from tests.operations import OPERATIONS

from .points import Point


def eager(row: Primitive, drawn: Sequence[Point]) -> Iterator[list[float]]:
    for point in drawn:
        node = row(*map(ag.Value, point))
        yield [node.data, *_all_partials(node)]


def _all_partials(node: Any) -> list[float]:
    edges = {id(x): d for x, d in node.edges()}
    return [edges.get(id(x)) or 0.0 for x in node.operands]


def _everything(row: Primitive, wanted: Sequence[int]) -> Callable[..., list[Any]]:
    if row.arity is None:
        return lambda *xs: [row(*xs), *ag.grad(lambda ys: row(*ys))(list(xs))]
    return lambda *xs: [row(*xs), *[ag.grad(row, i)(*xs) for i in wanted]]


def wanted(row: Primitive) -> list[int]:
    """Return the operands with a partial; all of them where the registry knows nothing of a row."""
    operation = OPERATIONS.get(row.name)
    every = range(row.arity or 0)
    return [i for i in every if operation is None or operation.has_partial(i)]


def _spread(row: Primitive, ys: Sequence[float]) -> list[float]:
    """The value and the partials, with nan for those that there are not."""
    if row.arity is None:
        return list(map(float, ys))
    slots = dict(zip(wanted(row), ys[1:], strict=True))
    return [float(ys[0]), *[float(slots.get(i, math.nan)) for i in range(row.arity)]]


def scalar(backend: str) -> Callable[[Primitive, Sequence[Point]], Iterator[list[float]]]:
    def run(row: Primitive, drawn: Sequence[Point]) -> Iterator[list[float]]:
        f = ag.jit(_everything(row, wanted(row)), backend=backend)
        for point in drawn:
            yield _spread(row, f(*point))

    return run


def batch(row: Primitive, drawn: Sequence[Point]) -> Iterator[list[float]]:
    import numpy as np

    f = ag.jit(_everything(row, wanted(row)), backend="llvm")
    results: dict[int, list[float]] = {}
    for n in {len(p) for p in drawn}:
        some = [k for k, p in enumerate(drawn) if len(p) == n]
        columns = f.map(*np.array([drawn[k] for k in some]).T)
        for k, ys in zip(some, np.array(columns).T.tolist(), strict=True):
            results[k] = _spread(row, ys)
    return (results[k] for k in range(len(drawn)))


def ways() -> dict[str, Callable[[Primitive, Sequence[Point]], Iterator[list[float]]]]:
    found = {"eager": eager, "jit, Python": scalar("python")}
    if find_spec("llvmlite") is not None:
        found |= {"jit, LLVM": scalar("llvm"), "`.map`": batch}
    return found
