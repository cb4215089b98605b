"""Terms written in LaTeX, in one formula or in lines that define parts of it."""

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import mul

from ..core.table import pow
from .algebra import PRODUCT, SUM, Term, list_terms
from .notation import ADDED, TRUTH, Fragment, root, spell, split, write_number

_INLINE = 60  # operations in one formula; in a larger one, parts get names
_LINE = 30  # operations on a line, where there are such names


class Page:
    """Write terms, each as a part of the next or on a line of its own.

    Args:
        leaves: the name of each leaf.
        digits: how many digits of a number to show.
    """

    def __init__(self, leaves: Mapping[Term, str], digits: int) -> None:
        self._digits = digits
        self._fragments = {x: Fragment(text) for x, text in leaves.items()}
        self._apart: set[Term] = set()

    def write(self, root_term: Term, left: str) -> str:
        """Return the formula of a term; one in several lines is an equation with `left`."""
        order = list_terms(root_term)
        self._apart = _set_apart(order)
        used = "".join([left, *[x.text for x in self._fragments.values()]])
        # no name has an index behind its prime
        letter = next((c for c in "vutsrqponmlkjihgfedcba" if f"{c}_" not in used), "{v'}")
        lines: list[str] = []
        for x in order:
            if x not in self._fragments:
                self._fragments[x] = self._write(x)
            if x in self._apart and x is not root_term:
                name = f"{letter}_{{{len(lines) + 1}}}"
                lines.append(f"{name} &= {self._fragments[x].alone()}")
                self._fragments[x] = Fragment(name)
        formula = self._fragments[root_term].alone()
        if not lines:
            return formula
        text = " \\\\\n".join([*lines, f"{left} &= {formula}"])
        return rf"\begin{{aligned}} {text} \end{{aligned}}"

    def _write(self, x: Term) -> Fragment:
        if x.number is not None:
            return write_number(x.number, self._digits)
        if x.row is PRODUCT:
            return self._write_product(x)
        if x.row is SUM:
            return self._write_sum(x)
        assert x.row is not None
        return spell(x.row, *[self._fragments[y] for y in x.operands])

    def _write_sum(self, x: Term) -> Fragment:
        pairs = x.pairs()
        if pairs[0][1] < 0.0:
            pairs.sort(key=lambda pair: pair[1] < 0.0)  # y - x reads better than -x + y
        y, weight = pairs[0]
        total = self._write_product(y, abs(weight))
        total = -total if weight < 0.0 else total
        for y, weight in pairs[1:]:
            part = self._write_product(y, abs(weight))
            total = total - part if weight < 0.0 else total + part
        return total

    def _write_product(self, x: Term, weight: float = 1.0) -> Fragment:
        """Return a term times a positive number, in one fraction."""
        if x.number is not None:
            return write_number(x.number * weight, self._digits)
        opens = x.row is PRODUCT and (x not in self._apart or x not in self._fragments)
        powers = sorted(x.pairs(), key=self._place) if opens else [(x, 1.0)]
        sides = []
        for number, sign in zip(split(weight, self._digits), (1.0, -1.0), strict=True):
            factors = [self._raise(y, e * sign) for y, e in powers if e * sign > 0.0]
            # a number stands first, but for a function
            factors.insert(len(factors) if number.text.startswith(r"\ln") else 0, number)
            sides.append(reduce(mul, factors))
        return sides[0] if sides[1].text == "1" else sides[0] / sides[1]

    def _raise(self, x: Term, exponent: float) -> Fragment:
        if exponent == 0.5:
            return root(self._fragments[x])
        power = write_number(exponent, self._digits)
        return self._fragments[x] if exponent == 1.0 else self._fragments[x] ** power

    def _place(self, power: tuple[Term, float]) -> tuple[int, int]:
        """Sort leaves first, in their order, then powers, functions, sums and brackets."""
        x, exponent = power
        rank, whole = self._fragments[x].rank, exponent.is_integer()
        if x.row is None and whole:
            return 0, x.serial
        return 4 if rank == TRUTH else 1 if x.row is pow else 3 if rank <= ADDED and whole else 2, 0


def _set_apart(order: Sequence[Term]) -> set[Term]:
    """Return the terms that get lines of their own, so that no line is long."""
    sizes: dict[Term, int] = {}
    uses: dict[Term, int] = {}
    for x in order:
        sizes[x] = min(1 + sum([sizes[y] for y in x.operands]), 10**9)
        for y in x.operands:
            uses[y] = uses.get(y, 0) + 1
    if sizes[order[-1]] <= _INLINE:
        return set()
    apart = set()
    for x in order:
        sizes[x] = 1 + sum([sizes[y] for y in x.operands])
        if x.operands and (sizes[x] > _LINE or (sizes[x] > 3 and uses.get(x, 0) > 1)):
            apart.add(x)
            sizes[x] = 1
    return apart
