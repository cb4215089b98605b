"""Formulas as text: each row of the table has one, and a rule for each of its partials."""

import math
import random
from typing import Any

import autograd_lite as ag
from autograd_lite.core.table import TABLE
from autograd_lite.walkthrough.rules import Rule, format_number, write_formula, write_rules
from tests.support.cases import loop_over

NAMES = ["x", "y", "z", "w"]


def recorded(name: str, *numbers: float) -> tuple[Any, ...]:
    """What `rules` takes, of an operation on leaves."""
    row = TABLE[name]
    node = row(*[ag.Value(x) for x in numbers])
    partials = [d for _, d in node.operand_partials()]
    return row, NAMES[: len(numbers)], numbers, ("r", node.data), partials


def rule(name: str, *numbers: float, by: int = 0) -> Rule:
    found = write_rules(*recorded(name, *numbers))[by]
    assert found is not None
    return found


def points(name: str) -> list[list[float]]:
    """Points in the box of a row's domain."""
    row, rng = TABLE[name], random.Random(name)
    arity = row.arity or 4
    box = [*row.domain.box, *[row.domain.box[-1]] * arity][:arity]
    return [[rng.uniform(low, high) for low, high in box] for _ in range(8)]


@loop_over("name", sorted(TABLE))
def test_every_partial_that_flows_has_a_rule(name: str) -> None:
    for numbers in points(name):
        call = recorded(name, *numbers)
        assert write_formula(*call[:3])
        for d, found in zip(call[4], write_rules(*call), strict=True):
            assert (found is None) == (d is None), (numbers, d, found)


@loop_over(
    "name, numbers, text",
    [
        ("add", (1.0, 2.0), "x + y"),
        ("mul", (1.0, 2.0), "x · y"),
        ("pow", (2.0, 3.0), "x^y"),
        ("neg", (1.0,), "−x"),
        ("identity", (1.0,), "x"),
        ("square", (1.0,), "x²"),
        ("reciprocal", (1.0,), "1/x"),
        ("abs", (1.0,), "|x|"),
        ("sqrt", (1.0,), "√x"),
        ("relu", (1.0,), "ReLU(x)"),
        ("maximum", (1.0, 2.0), "max(x, y)"),
        ("norm", (1.0, 2.0, 3.0), "‖x, y, z‖"),
        ("sum", (1.0,) * 4, "Σ(x, y, z, w)"),
    ],
)
def test_a_formula_reads_as_mathematics(name: str, numbers: tuple[float, ...], text: str) -> None:
    assert write_formula(TABLE[name], NAMES[: len(numbers)], numbers) == text


def test_a_formula_of_many_operands_is_short() -> None:
    names = [f"x{i}" for i in range(1000)]
    assert write_formula(TABLE["sum"], names, [1.0] * 1000) == "Σ(x0, x1, x2, x3, …, x999)"


@loop_over(
    "found, text, numbers",
    [
        (lambda: rule("mul", 2.0, -3.0), "y", "-3"),
        (lambda: rule("sub", 2.0, -3.0, by=1), "-1", "-1"),
        (lambda: rule("div", 6.0, 2.0, by=1), "−x / y²", "−6 / 2²"),
        (lambda: rule("cos", -0.5), "−sin(x)", "−sin(-0.5)"),
        (lambda: rule("tanh", 0.25), "1 − r²", "1 − 0.244919²"),
        (lambda: rule("tanh", 25.0), "sech²(x)", "sech²(25)"),
        (lambda: rule("sigmoid", 1.0), "r · (1 − r)", "0.731059 · (1 − 0.731059)"),
        (lambda: rule("fma", 2.0, 3.0, 4.0, by=1), "x", "2"),
        (lambda: rule("prod", 2.0, 3.0, 4.0), "z · y", "4 · 3"),
    ],
)
def test_a_rule_is_the_one_that_people_learn(found: Any, text: str, numbers: str) -> None:
    assert (found().text, found().numbers) == (text, numbers)


def test_a_rule_says_how_it_is_computed_where_that_is_another_formula() -> None:
    assert rule("sigmoid", 1.0).computed == "0.25 · sech²(0.5 · x)"
    assert rule("tanh", 0.25).computed == "sech²(x)"
    # 1 − tanh² has lost its digits there, so the rule shown is the engine's
    assert rule("tanh", 25.0).computed == rule("sin", 1.0).computed == ""


