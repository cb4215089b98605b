"""Write what an operation computes, and the rule for each partial, as formulas for people.

The partials in the table are functions of the operands and the result; called on texts, they
return their own formulas, and so do those of custom primitives. If the table guards against
rounding, the rule of `textbook` is shown instead, provided that it gives the same number. A text
carries its number, so a formula with cases is written for the case that applies, together with
the comparisons that decided it.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .._util.text import shown
from ..core.table import Primitive
from ..symbolic.textbook import find_partials
from ..transforms.formal import Formal

# How tightly a text binds: an operand that binds less tightly is put in parentheses.
_TRUTH, _SUM, _NEGATIVE, _PRODUCT, _POWER, _ATOM = range(6)

# By the label of a binary operation: the text between its operands, and how tightly it binds.
_INFIX = {
    "+": (" + ", _SUM),
    "−": (" − ", _SUM),
    "×": (" · ", _PRODUCT),
    "÷": (" / ", _PRODUCT),
    "//": (" // ", _PRODUCT),
    "%": (" % ", _PRODUCT),
    "^": ("^", _POWER),
    **{label: (f" {label} ", _TRUTH) for label in "<≤>≥=≠∧∨"},
}
_NEUTRAL = {"+": 0.0, "×": 1.0, "÷": 1.0, "^": 1.0}  # second operands that are not written
_OPPOSITE = {"<": "≥", "≤": ">", ">": "≤", "≥": "<", "=": "≠", "≠": "="}
_TOLERANCE = 1e-9  # relative, between the textbook formula and that of the table
_MOST_OPERANDS = 6
_MOST = 200
_LETTER = re.compile(r"(?<![a-zA-Z])[a-z](?![a-zA-Z])")  # a letter alone, as in "exp(x−y)"


def format_number(x: float, digits: int = 6) -> str:
    """Return a number as a short text.

    >>> format_number(2.0), format_number(1 / 3), format_number(float("-inf"))
    ('2', '0.333333', '-inf')
    """
    return f"{x:.{digits}g}"


class Text(Formal):
    """A text that stands for a number; operations on it give longer texts.

    Attributes:
        text: the formula.
        number: the number it stands for.
        asked: the comparisons made so far, shared by all texts of one formula.
        rank: how tightly it binds.
        kind: "operand", "constant", or "" for a computed text.
    """

    __slots__ = ("asked", "kind", "number", "rank", "text")

    def __init__(
        self, text: str, number: float, asked: dict[Any, str], rank: int = _ATOM, kind: str = ""
    ) -> None:
        long = len(text) > _MOST
        self.text = text[:_MOST] + "…" if long else text
        self.number = number
        self.asked = asked
        self.rank = _ATOM if long else rank
        self.kind = kind

    def record(self, primitive: Primitive, operands: Sequence[Any]) -> Any:
        """Return the text of an operation; a primitive called on texts comes here."""
        texts = [_as_text(x, self.asked) for x in operands]
        number = primitive.value(*[x.number for x in texts])
        if all(x.kind == "constant" for x in texts):
            return _constant(number, self.asked)
        if len(texts) == 2 and primitive.label in _NEUTRAL:
            first, second = [
                x.kind == "constant" and x.number == _NEUTRAL[primitive.label] for x in texts
            ]
            if second or (first and primitive.label in "+×"):
                return texts[0] if second else texts[1]
        text, rank = _write_operation(primitive, texts)
        return Text(text, number, self.asked, rank)

    def _compare(self, primitive: Primitive, other: Any) -> bool:
        y = _as_text(other, self.asked)
        truth = primitive.value(self.number, y.number) != 0.0
        plain = y.kind == "operand" or y.number == 0.0 or 1e-3 <= abs(y.number) <= 1e3
        ordered = self.number == self.number and y.number == y.number
        if plain and ordered and self.kind == "operand" and y.kind and y.text != self.text:
            label = primitive.label if truth else _OPPOSITE[primitive.label]
            weak = label in "≤≥" and (self.text, y.text) in self.asked
            if label != "≠" and not weak:  # "x ≠ y" is the usual case: not at a kink
                self.asked[self.text, y.text] = f"{self.text} {label} {y.text}"
        return truth

    def __bool__(self) -> bool:
        return self.number != 0.0

    def beside(self, rank: int) -> str:
        """Return the text in parentheses if it binds less tightly than `rank`."""
        return self.text if self.rank >= rank else f"({self.text})"


def _constant(number: float, asked: dict[Any, str]) -> Text:
    return _write_number(number, asked, "constant")


def _write_number(number: float, asked: dict[Any, str], kind: str) -> Text:
    text = format_number(number)
    return Text(text, number, asked, _NEGATIVE if text.startswith("-") else _ATOM, kind)


def _as_text(x: Any, asked: dict[Any, str]) -> Text:
    return x if isinstance(x, Text) else _constant(float(x), asked)


def _write_operation(primitive: Primitive, operands: Sequence[Text]) -> tuple[str, int]:
    """Return the text of an operation, from its label in the table, and how tightly it binds."""
    label = shown(primitive.label, 40)
    if len(operands) == 2 and label in _INFIX:
        between, rank = _INFIX[label]
        left = rank + (rank == _POWER)  # x^y^z would be x^(y^z)
        right = _PRODUCT if rank == _SUM else rank + 1  # no x + -y
        return operands[0].beside(left) + between + operands[1].beside(right), rank
    texts = [x.text for x in operands]
    if len(operands) == 1 and label == "−":
        return "−" + operands[0].beside(_PRODUCT), _NEGATIVE
    if len(operands) == 1 and label == "=":
        return texts[0], operands[0].rank
    letters = list(dict.fromkeys(_LETTER.findall(label)))
    if len(letters) == (primitive.arity or 1) and primitive.label != primitive.name:
        return _fill_label(label, letters, operands)
    if len(operands) == 1 and len(label) == 1 and not label.isalpha():
        return label + operands[0].beside(_ATOM), _ATOM
    if len(texts) > _MOST_OPERANDS:
        texts = [*texts[: _MOST_OPERANDS - 2], "…", texts[-1]]
    return f"{label}({', '.join(texts)})", _ATOM


def _fill_label(label: str, letters: list[str], operands: Sequence[Text]) -> tuple[str, int]:
    """Put operands into a label that shows them as letters, such as "1/x" or "|x|"."""
    enclosed = label[0] in "|‖⌊⌈"
    texts = [x.text if enclosed else x.beside(_ATOM) for x in operands]
    if len(letters) != len(texts):
        texts = [", ".join(texts)]
    by_letter = dict(zip(letters, texts, strict=False))
    text = _LETTER.sub(lambda match: by_letter[match[0]], label)
    if enclosed:
        return text, _ATOM
    return text, _POWER if label.endswith("²") else _ATOM if label.startswith("exp") else _PRODUCT


class Rule(NamedTuple):
    """A partial derivative as a formula, in letters and in numbers.

    Attributes:
        text: the rule as one learns it.
        numbers: the rule with numbers in place of letters.
        case: the comparisons that hold where the rule applies, such as "x > 0".
        computed: the formula that the engine uses, if it is another one: equal in mathematics but
            safe from rounding, such as 0.25 sech²(x/2) for s (1 - s).
    """

    text: str
    numbers: str
    case: str
    computed: str = ""


# The name of an operand, and its number. None marks a constant; "" an operand shown as a number.
_Operand = tuple[str | None, float]


def write_formula(
    primitive: Primitive, names: Sequence[str | None], numbers: Sequence[float]
) -> str:
    """Return the text of what an operation computes; None names a constant.

    >>> from autograd_lite.core import table
    >>> write_formula(table.TABLE["mul"], ["x", None], [2.0, 3.0])
    'x · 3'
    """
    operands = _write_operands(list(zip(names, numbers, strict=True)), {})
    return _write_operation(primitive, operands)[0]


def write_rules(
    primitive: Primitive,
    names: Sequence[str | None],
    numbers: Sequence[float],
    result: tuple[str, float],
    partials: Sequence[float | None],
) -> list[Rule | None]:
    """Return the rule of each partial, or None if there is no rule for it.

    There is none if the rule gives another number, as after assigning to `data` of an operand, or
    if custom partials accept only floats.

    Arguments:
        primitive: the operation.
        names: the name of each operand; None for a constant.
        numbers: the operands.
        result: the name and the number of the result.
        partials: the recorded partials; None for those that need no rule.

    >>> from autograd_lite.core import table
    >>> row = table.TABLE["div"]
    >>> write_rules(row, ["x", "y"], [6.0, 2.0], ("r", 3.0), [0.5, -1.5])[1]
    Rule(text='−x / y²', numbers='−6 / 2²', case='', computed='−r / y')
    >>> write_rules(table.TABLE["relu"], ["x"], [4.0], ("r", 4.0), [1.0])
    [Rule(text='1', numbers='1', case='x > 0', computed='')]
    """
    operands: list[_Operand] = [*zip(names, numbers, strict=True), result]
    own = _write_partials(primitive, primitive.partials, operands, partials, 0.0)
    textbook = find_partials(primitive)
    if textbook is primitive.partials:
        return own
    learnt = _write_partials(primitive, textbook, operands, partials, _TOLERANCE)
    return [
        ours if ours is None or theirs is None else _add_own(theirs, ours)
        for theirs, ours in zip(learnt, own, strict=True)
    ]


def _add_own(learnt: Rule, own: Rule) -> Rule:
    if learnt.text.replace(" ", "") == own.text.replace(" ", ""):
        return own
    return learnt._replace(computed=own.text if len(own.text) <= 80 else "")


def _write_partials(
    primitive: Primitive,
    formulas: Sequence[Callable[..., Any]],
    operands: Sequence[_Operand],
    partials: Sequence[float | None],
    tolerance: float,
) -> list[Rule | None]:
    """Return the rules that `formulas` write, if their numbers are those of the partials."""
    wanted = [d is not None for d in partials]
    nameless = [(None if name is None else "", x) for name, x in operands]
    in_letters = _apply_partials(primitive, formulas, operands, wanted)
    in_numbers = _apply_partials(primitive, formulas, nameless, wanted)
    rules: list[Rule | None] = []
    for d, letters, numbers in zip(partials, in_letters, in_numbers, strict=True):
        if d is None or letters is None or numbers is None:
            rules.append(None)
            continue
        text, case = letters
        same = text.number == d or abs(text.number - d) <= tolerance * abs(d)
        short = numbers[0].text if len(numbers[0].text) <= 80 else ""
        rules.append(Rule(text.text, short, case) if same or d != d else None)
    return rules


def _apply_partials(
    primitive: Primitive,
    formulas: Sequence[Callable[..., Any]],
    operands: Sequence[_Operand],
    wanted: Sequence[bool],
) -> list[tuple[Text, str] | None]:
    """Return each partial as a text and the case it holds in; None for one that has no text."""
    asked: dict[Any, str] = {}
    if primitive.arity is None:
        try:
            partials = formulas[0](*_write_operands(operands, asked))
            texts = [(_as_text(x, asked), "") for x in partials]
        except Exception:  # custom or compiled partials may raise anything on texts
            texts = []
        return [*texts] if len(texts) == len(wanted) else [None] * len(wanted)
    written: list[tuple[Text, str] | None] = [None] * len(wanted)
    for k, formula in enumerate(formulas):
        asked = {}
        try:
            if wanted[k]:
                text = _as_text(formula(*_write_operands(operands, asked)), asked)
                written[k] = text, ", ".join(asked.values())
        except Exception:  # likewise
            continue
    return written


def _write_operands(operands: Sequence[_Operand], asked: dict[Any, str]) -> list[Text]:
    return [
        _constant(x, asked)
        if name is None
        else Text(name, x, asked, kind="operand")
        if name
        else _write_number(x, asked, "operand")
        for name, x in operands
    ]
