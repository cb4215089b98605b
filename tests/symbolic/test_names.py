"""Names in LaTeX: letters of mathematics, no two alike, and nothing that acts."""

import re

import autograd_lite as ag
from tests.support.cases import loop_over
from tests.support.hostile import HOSTILE
from tests.support.latex_formulas import X, Y, repeated


@loop_over(
    "names, text",
    [
        (["alpha", "β"], r"\alpha + \beta"),
        (["w_1", "w12"], r"w_{1} + w_{12}"),
        (["rate", "x_max"], r"\mathrm{rate} + x_{\mathrm{max}}"),
        (["x", "x"], "x + {x'}"),
        (["x1", "x_1"], "x_{1} + {x_{1}'}"),
        ([None, None], "x_{1} + x_{2}"),
        (["x_1", None], "x_{1} + x_{2}"),
        (["e", "pi"], r"{e'} + {\pi'}"),
        (["a_b_c", ""], r"\mathrm{a\_b\_c} + x_{1}"),
        (["w₁", "a"], "w_{1} + a"),
    ],
)
def test_names_are_symbols_no_two_alike(names: list[str | None], text: str) -> None:
    a, b = (ag.Value(1.0, name=name) for name in names)
    assert ag.to_latex(a + b) == text


def test_a_name_is_not_taken_for_a_function() -> None:
    """sigma (x + 1) is a product, where the sigmoid of x + 1 may stand beside it."""
    sigma, psi = ag.Value(1.0, name="sigma"), ag.Value(1.0, name="psi")
    v = sigma * (X + 1) + ag.sigmoid(X + 1)
    assert ag.to_latex(v) == r"\sigma \cdot (x + 1) + \sigma(x + 1)"
    v = X * psi**2 * (X / Y + 1) - sigma * X
    assert ag.to_latex(v) == r"x \psi^{2} \cdot \left( \frac{x}{y} + 1 \right) - \sigma x"


def test_the_names_of_lines_are_no_other_names() -> None:
    v = repeated(ag.sum([ag.Value(1.0, name=f"{c}_1") for c in "abcdefghijklmnopqrstuw"]), 20)
    v.name = "result"
    assert ag.to_latex(v).startswith(r"\begin{aligned} v_{1} &= ")
    v.name = "v_1"
    text = ag.to_latex(v)
    assert text.startswith(r"\begin{aligned} {v'}_{1} &= ")
    assert text.count(r"v_{1} &= ") == 1


INERT = set(
    re.findall(r"\S+", r"\mathrm \backslash \wedge \sim \langle \rangle \ast \vert \ldots \prime")
)


@loop_over("name", [*HOSTILE, r"\href{x}{y}", "*_`|'^~#%&"])
def test_a_hostile_name_is_inert(name: str) -> None:
    x = ag.Value(1.0, name=name)
    text = ag.to_latex(x * Y + x)
    assert not set('<>"`\n\r\0\u202e*~').intersection(text)
    assert "\ud800" not in text
    bare = re.sub(r"\\[{}$&#%_ ]", "", text)
    assert not set("$&#%").intersection(bare)
    assert bare.count("{") == bare.count("}")
    assert set(re.findall(r"\\[a-zA-Z]+", bare)) <= INERT, text
    assert len(text) < 2000
