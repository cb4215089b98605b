"""Names as symbols of mathematics in LaTeX; those that are none, as texts that do nothing."""

import re

from .._util.text import shown

_GREEK = re.findall(
    r"\w+",
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau "
    "upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega",
)
_LETTERS: dict[str, str] = dict(zip("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", _GREEK, strict=True))
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
# What means something to TeX, to HTML or to Markdown, as a character that means nothing.
_INERT = {
    "\\": r"\backslash ",
    "^": r"\wedge ",
    "~": r"\sim ",
    "<": r"\langle ",
    ">": r"\rangle ",
    "`": r"\prime ",
    "'": r"\prime ",
    '"': r"\prime \prime ",
    "*": r"\ast ",
    "|": r"\vert ",
    " ": r"\ ",
    "…": r"\ldots ",
    **{c: f"\\{c}" for c in "_{}$&#%"},
}


def symbol(name: str) -> str:
    r"""A name as a symbol of mathematics.

    >>> [symbol(name) for name in ("x", "x_1", "w12", "alpha", "theta_0", "rate", "x_max")]
    ['x', 'x_{1}', 'w_{12}', '\\alpha', '\\theta_{0}', '\\mathrm{rate}', 'x_{\\mathrm{max}}']
    >>> print(symbol("</script>"), symbol("$x$"), symbol("{"))
    \mathrm{\langle /script\rangle } \mathrm{\$x\$} \mathrm{\{}
    """
    name = name.translate(_SUBSCRIPTS)
    found = re.fullmatch(r"([^\W\d_]+)_?(\d{1,6})", name) or re.fullmatch(
        r"([^\W\d_]{1,40})_([^\W_]{1,40})", name
    )
    if found:
        return f"{_word(found[1])}_{{{_word(found[2])}}}"
    return _word(name)


def _word(name: str) -> str:
    if name in _LETTERS:
        return "\\" + _LETTERS[name]
    if name in _GREEK:
        return "\\" + name
    if name.isdigit() and name.isascii():
        return name
    if len(name) == 1 and name.isascii() and name.isalpha():
        return name
    return rf"\mathrm{{{inert(name)}}}"


def inert(text: str) -> str:
    """A text that is nothing but a text to TeX, HTML and Markdown."""
    return "".join([_INERT.get(c, c) for c in shown(text, 40)])
