"""Run a rolled tape: its steps forward, then backward over the same numbers for the partials."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from ..ir.derivative import gradient_program, with_gradient
from ..ir.program import Program
from ..loops.roll import Loop, Piece, RolledTape
from ..record.tape import Tape
from .leaves import read_numbers
from .llvm.batch import compile_batch
from .llvm.columns import VectorKernel
from .llvm.scalar import compile_scalar

FloatArray = np.ndarray[Any, np.dtype[np.float64]]

# Most operations of a piece to optimise; a longer one would take no time beside the loops.
_OPTIMISED = 100


class _CompiledStep(Protocol):
    """One step of a rolled program.

    Arguments of its methods:
        numbers, adjoints: over the rolled tape's places.
        rows: what `make_rows` made.

    Attributes:
        ir: LLVM's text.
    """

    ir: str

    def make_rows(self) -> Any:
        """Make arrays to work in, for one call at a time."""

    def forward(self, numbers: FloatArray, rows: Any) -> Any:
        """Compute the step's numbers; return what `backward` needs, or None where it failed."""

    def backward(self, numbers: FloatArray, adjoints: FloatArray, rows: Any, saved: Any) -> bool:
        """Add to the adjoints of what the step reads; return False where it failed."""


class _LoopInputs:
    """What the copies of a loop read: columns, and numbers that are the same for all copies.

    Arguments:
        wanted: for each place, whether to differentiate with respect to it.
    """

    def __init__(self, loop: Loop, constants: Sequence[float], wanted: Sequence[bool]) -> None:
        same = [all(s == column[0] for s in column) for column in loop.ends]
        self.size = len(loop.ends[0])
        self.batched = [
            column[0] < 0 or not one for column, one in zip(loop.ends, same, strict=True)
        ]
        self._columns: list[Any] = []
        self._fixed: list[bool] = []
        for column, batched in zip(loop.ends, self.batched, strict=True):
            if batched:
                fixed = column[0] < 0
                self._fixed.append(fixed)
                self._columns.append(
                    np.array([constants[~s] for s in column]) if fixed else _make_index(column)
                )
        alone = [c[0] for c, batched in zip(loop.ends, self.batched, strict=True) if not batched]
        self._numbers = np.array(alone, dtype=np.intp)
        self.wanted = [c[0] >= 0 and any(wanted[s] for s in c) for c in loop.ends]
        own = zip(loop.ends, self.batched, self.wanted, strict=True)
        of = [(column, batched) for column, batched, want in own if want]
        self.summed = [not batched for _, batched in of]
        self._summed_places = np.array([c[0] for c, batched in of if not batched], dtype=np.intp)
        self._stored_places = [_make_index(c) for c, batched in of if batched]

    def read(self, numbers: FloatArray) -> tuple[list[FloatArray], FloatArray]:
        """Return the columns, and the numbers that are the same for all."""
        own = zip(self._columns, self._fixed, strict=True)
        return [c if fixed else numbers[c] for c, fixed in own], numbers[self._numbers]

    def add(
        self, adjoints: FloatArray, sums: FloatArray, stored: Sequence[FloatArray], factor: float
    ) -> None:
        """Add the partials, times a factor, to the adjoints of what was read; overwrite them."""
        adjoints[self._summed_places] += factor * sums
        for places, row in zip(self._stored_places, stored, strict=True):
            if factor != 1.0:
                np.multiply(row, factor, out=row)
            if isinstance(places, slice):
                adjoints[places] += row
            else:  # a place may occur more than once, so `+=` will not do
                np.add.at(adjoints, places, row)


