"""What is switched on around the operations: `no_grad`, `detect_anomaly`, and domain warnings."""

import functools
import linecache
import os
import sys
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any, TypeVar

from .table import Primitive

__all__ = ["detect_anomaly", "no_grad"]

# The number of threads with a context open. While it is 0 an operator asks nothing further; while
# it is not, each thread looks at its own state, so one thread's no_grad never silences another.
active = 0
_busy: set[int] = (
    set()
)  # those threads, by their settings: where an exit is lost, the next one mends

# The collector may close a forgotten generator, and so its context, in the middle of another exit.
_lock = threading.RLock()
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_STANDARD_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
# CO_GENERATOR, CO_COROUTINE and CO_ASYNC_GENERATOR; importing `inspect` for them takes milliseconds
_SUSPENDS = 0x20 | 0x80 | 0x200

_F = TypeVar("_F", bound=Callable[..., Any])
_Entry = tuple[Any, str, object]  # (who opened it, name of the setting, its value)


class _Places(dict[int, tuple[object, str]]):
    """id(node) -> (node, the line that recorded it): of every node that is alive.

    The node itself is kept, or its id could be used again. So that a loop of training does not keep
    each of its graphs, nodes that nobody else holds are dropped whenever their number has doubled.
    """

    def __init__(self) -> None:
        self._most = 1000

    def __setitem__(self, key: int, entry: tuple[object, str]) -> None:
        super().__setitem__(key, entry)
        if len(self) > self._most:
            self._drop_unheld()
            self._most = max(1000, 2 * len(self))

    def _drop_unheld(self) -> None:
        # Results before operands: a dropped result lets go of its operands.
        for key in reversed(list(self)):
            if _holders(self[key]) <= _ALONE:
                del self[key]


def _holders(entry: tuple[object, str]) -> int:
    count = getattr(sys, "getrefcount", None)  # a Python without counts drops nothing
    return 1_000_000 if count is None else count(entry[0])


# How many there are where the entry alone holds the node: versions of Python count differently.
_ALONE = _holders((object(), "")) if hasattr(sys, "getrefcount") else 0


class _ThreadState(threading.local):
    recording = True
    # what `jit` records with in this thread, if it does; see `jit.recorder`
    recorder: Any = None
    quiet = False  # whether domain warnings are left out, since the same run has given them
    places: _Places | None = None  # under detect_anomaly
    scope: Any = None  # the tag of what is recorded, while a scope is open; see `scopes`
    # The node whose partials are being evaluated on Values, if any. What happens there counts by
    # its outcome alone: atan'(1e200) is 1 / (1 + inf), and right.
    deriving: Any = None
    opened: tuple[_Entry, ...] = ()  # the latest last


state = _ThreadState()


class _Switch:
    """A setting of the thread that enters it, as a context or a decorator.

    Contexts may overlap and end in any order, as they do in generators and tasks: the setting is
    that of the latest one still open.
    """

    _home: dict[str, Any]  # the settings of the thread that entered it last

    def __init__(self, name: str, value: Callable[[], object]) -> None:
        self._name = name
        self._value = value

    def __enter__(self) -> None:
        own, value = vars(state), self._value()
        entry = (self, self._name, value)
        try:
            _count(own, True)
        except BaseException:  # a KeyboardInterrupt, as below
            _count(own, bool(state.opened))
            raise
        # Stores alone, which no interrupt can come between: Python looks for one at calls.
        self._home = own
        own["opened"] = (*state.opened, entry)
        own[self._name] = value

    # An interrupt at the first instruction of this, which a `with` calls, is one that no context
    # written in Python can notice. The package itself enters none: see `within`.
    def __exit__(self, *error: object) -> None:
        ended: list[Any] = []
        try:
            self._end(ended)
        except BaseException:  # the setting must not stay, nor the count
            self._end(ended)
            raise

    def _end(self, ended: list[Any]) -> None:
        """Close the latest context that this object has opened, or the one in `ended`."""
        if not ended:
            here = [e for e in state.opened if e[0] is self]
            # a generator may be closed in another thread than the one that it ran in
            own = vars(state) if here else self._home
            ended += [own, (here or [e for e in own["opened"] if e[0] is self])[-1]]
        own, entry = ended
        _close(own, [entry])

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


def _count(own: dict[str, Any], busy: bool) -> None:
    """Note whether the thread of these settings has a context open."""
    global active
    with _lock:
        (_busy.add if busy else _busy.discard)(id(own))
        active = len(_busy)


def _close(own: dict[str, Any], entries: Sequence[_Entry]) -> None:
    """End contexts of the thread of these settings; those that are not open are left alone."""
    ended = {id(e) for e in entries}
    rest = tuple([e for e in own.get("opened", ()) if id(e) not in ended])
    for _, name, _ in entries:
        before = [e[2] for e in rest if e[1] == name]
        own[name] = before[-1] if before else getattr(_ThreadState, name)
    own["opened"] = rest
    _count(own, bool(rest))


