"""The numbers of the step-by-step page are the engine's: values, gradients, every product."""

import re
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings

import autograd_lite as ag
from autograd_lite.core.order import topological_order
from autograd_lite.walkthrough.steps import _apply_chain_rule
from tests.support.cases import loop_over
from tests.support.explain_graphs import GRAPHS, described, unswept


def gradients(v: ag.Value) -> list[str]:
    """What `backward` finds, in topological order."""
    v.backward()
    return [repr(float(node.grad)) for node in topological_order(v)]


@loop_over("graph", GRAPHS)
def test_values_and_gradients_are_the_engines(graph: Callable[[], ag.Value]) -> None:
    v = graph()
    data = described(v)
    assert [node["value"] for node in data["nodes"]] == [repr(x.data) for x in topological_order(v)]
    assert [node["grad"] for node in data["nodes"]] == gradients(v)


@loop_over("graph", GRAPHS)
def test_every_step_adds_one_product(graph: Callable[[], ag.Value]) -> None:
    data = described(graph())
    nodes, edges = data["nodes"], data["edges"]
    sums = [0.0] * len(nodes)
    sums[data["root"]] = 1.0
    for e, total in data["backward"]:
        edge = edges[e]
        # the adjoint is complete: nothing is added to it later
        assert repr(sums[edge["to"]]) == nodes[edge["to"]]["grad"]
        product = float(edge["partial"]) * sums[edge["to"]]
        assert repr(product) == edge["product"]
        sums[edge["from"]] += product
        assert repr(sums[edge["from"]]) == total
    assert [repr(x) for x in sums] == [node["grad"] for node in nodes]
    flowing = [e for e, edge in enumerate(edges) if "product" in edge]
    assert sorted(e for e, _ in data["backward"]) == flowing
    assert len(data["forward"]) == sum("formula" in node for node in nodes)


@settings(max_examples=50)
@given(ag.testing.strategies.expressions())
def test_random_programs_have_the_engines_gradients(expression: Any) -> None:
    result = expression.f([ag.Value(x) for x in expression.point])
    order = topological_order(result)
    found, _ = _apply_chain_rule(order)
    assert [repr(x) for x in found] == gradients(result)


def test_a_duplicate_parent_contributes_twice() -> None:
    x = ag.Value(3.0, name="x")
    data = described(x * x)
    assert [(e["from"], e["to"], e["product"]) for e in data["edges"]] == [(0, 1, "3.0")] * 2
    assert [total for _, total in data["backward"]] == ["3.0", "6.0"]


def test_what_was_not_chosen_is_said_and_has_no_step() -> None:
    data = described(unswept())
    said = {edge.get("none") for edge in data["edges"]}
    assert said == {None, "not chosen", "not reached"}
    assert all("product" not in edge for edge in data["edges"] if edge.get("none"))


def test_formulas_and_rules_use_the_names() -> None:
    x, w = ag.Value(2.0, name="x"), ag.Value(-3.0, name="w")
    y = x * w
    data = described(y * 2.0)
    assert [node["label"] for node in data["nodes"]] == ["x", "w", "v₂", "v₃"]
    assert [node.get("formula") for node in data["nodes"]] == [None, None, "x · w", "v₂ · 2"]
    assert data["nodes"][2]["numbers"] == "2 · (-3)"
    assert data["edges"][0]["rule"] == {"text": "w", "numbers": "-3", "case": "", "computed": ""}


def test_nodes_of_one_name_are_told_apart() -> None:
    a, b = ag.Value(1.0, name="w"), ag.Value(2.0, name="w")
    labels = [node["label"] for node in described(a * b)["nodes"]]
    assert labels == ["w", "w₁", "v₂"]


def test_the_scopes_of_a_node_are_named() -> None:
    x = ag.Value(2.0, name="x")
    with ag.scope("<b>outer"):
        y = x * x
        with ag.scope("\x1b inner"):
            z = ag.sin(y)
    found = [node.get("scope") for node in described(z + 1.0)["nodes"]]
    assert found == [None, "<b>outer", "<b>outer / \\x1b inner", None]


def test_the_line_is_known_under_detect_anomaly_alone() -> None:
    def graph() -> ag.Value:
        return ag.Value(2.0, name="x").sin()  # this line

    assert "source" not in described(graph())["nodes"][1]
    with ag.detect_anomaly():
        source = described(graph())["nodes"][1]["source"]
    assert re.fullmatch(r"test_steps\.py:\d+, `return .*# this line`", source)
