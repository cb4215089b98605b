"""Check the arguments of `fit`, and run one epoch after another."""

import math
import operator
import os
import random
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ..._util.text import shown
from ...core import contexts
from ...core.value import Value
from ...optim import Optimizer, check_range
from ...transforms.pytree import flatten
from ..module import Module
from .batch_losses import CompiledLoss, EagerLoss, to_number
from .checkpoint import Best, Checkpoint, Progress
from .dataset import Samples
from .history import Epoch, History


class Training:
    """A training run: the checked arguments of `fit`, and the progress so far."""

    def __init__(
        self,
        model: Any,
        data: Any,
        loss: Any,
        optimizer: Any,
        validation: Any,
        metrics: Any,
        jit: bool,
        callbacks: Any,
    ) -> None:
        if not isinstance(model, Module) or not callable(model):
            raise TypeError(f"model must be a Module that can be called, not {model!r:.80}")
        if not callable(loss):
            raise TypeError(f"loss must be a function, not {loss!r:.80}")
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                f"optimizer must be one of ag.optim, such as Adam(model.parameters(), lr=0.01), "
                f"not {optimizer!r:.80}"
            )
        own = {id(p) for p in model.parameters()}
        self._strangers = sum(id(p) not in own for p in optimizer.params)
        if self._strangers == len(optimizer.params):
            raise ValueError(
                "the optimizer has none of the model's parameters: create it with "
                "model.parameters()"
            )
        if not contexts.state.recording:
            raise ValueError("fit was called under no_grad(), but needs gradients: call it outside")
        self._model, self._optimizer = model, optimizer
        self._data = Samples("data", data)
        self._validation = None if validation is None else Samples("validation", validation)
        if metrics is not None and not isinstance(metrics, Mapping):
            raise TypeError(f"metrics must be a dict of functions by name, not {metrics!r:.80}")
        names = list(metrics or {})
        if any(not isinstance(name, str) for name in names):
            raise TypeError(f"the names of metrics must be strings, not {names!r:.80}")
        functions = _list_functions("metrics", (metrics or {}).values())
        self._metrics = dict(zip(names, functions, strict=True))
        self._callbacks = _list_functions("callbacks", callbacks)
        self._losses: CompiledLoss | EagerLoss
        self._losses = CompiledLoss(model, loss) if jit else EagerLoss(model, loss)
        name = getattr(loss, "__qualname__", None) or type(loss).__name__
        self._settings: dict[str, Any] = {"loss": name, "metrics": names, "jit": bool(jit)}
        self._now = Progress()

    def set_schedule(self, epochs: int, batch_size: int | None, shuffle: bool, rng: Any) -> None:
        """Set the number of steps and the order of the samples."""
        self.epochs = check_count("epochs", epochs)
        size = len(self._data) if batch_size is None else check_count("batch_size", batch_size)
        self._starts = range(0, len(self._data), size)
        self._size = size
        self._shuffle = bool(shuffle) and len(self._starts) > 1
        self._rng = _make_generator(rng, needed=self._shuffle)
        self._settings |= {"batch_size": size, "shuffle": self._shuffle}

    def set_early_stopping(
        self, patience: int | None, min_delta: float, restore_best: bool
    ) -> None:
        """Set what ends the run early."""
        self._patience = None if patience is None else check_count("patience", patience)
        if patience is not None and self._validation is None:
            raise ValueError(
                "patience watches the validation loss: pass validation=(inputs, targets), or "
                "validation=data to watch the training data"
            )
        self._min_delta = check_range("min_delta", min_delta, 0.0, math.inf)
        self._restore_best = bool(restore_best)
        self._settings |= {"patience": self._patience, "min_delta": self._min_delta}

    def set_checkpoint(self, path: Any, save_every: int | None, resume: bool) -> None:
        """Set the file to save to, and resume from it if that is asked for."""
        self._file: Checkpoint | None = None
        self._every = None if save_every is None else check_count("save_every", save_every)
        if path is None:
            if resume or save_every is not None:
                raise ValueError("resume and save_every need a file: pass checkpoint=path")
            return
        if self._strangers:
            raise ValueError(
                f"the optimizer has {self._strangers} parameters that are not the model's, and a "
                "checkpoint would lose them: make them attributes of the model"
            )
        self._settings |= {
            "optimizer": type(self._optimizer).__name__,
            "data": _identify(self._data),
            "validation": self._validation and _identify(self._validation),
        }
        self._file = Checkpoint(path, self._settings, self._model, self._optimizer, self._rng)
        if not Path(path).absolute().parent.is_dir():  # better now than at the first save
            raise FileNotFoundError(f"there is no folder for the checkpoint {os.fspath(path)}")
        if Path(path).exists():
            if not resume:
                raise FileExistsError(
                    f"{os.fspath(path)} exists already: pass resume=True to continue that run, or "
                    "remove the file"
                )
            self._now = self._file.resume()

    def count_done(self) -> int:
        """Return the number of completed epochs."""
        return len(self._now.epochs)

    def is_over(self) -> bool:
        """Return whether no epoch is left."""
        return bool(self._now.stopped) or self.count_done() >= self.epochs

    def run_epoch(self) -> Epoch:
        """Run the next epoch, or the rest of one that a resumed run has begun."""
        now, start = self._now, time.perf_counter()
        if self._shuffle and now.order is None:
            now.order = list(range(len(self._data)))
            self._rng.shuffle(now.order)  # type: ignore[union-attr]
        before = now.seconds
        while now.step < len(self._starts):
            self._step()
            now.seconds = before + time.perf_counter() - start
            if now.step < len(self._starts) and self._is_save_due():
                self._save()
        loss = now.total / len(self._data)
        validation, metrics = self._evaluate()
        seconds = before + time.perf_counter() - start
        epoch = Epoch(self.count_done() + 1, loss, validation, metrics, seconds)
        now.epochs.append(epoch)
        now.begin_epoch()
        self._update_best(epoch)
        answers = [callback(epoch) for callback in self._callbacks]
        if any(map(_is_true, answers)):
            now.stopped = now.stopped or "callback"
        if self._every is None or self._is_save_due() or self.is_over():
            self._save()
        return epoch

    def _step(self) -> None:
        now, start = self._now, self._starts[self._now.step]
        end = min(start + self._size, len(self._data))
        rows = range(start, end) if now.order is None else now.order[start:end]
        self._optimizer.zero_grad()
        loss = self._losses.record(self._data, rows)
        loss.backward()
        self._optimizer.step()
        now.step, now.total = now.step + 1, now.total + loss.data * (end - start)

    def _evaluate(self) -> tuple[float | None, dict[str, float]]:
        """Return the validation loss and the metrics."""
        loss = None if self._validation is None else self._losses.evaluate(self._validation)
        if not self._metrics:
            return loss, {}
        metrics = self._compute_metrics(self._validation or self._data)
        return loss, {
            name: to_number(f"the metric {shown(name)}", x) for name, x in metrics.items()
        }

    @contexts.no_grad()
    def _compute_metrics(self, samples: Samples) -> dict[str, Any]:
        predictions = [_to_floats(self._model(x)) for x in samples.inputs]
        return {name: f(predictions, samples.targets) for name, f in self._metrics.items()}

    def _update_best(self, epoch: Epoch) -> None:
        """Compare an epoch with the best one, and stop the run if patience is exhausted."""
        if self._patience is None or epoch.validation is None:
            return
        now, loss = self._now, epoch.validation
        if not math.isnan(loss) and (now.best is None or loss < now.best.loss - self._min_delta):
            now.best = Best(epoch.number, loss, self._model.state_dict())
        best = 0 if now.best is None else now.best.epoch
        if epoch.number - best >= self._patience:
            now.stopped = "patience"

    def _is_save_due(self) -> bool:
        steps = self.count_done() * len(self._starts) + self._now.step
        return self._every is not None and steps % self._every == 0

    def _save(self) -> None:
        if self._file is not None:
            self._file.write(self._now)

    def finish(self) -> History:
        """Return the history, and set the parameters to those of the best epoch, if asked for."""
        now, history = self._now, History(self._now.epochs)
        history.stopped = now.stopped or "epochs"
        if now.best is not None:
            history.best = history[now.best.epoch - 1]
            if self._restore_best:
                self._model.load_state_dict(now.best.model)
        return history


