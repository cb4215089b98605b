"""The public function `jit`."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from .function import Jitted

if TYPE_CHECKING:
    from ..transforms.signatures import GradientFunction, ValueAndGradientFunction

__all__ = ["Jitted", "jit"]


_P = ParamSpec("_P")
_R = TypeVar("_R")


@overload
def jit(
    f: "GradientFunction[Any] | ValueAndGradientFunction[Any]",
    *,
    backend: str | None = None,
    static_argnums: int | Sequence[int] = (),
    roll: bool = True,
) -> Jitted[..., Any]: ...
@overload
def jit(
    f: Callable[_P, _R],
    *,
    backend: str | None = None,
    static_argnums: int | Sequence[int] = (),
    roll: bool = True,
) -> Jitted[_P, _R]: ...
@overload
def jit(
    f: None = None,
    *,
    backend: str | None = None,
    static_argnums: int | Sequence[int] = (),
    roll: bool = True,
) -> Callable[[Callable[_P, _R]], Jitted[_P, _R]]: ...
def jit(
    f: Callable[..., Any] | None = None,
    *,
    backend: str | None = None,
    static_argnums: int | Sequence[int] = (),
    roll: bool = True,
) -> Any:
    """Return f compiled: the same results, sooner.

    The first call runs f on Values and records its operations; later calls run them as compiled
    code. Each call checks every `if` on a value again, and a new branch is compiled when it is
    first taken. Values that f captures, such as a model's parameters, are read anew by each
    call; the result is then a Value that `backward()` goes through.

    Arguments:
        f: a function of floats, Values, and lists, tuples, dicts and NumPy arrays of them. Ints,
            bools, strings and None are static: f is compiled for each new one. f must have no side
            effects, since they happen only while it is traced.
        backend: "llvm", "python", or None for the best that is installed.
        static_argnums: positions of arguments that are static whatever they are; they must be
            hashable.
        roll: whether vector code may compute long sums of similar terms, such as a loop adds
            up. Their results then differ from an eager run's in the last digits; otherwise every
            bit is the same.

    Returns:
        A function with f's arguments and results, and `.map`, `.sum`, `.mean` over batches.

    Raises:
        TypeError: f is not callable.
        ValueError: there is no backend of that name.
        ImportError: the backend is not installed.

    >>> import autograd_lite as ag
    >>> @ag.jit
    ... def f(x, y):
    ...     return x * y if x > y else ag.sin(x)
    >>> f(3.0, 2.0), f(0.0, 2.0)
    (6.0, 0.0)
    >>> ag.jit(ag.grad(f))(3.0, 2.0)
    2.0
    """
    positions = (static_argnums,) if isinstance(static_argnums, int) else tuple(static_argnums)
    if f is None:
        return lambda g: Jitted(g, backend, positions, roll)
    return Jitted(f, backend, positions, roll)
