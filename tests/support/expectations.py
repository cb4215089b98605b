"""What a function is expected to give at a point: its value and partials, by every mode."""

import math
import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.jit.backend.choose import has_llvm

NAN, INF, PI = math.nan, math.inf, math.pi
BACKENDS = ["python", *(["llvm"] if has_llvm() else [])]


@lru_cache(maxsize=100)
def compiled(f: Callable[..., Any], backend: str) -> Callable[..., Any]:
    return ag.jit(f, backend=backend)


@lru_cache(maxsize=100)
def compiled_gradient(
    f: Callable[..., Any], argnums: tuple[int, ...], backend: str
) -> Callable[..., Any]:
    return ag.jit(ag.value_and_grad(f, argnums), backend=backend)


def evaluations(f: Callable[..., Any], xs: Sequence[float]) -> dict[str, list[float]]:
    """The value and all partials, by every mode and back end."""
    xs = [float(x) for x in xs]
    every = tuple(range(len(xs)))
    leaves = [Value(x) for x in xs]
    y = f(*leaves)
    y.backward()
    units = [[float(i == k) for i in every] for k in every]
    value, partials = ag.value_and_grad(f, every)(*xs)
    found = {
        "backward": [y.data, *[x.grad for x in leaves]],
        "grad": [value, *partials],
        "forward": [ag.jvp(f, xs, units[0])[0], *[ag.jvp(f, xs, unit)[1] for unit in units]],
    }
    jitted = compiled(f, "python")
    found["grad of python"] = [jitted(*xs), *ag.grad(jitted, every)(*xs)]
    for backend in BACKENDS:
        gradient = compiled_gradient(f, every, backend)
        gradient(*xs)
        value, partials = gradient(*xs)  # the second call is a replay
        found[f"{backend} of grad"] = [value, *partials]
    return found


def close(x: float, y: float, rel: float) -> bool:
    if math.isnan(y) or math.isinf(y):
        return x == y or (math.isnan(x) and math.isnan(y))
    return abs(x - y) <= rel * abs(y)


def expect(f: Callable[..., Any], xs: Sequence[float], *wanted: float, rel: float = 4e-15) -> None:
    """The value and the partials are these; where 0 is wanted it is 0."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of domains, which others test
        found = evaluations(f, xs)
    for mode, numbers in found.items():
        assert len(numbers) == len(wanted)
        assert all(map(close, numbers, wanted, [rel] * len(wanted))), (mode, numbers, wanted)
