"""Collect, save and load the parameters of a module."""

import os
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from .._util import json_numbers
from .._util.files import write_whole
from .._util.text import count, shown
from ..core.operands import to_float
from ..core.updates import set_data
from ..core.value import Value
from . import tensors
from .tensors import check_names

__all__ = ["Module"]


class Module:
    """A base for anything with parameters.

    A subclass keeps Values, Modules, and lists, dicts or `ag.array`s of Values as attributes. Its
    parameters are the leaf Values among the attributes, in the order in which they were assigned.

    >>> from autograd_lite import Value
    >>> from autograd_lite.nn import Module
    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offsets = Value(2.0), [Value(0.0), Value(1.0)]
    >>> line = Line()
    >>> len(line.parameters())
    3
    >>> line.state_dict()
    {'slope': 2.0, 'offsets': [0.0, 1.0]}
    """

    def parameters(self) -> list[Value]:
        """Return the parameters, each once. Those of a neuron are its weights, then its bias.

        >>> from autograd_lite.nn import Neuron
        >>> [p.name for p in Neuron(2).parameters()]
        ['w0', 'w1', 'b']
        """
        parameters: dict[int, Value] = {}
        for _, item in self._entries():
            for p in [item] if isinstance(item, Value) else item:
                parameters.setdefault(id(p), p)
        return list(parameters.values())

    def zero_grad(self) -> None:
        """Set the `.grad` of every parameter to 0.0, since `backward()` adds to it.

        >>> from autograd_lite.nn import Neuron
        >>> neuron = Neuron(1)
        >>> neuron([1.0]).backward()
        >>> neuron.zero_grad()
        >>> [p.grad for p in neuron.parameters()]
        [0.0, 0.0]
        """
        for p in self.parameters():
            p.grad = 0.0

    def state_dict(self) -> dict[str, float | list[float]]:
        """Return the numbers of the parameters by name: a number for a Value, a list for a list.

        >>> from autograd_lite.nn import MLP
        >>> MLP(1, [1]).state_dict().keys()
        dict_keys(['layers.0.neurons.0.weights', 'layers.0.neurons.0.bias'])
        """
        return {
            name: item.data if isinstance(item, Value) else [p.data for p in item]
            for name, item in self._named_entries().items()
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set the parameters to the numbers of a `state_dict()`, or none of them on an error.

        Raises:
            TypeError: `state` is not a mapping, or has other items than numbers.
            ValueError: a name is missing or unknown, or a list has another length.

        >>> from autograd_lite.nn import Neuron
        >>> neuron = Neuron(2)
        >>> neuron.load_state_dict({"weights": [1.0, 2.0], "bias": 3.0})
        >>> neuron.load_state_dict({"weights": [1.0], "bias": 3.0})
        Traceback (most recent call last):
        ...
        ValueError: weights: the state has a list of 1 number, but Neuron has a list of 2 numbers
        """
        if not isinstance(state, Mapping):
            raise TypeError(f"state must be a dict of numbers, not {type(state).__name__}")
        entries = self._named_entries()
        check_names("state", entries, state)
        owner = type(self).__name__
        new = [_pair_numbers(owner, name, item, state[name]) for name, item in entries.items()]
        set_data([p for pairs in new for p, _ in pairs], [x for pairs in new for _, x in pairs])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the parameters to a file, from which `load` reads exactly the same floats.

        A path that ends in ".safetensors" gives a file of float64 tensors for other programs, with
        torch's names: each `Layer` has a "weight" with one row per neuron, and a "bias". Any other
        path gives a JSON file of `state_dict()`, in which nan and infinities are the strings "nan",
        "inf" and "-inf".

        The file appears whole or not at all. An existing file keeps its permissions.

        Raises:
            OSError: the file cannot be written; an existing file is unchanged.
            ImportError: the package `safetensors` is not installed.
        """
        if _is_safetensors(path):
            write_whole(path, tensors.to_bytes(self._named_entries()))
        else:
            write_whole(path, json_numbers.write(self.state_dict()))

    def load(self, path: str | os.PathLike[str]) -> None:
        """Set the parameters to those in a file that `save` wrote, or none of them on an error.

        A ".safetensors" file from another program may have numbers in float64, float32 or float16.

        Raises:
            OSError: the file cannot be read.
            ValueError: the file has another format, or its parameters have other names or shapes.
            ImportError: the package `safetensors` is not installed.

        >>> import tempfile
        >>> from autograd_lite.nn import MLP
        >>> old, new = MLP(2, [3, 1]), MLP(2, [3, 1])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     old.save(f"{folder}/weights.json")
        ...     new.load(f"{folder}/weights.json")
        >>> old.state_dict() == new.state_dict()
        True
        """
        try:
            if _is_safetensors(path):
                set_data(*tensors.from_bytes(self._named_entries(), Path(path).read_bytes()))
                return
            self.load_state_dict(json_numbers.read(Path(path).read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path}: {error}") from error

    def _entries(self) -> Iterator[tuple[str, Value | list[Value]]]:
        return _walk("", self, {})

    def _named_entries(self) -> dict[str, Value | list[Value]]:
        entries: dict[str, Value | list[Value]] = {}
        for name, item in self._entries():
            if name in entries:
                raise ValueError(f"two parameters have the name {shown(repr(name))}: rename one")
            entries[name] = item
        return entries

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.parameters())} parameters)"


