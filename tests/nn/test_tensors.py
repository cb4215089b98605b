"""Weights as safetensors files: names, shapes, every float exactly, and what is refused."""

import json
import math
import struct
import sys
from pathlib import Path
from typing import Any

import pytest

from autograd_lite import Value
from autograd_lite.nn import MLP, Layer, Module, Neuron
from autograd_lite.nn.tensors import build_tensors
from tests.support.cases import loop_over

np = pytest.importorskip("numpy")
files = pytest.importorskip("safetensors.numpy")

NUMBERS = [0.1, -0.0, 5e-324, 1.7976931348623157e308, 1 / 3, math.inf, -math.inf, math.nan]


def shapes(module: Module) -> dict[str, tuple[int, ...]]:
    return {name: tensor.shape for name, tensor in build_tensors(module._named_entries()).items()}


class Holder(Module):
    def __init__(self, **parts: Any) -> None:
        vars(self).update(parts)


def test_the_names_are_those_of_torch(tmp_path: Path) -> None:
    net = MLP(2, [3, 1], rng=0)
    net.save(tmp_path / "net.safetensors")
    arrays = files.load_file(tmp_path / "net.safetensors")
    assert {name: (a.shape, str(a.dtype)) for name, a in arrays.items()} == {
        "layers.0.weight": ((3, 2), "float64"),
        "layers.0.bias": ((3,), "float64"),
        "layers.1.weight": ((1, 3), "float64"),
        "layers.1.bias": ((1,), "float64"),
    }
    for i, layer in enumerate(net.layers):
        for row, bias, neuron in zip(
            arrays[f"layers.{i}.weight"], arrays[f"layers.{i}.bias"], layer.neurons, strict=True
        ):
            assert row.tolist() == [w.data for w in neuron.weights]
            assert bias == neuron.bias.data


def test_what_is_no_layer_keeps_its_names() -> None:
    assert shapes(Layer(3, 2)) == {"weight": (2, 3), "bias": (2,)}
    assert shapes(Neuron(2)) == {"weights": (2,), "bias": ()}
    model = Holder(scale=Value(1.0), offsets=[Value(0.0)] * 3, parts={"a": Layer(1, 2)})
    assert shapes(model) == {
        "scale": (),
        "offsets": (3,),
        "parts.a.weight": (2, 1),
        "parts.a.bias": (2,),
    }
    ragged = {"neurons.0.weights": (1,), "neurons.0.bias": (), "neurons.1.weights": (2,)}
    assert shapes(Holder(neurons=[Neuron(1), Neuron(2)])) == {**ragged, "neurons.1.bias": ()}
    lacking = Holder(neurons=[Neuron(1), Holder(weights=[Value(1.0)])])
    assert list(shapes(lacking)) == ["neurons.0.weights", "neurons.0.bias", "neurons.1.weights"]
    more = Layer(1, 1)
    vars(more)["gain"] = Value(1.0)
    assert shapes(more) == {"weight": (1, 1), "bias": (1,), "gain": ()}
    # the tenth neuron stands after the ninth, not after the first
    many = Layer(1, 12, rng=0)
    assert [p.data for p in build_tensors(many._named_entries())["weight"].params] == [
        n.weights[0].data for n in many.neurons
    ]


def test_two_tensors_of_one_name_are_refused(tmp_path: Path) -> None:
    layer = Layer(1, 1)
    vars(layer)["weight"] = Value(1.0)
    with pytest.raises(ValueError, match="two tensors have the name 'weight'"):
        layer.save(tmp_path / "layer.safetensors")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "make",
    [
        lambda: MLP(2, [3, 2, 1]),
        lambda: Neuron(len(NUMBERS) - 1),
        lambda: Layer(3, 2),
        lambda: Holder(scale=Value(0.0), offsets=[Value(0.0)] * 3, parts={"a": Layer(1, 2)}),
    ],
)
def test_a_file_returns_every_float_exactly(make: Any, tmp_path: Path) -> None:
    old, new, path = make(), make(), str(tmp_path / "weights.safetensors")
    for i, p in enumerate(old.parameters()):
        p.data = NUMBERS[i % len(NUMBERS)]
    old.save(path)
    new.load(path)
    assert [p.data.hex() for p in new.parameters()] == [p.data.hex() for p in old.parameters()]


