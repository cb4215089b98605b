"""Names in LaTeX, as letters of mathematics or else as inert text."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain, count

from .._util.text import shown
from ..core.value import Value

_GREEK = re.findall(
    r"\w+",
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau "
    "upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega",
)
_LETTERS = dict(zip("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", _GREEK, strict=True))
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
# What means something to TeX, HTML or Markdown, and what to write for it.
_COMMANDS = re.findall(r"\w+", "backslash wedge sim vert ast langle rangle ldots prime prime prime")
_ESCAPES = {c: f"\\{c}" for c in "_{}$&#% "}
_ESCAPES |= {c: f"\\{name} " for c, name in zip("\\^~|*<>…`'\"", _COMMANDS, strict=True)}


def escape(text: str) -> str:
    """Return a text that TeX, HTML and Markdown show as it is."""
    return "".join([_ESCAPES.get(c, c) for c in shown(text, 40)])


def write_name(name: str) -> str:
    r"""Return a name as a symbol of mathematics.

    >>> [write_name(name) for name in ("x", "x_1", "w12", "alpha", "rate", "x_max")]
    ['x', 'x_{1}', 'w_{12}', '\\alpha', '\\mathrm{rate}', 'x_{\\mathrm{max}}']
    >>> print(write_name("</script>"), write_name("$x$"), write_name("{"))
    \mathrm{\langle /script\rangle } \mathrm{\$x\$} \mathrm{\{}
    """
    name = name.translate(_SUBSCRIPTS)
    parts = re.fullmatch(r"([^\W\d_]+)_?(\d{1,6})", name) or re.fullmatch(
        r"([^\W\d_]{1,40})_([^\W_]{1,40})", name
    )
    return f"{_write_word(parts[1])}_{{{_write_word(parts[2])}}}" if parts else _write_word(name)


def _write_word(word: str) -> str:
    if (letter := _LETTERS.get(word, word)) in _GREEK:
        return f"\\{letter}"
    plain = word.isascii() and (word.isdigit() or (len(word) == 1 and word.isalpha()))
    return word if plain else rf"\mathrm{{{escape(word)}}}"


def name_leaves(leaves: Sequence[Value]) -> dict[int, str]:
    """Return a symbol for each leaf by its id, no two alike: primes tell equal names apart."""
    used = {"e", r"\pi"}  # Euler's number and pi
    names: dict[int, str] = {}
    numbered = (f"x_{{{n}}}" for n in count(1))
    for leaf in sorted(leaves, key=lambda leaf: not leaf.name):
        symbol = write_name(leaf.name or "")
        primed = (f"{{{symbol}{chr(39) * n}}}" for n in count(1))
        candidates = chain([symbol], primed) if leaf.name else numbered
        names[id(leaf)] = next(text for text in candidates if text not in used)
        used.add(names[id(leaf)])
    return names


def write_left_side(v: Value, by: Sequence[Value], names: Mapping[int, str]) -> str:
    r"""Return what stands at the left of an equation: `y`, or `\frac{\partial y}{\partial x}`."""
    own = [write_name(v.name)] if v.name and v.primitive is not None else []
    candidates = chain(own, "fghFGHu", (f"f_{{{n}}}" for n in count()))
    name = next(text for text in candidates if text not in names.values())
    if not by:
        return name
    leaves = Counter([names.get(id(x)) or write_name(x.name or "x") for x in by])
    powers = {text: f"^{{{n}}}" if n > 1 else "" for text, n in leaves.items()}
    below = " ".join([rf"\partial {text}{power}" for text, power in powers.items()])
    order = f"^{{{len(by)}}}" if len(by) > 1 else ""
    return rf"\frac{{\partial{order} {name}}}{{{below}}}"
