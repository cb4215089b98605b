"""The gradient of a tape, as a tape: the table's formulas applied to symbols, in reverse.

Adjoints are summed in the order of `Trace.pull`, so that they round as an eager gradient does.
"""

from collections.abc import Sequence
from typing import Any

from ...core.table import add, mul, select
from ...transforms.active import Flow, joined, settled, through
from ..record.tape import Symbol, Tape
from .partials import Partials
from .program import Program, SymbolicTape


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
    return new.finish()


def _extended(
    tape: Tape, new: Tape, slots: list[int], wanted: Sequence[bool], seeded: bool, exact: bool
) -> Tape:
    """Write the partials on a new tape, where the tape's own slots stand at `slots`."""
    n = tape.inputs
    seeds: list[Any] = [Symbol(new, n + k) for k in range(new.inputs - n)] if seeded else [1.0]
    order = tape.order(tape.outputs, truths=False)
    reached = _reached(tape, wanted, order)
    starts = [(s, x) for s, x in zip(tape.outputs, seeds, strict=True) if s >= 0 and reached[s]]
    partials = Partials(tape, new, slots, reached)
    if exact:
        flows = _exact_sweep(partials, starts, order)
        found = [_slot(new, settled(_flow(new, flow))) for flow in flows[:n]]
    else:
        adjoints = _sweep(partials, starts, order)
        found = [new.constant(0.0) if x is None else x for x in adjoints[:n]]
    new.outputs += [s for s, want in zip(found, wanted, strict=True) if want]
    return new


def with_liveness(tape: Tape) -> Tape:
    """A tape whose outputs are truths: whether the one output's derivative flows to each input."""
    new = SymbolicTape(tape.inputs)
    slots = _copied(tape, new, 0)
    order = tape.order(tape.outputs, truths=False)
    reached = _reached(tape, [True] * tape.inputs, order)
    starts = [(s, 1.0) for s in tape.outputs if s >= 0]
    partials = Partials(tape, new, slots, reached)
    flows = [_flow(new, x) for x in _exact_sweep(partials, starts, order)[: tape.inputs]]
    new.outputs = [_slot(new, False if flow is None else flow.live) for flow in flows]
    return new


def _sweep(
    partials: Partials, starts: Sequence[tuple[int, Any]], order: Sequence[int]
) -> list[int | None]:
    """The slot of every slot's adjoint, or None; 0.0 also where nothing flows."""
    new, constants = partials.new, partials.new.constants
    adjoints: list[int | None] = [None] * partials.count
    for s, seed in starts:
        before, slot = adjoints[s], _slot(new, seed)
        adjoints[s] = slot if before is None else new.add(add, (before, slot))
    for s in reversed(order):
        adjoint = adjoints[s]
        if adjoint is None:
            continue
        for x, d, chooses in partials.edges(s):
            if chooses:
                part = _slot(new, _selected(_symbol(new, d), _symbol(new, adjoint)))
            else:
                part = adjoint if d < 0 and constants[~d] == 1.0 else new.add(mul, (d, adjoint))
            before = adjoints[x]
            adjoints[x] = part if before is None else new.add(add, (before, part))
    return adjoints


def _selected(d: Any, adjoint: Any) -> Any:
    return select(d != 0.0, d * adjoint, -0.0)


def _exact_sweep(
    partials: Partials, starts: Sequence[tuple[int, Any]], order: Sequence[int]
) -> list[int | Flow | None]:
    """The same, with what flows nowhere told apart: a slot is an adjoint that flows always."""
    new, constants = partials.new, partials.new.constants
    flows: list[int | Flow | None] = [None] * partials.count
    for s, seed in starts:
        start = Flow(seed, seed != 0.0 if isinstance(seed, Symbol) else True)
        flows[s] = joined(_flow(new, flows[s]), start)
    for s in reversed(order):
        flow = flows[s]
        if flow is None:
            continue
        if isinstance(flow, Flow) and flow.live is True:
            flow = _slot(new, flow.amount)
        for x, d, chooses in partials.edges(s):
            before = flows[x]
            if isinstance(flow, int) and not chooses:  # what the rest comes to, mostly
                part = flow if d < 0 and constants[~d] == 1.0 else new.add(mul, (d, flow))
                if before is not None:
                    amount = before if isinstance(before, int) else _slot(new, before.amount)
                    part = new.add(add, (amount, part))
                flows[x] = part
                continue
            passed = through(_symbol(new, d), _flow(new, flow), chooses)
            if passed is not None:
                flows[x] = joined(_flow(new, before), passed)
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


def _flow(new: Tape, x: int | Flow | None) -> Any:
    return Flow(_symbol(new, x)) if isinstance(x, int) else x


def _symbol(new: Tape, slot: int) -> Any:
    return Symbol(new, slot) if slot >= 0 else new.constants[~slot]


def _slot(tape: Tape, x: Any) -> int:
    return x.slot if isinstance(x, Symbol) else tape.constant(float(x))
