"""The gradient of a tape, as a tape: the chain rule on slots, in the order of an eager gradient."""

from collections.abc import Sequence
from typing import Any

from ...core.formulas import select
from ...core.table import add, mul, stop_gradient
from ...transforms import active, chain_rule
from ...transforms.active import Derivative
from ..record.tape import Symbol, Tape
from .partials import Partials
from .program import Program, SymbolicTape


def with_gradient(
    tape: Tape, wanted: Sequence[bool], *, seeded: bool = False, exact: bool = False
) -> Tape:
    """Return the tape with the partials of its output as further outputs.

    Args:
        tape: with one output, or any number of them where `seeded`.
        wanted: for each input, whether to differentiate with respect to it.
        seeded: the new tape takes one more input per output: the adjoint to start with.
        exact: tell inactive derivatives from zeros. Otherwise they are 0.0, which gives the same
            sums faster, but nan where one meets an infinite partial.
    """
    more = len(tape.outputs) if seeded else 0
    new = SymbolicTape(tape.inputs + more)
    return _append_gradient(tape, new, _copy(tape, new, more), wanted, seeded, exact)


def gradient_program(
    tape: Tape, wanted: Sequence[bool], *, exact: bool = False, with_value: bool = True
) -> Program:
    """Return `Program.of(with_gradient(tape, wanted, exact=exact))`, without the tape in between.

    Args:
        tape: with one output.
        wanted: for each input, whether to differentiate with respect to it.
        exact: see `with_gradient`.
        with_value: whether the tape's own output comes first.
    """
    new = Program(tape.inputs)
    _append_gradient(tape, new, new.take(tape), wanted, False, exact)
    if not with_value:
        new.outputs = new.outputs[1:]
    return new.finish()


def with_activity(tape: Tape) -> Tape:
    """Return a tape of conditions: whether the derivative of the output reaches each input."""
    new = SymbolicTape(tape.inputs)
    slots = _copy(tape, new, 0)
    carrier = _ActiveSlots(new)
    seeds = [1.0] * len(tape.outputs)
    adjoints = _pull(tape, slots, [True] * tape.inputs, seeds, carrier)
    conditions = [False if x is None else carrier.derivative(x).active for x in adjoints]
    new.outputs = [_slot(new, x) for x in conditions]
    return new


def _append_gradient(
    tape: Tape, new: Tape, slots: list[int], wanted: Sequence[bool], seeded: bool, exact: bool
) -> Tape:
    """Write the partials on a new tape, where the tape's own slots stand at `slots`."""
    n = tape.inputs
    seeds: list[Any] = [Symbol(new, n + k) for k in range(new.inputs - n)] if seeded else [1.0]
    carrier = _ActiveSlots(new) if exact else _Slots(new)
    adjoints = _pull(tape, slots, wanted, seeds, carrier)
    pairs = zip(adjoints, wanted, strict=True)
    new.outputs += [carrier.finish(x) for x, want in pairs if want]
    return new


def _pull(
    tape: Tape, slots: list[int], wanted: Sequence[bool], seeds: Sequence[Any], carrier: "_Slots"
) -> list[Any]:
    """Return the adjoints of the inputs; `seeds` are those of the outputs."""
    order = tape.order(tape.outputs, through_stops=False)
    is_active = _find_active(tape, wanted, order)
    partials = Partials(tape, carrier.tape, slots, is_active)
    adjoints: list[Any] = [None] * len(is_active)
    for s, seed in zip(tape.outputs, seeds, strict=True):
        if s >= 0 and is_active[s]:
            start, before = carrier.start(seed), adjoints[s]
            adjoints[s] = start if before is None else carrier.add(before, start)
    chain_rule.pull(reversed(order), partials.edges, adjoints, carrier.multiply, carrier.add)
    return adjoints[: tape.inputs]


class _Slots:
    """Adjoints as slots of a tape; an inactive one is 0.0.

    A partial is (slot, whether zero means that the operand was not chosen).
    """

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self._record = tape.add
        self._constants = tape.constants

    def start(self, seed: Any) -> Any:
        return _slot(self.tape, seed)

    def multiply(self, partial: tuple[int, bool], adjoint: Any) -> Any:
        d, selects = partial
        if selects:
            x, y = _symbol(self.tape, d), _symbol(self.tape, adjoint)
            return _slot(self.tape, select(x != 0.0, x * y, -0.0))
        if d < 0 and self._constants[~d] == 1.0:
            return adjoint
        return self._record(mul, (d, adjoint))

    def add(self, x: Any, y: Any) -> Any:
        return self._record(add, (x, y))

    def finish(self, adjoint: Any) -> int:
        slot: int = self.tape.constant(0.0) if adjoint is None else adjoint
        return slot


class _ActiveSlots(_Slots):
    """Adjoints as slots where they are always active, which most are, and else as `Derivative`."""

    def start(self, seed: Any) -> Any:
        return self._simplify(Derivative(seed, seed != 0.0))

    def multiply(self, partial: tuple[int, bool], adjoint: Any) -> Any:
        d, selects = partial
        if type(adjoint) is int and not selects:  # nearly always
            if d < 0 and self._constants[~d] == 1.0:
                return adjoint
            return self._record(mul, (d, adjoint))
        edge = (_symbol(self.tape, d), selects)
        return self._simplify(active.multiply(edge, self.derivative(adjoint)))

    def add(self, x: Any, y: Any) -> Any:
        if type(x) is int and type(y) is int:
            return self._record(add, (x, y))
        return self._simplify(active.add(self.derivative(x), self.derivative(y)))

    def finish(self, adjoint: Any) -> int:
        derivative = None if adjoint is None else self.derivative(adjoint)
        return _slot(self.tape, active.finish(derivative))

    def derivative(self, adjoint: Any) -> Derivative:
        return Derivative(_symbol(self.tape, adjoint)) if type(adjoint) is int else adjoint

    def _simplify(self, x: Derivative | None) -> Any:
        return _slot(self.tape, x.number) if x is not None and x.active is True else x


def _copy(tape: Tape, new: SymbolicTape, more_inputs: int) -> list[int]:
    """Copy a tape as it is, with more inputs; return the new slots of the old ones."""
    for x in tape.constants:
        new.constant(x)
    n = tape.inputs
    slots = [*range(n), *range(n + more_inputs, n + more_inputs + len(tape.code))]
    if more_inputs:
        new.code = [
            (p, tuple([slots[s] if s >= 0 else s for s in operands])) for p, operands in tape.code
        ]
        new.guards = [
            g._replace(slot=slots[g.slot] if g.slot >= 0 else g.slot) for g in tape.guards
        ]
    else:
        new.code, new.guards = list(tape.code), list(tape.guards)
    new.outputs = [slots[s] if s >= 0 else s for s in tape.outputs]
    return slots


def _find_active(tape: Tape, wanted: Sequence[bool], order: Sequence[int]) -> bytearray:
    """Return 1 for each slot that depends on a wanted input; `order` is operands before results."""
    n = tape.inputs
    found = bytearray(n + len(tape.code))
    found[:n] = bytes(wanted)
    for s in order:
        primitive, operands = tape.code[s - n]
        if not primitive.logical and primitive is not stop_gradient:
            for x in operands:
                if x >= 0 and found[x]:
                    found[s] = 1
                    break
    return found


def _symbol(tape: Tape, slot: int) -> Any:
    return Symbol(tape, slot) if slot >= 0 else tape.constants[~slot]


def _slot(tape: Tape, x: Any) -> int:
    return x.slot if isinstance(x, Symbol) else tape.constant(float(x))
