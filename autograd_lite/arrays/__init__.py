"""NumPy arrays of Values."""

from . import ufuncs  # noqa: F401 - attaches itself to Value
from .array import array, data, grads

__all__ = ["array", "data", "grads"]
