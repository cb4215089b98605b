"""Formulas as text: what they compute, and what is refused, with the place."""

import ast
import math
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.cli.expressions import (
    FUNCTIONS,
    MAX_DEPTH,
    MAX_LENGTH,
    ExpressionError,
    parse,
)
from autograd_lite.core import functions
from autograd_lite.core.table import TABLE
from tests.support.cases import loop_over

PACKAGE = Path(ag.__file__).parent


@loop_over(
    "text, expected",
    [
        ("-x**2", -4.0),
        ("2**-1", 0.5),
        ("2**3**2", 512.0),
        ("-x % 3", 1.0),
        ("7 // 2 * 2", 6.0),
        ("1 - 2 - 3", -4.0),
        ("+x - -y", 5.0),
        ("1/0", math.inf),
        ("0*inf", math.nan),
        ("9**9**9**9", math.inf),
        ("1e999", math.inf),
        ("1" + "0" * 400, math.inf),
        ("(-8)**(1/3)", math.nan),
        ("0x10 + 1_000 + .5", 1016.5),
        ("pi + e + tau", math.pi + math.e + math.tau),
        ("x if y > 2 else 1/0", 2.0),
        ("1 < x < y < 4", 1.0),
        ("1 < y < x < nope", 0.0),
        ("(x > 1) + (y > 1)", 2.0),
        ("x == 2 and y != 2", 1.0),
        ("0 and nope", 0.0),
        ("x or nope", 2.0),
        ("0 or 0 or y", 3.0),
        ("not x", 0.0),
        ("not 0 and not (x < 1)", 1.0),
        ("abs(-x) + round(2.5)", 4.0),
        ("sum([x, y, 4]) + mean((x, y)) + dot([x, 1], [y, 2])", 9.0 + 2.5 + 8.0),
        ("sum([])", 0.0),
        ("sum([1, 1e16, -1e16])", 0.0),  # from left to right
        ("where(x > 1, y, 1/0)", 3.0),
        ("leaky_relu(-x) + leaky_relu(-x, 0.5)", -1.02),
        ("sin (\n  x\n)", math.sin(2.0)),
        ("\t x \r\n", 2.0),
        ("ﬁ", 5.0),
        ("学 * ö", 42.0),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_value(text: str, expected: float) -> None:
    point = {"x": 2.0, "y": 3.0, "fi": 5.0, "学": 6.0, "ö": 7.0}
    plain = parse(text)(point)
    assert plain == pytest.approx(expected, rel=1e-15, nan_ok=True)
    recorded = parse(text)({name: ag.Value(x) for name, x in point.items()})
    assert repr(getattr(recorded, "data", recorded)) == repr(plain)


def test_the_names_are_the_variables_with_their_places() -> None:
    assert parse("  y*sin(x) + pi*y + gamma").names == {"y": 0, "x": 6, "gamma": 18}
    assert parse("学 + ö*ﬁ").names == {"学": 0, "ö": 4, "fi": 6}
    assert parse("y if x > y else z").names == {"y": 0, "x": 5, "z": 16}


@loop_over("name", sorted(FUNCTIONS))
def test_every_function_is_the_package_s_own(name: str) -> None:
    row = TABLE.get(name)
    if row is not None and row.arity is None:
        arguments: list[Any] = [[0.5, 0.25]] * (2 if name == "dot" else 1)
    else:
        f = FUNCTIONS[name]
        arguments = [1.5, 0.25, 2.0][: getattr(f, "arity", 0) or f.__code__.co_argcount]
    if name in ("asin", "acos", "atanh", "arcsin", "arccos", "arctanh"):
        arguments = [0.5]
    expected = {"abs": abs, "round": round}.get(name, getattr(ag, name, None))
    assert expected is not None
    assert parse(f"{name}({', '.join(map(repr, arguments))})")({}) == expected(*arguments)


def test_every_public_function_of_numbers_can_be_called() -> None:
    assert set(FUNCTIONS) == {*functions.__all__, "abs", "round"} - {"softmax"}


def test_outside_a_domain_plain_numbers_warn_as_values_do() -> None:
    with pytest.warns(RuntimeWarning, match=r"log\(-1.0\) is outside the domain of log, x > 0"):
        assert math.isnan(parse("log(-1)")({}))
    with pytest.warns(RuntimeWarning, match="div"):
        assert parse("1/0")({}) == math.inf


# What is refused

WRONG = [
    ("x¦.real", "an attribute"),
    ("(x) ¦. y", "an attribute"),
    ("1 + x¦[0]", "a subscript"),
    ("x.__class__.__mro__¦[1]", "a subscript"),
    ("1 + (¦lambda: 1)", "a lambda"),
    ("1 + (¦lambda: 1)()", "a lambda"),
    ("x + ¦'text'", "a text is not a number"),
    ("¦b'x'", "a text is not a number"),
    ("x + ¦f'{x}'", "a text"),
    ("¦[y for y in x]", "a comprehension"),
    ("sum¦(y for y in x)", "sum takes a list"),
    ("1 + (y ¦:= 2)", "an assignment"),
    ("¦{}", "a dictionary"),
    ("¦{x}", "a set"),
    ("¦[x]", "a list outside sum"),
    ("¦x, y", "a comma outside"),
    ("x + ¦()", "a comma outside"),
    ("sum([¦*x])", "a leading star"),
    ("sin(¦*x)", "a leading star"),
    ("sin(¦**x)", "no keyword arguments"),
    ("sin(¦x=1)", "no keyword arguments"),
    ("x + ¦1j", "1j is not a real number"),
    ("¦True", "True is not a number"),
    ("x + ¦None", "None is not a number"),
    ("¦...", "Ellipsis is not a number"),
    ("x ¦^ 2", "'^' is not an operator on real numbers: write ** for a power"),
    ("(x) ¦& (y)", "write and"),
    ("x ¦| y", "write or"),
    ("x ¦@ y", "'@'"),
    ("x ¦<< y", "'<<'"),
    ("x ¦is y", "'is'"),
    ("(x) ¦not  in (y)", "'not in'"),
    ("0 < x ¦in y", "'in'"),
    ("2 * ¦~x", "write not"),
    ("1 + ¦sine(x)", "there is no function sine: did you mean sin?"),
    ("¦ln(x)", "did you mean log?"),
    ("¦max(x, y)", "did you mean maximum?"),
    ("x + ¦x(2)", "there is no function x: write x*(...) to multiply"),
    ("¦pi(2)", "write pi*(...)"),
    ("¦(x)(2)", "there is no function x"),
    ("¦2(x)", "write * to multiply"),
    ("¦softmax([x])", "returns a list"),
    ("¦__import__('os')", "there is no function __import__"),
    ("¦eval('x')", "there is no function eval"),
    ("1 + ¦sin()", "sin takes 1 argument, not 0"),
    ("¦sin(x, y)", "sin takes 1 argument, not 2"),
    ("¦atan2(x)", "atan2 takes 2 arguments, not 1"),
    ("¦leaky_relu(x, 1, 2)", "leaky_relu takes 1 or 2 arguments, not 3"),
    ("¦sum(x, y)", "sum takes 1 list of numbers, not 2: write sum([a, b, ...])"),
    ("sum(¦x)", "sum takes a list of numbers"),
    ("¦dot([x])", "dot takes 2 lists of numbers, not 1"),
    ("sin(¦[x])", "a list outside sum"),
    ("1 + ¦mean([])", "mean of nothing"),
    ("1 + ¦dot([x], [1, 2])", "one length, not 1 and 2"),
    ("x +¦", "the expression ends too early"),
    ("¦", "the expression is empty"),
    ("sin¦(x", "'(' was never closed"),
    ("x¦)", "unmatched ')'"),
    ("x ¦y", "invalid syntax"),
    ("x ¦= 1", "invalid syntax"),
    ("x¦; y", "invalid syntax"),
    ("x ¦# y", "the character # is not part of an expression"),
    ("x¦\0y", r"the character \x00 is not"),
    ("ö + 学¦\x1b[31m", r"the character \x1b is not"),
    ("x¦\u202ey", r"the character \u202e is not"),
    ("x¦\udcff", r"the character \udcff is not"),
    ("ö + 学 + ö¦.real", "an attribute"),
    ("ö*学 + ¦nö(x)", "there is no function nö"),
    ("\n x + ¦'t'", "a text"),
]


@loop_over("marked, message", WRONG)
def test_an_error_names_the_place(marked: str, message: str) -> None:
    marked = marked.strip("\n ") or marked
    with pytest.raises(ExpressionError) as caught:
        parse(marked.replace("¦", ""))({"x": 2.0, "y": 3.0, "ö": 4.0, "学": 5.0})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.column == marked.index("¦")


@loop_over(
    "text, column, line, caret",
    [
        ("x.y", 1, "x.y", 1),
        ("学学.y", 2, "学学.y", 4),  # two columns each on a terminal
        ("e\u0301.y", 2, "e\u0301.y", 1),  # an accent of its own takes none
        ("\x1b.y", 1, r"\x1b.y", 4),
        ("a" * 100, 60, "…" + "a" * 70 + "…", 49),
        ("a" * 100, 100, "…" + "a" * 48, 49),
    ],
)
def test_the_caret_stands_under_the_place(text: str, column: int, line: str, caret: int) -> None:
    assert ExpressionError("", text, column).show_place() == f"{line}\n{' ' * caret}^"


HOSTILE = {
    "parentheses": "(" * 10_000 + "x" + ")" * 10_000,
    "open": "(" * 90_000,
    "calls": "sin(" * 10_000 + "x" + ")" * 10_000,
    "minus": "-" * 10_000 + "x",
    "not": "not " * 10_000 + "x",
    "power": "x" + "**x" * 10_000,
    "sum": "x" + "+x" * 10_000,
    "if": "x if x else " * 8_000 + "x",
    "compare": "x" + "<x" * 10_000,
    "and": "x" + " and x" * 10_000,
    "attributes": "x" + ".x" * 10_000,
    "subscripts": "x" + "[0]" * 10_000,
    "called": "x" + "()" * 10_000,
    "lambda": "lambda:" * 10_000 + "x",
    "list": "sum([" + "x," * 40_000 + "])",
    "nested lists": "sum([" * 60 + "x" + "])" * 60,
    "digits": "1" * 90_000,
    "fraction": "0." + "1" * 90_000,
    "hexadecimal": "0x" + "f" * 90_000,
    "name": "x" * 90_000 + "(1)",
    "text": "'" + "x" * 90_000 + "'",
    "formatted": "f'{x}'" * 1_000,
    "brackets": "([{" * 66,
    "megabyte": "x+" * 500_000 + "x",
    "towers": "9**9**9**9**9**9",
    "exponents": "1e999999999 - 1e-999999999",
}


@loop_over("text", HOSTILE.values())
def test_a_hostile_text_gets_an_answer_or_an_error_with_a_place(text: str) -> None:
    start = time.monotonic()
    try:
        parse(text)({"x": 2.0})
    except ExpressionError as error:
        assert len(str(error)) < 200
        assert 0 <= error.column <= len(text)
        assert max(map(len, error.show_place().splitlines())) < 80
    assert time.monotonic() - start < 60  # a hang, not a slow machine


@pytest.mark.parametrize("depth", [50, 150])
def test_a_depth_that_people_write_is_fine(depth: int) -> None:
    assert parse("(" * depth + "x" + ")" * depth)({"x": 2.0}) == 2.0
    assert parse("sin(" * depth + "0" + ")" * depth)({}) == 0.0
    assert parse(" + ".join(["x"] * 5 * depth))({"x": 1.0}) == 5 * depth


# each with the text of a level, and with what closes it
NESTED = [
    ("-", ""),
    ("not ", ""),
    ("x**", ""),
    ("x if x else ", ""),
    ("sin(", ")"),
    ("x + (", ")"),
    ("maximum(0, ", ")"),
    ("sum([x, ", "])"),
    ("x < (", ")"),
    ("1 and (", ")"),
]


@loop_over("left, right", NESTED)
def test_the_depth_has_a_limit(left: str, right: str) -> None:
    depth = MAX_DEPTH if "[" not in left else 100  # Python's parser takes 200 brackets

    def compute_below(frames: int) -> float:
        if frames:
            return compute_below(frames - 1)
        return float(parse(left * depth + "x" + right * depth)({"x": 1.0}))

    assert math.isfinite(compute_below(400))
    with pytest.raises(ExpressionError, match="at most 150 levels") as caught:
        parse(left * (depth + 1) + "x" + right * (depth + 1))
    assert caught.value.column >= depth * len(left)


def test_a_text_that_overflows_the_parser_is_nested_too_deeply() -> None:
    for text in ("-" * 50_000 + "x", "x" + "+x" * 40_000):
        with pytest.raises(ExpressionError, match="at most 150 levels; write a long sum as sum"):
            parse(text)


def test_a_long_chain_is_not_nested() -> None:
    assert parse("x" + "+x" * 2_000)({"x": 1.0}) == 2_001.0
    assert parse("2" + "*x/x-1%x" * 600)({"x": 1.5}) == 2.0 - 600.0
    assert parse(" and ".join("x" * 10_000))({"x": 2.0}) == 2.0


def test_the_longest_text_is_read() -> None:
    assert parse("x" * MAX_LENGTH)({"x" * MAX_LENGTH: 1.0}) == 1.0
    with pytest.raises(ExpressionError, match="at most 100,000 characters, not 100,001"):
        parse("x" * (MAX_LENGTH + 1))


SIGNS = [*"()[]{}+-*/%<>=!.,:;^&|~@#'\"\\ \n\0", "**", "//", ":=", "f'"]
WORDS = ["x", "y", "ö", "学", "1", "2.5", "1e9", "sin", "sum", "True"]
KEYWORDS = ["if", "else", "and", "or", "not", "lambda", "for", "in", "is"]
pieces = st.sampled_from(SIGNS + WORDS + KEYWORDS)


@given(st.lists(pieces, max_size=25).map("".join) | st.text(st.characters(codec=None), max_size=20))
def test_any_text_is_an_expression_or_an_error_with_a_place(text: str) -> None:
    try:
        names = parse(text).names
    except ExpressionError as error:
        assert 0 <= error.column <= len(error.text)
        line, caret = error.show_place().split("\n")
        assert line.isprintable()
        assert caret.strip(" ") == "^"
    else:
        assert all(name.isidentifier() for name in names)


@pytest.mark.parametrize("module", ["expressions", "formula", "main", "reports", "chain_rule"])
def test_no_module_that_reads_expressions_runs_text(module: str) -> None:
    tree = ast.parse((PACKAGE / "cli" / f"{module}.py").read_text(encoding="utf-8"))
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = {getattr(f, "id", getattr(f, "attr", "")) for f in calls}
    assert not called & {"eval", "exec", "compile", "__import__", "literal_eval"}
