"""Python's garbage collector, paused while a recording is compiled.

Recording makes some hundred thousand objects that all stay, and none in a cycle; the collector
would visit them again and again, for half of the time.
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__: list[str] = []

_lock = threading.Lock()
_pauses = 0
_was_enabled = False


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause it; the last thread to leave switches it on again, if it was on."""
    global _pauses, _was_enabled
    with _lock:
        if _pauses == 0:
            _was_enabled = gc.isenabled()
            gc.disable()
        _pauses += 1
    try:
        yield
    finally:
        with _lock:
            _pauses -= 1
            if _pauses == 0 and _was_enabled:
                gc.enable()
