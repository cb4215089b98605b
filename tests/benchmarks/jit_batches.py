"""Batches under `jit`: one sample's plain function, compiled for a column of them.

    python -m tests.benchmarks.jit_batches            every system that is installed
    python -m tests.benchmarks.jit_batches --smoke    one short round, to see that it runs

Black-Scholes: a million prices with their five first derivatives; JAX's arrays are its own before
the clock starts, and stay so. Knock-out: a call option that ends worthless where its path touches a
barrier, an early `return` at one of 50 steps; the value and its derivatives by spot and volatility,
over 100,000 paths, per path. Eager runs a few of the same paths; JAX needs the branch rewritten as
a mask, and runs all steps of every path.
"""

import math
from typing import Any

import numpy as np

from tests.benchmarks.harness import Task, Work, benchmark, jax_ready, ours_ready

BARRIER, STRIKE, RATE = 120.0, 100.0, 0.02
SPOT, VOLATILITY = 100.0, 0.2
GREEKS = (0, 1, 2, 3, 4)
COMPARED = 200


def options(smoke: bool) -> list[Any]:
    """Spot, strike, time, rate and volatility of each option."""
    random_numbers = np.random.default_rng(0)
    ranges = [(50, 150), (50, 150), (0.1, 2.0), (0.0, 0.05), (0.1, 0.5)]
    return [random_numbers.uniform(*r, 1000 if smoke else 1_000_000) for r in ranges]


def price_with(module: Any, normal: Any) -> Any:
    """Black and Scholes' price of a call, in a module's mathematics."""

    def price(spot: Any, strike: Any, time: Any, rate: Any, volatility: Any) -> Any:
        spread = volatility * module.sqrt(time)
        d = (module.log(spot / strike) + (rate + volatility * volatility / 2) * time) / spread
        return spot * normal(d) - strike * module.exp(-rate * time) * normal(d - spread)

    return price


def compared(result: Any) -> Any:
    """The values and derivatives of a few samples, from the first one to the last."""
    values, gradients = result
    return [few(np.asarray(column)) for column in (values, *gradients)]


def few(column: Any) -> Any:
    return column[np.linspace(0, len(column) - 1, COMPARED).astype(int)]


def scholes_ours(smoke: bool) -> Task:
    ag = ours_ready()
    columns = options(smoke)
    price = price_with(ag, lambda x: 0.5 * ag.erfc(-x * math.sqrt(0.5)))

    def build() -> Any:
        function = ag.jit(ag.value_and_grad(price, argnums=GREEKS))
        return lambda: function.map(*columns)

    return Task(build, compared)


def scholes_jax(smoke: bool) -> Task:
    jax = jax_ready()
    columns = [jax.numpy.array(column) for column in options(smoke)]
    price = price_with(jax.numpy, lambda x: 0.5 * jax.lax.erfc(-x * math.sqrt(0.5)))

    def build() -> Any:
        function = jax.jit(jax.vmap(jax.value_and_grad(price, argnums=GREEKS)))
        return lambda: jax.block_until_ready(function(*columns))

    return Task(build, compared)


def shocks(smoke: bool) -> Any:
    """A standard normal number for each step of each path."""
    return np.random.default_rng(0).standard_normal((500, 8) if smoke else (100_000, 50))


def knock_out_with(exp: Any, maximum: Any) -> Any:
    """What one path pays, in plain Python."""

    def knock_out(spot: Any, volatility: Any, shocks: Any) -> Any:
        step = 1.0 / len(shocks)
        for shock in shocks:
            drift = (RATE - volatility * volatility / 2) * step
            spot = spot * exp(drift + volatility * math.sqrt(step) * shock)
            if spot > BARRIER:
                return 0.0
        return maximum(spot - STRIKE, 0.0)

    return knock_out


def knock_out_ours(smoke: bool) -> Task:
    ag = ours_ready()
    paths = shocks(smoke)
    gradient = ag.value_and_grad(knock_out_with(ag.exp, ag.maximum), argnums=(0, 1))

    def build() -> Any:
        function = ag.jit(gradient)
        return lambda: function.map(SPOT, VOLATILITY, paths, in_axes=(None, None, 0))

    return Task(build, compared, pieces=len(paths))


def knock_out_eager(smoke: bool) -> Task:
    import autograd_lite as ag

    paths = few(shocks(smoke)).tolist()
    gradient = ag.value_and_grad(knock_out_with(ag.exp, ag.maximum), argnums=(0, 1))

    def step() -> tuple[Any, Any]:
        results = [gradient(SPOT, VOLATILITY, path) for path in paths]
        values, gradients = zip(*results, strict=True)
        return values, np.transpose(gradients).ravel()

    return Task(lambda: step, lambda result: [*result[0], *result[1]], len(paths), False)


def knock_out_jax(smoke: bool) -> Task:
    jax = jax_ready()
    jnp = jax.numpy
    paths = jnp.array(shocks(smoke))
    step = 1.0 / paths.shape[1]

    def knock_out(spot: Any, volatility: Any, shocks: Any) -> Any:
        drift = (RATE - volatility * volatility / 2) * step

        def move(state: Any, shock: Any) -> Any:
            spot, alive = state
            spot = spot * jnp.exp(drift + volatility * math.sqrt(step) * shock)
            return (spot, alive & (spot <= BARRIER)), None

        (spot, alive), _ = jax.lax.scan(move, (spot, True), shocks)
        return jnp.where(alive, jnp.maximum(spot - STRIKE, 0.0), 0.0)

    def build() -> Any:
        gradient = jax.value_and_grad(knock_out, argnums=(0, 1))
        function = jax.jit(jax.vmap(gradient, in_axes=(None, None, 0)))
        return lambda: jax.block_until_ready(function(SPOT, VOLATILITY, paths))

    return Task(build, compared, pieces=len(paths))


WORKS = [
    Work(
        {"Black-Scholes, prices and five Greeks": scholes_ours},
        {"JAX, `jit(vmap)`": scholes_jax},
        tolerance=1e-11,
    ),
    Work(
        {"knock-out option, per path": knock_out_ours},
        {"eager": knock_out_eager, "JAX, a scan with a mask": knock_out_jax},
    ),
]

if __name__ == "__main__":
    benchmark("tests.benchmarks.jit_batches", __doc__, WORKS, one_thread=False)
