"""Record losses, metrics and times, epoch by epoch."""

from collections.abc import Sequence
from typing import NamedTuple, overload

from ..._util.text import count

__all__ = ["Epoch", "History"]


class Epoch(NamedTuple):
    """One pass over the data.

    Attributes:
        number: the number of the epoch, from 1.
        loss: the mean loss of the samples, each computed before the update of its batch.
        validation: the loss of the validation data after the epoch; None without such data.
        metrics: the metrics after the epoch, by name.
        seconds: the duration of the epoch.
    """

    number: int
    loss: float
    validation: float | None
    metrics: dict[str, float]
    seconds: float


class History(Sequence[Epoch]):
    """A sequence of `Epoch`, with each of its columns as a list.

    Attributes:
        best: the best epoch of early stopping; None without it.
        stopped: why the run ended: "epochs" (all were completed), "patience" or "callback"; ""
            before the end.

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
        """The validation loss of each epoch; an empty list without validation data."""
        return [epoch.validation for epoch in self._epochs if epoch.validation is not None]

    @property
    def metrics(self) -> dict[str, list[float]]:
        """The metrics by name, each as a list with one number per epoch."""
        names = self._epochs[0].metrics if self._epochs else {}
        return {name: [epoch.metrics[name] for epoch in self._epochs] for name in names}

    @property
    def seconds(self) -> list[float]:
        """The duration of each epoch."""
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
