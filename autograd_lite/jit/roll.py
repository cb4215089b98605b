"""Finds the loop again: sums whose addends are many copies of one shape.

A loop over samples records the same operations for each of them. Here every sum of a tape is
flattened, and each addend's operations are numbered in order of first visit, with what it reads
from outside abstracted. Addends that come out equal are one kernel, to be run over a table of what
differs between them:

    loss = f(w, 1.0, 2.0) + f(w, 3.0, 4.0) + f(w, 5.0, 6.0)

is the kernel f(w, a, b) over the columns a = [1, 3, 5] and b = [2, 4, 6]. An operation that several
addends read is computed once and passed in, as inputs are. What is left over stays as it was
recorded: the `rest`, which has one more input for the sum over each kernel.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from .. import primitives as p
from ..primitives import TABLE
from .tape import Tape

__all__: list[str] = []

# Fewer copies, or fewer operations, are not worth a kernel's call. Nor is it worth the way through
# NumPy, some 25 us, where straight-line code is done as soon: it runs 2,000 operations a us.
FEWEST_COPIES = 16
FEWEST_OPERATIONS = 400
FEWEST_IN_ALL = 40_000

_SHARED = -1
_SPINE = -2


class Kernel(NamedTuple):
    """One shape of addend.

    Attributes:
        tape: from `ends` to one addend, without its factor.
        ends: for each input of the tape, the slots that the copies read there; constants as
            negative slots of the original tape.
        factor: what each addend is multiplied by.
    """

    tape: Tape
    ends: list[list[int]]
    factor: float


class Rolled(NamedTuple):
    """A tape with its loops found.

    Attributes:
        shared: from the tape's inputs to what the kernels read beside inputs and constants; its
            outputs' slots in the original tape are `shared_slots`.
        kernels: one for each shape.
        rest: from the tape's inputs, then one sum for each kernel, to the tape's output.
    """

    shared: Tape
    shared_slots: list[int]
    kernels: list[Kernel]
    rest: Tape


def rolled(tape: Tape) -> Rolled | None:
    """The tape with its loops found; None where there are none worth it, or guards."""
    if tape.guards or len(tape.outputs) != 1 or len(tape.code) < FEWEST_IN_ALL:
        return None
    sums = _Sums(tape)
    sums.find()
    groups = _groups(tape, sums)
    if not groups or sum(len(group.own) * len(group.own[0]) for group in groups) < FEWEST_IN_ALL:
        return None
    return _taken_apart(tape, sums, groups)


class _Sums:
    """The sums of a tape: `members[root]` lists (slot, factor) of the addends of a sum."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.uses = [0] * (tape.inputs + len(tape.code))
        for _, operands in tape.code:
            for s in operands:
                if s >= 0:
                    self.uses[s] += 1
        for s in tape.outputs:
            self.uses[s] += 1
        self.sizes: dict[int, int] = {}
        self._measure()
        self.members: dict[int, list[tuple[int, float]]] = {}
        self.spines: dict[int, list[int]] = {}
        # slot -> the addend that it belongs to, _SHARED or _SPINE
        self.owner: dict[int, int] = {}

    def find(self) -> None:
        """Flatten the sums, and find whose each operation is: results before operands, so that who
        reads a slot is known by the time that it is met.
        """
        tape, owner = self.tape, self.owner
        for slot in range(tape.inputs + len(tape.code) - 1, tape.inputs - 1, -1):
            mine = owner.get(slot, _SHARED)
            primitive, operands = tape.code[slot - tape.inputs]
            if mine == _SPINE or (mine == _SHARED and primitive in _SUMS and self._is_sum(slot)):
                continue
            owner[slot] = mine
            for s in operands:
                if s >= tape.inputs and owner.setdefault(s, mine) != mine:
                    owner[s] = _SHARED

    def _is_sum(self, root: int) -> bool:
        """Take the sum apart that ends here, if it has many addends."""
        if self.sizes.get(root, 1) < FEWEST_COPIES:
            return False
        spine, members = self._flattened(root)
        if len(members) < FEWEST_COPIES:
            return False
        self.members[root], self.spines[root] = members, spine
        self.owner |= dict.fromkeys(spine, _SPINE)
        for s, _ in members:
            if s >= self.tape.inputs:
                self.owner[s] = s if self.uses[s] == 1 else _SHARED
        return True

    def _flattened(self, root: int) -> tuple[list[int], list[tuple[int, float]]]:
        """The operations that a sum is added up by, and its addends with their factors.

        A sum of few addends is an addend itself, as `a - b` is in a loop over `total + (a - b)`.
        But the first steps of that loop have few addends too: from there on, what a step adds is
        on the side on which all others added.
        """
        spine: list[int] = []
        members: list[tuple[int, float]] = []
        pending: list[tuple[int, float, int]] = [(root, 1.0, -1)]
        while pending:
            slot, factor, side = pending.pop()
            spine.append(slot)
            parts = self._parts(slot, factor)
            large = [k for k, (s, f) in enumerate(parts) if self._is_large(s, f)]
            if len(parts) == 2 and not large:
                sizes = [self.sizes.get(s, 1) for s, _ in parts]
                side = side if side >= 0 else sizes.index(max(sizes))
                large = [side] if self._is_plain_sum(parts[side][0]) else []
            elif large:
                side = large[0]
            inner = [(s, f, side) for k, (s, f) in enumerate(parts) if k in large]
            pending += reversed(inner)
            members += [part for k, part in enumerate(parts) if k not in large]
        # in the order of the loop, so that what its steps read lies in order too
        return spine, sorted(members)

    def _is_large(self, slot: int, factor: float) -> bool:
        """Whether to go on with the addends of a sum, whatever it is multiplied by."""
        if not self._is_inner(slot, FEWEST_COPIES):
            return False
        # multiplied ahead, factors must lose nothing to overflow or underflow
        scaled = self.tape.code[slot - self.tape.inputs][0] not in _SUMS
        own = self._scaled(slot)[1] if scaled else 1.0
        return all(1e-100 < abs(x) < 1e100 for x in (factor, own, factor * own))

    def _is_plain_sum(self, slot: int) -> bool:
        return self._is_inner(slot, 2) and self.tape.code[slot - self.tape.inputs][0] in _SUMS

    def _is_inner(self, slot: int, fewest: int) -> bool:
        """Whether it is a sum of as many addends that nothing else reads."""
        return self.sizes.get(slot, 1) >= fewest and self.uses[slot] == 1

    def _parts(self, slot: int, factor: float) -> list[tuple[int, float]]:
        """What a slot is the sum of, each with its factor."""
        primitive, operands = self.tape.code[slot - self.tape.inputs]
        if primitive is p.sub:
            return [(operands[0], factor), (operands[1], -factor)]
        if primitive is p.mean:
            return [(s, factor / len(operands)) for s in operands]
        if primitive in _SUMS:
            return [(s, factor) for s in operands]
        inner, own = self._scaled(slot)
        return [(inner, factor * own)]

    def _scaled(self, slot: int) -> tuple[int, float]:
        """(operand, factor) of an operation that multiplies by a constant; (-1, 0.0) of others."""
        tape = self.tape
        primitive, operands = tape.code[slot - tape.inputs]
        x, y = operands[0], operands[-1]
        if primitive is p.neg:
            return x, -1.0
        if primitive is p.mul and (x < 0) != (y < 0):
            return (y, tape.constants[~x]) if x < 0 else (x, tape.constants[~y])
        if primitive is p.div and y < 0 <= x and tape.constants[~y] != 0.0:
            return x, 1.0 / tape.constants[~y]
        return -1, 0.0

    def _measure(self) -> None:
        """How many addends each sum has, at any depth."""
        n, sizes = self.tape.inputs, self.sizes
        for slot, (primitive, operands) in enumerate(self.tape.code, n):
            if primitive in _SUMS:
                own = [sizes.get(s, 1) if s >= n and self.uses[s] == 1 else 1 for s in operands]
                sizes[slot] = sum(own)
            else:
                inner, _ = self._scaled(slot)
                if inner >= n and sizes.get(inner, 1) > 1 and self.uses[inner] == 1:
                    sizes[slot] = sizes[inner]


