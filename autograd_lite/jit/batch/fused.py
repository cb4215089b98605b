"""The sum of a jitted function over a batch as one node, and its derivatives of higher order."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from ...core.domains import ANY
from ...core.table import Primitive
from ...core.value import Value
from ...transforms.subgraph import Subgraph
from .arguments import Batch


class BatchSum(Primitive):
    """What `.sum` or `.mean` computed for one number of the result, as a primitive of Values."""

    __slots__ = ("_combine", "_leaf", "_owner", "_read", "_values")

    def __init__(
        self,
        name: str,
        owner: Any,
        read: Callable[[], Batch],
        leaf: int,
        values: Sequence[Value],
        combine: Callable[..., Any],
    ) -> None:
        super().__init__(name, self._value, [self._formula], ANY, variadic=True)
        self._owner = owner
        self._read = read
        self._leaf = leaf
        self._values = values
        self._combine = combine

    def _value(self, *numbers: float) -> float:
        raise TypeError(f"{self.name} is computed from its batch, not from numbers")

    def _terms(self) -> list[Any]:
        """What is summed, a node for each sample."""
        results = self._read().run_one_by_one(self._owner, self._owner.cache.place())
        return [result.leaves[self._leaf] for result in results]

    def _formula(self, *operands: Any) -> list[Any]:
        """The partials as nodes: of the same sum, made sample by sample."""
        total = self._combine(self._terms())
        return Subgraph(list(self._values), [total], as_values=True).pull([1.0])

    def find_active(self, operands: Sequence[Any]) -> list[bool]:
        """For each operand, whether a derivative flows to it, from some sample at least."""
        terms = [term for term in self._terms() if isinstance(term, Value)]
        ends = {id(x) for x in self._values}
        seen: set[int] = set()
        # a sample that ran eagerly is a graph of its own
        stack: list[Value] = [*terms]
        while stack:
            node = stack.pop()
            if id(node) not in seen:
                seen.add(id(node))
                if id(node) not in ends:
                    stack += [x for x, _ in node.edges(math.inf)]
        return [id(x) in seen for x in operands]

    def __reduce__(self) -> Any:
        raise TypeError(
            f"a node that {self.name} made is not pickled, since its code is not: pickle the "
            "function and its arguments, and call it again"
        )
