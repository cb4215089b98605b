"""The recorder: what a function did on Values, and the truths that it asked for, as a tape."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from .. import modes, primitives
from ..value import Value
from .tape import Guard, Tape

__all__: list[str] = []


class Condition(Value):
    """A comparison made while recording: on the graph it is 1.0 or 0.0.

    Asking for its truth makes a guard. Handed to `where`, or combined with `&`, `|` and `~`, it is
    computed at each replay, and no guard.
    """

    __slots__ = ()

    def __and__(self, other: Any) -> Any:
        return primitives.and_(self, other)

    def __rand__(self, other: Any) -> Any:
        return primitives.and_(other, self)

    def __or__(self, other: Any) -> Any:
        return primitives.or_(self, other)

    def __ror__(self, other: Any) -> Any:
        return primitives.or_(other, self)

    def __xor__(self, other: Any) -> Any:
        return primitives.ne(self, other)

    __rxor__ = __xor__

    def __invert__(self) -> Any:
        return primitives.not_(self)


class Recorder:
    """What `modes.state.recorder` is while a function is recorded.

    Attributes:
        inputs: the fresh Values that stand for the numbers among the arguments.
        nodes: every operation, in the order in which it was made; `truths` are the conditions.
        asked: (condition, the truth it had, the place in the source), in order.
        captured: Values from outside that the results or guards depend on, once `tape` was made.
    """

    def __init__(self, numbers: Sequence[float]) -> None:
        self.inputs = [Value(x) for x in numbers]
        self.nodes: list[Value] = []
        self.truths: list[Value] = []
        self.asked: list[tuple[Value, bool, str]] = []
        self.captured: list[Value] = []

    def keep(self, node: Value) -> None:
        """Called with every node that is made."""
        self.nodes.append(node)
        if node._primitive is not None and node._primitive.logical:
            node.__class__ = Condition
            self.truths.append(node)

    def truth(self, x: Value) -> bool:
        """`if x:`, which a replay must find the same."""
        condition = x if isinstance(x, Condition) else primitives.ne(x, 0.0)
        found = bool(condition._data != 0.0)
        self.asked.append((condition, found, modes.place()))
        return found

    def whole(self, x: Value) -> int:
        """`int(x)`: the whole part, guarded."""
        n = int(x._data)
        self.truth(primitives.eq(primitives.trunc(x), float(n)))
        return n

    def index(self, x: Value) -> int:
        """`range(x)` or `items[x]` of a whole number, such as `round` makes: guarded."""
        if not x._data.is_integer():
            raise TypeError(f"{x._data!r} is not whole, so no index: write int(x) or math.floor(x)")
        return self.whole(x)

    def read(self, x: Value) -> float:
        """`x.data`: the number, guarded, so that a replay with another is recorded anew."""
        number = x._data
        self.truth(primitives.eq(x, number) if number == number else primitives.ne(x, x))
        if number == 0.0:
            self.truth(primitives.eq(primitives.copysign(1.0, x), math.copysign(1.0, number)))
        return number

    def tape(self, outputs: Sequence[Any]) -> Tape:
        """The tape from `inputs`, then `captured`, to the outputs: Values or floats."""
        ends = [y for y in outputs if isinstance(y, Value)] + [c for c, _, _ in self.asked]
        nodes = self._needed(ends)
        known = {id(x) for x in self.inputs} | {id(node) for node in nodes}
        operands = [x for node in nodes for x in node.operands if isinstance(x, Value)]
        for x in [*operands, *ends]:
            if id(x) not in known and not _is_constant(x):
                known.add(id(x))
                self.captured.append(x)
        tape = Tape(len(self.inputs) + len(self.captured))
        slots = {id(x): n for n, x in enumerate([*self.inputs, *self.captured])}

        def slot(x: Any) -> int:
            if not isinstance(x, Value):
                return tape.constant(x)
            found = slots.get(id(x))
            return tape.constant(x._data) if found is None else found

        for node in nodes:
            primitive: Any = node._primitive
            slots[id(node)] = Tape.add(tape, primitive, tuple([slot(x) for x in node.operands]))
        tape.outputs = [slot(y) for y in outputs]
        tape.guards = [Guard(slot(c), found, place) for c, found, place in self.asked]
        return tape

    def _needed(self, ends: Sequence[Value]) -> list[Value]:
        """The nodes that the ends depend on, in the order in which they were made."""
        wanted = {id(x) for x in ends}
        found = []
        for node in reversed(self.nodes):
            if id(node) in wanted:
                found.append(node)
                wanted.update([id(x) for x in node.operands if isinstance(x, Value)])
        return found[::-1]


def _is_constant(x: Value) -> bool:
    """Whether x, which was not recorded, can never change: a derivative's starting point."""
    return x._primitive is not None and not x.parents


def recorded(
    f: Callable[..., Any], numbers: Sequence[float], arguments: Callable[[list[Value]], Any]
) -> tuple[Recorder, Any]:
    """Run f on fresh Values, recording: (recorder, what f returned).

    Arguments:
        numbers: the data of the fresh Values.
        arguments: makes f's (args, options) of them.
    """
    recorder = Recorder(numbers)
    with modes.switched("recorder", recorder), modes.switched("recording", True):
        args, options = arguments(recorder.inputs)
        return recorder, f(*args, **options)
