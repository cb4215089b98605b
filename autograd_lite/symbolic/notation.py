r"""How each operation and number is written in LaTeX.

Only commands that KaTeX, MathJax and LaTeX with amsmath have in common are used; all but `cases`
and `aligned` work in matplotlib's mathtext as well.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from ..core.table import Primitive
from .names import escape
from .textbook import DEFINITIONS

# How tightly a text binds: an operand that binds less tightly stands in parentheses.
TRUTH, LOOSE, ADDED, NEGATIVE, MULTIPLIED, FRACTION, RAISED, ATOM = range(8)

_TALL = re.compile(r"\\(frac|sqrt|begin|left)")
_NUMBER = re.compile(r"-?(?:[\d.]+(?: \\cdot 10\^\{-?\d+\})?|10\^\{-?\d+\}|\\frac\{\d+\}\{\d+\})")
# A name that is also a function's: a parenthesis behind it would be read as an argument.
_FUNCTION = re.compile(r"\\(sigma|Gamma|psi)(\^\{[^{}]*\})?$")


class Fragment:
    """A fragment of LaTeX, how tightly it binds, and where an exponent goes if not behind it."""

    def __init__(self, text: str, rank: int = ATOM, head: int = 0) -> None:
        self.text = text
        self.rank = rank
        self.head = head

    def alone(self) -> str:
        """Return the text for where nothing stands beside it: a truth in Iverson's brackets."""
        return rf"\left[ {self.text} \right]" if self.rank == TRUTH else self.text

    def beside(self, rank: int) -> str:
        """Return the text in parentheses if it binds less tightly than `rank`."""
        return self.alone() if self.rank >= rank or self.rank == TRUTH else enclose(self.text)

    def truth(self) -> str:
        """Return the text of a condition."""
        return self.text if self.rank == TRUTH else rf"{self.beside(ADDED)} \neq 0"

    def __neg__(self) -> "Fragment":
        return Fragment("-" + self.beside(MULTIPLIED), NEGATIVE)

    def __add__(self, other: "Fragment") -> "Fragment":
        text = other.beside(ADDED)
        if text.startswith("-"):  # x + (-y + z) is x - y + z
            return Fragment(f"{self.beside(ADDED)} - {text[1:]}", ADDED)
        return Fragment(f"{self.beside(ADDED)} + {text}", ADDED)

    def __sub__(self, other: "Fragment") -> "Fragment":
        return Fragment(f"{self.beside(ADDED)} - {other.beside(MULTIPLIED)}", ADDED)

    def __mul__(self, other: "Fragment") -> "Fragment":
        first, second = self, other
        if _NUMBER.fullmatch(second.text) and not _NUMBER.fullmatch(first.text):
            first, second = second, first
        if first.rank == NEGATIVE:
            return -(Fragment(first.text[1:], MULTIPLIED) * second)
        if first.text == "1":
            return second
        left, right = first.beside(MULTIPLIED), second.beside(MULTIPLIED)
        fractions = _NUMBER.fullmatch(left) and right.startswith(r"\frac")
        argument = _FUNCTION.search(left) and right.startswith(("(", r"\left("))
        dot = right[0].isdigit() or second.rank == NEGATIVE or fractions or argument
        words = r"\mathrm" in left or right.startswith(r"\mathrm")
        return Fragment(
            left + (r" \cdot " if dot else r" \, " if words else " ") + right, MULTIPLIED
        )

    def __truediv__(self, other: "Fragment") -> "Fragment":
        if self.rank == NEGATIVE:
            return Fragment(rf"-\frac{{{self.text[1:]}}}{{{other.alone()}}}", NEGATIVE)
        return Fragment(rf"\frac{{{self.alone()}}}{{{other.alone()}}}", FRACTION)

    def __pow__(self, other: "Fragment") -> "Fragment":
        power = f"^{{{other.alone()}}}"
        if self.head and re.fullmatch(r"[2-9]|\d\d+", other.text):  # \sin^{-1} is an inverse
            return Fragment(self.text[: self.head] + power + self.text[self.head :], RAISED)
        plain = self.rank in (TRUTH, ATOM) and not self.head
        return Fragment((self.alone() if plain else enclose(self.text)) + power, RAISED)


