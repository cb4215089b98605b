"""A training as data: where it stands, written whole or not at all, and read back with checks."""

import os
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..._util.files import write_whole
from ..._util.text import shown
from .. import json_numbers
from .history import Epoch

_FORMAT = "autograd_lite training, version 1"


class Best(NamedTuple):
    """The validation loss to be beaten: its epoch, and the model's numbers after it."""

    epoch: int
    loss: float
    model: dict[str, Any]


class Progress:
    """Where a training stands, but for the model, the optimizer and the random numbers.

    Attributes:
        epochs: those that are done.
        step: how many batches of the next one are done.
        order: the order of its samples, where they are shuffled and it has begun.
        total: the sum of its losses so far, each times the batch's samples.
        seconds: how long it has taken so far.
        best: for early stopping.
        stopped: "patience" or "callback" where one has ended the training.
    """

    def __init__(
        self, epochs: list[Epoch] | None = None, best: Best | None = None, stopped: str = ""
    ) -> None:
        self.epochs = epochs or []
        self.best = best
        self.stopped = stopped
        self.begin()

    def begin(
        self,
        step: int = 0,
        order: list[int] | None = None,
        total: float = 0.0,
        seconds: float = 0.0,
    ) -> None:
        """An epoch, or the rest of one."""
        self.step, self.order, self.total, self.seconds = step, order, total, seconds


class Orders(NamedTuple):
    """What an order of samples can be: how many there are, in how many batches, and if shuffled."""

    samples: int
    batches: int
    shuffled: bool


class SavedRun:
    """The file of a training, and what stands in it beside the progress."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        settings: Mapping[str, Any],
        model: Any,
        optimizer: Any,
        rng: random.Random | None,
    ) -> None:
        self._path, self._settings = path, settings
        self._model, self._optimizer, self._rng = model, optimizer, rng

    def write(self, progress: Progress) -> None:
        """Write all that the rest of the training depends on, in one step."""
        best = progress.best
        state = {
            "format": _FORMAT,
            "settings": dict(self._settings),
            "step": progress.step,
            "order": progress.order,
            "total": progress.total,
            "seconds": progress.seconds,
            "stopped": progress.stopped,
            "best": best and best._asdict(),
            "epochs": [epoch._asdict() for epoch in progress.epochs],
            "model": self._model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "rng": None if self._rng is None else self._rng.getstate(),
        }
        write_whole(self._path, json_numbers.written(state))

    def resume(self, orders: Orders) -> Progress:
        """Set model, optimizer and random numbers to the file's, and return where it stands.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is none that `write` wrote, or of a training with other settings. Nothing
                is set.
        """
        model = self._model
        try:
            state = json_numbers.read(Path(self._path).read_text(encoding="utf-8"))
            if not isinstance(state, dict) or state.get("format") != _FORMAT:
                raise ValueError("it is no saved training of this version")
            ours = json_numbers.read(json_numbers.written(self._settings))
            _same_settings(state.get("settings"), ours)
            progress, numbers = _progress(state, orders), _random_state(state, self._rng)
            before = model.state_dict()
            try:
                if progress.best is not None:
                    model.load_state_dict(progress.best.model)  # whether it could be
                model.load_state_dict(_of(state, "model", dict))
                self._optimizer.load_state_dict(_of(state, "optimizer", dict))
            except BaseException:
                model.load_state_dict(before)
                raise
        except (ValueError, TypeError) as error:
            raise ValueError(f"{os.fspath(self._path)}: {error}") from error
        if self._rng is not None:
            self._rng.setstate(numbers)
        return progress


def _same_settings(theirs: Any, ours: dict[str, Any]) -> None:
    if not isinstance(theirs, dict) or theirs.keys() != ours.keys():
        raise ValueError("its settings are not those of a training of this version")
    for name, setting in ours.items():
        if theirs[name] != setting:
            raise ValueError(
                f"it is of another training, which cannot be continued by this one: {name} was "
                f"{shown(repr(theirs[name]))}, and is {shown(repr(setting))}"
            )


def _progress(state: dict[str, Any], orders: Orders) -> Progress:
    epochs = [_epoch(row, i + 1) for i, row in enumerate(_of(state, "epochs", list))]
    best, stopped = _of(state, "best", dict, None), _of(state, "stopped", str)
    if best is not None:
        best = Best(_of(best, "epoch", int), _of(best, "loss", float), _of(best, "model", dict))
        if not 1 <= best.epoch <= len(epochs):
            raise ValueError(f"the best epoch is {best.epoch} of {len(epochs)}")
    if stopped not in ("", "patience", "callback"):
        raise ValueError(f"it was stopped by {shown(stopped)}")
    step, order = _of(state, "step", int), _of(state, "order", list, None)
    if not 0 <= step < orders.batches:
        raise ValueError(f"step is {step}, and an epoch has {orders.batches}")
    if (order is not None) != (orders.shuffled and step > 0):
        raise ValueError("there is an order of samples too much or too little")
    if order is not None and (
        any(type(i) is not int for i in order) or sorted(order) != list(range(orders.samples))
    ):
        raise ValueError(f"order does not name {orders.samples} samples once each")
    total, seconds = _of(state, "total", float), _of(state, "seconds", float)
    progress = Progress(epochs, best, stopped)
    progress.begin(step, order, total, seconds)
    return progress


def _epoch(row: Any, wanted: int) -> Epoch:
    if not isinstance(row, dict) or row.keys() != set(Epoch._fields):
        raise ValueError(f"epoch {wanted} is damaged")
    metrics = _of(row, "metrics", dict)
    for name in metrics:
        _of(metrics, name, float)
    for name, *kinds in (("loss", float), ("seconds", float), ("validation", float, None)):
        _of(row, name, *kinds)
    if _of(row, "number", int) != wanted:
        raise ValueError(f"epoch {wanted} is called {row['number']}")
    return Epoch(**row)


def _random_state(state: dict[str, Any], rng: random.Random | None) -> Any:
    saved = _of(state, "rng", list, None)
    if (saved is None) != (rng is None):
        raise ValueError("random numbers were drawn in one of the two trainings alone")
    if saved is None:
        return None
    try:
        version, numbers, gauss = saved
        if gauss is not None and type(gauss) is not float:
            raise ValueError
        random.Random(0).setstate(found := (version, tuple(numbers), gauss))
    except (ValueError, TypeError, OverflowError):
        raise ValueError("rng is no state of random.Random") from None
    return found


def _of(state: dict[str, Any], name: str, *kinds: Any) -> Any:
    """An entry of that type; an int is no bool, and None is the type of None."""
    if name not in state:
        raise ValueError(f"it lacks {shown(name)}")
    found = state[name]
    if type(found) not in kinds and not (found is None and None in kinds):
        raise ValueError(f"{shown(name)} is a {type(found).__name__}")
    return found
