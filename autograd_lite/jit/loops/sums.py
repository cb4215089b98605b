"""The sums of a tape, flattened: what a loop added up, whichever way it did."""

from collections import Counter

from ...core import table as p
from ..record.tape import Tape

_SUMS = frozenset([p.add, p.sub, p.sum_, p.mean])
_SCALINGS = frozenset([p.neg, p.mul, p.div])
_MOST_FACTORS = 4


class Sums:
    """Finds the sums that have many addends.

    Attributes:
        uses: for each slot, how often it is read.
    """

    def __init__(self, tape: Tape, fewest: int) -> None:
        self.tape = tape
        self.fewest = fewest
        self.uses = [0] * (tape.inputs + len(tape.code))
        for _, operands in tape.code:
            for s in operands:
                if s >= 0:
                    self.uses[s] += 1
        for s in tape.outputs:
            self.uses[s] += 1
        self._sizes: dict[int, int] = {}
        self._measure()
        self._alike = self._count_sizes()

    def _measure(self) -> None:
        """How many addends each sum has, at any depth, but through few factors.

        A filter, y = 0.9 * y + x at each step, is a sum with a factor of its own for each addend.
        """
        n, sizes, uses = self.tape.inputs, self._sizes, self.uses
        factors: dict[int, int] = {}
        for slot, (primitive, operands) in enumerate(self.tape.code, n):
            if primitive in _SUMS:
                size = depth = 0
                for s in operands:
                    if s >= n and uses[s] == 1:
                        size += sizes.get(s, 1)
                        depth = max(depth, factors.get(s, 0))
                    else:
                        size += 1
                sizes[slot], factors[slot] = size, depth
            elif primitive in _SCALINGS:
                inner, _ = self._split_factor(slot)
                depth = factors.get(inner, 0) + 1
                is_sum = inner >= n and sizes.get(inner, 1) > 1 and uses[inner] == 1
                if is_sum and depth <= _MOST_FACTORS:
                    sizes[slot], factors[slot] = sizes[inner], depth

    def _count_sizes(self) -> Counter[int]:
        """How many sums there are of each size, without those that are a part of another."""
        n, code = self.tape.inputs, self.tape.code
        large = [slot for slot, size in self._sizes.items() if size >= self.fewest]
        sums = [slot for slot in large if code[slot - n][0] in _SUMS]
        self._parts_of_sums = {
            s for slot in sums for s in code[slot - n][1] if s >= 0 and self.uses[s] == 1
        }
        return Counter([self._sizes[slot] for slot in sums if slot not in self._parts_of_sums])

    def is_worthwhile(self, slot: int) -> bool:
        """Whether to take a sum apart: it has `fewest` addends or more.

        Where as many sums are alike they are left in what is copied, as a dot product in a loop
        over samples is.
        """
        size = self._sizes.get(slot, 1)
        if size < self.fewest or self.tape.code[slot - self.tape.inputs][0] not in _SUMS:
            return False
        return slot not in self._parts_of_sums and self._alike[size] < self.fewest

    def flatten(self, root: int) -> tuple[list[int], list[tuple[int, float]]]:
        """The operations that a sum is added up by, and (slot, factor) of its addends.

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
            parts = self._split(slot, factor)
            large = [k for k, (s, f) in enumerate(parts) if self._is_large(s, f)]
            if len(parts) == 2 and not large:
                sizes = [self._sizes.get(s, 1) for s, _ in parts]
                side = side if side >= 0 else sizes.index(max(sizes))
                large = [side] if self._is_plain_sum(parts[side][0]) else []
            elif large:
                side = large[0]
            pending += reversed([(*parts[k], side) for k in large])
            members += [part for k, part in enumerate(parts) if k not in large]
        # in the order of the loop, so that what its steps read lies in order too
        return spine, sorted(members)

    def _is_large(self, slot: int, factor: float) -> bool:
        """Whether to go on with the addends of a sum, whatever it is multiplied by."""
        if not self._is_inner(slot, self.fewest):
            return False
        # multiplied ahead, factors must lose nothing to overflow or underflow
        scaled = self.tape.code[slot - self.tape.inputs][0] not in _SUMS
        own = self._split_factor(slot)[1] if scaled else 1.0
        return all(1e-100 < abs(x) < 1e100 for x in (factor, own, factor * own))

    def _is_plain_sum(self, slot: int) -> bool:
        return self._is_inner(slot, 2) and self.tape.code[slot - self.tape.inputs][0] in _SUMS

    def _is_inner(self, slot: int, fewest: int) -> bool:
        """Whether it is a sum of as many addends that nothing else reads."""
        return self._sizes.get(slot, 1) >= fewest and self.uses[slot] == 1

    def _split(self, slot: int, factor: float) -> list[tuple[int, float]]:
        """What a slot is the sum of, each with its factor."""
        primitive, operands = self.tape.code[slot - self.tape.inputs]
        if primitive is p.add:
            return [(operands[0], factor), (operands[1], factor)]
        if primitive is p.sub:
            return [(operands[0], factor), (operands[1], -factor)]
        if primitive is p.mean:
            return [(s, factor / len(operands)) for s in operands]
        if primitive is p.sum_:
            return [(s, factor) for s in operands]
        inner, own = self._split_factor(slot)
        return [(inner, factor * own)]

    def _split_factor(self, slot: int) -> tuple[int, float]:
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
