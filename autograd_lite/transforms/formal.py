"""What stands for a number in a formula: each operator and method records its row of the table."""

from collections.abc import Callable
from typing import Any

from ..core import table
from ..core.methods import Methods
from ..core.table import Primitive


class Formal(Methods):
    """A base for texts, symbols and slots: a subclass says what `record` makes of an operation."""

    __slots__ = ()

    def _apply(self, primitive: Primitive) -> Any:
        return self.record(primitive, (self,))

    def _compared(self, primitive: Primitive, other: Any) -> Any:
        return self.record(primitive, (self, other))

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> Any:
        return self._compared(table.eq, other)

    def __ne__(self, other: object) -> Any:
        return self._compared(table.ne, other)


def _operator(primitive: Primitive) -> Callable[[Any, Any], Any]:
    return lambda self, other: self.record(primitive, (self, other))


def _swapped(primitive: Primitive) -> Callable[[Any, Any], Any]:
    return lambda self, other: self.record(primitive, (other, self))


def _comparison(primitive: Primitive) -> Callable[[Any, Any], Any]:
    return lambda self, other: self._compared(primitive, other)


for _name, _row in {
    "add": table.add,
    "sub": table.sub,
    "mul": table.mul,
    "truediv": table.div,
    "pow": table.pow,
    "mod": table.mod,
    "floordiv": table.floordiv,
}.items():
    setattr(Formal, f"__{_name}__", _operator(_row))
    setattr(Formal, f"__r{_name}__", _swapped(_row))
for _name in ("lt", "le", "gt", "ge"):
    setattr(Formal, f"__{_name}__", _comparison(table.TABLE[_name]))
