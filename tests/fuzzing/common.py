"""What the checks share: calling programs, comparing what comes out, saying what differed."""

import functools
import math
import struct
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

import autograd_lite as ag
from autograd_lite.core.order import topological_order
from autograd_lite.core.table import TABLE, Primitive
from autograd_lite.jit.record.tape import Symbol, Tape

from .bounds import Bound, Floats, bound_of
from .engines import PACKAGE, Trace, Tracer
from .programs import Constant, Program, Ref, fill, run

__all__ = ["EPS", "Finding", "Under", "backends", "bits", "outcome"]

EPS = 2.0**-52
SMALLEST = 2.0**-1022  # below it rounding is absolute: as much as EPS of this
ERRORS = (ArithmeticError, ValueError, TypeError, AttributeError, IndexError, RuntimeError)


Agree = Callable[[float, float], bool]


class Finding(Exception):  # noqa: N818 - it is what is looked for
    """Two answers that should be one.

    Attributes:
        found, expected: source text of the two expressions, in terms of `f` and of `args`.
    """

    def __init__(self, what: str, found: str, expected: str, point: int, *numbers: Any) -> None:
        super().__init__(what, *numbers)
        self.what, self.found, self.expected, self.point = what, found, expected, point
        self.numbers = numbers


class PassedOver(Exception):  # noqa: N818 - no error either
    """The case says nothing to this check; the reason is the argument."""


def backends() -> list[str]:
    return ["python", "llvm"] if find_spec("llvmlite") else ["python"]


class Under:
    """A program under test: the function that it is, and its arguments."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.captured = {name: ag.Value(x) for name, x in program.captured}
        self.argnums = tuple(range(len(program.arguments)))
        self.scalar = isinstance(program.result, (Ref, Constant))

        def f(*args: Any) -> Any:
            return run(program, args, self.captured, PACKAGE)

        self.f = f
        # results as one list: a Jacobian of it has a row for each
        self.listed = f if self.scalar else lambda *args: leaves_of(f(*args))

    def flat(self, numbers: Sequence[Any]) -> Any:
        """The function of one list, of all inputs."""
        return self.f(*self.args(numbers))

    def args(self, numbers: Sequence[Any]) -> tuple[Any, ...]:
        """The arguments with these in the places of the inputs."""
        return arguments_of(self.program, numbers)

    def eager(self, point: Sequence[float]) -> Any:
        """The outcome of the function on Values."""
        return outcome(lambda: self.f(*self.args([ag.Value(x) for x in point])))

    def trace(self, point: Sequence[float]) -> Trace:
        """The straight line that the program is at this point, captured numbers as inputs too.

        Raises:
            engines.Unsupported: it is none.
        """
        captured = [x.data for x in self.captured.values()]
        tracer = Tracer([*point, *captured])
        names = dict(zip(self.captured, tracer.numbers[len(point) :], strict=True))
        result = run(self.program, self.args(tracer.numbers[: len(point)]), names, tracer)
        return tracer.trace(leaves_of(result))

    def bound(
        self, point: Sequence[float], output: int, wanted: Sequence[int], **kind: bool
    ) -> Bound:
        """How far apart correct values and gradients of one output may lie.

        Raises:
            engines.Unsupported, bounds.Unsettled: it is not known.
        """
        numbers = [*point, *[x.data for x in self.captured.values()]]
        return bound_of(self.trace(point), numbers, output, Floats(), wanted, **kind)


def arguments_of(program: Program, numbers: Sequence[Any]) -> tuple[Any, ...]:
    """The program's arguments with these in the places of the inputs."""
    names = dict(zip(program.inputs, numbers, strict=True))
    return tuple([fill(x, lambda ref: names[ref.name]) for x in program.arguments])


def leaves_of(tree: Any) -> list[Any]:
    """The numbers of a result."""
    if isinstance(tree, (list, tuple)):
        return [x for part in tree for x in leaves_of(part)]
    if isinstance(tree, dict):
        return [x for part in tree.values() for x in leaves_of(part)]
    return tree.ravel().tolist() if isinstance(tree, np.ndarray) else [tree]


