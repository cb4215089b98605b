"""Record the operators and methods called on what replaces numbers in a formula."""

from collections.abc import Callable
from typing import Any

from ..core import table
from ..core.methods import Methods
from ..core.table import Primitive


class Formal(Methods):
    """A base for texts, symbols and slots, which replace numbers in formulas.

    Each operator and method calls `record(primitive, operands)`, which a subclass defines.
    """

    __slots__ = ()

    def _apply(self, primitive: Primitive) -> Any:
        return self.record(primitive, (self,))

    def _compare(self, primitive: Primitive, other: Any) -> Any:
        return self.record(primitive, (self, other))

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> Any:
        return self._compare(table.eq, other)

    def __ne__(self, other: object) -> Any:
        return self._compare(table.ne, other)


def _make_operator(primitive: Primitive) -> Callable[[Any, Any], Any]:
    return lambda self, other: self.record(primitive, (self, other))


def _make_reflected(primitive: Primitive) -> Callable[[Any, Any], Any]:
    return lambda self, other: self.record(primitive, (other, self))


def _make_comparison(primitive: Primitive) -> Callable[[Any, Any], Any]:
    return lambda self, other: self._compare(primitive, other)


for _name, _row in {
    "add": table.add,
    "sub": table.sub,
    "mul": table.mul,
    "truediv": table.div,
    "pow": table.pow,
    "mod": table.mod,
    "floordiv": table.floordiv,
}.items():
    setattr(Formal, f"__{_name}__", _make_operator(_row))
    setattr(Formal, f"__r{_name}__", _make_reflected(_row))
for _name in ("lt", "le", "gt", "ge"):
    setattr(Formal, f"__{_name}__", _make_comparison(table.TABLE[_name]))
