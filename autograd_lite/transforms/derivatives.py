"""Derivatives of Python functions: grad, jacobian, hessian, hvp, vjp, jvp, to any order.

Each runs the function on fresh Values and applies the chain rule to the graph that it leaves,
backward or forward. Adjoints and tangents live in a list beside the graph, so nobody's `.grad` is
touched. The fresh Values tell derivatives apart, so no two levels of nesting can confuse their
perturbations (Siskind and Pearlmutter 2005, "Perturbation confusion").

Where the result can depend on a Value from outside (an argument that is a Value, or a Value that
the function closes over), the table's formulas are evaluated on Values, so the derivative is a
graph in turn. Otherwise the partials that the nodes remember are used, and derivatives are floats.
"""

from collections.abc import Callable, Sequence
from operator import index
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar, overload

from .pytree import match_leaves, nest_rows
from .trace import Function, Trace, name_of

if TYPE_CHECKING:
    from .signatures import GradientFunction, ValueAndGradientFunction

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]

_F = TypeVar("_F", bound=Callable[..., Any])


class GradientSpec(NamedTuple):
    """What a function made by `value_and_grad` or `grad` computes: jit computes it differently."""

    f: Function
    argnums: int | Sequence[int]
    with_value: bool


def resolve_argnums(
    f: Function, argnums: int | Sequence[int], count: int
) -> tuple[list[int], bool]:
    """Return the places of the arguments to differentiate, and whether one number gave them.

    Args:
        f: the function, which messages name.
        argnums: as `value_and_grad` takes it.
        count: how many positional arguments there are.

    Raises:
        TypeError: argnums is neither an int nor a sequence of ints.
        ValueError: there is no such argument, or one is named twice.
    """
    one = hasattr(argnums, "__index__")
    try:
        wanted = [index(argnums)] if one else [index(i) for i in argnums]  # type: ignore
    except TypeError:
        raise TypeError(f"argnums is an int or a tuple of ints, not {argnums!r}") from None
    for i in wanted:
        if not -count <= i < count:
            raise ValueError(
                f"argnums {i} is out of range: {name_of(f)} was given {count} positional arguments"
            )
    positions = [i % count for i in wanted]
    if len(set(positions)) != len(positions):
        raise ValueError(f"argnums {argnums} names one argument twice")
    return positions, one


@overload
def value_and_grad(f: _F, argnums: Literal[0] = 0) -> "ValueAndGradientFunction[_F]": ...
@overload
def value_and_grad(
    f: Function, argnums: int | Sequence[int] = 0
) -> Callable[..., tuple[Any, Any]]: ...
def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Any:
    """Return a function that gives f's value and its gradient, from one run of f.

    The gradient has the bits that `backward()` would leave in `.grad`, with two exceptions: a zero
    may have another sign, and behind operands that were not chosen (by `where`, `relu`, `maximum`)
    three or more contributions to one number may be added in another order.

    Arguments:
        f: a function of numbers, or structures of them, with one number as its result.
        argnums: which argument to differentiate with respect to; several give a tuple of gradients.

    Returns:
        `g(*args, **options) -> (value, gradient)`; the gradient has the argument's structure.
        Keyword arguments go to f as they are.

    Raises:
        TypeError: f's result is not one number, or the argument is not made of numbers.
        ValueError: there is no such argument.

    >>> import autograd_lite as ag
    >>> ag.value_and_grad(lambda x, y: x * x * y)(3.0, 2.0)
    (18.0, 12.0)
    """

    def value_and_gradient(*args: Any, **options: Any) -> tuple[Any, Any]:
        positions, one = resolve_argnums(f, argnums, len(args))
        trace = Trace(f, args, positions, options)
        _check_one_number(trace)
        gradients = trace.rebuild_arguments(trace.pull([1.0]))
        return trace.primal(), gradients[0] if one else tuple(gradients)

    value_and_gradient.__name__ = f"value_and_grad({name_of(f)})"
    value_and_gradient.gradient_spec = GradientSpec(f, argnums, True)  # type: ignore[attr-defined]
    return value_and_gradient


def _check_one_number(trace: Trace) -> None:
    if len(trace.outputs) != 1 or isinstance(trace.result, (list, tuple, dict)):
        raise TypeError(
            f"grad needs a function with one number as its result, not "
            f"{type(trace.result).__name__}; jacobian takes any structure"
        )


@overload
def grad(f: _F, argnums: Literal[0] = 0) -> "GradientFunction[_F]": ...
@overload
def grad(f: Function, argnums: int | Sequence[int] = 0) -> Callable[..., Any]: ...
def grad(f: Function, argnums: int | Sequence[int] = 0) -> Any:
    """Return a function that gives f's gradient; nest it for higher derivatives.

    Arguments, results and errors are those of `value_and_grad`.

    >>> import autograd_lite as ag
    >>> ag.grad(lambda x: x**3)(2.0), ag.grad(ag.grad(lambda x: x**3))(2.0)
    (12.0, 12.0)
    >>> ag.grad(lambda p: p["a"] * p["b"])({"a": 2.0, "b": 5.0})
    {'a': 5.0, 'b': 2.0}
    """

    def gradient(*args: Any, **options: Any) -> Any:
        return value_and_grad(f, argnums)(*args, **options)[1]

    gradient.__name__ = f"grad({name_of(f)})"
    gradient.gradient_spec = GradientSpec(f, argnums, False)  # type: ignore[attr-defined]
    return gradient


