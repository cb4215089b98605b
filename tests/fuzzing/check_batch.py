"""Batches against one sample after the other."""

import math
import random
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

import autograd_lite as ag

from .bounds import Unsettled
from .common import (
    EPS,
    Finding,
    Outcome,
    PassedOver,
    Under,
    agreement,
    backends,
    close,
    leaves_of,
    magnitudes,
    number_of,
    outcome,
    same,
    shape_of,
)
from .engines import Unsupported
from .generate import Case
from .programs import Array, Ref, leaves
from .source import literal

__all__ = ["check_batch"]

COUNTS = [1, 2, 3, 4, 5, 7, 8, 9, 13, 17, 33]


def check_batch(case: Case) -> None:
    """map, sum and mean, of values and of gradients, on both back ends."""
    batch = Batch(case)
    for backend in backends():
        batch.check_map(backend)
        if batch.under.scalar:
            batch.check_slopes(backend)
            batch.check_backward(backend)
            batch.check_nodes(backend)


class Batch:
    """Samples of a program: the points of a case, again and again."""

    def __init__(self, case: Case) -> None:
        rng = random.Random(case.seed)
        self.under = under = Under(case.program)
        templates = case.program.arguments
        self.axes = [_axis(rng, template) for template in templates]
        if all(axis is None for axis in self.axes):
            places = [n for n, template in enumerate(templates) if _batchable(template)]
            if not places:
                raise PassedOver("no argument for a batch")
            self.axes[places[0]] = 0
        count = rng.choice(COUNTS)
        shared = set()
        for template, axis in zip(templates, self.axes, strict=True):
            if axis is None:
                shared |= {ref.name for ref in leaves(template)}
        first = case.points[0]
        rows = [case.points[s % len(case.points)] for s in range(count)]
        names = case.program.inputs
        self.samples = [
            [first[i] if name in shared else row[i] for i, name in enumerate(names)] for row in rows
        ]
        self.shared = [i for i, name in enumerate(names) if name in shared]
        self.expected = [under.eager(sample) for sample in self.samples]
        if any(found.failed for found in self.expected):
            raise PassedOver("an error")
        self.bounds: dict[tuple[int, int], Any] = {}

    @property
    def text(self) -> str:
        """The arguments of the batched call, as source."""
        return self.call_text(self.args())

    def call_text(self, args: Sequence[Any]) -> str:
        return f"({', '.join(map(literal, args))}, in_axes={tuple(self.axes)!r})"

    def each(self, text: str, given: str = "s") -> str:
        return f"[{text}(*arguments({given})) for s in {literal(self.samples)}]"

    @property
    def eagerly(self) -> str:
        return self.each("f", "[ag.Value(x) for x in s]")

    def args(self, shared: Any = float, rows: Any = None) -> tuple[Any, ...]:
        """The arguments with a batch where there is an axis; `shared` is put around the others.

        `rows` are the samples, or Values in their places.
        """
        listed = [list(column) for column in zip(*(rows or self.samples), strict=True)]
        columns = dict(zip(self.under.program.inputs, listed, strict=True))

        def batched(tree: Any, axis: int | None) -> Any:
            if isinstance(tree, Ref):
                column = columns[tree.name]
                if axis is None:
                    return shared(column[0])
                array = np.empty(len(column), dtype=object if rows else float)
                array[:] = column
                return array
            if isinstance(tree, Array):
                parts = [batched(x, axis) for x in tree.items]
                if axis is None:
                    array = np.empty(len(parts), dtype=float if shared is float else object)
                    array[:] = parts
                    return array.reshape(tree.shape)
                stacked = np.stack(parts, axis=1).reshape(len(self.samples), *tree.shape)
                return np.moveaxis(stacked, 0, axis)
            if isinstance(tree, dict):
                return {key: batched(part, axis) for key, part in tree.items()}
            return type(tree)([batched(part, axis) for part in tree])

        pairs = zip(self.under.program.arguments, self.axes, strict=True)
        return tuple([batched(template, axis) for template, axis in pairs])

    # How far apart

    def bound(self, s: int, output: int) -> Any:
        """The Bound of a sample's output, by inputs and captured Values."""
        key = (s, output)
        if key not in self.bounds:
            wanted = range(len(self.samples[s]) + len(self.under.captured))
            try:
                self.bounds[key] = self.under.bound(self.samples[s], output, wanted)
            except (Unsupported, Unsettled) as reason:
                self.bounds[key] = PassedOver(str(reason) or "no straight line")
        if isinstance(self.bounds[key], PassedOver):
            raise self.bounds[key]
        return self.bounds[key]

    def agrees(self, found: float, expected: float, s: int, output: int, exact: bool) -> bool:
        if same(found, expected) or (found == expected and not exact):
            return True
        if exact:
            return agreement(self.under.program)(found, expected)
        if close(found, expected, 4.0 * EPS * abs(expected)):
            return True
        return close(found, expected, self.bound(s, output).value_error)

    # The checks

    def check_map(self, backend: str) -> None:
        jitted = ag.jit(self.under.f, backend=backend)
        exact = backend == "python"
        text = f"ag.jit(f, backend={backend!r}).map{self.text}"
        args = self.args()
        for _ in range(2):
            found = outcome(lambda: jitted.map(*args, in_axes=tuple(self.axes)))
            if found.failed:
                raise Finding("map", text, self.eagerly, 0, found, self.expected)
            rows = jitted.map(*args, in_axes=tuple(self.axes))
            for s, expected in enumerate(self.expected):
                row = _sample(rows, s)
                own = Outcome(shape_of(row), [number_of(x) for x in leaves_of(row)])
                if own.shape != expected.shape:
                    raise Finding("map's structure", text, self.eagerly, 0, s, own, expected)
                for k, (x, y) in enumerate(zip(own.numbers, expected.numbers, strict=True)):
                    if not self.agrees(x, y, s, k, exact):
                        raise Finding("map", text, self.eagerly, 0, s, own, expected)
        self._check_totals(backend, jitted)

    def _check_totals(self, backend: str, jitted: Any) -> None:
        columns = list(zip(*[found.numbers for found in self.expected], strict=True))
        for way in ("sum", "mean"):
            method = partial(getattr(jitted, way), in_axes=tuple(self.axes))
            total = outcome(method, *self.args())
            text = f"ag.jit(f, backend={backend!r}).{way}{self.text}"
            if total.failed or total.shape != self.expected[0].shape:
                raise Finding(way, text, self.eagerly, 0, total, self.expected[0])
            for k, column in enumerate(columns):
                if not all(map(math.isfinite, column)):
                    continue
                wanted = math.fsum(column) / (len(column) if way == "mean" else 1)
                size = sum(map(abs, column)) * EPS * (len(column) + 4.0)
                if close(total.numbers[k], wanted, size):
                    continue
                if backend == "llvm":
                    size += sum([self._value_error(s, k) for s in range(len(column))])
                if not close(total.numbers[k], wanted, size):
                    raise Finding(way, text, self.eagerly, 0, total, wanted)

    def _value_error(self, s: int, output: int) -> float:
        return float(self.bound(s, output).value_error)

    def check_slopes(self, backend: str) -> None:
        """jit(grad(f)).map against the gradient at each sample."""
        under = self.under
        plain = ag.grad(under.f, under.argnums)
        found = outcome(
            lambda: ag.jit(plain, backend=backend).map(*self.args(), in_axes=tuple(self.axes))
        )
        text = f"ag.jit(ag.grad(f, {under.argnums}), backend={backend!r}).map{self.text}"
        slopes = self.each(f"ag.grad(f, {under.argnums})")
        if found.failed:
            raise Finding("grad map", text, slopes, 0, found)
        rows = ag.jit(plain, backend=backend).map(*self.args(), in_axes=tuple(self.axes))
        for s, sample in enumerate(self.samples):
            expected = outcome(lambda sample=sample: plain(*under.args(sample)))
            row = [number_of(x) for x in leaves_of(_sample(rows, s))]
            for j, (x, y) in enumerate(zip(row, expected.numbers, strict=True)):
                if not self._slopes_agree(x, y, s, j, backend):
                    raise Finding(f"grad map, input {j}", text, slopes, 0, s, row, expected)

    def _slopes_agree(self, x: float, y: float, s: int, j: int, backend: str) -> bool:
        if x == y or (x != x and y != y):
            return True
        if close(x, y, 4.0 * EPS * abs(y)) and backend == "llvm":
            return True
        return close(x, y, self.bound(s, 0).gradient_errors[j]) and backend == "llvm"

    def check_backward(self, backend: str) -> None:
        """sum(...).backward() reaches captured Values and those that are the same for all."""
        leaves: list[ag.Value] = []

        def leaf(x: float) -> ag.Value:
            leaves.append(ag.Value(x))
            return leaves[-1]

        args = self.args(leaf)
        if not leaves and not self.under.captured:
            return
        ends = [*leaves, *self.under.captured.values()]
        for end in ends:
            end.grad = 0.0
        text = f"ag.jit(f, backend={backend!r}).sum{self.call_text(args)}"
        slopes = self.each(f"ag.grad(f, {self.under.argnums})")
        jitted = ag.jit(self.under.f, backend=backend)

        def swept() -> list[float]:
            total = jitted.sum(*args, in_axes=tuple(self.axes))
            if isinstance(total, ag.Value):
                total.backward()
            return [end.grad for end in ends]

        found = outcome(swept)
        if found.failed:
            raise Finding("sum, backward", text, slopes, 0, found)
        rows = [self._swept_eagerly(sample) for sample in self.samples]
        n = len(self.samples[0])
        places = [*self.shared, *range(n, n + len(self.under.captured))]
        for place, own in zip(places, found.numbers, strict=True):
            column = [row[place] for row in rows]
            if not self._sum_agrees(own, column, place):
                what = f"sum, backward, input {place}"
                raise Finding(what, text, slopes, 0, own, math.fsum(column))

    def check_nodes(self, backend: str) -> None:
        """Columns of Values: map makes a node for each sample, and derivatives flow through it."""
        if len(self.samples) > 5:
            return
        rows = [[ag.Value(x) for x in sample] for sample in self.samples]
        args = self.args(number_of, rows)
        text = f"ag.jit(f, backend={backend!r}).map{self.call_text(args)}"
        jitted = ag.jit(self.under.f, backend=backend)
        found = outcome(partial(jitted.map, in_axes=tuple(self.axes)), *args)
        numbers = [expected.numbers[0] for expected in self.expected]
        if found.failed or not all(map(same, found.numbers, numbers)):
            raise Finding("map of Values", text, self.eagerly, 0, found, numbers)
        for y in leaves_of(jitted.map(*args, in_axes=tuple(self.axes))):
            if isinstance(y, ag.Value):
                y.backward()
        for s, row in enumerate(rows):
            expected = self._swept_eagerly(self.samples[s])
            for place, x in enumerate(row):
                if place not in self.shared and not self._node_agrees(x.grad, expected[place], s):
                    slopes = self.each(f"ag.grad(f, {self.under.argnums})")
                    what = f"map of Values, backward, sample {s}, input {place}"
                    raise Finding(what, text, slopes, 0, x.grad, expected[place])

    def _node_agrees(self, found: float, expected: float, s: int) -> bool:
        """Each sample is one call, so only the order of sums may differ."""
        if found == expected or (found != found and expected != expected):
            return True
        inputs = [ag.Value(x) for x in self.samples[s]]
        y = self.under.f(*self.under.args(inputs))
        return close(found, expected, max(magnitudes(y, inputs)))

    def _sum_agrees(self, found: float, column: Sequence[float], place: int) -> bool:
        if not all(map(math.isfinite, column)):
            return True
        wanted = math.fsum(column)
        size = sum(map(abs, column)) * EPS * (len(column) + 4.0)
        if close(found, wanted, size):
            return True
        size += sum([self.bound(s, 0).gradient_errors[place] for s in range(len(column))])
        return close(found, wanted, size)

    def _swept_eagerly(self, sample: Sequence[float]) -> list[float]:
        inputs = [ag.Value(x) for x in sample]
        ends = [*inputs, *self.under.captured.values()]
        for end in ends:
            end.grad = 0.0
        y = self.under.f(*self.under.args(inputs))
        if isinstance(y, ag.Value):
            y.backward()
        return [end.grad for end in ends]


def _batchable(template: Any) -> bool:
    """Whether jit takes the template's columns for a batch: a list is one if it holds arrays."""
    if isinstance(template, (Ref, Array)):
        return True
    if isinstance(template, dict):
        return all(map(_batchable, template.values()))
    return any(isinstance(x, (Ref, Array)) for x in template) and all(map(_batchable, template))


def _axis(rng: random.Random, template: Any) -> int | None:
    if not _batchable(template) or rng.random() < 0.25:
        return None
    if isinstance(template, Array):
        return rng.choice([0, 0, len(template.shape), -1, 1])
    return rng.choice([0, 0, -1]) if isinstance(template, Ref) else 0


def _sample(tree: Any, s: int) -> Any:
    """One sample's part of a map's result."""
    if isinstance(tree, dict):
        return {key: _sample(part, s) for key, part in tree.items()}
    if isinstance(tree, (list, tuple)):
        return type(tree)([_sample(part, s) for part in tree])
    row = tree[s]
    return row if getattr(row, "shape", ()) else number_of(row)
