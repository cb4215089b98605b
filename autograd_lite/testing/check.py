"""`check_grads` and `finite_difference`.

`check_grads` compares reverse mode with differences, forward mode with differences, and the two
modes with each other; for the second order it then checks the gradient in the same way.
`differences.py` estimates the derivatives and their errors, and recognises kinks.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..core.value import Value
from ..transforms.pytree import flatten
from .compare import Checker, Function, Note, Report, data_of, find_culprit
from .differences import Line, estimate

__all__ = ["Note", "Report", "check_grads", "finite_difference"]


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int = 2,
    modes: Sequence[str] = ("fwd", "rev"),
    rtol: float = 1e-6,
    atol: float = 1e-10,
) -> Report:
    """Compare the derivatives of `f` at `args` with finite differences, in every argument.

    Twice the estimated error of each difference is added to the tolerance
    `atol + rtol * |derivative|`, so small derivatives are checked too and steep curves raise no
    false alarm. At a kink the derivative may lie anywhere between the one-sided slopes.

    Arguments:
        f: any function for `grad`; its result is a number or a structure of numbers.
        args: the tuple of its arguments, each a number or a structure.
        order: the highest order to check, 1 or more.
        modes: "rev", "fwd" or both; with both they are also compared with each other.
        rtol, atol: relative and absolute tolerance.

    Returns:
        A `Report`, which prints the kinks and other points where differences do not decide.

    Raises:
        AssertionError: a derivative is wrong, or does not exist because `f` jumps or is not finite
            there. The message names the argument, both numbers, the tolerance and, if a primitive
            is at fault, that primitive.
        TypeError: `args` is not a tuple or list.
        ValueError: `order` or `modes` is not one of these.

    >>> import autograd_lite as ag
    >>> print(ag.testing.check_grads(lambda x, w: ag.sin(x) * w[0], (0.5, [2.0]), order=1))
    2 derivatives agree
    >>> print(ag.testing.check_grads(lambda x: abs(x), (0.0,)))
    1 derivatives agree
      kink: d output / d argument 0 = 0 at 0, slopes -1 on the left and 1 on the right
    """
    if not isinstance(args, (tuple, list)):
        raise TypeError(
            f"args must be the tuple of f's arguments, such as (x,), not {type(args).__name__}"
        )
    if order < 1:
        raise ValueError(f"order must be 1 or more, not {order!r}")
    if not modes or not set(modes) <= {"fwd", "rev"}:
        raise ValueError(f'modes must be "fwd", "rev" or both, not {modes!r}')
    point, _ = _flat_floats(tuple(args))
    inputs = [f"argument {i}{path}" for i, x in enumerate(args) for path in _paths(x)]
    checker = Checker(inputs, tuple(modes), rtol, atol)
    with warnings.catch_warnings():
        # Differences may step outside a domain; what matters is in the report.
        warnings.simplefilter("ignore", RuntimeWarning)
        function = _flat_function(f, args)
        try:
            checker.check(function, point, order)
        except AssertionError as error:
            fault = find_culprit(function, point, order, checker)
            raise AssertionError(f"{error}{fault}") from None
    return checker.report


def finite_difference(
    f: Callable[..., Any], args: Sequence[Any], argnums: int | tuple[int, ...] = 0
) -> Any:
    """Return the gradient of `f` at `args` by central differences, to compare with `grad`.

    Arguments:
        f: a function that returns one number.
        args: the tuple of its arguments.
        argnums: the argument to differentiate with respect to; a tuple gives a tuple of gradients.

    Returns:
        A gradient with the structure of the argument: the mean of the one-sided slopes at a kink,
        and nan where `f` jumps or is not finite.

    Raises:
        TypeError: `f` does not return one number, or `args` is not a tuple or list.

    >>> import autograd_lite as ag
    >>> gradient = ag.testing.finite_difference(lambda p: p["x"] * p["y"], ({"x": 2.0, "y": 3.0},))
    >>> {name: round(slope, 6) for name, slope in gradient.items()}
    {'x': 3.0, 'y': 2.0}
    """
    if not isinstance(args, (tuple, list)):
        raise TypeError(
            f"args must be the tuple of f's arguments, such as (x,), not {type(args).__name__}"
        )
    point, rebuild = _flat_floats(tuple(args))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        function = _flat_function(f, args)
        if function.outputs != ["output"]:
            raise TypeError("finite_difference needs an f that returns one number")
        lines = [Line(function.evaluate, point, i) for i in range(len(point))]
        slopes = [estimate(line, 0).value for line in lines]
    gradients = rebuild(slopes)
    return gradients[argnums] if isinstance(argnums, int) else tuple(gradients[n] for n in argnums)


def _flat_floats(tree: Any) -> tuple[list[float], Callable[[Sequence[Any]], Any]]:
    leaves, rebuild = flatten(tree)
    return [data_of(leaf) for leaf in leaves], rebuild


def _flat_function(f: Callable[..., Any], args: Sequence[Any]) -> Function:
    """Wrap `f` as a function from the flat list of argument leaves to that of result leaves."""
    point, rebuild = _flat_floats(tuple(args))
    results = f(*rebuild([Value(x) for x in point]))
    flatten(results)  # which refuses what is no number
    outputs = [f"output{path}" for path in _paths(results)]
    return Function(lambda xs: list(flatten(f(*rebuild(xs)))[0]), outputs)


def _paths(tree: Any, path: str = "") -> Iterator[str]:
    """Yield the path of each leaf as Python writes it: `[0]['w'][1]`."""
    if isinstance(tree, dict):
        for key, branch in tree.items():
            yield from _paths(branch, f"{path}[{key!r}]")
    elif isinstance(tree, (list, tuple)) or getattr(tree, "ndim", 0) > 0:
        for index, branch in enumerate(tree):
            yield from _paths(branch, f"{path}[{index}]")
    else:
        yield path
