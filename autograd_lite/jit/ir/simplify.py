"""What an operation is equal to, bit for bit: rules for the tape and for the program.

A rule takes the tape and the operands' slots, and returns the slot of something equal, or None.
None of them changes a bit of any result, of the zeros' signs and of the infinities neither.
"""

import math
from collections.abc import Callable
from typing import Any

from ...core import table as p
from ...core.table import Primitive
from ..record.tape import Tape

Rule = Callable[..., int | None]


def fold(tape: Tape, primitive: Primitive, operands: tuple[int, ...]) -> int | None:
    """The constant that an operation on constants gives; a user's own is called each time."""
    for s in operands:
        if s >= 0:
            return None
    if not primitive.is_row:
        return None
    return tape.constant(float(primitive.value(*[tape.constants[~s] for s in operands])))


def _is(tape: Tape, slot: int, number: float) -> bool:
    """Whether the slot is this constant, its sign included."""
    if slot >= 0:
        return False
    x = tape.constants[~slot]
    return x == number and math.copysign(1.0, x) == math.copysign(1.0, number)


def _mul(tape: Tape, x: int, y: int) -> int | None:
    if _is(tape, x, 1.0):
        return y
    return x if _is(tape, y, 1.0) else None


def _add(tape: Tape, x: int, y: int) -> int | None:
    # -0.0 is the neutral element of addition: 0.0 would turn a -0.0 into 0.0
    if _is(tape, x, -0.0):
        return y
    return x if _is(tape, y, -0.0) else None


def _sub(tape: Tape, x: int, y: int) -> int | None:
    return x if _is(tape, y, 0.0) else None


def _div(tape: Tape, x: int, y: int) -> int | None:
    return x if _is(tape, y, 1.0) else None


def _where(tape: Tape, c: int, x: int, y: int) -> int | None:
    if x == y:
        return x
    if c < 0:
        return x if tape.constants[~c] else y
    return None


def _and(tape: Tape, x: int, y: int) -> int | None:
    for a, b in ((x, y), (y, x)):
        if a < 0:
            return _as_predicate(tape, b) if tape.constants[~a] else tape.constant(0.0)
    return _as_predicate(tape, x) if x == y else None


def _or(tape: Tape, x: int, y: int) -> int | None:
    for a, b in ((x, y), (y, x)):
        if a < 0:
            return tape.constant(1.0) if tape.constants[~a] else _as_predicate(tape, b)
        if _implies(tape, a, b):
            return b
    return _as_predicate(tape, x) if x == y else None


def _get_operation(tape: Tape, slot: int) -> tuple[Any, tuple[int, ...]]:
    return tape.code[slot - tape.inputs] if slot >= tape.inputs else (None, ())


def _implies(tape: Tape, x: int, y: int) -> bool:
    """Whether y is `not a <= b` where x is `a > b`: they differ where a number is nan."""
    outer, inner = _get_operation(tape, y)
    if outer is not p.not_:
        return False
    (one, a), (other, b) = _get_operation(tape, x), _get_operation(tape, inner[0])
    return a == b and (one, other) in ((p.gt, p.le), (p.lt, p.ge), (p.ge, p.lt), (p.le, p.gt))


def _as_predicate(tape: Tape, x: int) -> int | None:
    """x itself where it is 0.0 or 1.0 already."""
    return x if x >= tape.inputs and tape.code[x - tape.inputs][0].logical else None


def _ne(tape: Tape, x: int, y: int) -> int | None:
    """A choice between constants compared with a constant is a truth about the condition."""
    if x < tape.inputs or y >= 0:
        return None
    primitive, operands = tape.code[x - tape.inputs]
    if primitive is not p.where or operands[1] >= 0:
        return None
    c, a, b = operands
    first = tape.constants[~a] != tape.constants[~y]
    if b < 0:
        second = tape.constants[~b] != tape.constants[~y]
        if first == second:
            return tape.constant(1.0 if first else 0.0)
        return _as_predicate(tape, c) if first else tape.add(p.not_, (c,))
    rest = tape.add(p.ne, (b, y))
    return tape.add(p.or_, (c, rest)) if first else None


# Rules that keep the derivative's rounding too: they hold for a tape that is still to be
# differentiated.
RULES: dict[Primitive, Rule] = {
    p.mul: _mul,
    p.add: _add,
    p.sub: _sub,
    p.div: _div,
    p.where: _where,
    p.and_: _and,
    p.or_: _or,
    p.ne: _ne,
}


