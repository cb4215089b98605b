"""fit: the loop of a training, with early stopping, a history, and a state that can be resumed."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ..._util.text import shown
from ...optim import Optimizer
from ..module import Module
from .history import Epoch, History
from .loop import Training

__all__ = ["fit"]


def fit(
    model: Module,
    data: tuple[Any, Any],
    loss: Callable[[Sequence[Any], Sequence[Any]], Any],
    optimizer: Optimizer,
    epochs: int,
    *,
    batch_size: int | None = None,
    shuffle: bool = True,
    rng: Any = None,
    validation: tuple[Any, Any] | None = None,
    metrics: Mapping[str, Callable[[Sequence[Any], Sequence[Any]], Any]] | None = None,
    patience: int | None = None,
    min_delta: float = 0.0,
    restore_best: bool = True,
    callbacks: Iterable[Callable[[Epoch], object]] = (),
    progress: bool = True,
    jit: bool = False,
    checkpoint: str | os.PathLike[str] | None = None,
    save_every: int | None = None,
    resume: bool = False,
) -> History:
    """Train a model: for each batch the loss, its gradient, and a step of the optimizer.

    Arguments:
        model: a Module that is called with one input, such as an `MLP`.
        data: a tuple (inputs, targets) of two sequences or arrays of one length.
        loss: takes the predictions and the targets of a batch, such as `mean_squared_error`.
        optimizer: over the model's parameters.
        epochs: how many passes over the data, those of a resumed training included.
        batch_size: samples for each step; None takes all of them.
        shuffle: whether each epoch draws a new order; with one batch there is none to draw.
        rng: what draws it: a seed, a `random.Random`, a NumPy `Generator` (which gives a seed
            once), or None, which takes a seed from the module `random`.
        validation: a tuple as `data`, whose loss is taken after each epoch.
        metrics: functions of (predictions, targets) by name, where predictions are floats, or
            lists of them. They are taken after each epoch, on `validation` if there is one.
        patience: stop after so many epochs without a lower validation loss. To watch the training
            data, pass them as `validation`.
        min_delta: how much lower it must be to count.
        restore_best: with `patience`, end with the parameters of the epoch that last counted so.
        callbacks: each is called with the `Epoch` after it; one that returns True ends the
            training. The optimizer's `lr` may be set there.
        progress: show a bar, if tqdm is installed.
        jit: compile the loss (see `ag.jit`): the model and the loss must be functions of their
            numbers alone. With a loss of `ag.nn` one sample is compiled, for any batch.
        checkpoint: a file that the training's whole state is saved to, as JSON, at every epoch's
            end; it appears whole or not at all.
        save_every: save after so many steps instead, and at the end.
        resume: continue from `checkpoint` if that file is there. A training that was killed and
            resumed gives the very numbers of one that was not: weights, optimizer, order of
            samples, history and early stopping go on where they were. Callbacks of the epochs
            since the last save are called again. With `jit` this holds on the same machine, for
            models without an `if` on their numbers; else the last places may differ.

    Returns:
        The `History`: losses, validation losses, metrics and times.

    Raises:
        TypeError, ValueError: an argument is none of these; `checkpoint` is no file of this
            training. Nothing has changed then.
        FileExistsError: `checkpoint` is there, and `resume` is not asked for.
        FileNotFoundError: its folder is not there.
        ImportError: NumPy is missing, which `jit` needs for batches.

    >>> from autograd_lite.nn import MLP, fit, mean_squared_error
    >>> from autograd_lite.optim import Adam
    >>> net = MLP(1, [4, 1], activation="tanh", rng=0)
    >>> inputs = [[x / 10] for x in range(-10, 11)]
    >>> targets = [x * x for [x] in inputs]
    >>> history = fit(
    ...     net, (inputs, targets), mean_squared_error, Adam(net.parameters(), 0.05), epochs=60,
    ...     batch_size=7, rng=0, progress=False,
    ... )
    >>> len(history), history[-1].loss < 0.1 * history[0].loss
    (60, True)
    """
    training = Training(model, data, loss, optimizer, validation, metrics, jit, callbacks)
    training.schedule(epochs, batch_size, shuffle, rng)
    training.early_stopping(patience, min_delta, restore_best)
    training.saving(checkpoint, save_every, resume)
    with _bar(progress, training) as bar:
        while not training.ended():
            bar(training.epoch())
    return training.history()


@contextmanager
def _bar(progress: bool, training: Training) -> Iterator[Callable[[Epoch], None]]:
    """Give what shows each epoch: a bar of tqdm's if that is installed, else nothing."""
    try:
        if not progress:
            raise ImportError
        from tqdm import tqdm
    except ImportError:
        yield lambda epoch: None
        return
    with tqdm(total=training.epochs, initial=training.done(), unit="epoch") as bar:

        def show(epoch: Epoch) -> None:
            losses = {"loss": epoch.loss, "validation": epoch.validation}
            numbers = {**losses, **{shown(name, 30): x for name, x in epoch.metrics.items()}}
            texts = {name: f"{x:.4g}" for name, x in numbers.items() if x is not None}
            bar.set_postfix(texts, refresh=False)
            bar.update()

        yield show
