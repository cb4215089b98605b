"""The checks by name."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import NamedTuple

from .check_batch import check_batch
from .check_graph import check_copies, check_differences
from .check_jit import check_derivatives, check_second, check_stale, check_values
from .check_loops import check_loops
from .check_peers import check_digits, check_jax, check_torch
from .check_transforms import check_arguments, check_transforms
from .generate import Case

__all__ = ["CHECKS", "Check"]


class Check(NamedTuple):
    """A check: raises Finding, or PassedOver where a case says nothing to it.

    Attributes:
        profile: of `generate.draw`.
        every: one program in so many.
        needs: modules without which it is not run.
    """

    name: str
    run: Callable[[Case], None]
    profile: str = "mixed"
    every: int = 1
    needs: tuple[str, ...] = ()

    def missing(self) -> str:
        """What is not installed of what it needs."""
        return ", ".join([name for name in self.needs if find_spec(name) is None])


CHECKS = [
    Check("values", check_values),
    Check("stale", check_stale),
    Check("derivatives", check_derivatives),
    Check("second", check_second, every=2),
    Check("transforms", check_transforms, every=2),
    Check("arguments", check_arguments, every=2),
    Check("batch", check_batch, needs=("numpy",)),
    Check("loops", check_loops, "loop", every=4, needs=("llvmlite",)),
    Check("copies", check_copies),
    Check("differences", check_differences, "smooth"),
    Check("mpmath", check_digits, "smooth", needs=("mpmath",)),
    Check("branches", check_digits, "mixed", every=2, needs=("mpmath",)),
    Check("torch", check_torch, "smooth", needs=("torch",)),
    Check("jax", check_jax, "smooth", every=4, needs=("jax",)),
]
