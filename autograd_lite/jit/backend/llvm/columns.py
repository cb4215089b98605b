"""The run-time side of vector code: arrays in, arrays out, threads, what callbacks raise.

A chunk of samples has sums of its own, and they are added in the chunks' order: no result depends
on how many threads there are.
"""

import ctypes
import functools
import itertools
import math
import os
import struct
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ....core.table import Primitive
from .engine import Loaded
from .loop import FIXED, KernelShape

THREADED = 4_000_000  # operations on samples from which on threads pay


class Callbacks:
    """C functions of the table's rows that are no machine code, and what they raised.

    Attributes:
        kept: the functions; the code that calls them must not outlive them.
        errors: the exceptions, in order; the value was nan then.
    """

    def __init__(self) -> None:
        self.kept: dict[tuple[Primitive, int], Any] = {}
        self.errors: list[Exception] = []

    def get_callee(self, primitive: Primitive, arity: int) -> str:
        made = self.kept.get((primitive, arity))
        if made is None:
            prototype = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * arity)
            made = self.kept[primitive, arity] = prototype(self._wrap(primitive))
        return f"inttoptr (i64 {ctypes.cast(made, ctypes.c_void_p).value} to ptr)"

    def _wrap(self, primitive: Primitive) -> Callable[..., float]:
        def value(*operands: float) -> float:
            try:
                return float(primitive.value(*operands))
            except Exception as error:
                self.errors.append(error)
                return math.nan

        return value


