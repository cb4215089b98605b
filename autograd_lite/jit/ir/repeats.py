"""Find where a program repeats itself: equal operations that differ only in what they read.

A loop over samples records the same operations for each of them. Like a text compressor, this looks
for each segment again at every place that begins like it. A segment that reads by a table of its
sites takes a hundredth of the time to compile, and runs faster, since its code stays in the
processor's cache.
"""

from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from .program import Program

WIDTH = 3  # most operands of an operation that may repeat
KEY = 24  # operations that must be equal before a segment is compared
_FAR = 1 << 40

IntArray = np.ndarray[Any, np.dtype[Any]]


class Site(NamedTuple):
    """One occurrence of a segment.

    Attributes:
        start: its first slot.
        outside: the slots that it reads from outside, each at the same index in every site.
    """

    start: int
    outside: IntArray


class Segment:
    """A run of operations, compiled once and run at each of its sites."""

    def __init__(self, length: int, site: Site) -> None:
        self.length = length
        self.sites = [site]

    @property
    def start(self) -> int:
        """The first slot of the first site."""
        return self.sites[0].start


class _SegmentShape(NamedTuple):
    """What every site of a segment has in common besides the operations.

    Attributes:
        inside: which operands are results of the segment itself.
        steps: how many slots back those are.
        first: for each slot from outside, which of the other operands names it first.
        which: for each of the other operands, which slot from outside it is.
    """

    kinds: bytes
    inside: IntArray
    steps: IntArray
    first: IntArray
    which: IntArray


class Repeats:
    """A program, cut into segments.

    Attributes:
        segments: all but those that repeat another.
        sites: (segment, site) in the program's order.
    """

    def __init__(self, program: Program, fixed: set[int], longest: int) -> None:
        """Cut a program into segments.

        Arguments:
            fixed: slots of operations whose code must not be shared.
            longest: the most operations of a segment.
        """
        self.segments: list[Segment] = []
        self.sites: list[tuple[Segment, Site]] = []
        self._n = n = program.inputs
        self._count = len(program.code)
        self._operands = _tabulate_operands(program)
        self._kinds = _number_kinds(program, self._operands, fixed)
        self._named = self._operands != _FAR
        steps = np.arange(n, n + self._count)[:, None] - self._operands
        self._steps = np.where(self._named & (self._operands >= n), steps, _FAR)
        self._rows = np.arange(longest)[:, None]
        self._shapes: dict[Segment, _SegmentShape] = {}
        self._begins: dict[bytes, list[Segment]] = {}
        self._cut(longest)

    def _cut(self, longest: int) -> None:
        at = begin = 0
        tries = 2000  # failed comparisons cost time: allow only as many as pay off
        while at < self._count:
            site = None
            for segment in self._begins.get(self._key(at), ())[-8:] if tries > 0 else ():
                tries -= 1
                site = self._match(segment, at)
                if site is not None:
                    break
            if site is None:
                at += 1
                if at - begin < longest and at < self._count:
                    continue
            self._close(begin, at)
            if site is not None:
                tries += 20
                segment.sites.append(site)
                self.sites.append((segment, site))
                at += segment.length
            begin = at

    def _key(self, at: int) -> bytes:
        return self._kinds[4 * at : 4 * (at + KEY)]

    def _find_inside(self, at: int, length: int) -> IntArray:
        inside: IntArray = self._steps[at : at + length] <= self._rows[:length]
        return inside

    def _close(self, begin: int, end: int) -> None:
        """Make a segment of what no earlier one matched."""
        length = end - begin
        if not length:
            return
        inside = self._find_inside(begin, length)
        others = self._operands[begin:end][~inside & self._named[begin:end]]
        outside, first, which = np.unique(others, return_index=True, return_inverse=True)
        site = Site(self._n + begin, outside)
        segment = Segment(length, site)
        self.segments.append(segment)
        self.sites.append((segment, site))
        if length >= KEY:
            steps = self._steps[begin:end][inside]
            kinds = self._kinds[4 * begin : 4 * end]
            self._shapes[segment] = _SegmentShape(kinds, inside, steps, first, which)
            self._begins.setdefault(self._key(begin), []).append(segment)

    def _match(self, segment: Segment, at: int) -> Site | None:
        """Return the site at which a segment repeats; None where it does not."""
        shape, end = self._shapes[segment], at + segment.length
        if self._kinds[4 * at : 4 * end] != shape.kinds:
            return None
        inside = self._find_inside(at, segment.length)
        if not np.array_equal(inside, shape.inside):
            return None
        if not np.array_equal(self._steps[at:end][inside], shape.steps):
            return None
        others = self._operands[at:end][~inside & self._named[at:end]]
        outside = others[shape.first]
        if not np.array_equal(outside[shape.which], others):
            return None
        return Site(self._n + at, outside)


def _tabulate_operands(program: Program) -> IntArray:
    """Make a row an operation: its operands, then `_FAR`; only `_FAR` for more than WIDTH."""
    slots = [s for _, s in program.code]
    lengths = np.fromiter(map(len, slots), np.int64, len(slots))
    flat = np.fromiter(chain.from_iterable(slots), np.int64)
    rows = np.repeat(np.arange(len(slots)), lengths)
    columns = np.arange(len(flat)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    few = np.repeat(lengths <= WIDTH, lengths)
    operands = np.full((len(slots), WIDTH), _FAR)
    operands[rows[few], columns[few]] = flat[few]
    return operands


def _number_kinds(program: Program, operands: IntArray, fixed: set[int]) -> bytes:
    """Return four bytes an operation, equal where operations may share code."""
    made = [primitive for primitive, _ in program.code]
    numbers = {primitive: k for k, primitive in enumerate(dict.fromkeys(made))}
    kinds = np.fromiter(map(numbers.__getitem__, made), np.int32, len(made))
    kinds[operands[:, 0] == _FAR] = -1
    kinds[[s - program.inputs for s in fixed]] = -1
    alone = kinds < 0
    kinds[alone] = -1 - np.arange(np.count_nonzero(alone))
    return kinds.tobytes()
