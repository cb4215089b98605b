"""A network trained by many processes or machines: Dask carries the shards, `jit` the kernel.

    python demos/many_machines.py
    python demos/many_machines.py --workers 4 --shards 16 --points 1000000
    python demos/many_machines.py --scheduler tcp://10.0.0.5:8786

Starts worker processes here, or joins a cluster by its scheduler's address. Each worker makes its
shards of two moons from a seed (as it would read files), keeps them, and sums loss and gradient
over them; the sums are added up in the shards' order, and Adam takes a step. A worker that dies
costs time alone: its shards are made anew elsewhere.

Needs Dask: pip install 'autograd-lite[distributed]'
"""

import argparse
import math
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

import autograd_lite as ag

SIZES = [2, 16, 16, 1]

Shard = tuple[np.ndarray, np.ndarray]
Total = tuple[float, np.ndarray]


def score(w: Sequence[Any], point: Sequence[Any]) -> Any:
    """The tanh network's output; w is in the order of `ag.nn.MLP(...).parameters()`."""
    values, start = list(point), 0
    for size in SIZES[1:]:
        fan = len(values)
        sums = []
        for _ in range(size):
            sums.append(ag.dot(w[start : start + fan], values) + w[start + fan])
            start += fan + 1
        values = sums if size == SIZES[-1] else [ag.tanh(x) for x in sums]
    return values[0]


def loss(w: Sequence[Any], point: Sequence[Any], label: Any) -> Any:
    """The logistic loss of one point, whose label is 1 or -1."""
    return ag.logaddexp(0.0, -label * score(w, point))


# A global of a module that the workers import: each process records and compiles it once.
loss_and_gradient = ag.jit(ag.value_and_grad(loss))


def load(number: int, size: int, seed: int) -> Shard:
    """A shard from its source. What a task can make again need not outlive a worker."""
    generator = np.random.default_rng([seed, number])
    labels = np.where(np.arange(size) % 2, 1.0, -1.0)
    angle = generator.uniform(0, np.pi, size)
    x = np.where(labels > 0, np.cos(angle), 1 - np.cos(angle))
    y = np.where(labels > 0, np.sin(angle), 0.5 - np.sin(angle))
    return np.stack([x, y], 1) + generator.normal(0, 0.1, (size, 2)), labels


def total_of(shard: Shard, w: np.ndarray) -> Total:
    """Loss and gradient, summed over a shard: what a worker does at each step."""
    total, gradient = loss_and_gradient.sum(w, *shard, in_axes=(None, 0, 0))
    return float(total), gradient


class Training(NamedTuple):
    """The mean loss and the seconds of each step, and the weights at the end."""

    losses: list[float]
    seconds: list[float]
    weights: np.ndarray


def train(
    totals: Callable[[np.ndarray], Sequence[Total]],
    points: int,
    steps: int,
    rate: float,
    seed: int,
    done: Callable[[int], object] = lambda step: None,
) -> Training:
    """Adam on the mean loss. `totals` gives a sum for each shard, always in the same order."""
    net = ag.nn.MLP(SIZES[0], SIZES[1:], activation="tanh", rng=random.Random(seed))
    parameters = net.parameters()
    optimizer = ag.optim.Adam(parameters, lr=rate)
    losses, seconds = [], []
    with tqdm(range(steps), unit="step", mininterval=0.5) as bar:
        for step in bar:
            start = time.perf_counter()
            parts = totals(np.array([p.data for p in parameters]))
            losses.append(sum(total for total, _ in parts) / points)
            gradient = sum(gradient for _, gradient in parts) / points
            for parameter, slope in zip(parameters, gradient.tolist(), strict=True):
                parameter.grad = slope
            optimizer.step()
            seconds.append(time.perf_counter() - start)
            bar.set_postfix(loss=f"{losses[-1]:.4f}", refresh=False)
            done(step)
    return Training(losses, seconds, np.array([p.data for p in parameters]))


def on_cluster(
    client: Any, sizes: Sequence[int], seed: int
) -> Callable[[np.ndarray], Sequence[Total]]:
    """The shards' sums, made where the shards are."""
    # These futures hold the shards in the workers' memory, and how to make them again.
    shards = client.map(load, range(len(sizes)), sizes, seed=seed)

    def totals(w: np.ndarray) -> Sequence[Total]:
        # The weights go with each task: scattered, they would be lost with the worker that has
        # them. A task with the same arguments is not the same task, for Dask would not run it.
        found: Sequence[Total] = client.gather(client.map(total_of, shards, w=w, pure=False))
        return found

    return totals


