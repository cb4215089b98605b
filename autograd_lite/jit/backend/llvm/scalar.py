"""A program as scalar machine code: its text for LLVM, and the loaded result.

The code computes in a frame, an array of doubles: the inputs, then what functions hand to each
other and the outputs. A short program is one function, optimised. A long one is cut into segments,
a function each, and not optimised; a segment that repeats finds what it reads by a table.
"""

import functools

import numpy as np

from ...ir.program import Program
from ...ir.repeats import WIDTH, Repeats, Segment, Site
from .engine import get_binding, load
from .entry import Entries, Frame
from .objects import layout
from .segment import LLVM, SegmentWriter, SharedText

OPTIMISED = 1000  # operations up to which optimising takes less than a tenth of a second
PIECE = 500  # operations of a segment at most


def compile_scalar(program: Program, optimised: int = OPTIMISED) -> Entries:
    """The program as machine code, optimised if it has at most so many operations.

    Raises:
        ImportError: llvmlite is not installed.
        LookupError: the platform lacks a function of the C library.
        RuntimeError: this Python's objects are not as the code would read them.
    """
    layout()
    optimise = len(program.code) <= optimised
    writer = ScalarWriter(program, max(len(program.code), 1) if optimise else PIECE)
    body = writer.write("" if optimise else _find_narrow_attributes())
    loaded = load(body, optimise)
    return Entries(loaded, writer.describe_frame(), writer.kept)


@functools.cache
def _find_narrow_attributes() -> str:
    """Attributes that keep AVX-512 out of code that is not optimised: its encodings are longer."""
    features: str = get_binding().get_host_cpu_features().flatten()
    if "+avx512f" not in features:
        return ""
    kept = [x for x in features.split(",") if "avx512" not in x and "avx10" not in x]
    return f' "target-features"="{",".join([*kept, "-avx512f"])}"'


class ScalarWriter:
    """Writes a program's body: `i64 @run(ptr frame)` and the functions of its segments.

    Attributes:
        kept: what the text names by address.
    """

    def __init__(self, program: Program, longest: int) -> None:
        self.program = program
        self.shared = SharedText(program)
        self.emit, self.kept = self.shared.emit, self.shared.kept
        alone, self._widest = self._find_unshared()
        self.cut = Repeats(program, alone, longest)
        self.functions = {
            x: SegmentWriter(self.shared, k, x) for k, x in enumerate(self.cut.segments)
        }
        self.copied: list[int] = []
        self.size = self._assign_places()

    def _find_unshared(self) -> tuple[set[int], int]:
        """The slots of operations that share no code; how many operands a callback takes."""
        alone = {s for s in self.shared.checks if s >= self.program.inputs}
        widest = 0
        for s, (primitive, operands) in enumerate(self.program.code, self.program.inputs):
            if primitive not in LLVM:
                alone.add(s)
                widest = max(widest, len(operands), 1)
        return alone, widest

    def _assign_places(self) -> int:
        """Give a place in the frame to every slot that is read by another function."""
        program, n, places = self.program, self.program.inputs, self.shared.places
        read = np.zeros(len(places), bool)
        read[program.outputs] = True
        read[[guard.slot for guard in program.guards]] = True
        for _, operands in program.code:
            if len(operands) > WIDTH:
                read[list(operands)] = True
        for function in self.functions.values():
            function.mark(read)
        places[:n] = range(n)
        self.copied = [k for k in range(len(program.constants)) if read[~k]]
        size = n + len(self.copied)
        places[[~k for k in self.copied]] = range(n, size)
        for function in self.functions.values():
            size = function.place(read, size)
        self.shared.scratch = size
        return size + self._widest

    def describe_frame(self) -> Frame:
        outputs = self.program.outputs
        places = self.shared.places[outputs].tolist()
        checked = {place for place, s in zip(places, outputs, strict=True) if s >= 0}
        return Frame(self.size, self.program.inputs, places, sorted(checked), not self._widest)

    def write(self, attributes: str) -> str:
        """All of it, with these attributes on each function."""
        texts: list[str] = []
        head = f"(ptr %f, ptr %t) nounwind{attributes} {{\nentry:"
        run = ["define i64 @run(ptr %f) nounwind {", *self._write_constants()]
        first = self.shared.checks.get(-1)
        if first:
            start = SegmentWriter(
                self.shared, len(self.functions), Segment(0, Site(0, np.zeros(0, int)))
            )
            start.write_check(first)
            start.write_end()
            texts += [
                f"define internal i64 @segment.{start.number}{head}",
                *self.emit.take_lines(),
                "}",
            ]
            run += start.write_call(len(self.cut.sites))
        for function in self.functions.values():
            function.write()
            texts.append(f"define internal i64 @segment.{function.number}{head}")
            texts += [*self.emit.take_lines(), "}"]
        for k, (segment, _) in enumerate(self.cut.sites):
            run += self.functions[segment].write_call(k)
        run.append("ret i64 -1\n}")
        return "\n".join([*texts, *run, self.emit.write_declarations()])

    def _write_constants(self) -> list[str]:
        """The lines that put constants into the frame."""
        if not self.copied:
            return []
        callee = "@llvm.memcpy.p0.p0.i64"
        self.emit.declarations[callee] = f"declare void {callee}(ptr, ptr, i64, i1)"
        numbers = np.array([self.program.constants[k] for k in self.copied])
        self.kept.append(numbers)
        source = f"ptr inttoptr (i64 {numbers.ctypes.data} to ptr)"
        return [
            f"%c = getelementptr double, ptr %f, i64 {self.program.inputs}",
            f"call void {callee}(ptr %c, {source}, i64 {numbers.nbytes}, i1 false)",
        ]
