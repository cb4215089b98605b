"""The DOT of a picture: looks, escaped texts, direction, the caption."""

import html
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.core.table import TABLE
from autograd_lite.drawing.draw import draw, to_dot
from tests.support.cases import loop_over
from tests.support.pictures import SVG, edges, texts, two_layers


def test_constants_are_marked_and_carry_no_partial() -> None:
    source = to_dot(2.5 * ag.Value(3.0)).source
    assert re.search(r"c0 \[label=2\.5 .*style=.dashed,rounded", source)
    assert re.search(r"c0 -> n1 \[.*style=dashed", source)
    assert edges(2.5 * ag.Value(3.0)) == [("c0", "n1", ""), ("n0", "n1", "2.5")]


def test_operands_keep_their_order_and_the_text_its_font() -> None:
    picture = to_dot(1.0 - ag.Value(3.0))
    assert picture.graph_attr["rankdir"] == "LR"
    assert picture.graph_attr["ordering"] == "in"
    for attributes in (picture.graph_attr, picture.node_attr, picture.edge_attr):
        assert attributes["fontname"] == "Courier"


def test_the_root_and_the_leaves_have_colours_of_their_own() -> None:
    source = to_dot(ag.sin(ag.exp(ag.Value(1.0)))).source
    fills = [re.search(rf"\tn{n} \[.*?fillcolor=(\S+)", source) for n in range(3)]
    assert len({fill[1] for fill in fills if fill}) == 3


LOGICAL = sorted(name for name, row in TABLE.items() if row.logical)


@loop_over("name", LOGICAL)
def test_a_comparison_shows_its_symbol_escaped(name: str) -> None:
    row = TABLE[name]
    result = row(*[ag.Value(1.0)] * (row.arity or 2))
    escaped = {"<": "&#60;", ">": "&#62;"}.get(row.label, row.label)
    assert f'[label="{{{escaped}}}|{{data {result.data:.4g}}}"' in to_dot(result).source
    assert f">{html.escape(row.label)}</text>" in draw(result)
    assert texts(result).count(row.label) == 1


@loop_over(
    "name, shown",
    [
        ('say "hi"', 'say "hi"'),
        ("{a|b} <c>", "{a|b} <c>"),
        ("<b>bold</b>", "<b>bold</b>"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("back\\slash\\", "back\\slash\\"),
        ("\\n\\l\\N\\G", "\\n\\l\\N\\G"),
        ("two\nlines\r\t", "two\\nlines\\r\\t"),
        ("&lt;&#60;&amp;", "&lt;&#60;&amp;"),
        ("nul\0 \x1b[31m", "nul\\x00 \\x1b[31m"),
        ("\u202eright to left", "\\u202eright to left"),
        ("\ud800\uffff\u2028", "\\ud800\\uffff\\u2028"),
        ("naïve ∂θ 学", "naïve ∂θ 学"),
        ("]]> -> --", "]]> -> --"),
        ("n" * 1_000_000, "n" * 40 + "…"),
    ],
)
def test_a_name_is_shown_as_it_is(name: str, shown: str) -> None:
    assert shown in texts(ag.Value(1.0, name=name))
    assert len(to_dot(ag.Value(1.0, name=name)).source) < 2000


@pytest.mark.parametrize(
    ("direction", "axis", "sign"), [("LR", 0, 1), ("RL", 0, -1), ("TB", 1, 1), ("BT", 1, -1)]
)
def test_the_arrows_lead_where_they_are_told(direction: Any, axis: int, sign: int) -> None:
    x = ag.Value(2.0, name="first")
    y = -x
    y.name = "last"
    drawn = ET.fromstring(ag.draw(y, direction=direction)).iter(f"{SVG}text")
    at = {e.text: (float(e.attrib["x"]), float(e.attrib["y"])) for e in drawn}
    assert sign * (at["last"][axis] - at["first"][axis]) > 30
    # and a node's rows stand under one another, whichever way
    assert at["data 2"][1] - at["first"][1] > 5


def test_the_caption_speaks_of_what_is_there() -> None:
    net, loss = two_layers()
    local = "on an arrow: the local derivative"
    assert local in ag.to_dot(loss, collapse="neuron *").source
    score = net([0.5, -1.0])
    assert local not in ag.to_dot(score, collapse="neuron *").source  # too many arrows for labels
    x = ag.Value(3.0)
    hidden = 2.0 * x
    (hidden * hidden).backward()
    found = texts(hidden)
    assert "grad 12" in found
    assert f"{local}; grad: the derivative of what backward() ran on" in found
    hidden.backward()
    assert f"{local}; grad: the derivative of the last node" in texts(hidden)
