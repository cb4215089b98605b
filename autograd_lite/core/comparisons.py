"""Comparisons: by data, giving a plain bool; nodes are told apart, and hashed, by identity.

While `jit` records, a comparison is a node of its own, whose truth is asked for later.
"""

from typing import TYPE_CHECKING, Any

from . import contexts, table
from .compiled import mypyc_attr
from .node import Node
from .operands import Operand, comparable
from .recording import record_comparison

if TYPE_CHECKING:
    from .types import Truth


@mypyc_attr(allow_interpreted_subclasses=True)
class Comparable(Node):
    """A node that is compared by its data."""

    __slots__ = ()

    def __eq__(self, other: object) -> "Truth":
        if contexts.active:
            return record_comparison(table.eq, self, other)
        if type(other) is not float:
            other = other._primal if isinstance(other, Node) else comparable(other)
        return self._primal == other

    def __ne__(self, other: object) -> "Truth":
        if contexts.active:
            return record_comparison(table.ne, self, other)
        if type(other) is not float:
            other = other._primal if isinstance(other, Node) else comparable(other)
        return self._primal != other

    def __lt__(self, other: Operand) -> "Truth":
        if contexts.active:
            return record_comparison(table.lt, self, other)
        if type(other) is not float:
            other = other._primal if isinstance(other, Node) else comparable(other)
        return self._primal < other

    def __le__(self, other: Operand) -> "Truth":
        if contexts.active:
            return record_comparison(table.le, self, other)
        if type(other) is not float:
            other = other._primal if isinstance(other, Node) else comparable(other)
        return self._primal <= other

    def __gt__(self, other: Operand) -> "Truth":
        if contexts.active:
            return record_comparison(table.gt, self, other)
        if type(other) is not float:
            other = other._primal if isinstance(other, Node) else comparable(other)
        return self._primal > other

    def __ge__(self, other: Operand) -> "Truth":
        if contexts.active:
            return record_comparison(table.ge, self, other)
        if type(other) is not float:
            other = other._primal if isinstance(other, Node) else comparable(other)
        return self._primal >= other

    def __hash__(self) -> int:
        return object.__hash__(self)

    def __bool__(self) -> bool:
        if contexts.active and contexts.state.recorder is not None:
            return contexts.state.recorder.truth(self)  # type: ignore[no-any-return]
        return self._primal != 0.0
