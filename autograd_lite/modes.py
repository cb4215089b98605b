"""What is switched on around the operations: `no_grad`, `detect_anomaly`, and domain warnings."""

import os
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from .primitives import Primitive

__all__ = ["detect_anomaly", "no_grad"]

# The number of contexts open in all threads. While it is 0 an operator asks nothing further; while
# it is not, each thread looks at its own state, so one thread's no_grad never silences another.
active = 0

_lock = threading.Lock()
_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


class _ThreadState(threading.local):
    recording = True
    # what `jit` records with in this thread, if it does; see `jit.recorder`
    recorder: Any = None
    quiet = False  # whether domain warnings are left out, since the same run has given them
    # id(node) -> (node, place): the node itself is kept, or its id could be used again
    places: dict[int, tuple[object, str]] | None = None


state = _ThreadState()


@contextmanager
def switched(name: str, value: object) -> Iterator[None]:
    global active
    before = getattr(state, name)
    with _lock:
        active += 1
    setattr(state, name, value)
    try:
        yield
    finally:
        setattr(state, name, before)
        with _lock:
            active -= 1


def no_grad() -> Any:
    """A context, or a decorator, in which operations on Values give leaves: nothing is recorded.

    It holds for the thread that entered it.

    >>> import autograd_lite as ag
    >>> x = ag.Value(3.0)
    >>> with ag.no_grad():
    ...     y = x * x
    >>> y.data, y.parents
    (9.0, ())
    """
    return switched("recording", False)


def detect_anomaly() -> Any:
    """A context in which the first nan or infinity raises, forward or backward.

    Raises:
        FloatingPointError: naming the operation, its operands and the line that recorded it.

    >>> import autograd_lite as ag
    >>> with ag.detect_anomaly():
    ...     ag.log(ag.Value(-1.0))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    FloatingPointError: log(-1.0) gave nan at ...; log is defined where x > 0
    """
    return switched("places", {})


def refuse(what: str, way_out: str) -> None:
    """Raise if `jit` is recording in this thread: this would happen once, and not in a replay."""
    if state.recorder is not None:
        raise TypeError(
            f"{what} at {place()}, inside a function that jit records, would not happen again when "
            f"the recording is replayed; {way_out}"
        )


def _user_frame() -> FrameType:
    """The innermost frame outside this package: the line that the user wrote."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return frame


def place() -> str:
    frame = _user_frame()
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def call_text(primitive: Primitive, values: Sequence[float]) -> str:
    shown = ", ".join(map(repr, values[:4])) + (", ..." if len(values) > 4 else "")
    return f"{primitive.name}({shown})"


def recorded_text(node: Any) -> str:
    """The operation of a node, its operands, and the line that recorded it under detect_anomaly."""
    call = call_text(node.primitive, [getattr(x, "data", x) for x in node.operands])
    _, line = (state.places or {}).get(id(node), (node, "an unknown place"))
    return f"{call}, recorded at {line}"


def not_finite(primitive: Primitive, values: Sequence[float], result: float) -> None:
    """Called with every result that is nan or infinite: raise, warn, or let it pass."""
    if state.places is not None:
        raise FloatingPointError(
            f"{call_text(primitive, values)} gave {result!r} at {place()}; "
            f"{primitive.name} is defined where {primitive.domain.text}"
        )
    if state.quiet or any(x != x for x in values) or primitive.domain.contains(*values):
        return
    _warn_once(
        primitive.name,
        f"{call_text(primitive, values)} is outside the domain of {primitive.name}, "
        f"{primitive.domain.text}: the result is {result!r}. Guard it with where(...) or `if`, or "
        "find its source with detect_anomaly().",
    )


def _warn_once(name: str, message: str) -> None:
    """Warn once per place under the "default" action, whatever the operand.

    Python tells warnings apart by their text, and each operand makes another text. So a place that
    has been shown is remembered in the module's own registry, together with the filters then in
    force: once a filter is added, as `catch_warnings` users do, the place may warn again.
    """
    frame = _user_frame()
    registry: Any = frame.f_globals.setdefault("__warningregistry__", {})
    line = frame.f_lineno
    here = (name, RuntimeWarning, line)
    if registry.get(here) == warnings.filters:
        return
    warnings.warn_explicit(
        message,
        RuntimeWarning,
        frame.f_code.co_filename,
        line,
        frame.f_globals.get("__name__"),
        registry,
    )
    if (message, RuntimeWarning, line) in registry:
        registry[here] = list(warnings.filters)