Form = Callable[..., Fragment]


def enclose(text: str) -> str:
    """Return a text in parentheses of its height."""
    return rf"\left( {text} \right)" if _TALL.search(text) else f"({text})"


def call(head: str, *xs: Fragment) -> Fragment:
    """Return a function with its operands in parentheses."""
    return Fragment(head + enclose(", ".join([x.alone() for x in xs])), ATOM, len(head))


def root(x: Fragment, degree: str = "") -> Fragment:
    """Return the square root of x, or the root of a degree such as "[3]"."""
    return Fragment(rf"\sqrt{degree}{{{x.alone()}}}", FRACTION)


def _compare(sign: str) -> Form:
    return lambda x, y: Fragment(f"{x.beside(ADDED)} {sign} {y.beside(ADDED)}", TRUTH)


def _join(sign: str) -> Form:
    return lambda x, y: Fragment(f"{enclose(x.truth())} {sign} {enclose(y.truth())}", TRUTH)


def _fence(left: str, right: str) -> Form:
    return lambda x: Fragment(rf"\left{left} {x.alone()} \right{right}")


def _mod(x: Fragment, y: Fragment) -> Fragment:
    return Fragment(rf"{x.beside(FRACTION)} \;\mathrm{{mod}}\; {y.beside(FRACTION)}", LOOSE)


def _psi(x: Fragment, order: str = "") -> Fragment:
    r"""Return a polygamma function, which takes no exponent: \psi^{2} could be a derivative."""
    return Fragment(call(rf"\psi{order}", x).text, RAISED)


def _choose(condition: Fragment, x: Fragment, y: Fragment) -> Fragment:
    if (x.text, y.text) == ("1", "0"):
        return Fragment(condition.truth(), TRUTH)
    last = rf"{y.alone()} & \text{{otherwise}}"
    begin, end = r"\begin{cases} ", r" \end{cases}"
    if y.text.startswith(begin) and y.text.endswith(end) and y.text.count(begin) == 1:
        last = y.text.removeprefix(begin).removesuffix(end)  # the cases of y go on here
    first = rf"{x.alone()} & \text{{if }} {condition.truth()}"
    return Fragment(rf"{begin}{first} \\ {last}{end}", LOOSE)


