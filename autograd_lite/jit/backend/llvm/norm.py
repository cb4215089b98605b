"""CPython's `math.hypot` in LLVM's text, bit for bit: its own algorithm, not the C library's."""

import math
import sys

from .emitter import Emitter
from .vector_math import integer

_Sums = tuple[str, str, str, str]


def _fast_two_sum(e: Emitter, total: str, x: str) -> tuple[str, str]:
    """The sum, and what its rounding lost; the total is the larger."""
    result = e.add(total, x)
    return result, e.add(e.sub(total, result), x)


def _add_square(e: Emitter, sums: _Sums, x: str, y: str) -> _Sums:
    """As CPython's `vector_norm` adds a square from 3.12 on: (sum, errors of each kind)."""
    total, products, rounding, rest = sums
    product = e.mul(x, y)
    lost = e.intrinsic("fma", x, y, e.neg(product))
    total, error = _fast_two_sum(e, total, product)
    return total, e.add(products, lost), e.add(rounding, error), rest


def _add_square_in_halves(e: Emitter, sums: _Sums, x: str, y: str) -> _Sums:
    """The same in 3.11: y, which is x or -x, is split into halves whose products are exact."""
    total, first, second, third = sums
    wide = e.mul(y, e.const(2.0**27 + 1.0))
    high = e.sub(wide, e.sub(wide, y))
    low = e.sub(y, high)
    sign = e.const(1.0) if x == y else e.const(-1.0)
    total, error = _fast_two_sum(e, total, e.mul(e.mul(sign, high), high))
    first = e.add(first, error)
    total, error = _fast_two_sum(e, total, e.mul(e.mul(e.add(sign, sign), high), low))
    second = e.add(second, error)
    last = e.mul(e.mul(sign, low), low)
    if x != y:
        total, last = _fast_two_sum(e, total, last)
    return total, first, second, e.add(third, last)


def norm(e: Emitter, *xs: str) -> str:
    """CPython's `math.hypot`: squares scaled, and summed with what rounding loses."""
    zero, one, inf = e.const(0.0), e.const(1.0), e.const(math.inf)
    plus = _add_square if sys.version_info >= (3, 12) or e.width > 1 else _add_square_in_halves
    magnitudes = [e.intrinsic("fabs", x) for x in xs]
    top = zero
    for x in magnitudes:
        top = e.select(e.gt(x, top), x, top)
    if len(xs) == 1:
        return magnitudes[0]
    # Scales are powers of two, which round nothing; in two steps, for one could overflow.
    huge, tiny = e.gt(top, e.const(2.0**500)), e.lt(top, e.const(2.0**-500))
    near = e.select(huge, e.const(2.0**-600), e.select(tiny, e.const(2.0**600), one))
    far = e.select(huge, e.const(2.0**600), e.select(tiny, e.const(2.0**-600), one))
    up, down = _compute_powers_of_two(e, e.mul(top, near))
    sums: _Sums = (one, zero, zero, zero)
    for x in magnitudes:
        scaled = e.mul(e.mul(x, near), down)
        sums = plus(e, sums, scaled, scaled)
    length = e.intrinsic("sqrt", _subtract_one(e, sums))
    if e.width == 1:  # vectors are right to the last place without the correction
        rest = _subtract_one(e, plus(e, sums, e.neg(length), length))
        better = e.add(length, e.div(rest, e.mul(e.const(2.0), length)))
        length = e.select(e.eq(length, zero), zero, better)
    return e.select(e.eq(top, inf), inf, e.mul(e.mul(length, up), far))


def _subtract_one(e: Emitter, sums: _Sums) -> str:
    total, first, second, third = sums
    return e.add(e.sub(total, e.const(1.0)), e.add(e.add(first, second), third))


def _compute_powers_of_two(e: Emitter, x: str) -> tuple[str, str]:
    """2.0**k and 2.0**-k with x = m * 2**k, 1/2 <= m < 1, of a positive normal number."""
    of, kind = e.type, integer(e)
    bits = e.assign(f"bitcast {of} {x} to {kind}")
    exponent = e.assign(f"and {kind} {bits}, {integer(e, 0x7FF << 52)}")
    up = e.assign(f"add {kind} {exponent}, {integer(e, 1 << 52)}")
    down = e.assign(f"sub {kind} {integer(e, 2045 << 52)}, {exponent}")
    return e.assign(f"bitcast {kind} {up} to {of}"), e.assign(f"bitcast {kind} {down} to {of}")
