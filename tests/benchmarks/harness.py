"""What the benchmarks of `jit` share: systems in processes of their own, in turn, in one table."""

import argparse
import importlib.metadata
import importlib.util
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Task", "Work", "benchmark", "jax_ready", "ours_ready"]

# A system's label starts with one of these where it needs a package.
PACKAGES = {"CasADi": "casadi", "JAX": "jax", "NumPy": "numpy", "PyTorch": "torch"}
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}


class Task(NamedTuple):
    """A system with its data at hand.

    Attributes:
        build: makes the function that is timed; that and its first call are the time to build.
        numbers: what every system must agree on, from that function's result.
        pieces: how many pieces of work one call does; times are given per piece.
        compiles: whether there is anything to build.
    """

    build: Callable[[], Callable[[], Any]]
    numbers: Callable[[Any], Any] = list
    pieces: int = 1
    compiles: bool = True


System = Callable[[bool], Task]  # called with whether the run is a short one


class Work(NamedTuple):
    """A row for each of `ours` and each of `peers`, by their labels; all give the same numbers."""

    ours: dict[str, System]
    peers: dict[str, System]
    tolerance: float = 1e-12


class Measured(NamedTuple):
    seconds: float
    build: float | None
    numbers: list[float]


def ours_ready() -> Any:
    """The package, after one small function, so that no start-up counts as building."""
    import autograd_lite as ag

    ag.jit(ag.grad(lambda x: x * x))(1.0)
    return ag


def jax_ready() -> Any:
    """JAX in float64 on the CPU, likewise."""
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    jax.jit(jax.grad(lambda x: x * x))(1.0).block_until_ready()
    return jax


def best_time(step: Callable[[], Any], seconds: float) -> float:
    """The least time of a step, among samples long enough for the clock."""
    count, spent, times = 1, 0.0, []
    while spent < seconds or len(times) < 3:
        start = time.perf_counter()
        for _ in range(count):
            step()
        took = time.perf_counter() - start
        spent += took
        if took < 1e-3:
            count *= 2
        else:
            times.append(took / count)
    return min(times)


def measure(system: System, smoke: bool) -> Measured:
    task = system(smoke)
    start = time.perf_counter()
    step = task.build()
    result = step()
    build = time.perf_counter() - start if task.compiles else None
    numbers = [float(x) for x in np.ravel(task.numbers(result))]
    return Measured(best_time(step, 0.01 if smoke else 1.0) / task.pieces, build, numbers)


def run(module: str, system: System, smoke: bool, one_thread: bool) -> Measured:
    """Measure a system in a process of its own, which runs the benchmark's module."""
    arguments = [sys.executable, "-m", module, "--one", system.__name__]
    arguments += ["--smoke"] if smoke else []
    environment = {**os.environ, **(ONE_THREAD if one_thread else {})}
    out = subprocess.run(
        arguments, stdout=subprocess.PIPE, text=True, check=True, env=environment
    ).stdout
    return Measured(*json.loads(out.splitlines()[-1]))


def package_of(label: str) -> str | None:
    return next((p for name, p in PACKAGES.items() if label.startswith(name)), None)


def installed(label: str) -> bool:
    package = package_of(label)
    return package is None or importlib.util.find_spec(package) is not None


def text_of(seconds: float | None) -> str:
    """A time with three digits, in its unit."""
    if seconds is None:
        return "–"
    scale, unit = next((s, u) for s, u in UNITS if seconds * s >= 1 or u == "ns")
    number = seconds * scale
    return f"{number:,.{max(0, 2 - math.floor(math.log10(max(number, 1))))}f} {unit}"


UNITS = [(1, "s"), (1e3, "ms"), (1e6, "µs"), (1e9, "ns")]


def check(works: Sequence[Work], results: dict[str, list[Measured]]) -> None:
    """Every system of a work has the same numbers."""
    for work in works:
        systems = [s for s in [*work.ours.values(), *work.peers.values()] if s.__name__ in results]
        expected, *others = [results[s.__name__][0].numbers for s in systems]
        for system, found in zip(systems[1:], others, strict=True):
            pairs = zip(found, expected, strict=True)
            worst = max(abs(x - y) / max(1.0, abs(y)) for x, y in pairs)
            assert worst <= work.tolerance, f"{system.__name__}: {worst:.1e} off"


def rows(works: Sequence[Work], results: dict[str, list[Measured]]) -> list[str]:
    """The table: each of our systems beside each of its peers."""

    def median(system: System) -> float:
        return statistics.median(m.seconds for m in results[system.__name__])

    def build(system: System) -> str:
        found = [m.build for m in results[system.__name__] if m.build is not None]
        return text_of(statistics.median(found) if found else None)

    lines = ["| work | ours | peer | ours / peer | build, ours | build, peer |"]
    lines += ["|---|---|---|---|---|---|"]
    for work in works:
        for name, ours in work.ours.items():
            peers = [(x, s) for x, s in work.peers.items() if s.__name__ in results]
            if not peers:
                lines.append(f"| {name} | {text_of(median(ours))} | – | – | {build(ours)} | – |")
            for label, peer in peers:
                lines.append(
                    f"| {name} | {text_of(median(ours))} | {label}, {text_of(median(peer))} "
                    f"| {median(ours) / median(peer):.2g} | {build(ours)} | {build(peer)} |"
                )
    return lines


def machine(labels: Sequence[str]) -> str:
    """The processor, the cores this process may use, and what was measured."""
    try:
        information = Path("/proc/cpuinfo").read_text()
        model = information.partition("model name")[2].partition("\n")[0].strip("\t :")
    except OSError:
        model = ""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    packages = ["numpy", "llvmlite", *filter(None, map(package_of, labels))]
    versions = [f"{p} {importlib.metadata.version(p)}" for p in dict.fromkeys(packages)]
    processor = f"{model or platform.processor()} ({platform.machine()}), {cores} cores"
    return f"{processor}; Python {platform.python_version()}, {', '.join(versions)}"


def benchmark(module: str, doc: str, works: Sequence[Work], one_thread: bool) -> None:
    """Run what the command line asks for, and print the table."""
    parser = argparse.ArgumentParser(description=doc.partition("\n")[0])
    parser.add_argument("--smoke", action="store_true", help="one short round, of little work")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", metavar="SYSTEM", help="internal")
    options = parser.parse_args()
    pairs = [pair for w in works for pair in [*w.ours.items(), *w.peers.items()]]
    if options.one:
        system = next(s for _, s in pairs if s.__name__ == options.one)
        print(json.dumps(measure(system, options.smoke)))
        return
    labels = [label for label, _ in pairs if installed(label)]
    results: dict[str, list[Measured]] = {s.__name__: [] for x, s in pairs if x in labels}
    for _ in range(1 if options.smoke else options.rounds):
        for _, system in pairs:
            if system.__name__ in results:
                found = run(module, system, options.smoke, one_thread)
                results[system.__name__].append(found)
    check(works, results)
    print("\n".join(rows(works, results)))
    print(f"\n{machine(labels)}")
    threads = "every system on one thread" if one_thread else "threads: all cores, JAX's default"
    rounds = "a smoke run: the times mean nothing" if options.smoke else f"{options.rounds} rounds"
    print(f"Median of each process's best, {rounds}; float64; {threads}. ", end="")
    print("The numbers of all systems agree.")
