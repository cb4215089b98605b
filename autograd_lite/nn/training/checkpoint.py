"""Checkpoints of `fit`: the state of a training as JSON, written whole and read back unchanged."""

import os
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..._util import json_numbers
from ..._util.files import write_whole
from ..._util.text import shown
from .history import Epoch

_FORMAT = "autograd_lite training, version 1"


class Best(NamedTuple):
    """The validation loss to beat: its epoch, and the state of the model after it."""

    epoch: int
    loss: float
    model: dict[str, Any]


class Progress:
    """The state of a training, apart from the model, the optimizer and the random numbers.

    Attributes:
        epochs: the completed ones.
        best: the epoch to beat, for early stopping.
        stopped: "patience" or "callback" if one of them has ended the training.
        step: the number of batches done in the current epoch.
        order: the order of its samples, if they are shuffled and the epoch has begun.
        total: the sum of its losses so far, each times the number of samples in the batch.
        seconds: the time spent in it so far.
    """

    def __init__(
        self, epochs: Sequence[Epoch] = (), best: Best | None = None, stopped: str = ""
    ) -> None:
        self.epochs = list(epochs)
        self.best = best
        self.stopped = stopped
        self.begin_epoch()

    def begin_epoch(self) -> None:
        """Reset what belongs to the current epoch alone."""
        self.step = 0
        self.order: list[int] | None = None
        self.total = self.seconds = 0.0

    def to_state(self) -> dict[str, Any]:
        """Return everything in dicts, lists, numbers and strings."""
        epochs = [epoch._asdict() for epoch in self.epochs]
        return {**vars(self), "epochs": epochs, "best": self.best and self.best._asdict()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Progress":
        """Return the progress whose `to_state()` is in `state`."""
        best = state["best"] and Best(**state["best"])
        progress = cls([Epoch(**row) for row in state["epochs"]], best, state["stopped"])
        progress.step, progress.order = state["step"], state["order"]
        progress.total, progress.seconds = state["total"], state["seconds"]
        return progress


class Checkpoint:
    """The file of a training.

    Everything that the rest of the training depends on is in it. A checksum stands for all checks
    of its content: what it matches was written by `write`, and it matches nothing that was changed.

    Arguments:
        path: the file.
        settings: the arguments of `fit` that must be the same when the training is resumed.
        model, optimizer, rng: what to save and restore.
    """

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
        """Replace the file, in one step."""
        state = {
            "format": _FORMAT,
            "settings": dict(self._settings),
            **progress.to_state(),
            "model": self._model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "rng": self._rng and self._rng.getstate(),
        }
        checksum = json_numbers.digest(json_numbers.write(state))
        write_whole(self._path, json_numbers.write({**state, "sha256": checksum}))

    def resume(self) -> Progress:
        """Set model, optimizer and random numbers to the file's, and return the progress.

        Raises:
            OSError: the file cannot be read.
            ValueError: `write` did not write it, or the settings, the model or the optimizer
                differ. Nothing has changed then.
        """
        try:
            state = self._read()
            progress = Progress.from_state(state)
            self._restore(state)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{os.fspath(self._path)}: {error}") from error
        return progress

    def _read(self) -> dict[str, Any]:
        state = json_numbers.read(Path(self._path).read_text(encoding="utf-8"))
        if not isinstance(state, dict) or state.get("format") != _FORMAT:
            raise ValueError("not a checkpoint of this version of autograd_lite")
        checksum = state.pop("sha256", None)
        if checksum != json_numbers.digest(json_numbers.write(state)):
            raise ValueError("corrupt checkpoint: its checksum does not match its content")
        for name, ours in json_numbers.read(json_numbers.write(self._settings)).items():
            theirs = state["settings"].get(name)
            if theirs != ours:
                raise ValueError(
                    f"cannot resume: {name} is {shown(repr(ours))}, but the checkpoint has "
                    f"{shown(repr(theirs))}"
                )
        if (state["rng"] is None) != (self._rng is None):
            raise ValueError("cannot resume: only one of the two runs uses an rng")
        return state

    def _restore(self, state: Mapping[str, Any]) -> None:
        before = self._model.state_dict()
        self._model.load_state_dict(state["model"])
        try:
            self._optimizer.load_state_dict(state["optimizer"])
        except BaseException:
            self._model.load_state_dict(before)
            raise
        if self._rng is not None:
            version, numbers, gauss = state["rng"]
            self._rng.setstate((version, tuple(numbers), gauss))
