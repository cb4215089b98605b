"""A tape: the operations of one run over numbered slots, and symbols that write on it.

A slot is an int. Inputs are slots 0, 1, ...; then come the results of the operations, in order.
Constants are the negative slots: slot ~k is `constants[k]`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...core import table
from ...core.order import visit
from ...core.table import Primitive
from ...transforms.formal import Formal


class Guard(NamedTuple):
    """A truth that a replay must find as it was recorded."""

    slot: int
    expected: bool
    place: str


class Tape:
    """What was recorded: nothing shared, nothing dropped, in an order in which it can be run.

    Attributes:
        inputs: how many inputs there are.
        constants: the numbers of the negative slots.
        code: (primitive, operand slots) of slots inputs, inputs + 1, ...
        outputs: the slots of the results.
        guards: in the order in which they were met.
    """

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self.constants: list[float] = []
        self.code: list[tuple[Primitive, tuple[int, ...]]] = []
        self.outputs: list[int] = []
        self.guards: list[Guard] = []
        self._constant_slots: dict[float | str, int] = {}

    def constant(self, x: float) -> int:
        """The slot of a constant; 0.0 and -0.0 have two, all nans one."""
        key = x if x and x == x else str(x)
        slot = self._constant_slots.get(key)
        if slot is None:
            self.constants.append(x)
            slot = self._constant_slots[key] = ~(len(self.constants) - 1)
        return slot

    def add(self, primitive: Primitive, operands: tuple[int, ...]) -> int:
        """The slot of a new operation, or of what it is equal to."""
        self.code.append((primitive, operands))
        return self.inputs + len(self.code) - 1

    def select_output(self, output: int) -> "Tape":
        """The same tape with one of its outputs alone; neither is to be written on."""
        new = Tape(self.inputs)
        new.constants, new.code, new.guards = self.constants, self.code, self.guards
        new.outputs = [self.outputs[output]]
        return new

    def order(self, roots: Sequence[int], *, through_stops: bool = True) -> list[int]:
        """Return the slots of the operations behind the roots, operands before results.

        It is the order of `core.order`, reversed.

        Args:
            roots: slots.
            through_stops: whether to go on through what no derivative passes: comparisons and
                `stop_gradient`.
        """
        n, count = self.inputs, len(self.code)
        # constants, whose slots are below 0, count from the end
        operands: list[Sequence[int]] = [()] * (n + count + len(self.constants))
        behind = bytearray(len(operands))
        for s in roots:
            behind[s] = 1
        for s in range(n + count - 1, n - 1, -1):
            if behind[s]:
                primitive, row = self.code[s - n]
                if through_stops or not (primitive.logical or primitive is table.stop_gradient):
                    operands[s] = row
                    for x in row:
                        behind[x] = 1
        return visit(roots, operands, n)[::-1]

    def evaluate(self, values: Sequence[float]) -> list[float]:
        """Every slot's value, inputs first: the meaning that every back end must give."""
        slots = list(values)
        for primitive, operands in self.code:
            slots.append(primitive.value(*[self.get_value(s, slots) for s in operands]))
        return slots

    def compute_outputs(self, values: Sequence[float]) -> list[float]:
        slots = self.evaluate(values)
        return [self.get_value(s, slots) for s in self.outputs]

    def get_value(self, slot: int, slots: Sequence[Any]) -> Any:
        return slots[slot] if slot >= 0 else self.constants[~slot]


class Symbol(Formal):
    """A slot that the table's formulas can be applied to: what they compute goes on the tape.

    A user's own formulas may have any operator or method of a Value in them.
    """

    __slots__ = ("slot", "tape")

    def __init__(self, tape: Tape, slot: int) -> None:
        self.tape = tape
        self.slot = slot

    def record(self, primitive: Primitive, operands: Sequence[Any]) -> Any:
        """What calling the primitive does: a new symbol, or a float if it is a constant."""
        tape = self.tape
        slots = [x.slot if type(x) is Symbol else tape.constant(float(x)) for x in operands]
        slot = tape.add(primitive, tuple(slots))
        return Symbol(tape, slot) if slot >= 0 else tape.constants[~slot]

    def __add__(self, other: Any) -> Any:
        if type(other) is Symbol:  # most of what a gradient is made of
            return Symbol(self.tape, self.tape.add(table.add, (self.slot, other.slot)))
        return self.record(table.add, (self, other))

    def __sub__(self, other: Any) -> Any:
        if type(other) is Symbol:  # most of what a gradient is made of
            return Symbol(self.tape, self.tape.add(table.sub, (self.slot, other.slot)))
        return self.record(table.sub, (self, other))

    def __mul__(self, other: Any) -> Any:
        if type(other) is Symbol:  # most of what a gradient is made of
            return Symbol(self.tape, self.tape.add(table.mul, (self.slot, other.slot)))
        return self.record(table.mul, (self, other))

    def __and__(self, other: Any) -> Any:
        return self.record(table.and_, (self, other))

    def __or__(self, other: Any) -> Any:
        return self.record(table.or_, (self, other))

    def __bool__(self) -> bool:
        raise TypeError("a symbol has no truth; a formula selects with primitives alone")
