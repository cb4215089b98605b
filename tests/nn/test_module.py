"""Modules: which parameters they find, and saving and loading them."""

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.nn import MLP, Module, Neuron
from tests.support.cases import loop_over

NUMBERS = [0.1, -0.0, 5e-324, 1.7976931348623157e308, 1 / 3, math.inf, -math.inf, math.nan]


class Custom(Module):
    def __init__(self) -> None:
        self.title = "no parameter"
        self.scale = Value(2.0)
        self.matrix = [[Value(1.0), Value(2.0)], [Value(3.0)]]
        self.parts = {"first": Neuron(1), "none": []}
        self.tied = self.parts["first"]
        self.root: Module = self
        self.last = self.scale * 3.0


def test_parameters_are_the_leaves_among_the_attributes_each_once() -> None:
    custom = Custom()
    assert list(custom.state_dict()) == [
        "scale",
        "matrix.0",
        "matrix.1",
        "parts.first.weights",
        "parts.first.bias",
    ]
    assert [p.data for p in custom.parameters()[:4]] == [2.0, 1.0, 2.0, 3.0]
    assert len(custom.parameters()) == 6
    assert repr(custom) == "Custom(6 parameters)"


def test_arrays_of_values_are_parameters(tmp_path: Path) -> None:
    def model() -> Module:
        made = Module()
        arrays = {"W": np.arange(6.0).reshape(2, 3), "b": np.zeros(2), "c": np.array(7.0)}
        vars(made).update({name: ag.array(numbers) for name, numbers in arrays.items()})
        vars(made).update(tied=made.W, data=np.ones(3), text=np.array(["a"], dtype=object))
        return made

    one, other = model(), model()
    numbers = {"W.0": [0.0, 1.0, 2.0], "W.1": [3.0, 4.0, 5.0], "b": [0.0, 0.0], "c": [7.0]}
    assert one.state_dict() == numbers
    assert len({id(p) for p in one.parameters()}) == len(one.parameters()) == 9
    for p in other.parameters():
        p.data, p.grad = -1.0, 1.0
    one.save(tmp_path / "weights.json")
    layers = ag.nn.gradient_flow(other)
    assert [(layer.name, layer.parameters) for layer in layers] == [("W", 6), ("b", 2), ("c", 1)]
    other.load(tmp_path / "weights.json")
    assert ag.data(other.W).tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]  # type: ignore[attr-defined]


def test_many_rows_of_arrays_are_told_apart() -> None:
    # a row is an object that lives as long as one looks at it, and the next one may have its id
    made = Module()
    vars(made).update({f"W{i}": ag.array(np.ones((20, 3))) for i in range(10)})
    assert len(made.parameters()) == 600
    assert ag.nn.gradient_flow(made).parameters == 600
    assert sum(layer.parameters for layer in ag.nn.gradient_flow(made)) == 600


def test_a_value_with_two_names_is_one_parameter() -> None:
    custom = Custom()
    custom.matrix = [[custom.scale]]
    assert len(custom.parameters()) == 3


def test_state_dict_of_a_network() -> None:
    state = MLP(2, [2, 1]).state_dict()
    assert list(state)[:3] == [
        "layers.0.neurons.0.weights",
        "layers.0.neurons.0.bias",
        "layers.0.neurons.1.weights",
    ]
    assert isinstance(state["layers.0.neurons.1.weights"], list)
    assert state["layers.0.neurons.1.bias"] == 0.0


def test_load_state_dict_takes_numpy_numbers() -> None:
    neuron = Neuron(2)
    neuron.load_state_dict({"weights": np.array([1.0, 2.0]), "bias": np.float32(0.5)})
    assert neuron.state_dict() == {"weights": [1.0, 2.0], "bias": 0.5}
    assert all(type(p.data) is float for p in neuron.parameters())


BAD_STATES: list[tuple[Any, type[Exception], str]] = [
    ({"weights": [9.0, 9.0]}, ValueError, "lacks 'bias'"),
    ({}, ValueError, "lacks 'weights', 'bias'"),
    ({"weights": [9.0, 9.0], "bias": 9.0, "extra": 1.0}, ValueError, "unknown 'extra'"),
    (
        {"weights": [9.0, 9.0], "bias": 9.0, "a": 1, "b": 1, "c": 1, "d": 1},
        ValueError,
        "unknown 'a', 'b', 'c' and 1 more",
    ),
    (
        {"weights": [9.0], "bias": 9.0},
        ValueError,
        "weights: .* list of 1 number, but Neuron has .* 2",
    ),
    ({"weights": 9.0, "bias": 9.0}, ValueError, "weights: the state has one number"),
    (
        {"weights": [9.0, 9.0], "bias": [9.0]},
        ValueError,
        "bias: .* list of 1 number, but Neuron has one",
    ),
    ({"weights": [9.0, 9.0], "bias": None}, TypeError, "bias must hold numbers, not NoneType"),
    ({"weights": [9.0, 9.0], "bias": "many"}, TypeError, "bias must hold numbers, not str"),
    ({"weights": [9.0, 9.0], "bias": True}, TypeError, "bias must hold numbers, not bool"),
    ({"weights": [9.0, [9.0]], "bias": 9.0}, TypeError, "weights must hold numbers, not list"),
    ({"weights": "ab", "bias": 9.0}, TypeError, "weights must hold numbers, not str"),
    ({"weights": {"0": 9.0, "1": 9.0}, "bias": 9.0}, TypeError, "weights must hold numbers"),
    ({"weights": [9.0, 10**400], "bias": 9.0}, ValueError, "weights: .* too large"),
    ([1.0, 2.0, 3.0], TypeError, "state must be a dict of numbers, not list"),
    (None, TypeError, "state must be a dict"),
]


