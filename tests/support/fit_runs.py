"""Small trainings, some of which are killed and resumed, for the tests of `fit`."""

import functools
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograd_lite.nn import MLP, Epoch, History, fit, mean_squared_error
from autograd_lite.optim import SGD, Adam

INPUTS = [[x / 5.0, 1.0 - x / 4.0] for x in range(7)]
TARGETS = [math.sin(x) for x, _ in INPUTS]
DATA = (INPUTS, TARGETS)
HELD_BACK = ([[0.1, 0.7], [0.9, 0.2]], [0.1, 0.8])
EPOCHS = 5


def network() -> MLP:
    return MLP(2, [4, 1], activation="tanh", rng=0)


def quiet(model: Any, data: Any = DATA, loss: Any = mean_squared_error, **options: Any) -> History:
    """Some epochs of fit, without a bar."""
    options = {"epochs": 3, "progress": False, **options}
    optimizer = options.pop("optimizer", None) or SGD(model.parameters(), lr=0.1)
    return fit(model, data, loss, optimizer, **options)


class Killed(BaseException):
    """What no `except Exception` stops."""


class Run:
    """A training from its beginning: a network, an optimizer and random numbers, all seeded."""

    def __init__(self, make: Any = Adam, seed: int = 0) -> None:
        self.net = MLP(2, [3, 1], activation="tanh", rng=seed)
        self.optimizer = make(self.net.parameters(), 0.05)
        self.rng = random.Random(seed)
        self.history: History | None = None

    def fit(self, data: Any = DATA, loss: Any = mean_squared_error, **options: Any) -> "Run":
        def slower(epoch: Epoch) -> None:
            self.optimizer.lr *= 0.9 + 0.1 * self.rng.random()

        options = {
            "epochs": EPOCHS,
            "batch_size": 3,
            "validation": HELD_BACK,
            "patience": 3,
            "metrics": {"first": lambda p, t: p[0]},
            "callbacks": [slower],
            "progress": False,
            "rng": self.rng,
            **options,
        }
        self.history = fit(self.net, data, loss, self.optimizer, **options)
        return self

    def numbers(self) -> list[Any]:
        """All that two trainings can differ in, but for their times; as text, so nan equals nan."""
        assert self.history is not None
        history = self.history
        epochs = [(e.number, e.loss, e.validation, e.metrics) for e in history]
        best = history.best and history.best.number
        parts = [epochs, best, history.stopped, self.net.state_dict(), self.optimizer.state_dict()]
        return [repr(part) for part in (*parts, self.rng.getstate())]


def killed(after: int, f: Callable[..., Any]) -> Callable[..., Any]:
    """f, whose call after so many kills the training."""
    calls = iter(range(after))

    @functools.wraps(f)
    def call(*args: Any, **options: Any) -> Any:
        if next(calls, None) is None:
            raise Killed
        return f(*args, **options)

    return call


def resumed(path: Path, deaths: list[dict[str, Any]], make: Any = Adam, **options: Any) -> Run:
    """A training that dies as told, each time in a new process as it were, and ends at last."""
    saving = {"checkpoint": path, "resume": True, **options}
    for death in deaths:
        with pytest.raises(Killed):
            Run(make).fit(**{**saving, **death})
    return Run(make).fit(**saving)