@pytest.mark.parametrize("kind", ["float64", "float32", "float16"])
def test_floats_of_any_size_are_taken(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    arrays = {"weight": np.array([[0.1, -2.5]], dtype=kind), "bias": np.array([1 / 3], dtype=kind)}
    files.save_file(arrays, path)
    layer = Layer(2, 1)
    layer.load(path)
    expected = [*arrays["weight"][0], arrays["bias"][0]]
    assert [p.data for p in layer.parameters()] == [float(x) for x in expected]


def packed(header: Any, data: bytes = b"") -> bytes:
    """A file of that header, by hand."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(kind: str, shape: list[int], start: int, end: int) -> dict[str, Any]:
    return {"dtype": kind, "shape": shape, "data_offsets": [start, end]}


WEIGHT, BIAS = entry("F64", [1, 2], 0, 16), entry("F64", [1], 16, 24)
GOOD = packed({"weight": WEIGHT, "bias": BIAS}, bytes(24))


@loop_over(
    "content, words",
    [
        (b"", "not a safetensors file: .*header too small"),
        (GOOD[:-1], "not a safetensors file"),
        (GOOD + b"x", "not a safetensors file"),
        (GOOD[:40], "not a safetensors file"),
        (b"\xff" * 100, "not a safetensors file"),
        (struct.pack("<Q", 2**63) + b"{}", "not a safetensors file"),
        (packed(b"["), "not a safetensors file"),
        (packed(b"[" * 100_000), "not a safetensors file"),
        (packed(b'{"weight": \xff}'), "not a safetensors file"),
        (packed({}), "lacks 'weight', 'bias'"),
        (packed({"weight": WEIGHT}, bytes(16)), "lacks 'bias'"),
        (
            packed({"weight": WEIGHT, "bias": BIAS, "\x1b": entry("F64", [0], 24, 24)}, bytes(24)),
            r"unknown '\\x1b'",
        ),
        (
            packed({"weight": entry("F64", [2], 0, 16), "bias": BIAS}, bytes(24)),
            r"weight has the shape",
        ),
        (packed({"weight": entry("F64", [2, 1], 0, 16), "bias": BIAS}, bytes(24)), r"\(2, 1\) in"),
        (packed({"weight": entry("F64", [2**40] * 2, 0, 16), "bias": BIAS}, bytes(24)), "overflow"),
        (
            packed({"weight": entry("F64", [1, 2], 8, 24), "bias": BIAS}, bytes(24)),
            "not a safetens",
        ),
        (packed({"weight": entry("I64", [1, 2], 0, 16), "bias": BIAS}, bytes(24)), "type int64"),
        (packed({"weight": WEIGHT, "bias": entry("BOOL", [1], 16, 17)}, bytes(17)), "type bool"),
        (packed({"weight": WEIGHT, "bias": entry("BF16", [1], 16, 18)}, bytes(18)), "BF16"),
        (
            packed({"weight": WEIGHT, "bias": entry("F99", [1], 16, 18)}, bytes(18)),
            "not a safetensors",
        ),
        (b'{"weight": [[1.0, 2.0]], "bias": [0.0]}', "not a safetensors file"),
    ],
)
def test_a_wrong_file_changes_nothing(content: bytes, words: str, tmp_path: Path) -> None:
    layer, path = Layer(2, 1, rng=0), tmp_path / "wrong.safetensors"
    path.write_bytes(GOOD)
    layer.load(path)
    assert [p.data for p in layer.parameters()] == [0.0] * 3  # the good one is one
    layer = Layer(2, 1, rng=0)
    before = layer.state_dict()
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"wrong\.safetensors: .*{words}") as caught:
        layer.load(path)
    assert "\x1b" not in str(caught.value)
    assert layer.state_dict() == before


def test_a_pickle_is_not_read(tmp_path: Path) -> None:
    import pickle

    class Evil:
        def __reduce__(self) -> Any:
            return (tmp_path / "ran").touch, ()

    path = tmp_path / "evil.safetensors"
    path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(ValueError, match="not a safetensors file"):
        Neuron(1).load(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("missing", ["numpy", "safetensors.numpy"])
def test_what_to_install(missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.safetensors"
    path.write_bytes(GOOD)
    monkeypatch.setitem(sys.modules, missing, None)
    for call in (Layer(2, 1).save, Layer(2, 1).load):
        with pytest.raises(ImportError, match=r"pip install 'autograd-lite\[safetensors\]'"):
            call(path)
    assert path.read_bytes() == GOOD
