"""Contexts: what `no_grad` and similar switch on around the operations, and where it holds.

A setting holds in the thread or the asyncio task that entered its context, since it lives in a
`ContextVar`. Generators have no context of their own, so a context that a generator enters holds
only while the generator runs: never for whoever iterates over it.
"""

import functools
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from types import FrameType
from typing import Any, TypeVar

__all__ = ["no_grad"]

# Whether a context is open anywhere. While none is, an operator asks nothing further.
active = False

# CO_GENERATOR and CO_ASYNC_GENERATOR, and CO_COROUTINE: importing `inspect` takes milliseconds
_GENERATES = 0x20 | 0x200
_SUSPENDS = _GENERATES | 0x80

# Functions that enter a context on behalf of their caller. A generator that one of them runs is a
# context manager itself (`contextlib.contextmanager`) or a fixture of pytest.
_ENTERING = {"__enter__", "__aenter__", "enter_context", "enter_async_context", "call_fixture_func"}

_F = TypeVar("_F", bound=Callable[..., Any])


class Entry:
    """One context that is open: who opened it, the name of its setting and the setting's value.

    Attributes:
        frame: the frame of the generator that it belongs to, if any.
    """

    __slots__ = ("frame", "is_open", "name", "switch", "value")

    def __init__(self, switch: object, name: str, value: object, frame: FrameType | None) -> None:
        self.switch = switch
        self.name = name
        self.value = value
        self.frame = frame
        self.is_open = True

    def holds(self) -> bool:
        """Return whether the context is open, and its generator, if any, is running here."""
        return self.is_open and (self.frame is None or _is_running(self.frame))


def _is_running(generator: FrameType) -> bool:
    """Return whether a generator's frame is on this thread's stack."""
    if generator.f_back is None:  # suspended: the walk below would give the same, later
        return False
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame is not generator:
        frame = frame.f_back
    return frame is generator


class Settings:
    """What the open contexts ask for; of two for one setting, the latest one counts.

    Attributes:
        recording: whether operations make nodes.
        recorder: what `jit` records with, while it does.
        quiet: whether domain warnings are left out, since the same run has given them.
        places: where each node was recorded, under `detect_anomaly`; see `anomalies`.
        scope: the tag of what is recorded, while a scope is open; see `scopes`.
    """

    recording: bool = True
    recorder: Any = None
    quiet: bool = False
    places: Any = None
    scope: Any = None

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries = tuple(entries)
        for entry in self.entries:
            setattr(self, entry.name, entry.value)


NO_SETTINGS = Settings()
_settings = ContextVar("autograd_lite.settings", default=NO_SETTINGS)


def current() -> Settings:
    """Return the settings that hold here and now."""
    settings = _settings.get()
    for entry in settings.entries:
        if entry.frame is not None or not entry.is_open:
            return Settings([entry for entry in settings.entries if entry.holds()])
    return settings


class _State(threading.local):
    """The settings as attributes, and what a thread sets without a context.

    Attributes:
        deriving: the node whose partials are being evaluated on Values, if any. What happens there
            counts by its outcome alone: atan'(1e200) is 1 / (1 + inf), and right.
    """

    deriving: Any = None

    recording = property(lambda self: current().recording)
    recorder = property(lambda self: current().recorder)
    quiet = property(lambda self: current().quiet)
    places = property(lambda self: current().places)
    scope = property(lambda self: current().scope)


state = _State()

# The garbage collector may close a forgotten generator, and so its context, in the middle of
# another exit: hence a lock that one thread can take twice.
_lock = threading.RLock()
_open: dict[Entry, None] = {}  # in the order in which they were opened


def _enter(entries: Iterable[Entry]) -> None:
    global active
    with _lock:
        _open.update(dict.fromkeys(entries))
        active = True
    _settings.set(Settings((*_settings.get().entries, *entries)))


