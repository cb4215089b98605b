"""Compile plain scalar Python: trace it once, then run machine code, with branches kept right.

The stages are the folders, in the order of a first call: `record`, `ir`, `loops`, `backend`, then
`call` and `batch`, which choose what runs.
"""

from .decorator import jit
from .function import Jitted

__all__ = ["Jitted", "jit"]
