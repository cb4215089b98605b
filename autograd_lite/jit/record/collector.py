"""Python's garbage collector, paused while a recording is compiled.

Recording makes some hundred thousand objects that all stay, and none in a cycle; the collector
would visit them again and again, for half of the time.
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_owners: set[object] = set()  # not a count: an interrupt between two lines would leave it wrong
_was_enabled = False


@contextmanager
def pause_collector() -> Iterator[None]:
    """Pause it; the last thread to leave switches it on again, if it was on."""
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