class VectorKernel:
    """Vector code to be called with columns.

    Attributes:
        shape: what it takes and gives.
        ir: the text it was made of.
    """

    def __init__(self, loaded: Loaded, shape: KernelShape, callbacks: Callbacks) -> None:
        import numpy as np

        self.shape = shape
        self.ir = loaded.ir
        self._loaded = loaded
        self._callbacks = callbacks
        self._np = np
        self._float = np.dtype(np.float64)
        self._nothing = np.empty(0)
        self._columns, self._sums = sum(shape.batched), sum(shape.summed)
        self._inputs = len(shape.batched) - self._columns
        self._stored = len(shape.summed) - self._sums
        self._pack = struct.Struct(f"={FIXED + self._columns + self._stored}q").pack
        pointer, word = ctypes.c_char_p, ctypes.c_int64
        self._begin = ctypes.CFUNCTYPE(None, pointer)(loaded.address("begin"))
        self._run = ctypes.CFUNCTYPE(word, pointer, word, word)(loaded.address("run"))
        self._alone = threading.Lock()
        self._chunk, self._width, self._work = shape.chunk, shape.width, shape.work

    def __call__(self, columns: Sequence[Any], count: int) -> tuple[list[Any], Any]:
        """All inputs in order, each a column or a number; all outputs in order, and who failed.

        Returns:
            (results, failed): a float for each output that is summed and an array for each other;
            failed is None of a program without guards, else for each sample the number of its first
            failed guard, or -1.
        """
        own: list[Any] = []
        numbers: list[Any] = []
        for x, batched in zip(columns, self.shape.batched, strict=True):
            (own if batched else numbers).append(x)
        totals, stored, failed = self.run(own, self._np.array(numbers, self._float), count)
        sums, arrays = iter(totals.tolist()), iter(stored)
        return [next(sums if summed else arrays) for summed in self.shape.summed], failed

    def make_rows(self, count: int) -> list[Any]:
        """Arrays for the outputs that are stored, which `run` can be given again and again."""
        # whole blocks are written, so a row is as long as they are
        length = -(-count // self._width) * self._width
        # one large array costs the system less than many
        return list(self._np.empty((self._stored, length))) if self._stored else []

    def run(
        self, columns: Sequence[Any], numbers: Any, count: int, rows: list[Any] | None = None
    ) -> tuple[Any, Any, Any]:
        """The columns alone, and one array of the numbers that are the same for all samples.

        Arguments:
            rows: what `make_rows` of as many samples made; None for fresh ones.

        Returns:
            (sums, stored, failed): one array of all outputs that are summed, a list with an array
            for each other output, and failed as when called.

        Raises:
            ValueError: an array is not of float64, or its length is wrong.
            MemoryError: there is none for a thread's scratch area.
        """
        if len(columns) != self._columns:
            raise ValueError(f"{self._columns} columns were expected, not {len(columns)}")
        array = self._np.ndarray  # of another kind, even if it looks alike, memory would be misread
        for x in columns:
            if not isinstance(x, array) or x.dtype != self._float or x.shape != (count,):
                raise ValueError(f"a column is an array of {count} float64, not {x!r:.80}")
        if (
            not isinstance(numbers, array)
            or numbers.dtype != self._float
            or numbers.shape != (self._inputs,)
        ):
            raise ValueError(f"numbers is an array of {self._inputs} float64, not {numbers!r:.80}")
        if self._callbacks.kept:
            return self._run_with_callbacks(columns, numbers, count)
        return self._compute(columns, numbers, count, rows)

    def _compute(
        self, columns: Sequence[Any], numbers: Any, count: int, rows: list[Any] | None = None
    ) -> tuple[Any, Any, Any]:
        empty = self._np.empty
        chunks = -(-count // self._chunk)
        length = -(-count // self._width) * self._width
        sums = empty((chunks, self._sums)) if chunks else self._np.zeros((1, self._sums))
        stored = self.make_rows(count) if rows is None else rows
        failed = empty(length, self._np.int32) if self.shape.guarded else self._nothing
        if chunks:
            numbers = self._append_uniform(numbers)
            arrays = (numbers, sums, failed, *columns, *stored)
            table = self._pack(count, *map(id, arrays))
            if chunks == 1 or count * self._work < THREADED or self._callbacks.kept:
                self._run_chunks(table, 0, chunks)
            else:
                self._run_threads(table, chunks, arrays)
        total = sums[0]
        if chunks > 1:
            with self._np.errstate(all="ignore"):
                total = self._np.add.reduce(sums, axis=0)
        if length != count:
            stored = [x[:count] for x in stored]
            failed = failed[:count]
        return total, stored, failed if self.shape.guarded else None

    def _append_uniform(self, numbers: Any) -> Any:
        """The numbers with what is computed from them alone behind; a dense array."""
        if self.shape.numbers == self._inputs:
            return numbers if numbers.strides == (8,) else numbers.copy()
        whole = self._np.empty(self.shape.numbers)
        whole[: self._inputs] = numbers
        self._begin(struct.pack("=qq", 0, id(whole)))
        return whole

    def _run_chunks(self, table: bytes, first: int, last: int, kept: Any = None) -> None:
        if self._run(table, first, last):
            raise MemoryError("no memory for a kernel's scratch area")

    def _run_threads(self, table: bytes, chunks: int, kept: tuple[Any, ...]) -> None:
        """All chunks, by all threads; they keep the arrays alive, even if waiting is broken off."""
        pool, workers = _get_pool()
        bounds = [chunks * k // (4 * workers) for k in range(4 * workers + 1)]
        parts = [
            pool.submit(self._run_chunks, table, first, last, kept)
            for first, last in itertools.pairwise(bounds)
            if first < last
        ]
        for part in parts:
            part.result()

    def _run_with_callbacks(
        self, columns: Sequence[Any], numbers: Any, count: int
    ) -> tuple[Any, Any, Any]:
        """The same where Python is called back: raises what a sample that counts raised."""
        errors = self._callbacks.errors
        with self._alone:
            errors.clear()
            found = self._compute(columns, numbers, count)
            first = errors[0] if errors else None
        if first is not None:
            failed = found[2]
            if failed is None or (failed < 0).all():
                raise first
            counting = failed < 0
            self.run([x[counting] for x in columns], numbers, int(counting.sum()))
        return found


@functools.cache
def _get_pool() -> tuple[ThreadPoolExecutor, int]:
    """One thread for each core that this process may use, and how many they are."""
    known = hasattr(os, "sched_getaffinity")
    workers = len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1
    return ThreadPoolExecutor(workers, thread_name_prefix="autograd_lite"), workers


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_get_pool.cache_clear)  # threads do not survive a fork
