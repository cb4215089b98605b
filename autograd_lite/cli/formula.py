"""Read a formula and its point from the arguments of the command line."""

import keyword
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .._util.text import shown
from .expressions import CONSTANTS, FUNCTIONS, ExpressionError, ParsedExpression, parse, suggest


class UsageError(ValueError):
    """The command was called with wrong arguments; the message says what to do."""


@dataclass(frozen=True)
class Formula:
    """An expression, and a number for each of its variables and perhaps for other names."""

    expression: ParsedExpression
    point: dict[str, float]

    @classmethod
    def read(cls, text: str, assignments: Sequence[str]) -> "Formula":
        """Read a formula from the arguments of the command line.

        Arguments:
            text: the expression; "-" reads it from the standard input.
            assignments: texts such as "x=2".

        Raises:
            ExpressionError: the expression or a number is wrong, or a variable has no number.
            UsageError: an assignment does not have the form NAME=NUMBER.
        """
        expression = parse(_read_standard_input() if text == "-" else text)
        point: dict[str, float] = {}
        for assignment in assignments:
            name, number = _read_assignment(assignment)
            if name in point:
                raise UsageError(f"{shown(name)} is given twice: give each name one number")
            point[name] = number
        for name, column in expression.names.items():
            if name not in point:
                raise ExpressionError(_explain_missing(name, point), expression.text, column)
        return cls(expression, point)

    @property
    def names(self) -> list[str]:
        """The variables, in the order in which they were given."""
        return list(self.point)

    @property
    def unused(self) -> list[str]:
        """The names with a number that are not in the expression."""
        return [name for name in self.point if name not in self.expression.names]

    def evaluate(self, numbers: Sequence[Any]) -> Any:
        """Return the value of the expression for numbers or Values in the order of `names`."""
        return self.expression(dict(zip(self.point, numbers, strict=True)))


def _read_standard_input() -> str:
    if sys.stdin is None:
        raise UsageError("the expression is -, but there is no standard input to read it from")
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise UsageError(f"the standard input is not {error.encoding} text") from None


def _read_assignment(text: str) -> tuple[str, float]:
    """Read "x=pi/2" as ("x", 1.57...)."""
    import unicodedata

    left, sign, right = text.partition("=")
    # Python's parser normalizes the names in an expression in the same way
    name = unicodedata.normalize("NFKC", left.strip())
    if not sign or not name.isidentifier() or keyword.iskeyword(name):
        raise UsageError(f"{shown(text)!r} is not of the form NAME=NUMBER, such as x=2")
    if name in CONSTANTS:
        raise UsageError(f"{name} is a constant, {CONSTANTS[name]!r}: use another name")
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


def _explain_missing(name: str, point: dict[str, float]) -> str:
    """Return the message for a name without a number."""
    title = shown(name, 40)
    if name in FUNCTIONS:
        return f"{title} is a function: write {title}(...), or give it a number: {title}=1"
    hint = suggest(name, [*point, *CONSTANTS])
    return f"{title} has no number: give one, such as {title}=1" + (f"; {hint[2:]}" if hint else "")