# How rows are written: by a command, by another name than their own, or by a form. A row that is
# missing here is written out by its definition in `textbook`, or else called by its name.
# fmt: off
SPELLINGS: Mapping[str, str | Form] = {
    **{name: "\\" + name for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{name: name for name in ("erfc", "softplus", "copysign", "fmod", "remainder", "clip")},
    "log": r"\ln", "log2": r"\log_{2}", "log10": r"\log_{10}",
    "asin": r"\arcsin", "acos": r"\arccos", "atan": r"\arctan",
    "asinh": "arsinh", "acosh": "arcosh", "atanh": "artanh",
    "maximum": r"\max", "minimum": r"\min", "sign": "sgn", "round_to": "round",
    "gamma": r"\Gamma", "sigmoid": r"\sigma",
    "relu": "ReLU", "leaky_relu": "LeakyReLU", "elu": "ELU", "gelu": "GELU", "silu": "SiLU",
    "neg": operator.neg, "add": operator.add, "sub": operator.sub, "mul": operator.mul,
    "div": operator.truediv, "pow": operator.pow, "mod": _mod, "sqrt": root, "where": _choose,
    "lt": _compare("<"), "le": _compare(r"\leq"), "gt": _compare(">"), "ge": _compare(r"\geq"),
    "eq": _compare("="), "ne": _compare(r"\neq"), "and": _join(r"\wedge"), "or": _join(r"\vee"),
    "abs": _fence("|", "|"),
    "floor": _fence(r"\lfloor", r"\rfloor"),
    "ceil": _fence(r"\lceil", r"\rceil"),
    "not": lambda x: Fragment(r"\neg " + enclose(x.truth()), TRUTH),
    "exp": lambda x: Fragment("e") ** x,
    "cbrt": lambda x: root(x, "[3]"),
    "sech2": lambda x: call(r"\operatorname{sech}", x) ** Fragment("2"),
    "lgamma": lambda x: Fragment(rf"\ln \left| \Gamma{enclose(x.alone())} \right|", FRACTION),
    "digamma": _psi,
    "polygamma": lambda n, x: _psi(x, f"^{{({n.alone()})}}"),
}
# fmt: on
DEFINED = {row: f for row, f in DEFINITIONS.items() if row.name not in SPELLINGS}


def spell(row: Primitive, *xs: Fragment) -> Fragment:
    """Return an operation on its operands."""
    spelling = SPELLINGS.get(row.name, row.name) if row.is_row else row.name
    if not isinstance(spelling, str):
        return spelling(*xs)
    command = row.is_row and spelling.startswith("\\")
    return call(spelling if command else rf"\operatorname{{{escape(spelling)}}}", *xs)


# Numbers with names, and the whole numbers that may stand beside them in a fraction.
_CONSTANTS = {
    r"\pi": math.pi,
    "e": math.e,
    r"\ln(2)": math.log(2.0),
    r"\ln(10)": math.log(10.0),
    r"\sqrt{2}": math.sqrt(2.0),
    r"\sqrt{\pi}": math.sqrt(math.pi),
    r"\sqrt{2 \pi}": math.sqrt(2.0 * math.pi),
}
_SMALL = (*range(1, 13), 180)


@lru_cache(1000)
def split(x: float, digits: int) -> tuple[Fragment, Fragment]:
    """Return the numerator and the denominator of a positive number.

    >>> import math
    >>> [number.text for x in (0.1, 1 / 3, math.pi / 2, 1.5e-9) for number in split(x, 6)]
    ['0.1', '1', '1', '3', '\\\\pi', '2', '1.5 \\\\cdot 10^{-9}', '1']
    """
    if not math.isfinite(x):
        return Fragment(r"\infty" if x > 0.0 else r"\mathrm{nan}"), Fragment("1")
    if x.is_integer() and (x < 1e6 or (x < 1e15 and x % 1e6)):
        return Fragment(f"{x:.0f}"), Fragment("1")
    for q in _SMALL if 1e-3 < x < 1e3 else ():
        p = round(x * q)
        if q % 5 and x <= 3.0 and (p <= 3 or q % 3 == 0) and _same(p / q, x):
            return Fragment(f"{p}"), Fragment(f"{q}")
        for name, constant in _CONSTANTS.items():
            if (p := round(x * q / constant)) in _SMALL and _same(p / q * constant, x):
                return Fragment(f"{p}") * Fragment(name), Fragment(f"{q}")
            if (p := round(x * q * constant)) in _SMALL and _same(p / q / constant, x):
                return Fragment(f"{p}"), Fragment(f"{q}") * Fragment(name)
    mantissa, _, exponent = f"{x:.{digits}g}".partition("e")
    if not exponent:
        return Fragment(mantissa), Fragment("1")
    power = f"10^{{{int(exponent)}}}"
    return Fragment(
        power if mantissa == "1" else rf"{mantissa} \cdot {power}", MULTIPLIED
    ), Fragment("1")


def _same(x: float, y: float) -> bool:
    """Tell whether two numbers differ by rounding alone: (1/√2)² is 0.5000000000000001."""
    return math.isclose(x, y, rel_tol=1e-15)


def write_number(x: float, digits: int) -> Fragment:
    """Return a number as people write it, with so many digits."""
    above, below = split(abs(x), digits)
    number = above if below.text == "1" else above / below
    return -number if math.copysign(1.0, x) < 0.0 and x else number
