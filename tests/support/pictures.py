"""What stands in a picture: the texts of its SVG, the nodes and arrows of its DOT."""

import re
import xml.etree.ElementTree as ET
from typing import Any

import autograd_lite as ag

SVG = "{http://www.w3.org/2000/svg}"


def texts(v: ag.Value, **options: Any) -> list[str]:
    """Every text of the picture, in order."""
    drawn = ET.fromstring(ag.draw(v, **options))
    return [(element.text or "").strip() for element in drawn.iter(f"{SVG}text")]


def statements(v: ag.Value, **options: Any) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The attributes of each node of the DOT, and of the arrows between each two."""
    source = ag.to_dot(v, **options).source
    nodes = dict(re.findall(r"^\t+(\w+) \[(.*)\]$", source, re.MULTILINE))
    arrows: dict[str, list[str]] = {}
    for ends, attributes in re.findall(r"^\t(\w+ -> \w+)(?: \[(.*)\])?$", source, re.MULTILINE):
        arrows.setdefault(ends, []).append(attributes)
    return {
        key: text for key, text in nodes.items() if key not in ("graph", "node", "edge")
    }, arrows


def edges(v: ag.Value) -> list[tuple[str, str, str]]:
    """(from, to, label) of every arrow in the DOT."""
    found = re.findall(r"^\t(\w+) -> (\w+) \[(.*)\]$", ag.to_dot(v).source, re.MULTILINE)
    return [
        (tail, head, label[1].strip('"') if (label := re.search(r'label=("[^"]*"|\S+)', a)) else "")
        for tail, head, a in found
    ]


def two_layers(samples: int = 1) -> tuple[ag.nn.MLP, ag.Value]:
    net = ag.nn.MLP(2, [16, 16, 1], rng=1)
    points = [[0.01 * i, 1.0 - 0.03 * i] for i in range(samples)]
    return net, ag.nn.hinge([net(p) for p in points], [1 if i % 2 else -1 for i in range(samples)])
