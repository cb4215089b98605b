"""The gradient of a tape, as a tape: the table's formulas applied to symbols, in reverse.

Adjoints are summed in the order of `Trace.pull`, so that they round as an eager gradient does.
"""

from collections.abc import Sequence
from typing import Any

from ..flows import Flow, joined, settled, through
from ..primitives import Primitive, select
from .program import Program, SymbolicTape
from .tape import Symbol, Tape

__all__: list[str] = []


def with_gradient(
    tape: Tape, wanted: Sequence[bool], *, seeded: bool = False, exact: bool = False
) -> Tape:
    """The tape extended by the partials of its output by the wanted inputs, as further outputs.

    Arguments:
        tape: with one output, or any number of them where `seeded`.
        wanted: one entry per input.
        seeded: the new tape takes one more input per output: the adjoint to start with.
        exact: keep what flows nowhere apart from zeros. Without it such an adjoint is 0.0, which
            gives the same sums faster, but nan where it meets an infinite partial.
    """
    more = len(tape.outputs) if seeded else 0
    new = SymbolicTape(tape.inputs + more)
    return _extended(tape, new, _copied(tape, new, more), wanted, seeded, exact)


def gradient_program(
    tape: Tape, wanted: Sequence[bool], *, exact: bool = False, with_value: bool = True
) -> Program:
    """`Program.of` what `with_gradient` makes, with no tape in between.

    Arguments:
        with_value: whether the tape's own output comes first.
    """
    new = Program(tape.inputs)
    _extended(tape, new, new.take(tape), wanted, False, exact)
    if not with_value:
        new.outputs = new.outputs[1:]
    return new.finished()


def _extended(
    tape: Tape, new: Tape, slots: list[int], wanted: Sequence[bool], seeded: bool, exact: bool
) -> Tape:
    """Write the partials on a new tape, where the tape's own slots stand at `slots`."""
    n = tape.inputs
    seeds: list[Any] = [Symbol(new, n + k) for k in range(new.inputs - n)] if seeded else [1.0]
    order = tape.order(tape.outputs, truths=False)
    reached = _reached(tape, wanted, order)
    starts = [(s, x) for s, x in zip(tape.outputs, seeds, strict=True) if s >= 0 and reached[s]]
    sweep = _exact_sweep if exact else _sweep
    found = sweep(tape, _symbols(new, slots), starts, order, reached)
    partials = [settled(found[i]) if exact else found[i] for i in range(n)]
    new.outputs += [_slot(new, d) for d, want in zip(partials, wanted, strict=True) if want]
    return new


def with_liveness(tape: Tape) -> Tape:
    """A tape whose outputs are truths: whether the one output's derivative flows to each input."""
    new = SymbolicTape(tape.inputs)
    slots = _copied(tape, new, 0)
    order = tape.order(tape.outputs, truths=False)
    reached = _reached(tape, [True] * tape.inputs, order)
    starts = [(s, 1.0) for s in tape.outputs if s >= 0]
    flows = _exact_sweep(tape, _symbols(new, slots), starts, order, reached)
    lives = [False if flow is None else flow.live for flow in flows[: tape.inputs]]
    new.outputs = [_slot(new, live) for live in lives]
    return new


def _symbols(new: Tape, slots: Sequence[int]) -> list[Any]:
    """For each slot of the old tape, what stands for it: a symbol, or a number."""
    return [Symbol(new, s) if s >= 0 else new.constants[~s] for s in slots]


def _sweep(
    tape: Tape,
    symbols: Sequence[Any],
    starts: Sequence[tuple[int, Any]],
    order: Sequence[int],
    reached: bytearray,
) -> list[Any]:
    """Every slot's adjoint, or None; 0.0 also where nothing flows."""
    n = tape.inputs
    adjoints: list[Any] = [None] * len(reached)
    for s, seed in starts:
        adjoints[s] = seed if adjoints[s] is None else adjoints[s] + seed
    for s in reversed(order):
        adjoint = adjoints[s]
        if adjoint is None:
            continue
        primitive, slots = tape.code[s - n]
        operands = [symbols[x] if x >= 0 else tape.constants[~x] for x in slots]
        for x, d, chooses in _edges(primitive, slots, operands, symbols[s], reached):
            if chooses:
                part = select(d != 0.0, d * adjoint, -0.0)
            else:
                part = adjoint if type(d) is float and d == 1.0 else d * adjoint
            before = adjoints[x]
            adjoints[x] = part if before is None else before + part
    return [0.0 if x is None else x for x in adjoints]


def _exact_sweep(
    tape: Tape,
    symbols: Sequence[Any],
    starts: Sequence[tuple[int, Any]],
    order: Sequence[int],
    reached: bytearray,
) -> list[Flow | None]:
    """The same, with what flows nowhere told apart."""
    n = tape.inputs
    flows: list[Flow | None] = [None] * len(reached)
    for s, seed in starts:
        flows[s] = joined(flows[s], Flow(seed, seed != 0.0 if isinstance(seed, Symbol) else True))
    for s in reversed(order):
        flow = flows[s]
        if flow is None:
            continue
        primitive, slots = tape.code[s - n]
        operands = [symbols[x] if x >= 0 else tape.constants[~x] for x in slots]
        for x, d, chooses in _edges(primitive, slots, operands, symbols[s], reached):
            before = flows[x]
            if flow.live is True and not chooses:  # what `through` and `joined` come to, mostly
                part = flow.amount if type(d) is float and d == 1.0 else d * flow.amount
                flows[x] = Flow(part if before is None else before.amount + part)
                continue
            passed = through(d, flow, chooses)
            if passed is not None:
                flows[x] = joined(before, passed)
    return flows


def _copied(tape: Tape, new: SymbolicTape, more_inputs: int) -> list[int]:
    """Copy a tape as it is, with more inputs; returns where its slots are."""
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


def _reached(tape: Tape, wanted: Sequence[bool], order: Sequence[int]) -> bytearray:
    """For each slot, 1 where it depends on a wanted input."""
    n = tape.inputs
    reached = bytearray(n + len(tape.code))
    reached[:n] = bytes(wanted)
    for s in order:
        primitive, operands = tape.code[s - n]
        if not primitive.logical:
            for x in operands:
                if x >= 0 and reached[x]:
                    reached[s] = 1
                    break
    return reached


def _edges(
    primitive: Primitive,
    slots: Sequence[int],
    operands: list[Any],
    result: Any,
    reached: bytearray,
) -> list[tuple[int, Any, bool]]:
    """(operand, partial, whether a partial of zero means "not chosen") for the reached operands."""
    live = [x >= 0 and reached[x] == 1 for x in slots]
    partials = _local_partials(primitive, operands, result, live)
    if primitive.arity is None:
        return [(x, d, False) for x, d, want in zip(slots, partials, live, strict=True) if want]
    edges = []
    for i, want in enumerate(live):
        chooses = primitive.selects[i]
        if want and not (chooses and type(partials[i]) is float and partials[i] == 0.0):
            edges.append((slots[i], partials[i], chooses))
    return edges


def _local_partials(
    primitive: Primitive, operands: list[Any], result: Any, wanted: list[bool]
) -> list[Any]:
    """The table's partials; those of a user's own that take numbers alone are called back."""
    try:
        return primitive.local_partials(operands, result, wanted)
    except TypeError:
        if primitive.arity is None:
            raise
    called = zip(primitive.numeric_partials(), wanted, strict=True)
    return [result.record(d, [*operands, result]) if want else None for d, want in called]


def _slot(tape: Tape, x: Any) -> int:
    return x.slot if isinstance(x, Symbol) else tape.constant(float(x))
