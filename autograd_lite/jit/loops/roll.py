"""Finds the loop again: a tape as a few steps, most of them one kernel for many copies of a shape.

A loop over samples records the same operations for each of them. Copies that are added up are a
kernel that is run over a table of what differs between them, and sums:

    loss = f(w, 1.0, 2.0) + f(w, 3.0, 4.0) + f(w, 5.0, 6.0)

is the kernel f(w, a, b) over the columns a = [1, 3, 5] and b = [2, 4, 6]. Copies that are read for
themselves, as the weights of a weighted mean are, are a kernel that gives a column. What is left
over stays as it was recorded, in pieces between the kernels.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from ...core import table as p
from ..record.tape import Tape
from .regions import Copies, Regions
from .sums import Sums

# Fewer copies, or fewer operations, are not worth a kernel's call. Nor is it worth the way through
# NumPy, some 25 us, where straight-line code is done as soon: it runs 2,000 operations a us.
FEWEST_COPIES = 16
FEWEST_OPERATIONS = 4_000
FEWEST_IN_ALL = 40_000
# Each kernel is compiled by itself.
MOST_KERNELS = 64
# Shapes that are added up together are one kernel up to as many operations a copy.
LONGEST = 2_000


class Loop(NamedTuple):
    """One shape, and what its copies read.

    Numbers stand at places: the tape's inputs first, then what the steps compute.

    Attributes:
        tape: from `ends` to one number.
        ends: for each input of the tape, the places that the copies read there, or the slots of
            constants, which are negative.
        first: the place of the sum, or of the first copy's result; those of the others follow it.
        summed: whether the copies are added up.
    """

    tape: Tape
    ends: list[list[int]]
    first: int
    summed: bool


class Piece(NamedTuple):
    """Operations as they were recorded.

    Attributes:
        tape: from the numbers at the places `reads` to those from the place `first` on.
    """

    tape: Tape
    reads: list[int]
    first: int


class RolledTape(NamedTuple):
    """A tape with its loops found.

    Attributes:
        inputs: how many inputs there are.
        size: how many places.
        steps: to be run in order.
        output: the place of the tape's output.
    """

    inputs: int
    size: int
    steps: list[Loop | Piece]
    output: int


def roll_tape(tape: Tape) -> RolledTape | None:
    """The tape with its loops found; None where there are none worth it, or guards."""
    if tape.guards or len(tape.outputs) != 1 or len(tape.code) < FEWEST_IN_ALL:
        return None
    regions = Regions(tape, Sums(tape, FEWEST_COPIES))
    groups = regions.find_copies(FEWEST_COPIES, FEWEST_OPERATIONS)
    groups = sorted(groups, key=lambda group: -group.operations)[:MOST_KERNELS]
    if not groups or sum(group.operations for group in groups) < FEWEST_IN_ALL:
        return None
    return _Schedule(tape, regions, groups).order_steps()


class _Schedule:
    """Puts kernels and pieces in an order in which each finds what it reads."""

    def __init__(self, tape: Tape, regions: Regions, groups: Sequence[Copies]) -> None:
        self.tape = tape
        self.n = tape.inputs
        self.regions = regions
        self.groups = groups
        # slot -> the step after which it is known: kernels of time 1, then the piece of time 1, ...
        self.when = [0] * (tape.inputs + len(tape.code))
        self.times = [0] * len(groups)
        taken = {(group.root, s, group.factor) for group in groups for s in group.exits}
        changed = {group.root for group in groups if group.root is not None}
        # a loop starts with 0.0, which nothing needs to be added to
        zeros = {~k for k, x in enumerate(tape.constants) if x == 0.0}
        self.left = {
            root: [
                (s, factor)
                for s, factor in regions.members[root]
                if (root, s, factor) not in taken and s not in zeros
            ]
            for root in changed
        }
        self.straight = self._find_straight(changed)
        self._assign_times()
        self.totals: dict[int, list[int]] = {root: [] for root in changed}  # places
        self.places = dict(enumerate(range(tape.inputs)))
        self.size = tape.inputs

    def _find_straight(self, changed: Iterable[int]) -> list[int]:
        """What no kernel computes."""
        gone = {s for group in self.groups for own in group.own for s in own}
        gone.update([s for root in changed for s in self.regions.spines[root] if s != root])
        slots = range(self.n, self.n + len(self.tape.code))
        return [s for s in slots if s not in gone and self.regions.is_needed(s)]

    def _assign_times(self) -> None:
        levels, when = self.regions.levels, self.when
        events = [(group.level, -1, k) for k, group in enumerate(self.groups)]
        events += [(levels[s], 0, s) for s in self.straight]
        events.sort()
        for _, kind, k in events:
            if kind == 0:
                times = [when[s] for s in self._get_operands(k) if s >= 0]
                if k in self.left:
                    known = zip(self.groups, self.times, strict=True)
                    times += [time for group, time in known if group.root == k]
                when[k] = max(times, default=0)
                continue
            group = self.groups[k]
            read = set(chain.from_iterable(group.outside))
            self.times[k] = 1 + max([when[s] for s in read if s >= 0], default=0)
            if group.root is None:
                for s in group.exits:
                    when[s] = self.times[k]
        self._delay([slot for _, kind, slot in reversed(events) if kind == 0])

    def _delay(self, straight: Sequence[int]) -> None:
        """Do what no kernel waits for as late as may be: each piece is compiled by itself."""
        latest: dict[int, int] = {}
        for group, time in zip(self.groups, self.times, strict=True):
            latest.update([(s, min(time - 1, latest.get(s, time))) for s in chain(*group.outside)])
        end = max(self.times)
        for slot in straight:
            self.when[slot] = time = latest.get(slot, end)
            for s in self._get_operands(slot):
                latest[s] = min(time, latest.get(s, time))

    def _get_operands(self, slot: int) -> Sequence[int]:
        if slot in self.left:
            return [s for s, _ in self.left[slot]]
        return self.tape.code[slot - self.n][1]

    def order_steps(self) -> RolledTape:
        steps: list[Loop | Piece] = []
        pieces: list[list[int]] = [[] for _ in range(1 + max([*self.when, *self.times]))]
        for s in self.straight:
            pieces[self.when[s]].append(s)
        stored = self._find_stored()
        for time, piece in enumerate(pieces):
            due = [g for g, t in zip(self.groups, self.times, strict=True) if t == time]
            steps += [self._make_loop(groups) for groups in _merge(due)]
            own = [s for s in piece if not self._is_total(s)]
            if own:
                steps.append(self._make_piece(own, stored))
        return RolledTape(self.n, self.size, steps, self.places[self.tape.outputs[0]])

    def _find_stored(self) -> set[int]:
        """The slots that one step computes and another reads."""
        found = {s for group in self.groups for slots in group.outside for s in slots}
        for slot in self.straight:
            found.update([s for s in self._get_operands(slot) if self.when[s] < self.when[slot]])
        return found | set(self.tape.outputs)

    def _is_total(self, slot: int) -> bool:
        """Whether a sum is just that of one kernel: then it has that one's place."""
        if len(self.totals.get(slot, ())) != 1 or self.left[slot]:
            return False
        self.places[slot] = self.totals[slot][0]
        return True

    def _make_loop(self, groups: Sequence[Copies]) -> Loop:
        first = self.size
        tape, slots = _make_body(self.tape, groups)
        ends = [[self.places[s] if s >= 0 else s for s in column] for column in slots]
        root = groups[0].root
        if root is None:
            exits = groups[0].exits
            self.places.update(zip(exits, range(first, first + len(exits)), strict=True))
            self.size += len(exits)
        else:
            self.totals[root].append(first)
            self.size += 1
        return Loop(tape, ends, first, root is not None)

    def _make_piece(self, own: Sequence[int], stored: set[int]) -> Piece:
        tape, n = self.tape, self.n
        reads = {
            self.places[s] for slot in own for s in self._get_operands(slot) if s in self.places
        }
        reads.update([place for slot in own for place in self.totals.get(slot, ())])
        numbers = {place: k for k, place in enumerate(sorted(reads))}
        new = Tape(len(numbers))
        moved: dict[int, int] = {}

        def slot_of(s: int) -> int:
            if s < 0:
                return new.constant(tape.constants[~s])
            return moved[s] if s in moved else numbers[self.places[s]]

        for slot in own:
            if slot in self.left:
                terms = [numbers[place] for place in self.totals[slot]]
                for s, factor in self.left[slot]:
                    terms.append(_multiply(new, slot_of(s), factor))
                moved[slot] = new.add(p.sum_, tuple(terms))
            else:
                primitive, operands = tape.code[slot - n]
                moved[slot] = new.add(primitive, tuple([slot_of(s) for s in operands]))
        kept = [slot for slot in own if slot in stored]
        new.outputs = [moved[slot] for slot in kept]
        first = self.size
        self.places.update(zip(kept, range(first, first + len(kept)), strict=True))
        self.size += len(kept)
        return Piece(new, sorted(reads), first)