def test_a_constant_stands_as_its_number() -> None:
    power = write_rules(TABLE["pow"], ["x", None], [3.0, 2.0], ("r", 9.0), [6.0, None])
    assert power == [Rule("2 · x", "2 · 3", ""), None]
    power = write_rules(TABLE["pow"], ["x", None], [2.0, 3.0], ("r", 8.0), [12.0, None])
    assert power == [Rule("3 · x^2", "3 · 2^2", ""), None]


def test_a_rule_with_cases_is_written_for_the_case_that_holds() -> None:
    assert rule("relu", 4.0) == Rule("1", "1", "x > 0")
    assert rule("leaky_relu", -2.0, 0.1) == Rule("y", "0.1", "x < 0")
    assert rule("maximum", 2.0, 2.0) == Rule("0.5", "0.5", "x = y")
    assert rule("maximum", 2.0, 3.0, by=1).case == "y > x"


def test_what_was_set_after_recording_leaves_no_wrong_rule() -> None:
    row, names, _, result, partials = recorded("mul", 2.0, 3.0)
    assert write_rules(row, names, (2.0, 4.0), result, partials) == [None, Rule("x", "2", "")]


def test_a_nan_has_its_rule() -> None:
    assert rule("sin", math.nan).text == "cos(x)"
    assert format_number(math.nan) == "nan"


def test_a_users_operation_has_a_rule_where_its_partials_are_written_with_ours() -> None:
    cube = ag.primitive(lambda x: x**3, partials=[lambda x, y: 3.0 * x * abs(x) ** 1], name="cube")
    assert write_rules(cube, ["x"], [2.0], ("r", 8.0), [12.0]) == [
        Rule("3 · x · |x|", "3 · 2 · |2|", "")
    ]
    sine = ag.primitive(math.sin, partials=[lambda x, y: math.cos(x)], name="sine")
    assert write_formula(sine, ["x"], [2.0]) == "sine(x)"
    assert write_rules(sine, ["x"], [2.0], ("r", math.sin(2.0)), [math.cos(2.0)]) == [None]


@loop_over(
    "partial, text",
    [
        (lambda x, y, z, r: x - (y - z), "x − (y − z)"),
        (lambda x, y, z, r: (x - y) - z, "x − y − z"),
        (lambda x, y, z, r: x * (y + z), "x · (y + z)"),
        (lambda x, y, z, r: (x / y) / z, "x / y / z"),
        (lambda x, y, z, r: x / (y / z), "x / (y / z)"),
        (lambda x, y, z, r: (x**y) ** z, "(x^y)^z"),
        (lambda x, y, z, r: x ** (y * z), "x^(y · z)"),
        (lambda x, y, z, r: x + -y, "x + (−y)"),
        (lambda x, y, z, r: -(x + y) * 1.0, "−(x + y)"),
        (lambda x, y, z, r: (-x) ** 2 + 0.0, "(−x)^2"),
        (lambda x, y, z, r: x + y * -2.0, "x + y · (-2)"),
        (lambda x, y, z, r: (x + y).exp() / r, "exp(x + y) / r"),
        (lambda x, y, z, r: ag.square(x + y), "(x + y)²"),
        (lambda x, y, z, r: x * ag.reciprocal(y), "x · (1/y)"),
    ],
)
def test_parentheses_stand_where_they_are_needed(partial: Any, text: str) -> None:
    numbers = (1.5, 2.5, 0.5)
    d = partial(*numbers, 4.0) if "exp" not in text else math.exp(4.0) / 4.0
    flat = [lambda x, y, z, r: 0.0] * 2
    row = ag.primitive(lambda x, y, z: 4.0, partials=[partial, *flat], name="row")
    found = write_rules(row, NAMES[:3], numbers, ("r", 4.0), [d, 0.0, 0.0])[0]
    assert found is not None and found.text == text


def test_a_long_text_is_cut() -> None:
    names, numbers = [f"x{i}" for i in range(500)], [1.0] * 500
    found = write_rules(TABLE["prod"], names, numbers, ("r", 1.0), [1.0] * 500)
    assert len(found) == 500
    assert all(x is not None and len(x.text) < 250 for x in found)
