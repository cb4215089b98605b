"""Optimizers: read the gradient of each parameter and update its data."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from ._util.text import count, shown
from .core.updates import set_data
from .core.value import Value

__all__ = ["SGD", "Adam", "Optimizer"]


class Optimizer:
    """Base class of the optimizers: the parameters, `lr` and `zero_grad()`.

    Arguments:
        params: leaf Values, such as `net.parameters()`.
        lr: the learning rate; `.lr` may be set between steps.

    Raises:
        TypeError: `params` is not a sequence of Values, or `lr` is not a number.
        ValueError: `params` is empty, names one Value twice or holds a result of operations, or
            `lr` is negative or not finite.

    A subclass lists its settings in `_settings`, and the numbers kept for each parameter in
    `_memory`; `state_dict()` holds both.
    """

    _settings: tuple[str, ...] = ("lr",)
    _memory: tuple[str, ...] = ()

    def __init__(self, params: Iterable[Value], lr: float) -> None:
        self.params = _check_params(params)
        self.lr = lr

    @property
    def lr(self) -> float:
        """Return the learning rate; it can be set between steps.

        >>> optimizer = SGD([Value(1.0)], lr=0.1)
        >>> optimizer.lr *= 0.5
        >>> optimizer.lr
        0.05
        """
        return self._lr

    @lr.setter
    def lr(self, lr: float) -> None:
        self._lr = check_range("lr", lr, 0.0, math.inf)

    def zero_grad(self) -> None:
        """Set the `.grad` of every parameter to 0.0, since `backward()` adds to it.

        >>> w = Value(3.0)
        >>> (w * w).backward()
        >>> SGD([w], lr=0.1).zero_grad()
        >>> w.grad
        0.0
        """
        for p in self.params:
            p.grad = 0.0

    def step(self) -> None:
        """Update every parameter once; each optimizer has its own rule."""
        raise NotImplementedError(f"{type(self).__name__} has no step(): use SGD or Adam")

    def state_dict(self) -> dict[str, Any]:
        """Return the settings and the numbers kept for each parameter.

        Together with the data of the parameters, they determine the next steps.

        >>> SGD([Value(1.0)], lr=0.1, momentum=0.9).state_dict()
        {'lr': 0.1, 'momentum': 0.9, 'velocities': [0.0]}
        """
        state = {name: getattr(self, name) for name in self._settings}
        return {**state, **{name: list(getattr(self, name)) for name in self._memory}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a `state_dict()`. After an error nothing has changed.

        Raises:
            TypeError: `state` is not a mapping, or holds something other than numbers.
            ValueError: a name is missing or unknown, a setting is out of range, or a list does not
                have one number for each parameter.

        >>> old, new = Adam([Value(1.0)], lr=0.1), Adam([Value(1.0)])
        >>> new.load_state_dict(old.state_dict())
        >>> new.lr
        0.1
        >>> new.load_state_dict({**old.state_dict(), "means": []})
        Traceback (most recent call last):
        ...
        ValueError: means has 0 numbers, but Adam has 1 parameter
        """
        owner = type(self).__name__
        if not isinstance(state, Mapping):
            raise TypeError(f"the state of {owner} must be a dict, not {type(state).__name__}")
        wanted = (*self._settings, *self._memory)
        if set(state) != set(wanted):
            names = shown(", ".join(map(str, state)), 120) or "nothing"
            raise ValueError(f"the state of {owner} must have {', '.join(wanted)}, not {names}")
        new: dict[str, Any] = {name: self._setting(name, state[name]) for name in self._settings}
        for name in self._memory:
            new[name] = _check_numbers(name, state[name])
            if len(new[name]) != len(self.params):
                ours = count(len(self.params), "parameter")
                raise ValueError(f"{name} has {len(new[name])} numbers, but {owner} has {ours}")
        new["_lr"] = new.pop("lr")
        vars(self).update(new)  # one call into C, so a KeyboardInterrupt cannot split it

    def _setting(self, name: str, x: Any) -> Any:
        """Return a setting, checked and normalized.

        Raises:
            TypeError, ValueError: `x` is not a valid value.
        """
        return check_range(name, x, 0.0, math.inf)

    def _move(self, numbers: list[float], **memory: Any) -> None:
        """Set the parameters and the memory in one call, which a KeyboardInterrupt cannot split."""
        remembered = map(vars(self).__setitem__, memory.keys(), memory.values())
        set_data(self.params, numbers, remembered)


class SGD(Optimizer):
    """Gradient descent: `velocity = momentum*velocity + grad`, then `data -= lr*velocity`.

    Arguments:
        params, lr: as in `Optimizer`.
        momentum: in [0, 1); 0 is plain descent.

    Raises:
        TypeError, ValueError: as in `Optimizer`, and for a `momentum` outside its range.

    >>> w = Value(3.0)
    >>> (w * w).backward()
    >>> SGD([w], lr=0.25).step()
    >>> w.data
    1.5
    """

    _settings = ("lr", "momentum")
    _memory = ("velocities",)

    def __init__(self, params: Iterable[Value], lr: float, momentum: float = 0.0) -> None:
        super().__init__(params, lr)
        self.momentum = self._setting("momentum", momentum)
        self.velocities = [0.0] * len(self.params)

    def step(self) -> None:
        """Update every parameter once."""
        lr, momentum, old = self.lr, self.momentum, self.velocities
        new = [momentum * v + p.grad for p, v in zip(self.params, old, strict=True)]
        moved = [p._primal - lr * v for p, v in zip(self.params, new, strict=True)]
        self._move(moved, velocities=new)

    def _setting(self, name: str, x: Any) -> Any:
        return check_range(name, x, 0.0, 1.0 if name == "momentum" else math.inf)

    def __repr__(self) -> str:
        return f"SGD({len(self.params)} parameters, lr={self.lr}, momentum={self.momentum})"


