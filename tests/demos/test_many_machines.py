"""A gradient over shards on real worker processes: the same numbers, also when a worker dies."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import many_machines
import numpy as np
import pytest

import autograd_lite as ag

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "demos" / "many_machines.py"
SIZES = [400, 400, 399]
POINTS, RATE, SEED = sum(SIZES), 0.02, 3


@pytest.fixture
def client() -> Iterator[Any]:
    """Two worker processes, watched by Dask's nannies."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as own,
        distributed.Client(own) as client,
    ):
        yield client


def pids(client: Any) -> set[int]:
    return set(client.run(os.getpid).values())


def kill_one(client: Any) -> int:
    """Kill the worker that holds the most; returns the process that is no more."""
    held = client.has_what()
    worker = max(held, key=lambda worker: len(held[worker]))
    victim: int = client.run(os.getpid, workers=[worker])[worker]
    os.kill(victim, signal.SIGKILL)
    return victim


def compiled(w: np.ndarray) -> tuple[int, int]:
    """The process, and how many recordings its kernel has."""
    import many_machines

    shapes = many_machines.loss_and_gradient.cache.list_specializations()
    return os.getpid(), sum(len(shape.specs) for shape in shapes)


def test_the_kernel_is_the_network() -> None:
    net = ag.nn.MLP(2, many_machines.SIZES[1:], activation="tanh")
    w = [p.data for p in net.parameters()]
    assert many_machines.score(w, [0.3, -0.7]) == pytest.approx(net([0.3, -0.7]).data, rel=1e-14)


def test_shards_are_one_whole() -> None:
    w = np.random.default_rng(0).normal(size=337)
    parts = many_machines.make_local_sums(SIZES, SEED)(w)
    shards = [many_machines.load(k, size, SEED) for k, size in enumerate(SIZES)]
    whole = tuple(np.concatenate(columns) for columns in zip(*shards, strict=True))
    total, gradient = many_machines.sum_shard(whole, w)
    assert sum(part[0] for part in parts) == pytest.approx(total, rel=1e-12)
    scale = float(np.max(np.abs(gradient)))
    np.testing.assert_allclose(sum(part[1] for part in parts), gradient, rtol=0, atol=1e-12 * scale)


@pytest.mark.slow
def test_workers_give_the_numbers_of_one_process_and_compile_once(client: Any) -> None:
    options: Any = (POINTS, 6, RATE, SEED)
    alone = many_machines.train(many_machines.make_local_sums(SIZES, SEED), *options)
    client.upload_file(str(DEMO))
    there = many_machines.train(many_machines.make_cluster_sums(client, SIZES, SEED), *options)
    assert there.losses == pytest.approx(alone.losses, rel=1e-12)
    np.testing.assert_allclose(there.weights, alone.weights, rtol=0, atol=1e-12)
    assert alone.losses[-1] < 0.9 * alone.losses[0]
    found = client.run(compiled, np.zeros(1))
    assert {count for _, count in found.values()} == {1}
    assert len({pid for pid, _ in found.values()}) == 2


@pytest.mark.slow
def test_a_killed_worker_costs_time_alone(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: Any = (POINTS, 6, RATE, SEED)
    alone = many_machines.train(many_machines.make_local_sums(SIZES, SEED), *options)
    client.upload_file(str(DEMO))
    sum_shard, die, died = many_machines.sum_shard, tmp_path / "die", tmp_path / "died"
    killed: list[int] = []

    def mortal(shard: Any, w: Any) -> Any:
        """Dies in the middle of its work, once."""
        if die.exists() and not died.exists():
            died.write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL)
        return sum_shard(shard, w)

    def done(step: int) -> None:
        if step == 1:  # with results and shards in its memory, and idle
            killed.append(kill_one(client))
        elif step == 3:
            die.touch()

    monkeypatch.setattr(many_machines, "sum_shard", mortal)
    there = many_machines.train(
        many_machines.make_cluster_sums(client, SIZES, SEED), *options, done=done
    )
    killed.append(int(died.read_text()))
    assert there.losses == pytest.approx(alone.losses, rel=1e-12)
    np.testing.assert_allclose(there.weights, alone.weights, rtol=0, atol=1e-12)
    client.wait_for_workers(2, timeout=60)  # the nannies start others
    assert not pids(client) & set(killed)


@pytest.mark.slow
def test_a_scheduler_by_its_address_and_its_workers_later() -> None:
    distributed = pytest.importorskip("distributed")
    options = ["--points", "60", "--steps", "2", "--shards", "2"]
    with distributed.LocalCluster(n_workers=0, threads_per_worker=1, dashboard_address=":0") as own:
        address = own.scheduler_address
        command = [sys.executable, str(DEMO), "--scheduler", address, *options]
        pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, **pipes) as demo:
            assert demo.stdout is not None
            limit = threading.Timer(120, demo.kill)  # or else it waits for a worker for ever
            limit.start()
            assert demo.stdout.readline() == f"Waiting for a worker: dask worker {address}\n"
            own.scale(1)
            out, errors = demo.communicate()
            limit.cancel()
    assert demo.returncode == 0, errors
    assert "1 workers, 2 shards, 60 points" in out
    assert "of a weight after 2 steps: 0.0e+00" in out
