"""Pause Python's garbage collector while a trace is compiled.

Tracing makes some hundred thousand objects, which all stay alive and are in no cycle. The collector
would visit them again and again, for half of the time.
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_owners: set[object] = set()  # no count, which an interrupt between two lines would leave wrong
_was_enabled = False


@contextmanager
def pause_collector() -> Iterator[None]:
    """Pause the collector; the last thread to leave resumes it, if it was on."""
    global _was_enabled
    own = object()
    try:
        with _lock:
            if not _owners:
                _was_enabled = gc.isenabled()
            _owners.add(own)
            gc.disable()
        yield
    finally:
        with _lock:
            if own in _owners:
                _owners.remove(own)
                if not _owners and _was_enabled:
                    gc.enable()
