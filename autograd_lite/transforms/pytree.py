"""Arguments and results of any structure: numbers in lists, tuples, dicts and arrays, flattened.

NumPy is never imported here: an array among the arguments means that it is imported already.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any

from .._util.text import shown
from ..core.operands import to_float
from ..core.value import Value

__all__ = ["flatten"]

Rebuild = Callable[[Sequence[Any]], Any]


def flatten(tree: Any, what: str = "argument") -> tuple[list[Any], Rebuild]:
    """The numbers of a structure, and a function that puts others in their places.

    Arguments:
        tree: a float or Value, or lists, tuples, named tuples, dicts and NumPy arrays of them, in
            any nesting. Dicts keep their order of insertion.
        what: what the structure is, for the error message.

    Returns:
        The leaves, each a float or a Value, and `rebuild(leaves)`. An array is rebuilt as an array
        of floats, or of objects where Values are among the leaves.

    Raises:
        TypeError: something in it is not a number, naming its place.

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
        refuse_unlike_array(tree, path)
    if hasattr(tree, "dtype") and getattr(tree, "shape", ()) != ():
        flat = tree.ravel().tolist()
        leaves += [_leaf(x, f"{path}{list(_index(i, tree.shape))}") for i, x in enumerate(flat)]
        shape, stop = tree.shape, len(leaves)
        return lambda new: array_of(new[start:stop], shape)
    if is_array(tree):
        leaves.append(_leaf(tree.item(), path))
        return lambda new: array_of([new[start]], ())
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


def array_of(leaves: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """An array of floats, or an `Array` where Values are among the leaves."""
    numpy = sys.modules["numpy"]
    if all(type(x) is float for x in leaves):
        return numpy.array(leaves, dtype=float).reshape(shape)
    from ..arrays.dispatch import Array

    array = numpy.empty(len(leaves), dtype=object)
    array[:] = leaves
    return array.reshape(shape).view(Array)


def is_array(tree: Any) -> bool:
    """Whether it is a NumPy array, of a subclass too."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(tree, numpy.ndarray)


def refuse_unlike_array(tree: Any, place: str) -> None:
    """Raise if it is computed with by other rules than the arrays that are made here."""
    numpy, masked = sys.modules.get("numpy"), sys.modules.get("numpy.ma")
    if masked is not None and isinstance(tree, masked.MaskedArray):
        raise TypeError(
            f"{place} is a masked array, with no number where it is masked: give m.compressed(), "
            "or m.filled(0.0)"
        )
    if numpy is not None and isinstance(tree, numpy.matrix):
        raise TypeError(f"{place} is an np.matrix, whose * is no array's: give np.asarray(m)")


def array_shape(tree: Any) -> tuple[int, ...] | None:
    """The shape of a NumPy array, None for anything else."""
    return tree.shape if is_array(tree) else None


def rebuilt_rows(rows: Sequence[Sequence[Any]], outer: Any, inner: Any) -> Any:
    """The structure of `outer` with, in place of each number, a row in the structure of `inner`.

    Where both are arrays, or one is an array and the other a number, the result is one array of
    the joint shape, as in `jax.jacobian`.
    """
    outer_leaves, rebuild_outer = flatten(outer, "result")
    _, rebuild_inner = flatten(inner)
    shapes = array_shape(outer), array_shape(inner)
    if shapes != (None, None) and all(
        shape is not None or not isinstance(tree, (list, tuple, dict))
        for shape, tree in zip(shapes, (outer, inner), strict=True)
    ):
        return array_of([x for row in rows for x in row], (shapes[0] or ()) + (shapes[1] or ()))
    if isinstance(outer, (list, tuple, dict)):
        position = iter(range(len(outer_leaves)))
        return _nest(
            outer, lambda sub, n: rebuilt_rows([rows[next(position)] for _ in range(n)], sub, inner)
        )
    if isinstance(inner, (list, tuple, dict)):
        start = [0]

        def inner_part(sub: Any, n: int) -> Any:
            i, start[0] = start[0], start[0] + n
            return rebuilt_rows([row[i : i + n] for row in rows], outer, sub)

        return _nest(inner, inner_part)
    return rebuild_outer([rebuild_inner(row) for row in rows])


def _nest(tree: Any, part: Callable[[Any, int], Any]) -> Any:
    def of(sub: Any) -> Any:
        return part(sub, len(flatten(sub)[0]))

    if isinstance(tree, dict):
        return {k: of(v) for k, v in tree.items()}
    if isinstance(tree, list):
        return [of(v) for v in tree]
    make = type(tree)._make if hasattr(type(tree), "_make") else tuple
    return make(of(v) for v in tree)


def matching_leaves(tree: Any, like: Any, what: str, like_what: str) -> list[Any]:
    """The numbers of `tree` in the order of `like`, whose structure it must have.

    Raises:
        TypeError: something in it is not a number.
        ValueError: the structures differ; the message shows both.
    """
    leaves, _ = flatten(_in_order(tree, like), what)
    if _shape(tree) != _shape(like):
        raise ValueError(
            f"{what} must have the structure of {like_what}: {_shape(like)}, not {_shape(tree)}"
        )
    return leaves


def _in_order(tree: Any, like: Any) -> Any:
    """The same with every dict's keys in the order in which `like` has them."""
    if isinstance(tree, dict) and isinstance(like, dict) and tree.keys() == like.keys():
        return {k: _in_order(tree[k], like[k]) for k in like}
    both = isinstance(tree, (list, tuple)) and isinstance(like, (list, tuple))
    if both and len(tree) == len(like):
        return [_in_order(x, y) for x, y in zip(tree, like, strict=True)]
    return tree


def _shape(tree: Any) -> str:
    """The structure in words, to compare and to show."""
    if isinstance(tree, dict):
        return "{" + ", ".join(sorted(f"{k!r}: {_shape(v)}" for k, v in tree.items())) + "}"
    if isinstance(tree, (list, tuple)):
        parts = [_shape(x) for x in tree]
        same = len(parts) > 3 and len(set(parts)) == 1
        inner = f"{parts[0]} x {len(parts)}" if same else ", ".join(parts)
        return f"[{inner}]"
    shape = getattr(tree, "shape", ())
    return f"array{shape}" if shape != () else "number"