class _SumStep:
    """A loop whose copies are added up: their partials are computed together with the sum."""

    def __init__(self, loop: Loop, constants: Sequence[float], wanted: Sequence[bool]) -> None:
        self._ends = ends = _LoopInputs(loop, constants, wanted)
        self._place = loop.first
        program = gradient_program(loop.tape, ends.wanted)
        self._code = compile_batch(program, ends.batched, [True, *ends.summed])
        self.ir = self._code.ir

    def make_rows(self) -> Any:
        return self._code.make_rows(self._ends.size)

    def forward(self, numbers: FloatArray, rows: Any) -> Any:
        sums, stored, _ = self._code.run(*self._ends.read(numbers), self._ends.size, rows)
        numbers[self._place] = sums[0]
        return sums, stored

    def backward(self, numbers: FloatArray, adjoints: FloatArray, rows: Any, saved: Any) -> bool:
        sums, stored = saved
        self._ends.add(adjoints, sums[1:], stored, float(adjoints[self._place]))
        return True


class _ColumnStep:
    """A loop with one result a copy."""

    def __init__(self, loop: Loop, constants: Sequence[float], wanted: Sequence[bool]) -> None:
        self._ends = ends = _LoopInputs(loop, constants, wanted)
        self._places = slice(loop.first, loop.first + ends.size)
        self._code = compile_batch(Program.of(loop.tape), ends.batched, [False])
        self.ir = self._code.ir
        self._pull_code: VectorKernel | None = None
        if any(ends.wanted):
            tape = _drop_values(with_gradient(loop.tape, ends.wanted, seeded=True), 1)
            self._pull_code = compile_batch(Program.of(tape), [*ends.batched, True], ends.summed)
            self.ir += f"\n{self._pull_code.ir}"

    def make_rows(self) -> Any:
        size, pull = self._ends.size, self._pull_code
        return self._code.make_rows(size), [] if pull is None else pull.make_rows(size)

    def forward(self, numbers: FloatArray, rows: Any) -> Any:
        _, [column], _ = self._code.run(*self._ends.read(numbers), self._ends.size, rows[0])
        numbers[self._places] = column
        return True

    def backward(self, numbers: FloatArray, adjoints: FloatArray, rows: Any, saved: Any) -> bool:
        if self._pull_code is not None:
            columns, own = self._ends.read(numbers)
            columns.append(adjoints[self._places])
            sums, stored, _ = self._pull_code.run(columns, own, self._ends.size, rows[1])
            self._ends.add(adjoints, sums, stored, 1.0)
        return True


class _StraightStep:
    """Operations as they were recorded."""

    def __init__(self, piece: Piece, wanted: Sequence[bool]) -> None:
        count = len(piece.tape.outputs)
        self._reads = _make_index(piece.reads)
        self._places = slice(piece.first, piece.first + count)
        code = compile_scalar(Program.of(piece.tape), _OPTIMISED)
        self._run, self.ir = code.call_arrays, code.ir
        own = [wanted[s] for s in piece.reads]
        self._pull_code: Any = None
        if any(own):
            tape = _drop_values(with_gradient(piece.tape, own, seeded=True), count)
            code = compile_scalar(Program.of(tape), _OPTIMISED)
            self._pull_code, self.ir = code.call_arrays, f"{self.ir}\n{code.ir}"
            self._wanted = _make_index([s for s in piece.reads if wanted[s]])
            self._count = sum(own)

    def make_rows(self) -> Any:
        return None

    def forward(self, numbers: FloatArray, rows: Any) -> Any:
        return self._run(numbers[self._reads], numbers[self._places]) is True or None

    def backward(self, numbers: FloatArray, adjoints: FloatArray, rows: Any, saved: Any) -> bool:
        if self._pull_code is None:
            return True
        partials = np.empty(self._count)
        given = np.concatenate([numbers[self._reads], adjoints[self._places]])
        if self._pull_code(given, partials) is not True:
            return False
        adjoints[self._wanted] += partials
        return True


