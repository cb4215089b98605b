"""Arrays of Values: making one, and reading its numbers and its gradients."""

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
    """An array of leaves, one per number; Values among the data stay themselves.

    NumPy's functions run on it, and what has no meaning there raises an error that says so. The
    functions that the transforms and `jit` call are given the same kind of array.

    Arguments:
        data: numbers in a NumPy array, or in nested lists and tuples of equal lengths.
        name: of the leaves, each with its index behind it: "w" names them "w[0]", "w[1]", ...

    Raises:
        TypeError: something in it is no real number, or it is a masked array.
        ValueError: the nested lists have different lengths.
        ImportError: NumPy is not installed.

    >>> import autograd_lite as ag
    >>> w = ag.array([1.0, 2.0, 3.0])
    >>> (w @ w).backward()
    >>> ag.grads(w).tolist()
    [2.0, 4.0, 6.0]
    """
    np = _numpy()
    from .dispatch import Array

    _refuse_masked(np, data)
    found = np.array(data, dtype=object)
    if any(isinstance(x, (list, tuple)) for x in found.flat):
        raise ValueError("array takes lists of equal lengths: these make no rectangle")
    for index in np.ndindex(found.shape):
        x = found[index]
        if not isinstance(x, Value):
            of = f"{name}{list(index)}" if name is not None and index else name
            found[index] = Value(x, name=of)
    values: Array = found.view(Array)
    return values


def grads(array: Any) -> "npt.NDArray[np.float64]":
    """The `.grad` of every Value in an array, or in nested lists, as an array of floats.

    Raises:
        TypeError: an element is no Value.

    >>> import autograd_lite as ag
    >>> w = ag.array([[1.0, 2.0], [3.0, 4.0]])
    >>> (w * w).sum().backward()
    >>> ag.grads(w).tolist()
    [[2.0, 4.0], [6.0, 8.0]]
    """
    found: npt.NDArray[np.float64] = _read(array, _grad)
    return found


def data(array: Any) -> "npt.NDArray[np.float64]":
    """The numbers in an array of Values, without derivatives; plain numbers stay as they are.

    >>> import autograd_lite as ag
    >>> ag.data(2.0 * ag.array([1.0, 2.0])).tolist()
    [2.0, 4.0]
    """
    found: npt.NDArray[np.float64] = _read(
        array, lambda x: x.data if isinstance(x, Value) else to_float(x)
    )
    return found


def _grad(x: Any) -> float:
    if not isinstance(x, Value):
        raise TypeError(f"grads takes an array of Values, but there is {x!r:.60} in it")
    return x.grad


def _read(array: Any, read: Callable[[Any], float]) -> Any:
    np = _numpy()
    _refuse_masked(np, array)
    elements = np.asarray(array, dtype=object)
    found: Any = np.empty(elements.shape)
    found.ravel()[:] = [read(x) for x in elements.flat]
    return found


def _refuse_masked(np: Any, array: Any) -> None:
    if isinstance(array, np.ma.MaskedArray):  # np.array would uncover what is masked
        raise TypeError("a masked array has no number where it is masked: m.filled(0.0) has one")


def _numpy() -> Any:
    try:
        import numpy
    except ImportError:
        raise ImportError(
            'arrays need NumPy: pip install numpy, or pip install "autograd_lite[jit]"'
        ) from None
    return numpy
