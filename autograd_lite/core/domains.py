"""Domain: where an operation is defined; and the domains that the rows of the table have."""

import math
from collections.abc import Callable

from . import ieee, special


class Domain:
    """Where an operation is defined.

    Arguments:
        text: the condition in words, for warnings and the documentation, such as `"x > 0"`.
        contains: the same as a predicate on the operands, which are not nan.
        box: one (low, high) per operand: a range inside the domain from which tests draw points.
    """

    __slots__ = ("box", "contains", "text")

    def __init__(self, text: str, contains: Callable[..., bool], *box: tuple[float, float]) -> None:
        self.text = text
        self.contains = contains
        self.box = box


def _accept(*operands: float) -> bool:
    return True


# fmt: off
# of one operand
REAL     = Domain("any real number", math.isfinite, (-3.0, 3.0))
ANGLE    = Domain("any real number", math.isfinite, (-1.2, 1.2))  # between two poles of the tangent
ANY      = Domain("any real number", _accept, (-3.0, 3.0))
POSITIVE = Domain("x > 0", lambda x: x > 0.0, (0.1, 4.0))
NONNEG   = Domain("x >= 0", lambda x: x >= 0.0, (0.1, 4.0))
NONZERO  = Domain("x != 0", lambda x: x != 0.0, (0.2, 3.0))
UNIT     = Domain("-1 <= x <= 1", lambda x: -1.0 <= x <= 1.0, (-0.9, 0.9))
INSIDE   = Domain("-1 < x < 1", lambda x: -1.0 < x < 1.0, (-0.9, 0.9))
OVER_ONE = Domain("x >= 1", lambda x: x >= 1.0, (1.1, 4.0))
OVER_M1  = Domain("x > -1", lambda x: x > -1.0, (-0.8, 3.0))
GAMMA    = Domain("x not 0, -1, -2, ...", special.gamma_defined, (0.2, 4.0))

# of several
PAIR     = Domain("any two real numbers", _accept, (-3.0, 3.0), (-3.0, 3.0))
POWER    = Domain("x > 0, or x = 0 and y >= 0, or x < 0 and y whole", ieee.pow_defined,
                  (0.2, 3.0), (-2.0, 2.0))
DIVISOR  = Domain("y != 0", lambda x, y: y != 0.0, (-3.0, 3.0), (0.3, 3.0))
STEPS    = Domain("x finite and y != 0", lambda x, y: math.isfinite(x) and y != 0.0,
                  (-3.0, 3.0), (0.3, 3.0))
XLOGY    = Domain("y > 0, or x = 0", lambda x, y: y > 0.0 or x == 0.0, (-3.0, 3.0), (0.2, 3.0))
DIGITS   = Domain("n a whole number", lambda x, n: n.is_integer(), (-3.0, 3.0), (2.0, 2.0))
ORDER    = Domain("n = 0, 1, 2, ... and x not 0, -1, -2, ...",
                  lambda n, x: n >= 0.0 and n.is_integer() and special.gamma_defined(x),
                  (1.0, 1.0), (0.2, 4.0))
TRIPLE   = Domain("any three real numbers", _accept, (-3.0, 3.0), (-3.0, 3.0), (-3.0, 3.0))
CHOICE   = Domain("any three real numbers", _accept, (0.0, 1.0), (-3.0, 3.0), (-3.0, 3.0))
BOUNDS   = Domain("low <= high", _accept, (-3.0, 3.0), (-2.0, -1.0), (1.0, 2.0))
MANY     = Domain("any real numbers", _accept, (-2.0, 2.0))
# fmt: on
