"""The partials of a tape's operations, as slots of another tape.

Applying a row's formulas to symbols takes microseconds, and a long tape has few kinds of
operations. So the formulas of each kind run once, on a small tape that is copied from then on.
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
        edges: (which operand, the partial's slot, whether zero means "not chosen").
    """

    code: list[tuple[Primitive, tuple[int, ...]]]
    edges: list[tuple[int, int, bool]]


class Partials:
    """The partials of a tape's operations, written on a new tape as they are asked for.

    Args:
        tape: the old tape.
        new: the tape to write on.
        slots: where the old tape's own slots stand on the new one.
        active: for each of the old slots, 1 where partials with respect to it are wanted.
    """

    def __init__(self, tape: Tape, new: Tape, slots: Sequence[int], active: bytearray) -> None:
        self._new = new
        self._tape = tape
        self._active = active
        # a constant's slot is below 0: it counts from the end
        self._places = [*slots, *[new.constant(x) for x in reversed(tape.constants)]]
        self._known: dict[tuple[Primitive, tuple[int, ...]], _Formulas] = {}

    def edges(self, slot: int, adjoint: object = None) -> list[tuple[int, tuple[int, bool]]]:
        """Return (operand, (slot of the partial, whether zero means "not chosen")).

        Operands that are inactive, or never chosen, are left out, whatever the adjoint is.
        """
        tape, places, active = self._tape, self._places, self._active
        primitive, operands = tape.code[slot - tape.inputs]
        # operands that are constants stay so in the formulas, which may then be shorter
        kind = (primitive, tuple([s if s < 0 else active[s] for s in operands]))
        formulas = self._known.get(kind)
        if formulas is None:
            formulas = self._known[kind] = self._run_formulas(*kind)
        local = [places[s] for s in operands]
        local.append(places[slot])
        add = self._new.add
        for inner, own in formulas.code:
            local.append(add(inner, tuple([local[k] if k >= 0 else k for k in own])))
        edges = []
        for i, k, selects in formulas.edges:
            d = local[k] if k >= 0 else k
            if not (selects and d < 0 and self._new.constants[~d] == 0.0):
                edges.append((operands[i], (d, selects)))
        return edges

    def _run_formulas(self, primitive: Primitive, operands: tuple[int, ...]) -> _Formulas:
        """Run the formulas of a kind: of an operand that is no constant, 1 means active."""
        own, constants = Tape(len(operands) + 1), self._tape.constants
        symbols = [constants[~s] if s < 0 else Symbol(own, i) for i, s in enumerate(operands)]
        wanted = [s == 1 for s in operands]
        partials = _local_partials(primitive, symbols, Symbol(own, len(operands)), wanted)
        selects = primitive.selects if primitive.arity is not None else (False,) * len(operands)

        def place(slot: int) -> int:
            return slot if slot >= 0 else self._new.constant(own.constants[~slot])

        edges = [
            (i, d.slot if isinstance(d, Symbol) else self._new.constant(float(d)), selects[i])
            for i, d in enumerate(partials)
            if wanted[i]
        ]
        return _Formulas([(p, tuple(map(place, slots))) for p, slots in own.code], edges)


def _local_partials(
    primitive: Primitive, operands: list[Any], result: Any, wanted: list[bool]
) -> list[Any]:
    """Return the partials; those of a custom primitive that accept only floats are called back."""
    try:
        return primitive.local_partials(operands, result, wanted)
    except TypeError:
        if primitive.arity is None:
            raise
    called = zip(wrap_partials(primitive), wanted, strict=True)
    return [result.record(d, [*operands, result]) if want else None for d, want in called]
