"""Which back end compiles a program: LLVM where llvmlite is installed, else Python."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from ..._util.text import shown
from ..ir.program import Program
from . import python


def choose_backend(backend: str | None) -> str:
    """The name of a back end, the best installed where it is None.

    Raises:
        ValueError: there is no back end of that name.
        ImportError: it is "llvm", and llvmlite is not installed.
    """
    if backend not in (None, "llvm", "python"):
        raise ValueError(f'backend is "llvm", "python" or None, not {shown(repr(backend))}')
    if backend == "llvm" and not has_llvm():
        raise ImportError(
            'backend="llvm" needs llvmlite and numpy: pip install "autograd_lite[jit]", or leave '
            "the backend out for generated Python"
        )
    return backend or ("llvm" if has_llvm() else "python")


def compile_scalar(backend: str, program: Program) -> Any:
    """The program for one call at a time: `.call(*numbers)` gives its outputs."""
    if backend == "python":
        return python.PythonProgram(program)
    from .llvm import scalar

    return scalar.compile_scalar(program)


def compile_batch(
    backend: str, program: Program, batched: Sequence[bool], summed: Sequence[bool]
) -> Any:
    """The program for many samples: `.run(columns, numbers, count)` gives sums and columns."""
    if backend == "llvm":
        from .llvm import batch

        if not batch.program_needs_python(program):
            return batch.compile_batch(program, batched, summed)
    return compile_loop(backend, program, batched, summed)


def compile_loop(
    backend: str, program: Program, batched: Sequence[bool], summed: Sequence[bool]
) -> Any:
    """The same, each sample by the code for one call at a time."""
    from . import loop_batch

    return loop_batch.ScalarKernel(program, compile_scalar(backend, program), batched, summed)


def has_llvm() -> bool:
    """Whether machine code can be made here."""
    return find_spec("llvmlite") is not None and find_spec("numpy") is not None