def _leave(entries: Iterable[Entry]) -> None:
    """Close contexts, wherever they were opened; those that are closed stay closed."""
    global active
    for entry in entries:
        entry.is_open, entry.frame = False, None
    _settings.set(Settings([entry for entry in _settings.get().entries if entry.is_open]))
    with _lock:
        for entry in entries:
            _open.pop(entry, None)
        active = bool(_open)


class Switch:
    """A context, or a decorator, that gives a setting a value.

    Contexts may overlap and end in any order, and in another thread: a setting is that of the
    latest one still open.
    """

    def __init__(self, name: str, value: Callable[[], object]) -> None:
        self._name = name
        self._value = value

    def __enter__(self) -> None:
        entries = [Entry(self, self._name, self._value(), _owner(sys._getframe(1)))]
        try:
            _enter(entries)
        except BaseException:  # a KeyboardInterrupt too: `with` will not call `__exit__`
            _leave(entries)
            raise

    # A KeyboardInterrupt at the first instruction of this, which a `with` calls, is one that no
    # context written in Python can notice. The package itself enters none: see `within`.
    def __exit__(self, *error: object) -> None:
        entries: list[Entry] = []
        try:
            entries += self._find_latest(_owner(sys._getframe(1)))
            _leave(entries)
        except BaseException:  # the setting must not stay
            _leave(entries or self._find_latest(_owner(sys._getframe(1))))
            raise

    def _find_latest(self, owner: FrameType | None) -> list[Entry]:
        """Return the latest context that this object opened, here if any, or else elsewhere."""
        for entries in (_settings.get().entries, _open):
            own = [entry for entry in entries if entry.switch is self and entry.is_open]
            if own:
                return ([entry for entry in own if entry.frame is owner] or own)[-1:]
        return []

    def __call__(self, f: _F) -> _F:
        if getattr(getattr(f, "__code__", None), "co_flags", 0) & _SUSPENDS:
            raise TypeError(
                f"{getattr(f, '__name__', f)} is a generator or a coroutine, which runs after the "
                "call that makes it: open the context inside it, with a `with`"
            )

        @functools.wraps(f)
        def inside(*args: Any, **options: Any) -> Any:
            return within({self._name: self._value()}, f, *args, **options)

        return inside  # type: ignore[return-value]


def _owner(frame: FrameType | None) -> FrameType | None:
    """Return the frame of the generator that a context entered in `frame` belongs to, if any."""
    while frame is not None:
        caller = frame.f_back
        if frame.f_code.co_flags & _GENERATES:
            if caller is None or caller.f_code.co_name not in _ENTERING:
                return frame
        elif frame.f_code.co_name not in _ENTERING:
            return None
        frame = caller
    return None


def within(
    settings: Mapping[str, object], f: Callable[..., Any], /, *args: Any, **options: Any
) -> Any:
    """Return f(*args, **options), called with these settings."""
    entries = [Entry(None, name, value, None) for name, value in settings.items()]
    try:
        _enter(entries)
        result = f(*args, **options)  # not returned from here: an interrupt could slip in between
    finally:
        try:
            _leave(entries)
        except BaseException:  # a KeyboardInterrupt: the settings must not stay
            _leave(entries)
            raise
    return result


def no_grad() -> Switch:
    """A context, or a decorator, in which operations on Values give leaves: nothing is recorded.

    It holds in the thread or the asyncio task that entered it, and in a generator while it runs. A
    KeyboardInterrupt at the very instruction that ends a `with` leaves it open, as it does any
    context written in Python; as a decorator it is always closed.

    >>> import autograd_lite as ag
    >>> x = ag.Value(3.0)
    >>> with ag.no_grad():
    ...     y = x * x
    >>> y.data, y.parents
    (9.0, ())
    """
    return Switch("recording", lambda: False)


def refuse(what: str, advice: str) -> None:
    """Raise TypeError if `jit` is recording here: `what` would happen once, not in each replay."""
    recorder = current().recorder
    if recorder is not None:
        recorder.refuse(what, advice)
