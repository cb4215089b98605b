"""What large graphs, deep chains and long training cost in memory and time.

    python -m tests.benchmarks.load                  ten million nodes, and chains of a million
    python -m tests.benchmarks.load --steps 1000000  a million steps of training as well
    python -m tests.benchmarks.load --smoke          little of each, to see that it runs

Each row is measured in a process of its own. Memory is what is resident: of graphs the highest
mark, everything included that `backward()` needs. The chains are run in a thread with a stack of
256 KiB (on Python 3.13 of 4 MiB), where recursion would end at once. Training runs with the
garbage collector off, so that a cycle would show as growth.
"""

import argparse
import copy
import gc
import json
import os
import pickle
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import autograd_lite as ag
from autograd_lite import Value

# Python 3.13 frees nested objects of any kind, tuples too, by a recursion up to 10,000 deep.
STACK = (4096 if sys.version_info[:2] == (3, 13) else 256) * 1024
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def resident() -> int:
    """Bytes of memory that the process has now; 0 where there is no /proc."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
    except OSError:
        return 0


def highest() -> int:
    """The most bytes of memory that the process ever had."""
    try:
        text = Path("/proc/self/status").read_text()
        return int(text.partition("VmHWM:")[2].split()[0]) * 1024
    except OSError:
        return 0


# Large graphs: each function makes about n nodes of x and w; x = 1 and w = 0.5


def chain(x: Value, w: Value, n: int) -> Value:
    y = x
    for _ in range(n):
        y = y + 1.0
    return y


def layers(x: Value, w: Value, n: int) -> Value:
    """Every partial a float of its own."""
    y = x
    for _ in range(n // 2):
        y = (y * w).tanh()
    return y


def fan(x: Value, w: Value, n: int) -> Value:
    """Half of the nodes are parents of one."""
    y = x
    for _ in range(n // 2):
        y = y + x * w
    return y


def tree(x: Value, w: Value, n: int) -> Value:
    level = [x * w for _ in range(n // 2)]
    while len(level) > 1:
        odd = level[len(level) // 2 * 2 :]
        level = [a + b for a, b in zip(level[::2], level[1::2], strict=False)] + odd
    return level[0]


def total(x: Value, w: Value, n: int) -> Value:
    """One node has all others for operands."""
    return ag.sum([x * w for _ in range(n - 1)])


SLOPES: dict[Callable[[Value, Value, int], Value], Callable[[int], float]] = {
    chain: lambda n: 1.0,
    fan: lambda n: 1.0 + 0.5 * (n // 2),
    layers: lambda n: 0.0,
    tree: lambda n: 0.5 * (n // 2),
    total: lambda n: 0.5 * (n - 1),
}


def measure_graph(name: str, n: int) -> dict[str, float]:
    make = next(f for f in SLOPES if f.__name__ == name)
    x, w = Value(1.0), Value(0.5)
    start, before = time.perf_counter(), resident()
    root = make(x, w, n)
    forward, held = time.perf_counter() - start, resident() - before
    start = time.perf_counter()
    root.backward()
    backward = time.perf_counter() - start
    assert abs(x.grad - SLOPES[make](n)) <= 1e-9 * n, x.grad
    swept = resident() - before
    start = time.perf_counter()
    del root
    free = time.perf_counter() - start
    return {
        "forward": forward,
        "backward": backward,
        "free": free,
        "held": held / n,
        "swept": swept / n,
        "highest": highest(),
        "left": resident() - before,
    }


# Deep chains: each entry runs on a chain of n nodes


def scaled(n: int) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        for _ in range(n):
            x = x * 1.0
        return x

    return f


def swept(y: Value) -> float:
    y.backward()
    return y.grad


def checked(x: Value, f: Callable[[Any], Any]) -> float:
    with ag.detect_anomaly():
        return swept(f(x))


def refused(y: Value) -> str:
    try:
        ag.to_dot(y)
    except (ValueError, ImportError) as error:
        return type(error).__name__
    return "drawn"


def square(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda p: f(p[0] * p[0]) * p[1]


CHAINS: dict[str, Callable[[Callable[[Any], Any]], Any]] = {
    "backward": lambda f: swept(f(Value(2.0))),
    "grad": lambda f: ag.grad(f)(2.0),
    "jvp": lambda f: ag.jvp(f, (2.0,), (3.0,)),
    "vjp": lambda f: ag.vjp(f, 2.0)[1](3.0),
    "jacobian": lambda f: ag.jacobian(lambda p: [f(p[0]), p[1]])([2.0, 3.0]),
    "hessian": lambda f: ag.hessian(square(f))([2.0, 3.0]),
    "hvp": lambda f: ag.hvp(square(f), [2.0, 3.0], [1.0, 0.0]),
    "deepcopy": lambda f: swept(copy.deepcopy(f(Value(2.0)))),
    "pickle": lambda f: swept(pickle.loads(pickle.dumps(f(Value(2.0))))),
    "detect_anomaly": lambda f: checked(Value(2.0), f),
    "to_dot": lambda f: refused(f(Value(2.0))),
    "repr": lambda f: repr(f(Value(2.0))),
    "gc.collect": lambda f: (f(Value(2.0)), gc.collect())[1],
    "jit, Python": lambda f: ag.jit(f, backend="python")(2.0),
    "jit": lambda f: ag.jit(f)(2.0),
    "jit(grad)": lambda f: ag.jit(ag.grad(f))(2.0),
}


def measure_chain(name: str, n: int) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def work() -> None:
        start = time.perf_counter()
        found["result"] = repr(CHAINS[name](scaled(n)))  # and the chain is freed
        found["seconds"] = time.perf_counter() - start

    threading.stack_size(STACK)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return {**found, "highest": highest()}


# Long training: each entry makes a function that takes one step


def network() -> tuple[Any, Callable[[], Value]]:
    net = ag.nn.MLP(2, [3, 1], activation="tanh", rng=random.Random(0))
    return net, lambda: ag.nn.mean_squared_error([net([0.5, -1.0])], [0.25])


def stepper(make: Callable[[Any], Any], jitted: bool = False) -> Callable[[], None]:
    net, loss = network()
    optimizer = make(net.parameters())
    if jitted:
        loss = ag.jit(loss)

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()

    return step


def of_gradients(transform: Callable[..., Any]) -> Callable[[], None]:
    """Descent by a transform, whose parameters are plain floats."""
    p = [0.5, 2.0, -1.0]
    slopes = transform(lambda q: ag.square(ag.tanh(q[0] * q[1]) + q[2]))

    def step() -> None:
        p[:] = [x - 0.01 * g for x, g in zip(p, slopes(p), strict=True)]

    return step


TRAINING: dict[str, Callable[[], Callable[[], None]]] = {
    "SGD": lambda: stepper(lambda params: ag.optim.SGD(params, 0.05, momentum=0.9)),
    "Adam": lambda: stepper(lambda params: ag.optim.Adam(params, 0.01)),
    "grad": lambda: of_gradients(ag.grad),
    "SGD, jit": lambda: stepper(lambda params: ag.optim.SGD(params, 0.05), jitted=True),
    "Adam, jit": lambda: stepper(lambda params: ag.optim.Adam(params, 0.01), jitted=True),
    "jit(grad)": lambda: of_gradients(lambda f: ag.jit(ag.grad(f))),
}


def measure_training(name: str, steps: int) -> dict[str, float]:
    step = TRAINING[name]()
    gc.collect()
    gc.disable()
    for _ in range(min(1000, steps)):
        step()
    before, start = resident(), time.perf_counter()
    for _ in range(steps):
        step()
    return {"seconds": time.perf_counter() - start, "before": before, "after": resident()}


# Tables


def run(kind: str, name: str, n: int) -> dict[str, Any]:
    """Measure in a process of its own."""
    arguments = [sys.executable, "-m", "tests.benchmarks.load", "--one", kind, name, str(n)]
    out = subprocess.run(arguments, stdout=subprocess.PIPE, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def table(title: str, columns: list[str]) -> None:
    print(f"\n{title}\n\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")


def graphs(n: int) -> None:
    columns = ["graph", "nodes", "bytes a node", "with gradients", "highest mark", "forward"]
    table("Large graphs", [*columns, "backward", "freed in", "left"])
    for make in SLOPES:
        m = run("graph", make.__name__, n)
        print(
            f"| {make.__name__} | {n:,} | {m['held']:.0f} | {m['swept']:.0f} "
            f"| {m['highest'] / 1e9:.2f} GB | {m['forward']:.2f} s | {m['backward']:.2f} s "
            f"| {m['free']:.2f} s | {m['left'] / 1e6:.1f} MB |",
            flush=True,
        )
        assert m["left"] <= 1e7 + 0.05 * m["highest"], f"{make.__name__}: memory does not return"
        assert n > 10_000_000 or m["highest"] <= 2.5e9, f"{make.__name__}: more than 2.5 GB"


def chains(n: int) -> None:
    table("Deep chains, made, used and freed", ["what", "nodes", "time", "highest mark", "result"])
    for name in CHAINS:
        m = run("chain", name, n)
        mark = f"{m['highest'] / 1e9:.2f} GB"
        print(f"| {name} | {n:,} | {m['seconds']:.2f} s | {mark} | {m['result']} |", flush=True)


def training(steps: int) -> None:
    columns = ["training", "steps", "a step", "memory", "growth", "bytes a step"]
    table("Long training, without the garbage collector", columns)
    for name in TRAINING:
        m = run("training", name, steps)
        growth = m["after"] - m["before"]
        print(
            f"| {name} | {steps:,} | {m['seconds'] / steps * 1e6:.1f} µs "
            f"| {m['before'] / 1e6:.1f} MB | {growth / 1e6:.2f} MB | {growth / steps:.2f} |",
            flush=True,
        )
        assert growth <= 1e6 + steps, f"{name}: memory grows"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--smoke", action="store_true", help="little of each")
    parser.add_argument("--nodes", type=int, default=10_000_000, help="of large graphs; 0: none")
    parser.add_argument("--depth", type=int, default=1_000_000, help="of deep chains; 0: none")
    parser.add_argument("--steps", type=int, default=0, help="of training")
    parser.add_argument("--one", nargs=3, metavar=("KIND", "NAME", "SIZE"), help="internal")
    options = parser.parse_args()
    if options.one:
        kind, name, n = options.one
        measures = {"graph": measure_graph, "chain": measure_chain, "training": measure_training}
        print(json.dumps(measures[kind](name, int(n))))
        return
    if options.smoke:
        options.nodes, options.depth, options.steps = 20_000, 20_000, 1000
    from tests.benchmarks.harness import machine

    for measure, n in ((graphs, options.nodes), (chains, options.depth), (training, options.steps)):
        if n:
            measure(n)
    print(f"\n{machine([])}")
    print("A smoke run: the numbers mean nothing." if options.smoke else "One run of each row.")


if __name__ == "__main__":
    main()
