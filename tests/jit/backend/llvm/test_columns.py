"""Columns and numbers through the loop of a kernel (loop.py): threads, layouts, errors."""

import importlib
import multiprocessing
import os
import threading
from typing import Any

import pytest

from autograd_lite.core import table as p
from autograd_lite.jit.ir.program import Program, SymbolicTape
from autograd_lite.jit.record.tape import Guard, Symbol
from tests.support.cases import loop_over

np = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

batch = importlib.import_module("autograd_lite.jit.backend.llvm.batch")
runtime = importlib.import_module("autograd_lite.jit.backend.llvm.columns")


class SeemsAnArray:
    dtype, shape = np.dtype(np.float64), (4,)


def kernel_of(f: Any, batched: Any, summed: Any, guards: Any = ()) -> Any:
    """The kernel of a function of symbols that returns a list; guards are some of its outputs."""
    tape = SymbolicTape(len(batched))
    outputs = [x.slot for x in f(*[Symbol(tape, k) for k in range(len(batched))])]
    tape.guards = [Guard(outputs[k], True, "here") for k in guards]
    tape.outputs = outputs[: len(summed)]
    return batch.compile_batch(Program.of(tape), batched, summed)


def test_columns_and_numbers_apart() -> None:
    kernel = kernel_of(
        lambda w, x, v, y: [x * w, y * v, x * y], [False, True] * 2, [True] * 2 + [False]
    )
    x, y = np.arange(10.0), np.arange(20.0)[::2]
    sums, stored, failed = kernel.run([x, y], np.array([2.0, 3.0]), 10)
    assert sums.dtype == np.float64 and sums.tolist() == [90.0, 270.0]
    assert [row.tolist() for row in stored] == [(x * y).tolist()] and failed is None
    strided = np.array([2.0, 0.0, 3.0])[::2]
    assert kernel.run((x, y), strided, 10)[0].tolist() == [90.0, 270.0]
    results, failed = kernel([2.0, x, 3.0, y], 10)
    assert results[:2] == [90.0, 270.0] and results[2].tolist() == (x * y).tolist()


def test_rows_of_its_own_are_written_again_and_again() -> None:
    kernel = kernel_of(lambda x, y: [x * y, x - y], [True, False], [False, False])
    x, rows = np.arange(13.0), kernel.make_rows(13)
    for y in (2.0, 3.0):
        _, stored, _ = kernel.run([x], np.array([y]), 13, rows)
        assert [row.tolist() for row in stored] == [(x * y).tolist(), (x - y).tolist()]
        assert all(np.shares_memory(a, b) for a, b in zip(stored, rows, strict=True))


def test_the_results_are_new_each_time() -> None:
    kernel = kernel_of(lambda x, y: [x * y, x + y], [True, False], [False, True])
    x = np.arange(8.0)
    first, second = kernel([x, 2.0], 8)[0], kernel([x, 3.0], 8)[0]
    assert first[0].tolist() == (2.0 * x).tolist() and second[0].tolist() == (3.0 * x).tolist()
    assert (first[1], second[1]) == (44.0, 52.0)


def test_no_samples() -> None:
    kernel = kernel_of(lambda x, w: [x * w, x, x > w], [True, False], [True, False], guards=[2])
    (total, row), failed = kernel([np.empty(0), 1.0], 0)
    assert total == 0.0 and row.shape == failed.shape == (0,)


def test_the_threads_change_no_bit(monkeypatch: Any) -> None:
    kernel = kernel_of(
        lambda x, y, w: [p.exp(x) * w, x * y, y, p.sin(x * y)],
        [True, True, False],
        [True, True, True, False],
    )
    count = 40 * kernel.shape.chunk + 13
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, count))
    monkeypatch.setattr(runtime, "THREADED", 10**18)
    alone, _ = kernel([x, y, 0.3], count)
    monkeypatch.setattr(runtime, "THREADED", 0)
    together, _ = kernel([x, y, 0.3], count)
    assert alone[:3] == together[:3]
    assert alone[3].tobytes() == together[3].tobytes()
    assert abs(alone[1] - (x * y).sum()) < 1e-9


