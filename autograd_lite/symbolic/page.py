r"""Symbols written down in LaTeX, in one formula or in lines that define parts of it."""

from collections.abc import Mapping, Sequence
from itertools import chain, count

from ..core.table import pow
from ..core.value import Value
from .algebra import PRODUCT, SUM, Algebra, Symbol, ordered
from .names import inert, symbol
from .notation import (
    ADDED,
    NOTATION,
    Written,
    added,
    called,
    fraction,
    multiplied,
    number,
    opposite,
    parts_of,
    raised,
    root,
)

_INLINE = 60  # operations that one formula may show; above, shared parts get names of their own
_LINE = 30  # operations on a line, where there are such names


def leaf_names(order: Sequence[Value]) -> dict[int, str]:
    """A symbol for each leaf, no two alike."""
    leaves = [node for node in order if node.primitive is None]
    used = {"e", r"\pi"}  # Euler's number and pi
    names: dict[int, str] = {}
    for leaf in leaves:
        if leaf.name:
            text = symbol(leaf.name)
            primes = 0
            while text in used:
                primes += 1
                text = f"{{{symbol(leaf.name)}{chr(39) * primes}}}"
            used.add(text)
            names[id(leaf)] = text
    numbered = (f"x_{{{n}}}" for n in count(1))
    for leaf in leaves:
        if not leaf.name:
            names[id(leaf)] = next(text for text in numbered if text not in used)
    return names


def left_side(v: Value, by: Sequence[Value], names: Mapping[int, str]) -> str:
    r"""What an equation says at its left: `y`, or `\frac{\partial y}{\partial x}`."""
    used = set(names.values())
    name = symbol(v.name) if v.name and v.primitive is not None else ""
    if not name or name in used:
        letters = chain("fghFGHu", (f"f_{{{n}}}" for n in count()))
        name = next(letter for letter in letters if letter not in used)
    if not by:
        return name
    counts: dict[str, int] = {}
    for x in by:
        text = names.get(id(x)) or symbol(x.name or "x")
        counts[text] = counts.get(text, 0) + 1
    below = [rf"\partial {text}" + (f"^{{{n}}}" if n > 1 else "") for text, n in counts.items()]
    order = f"^{{{len(by)}}}" if len(by) > 1 else ""
    return rf"\frac{{\partial{order} {name}}}{{{' '.join(below)}}}"


class Page:
    """Writes symbols down: each as a part of the next, or on a line of its own."""

    def __init__(self, names: Mapping[int, str], algebra: Algebra, digits: int) -> None:
        self.leaves = {id(algebra.leaf(key)): Written(text) for key, text in names.items()}
        self.digits = digits
        self.apart: set[int] = set()

    def text(self, root_symbol: Symbol, left: str) -> str:
        order = ordered(root_symbol)
        apart = self.apart = _set_apart(order)
        written: dict[int, Written] = {}
        lines: list[str] = []
        letter = self._letter(left)
        for x in order:
            text = self.written(x, written)
            if id(x) in apart and x is not root_symbol:
                name = f"{letter}_{{{len(lines) + 1}}}"
                lines.append(f"{name} &= {text.plain()}")
                text = Written(name)
            written[id(x)] = text
        result = written[id(root_symbol)].plain()
        if not lines:
            return result
        lines.append(f"{left} &= {result}")
        return r"\begin{aligned} " + " \\\\\n".join(lines) + r" \end{aligned}"

    def _letter(self, left: str) -> str:
        """What the lines define, with a number: nothing else is called so."""
        used = "".join([left, *[x.text for x in self.leaves.values()]])
        for letter in "vutsrqponmlkjihgfedcba":
            if f"{letter}_" not in used:
                return letter
        return "{v'}"  # no name has a number behind its prime

    def written(self, x: Symbol, written: Mapping[int, Written]) -> Written:
        if x.number is not None:
            return number(x.number, self.digits)
        if x.row is None:
            return self.leaves[id(x)]
        operands = [written[id(y)] for y in x.operands]
        if x.row is SUM and x.weights:
            return self._sum(x, written)
        if x.row is PRODUCT and x.weights:
            return self._product(x, written, 1.0)
        form = NOTATION.get(x.row)
        if form is None:
            return called(rf"\operatorname{{{inert(x.row.name)}}}")(operands)
        return form(operands)

    def _sum(self, x: Symbol, written: Mapping[int, Written]) -> Written:
        parts = []
        for y, weight in zip(x.operands, x.weights, strict=True):
            sign, size = "-" if weight < 0.0 else "+", abs(weight)
            if y.number is not None:
                part = number(size, self.digits)
            else:
                part = written[id(y)] if size == 1.0 else self._product(y, written, size)
            parts.append((sign, part))
        if parts[0][0] == "-":
            parts.sort(key=lambda part: part[0] == "-")  # y - x reads better than -x + y
        if len(parts) == 1:
            return opposite(parts[0][1]) if parts[0][0] == "-" else parts[0][1]
        return added(parts)

    def _product(self, x: Symbol, written: Mapping[int, Written], weight: float) -> Written:
        """A product, or one symbol, times a number that is not negative."""
        bases, exponents = x.operands, x.weights
        defined = id(x) in self.apart and id(x) in written
        if x.row is not PRODUCT or defined:
            bases, exponents = (x,), (1.0,)
        factors = [(y, written[id(y)], e) for y, e in zip(bases, exponents, strict=True)]
        factors.sort(key=lambda factor: self._place(factor[0], factor[1]))
        tops = [self._power(y, e) for _, y, e in factors if e > 0.0]
        bottoms = [self._power(y, -e) for _, y, e in factors if e < 0.0]
        top, bottom = parts_of(weight, self.digits)
        tops = _with_number("" if top == "1" else top, tops)
        bottoms = _with_number(bottom, bottoms)
        whole = multiplied(tops) if len(tops) > 1 else tops[0] if tops else Written("1")
        if not bottoms:
            return whole
        return fraction(whole, multiplied(bottoms) if len(bottoms) > 1 else bottoms[0])

    def _place(self, x: Symbol, text: Written) -> tuple[int, int]:
        """Where a factor stands: symbols in their order, powers, functions, sums, brackets last."""
        if id(x) in self.leaves:
            return 0, list(self.leaves).index(id(x))
        if text.text.startswith(r"\left["):
            return 4, 0
        return (1 if x.row is pow else 3 if text.rank <= ADDED else 2), 0

    def _power(self, x: Written, exponent: float) -> Written:
        if exponent == 1.0:
            return x
        return root(x) if exponent == 0.5 else raised(x, number(exponent, self.digits))


def _with_number(text: str, factors: list[Written]) -> list[Written]:
    """Factors with a number, which comes first, unless it is written as a function."""
    if not text:
        return factors
    return [*factors, Written(text)] if text.startswith(r"\ln") else [Written(text), *factors]


def _set_apart(order: Sequence[Symbol]) -> set[int]:
    """Which symbols get a line of their own, so that no line is long: none, if one line is not."""
    sizes: dict[int, int] = {}
    for x in order:
        sizes[id(x)] = min(1 + sum([sizes[id(y)] for y in x.operands]), 10**9)
    if sizes[id(order[-1])] <= _INLINE:
        return set()
    uses: dict[int, int] = {}
    for x in order:
        for y in x.operands:
            uses[id(y)] = uses.get(id(y), 0) + 1
    apart = set()
    for x in order:
        size = 1 + sum([sizes[id(y)] for y in x.operands])
        if x.operands and (size > _LINE or (size > 3 and uses.get(id(x), 0) > 1)):
            apart.add(id(x))
            size = 1
        sizes[id(x)] = size
    return apart
