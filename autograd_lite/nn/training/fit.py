"""Train a model, with early stopping, a history, and a state that can be resumed."""

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
    """Train a model: for each batch, compute the loss and its gradient, and update the parameters.

    Arguments:
        model: a Module that is called with one input, such as an `MLP`.
        data: a tuple (inputs, targets) of two sequences or arrays of the same length.
        loss: a function of the predictions and targets of a batch, such as `mean_squared_error`.
        optimizer: an optimizer over the parameters of the model.
        epochs: the number of passes over the data, including those before a run was resumed.
        batch_size: the number of samples per step; None uses all of them.
        shuffle: whether each epoch uses a new order of the samples, if it has several batches.
        rng: the source of these orders: a seed, a `random.Random`, a NumPy `Generator` (a seed is
            drawn from it once), or None for a seed from the module `random`.
        validation: a tuple like `data`; its loss is computed after each epoch.
        metrics: functions of (predictions, targets) by name, where each prediction is a float or a
            list of floats. They are computed after each epoch, on `validation` if given.
        patience: stop after this many epochs without a lower validation loss. To watch the training
            loss, pass the data as `validation`.
        min_delta: the smallest decrease of the validation loss that counts.
        restore_best: with `patience`, end with the parameters of the best epoch.
        callbacks: functions that are called with the `Epoch` after each epoch; if one returns True,
            the run ends. A callback may assign to `optimizer.lr`.
        progress: whether to show a progress bar, if tqdm is installed.
        jit: compile the loss (see `ag.jit`); the model and the loss must be functions of their
            numbers alone. For a loss of `ag.nn`, code for one sample serves batches of any size.
        checkpoint: a file to save the whole state to after each epoch, as JSON. It appears whole or
            not at all.
        save_every: save after this many steps instead, and at the end.
        resume: continue from `checkpoint` if the file exists. A killed run resumes and gives
            identical numbers: parameters, optimizer, shuffle order, history and early stopping.
            Callbacks of epochs after the last save are called again. With `jit` the numbers are
            identical on the same machine, for models that do not branch on their numbers;
            otherwise the last digits may differ.

    Returns:
        The `History`: losses, validation losses, metrics and times.

    Raises:
        TypeError, ValueError: an argument is not of these kinds, or `checkpoint` belongs to another
            run. Nothing has been changed then.
        FileExistsError: `checkpoint` exists, and `resume` is False.
        FileNotFoundError: the folder of `checkpoint` does not exist.
        ImportError: NumPy is not installed, and `jit` needs it for batches.

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
    training.set_schedule(epochs, batch_size, shuffle, rng)
    training.set_early_stopping(patience, min_delta, restore_best)
    training.set_checkpoint(checkpoint, save_every, resume)
    with _open_bar(progress, training) as show_epoch:
        while not training.is_over():
            show_epoch(training.run_epoch())
    return training.finish()


@contextmanager
def _open_bar(progress: bool, training: Training) -> Iterator[Callable[[Epoch], None]]:
    """Yield a function that shows an epoch in a bar of tqdm, if installed, or does nothing."""
    try:
        if not progress:
            raise ImportError
        from tqdm import tqdm
    except ImportError:
        yield lambda epoch: None
        return
    with tqdm(total=training.epochs, initial=training.count_done(), unit="epoch") as bar:

        def show(epoch: Epoch) -> None:
            losses = {"loss": epoch.loss, "validation": epoch.validation}
            numbers = {**losses, **{shown(name, 30): x for name, x in epoch.metrics.items()}}
            texts = {name: f"{x:.4g}" for name, x in numbers.items() if x is not None}
            bar.set_postfix(texts, refresh=False)
            bar.update()

        yield show
