"""The operators that `value.py` does not write out: comparisons, powers and division with rest.

Comparisons are by data and give a plain bool; nodes are told apart, and hashed, by identity. While
`jit` records, a comparison is a node of its own, whose truth is asked for later.
"""

from typing import TYPE_CHECKING

from . import contexts
from .compiled import mypyc_attr
from .node import Node
from .operands import Operand, comparable
from .primitive import rows
from .recording import record_comparison, record_pair

if TYPE_CHECKING:
    from .types import Result, Truth


@mypyc_attr(allow_interpreted_subclasses=True)
class Operators(Node):
    """A node with operators."""

    __slots__ = ()

    def __eq__(self, other: object) -> "Truth":
        if contexts.active:
            return record_comparison(rows.eq, self, other)
        if type(other) is not float:
            other = other._primal if isinstance(other, Node) else comparable(other)
        return self._primal == other

    def __ne__(self, other: object) -> "Truth":
        if contexts.active:
            return record_comparison(rows.ne, self, other)
        if type(other) is not float:
            other = other._primal if isinstance(other, Node) else comparable(other)
        return self._primal != other

    def __lt__(self, other: Operand) -> "Truth":
        if contexts.active:
            return record_comparison(rows.lt, self, other)
        if type(other) is not float:
            other = other._primal if isinstance(other, Node) else comparable(other)
        return self._primal < other

    def __le__(self, other: Operand) -> "Truth":
        if contexts.active:
            return record_comparison(rows.le, self, other)
        if type(other) is not float:
            other = other._primal if isinstance(other, Node) else comparable(other)
        return self._primal <= other

    def __gt__(self, other: Operand) -> "Truth":
        if contexts.active:
            return record_comparison(rows.gt, self, other)
        if type(other) is not float:
            other = other._primal if isinstance(other, Node) else comparable(other)
        return self._primal > other

    def __ge__(self, other: Operand) -> "Truth":
        if contexts.active:
            return record_comparison(rows.ge, self, other)
        if type(other) is not float:
            other = other._primal if isinstance(other, Node) else comparable(other)
        return self._primal >= other

    def __hash__(self) -> int:
        return object.__hash__(self)

    def __bool__(self) -> bool:
        if contexts.active and contexts.current().recorder is not None:
            return contexts.current().recorder.truth(self)  # type: ignore[no-any-return]
        return self._primal != 0.0

    def __floordiv__(self, other: Operand) -> "Result":
        return record_pair(rows.floordiv, self, other)

    def __rfloordiv__(self, other: Operand) -> "Result":
        return record_pair(rows.floordiv, other, self)

    def __mod__(self, other: Operand) -> "Result":
        return record_pair(rows.mod, self, other)

    def __rmod__(self, other: Operand) -> "Result":
        return record_pair(rows.mod, other, self)

    def __divmod__(self, other: Operand) -> tuple["Result", "Result"]:
        return self // other, self % other

    def __rdivmod__(self, other: Operand) -> tuple["Result", "Result"]:
        return other // self, other % self

    def __pow__(self, other: Operand, modulo: object = None) -> "Result":
        if modulo is not None:
            raise TypeError("pow() with a modulus is for integers; a Value is a real number")
        return record_pair(rows.pow, self, other)

    def __rpow__(self, other: Operand) -> "Result":
        return record_pair(rows.pow, other, self)
