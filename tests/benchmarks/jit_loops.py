"""Long plain loops under `jit`: value and gradient of sums, recurrences and pairs.

    python -m tests.benchmarks.jit_loops            every system that is installed
    python -m tests.benchmarks.jit_loops --smoke    one short round, to see that it runs

Ours are the loops as a course would write them. JAX's are written on arrays, and with `lax.scan`
where each step needs the one before. A NumPy array goes in, a value and a new NumPy array come out.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tests.benchmarks.harness import Task, Work, benchmark, jax_ready, ours_ready

Function = Callable[[Any, int], Any]  # of the module with the functions, and the size: f(x)


def numbers(result: Any) -> list[float]:
    value, gradient = result
    return [float(value), *np.ravel(gradient).tolist()]


def ours(start: Callable[[int], Any], f: Function, full: int, small: int) -> Any:
    def task(smoke: bool) -> Task:
        ag, n = ours_ready(), small if smoke else full
        x = start(n)

        def build() -> Any:
            function = ag.jit(ag.value_and_grad(f(ag, n)))
            return lambda: function(x)

        return Task(build, numbers)

    return task


def in_jax(start: Callable[[int], Any], f: Function, full: int, small: int) -> Any:
    def task(smoke: bool) -> Task:
        jax, n = jax_ready(), small if smoke else full
        x = start(n)

        def build() -> Any:
            function = jax.jit(jax.value_and_grad(f(jax, n)))

            def step() -> Any:
                value, gradient = function(x)
                return float(value), np.asarray(gradient)

            return step

        return Task(build, numbers)

    return task


def particles(n: int) -> Any:
    """On a grid with spacing 1.1, moved at random a little: n places, three numbers each."""
    rng = np.random.default_rng(0)
    side = round(n ** (1 / 3))
    grid = np.stack(np.meshgrid(*[np.arange(side)] * 3), axis=-1).reshape(-1, 3)
    return (1.1 * grid + rng.normal(0.0, 0.05, grid.shape)).ravel()


def lennard_jones(ag: Any, n: int) -> Any:
    def energy(x: Any) -> Any:
        total = 0.0
        for i in range(n):
            for j in range(i):
                dx = x[3 * i] - x[3 * j]
                dy = x[3 * i + 1] - x[3 * j + 1]
                dz = x[3 * i + 2] - x[3 * j + 2]
                s = 1.0 / (dx * dx + dy * dy + dz * dz) ** 3
                total = total + 4.0 * (s * s - s)
        return total

    return energy


def lennard_jones_on_arrays(jax: Any, n: int) -> Any:
    first, second = np.tril_indices(n, -1)

    def energy(x: Any) -> Any:
        places = x.reshape(n, 3)
        s = 1.0 / ((places[first] - places[second]) ** 2).sum(axis=1) ** 3
        return (4.0 * (s * s - s)).sum()

    return energy


def line(n: int) -> Any:
    return np.linspace(-1.2, 1.0, n)


def rosenbrock(ag: Any, n: int) -> Any:
    def f(x: Any) -> Any:
        total = 0.0
        for i in range(n - 1):
            total = total + 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
        return total

    return f


def rosenbrock_on_arrays(jax: Any, n: int) -> Any:
    return lambda x: (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def rates(n: int) -> Any:
    return np.array([1.1, 0.4, 0.1, 0.4, 10.0, 5.0])  # four parameters, two populations at first


def runge_kutta(slopes: Any, state: Any, h: float) -> Any:
    x, y = state
    a = slopes(x, y)
    b = slopes(x + h / 2 * a[0], y + h / 2 * a[1])
    c = slopes(x + h / 2 * b[0], y + h / 2 * b[1])
    d = slopes(x + h * c[0], y + h * c[1])
    x = x + h / 6 * (a[0] + 2 * b[0] + 2 * c[0] + d[0])
    y = y + h / 6 * (a[1] + 2 * b[1] + 2 * c[1] + d[1])
    return x, y


def lotka_volterra(p: Any) -> Any:
    return lambda x, y: (p[0] * x - p[1] * x * y, p[2] * x * y - p[3] * y)


def integrated(ag: Any, n: int) -> Any:
    def f(p: Any) -> Any:
        state = p[4], p[5]
        for _ in range(n):
            state = runge_kutta(lotka_volterra(p), state, 0.01)
        return state[0] + state[1]

    return f


def integrated_by_scan(jax: Any, n: int) -> Any:
    def f(p: Any) -> Any:
        def step(state: Any, _: Any) -> Any:
            return runge_kutta(lotka_volterra(p), state, 0.01), None

        (x, y), _ = jax.lax.scan(step, (p[4], p[5]), None, length=n)
        return x + y

    return f


def data(n: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(1)
    return rng.uniform(-1.0, 1.0, n), rng.uniform(0.5, 1.5, n)


def three(n: int) -> Any:
    return np.array([0.3, 0.2, 0.7])


def weighted(ag: Any, n: int) -> Any:
    places, heights = (x.tolist() for x in data(n))

    def f(x: Any) -> Any:
        weights = [ag.exp(-x[1] * (x[0] - place) ** 2) for place in places]
        total = sum(w * (x[2] + h) for w, h in zip(weights, heights, strict=True))
        return total / sum(weights)

    return f


def weighted_on_arrays(jax: Any, n: int) -> Any:
    places, heights = data(n)

    def f(x: Any) -> Any:
        weights = jax.numpy.exp(-x[1] * (x[0] - places) ** 2)
        return (weights * (x[2] + heights)).sum() / weights.sum()

    return f


def filtered(ag: Any, n: int) -> Any:
    signal = data(n)[0].tolist()

    def f(x: Any) -> Any:
        state = 0.0
        for value in signal:
            state = 0.95 * state + ag.tanh(x[0] * value + x[1]) * ag.exp(-x[2] * value * value)
        return state

    return f


def filtered_by_scan(jax: Any, n: int) -> Any:
    signal = data(n)[0]

    def f(x: Any) -> Any:
        terms = jax.numpy.tanh(x[0] * signal + x[1]) * jax.numpy.exp(-x[2] * signal * signal)
        return jax.lax.scan(lambda y, t: (0.95 * y + t, None), 0.0, terms)[0]

    return f


class Loop(NamedTuple):
    """A loop and the same thing in JAX, at a full size and a small one."""

    label: str
    peer: str
    start: Callable[[int], Any]
    loop: Function
    in_jax: Function
    full: int
    small: int

    def work(self) -> Work:
        sizes = self.full, self.small
        own, peer = ours(self.start, self.loop, *sizes), in_jax(self.start, self.in_jax, *sizes)
        own.__name__, peer.__name__ = self.loop.__name__, self.in_jax.__name__
        return Work({self.label: own}, {f"JAX {self.peer}": peer}, tolerance=1e-9)


LOOPS = [
    Loop(
        "Lennard-Jones, 64 particles",
        "on arrays",
        particles,
        lennard_jones,
        lennard_jones_on_arrays,
        64,
        8,
    ),
    Loop("Rosenbrock, n = 10,000", "on arrays", line, rosenbrock, rosenbrock_on_arrays, 10_000, 50),
    Loop(
        "Lotka-Volterra, 1,000 steps",
        "by `lax.scan`",
        rates,
        integrated,
        integrated_by_scan,
        1_000,
        20,
    ),
    Loop(
        "weighted mean, 10,000 terms", "on arrays", three, weighted, weighted_on_arrays, 10_000, 50
    ),
    Loop("filter, 10,000 steps", "by `lax.scan`", three, filtered, filtered_by_scan, 10_000, 50),
]

if __name__ == "__main__":
    works = [loop.work() for loop in LOOPS]
    benchmark("tests.benchmarks.jit_loops", __doc__, works, one_thread=True)
