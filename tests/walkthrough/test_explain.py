"""The step-by-step page without a browser: its numbers are the engine's, and nothing in it acts."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import autograd_lite as ag
from autograd_lite._util.text import shown
from autograd_lite.core.value import topological_order
from autograd_lite.walkthrough.explain import explain
from autograd_lite.walkthrough.steps import _backward
from tests.support.explain_graphs import GRAPHS, neuron, unswept
from tests.support.hostile import HOSTILE, IDS, named_primitive


def described(v: ag.Value) -> dict[str, Any]:
    """The data of a page."""
    found = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>', explain(v), re.S
    )
    assert len(found) == 1
    data: dict[str, Any] = json.loads(found[0])
    return data


def gradients(v: ag.Value) -> list[str]:
    """What `backward` finds, in topological order."""
    v.backward()
    return [repr(float(node.grad)) for node in topological_order(v)]


@pytest.mark.parametrize("graph", GRAPHS)
def test_values_and_gradients_are_the_engines(graph: Callable[[], ag.Value]) -> None:
    v = graph()
    data = described(v)
    assert [node["value"] for node in data["nodes"]] == [repr(x.data) for x in topological_order(v)]
    assert [node["grad"] for node in data["nodes"]] == gradients(v)


@pytest.mark.parametrize("graph", GRAPHS)
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
    found, _ = _backward(result, {id(node): j for j, node in enumerate(order)})
    assert [repr(x) for x in found] == gradients(result)


def test_the_callers_gradients_stay_as_they_are() -> None:
    x = ag.Value(3.0)
    y = x * x
    z = y.sin()
    z.backward()
    x.grad, y.grad = 7.0, -1.0
    explain(z)
    assert (x.grad, y.grad, z.grad) == (7.0, -1.0, 1.0)


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
    assert re.fullmatch(r"test_explain\.py:\d+, `return .*# this line`", source)


# The page


class Elements(HTMLParser):
    """What a browser makes of a page: its elements, their attributes, and each script's text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.cdata_elem in self.raw:
            self.raw[self.cdata_elem].append(data)


def elements(page: str) -> Elements:
    parser = Elements()
    parser.feed(page)
    parser.close()
    return parser


def test_the_page_is_one_file_that_loads_nothing() -> None:
    page = explain(neuron())
    for tag, attributes in elements(page).tags:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base", "form", "a", "use")
        assert not attributes.keys() & {"src", "href", "xlink:href", "style", "srcset", "action"}
        assert not [name for name in attributes if name.startswith("on")]
    assert "://" not in page and "@import" not in page and "url(" not in page
    for word in ("fetch(", "XMLHttpRequest", "WebSocket", "innerHTML", "eval(", "document.write"):
        assert word not in page


def test_the_policy_lets_its_own_script_and_style_run_and_nothing_else() -> None:
    found = elements(explain(neuron()))
    policy = next(a["content"] for t, a in found.tags if a.get("http-equiv"))
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules.keys() == {"default-src", "style-src", "script-src", "base-uri", "form-action"}
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    for source, text in (
        ("style-src", found.raw["style"][0]),
        ("script-src", found.raw["script"][1]),
    ):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[source] == f"'sha256-{digest}'"


@pytest.mark.parametrize("text", HOSTILE, ids=IDS)
def test_a_hostile_name_is_text(text: str) -> None:
    def graph(name: str, operation: Any) -> ag.Value:
        x = ag.Value(2.0, name=name)
        y = operation(x)
        y.name = name
        return y

    row = named_primitive(text)
    page = explain(graph(text, row))
    plain = elements(explain(graph("plain", named_primitive("plain"))))
    found = elements(page)
    assert [tag for tag, _ in found.tags] == [tag for tag, _ in plain.tags]
    assert len(page) < 60_000 and page.isascii() == explain(ag.Value(1.0)).isascii()
    data = json.loads(found.raw["script"][0])
    assert not set("<>&\u2028\u2029") & set(found.raw["script"][0])
    assert data["nodes"][0]["name"] == shown(text, 200)
    assert data["nodes"][1]["op"] == shown(text, 200)
    for node in data["nodes"]:
        assert all(part.isprintable() for part in node.values())


def test_a_placeholder_in_a_name_is_not_filled_in() -> None:
    data = described(ag.Value(1.0, name="{{SCRIPT}}"))
    assert data["nodes"][0]["name"] == "{{SCRIPT}}"


def test_a_file_is_written(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    v = neuron()
    assert explain(v, str(path)) == path
    assert path.read_text(encoding="utf-8") == explain(v)


# What is refused


@pytest.mark.parametrize("wrong", [3.0, None, "v", [ag.Value(1.0)], (ag.Value(1.0),)])
def test_only_a_value_can_be_explained(wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"only a Value .* not {type(wrong).__name__}"):
        explain(wrong)


@pytest.mark.parametrize("name", ["page.svg", "page", "html"])
def test_a_path_of_another_format_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"must end in \.html"):
        explain(ag.Value(1.0), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_graph_above_the_limit_is_refused_with_a_way_out() -> None:
    v = ag.Value(1.0)
    for _ in range(3000):
        v = -v
    with pytest.raises(ValueError, match="more than 2,000 nodes") as caught:
        explain(v)
    assert ".detach()" in str(caught.value) and "max_nodes=" in str(caught.value)
    with pytest.raises(ValueError, match="more than 2 nodes"):
        explain(ag.Value(1.0) + 1.0, max_nodes=2)
    with pytest.raises(ValueError, match="time_limit"):
        explain(ag.Value(1.0), time_limit=0.0)


def test_a_function_that_jit_records_cannot_explain() -> None:
    def f(x: Any) -> Any:
        explain(x)
        return x

    with pytest.raises(TypeError, match=r"explain\(\)"):
        ag.jit(f)(2.0)
