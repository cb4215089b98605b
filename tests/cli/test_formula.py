"""A formula and its point as the command line takes them, and what is wrong with a text."""

import io
import json
import math
import sys

import pytest

from tests.support.cases import loop_over
from tests.support.command_line import Run


def test_values_may_be_expressions_and_stand_anywhere(run: Run) -> None:
    _, out, err = run("diff", "x*y", "x=-pi/2", "--json", "y= 1e-3")
    assert err == ""
    assert json.loads(out)["variables"] == {"x": -math.pi / 2, "y": 1e-3}


def test_names_are_read_as_python_reads_them(run: Run) -> None:
    assert "d/dfi  2.0" in run("diff", "ﬁ**2", "ﬁ=1")[1]
    assert "d/d学" in run("diff", "学**2", "学=1")[1]


def test_an_unused_variable_has_the_derivative_0_and_a_warning(run: Run) -> None:
    code, out, err = run("diff", "x*x", "x=3", "y=2")
    assert code == 0
    assert "d/dy   0.0\n" in out
    assert err == "autograd-lite: warning: y is not in the expression: its derivative is 0\n"


WRONG: list[tuple[list[str], str]] = [
    (["diff", "x*sine(x)", "x=1"], "there is no function sine: did you mean sin?"),
    (["diff", "x*y", "x=1"], "y has no number: give one, such as y=1"),
    (["diff", "x*yy", "x=1", "y=1"], "yy has no number: give one, such as yy=1; did you mean y?"),
    (
        ["diff", "x*gamma", "x=1"],
        "gamma is a function: write gamma(...), or give it a number: gamma=1",
    ),
    (["diff", "x", "x=abc"], "the number of x: abc is not a number"),
    (["diff", "x", "x=1+2j"], "the number of x: 2j is not a real number"),
    (["diff", "x", "ö= 1 + 'a'"], "the number of ö: a text is not a number"),
    (["diff", "x", "x="], "the number of x: the expression is empty"),
    (["check", "x.y", "x=1"], "an attribute is not part of an expression"),
]


PLACES = [
    "x*¦sine(x)",
    "x*¦y",
    "x*¦yy",
    "x*¦gamma",
    "x=¦abc",
    "x=1+¦2j",
    "ö= 1 + ¦'a'",
    "x=¦",
    "x¦.y",
]


@loop_over("arguments, error, place", [(*w, p) for w, p in zip(WRONG, PLACES, strict=True)])
def test_what_is_wrong_with_a_text_is_shown_with_its_place(
    run: Run, arguments: list[str], error: str, place: str
) -> None:
    caret = " " * place.index("¦") + "^"
    expected = f"autograd-lite: error: {error}\n  {place.replace('¦', '')}\n  {caret}\n"
    assert run(*arguments) == (2, "", expected)


@pytest.mark.parametrize("text", ["x*y", "  x *\n y\n", "(x\r\n*y)\n"])
def test_an_expression_from_the_standard_input(
    run: Run, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    code, out, _ = run("diff", "-", "x=2", "y=3")
    assert code == 0
    assert out.startswith("value  6.0\n")


def test_there_may_be_no_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert run("diff", "-")[0] == 2
    raw = io.TextIOWrapper(io.BytesIO(b"x\xff"), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", raw)
    assert run("diff", "-")[2] == "autograd-lite: error: the standard input is not utf-8 text\n"
