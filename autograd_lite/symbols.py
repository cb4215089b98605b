"""Formulas as symbols: what computed a Value, as an expression to write down or to differentiate.

Equal subexpressions are one object, so a shared one stays shared. An algebra that simplifies keeps
sums as `constant + weight * term + ...` and products as `base ** exponent * ...`, so that like
terms meet and nothing like `1 x + 0` is left; it does no more than that.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from . import primitives
from .formal import Formal
from .primitives import Primitive, mul, pow, where
from .sweep import topological_order
from .text import shown
from .textbook import DEFINITIONS, find_partials
from .value import Value

__all__: list[str] = []

SUM, PRODUCT = primitives.sum_, primitives.prod
_LONGEST = 8  # a sum or product of more is not opened up in another: n times that would cost n²


class Symbol(Formal):
    """An expression: a leaf, a number, or an operation on others.

    Attributes:
        row: the operation; None for a leaf or a number.
        operands: what it works on.
        number: the number, or None.
        weights: the factors of a sum's operands, or the exponents of a product's.
    """

    __slots__ = ("algebra", "number", "operands", "row", "weights")

    def __init__(
        self,
        algebra: "Algebra",
        row: Primitive | None,
        operands: tuple["Symbol", ...],
        number: float | None,
        weights: tuple[float, ...],
    ) -> None:
        self.algebra = algebra
        self.row = row
        self.operands = operands
        self.number = number
        self.weights = weights

    def record(self, primitive: Primitive, operands: Sequence[Any]) -> Any:
        """The expression that an operation makes: what calling a primitive on symbols does."""
        return self.algebra.apply(primitive, [self.algebra.symbol(x) for x in operands])

    def __bool__(self) -> bool:
        raise TypeError("a condition on symbols is neither true nor false")


class Algebra:
    """Makes symbols, each one once.

    Args:
        kept: the operations that are not written out by their definitions.
        simplify: whether sums and products are gathered.
    """

    def __init__(self, kept: Collection[Primitive], simplify: bool) -> None:
        self.kept = kept
        self.simplify = simplify
        self._made: dict[Any, Symbol] = {}

    def symbol(self, x: Any) -> Symbol:
        """A number as a symbol; a symbol as it is."""
        return x if isinstance(x, Symbol) else self.number(float(x))

    def number(self, x: float) -> Symbol:
        return self._once(repr(x), None, (), x)

    def leaf(self, key: Any) -> Symbol:
        return self._once(("leaf", key), None, ())

    def _once(
        self,
        key: Any,
        row: Primitive | None,
        operands: tuple[Symbol, ...],
        number: float | None = None,
        weights: tuple[float, ...] = (),
    ) -> Symbol:
        if key not in self._made:
            self._made[key] = Symbol(self, row, operands, number, weights)
        return self._made[key]

    def _operation(
        self, row: Primitive, operands: Sequence[Symbol], weights: Sequence[float] = ()
    ) -> Symbol:
        key = (row, *map(id, operands), *weights)
        return self._once(key, row, tuple(operands), weights=tuple(weights))

    def apply(self, row: Primitive, operands: Sequence[Symbol]) -> Symbol:
        """The symbol of an operation."""
        if row is where and operands[0].number is not None:
            return operands[1] if operands[0].number else operands[2]
        if row in DEFINITIONS and row not in self.kept:
            return self.symbol(DEFINITIONS[row](*operands))
        if not self.simplify:
            return self._squared(operands) if row is mul else self._operation(row, operands)
        numbers = [x.number for x in operands if x.number is not None]
        if len(numbers) == len(operands):
            result = row.value(*numbers)
            if math.isfinite(result):
                return self.number(result)
        if row in _OF_EQUALS and operands[0] is operands[1]:
            return self.number(_OF_EQUALS[row])
        if row in _ALGEBRA:
            return _ALGEBRA[row](self, *operands)
        return self._operation(row, operands)

    def _squared(self, factors: Sequence[Symbol]) -> Symbol:
        """A product as it is, but that of equal factors as a power."""
        x, y = factors
        exponent: float | None = 1.0
        if x.row is pow and x.operands[0] is y:
            x, exponent = x.operands[0], x.operands[1].number
        if x is y and exponent is not None and exponent.is_integer() and exponent > 0.0:
            return self._operation(pow, (x, self.number(exponent + 1.0)))
        return self._operation(mul, factors)

    # Sums

    def sum(self, *parts: tuple[Symbol, float]) -> Symbol:
        """The sum of weight * symbol."""
        found: dict[int, tuple[Symbol, float]] = {}
        for symbol, weight in parts:
            for x, w in self._addends(symbol, weight):
                total = w * weight + (found[id(x)][1] if id(x) in found else 0.0)
                found[id(x)] = (x, total)
        kept = [(x, w) for x, w in found.values() if w]
        if not kept:
            return self.number(0.0)
        if len(kept) == 1:
            x, w = kept[0]
            if w == 1.0:
                return x
            if x.number is not None:
                return self.number(x.number * w)
        return self._operation(SUM, [x for x, _ in kept], [w for _, w in kept])

    def _addends(self, x: Symbol, weight: float) -> list[tuple[Symbol, float]]:
        """A sum's terms with their weights; of a number, how many times 1 it is."""
        if x.number is not None:
            return [(self.number(1.0), x.number)] if x.number else []
        short = len(x.operands) == 1 or (abs(weight) == 1.0 and len(x.operands) <= _LONGEST)
        if x.row is SUM and short:
            return list(zip(x.operands, x.weights, strict=True))
        return [(x, 1.0)]

    # Products

    def product(self, *parts: tuple[Symbol, float]) -> Symbol:
        """The product of symbol ** exponent."""
        number = 1.0
        found: dict[int, tuple[Symbol, float]] = {}
        for symbol, exponent in parts:
            factor, bases = self._factors(symbol, exponent)
            number *= factor
            for x, e in bases:
                total = e + (found[id(x)][1] if id(x) in found else 0.0)
                found[id(x)] = (x, total)
        kept = [(x, e) for x, e in found.values() if e]
        if any(x.row is primitives.sqrt and e % 2.0 == 0.0 for x, e in kept):
            return self.product(*kept, (self.number(number), 1.0))  # roots met: they are no more
        if number == 0.0 or not kept:
            return self.number(number)
        if len(kept) == 1 and kept[0][1] == 1.0:
            return self.sum((kept[0][0], number))
        gathered = self._operation(PRODUCT, [x for x, _ in kept], [e for _, e in kept])
        return self.sum((gathered, number))

    def _factors(self, x: Symbol, exponent: float) -> tuple[float, list[tuple[Symbol, float]]]:
        """A number, and bases with their exponents, that together are x ** exponent."""
        number = 1.0
        if exponent == 0.0:
            return number, []
        while True:
            whole = exponent.is_integer()
            if x.row is SUM and len(x.operands) == 1 and (whole or x.weights[0] > 0.0):
                number *= primitives.pow.value(x.weights[0], exponent)
                (x,) = x.operands
            elif x.row is primitives.sqrt and exponent % 2.0 == 0.0:
                (x,), exponent = x.operands, exponent / 2.0
            else:
                break
        if x.number is not None:
            return number * primitives.pow.value(x.number, exponent), []
        if x.row is PRODUCT and whole and (exponent != 1.0 or len(x.operands) <= _LONGEST):
            return number, [(y, e * exponent) for y, e in zip(x.operands, x.weights, strict=True)]
        if x.row is primitives.exp and exponent != 1.0:
            power = self.apply(x.row, [self.sum((x.operands[0], exponent))])
            return number, [(power, 1.0)]
        return number, [(x, exponent)]

    def power(self, x: Symbol, y: Symbol) -> Symbol:
        if y.number is not None and math.isfinite(y.number):
            return self.product((x, y.number))
        return self._operation(pow, (x, y))

    def choice(self, condition: Symbol, x: Symbol, y: Symbol) -> Symbol:
        """`where`; a factor of what is chosen stands before a choice of 1 or 0."""
        if x is y:
            return x
        one, zero = self.number(1.0), self.number(0.0)
        if y is zero and x.number is None:
            return self.product((x, 1.0), (self._operation(where, (condition, one, zero)), 1.0))
        return self._operation(where, (condition, x, y))


