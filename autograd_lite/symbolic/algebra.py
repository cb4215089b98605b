"""Expressions as terms, to be written down or differentiated.

Equal subexpressions are one object, so what is shared stays shared. An algebra that simplifies
keeps sums as `weight * term + ...` and products as `term ** exponent * ...`: like terms meet, and
nothing such as `1 x + 0` is left. It does no more than that.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from .._util.text import shown
from ..core import table
from ..core.order import topological_order
from ..core.table import TABLE, Primitive, mul, pow, where
from ..core.value import Value
from ..transforms.formal import Formal
from .textbook import find_partials

SUM, PRODUCT = table.sum_, table.prod
_COMPARISONS = [TABLE[name] for name in ("lt", "le", "gt", "ge", "eq", "ne")]
_LONGEST = 8  # do not open a longer sum or product inside another: n of them would cost n²


class Term(Formal):
    """A leaf, a number, or an operation on other terms.

    Attributes:
        algebra: what made it.
        serial: its number among the terms of the algebra; operands have lower ones.
        row: the operation; None for a leaf or a number.
        operands: the terms that the operation takes.
        weights: the factors of a sum's operands, or the exponents of a product's.
        number: the number, or None.
    """

    def __init__(
        self,
        algebra: "Algebra",
        serial: int,
        row: Primitive | None,
        operands: tuple["Term", ...],
        weights: tuple[float, ...],
        number: float | None,
    ) -> None:
        self.algebra = algebra
        self.serial = serial
        self.row = row
        self.operands = operands
        self.weights = weights
        self.number = number

    def record(self, primitive: Primitive, operands: Sequence[Any]) -> Any:
        """Return the term of an operation; a primitive called on terms comes here."""
        return self.algebra.apply(primitive, [self.algebra.term(x) for x in operands])

    def __bool__(self) -> bool:
        raise TypeError("a condition on terms is neither true nor false")

    def pairs(self) -> list[tuple["Term", float]]:
        """Return the operands of a sum or a product with their weights."""
        return list(zip(self.operands, self.weights, strict=True))


class Algebra:
    """Make terms, each one once.

    Args:
        definitions: the operations to write out, and as what.
        simplify: whether to gather sums and products.
    """

    def __init__(self, definitions: Mapping[Primitive, Callable[..., Any]], simplify: bool) -> None:
        self._definitions = definitions
        self._simplify = simplify
        self._terms: dict[Any, Term] = {}

    def make(
        self,
        row: Primitive | None = None,
        operands: Sequence[Term] = (),
        weights: Sequence[float] = (),
        number: float | None = None,
        name: Any = None,
    ) -> Term:
        """Return the term of this kind: a number, a leaf by its name, or an operation as it is."""
        key = (row, *map(id, operands), *weights, repr(number), name)
        if key not in self._terms:
            parts = (row, tuple(operands), tuple(weights), number)
            self._terms[key] = Term(self, len(self._terms), *parts)
        return self._terms[key]

    def term(self, x: Any) -> Term:
        """Return a number as a term, and a term as it is."""
        return x if isinstance(x, Term) else self.make(number=float(x))

    def apply(self, row: Primitive, operands: Sequence[Term]) -> Term:
        """Return the term of an operation."""
        if row is where and operands[0].number is not None:
            return operands[1] if operands[0].number else operands[2]
        if row in self._definitions:
            return self.term(self._definitions[row](*operands))
        if not self._simplify:
            return self._multiply(*operands) if row is mul else self.make(row, operands)
        numbers = [x.number for x in operands if x.number is not None]
        if len(numbers) == len(operands) and math.isfinite(result := row.value(*numbers)):
            return self.term(result)
        if row in _COMPARISONS and operands[0] is operands[1]:
            return self.term(row.value(0.0, 0.0))
        if row in _SIMPLIFIED:
            return _SIMPLIFIED[row](self, *operands)
        return self.make(row, operands)

    def _multiply(self, x: Term, y: Term) -> Term:
        """Return x * y as it is, but a power where the factors are equal."""
        base, exponent = x, 1.0
        if x.row is pow and x.operands[0] is y:
            base, exponent = y, x.operands[1].number or 0.0
        if base is y and exponent > 0.0 and exponent.is_integer():
            return self.make(pow, (y, self.term(exponent + 1.0)))
        return self.make(mul, (x, y))

    def sum(self, *parts: tuple[Term, float]) -> Term:
        """Return the sum of weight * term."""
        weights: dict[Term, float] = {}
        for term, weight in parts:
            n = len(term.operands)
            pairs = [(term, 1.0)]
            if term.number is not None:
                pairs = [(self.term(1.0), term.number)]
            elif term.row is SUM and (n == 1 or (abs(weight) == 1.0 and n <= _LONGEST)):
                pairs = term.pairs()
            for x, w in pairs:
                weights[x] = weights.get(x, 0.0) + w * weight
        weights = {x: w for x, w in weights.items() if w}
        x, w = next(iter(weights.items()), (self.term(0.0), 1.0))
        if len(weights) > 1 or (w != 1.0 and x.number is None):
            return self.make(SUM, tuple(weights), tuple(weights.values()))
        return x if x.number is None else self.term(x.number * w)

    def product(self, *parts: tuple[Term, float]) -> Term:
        """Return the product of term ** exponent."""
        number = 1.0
        exponents: dict[Term, float] = {}
        stack = [*parts[::-1]]
        while stack:
            x, e = stack.pop()
            if x.number is not None:
                number *= pow.value(x.number, e)
            elif x.row is SUM and len(x.operands) == 1 and e.is_integer():
                number *= pow.value(x.weights[0], e)
                stack.append((x.operands[0], e))
            elif _opens(x, e):
                stack += [(y, exponent * e) for y, exponent in x.pairs()[::-1]]
            elif x.row is table.exp and e not in (0.0, 1.0):
                stack.append((self.apply(x.row, [self.sum((x.operands[0], e))]), 1.0))
            else:
                exponents[x] = exponents.get(x, 0.0) + e
            if not stack:  # equal roots may have met
                stack = [(y, exponents.pop(y)) for y, e in [*exponents.items()] if _opens(y, e)]
        exponents = {x: e for x, e in exponents.items() if e}
        if number == 0.0 or not exponents:
            return self.term(number)
        if [*exponents.values()] == [1.0]:
            return self.sum((next(iter(exponents)), number))
        return self.sum((self.make(PRODUCT, tuple(exponents), tuple(exponents.values())), number))

    def power(self, x: Term, y: Term) -> Term:
        """Return x ** y."""
        constant = y.number is not None and math.isfinite(y.number)
        return self.product((x, y.number or 0.0)) if constant else self.make(pow, (x, y))

    def choose(self, condition: Term, x: Term, y: Term) -> Term:
        """Return `where`, with x before a choice of 1 or 0 where y is 0."""
        one, zero = self.term(1.0), self.term(0.0)
        if y is zero and x.number is None:
            return self.product((x, 1.0), (self.make(where, (condition, one, zero)), 1.0))
        return x if x is y else self.make(where, (condition, x, y))


def _opens(x: Term, exponent: float) -> bool:
    """Tell whether x ** exponent is a product of powers."""
    short = exponent != 1.0 or len(x.operands) <= _LONGEST
    return x.row is PRODUCT and exponent.is_integer() and short


_SIMPLIFIED: Mapping[Primitive, Callable[..., Term]] = {
    table.neg: lambda a, x: a.sum((x, -1.0)),
    table.add: lambda a, x, y: a.sum((x, 1.0), (y, 1.0)),
    table.sub: lambda a, x, y: a.sum((x, 1.0), (y, -1.0)),
    table.mul: lambda a, x, y: a.product((x, 1.0), (y, 1.0)),
    table.div: lambda a, x, y: a.product((x, 1.0), (y, -1.0)),
    table.sqrt: lambda a, x: a.product((x, 0.5)),
    table.pow: Algebra.power,
    table.where: Algebra.choose,
}


def express(algebra: Algebra, root: Value) -> Term:
    """Return the term of what computed `root`, with a leaf for the id of each leaf of its graph."""
    terms: dict[int, Term] = {}
    for node in topological_order(root):
        if node.primitive is None:
            terms[id(node)] = algebra.make(name=id(node))
        else:
            operands = [algebra.term(terms.get(id(x), x)) for x in node.operands]
            terms[id(node)] = algebra.apply(node.primitive, operands)
    return terms[id(root)]


def list_terms(root: Term) -> list[Term]:
    """Return every term in an expression, operands before results."""
    terms = {root: None}
    stack = [root]
    while stack:
        fresh = {x: None for x in stack.pop().operands if x not in terms}
        terms |= fresh
        stack += fresh
    return sorted(terms, key=attrgetter("serial"))


def differentiate(root: Term, leaf: Term) -> Term:
    """Return the derivative of a term of an algebra that simplifies.

    Raises:
        ValueError: the partials of an operation do not take terms.
    """
    algebra = root.algebra
    derivatives = {leaf: algebra.term(1.0)}
    for term in list_terms(root):
        active = [k for k, x in enumerate(term.operands) if x in derivatives]
        parts = [
            algebra.product((algebra.term(partial), 1.0), (derivatives[term.operands[k]], 1.0))
            for k, partial in zip(active, _partials(term, active), strict=True)
        ]
        derivative = algebra.sum(*[(x, 1.0) for x in parts])
        if derivative.number != 0.0:
            derivatives[term] = derivative
    return derivatives.get(root, algebra.term(0.0))


def _partials(term: Term, wanted: Sequence[int]) -> list[Any]:
    """Return the partial derivatives with respect to the operands that are wanted."""
    row = term.row
    if row is None or not wanted:
        return []
    if row is SUM:
        return [term.weights[k] for k in wanted]
    if row is PRODUCT:
        return [_lower(term, k) for k in wanted]
    advice = "Write them with autograd_lite's functions, without an if"
    rules = find_partials(row)
    try:
        if row.arity is None and not row.is_row:
            advice = "Call the function without jit"
            raise TypeError
        if row.arity is None:
            partials = list(rules[0](*term.operands, term))
            return [partials[k] for k in wanted]
        return [rules[k](*term.operands, term) for k in wanted]
    except Exception:  # a user's partials may raise anything on terms
        raise ValueError(
            f"{shown(row.name, 60)} has no symbolic derivative: its partials accept only floats. "
            + advice
        ) from None


def _lower(product: Term, k: int) -> Term:
    """Return the derivative of a product with respect to its operand k."""
    pairs = product.pairs()
    x, exponent = pairs[k]
    pairs[k] = (x, exponent - 1.0)
    return product.algebra.sum((product.algebra.product(*pairs), exponent))
