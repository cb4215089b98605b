"""The recorder: what a function did on Values, and the truths that it asked for, as a tape."""

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

    Asking for its truth makes a guard. Handed to `where`, or combined with `&`, `|` and `~`, it is
    computed at each replay, and no guard.
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
    """What `contexts.current().recorder` is while a function is recorded.

    Attributes:
        inputs: the fresh Values that stand for the numbers among the arguments.
        nodes: the result of every operation, in the order in which they were made; `truths` are
            the conditions among them.
        asked: (condition, the truth it had, the place in the source), in order.
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
        """The node of an operation, without partials: today's numbers are not the replays'.

        Nor is today's choice between operands, so every edge stays; its nan stands for a partial
        that nobody reads.
        """
        kept = tuple([x if isinstance(x, Value) else to_float(x) for x in operands])
        values = [x._primal if isinstance(x, Value) else x for x in kept]
        if primitive.arity not in (None, len(kept)):
            raise TypeError(f"{primitive.name} takes {primitive.arity} operands, not {len(kept)}")
        y = primitive.value(*values)
        if y - y != 0.0:
            report_not_finite(primitive, values, y)
        ends = primitive is _STOP or primitive.logical
        partials = [None if ends or type(x) is float else math.nan for x in kept]
        kind = Condition if primitive.logical else Value
        node: Value = make_node(y, 0.0, None, primitive, kept, partials, kind)
        self.nodes.append(node)
        self._operands.append(kept)
        if primitive.logical:
            self.truths.append(node)
        return node if ends or contexts.current().recording else self.record(_STOP, (node,))

    def truth(self, x: Value) -> bool:
        """`if x:`, which a replay must find the same."""
        condition = x if isinstance(x, Condition) else table.ne(x, 0.0)
        found = bool(condition._primal != 0.0)
        self.asked.append((condition, found, place()))
        return found

    def whole(self, x: Value) -> int:
        """`int(x)`: the whole part, guarded."""
        n = int(x._primal)
        self.truth(table.eq(table.trunc(x), float(n)))
        return n

    def index(self, x: Value) -> int:
        """`range(x)` or `items[x]` of a whole number, such as `round` makes: guarded."""
        if not x._primal.is_integer():
            raise TypeError(
                f"{x._primal!r} is not whole, so no index: write int(x) or math.floor(x)"
            )
        return self.whole(x)

    def read(self, x: Value) -> float:
        """`x.data`: the number, guarded, so that a replay with another is recorded anew."""
        number = x._primal
        self.truth(table.eq(x, number) if number == number else table.ne(x, x))
        if number == 0.0:
            self.truth(table.eq(table.copysign(1.0, x), math.copysign(1.0, number)))
        return number

    def detach(self, x: Value) -> Value:
        """Record `x.detach()`: a new leaf would keep today's number."""
        return self.record(_STOP, (x,))

    def refuse(self, what: str, advice: str) -> NoReturn:
        """Raise for what would happen once, while recording, and not in each replay."""
        raise TypeError(
            f"{what} at {place()}, inside a function that jit records, would not happen again when "
            f"the recording is replayed; {advice}"
        )

    def tape(self, outputs: Sequence[Any]) -> Tape:
        """The tape from `inputs`, then `captured`, to the outputs: Values or floats."""
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
        # no object is gone, so each has an id of its own
        slots.update([(id(x), n) for n, x in enumerate([*self.inputs, *self.captured])])
        slots.update([(id(node), n) for n, (node, _) in enumerate(rows, tape.inputs)])
        constant, known = tape.constant, slots.get

        def slot(x: Any) -> int:
            found = known(id(x))
            return constant(getattr(x, "_primal", x)) if found is None else found

        for node, row in rows:
            own = []
            for x in row:
                found = known(id(x))
                own.append(constant(getattr(x, "_primal", x)) if found is None else found)
            tape.code.append((node._primitive, tuple(own)))  # type: ignore[arg-type]
        tape.outputs = [slot(y) for y in outputs]
        tape.guards = [Guard(slot(c), found, place) for c, found, place in self.asked]
        return tape

    def _find_needed(self, ends: Sequence[Value]) -> list[tuple[Value, tuple[Any, ...]]]:
        """The nodes that the ends depend on, with their operands, as they were made."""
        wanted = {id(x) for x in ends}
        found = []
        for node, row in zip(reversed(self.nodes), reversed(self._operands), strict=True):
            if id(node) in wanted:
                found.append((node, row))
                for x in row:
                    wanted.add(id(x))
        return found[::-1]


def _is_constant(x: Value) -> bool:
    """Whether x, which was not recorded, can never change: a derivative's starting point."""
    return x._primitive is not None and not x.parents


def record_trace(
    f: Callable[..., Any], numbers: Sequence[float], arguments: Callable[[list[Value]], Any]
) -> tuple[Recorder, Any]:
    """Run f on fresh Values, recording: (recorder, what f returned).

    Arguments:
        numbers: the data of the fresh Values.
        arguments: makes f's (args, options) of them.
    """
    recorder = Recorder(numbers)

    def run() -> Any:
        args, options = arguments(recorder.inputs)
        return f(*args, **options)

    return recorder, contexts.within({"recorder": recorder, "recording": True}, run)
