"""Make an array of Values, and read its numbers and gradients."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..core.operands import to_float
from ..core.value import Value

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from .dispatch import Array

__all__ = ["array", "data", "grads"]


def array(data: Any, *, name: str | None = None) -> "Array":
    """Return an array of Values: a new leaf for each number, and each Value of the data as it is.

    NumPy's functions accept it; one that cannot take Values raises an error that says what to use
    instead. The transforms and `jit` pass arrays of this kind to your function.

    Arguments:
        data: numbers or Values, in a NumPy array or in nested lists and tuples of equal lengths.
        name: the name of the leaves, to which each adds its index: "w" gives "w[0]", "w[1]", ...

    Raises:
        TypeError: an element is not a real number, or `data` is a masked array.
        ValueError: the nested lists differ in length.
        ImportError: NumPy is not installed.

    >>> import autograd_lite as ag
    >>> w = ag.array([1.0, 2.0, 3.0])
    >>> (w @ w).backward()
    >>> ag.grads(w).tolist()
    [2.0, 4.0, 6.0]
    """
    np = _import_numpy()
    from .dispatch import Array

    _refuse_masked(np, data)
    objects = np.array(data, dtype=object)
    if any(isinstance(x, (list, tuple)) for x in objects.flat):
        raise ValueError("the nested lists differ in length: ag.array takes lists of equal lengths")
    for index in np.ndindex(objects.shape):
        x = objects[index]
        if not isinstance(x, Value):
            own_name = f"{name}{list(index)}" if name is not None and index else name
            objects[index] = Value(x, name=own_name)
    values: Array = objects.view(Array)
    return values


def grads(array: Any) -> "npt.NDArray[np.float64]":
    """Return the `.grad` of every Value in an array or nested lists, as an array of floats.

    Raises:
        TypeError: an element is not a Value.

    >>> import autograd_lite as ag
    >>> w = ag.array([[1.0, 2.0], [3.0, 4.0]])
    >>> (w * w).sum().backward()
    >>> ag.grads(w).tolist()
    [[2.0, 4.0], [6.0, 8.0]]
    """
    gradients: npt.NDArray[np.float64] = _map(_read_grad, array)
    return gradients


def data(array: Any) -> "npt.NDArray[np.float64]":
    """Return the numbers in an array of Values, or of Values and numbers, as an array of floats.

    >>> import autograd_lite as ag
    >>> ag.data(2.0 * ag.array([1.0, 2.0])).tolist()
    [2.0, 4.0]
    """
    numbers: npt.NDArray[np.float64] = _map(
        lambda x: x.data if isinstance(x, Value) else to_float(x), array
    )
    return numbers


def _read_grad(x: Any) -> float:
    if not isinstance(x, Value):
        raise TypeError(f"the array has the element {x!r:.60}: ag.grads takes Values alone")
    return x.grad


def _map(f: Callable[[Any], float], array: Any) -> Any:
    """Return `f(element)` of every element, as an array of floats."""
    np = _import_numpy()
    _refuse_masked(np, array)
    elements = np.asarray(array, dtype=object)
    numbers: Any = np.empty(elements.shape)
    numbers.ravel()[:] = [f(x) for x in elements.flat]
    return numbers


def _refuse_masked(np: Any, array: Any) -> None:
    if isinstance(array, np.ma.MaskedArray):  # np.array would drop the mask
        raise TypeError(
            "a masked array has no number where it is masked: pass m.compressed() or m.filled(0.0)"
        )


def _import_numpy() -> Any:
    try:
        import numpy
    except ImportError:
        raise ImportError(
            'arrays need NumPy: pip install numpy, or pip install "autograd_lite[jit]"'
        ) from None
    return numpy
