r"""How each operation and number is written in LaTeX.

Only commands that KaTeX, MathJax and LaTeX with amsmath have in common are used; all but `cases`
and `aligned` work in matplotlib's mathtext as well.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from ..core.table import TABLE

# How tightly a text holds together: an operand that holds less tightly stands in parentheses.
TRUTH, LOOSE, ADDED, NEGATIVE, MULTIPLIED, FRACTION, RAISED, ATOM = range(8)


class Written(NamedTuple):
    """A text, how tightly it holds together, and where an exponent goes if not behind it."""

    text: str
    rank: int = ATOM
    head: int = 0

    def plain(self) -> str:
        """The text where nothing stands beside it; a truth there is 1 or 0: Iverson's bracket."""
        return rf"\left[ {self.text} \right]" if self.rank == TRUTH else self.text

    def held(self, rank: int) -> str:
        """The text, in parentheses where it would fall apart beside others."""
        return self.plain() if self.rank >= rank or self.rank == TRUTH else enclosed(self.text)


_NUMBER = re.compile(r"-?(?:[\d.]+(?: \\cdot 10\^\{-?\d+\})?|10\^\{-?\d+\}|\\frac\{\d+\}\{\d+\})")

_GAMMA = r"\Gamma"
# What may end in a leaf's name or in a power of it, and would be called by a parenthesis behind it.
_FUNCTION = re.compile(r"\\(sigma|Gamma|psi)(\^\{[^{}]*\})?$")

Form = Callable[[Sequence[Written]], Written]

_TALL = re.compile(r"\\(frac|sqrt|begin|left|tfrac)")


def enclosed(text: str) -> str:
    """A text in parentheses of its height."""
    return rf"\left( {text} \right)" if _TALL.search(text) else f"({text})"


def added(parts: Sequence[tuple[str, Written]]) -> Written:
    """A sum of parts, each with "+" or "-" in front."""
    text = ""
    for sign, part in parts:
        body = part.held(ADDED if sign == "+" else MULTIPLIED)
        if sign == "+" and text and body.startswith("-"):  # x + (-y + z) is x - y + z
            sign, body = "-", body[1:]
        text = f"{text} {sign} {body}" if text else body if sign == "+" else "-" + body
    return Written(text, ADDED)


def opposite(x: Written) -> Written:
    return Written("-" + x.held(MULTIPLIED), NEGATIVE)


def multiplied(parts: Sequence[Written]) -> Written:
    """A product; a number comes first."""
    parts = sorted(parts, key=lambda x: not _is_number(x))
    sign = ""
    if parts[0].rank == NEGATIVE:
        sign, parts = "-", [Written(parts[0].text[1:], MULTIPLIED), *parts[1:]]
    if parts[0].text == "1" and sign:  # -1 x
        parts = parts[1:]
    text = parts[0].held(MULTIPLIED)
    for left, right in pairwise(parts):
        held = right.held(MULTIPLIED)
        text += _between(left, held, right.rank == NEGATIVE) + held
    return Written(sign + text, NEGATIVE if sign else MULTIPLIED)


def _is_number(x: Written) -> bool:
    return _NUMBER.fullmatch(x.text) is not None


def _between(left: Written, right: str, negative: bool) -> str:
    digits = right[0].isdigit() or (right.startswith(r"\frac") and _is_number(left))
    called = right.startswith(("(", r"\left(")) and _FUNCTION.search(left.text)
    if digits or negative or called:
        return r" \cdot "
    return r" \, " if r"\mathrm" in left.text or right.startswith(r"\mathrm") else " "


def fraction(x: Written, y: Written) -> Written:
    if x.rank == NEGATIVE:
        return Written(rf"-\frac{{{x.text[1:]}}}{{{y.plain()}}}", NEGATIVE)
    return Written(rf"\frac{{{x.plain()}}}{{{y.plain()}}}", FRACTION)


def raised(x: Written, y: Written) -> Written:
    r"""A power; that of a function as \sin^{2}(x), unless it would be taken for an inverse."""
    if x.head and re.fullmatch(r"[2-9]|\d\d+", y.text):
        text = f"{x.text[: x.head]}^{{{y.text}}}{x.text[x.head :]}"
        return Written(text, RAISED)
    if x.head or x.rank < ATOM:
        return Written(f"{enclosed(x.plain())}^{{{y.plain()}}}", RAISED)
    return Written(f"{x.plain()}^{{{y.plain()}}}", RAISED)


def root(x: Written, degree: str = "") -> Written:
    return Written(rf"\sqrt{degree}{{{x.plain()}}}", FRACTION)


