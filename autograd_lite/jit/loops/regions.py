"""Operations that are read as one: regions of a tape, and which of them are alike.

A region is an operation that others read, its exit, with everything that is computed for it alone.
Its operations are numbered in order of first visit, with what it reads from outside abstracted: two
regions that come out equal are copies of one shape.
"""

from typing import Any, NamedTuple

from ..record.tape import Tape
from .sums import Sums

_SPINE = -1


class Copies(NamedTuple):
    """Copies of one shape.

    Attributes:
        root: the slot of the sum that they are added in; None where each is read for itself.
        factor: what each is multiplied by there.
        level: above those of all that they read, and below those of all that read them.
        own: the operations of each copy, its exit last; none of a slot that is added as it is.
        outside: the slots that each copy reads, constants among them.
    """

    root: int | None
    factor: float
    level: int
    own: list[list[int]]
    outside: list[list[int]]

    @property
    def exits(self) -> list[int]:
        """Each copy's result."""
        return [own[-1] if own else outside[0] for own, outside in zip(*self[3:], strict=True)]

    @property
    def operations(self) -> int:
        """Of all copies together."""
        return len(self.own) * max(1, len(self.own[0]))


class Regions:
    """The regions of a tape.

    Attributes:
        members: for the slot of each sum that was taken apart, (slot, factor) of its addends.
        spines: for each of them, the operations that only add up.
        levels: for each slot, a number above those of what its region reads.
    """

    def __init__(self, tape: Tape, sums: Sums) -> None:
        self._tape = tape
        self._sums = sums
        self.members: dict[int, list[tuple[int, float]]] = {}
        self.spines: dict[int, list[int]] = {}
        # slot -> the exit of its region, or _SPINE
        self._owner = {s: s for s in tape.outputs if s >= tape.inputs}
        self._find_owners()
        self.levels = self._measure_levels()

    def _find_owners(self) -> None:
        """Results before operands, so that who reads a slot is known by the time it is met.

        What takes more than its part of all operations cannot be one of that many copies: it is cut
        at what can. So the factors of a long product become regions, and the steps of a filter.
        """
        n, owner, weights = self._tape.inputs, self._owner, self._weigh()
        longest = len(self._tape.code) // self._sums.fewest
        for slot in range(n + len(self._tape.code) - 1, n - 1, -1):
            mine = owner.get(slot, _SPINE)
            if mine == _SPINE or (self._sums.is_worthwhile(slot) and self._take_apart(slot)):
                continue
            long = weights[slot] > longest
            for s in self._tape.code[slot - n][1]:
                if s >= n and (
                    owner.setdefault(s, mine) != mine or (long and weights[s] <= longest)
                ):
                    owner[s] = s

    def _weigh(self) -> list[int]:
        """For each slot, how many operations are done for it alone."""
        n, uses = self._tape.inputs, self._sums.uses
        weights = [0] * n
        for _, operands in self._tape.code:
            weights.append(1 + sum([weights[s] for s in operands if s >= n and uses[s] == 1]))
        return weights

    def _take_apart(self, root: int) -> bool:
        spine, members = self._sums.flatten(root)
        if len(members) < self._sums.fewest:
            return False
        self.members[root], self.spines[root] = members, spine
        for s, _ in members:
            if s >= self._tape.inputs:
                self._owner[s] = s
        self._owner.update(dict.fromkeys(spine, _SPINE))
        return True

    def _measure_levels(self) -> list[int]:
        n, owner = self._tape.inputs, self._owner
        levels = [0] * n
        for slot, (_, operands) in enumerate(self._tape.code, n):
            mine, level = owner.get(slot), 0
            for s in operands:
                if s >= n:
                    beside = mine == _SPINE or owner.get(s) != mine
                    level = max(level, levels[s] + beside)
            levels.append(level)
        return levels

    def is_needed(self, slot: int) -> bool:
        """Whether the output depends on it."""
        return slot in self._owner

    def find_copies(self, fewest: int, operations: int) -> list[Copies]:
        """The shapes of which there are as many copies, with as many operations in all of them."""
        n, found = self._tape.inputs, _CopiesByShape()
        for root, members in self.members.items():
            for slot, factor in members:
                if slot < 0:
                    continue
                alone = slot >= n and self._sums.uses[slot] == 1
                key, own, outside = self._describe_region(slot) if alone else ((), [], [slot])
                found.add((root, factor, self.levels[root]), key, own, outside)
        for exits in self._find_independent(fewest):
            for slot in exits:
                found.add((None, 1.0, self.levels[slot]), *self._describe_region(slot))
        return [
            group
            for group in found.groups.values()
            if len(group.own) >= fewest
            and group.operations >= operations
            # vector code would have to call a user's own primitive for each copy
            and all(self._tape.code[s - n][0].is_row for s in group.own[0])
        ]

    def _find_independent(self, fewest: int) -> list[list[int]]:
        """The exits that are no addends, by their levels: what has one level may run at once."""
        n, owner, uses = self._tape.inputs, self._owner, self._sums.uses
        addends = {s for members in self.members.values() for s, _ in members if uses[s] == 1}
        found: dict[int, list[int]] = {}
        for slot in range(n, n + len(self._tape.code)):
            if owner.get(slot) == slot and slot not in addends:
                found.setdefault(self.levels[slot], []).append(slot)
        return [exits for exits in found.values() if len(exits) >= fewest]

    def _describe_region(self, addend: int) -> tuple[tuple[Any, ...], list[int], list[int]]:
        """A region's key, its operations in order of first visit, and what it reads by number.

        The same slot read twice has one number: f(x, x) and f(x, y) are two shapes. A constant has
        a number of its own wherever it stands.
        """
        tape, owner, n = self._tape, self._owner, self._tape.inputs
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


class _CopiesByShape:
    """Groups by what makes copies alike."""

    def __init__(self) -> None:
        self.groups: dict[Any, Copies] = {}

    def add(
        self, place: tuple[int | None, float, int], key: Any, own: list[int], outside: list[int]
    ) -> None:
        group = self.groups.get((place, key))
        if group is None:
            group = self.groups[place, key] = Copies(*place, [], [])
        group.own.append(own)
        group.outside.append(outside)