_SUMS = frozenset([p.add, p.sub, p.sum_, p.mean])


class _Group(NamedTuple):
    """Addends of one shape: each one's operations and the slots that it reads."""

    factor: float
    own: list[list[int]]
    outside: list[list[int]]


def _groups(tape: Tape, sums: _Sums) -> list[_Group]:
    found: dict[Any, _Group] = {}
    for root, members in sums.members.items():
        for slot, factor in members:
            if slot >= tape.inputs and sums.owner.get(slot) == slot:
                key, own, outside = _shape(tape, sums.owner, slot)
                group = found.setdefault((root, factor, key), _Group(factor, [], []))
                group.own.append(own)
                group.outside.append(outside)
    worth = [
        group
        for group in found.values()
        if len(group.own) >= FEWEST_COPIES
        # vector code would have to call a user's own primitive for each copy
        and all(_is_row(tape.code[s - tape.inputs][0]) for s in group.own[0])
        and len(group.own) * len(group.own[0]) >= FEWEST_OPERATIONS
    ]
    return worth


def _is_row(primitive: Any) -> bool:
    return TABLE.get(primitive.name) is primitive


def _shape(
    tape: Tape, owner: dict[int, int], addend: int
) -> tuple[tuple[Any, ...], list[int], list[int]]:
    """An addend's operations in order of first visit, with what it reads by number.

    The same slot read twice has one number: f(x, x) and f(x, y) are two shapes. A constant has a
    number of its own wherever it stands.
    """
    n = tape.inputs
    numbers: dict[int, int] = {}
    key: list[Any] = []
    own: list[int] = []
    outside: list[int] = []
    stack = [(addend, False)]
    while stack:
        slot, operands_done = stack.pop()
        primitive, operands = tape.code[slot - n]
        if not operands_done:
            if slot not in numbers:
                stack.append((slot, True))
                inner = [s for s in operands if s >= n and owner.get(s) == addend]
                stack += [(s, False) for s in reversed(inner) if s not in numbers]
        elif slot not in numbers:
            key.append(primitive)
            for s in operands:
                number = numbers.get(s) if s >= 0 else None
                if number is None:
                    number = ~len(outside)
                    outside.append(s)
                    key.append("constant" if s < 0 else "slot")
                    if s >= 0:
                        numbers[s] = number
                key.append(number)
            numbers[slot] = len(own)
            own.append(slot)
    return tuple(key), own, outside