def _infix(sign: str, rank: int, inner: int = ADDED) -> Form:
    def form(xs: Sequence[Written]) -> Written:
        left, right = [x.held(inner) for x in xs]
        return Written(f"{left} {sign} {right}", rank)

    return form


def called(head: str) -> Form:
    """A function with its operands in parentheses."""

    def form(xs: Sequence[Written]) -> Written:
        return Written(head + enclosed(", ".join([x.plain() for x in xs])), ATOM, len(head))

    return form


def _named(name: str) -> Form:
    return called(rf"\operatorname{{{name}}}")


def _fenced(left: str, right: str) -> Form:
    return lambda xs: Written(rf"\left{left} {xs[0].plain()} \right{right}", ATOM)


def _subscripted(xs: Sequence[Written]) -> Written:
    order, x = xs
    return _bare(called(rf"\psi^{{({order.plain()})}}")([x]))


def _bare(x: Written) -> Written:
    r"""A function that takes no exponent at its name: \psi^{2} would be a derivative."""
    return x._replace(head=0, rank=RAISED)


def _log_gamma(xs: Sequence[Written]) -> Written:
    return Written(rf"\ln \left| {called(_GAMMA)(xs).text} \right|", FRACTION)


def _joined(sign: str) -> Form:
    """Truths, joined to another one."""

    def form(xs: Sequence[Written]) -> Written:
        parts = [_truth(x) for x in xs]
        parts = [f"({part})" if re.search(r"\\(wedge|vee)\b", part) else part for part in parts]
        return Written(f"{parts[0]} {sign} {parts[1]}", TRUTH)

    return form


def _truth(x: Written) -> str:
    return x.text if x.rank == TRUTH else rf"{x.held(ADDED)} \neq 0"


def _cases(xs: Sequence[Written]) -> Written:
    condition, x, y = xs
    if (x.text, y.text) == ("1", "0"):
        return Written(rf"\left[ {_truth(condition)} \right]", ATOM)
    last = rf"{y.plain()} & \text{{otherwise}}"
    begin, end = r"\begin{cases} ", r" \end{cases}"
    if y.text.startswith(begin) and y.text.endswith(end) and y.text.count(begin) == 1:
        last = y.text[len(begin) : -len(end)]  # the cases of another choice go on here
    chosen = rf"{x.plain()} & \text{{if }} {_truth(condition)}"
    return Written(rf"{begin}{chosen} \\ {last}{end}", LOOSE)


# fmt: off
# How the rows of the table are written; the other rows are, by their definition in `textbook`.
_NOTATION: Mapping[str, Form] = {
    "neg":        lambda xs: opposite(xs[0]),
    "add":        lambda xs: added([("+", xs[0]), ("+", xs[1])]),
    "sub":        lambda xs: added([("+", xs[0]), ("-", xs[1])]),
    "mul":        multiplied,
    "div":        lambda xs: fraction(*xs),
    "pow":        lambda xs: raised(*xs),
    "mod":        _infix(r"\;\mathrm{mod}\;", LOOSE, FRACTION),
    "exp":        lambda xs: raised(Written("e"), xs[0]),
    "log":        called(r"\ln"),
    "log2":       called(r"\log_{2}"),
    "log10":      called(r"\log_{10}"),
    "sqrt":       lambda xs: root(xs[0]),
    "cbrt":       lambda xs: root(xs[0], "[3]"),
    "sin":        called(r"\sin"),
    "cos":        called(r"\cos"),
    "tan":        called(r"\tan"),
    "asin":       called(r"\arcsin"),
    "acos":       called(r"\arccos"),
    "atan":       called(r"\arctan"),
    "sinh":       called(r"\sinh"),
    "cosh":       called(r"\cosh"),
    "tanh":       called(r"\tanh"),
    "sech2":      lambda xs: raised(_named("sech")(xs), Written("2")),
    "asinh":      _named("arsinh"),
    "acosh":      _named("arcosh"),
    "atanh":      _named("artanh"),
    "erf":        _named("erf"),
    "erfc":       _named("erfc"),
    "gamma":      called(_GAMMA),
    "lgamma":     _log_gamma,
    "digamma":    lambda xs: _bare(called(r"\psi")(xs)),
    "polygamma":  _subscripted,
    "sigmoid":    called(r"\sigma"),
    "softplus":   _named("softplus"),
    "relu":       _named("ReLU"),
    "leaky_relu": _named("LeakyReLU"),
    "elu":        _named("ELU"),
    "gelu":       _named("GELU"),
    "silu":       _named("SiLU"),
    "abs":        _fenced("|", "|"),
    "sign":       _named("sgn"),
    "floor":      _fenced(r"\lfloor", r"\rfloor"),
    "ceil":       _fenced(r"\lceil", r"\rceil"),
    "trunc":      _named("trunc"),
    "round":      _named("round"),
    "round_to":   _named("round"),
    "copysign":   _named("copysign"),
    "fmod":       _named("fmod"),
    "remainder":  _named("remainder"),
    "atan2":      _named("atan2"),
    "maximum":    called(r"\max"),
    "minimum":    called(r"\min"),
    "clip":       _named("clip"),
    "where":      _cases,
    "lt":         _infix("<", TRUTH),
    "le":         _infix(r"\leq", TRUTH),
    "gt":         _infix(">", TRUTH),
    "ge":         _infix(r"\geq", TRUTH),
    "eq":         _infix("=", TRUTH),
    "ne":         _infix(r"\neq", TRUTH),
    "and":        _joined(r"\wedge"),
    "or":         _joined(r"\vee"),
    "not":        lambda xs: Written(rf"\neg \left( {_truth(xs[0])} \right)", TRUTH),
}
# fmt: on

