"""The partials of a tape's operations, as slots of another tape.

Running a row's formulas on symbols takes microseconds, and a long tape has few kinds of operations.
So each kind's formulas are run once, on a small tape of their own, which is copied from then on.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...core.custom import wrap_partials
from ...core.table import Primitive
from ..record.tape import Symbol, Tape


class _Formulas(NamedTuple):
    """The partials of one kind of operation.

    Attributes:
        code: operations; below 0 are slots of constants on the new tape. The others count the
            operands, then the result, then these operations.
        edges: (which operand, the partial's slot, whether a partial of zero means "not chosen").
    """

    code: list[tuple[Primitive, tuple[int, ...]]]
    edges: list[tuple[int, int, bool]]


class Partials:
    """Writes partials on a new tape, where the old tape's own slots stand at `slots`.

    Attributes:
        new: the tape that is written on.
        count: the old tape's slots.
    """

    def __init__(self, tape: Tape, new: Tape, slots: Sequence[int], reached: bytearray) -> None:
        """`reached`: for each of the old slots, 1 where a partial by it is wanted."""
        self.new = new
        self.count = len(reached)
        self._tape = tape
        self._reached = reached
        # a constant's slot is below 0: it counts from the end
        self._places = [*slots, *[new.constant(x) for x in reversed(tape.constants)]]
        self._known: dict[tuple[Primitive, tuple[int, ...]], _Formulas] = {}

    def edges(self, slot: int) -> list[tuple[int, int, bool]]:
        """(operand, slot of the partial, whether a partial of zero means "not chosen"), of those
        operands that are wanted and that something may flow to.
        """
        tape, places, reached = self._tape, self._places, self._reached
        primitive, operands = tape.code[slot - tape.inputs]
        # operands that are constants stay so in the formulas, which may then be shorter
        kind = (primitive, tuple([s if s < 0 else reached[s] for s in operands]))
        formulas = self._known.get(kind)
        if formulas is None:
            formulas = self._known[kind] = self._derived(*kind)
        local = [places[s] for s in operands]
        local.append(places[slot])
        add = self.new.add
        for inner, own in formulas.code:
            local.append(add(inner, tuple([local[k] if k >= 0 else k for k in own])))
        found = []
        for i, k, chooses in formulas.edges:
            d = local[k] if k >= 0 else k
            if not (chooses and d < 0 and self.new.constants[~d] == 0.0):
                found.append((operands[i], d, chooses))
        return found

    def _derived(self, primitive: Primitive, operands: tuple[int, ...]) -> _Formulas:
        """Run the formulas; of an operand that is no constant, 1 says that it is wanted."""
        own, constants = Tape(len(operands) + 1), self._tape.constants
        symbols = [constants[~s] if s < 0 else Symbol(own, i) for i, s in enumerate(operands)]
        wanted = [s == 1 for s in operands]
        partials = _local_partials(primitive, symbols, Symbol(own, len(operands)), wanted)
        selects = primitive.selects if primitive.arity is not None else (False,) * len(operands)

        def moved(slot: int) -> int:
            return slot if slot >= 0 else self.new.constant(own.constants[~slot])

        edges = [
            (i, d.slot if isinstance(d, Symbol) else self.new.constant(float(d)), selects[i])
            for i, d in enumerate(partials)
            if wanted[i]
        ]
        return _Formulas([(p, tuple(map(moved, slots))) for p, slots in own.code], edges)


def _local_partials(
    primitive: Primitive, operands: list[Any], result: Any, wanted: list[bool]
) -> list[Any]:
    """The table's partials; those of a user's own that take numbers alone are called back."""
    try:
        return primitive.local_partials(operands, result, wanted)
    except TypeError:
        if primitive.arity is None:
            raise
    called = zip(wrap_partials(primitive), wanted, strict=True)
    return [result.record(d, [*operands, result]) if want else None for d, want in called]
