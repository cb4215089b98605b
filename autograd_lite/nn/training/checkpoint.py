"""Save and resume the state of a training run as a JSON file."""

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
    """The best validation loss so far, its epoch, and the state of the model after it."""

    epoch: int
    loss: float
    model: dict[str, Any]


class Progress:
    """The state of a training run, apart from the model, the optimizer and the rng.

    Attributes:
        epochs: the completed epochs.
        best: the best epoch so far, for early stopping.
        stopped: "patience" or "callback" if one of them has ended the run.
        step: the number of completed batches in the current epoch.
        order: the shuffle order of the current epoch; None before it begins and without shuffling.
        total: the sum of the losses in the epoch, each times the number of samples in the batch.
        seconds: the time spent in the epoch.
    """

    def __init__(
        self, epochs: Sequence[Epoch] = (), best: Best | None = None, stopped: str = ""
    ) -> None:
        self.epochs = list(epochs)
        self.best = best
        self.stopped = stopped
        self.begin_epoch()

    def begin_epoch(self) -> None:
        """Reset the attributes of the current epoch."""
        self.step = 0
        self.order: list[int] | None = None
        self.total = self.seconds = 0.0

    def to_state(self) -> dict[str, Any]:
        """Return all attributes as dicts, lists, numbers and strings."""
        epochs = [epoch._asdict() for epoch in self.epochs]
        return {**vars(self), "epochs": epochs, "best": self.best and self.best._asdict()}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Progress":
        """Return the progress that `to_state` turned into `state`."""
        best = state["best"] and Best(**state["best"])
        progress = cls([Epoch(**row) for row in state["epochs"]], best, state["stopped"])
        progress.step, progress.order = state["step"], state["order"]
        progress.total, progress.seconds = state["total"], state["seconds"]
        return progress


class Checkpoint:
    """A file with everything that the rest of a training run depends on.

    A checksum replaces all other checks of the content: it shows whether the file is as `write`
    wrote it.

    Arguments:
        path: the file.
        settings: the arguments of `fit` that must be the same when the run is resumed.
        model, optimizer, rng: the objects to save and restore.
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
        """Replace the file in one step."""
        state = {
            "format": _FORMAT,
            "settings": dict(self._settings),
            **progress.to_state(),
            "model": self._model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "rng": self._rng and self._rng.getstate(),
        }
        checksum = json_numbers.compute_digest(json_numbers.write(state))
        write_whole(self._path, json_numbers.write({**state, "sha256": checksum}))

    def resume(self) -> Progress:
        """Restore the model, the optimizer and the rng from the file, and return the progress.

        Raises:
            OSError: the file cannot be read.
            ValueError: the file is not as `write` wrote it, or the settings, the model or the
                optimizer differ. Nothing has been changed then.
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
        if checksum != json_numbers.compute_digest(json_numbers.write(state)):
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
