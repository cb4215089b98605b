"""Formulas as text, for people: what an operation computes, and the rule for each partial.

The table's partials are functions of the operands and the result. Applied to texts that stand for
numbers, they write themselves down, and so do a user's own. Where the table guards against
rounding, the rule is that of `textbook`, if it gives the same number. A text carries its number, so
a formula with cases is written for the case that holds, and the comparisons that decided are kept
beside it.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .._util.text import shown
from ..core.table import Primitive
from ..symbolic.textbook import textbook_partials
from ..transforms.formal import Formal

# How tightly a text holds together: an operand that holds less tightly stands in parentheses.
_TRUTH, _SUM, _NEGATIVE, _PRODUCT, _POWER, _ATOM = range(6)

# label of an operation of two operands: what stands between them, and how tightly that holds
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
_NEUTRAL = {"+": 0.0, "×": 1.0, "÷": 1.0, "^": 1.0}  # as second operand, and so left out
_OPPOSITE = {"<": "≥", "≤": ">", ">": "≤", "≥": "<", "=": "≠", "≠": "="}
_SAME = 1e-9  # how near a textbook's formula comes to the table's, to be shown for it
_MOST_OPERANDS = 6
_MOST = 200
_LETTER = re.compile(r"(?<![a-zA-Z])[a-z](?![a-zA-Z])")  # by itself, as in "1/x" and "exp(x−y)"


def digits(x: float, most: int = 6) -> str:
    """A number, short.

    >>> digits(2.0), digits(1 / 3), digits(float("-inf"))
    ('2', '0.333333', '-inf')
    """
    return f"{x:.{most}g}"


class Term(Formal):
    """A text that stands for a number; operations on it give longer texts."""

    __slots__ = ("asked", "kind", "number", "rank", "text")

    def __init__(
        self, text: str, number: float, asked: dict[Any, str], rank: int = _ATOM, kind: str = ""
    ) -> None:
        self.kind = kind  # "operand", "constant", or "" for what was computed
        long = len(text) > _MOST
        self.text = text[:_MOST] + "…" if long else text
        self.number = number
        self.asked = asked
        self.rank = _ATOM if long else rank

    def record(self, primitive: Primitive, operands: Sequence[Any]) -> Any:
        """The text of an operation: what calling a primitive on texts does."""
        terms = [self._term(x) for x in operands]
        number = primitive.value(*[x.number for x in terms])
        if all(x.kind == "constant" for x in terms):
            return constant(number, self.asked)
        if len(terms) == 2 and primitive.label in _NEUTRAL:
            first, second = [
                x.kind == "constant" and x.number == _NEUTRAL[primitive.label] for x in terms
            ]
            if second or (first and primitive.label in "+×"):
                return terms[0] if second else terms[1]
        text, rank = _applied(primitive, terms)
        return Term(text, number, self.asked, rank)

    def _term(self, x: Any) -> "Term":
        return x if isinstance(x, Term) else constant(float(x), self.asked)

    def _compared(self, primitive: Primitive, other: Any) -> bool:
        y = self._term(other)
        truth = primitive.value(self.number, y.number) != 0.0
        plain = y.kind == "operand" or y.number == 0.0 or 1e-3 <= abs(y.number) <= 1e3
        ordered = self.number == self.number and y.number == y.number
        if plain and ordered and self.kind == "operand" and y.kind and y.text != self.text:
            label = primitive.label if truth else _OPPOSITE[primitive.label]
            weak = label in "≤≥" and (self.text, y.text) in self.asked
            if label != "≠" and not weak:  # not at a kink: the usual case
                self.asked[self.text, y.text] = f"{self.text} {label} {y.text}"
        return truth

    def __bool__(self) -> bool:
        return self.number != 0.0


def constant(number: float, asked: dict[Any, str]) -> Term:
    """A number as a text."""
    return _number(number, asked, "constant")


def _number(number: float, asked: dict[Any, str], kind: str) -> Term:
    text = digits(number)
    return Term(text, number, asked, _NEGATIVE if text.startswith("-") else _ATOM, kind)


def _held(term: Term, rank: int) -> str:
    """The text, in parentheses where it would fall apart."""
    return term.text if term.rank >= rank else f"({term.text})"


def _applied(primitive: Primitive, terms: Sequence[Term]) -> tuple[str, int]:
    """The text of an operation, from its label in the table, and how tightly it holds."""
    label = shown(primitive.label, 40)
    if len(terms) == 2 and label in _INFIX:
        between, rank = _INFIX[label]
        left = rank + (rank == _POWER)  # x^y^z would be x^(y^z)
        right = _PRODUCT if rank == _SUM else rank + 1  # nor x + -y
        return _held(terms[0], left) + between + _held(terms[1], right), rank
    texts = [x.text for x in terms]
    if len(terms) == 1 and label == "−":
        return "−" + _held(terms[0], _PRODUCT), _NEGATIVE
    if len(terms) == 1 and label == "=":
        return texts[0], terms[0].rank
    letters = list(dict.fromkeys(_LETTER.findall(label)))
    pictured = len(letters) == (primitive.arity or 1) and primitive.label != primitive.name
    if pictured:
        return _filled(label, letters, terms)
    if len(terms) == 1 and len(label) == 1 and not label.isalpha():
        return label + _held(terms[0], _ATOM), _ATOM
    if len(texts) > _MOST_OPERANDS:
        texts = [*texts[: _MOST_OPERANDS - 2], "…", texts[-1]]
    return f"{label}({', '.join(texts)})", _ATOM


def _filled(label: str, letters: list[str], terms: Sequence[Term]) -> tuple[str, int]:
    """A label that shows its operands as letters, such as "1/x" or "|x|", with them put in."""
    enclosed = label[0] in "|‖⌊⌈"
    texts = [x.text if enclosed else _held(x, _ATOM) for x in terms]
    if len(letters) != len(texts):
        texts = [", ".join(texts)]
    by_letter = dict(zip(letters, texts, strict=False))
    text = _LETTER.sub(lambda found: by_letter[found[0]], label)
    if enclosed:
        return text, _ATOM
    return text, _POWER if label.endswith("²") else _ATOM if label.startswith("exp") else _PRODUCT


class Rule(NamedTuple):
    """A partial derivative in letters and in numbers, and for which case it is written.

    It is the rule as one learns it. `computed` says how the engine has it, where that is another
    formula: the same in mathematics, but kept from rounding, as 0.25 sech²(x/2) is for s (1 - s).
    """

    text: str
    numbers: str
    case: str
    computed: str = ""


def formula(primitive: Primitive, names: Sequence[str | None], numbers: Sequence[float]) -> str:
    """What an operation computes, as a text of its operands; None names a constant.

    >>> from autograd_lite.core import table
    >>> formula(table.TABLE["mul"], ["x", None], [2.0, 3.0])
    'x · 3'
    """
    asked: dict[Any, str] = {}
    pairs = zip(names, numbers, strict=True)
    return _applied(primitive, [_operand(name, x, asked) for name, x in pairs])[0]


def rules(
    primitive: Primitive,
    names: Sequence[str | None],
    numbers: Sequence[float],
    result: tuple[str, float],
    partials: Sequence[float | None],
) -> list[Rule | None]:
    """The rule of each partial; None where there is none, or where it gives another number.

    It gives another number where an operand's `data` was set after the operation was recorded, and
    none where a user's partials take numbers alone.

    Args:
        primitive: the operation.
        names: what to call each operand; None for a constant.
        numbers: the operands.
        result: its name and its number.
        partials: the partials that were recorded; None where none is wanted.

    >>> from autograd_lite.core import table
    >>> row = table.TABLE["div"]
    >>> rules(row, ["x", "y"], [6.0, 2.0], ("r", 3.0), [0.5, -1.5])[1]
    Rule(text='−x / y²', numbers='−6 / 2²', case='', computed='−r / y')
    >>> rules(table.TABLE["relu"], ["x"], [4.0], ("r", 4.0), [1.0])
    [Rule(text='1', numbers='1', case='x > 0', computed='')]
    """
    own = _rules(primitive, primitive.partials, names, numbers, result, partials, 0.0)
    learnt = textbook_partials(primitive)
    if learnt is primitive.partials:
        return own
    shown = _rules(primitive, learnt, names, numbers, result, partials, _SAME)
    return [
        ours if ours is None or theirs is None else _with_own(theirs, ours)
        for theirs, ours in zip(shown, own, strict=True)
    ]


def _with_own(learnt: Rule, own: Rule) -> Rule:
    if learnt.text.replace(" ", "") == own.text.replace(" ", ""):
        return own
    return learnt._replace(computed=own.text if len(own.text) <= 80 else "")


def _rules(
    primitive: Primitive,
    formulas: Sequence[Callable[..., Any]],
    names: Sequence[str | None],
    numbers: Sequence[float],
    result: tuple[str, float],
    partials: Sequence[float | None],
    tolerance: float,
) -> list[Rule | None]:
    """The rules that these formulas write, where they give the partials within the tolerance."""
    wanted = [d is not None for d in partials]
    in_letters = _derived(primitive, formulas, names, numbers, result, wanted)
    plain = [None if name is None else "" for name in names]
    in_numbers = _derived(primitive, formulas, plain, numbers, ("", result[1]), wanted)
    found: list[Rule | None] = []
    for d, letters, digit in zip(partials, in_letters, in_numbers, strict=True):
        if letters is None or digit is None or d is None:
            found.append(None)
            continue
        same = letters[0].number == d or abs(letters[0].number - d) <= tolerance * abs(d)
        text = digit[0].text if len(digit[0].text) <= 80 else ""
        rule = Rule(letters[0].text, text, ", ".join(letters[1]))
        found.append(rule if same or d != d else None)
    return found


def _derived(
    primitive: Primitive,
    formulas: Sequence[Callable[..., Any]],
    names: Sequence[str | None],
    numbers: Sequence[float],
    result: tuple[str, float],
    wanted: Sequence[bool],
) -> list[tuple[Term, list[str]] | None]:
    """Each partial as a text, with the comparisons that chose its case."""
    if primitive.arity is None:
        asked: dict[Any, str] = {}
        try:
            found = formulas[0](*_operands(names, numbers, result, asked))
            terms = [_as_term(x, asked) for x in found]
        except (
            Exception
        ):  # a user's function, or a compiled one: whatever it raises, it has no text
            return [None] * len(names)
        return [(x, []) for x in terms] if len(terms) == len(names) else [None] * len(names)
    derived: list[tuple[Term, list[str]] | None] = []
    for partial, want in zip(formulas, wanted, strict=True):
        asked = {}
        try:
            x = partial(*_operands(names, numbers, result, asked)) if want else None
            derived.append(None if x is None else (_as_term(x, asked), list(asked.values())))
        except Exception:  # likewise
            derived.append(None)
    return derived


def _operands(
    names: Sequence[str | None],
    numbers: Sequence[float],
    result: tuple[str, float],
    asked: dict[Any, str],
) -> list[Term]:
    pairs = [*zip(names, numbers, strict=True), result]
    return [_operand(name, x, asked) for name, x in pairs]


def _operand(name: str | None, number: float, asked: dict[Any, str]) -> Term:
    """An operand by its name, a constant where it has none, its number where that is ""."""
    if name is None:
        return constant(number, asked)
    return Term(name, number, asked, kind="operand") if name else _number(number, asked, "operand")


def _as_term(x: Any, asked: dict[Any, str]) -> Term:
    return x if isinstance(x, Term) else constant(float(x), asked)
