"""Operation: what the tests know of one row of the table, beside the row itself."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

Exact = Callable[..., Any]  # a function in mpmath
Point = tuple[float, ...]

inf, nan = math.inf, math.nan
EPS = 2.0**-52
LN2, EULER = math.log(2.0), 0.5772156649015329
LARGEST, SMALLEST, NORMAL = 1.7976931348623157e308, 5e-324, 2.2250738585072014e-308
PLACES = [0.0, -0.0, inf, -inf, nan, SMALLEST, -SMALLEST, LARGEST, -LARGEST, NORMAL]

# Tails that many rows share.
SMALL = (1e-20, -1e-20, 1e-9, -1e-9, 3e-4, -3e-4)
WIDE = (*SMALL, 7.3, -7.3, 36.1, -36.1)
LARGE = (*WIDE, 300.3, -300.3, 1e6, -1e6)
POSITIVE = (1e-300, 1e-20, 1e-6, 0.999999999, 1.000000001, 7.3, 1e6, 1e300)
EDGE = (*SMALL, 0.999, -0.999, 1 - 1e-9, 1e-9 - 1, 1 - 2.0**-53, 2.0**-53 - 1)
NEGATIVE = (-0.5, -1.3, -0.999999, -1.000001, -7.7, -30.2)
STEPS = ((1e9, 0.7), (-1e9, 0.7), (5.3, -0.7), (-5.3, -2.0))
LENGTHS = ((1e200, 1e200), (1e-200, 2e-200), (1e-9, -4.0))
NEIGHBOURS = ((1.0, 1.0 + EPS), (1.0, 1.0 - EPS / 2), (-1e300, 1e300), (5e-324, 1e-323))
LOGARITHMS = ((700.1, 700.0), (-700.0, 3.0), (30.3, -7.7))

# Under which heading of docs/conventions.md each kind of point stands.
HEADINGS = {
    "kinks": "Kinks",
    "jumps": "Jumps",
    "ends": "Poles and ends of domains",
    "outside": "Outside the domain",
    "extremes": "Infinity, and what is too large or too small",
    "nans": "nan",
}


class Operation(NamedTuple):
    """What an operation is in other libraries, and what is expected of it at special points.

    Attributes:
        value: its value in mpmath, by a formula that does not cancel.
        partials: its partials likewise: one function per operand, None where there is no derivative
            (nan, or a kink); of any number of operands, one function that returns them all.
        whole: the operands that are whole numbers, so that nobody differentiates there.
        digits: how many digits mpmath takes for derivatives by differences.
        units: the error of the value that is allowed, in units in the last place.
        conditioned: whether the rounding of an operand or an intermediate result may be multiplied
            by the condition number: near zeros of the operation.
        tails: points beyond the domain's box: tails, and close to poles and edges.
        roots: where its value or a partial is zero, or has a pole.
        numpy: NumPy's function, or the operation in terms of NumPy's.
        same_bits: whether NumPy's has the same bits, since it rounds once or not at all.
        at_places: where NumPy has none, the values at `PLACES`.
        kinks, jumps, ends, outside, extremes, nans: `operands = value; partials`, with bars
            between: what is expected, by the rule in docs/conventions.md and by mathematics. A dash
            stands for the partial of a whole number.
        why: the reason for that where another library differs, by the operands, or as "" for all.
    """

    value: Exact
    partials: Sequence[Exact | None] | Exact
    whole: Sequence[int] = ()
    digits: int = 700
    units: float = 4.0
    conditioned: bool = False
    tails: Sequence[float | Point] = ()
    roots: Sequence[float] = ()
    numpy: Callable[..., Any] | None = None
    same_bits: bool = False
    at_places: Sequence[float] = ()
    kinks: str = ""
    jumps: str = ""
    ends: str = ""
    outside: str = ""
    extremes: str = ""
    nans: str = ""
    why: dict[str, str] = {}  # noqa: RUF012 (a default of a NamedTuple, which nobody changes)

    def partial_list(self, xs: Sequence[Any]) -> list[Any]:
        """Return all partials at a point in mpmath; None where there is none."""
        if callable(self.partials):
            return list(self.partials(*xs))
        return [partial and partial(*xs) for partial in self.partials]

    def has_partial(self, operand: int) -> bool:
        return callable(self.partials) or self.partials[operand] is not None

    def expectations(self, kind: str) -> Iterator[tuple[Point, list[Any]]]:
        """Yield each point of a kind with its value and partials."""
        for text in filter(None, getattr(self, kind).split(" | ")):
            operands, _, answer = text.partition(" = ")
            point = tuple(map(float, operands.split(", ")))
            yield point, [x if x == "–" else float(x) for x in answer.replace(";", ",").split(", ")]
