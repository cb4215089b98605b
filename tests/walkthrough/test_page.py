"""The HTML of the step-by-step page: one file that loads nothing, and in which no name acts."""

import base64
import hashlib
import json
from html.parser import HTMLParser
from typing import Any

import autograd_lite as ag
from autograd_lite._util.text import shown
from autograd_lite.walkthrough.explain import explain
from tests.support.cases import loop_over
from tests.support.explain_graphs import described, neuron
from tests.support.hostile import HOSTILE, named_primitive


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


@loop_over("text", HOSTILE)
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