@loop_over("state, error, words", BAD_STATES)
def test_a_bad_state_changes_nothing(
    state: Any, error: type[Exception], words: str, tmp_path: Path
) -> None:
    neuron = Neuron(2)
    before = neuron.state_dict()
    with pytest.raises(error, match=words):
        neuron.load_state_dict(state)
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(state))
    with pytest.raises(ValueError, match=f"bad.json: .*{words}"):
        neuron.load(path)
    assert neuron.state_dict() == before


def test_two_parameters_of_one_name_are_refused_where_one_would_be_lost() -> None:
    net = Module()
    net.d = {1: Value(1.0), "1": Value(2.0)}  # type: ignore[attr-defined]
    assert len(net.parameters()) == 2
    for call in (net.state_dict, lambda: net.load_state_dict({"d.1": 3.0})):
        with pytest.raises(ValueError, match=r"two parameters have the name 'd\.1'"):
            call()


@loop_over(
    "numbers",
    [b"xy", bytearray(b"xy"), {1.0, 2.0}, {0: 1.0, 1: 2.0}, [1.0, 2j], [1.0, np.complex64(1j)]],
)
def test_what_only_looks_like_a_list_of_numbers_is_refused(numbers: Any) -> None:
    net = Neuron(2)
    before = net.state_dict()
    with pytest.raises(TypeError, match="weights"):
        net.load_state_dict({"weights": numbers, "bias": 0.0})
    assert net.state_dict() == before


def test_a_file_returns_every_float_exactly(tmp_path: Path) -> None:
    old, new = Neuron(len(NUMBERS)), Neuron(len(NUMBERS))
    for p, number in zip(old.weights, NUMBERS, strict=True):
        p.data = number
    old.save(tmp_path / "weights.json")
    new.load(str(tmp_path / "weights.json"))
    assert [p.data.hex() for p in new.parameters()] == [p.data.hex() for p in old.parameters()]


def test_the_file_is_json_that_any_reader_takes(tmp_path: Path) -> None:
    def refuse(text: str) -> float:
        raise AssertionError(f"{text} is no JSON")

    neuron = Neuron(2)
    neuron.load_state_dict({"weights": [math.nan, -math.inf], "bias": 1.5})
    neuron.save(tmp_path / "weights.json")
    text = (tmp_path / "weights.json").read_text()
    assert json.loads(text, parse_constant=refuse) == {"weights": ["nan", "-inf"], "bias": 1.5}


@loop_over(
    "content, words",
    [
        (b"", "Expecting value"),
        (b"\x80\x81", "codec can't decode"),
        (b"\x89PNG\r\n", "codec can't decode"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"weights": [1.0, 2.0], "bias": 1e999}', "the number 1e999 is too large"),
        (b'{"weights": [1.0, 2.0], "bias": 1' + b"0" * 5000 + b"}", "digit"),
        (b'{"weights": [1.0, 2.0], "bias": 1' + b"0" * 400 + b"}", "too large"),
        (b'{"weights": [1.0, 2.0], "bias": 1.0, "bias": 2.0}', "twice"),
        (b'{"weights": [1.0, 2.0], "bias": "1.0"}', "must hold numbers, not str"),
        (b'{"weights": [1.0, 2.0], "bias": 1.0', "Expecting"),
        (b"3", "state must be a dict"),
    ],
)
def test_a_wrong_file_is_refused_by_name(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    path.write_bytes(content)
    neuron = Neuron(2)
    before = neuron.state_dict()
    with pytest.raises(ValueError, match=f"wrong.json: .*{words}"):
        neuron.load(path)
    assert neuron.state_dict() == before


def test_a_file_of_another_network_is_refused(tmp_path: Path) -> None:
    MLP(2, [3, 1]).save(tmp_path / "weights.json")
    for other in (MLP(3, [3, 1]), MLP(2, [2, 1]), MLP(2, [3, 1, 1]), Neuron(2)):
        with pytest.raises(ValueError, match=r"weights.json: "):
            other.load(tmp_path / "weights.json")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Neuron(1).load(tmp_path / "none.json")
    with pytest.raises(FileNotFoundError):
        Neuron(1).save(tmp_path / "none" / "weights.json")


def test_a_save_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "weights.json"
    Neuron(1).save(path)
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        Neuron(2).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_save_keeps_the_mode_and_the_link(tmp_path: Path) -> None:
    path, link = tmp_path / "weights.json", tmp_path / "link.json"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    Neuron(1).save(link)
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.read_text().startswith("{")
