"""Recordings: what was recorded of a function, and which of it answers a call."""

import threading
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..._util.text import shown
from ...core import contexts
from ...core.value import Value
from ..record.arguments import Call, Result, read_result
from ..record.captured import Names
from ..record.collector import collector_paused
from ..record.recorder import Condition, Recorder, recorded
from .fused import interpreted
from .gradient import gradient_path
from .specialization import Path, Paths

# How many shapes of arguments a function keeps recordings for, and how many ways for one shape.
_MOST_SHAPES = 64
_MOST_PATHS = 512
# How many numbers an `int(x)` or `x.data` may find: each is a recording that a call may try.
_MOST_WAYS = 64
# Operations of one recording from which on a loop over samples had better be `.mean`.
_LONG = 1_000_000


class Found(NamedTuple):
    """The path that a call takes.

    Attributes:
        paths: the recordings of its shape of arguments.
        path: the one of them.
        numbers: what its code gave.
        failures: the paths tried before, each with the guard that failed; None where the path was
            recorded just now.
    """

    paths: Paths
    path: Path
    numbers: tuple[float, ...]
    failures: list[tuple[Path, int]] | None


class Recordings:
    """What was recorded of a function: for each shape of arguments a tree of paths.

    Attributes:
        name: the function's, for messages.
        names: the names from outside that it reads; None before the first call.
        latest: the path that was recorded or taken last.
    """

    def __init__(self, f: Any, name: str, backend: str, roll: bool) -> None:
        self.name = shown(name)
        self.names: Names | None = None
        self.latest: Path | None = None
        self._f = f
        self._backend = backend
        self._roll = roll
        self._shapes: dict[Any, Paths] = {}
        self._lock = threading.RLock()
        self._warned = False

    def all_paths(self) -> list[Paths]:
        """The trees of all shapes of arguments."""
        return list(self._shapes.values())

    def paths_for(self, call: Call) -> Paths | None:
        """The recordings for a shape of arguments; None where there are too many shapes."""
        names = self.names
        paths = None if names is None else self._shapes.get((call.key, names.key()))
        if paths is None:
            with self._lock:
                # a global may have been bound since the last look, a function with names of its own
                self.names = names = Names(self._f)
                key = (call.key, names.key())
                if key not in self._shapes and len(self._shapes) >= _MOST_SHAPES:
                    self._warn(f"{_MOST_SHAPES} shapes of arguments or values of static ones")
                    return None
                paths = self._shapes.setdefault(key, Paths())
        return paths

    def are(self, paths: Paths, call: Call, names: Names) -> bool:
        """Whether these are the recordings for a call while the names are what they are now."""
        return self._shapes.get((call.key, names.key())) is paths

    def _warn(self, what: str) -> None:
        if not self._warned:
            self._warned = True
            warnings.warn(
                f"jit has recorded {self.place()} for {what}, and runs it eagerly for others: pass "
                "numbers that vary as floats, and choose with where(...) instead of `if` where the "
                "choices multiply",
                RuntimeWarning,
                stacklevel=5,
            )

    def _warn_of_length(self, operations: int) -> None:
        warnings.warn(
            f"jit has recorded {operations:,} operations of {self.place()}, and compiles each of "
            "them. If they are a loop over samples, jit the function of one sample and call its "
            ".mean or .sum with arrays of them: that records one, and runs as fast",
            RuntimeWarning,
            stacklevel=5,
        )

    def find(self, call: Call) -> Found | None:
        """The path that these numbers take, recorded if need be; None to run eagerly."""
        paths = self.paths_for(call)
        if paths is None:
            return None
        path, tried = paths.latest, set()
        failures: list[tuple[Path, int]] = []
        while path is not None:
            tried.add(id(path))
            found = self._run(path, call.numbers)
            if type(found) is tuple:
                paths.latest = self.latest = path
                return Found(paths, path, found, failures)
            if found is None:
                return None
            failures.append((path, found))
            others = paths.after_failure(path, found)
            if len(others) >= _MOST_WAYS:
                self._warn(f"{_MOST_WAYS} numbers at {path.program.guards[found].place}")
                return None
            path = next((p for p in others if id(p) not in tried), None)
        path = self.record(paths, call)
        found = None if path is None else self._run(path, call.numbers)
        if path is None or type(found) is not tuple:
            return None
        return Found(paths, path, found, None)

    def record(self, paths: Paths, call: Call) -> Path | None:
        """The path of these numbers, recorded; None where there are too many paths."""
        with self._lock, collector_paused():
            if len(paths.paths) >= _MOST_PATHS:
                self._warn(f"{_MOST_PATHS} ways through its branches")
                return None
            spec = getattr(self._f, "gradient_spec", None)
            path = None
            if spec is not None:
                path = gradient_path(spec, call, self._backend, self._roll)
            if path is None:
                recorder, returned = self.run_recorded(call)
                result = read_result(returned, f"the result of {self.place()}")
                tape = recorder.tape(result.outputs)
                path = Path(tape, recorder.captured, result, self._backend, self._roll)
            if path.operations >= _LONG:
                self._warn_of_length(path.operations)
            self.latest = paths.add(path)
            return self.latest

    def place(self) -> str:
        """The function's name, file and line, for messages; of grad(f) it is f's line."""
        f: Any = self._f
        while hasattr(f, "gradient_spec"):
            f = f.gradient_spec.f
        code = getattr(f, "__code__", None)
        line = f" ({code.co_filename}:{code.co_firstlineno})" if code else ""
        return f"{self.name}{line}"

    def eager(self, call: Call) -> Any:
        """f's result from f itself, so that it warns and gives what IEEE gives; nothing is kept."""
        recorder, returned = self.run_recorded(call)
        result = read_result(returned, f"the result of {self.place()}")
        outputs: list[Any] = [x._primal for x in result.outputs]
        tape = recorder.tape(result.outputs)
        inputs = (*call.numbers, *recorder.captured)
        if any(isinstance(x, Value) for x in inputs):
            # quiet: the run has warned, at the right line
            outputs = contexts.within({"quiet": True}, interpreted, tape, inputs)
        for k, y in enumerate(result.outputs):
            if isinstance(y, Condition):
                outputs[k] = bool(y._primal)
        return result.build(outputs)

    def result_of_nothing(self, call: Call) -> tuple[Result, bool]:
        """What a result looks like where there is no sample, and whether Values are captured."""
        recorder, returned = contexts.within({"quiet": True}, self.run_recorded, call)
        result = read_result(returned, f"the result of {self.place()}")
        recorder.tape(result.outputs)
        return result, bool(recorder.captured)

    def run_recorded(self, call: Call) -> tuple[Recorder, Any]:
        """Run f on fresh Values, recording: (recorder, what f returned)."""
        numbers = [x._primal if isinstance(x, Value) else x for x in call.numbers]
        return recorded(self._f, numbers, call.arguments)

    def _run(self, path: Path, numbers: Sequence[Any]) -> Any:
        inputs = (*numbers, *path.captured)
        if path.count == 1 and differentiable(inputs):
            return path.gradient(_wanted(inputs)).call(*inputs)
        return path.values().call(*inputs)


def differentiable(inputs: Sequence[Any]) -> bool:
    """Whether a call on these gives nodes."""
    recording = not contexts.active or contexts.state.recording
    return recording and any(isinstance(x, Value) for x in inputs)


def _wanted(inputs: Sequence[Any]) -> tuple[bool, ...]:
    return tuple([isinstance(x, Value) for x in inputs])
