"""A program: what both back ends compile. Common subexpressions shared, constants folded, dead
code dropped; no result changes by a bit.
"""

from ...core.table import Primitive
from ..record.tape import Guard, Tape
from .simplify import ALWAYS, EQUAL_OPERANDS, FINAL_RULES, RULES, fold


class SymbolicTape(Tape):
    """A tape for symbols: what is plainly a constant or a copy is not written."""

    def add(self, primitive: Primitive, operands: tuple[int, ...]) -> int:
        slot = None
        if primitive in EQUAL_OPERANDS or min(operands) < 0:
            slot = fold(self, primitive, operands)
            if slot is None and primitive in RULES:
                slot = RULES[primitive](self, *operands)
        if slot is None:
            slot = self.inputs + len(self.code)
            self.code.append((primitive, operands))
        return slot


class Program(Tape):
    """A tape in its shortest form; its text is one line an operation.

    >>> from autograd_lite.core import table
    >>> tape = Tape(2)
    >>> product = tape.add(table.mul, (0, 1))
    >>> same = tape.add(table.mul, (0, 1))
    >>> tape.outputs = [tape.add(table.add, (product, same))]
    >>> print(Program.of(tape))
    v2 = mul(v0, v1)
    v3 = add(v2, v2)
    return v3
    """

    def __init__(self, inputs: int) -> None:
        super().__init__(inputs)
        self._slots: dict[tuple[Primitive, tuple[int, ...]], int] = {}

    @classmethod
    def of(cls, tape: Tape) -> "Program":
        """The program of a tape: the same outputs and guards from the same inputs."""
        whole = cls(tape.inputs)
        whole.take(tape)
        return whole.finish()

    def take(self, tape: Tape) -> list[int]:
        """Write a tape from as many inputs or fewer; returns the slots at which its own are."""
        slots = list(range(tape.inputs))
        # the constants' slots stay below 0: index ~k from the end, in reverse
        constants = [self.constant(x) for x in tape.constants]
        add, found = self.add, slots.append
        for primitive, operands in tape.code:
            found(add(primitive, tuple([slots[s] if s >= 0 else constants[~s] for s in operands])))

        def new(s: int) -> int:
            return slots[s] if s >= 0 else constants[~s]

        self.outputs = [new(s) for s in tape.outputs]
        self.guards = [guard._replace(slot=new(guard.slot)) for guard in tape.guards]
        return slots

    def finish(self) -> "Program":
        """The same without guards that are asked twice, and without what nothing needs."""
        # each where it was first asked: what a run asks next depends on the answers so far alone
        asked: dict[int, Guard] = {}
        for guard in self.guards:
            if guard.slot >= 0:
                asked.setdefault(guard.slot, guard)
        self.guards = list(asked.values())
        return self._drop_dead_code()

    def add(self, primitive: Primitive, operands: tuple[int, ...]) -> int:
        key = (primitive, operands)
        slot = self._slots.get(key)
        if slot is not None:
            return slot
        if primitive in ALWAYS or min(operands) < 0:
            slot = fold(self, primitive, operands)
            if slot is None and primitive in FINAL_RULES:
                slot = FINAL_RULES[primitive](self, *operands)
        if slot is None:
            slot = self.inputs + len(self.code)
            self.code.append(key)
        self._slots[key] = slot
        return slot

    def _drop_dead_code(self) -> "Program":
        """The same without what no output and no guard needs."""
        n = self.inputs
        wanted = self._find_needed()
        if all(wanted[n:]):
            return self
        new = Program(n)
        slots = list(range(n))

        def moved(s: int) -> int:
            return slots[s] if s >= 0 else new.constant(self.constants[~s])

        for want, (primitive, operands) in zip(wanted[n:], self.code, strict=True):
            slots.append(n + len(new.code))
            if want:
                new.code.append((primitive, tuple([moved(s) for s in operands])))
        new.outputs = [moved(s) for s in self.outputs]
        new.guards = [Guard(moved(s), expected, place) for s, expected, place in self.guards]
        return new

    def _find_needed(self) -> bytearray:
        """For each slot, 1 where an output or a guard depends on it."""
        n = self.inputs
        wanted = bytearray(n + len(self.code))
        for s in [*self.outputs, *[guard.slot for guard in self.guards]]:
            if s >= 0:
                wanted[s] = 1
        for i in range(len(self.code) - 1, -1, -1):
            if wanted[n + i]:
                for s in self.code[i][1]:
                    if s >= 0:
                        wanted[s] = 1
        return wanted

    def place_guards(self) -> dict[int, list[int]]:
        """Slot -> the guards, by number, to check once that slot is computed (-1: at the start).

        Guards are checked in the order in which they were met, so that the first to fail is the one
        at which another run would branch off.
        """
        found: dict[int, list[int]] = {}
        latest = -1
        for number, guard in enumerate(self.guards):
            latest = max(latest, guard.slot if guard.slot >= self.inputs else -1)
            found.setdefault(latest, []).append(number)
        return found

    def __str__(self) -> str:
        def text(s: int) -> str:
            return f"v{s}" if s >= 0 else repr(self.constants[~s])

        checks = self.place_guards()

        def guards(s: int) -> list[str]:
            chosen = [self.guards[k] for k in checks.get(s, ())]
            return [f"guard {text(slot)} is {wanted}  # {place}" for slot, wanted, place in chosen]

        lines = guards(-1)
        for i, (primitive, operands) in enumerate(self.code, self.inputs):
            lines.append(f"v{i} = {primitive.name}({', '.join(map(text, operands))})")
            lines += guards(i)
        return "\n".join([*lines, "return " + ", ".join(map(text, self.outputs))])
