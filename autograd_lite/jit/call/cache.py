"""Recordings: what was recorded of a function, and which of it answers a call."""

import threading
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..._util.text import shown
from ...core import contexts
from ...core.value import Value
from ..record.arguments import Call, Result, read_result
from ..record.captured import CapturedVariables
from ..record.collector import pause_collector
from ..record.recorder import Condition, Recorder, record_trace
from .fused import interpret
from .gradient import specialize_gradient
from .specialization import Specialization, Specializations

# How many shapes of arguments a function keeps recordings for, and how many ways for one shape.
_MAX_SHAPES = 64
_MAX_SPECIALIZATIONS = 512
# How many numbers an `int(x)` or `x.data` may find: each is a recording that a call may try.
_MAX_BRANCHES = 64
# Operations of one recording from which on a loop over samples had better be `.mean`.
_LONG_TRACE = 1_000_000


class Match(NamedTuple):
    """The path that a call takes.

    Attributes:
        paths: the recordings of its shape of arguments.
        path: the one of them.
        numbers: what its code gave.
        failures: the paths tried before, each with the guard that failed; None where the path was
            recorded just now.
    """

    specs: Specializations
    spec: Specialization
    numbers: tuple[float, ...]
    failures: list[tuple[Specialization, int]] | None


class SpecializationCache:
    """What was recorded of a function: for each shape of arguments a tree of paths.

    Attributes:
        name: the function's, for messages.
        names: the names from outside that it reads; None before the first call.
        latest: the path that was recorded or taken last.
    """

    def __init__(self, f: Any, name: str, backend: str, roll: bool) -> None:
        self.name = shown(name)
        self.variables: CapturedVariables | None = None
        self.latest: Specialization | None = None
        self._f = f
        self._backend = backend
        self._roll = roll
        self._shapes: dict[Any, Specializations] = {}
        self._lock = threading.RLock()
        self._warned = False

    def list_specializations(self) -> list[Specializations]:
        """The trees of all shapes of arguments."""
        return list(self._shapes.values())

    def get_specializations(self, call: Call) -> Specializations | None:
        """The recordings for a shape of arguments; None where there are too many shapes."""
        names = self.variables
        specs = None if names is None else self._shapes.get((call.key, names.key()))
        if specs is None:
            with self._lock:
                # a global may have been bound since the last look, a function with names of its own
                self.variables = names = CapturedVariables(self._f)
                key = (call.key, names.key())
                if key not in self._shapes and len(self._shapes) >= _MAX_SHAPES:
                    self._warn(f"{_MAX_SHAPES} shapes of arguments or values of static ones")
                    return None
                specs = self._shapes.setdefault(key, Specializations())
        return specs

    def is_current(self, specs: Specializations, call: Call, names: CapturedVariables) -> bool:
        """Whether these are the recordings for a call while the names are what they are now."""
        return self._shapes.get((call.key, names.key())) is specs

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

    def find(self, call: Call) -> Match | None:
        """The path that these numbers take, recorded if need be; None to run eagerly."""
        specs = self.get_specializations(call)
        if specs is None:
            return None
        spec, tried = specs.latest, set()
        failures: list[tuple[Specialization, int]] = []
        while spec is not None:
            tried.add(id(spec))
            found = self._run(spec, call.numbers)
            if type(found) is tuple:
                specs.latest = self.latest = spec
                return Match(specs, spec, found, failures)
            if found is None:
                return None
            failures.append((spec, found))
            others = specs.find_alternatives(spec, found)
            if len(others) >= _MAX_BRANCHES:
                self._warn(f"{_MAX_BRANCHES} numbers at {spec.program.guards[found].place}")
                return None
            spec = next((p for p in others if id(p) not in tried), None)
        spec = self.specialize(specs, call)
        found = None if spec is None else self._run(spec, call.numbers)
        if spec is None or type(found) is not tuple:
            return None
        return Match(specs, spec, found, None)

    def specialize(self, specs: Specializations, call: Call) -> Specialization | None:
        """The path of these numbers, recorded; None where there are too many paths."""
        with self._lock, pause_collector():
            if len(specs.specs) >= _MAX_SPECIALIZATIONS:
                self._warn(f"{_MAX_SPECIALIZATIONS} ways through its branches")
                return None
            request = getattr(self._f, "gradient_spec", None)
            spec = None
            if request is not None:
                spec = specialize_gradient(request, call, self._backend, self._roll)
            if spec is None:
                recorder, returned = self.record(call)
                result = read_result(returned, f"the result of {self.place()}")
                tape = recorder.tape(result.outputs)
                spec = Specialization(tape, recorder.captured, result, self._backend, self._roll)
            if spec.operations >= _LONG_TRACE:
                self._warn_of_length(spec.operations)
            self.latest = specs.add(spec)
            return self.latest

    def place(self) -> str:
        """The function's name, file and line, for messages; of grad(f) it is f's line."""
        f: Any = self._f
        while hasattr(f, "gradient_spec"):
            f = f.gradient_spec.f
        code = getattr(f, "__code__", None)
        line = f" ({code.co_filename}:{code.co_firstlineno})" if code else ""
        return f"{self.name}{line}"

    def run_eagerly(self, call: Call) -> Any:
        """f's result from f itself, so that it warns and gives what IEEE gives; nothing is kept."""
        recorder, returned = self.record(call)
        result = read_result(returned, f"the result of {self.place()}")
        outputs: list[Any] = [x._primal for x in result.outputs]
        tape = recorder.tape(result.outputs)
        inputs = (*call.numbers, *recorder.captured)
        if any(isinstance(x, Value) for x in inputs):
            # quiet: the run has warned, at the right line
            outputs = contexts.within({"quiet": True}, interpret, tape, inputs)
        for k, y in enumerate(result.outputs):
            if isinstance(y, Condition):
                outputs[k] = bool(y._primal)
        return result.build(outputs)

    def trace_empty(self, call: Call) -> tuple[Result, bool]:
        """What a result looks like where there is no sample, and whether Values are captured."""
        recorder, returned = contexts.within({"quiet": True}, self.record, call)
        result = read_result(returned, f"the result of {self.place()}")
        recorder.tape(result.outputs)
        return result, bool(recorder.captured)

    def record(self, call: Call) -> tuple[Recorder, Any]:
        """Run f on fresh Values, recording: (recorder, what f returned)."""
        numbers = [x._primal if isinstance(x, Value) else x for x in call.numbers]
        return record_trace(self._f, numbers, call.arguments)

    def _run(self, spec: Specialization, numbers: Sequence[Any]) -> Any:
        inputs = (*numbers, *spec.captured)
        if spec.count == 1 and is_differentiable(inputs):
            return spec.compile_gradient(_find_values(inputs)).call(*inputs)
        return spec.compile_value().call(*inputs)


def is_differentiable(inputs: Sequence[Any]) -> bool:
    """Whether a call on these gives nodes."""
    recording = not contexts.active or contexts.state.recording
    return recording and any(isinstance(x, Value) for x in inputs)


def _find_values(inputs: Sequence[Any]) -> tuple[bool, ...]:
    return tuple([isinstance(x, Value) for x in inputs])
