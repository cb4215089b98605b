"""What `diff`, `check` and `ops` print: text, JSON, comparisons, the table."""

import json
import math
import re
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import testing
from autograd_lite.cli.expressions import FUNCTIONS
from autograd_lite.core import table
from autograd_lite.core.table import TABLE
from tests.support.cases import loop_over
from tests.support.command_line import Run


def test_the_second_order(run: Run) -> None:
    _, out, _ = run("diff", "x**3 * y", "x=2", "y=5", "--order", "2")
    assert "hessian   x   y\nx        60  12\ny        12   0\n" in out


def test_a_wide_hessian_comes_in_blocks(run: Run) -> None:
    names = [f"x{i}" for i in range(30)]
    values = [f"{name}=0.1{i}" for i, name in enumerate(names)]
    _, out, _ = run("diff", "+".join(f"exp({name})" for name in names), *values, "--order=2")
    assert max(map(len, out.splitlines())) <= 80
    headers = re.findall(r"^hessian +(.*)$", out, re.MULTILINE)
    assert len(headers) > 1
    assert " ".join(headers).split() == names


@pytest.mark.parametrize(
    ("expression", "value"),
    [("2*3", 6.0), ("-2**2", -4.0), ("-1", -1.0), ("--1", 1.0), ("pi", math.pi)],
)
def test_an_expression_without_variables(run: Run, expression: str, value: float) -> None:
    arguments = ["--", expression] if expression.startswith("--") else [expression]
    assert run("diff", *arguments) == (0, f"value  {value!r}\n", "")
    assert run("diff", "--order=2", *arguments) == (0, f"value  {value!r}\n", "")


def test_a_variable_alone_and_a_constant(run: Run) -> None:
    assert run("diff", "x", "x=3") == (0, "value  3.0\nd/dx   1.0\n", "")
    assert run("diff", "1 if x > 0 else 2", "x=3")[1] == "value  1.0\nd/dx   0.0\n"


def test_long_names_are_folded_where_there_is_no_room(run: Run) -> None:
    first, second = "the_length_of_one_side", "the_length_of_another_side"
    out = run("diff", f"{first}*{second}", f"{first}=1e-200", f"{second}=-2.3456789e99")[1]
    assert max(map(len, out.splitlines())) <= 80
    assert "…" not in out
    header, *lines = out.splitlines()[4:]
    start = header.index("operand")
    assert "".join(line[start:].split()[0] for line in lines if line[start:]) == first + second


def test_a_domain_is_warned_about_once_on_one_line(run: Run) -> None:
    code, out, err = run("diff", "log(x) + log(x) + log(0 - 1)", "x=-1", "--order=2")
    assert code == 0
    assert "value  nan" in out
    assert err.splitlines() == [
        "autograd-lite: warning: log(-1.0) is outside the domain of log, x > 0: the result is nan"
    ]


def test_json_is_one_object_whose_numbers_read_back(run: Run) -> None:
    arguments = ("diff", "x*y + sin(x)", "x=0.1", "y=1e-300", "--order=2", "--json")
    code, out, err = run(*arguments)
    assert (code, err) == (0, "")
    found = json.loads(out)
    x, y = 0.1, 1e-300
    value, slopes = ag.value_and_grad(lambda p: p[0] * p[1] + ag.sin(p[0]))([x, y])
    assert found["expression"] == "x*y + sin(x)"
    assert found["variables"] == {"x": x, "y": y}
    assert found["value"] == value
    assert list(found["derivatives"].values()) == slopes
    assert found["hessian"] == {"x": {"x": -math.sin(0.1), "y": 1.0}, "y": {"x": 1.0, "y": 0.0}}
    assert found["steps"][0] == {
        "node": "v3",
        "operation": "v1 + v2",
        "op": "add",
        "value": value,
        "adjoint": 1.0,
        "operands": [
            {"operand": "v1", "partial": 1.0, "product": 1.0},
            {"operand": "v2", "partial": 1.0, "product": 1.0},
        ],
    }
    assert found["warnings"] == []


def strict(text: str) -> Any:
    def refused(name: str) -> Any:
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refused)


