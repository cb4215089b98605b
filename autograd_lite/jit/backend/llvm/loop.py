"""The text of a kernel's loop: samples in blocks of a vector's width, blocks in chunks.

A call's arguments stand in a table of words: the count of samples; the arrays of numbers, sums and
failed guards; the columns, an array each; the stored results, an array each. An array is an ndarray
as an object: the fields that NumPy's C headers lay open are read.
"""

from collections.abc import Sequence
from typing import NamedTuple

HEAD = object.__basicsize__  # where an ndarray's fields start: data, nd, dimensions, strides
FIXED = 4  # words of a table before the columns
CHUNK = 2_000_000  # operations on samples in one chunk, about


class KernelShape(NamedTuple):
    """What a kernel takes and gives.

    Attributes:
        batched: for each input, whether it is a column.
        summed: for each output, whether it is summed.
        guarded: whether samples can fail.
        width: how many samples a block has.
        numbers: how many numbers there are: inputs, and what is computed once.
        vectors: how many vectors the scratch area has; the columns come first, then the sums, the
            mask and the failed guards.
        work: what a sample costs, in operations.
    """

    batched: tuple[bool, ...]
    summed: tuple[bool, ...]
    guarded: bool
    width: int
    numbers: int
    vectors: int
    work: int

    @property
    def chunk(self) -> int:
        """How many samples a chunk has: a power of two."""
        return 1 << min(12, max(6, (CHUNK // max(1, self.work)).bit_length() - 1))


def write_loop(shape: KernelShape, once: int, each: int) -> str:
    """The module's functions `begin(table)` and `run(table, first chunk, chunk to stop before)`.

    `once` and `each` say how many functions `@once0`, ... and `@each0`, ... there are to call.
    """
    w = shape.width
    columns, sums = sum(shape.batched), sum(shape.summed)
    vector, words = f"<{w} x double>", f"<{w} x i64>"
    mask, failed = columns + sums, columns + sums + 1
    lanes = ", ".join([f"i64 {lane}" for lane in range(w)])
    arguments = "(ptr %numbers, ptr %scratch, ptr %table, i64 %i)"
    begins = [f"call void @once{k}(ptr %numbers, ptr null, ptr %table, i64 0)" for k in range(once)]
    bodies = [f"call void @each{k}{arguments}" for k in range(each)]
    fails, clear = "", ""
    if shape.guarded:
        clear = f"store <{w} x i32> {_splat('i32 -1', w)}, ptr %failed.at"
        fails = f"""
  %failed.now = load <{w} x i32>, ptr %failed.at
  %failed.to = getelementptr i32, ptr %failed, i64 %i
  store <{w} x i32> %failed.now, ptr %failed.to, align 4"""
    return f"""
declare ptr @malloc(i64)
declare void @free(ptr)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
{_write_array()}
{_write_pack(columns, w)}
{_write_reduce(sums, w)}
define void @begin(ptr %table) nounwind {{
  %numbers = call ptr @array(ptr %table, i64 1)
  {_join(begins)}
  ret void
}}
define i64 @run(ptr %table, i64 %first, i64 %last) nounwind {{
entry:
  %count = load i64, ptr %table
  %numbers = call ptr @array(ptr %table, i64 1)
  %sums = call ptr @array(ptr %table, i64 2)
  %failed = call ptr @array(ptr %table, i64 3)
  %memory = call ptr @malloc(i64 {8 * w * shape.vectors + 64})
  %poor = icmp eq ptr %memory, null
  br i1 %poor, label %nothing, label %ready
nothing:
  ret i64 1
ready:
  %memory.int = ptrtoint ptr %memory to i64
  %beyond = add i64 %memory.int, 63
  %aligned = and i64 %beyond, -64
  %scratch = inttoptr i64 %aligned to ptr
  %sums.at = getelementptr {vector}, ptr %scratch, i64 {columns}
  %mask.at = getelementptr {vector}, ptr %scratch, i64 {mask}
  %failed.at = getelementptr {vector}, ptr %scratch, i64 {failed}
  br label %chunks
chunks:
  %chunk = phi i64 [%first, %ready], [%chunk.next, %reduce]
  %chunk.next = add i64 %chunk, 1
  %more = icmp slt i64 %chunk, %last
  br i1 %more, label %clear, label %end
clear:
  call void @llvm.memset.p0.i64(ptr %sums.at, i8 0, i64 {8 * w * sums}, i1 false)
  %from = mul i64 %chunk, {shape.chunk}
  %whole = add i64 %from, {shape.chunk}
  %short = icmp slt i64 %count, %whole
  %until = select i1 %short, i64 %count, i64 %whole
  br label %blocks
blocks:
  %i = phi i64 [%from, %clear], [%i.next, %block]
  %i.next = add i64 %i, {w}
  %open = icmp slt i64 %i, %until
  br i1 %open, label %block, label %reduce
block:
  call void @pack(ptr %table, ptr %scratch, i64 %i, i64 %count)
  %left = sub i64 %count, %i
  %left.first = insertelement {words} poison, i64 %left, i32 0
  %left.all = shufflevector {words} %left.first, {words} poison, <{w} x i32> zeroinitializer
  %counts = icmp sgt {words} %left.all, <{lanes}>
  %counts.words = sext <{w} x i1> %counts to {words}
  store {words} %counts.words, ptr %mask.at
  {clear}
  {_join(bodies)}{fails}
  br label %blocks
reduce:
  %sums.chunk = mul i64 %chunk, {sums}
  %sums.to = getelementptr double, ptr %sums, i64 %sums.chunk
  call void @reduce(ptr %sums.at, ptr %sums.to)
  br label %chunks
end:
  call void @free(ptr %memory)
  ret i64 0
}}
"""


def _join(lines: Sequence[str]) -> str:
    return "\n  ".join(lines)


def _splat(x: str, width: int) -> str:
    return f"<{', '.join([x] * width)}>"


def _write_array() -> str:
    """`array(table, word)`: where the data of an array are."""
    return f"""
define internal ptr @array(ptr %table, i64 %word) nounwind {{
  %at = getelementptr ptr, ptr %table, i64 %word
  %object = load ptr, ptr %at
  %field = getelementptr i8, ptr %object, i64 {HEAD}
  %data = load ptr, ptr %field
  ret ptr %data
}}"""


def _write_pack(columns: int, w: int) -> str:
    """`pack(table, to, i, count)`: the columns' block from sample i on; behind the last, the last.

    Lanes without a sample repeat one, so that they take no other path than samples do.
    """
    vector = f"<{w} x double>"
    lanes = []
    for lane in range(w):
        lanes.append(f"""
  %i{lane} = add i64 %i, {lane}
  %in{lane} = icmp slt i64 %i{lane}, %end
  %k{lane} = select i1 %in{lane}, i64 %i{lane}, i64 %end
  %o{lane} = mul i64 %k{lane}, %stride
  %p{lane} = getelementptr i8, ptr %data, i64 %o{lane}
  %x{lane} = load double, ptr %p{lane}, align 1
  %q{lane} = getelementptr double, ptr %place, i64 {lane}
  store double %x{lane}, ptr %q{lane}""")
    return f"""
define internal void @pack(ptr %table, ptr %to, i64 %i, i64 %count) noinline nounwind {{
entry:
  %end = sub i64 %count, 1
  %beyond = add i64 %i, {w}
  %full = icmp sle i64 %beyond, %count
  br label %columns
columns:
  %j = phi i64 [0, %entry], [%next, %wide], [%next, %lanes]
  %next = add i64 %j, 1
  %more = icmp slt i64 %j, {columns}
  br i1 %more, label %column, label %done
column:
  %word = add i64 %j, {FIXED}
  %at = getelementptr ptr, ptr %table, i64 %word
  %object = load ptr, ptr %at
  %data.at = getelementptr i8, ptr %object, i64 {HEAD}
  %data = load ptr, ptr %data.at
  %strides.at = getelementptr i8, ptr %object, i64 {HEAD + 24}
  %strides = load ptr, ptr %strides.at
  %stride = load i64, ptr %strides
  %place = getelementptr {vector}, ptr %to, i64 %j
  %dense = icmp eq i64 %stride, 8
  %easy = and i1 %dense, %full
  br i1 %easy, label %wide, label %lanes
wide:
  %from = getelementptr double, ptr %data, i64 %i
  %x = load {vector}, ptr %from, align 1
  store {vector} %x, ptr %place
  br label %columns
lanes:{"".join(lanes)}
  br label %columns
done:
  ret void
}}"""


def _write_reduce(sums: int, w: int) -> str:
    """`reduce(from, to)`: the lanes of each sum added, halves first."""
    halves, name, width = [], "%x", w
    while width > 1:
        half = width // 2
        for part, start in (("low", 0), ("high", half)):
            chosen = ", ".join([f"i32 {k}" for k in range(start, start + half)])
            halves.append(
                f"%{part}{half} = shufflevector <{width} x double> {name}, "
                f"<{width} x double> poison, <{half} x i32> <{chosen}>"
            )
        halves.append(f"%sum{half} = fadd <{half} x double> %low{half}, %high{half}")
        name, width = f"%sum{half}", half
    return f"""
define internal void @reduce(ptr %from, ptr %to) noinline nounwind {{
entry:
  br label %sums
sums:
  %k = phi i64 [0, %entry], [%next, %sum]
  %next = add i64 %k, 1
  %more = icmp slt i64 %k, {sums}
  br i1 %more, label %sum, label %done
sum:
  %at = getelementptr <{w} x double>, ptr %from, i64 %k
  %x = load <{w} x double>, ptr %at
  {_join(halves)}
  %total = extractelement <1 x double> {name}, i32 0
  %place = getelementptr double, ptr %to, i64 %k
  store double %total, ptr %place
  br label %sums
done:
  ret void
}}"""
