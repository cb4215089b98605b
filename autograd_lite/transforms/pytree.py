"""Flatten and rebuild structures of numbers: lists, tuples, dicts and arrays, in any nesting.

This module never imports NumPy: if an argument is an array, NumPy is imported already.
"""

import sys
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from .._util.text import shown
from ..core.operands import to_float
from ..core.value import Value

__all__ = ["flatten"]

Rebuild = Callable[[Sequence[Any]], Any]


def flatten(tree: Any, what: str = "argument") -> tuple[list[Any], Rebuild]:
    """Return the numbers of a structure, and a function that rebuilds it from other numbers.

    Arguments:
        tree: a float or Value, or lists, tuples, named tuples, dicts and NumPy arrays of them, in
            any nesting. Dicts keep their insertion order.
        what: what error messages call the structure.

    Returns:
        The leaves, each a float or a Value, and `rebuild(leaves)`. An array is rebuilt as an array
        of floats, or as an `Array` if there are Values among its leaves.

    Raises:
        TypeError: a leaf is not a number; the message gives its path.

    >>> from autograd_lite.transforms.pytree import flatten
    >>> leaves, rebuild = flatten({"w": [1.0, 2.0], "b": 3.0})
    >>> leaves, rebuild([10.0, 20.0, 30.0])
    ([1.0, 2.0, 3.0], {'w': [10.0, 20.0], 'b': 30.0})
    """
    leaves: list[Any] = []
    rebuild = _flatten_into(leaves, tree, what, ())
    return leaves, lambda new: rebuild(list(new))


def _flatten_into(leaves: list[Any], tree: Any, path: str, inside: tuple[int, ...]) -> Rebuild:
    if isinstance(tree, (list, tuple, dict)):
        if id(tree) in inside or len(inside) > 100:
            raise TypeError(f"{path} contains itself, or is nested over 100 deep")
        return _flatten_container(leaves, tree, path, (*inside, id(tree)))
    start = len(leaves)
    if hasattr(tree, "dtype"):
        refuse_masked_or_matrix(tree, path)
    if hasattr(tree, "dtype") and getattr(tree, "shape", ()) != ():
        flat = tree.ravel().tolist()
        leaves += [_leaf(x, f"{path}{list(_index(i, tree.shape))}") for i, x in enumerate(flat)]
        shape, stop = tree.shape, len(leaves)
        return lambda new: build_array(new[start:stop], shape)
    if is_array(tree):
        leaves.append(_leaf(tree.item(), path))
        return lambda new: build_array([new[start]], ())
    leaves.append(_leaf(tree, path))
    return lambda new: new[start]


def _flatten_container(leaves: list[Any], tree: Any, path: str, inside: tuple[int, ...]) -> Rebuild:
    if isinstance(tree, dict):
        parts = {
            k: _flatten_into(leaves, v, f"{path}[{shown(repr(k))}]", inside)
            for k, v in tree.items()
        }
        return lambda new: {k: rebuild(new) for k, rebuild in parts.items()}
    items = [_flatten_into(leaves, v, f"{path}[{i}]", inside) for i, v in enumerate(tree)]
    if isinstance(tree, list):
        return lambda new: [rebuild(new) for rebuild in items]
    make = type(tree)._make if hasattr(type(tree), "_make") else tuple
    return lambda new: make(rebuild(new) for rebuild in items)


def _leaf(x: Any, path: str) -> Any:
    if type(x) is float or isinstance(x, Value):
        return x
    try:
        return to_float(x)
    except TypeError as error:
        raise TypeError(f"{path} cannot be differentiated: {error}") from None


