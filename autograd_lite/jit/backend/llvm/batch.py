"""Vector code: a program as LLVM IR that runs it over columns, a block of samples at a time.

A kernel works in a scratch area of vectors, with one sample a lane: the columns' next block, the
sums so far, the mask of active lanes, and the values that one function of the code passes to a
later one. What depends on no column is computed once, before the samples, and follows the uniform
inputs among the numbers.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ...ir.program import Program
from ..instructions import INSTRUCTIONS
from .columns import Callbacks, VectorKernel
from .emitter import Emitter
from .engine import load, vector_width
from .loop import FIXED, HEAD, KernelShape, write_loop

PIECE = 500  # most operations of one function
# Most operations for which LLVM allocates registers well, at 0.1 ms each in place of 0.03.
CAREFUL = 3000
CALL = 20  # the cost of a call, in operations


class _Compute(NamedTuple):
    slot: int


class _CheckGuard(NamedTuple):
    guard: int


class _GiveResult(NamedTuple):
    output: int


_Task = _Compute | _CheckGuard | _GiveResult


def program_needs_python(program: Program) -> bool:
    """Return whether a program calls a custom primitive, for which there is no vector code."""
    return not all(primitive.is_row for primitive, _ in program.code)


def compile_batch(
    program: Program, batched: Sequence[bool], summed: Sequence[bool]
) -> VectorKernel:
    """Compile a program to vector code.

    Arguments:
        program: without custom primitives.
        batched: for each input, whether it is a column, or one number for all samples.
        summed: for each output, whether it is summed over the samples, or stored for each.

    Raises:
        ImportError: llvmlite is not installed.
        LookupError: the platform lacks a function of the C library.
        ValueError: the program calls a custom primitive, or an argument has the wrong length.
    """
    if program_needs_python(program):
        raise ValueError("a custom primitive has no vector code: use compile_loop")
    if len(batched) != program.inputs or len(summed) != len(program.outputs):
        raise ValueError("batched needs one bool for each input, and summed one for each output")
    uniform = _find_uniform(program, batched)
    once = _cut([_Compute(s) for s in range(program.inputs, len(uniform)) if uniform[s]])
    each = _cut(_order_tasks(program, uniform))
    places = _SlotPlaces(program, uniform, summed)
    places.hand_over(program, [*once, *each])
    callbacks = Callbacks()
    writer = _VectorWriter(Emitter(vector_width()), program, places, callbacks)
    begin = [writer.write_function(f"once{k}", steps) for k, steps in enumerate(once)]
    block = [writer.write_function(f"each{k}", steps) for k, steps in enumerate(each)]
    shape = KernelShape(
        batched=tuple(batched),
        summed=tuple(summed),
        guarded=bool(program.guards),
        width=writer.emit.width,
        numbers=places.numbers,
        vectors=places.vectors,
        work=len(program.code) + CALL * sum(part.count(" = call ") for part in block),
    )
    text = [
        *begin,
        *block,
        write_loop(shape, len(begin), len(block)),
        writer.emit.write_declarations(),
    ]
    # LLVM's passes would share the splats of the numbers, and then spill them; as part of an
    # instruction a splat is free
    level = 1 if len(program.code) <= CAREFUL else 0
    loaded = load("\n".join(text), optimise=False, level=level)
    return VectorKernel(loaded, shape, callbacks)


def _find_uniform(program: Program, batched: Sequence[bool]) -> list[bool]:
    """Return for each slot whether it is the same for all samples."""
    uniform = [not own for own in batched]
    for _, operands in program.code:
        uniform.append(all(s < 0 or uniform[s] for s in operands))
    return uniform


def _order_tasks(program: Program, uniform: list[bool]) -> Iterator[_Task]:
    """Order the tasks for a block: guards first, so that failed lanes are known early."""
    inputs = program.inputs
    ready = [True] * inputs + uniform[inputs:]
    needed = iter(program.order([guard.slot for guard in program.guards]))
    for number, guard in enumerate(program.guards):
        while not ready[guard.slot]:
            slot = next(needed)
            if not ready[slot]:
                yield _Compute(slot)
                ready[slot] = True
        yield _CheckGuard(number)
    outputs: dict[int, list[int]] = {}
    for k, s in enumerate(program.outputs):
        outputs.setdefault(s, []).append(k)
    # a result is stored as soon as it is known, which frees its register
    for s, numbers in outputs.items():
        if s < inputs or ready[s]:
            yield from map(_GiveResult, numbers)
    for slot in range(inputs, len(ready)):
        if not ready[slot]:
            yield _Compute(slot)
            yield from map(_GiveResult, outputs.get(slot, ()))


def _cut(steps: Iterable[_Task]) -> list[list[_Task]]:
    whole = list(steps)
    return [whole[i : i + PIECE] for i in range(0, len(whole), PIECE)]


class _SlotPlaces:
    """The places of slots between functions: among the numbers if uniform, else in the scratch.

    Attributes:
        of: the place of a slot that has one.
        output: for each output, its index among the summed or among the stored.
        mask: the place of the mask of active lanes.
        failed: the place of the lanes' failed guards.
        vectors: how many vectors the scratch area has.
        numbers: how many numbers there are.
    """

    def __init__(self, program: Program, uniform: list[bool], summed: Sequence[bool]) -> None:
        self.uniform = uniform
        self.summed = summed
        self.of: dict[int, int] = {}
        self.numbers = self.vectors = 0
        for slot in range(program.inputs):
            self._put(slot)
        self.columns = self.vectors
        counts = [0, 0]
        self.output = []
        for own in summed:
            self.output.append(counts[own])
            counts[own] += 1
        self.mask = self.columns + counts[True]
        self.failed = self.mask + 1
        self.vectors = self.failed + 1

    def _put(self, slot: int) -> None:
        if self.uniform[slot]:
            self.of[slot] = self.numbers
            self.numbers += 1
        else:
            self.of[slot] = self.vectors
            self.vectors += 1

    def hand_over(self, program: Program, functions: list[list[_Task]]) -> None:
        """Give a place to what one function computes and another uses."""
        home: dict[int, int] = {}
        for number, steps in enumerate(functions):
            for step in steps:
                for s in _get_operands(program, step):
                    if s >= 0 and s not in self.of and home[s] != number:
                        self._put(s)
                if type(step) is _Compute:
                    home[step.slot] = number


def _get_operands(program: Program, step: _Task) -> tuple[int, ...]:
    match step:
        case _Compute(slot):
            return program.code[slot - program.inputs][1]
        case _CheckGuard(guard):
            return (program.guards[guard].slot,)
        case _GiveResult(output):
            return (program.outputs[output],)


class _VectorWriter:
    """Writes functions of vectors: of a block of samples, or of one number in all lanes."""

    def __init__(
        self, emit: Emitter, program: Program, places: _SlotPlaces, callbacks: Callbacks
    ) -> None:
        self.emit = emit
        self._program = program
        self._places = places
        self._callbacks = callbacks
        self._names: dict[int, str] = {}
        self._mask = ""

    def write_function(self, name: str, steps: list[_Task]) -> str:
        """Write a function that does these tasks."""
        self._names, self._mask = {}, ""
        self.emit.take_lines()
        for step in steps:
            match step:
                case _Compute(slot):
                    self._write_operation(slot)
                case _CheckGuard(number):
                    self._write_check(number)
                case _GiveResult(output):
                    self._write_result(output)
        # not inlined, or the loop would keep splats of the numbers in memory
        head = (
            f"define internal void @{name}(ptr noalias %numbers, ptr noalias %scratch, "
            "ptr noalias %table, i64 %i) noinline nounwind {"
        )
        return "\n".join([head, *self.emit.take_lines(), "ret void\n}"])

    def _write_operation(self, slot: int) -> None:
        primitive, operands = self._program.code[slot - self._program.inputs]
        names = [self._load(s) for s in operands]
        row = INSTRUCTIONS.get(primitive.name)
        spelt = row.llvm if row is not None else None
        if spelt is not None:
            made = spelt(self.emit, *names)
        else:
            numbers = [self.emit.as_number(x) for x in names]
            made = self.emit.call(self._callbacks.get_callee(primitive, len(numbers)), *numbers)
        self._names[slot] = made
        if slot in self._places.of:
            self._store(self.emit.as_number(made), slot)

    def _store(self, x: str, slot: int) -> None:
        emit, place = self.emit, self._places.of[slot]
        if self._places.uniform[slot]:
            first = emit.assign(f"extractelement {emit.type} {x}, i32 0")
            address = emit.assign(f"getelementptr double, ptr %numbers, i64 {place}")
            emit.write(f"store double {first}, ptr {address}")
        else:
            emit.write(f"store {emit.type} {x}, ptr {self._address(place)}")

    def _load(self, slot: int) -> str:
        """Return the name of a slot; a number is splat at each use, which costs no instruction."""
        if slot < 0:
            return self.emit.const(self._program.constants[~slot])
        name = self._names.get(slot)
        if name is not None:
            return name
        place = self._places.of[slot]
        if not self._places.uniform[slot]:
            of = self.emit.type
            name = self._names[slot] = self.emit.assign(f"load {of}, ptr {self._address(place)}")
            return name
        address = self.emit.assign(f"getelementptr double, ptr %numbers, i64 {place}")
        name = self.emit.assign(f"load double, ptr {address}")
        of = self.emit.type
        first = self.emit.assign(f"insertelement {of} poison, double {name}, i32 0")
        lanes = f"<{self.emit.width} x i32> zeroinitializer"
        return self.emit.assign(f"shufflevector {of} {first}, {of} poison, {lanes}")

    def _address(self, place: int) -> str:
        """Write the address of a vector in the scratch area."""
        return self.emit.assign(f"getelementptr {self.emit.type}, ptr %scratch, i64 {place}")

    def _load_mask(self) -> str:
        """Return the mask of active lanes: those with a sample, and no guard failed."""
        if not self._mask:
            of = f"<{self.emit.width} x i64>"
            words = self.emit.assign(f"load {of}, ptr {self._address(self._places.mask)}")
            self._mask = self.emit.assign_predicate(f"icmp ne {of} {words}, zeroinitializer")
        return self._mask

    def _write_check(self, number: int) -> None:
        slot, expected, _ = self._program.guards[number]
        emit, w = self.emit, self.emit.width
        condition = emit.as_predicate(self._load(slot))
        before = self._load_mask()
        fails = emit.and_(before, emit.not_(condition) if expected else condition)
        self._mask = emit.and_(before, emit.not_(fails))
        words = emit.assign(f"sext {emit.predicate_type} {self._mask} to <{w} x i64>")
        emit.write(f"store <{w} x i64> {words}, ptr {self._address(self._places.mask)}")
        of = f"<{w} x i32>"
        place = self._address(self._places.failed)
        old = emit.assign(f"load {of}, ptr {place}")
        this = "<" + ", ".join([f"i32 {number}"] * w) + ">"
        new = emit.assign(f"select {emit.predicate_type} {fails}, {of} {this}, {of} {old}")
        emit.write(f"store {of} {new}, ptr {place}")

    def _write_result(self, output: int) -> None:
        emit = self.emit
        x = emit.as_number(self._load(self._program.outputs[output]))
        place = self._places.output[output]
        if self._places.summed[output]:
            counting = self._load_mask()
            address = self._address(self._places.columns + place)
            before = emit.assign(f"load {emit.type}, ptr {address}")
            after = emit.select(counting, emit.add(before, x), before)
            emit.write(f"store {emit.type} {after}, ptr {address}")
        else:
            word = FIXED + self._places.columns + place
            at = emit.assign(f"getelementptr ptr, ptr %table, i64 {word}")
            array = emit.assign(f"load ptr, ptr {at}")
            field = emit.assign(f"getelementptr i8, ptr {array}, i64 {HEAD}")
            data = emit.assign(f"load ptr, ptr {field}")
            address = emit.assign(f"getelementptr double, ptr {data}, i64 %i")
            emit.write(f"store {emit.type} {x}, ptr {address}, align 8")
