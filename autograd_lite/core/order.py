"""The order of the chain rule, for everything that walks a graph.

`backward()` visits a node once all results that read it have been visited. Of several nodes that
are ready, the latest comes first, and the operands of a node become ready from left to right: this
is Kahn's algorithm with a stack. The transforms, jit and the step-by-step page visit in this order
too, so they add up the contributions to a gradient in the same order, and their sums round alike.

One difference remains. `backward()` never looks behind an operand that was not chosen (by `where`,
`relu`, `maximum`), which makes it fast. Here such operands count like all others: pictures show
them, and compiled code does not know in advance what will be chosen. Where every operand was
chosen, the orders are the same.
"""

from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any

from .table import stop_gradient


def visit(roots: Sequence[int], operands: Sequence[Sequence[int]], first: int = 0) -> list[int]:
    """Return the numbers of the nodes behind `roots`, results before operands.

    Args:
        roots: numbers of nodes; they count as the operands of one more node.
        operands: for each number, the numbers of the node's operands; none for those that are not
            behind `roots`.
        first: nodes with lower numbers are left out.

    >>> visit([2], [[], [0], [0, 1]])
    [2, 1, 0]
    """
    counts = [0] * len(operands)
    for i in chain(roots, chain.from_iterable(operands)):
        counts[i] += 1
    order: list[int] = []
    ready: list[int] = []
    row = roots
    while True:
        for i in row:
            counts[i] = n = counts[i] - 1
            if not n and i >= first:
                ready.append(i)
        if not ready:
            return order
        i = ready.pop()
        order.append(i)
        row = operands[i]


class Order:
    """What some roots were computed from, numbered, and the order in which to visit it.

    Attributes:
        nodes: the Values, `until` first; the number of a Value is its place in this list.
        numbers: the number of each Value, by its id.
        operands: for each number, the numbers of the operands that are Values.
        leaves: the numbers of the leaves.
        visits: the numbers of all nodes but `until`, results before operands.
    """

    def __init__(
        self, roots: Sequence[Any], until: Iterable[Any] = (), *, through_stops: bool = True
    ) -> None:
        """Walk back from the roots.

        Args:
            roots: Values.
            until: Values to stop at, each once.
            through_stops: whether to walk on through `stop_gradient`, which no derivative passes.
        """
        nodes = self.nodes = list(until)
        self.numbers = {id(x): i for i, x in enumerate(nodes)}
        first = len(nodes)
        starts = [self._number(x) for x in roots]
        self.operands: list[Sequence[int]] = [()] * first
        self.leaves: list[int] = []
        self._number_operands(first, None if through_stops else stop_gradient)
        self.visits = visit(starts, self.operands, first)

    def _number(self, x: Any) -> int:
        i = self.numbers.setdefault(id(x), len(self.nodes))
        if i == len(self.nodes):
            self.nodes.append(x)
        return i

    def _number_operands(self, first: int, stop: object) -> None:
        nodes, number, append = self.nodes, self.numbers.setdefault, self.nodes.append
        size = len(nodes)
        row: Sequence[int]
        for node in islice(nodes, first, None):  # nodes grows meanwhile
            x, y = node._x, node._y
            if x is None or type(x) is float or (y is None and node._primitive is stop):
                row = self._number_rare(node, stop)
                size = len(nodes)
            else:  # nearly always; unrolled, which halves the time
                i = number(id(x), size)
                if i == size:
                    append(x)
                    size += 1
                if y is None or type(y) is float:
                    row = (i,)
                else:
                    k = number(id(y), size)
                    if k == size:
                        append(y)
                        size += 1
                    row = (i, k)
            self.operands.append(row)

    def _number_rare(self, node: Any, stop: object) -> Sequence[int]:
        """Number the operands of a leaf, of many operands, or with a constant on the left."""
        if node._primitive is None:
            self.leaves.append(len(self.operands))
            return ()
        if node._primitive is stop:
            return ()
        return [self._number(x) for x in node.operands if type(x) is not float]

    def edges(self, i: int, adjoint: float = 1.0) -> Iterable[tuple[int, float]]:
        """Return (operand's number, partial) wherever that adjoint passes on from node i."""
        node, row = self.nodes[i], self.operands[i]
        dx, dy = node._dx, node._dy
        if dy is not None:
            return ((row[-1], dy),) if dx is None else ((row[0], dx), (row[-1], dy))
        if dx is not None:
            return ((row[0], dx),)
        return [(self.numbers[id(x)], d) for x, d in node.edges(adjoint)]


def topological_order(*roots: Any, until: Iterable[Any] = ()) -> list[Any]:
    """Return every Value that the roots were computed from, and the roots: operands before results.

    Reversed, it is the order in which `backward()` visits them, but operands that were not chosen
    are in it too. Several roots count as the operands of one more node.

    Args:
        roots: Values.
        until: Values to leave out, with what they alone were computed from.

    >>> from autograd_lite import Value
    >>> from autograd_lite.core.order import topological_order
    >>> x = Value(3.0)
    >>> [v.op for v in topological_order((x * x).sin())]
    ['', 'mul', 'sin']
    """
    order = Order(roots, until)
    return [order.nodes[i] for i in reversed(order.visits)]
