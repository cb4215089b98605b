"""The text of one segment of a program: a function that works in the frame."""

from typing import Any

import numpy as np

from ....core import table
from ....core.table import TABLE, Primitive
from ...ir.program import Program
from ...ir.repeats import IntArray, Segment
from ..instructions import INSTRUCTIONS
from .emitter import Emitter
from .entry import RAISED, load_code

BINARY = {
    table.add: "fadd double ",
    table.sub: "fsub double ",
    table.mul: "fmul double ",
    table.div: "fdiv double ",
}
LLVM = {TABLE[name]: row.llvm for name, row in INSTRUCTIONS.items() if row.llvm}


class SharedText:
    """What the segments of a program have in common.

    Attributes:
        program: what is written.
        emit: where to.
        checks: slot -> the guards to check after it.
        constants: the constants' texts.
        places: each slot's place in the frame, or -1; the last are the constants, in reverse.
        scratch: the place where the operands of a callback go.
        kept: what the text names by address.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.emit = Emitter()
        self.checks = program.place_guards()
        self.constants = [self.emit.const(x) for x in program.constants]
        size = program.inputs + len(program.code) + len(program.constants)
        self.places: IntArray = np.full(size, -1)
        self.scratch = 0
        self.kept: list[object] = []


class SegmentWriter:
    """Writes the function of a segment; its slots are those of the segment's first site.

    What differs between sites is in a table with a row a site: where in the frame the segment's
    results begin, then the place of each number from outside that is not the same at every site.

    Attributes:
        number: the function is `@segment.<number>`.
        fails: whether it may give anything but DONE.
    """

    def __init__(self, shared: SharedText, number: int, segment: Segment) -> None:
        self.shared = shared
        self.emit = shared.emit
        self.number = number
        self.segment = segment
        self.fails = False
        self._names: dict[int, str] = {}
        self._count = 0  # names that are numbers: LLVM reads them twice as fast as words
        self._ends: list[str] = []
        self._calls = 0
        outside = np.array([site.outside for site in segment.sites])
        varying = (outside != outside[0]).any(axis=0)
        self._varying = outside[:, varying]
        self._same = outside[0, ~varying]
        self._columns = {s: k for k, s in enumerate(self._varying[0].tolist(), 1)}
        self._ranks: dict[int, int] = {}
        self._table: IntArray | None = None
        self._base = ""

    # places in the frame

    def mark(self, read: Any) -> None:
        """Note which slots must be in the frame for this segment."""
        read[self._varying] = True
        read[self._same[self._same >= 0]] = True

    def place(self, read: Any, size: int) -> int:
        """Give places to the results that others read; the frame's new size."""
        starts = np.array([site.start for site in self.segment.sites])[:, None]
        wanted = read[starts + np.arange(self.segment.length)].any(axis=0)
        offsets = np.flatnonzero(wanted)
        ranks = np.arange(len(offsets))
        bases = size + len(offsets) * np.arange(len(starts))[:, None]
        self.shared.places[starts + offsets] = bases + ranks
        first = self.segment.start
        self._ranks = {first + k: rank for rank, k in enumerate(offsets.tolist())}
        self._bases = bases
        return size + len(starts) * len(offsets)

    def write_call(self, label: int) -> list[str]:
        """The lines of `@run` that call the function for its next site."""
        table = "null"
        if self._table is not None:
            row = self._table.ctypes.data + self._calls * self._table.strides[0]
            table = f"inttoptr (i64 {row} to ptr)"
        self._calls += 1
        call = f"call i64 @segment.{self.number}(ptr %f, ptr {table})"
        if not self.fails:
            return [call]
        return [
            f"%s{label} = {call}",
            f"%is{label} = icmp eq i64 %s{label}, -1",
            f"br i1 %is{label}, label %go{label}, label %fail{label}",
            f"fail{label}:\nret i64 %s{label}\ngo{label}:",
        ]

    # the body

    def write(self) -> None:
        code, n, names = self.shared.program.code, self.shared.program.inputs, self._names
        checks, ranks, read, line = self.shared.checks, self._ranks, self._load, self.emit.write
        get, binary = names.get, BINARY.get
        start = self.segment.start
        if len(self.segment.sites) > 1:
            places = self.shared.places[self._varying]
            self._table = np.concatenate([self._bases, places], axis=1).astype(np.int32, order="C")
            self.shared.kept.append(self._table)
            self._base = self._address(0)
        for s in range(start, start + self.segment.length):
            primitive, operands = code[s - n]
            instruction = binary(primitive)
            if instruction is not None:
                a, b = operands
                x, y = get(a) or read(a), get(b) or read(b)
                if x[1] != "c" and y[1] != "c":
                    self._count = k = self._count + 1
                    names[s] = name = f"%{k}"
                    line(f"{name} = {instruction}{x}, {y}")
                else:
                    names[s] = self._write_other(s, primitive, operands)
            else:
                names[s] = self._write_other(s, primitive, operands)
            if s in ranks:
                self._store_result(s)
            if s in checks:
                self.write_check(checks[s])
        self.write_end()

    def write_end(self) -> None:
        self.emit.write("ret i64 -1")
        for line in self._ends:
            self.emit.write(line)

    def write_check(self, guards: list[int]) -> None:
        for k in guards:
            self.fails = True
            slot, expected, _ = self.shared.program.guards[k]
            truth = self.emit.as_predicate(self._names.get(slot) or self._load(slot))
            yes, no = (f"pass{k}", f"fail{k}") if expected else (f"fail{k}", f"pass{k}")
            self.emit.write(f"br i1 {truth}, label %{yes}, label %{no}\npass{k}:")
            self._ends += [f"fail{k}:", f"ret i64 {k}"]

    def _address(self, column: int) -> str:
        """The address in the frame that a column of the table gives."""
        self._count = k = self._count + 4
        self.emit.write(
            f"%{k - 3} = getelementptr i32, ptr %t, i64 {column}\n"
            f"%{k - 2} = load i32, ptr %{k - 3}\n"
            f"%{k - 1} = zext i32 %{k - 2} to i64\n"
            f"%{k} = getelementptr double, ptr %f, i64 %{k - 1}"
        )
        return f"%{k}"

    def _load(self, s: int) -> str:
        """The name of a slot from outside: of a constant its text, else a load."""
        if s in self._columns:
            at = self._address(self._columns[s])
        elif s < 0:
            self._names[s] = name = self.shared.constants[~s]
            return name
        else:
            self._count = k = self._count + 1
            at = f"%{k}"
            self.emit.write(f"{at} = getelementptr double, ptr %f, i64 {self.shared.places[s]}")
        self._count = k = self._count + 1
        self._names[s] = name = f"%{k}"
        self.emit.write(f"{name} = load double, ptr {at}")
        return name

    def _store_result(self, s: int) -> None:
        """Store a result that others read."""
        if self._table is None:
            self._store(self._names[s], "%f", self.shared.places[s])
        else:
            self._store(self._names[s], self._base, self._ranks[s])

    def _store(self, name: str, where: str, place: int) -> None:
        if name[1] == "c":
            name = self.emit.as_number(name)
        self._count = k = self._count + 1
        self.emit.write(
            f"%{k} = getelementptr double, ptr {where}, i64 {place}\nstore double {name}, ptr %{k}"
        )

    def _write_other(self, s: int, primitive: Primitive, operands: tuple[int, ...]) -> str:
        names = [self._names.get(x) or self._load(x) for x in operands]
        instruction = LLVM.get(primitive)
        if instruction is None:
            return self._write_callback(s, primitive, names)
        return instruction(self.emit, *names)

    def _write_callback(self, s: int, primitive: Primitive, names: list[str]) -> str:
        """Call the primitive's Python function; returns the name of its result."""
        emit, shared = self.emit, self.shared
        self.fails = True
        shared.kept.append(primitive.value)
        for k, name in enumerate(names):
            self._store(name, "%f", shared.scratch + k)
        numbers, result = emit.new_name(), emit.new_name()
        emit.write(f"{numbers} = getelementptr double, ptr %f, i64 {shared.scratch}")
        function = f"ptr inttoptr (i64 {id(primitive.value)} to ptr)"
        code = load_code("call_python")
        shared.kept.append(code)
        caller = f"inttoptr (i64 {code.address('call_python')} to ptr)"
        emit.write(f"{result} = call i1 {caller}({function}, ptr {numbers}, i64 {len(names)})")
        emit.write(f"br i1 {result}, label %l{s}, label %raised\nl{s}:")
        if "raised:" not in self._ends:
            self._ends += ["raised:", f"ret i64 {RAISED}"]
        return emit.assign(f"load double, ptr {numbers}")
