"""The operands of a node that a jitted call makes, and their numbers, many at a time."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from ...core.many import Many
from ...core.value import Value
from .choose import has_llvm

if TYPE_CHECKING:
    from .llvm.leaf_access import LeafFunctions


class FusedOperands(Many):
    """The operands of a fused node."""

    __slots__ = ("_asked", "_source")

    leaves: ClassVar[bool] = False  # whether all are leaves

    def __init__(
        self, operands: tuple[Any, ...], partials: tuple[float | None, ...], source: Any
    ) -> None:
        super().__init__(operands, partials)
        self._source = source  # whose `chosen` says to which operands a derivative flows
        self._asked = self.leaves

    @property
    def partials(self) -> tuple[float | None, ...]:
        """None where nothing flows: a 0.0 could meet an infinite partial further back."""
        if not self._asked:
            found = self._compute_partials()
            pairs = list(zip(self.operands, found, strict=True))
            if any(d == 0.0 and x._primitive is not None for x, d in pairs):
                chosen = self._source.find_active(self.operands)
                pairs_of = zip(found, chosen, strict=True)
                found = tuple([d if d != 0.0 or lives else None for d, lives in pairs_of])
            self._partials, self._asked = found, True
        return self._partials

    def _compute_partials(self) -> tuple[float | None, ...]:
        return self._partials

    def edges(self, adjoint: float = 1.0) -> Iterator[tuple[Any, float]]:
        """An infinite adjoint does not flow to what was not chosen, whose partial here is 0.0."""
        edges = super().edges(adjoint)
        if adjoint - adjoint == 0.0 or 0.0 not in self.partials:
            return edges
        rows = zip(
            self.operands, self.partials, self._source.find_active(self.operands), strict=True
        )
        return iter([(x, d) for x, d, lives in rows if d is not None and lives])


class Leaves(FusedOperands):
    """Operands that are all leaves, or numbers: machine code adds to their grads at once."""

    __slots__ = ()

    leaves = True

    def count_edges(self, push: Callable[[Any], None], put_aside: Callable[[Any], None]) -> None:
        """Count nothing: leaves are complete at any time."""

    def propagate(self, grad: float, push: Callable[[Any], None]) -> None:
        self.accumulate(grad)

    def accumulate(self, adjoint: float) -> None:
        """Add partial * adjoint to every operand's grad."""
        code = _load_machine_code() if adjoint - adjoint == 0.0 else None
        if not (code and self._add(code, adjoint)):
            for x, d in self.edges(adjoint):
                x.grad += d * adjoint

    def _add(self, code: "LeafFunctions", adjoint: float) -> bool:
        """Let machine code do so; False, and nothing done, where it cannot."""
        return code.accumulate is not None and code.accumulate(
            self.operands, self._partials, adjoint
        )


class LeafArray(Leaves):
    """The same, with the partials in an array of float64."""

    __slots__ = ("_array",)

    def __init__(self, operands: tuple[Any, ...], array: Any, source: Any) -> None:
        super().__init__(operands, (), source)
        self._array = array

    @property
    def partials(self) -> tuple[float | None, ...]:
        return tuple(self._array.tolist())

    def _add(self, code: "LeafFunctions", adjoint: float) -> bool:
        return code.accumulate_array is not None and code.accumulate_array(
            self.operands, self._array, adjoint
        )


def read_numbers(values: tuple[Any, ...], array: Any) -> None:
    """Put the numbers of Values and floats into an array of float64."""
    code = _load_machine_code()
    if not (code and code.gather(values, array)):
        array[: len(values)] = [x._primal if isinstance(x, Value) else x for x in values]


@functools.cache
def _load_machine_code() -> "LeafFunctions | None":
    if has_llvm():
        from .llvm.leaf_access import leaf_functions

        with contextlib.suppress(RuntimeError):  # this Python's objects are laid out otherwise
            return leaf_functions()
    return None
