"""The jitted function: finds the recording that answers a call, or makes one."""

import threading
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from .. import modes
from ..text import shown
from ..value import Value
from .arguments import Call, Result, read_call, read_result
from .backends import chosen
from .batch_arguments import Batch, read_batch
from .batch_map import mapped
from .batch_plan import Plan, signature
from .batch_total import plan_of, totalled
from .closure import Names
from .collector import collector_paused
from .fast_call import MISS, fast_call, names_unchanged
from .fused import fused_node, fused_nodes, interpreted
from .gradient import gradient_path
from .paths import Path, Paths
from .python_text import PythonProgram
from .recorder import Condition, Recorder, recorded

__all__ = ["Jitted"]

# How many shapes of arguments a function keeps recordings for, and how many ways for one shape.
_MOST_SHAPES = 64
_MOST_PATHS = 512
# How many numbers an `int(x)` or `x.data` may find: each is a recording that a call may try.
_MOST_WAYS = 64
# Operations of one recording from which on a loop over samples had better be `.mean`.
_LONG = 1_000_000
# How often the short way to a path is generated.
_MOST_REBUILT = 20


_P = ParamSpec("_P")
_Q = ParamSpec("_Q")
_R = TypeVar("_R")


class Jitted(Generic[_P, _R]):
    """What `jit` returns: a function that is recorded, and replayed as compiled code."""

    def __init__(
        self,
        f: Callable[_P, _R],
        backend: str | None,
        static_argnums: Sequence[int],
        roll: bool = True,
    ) -> None:
        if not callable(f):
            raise TypeError(f"jit takes a function, not {type(f).__name__}")
        self._f: Any = f
        self._backend = chosen(backend)
        self._given_backend = backend
        self._static_argnums = tuple(static_argnums)
        self._roll = roll
        self._names: Names | None = None
        self._shapes: dict[Any, Paths] = {}
        self._latest: Path | None = None
        self._fast: Callable[..., Any] | None = None
        self._plans: dict[Any, Plan | None] = {}
        self._lock = threading.RLock()
        self._warned = False
        self.__name__ = str(getattr(f, "__name__", type(f).__name__))
        self.__qualname__ = getattr(f, "__qualname__", self.__name__)
        self.__module__ = getattr(f, "__module__", __name__)
        self.__doc__ = getattr(f, "__doc__", None)
        self.__wrapped__ = f
        self._attribute = self.__name__
        self._of_classes: dict[Any, Any] = {}

    def __call__(self, *args: _P.args, **options: _P.kwargs) -> _R:
        """f's result, from its recording."""
        fast = self._fast
        if fast is not None and not modes.active and not options:
            found = fast(args)
            if found is not MISS:
                return found  # type: ignore[no-any-return]
        if modes.active:
            if modes.state.recorder is not None:
                return self._f(*args, **options)  # type: ignore[no-any-return]
            if modes.state.places is not None:
                # operations on floats are not checked, so f runs on Values first
                self._run_recorded(read_call(args, options, self._static_argnums))
                return self._f(*args, **options)  # type: ignore[no-any-return]
        call = read_call(args, options, self._static_argnums)
        path, found = self._find(call)
        if path is None:
            return self.eager(call)  # type: ignore[no-any-return]
        return self._result(path, call.numbers, found)  # type: ignore[no-any-return]

    def map(self, *args: Any, in_axes: Any = 0) -> Any:
        """f of each sample of a batch: its result's structure, with a leading axis for the batch.

        Arguments:
            args: arrays whose axis `in_axes` runs over the samples, lists of numbers, or tuples,
                lists and dicts of arrays.
            in_axes: that axis, or one entry per argument; None for what is the same for all
                samples, as in `jax.vmap`.

        Returns:
            Arrays of floats. Where Values take part, arrays of Values, made one by one.

        Raises:
            TypeError: an argument is not made of real numbers.
            ValueError: in_axes does not fit the arguments, or their lengths differ.

        >>> import autograd_lite as ag
        >>> f = ag.jit(lambda x, y: x * y if x > 0.0 else -y)
        >>> f.map([1.0, -2.0, 3.0], 10.0, in_axes=(0, None)).tolist()
        [10.0, -10.0, 30.0]
        """
        return mapped(self, self.read_batch(args, in_axes))

    def sum(self, *args: Any, in_axes: Any = 0) -> _R:
        """The sum of f over a batch: f's structure. Arguments and errors are those of `map`.

        Where f closes over Values, or is given some for all samples, each number is one node, whose
        partials are summed over the batch by the compiled code.

        >>> import autograd_lite as ag
        >>> w = ag.Value(2.0)
        >>> total = ag.jit(lambda x: w * x * x).sum([1.0, 2.0, 3.0])
        >>> total.backward()
        >>> total.data, w.grad
        (28.0, 14.0)
        """
        return self._total(args, in_axes, mean=False)  # type: ignore[no-any-return]

    def mean(self, *args: Any, in_axes: Any = 0) -> _R:
        """The mean of f over a batch, as `sum`.

        Raises:
            ValueError: there is no sample.

        >>> import autograd_lite as ag
        >>> ag.jit(lambda x: x * x).mean([1.0, 2.0, 3.0, 4.0])
        7.5
        """
        return self._total(args, in_axes, mean=True)  # type: ignore[no-any-return]

    def _total(self, args: Sequence[Any], in_axes: Any, mean: bool) -> Any:
        key = None if modes.active else signature(args, in_axes)
        plan = self._plans.get((key, mean)) if key is not None else None
        if plan is not None:
            found = plan(args)
            if found is not None:
                return found
        batch = self.read_batch(args, in_axes)
        found = totalled(self, batch, mean)
        if key is not None and not self._static_argnums:
            if len(self._plans) >= _MOST_SHAPES:
                self._plans.clear()
            self._plans[key, mean] = plan_of(self, args, batch, mean)
        return found

    def read_batch(self, args: Sequence[Any], in_axes: Any) -> Batch:
        """The samples of a batched call."""
        return read_batch(args, in_axes, self._static_argnums)

    def names_unchanged(self) -> Callable[[], bool]:
        """A function that says whether the names from outside are bound as they are now."""
        return names_unchanged(self._names or Names(self._f))

    # What it was compiled to

    @property
    def program(self) -> str:
        """The instructions of the latest recording, one a line.

        Raises:
            RuntimeError: nothing was recorded yet.
        """
        return str(self._latest_path().program)

    @property
    def source(self) -> str:
        """The latest recording as generated Python."""
        return PythonProgram(self._latest_path().program).source

    @property
    def llvm_ir(self) -> str:
        """The latest recording as LLVM's text.

        Raises:
            AttributeError: the back end is Python.
        """
        if self._backend != "llvm":
            raise AttributeError(f"{self.__name__} runs on the Python back end; see .source")
        text: str = self._latest_path().values().ir
        return text

    def _latest_path(self) -> Path:
        if self._latest is None:
            raise RuntimeError(f"{self.__name__} was not called yet, so nothing is recorded")
        return self._latest

    # Recordings

    def paths_for(self, call: Call) -> Paths | None:
        """The recordings for a shape of arguments; None where there are too many shapes."""
        names = self._names
        paths = None if names is None else self._shapes.get((call.key, names.key()))
        if paths is None:
            with self._lock:
                # a global may have been bound since the last look, a function with names of its own
                self._names = names = Names(self._f)
                key = (call.key, names.key())
                if key not in self._shapes and len(self._shapes) >= _MOST_SHAPES:
                    self._warn(f"{_MOST_SHAPES} shapes of arguments or values of static ones")
                    return None
                paths = self._shapes.setdefault(key, Paths())
        return paths

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

    def _find(self, call: Call) -> tuple[Path | None, Any]:
        """The path that these numbers take, and what its code gave; None to run eagerly."""
        paths = self.paths_for(call)
        if paths is None:
            return None, None
        path, tried = paths.latest, set()
        failures: list[tuple[Path, int]] = []
        while path is not None:
            tried.add(id(path))
            found = self._run(path, call.numbers)
            if type(found) is tuple:
                paths.latest = self._latest = path
                self._keep_short_way(paths, path, call, failures)
                return path, found
            if found is None:
                return None, None
            failures.append((path, found))
            others = paths.after_failure(path, found)
            if len(others) >= _MOST_WAYS:
                self._warn(f"{_MOST_WAYS} numbers at {path.program.guards[found].place}")
                return None, None
            path = next((p for p in others if id(p) not in tried), None)
        path = self.record(paths, call)
        found = None if path is None else self._run(path, call.numbers)
        return (path, found) if type(found) is tuple else (None, None)

    def record(self, paths: Paths, call: Call) -> Path | None:
        """The path of these numbers, recorded; None where there are too many paths."""
        with self._lock, collector_paused():
            if len(paths.paths) >= _MOST_PATHS:
                self._warn(f"{_MOST_PATHS} ways through its branches")
                return None
            derives = getattr(self._f, "derives", None)
            path = None
            if derives is not None:
                path = gradient_path(derives, call, self._backend, self._roll)
            if path is None:
                recorder, returned = self._run_recorded(call)
                result = read_result(returned, f"the result of {self.place()}")
                tape = recorder.tape(result.outputs)
                path = Path(tape, recorder.captured, result, self._backend, self._roll)
            if path.operations >= _LONG:
                self._warn_of_length(path.operations)
            self._latest = paths.add(path)
            return self._latest

    def place(self) -> str:
        """The function's name, file and line, for messages; of grad(f) it is f's line."""
        f: Any = self._f
        while hasattr(f, "derives"):
            f = f.derives.f
        code = getattr(f, "__code__", None)
        line = f" ({code.co_filename}:{code.co_firstlineno})" if code else ""
        return f"{shown(self.__name__)}{line}"

    def eager(self, call: Call) -> Any:
        """f's result from f itself, so that it warns and gives what IEEE gives; nothing is kept."""
        recorder, returned = self._run_recorded(call)
        result = read_result(returned, f"the result of {self.place()}")
        outputs: list[Any] = [x._primal for x in result.outputs]
        tape = recorder.tape(result.outputs)
        inputs = (*call.numbers, *recorder.captured)
        if any(isinstance(x, Value) for x in inputs):
            # quiet: the run has warned, at the right line
            outputs = modes.within({"quiet": True}, interpreted, tape, inputs)
        for k, y in enumerate(result.outputs):
            if isinstance(y, Condition):
                outputs[k] = bool(y._primal)
        return result.build(outputs)

    def result_of_nothing(self, call: Call) -> tuple[Result, bool]:
        """What a result looks like where there is no sample, and whether Values are captured."""
        recorder, returned = modes.within({"quiet": True}, self._run_recorded, call)
        result = read_result(returned, f"the result of {self.place()}")
        recorder.tape(result.outputs)
        return result, bool(recorder.captured)

    def _run_recorded(self, call: Call) -> tuple[Recorder, Any]:
        numbers = [x._primal if isinstance(x, Value) else x for x in call.numbers]
        return recorded(self._f, numbers, call.arguments)

    # One call

    def _run(self, path: Path, numbers: Sequence[Any]) -> Any:
        inputs = (*numbers, *path.captured)
        if path.count == 1 and _differentiable(inputs):
            return path.gradient(_wanted(inputs)).call(*inputs)
        return path.values().call(*inputs)

    def _result(self, path: Path, numbers: Sequence[Any], found: Sequence[float]) -> Any:
        inputs = (*numbers, *path.captured)
        outputs: list[Any] = list(found[: path.count])
        if any(isinstance(x, Value) for x in inputs):
            if not _differentiable(inputs):  # under no_grad
                outputs = [Value(y) for y in outputs]
            elif len(outputs) == 1:
                outputs = [fused_node(path, f"jit({shown(self.__name__)})", inputs, found)]
            else:
                outputs = fused_nodes(path, f"jit({shown(self.__name__)})", inputs, found)
        for k, y in enumerate(path.result.outputs):
            if isinstance(y, Condition):
                outputs[k] = bool(found[k])
        return path.result.build(outputs)

    def _keep_short_way(
        self, paths: Paths, path: Path, call: Call, failures: Sequence[tuple[Path, int]]
    ) -> None:
        """Generate the short way to a path that was taken a second time, for calls on floats."""
        if self._names is None or any(isinstance(x, Value) for x in call.numbers):
            return
        # that it was not taken may be a name's doing, bound anew to an equal number
        if path.short_way is None or (path.short_way is self._fast and not failures):
            if path.rebuilt >= _MOST_REBUILT:
                return
            path.rebuilt += 1
            names = self._names
            path.short_way = fast_call(path, call, names, f"jit({shown(self.__name__)})")
            if self._shapes.get((call.key, names.key())) is not paths:
                path.short_way = None  # another thread has bound a name anew in the meantime
        if path.short_way is not None:
            for other, guard in failures:
                other.next_ways[guard] = path.short_way
            if self._fast is None or not failures:
                self._fast = path.short_way

    # As a part of other code

    def __set_name__(self, owner: type, name: str) -> None:
        self._attribute = name

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> "Jitted[_P, _R]": ...
    @overload
    def __get__(
        self: "Jitted[Concatenate[Any, _Q], _R]", instance: object, owner: type | None = None
    ) -> "Jitted[_Q, _R]": ...
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """A method: a function of its own for each instance, kept in the instance."""
        if instance is None:
            return self
        kept: Any = getattr(instance, "__dict__", None)
        key: Any = f"_jitted_{self._attribute}_{id(self)}"  # an overridden method is another
        if isinstance(instance, type):  # a class method
            kept, key = self._of_classes, instance
        if kept is None:
            raise TypeError(
                f"a {type(instance).__name__} has no __dict__ to keep a jitted method in"
            )
        method = kept.get(key)
        # a copy of an instance has the methods of the original in its __dict__
        if method is None or getattr(method._f, "__self__", None) is not instance:
            bound = self._f.__get__(instance, owner)
            method = type(self)(bound, self._given_backend, self._static_argnums, self._roll)
            kept[key] = method
        return method

    def __reduce__(self) -> Any:
        """By its name where that leads here, as it does for a decorated function; else by f's."""
        import sys

        found: Any = sys.modules.get(self.__module__)
        for part in self.__qualname__.split("."):
            found = getattr(found, part, None)
        if found is self:
            return self.__qualname__
        return (type(self), (self._f, self._given_backend, self._static_argnums, self._roll))

    def __repr__(self) -> str:
        return f"<jit of {self.place()}>"


def _differentiable(inputs: Sequence[Any]) -> bool:
    recording = not modes.active or modes.state.recording
    return recording and any(isinstance(x, Value) for x in inputs)


def _wanted(inputs: Sequence[Any]) -> tuple[bool, ...]:
    return tuple([isinstance(x, Value) for x in inputs])
