"""Train a network on many processes or machines with Dask and compiled code.

    python demos/many_machines.py
    python demos/many_machines.py --workers 4 --shards 16 --points 1000000
    python demos/many_machines.py --scheduler tcp://10.0.0.5:8786

Starts worker processes on this machine, or connects to the scheduler of a cluster. Each worker
makes its shards of the two moons from a seed, as it would read them from files, keeps them, and
sums the loss and gradient over them. The sums are added in the order of the shards, and Adam takes
a step. If a worker dies, its shards are made again on another one, and the numbers do not change.

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
    """Return the output of the tanh network, with w in the order of `MLP.parameters()`."""
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
    """Return the logistic loss of one point, whose label is 1 or -1."""
    return ag.logaddexp(0.0, -label * score(w, point))


# A global of a module that the workers import, so each process records and compiles it once.
loss_and_gradient = ag.jit(ag.value_and_grad(loss))


def load(number: int, size: int, seed: int) -> Shard:
    """Return a shard; a task that can make it again replaces the data of a lost worker."""
    generator = np.random.default_rng([seed, number])
    labels = np.where(np.arange(size) % 2, 1.0, -1.0)
    angle = generator.uniform(0, np.pi, size)
    x = np.where(labels > 0, np.cos(angle), 1 - np.cos(angle))
    y = np.where(labels > 0, np.sin(angle), 0.5 - np.sin(angle))
    return np.stack([x, y], 1) + generator.normal(0, 0.1, (size, 2)), labels


def sum_shard(shard: Shard, w: np.ndarray) -> Total:
    """Return the loss and gradient summed over a shard: the task of a worker in each step."""
    total, gradient = loss_and_gradient.sum(w, *shard, in_axes=(None, 0, 0))
    return float(total), gradient


class Training(NamedTuple):
    """The mean loss and the time in seconds of each step, and the final weights."""

    losses: list[float]
    seconds: list[float]
    weights: np.ndarray


def train(
    compute_sums: Callable[[np.ndarray], Sequence[Total]],
    points: int,
    steps: int,
    rate: float,
    seed: int,
    done: Callable[[int], object] = lambda step: None,
) -> Training:
    """Train by Adam on the mean loss.

    `compute_sums` returns the sum of each shard, always in the same order.
    """
    net = ag.nn.MLP(SIZES[0], SIZES[1:], activation="tanh", rng=random.Random(seed))
    parameters = net.parameters()
    optimizer = ag.optim.Adam(parameters, lr=rate)
    losses, seconds = [], []
    with tqdm(range(steps), unit="step", mininterval=0.5) as bar:
        for step in bar:
            start = time.perf_counter()
            parts = compute_sums(np.array([p.data for p in parameters]))
            losses.append(sum(total for total, _ in parts) / points)
            gradient = sum(gradient for _, gradient in parts) / points
            for parameter, slope in zip(parameters, gradient.tolist(), strict=True):
                parameter.grad = slope
            optimizer.step()
            seconds.append(time.perf_counter() - start)
            bar.set_postfix(loss=f"{losses[-1]:.4f}", refresh=False)
            done(step)
    return Training(losses, seconds, np.array([p.data for p in parameters]))


def make_cluster_sums(
    client: Any, sizes: Sequence[int], seed: int
) -> Callable[[np.ndarray], Sequence[Total]]:
    """Return a function that computes the sums on the workers that have the shards."""
    # the futures keep the shards in memory on the workers, and know how to make them again
    shards = client.map(load, range(len(sizes)), sizes, seed=seed)

    def compute_sums(w: np.ndarray) -> Sequence[Total]:
        # Each task carries the weights: scattered weights would be lost with their worker.
        # pure=False makes Dask run a task again that has the same arguments as an earlier one.
        futures = client.map(sum_shard, shards, w=w, pure=False)
        sums: Sequence[Total] = client.gather(futures)
        return sums

    return compute_sums


def make_local_sums(sizes: Sequence[int], seed: int) -> Callable[[np.ndarray], Sequence[Total]]:
    """Return a function that computes the same sums in this process."""
    shards = [load(number, size, seed) for number, size in enumerate(sizes)]
    return lambda w: [sum_shard(shard, w) for shard in shards]


def connect(scheduler: str | None, workers: int, stack: ExitStack) -> Any:
    """Return a client of the scheduler at an address, or of processes started here."""
    from dask.distributed import Client, LocalCluster

    target: Any = scheduler
    if scheduler is None:
        # One task at a time in each process, since compiled code uses all cores it may. Port 0
        # means any free one: the default of the dashboard may belong to another cluster.
        target = stack.enter_context(
            LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0")
        )
    client = stack.enter_context(Client(target, timeout=10))
    client.upload_file(__file__)  # Dask also sends it to workers that join later
    return client


def stay_on(core: int) -> None:
    """Keep every thread of this process on one core; os.sched_setaffinity sets only one thread."""
    for thread in os.listdir("/proc/self/task"):
        os.sched_setaffinity(int(thread), {core})


def pin(client: Any) -> None:
    """Keep each worker and this process on a core of its own, as if they were small machines."""
    cores = sorted(os.sched_getaffinity(0))
    for k, worker in enumerate(client.nthreads()):
        client.run(stay_on, cores[k % len(cores)], workers=[worker])
    os.sched_setaffinity(0, {cores[0]})


def show(training: Training, alone: Training | None) -> None:
    """Print the losses, the times, and the difference between the two runs."""
    count = len(training.losses)
    for step in sorted({*range(0, count, max(1, count // 5)), count - 1}):
        print(f"step {step:<5d} loss {training.losses[step]:.12f}")
    usual = statistics.median(training.seconds[1:] or training.seconds)
    print(f"\nOn the workers: {usual * 1e3:,.1f} ms per step")
    if alone is not None:
        one = statistics.median(alone.seconds[1:] or alone.seconds)
        print(f"In one process: {one * 1e3:,.1f} ms per step, {one / usual:.2f} times as long")
        furthest = np.max(np.abs(training.weights - alone.weights))
        print(f"Largest difference of a weight after {count} steps: {furthest:.1e}")


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line, and exit with a message if an option is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--scheduler", metavar="ADDRESS", help="use this cluster instead of processes started here")
    add("--workers", type=int, default=2, help="number of processes to start here (2)")
    add("--shards", type=int, default=8, help="number of pieces of the data (8)")
    add("--points", type=int, default=400_000, help="number of points in all shards (400000)")
    add("--steps", type=int, default=30, help="number of training steps (30)")
    add("--rate", type=float, default=0.02, help="learning rate (0.02)")
    add("--seed", type=int, default=0, help="seed of data and weights (0)")
    add("--pin", action="store_true", help="one core per process, to measure how it scales")
    add(
        "--alone",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="train again in one process, and compare (yes)",
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
    options = parse_options(None)
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
        training = train(make_cluster_sums(client, sizes, options.seed), *training_options)
    alone = None
    if options.alone:
        alone = train(make_local_sums(sizes, options.seed), *training_options)
    show(training, alone)


if __name__ == "__main__":
    # Dask would send functions of `__main__` with each task, to be compiled again each time.
    import many_machines

    many_machines.main()