def _merge(groups: Sequence[Copies]) -> list[list[Copies]]:
    """Groups that one kernel can run: as many copies, added up in one sum."""
    found: list[list[Copies]] = []
    for group in groups:
        for kernel in found:
            length = sum(len(other.own[0]) for other in kernel)
            alike = kernel[0].root == group.root and len(kernel[0].own) == len(group.own)
            if group.root is not None and alike and length + len(group.own[0]) <= LONGEST:
                kernel.append(group)
                break
        else:
            found.append([group])
    return found


def _make_body(tape: Tape, groups: Sequence[Copies]) -> tuple[Tape, list[list[int]]]:
    """The first copy as a tape of its own, and what each copy reads at its inputs.

    What is the same constant in all copies stays one; what stands twice is read once.
    """
    inputs: dict[tuple[int, ...], int] = {}
    columns = [list(zip(*group.outside, strict=True)) for group in groups]
    for column in chain.from_iterable(columns):
        if column[0] >= 0 or any(s != column[0] for s in column):
            inputs.setdefault(column, len(inputs))
    new = Tape(len(inputs))
    terms = []
    for group, own in zip(groups, columns, strict=True):
        outside = [
            inputs[column] if column in inputs else new.constant(tape.constants[~column[0]])
            for column in own
        ]
        terms.append(_multiply(new, _copy_region(tape, new, group.own[0], outside), group.factor))
    new.outputs = [terms[0] if len(terms) == 1 else new.add(p.sum_, tuple(terms))]
    return new, [list(column) for column in inputs]


def _copy_region(tape: Tape, new: Tape, own: Sequence[int], outside: Sequence[int]) -> int:
    """One copy's operations on the new tape; returns the slot of its exit."""
    # outside numbers slots in the order in which they are first read, constants at each place
    rest = iter(outside)
    if not own:
        return next(rest)
    places: dict[int, int] = {}
    for slot in own:
        primitive, operands = tape.code[slot - tape.inputs]
        moved: list[int] = []
        for s in operands:
            if s < 0:
                moved.append(next(rest))
                continue
            if s not in places:
                places[s] = next(rest)
            moved.append(places[s])
        places[slot] = new.add(primitive, tuple(moved))
    return places[own[-1]]


def _multiply(tape: Tape, slot: int, factor: float) -> int:
    return slot if factor == 1.0 else tape.add(p.mul, (slot, tape.constant(factor)))
