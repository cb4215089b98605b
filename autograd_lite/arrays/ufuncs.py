"""What NumPy asks of a single Value: it hands `np.exp(v)` and `array * v` to `__array_ufunc__`.

Importing this file gives Value that method.
"""

import operator
from collections.abc import Callable
from typing import Any

from ..core.value import Value

_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
}


def run_ufunc_of_value(self: Value, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    """Run a ufunc of NumPy that has `self` among its operands."""
    if method == "__call__" and not options:
        # fast paths: np.exp(v), and np.float64(2.0) * v where data come from arrays
        name = ufunc.__name__
        if len(inputs) == 1 and hasattr(self, name):
            return getattr(self, name)()
        if isinstance(inputs[0], float) and name in _OPERATORS:
            return _OPERATORS[name](float(inputs[0]), self)
    from .dispatch import run_ufunc  # not above: it needs NumPy

    return run_ufunc(ufunc, method, inputs, options)


setattr(Value, "__array_ufunc__", run_ufunc_of_value)  # noqa: B010 - mypy knows no such method
