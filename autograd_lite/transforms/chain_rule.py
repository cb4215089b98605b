"""The chain rule, once for each direction, for whatever carries a derivative.

What an adjoint or a tangent is, the caller says: floats and Values for the transforms, slots of a
program for jit, floats with a description for the step-by-step page. Two functions calculate with
it: `multiply(partial, derivative)` and `add(derivative, derivative)`. None stands for no derivative
at all, which is less than 0.0: nothing is multiplied with it, not even an infinite partial.

`core/backward.py` has the same rule for floats that stand in the nodes themselves.
"""

import operator
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

Edges: TypeAlias = Iterable[tuple[int, Any]]
Combine: TypeAlias = Callable[[Any, Any], Any]


def pull(
    order: Iterable[int],
    edges: Callable[[int, Any], Edges],
    adjoints: list[Any],
    multiply: Combine = operator.mul,
    add: Combine = operator.add,
) -> None:
    """Apply the chain rule backward: pass the adjoint of every node on to its operands.

    Args:
        order: numbers of nodes, results before operands.
        edges: `edges(i, adjoint)` gives (operand's number, partial) for each operand of node i to
            which this adjoint passes.
        adjoints: for each number, the adjoint or None; the seeds at first, and changed in place.
        multiply: the product of a partial and an adjoint; None where nothing is passed on.
        add: the sum of two adjoints.

    >>> adjoints = [None, None, 1.0]
    >>> pull([2, 1], lambda i, adjoint: [(0, 3.0), (1, 5.0)] if i == 2 else [(0, 2.0)], adjoints)
    >>> adjoints
    [13.0, 5.0, 1.0]
    """
    for i in order:
        adjoint = adjoints[i]
        if adjoint is None:
            continue
        for k, partial in edges(i, adjoint):
            part = multiply(partial, adjoint)
            before = adjoints[k]
            if before is None:
                adjoints[k] = part
            elif part is not None:
                adjoints[k] = add(before, part)


def push(
    order: Iterable[int],
    edges: Callable[[int], Edges],
    tangents: list[Any],
    multiply: Combine = operator.mul,
    add: Combine = operator.add,
) -> None:
    """Apply the chain rule forward: collect the tangent of every node from its operands.

    Arguments are those of `pull`, but the order is operands before results, and `edges(i)` gives
    all operands.

    >>> tangents = [1.0, None, None]
    >>> push([1, 2], lambda i: [(0, 3.0), (1, 5.0)] if i == 2 else [(0, 2.0)], tangents)
    >>> tangents
    [1.0, 2.0, 13.0]
    """
    for i in order:
        for k, partial in edges(i):
            tangent = tangents[k]
            if tangent is None:
                continue
            part = multiply(partial, tangent)
            before = tangents[i]
            if before is None:
                tangents[i] = part
            elif part is not None:
                tangents[i] = add(before, part)
