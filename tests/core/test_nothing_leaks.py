"""What was not chosen contributes nothing: no nan, no infinity, in any mode, to the second order.

The poison is an operand whose value or derivative is nan or infinite. Random programs mix poison
behind every row that chooses; what they must give is their own pruned text, in which the poison was
never written.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.core.order import topological_order
from autograd_lite.core.table import TABLE
from tests.operations import OPERATIONS
from tests.support.cases import loop_over
from tests.support.untaken import CASES, FIRST, SECOND, Program, check, inf, same

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")
BACKENDS = ["python", pytest.param("llvm", marks=NO_LLVM)]
ELSEWHERE = 0.7  # where other operands are chosen than at the points


def derivatives(f: Program) -> Callable[[Any], list[Any]]:
    """All orders and modes in one function, so that it is compiled once."""
    ways = [*FIRST.values(), *[SECOND[k] for k in SECOND if k != "backward of grad"]]
    return lambda x: [way(f)(x) for way in ways]


def check_compiled(f: Program, x: float, first: float, second: float, backend: str) -> None:
    expected = [first] * 2 + [second] * 6
    code = ag.jit(derivatives(f), backend=backend)
    code(ELSEWHERE)
    for _ in range(2):
        assert all(map(same, code(x), expected)), code(x)
    columns = code.map([x, x, x, x, x])
    for column, number in zip(columns, expected, strict=True):
        assert all(same(y, number) for y in column), columns


@loop_over("name", CASES)
def test_eager(name: str) -> None:
    check(*CASES[name])


@loop_over("name", CASES)
def test_jit_inside(name: str) -> None:
    """The derivatives of a jitted function."""
    f, *expected = CASES[name]
    jitted = ag.jit(f, backend="python")
    jitted(ELSEWHERE)
    check(jitted, *expected)
    check(lambda x: jitted(x) * 1.0, *expected)


@loop_over("name", CASES)
def test_jit_outside(name: str) -> None:
    check_compiled(*CASES[name], "python")


@pytest.mark.slow
@NO_LLVM
def test_as_machine_code() -> None:
    """All programs as one, so that LLVM runs once."""
    at_zero = {name: case for name, case in CASES.items() if case[1] == 0.0 and case[2] < inf}

    def total(x: Any) -> Any:
        return ag.sum([f(x) for f, *_ in at_zero.values()])

    first, second = [sum(case[k] for case in at_zero.values()) for k in (2, 3)]
    assert len(at_zero) > 30
    check_compiled(total, 0.0, first, second, "llvm")
    check(ag.jit(total, backend="llvm"), 0.0, first, second)


@pytest.mark.parametrize("f", [lambda x: 0.0 * ag.sqrt(x), lambda x: x * x + ag.sqrt(x) * 0.0])
def test_a_leak_is_found(f: Program) -> None:
    with pytest.raises(AssertionError):
        check(f, 0.0, 0.0, 2.0)
    with pytest.raises(AssertionError):
        check_compiled(f, 0.0, 0.0, 2.0, "python")


def test_every_row_that_selects_is_here() -> None:
    seen = set()
    for f, x, *_ in CASES.values():
        y = f(ag.Value(x))
        seen |= {v.op for v in topological_order(y)}
    selecting = {name for name in OPERATIONS if any(TABLE[name].selects)}
    # the rest is flat like those that are here
    assert selecting - seen <= {
        "ceil",
        "trunc",
        "round_to",
        "le",
        "gt",
        "ge",
        "eq",
        "ne",
        "and",
    } | {*("or", "not")}


# Nodes, batches and contexts
