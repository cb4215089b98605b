"""What came of a training, epoch by epoch."""

from collections.abc import Sequence
from typing import NamedTuple, overload

from ..._util.text import count

__all__ = ["Epoch", "History"]


class Epoch(NamedTuple):
    """One pass over the data.

    Attributes:
        number: counted from 1.
        loss: the mean over the samples, each as its batch found it, before the batch's update.
        validation: the loss on the validation data after the epoch; None without any.
        metrics: the metrics after the epoch, by name.
        seconds: how long it took.
    """

    number: int
    loss: float
    validation: float | None
    metrics: dict[str, float]
    seconds: float


class History(Sequence[Epoch]):
    """The epochs of a training: a sequence of `Epoch`, and each of its columns as a list.

    Attributes:
        best: the last epoch that early stopping counted as better; None without it.
        stopped: why it ended: "epochs" (all were done), "patience" or "callback"; "" before.

    >>> history = History([Epoch(1, 0.5, None, {}, 0.1), Epoch(2, 0.25, None, {}, 0.1)])
    >>> history.loss, history[-1].number
    ([0.5, 0.25], 2)
    >>> history
    <History of 2 epochs: loss 0.5 to 0.25>
    """

    def __init__(self, epochs: Sequence[Epoch] = ()) -> None:
        self._epochs = list(epochs)
        self.best: Epoch | None = None
        self.stopped = ""

    @property
    def loss(self) -> list[float]:
        """The training loss of each epoch."""
        return [epoch.loss for epoch in self._epochs]

    @property
    def validation(self) -> list[float]:
        """The validation loss of each epoch; empty without validation data."""
        return [epoch.validation for epoch in self._epochs if epoch.validation is not None]

    @property
    def metrics(self) -> dict[str, list[float]]:
        """Each metric's numbers, by name."""
        names = self._epochs[0].metrics if self._epochs else {}
        return {name: [epoch.metrics[name] for epoch in self._epochs] for name in names}

    @property
    def seconds(self) -> list[float]:
        """How long each epoch took."""
        return [epoch.seconds for epoch in self._epochs]

    def __len__(self) -> int:
        return len(self._epochs)

    @overload
    def __getitem__(self, index: int) -> Epoch: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Epoch]: ...
    def __getitem__(self, index: int | slice) -> Epoch | Sequence[Epoch]:
        return self._epochs[index]

    def __repr__(self) -> str:
        if not self._epochs:
            return "<History of 0 epochs>"
        first, last = self._epochs[0], self._epochs[-1]
        text = f"loss {first.loss:.4g} to {last.loss:.4g}"
        if first.validation is not None and last.validation is not None:
            text += f", validation {first.validation:.4g} to {last.validation:.4g}"
        return f"<History of {count(len(self), 'epoch')}: {text}>"
