"""The graph of the step-by-step page: places from Graphviz, and no text but its constants."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

import autograd_lite as ag
from autograd_lite.walkthrough.picture import draw_picture
from autograd_lite.walkthrough.steps import describe
from tests.support.cases import loop_over
from tests.support.explain_graphs import GRAPHS

pytest.importorskip("graphviz")


def elements(root: ag.Value) -> list[ET.Element]:
    order, data = describe(root)
    return list(ET.fromstring(draw_picture(order, data, time_limit=30.0)).iter())


@loop_over("graph", GRAPHS)
def test_each_node_and_each_edge_is_drawn_once(graph: Callable[[], ag.Value]) -> None:
    root = graph()
    order, data = describe(root)
    drawn = [element.get("id", "") for element in elements(root)]
    assert sorted(x for x in drawn if re.fullmatch(r"n\d+", x)) == sorted(
        f"n{j}" for j in range(len(order))
    )
    assert sorted(x for x in drawn if re.fullmatch(r"e\d+", x)) == sorted(
        f"e{j}" for j in range(len(data["edges"]))
    )


def test_constants_are_the_only_texts() -> None:
    root = 2.5 * ag.Value(1.0, name="x")
    texts = [element.text for element in elements(root) if element.tag == "text"]
    assert [text for text in texts if text] == ["2.5"]


def test_cards_lie_inside_the_picture_and_apart() -> None:
    x = ag.Value(1.0)
    svg, *rest = elements(x * ag.sin(x))
    width, height = float(svg.attrib["data-width"]), float(svg.attrib["data-height"])
    places = [e.attrib["transform"] for e in rest if e.get("class") == "node"]
    assert len(places) == len(set(places)) == 3
    cards = [e for e in rest if e.get("class") == "card"]
    assert all(float(e.attrib["width"]) < width for e in cards)
    assert all(float(e.attrib["height"]) <= height for e in cards)
