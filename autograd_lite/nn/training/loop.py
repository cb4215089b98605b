"""Training: what `fit` was given, checked, and where it stands; one epoch after another."""

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
from .batch_losses import CompiledLoss, EagerLoss, number
from .checkpoint import Best, Checkpoint, Progress
from .dataset import Samples
from .history import Epoch, History


class Training:
    """The arguments of `fit`, checked, and where the training stands."""

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
            raise ValueError("the optimizer has none of the model's parameters: nothing would move")
        if not contexts.state.recording:
            raise ValueError("fit needs gradients, and no_grad() is on")
        self._model, self._optimizer = model, optimizer
        self._data = Samples("data", data)
        self._validation = None if validation is None else Samples("validation", validation)
        if metrics is not None and not isinstance(metrics, Mapping):
            raise TypeError(f"metrics must be a dict of functions by name, not {metrics!r:.80}")
        names = list(metrics or {})
        if any(not isinstance(name, str) for name in names):
            raise TypeError(f"the metrics' names must be strings, not {names!r:.80}")
        functions = _functions("metrics", (metrics or {}).values())
        self._metrics = dict(zip(names, functions, strict=True))
        self._callbacks = _functions("callbacks", callbacks)
        self._losses: CompiledLoss | EagerLoss
        self._losses = CompiledLoss(model, loss) if jit else EagerLoss(model, loss)
        name = getattr(loss, "__qualname__", None) or type(loss).__name__
        self._settings: dict[str, Any] = {"loss": name, "metrics": names, "jit": bool(jit)}
        self._now = Progress()

    def schedule(self, epochs: int, batch_size: int | None, shuffle: bool, rng: Any) -> None:
        """Take what says how many steps there are, and in which order."""
        self.epochs = whole("epochs", epochs)
        size = len(self._data) if batch_size is None else whole("batch_size", batch_size)
        self._starts = range(0, len(self._data), size)
        self._size = size
        self._shuffle = bool(shuffle) and len(self._starts) > 1
        self._rng = _generator(rng, needed=self._shuffle)
        self._settings |= {"batch_size": size, "shuffle": self._shuffle}

    def early_stopping(self, patience: int | None, min_delta: float, restore_best: bool) -> None:
        """Take what ends the training early."""
        self._patience = None if patience is None else whole("patience", patience)
        if patience is not None and self._validation is None:
            raise ValueError(
                "patience watches the validation loss: pass validation=(inputs, targets), or "
                "validation=data to watch the training data"
            )
        self._min_delta = check_range("min_delta", min_delta, 0.0, math.inf)
        self._restore_best = bool(restore_best)
        self._settings |= {"patience": self._patience, "min_delta": self._min_delta}

    def saving(self, path: Any, save_every: int | None, resume: bool) -> None:
        """Take where the state is saved, and take the state up from there."""
        self._file: Checkpoint | None = None
        self._every = None if save_every is None else whole("save_every", save_every)
        if path is None:
            if resume or save_every is not None:
                raise ValueError("resume and save_every need a checkpoint, the file to save to")
            return
        if self._strangers:
            raise ValueError(
                f"the optimizer has {self._strangers} parameters that are not the model's, and a "
                "checkpoint would lose them: make them attributes of the model"
            )
        self._settings |= {
            "optimizer": type(self._optimizer).__name__,
            "data": [len(self._data), self._data.digest()],
            "validation": self._validation and [len(self._validation), self._validation.digest()],
        }
        self._file = Checkpoint(path, self._settings, self._model, self._optimizer, self._rng)
        if not Path(path).absolute().parent.is_dir():  # not only when there is work to lose
            raise FileNotFoundError(f"there is no folder for the checkpoint {os.fspath(path)}")
        if Path(path).exists():
            if not resume:
                raise FileExistsError(
                    f"{os.fspath(path)} is there already: pass resume=True to continue that "
                    "training, or remove the file"
                )
            self._now = self._file.resume()

    def done(self) -> int:
        """How many epochs are done."""
        return len(self._now.epochs)

    def ended(self) -> bool:
        """Whether no epoch is left."""
        return bool(self._now.stopped) or self.done() >= self.epochs

    def epoch(self) -> Epoch:
        """What is left of the epoch that has begun, or a whole one."""
        now, start = self._now, time.perf_counter()
        if self._shuffle and now.order is None:
            now.order = list(range(len(self._data)))
            self._rng.shuffle(now.order)  # type: ignore[union-attr]
        before = now.seconds
        while now.step < len(self._starts):
            self._step()
            now.seconds = before + time.perf_counter() - start
            if now.step < len(self._starts) and self._due():
                self._save()
        loss = now.total / len(self._data)
        validation, metrics = self._evaluated()
        seconds = before + time.perf_counter() - start
        epoch = Epoch(self.done() + 1, loss, validation, metrics, seconds)
        now.epochs.append(epoch)
        now.begin_epoch()
        self._watch(epoch)
        answers = [callback(epoch) for callback in self._callbacks]
        if any(map(_is_true, answers)):
            now.stopped = now.stopped or "callback"
        if self._every is None or self._due() or self.ended():
            self._save()
        return epoch

    def _step(self) -> None:
        now, start = self._now, self._starts[self._now.step]
        end = min(start + self._size, len(self._data))
        rows = range(start, end) if now.order is None else now.order[start:end]
        self._optimizer.zero_grad()
        loss = self._losses.training(self._data, rows)
        loss.backward()
        self._optimizer.step()
        now.step, now.total = now.step + 1, now.total + loss.data * (end - start)

    def _evaluated(self) -> tuple[float | None, dict[str, float]]:
        loss = None if self._validation is None else self._losses.validation(self._validation)
        if not self._metrics:
            return loss, {}
        found = self._measured(self._validation or self._data)
        return loss, {name: number(f"the metric {shown(name)}", x) for name, x in found.items()}

    @contexts.no_grad()
    def _measured(self, samples: Samples) -> dict[str, Any]:
        predictions = [_plain(self._model(x)) for x in samples.inputs]
        return {name: f(predictions, samples.targets) for name, f in self._metrics.items()}

    def _watch(self, epoch: Epoch) -> None:
        if self._patience is None or epoch.validation is None:
            return
        now, loss = self._now, epoch.validation
        if not math.isnan(loss) and (now.best is None or loss < now.best.loss - self._min_delta):
            now.best = Best(epoch.number, loss, self._model.state_dict())
        since = 0 if now.best is None else now.best.epoch
        if epoch.number - since >= self._patience:
            now.stopped = "patience"

    def _due(self) -> bool:
        steps = self.done() * len(self._starts) + self._now.step
        return self._every is not None and steps % self._every == 0

    def _save(self) -> None:
        if self._file is not None:
            self._file.write(self._now)

    def history(self) -> History:
        """What came of it; the model is left with its best parameters, if they were watched."""
        now, history = self._now, History(self._now.epochs)
        history.stopped = now.stopped or "epochs"
        if now.best is not None:
            history.best = history[now.best.epoch - 1]
            if self._restore_best:
                self._model.load_state_dict(now.best.model)
        return history


