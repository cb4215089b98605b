"""Draw the graph of the step-by-step page from a layout by Graphviz.

The drawing has no text of any node: the script of the page inserts the texts as text.
"""

import re
import xml.etree.ElementTree as ET
from typing import Any

from ..core.value import Value
from .rules import format_number

_SVG = "{http://www.w3.org/2000/svg}"


def draw_picture(order: list[Value], data: dict[str, Any], time_limit: float) -> str:
    """Return the graph as SVG, where node i of `data` has the id "ni" and edge i the id "ei"."""
    from ..drawing.renderer import Picture

    picture = Picture(
        graph_attr={"rankdir": "LR", "ordering": "in", "nodesep": "0.25", "ranksep": "0.25"},
        node_attr={"shape": "box", "fixedsize": "true", "label": ""},
        edge_attr={"fontname": "Courier", "fontsize": "11", "arrowsize": "0.8"},
    )
    picture.time_limit = time_limit
    numbers = {id(node): number for number, node in enumerate(order)}
    sizes: dict[str, tuple[float, float]] = {}

    def add(key: str, width: float, height: float) -> None:
        picture.node(key, id=key, width=f"{width / 72:.3f}", height=f"{height / 72:.3f}")
        sizes[key] = (width, height)

    edges = iter(enumerate(data["edges"]))
    constants: list[str] = []
    for j, node in enumerate(order):
        add(f"n{j}", _estimate_width(data["nodes"][j]), 64.0)
        for x in node.operands:
            if isinstance(x, Value):
                e, edge = next(edges)
                text = (
                    edge["none"]
                    if edge["partial"] is None
                    else format_number(float(edge["partial"]), 4)
                )
                picture.edge(
                    f"n{numbers[id(x)]}", f"n{j}", id=f"e{e}", label=f" {'0' * len(text)} "
                )
            else:
                key = f"c{len(constants)}"
                constants.append(format_number(x, 4))
                add(key, 16.0 + 8.0 * len(constants[-1]), 26.0)
                picture.edge(key, f"n{j}", id=f"d{len(constants) - 1}")
    picture.nodes = len(order) + len(constants)
    return _redraw(picture.pipe("svg", encoding="utf-8"), sizes, constants)


def _estimate_width(node: dict[str, Any]) -> float:
    heading = len(node.get("symbol", "")) + len(node["label"]) + (2 if "symbol" in node else 0)
    number = 5 + max(len(format_number(float(node[key]), 4)) for key in ("value", "grad"))
    return 20.0 + 7.4 * max(heading + 1, number + 1, 10)


def _redraw(svg: str, sizes: dict[str, tuple[float, float]], constants: list[str]) -> str:
    """Draw the layout of an SVG by Graphviz with the elements that the page needs."""
    tree = ET.fromstring(svg)
    width, height = tree.attrib["viewBox"].split()[2:]
    shift = re.search(r"translate\(([\d. -]+)\)", tree[0].attrib["transform"])
    groups = {g.get("id", ""): g for g in tree.iter(f"{_SVG}g")}
    elements = [
        f'<svg id="graph" data-width="{float(width):g}" data-height="{float(height):g}" '
        'role="group" aria-labelledby="graph-title"><title id="graph-title">Computation graph'
        f'</title><g id="view"><g transform="translate({shift[1] if shift else "0 0"})">'
    ]
    for key, group in groups.items():
        if group.get("class") == "edge":
            elements.append(_draw_arrow(key, group))
    for key, (w, h) in sizes.items():
        x, y = _find_centre(groups[key])
        place = f'id="{key}" transform="translate({x - w / 2:.1f} {y - h / 2:.1f})"'
        card = f'<rect class="card" width="{w:g}" height="{h:g}" rx="8"/>'
        if key[0] == "c":
            middle = f'x="{w / 2:g}" y="17.5" text-anchor="middle"'
            text = constants[int(key[1:])]
            elements.append(f'<g class="constant" {place}>{card}<text {middle}>{text}</text></g>')
            continue
        tint = f'<rect class="tint" width="{w:g}" height="{h:g}" rx="8" fill-opacity="0"/>'
        texts = "".join(
            f'<text class="{row}" x="10" y="{y}"></text>'
            for row, y in (("heading", 19), ("value", 38), ("grad", 55))
        )
        content = f"{card}{tint}{texts}"
        elements.append(f'<g class="node" {place} tabindex="0" role="button">{content}</g>')
    return "".join([*elements, "</g></g></svg>"])


def _draw_arrow(key: str, group: ET.Element) -> str:
    path = group.find(f"{_SVG}path")
    arrow = group.find(f"{_SVG}polygon")
    label = group.find(f"{_SVG}text")
    parts = [] if path is None else [f'<path d="{_clean(path.attrib["d"])}"/>']
    if arrow is not None:
        parts.append(f'<polygon points="{_clean(arrow.attrib["points"])}"/>')
    if label is not None:
        x, y = float(label.attrib["x"]), float(label.attrib["y"])
        parts.append(f'<text x="{x:g}" y="{y:g}" text-anchor="middle"></text>')
    kind = "edge" if key[0] == "e" else "edge from-constant"
    return f'<g class="{kind}" id="{key}">{"".join(parts)}</g>'


def _clean(geometry: str) -> str:
    """Remove every character that coordinates and path commands do not need."""
    return re.sub(r"[^MCL0-9,. \-]", "", geometry)


def _find_centre(group: ET.Element) -> tuple[float, float]:
    points = [
        [float(c) for c in point.split(",")]
        for polygon in group.iter(f"{_SVG}polygon")
        for point in polygon.attrib["points"].split()
    ]
    xs, ys = zip(*points, strict=True)
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
