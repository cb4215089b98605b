"""What stands for a number in a formula: each operator and method records its row of the table."""

from collections.abc import Callable
from typing import Any

from . import primitives
from .methods import Methods
from .primitives import Primitive

__all__: list[str] = []


class Formal(Methods):
    """A base for texts, symbols and slots: a subclass says what `record` makes of an operation."""

    __slots__ = ()

    def _apply(self, primitive: Primitive) -> Any:
        return self.record(primitive, (self,))

    def _compared(self, primitive: Primitive, other: Any) -> Any:
        return self.record(primitive, (self, other))

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> Any:
        return self._compared(primitives.eq, other)

    def __ne__(self, other: object) -> Any:
        return self._compared(primitives.ne, other)


def _operator(primitive: Primitive) -> Callable[[Any, Any], Any]:
    return lambda self, other: self.record(primitive, (self, other))


def _swapped(primitive: Primitive) -> Callable[[Any, Any], Any]:
    return lambda self, other: self.record(primitive, (other, self))


def _comparison(primitive: Primitive) -> Callable[[Any, Any], Any]:
    return lambda self, other: self._compared(primitive, other)


for _name, _row in {
    "add": primitives.add,
    "sub": primitives.sub,
    "mul": primitives.mul,
    "truediv": primitives.div,
    "pow": primitives.pow,
    "mod": primitives.mod,
    "floordiv": primitives.floordiv,
}.items():
    setattr(Formal, f"__{_name}__", _operator(_row))
    setattr(Formal, f"__r{_name}__", _swapped(_row))
for _name in ("lt", "le", "gt", "ge"):
    setattr(Formal, f"__{_name}__", _comparison(primitives.TABLE[_name]))
