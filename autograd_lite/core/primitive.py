"""Primitive: one operation, with its value, its partial derivatives and its domain.

The rows of `table` are primitives; so are custom primitives, which `custom` makes.
"""

import sys
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .domains import Domain

TABLE: dict[str, "Primitive"] = {}
rows: Any = SimpleNamespace()  # the same as attributes, for files that the table stands on


class Primitive:
    """An operation with its derivative; called on floats it gives a float, on Values a Value.

    Attributes:
        name: what a node shows as `.op`.
        arity: how many operands it takes, or None for any number.
        value: the value as a function of floats.
        partials: one function per operand, `(*operands, result) -> partial`; for arity None a
            single function that returns the list of all partials.
        domain: where it is defined.
        label: what pictures show.
        note: what happens at a kink, or "".
        doc: what it computes, in words.
        names: the public functions that apply it.
        operands: how those functions call the operands.
        defaults: the default values of the last operands.
        method: whether a Value has it as a method of each of its names.
        selects: for each operand, whether a partial of zero means "not chosen": nothing flows to
            it then, not even the nan of 0 * inf. False where a zero is a number like another.
        logical: whether the result is a truth, 1.0 or 0.0.
        module: where the value is defined, for pickles of custom primitives.
    """

    __slots__ = (
        *("arity", "defaults", "doc", "domain", "label", "logical", "method", "module", "name"),
        *("names", "note", "operands", "partials", "selects", "value"),
    )

    def __init__(
        self,
        name: str,
        value: Callable[..., float],
        partials: Sequence[Callable[..., Any]],
        domain: "Domain",
        *,
        label: str = "",
        note: str = "",
        doc: str = "",
        names: Sequence[str] = (),
        operands: Sequence[str] = (),
        defaults: Sequence[float] = (),
        method: bool = False,
        selects: bool | tuple[bool, ...] = False,
        variadic: bool = False,
        logical: bool = False,
    ) -> None:
        self.name = name
        self.arity = None if variadic else len(partials)
        self.value = value
        self.partials = tuple(partials)
        self.domain = domain
        self.label = label or name
        self.note = note
        self.doc = doc
        self.names = tuple(names)
        self.operands = tuple(operands)
        self.defaults = tuple(defaults)
        self.method = method
        self.selects = selects if isinstance(selects, tuple) else (selects,) * len(partials)
        self.logical = logical
        self.module = getattr(value, "__module__", "")

    def __call__(self, *operands: Any) -> Any:
        for x in operands:
            if type(x) is not float and hasattr(x, "record"):
                return x.record(self, operands)
        if self.arity is not None and len(operands) != self.arity:
            raise TypeError(f"{self.name} takes {self.arity} operands, not {len(operands)}")
        return self.value(*operands)

    def local_partials(
        self, operands: Sequence[Any], result: Any, wanted: Sequence[bool]
    ) -> list[Any]:
        """Return the partial with respect to each wanted operand, None for the others."""
        if self.arity is None:
            return list(self.partials[0](*operands, result))
        return [
            partial(*operands, result) if want else None
            for partial, want in zip(self.partials, wanted, strict=True)
        ]

    @property
    def is_row(self) -> bool:
        """Whether it is a row of the table, and no custom primitive."""
        return TABLE.get(self.name) is self

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (find, ("" if self.is_row else self.module, self.name))


def find(module: str, name: str) -> Primitive:
    """Return the row of that name, or the custom primitive that is that global of a module.

    Raises:
        AttributeError: the module is not imported, or has no such primitive.
    """
    primitive = getattr(sys.modules.get(module), name, None) if module else TABLE[name]
    if not isinstance(primitive, Primitive):
        raise AttributeError(f"import {module} first, with a global named {name!r}: a primitive")
    return primitive
