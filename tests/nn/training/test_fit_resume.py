"""A training that was killed, at any point, and resumed has the numbers of one that was not."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_lite.nn import mean_squared_error
from autograd_lite.optim import SGD, Adam
from tests.support.fit_runs import DATA, EPOCHS, INPUTS, Killed, Run, killed, resumed


def momentum(params: Any, lr: float) -> SGD:
    return SGD(params, lr, momentum=0.9)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "every"), [(Adam, None), (Adam, 1), (Adam, 4), (momentum, 2), (momentum, 100)]
)
def test_killed_in_every_step(tmp_path: Path, make: Any, every: int | None) -> None:
    whole = Run(make).fit().numbers()
    for calls in range(20):  # 3 steps and a validation for each of 5 epochs
        death = {"loss": killed(calls, mean_squared_error)}
        path = tmp_path / f"{calls}.json"
        assert resumed(path, [death], make, save_every=every).numbers() == whole


def test_killed_again_and_again(tmp_path: Path) -> None:
    whole = Run().fit().numbers()
    # each life is long enough for one more step than the last save, and no longer
    deaths = [{"loss": killed(2, mean_squared_error)} for _ in range(8)]
    assert resumed(tmp_path / "run.json", deaths, save_every=1).numbers() == whole
    lives = [{"callbacks": [killed(1, lambda e: None)]}] * 2
    whole = Run().fit(callbacks=[]).numbers()
    assert resumed(tmp_path / "other.json", lives, callbacks=[]).numbers() == whole


@pytest.mark.parametrize("name", ["open", "fsync", "replace"])
def test_killed_while_saving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    whole, path = Run().fit().numbers(), tmp_path / "run.json"
    for saves in range(4):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, killed(saves, getattr(os, name)))
            with pytest.raises(Killed):
                Run().fit(checkpoint=path, resume=True)
        assert [p.name for p in tmp_path.iterdir()] == ["run.json"] * (saves > 0)
        path.unlink(missing_ok=True)
    with monkeypatch.context() as patch:
        patch.setattr(os, name, killed(2, getattr(os, name)))
        with pytest.raises(Killed):
            Run().fit(checkpoint=path, resume=True)
    assert Run().fit(checkpoint=path, resume=True).numbers() == whole


@pytest.mark.slow
@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("batch", [None, 2])
def test_every_mode_goes_on_where_it_was(tmp_path: Path, jit: bool, batch: int | None) -> None:
    options = {"jit": jit, "batch_size": batch}
    whole = Run().fit(**options).numbers()
    for epoch in (0, 3):
        death = {"callbacks": [killed(epoch, lambda e: None)]}
        path = tmp_path / f"{epoch}.json"
        options |= {"callbacks": []}
        expected = Run().fit(**options).numbers()
        assert resumed(path, [death], **options).numbers() == expected
    assert whole != expected  # the callback changes numbers


def test_early_stopping_goes_on_where_it_was(tmp_path: Path) -> None:
    options: dict[str, Any] = {"epochs": 40, "validation": ([[0.1, 0.7]], [9.0]), "patience": 4}
    # what is learnt leads away from the validation data, but for a first improvement
    whole = Run().fit(**options)
    assert whole.history is not None and whole.history.stopped == "patience"
    assert 1 < len(whole.history) < 40
    for epoch in range(len(whole.history)):
        death = {"loss": killed(4 * epoch + 1, mean_squared_error)}
        path = tmp_path / f"{epoch}.json"
        assert resumed(path, [death], **options).numbers() == whole.numbers()


def test_a_training_that_is_over_is_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    whole = Run().fit(checkpoint=path)
    text = path.read_text()
    again = Run().fit(loss=killed(0, mean_squared_error), checkpoint=path, resume=True)
    assert again.numbers() == whole.numbers() and path.read_text() == text
    longer = Run().fit(checkpoint=path, resume=True, epochs=EPOCHS + 3)
    assert longer.numbers() == Run().fit(epochs=EPOCHS + 3).numbers()
    stopped = Run().fit(checkpoint=tmp_path / "s.json", callbacks=[lambda e: e.number == 2])
    again = Run().fit(checkpoint=tmp_path / "s.json", resume=True)
    assert again.numbers() == stopped.numbers() and again.history.stopped == "callback"


def test_one_life_is_as_good_as_another_in_the_seconds(tmp_path: Path) -> None:
    def slow(predictions: Any, targets: Any) -> Any:
        time.sleep(0.02)
        return mean_squared_error(predictions, targets)

    options = {"epochs": 1, "validation": None, "patience": None, "save_every": 1}
    death = {"loss": killed(2, slow)}
    run = resumed(tmp_path / "run.json", [death], loss=slow, **options)
    assert run.history is not None and run.history.seconds[0] >= 0.06  # three steps, two lives


def test_numbers_that_are_not_finite_are_resumed(tmp_path: Path) -> None:
    class Diverging(SGD):
        def step(self) -> None:
            super().step()
            self.params[0].data = math.inf
            self.params[1].data = math.nan
            self.velocities[2] = -math.inf

    options = {"loss": lambda p, t: mean_squared_error(p, t), "validation": None, "patience": None}
    whole = Run(Diverging).fit(**options)
    death = {"loss": killed(4, options["loss"])}
    again = resumed(tmp_path / "run.json", [death], Diverging, save_every=1, **options)
    assert again.numbers() == whole.numbers() and "nan" in again.numbers()[3]


# Real processes

PROGRAM = """
import json, os, signal, sys
from autograd_lite.nn import MLP, fit, binary_cross_entropy
from autograd_lite.optim import Adam
from functools import partial
import random
path, jit, number, epochs = sys.argv[1], sys.argv[2] == "jit", int(sys.argv[3]), []
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` has it ignored
signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), number))
def told(epoch):
    print(epoch.number, flush=True)
    epochs.append(epoch.number)
    if number and len(epochs) == 4:  # and then in the midst of some later step, or of its saving
        signal.setitimer(signal.ITIMER_REAL, 0.0005)
rng = random.Random(7)
inputs = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(24)]
targets = [float(x * y > 0) for x, y in inputs]
net = MLP(2, [4, 1], rng=3)
optimizer = Adam(net.parameters(), 0.02)
history = fit(
    net, (inputs, targets), partial(binary_cross_entropy, from_logits=True), optimizer,
    epochs=30, batch_size=5, rng=1, validation=(inputs[:6], targets[:6]), patience=20,
    progress=False, jit=jit, checkpoint=path, save_every=4, resume=True,
    callbacks=[told],
)
print(json.dumps([history.loss, history.validation, net.state_dict(), optimizer.state_dict()]))
"""


def process(path: Path, mode: str, number: int = 0) -> subprocess.CompletedProcess[str]:
    """Train in a process of its own; it gets this signal soon after its fourth epoch (0: none)."""
    command = [sys.executable, "-c", PROGRAM, str(path), mode, str(number)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="it sends the signals of POSIX systems")
@pytest.mark.parametrize("mode", ["eager", "jit"])
def test_a_process_that_is_killed(tmp_path: Path, mode: str) -> None:
    whole = process(tmp_path / "whole.json", mode)
    expected, path = whole.stdout.splitlines()[-1], tmp_path / "run.json"
    lives = []
    for number in (signal.SIGKILL, signal.SIGINT):
        child = process(path, mode, number)
        assert child.returncode == -number, child.stderr
        lives.append(len(json.loads(path.read_text())["epochs"]))
    assert 0 < lives[0] <= lives[1] < 30
    child = process(path, mode)
    assert child.stderr == "" and child.stdout.splitlines()[-1] == expected
    assert int(child.stdout.splitlines()[0]) == lives[-1] + 1


class Point:
    def __init__(self, x: list[float]) -> None:
        self.x = x

    def __iter__(self) -> Any:
        return iter(self.x)


@pytest.mark.parametrize("kind", [np.array, Point])
def test_samples_that_are_no_numbers_can_be_resumed(tmp_path: Path, kind: Any) -> None:
    objects = ([kind(x) for x in INPUTS], DATA[1])
    whole = Run().fit(objects).numbers()
    death = {"loss": killed(6, mean_squared_error)}
    assert resumed(tmp_path / "run.json", [death], data=objects).numbers() == whole
