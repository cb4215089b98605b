"""What may stand beside a Value in an operation: real numbers, nothing that only looks like one."""

import numbers
from collections.abc import Hashable
from typing import Any, Protocol, SupportsFloat


class Operand(SupportsFloat, Hashable, Protocol):
    """The type of what an operator takes: numbers and Values, but no array, which has no hash."""


def to_float(x: Any) -> float:
    """A real number as a float.

    Raises:
        TypeError: it is not a real number, with the reason and the way out.
    """
    if isinstance(x, (int, float, numbers.Real)):
        return float(x)
    if _is_numpy_scalar(x):
        return float(x)
    kind = getattr(getattr(x, "dtype", None), "kind", "")
    if hasattr(x, "detach"):
        reason = "it is a Value already; v.detach() makes a new leaf of one"
    elif isinstance(x, numbers.Complex) or kind == "c":
        reason = "derivatives here are of real functions; take .real and .imag apart"
    elif isinstance(x, str):
        reason = "write float(text) if it is a number"
    elif kind or isinstance(x, (list, tuple)):
        reason = "make one Value per element: [Value(x) for x in data]"
    elif type(x).__name__ == "Decimal":
        reason = "a Decimal does not mix with floats; write float(d) to accept the rounding"
    else:
        reason = "give an int, float, NumPy scalar or Fraction"
    raise TypeError(f"a Value holds one real number, not {type(x).__name__} {x!r:.60}: {reason}")


def is_operand(x: Any) -> bool:
    """Whether an operator takes x. An array does not count: it goes through its elements."""
    if isinstance(x, (int, float)) or hasattr(x, "record") or isinstance(x, numbers.Real):
        return True
    if type(x).__name__ == "Decimal":
        to_float(x)  # Python's own message would not say why
    return _is_numpy_scalar(x)


def comparable(x: Any) -> float:
    """What a float is compared with: of a NumPy scalar the number, as arithmetic takes it.

    NumPy itself would round the float to the scalar's type: 0.1 == np.float32(0.1) is true there.
    """
    if type(x) is float or type(x) is int:
        return x
    found: float = float(x) if _is_numpy_scalar(x) else x
    return found


def _is_numpy_scalar(x: Any) -> bool:
    """A real one, np.bool_ too, which is not registered as a Real; or an array of no dimension."""
    kind = getattr(getattr(x, "dtype", None), "kind", "none")
    return kind in ("b", "i", "u", "f") and getattr(x, "shape", None) == ()
