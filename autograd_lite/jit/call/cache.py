"""The specializations of a function: which of them answers a call, and when to compile another."""

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

# How many shapes of arguments a function is compiled for, and how often for one shape.
_MAX_SHAPES = 64
_MAX_SPECIALIZATIONS = 512
# For how many numbers of one `int(x)` or `x.data` a function is compiled: a call tries each.
_MAX_BRANCHES = 64
# Operations of one trace from which on to advise `.mean` in place of a loop over samples.
_LONG_TRACE = 1_000_000


class Match(NamedTuple):
    """The specialization that answers a call.

    Attributes:
        specs: all specializations for the call's shape of arguments.
        spec: the one of them that fits.
        numbers: what its code returned.
        failures: the specializations tried before, each with the guard that failed; None if `spec`
            was compiled just now.
    """

    specs: Specializations
    spec: Specialization
    numbers: tuple[float, ...]
    failures: list[tuple[Specialization, int]] | None


class SpecializationCache:
    """What a function was compiled to: for each shape of arguments a tree of specializations.

    Attributes:
        name: the function's name, for messages.
        variables: the variables that it captures; None before the first call.
        latest: the specialization that was compiled or used last.
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
        """Return the trees of all shapes of arguments."""
        return list(self._shapes.values())

    def get_specializations(self, call: Call) -> Specializations | None:
        """Return the tree for a shape of arguments; None where there are too many shapes."""
        variables = self.variables
        specs = None if variables is None else self._shapes.get((call.key, variables.key()))
        if specs is None:
            with self._lock:
                # a global bound since then may be a function that captures more
                self.variables = variables = CapturedVariables(self._f)
                key = (call.key, variables.key())
                if key not in self._shapes and len(self._shapes) >= _MAX_SHAPES:
                    self._warn(f"{_MAX_SHAPES} argument shapes or static values")
                    return None
                specs = self._shapes.setdefault(key, Specializations())
        return specs

    def is_current(self, specs: Specializations, call: Call, variables: CapturedVariables) -> bool:
        """Return whether this is the tree for a call with the present captured variables."""
        return self._shapes.get((call.key, variables.key())) is specs

    def _warn(self, what: str) -> None:
        if not self._warned:
            self._warned = True
            warnings.warn(
                f"{self.place()} has been compiled for {what}; further ones run eagerly. Pass "
                "numbers that vary as floats, and select with where(...) instead of `if` where "
                "branches multiply",
                RuntimeWarning,
                stacklevel=5,
            )

    def _warn_of_length(self, operations: int) -> None:
        warnings.warn(
            f"jit compiles {operations:,} operations of {self.place()}. If they are a loop over "
            "samples, jit the function of one sample instead and call its .mean or .sum with "
            "arrays of samples: that compiles only one sample's operations and runs as fast",
            RuntimeWarning,
            stacklevel=5,
        )

    def find(self, call: Call) -> Match | None:
        """Find or compile the specialization that these numbers take; None to run eagerly."""
        specs = self.get_specializations(call)
        if specs is None:
            return None
        spec, tried = specs.latest, set()
        failures: list[tuple[Specialization, int]] = []
        while spec is not None:
            tried.add(id(spec))
            outcome = self._run(spec, call.numbers)
            if type(outcome) is tuple:
                specs.latest = self.latest = spec
                return Match(specs, spec, outcome, failures)
            if outcome is None:
                return None
            failures.append((spec, outcome))
            others = specs.find_alternatives(spec, outcome)
            if len(others) >= _MAX_BRANCHES:
                self._warn(f"{_MAX_BRANCHES} numbers at {spec.program.guards[outcome].place}")
                return None
            spec = next((s for s in others if id(s) not in tried), None)
        spec = self.specialize(specs, call)
        outcome = None if spec is None else self._run(spec, call.numbers)
        if spec is None or type(outcome) is not tuple:
            return None
        return Match(specs, spec, outcome, None)

    def specialize(self, specs: Specializations, call: Call) -> Specialization | None:
        """Compile the path of these numbers; None where there are too many specializations."""
        with self._lock, pause_collector():
            if len(specs.specs) >= _MAX_SPECIALIZATIONS:
                self._warn(f"{_MAX_SPECIALIZATIONS} paths through its branches")
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
        """Return the function's name, file and line, for messages; those of f for grad(f)."""
        f: Any = self._f
        while hasattr(f, "gradient_spec"):
            f = f.gradient_spec.f
        code = getattr(f, "__code__", None)
        line = f" ({code.co_filename}:{code.co_firstlineno})" if code else ""
        return f"{self.name}{line}"

    def run_eagerly(self, call: Call) -> Any:
        """Run f itself, so that it warns and returns what IEEE arithmetic gives; store nothing."""
        recorder, returned = self.record(call)
        result = read_result(returned, f"the result of {self.place()}")
        outputs: list[Any] = [x._primal for x in result.outputs]
        tape = recorder.tape(result.outputs)
        inputs = (*call.numbers, *recorder.captured)
        if any(isinstance(x, Value) for x in inputs):
            # quiet, since the run has warned with the right line
            outputs = contexts.within({"quiet": True}, interpret, tape, inputs)
        for k, y in enumerate(result.outputs):
            if isinstance(y, Condition):
                outputs[k] = bool(y._primal)
        return result.build(outputs)

    def trace_empty(self, call: Call) -> tuple[Result, bool]:
        """Return what a result looks like without samples, and whether Values are captured."""
        recorder, returned = contexts.within({"quiet": True}, self.record, call)
        result = read_result(returned, f"the result of {self.place()}")
        recorder.tape(result.outputs)
        return result, bool(recorder.captured)

    def record(self, call: Call) -> tuple[Recorder, Any]:
        """Run f on fresh Values while recording; return the recorder and what f returned."""
        numbers = [x._primal if isinstance(x, Value) else x for x in call.numbers]
        return record_trace(self._f, numbers, call.arguments)

    def _run(self, spec: Specialization, numbers: Sequence[Any]) -> Any:
        inputs = (*numbers, *spec.captured)
        if spec.count == 1 and is_differentiable(inputs):
            return spec.compile_gradient(_find_values(inputs)).call(*inputs)
        return spec.compile_value().call(*inputs)


def is_differentiable(inputs: Sequence[Any]) -> bool:
    """Return whether a call on these inputs makes nodes."""
    recording = not contexts.active or contexts.state.recording
    return recording and any(isinstance(x, Value) for x in inputs)


def _find_values(inputs: Sequence[Any]) -> tuple[bool, ...]:
    return tuple([isinstance(x, Value) for x in inputs])
