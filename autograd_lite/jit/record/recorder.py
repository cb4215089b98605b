"""Record what a function does with Values, and the conditions that it checks, as a tape."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ...core import contexts, table
from ...core.diagnostics import place, report_not_finite
from ...core.operands import to_float
from ...core.recording import make_node
from ...core.table import Primitive
from ...core.value import Value
from .tape import Guard, Tape


class Condition(Value):
    """A comparison made while recording: on the graph it is 1.0 or 0.0.

    Its truth value makes a guard. Passed to `where`, or combined with `&`, `|` and `~`, it makes
    none, and each call computes it.
    """

    __slots__ = ()

    def __and__(self, other: Any) -> Any:
        return table.and_(self, other)

    def __rand__(self, other: Any) -> Any:
        return table.and_(other, self)

    def __or__(self, other: Any) -> Any:
        return table.or_(self, other)

    def __ror__(self, other: Any) -> Any:
        return table.or_(other, self)

    def __xor__(self, other: Any) -> Any:
        return table.ne(self, other)

    __rxor__ = __xor__

    def __invert__(self) -> Any:
        return table.not_(self)


_STOP = table.stop_gradient


class Recorder:
    """What `contexts.current().recorder` is while a function is traced.

    Attributes:
        inputs: the fresh Values that stand for the numbers among the arguments.
        nodes: the results of all operations, in the order in which they were made.
        truths: the conditions among the nodes.
        asked: (condition, its truth value, the place in the source), in order.
        captured: Values from outside that the results or guards depend on, once `tape` was made.
    """

    def __init__(self, numbers: Sequence[float]) -> None:
        self.inputs = [Value(x) for x in numbers]
        self.nodes: list[Value] = []
        self.truths: list[Value] = []
        self.asked: list[tuple[Value, bool, str]] = []
        self.captured: list[Value] = []
        self._operands: list[tuple[Any, ...]] = []  # of each node

    def record(self, primitive: Primitive, operands: Sequence[Any]) -> Value:
        """Make the node of an operation, with an edge to every operand.

        Its partials are nan, and nobody reads them: other calls have other numbers, and select
        other operands.
        """
        inputs = tuple([x if isinstance(x, Value) else to_float(x) for x in operands])
        values = [x._primal if isinstance(x, Value) else x for x in inputs]
        if primitive.arity not in (None, len(inputs)):
            raise TypeError(f"{primitive.name} takes {primitive.arity} operands, not {len(inputs)}")
        y = primitive.value(*values)
        if y - y != 0.0:
            report_not_finite(primitive, values, y)
        ends = primitive is _STOP or primitive.logical
        partials = [None if ends or type(x) is float else math.nan for x in inputs]
        kind = Condition if primitive.logical else Value
        node: Value = make_node(y, 0.0, None, primitive, inputs, partials, kind)
        self.nodes.append(node)
        self._operands.append(inputs)
        if primitive.logical:
            self.truths.append(node)
        return node if ends or contexts.current().recording else self.record(_STOP, (node,))

    def truth(self, x: Value) -> bool:
        """Return the truth value of `if x:`, and guard it."""
        condition = x if isinstance(x, Condition) else table.ne(x, 0.0)
        result = bool(condition._primal != 0.0)
        self.asked.append((condition, result, place()))
        return result

    def whole(self, x: Value) -> int:
        """Return `int(x)`, and guard it."""
        n = int(x._primal)
        self.truth(table.eq(table.trunc(x), float(n)))
        return n

    def index(self, x: Value) -> int:
        """Return the index of `range(x)` or `items[x]`; x must be whole, and is guarded."""
        if not x._primal.is_integer():
            raise TypeError(
                f"{x._primal!r} is not whole, so it is no index: write int(x) or math.floor(x)"
            )
        return self.whole(x)

    def read(self, x: Value) -> float:
        """Return `x.data`, and guard it: for another number the function is traced again."""
        number = x._primal
        self.truth(table.eq(x, number) if number == number else table.ne(x, x))
        if number == 0.0:
            self.truth(table.eq(table.copysign(1.0, x), math.copysign(1.0, number)))
        return number

    def detach(self, x: Value) -> Value:
        """Record `x.detach()`; a new leaf would keep the number of this call."""
        return self.record(_STOP, (x,))

    def refuse(self, what: str, advice: str) -> NoReturn:
        """Raise for what would happen only while the function is traced."""
        raise TypeError(
            f"{what} at {place()}, inside a function that jit compiles, would happen only in the "
            f"first call; {advice}"
        )

    def tape(self, outputs: Sequence[Any]) -> Tape:
        """Return the tape from `inputs`, then `captured`, to the outputs: Values or floats."""
        ends = [y for y in outputs if isinstance(y, Value)] + [c for c, _, _ in self.asked]
        rows = self._find_needed(ends)
        slots = {id(node): n for n, (node, _) in enumerate(rows)}
        slots.update([(id(x), -1) for x in self.inputs])
        outside = [x for _, row in rows for x in row if type(x) is not float and id(x) not in slots]
        for x in [*outside, *[x for x in ends if id(x) not in slots]]:
            if id(x) not in slots and not _is_constant(x):
                slots[id(x)] = -1
                self.captured.append(x)
        tape = Tape(len(self.inputs) + len(self.captured))
        # no object is gone, so every id is unique
        slots.update([(id(x), n) for n, x in enumerate([*self.inputs, *self.captured])])
        slots.update([(id(node), n) for n, (node, _) in enumerate(rows, tape.inputs)])
        constant, known = tape.constant, slots.get

        def find_slot(x: Any) -> int:
            slot = known(id(x))
            return constant(getattr(x, "_primal", x)) if slot is None else slot

        for node, row in rows:
            own = []
            for x in row:
                slot = known(id(x))
                own.append(constant(getattr(x, "_primal", x)) if slot is None else slot)
            tape.code.append((node._primitive, tuple(own)))  # type: ignore[arg-type]
        tape.outputs = [find_slot(y) for y in outputs]
        tape.guards = [Guard(find_slot(c), truth, where) for c, truth, where in self.asked]
        return tape

    def _find_needed(self, ends: Sequence[Value]) -> list[tuple[Value, tuple[Any, ...]]]:
        """Return the nodes that the ends depend on, with their operands, in order."""
        wanted = {id(x) for x in ends}
        needed = []
        for node, row in zip(reversed(self.nodes), reversed(self._operands), strict=True):
            if id(node) in wanted:
                needed.append((node, row))
                for x in row:
                    wanted.add(id(x))
        return needed[::-1]


def _is_constant(x: Value) -> bool:
    """Return whether x, which was not recorded, can never change: the start of a derivative."""
    return x._primitive is not None and not x.parents


def record_trace(
    f: Callable[..., Any], numbers: Sequence[float], arguments: Callable[[list[Value]], Any]
) -> tuple[Recorder, Any]:
    """Run f on fresh Values while recording; return the recorder and what f returned.

    Arguments:
        numbers: the data of the fresh Values.
        arguments: makes f's (args, options) from them.
    """
    recorder = Recorder(numbers)

    def run() -> Any:
        args, options = arguments(recorder.inputs)
        return f(*args, **options)

    return recorder, contexts.within({"recorder": recorder, "recording": True}, run)
