"""The command line: what it prints, what it refuses, and how it behaves in a pipe."""

import io
import json
import math
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import testing
from autograd_lite.cli.chain_rule import named_nodes, rows_of
from autograd_lite.cli.expressions import FUNCTIONS
from autograd_lite.cli.main import main
from autograd_lite.core import table
from autograd_lite.core.table import TABLE

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command; its exit code, what it printed, and what it printed to stderr."""
    monkeypatch.setenv("COLUMNS", "80")

    def running(*arguments: str) -> tuple[int, str, str]:
        return main(arguments), *capsys.readouterr()

    return running


def process(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """The same as a process of its own."""
    command = [sys.executable, "-m", "autograd_lite", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", **options
    )


# diff

CHAIN_RULE = """\
value  6.909297426825682
d/dx   2.5838531634528574
d/dy   2.0

node  operation     value  adjoint  operand    partial    product
v3    v1 + v2      6.9093        1  v1               1          1
                                    v2               1          1
v2    sin(x)     0.909297        1  x        -0.416147  -0.416147
v1    x * y             6        1  x                3          3
                                    y                2          2
"""


def test_diff_prints_the_value_the_derivatives_and_the_chain_rule(run: Run) -> None:
    assert run("diff", "x*y + sin(x)", "x=2", "y=3") == (0, CHAIN_RULE, "")


def test_what_was_not_chosen_gets_nothing(run: Run) -> None:
    code, out, _ = run("diff", "where(x > 0, sqrt(x), 2*relu(y))", "x=0.25", "y=3")
    assert code == 0
    assert out.splitlines()[5:] == [
        "v4    where(1, v1, v3)    0.5        1  v1             1        1",
        "                                        v3             0     none",
        "v3    2 * v2                6        0  v2             2     none",
        "v2    relu(y)               3        0  y              1     none",
        "v1    sqrt(x)             0.5        1  x              1        1",
    ]


@pytest.mark.parametrize(
    "expression",
    [f"x {sign} y" for sign in ("+", "-", "*", "/", "//", "%", "**")]
    + ["-x", "+x", "2 - x", "abs(x)", "fma(x, y, 2.5)"]
    + ["where(1, x, y)", "sum(x, 1, y)", "dot(x, y, 1, 2)"],
)
def test_an_operation_is_written_as_in_an_expression(run: Run, expression: str) -> None:
    text = re.sub(r"sum\((.*)\)", r"sum([\1])", expression)
    text = text.replace("dot(x, y, 1, 2)", "dot([x, y], [1, 2])")
    (step,) = json.loads(run("diff", text, "x=2", "y=3", "--json")[1])["steps"]
    assert step["operation"] == expression


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


def test_values_may_be_expressions_and_stand_anywhere(run: Run) -> None:
    _, out, err = run("diff", "x*y", "x=-pi/2", "--json", "y= 1e-3")
    assert err == ""
    assert json.loads(out)["variables"] == {"x": -math.pi / 2, "y": 1e-3}


def test_the_names_of_nodes_give_way_to_the_variables(run: Run) -> None:
    _, out, _ = run("diff", "v1*v1 + v_2", "v1=3", "v_2=1")
    assert "v__2  v__1 + v_2     10" in out


def test_names_are_read_as_python_reads_them(run: Run) -> None:
    assert "d/dfi  2.0" in run("diff", "ﬁ**2", "ﬁ=1")[1]
    assert "d/d学" in run("diff", "学**2", "学=1")[1]


def test_long_names_are_folded_where_there_is_no_room(run: Run) -> None:
    first, second = "the_length_of_one_side", "the_length_of_another_side"
    out = run("diff", f"{first}*{second}", f"{first}=1e-200", f"{second}=-2.3456789e99")[1]
    assert max(map(len, out.splitlines())) <= 80
    assert "…" not in out
    header, *lines = out.splitlines()[4:]
    start = header.index("operand")
    assert "".join(line[start:].split()[0] for line in lines if line[start:]) == first + second


def test_an_unused_variable_has_the_derivative_0_and_a_warning(run: Run) -> None:
    code, out, err = run("diff", "x*x", "x=3", "y=2")
    assert code == 0
    assert "d/dy   0.0\n" in out
    assert err == "autograd-lite: warning: y is not in the expression: its derivative is 0\n"


def test_a_domain_is_warned_about_once_on_one_line(run: Run) -> None:
    code, out, err = run("diff", "log(x) + log(x) + log(0 - 1)", "x=-1", "--order=2")
    assert code == 0
    assert "value  nan" in out
    assert err.splitlines() == [
        "autograd-lite: warning: log(-1.0) is outside the domain of log, x > 0: the result is nan"
    ]


# JSON


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


def test_json_marks_what_does_not_flow(run: Run) -> None:
    (step,) = strict(run("diff", "relu(x)", "x=-1", "--json")[1])["steps"]
    assert step["operands"] == [{"operand": "x", "partial": 0.0, "product": None}]


def test_a_graph_needs_no_recursion(run: Run) -> None:
    terms = ", ".join(["x*y"] * 3_000)
    code, out, _ = run("diff", f"sum([{terms}])", "x=2", "y=3", "--json")
    assert code == 0
    found = json.loads(out)
    assert found["derivatives"] == {"x": 9_000.0, "y": 6_000.0}
    assert len(found["steps"]) == 3_001


SHARED = ["x*x*x", "sin(x*y)/(x*y) + x*y", "hypot(x, y)**2 - x", "norm([x, y, x*y])", "x + x + y"]


@pytest.mark.parametrize("expression", SHARED)
def test_the_products_into_a_node_add_up_to_its_adjoint(run: Run, expression: str) -> None:
    found = json.loads(run("diff", expression, "x=0.7", "y=-1.3", "--json")[1])
    arrived: dict[str, float] = {}
    seen: list[str] = []
    for step in found["steps"]:
        if seen:
            assert arrived[step["node"]] == pytest.approx(step["adjoint"], rel=1e-14)
        seen.append(step["node"])
        for edge in step["operands"]:
            assert edge["operand"] not in seen  # a node comes after all its uses
            assert edge["product"] == edge["partial"] * step["adjoint"]
            arrived[edge["operand"]] = arrived.get(edge["operand"], 0.0) + edge["product"]
    for name, slope in found["derivatives"].items():
        assert arrived.get(name, 0.0) == pytest.approx(slope, rel=1e-14)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_every_operation_is_written_down() -> None:
    for row in TABLE.values():
        leaves = [ag.Value(0.5, name=f"x{i}") for i in range(row.arity or 3)]
        result = row(*leaves)
        result.backward()
        (line,) = rows_of(result, named_nodes(result, {"x0": leaves[0]}))
        assert (line.op, line.value) == (row.name, result.data) or math.isnan(line.value)
        assert all(re.search(rf"\b{x.name}\b", line.operation) for x in leaves)


# The picture


def test_the_graph_is_drawn(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("graphviz")
    path = tmp_path / "graph.svg"
    code, out, err = run("diff", "x*y + sin(x)", "x=2", "y=3", "--svg", str(path))
    assert (code, out, err) == (0, CHAIN_RULE, "")
    picture = path.read_text(encoding="utf-8")
    assert all(name in picture for name in ("v1", "v2", "v3", ">x<", ">y<", "grad 2.584"))


def test_the_graph_is_drawn_beside_formulas_too(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("graphviz")
    path = tmp_path / "graph.svg"
    code, out, err = run("diff", "x*y", "x=2", "y=3", "--latex", "--svg", str(path))
    assert (code, out.splitlines()[0], err) == (0, "f = x y", "")
    assert all(name in path.read_text(encoding="utf-8") for name in (">x<", ">y<", "grad 3"))


def test_without_the_extra_the_error_names_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "autograd_lite.drawing.renderer", raising=False)
    monkeypatch.setitem(sys.modules, "graphviz", None)
    code, out, err = run("diff", "x*x", "x=2", "--svg", str(tmp_path / "graph.svg"))
    assert (code, out) == (2, "")
    assert "autograd_lite[draw]" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "reason"),
    [("graph.png", "must end in .svg"), ("no/folder/graph.svg", "No such file or directory")],
)
def test_a_picture_that_cannot_be_written(run: Run, tmp_path: Path, name: str, reason: str) -> None:
    pytest.importorskip("graphviz")
    code, out, err = run("diff", "x*x", "x=2", "--svg", str(tmp_path / name))
    assert (code, out) == (2, "")
    assert re.fullmatch(rf"autograd-lite: error: --svg \S+: .*{re.escape(reason)}\n", err)


def test_an_error_of_many_lines_is_shown_on_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*arguments: Any) -> None:
        raise RuntimeError("no renderer\n  install one")

    monkeypatch.setattr("autograd_lite.cli.reports.draw", failing)
    expected = "autograd-lite: error: --svg g.svg: no renderer install one\n"
    assert run("diff", "x*x", "x=2", "--svg", "g.svg") == (2, "", expected)


# check


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


# ops


def test_ops_lists_the_table(run: Run) -> None:
    code, out, err = run("ops")
    assert (code, err) == (0, "")
    first = [line.split()[0] for line in out.splitlines() if not line.startswith(" ")]
    assert first == ["name", *TABLE]
    assert max(map(len, out.splitlines())) <= 80
    words = out.split()
    for row in TABLE.values():  # what is folded is not lost
        assert all(word in words for word in [*row.domain.text.split(), *row.note.split()])


@pytest.mark.parametrize("name", sorted({*TABLE, *FUNCTIONS}))
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
    assert [by_y.split()[:3], by_x.split()[:3]] == [["by", "operand", n] for n in "12"]
    slopes = testing.finite_difference(ag.atan2, (y, x), argnums=(0, 1))
    assert [float(line.split()[-1]) for line in (by_y, by_x)] == pytest.approx(slopes, rel=1e-5)


# Errors

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


@pytest.mark.parametrize(
    ("arguments", "error", "place"), [(*w, p) for w, p in zip(WRONG, PLACES, strict=True)]
)
def test_what_is_wrong_with_a_text_is_shown_with_its_place(
    run: Run, arguments: list[str], error: str, place: str
) -> None:
    caret = " " * place.index("¦") + "^"
    expected = f"autograd-lite: error: {error}\n  {place.replace('¦', '')}\n  {caret}\n"
    assert run(*arguments) == (2, "", expected)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["diff", "x", "x=1", "x=2"], "x is given twice"),
        (["diff", "ﬁ", "fi=1", "ﬁ=2"], "fi is given twice"),
        (["diff", "x", "x"], "'x' is not NAME=NUMBER, such as x=2"),
        (["diff", "x", "2=x"], "'2=x' is not NAME=NUMBER, such as x=2"),
        (["diff", "x", "if=2"], "'if=2' is not NAME=NUMBER, such as x=2"),
        (["diff", "x", "a.b=2"], "'a.b=2' is not NAME=NUMBER, such as x=2"),
        (["diff", "x", "e=2"], "e is a constant, 2.718281828459045: take another name"),
        (["diff", "", "x=1"], "the expression is empty"),
        (["ops", "sine"], "there is no operation sine: did you mean sin?"),
        (["ops", "max"], "there is no operation max: did you mean maximum?"),
        (["diff", "x", "-1"], "'-1' is not NAME=NUMBER, such as x=2"),
        (
            ["diff"],
            "the following arguments are required: EXPRESSION (see autograd-lite diff --help)",
        ),
        (["ops", "sin", "cos"], "ops takes one NAME at most, and cos is another"),
        (["diff", "x", "x=1", "--bad"], "there is no option --bad (see autograd-lite --help)"),
        (["diff", "x", "x=1", "--js"], "there is no option --js (see autograd-lite --help)"),
    ],
)
def test_a_wrong_call_is_an_error_with_exit_code_2(
    run: Run, arguments: list[str], error: str
) -> None:
    assert run(*arguments) == (2, "", f"autograd-lite: error: {error}\n")


@pytest.mark.parametrize(
    "arguments", [[], ["nope"], ["diff"], ["diff", "x", "--order", "3"], ["-x"]]
)
def test_a_call_that_argparse_refuses(run: Run, arguments: list[str]) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert re.fullmatch(r"autograd-lite: error: .* \(see autograd-lite.* --help\)\n", err)


def test_what_is_invisible_is_shown(run: Run) -> None:
    err = run("diff", "x + \x1b[31m", "x=1")[2]
    assert err.splitlines()[1:] == [r"  x + \x1b[31m", "      ^"]
    assert "\x1b" not in run("diff", "x", "\x1b=1")[2] + run("ops", "\x1b")[2]
    assert "\x1b" not in run("diff", "x", "--svg", "\x1b", "x=1")[2] + run("diff", "x", "--\x1b")[2]


# The documents


def console_blocks(text: str) -> list[tuple[str, str]]:
    """(command, what it prints) for every command of the program in the blocks of a document."""
    blocks = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    parts = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE)]
    pairs = [part.partition("\n") for part in parts if part.startswith("autograd-lite ")]
    return [(command, printed) for command, _, printed in pairs]


DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
SHOWN = [pair for path in DOCUMENTS for pair in console_blocks(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("command", "printed"), SHOWN)
def test_the_documents_show_what_is_printed(run: Run, command: str, printed: str) -> None:
    code, out, err = run(*shlex.split(command)[1:])
    assert (code, out.rstrip("\n"), err) == (0, printed.rstrip("\n"), "")


def test_the_documents_show_the_program() -> None:
    assert len(SHOWN) >= 1
    text = (
        "```console\n$ autograd-lite ops\nname\n$ autograd-lite --version\n1\n```\n```sh\nls\n```\n"
    )
    assert console_blocks(text) == [
        ("autograd-lite ops", "name\n"),
        ("autograd-lite --version", "1\n"),
    ]


# Help, and the process


def test_the_examples_of_the_help_run(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # one writes a page
    examples = []
    for command in ([], ["demo"]):
        assert max(map(len, run(*command, "--help")[1].splitlines())) <= 80
    for command in ("diff", "check", "ops"):
        code, out, _ = run(command, "--help")
        assert code == 0
        assert max(map(len, out.splitlines())) <= 80
        found = re.findall(r"^  autograd-lite (.*)$", out, re.MULTILINE)
        assert len(found) >= 2
        examples += found
    for example in examples:
        code, out, err = run(*shlex.split(example))
        assert (code, err) == (0, ""), example
        assert out


def test_the_version_is_the_package_s(run: Run) -> None:
    assert run("--version") == (0, f"autograd-lite {ag.__version__}\n", "")


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


def test_ctrl_c_ends_without_a_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("autograd_lite.cli.reports.operations", interrupted)
    assert run("ops") == (130, "", "")


def test_the_module_runs_as_a_process() -> None:
    done = process("diff", "x*y + sin(x)", "x=2", "y=3", env={**os.environ, "COLUMNS": "80"})
    assert (done.returncode, done.stdout, done.stderr) == (0, CHAIN_RULE, "")
    assert process("check", "floor(x)", "x=2").returncode == 1
    assert process("diff", "x").returncode == 2


# What is left in a buffer is written once more when Python ends; without a buffer nothing is.
BUFFERED = {key: text for key, text in os.environ.items() if key != "PYTHONUNBUFFERED"}


@pytest.mark.parametrize("arguments", [["ops"], ["diff", "x", "x=1"], ["--help"]])
def test_a_closed_pipe_is_no_error(arguments: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "autograd_lite", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=BUFFERED, stdout=write, stderr=subprocess.PIPE
    ) as running:
        os.close(write)
        _, err = running.communicate()
    assert (running.returncode, err) == (0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize("arguments", [["ops"], ["diff", "x", "x=1"]])
def test_a_full_disk_is_an_error(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "autograd_lite", *arguments]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command, cwd=ROOT, env=BUFFERED, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert re.fullmatch(r"autograd-lite: error: the output cannot be written: .*\n", done.stderr)


def test_a_terminal_of_ascii_gets_escapes() -> None:
    done = process("ops", "sqrt", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert r"\u221a" in done.stdout


LOADED = """
import sys
from autograd_lite.cli.main import main
main(["diff", "x*y + sin(x)", "x=2", "y=3", "--order=2", "--json"])
foreign = {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names
print(sorted(name for name in foreign if name in ("numpy", "graphviz", "llvmlite", "hypothesis")))
"""


def test_diff_loads_the_standard_library_alone() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
