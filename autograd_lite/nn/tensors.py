"""Read and write parameters as tensors with torch's names and shapes, in the safetensors format.

The format is that of https://github.com/huggingface/safetensors. Reading executes no code.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .._util.text import shown
from ..core.value import Value

# a text, since compiling the pattern would take longer than importing this module
_NEURON_NAME = r"(?P<layer>.*?)neurons\.(?P<index>0|[1-9]\d*)\.(?P<part>weights|bias)"


class Tensor(NamedTuple):
    """A shape, and the parameters in row-major order."""

    shape: tuple[int, ...]
    params: list[Value]


def build_tensors(entries: Mapping[str, Value | list[Value]]) -> dict[str, Tensor]:
    """Return the tensors of the named parameters of a module.

    The neurons of a layer give two: "weight", with one row per neuron, and "bias". A single Value
    gives a tensor without axes, a list of Values one with one axis.

    Raises:
        ValueError: two tensors would have the same name.

    >>> from autograd_lite.nn import Layer
    >>> {name: tensor.shape for name, tensor in build_tensors(Layer(3, 2)._named_entries()).items()}
    {'weight': (2, 3), 'bias': (2,)}
    """
    layers: dict[str, dict[tuple[str, int], Any]] = {}
    matches = {name: re.fullmatch(_NEURON_NAME, name, re.DOTALL) for name in entries}
    for name, match in matches.items():
        if match:
            parts = layers.setdefault(match["layer"], {})
            parts[match["part"], int(match["index"])] = entries[name]
    stacks = {layer: stack for layer, parts in layers.items() if (stack := _stack(parts))}
    tensors: dict[str, Tensor] = {}
    for name, item in entries.items():
        match = matches[name]
        if match is None or match["layer"] not in stacks:
            params = [item] if isinstance(item, Value) else item
            own = {name: Tensor(() if isinstance(item, Value) else (len(item),), params)}
        elif (match["part"], match["index"]) == ("weights", "0"):
            own = {match["layer"] + part: t for part, t in stacks[match["layer"]].items()}
        else:
            continue
        for title in own.keys() & tensors.keys():
            raise ValueError(f"two tensors have the name {shown(repr(title))}: rename a parameter")
        tensors |= own
    return tensors


def to_bytes(entries: Mapping[str, Value | list[Value]]) -> bytes:
    """Return the content of a safetensors file with the parameters as float64 tensors.

    Raises:
        ImportError: the package `safetensors` or `numpy` is not installed.
    """
    np, safetensors = _import_packages()
    arrays = {
        name: np.array([p.data for p in params], dtype=np.float64).reshape(shape)
        for name, (shape, params) in build_tensors(entries).items()
    }
    return bytes(safetensors.save(arrays))


def from_bytes(
    entries: Mapping[str, Value | list[Value]], content: bytes
) -> tuple[list[Value], list[float]]:
    """Return the parameters, and the number that a safetensors file has for each.

    Arguments:
        entries: the named parameters of a module.
        content: the content of the file.

    Raises:
        ImportError: the package `safetensors` or `numpy` is not installed.
        ValueError: the content has another format, or its tensors have other names or shapes.
    """
    np, safetensors = _import_packages()
    try:
        arrays = safetensors.load(content)
    except KeyError as error:  # NumPy has no such type
        raise ValueError(
            f"the file has numbers of type {error}: save float64, float32 or float16"
        ) from None
    except Exception as error:  # SafetensorError, which older versions do not export
        raise ValueError(f"not a safetensors file: {shown(str(error), 200)}") from None
    tensors = build_tensors(entries)
    check_names("file", tensors, arrays)
    params: list[Value] = []
    numbers: list[float] = []
    for name, tensor in tensors.items():
        array = arrays[name]
        if array.dtype.kind != "f":
            raise ValueError(f"{shown(name)} has numbers of type {array.dtype}, not floats")
        if array.shape != tensor.shape:
            raise ValueError(
                f"{shown(name)} has the shape {array.shape} in the file, but {tensor.shape} in the "
                "module"
            )
        params += tensor.params
        numbers += array.astype(np.float64).ravel().tolist()
    return params, numbers


def check_names(title: str, ours: Iterable[str], theirs: Iterable[Any]) -> None:
    """Raise ValueError unless both have the same names; `title` is what the error calls theirs."""
    own_names, their_names = dict.fromkeys(ours), dict.fromkeys(theirs)
    for problem, names in (
        ("lacks", [name for name in own_names if name not in their_names]),
        ("has unknown", [name for name in their_names if name not in own_names]),
    ):
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            listed = ", ".join(f"{name!r:.80}" for name in names[:3])
            raise ValueError(
                f"the {title} {problem} {listed}{more}: it may belong to another network"
            )


def _stack(parts: Mapping[tuple[str, int], Any]) -> dict[str, Tensor]:
    """Return the two tensors of a layer, or {} if these are not the neurons of one layer."""
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


def _import_packages() -> tuple[Any, Any]:
    try:
        import numpy
        import safetensors.numpy
    except ImportError as error:
        raise ImportError(
            f"safetensors files need pip install 'autograd-lite[safetensors]': {error}"
        ) from error
    return numpy, safetensors.numpy
