"""The operations of this package, in every way of writing them, and of plain numbers, traced."""

import functools
import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import autograd_lite as ag
from autograd_lite.core import contexts
from autograd_lite.core.table import TABLE

__all__ = ["COMPARISONS", "PACKAGE", "Trace", "Traced", "Tracer", "Unsupported", "styles_of"]

OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "neg": operator.neg,
    "identity": operator.pos,
    "abs": abs,
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
    "round": round,
}
COMPARISONS: dict[str, Callable[..., Any]] = {
    name: getattr(operator, name) for name in ("lt", "le", "gt", "ge", "eq", "ne")
}
FUNCTIONS = {"abs": "fabs", "identity": "", "round": "", "round_to": ""}
METHODS = {"abs": "fabs", "atan2": "arctan2", "round": "rint", "identity": "conjugate"}


def styles_of(name: str) -> list[str]:
    """The ways in which an operation can be written."""
    row = TABLE[name]
    found = ["row"]
    if name in OPERATORS or (row.logical and name in COMPARISONS):
        found.append("operator")
    if hasattr(ag, FUNCTIONS.get(name, name) or "no name"):
        found.append("function")
    if row.arity is not None and hasattr(ag.Value, METHODS.get(name, name)):
        found.append("method")
    return found


def is_value(x: Any) -> bool:
    return hasattr(x, "record")