class Adam(Optimizer):
    """Adam: algorithm 1 of Kingma and Ba, "Adam: A Method for Stochastic Optimization"
    (ICLR 2015, arXiv:1412.6980).

    Arguments:
        params, lr: as in `Optimizer`.
        betas: the decay rates of the two running means, of the gradient and of its square.
        eps: added to the denominator, so that a gradient of 0 does not divide by 0.

    Raises:
        TypeError, ValueError: as in `Optimizer`, and for `betas` outside [0, 1) or `eps` <= 0.

    >>> w = Value(3.0)
    >>> (w * w).backward()
    >>> Adam([w], lr=0.5).step()  # the length of the first step is lr
    >>> round(w.data, 6)
    2.5
    """

    _settings = ("lr", "betas", "eps", "steps")
    _memory = ("means", "squares")

    def __init__(
        self,
        params: Iterable[Value],
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        super().__init__(params, lr)
        self.betas = self._setting("betas", betas)
        self.eps = self._setting("eps", eps)
        self.steps = 0
        self.means = [0.0] * len(self.params)
        self.squares = [0.0] * len(self.params)

    def step(self) -> None:
        """Update every parameter once."""
        steps, lr, (beta1, beta2) = self.steps + 1, self.lr, self.betas
        # Both running means start at 0, so they are too small by these factors.
        unbias1, unbias2 = 1.0 - beta1**steps, 1.0 - beta2**steps
        moved, means, squares = [], [], []
        for p, mean, square in zip(self.params, self.means, self.squares, strict=True):
            g = p.grad
            means.append(mean := beta1 * mean + (1.0 - beta1) * g)
            squares.append(square := beta2 * square + (1.0 - beta2) * g * g)
            change = lr * (mean / unbias1) / (math.sqrt(square / unbias2) + self.eps)
            moved.append(p._primal - change)
        self._move(moved, steps=steps, means=means, squares=squares)

    def _setting(self, name: str, x: Any) -> Any:
        if name == "betas":
            if not isinstance(x, (tuple, list)) or len(x) != 2:
                raise TypeError(f"betas must be a pair such as (0.9, 0.999), not {x!r:.80}")
            return tuple(check_range("an element of betas", beta, 0.0, 1.0) for beta in x)
        if name == "steps":
            if isinstance(x, bool) or not isinstance(x, int):
                raise TypeError(f"steps must be an integer, not {x!r:.80}")
            if not 0 <= x < 2**53:  # beyond it, beta**steps could not take it as a float
                raise ValueError(f"steps must be at least 0 and below 2**53, not {x!r:.80}")
            return x
        checked = check_range(name, x, 0.0, math.inf)
        if name == "eps" and not checked:
            raise ValueError("eps must be greater than 0: without it a gradient of 0 divides by 0")
        return checked

    def __repr__(self) -> str:
        settings = f"lr={self.lr}, betas={self.betas}, eps={self.eps}"
        return f"Adam({len(self.params)} parameters, {settings})"


def _check_params(params: Any) -> list[Value]:
    if isinstance(params, Value) or not isinstance(params, Iterable):
        hint = "; pass its .parameters()" if hasattr(params, "parameters") else ""
        raise TypeError(f"params must be a list of Values, not {type(params).__name__}{hint}")
    checked: dict[int, Value] = {}
    for i, p in enumerate(params):
        if not isinstance(p, Value):
            raise TypeError(f"params[{i}] must be a Value, not {type(p).__name__}: {p!r:.80}")
        if p.op:
            raise ValueError(
                f"params[{i}] is a result ({p.op}), not a leaf: pass the leaves it comes from"
            )
        if id(p) in checked:
            raise ValueError(f"params[{i}] is listed twice: each step would update it twice")
        checked[id(p)] = p
    if not checked:
        raise ValueError("params is empty: there is nothing to optimize")
    return list(checked.values())


def _check_numbers(title: str, xs: Any) -> list[float]:
    """Return a list of numbers as floats; a diverged run may have nan and infinities."""
    if not isinstance(xs, (list, tuple)):
        raise TypeError(f"{title} must be a list of numbers, not {type(xs).__name__}")
    for i, x in enumerate(xs):
        if isinstance(x, bool) or not isinstance(x, (int, float)):
            raise TypeError(f"{title}[{i}] must be a number, not {x!r:.80}")
    try:
        return [float(x) for x in xs]
    except OverflowError:
        raise ValueError(f"{title}: an integer is too large for a float") from None


def check_range(title: str, x: Any, low: float, high: float) -> float:
    """Return `x` as a float in [low, high).

    Raises:
        TypeError: `x` is not a number.
        ValueError: `x` is outside the range.
    """
    if isinstance(x, (str, bool, Value)) or not hasattr(x, "__float__"):
        raise TypeError(f"{title} must be a number, not {x!r:.80}")
    try:
        number = float(x)
    except OverflowError:
        raise ValueError(f"{title}: the integer is too large for a float") from None
    if not low <= number < high:
        wanted = "finite and at least 0" if high == math.inf else f"in [{low:g}, {high:g})"
        raise ValueError(f"{title} must be {wanted}, not {x!r}")
    return number