def within(
    settings: Mapping[str, object], f: Callable[..., Any], /, *args: Any, **options: Any
) -> Any:
    """f(*args, **options), called with these settings in this thread."""
    own = vars(state)
    entries = [(f, name, value) for name, value in settings.items()]
    try:
        _count(own, True)
        own.update(settings, opened=(*state.opened, *entries))
        result = f(*args, **options)
    finally:
        try:
            _close(own, entries)
        except BaseException:  # a KeyboardInterrupt: the settings must not stay, nor the count
            _close(own, entries)
            raise
    return result


def no_grad() -> _Switch:
    """A context, or a decorator, in which operations on Values give leaves: nothing is recorded.

    It holds for the thread that entered it. A KeyboardInterrupt at the very instruction that ends a
    `with` leaves it open, as it does any context written in Python; as a decorator it is closed
    whatever comes.

    >>> import autograd_lite as ag
    >>> x = ag.Value(3.0)
    >>> with ag.no_grad():
    ...     y = x * x
    >>> y.data, y.parents
    (9.0, ())
    """
    return _Switch("recording", lambda: False)


def detect_anomaly() -> _Switch:
    """A context, or a decorator, in which the first nan or infinity raises, forward or backward.

    Every operation on a Value is checked, and every gradient that `backward()` or a transform
    computes; an operation on plain floats is not. Jitted functions run as plain Python, on Values.
    An infinity raises too where an operand was infinite before, such as a mask of -inf. What was
    recorded before the context is checked when it is differentiated, but its line is not known.
    The context holds for the thread that entered it, and costs nothing once it is closed.

    Raises:
        FloatingPointError: naming the operation, its operands and the line that recorded it.

    >>> import autograd_lite as ag
    >>> with ag.detect_anomaly():
    ...     ag.log(ag.Value(-1.0))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    FloatingPointError: log(-1.0) gave nan at ...; its domain is x > 0
    """
    return _Switch("places", lambda: _Places() if state.places is None else state.places)


def tagging(tag: Callable[[], object]) -> _Switch:
    """A context in which what is recorded gets this tag; see `scopes`."""
    return _Switch("scope", tag)


def refuse(what: str, way_out: str) -> None:
    """Raise if `jit` is recording in this thread: this would happen once, and not in a replay."""
    if state.recorder is not None:
        raise TypeError(
            f"{what} at {place()}, inside a function that jit records, would not happen again when "
            f"the recording is replayed; {way_out}"
        )


def _user_frame() -> FrameType:
    """The innermost frame of the line that the user wrote."""
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


def note(node: Any) -> None:
    """Remember of a node just recorded what the open contexts ask for."""
    if state.places is not None:
        state.places[id(node)] = (node, place())
    if state.scope is not None:
        node._name = state.scope


def place() -> str:
    """The line of the user's program that is running, or whose derivative is being taken."""
    if state.deriving is not None and state.places is not None:
        return _recorded_at(state.deriving)
    frame = _user_frame()
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _with_source(place: str) -> str:
    """The place, and what stands there."""
    file, _, line = place.rpartition(":")
    source = linecache.getline(file, int(line)).strip() if line.isdigit() else ""
    return f"{place}, `{source}`" if source else place


def _recorded_at(node: Any) -> str:
    found = None if state.places is None else state.places.get(id(node))
    return "a line outside detect_anomaly()" if found is None else found[1]


def source_of(node: Any) -> str:
    """The file's name, line and text where a node was recorded; "" outside of detect_anomaly."""
    if state.places is None or id(node) not in state.places:
        return ""
    place = state.places[id(node)][1]
    return os.path.basename(place) + _with_source(place)[len(place) :]


def call_text(primitive: Primitive, values: Sequence[float]) -> str:
    shown = ", ".join(map(repr, values[:4])) + (", ..." if len(values) > 4 else "")
    return f"{primitive.name}({shown})"


def recorded_text(node: Any) -> str:
    """The operation of a node, its operands, and the line that recorded it under detect_anomaly."""
    call = call_text(node.primitive, [getattr(x, "_primal", x) for x in node.operands])
    return f"{call}, recorded at {_with_source(_recorded_at(node))}"


def not_finite(primitive: Primitive, values: Sequence[float], result: float) -> None:
    """Called with every result that is nan or infinite: raise, warn, or let it pass."""
    if state.deriving is not None:
        return
    if state.places is not None:
        raise FloatingPointError(
            f"{call_text(primitive, values)} gave {result!r} at {_with_source(place())}; "
            f"{_reason(primitive, values, result)}"
        )
    if not state.quiet and not _has_nan(values) and not primitive.domain.contains(*values):
        _warn_outside(primitive, values, result)


def _has_nan(values: Sequence[float]) -> bool:
    return any(x != x for x in values)


def _reason(primitive: Primitive, values: Sequence[float], result: float) -> str:
    if not _has_nan(values) and not primitive.domain.contains(*values):
        return f"its domain is {primitive.domain.text}"
    i = next((i for i, x in enumerate(values) if x != x), None)
    if i is None:
        i = next((i for i, x in enumerate(values) if x - x != 0.0), None)
    if i is not None:
        return f"operand {i} was {values[i]!r} before"
    return "its operands are finite" if result != result else "it overflows"


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
    frame = _user_frame()
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
