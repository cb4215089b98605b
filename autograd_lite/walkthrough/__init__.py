"""Make a page that steps through a computation and its backward pass."""

from .explain import explain

__all__ = ["explain"]
