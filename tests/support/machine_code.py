"""Rows of the table and short programs as machine code, and points to compare them at.

It needs llvmlite.
"""

import ctypes
import math
import random
import struct
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite import primitive
from autograd_lite.core.table import TABLE, Primitive
from autograd_lite.jit.backend.instructions import INSTRUCTIONS
from autograd_lite.jit.backend.llvm.emitter import Emitter
from autograd_lite.jit.backend.llvm.engine import load, vector_width
from autograd_lite.jit.backend.llvm.entry import Entries
from autograd_lite.jit.backend.llvm.scalar import compile_scalar
from autograd_lite.jit.ir.program import Program
from autograd_lite.jit.record.tape import Guard, Tape

WIDTHS = [w for w in (2, 4, 8) if w <= vector_width()]
ROWS = [name for name in TABLE if name in INSTRUCTIONS and INSTRUCTIONS[name].llvm]
COUNTS = (1, 2, 3, 12)  # of operands, where any number is taken
AWKWARD = [
    *[s * x for s in (1.0, -1.0) for x in (0.0, 0.5, 1.0, 2.0, 2.5, 3.0, 37.5, 1e-8, math.inf)],
    *[s * x for s in (1.0, -1.0) for x in (5e-324, 1e-310, 2.3e-308, 1e-160, 1e160, 1e308)],
    *[s * x for s in (1.0, -1.0) for x in (709.8, 710.5, 745.2, 1023.5, 1024.0, 1075.0)],
    *[s * x for s in (1.0, -1.0) for x in (2.0**52 + 0.5, 2.0**53 - 1.0, 1e22, math.pi / 2)],
    *[math.nan, 1.0 - 2.0**-53, 1.0 + 2.0**-52, -26.6, 27.3, 1.7976931348623157e308],
]


def bits(x: float) -> bytes:
    return struct.pack("<d", x) if x == x else b"nan"


def arities(row: Primitive) -> Sequence[int]:
    return COUNTS if row.arity is None else [row.arity]


def any_float(rng: random.Random) -> float:
    x: float = struct.unpack("<d", rng.randbytes(8))[0]
    return x


def points(row: Primitive, arity: int, count: int) -> list[tuple[float, ...]]:
    """Awkward points; and points of the row's box, of any size and of any bits."""
    rng = random.Random(f"{row.name}{arity}")
    box = row.domain.box * (arity if row.arity is None else 1)
    found: list[tuple[float, ...]] = [(x,) for x in AWKWARD] if arity == 1 else []
    draws: list[Callable[[int], float]] = [
        lambda k: rng.choice(AWKWARD),
        lambda k: rng.uniform(*box[k]),
        lambda k: rng.uniform(-4.0, 4.0),
        lambda k: rng.uniform(-40.0, 40.0),
        lambda k: rng.choice((1.0, -1.0)) * math.exp(rng.uniform(-700.0, 700.0)),
        lambda k: any_float(rng),
        lambda k: float(rng.randint(-6, 6)),
    ]
    for draw in draws:
        found += [tuple(draw(k) for k in range(arity)) for _ in range(count)]
    return found


def scalar_code(
    name: str, arity: int, *, optimise: bool, constants: dict[int, float] | None = None
) -> Callable[..., float]:
    e = Emitter()
    operands = [f"%x{k}" for k in range(arity)]
    head = f"define double @f({', '.join(f'double {x}' for x in operands)}) {{"
    for k, x in (constants or {}).items():
        operands[k] = e.const(x)
    result = e.as_number(written(name)(e, *operands))
    code = load(
        "\n".join([head, *e.take_lines(), f"ret double {result}", "}", e.write_declarations()]),
        optimise,
    )
    f: Any = ctypes.PYFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * arity)(code.address("f"))
    f.code = code
    return f  # type: ignore[no-any-return]


def vector_code(
    name: str, arity: int, width: int, *, optimise: bool, constants: dict[int, float] | None = None
) -> Callable[[Sequence[tuple[float, ...]]], list[float]]:
    e = Emitter(width)
    operands = [e.assign(f"load {e.type}, ptr %x{k}, align 8") for k in range(arity)]
    for k, x in (constants or {}).items():
        operands[k] = e.const(x)
    e.write(f"store {e.type} {e.as_number(written(name)(e, *operands))}, ptr %y, align 8")
    head = f"define void @f(ptr %y{''.join(f', ptr %x{k}' for k in range(arity))}) {{"
    code = load(
        "\n".join([head, *e.take_lines(), "ret void", "}", e.write_declarations()]), optimise
    )
    f = ctypes.PYFUNCTYPE(None, *[ctypes.c_void_p] * (arity + 1))(code.address("f"))

    def run(points: Sequence[tuple[float, ...]]) -> list[float]:
        assert code.ir
        padded = [*points, *points[: -len(points) % width]]
        vectors = ctypes.c_double * len(padded)
        result, columns = vectors(), [vectors(*column) for column in zip(*padded, strict=True)]
        for start in range(0, 8 * len(padded), 8 * width):
            f(*[ctypes.addressof(c) + start for c in (result, *columns)])
        return list(result)[: len(points)]

    return run


def written(name: str) -> Callable[..., str]:
    llvm = INSTRUCTIONS[name].llvm
    assert llvm
    return llvm


def apart(got: float, expected: float) -> float:
    """By how many units in the last place, with zeros' signs and infinities as they must be."""
    if bits(got) == bits(expected):
        return 0.0
    if not math.isfinite(got) or not math.isfinite(expected) or got == expected:
        return math.inf
    return abs(got - expected) / math.ulp(expected)


def native(inputs: int, *operations: Any, outputs: Any, guards: Any = ()) -> Entries:
    """Compile operations, each a row and its operands: slots as int, constants as float."""
    tape = Tape(inputs)
    for operation, *operands in operations:
        slots = [x if type(x) is int else tape.constant(x) for x in operands]
        tape.add(operation, tuple(slots))
    tape.outputs = [x if type(x) is int else tape.constant(x) for x in outputs]
    tape.guards = [Guard(slot, expected, "here") for slot, expected in guards]
    return compile_scalar(Program.of(tape))


class RefusedError(Exception):
    """What `picky` raises."""


@primitive(partials=[lambda x, y: 1.0])
def picky(x: float) -> float:
    """Raise below 0: a custom primitive, which machine code calls back."""
    if x < 0.0:
        raise RefusedError(x)
    return x + 0.5
