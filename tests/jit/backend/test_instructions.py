"""Every row's machine code against its value: the same bits in scalar code, 4 units in vectors."""

import ctypes
import math
import random
import struct
from collections.abc import Callable, Sequence
from typing import Any

import pytest

pytest.importorskip("llvmlite")

from autograd_lite.core import ieee
from autograd_lite.core.table import TABLE, Primitive
from autograd_lite.jit.backend.instructions import INSTRUCTIONS
from autograd_lite.jit.backend.llvm import vector_math
from autograd_lite.jit.backend.llvm.emitter import Emitter
from autograd_lite.jit.backend.llvm.engine import load, vector_width

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


def test_rows_without_machine_code_are_known() -> None:
    rewritten = {"identity", "square", "sum", "mean", "prod", "dot"}
    called_back = {"gamma", "lgamma", "digamma", "polygamma", "round_to"}
    assert set(TABLE) - set(ROWS) <= rewritten | called_back
    assert set(INSTRUCTIONS) <= set(TABLE)


@pytest.mark.parametrize("optimise", [False, True])
@pytest.mark.parametrize("name", ROWS)
def test_scalar_code_gives_the_bits_of_the_value(name: str, optimise: bool) -> None:
    row = TABLE[name]
    for arity in arities(row):
        f = scalar_code(name, arity, optimise=optimise)
        for xs in points(row, arity, 600):
            assert bits(f(*xs)) == bits(row.value(*xs)), xs


@pytest.mark.parametrize("name", ROWS)
def test_llvm_folds_constants_to_the_bits_of_the_value(name: str) -> None:
    # calls that LLVM knows, such as pow(x, 0.5) or exp(1.0), would be rewritten
    row = TABLE[name]
    for arity in arities(row)[:2]:
        choices = [0.5, 2.0, -0.0, 10.0, -1.0, 3.0, 0.3, math.inf]
        for k in range(arity):
            for x in choices[: 8 if arity == 2 else 3]:
                constants = {k: x}
                f = scalar_code(name, arity, optimise=True, constants=constants)
                for xs in points(row, arity, 12):
                    operands = [constants.get(i, y) for i, y in enumerate(xs)]
                    assert bits(f(*xs)) == bits(row.value(*operands)), operands
        constants = {k: choices[k % 3] for k in range(arity)}
        f = scalar_code(name, arity, optimise=True, constants=constants)
        assert bits(f(*[0.0] * arity)) == bits(row.value(*constants.values()))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ROWS)
def test_vector_code_is_within_4_units(name: str, width: int) -> None:
    row = TABLE[name]
    for arity in arities(row):
        drawn = points(row, arity, 700)
        for optimise in (True, False):
            got = vector_code(name, arity, width, optimise=optimise)(drawn)
            for y, xs in zip(got, drawn, strict=True):
                assert apart(y, row.value(*xs)) <= 4.0, xs


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("exponent", [*vector_math.POWERS, 2.0, 1.5, -2.0])
def test_constant_powers_in_vectors(exponent: float, width: int) -> None:
    f = vector_code("pow", 2, width, optimise=True, constants={1: exponent})
    drawn = [xs for xs in points(TABLE["pow"], 2, 500) if xs]
    for y, (x, _) in zip(f(drawn), drawn, strict=True):
        assert apart(y, ieee.power(x, exponent)) <= 4.0, x


@pytest.mark.parametrize(("name", "low", "high"), [("gelu", -41, -35), ("silu", -765, -700)])
@pytest.mark.parametrize("width", WIDTHS)
def test_vector_tails_of_subnormal_factors(width: int, name: str, low: int, high: int) -> None:
    rng = random.Random(3)
    drawn = [(rng.uniform(low, high),) for _ in range(2000)]
    got = vector_code(name, 1, width, optimise=True)(drawn)
    for y, xs in zip(got, drawn, strict=True):
        assert apart(y, TABLE[name].value(*xs)) <= 4.0, xs


@pytest.mark.parametrize("width", WIDTHS)
def test_vector_logarithms_of_sums_that_cancel(width: int) -> None:
    rng = random.Random(4)
    tops = [math.log(rng.random()) for _ in range(1000)]
    drawn = [(x, math.log1p(-math.exp(x)) + rng.uniform(-1.0, 1.0) ** 9) for x in tops]
    for name in ("logaddexp", "logsumexp"):
        got = vector_code(name, 2, width, optimise=True)(drawn)
        for y, xs in zip(got, drawn, strict=True):
            assert apart(y, TABLE[name].value(*xs)) <= 4.0, xs


@pytest.mark.parametrize("name", [name for name in INSTRUCTIONS if INSTRUCTIONS[name].python])
def test_python_templates_give_the_bits_of_the_value(name: str) -> None:
    row = TABLE[name]
    names = [f"x{k}" for k in range(row.arity or 3)]
    template = INSTRUCTIONS[name].python
    assert template
    f = eval(f"lambda {', '.join(names)}: {template.format(*names)}")
    for xs in points(row, len(names), 200):
        assert bits(f(*xs)) == bits(row.value(*xs)), xs


def test_norms_agree_in_every_last_bit() -> None:
    rng = random.Random(5)
    for arity in (2, 3, 7):
        f = scalar_code("norm", arity, optimise=True)
        for _ in range(20_000):
            size = 2.0 ** rng.choice((0, 1, 20, -300, 700, -1040, 1020))
            xs = [size * rng.uniform(-1.0, 1.0) for _ in range(arity)]
            assert f(*xs) == math.hypot(*xs), xs


@pytest.mark.parametrize(("place", "x"), [(1, 0.5), (0, 2.0), (1, -1.0), (0, 4.0)])
def test_llvm_leaves_powers_to_the_c_library(place: int, x: float) -> None:
    # as a root, as exp2 or as a quotient, a power in a thousand differs in the last bit
    rng = random.Random(6)
    f = scalar_code("pow", 2, optimise=True, constants={place: x})
    for _ in range(20_000):
        xs = [rng.uniform(0.0, 30.0), rng.uniform(0.0, 30.0)]
        xs[place] = x
        assert f(*xs) == ieee.power(*xs), xs