def test_json_writes_what_it_lacks_as_text(run: Run) -> None:
    _, out, err = run("diff", "log(x) + y*inf - 1/0", "x=-1", "y=2", "z=-inf", "--json")
    found = strict(out)
    assert found["value"] == "nan"
    assert found["derivatives"] == {"x": "nan", "y": "inf", "z": 0.0}
    assert found["variables"]["z"] == "-inf"
    assert [f"autograd-lite: warning: {text}" for text in found["warnings"]] == err.splitlines()
    assert len(found["warnings"]) == 3
    assert all(math.isnan(float(found[key])) for key in ("value",))


def test_check_says_what_it_compared(run: Run) -> None:
    code, out, err = run("check", "x*y + sin(x)", "x=2", "y=3")
    assert (code, err) == (0, "")
    head, x, y, _, last = out.splitlines()
    assert head.split() == ["backward()", "finite", "difference"]
    assert x.split()[:2] == ["d/dx", "2.5838531634528574"]
    assert float(x.split()[2]) == pytest.approx(2.5838531634528574, rel=1e-8)
    assert y.split()[:2] == ["d/dy", "2.0"]
    assert (
        last
        == "6 derivatives agree (up to second order; reverse and forward mode, finite differences)"
    )


def test_check_tells_of_a_kink(run: Run) -> None:
    code, out, _ = run("check", "abs(x)", "x=0", "--order", "1")
    assert code == 0
    assert out.splitlines()[-2:] == [
        "1 derivative agrees (first order; reverse and forward mode, finite differences)",
        "  kink: d output / d x = 0 at 0, slopes -1 on the left and 1 on the right",
    ]


@pytest.mark.parametrize(
    ("expression", "value", "reason"),
    [
        ("x*stop_gradient(x)", "x=3", r"FAILED: d output / d x at 3.0: \w+ mode gives 3.0, .*6.0"),
        ("floor(x)", "x=2", r"FAILED: output at x = 2.0 jumps"),
        ("log(x)", "x=-1", r"FAILED: output at x = -1.0 is nan"),
    ],
)
def test_check_fails_with_exit_code_1(run: Run, expression: str, value: str, reason: str) -> None:
    code, out, _ = run("check", expression, value)
    assert code == 1
    assert re.search(reason, out)


def test_check_finds_a_wrong_derivative(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("check", "sin(x)", "x=1")[0] == 0
    monkeypatch.setattr(TABLE["sin"], "partials", (lambda x, y: 1.0 + 0.0 * x,))
    assert run("check", "sin(x)", "x=1")[0] == 1


def test_there_must_be_something_to_check(run: Run) -> None:
    code, out, err = run("check", "2*3")
    assert (code, out) == (2, "")
    assert "nothing to check" in err


def test_ops_lists_the_table(run: Run) -> None:
    code, out, err = run("ops")
    assert (code, err) == (0, "")
    first = [line.split()[0] for line in out.splitlines() if not line.startswith(" ")]
    assert first == ["name", *TABLE]
    assert max(map(len, out.splitlines())) <= 80
    words = out.split()
    for row in TABLE.values():  # what is folded is not lost
        assert all(word in words for word in [*row.domain.text.split(), *row.note.split()])


@loop_over("name", sorted({*TABLE, *FUNCTIONS}))
def test_ops_tells_of_every_operation(run: Run, name: str) -> None:
    code, out, err = run("ops", name)
    assert (code, err) == (0, "")
    row = TABLE.get(name) or getattr(table, FUNCTIONS[name].__name__)
    assert re.match(rf"operation +{row.name}\n", out)
    assert " ".join(row.domain.text.split()) in " ".join(out.split())
    point = out.split("example")[1].split("(")[1].split(")")[0].split(",")
    assert len(point) == (row.arity or 2)
    assert row.domain.contains(*map(float, point))


def test_ops_shows_right_derivatives(run: Run) -> None:
    out = run("ops", "atan2")[1]
    y, x = 0.6, 0.0
    call, by_y, by_x = out.splitlines()[-3:]
    assert call.split(maxsplit=1)[1] == f"atan2({y:g}, {x:g}) = {math.atan2(y, x):.6g}"
    assert [by_y.split()[:2], by_x.split()[:2]] == [["partial", n] for n in "12"]
    slopes = testing.finite_difference(ag.atan2, (y, x), argnums=(0, 1))
    assert [float(line.split()[-1]) for line in (by_y, by_x)] == pytest.approx(slopes, rel=1e-5)