def shape_of(tree: Any) -> Any:
    """A structure without its numbers."""
    if isinstance(tree, dict):
        return {key: shape_of(part) for key, part in tree.items()}
    if isinstance(tree, (list, tuple)):
        return (type(tree).__name__, [shape_of(part) for part in tree])
    return tree.shape if isinstance(tree, np.ndarray) and tree.shape else "number"


def number_of(x: Any) -> float:
    return x.data if isinstance(x, ag.Value) else float(x)


def bits(x: float) -> Any:
    """Equal for equal doubles; any nan is equal to any nan."""
    return "nan" if x != x else struct.pack("<d", x)


def same(found: float, expected: float) -> bool:
    return bool(bits(found) == bits(expected))


def equal(found: float, expected: float) -> bool:
    """The same number, whatever the sign of a zero."""
    return found == expected or (found != found and expected != expected)


def nearly(found: float, expected: float) -> bool:
    """The same number but for roundings."""
    return equal(found, expected) or abs(found - expected) <= 1e-9 * max(1.0, abs(expected))


class Outcome:
    """A result's structure and numbers, or the error that came in its place."""

    def __init__(self, shape: Any, numbers: list[float]) -> None:
        self.shape, self.numbers = shape, numbers

    def differs(self, other: "Outcome", agree: Agree = same) -> bool:
        """Whether the other is not the same answer."""
        if self.shape != other.shape or len(self.numbers) != len(other.numbers):
            return True
        return not all(map(agree, self.numbers, other.numbers))

    @property
    def failed(self) -> bool:
        """Whether there is an error and no result."""
        return isinstance(self.shape, str) and self.shape != "number"

    def __repr__(self) -> str:
        return self.shape if self.failed else repr(self.numbers)


def outcome(call: Callable[..., Any], *args: Any) -> Outcome:
    """What a call returns or raises."""
    try:
        result = call(*args)
        return Outcome(shape_of(result), [number_of(x) for x in leaves_of(result)])
    except ERRORS as error:
        return Outcome(type(error).__name__, [])


def magnitudes(y: Any, inputs: Sequence[Any]) -> list[float]:
    """The sum of the sizes of all that a sweep from y adds up, per input, times the rounding of as
    many additions and products as the graph has edges: sums in any order agree to that.
    """
    sizes = {id(y): 1.0}
    edges = 0
    for node in reversed(topological_order(y)) if isinstance(y, ag.Value) else ():
        for x, d in node.edges():
            edges += 1
            size = sizes.get(id(node), 0.0)
            part = max(abs(d) * size, SMALLEST) if d and size else 0.0
            sizes[id(x)] = sizes.get(id(x), 0.0) + part
    return [sizes.get(id(x), 0.0) * EPS * (2.0 + edges) for x in inputs]


def chooses(program: Program, in_slopes: bool = False) -> bool:
    """Whether operands may be left out: there sums of contributions may have another order.

    Arguments:
        in_slopes: whether this may be in the operations' slopes, as in that of `hypot`.
    """
    kinds = ("where", "softmax", "derivative", "stop")
    found = any(step.kind in kinds for step in program.all_steps())
    return found or _rows_choose(program, in_slopes)


def _rows_choose(program: Program, in_slopes: bool) -> bool:
    rows = [TABLE[step.detail[0]] for step in program.all_steps() if step.kind == "row"]
    return any(any(row.selects) or (in_slopes and slopes_choose(row)) for row in rows)


def agreement(program: Program, exact: Agree = same) -> Agree:
    """When jit's values are an eager run's: bit for bit, but for second derivatives inside of the
    program, whose contributions may be added in another order.
    """
    return nearly if nests(program) and _rows_choose(program, in_slopes=True) else exact


@functools.cache
def slopes_choose(row: Primitive) -> bool:
    """Whether a formula of the row's slopes has a choice in it."""
    count = row.arity or 2
    tape = Tape(count + 1)
    *operands, result = [Symbol(tape, k) for k in range(count + 1)]
    row.local_partials(operands, result, [True] * count)
    return any(any(inner.selects) for inner, _ in tape.code)


def nests(program: Program) -> bool:
    """Whether a derivative is taken inside of the program."""
    return any(step.kind == "derivative" for step in program.all_steps())


def close(found: float, expected: float, allowed: float) -> bool:
    if equal(found, expected):
        return True
    return math.isfinite(found) and math.isfinite(expected) and abs(found - expected) <= allowed