# What comparisons of a symbol with itself are, as those of max(x, x).
_OF_EQUALS = {
    **dict.fromkeys([primitives.lt, primitives.gt, primitives.ne], 0.0),
    **dict.fromkeys([primitives.le, primitives.ge, primitives.eq], 1.0),
}

_ALGEBRA: Mapping[Primitive, Callable[..., Symbol]] = {
    primitives.neg: lambda a, x: a.sum((x, -1.0)),
    primitives.add: lambda a, x, y: a.sum((x, 1.0), (y, 1.0)),
    primitives.sub: lambda a, x, y: a.sum((x, 1.0), (y, -1.0)),
    primitives.mul: lambda a, x, y: a.product((x, 1.0), (y, 1.0)),
    primitives.div: lambda a, x, y: a.product((x, 1.0), (y, -1.0)),
    primitives.pow: Algebra.power,
    primitives.where: Algebra.choice,
}


def symbol_of(algebra: Algebra, root: Value) -> Symbol:
    """What computed `root`, with a leaf for each leaf of its graph."""
    found: dict[int, Symbol] = {}
    for node in topological_order(root):
        if node.primitive is None:
            found[id(node)] = algebra.leaf(id(node))
            continue
        operands = [
            found[id(x)] if isinstance(x, Value) else algebra.number(x) for x in node.operands
        ]
        found[id(node)] = algebra.apply(node.primitive, operands)
    return found[id(root)]


