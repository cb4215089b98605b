"""Check derivatives with finite differences, and draw random programs with Hypothesis."""

from typing import TYPE_CHECKING, Any

from .check import check_grads, finite_difference
from .compare import Note, Report

if TYPE_CHECKING:
    from . import strategies as strategies

__all__ = ["Note", "Report", "check_grads", "finite_difference"]


def __getattr__(name: str) -> Any:
    if name != "strategies":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    try:
        return importlib.import_module(".strategies", __name__)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "hypothesis":
            raise
        raise ImportError(
            "ag.testing.strategies needs Hypothesis, which is not installed: "
            'pip install "autograd_lite[test]"'
        ) from error
