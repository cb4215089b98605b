"""Checkpoints that do not fit, or are damaged: each is refused, and nothing changes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_lite import Value
from autograd_lite.nn import MLP, fit, mean_squared_error
from autograd_lite.nn.training.dataset import Samples
from autograd_lite.optim import SGD, Adam
from tests.support.fit_runs import DATA, INPUTS, Killed, Run, killed


def saved(path: Path, **options: Any) -> dict[str, Any]:
    """The state of a training that was killed within its third epoch."""
    with pytest.raises(Killed):
        loss = killed(9, mean_squared_error)
        Run().fit(loss=loss, checkpoint=path, save_every=1, **options)
    state: dict[str, Any] = json.loads(path.read_text())
    assert state["step"] == 1 and len(state["epochs"]) == 2
    return state


def test_a_file_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text("mine")
    run = Run()
    with pytest.raises(FileExistsError, match="resume=True"):
        run.fit(checkpoint=path)
    with pytest.raises(ValueError, match=r"run\.json: "):
        run.fit(checkpoint=path, resume=True)
    assert path.read_text() == "mine"
    with pytest.raises(FileNotFoundError, match="no folder for the checkpoint"):
        run.fit(checkpoint=tmp_path / "none" / "run.json", loss=killed(0, mean_squared_error))
    assert run.net.state_dict() == Run().net.state_dict()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"batch_size": 2}, "batch_size is 2, but the checkpoint has 3"),
        ({"shuffle": False}, "shuffle is False, but the checkpoint has True"),
        ({"jit": True}, "jit is True, but the checkpoint has False"),
        ({"patience": 4}, "patience is 4, but the checkpoint has 3"),
        ({"min_delta": 0.5}, "min_delta is 0.5, but the checkpoint has 0.0"),
        ({"metrics": {"last": lambda p, t: p[-1]}}, "metrics is "),
        ({"loss": lambda p, t: mean_squared_error(p, t)}, "loss is "),
        ({"data": (INPUTS, [0.0] * 7)}, "data is "),
        ({"data": (INPUTS[:6], DATA[1][:6])}, "data is "),
        ({"validation": DATA}, "validation is "),
        ({"rng": None, "batch_size": None}, "batch_size is 7, but the checkpoint has 3"),
    ],
)
def test_another_training_is_refused(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    path = tmp_path / "run.json"
    saved(path)
    run = Run()
    with pytest.raises(ValueError, match=f"cannot resume: {words}"):
        run.fit(checkpoint=path, resume=True, **options)
    assert run.net.state_dict() == Run().net.state_dict()
    with pytest.raises(ValueError, match="optimizer is 'SGD', but the checkpoint has 'Adam'"):
        Run(SGD).fit(checkpoint=path, resume=True)


@pytest.mark.parametrize("kind", [np.array, lambda row: [np.array([x]) for x in row]])
def test_samples_that_are_arrays_are_compared(kind: Any) -> None:
    one, same, other = (Samples("data", ([kind([x, 1.0])], [2.0])) for x in (3.0, 3.0, 4.0))
    assert one.compute_digest() is not None
    assert one.compute_digest() == same.compute_digest() != other.compute_digest()


def damage(state: dict[str, Any], where: list[Any], value: Any) -> None:
    for key in where[:-1]:
        state = state[key]
    if value is KeyError:
        del state[where[-1]]
    else:
        state[where[-1]] = value


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (["format"], "another"),
        (["sha256"], KeyError),
        (["settings", "more"], 1),
        (["step"], 0),
        (["step"], KeyError),
        (["order"], [0, 1, 2, 3, 4, 5, 6]),
        (["total"], 1.0),
        (["stopped"], "\x1b[31m"),
        (["best", "epoch"], 1),
        (["epochs", 1, "loss"], None),
        (["model", "layers.0.neurons.0.bias"], 0.5),
        (["optimizer", "lr"], 0.5),
        (["rng", 1, 0], 1),
    ],
    ids=lambda x: str(x)[:40],
)
def test_a_damaged_file_is_refused_whole(tmp_path: Path, where: list[Any], value: Any) -> None:
    path = tmp_path / "run.json"
    state = saved(path)
    damage(state, where, value)
    path.write_text(json.dumps(state))
    run, before = Run(), Run()
    with pytest.raises(ValueError, match=r"run\.json: ") as caught:
        run.fit(checkpoint=path, resume=True, loss=killed(0, mean_squared_error))
    assert "\x1b" not in str(caught.value)
    assert run.net.state_dict() == before.net.state_dict()
    assert run.optimizer.state_dict() == before.optimizer.state_dict()
    assert run.rng.getstate() == before.rng.getstate()


def test_a_subset_of_the_parameters_is_another_optimizer(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    saved(path)
    run = Run()
    run.optimizer = Adam(run.net.parameters()[1:], 0.05)
    before = run.net.state_dict()
    with pytest.raises(ValueError, match="means has 13 numbers, but Adam has 12"):
        run.fit(checkpoint=path, resume=True)
    assert run.net.state_dict() == before


def test_one_rng_is_not_enough_for_two_runs(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    Run().fit(checkpoint=path, batch_size=None, rng=1)
    with pytest.raises(ValueError, match="only one of the two runs uses an rng"):
        Run().fit(checkpoint=path, batch_size=None, rng=None, resume=True)


def test_half_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    saved(path)
    content = path.read_bytes()
    for part in (b"", content[:-3], content[: len(content) // 2], b"\x80" + content, b"[" * 10**5):
        path.write_bytes(part)
        with pytest.raises(ValueError, match=r"run\.json: "):
            Run().fit(checkpoint=path, resume=True)


def test_parameters_that_a_checkpoint_would_lose_are_refused(tmp_path: Path) -> None:
    net, temperature = MLP(2, [1], rng=0), Value(1.0)
    optimizer = SGD([*net.parameters(), temperature], 0.1)
    with pytest.raises(ValueError, match="1 parameters that are not the model's"):
        fit(net, DATA, mean_squared_error, optimizer, 1, checkpoint=tmp_path / "run.json")
    fit(net, DATA, mean_squared_error, optimizer, 1, progress=False)
