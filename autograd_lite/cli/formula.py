"""A formula and the point at which to differentiate it, as the command line gives them."""

import keyword
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .._util.text import shown
from .expressions import CONSTANTS, FUNCTIONS, Expression, ExpressionError, nearest, parse


class UsageError(ValueError):
    """The command was called wrongly; the text says what to do."""


@dataclass(frozen=True)
class Formula:
    """An expression with a number for each of its variables, and maybe for others."""

    expression: Expression
    point: dict[str, float]

    @classmethod
    def read(cls, text: str, assignments: Sequence[str]) -> "Formula":
        """Read both from text.

        Raises:
            ExpressionError: the expression or a number is wrong, or a variable has no number.
            UsageError: what should be NAME=NUMBER is not.
        """
        expression = parse(_standard_input() if text == "-" else text)
        point: dict[str, float] = {}
        for assignment in assignments:
            name, number = _assigned(assignment)
            if name in point:
                raise UsageError(f"{shown(name)} is given twice")
            point[name] = number
        for name, column in expression.names.items():
            if name not in point:
                raise ExpressionError(_missing(name, point), expression.text, column)
        return cls(expression, point)

    @property
    def names(self) -> list[str]:
        """The variables, in the order in which they were given."""
        return list(self.point)

    @property
    def unused(self) -> list[str]:
        """The variables that the expression does not name."""
        return [name for name in self.point if name not in self.expression.names]

    def at(self, numbers: Sequence[Any]) -> Any:
        """The expression at other numbers or Values, in the order of `names`."""
        return self.expression(dict(zip(self.point, numbers, strict=True)))


def _standard_input() -> str:
    if sys.stdin is None:
        raise UsageError("there is no standard input to read the expression from")
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise UsageError(f"the standard input is not {error.encoding} text") from None


def _assigned(text: str) -> tuple[str, float]:
    """`x=pi/2` as ("x", 1.57...)."""
    import unicodedata

    left, sign, right = text.partition("=")
    # Python's parser writes the names of an expression in this form
    name = unicodedata.normalize("NFKC", left.strip())
    if not sign or not name.isidentifier() or keyword.iskeyword(name):
        raise UsageError(f"{shown(text)!r} is not NAME=NUMBER, such as x=2")
    if name in CONSTANTS:
        raise UsageError(f"{name} is a constant, {CONSTANTS[name]!r}: take another name")
    start = len(left) + 1 + len(right) - len(right.lstrip())
    try:
        expression = parse(right)
        if expression.names:
            first, column = next(iter(expression.names.items()))
            raise ExpressionError(f"{shown(first, 40)} is not a number", right.strip(), column)
        return name, float(expression({}))
    except ExpressionError as error:
        message = f"the number of {shown(name, 40)}: {error}"
        raise ExpressionError(message, text, start + error.column) from None


def _missing(name: str, point: dict[str, float]) -> str:
    title = shown(name, 40)
    if name in FUNCTIONS:
        return f"{title} is a function: write {title}(...), or give it a number: {title}=1"
    hint = nearest(name, [*point, *CONSTANTS])
    return f"{title} has no number: give one, such as {title}=1" + (f"; {hint[2:]}" if hint else "")
