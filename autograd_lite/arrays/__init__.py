"""NumPy arrays of Values."""

from .array import array, data, grads

__all__ = ["array", "data", "grads"]