def test_two_threads_may_call_one_kernel() -> None:
    kernel = kernel_of(lambda x, w: [x * w + p.exp(w)], [True, False], [True])
    x = np.arange(3000.0)
    wrong: list[float] = []

    def work(w: Any) -> None:
        wanted = kernel([x, w], 3000)[0]
        for _ in range(50):
            if kernel([x, w], 3000)[0] != wanted:
                wrong.append(w)

    threads = [threading.Thread(target=work, args=(float(k),)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@loop_over(
    "columns, numbers",
    [
        ([np.zeros(4)], np.zeros(1)),
        ([np.zeros(4), np.zeros(4), np.zeros(4)], np.zeros(1)),
        ([np.zeros(4), np.zeros(5)], np.zeros(1)),
        ([np.zeros(4), np.zeros((4, 1))], np.zeros(1)),
        ([np.zeros(4), np.zeros(4, np.float32)], np.zeros(1)),
        ([np.zeros(4), np.zeros(4, ">f8")], np.zeros(1)),
        ([np.zeros(4), [0.0, 0.0, 0.0, 0.0]], np.zeros(1)),
        ([np.zeros(4), SeemsAnArray()], np.zeros(1)),
        ([np.zeros(4), np.zeros(4)], [1.0]),
        ([np.zeros(4), np.zeros(4)], np.zeros(2)),
        ([np.zeros(4), np.zeros(4)], np.zeros(1, int)),
    ],
)
def test_arrays_of_another_kind_are_refused(columns: Any, numbers: Any) -> None:
    kernel = kernel_of(lambda x, y, w: [x * y * w], [True, True, False], [True])
    with pytest.raises(ValueError, match=r"array of . float64|columns were expected"):
        kernel.run(columns, numbers, 4)


def test_a_called_back_row_raises_what_it_raises() -> None:
    kernel = kernel_of(lambda x, n: [p.round_to(x, n)], [True, True], [True])
    assert kernel([np.array([1.26, 2.0]), np.array([1.0, 0.0])], 2)[0] == [1.3 + 2.0]
    with pytest.raises(ValueError, match="NaN"):
        kernel([np.array([1.0, 2.0]), np.array([1.0, np.nan])], 2)
    assert kernel([np.array([1.26, 2.0]), np.array([1.0, 0.0])], 2)[0] == [1.3 + 2.0]


def test_a_called_back_row_may_raise_for_a_failed_sample() -> None:
    kernel = kernel_of(
        lambda x, n: [p.round_to(x, n), p.eq(n, n), x > 0.0],
        [True, True],
        [True],
        guards=[1, 2],
    )
    x, n = np.array([1.26, 2.0, 3.0]), np.array([1.0, np.nan, 0.0])
    (total,), failed = kernel([x, n], 3)
    assert total == 1.3 + 3.0 and failed.tolist() == [-1, 0, -1]
    bad = kernel_of(lambda x, n: [p.round_to(x, n), x > 0.0], [True, True], [True], guards=[1])
    with pytest.raises(ValueError, match="NaN"):
        bad([np.array([1.26, 2.0, -3.0]), n], 3)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
# JAX, which tests of peers import, warns of any fork after it.
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own(monkeypatch: Any) -> None:
    kernel = kernel_of(lambda x: [x * x], [True], [True])
    monkeypatch.setattr(runtime, "THREADED", 0)
    x = np.arange(100_000.0)
    wanted = kernel([x], 100_000)[0]
    context = multiprocessing.get_context("fork")
    process = context.Process(target=lambda: os._exit(kernel([x], 100_000)[0] != wanted))
    process.start()
    process.join(30)
    assert process.exitcode == 0


def test_where_numpy_keeps_an_arrays_fields() -> None:
    pointer = importlib.import_module("ctypes").c_void_p
    head = importlib.import_module("autograd_lite.jit.backend.llvm.loop").HEAD
    x = np.arange(20.0)[3:15:4]
    assert pointer.from_address(id(x) + head).value == x.__array_interface__["data"][0]
    strides = pointer.from_address(id(x) + head + 24).value
    assert pointer.from_address(strides).value == x.strides[0] == 32
