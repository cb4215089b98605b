"""One run of a function on fresh Values, ready to be differentiated."""

from collections.abc import Callable, Sequence
from typing import Any

from .._util.text import shown
from ..core import contexts, table
from ..core.value import Value
from .pytree import flatten
from .subgraph import Subgraph

Function = Callable[..., Any]


class Trace(Subgraph):
    """What a function recorded between its inputs and its outputs.

    Arguments:
        f: called as `f(*args, **options)`, with fresh Values for the numbers of some arguments.
        argnums: the places of these arguments.

    Attributes:
        inputs: the fresh Values.
        result: what the function returned; `outputs` are the numbers in it.

    Raises:
        TypeError: f returned None or something else without numbers, or an argument has none.
    """

    def __init__(
        self, f: Function, args: Sequence[Any], argnums: Sequence[int], options: dict[str, Any]
    ) -> None:
        self._rebuilds: list[tuple[Callable[[Sequence[Any]], Any], int]] = []
        # A derivative is asked for by name, so a no_grad around it does not hold in f; it holds
        # for what the passes record.
        self._detached = bool(contexts.active) and not contexts.state.recording
        run = (self._run, f, args, argnums, options)
        if self._detached:
            inputs, as_values, result = contexts.within({"recording": True}, *run)
        else:
            inputs, as_values, result = self._run(f, args, argnums, options)
        if result is None:
            raise TypeError(
                f"{name_of(f)} returned None: it has no return, or one without a number"
            )
        self.result = result
        outputs, self.rebuild_result = flatten(result, f"the result of {name_of(f)}")
        super().__init__(inputs, outputs, as_values)
        for x in inputs:
            _freeze(x)

    def _run(
        self, f: Function, args: Sequence[Any], argnums: Sequence[int], options: dict[str, Any]
    ) -> tuple[list[Value], bool, Any]:
        """Return the fresh Values, whether any stands for a Value, and the function's result."""
        inputs: list[Value] = []
        as_values = False
        given = list(args)
        for i in argnums:
            leaves, rebuild = flatten(args[i], f"argument {i}")
            # An identity node of a Value keeps the levels of a nesting apart.
            fresh = [table.identity(x) if isinstance(x, Value) else Value(x) for x in leaves]
            as_values = as_values or any(isinstance(x, Value) for x in leaves)
            self._rebuilds.append((rebuild, len(fresh)))
            inputs += fresh
            given[i] = rebuild(fresh)
        return inputs, as_values, f(*given, **options)

    def rebuild_arguments(self, flat: Sequence[Any]) -> list[Any]:
        """Return a structure like each differentiated argument, with numbers from a flat list."""
        arguments, start = [], 0
        for rebuild, n in self._rebuilds:
            arguments.append(rebuild(flat[start : start + n]))
            start += n
        return arguments

    def primal(self) -> Any:
        """Return the result as the caller sees it: floats if nothing outside is differentiable."""
        if self.as_values and not self._detached:
            return self.result
        plain: Callable[[Value], Any] = Value.detach if self.as_values else lambda y: y._primal
        return self.rebuild_result([plain(y) if isinstance(y, Value) else y for y in self.outputs])


def name_of(f: Function) -> str:
    """Return what messages call a function."""
    return shown(str(getattr(f, "__name__", type(f).__name__)))


def _freeze(x: Value) -> None:
    """Make a constant of a fresh leaf, in place.

    While the function runs, derivatives taken inside it must see a variable there; afterwards a
    level outside must not.
    """
    if x.primitive is None:
        x._primitive, x._x = table.identity, x._primal
