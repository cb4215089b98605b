"""What `diff` writes besides its text: `--latex`, `--html` and `--svg`; see `cli/reports.py`."""

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import autograd_lite as ag
from tests.support.command_line import CHAIN_RULE, Run

# LaTeX


def test_latex_has_an_equation_a_line(run: Run) -> None:
    code, out, err = run("diff", "x*y + sin(x)", "x=2", "y=3", "--latex")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        r"f = x y + \sin(x)",
        r"\frac{\partial f}{\partial x} = y + \cos(x)",
        r"\frac{\partial f}{\partial y} = x",
    ]


def test_latex_of_the_second_order(run: Run) -> None:
    _, out, _ = run("diff", "x**2 * alpha_1", "x=2", "alpha_1=3", "--order=2", "--latex")
    assert out.splitlines()[3:] == [
        r"\frac{\partial^{2} f}{\partial x^{2}} = 2 \alpha_{1}",
        r"\frac{\partial^{2} f}{\partial x \partial \alpha_{1}} = 2 x",
        r"\frac{\partial^{2} f}{\partial \alpha_{1}^{2}} = 0",
    ]


def test_a_variable_called_f_leaves_the_name_to_it(run: Run) -> None:
    assert run("diff", "f*g", "f=1", "g=2", "--latex")[1].startswith("h = f g\n")


def test_latex_of_a_constant_and_of_an_unused_variable(run: Run) -> None:
    assert run("diff", "2*3", "--latex")[1] == "f = 6\n"
    code, out, err = run("diff", "x", "x=1", "y=2", "--latex")
    assert (code, out.splitlines()[-1]) == (0, r"\frac{\partial f}{\partial y} = 0")
    assert "y is not in the expression" in err


def test_latex_from_a_pipe(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("x**2\n"))
    assert run("diff", "-", "x=3", "--latex")[1].splitlines()[-1].endswith("= 2 x")


def test_a_large_formula_comes_in_lines_and_a_larger_one_is_refused(run: Run) -> None:
    text = "x"
    for _ in range(30):
        text = f"sin({text} + x*x)"
    _, out, _ = run("diff", text, "x=1", "--latex")
    assert out.startswith(r"\begin{aligned} v_{1} &= ")
    code, out, err = run("diff", "+".join(["sin(x)"] * 600), "x=1", "--latex")
    assert (code, out) == (2, "")
    assert err.startswith("autograd-lite: error: --latex: the graph has 1,200 nodes")


def test_latex_and_json_are_one_or_the_other(run: Run) -> None:
    code, _, err = run("diff", "x", "x=1", "--latex", "--json")
    assert code == 2
    assert "not allowed with" in err


# Pages


def test_html_writes_the_page_and_prints_the_rest(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    code, out, err = run("diff", "x*y", "x=2", "y=3", "--html", str(path))
    assert (code, err) == (0, "")
    assert "d/dx   3.0" in out
    page = path.read_text(encoding="utf-8")
    x, y = ag.Value(2.0, name="x"), ag.Value(3.0, name="y")
    assert page == ag.explain(x * y)


def test_html_goes_with_json(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "page.htm"
    _, out, _ = run("diff", "x*x", "x=2", "--html", str(path), "--json")
    assert json.loads(out)["value"] == 4.0
    assert path.exists()


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("page.txt", "the name of the file must end in .html"),
        ("nosuch/page.html", "No such file or directory"),
    ],
)
def test_a_page_that_cannot_be_written(run: Run, tmp_path: Path, name: str, complaint: str) -> None:
    code, out, err = run("diff", "x", "x=1", "--html", str(tmp_path / name))
    assert (code, out) == (2, "")
    assert complaint in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_an_expression_too_large_for_a_page(run: Run, tmp_path: Path) -> None:
    text = ", ".join(["sin(x)"] * 5000)
    path = str(tmp_path / "page.html")
    code, _, err = run("diff", f"sum([{text}])", "x=1", "--html", path)
    assert code == 2
    assert "--html" in err and "max_nodes" in err


def test_help_shows_both(run: Run) -> None:
    _, out, _ = run("diff", "--help")
    assert "--html FILE" in out
    assert "--latex" in out
    _, out, _ = run("demo", "--help")
    assert "autograd-lite demo moons --points 40" in out


# Pictures


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
