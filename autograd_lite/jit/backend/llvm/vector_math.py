"""What vector code computes otherwise than scalar code: an exponential without a call, powers by
roots and products, and scalar code where a vector's rounding would show.
"""

import math
from collections.abc import Callable

from .emitter import Emitter

Body = Callable[..., str]


def exp(e: Emitter, x: str) -> str:
    """The exponential: libm's of a double; of a vector a polynomial, right to 1 unit."""
    if e.width == 1 or not e.fused:
        return e.libm("exp", x)
    return e.define("vector.exp", _exp, x)


def _exp(e: Emitter, x: str) -> str:
    # exp(x) = 2**n * exp(r) with n whole and |r| <= ln(2) / 2; beyond the bounds it is inf or 0
    x = e.select(e.gt(x, e.const(710.0)), e.const(710.0), x)
    x = e.select(e.lt(x, e.const(-746.0)), e.const(-746.0), x)
    # added to this number, a fraction is rounded away and n stands in the last bits
    shift = e.const(1.5 * 2.0**52)
    shifted = e.intrinsic("fma", x, e.const(1.0 / math.log(2.0)), shift)
    n = e.sub(shifted, shift)
    high, low = math.log(2.0), 2.3190468138462996e-17  # their sum is ln(2) to 107 bits
    r = e.intrinsic("fma", n, e.const(-high), x)
    r = e.intrinsic("fma", n, e.const(-low), r)
    square = e.mul(r, r)
    even, odd = (
        _write_polynomial(e, square, [1.0 / math.factorial(k) for k in range(first, 14, 2)])
        for first in (2, 3)
    )
    rest = e.intrinsic("fma", square, e.intrinsic("fma", odd, r, even), r)
    return _scale(e, e.add(e.const(1.0), rest), shifted)


def _scale(e: Emitter, x: str, shifted: str) -> str:
    """x * 2.0**n for the whole number n in `shifted = 1.5 * 2**52 + n`; |n| < 2000."""
    kind = integer(e)
    bits = e.assign(f"bitcast {e.type} {shifted} to {kind}")
    n = e.assign(f"sub {kind} {bits}, {integer(e, 0x4338 << 48)}")
    half = e.assign(f"ashr {kind} {n}, {integer(e, 1)}")
    # in two steps, for 2.0**n alone can overflow where the product does not
    for k in (half, e.assign(f"sub {kind} {n}, {half}")):
        exponent = e.assign(f"add {kind} {k}, {integer(e, 1023)}")
        power = e.assign(f"shl {kind} {exponent}, {integer(e, 52)}")
        x = e.mul(x, e.assign(f"bitcast {kind} {power} to {e.type}"))
    return x


def integer(e: Emitter, n: int | None = None) -> str:
    """The type of whole numbers as wide as the emitter's numbers, or one of them: a constant."""
    if n is None:
        return "i64" if e.width == 1 else f"<{e.width} x i64>"
    return f"{n}" if e.width == 1 else "<" + ", ".join([f"i64 {n}"] * e.width) + ">"


def _write_polynomial(e: Emitter, x: str, coefficients: list[float]) -> str:
    total = e.const(coefficients[-1])
    for c in coefficients[-2::-1]:
        total = e.intrinsic("fma", total, x, e.const(c))
    return total


def _root(e: Emitter, x: str) -> str:
    """pow(x, 0.5): 0.0 of -0.0, and inf of -inf."""
    root = e.intrinsic("sqrt", e.add(x, e.const(0.0)))
    return e.select(e.eq(x, e.const(-math.inf)), e.const(math.inf), root)


# Powers by a few exact operations, each right to 2 units.
POWERS: dict[float, Body] = {
    -1.0: lambda e, x: e.div(e.const(1.0), x),
    -0.5: lambda e, x: e.div(e.const(1.0), _root(e, x)),
    0.5: _root,
    3.0: lambda e, x: e.mul(e.mul(x, x), x),
}


def make_careful(name: str, body: Body, doubtful: Body) -> Body:
    """`body`, but scalar code does a vector of which a number is `doubtful(emitter, result, *xs)`.

    A result near 0 that large numbers cancelled to shows the rounding of every step before: there
    only scalar code, step by step as Python does it, comes within a few units of Python's number.
    """

    def written(e: Emitter, *xs: str) -> str:
        result = body(e, *xs)
        if e.width == 1:
            return result
        return _replace_doubtful(
            e, doubtful(e, result, *xs), result, lambda: _call_lanes(e, name, body, *xs)
        )

    return written


def _call_lanes(e: Emitter, name: str, body: Body, *xs: str) -> str:
    """What scalar code of `body` gives for each lane."""
    scalar = Emitter()
    scalar.declarations = e.declarations
    scalar.define(name, body, *[scalar.const(0.0) for _ in xs])
    return e.call(f"@{name}", *xs)


def _replace_doubtful(e: Emitter, doubtful: str, x: str, better: Callable[[], str]) -> str:
    """x, or what `better` writes where a lane is doubtful; in a function of its own only."""
    n = e.new_name()[1:]
    callee = f"@llvm.vector.reduce.or.v{e.width}i1"
    e.declarations[callee] = f"declare i1 {callee}({e.predicate_type})"
    e.write(f"br label %fast.{n}")
    e.write(f"fast.{n}:")
    some = e.assign_predicate(f"call i1 {callee}({e.predicate_type} {doubtful})")
    e.write(f"br i1 {some}, label %slow.{n}, label %done.{n}")
    e.write(f"slow.{n}:")
    slow = better()
    e.write(f"br label %done.{n}")
    e.write(f"done.{n}:")
    return e.assign(f"phi {e.type} [ {x}, %fast.{n} ], [ {slow}, %slow.{n} ]")
