"""The jitted function: how it is called, one by one or in batches, pickled and bound."""

from collections.abc import Callable, Sequence
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from ..core import contexts
from ..core.value import Value
from .backend.choose import choose_backend
from .backend.python import PythonProgram
from .batch.arguments import Batch, read_batch
from .batch.map import map_batch
from .batch.plan import Plan, make_signature
from .batch.total import make_plan, reduce_batch
from .call.cache import Match, SpecializationCache, is_differentiable
from .call.fast_path import MISS, build_fast_path, build_unchanged_check
from .call.fused import make_fused_node, make_fused_nodes
from .call.specialization import Specialization
from .record.arguments import Call, read_call
from .record.captured import CapturedVariables
from .record.recorder import Condition

__all__ = ["Jitted"]

# How often the short way to a path is generated.
_MAX_REBUILDS = 20
# How many shapes of arguments have a short way to `.sum` and `.mean`.
_MAX_PLANS = 64


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
        self._backend = choose_backend(backend)
        self._given_backend = backend
        self._static_argnums = tuple(static_argnums)
        self._roll = roll
        self._fast: Callable[..., Any] | None = None
        self._plans: dict[Any, Plan | None] = {}
        self.__name__ = str(getattr(f, "__name__", type(f).__name__))
        self.cache = SpecializationCache(f, self.__name__, self._backend, roll)
        self.__qualname__ = getattr(f, "__qualname__", self.__name__)
        self.__module__ = getattr(f, "__module__", __name__)
        self.__doc__ = getattr(f, "__doc__", None)
        self.__wrapped__ = f
        self._attribute = self.__name__
        self._of_classes: dict[Any, Any] = {}

    def __call__(self, *args: _P.args, **options: _P.kwargs) -> _R:
        """f's result, from its recording."""
        fast = self._fast
        if fast is not None and not contexts.active and not options:
            found = fast(args)
            if found is not MISS:
                return found  # type: ignore[no-any-return]
        if contexts.active:
            if contexts.state.recorder is not None:
                return self._f(*args, **options)  # type: ignore[no-any-return]
            if contexts.state.places is not None:
                # operations on floats are not checked, so f runs on Values first
                self.cache.record(read_call(args, options, self._static_argnums))
                return self._f(*args, **options)  # type: ignore[no-any-return]
        call = read_call(args, options, self._static_argnums)
        taken = self.cache.find(call)
        if taken is None:
            return self.cache.run_eagerly(call)  # type: ignore[no-any-return]
        if taken.failures is not None:
            self._build_fast_path(taken, call)
        return self._build_result(taken.spec, call.numbers, taken.numbers)  # type: ignore[no-any-return]

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
        return map_batch(self, self.read_batch(args, in_axes))

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
        key = None if contexts.active else make_signature(args, in_axes)
        plan = self._plans.get((key, mean)) if key is not None else None
        if plan is not None:
            found = plan(args)
            if found is not None:
                return found
        batch = self.read_batch(args, in_axes)
        found = reduce_batch(self, batch, mean)
        if key is not None and not self._static_argnums:
            if len(self._plans) >= _MAX_PLANS:
                self._plans.clear()
            self._plans[key, mean] = make_plan(self, args, batch, mean)
        return found

    def read_batch(self, args: Sequence[Any], in_axes: Any) -> Batch:
        """The samples of a batched call."""
        return read_batch(args, in_axes, self._static_argnums)

    def build_unchanged_check(self) -> Callable[[], bool]:
        """A function that says whether the names from outside are bound as they are now."""
        return build_unchanged_check(self.cache.variables or CapturedVariables(self._f))

    # What it was compiled to

    @property
    def program(self) -> str:
        """The instructions of the latest recording, one a line.

        Raises:
            RuntimeError: nothing was recorded yet.
        """
        return str(self._get_latest().program)

    @property
    def source(self) -> str:
        """The latest recording as generated Python."""
        return PythonProgram(self._get_latest().program).source

    @property
    def llvm_ir(self) -> str:
        """The latest recording as LLVM's text.

        Raises:
            AttributeError: the back end is Python.
        """
        if self._backend != "llvm":
            raise AttributeError(f"{self.__name__} runs on the Python back end; see .source")
        text: str = self._get_latest().compile_value().ir
        return text

    def _get_latest(self) -> Specialization:
        latest = self.cache.latest
        if latest is None:
            raise RuntimeError(f"{self.__name__} was not called yet, so nothing is recorded")
        return latest

    # One call

    def _build_result(
        self, spec: Specialization, numbers: Sequence[Any], found: Sequence[float]
    ) -> Any:
        inputs = (*numbers, *spec.captured)
        outputs: list[Any] = list(found[: spec.count])
        if any(isinstance(x, Value) for x in inputs):
            if not is_differentiable(inputs):  # under no_grad
                outputs = [Value(y) for y in outputs]
            elif len(outputs) == 1:
                outputs = [make_fused_node(spec, f"jit({self.cache.name})", inputs, found)]
            else:
                outputs = make_fused_nodes(spec, f"jit({self.cache.name})", inputs, found)
        for k, y in enumerate(spec.result.outputs):
            if isinstance(y, Condition):
                outputs[k] = bool(found[k])
        return spec.result.build(outputs)

    def _build_fast_path(self, taken: Match, call: Call) -> None:
        """Generate the short way to a path that was taken a second time, for calls on floats."""
        names, spec, failures = self.cache.variables, taken.spec, taken.failures or []
        if names is None or any(isinstance(x, Value) for x in call.numbers):
            return
        # that it was not taken may be a name's doing, bound anew to an equal number
        if spec.fast_path is None or (spec.fast_path is self._fast and not failures):
            if spec.rebuilds >= _MAX_REBUILDS:
                return
            spec.rebuilds += 1
            spec.fast_path = build_fast_path(spec, call, names, f"jit({self.cache.name})")
            if not self.cache.is_current(taken.specs, call, names):
                spec.fast_path = None  # another thread has bound a name anew in the meantime
        if spec.fast_path is not None:
            for other, guard in failures:
                other.next_fast_paths[guard] = spec.fast_path
            if self._fast is None or not failures:
                self._fast = spec.fast_path

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
        return f"<jit of {self.cache.place()}>"