NOTATION = {TABLE[name]: form for name, form in _NOTATION.items()}

# numbers that mathematicians write otherwise: their numerators and denominators
_CONSTANTS = {
    math.pi: (r"\pi", ""),
    math.e: ("e", ""),
    math.pi / 180.0: (r"\pi", "180"),
    180.0 / math.pi: ("180", r"\pi"),
    math.log(2.0): (r"\ln(2)", ""),
    math.log(10.0): (r"\ln(10)", ""),
    1.0 / math.log(2.0): ("1", r"\ln(2)"),
    1.0 / math.log(10.0): ("1", r"\ln(10)"),
    math.sqrt(2.0): (r"\sqrt{2}", ""),
    math.sqrt(0.5): ("1", r"\sqrt{2}"),
    2.0 / math.sqrt(math.pi): ("2", r"\sqrt{\pi}"),
    math.sqrt(2.0 / math.pi): (r"\sqrt{2}", r"\sqrt{\pi}"),
    1.0 / math.sqrt(2.0 * math.pi): ("1", r"\sqrt{2 \pi}"),
}


def _same(x: float, y: float) -> bool:
    """Whether two numbers are one but for their last digits: (1/√2)² is 0.5000000000000001."""
    return math.isclose(x, y, rel_tol=1e-15)


def _known(x: float) -> tuple[str, str] | None:
    return next((parts for constant, parts in _CONSTANTS.items() if _same(x, constant)), None)


@lru_cache(1000)
def parts_of(x: float, digits: int) -> tuple[str, str]:
    """Numerator and denominator of a positive number; "" for a denominator of 1."""
    if not math.isfinite(x):
        return (r"\infty" if x > 0.0 else r"\mathrm{nan}"), ""
    if known := _known(x):
        return known
    if x.is_integer() and (x < 1e6 or (x < 1e15 and x % 1e6)):
        return f"{x:.0f}", ""
    for small in range(2, 13):
        over, times = _known(x * small), _known(x / small)
        if over and not over[1]:
            return over[0], f"{small}"
        if times and not times[1]:
            return rf"{small} {times[0]}", ""
        top = round(x * small) if x <= 3.0 else 0
        plain = small % 5 and (top <= 3 or small % 3 == 0) and math.gcd(top, small) == 1
        if plain and _same(top / small, x):
            return f"{top}", f"{small}"
    mantissa, _, exponent = f"{x:.{digits}g}".partition("e")
    if not exponent:
        return mantissa, ""
    power = f"10^{{{int(exponent)}}}"
    return (power if mantissa == "1" else rf"{mantissa} \cdot {power}"), ""


def number(x: float, digits: int) -> Written:
    """A number as one reads it.

    >>> import math
    >>> [number(x, 6).text for x in (-2.0, 0.1, 1 / 3, math.pi / 2, 1.5e-9)]
    ['-2', '0.1', '\\\\frac{1}{3}', '\\\\frac{\\\\pi}{2}', '1.5 \\\\cdot 10^{-9}']
    """
    top, bottom = parts_of(abs(x), digits)
    rank = ATOM if re.fullmatch(r"[\d.]+|\\pi|e|\\infty|\\mathrm{nan}", top) else MULTIPLIED
    text = Written(top, rank)
    if bottom:
        text = fraction(text, Written(bottom))
    return opposite(text) if math.copysign(1.0, x) < 0.0 and x else text
