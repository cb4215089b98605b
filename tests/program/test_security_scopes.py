"""Titles of scopes, and names under every option of a picture, are shown as text."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite._util.text import shown
from tests.support.cases import loop_over
from tests.support.hostile import HOSTILE

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "g", "a", "title", "text", "polygon", "polyline", "path", "ellipse"}
SCRIPTING = re.compile(r"://|javascript|^on", re.IGNORECASE)
OPTIONS: list[dict[str, Any]] = [
    {"highlight": True, "color_by": "grad", "direction": "BT"},
    {"collapse": 1},
]

hostile = loop_over("text", HOSTILE)


def graph(text: str) -> tuple[ag.Value, ag.Value]:
    x = ag.Value(1.5, name=text)
    with ag.scope(text):
        y = x * x
        with ag.scope(text):
            z = ag.sin(y) + 2.0
    z.backward()
    return x, z


def drawn_texts(text: str, options: dict[str, Any]) -> list[str]:
    """The texts of the picture, which holds what a picture may hold and no more."""
    x, z = graph(text)
    if options.get("highlight"):
        options = {**options, "highlight": x}
    picture = ag.draw(z, **options)
    assert "<!ENTITY" not in picture and len(picture) < 40_000
    found = []
    for element in ET.fromstring(picture).iter():
        assert element.tag.removeprefix(SVG) in ELEMENTS
        for name, value in element.attrib.items():
            assert not SCRIPTING.search(name.rpartition("}")[2])
            assert "title" in name or not SCRIPTING.search(value)
        if element.tag == f"{SVG}text":
            found.append(" ".join((element.text or "").split()))
    return found


@hostile
@loop_over("options", OPTIONS)
def test_a_title_is_text(text: str, options: dict[str, Any]) -> None:
    texts = drawn_texts(text, options)
    title = " ".join(shown(text, 40).split())
    boxes = 1 if options.get("collapse") == 1 else 2
    assert texts.count(title) == boxes + 1  # and the leaf's name
    if options.get("highlight"):
        assert sum(line.startswith(f"from {title} to the result") for line in texts) == 1


@example("1")
@given(st.text(st.characters(codec=None), min_size=1))
@settings(max_examples=15)
def test_random_titles_are_text(text: str) -> None:
    title = " ".join(shown(text, 40).split())
    for options, titles in (({}, 3), ({"collapse": 1}, 2)):
        others = drawn_texts("what nobody draws", options)  # such as "1", a partial
        assert drawn_texts(text, options).count(title) == titles + others.count(title)


@hostile
def test_the_dot_of_any_title_is_one_statement_a_line(text: str) -> None:
    _, z = graph(text)
    node = r"(graph|node|edge|[nckb]\d( -> [nb]\d)?)"
    attributes = r'(\w+=("[^"\\]*"|[-\w.]+) ?)+'
    statement = rf"\t+{node} \[{attributes}\]|\t+{attributes}"
    frame = r"(digraph|\t+subgraph cluster_(\d|legend)) \{|\t*\}"
    for options in ({}, {"collapse": 1}, {"color_by": "grad"}):
        lines = ag.to_dot(z, **options).source.splitlines()
        wrong = [x for x in lines if not re.fullmatch(f"{statement}|{frame}", x)]
        assert wrong == []


@hostile
def test_an_error_about_titles_is_one_short_line(text: str) -> None:
    _, z = graph(text)
    for wrong in ("\x1b[31m no such\n", "[", "m" * 1_000_000):
        with pytest.raises(ValueError, match="no box is called") as caught:
            ag.draw(z, collapse=wrong)
        assert str(caught.value).isprintable() and len(str(caught.value)) < 400


@hostile
def test_any_title_can_be_closed_by_itself(text: str) -> None:
    _, z = graph(text)
    assert "3 operations" in ag.to_dot(z, collapse=[text]).source


def test_a_title_opens_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for text in HOSTILE[:4]:
        ag.draw(graph(text)[1])
    assert list(tmp_path.iterdir()) == []
