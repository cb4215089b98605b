"""Functions and methods that are made from rows: their names, operands and docstrings.

Importing this file gives Value its methods.
"""

from collections.abc import Callable, Sequence
from typing import Any

from . import table
from .methods import Methods
from .primitive import TABLE, Primitive


def name_after_row(function: Any, name: str, row: Primitive, operands: Sequence[str]) -> Any:
    """Name a function after a row: itself, its arguments, their defaults, and what it returns."""
    code = function.__code__
    if code.co_varnames != tuple(operands):
        names = dict(zip(code.co_varnames, operands, strict=True))
        function.__annotations__ = {names.get(x, x): t for x, t in function.__annotations__.items()}
    function.__name__ = function.__qualname__ = name
    function.__code__ = code.replace(co_name=name, co_varnames=tuple(operands))
    function.__defaults__ = row.defaults or None
    kinks = f"\nDerivative: {row.note}." if row.note else ""
    function.__doc__ = f"Return {row.doc}.\n\nDomain: {row.domain.text}.{kinks}\n"
    return function


def make_method(row: Primitive, name: str) -> Callable[..., Any]:
    """Return the method of a Value that applies a row of one operand or of two."""

    def unary(self: Any) -> Any:
        return self._apply(row)

    def binary(self: Any, other: Any) -> Any:
        return self.record(row, (self, other))

    method = unary if row.arity == 1 else binary
    operands = ["other" if x == "y" else x for x in row.operands[1:]]
    name_after_row(method, name, row, ["self", *operands])
    method.__qualname__ = f"Methods.{name}"
    method.__module__ = f"{__package__}.methods"
    return method


# NumPy calls the elements' own methods, by names of its own.
NUMPY_NAMES = {
    "absolute": table.fabs,
    "arctan2": table.atan2,
    "conjugate": table.identity,
    "deg2rad": table.radians,
    "rad2deg": table.degrees,
    "rint": table.rint,
}
_methods = [(name, row) for row in TABLE.values() if row.method for name in row.names]
for _name, _row in [*_methods, *NUMPY_NAMES.items()]:
    setattr(Methods, _name, make_method(_row, _name))