# Rules that can apply where no operand is a constant.
EQUAL_OPERANDS = frozenset([p.where, p.and_, p.or_])


def _alias(tape: Tape, x: int) -> int:
    return x


def _final_mul(tape: Tape, x: int, y: int) -> int | None:
    """A slope that is 1, or else nan, times y."""
    for a, b in ((x, y), (y, x)):
        primitive, operands = _get_operation(tape, a)
        if primitive is p.where and _is(tape, operands[1], 1.0) and operands[2] < 0:
            rest = tape.constants[~operands[2]]
            if rest != rest:
                return tape.add(p.where, (operands[0], b, operands[2]))
    return _mul(tape, x, y)


def _final_where(tape: Tape, c: int, x: int, y: int) -> int | None:
    found = _where(tape, c, x, y)
    if found is not None:
        return found
    primitive, operands = _get_operation(tape, c)
    if primitive is p.not_:
        return tape.add(p.where, (operands[0], y, x))
    a, b = _assume(tape, x, c, True, 3), _assume(tape, y, c, False, 3)
    return None if (a, b) == (x, y) else tape.add(p.where, (c, a, b))


def _assume(tape: Tape, x: int, c: int, truth: bool, depth: int) -> int:
    """x where c is known to be true or false: choices by c, and products with them, are decided.

    Not at any depth: a choice may be nested in as many as there were steps in a loop.
    """
    primitive, operands = _get_operation(tape, x)
    if depth == 0:
        return x
    if primitive is p.where and operands[0] == c:
        return operands[1] if truth else operands[2]
    if primitive is p.where:
        condition, a, b = operands
        below = depth - 1
        own = (condition, _assume(tape, a, c, truth, below), _assume(tape, b, c, truth, below))
        return x if own == operands else tape.add(p.where, own)
    if primitive is p.mul:
        own_product = tuple(
            [
                _assume(tape, s, c, truth, depth - 1)
                if _get_operation(tape, s)[0] is p.where
                else s
                for s in operands
            ]
        )
        return x if own_product == operands else tape.add(p.mul, own_product)
    return x


def _square(tape: Tape, x: int) -> int:
    return tape.add(p.mul, (x, x))


def _pow(tape: Tape, x: int, y: int) -> int | None:
    if y >= 0:
        return None
    exponent = tape.constants[~y]
    if exponent == 2.0:
        return tape.add(p.mul, (x, x))
    if exponent == 1.0:
        return x
    return tape.constant(1.0) if exponent == 0.0 else None


def _sum(tape: Tape, *xs: int) -> int:
    total = tape.constant(0.0)
    for x in xs:
        total = tape.add(p.add, (total, x))
    return total


def _mean(tape: Tape, *xs: int) -> int:
    return tape.add(p.div, (_sum(tape, *xs), tape.constant(float(len(xs)))))


def _prod(tape: Tape, *xs: int) -> int:
    total = tape.constant(1.0)
    for x in xs:
        total = tape.add(p.mul, (total, x))
    return total


def _dot(tape: Tape, *xs: int) -> int:
    half = len(xs) // 2
    return _sum(tape, *[tape.add(p.mul, (x, y)) for x, y in zip(xs[:half], xs[half:], strict=True)])


def _not(tape: Tape, x: int) -> int | None:
    """not(not x) of a truth x."""
    if x < tape.inputs or tape.code[x - tape.inputs][0] is not p.not_:
        return None
    return _as_predicate(tape, tape.code[x - tape.inputs][1][0])


# Rules for a program, which is only run: every operation spelt by simpler ones.
FINAL_RULES: dict[Primitive, Rule] = {
    **RULES,
    p.mul: _final_mul,
    p.where: _final_where,
    p.identity: _alias,
    p.stop_gradient: _alias,
    p.square: _square,
    p.pow: _pow,
    p.sum_: _sum,
    p.mean: _mean,
    p.prod: _prod,
    p.dot: _dot,
    p.not_: _not,
}

# Operations that a rule may spell otherwise whatever their operands are.
ALWAYS = frozenset([p.identity, p.stop_gradient, p.square, p.sum_, p.mean, p.prod, p.dot, p.not_])
ALWAYS |= EQUAL_OPERANDS
