"""Ways through a function: the guards decide between them, and are what makes calls right."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.jit.backend.choose import compile_scalar
from autograd_lite.jit.call import cache, specialization
from autograd_lite.jit.call.specialization import Specialization, Specializations
from autograd_lite.jit.ir.program import Program
from autograd_lite.jit.record.tape import Tape


def tree(x: Any, y: Any) -> Any:
    """Eight ways, whose conditions differ from way to way."""
    total = x * 0.5
    for k in range(3):
        total = total - y * 0.75 if total > y else total + x * (k + 0.25)
    return total


POINTS = [(0.25 * i - 1.0, 0.5 * j - 2.0) for i in range(12) for j in range(9)]


def counted(f: Callable[..., Any]) -> tuple[Callable[..., Any], Counter[str]]:
    runs: Counter[str] = Counter()

    def g(*args: Any) -> Any:
        runs["all"] += 1
        return f(*args)

    return g, runs


def test_every_way_is_recorded_once(jit: Any) -> None:
    f, runs = counted(tree)
    jitted = jit(f)
    for points in (POINTS, POINTS[::-1], POINTS[::5], POINTS):
        assert [jitted(*p) for p in points] == [tree(*p) for p in points]
    assert 4 <= runs.total() <= 8


@pytest.mark.slow
def test_threads_find_ways_while_others_add_some(jit: Any, at_once: Any) -> None:
    f = jit(lambda x: int(x) * x)

    def work(seed: int) -> None:
        numbers = list(range(40))
        Random(seed).shuffle(numbers)
        for n in numbers:
            assert f(n + 0.5) == n * (n + 0.5)

    assert at_once(work) == []  # without the lock in Paths, every run of this fails


def test_whole_numbers_are_ways(jit: Any) -> None:
    f, runs = counted(lambda x, y: sum([x * k if y > k else y for k in range(int(x))], 0.0))
    jitted = jit(f)
    for _ in range(3):
        for x, y in [(n + 0.5, m - 0.5) for n in range(5) for m in range(5)]:
            assert jitted(x, y) == sum([x * k if y > k else y for k in range(int(x))], 0.0)
    assert runs.total() == 1 + 2 + 3 + 4 + 5


def test_iterations_until_convergence(jit: Any) -> None:
    def root(a: Any) -> Any:
        x = a
        while abs(x * x - a) > 1e-12 * a:
            x = 0.5 * (x + a / x)
        return x

    jitted, slope = jit(root), jit(ag.grad(root))
    for a in (2.0, 900.0, 0.5, 1.0, 2.5, 1e6, 2.0):
        for _ in range(3):
            assert jitted(a) == root(a)
            assert slope(a) == ag.grad(root)(a)
            assert ag.grad(jitted)(a) == ag.grad(root)(a)


def test_conditions_on_nan_and_zero(jit: Any) -> None:
    def f(x: Any, y: Any) -> Any:
        if x != x:
            return y
        if not x:
            return ag.copysign(1.0, x) + y
        return -y if x == y or x >= 5.0 else y * 2.0

    jitted = jit(f)
    numbers = [float("nan"), 0.0, -0.0, 1.0, 5.0, -5.0, float("inf"), -float("inf")]
    for _ in range(3):
        for x in numbers:
            for y in (1.0, -5.0, 0.25):
                assert jitted(x, y) == f(x, y)


def without_guards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compile every path as if nothing had been asked."""

    finished = Program.finish

    def unguarded(program: Program) -> Program:
        program.guards = []
        return finished(program)

    monkeypatch.setattr(Program, "finish", unguarded)


def test_without_guards_answers_are_wrong(jit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests of this file would see if guards were not checked."""
    without_guards(monkeypatch)
    jitted = jit(tree)
    wrong = [p for p in POINTS if jitted(*p) != tree(*p)]
    assert len(wrong) > len(POINTS) / 4
    slope = jit(ag.grad(tree))
    assert any(slope(*p) != ag.grad(tree)(*p) for p in POINTS)


def test_a_wrong_expectation_is_seen(jit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A guard turned round: the path answers for the numbers that it was not recorded for."""

    def turned(tape: Tape, *rest: Any) -> Specialization:
        tape.guards = [g._replace(expected=not g.expected) for g in tape.guards]
        return Specialization(tape, *rest)

    jitted = jit(lambda x: x * 2.0 if x > 0.0 else x * 3.0)
    monkeypatch.setattr(cache, "Specialization", turned)
    jitted(1.0)
    assert jitted(-1.0) == -2.0


def recorded_paths(f: Any, *calls: tuple[float, ...]) -> Specializations:
    jitted = ag.jit(f, backend="python")
    for args in calls:
        jitted(*args)
    (found,) = jitted.cache.list_specializations()
    return found  # type: ignore[no-any-return]


def test_after_a_failure_only_the_other_side_is_tried() -> None:
    def f(x: Any, y: Any) -> Any:
        if x > 0.0:
            return x if y > 0.0 else y
        return x * y if y > 1.0 else x - y

    found = recorded_paths(f, (1.0, 1.0), (1.0, -1.0), (-1.0, 2.0), (-1.0, 0.0))
    a, b, c, d = found.specs
    assert found.find_alternatives(a, 1) == [b]
    assert found.find_alternatives(a, 0) == [c]
    assert found.find_alternatives(c, 1) == [d]
    assert found.find_alternatives(d, 0) == [a]


def test_a_path_that_was_not_recorded_is_not_tried() -> None:
    found = recorded_paths(lambda x: x if x > 0.0 else -x, (1.0,))
    assert found.find_alternatives(found.specs[0], 0) == []


def test_machine_code_is_made_when_it_is_asked_for() -> None:
    made: list[Any] = []

    def counting(*args: Any) -> Any:
        made.append(args)
        return compile_scalar(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(specialization, "compile_scalar", counting)
        jitted = ag.jit(lambda x, y: x * y, backend="python")
        for _ in range(3):
            jitted(1.0, 2.0)
        values = len(made)
        for _ in range(3):
            ag.grad(jitted)(1.0, 2.0)
    assert values >= 1
    assert len(made) == values + 1