def _plain(prediction: Any) -> Any:
    """A prediction with floats for its Values."""
    leaves, rebuild = flatten(prediction, "prediction")
    return rebuild([x.data if isinstance(x, Value) else x for x in leaves])


def whole(title: str, n: Any) -> int:
    """A count; TypeError or ValueError where it is none, or below 1."""
    if isinstance(n, bool) or not hasattr(n, "__index__"):
        raise TypeError(f"{title} must be an integer, not {n!r:.80}")
    if operator.index(n) < 1:
        raise ValueError(f"{title} must be at least 1, not {n}")
    return operator.index(n)


def _functions(title: str, functions: Any) -> list[Callable[..., Any]]:
    if not isinstance(functions, Iterable):
        raise TypeError(f"{title} must be a list of functions, not {functions!r:.80}")
    found = list(functions)
    for i, f in enumerate(found):
        if not callable(f):
            raise TypeError(f"{title}[{i}] must be a function, not {f!r:.80}")
    return found


def _generator(rng: Any, needed: bool) -> random.Random | None:
    """What draws the orders; its state is part of a checkpoint."""
    if isinstance(rng, random.SystemRandom):
        raise TypeError("rng is a SystemRandom, which cannot be repeated: give a seed")
    if isinstance(rng, random.Random):
        return rng
    if rng is None:
        return random.Random(random.getrandbits(64)) if needed else None
    if hasattr(rng, "integers"):  # a NumPy Generator
        return random.Random(int(rng.integers(2**63)))
    if isinstance(rng, bool) or not hasattr(rng, "__index__"):
        raise TypeError(f"rng is a seed, a random.Random or a NumPy Generator, not {rng!r:.80}")
    return random.Random(operator.index(rng))


def _is_true(result: Any) -> bool:
    """Whether a callback asks for the end; what else it may return says nothing."""
    return type(result).__name__ in ("bool", "bool_") and bool(result)
