"""Many: the operands of a node that has more than two, and what the backward pass asks of them."""

from collections.abc import Callable, Iterator
from typing import Any

from .compiled import mypyc_attr


@mypyc_attr(allow_interpreted_subclasses=True)
class Many:
    """The operands of a node with more than two, and their partials.

    Classes derived from it compute the partials later, or add to all gradients at once.
    """

    __slots__ = ("_partials", "operands")

    def __init__(self, operands: tuple[Any, ...], partials: tuple[Any, ...] = ()) -> None:
        self.operands = operands
        self._partials = partials

    @property
    def partials(self) -> tuple[Any, ...]:
        """The partial with respect to each operand; None where no derivative flows."""
        return self._partials

    def edges(self, adjoint: float = 1.0) -> Iterator[tuple[Any, Any]]:
        """Yield (operand, partial) wherever that adjoint flows on."""
        for x, d in zip(self.operands, self.partials, strict=True):
            if d is not None:
                yield x, d

    def count_edges(self, push: Callable[[Any], None], put_aside: Callable[[Any], None]) -> None:
        """Count an edge to each operand that is no leaf, and push those met for the first time.

        Operands that were not chosen are put aside.
        """
        for x, d in zip(self.operands, self.partials, strict=True):
            if d is None:
                if type(x) is not float:
                    put_aside(x)
            elif x._x is not None:
                if not x._pending:
                    push(x)
                x._pending += 1

    def propagate(self, grad: float, push: Callable[[Any], None]) -> None:
        """Add partial * grad to the gradient of each operand, and push those that are complete."""
        for x, d in self.edges(grad):
            x.grad += d * grad
        for x, _ in self.edges():  # as they were counted: an infinite grad may take fewer edges
            if x._pending:
                x._pending -= 1
                if not x._pending:
                    push(x)