class RolledProgram:
    """The value of a rolled tape, and its partials with respect to the wanted inputs.

    Arguments:
        constants: those of the tape that was rolled.
        wanted: for each input, whether to differentiate with respect to it; None for only the
            value.
        with_value: whether to return the value with the partials.

    Attributes:
        ir: the text of each step's code, which is a module of its own.
    """

    def __init__(
        self, rolled: RolledTape, constants: Sequence[float], wanted: Any, with_value: bool = True
    ) -> None:
        self.inputs = n = rolled.inputs
        self._size, self._output = rolled.size, rolled.output
        self._steps: list[_CompiledStep] = []
        reached = [False] * n if wanted is None else list(wanted)
        reached += [False] * (rolled.size - n)
        for step in rolled.steps:
            self._steps.append(_compile_step(step, constants, reached))
            read = step.reads if isinstance(step, Piece) else {s for c in step.ends for s in c}
            live = any(reached[s] for s in read if s >= 0)
            for place in range(step.first, step.first + _count_results(step)):
                reached[place] = live
        self.ir = "\n".join([step.ir for step in self._steps])
        self._first = 1 if with_value else 0
        positions = np.flatnonzero([] if wanted is None else wanted).tolist()
        self._wanted = None if wanted is None else _make_index(positions)
        self._results = self._first + len(positions)
        self._idle: list[_Workspace] = []

    def call(self, *inputs: Any) -> tuple[float, ...] | None:
        """Return the value and the partials; None where one of them is not finite."""
        work = self._take_workspace()
        read_numbers(inputs, work.numbers)
        out = np.empty(self._results)
        return tuple(out.tolist()) if self._compute(work, out) else None

    def call_floats(self, *inputs: Any) -> tuple[float, ...] | None:
        """Return what `call` does, for floats only; None where an argument is a Value."""
        return self.call(*inputs) if set(map(type, inputs)) <= {float} else None

    def call_arrays(self, array: FloatArray, out: FloatArray) -> bool:
        """Compute the same from a dense array into another; return False where it is not finite."""
        work = self._take_workspace()
        work.numbers[: self.inputs] = array.ravel()
        return self._compute(work, out)

    def _take_workspace(self) -> "_Workspace":
        """Return arrays that no other thread uses."""
        try:
            return self._idle.pop()
        except IndexError:
            rows = [step.make_rows() for step in self._steps]
            return _Workspace(np.empty(self._size), np.empty(self._size), rows)

    def _compute(self, work: "_Workspace", out: FloatArray) -> bool:
        with np.errstate(all="ignore"):  # overflow is detected at the end
            done = self._run_steps(work, out)
        self._idle.append(work)
        return done and bool(np.isfinite(out).all())

    def _run_steps(self, work: "_Workspace", out: FloatArray) -> bool:
        numbers, adjoints = work.numbers, work.adjoints
        saved = []
        for step, rows in zip(self._steps, work.rows, strict=True):
            saved.append(step.forward(numbers, rows))
            if saved[-1] is None:
                return False
        if self._first:
            out[0] = numbers[self._output]
        if self._wanted is not None:
            adjoints.fill(0.0)
            adjoints[self._output] = 1.0
            backward = zip(self._steps, work.rows, saved, strict=True)
            for step, rows, own in reversed(list(backward)):
                if not step.backward(numbers, adjoints, rows, own):
                    return False
            out[self._first :] = adjoints[self._wanted]
        return True


class _Workspace(NamedTuple):
    """The arrays that a call works in.

    They are reused: the system clears each page of a fresh array when it is first touched, which
    costs more than what is computed in it.
    """

    numbers: FloatArray
    adjoints: FloatArray
    rows: list[Any]


def _compile_step(
    step: Loop | Piece, constants: Sequence[float], wanted: Sequence[bool]
) -> _CompiledStep:
    if isinstance(step, Piece):
        return _StraightStep(step, wanted)
    return (_SumStep if step.summed else _ColumnStep)(step, constants, wanted)


def _count_results(step: Loop | Piece) -> int:
    """Return how many numbers a step computes."""
    if isinstance(step, Piece):
        return len(step.tape.outputs)
    return 1 if step.summed else len(step.ends[0])


def _drop_values(tape: Tape, count: int) -> Tape:
    tape.outputs = tape.outputs[count:]
    return tape


def _make_index(places: Sequence[int]) -> Any:
    """Make an index of places: a slice where they are consecutive, as x[0], x[1], ... are."""
    if not places:
        return np.empty(0, np.intp)
    if list(places) == list(range(places[0], places[0] + len(places))):
        return slice(places[0], places[0] + len(places))
    return np.array(places, dtype=np.intp)
