"""The page that steps through a computation, forward and backward."""

from .explain import explain

__all__ = ["explain"]