class Package:
    """This package, eager or while `jit` records."""

    def row(self, detail: tuple[str, str], operands: list[Any]) -> Any:
        name, style = detail
        if name == "copysign" and is_value(operands[1]):
            # IEEE leaves the sign of a nan open: x86 makes negative ones
            operands = [operands[0], ag.where(operands[1] == operands[1], operands[1], 1.0)]
        if not any(map(is_value, operands)):  # constants alone: no Value's operators to take them
            return TABLE[name](*map(float, operands))
        if style == "operator":
            return {**OPERATORS, **COMPARISONS}[name](*operands)
        if style == "method" and is_value(operands[0]):
            return getattr(operands[0], METHODS.get(name, name))(*operands[1:])
        if style == "function":
            f = getattr(ag, FUNCTIONS.get(name, name))
            if name == "dot":
                half = len(operands) // 2
                return f(operands[:half], operands[half:])
            return f(*operands) if TABLE[name].arity is not None else f(operands)
        return TABLE[name](*operands)

    def holds(self, name: str, *operands: Any) -> bool:
        if name == "truth":
            return bool(operands[0])
        return bool(COMPARISONS[name](*operands))

    def where(self, detail: tuple[str, str, str], operands: list[Any]) -> Any:
        first, second, joint = detail
        a, b, c, d, x, y = operands
        one, other = COMPARISONS[first](a, b), COMPARISONS[second](c, d)
        joined = {
            "first": lambda: one,
            "not": lambda: _inverted(one),
            "and": lambda: one & other,
            "or": lambda: one | other,
            "xor": lambda: one ^ other,
            "nor": lambda: _inverted(one | other),
        }[joint]()
        return ag.where(joined, x, y)

    def pick(self, name: str, operands: list[Any]) -> Any:
        if name == "median":
            return sorted(operands)[len(operands) // 2]
        return max(operands) if name == "max" else min(operands)

    def whole(self, x: Any) -> int:
        recording = contexts.state.recorder is not None
        return int(x if recording or not is_value(x) else x.data)

    def data(self, detail: None, operands: list[Any]) -> Any:
        return float(getattr(operands[0], "data", operands[0]))

    def stop(self, detail: str, operands: list[Any]) -> Any:
        (x,) = operands
        if detail == "detach" and is_value(x):
            return x.detach()
        return ag.stop_gradient(x)

    def softmax(self, place: int, operands: list[Any]) -> Any:
        return ag.softmax(operands)[place % len(operands)]

    def derivative(self, way: str, operands: list[Any], body: Callable[..., Any]) -> Any:
        x, tangent = operands
        if way == "grad":
            return ag.grad(body)(x)
        if way == "second":
            return ag.grad(ag.grad(body))(x)
        return ag.jvp(body, (x,), (tangent,))[1]

    def total(self, way: str, terms: list[Any]) -> Any:
        if way == "+=":
            return functools.reduce(operator.add, terms)
        if way == "sum":  # the built-in, which from Python 3.12 on adds plain floats otherwise
            plain = not all(map(is_value, terms))
            return functools.reduce(operator.add, terms, 0) if plain else sum(terms)
        return ag.mean(terms) if way == "mean" else ag.sum(terms)


PACKAGE = Package()


def _inverted(condition: Any) -> Any:
    """`~`, which of a plain bool makes -1 or -2."""
    return ~condition if is_value(condition) else not condition


class Unsupported(Exception):  # noqa: N818 - no error
    """The program does something that has no place in a straight line of rows."""


@dataclass(frozen=True, slots=True)
class Traced:
    """A number of a trace and where it stands there."""

    number: float
    slot: int


class Trace(NamedTuple):
    """What a program did at a point, as a straight line.

    Attributes:
        inputs: how many; slots below that are theirs.
        rows: (name, operands) with each operand a slot (int) or a constant (float).
        outputs: slots or constants.
        margins: pairs of slots or constants that were compared to find the way.
    """

    inputs: int
    rows: list[tuple[str, tuple[int | float, ...]]]
    outputs: list[int | float]
    margins: list[tuple[int | float, int | float]]


class Tracer:
    """Floats that write down which rows of the table were applied to them."""

    def __init__(self, numbers: Sequence[float], opaque: bool = False) -> None:
        self.numbers = [Traced(float(x), n) for n, x in enumerate(numbers)]
        self.count = len(self.numbers)
        self.rows: list[tuple[str, tuple[int | float, ...]]] = []
        self.margins: list[tuple[int | float, int | float]] = []
        self.opaque = opaque

    def trace(self, results: Sequence[Any]) -> Trace:
        outputs = [_slot(x) for x in results]
        return Trace(len(self.numbers), self.rows, outputs, self.margins)

    def made(self, name: str, operands: Sequence[Any]) -> Traced:
        number = TABLE[name].value(*map(_number, operands))
        self.rows.append((name, tuple([_slot(x) for x in operands])))
        self.count += 1
        return Traced(number, self.count - 1)

    def row(self, detail: tuple[str, str], operands: list[Any]) -> Any:
        return self.made(detail[0], operands)

    def holds(self, name: str, *operands: Any) -> bool:
        if name == "truth":
            operands, name = (operands[0], 0.0), "ne"
        self.margins.append((_slot(operands[0]), _slot(operands[1])))
        return bool(COMPARISONS[name](*map(_number, operands)))

    def where(self, detail: tuple[str, str, str], operands: list[Any]) -> Any:
        first, second, joint = detail
        a, b, c, d, x, y = operands
        one = self.holds(first, a, b)
        other = self.holds(second, c, d)
        found = {
            "first": one,
            "not": not one,
            "and": one and other,
            "or": one or other,
            "xor": one != other,
            "nor": not (one or other),
        }
        return self.made("identity", [x if found[joint] else y])

    def pick(self, name: str, operands: list[Any]) -> Any:
        pairs = [(x, y) for x in operands for y in operands if x is not y]
        self.margins += [(_slot(x), _slot(y)) for x, y in pairs]
        if name == "median":
            return sorted(operands, key=_number)[len(operands) // 2]
        return (max if name == "max" else min)(operands, key=_number)

    def whole(self, x: Any) -> int:
        self.margins.append((_slot(self.made("floor", [x])), _slot(x)))
        return int(_number(x))

    def data(self, detail: None, operands: list[Any]) -> Any:
        return self._opaque(_number(operands[0]))

    def stop(self, detail: str, operands: list[Any]) -> Any:
        return self._opaque(_number(operands[0]))

    def derivative(self, way: str, operands: list[Any], body: Callable[..., Any]) -> Any:
        return self._opaque(0.75)

    def _opaque(self, number: float) -> Traced:
        if not self.opaque:
            raise Unsupported
        self.count += 1
        self.rows.append(("identity", (number,)))
        return Traced(number, self.count - 1)

    def softmax(self, place: int, operands: list[Any]) -> Any:
        total = self.made("logsumexp", operands)
        return self.made("exp", [self.made("sub", [operands[place % len(operands)], total])])

    def total(self, way: str, terms: list[Any]) -> Any:
        return self.made("mean" if way == "mean" else "sum", terms)


def _number(x: Any) -> float:
    return x.number if isinstance(x, Traced) else float(x)


def _slot(x: Any) -> int | float:
    return x.slot if isinstance(x, Traced) else float(x)