def _index(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    index: list[int] = []
    for n in reversed(shape):
        flat, i = divmod(flat, n)
        index.insert(0, i)
    return tuple(index)


def build_array(leaves: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """Return an array of floats, or an `Array` if there are Values among the leaves."""
    numpy = sys.modules["numpy"]
    if all(type(x) is float for x in leaves):
        return numpy.array(leaves, dtype=float).reshape(shape)
    from ..arrays.dispatch import Array

    array = numpy.empty(len(leaves), dtype=object)
    array[:] = leaves
    return array.reshape(shape).view(Array)


def is_array(tree: Any) -> bool:
    """Return whether `tree` is a NumPy array or of a subclass."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(tree, numpy.ndarray)


def refuse_masked_or_matrix(tree: Any, place: str) -> None:
    """Raise for a masked array or an `np.matrix`, whose arithmetic is not that of an array."""
    numpy, masked = sys.modules.get("numpy"), sys.modules.get("numpy.ma")
    if masked is not None and isinstance(tree, masked.MaskedArray):
        raise TypeError(
            f"{place} is a masked array, and masked elements have no derivative: pass "
            "m.compressed() or m.filled(0.0)"
        )
    if numpy is not None and isinstance(tree, numpy.matrix):
        raise TypeError(
            f"{place} is an np.matrix, whose * multiplies matrices: pass np.asarray(m), and write @"
        )


def nest_rows(rows: Sequence[Sequence[Any]], outer: Any, inner: Any) -> Any:
    """Return the structure of `outer` with each number replaced by a row shaped like `inner`.

    If both are arrays, or one is an array and the other a number, the result is one array of the
    joint shape, as in `jax.jacobian`.
    """
    outer_leaves, rebuild_outer = flatten(outer, "result")
    _, rebuild_inner = flatten(inner)
    containers = [isinstance(tree, (list, tuple, dict)) for tree in (outer, inner)]
    if not any(containers) and (is_array(outer) or is_array(inner)):
        shape = [n for tree in (outer, inner) if is_array(tree) for n in tree.shape]
        return build_array([x for row in rows for x in row], tuple(shape))
    if containers[0]:
        remaining = iter(rows[: len(outer_leaves)])
        return _map_parts(outer, lambda part, n: nest_rows([*islice(remaining, n)], part, inner))
    if containers[1]:
        start = 0

        def nest_part(part: Any, n: int) -> Any:
            nonlocal start
            first, start = start, start + n
            return nest_rows([row[first:start] for row in rows], outer, part)

        return _map_parts(inner, nest_part)
    return rebuild_outer([rebuild_inner(row) for row in rows])


def _map_parts(tree: Any, f: Callable[[Any, int], Any]) -> Any:
    """Return a list, tuple or dict with each part replaced by `f(part, its number of leaves)`."""

    def apply(part: Any) -> Any:
        return f(part, len(flatten(part)[0]))

    if isinstance(tree, dict):
        return {k: apply(v) for k, v in tree.items()}
    if isinstance(tree, list):
        return [apply(v) for v in tree]
    make = type(tree)._make if hasattr(type(tree), "_make") else tuple
    return make(apply(v) for v in tree)


def match_leaves(tree: Any, like: Any, what: str, like_what: str) -> list[Any]:
    """Return the numbers of `tree` in the order of `like`, which must have the same structure.

    Arguments:
        tree: the structure to flatten.
        like: the structure to compare it with.
        what, like_what: what error messages call the two.

    Raises:
        TypeError: a leaf is not a number.
        ValueError: the structures differ; the message shows both.
    """
    leaves, _ = flatten(_sort_keys(tree, like), what)
    if _describe(tree) != _describe(like):
        raise ValueError(
            f"{what} has the structure {_describe(tree)}, but {like_what} has "
            f"{_describe(like)}: they must be the same"
        )
    return leaves


def _sort_keys(tree: Any, like: Any) -> Any:
    """Return `tree` with the keys of every dict in the order that they have in `like`."""
    if isinstance(tree, dict) and isinstance(like, dict) and tree.keys() == like.keys():
        return {k: _sort_keys(tree[k], like[k]) for k in like}
    both = isinstance(tree, (list, tuple)) and isinstance(like, (list, tuple))
    if both and len(tree) == len(like):
        return [_sort_keys(x, y) for x, y in zip(tree, like, strict=True)]
    return tree


def _describe(tree: Any) -> str:
    """Return a text that is equal for equal structures, such as "[number, array(2, 3)]"."""
    if isinstance(tree, dict):
        return "{" + ", ".join(sorted(f"{k!r}: {_describe(v)}" for k, v in tree.items())) + "}"
    if isinstance(tree, (list, tuple)):
        parts = [_describe(x) for x in tree]
        same = len(parts) > 3 and len(set(parts)) == 1
        inner = f"{parts[0]} x {len(parts)}" if same else ", ".join(parts)
        return f"[{inner}]"
    shape = getattr(tree, "shape", ())
    return f"array{shape}" if shape != () else "number"