def jacobian(f: Function, argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Return a function that gives every derivative of every number in f's result.

    It runs f once, then makes a backward pass per result or a forward pass per input, whichever are
    fewer (Griewank and Walther 2008, "Evaluating Derivatives", section 3).

    Arguments:
        f: a function of numbers, or structures of them.
        argnums: which argument to differentiate with respect to, as for `value_and_grad`.

    Returns:
        `j(*args)`: f's result with, in place of each number, the structure of the argument (of
        several `argnums`, a tuple of them). Arrays give one array of shape `result.shape +
        argument.shape`.

    >>> import autograd_lite as ag
    >>> ag.jacobian(lambda p: [p[0] * p[1], p[0] + p[1]])([3.0, 2.0])
    [[2.0, 3.0], [1.0, 1.0]]
    """

    def all_derivatives(*args: Any, **options: Any) -> Any:
        positions, one = resolve_argnums(f, argnums, len(args))
        trace = Trace(f, args, positions, options)
        inner = args[positions[0]] if one else tuple(args[i] for i in positions)
        return nest_rows(_jacobian_rows(trace), trace.result, inner)

    return all_derivatives


def _jacobian_rows(trace: Trace) -> list[list[Any]]:
    n, m = len(trace.inputs), len(trace.outputs)
    if m <= n:
        return [trace.pull([1.0 if j == i else 0.0 for j in range(m)]) for i in range(m)]
    columns = [trace.push([1.0 if j == i else 0.0 for j in range(n)]) for i in range(n)]
    return [[column[i] for column in columns] for i in range(m)]


def hessian(f: Function, argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Return a function that gives f's second derivatives, symmetric to rounding.

    Arguments and errors are those of `value_and_grad`.

    Returns:
        `h(*args)`: the argument's structure with, in place of each number, the same structure
        again; an array of shape s gives an array of shape s + s.

    >>> import autograd_lite as ag
    >>> ag.hessian(lambda p: p[0] ** 2 * p[1])([3.0, 2.0])
    [[4.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums)


def hvp(f: Function, x: Any, v: Any) -> Any:
    """Return the Hessian of f at x times v, at the cost of a few gradients whatever x's size.

    Forward over reverse (Pearlmutter 1994, "Fast exact multiplication by the Hessian").

    Arguments:
        f: a function of one argument with one number as its result.
        x: the point.
        v: the vector, of x's structure.

    >>> import autograd_lite as ag
    >>> ag.hvp(lambda p: p[0] ** 2 * p[1], [3.0, 2.0], [1.0, 0.0])
    [4.0, 6.0]
    """
    return jvp(grad(f), (x,), (v,))[1]


def vjp(f: Function, *args: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Return f's result, and a function that pulls a cotangent of it back to the arguments.

    Arguments:
        f: a function of numbers, or structures of them.
        args: its arguments.

    Returns:
        `(result, pull)`, where `pull(cotangent)` takes a structure like the result and gives one
        adjoint per argument, each like its argument.

    Raises:
        ValueError: the cotangent does not match the result.

    >>> import autograd_lite as ag
    >>> result, pull = ag.vjp(lambda x, y: [x * y, x + y], 3.0, 2.0)
    >>> result, pull([1.0, 10.0])
    ([6.0, 5.0], (12.0, 13.0))
    """
    trace = Trace(f, args, range(len(args)), {})

    def pull(cotangent: Any) -> tuple[Any, ...]:
        flat = match_leaves(cotangent, trace.result, "the cotangent", "f's result")
        return tuple(trace.rebuild_arguments(trace.pull(flat)))

    return trace.primal(), pull


def jvp(f: Function, args: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Return f's result, and its directional derivative along the tangents, by a forward pass.

    Arguments:
        f: any function of numbers or structures of them.
        args: its arguments, as a tuple or list.
        tangents: one per argument, each of its argument's structure.

    Returns:
        `(result, tangent)`, both of the structure of f's result.

    Raises:
        ValueError: a tangent does not match its argument.

    >>> import autograd_lite as ag
    >>> ag.jvp(lambda x, y: x * y, (3.0, 2.0), (1.0, 10.0))
    (6.0, 32.0)
    """
    for what, given in (("args", args), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise TypeError(f"jvp takes {what} as a tuple, one entry per argument of f")
    if len(args) != len(tangents):
        raise ValueError(f"{len(args)} args but {len(tangents)} tangents; give one per argument")
    trace = Trace(f, args, range(len(args)), {})
    flat = [
        t
        for i, (x, v) in enumerate(zip(args, tangents, strict=True))
        for t in match_leaves(v, x, f"tangent {i}", f"argument {i}")
    ]
    return trace.primal(), trace.rebuild_result(trace.push(flat))