def _taken_apart(tape: Tape, sums: _Sums, groups: Sequence[_Group]) -> Rolled:
    kernels = [_kernel(tape, group) for group in groups]
    gone = {s for group in groups for own in group.own for s in own}
    read = {s for kernel in kernels for slots in kernel.ends for s in slots if s >= tape.inputs}
    rest = _rest(tape, sums, groups, gone)
    shared = Tape(tape.inputs)
    slots = sorted(read)
    wanted = set(tape.order(slots))
    places = {s: s for s in range(tape.inputs)}
    for s in sorted(wanted):
        primitive, operands = tape.code[s - tape.inputs]
        places[s] = shared.add(primitive, _moved(tape, shared, operands, places))
    shared.outputs = [places[s] for s in slots]
    return Rolled(shared, slots, kernels, rest)


def _moved(
    tape: Tape, new: Tape, operands: Sequence[int], places: dict[int, int]
) -> tuple[int, ...]:
    return tuple([places[s] if s >= 0 else new.constant(tape.constants[~s]) for s in operands])


def _kernel(tape: Tape, group: _Group) -> Kernel:
    """The first copy as a tape of its own; what is the same constant in all stays one."""
    columns = [list(column) for column in zip(*group.outside, strict=True)]
    ends = [slots for slots in columns if slots[0] >= 0 or any(s != slots[0] for s in slots)]
    new = Tape(len(ends))
    inputs = iter(range(len(ends)))
    outside: list[int] = []
    for slots in columns:
        fixed = slots[0] < 0 and all(s == slots[0] for s in slots)
        outside.append(new.constant(tape.constants[~slots[0]]) if fixed else next(inputs))
    # outside numbers slots in the order in which they are first read, constants at each place
    rest = iter(outside)
    places: dict[int, int] = {}
    for slot in group.own[0]:
        primitive, operands = tape.code[slot - tape.inputs]
        own: list[int] = []
        for s in operands:
            if s < 0:
                own.append(next(rest))
                continue
            if s not in places:
                places[s] = next(rest)
            own.append(places[s])
        places[slot] = new.add(primitive, tuple(own))
    new.outputs = [places[group.own[0][-1]]]
    return Kernel(new, ends, group.factor)


def _rest(tape: Tape, sums: _Sums, groups: Sequence[_Group], gone: set[int]) -> Tape:
    """What no kernel computes; each group's sum is added where its first addend stood."""
    n = tape.inputs
    new = Tape(n + len(groups))
    totals = {own[-1]: k for k, group in enumerate(groups) for own in group.own[:1]}
    skipped = {own[-1] for group in groups for own in group.own}
    changed = {
        root for root, members in sums.members.items() if any(s in skipped for s, _ in members)
    }
    spines = {s for root in changed for s in sums.spines[root]}
    places = {s: s for s in range(n)}
    for slot, (primitive, operands) in enumerate(tape.code, n):
        if slot in changed:
            places[slot] = _added_up(tape, new, sums.members[slot], places, totals, skipped)
        elif slot not in gone and slot not in spines:
            places[slot] = new.add(primitive, _moved(tape, new, operands, places))
    new.outputs = [places[s] for s in tape.outputs]
    return new


def _added_up(
    tape: Tape,
    new: Tape,
    members: Sequence[tuple[int, float]],
    places: dict[int, int],
    totals: dict[int, int],
    skipped: set[int],
) -> int:
    total: int | None = None
    for slot, factor in members:
        if slot in totals:
            term = tape.inputs + totals[slot]
        elif slot in skipped:
            continue
        else:
            term = places[slot] if slot >= 0 else new.constant(tape.constants[~slot])
        if factor != 1.0:
            term = new.add(p.mul, (term, new.constant(factor)))
        total = term if total is None else new.add(p.add, (total, term))
    return new.constant(0.0) if total is None else total
