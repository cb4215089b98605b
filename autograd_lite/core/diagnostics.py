"""Diagnostics: which line of the user's program is running, and warnings that name it."""

import os
import sys
import warnings
from collections.abc import Sequence
from types import FrameType
from typing import Any

from . import contexts
from .primitive import Primitive

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_STANDARD_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep


def find_user_frame() -> FrameType:
    """Return the innermost frame of the line that the user wrote."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    nearest = frame
    # numpy.sum over Values, or statistics.mean, adds them in a frame of its own
    while _is_library(frame):
        if frame.f_back is None:
            return nearest
        frame = frame.f_back
    return frame


def _is_library(frame: FrameType) -> bool:
    path = frame.f_code.co_filename
    if path.startswith((_PACKAGE, "<frozen ")):
        return True
    if path.startswith(_STANDARD_LIBRARY):
        return "-packages" not in path[len(_STANDARD_LIBRARY) :]
    return str(frame.f_globals.get("__name__")).partition(".")[0] == "numpy"


def place() -> str:
    """Return the line of the user's program that is running, or whose derivative is being taken."""
    node = contexts.state.deriving
    if node is not None and contexts.current().places is not None:
        return str(contexts.current().places.place_of(node))
    frame = find_user_frame()
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def call_text(primitive: Primitive, values: Sequence[float]) -> str:
    """Return an operation with its operands, as in "log(-1.0)"."""
    shown = ", ".join(map(repr, values[:4])) + (", ..." if len(values) > 4 else "")
    return f"{primitive.name}({shown})"


def is_outside(primitive: Primitive, values: Sequence[float]) -> bool:
    """Return whether the operands, none of them nan, are outside the operation's domain."""
    return not any(x != x for x in values) and not primitive.domain.contains(*values)


def report_not_finite(primitive: Primitive, values: Sequence[float], result: float) -> None:
    """Raise or warn of a result that is nan or infinite, or let it pass."""
    if contexts.state.deriving is not None:
        return
    settings = contexts.current()
    if settings.places is not None:
        settings.places.refuse_result(primitive, values, result)
    elif not settings.quiet and is_outside(primitive, values):
        _warn_outside(primitive, values, result)


class _Message(str):
    """A warning's text, equal to every other of the same operation in the same file.

    Python shows a text once per line, and each operand makes another text. To its registry of what
    was shown these are one.
    """

    of: tuple[str, str]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Message) and self.of == other.of

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.of)


def _warn_outside(primitive: Primitive, values: Sequence[float], result: float) -> None:
    """Warn that the operands are outside the domain: once per place under the default filters."""
    name = primitive.name
    frame = find_user_frame()
    message = _Message(
        f"{call_text(primitive, values)} is outside the domain of {name}, "
        f"{primitive.domain.text}: the result is {result!r}. Guard it with where(...) or `if`, or "
        "find its source with detect_anomaly()."
    )
    message.of = (name, frame.f_code.co_filename)
    registry: Any = frame.f_globals.setdefault("__warningregistry__", {})
    warnings.warn_explicit(
        message,
        RuntimeWarning,
        frame.f_code.co_filename,
        frame.f_lineno,
        frame.f_globals.get("__name__", "<string>"),  # without a name Python would not warn
        registry,
    )
