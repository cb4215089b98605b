"""Parameters as tensors, layer by layer as torch has them, in the safetensors format.

The format: https://github.com/huggingface/safetensors. Nothing in such a file can run.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .._util.text import shown
from ..core.value import Value

# compiled where it is needed: that takes longer than loading this module
_OF_NEURON = r"(?P<layer>.*?)neurons\.(?P<index>0|[1-9]\d*)\.(?P<part>weights|bias)"


class Tensor(NamedTuple):
    """Parameters in rows: the shape, and the Values in the order of its elements."""

    shape: tuple[int, ...]
    params: list[Value]


def layout(entries: Mapping[str, Value | list[Value]]) -> dict[str, Tensor]:
    """The tensors of a module's named parameters.

    The neurons of a layer make two: "weight", with a row for each neuron, and "bias". A Value by
    itself has no axis, a list of Values one.

    Raises:
        ValueError: two tensors would have one name.

    >>> from autograd_lite.nn import Layer
    >>> {name: tensor.shape for name, tensor in layout(Layer(3, 2)._named_entries()).items()}
    {'weight': (2, 3), 'bias': (2,)}
    """
    layers: dict[str, dict[tuple[str, int], Any]] = {}
    places = {name: re.fullmatch(_OF_NEURON, name, re.DOTALL) for name in entries}
    for name, place in places.items():
        if place:
            parts = layers.setdefault(place["layer"], {})
            parts[place["part"], int(place["index"])] = entries[name]
    stacks = {layer: stack for layer, parts in layers.items() if (stack := _stack(parts))}
    tensors: dict[str, Tensor] = {}
    for name, item in entries.items():
        place = places[name]
        if place is None or place["layer"] not in stacks:
            params = [item] if isinstance(item, Value) else item
            own = {name: Tensor(() if isinstance(item, Value) else (len(item),), params)}
        elif (place["part"], place["index"]) == ("weights", "0"):
            own = {place["layer"] + part: t for part, t in stacks[place["layer"]].items()}
        else:
            continue
        for title in own.keys() & tensors.keys():
            raise ValueError(f"two tensors have the name {shown(repr(title))}: rename a parameter")
        tensors |= own
    return tensors


def to_bytes(entries: Mapping[str, Value | list[Value]]) -> bytes:
    """The parameters' numbers as float64 tensors.

    Raises:
        ImportError: the packages `safetensors` and `numpy` are missing.
    """
    np, safetensors = _packages()
    arrays = {
        name: np.array([p.data for p in params], dtype=np.float64).reshape(shape)
        for name, (shape, params) in layout(entries).items()
    }
    return bytes(safetensors.save(arrays))


def from_bytes(
    entries: Mapping[str, Value | list[Value]], content: bytes
) -> tuple[list[Value], list[float]]:
    """The parameters, and the number that the tensors have for each.

    Raises:
        ImportError: the packages `safetensors` and `numpy` are missing.
        ValueError: it is no safetensors file, or the tensors are not those of the parameters.
    """
    np, safetensors = _packages()
    try:
        arrays = safetensors.load(content)
    except KeyError as error:  # it has no NumPy type for these
        raise ValueError(f"it holds {error} numbers; save float64, float32 or float16") from None
    except Exception as error:  # its own, which is not exported where older versions have it
        raise ValueError(f"no safetensors file: {shown(str(error), 200)}") from None
    tensors = layout(entries)
    check_names("file", tensors, arrays)
    params: list[Value] = []
    numbers: list[float] = []
    for name, tensor in tensors.items():
        array = arrays[name]
        if array.dtype.kind != "f":
            raise ValueError(f"{shown(name)} holds {array.dtype} numbers, not floats")
        if array.shape != tensor.shape:
            shapes = f"{array.shape} in the file, and {tensor.shape} here"
            raise ValueError(f"{shown(name)} is of shape {shapes}")
        params += tensor.params
        numbers += array.astype(np.float64).ravel().tolist()
    return params, numbers


def check_names(title: str, ours: Iterable[str], theirs: Iterable[Any]) -> None:
    """Raise ValueError where the two do not have the same names."""
    wanted, found = dict.fromkeys(ours), dict.fromkeys(theirs)
    for trouble, names in (
        ("lacks", [name for name in wanted if name not in found]),
        ("has unknown", [name for name in found if name not in wanted]),
    ):
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            listed = ", ".join(f"{name!r:.80}" for name in names[:3])
            raise ValueError(f"the {title} {trouble} {listed}{more}; is it of another network?")


def _stack(parts: Mapping[tuple[str, int], Any]) -> dict[str, Tensor]:
    """Return a layer's two tensors; none where these are not the neurons of one layer."""
    count = len(parts) // 2
    rows = [parts.get(("weights", i)) for i in range(count)]
    biases = [parts.get(("bias", i)) for i in range(count)]
    if len(parts) != 2 * count or not all(isinstance(bias, Value) for bias in biases):
        return {}
    lists = [row for row in rows if isinstance(row, list)]
    if len(lists) != count or len({len(row) for row in lists}) != 1:
        return {}
    weights = Tensor((count, len(lists[0])), [p for row in lists for p in row])
    return {"weight": weights, "bias": Tensor((count,), [b for b in biases if b is not None])}


def _packages() -> tuple[Any, Any]:
    try:
        import numpy
        import safetensors.numpy
    except ImportError as error:
        raise ImportError(
            f"safetensors files need pip install 'autograd-lite[safetensors]': {error}"
        ) from error
    return numpy, safetensors.numpy
