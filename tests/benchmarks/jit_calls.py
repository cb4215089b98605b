"""One call at a time under `jit`: what a value and gradient of a small function costs.

    python -m tests.benchmarks.jit_calls            every system that is installed
    python -m tests.benchmarks.jit_calls --smoke    one short round, to see that it runs

Rosenbrock's function of 2 and of 100 numbers: a NumPy array goes in, a value and a new NumPy array
come out, of every system; CasADi's are copied into and out of its bound buffers. A product of two
floats: nearly all of its time is the call's own. The Python back end is compared with running the
same function eagerly.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.harness import Task, Work, benchmark, jax_ready, ours_ready


def rosenbrock(x: Any) -> Any:
    total = 0.0
    for i in range(len(x) - 1):
        total = total + 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
    return total


def large(smoke: bool) -> int:
    return 10 if smoke else 100


def start(n: int) -> Any:
    return np.linspace(-1.2, 1.0, n)


def numbers(result: Any) -> list[float]:
    value, gradient = result
    return [float(value), *np.ravel(gradient).tolist()]


def ours(n: int, transform: Callable[[Any, Callable[..., Any]], Any]) -> Task:
    ag = ours_ready()
    x = start(n)

    def build() -> Any:
        f = transform(ag, ag.value_and_grad(rosenbrock))
        return lambda: f(x)

    return Task(build, numbers)


def jitted(n: int) -> Task:
    return ours(n, lambda ag, f: ag.jit(f))


def in_casadi(n: int) -> Task:
    import casadi as ca

    x = start(n)

    def build() -> Any:
        symbols = ca.SX.sym("x", n)
        y = rosenbrock([symbols[i] for i in range(n)])
        function = ca.Function("f", [symbols], [y, ca.gradient(y, symbols)])
        buffer, evaluate = function.buffer()
        argument, value, gradient = np.zeros(n), np.zeros(1), np.zeros(n)
        buffer.set_arg(0, memoryview(argument))
        buffer.set_res(0, memoryview(value))
        buffer.set_res(1, memoryview(gradient))

        def step() -> tuple[float, Any]:
            argument[:] = x
            evaluate()
            return value[0], gradient.copy()

        step.keep = (function, buffer)  # type: ignore[attr-defined]
        return step

    return Task(build, numbers)


def in_jax(n: int, f: Callable[[Any], Any]) -> Task:
    jax = jax_ready()
    x = start(n)

    def build() -> Any:
        function = jax.jit(jax.value_and_grad(f))

        def step() -> tuple[float, Any]:
            value, gradient = function(x)
            return float(value), np.asarray(gradient)

        return step

    return Task(build, numbers)


def on_arrays(x: Any) -> Any:
    """Rosenbrock's function as JAX likes it."""
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def ours_2(smoke: bool) -> Task:
    return jitted(2)


def ours_100(smoke: bool) -> Task:
    return jitted(large(smoke))


def casadi_2(smoke: bool) -> Task:
    return in_casadi(2)


def casadi_100(smoke: bool) -> Task:
    return in_casadi(large(smoke))


def jax_2(smoke: bool) -> Task:
    return in_jax(2, on_arrays)


def jax_100(smoke: bool) -> Task:
    return in_jax(large(smoke), on_arrays)


def jax_loop_100(smoke: bool) -> Task:
    return in_jax(large(smoke), rosenbrock)


def python_100(smoke: bool) -> Task:
    return ours(large(smoke), lambda ag, f: ag.jit(f, backend="python"))


def eager_100(smoke: bool) -> Task:
    return ours(large(smoke), lambda ag, f: f)._replace(compiles=False)


def product(x: float, y: float) -> float:
    return x * y


def ours_floats(smoke: bool) -> Task:
    ag = ours_ready()

    def build() -> Any:
        f = ag.jit(ag.value_and_grad(product, argnums=(0, 1)))
        return lambda: f(3.0, 2.0)

    return Task(build, numbers)


def floats_by_hand(smoke: bool) -> Task:
    def f(x: float, y: float) -> Any:
        return x * y, (y, x)

    return Task(lambda: lambda: f(3.0, 2.0), numbers, compiles=False)


def jax_floats(smoke: bool) -> Task:
    jax = jax_ready()

    def build() -> Any:
        f = jax.jit(jax.value_and_grad(product, argnums=(0, 1)))

        def step() -> Any:
            value, (dx, dy) = f(3.0, 2.0)
            return float(value), (float(dx), float(dy))

        return step

    return Task(build, numbers)


WORKS = [
    Work(
        {"Rosenbrock, n = 2": ours_2}, {"JAX on arrays": jax_2, "CasADi, the same loop": casadi_2}
    ),
    Work(
        {"Rosenbrock, n = 100": ours_100},
        {
            "JAX on arrays": jax_100,
            "JAX, the same loop": jax_loop_100,
            "CasADi, the same loop": casadi_100,
        },
    ),
    Work(
        {"a product of two floats": ours_floats},
        {"Python by hand": floats_by_hand, "JAX": jax_floats},
    ),
    Work({"Rosenbrock, n = 100, Python back end": python_100}, {"eager": eager_100}),
]

if __name__ == "__main__":
    benchmark("tests.benchmarks.jit_calls", __doc__, WORKS, one_thread=True)