def ordered(root: Symbol) -> list[Symbol]:
    """Every symbol in an expression, operands before what is made of them."""
    order: list[Symbol] = []
    seen: set[int] = set()
    stack = [(root, False)]
    while stack:
        symbol, done = stack.pop()
        if done:
            order.append(symbol)
        elif id(symbol) not in seen:
            seen.add(id(symbol))
            stack.append((symbol, True))
            stack += [(x, False) for x in reversed(symbol.operands) if id(x) not in seen]
    return order


def derivative(root: Symbol, leaf: Symbol) -> Symbol:
    """The derivative of an expression of an algebra that simplifies, by the chain rule.

    Raises:
        ValueError: an operation has no rule for symbols.
    """
    algebra = root.algebra
    zero, one = algebra.number(0.0), algebra.number(1.0)
    slopes = {id(leaf): one}
    for symbol in ordered(root):
        flowing = [k for k, x in enumerate(symbol.operands) if id(x) in slopes]
        if flowing:
            partials = _partials(symbol, flowing)
            parts = [
                (algebra.product((partials[k], 1.0), (slopes[id(symbol.operands[k])], 1.0)), 1.0)
                for k in flowing
            ]
            slope = algebra.sum(*parts)
            if slope is not zero:
                slopes[id(symbol)] = slope
    return slopes.get(id(root), zero)


def _partials(symbol: Symbol, wanted: Sequence[int]) -> dict[int, Symbol]:
    algebra, row = symbol.algebra, symbol.row
    assert row is not None
    if row is SUM:
        return {k: algebra.number(symbol.weights[k]) for k in wanted}
    if row is PRODUCT:
        factors = list(zip(symbol.operands, symbol.weights, strict=True))
        return {k: _without_one(algebra, factors, k) for k in wanted}
    if row.arity is None and not row.is_row:
        raise ValueError(
            f"{shown(row.name, 60)} is compiled, and has no derivative in symbols: call the "
            "function without jit"
        )
    try:
        rules = find_partials(row)
        if row.arity is None:
            found = list(rules[0](*symbol.operands, symbol))
            return {k: algebra.symbol(found[k]) for k in wanted}
        return {k: algebra.symbol(rules[k](*symbol.operands, symbol)) for k in wanted}
    except Exception:  # a user's function, or a compiled one: whatever it raises, it has no rule
        raise ValueError(
            f"{shown(row.name, 60)} has no derivative in symbols: its partials work on numbers "
            "alone. Write them with autograd_lite's functions, without an if"
        ) from None


def _without_one(algebra: Algebra, factors: list[tuple[Symbol, float]], k: int) -> Symbol:
    """The derivative of a product by its factor k."""
    x, exponent = factors[k]
    lowered = [*factors[:k], (x, exponent - 1.0), *factors[k + 1 :]]
    return algebra.sum((algebra.product(*lowered), exponent))
