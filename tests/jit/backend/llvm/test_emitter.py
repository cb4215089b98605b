"""The text of LLVM's instructions, and what it computes."""

import ctypes
import math
import random
from collections.abc import Callable, Sequence

import pytest

pytest.importorskip("llvmlite")

from autograd_lite.jit.backend.llvm.emitter import Emitter
from autograd_lite.jit.backend.llvm.engine import load, vector_width
from tests.support.cases import loop_over

WIDTHS = [w for w in (1, 2, 4, 8) if w <= vector_width()]
OPTIMISED = [False, True]

Body = Callable[..., str]


def compiled(
    width: int, body: Body, arity: int, *, optimise: bool
) -> Callable[..., Sequence[float]]:
    """The body as a function of lists of `width` numbers."""
    e = Emitter(width)
    xs = [e.assign(f"load {e.type}, ptr %x{k}, align 8") for k in range(arity)]
    e.write(f"store {e.type} {e.as_number(body(e, *xs))}, ptr %y, align 8")
    head = f"define void @f(ptr %y{''.join(f', ptr %x{k}' for k in range(arity))}) {{"
    code = load(
        "\n".join([head, *e.take_lines(), "ret void", "}", e.write_declarations()]), optimise
    )
    f = ctypes.PYFUNCTYPE(None, *[ctypes.c_void_p] * (arity + 1))(code.address("f"))
    vector = ctypes.c_double * width

    def run(*columns: Sequence[float]) -> list[float]:
        result, operands = vector(), [vector(*column) for column in columns]
        f(result, *operands)
        return list(result)

    run.code = code  # type: ignore[attr-defined]
    return run


def numbers(width: int, first: float) -> list[float]:
    return [first + 0.75 * k for k in range(width)]


def test_names_of_truths_start_with_c_and_others_do_not() -> None:
    e = Emitter()
    assert e.is_predicate(e.lt("%x", "%y")) and e.is_predicate(e.and_("%x", "%y"))
    assert e.is_predicate(e.new_predicate_name()) and e.is_predicate(e.as_predicate("%x"))
    assert not e.is_predicate(e.add("%x", "%y")) and not e.is_predicate(e.new_name())
    assert not e.is_predicate(e.const(1.0)) and not e.is_predicate(e.as_number(e.lt("%x", "%y")))
    assert e.is_constant(e.const(1.0)) and not e.is_constant("%x")
    assert len({e.new_name(), e.new_predicate_name()[0] + "t" + e.new_predicate_name()[2:]}) == 2


@loop_over("x", [0.1, -0.0, 5e-324, math.inf, -math.inf, math.pi, -1e308])
@loop_over("width", WIDTHS)
def test_constants_are_exact(width: int, x: float) -> None:
    f = compiled(
        width, lambda e, y: e.intrinsic("copysign", e.const(x), e.const(x)), 1, optimise=False
    )
    assert f([0.0] * width) == [x] * width
    assert math.copysign(1.0, f([0.0] * width)[0]) == math.copysign(1.0, x)


def test_a_line_is_one_instruction_and_begin_takes_the_lines_out() -> None:
    e = Emitter()
    e.write("entry:")
    x = e.mul(e.add("%x", "%y"), e.const(2.0))
    assert e.take_lines() == [
        "entry:",
        "%t1 = fadd double %x, %y",
        "%t2 = fmul double %t1, 0x4000000000000000",
    ]
    assert x == "%t2" and e.lines == [] and e.neg("%x") == "%t3"


def test_declarations_are_written_once() -> None:
    e = Emitter()
    for _ in range(3):
        e.libm("exp", e.intrinsic("sqrt", "%x"))
    assert e.write_declarations().count("declare") == 2


@loop_over("optimise", OPTIMISED)
@loop_over("width", WIDTHS)
def test_truths_are_numbers_and_numbers_are_truths(width: int, optimise: bool) -> None:
    def body(e: Emitter, x: str, y: str) -> str:
        less = e.lt(x, y)
        chosen = e.select(x, less, e.const(5.0))  # x as a truth, less as a number
        both, either = e.and_(x, less), e.or_(e.not_(x), e.not_(less))
        total = e.add(e.mul(chosen, e.const(100.0)), e.mul(both, e.const(10.0)))
        return e.add(total, either)

    f = compiled(width, body, 2, optimise=optimise)
    for x, y in [(0.0, 1.0), (1.0, 2.0), (2.0, 1.0), (-0.0, 1.0), (math.nan, 1.0)]:
        chosen = float(x < y) if x else 5.0
        expected = 100.0 * chosen + 10.0 * bool(x and x < y) + (not x or not x < y)
        assert f([x] * width, [y] * width) == [expected] * width


@pytest.mark.parametrize("width", WIDTHS)
def test_products_are_rounded_before_they_are_added(width: int) -> None:
    f = compiled(width, lambda e, x, y, z: e.add(e.mul(x, y), z), 3, optimise=True)
    fused = compiled(width, lambda e, x, y, z: e.intrinsic("fma", x, y, z), 3, optimise=True)
    x = 1.0 + 2.0**-30
    assert f([x] * width, [x] * width, [-1.0 - 2.0**-29] * width) == [0.0] * width
    assert fused([x] * width, [x] * width, [-1.0 - 2.0**-29] * width) == [2.0**-60] * width


@loop_over("optimise", OPTIMISED)
@loop_over("width", WIDTHS)
def test_a_defined_function_is_written_once(width: int, optimise: bool) -> None:
    def root(e: Emitter, x: str, y: str) -> str:
        return e.define("root", lambda e, x: e.intrinsic("sqrt", x), e.mul(x, y))

    def body(e: Emitter, x: str, y: str) -> str:
        return e.define("twice", lambda e, x, y: e.add(root(e, x, y), root(e, y, y)), x, y)

    f = compiled(width, body, 2, optimise=optimise)
    xs, ys = numbers(width, 0.5), numbers(width, 3.0)
    expected = [math.sqrt(x * y) + math.sqrt(y * y) for x, y in zip(xs, ys, strict=True)]
    assert f(xs, ys) == expected
    assert f.code.ir.count("define internal") == 2  # type: ignore[attr-defined]


@loop_over("optimise", OPTIMISED)
@loop_over("width", WIDTHS)
def test_a_callback_is_called_once_a_lane_in_order(width: int, optimise: bool) -> None:
    seen = []

    def called(x: float, y: float) -> float:
        seen.append((x, y))
        return 10.0 * x - y

    callback = ctypes.PYFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_double)(called)
    address = ctypes.cast(callback, ctypes.c_void_p).value
    callee = f"inttoptr (i64 {address} to ptr)"
    f = compiled(width, lambda e, x, y: e.call(callee, x, y), 2, optimise=optimise)
    xs, ys = numbers(width, 0.5), numbers(width, 3.0)
    assert f(xs, ys) == [10.0 * x - y for x, y in zip(xs, ys, strict=True)]
    assert seen == list(zip(xs, ys, strict=True))


@pytest.mark.parametrize("width", WIDTHS)
def test_libm_without_a_vector_version_goes_lane_by_lane(width: int) -> None:
    f = compiled(width, lambda e, x, y: e.libm("fmod", x, y), 2, optimise=True)
    rng = random.Random(1)
    xs, ys = ([rng.uniform(-9.0, 9.0) for _ in range(width)] for _ in range(2))
    assert f(xs, ys) == [math.fmod(x, y) for x, y in zip(xs, ys, strict=True)]