def list_parts(item: Any) -> list[tuple[Any, Any]]:
    """Return pairs (key, part) for a Module, list, dict or array of objects; else an empty list."""
    if isinstance(item, Module):
        return list(vars(item).items())
    if isinstance(item, dict):
        return list(item.items())
    if getattr(getattr(item, "dtype", None), "kind", "") == "O":
        return list(enumerate(item if item.ndim else [item.item()]))
    return list(enumerate(item)) if isinstance(item, list | tuple) else []


def _walk(name: str, item: Any, seen: dict[int, Any]) -> Iterator[tuple[str, Value | list[Value]]]:
    """Yield the parameters in `item` as (name, Value), or (name, list) for a list of Values."""
    if _is_leaf(item):
        yield name, item
        return
    if id(item) in seen:  # modules may refer to each other
        return
    seen[id(item)] = item  # the item itself, since ids of temporary rows of an array are reused
    parts = list_parts(item)
    if parts and not isinstance(item, Module | dict) and all(_is_leaf(x) for _, x in parts):
        yield name, [x for _, x in parts]
        return
    for key, part in parts:
        yield from _walk(f"{name}.{key}" if name else str(key), part, seen)


def _is_leaf(item: Any) -> bool:
    return isinstance(item, Value) and not item.op


def _pair_numbers(owner: str, name: str, ours: Value | list[Value], theirs: Any) -> list[Any]:
    """Return pairs of a parameter and its new number, or raise ValueError if the shapes differ."""
    if isinstance(theirs, (bytes, bytearray, Set, Mapping)):
        raise TypeError(f"{name} must hold numbers, not a {type(theirs).__name__}: {theirs!r:.40}")
    single = isinstance(theirs, str) or not hasattr(theirs, "__len__")
    numbers = [_to_number(name, x) for x in ([theirs] if single else theirs)]
    params = [ours] if isinstance(ours, Value) else ours
    if single != isinstance(ours, Value) or len(numbers) != len(params):
        shapes = _describe(single, numbers), _describe(isinstance(ours, Value), params)
        raise ValueError(f"{name}: the state has {shapes[0]}, but {owner} has {shapes[1]}")
    return list(zip(params, numbers, strict=True))


def _describe(single: bool, items: Sequence[Any]) -> str:
    if single:
        return "one number"
    return f"a list of {count(len(items), 'number')}"


def _to_number(name: str, x: Any) -> float:
    if isinstance(x, (bool, str)) or hasattr(x, "__len__") or not hasattr(x, "__float__"):
        raise TypeError(f"{name} must hold numbers, not {type(x).__name__}: {x!r:.40}")
    try:
        return to_float(x)
    except TypeError as error:  # a complex number
        raise TypeError(f"{name}: {error}") from None
    except OverflowError:
        raise ValueError(f"{name}: an integer is too large for a float") from None


def _is_safetensors(path: str | os.PathLike[str]) -> bool:
    return os.fsdecode(path).endswith(".safetensors")