def in_one_process(sizes: Sequence[int], seed: int) -> Callable[[np.ndarray], Sequence[Total]]:
    """The same sums with no cluster."""
    shards = [load(number, size, seed) for number, size in enumerate(sizes)]
    return lambda w: [total_of(shard, w) for shard in shards]


def connect(scheduler: str | None, workers: int, stack: ExitStack) -> Any:
    """A client of the scheduler at that address, or of processes started here."""
    from dask.distributed import Client, LocalCluster

    target: Any = scheduler
    if scheduler is None:
        # One task at a time in each process: the kernel itself uses all cores that it may.
        # Port 0 is any free one: the dashboard's own, 8787, is taken where another cluster runs.
        target = stack.enter_context(
            LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0")
        )
    client = stack.enter_context(Client(target, timeout=10))
    client.upload_file(__file__)  # to workers that come later, too
    return client


def stay_on(core: int) -> None:
    """Keep every thread of this process on one core; what is called here sets one thread alone."""
    for thread in os.listdir("/proc/self/task"):
        os.sched_setaffinity(int(thread), {core})


def pin(client: Any) -> None:
    """One core for each worker, and one for this process, as if they were small machines."""
    cores = sorted(os.sched_getaffinity(0))
    for k, worker in enumerate(client.nthreads()):
        client.run(stay_on, cores[k % len(cores)], workers=[worker])
    os.sched_setaffinity(0, {cores[0]})


def show(training: Training, alone: Training | None) -> None:
    """The losses, the times, and how far the two trainings are from each other."""
    count = len(training.losses)
    for step in sorted({*range(0, count, max(1, count // 5)), count - 1}):
        print(f"step {step:<5d} loss {training.losses[step]:.12f}")
    usual = statistics.median(training.seconds[1:] or training.seconds)
    print(f"\nOn the workers: {usual * 1e3:,.1f} ms a step")
    if alone is not None:
        one = statistics.median(alone.seconds[1:] or alone.seconds)
        print(f"In one process: {one * 1e3:,.1f} ms a step, {one / usual:.2f} times that")
        furthest = np.max(np.abs(training.weights - alone.weights))
        print(f"The greatest difference of a weight after {count} steps: {furthest:.1e}")


def options_of(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line; what cannot work is refused here, in words."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--scheduler", metavar="ADDRESS", help="join this cluster; default: start workers here")
    add("--workers", type=int, default=2, help="processes to start here (2)")
    add("--shards", type=int, default=8, help="pieces of the data (8)")
    add("--points", type=int, default=400_000, help="points in all shards (400000)")
    add("--steps", type=int, default=30, help="training steps (30)")
    add("--rate", type=float, default=0.02, help="learning rate (0.02)")
    add("--seed", type=int, default=0, help="of data and weights (0)")
    add("--pin", action="store_true", help="one core for each process, to see how it scales")
    add(
        "--alone",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="train once more in one process, and compare (yes)",
    )
    options = parser.parse_args(arguments)
    for name in ("workers", "shards", "steps"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} must be at least 1")
    if options.points < options.shards:
        parser.error("--points must be at least one for each shard")
    if options.seed < 0:
        parser.error("--seed must not be negative")
    if options.pin and (options.scheduler or not hasattr(os, "sched_setaffinity")):
        parser.error("--pin is for processes started here, on Linux")
    if not 0 <= options.rate < math.inf:
        parser.error("--rate must be finite and not negative")
    return options


def main() -> None:
    options = options_of(None)
    each, rest = divmod(options.points, options.shards)
    sizes = [each + (number < rest) for number in range(options.shards)]
    training_options = (options.points, options.steps, options.rate, options.seed)
    with ExitStack() as stack:
        try:
            client = connect(options.scheduler, options.workers, stack)
        except ModuleNotFoundError:
            sys.exit("many_machines.py needs Dask: pip install 'autograd-lite[distributed]'")
        except (OSError, ValueError) as error:
            sys.exit(f"many_machines.py: no scheduler answers at {options.scheduler}: {error}")
        if not client.nthreads():
            print(f"Waiting for a worker: dask worker {client.scheduler.address}", flush=True)
        client.wait_for_workers(1)
        if options.pin:
            pin(client)
        workers = len(client.nthreads())
        print(f"{workers} workers, {options.shards} shards, {options.points:,} points")
        training = train(on_cluster(client, sizes, options.seed), *training_options)
    alone = None
    if options.alone:
        alone = train(in_one_process(sizes, options.seed), *training_options)
    show(training, alone)


if __name__ == "__main__":
    # What is defined in `__main__` would be sent whole, and compiled anew, with each task.
    import many_machines

    many_machines.main()