def _identify(samples: Samples) -> list[Any]:
    """Return the number of samples and their digest."""
    return [len(samples), samples.compute_digest()]


def _to_floats(prediction: Any) -> Any:
    """Return a prediction with its Values replaced by floats."""
    leaves, rebuild = flatten(prediction, "prediction")
    return rebuild([x.data if isinstance(x, Value) else x for x in leaves])


def check_count(title: str, n: Any) -> int:
    """Return `n` as an int, or raise TypeError or ValueError if it is not an integer from 1 on."""
    if isinstance(n, bool) or not hasattr(n, "__index__"):
        raise TypeError(f"{title} must be an integer, not {n!r:.80}")
    if operator.index(n) < 1:
        raise ValueError(f"{title} must be at least 1, not {n}")
    return operator.index(n)


def _list_functions(title: str, functions: Any) -> list[Callable[..., Any]]:
    if not isinstance(functions, Iterable):
        raise TypeError(f"{title} must be a list of functions, not {functions!r:.80}")
    functions = list(functions)
    for i, f in enumerate(functions):
        if not callable(f):
            raise TypeError(f"{title}[{i}] must be a function, not {f!r:.80}")
    return functions  # type: ignore[no-any-return]


def _make_generator(rng: Any, needed: bool) -> random.Random | None:
    """Return the source of shuffle orders, whose state is part of a checkpoint."""
    if isinstance(rng, random.SystemRandom):
        raise TypeError("rng is a SystemRandom, which cannot be repeated: pass a seed")
    if isinstance(rng, random.Random):
        return rng
    if rng is None:
        return random.Random(random.getrandbits(64)) if needed else None
    if hasattr(rng, "integers"):  # a NumPy Generator
        return random.Random(int(rng.integers(2**63)))
    if isinstance(rng, bool) or not hasattr(rng, "__index__"):
        raise TypeError(
            f"rng must be a seed, a random.Random or a NumPy Generator, not {rng!r:.80}"
        )
    return random.Random(operator.index(rng))


def _is_true(result: Any) -> bool:
    """Return whether a callback returned True; any other result is ignored."""
    return type(result).__name__ in ("bool", "bool_") and bool(result)
