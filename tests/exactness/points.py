"""Points of a row's whole domain: of every size, beside zeros and poles, about to overflow."""

import math
import random
import struct
from collections.abc import Sequence

from autograd_lite.core.table import Primitive
from tests.operations import OPERATIONS

Point = tuple[float, ...]

HALF_PI = math.pi / 2
SPECIAL = (0.0, 0.5, 1.0, 2.0, 3.0, 5.5, 18.4, 19.06, 22.0, 26.6, 27.2, 36.7, 37.5, 38.5, 709.78)
SPECIAL += (708.4, 745.1, 1022.0, 1074.0, math.e, 1.0 / math.e, 4.5, 12.0, 20.0)


def near(draw: random.Random, x: float) -> float:
    """A number beside x: some units in the last place away, or up to as far as x is from 0."""
    if x == 0.0:
        return draw.choice((1.0, -1.0)) * 10.0 ** draw.uniform(-25.0, 0.0)
    if draw.random() < 0.3:
        return x + draw.randint(-3, 3) * math.ulp(x)
    return x * (1.0 + draw.choice((1.0, -1.0)) * 2.0 ** draw.uniform(-53.0, -1.0))


def number(draw: random.Random, box: tuple[float, float], roots: Sequence[float]) -> float:
    """One operand, of any size and kind."""
    kind, sign = draw.randrange(13), draw.choice((1.0, -1.0))
    if kind == 0:
        return float(struct.unpack("<d", draw.randbytes(8))[0])
    if kind == 1:
        return sign * draw.random() * 2.0 ** draw.uniform(-1074.0, -1015.0)
    if kind == 2:
        return sign * math.exp(draw.uniform(-745.0, 709.78))
    if kind in (3, 4):
        return draw.uniform(*draw.choice([(-4, 4), (-40, 40), (-800, 800)]))
    if kind == 5:
        return sign * 10.0 ** draw.uniform(-20.0, 3.0)
    if kind == 6:
        return near(draw, sign * draw.choice(SPECIAL))
    if kind == 7:
        return near(draw, float(round(draw.uniform(-12.0, 12.0))))
    if kind == 8:
        return near(draw, HALF_PI * draw.randint(-40, 40))
    if kind in (9, 10) and roots:
        return near(draw, float(draw.choice(roots)))
    return draw.uniform(*box)


def related(name: str, draw: random.Random, x: float, y: float) -> Point:
    """Operands that belong together: a power about to overflow, sums about to cancel."""
    if name == "pow":
        x = draw.choice((abs(x) or 1.0, 1.0 + draw.uniform(-1, 1) * 2.0 ** draw.uniform(-52, -1)))
        size = draw.choice((-1, 1)) * 10.0 ** draw.uniform(-18, 2.87)
        return (x, size / math.log(x) if 0.0 < x < math.inf and x != 1.0 else y)
    if name in ("logaddexp", "logsumexp"):
        x = draw.choice((math.log(draw.random() or 0.5), -(10.0 ** draw.uniform(-17, -1))))
        y = math.log(-math.expm1(x)) + draw.choice((0.0, 1.0)) * draw.uniform(-1, 1) ** 9
        return draw.choice(((x, y), (y, x)))
    if name == "fma":
        return (x, y, -x * y * (1.0 + draw.choice((0.0, 2.0 ** draw.uniform(-53, -1)))))
    return (x, near(draw, draw.choice((x, -x))))


def points(row: Primitive, count: int, seed: int = 0) -> list[Point]:
    """`count` points of the row's domain, the same for the same seed."""
    draw = random.Random(f"{row.name} {seed}")
    found: list[Point] = []
    roots = OPERATIONS[row.name].roots if row.name in OPERATIONS else ()
    boxes = row.domain.box
    while len(found) < count:
        many = boxes * draw.choice((2, 4, 6) if row.name == "dot" else (1, 2, 3, 6))
        xs = [number(draw, box, roots) for box in (boxes if row.arity else many)]
        if len(xs) > 1 and draw.random() < 0.25:
            for k, x in enumerate(related(row.name, draw, xs[0], xs[1])[: len(xs)]):
                xs[k] = x
        if row.arity is None and draw.random() < 0.5:
            scale = draw.choice((1.0, 2.0 ** draw.randint(-1000, 1000)))
            xs = [scale * draw.uniform(*boxes[0]) for _ in xs]
        if row.name == "polygamma":
            xs[0] = float(draw.randint(0, 6))
        if row.name == "round_to":
            xs[1] = float(draw.randint(-4, 12))
        if row.name == "where":
            xs[0] = float(draw.randint(0, 1))
        if row.name == "clip":
            xs[1:] = sorted(xs[1:])
        if suits(row, xs):
            found.append(tuple(xs))
    return found


def spills(name: str, xs: Sequence[float]) -> bool:
    """Whether a step of a chain of operations leaves the range of doubles with all digits."""
    if name == "div":
        return xs[0] != 0.0 and math.log2(abs(xs[0])) - math.log2(abs(xs[1])) < -1000.0
    if name == "prod":
        sizes = [math.log2(abs(x)) if x else 0.0 for x in xs]
        return (
            sum(x for x in sizes if x > 0.0) > 1000.0 or sum(x for x in sizes if x < 0.0) < -1000.0
        )
    half = len(xs) // 2
    if name == "dot":
        pairs = [(x, y) for x, y in zip(xs[:half], xs[half:], strict=True) if x and y]
        return any(abs(math.log2(abs(x)) + math.log2(abs(y))) > 1000.0 for x, y in pairs)
    return name in ("sum", "mean") and any(abs(x) > 1e300 for x in xs)


def suits(row: Primitive, xs: Sequence[float]) -> bool:
    """Whether the row is defined and smooth there."""
    if not all(map(math.isfinite, xs)) or not row.domain.contains(*xs):
        return False
    if spills(row.name, xs):
        return False
    if row.name == "clip":
        return len({x + 0.0 for x in xs}) == 3
    if row.arity == 1 and abs(xs[0]) == 1.0 and row.name in ("asin", "acos", "acosh"):
        return False
    if row.name == "polygamma" and xs[0] > 0.0 and xs[1] < -1e15:
        return False
    return 0.0 not in xs if row.note and not row.logical else True
