"""The chain rule written down: every product, and what each operation is called."""

import json
import math
import re

import pytest

import autograd_lite as ag
from autograd_lite.cli.chain_rule import list_rows, name_nodes
from autograd_lite.core.table import TABLE
from tests.support.cases import loop_over
from tests.support.command_line import CHAIN_RULE, Run


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


@loop_over(
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


def test_the_names_of_nodes_give_way_to_the_variables(run: Run) -> None:
    _, out, _ = run("diff", "v1*v1 + v_2", "v1=3", "v_2=1")
    assert "v__2  v__1 + v_2     10" in out


def test_json_marks_what_does_not_flow(run: Run) -> None:
    (step,) = json.loads(run("diff", "relu(x)", "x=-1", "--json")[1])["steps"]
    assert step["operands"] == [{"operand": "x", "partial": 0.0, "product": None}]


@pytest.mark.slow
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
        (line,) = list_rows(result, name_nodes(result, {"x0": leaves[0]}))
        assert (line.op, line.value) == (row.name, result.data) or math.isnan(line.value)
        assert all(re.search(rf"\b{x.name}\b", line.operation) for x in leaves)
