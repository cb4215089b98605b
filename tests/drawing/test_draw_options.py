"""What `draw` can be told: the direction, what is shown, colours, closed boxes, lit paths."""

import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.core.value import topological_order
from autograd_lite.drawing import renderer
from autograd_lite.drawing.boxes import Boxes
from autograd_lite.drawing.colors import Scale, is_dark
from autograd_lite.drawing.draw import svg

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


def two_layers(samples: int = 1) -> tuple[ag.nn.MLP, ag.Value]:
    net = ag.nn.MLP(2, [16, 16, 1], rng=1)
    points = [[0.01 * i, 1.0 - 0.03 * i] for i in range(samples)]
    return net, ag.nn.hinge([net(p) for p in points], [1 if i % 2 else -1 for i in range(samples)])


@pytest.fixture
def y() -> ag.Value:
    x = ag.Value(2.0, name="x")
    z = x * x
    z.name = "square"
    root = 3.0 * z + ag.sin(ag.Value(0.5, name="u"))
    root.backward()
    return root


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


@pytest.mark.parametrize(
    ("show", "seen"),
    [
        ("names", {"x", "u", "square"}),
        (["data"], {"data 2", "data 4"}),
        (("grad",), {"grad 12", "grad 3", "grad 1"}),
        ({"partials"}, {"2", "3", "1"}),
        (["constants"], {"3"}),
        ([], {"leaf"}),
    ],
)
def test_what_is_shown_is_chosen(y: ag.Value, show: Any, seen: set[str]) -> None:
    found = set(texts(y, show=show))
    assert seen <= found and {"×", "+", "sin"} <= found
    of = {"names": {"x", "u"}, "data": {"data 2"}, "grad": {"grad 3"}, "partials": {"2"}}
    chosen = {show} if isinstance(show, str) else set(show)
    assert not found & set().union(*[texts for part, texts in of.items() if part not in chosen])
    assert ("c0" in statements(y, show=show)[0]) == ("constants" in chosen)


def test_all_is_shown_by_default(y: ag.Value) -> None:
    every = ["names", "data", "grad", "partials", "constants"]
    assert ag.to_dot(y).source == ag.to_dot(y, show=every).source


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"direction": "left"}, ValueError, "direction is one of LR, TB, RL, BT"),
        ({"show": "nothing"}, ValueError, "show takes names, data, grad, partials, constants"),
        ({"show": 3}, TypeError, "show is a list"),
        ({"show": [["data"]]}, ValueError, "show takes names.* not \\['data'\\]"),
        ({"color_by": "data"}, ValueError, 'color_by is "grad"'),
        ({"highlight": 2.0}, TypeError, "highlight is a Value, not float"),
        ({"highlight": ag.Value(2.0, name="other")}, ValueError, "not in this graph"),
        ({"collapse": 0}, ValueError, "collapse is a depth"),
        ({"collapse": True}, ValueError, "collapse is a depth"),
        ({"collapse": 1}, ValueError, "this graph has none"),
        ({"collapse": 1.5}, TypeError, "a depth or titles"),
        ({"collapse": [1]}, TypeError, "titles as str"),
        ({"collapse": "layer"}, ValueError, "no box is called 'layer'; there are none"),
    ],
)
def test_an_option_that_cannot_be_is_refused(
    y: ag.Value, options: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        ag.draw(y, **options)


def test_colours_need_a_gradient() -> None:
    with pytest.raises(ValueError, match=r"call it, then color_by"):
        ag.draw(ag.Value(1.0) * 2.0, color_by="grad")


def test_nodes_are_filled_by_the_size_of_their_gradient() -> None:
    x = ag.Value(0.0, name="x")
    y = ag.sum([1e-3 * x, 1e-2 * ag.square(x), 10.0 * ag.Value(-1.0)])
    y.backward()
    nodes, _ = statements(y, color_by="grad")
    fills = {
        key: re.search(r'fillcolor="(#\w+)"', text)[1]  # type: ignore[index]
        for key, text in nodes.items()
        if key[0] in "nk"
    }
    assert fills["n0"] == Scale([1e-3, 1e-2, 1.0, 10.0]).fill(1e-3)
    assert len({fills[key] for key in fills if key[0] == "n"}) >= 3
    assert {fills[key] for key in fills if key[0] == "n"} <= {
        fills[key] for key in fills if key[0] == "k"
    }


@pytest.mark.parametrize(
    "sizes",
    [
        [1.0], [0.0], [0.0, float("nan")], [5e-324, 1.7e308], [1.0, 1.1], [9.99, 10.0, 10.01],
        [1e-300, 1e-299], [1e-8, 1e3], [0.3, 0.3000001, 2.9], [2.0, 5.0], [],
    ],
)  # fmt: skip
def test_a_scale_is_monotone_and_its_legend_says_what_it_does(sizes: list[float]) -> None:
    scale = Scale(sizes)
    legend = scale.legend()
    assert len(legend) <= 8 and len(dict(legend)) == len(legend)
    shades = [scale.fill(x) for x in sorted(x for x in sizes if x == x)]
    order = [colour for colour, _ in legend]
    assert [order.index(c) for c in shades] == sorted(order.index(c) for c in shades)
    for x in sizes:
        text = dict(legend)[scale.fill(x)]
        if x != x or x == 0.0:
            assert text == ("nan or infinite" if x else "0")
        else:
            low, high = (float(part) for part in text.split(" to "))
            assert low <= x < high or (low == x == high), (x, text)


def test_the_scale_is_read_without_colour() -> None:
    """From light to dark, with text of a contrast above 4.5: WCAG 2's luminance and its AA."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    fills = [colour for colour, _ in Scale([1e-5, 1.0]).legend()]
    light = [luminance(colour) for colour in fills]
    assert light == sorted(light, reverse=True) and len(fills) >= 5
    for colour, own in zip(fills, light, strict=True):
        ink = 1.0 if is_dark(colour) else luminance("#1f2933")
        assert (max(ink, own) + 0.05) / (min(ink, own) + 0.05) > 4.5, colour


def test_paths_from_a_leaf_stand_out_and_add_up() -> None:
    x, w = ag.Value(2.0, name="x"), ag.Value(5.0, name="w")
    y = (x * x + 3.0 * x) * ag.sin(x) - w
    found = texts(y, highlight=x)
    [slope] = ag.grad(lambda x: (x * x + 3.0 * x) * ag.sin(x), (0,))(2.0)
    assert f"from x to the result: 4 paths; the derivative along them is {slope:.4g}" in found
    nodes, arrows = statements(y, highlight=x)
    lit = {ends: [a for a in all if "penwidth=2" in a] for ends, all in arrows.items()}
    assert len(arrows["n0 -> n1"]) == len(lit["n0 -> n1"]) == 2
    faded = [ends for ends, all in arrows.items() if not lit[ends]]
    assert len(faded) == 2 and all("label" not in a for ends in faded for a in arrows[ends])
    assert all("label" in a for ends in arrows if ends not in faded for a in arrows[ends])
    [other] = [text for text in nodes.values() if "{w}" in text]
    assert "#b8c2cc" in other and "#b8c2cc" not in nodes["n0"]


def test_a_path_may_start_at_any_node_and_an_operand_not_chosen_adds_nothing() -> None:
    x = ag.Value(2.0, name="x")
    inner = ag.log(x)
    y = ag.where(x > 0, 3.0 * inner, inner / 0.0 if False else inner)
    y.backward()
    assert "2 paths; the derivative along them is 3" in "\n".join(texts(y, highlight=inner))
    assert "1 path; the derivative along it is 1" in "\n".join(texts(y, highlight=y))


def test_paths_beyond_counting_are_not_counted() -> None:
    x = ag.Value(0.5, name="x")
    y = x
    for _ in range(60):
        y = y * y + y
    assert "over 1,000,000,000,000 paths" in "\n".join(texts(y, highlight=x))


def test_the_network_of_moons_collapsed_is_one_small_picture() -> None:
    _, loss = two_layers()
    nodes, arrows = statements(loss, collapse=2)
    assert len(nodes) == 6
    found = texts(loss, collapse=2)
    for text in ("MLP", "layer 1", "layer 2", "layer 3", "hinge", "16 values"):
        assert text in found
    assert found.count("48 operations") == 2
    assert {"48 parameters", "272 parameters", "17 parameters"} <= set(found)
    assert len(arrows) == 5
    assert len(statements(loss, collapse=1)[0]) == 4


def test_its_loss_over_a_hundred_samples_is_as_small() -> None:
    net, loss = two_layers(100)
    loss.backward()
    found = texts(loss, collapse=2)
    for text in ("4,800 operations", "301 operations", "1,600 values", "100 values", "200 numbers"):
        assert text in found
    counts = [int(text.split()[0]) for text in found if text.endswith("parameters")]
    assert sum(counts) == len(net.parameters())
    order = topological_order(loss)
    sizes: dict[str, float] = {}
    for node, box in zip(order, Boxes(order).of, strict=True):
        title = box.path()[-2].title if box.depth == 3 else box.title
        sizes[title] = max(abs(node.grad), sizes.get(title, 0.0))
    for layer in ("layer 1", "layer 2", "layer 3"):
        assert f"largest grad {sizes[layer]:.4g}" in found
    assert len(found) < 40


def test_boxes_are_closed_by_title_and_by_path() -> None:
    _, loss = two_layers()
    for collapse in ("layer *", ["layer 1", "layer 2", "layer 3"], "MLP/layer *"):
        found = texts(loss, collapse=collapse)
        assert "48 parameters" in found and "ReLU" in found
    assert "neuron 16" in texts(loss, collapse="neuron *")
    with pytest.raises(
        ValueError, match=r"no box is called 'layers'; there are 'MLP', 'hinge', 'layer 1'"
    ):
        ag.draw(loss, collapse=["layer 1", "layers"])


def test_a_closed_box_of_one_output_shows_it_and_the_result_keeps_its_colour() -> None:
    x = ag.Value(2.0, name="x")
    with ag.scope("whole"):
        y = ag.sin(x) * 3.0
    y.backward()
    nodes, arrows = statements(y, collapse=1)
    assert "2 operations" in nodes["b0"] and f"data {y.data:.4g}" in nodes["b0"]
    assert "#d9f5e3" in nodes["b0"]
    [arrow] = arrows["n0 -> b0"]
    assert "label=-0.4161" in arrow
    assert "largest grad" not in nodes["b0"]
    # the colour is that of the largest in it, so that one is named
    assert "largest grad 3" in statements(y, collapse=1, color_by="grad")[0]["b0"]


def test_leaves_that_feed_one_closed_box_are_put_together() -> None:
    xs = [ag.Value(1.0 * i, name=f"x{i}") for i in range(7)]
    with ag.scope("s"):
        y = ag.norm(xs)
    assert "7 leaves" in texts(y, collapse=1)
    assert {"x0", "x6"} <= set(texts(y))
    assert "x0" in texts(y + xs[0], collapse=1) and "6 leaves" in texts(y + xs[0], collapse=1)
    lit = texts(y, collapse=1, highlight=xs[3])
    assert "1 path" in "\n".join(lit)


def test_boxes_that_feed_each_other_are_drawn() -> None:
    layer = ag.nn.Neuron(1, "tanh", rng=1)
    h = ag.Value(0.5, name="h")
    for _ in range(4):
        h = layer([h])
        with ag.scope("between"):
            h = 2.0 * h
    _, arrows = statements(h, collapse=1)
    assert {"b0 -> b1", "b1 -> b0"} <= set(arrows)
    assert ag.draw(h, collapse=1)


def test_labels_are_left_out_where_arrows_are_too_many_for_them() -> None:
    _, loss = two_layers()
    _, arrows = statements(loss, collapse="neuron *")
    between = [a for ends, all in arrows.items() for a in all if re.match(r"b\d+ -> b\d+", ends)]
    assert len(between) == 256 + 16 and not any("label=" in a for a in between)


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


@pytest.mark.parametrize("numbers", [(0.0, -0.0), (-0.0, 0.0)])
def test_the_constants_of_a_closed_box_are_listed_alike_in_every_run(
    numbers: tuple[float, float],
) -> None:
    with ag.scope("s"):
        y = ag.Value(1.0)
        for number in (*numbers, 1 / 3):
            y = y + number
    [constant] = [text for key, text in statements(y, collapse=1)[0].items() if key[0] == "c"]
    assert f'label="{numbers[0]:g}, {numbers[1]:g}, 0.3333"' in constant
    assert f'tooltip="constants {numbers[0]!r}, {numbers[1]!r}, 0.3333333333333333"' in constant


def test_what_is_drawn_counts_not_what_is_closed() -> None:
    _, loss = two_layers(100)
    with pytest.raises(ValueError, match=r"more than 2,000 nodes .*collapse=1"):
        ag.draw(loss)
    assert ag.draw(loss, collapse=2, max_nodes=7)
    with pytest.raises(ValueError, match=r"more than 5 nodes .*Collapse more"):
        ag.draw(loss, collapse=2, max_nodes=5)


def test_a_large_graph_is_collapsed() -> None:
    v = x = ag.Value(1.0)
    with ag.scope("chain"):
        for _ in range(20_000):
            v = v * x
    assert "20,000 operations" in ag.to_dot(v, collapse=1).source


def test_the_search_for_what_lies_between_is_bounded() -> None:
    """Each of the neurons looks back over the same thousand nodes, which belong to none of them."""
    shared = ag.Value(0.5)
    for _ in range(1000):
        shared = -shared
    layer = ag.nn.Layer(1, 500, lambda z: z * shared, rng=1)
    order = topological_order(ag.sum(layer([1.0])))
    boxes = Boxes(order)
    assert -10 < boxes._steps <= 0
    titles = [box.title for node, box in zip(order, boxes.of, strict=True) if node.op == "neg"]
    assert titles == [""] * 1000


def test_a_notebook_shows_a_large_loss_with_its_boxes_closed() -> None:
    _, loss = two_layers(100)
    assert "4,800 operations" in svg(loss)
    deep = ag.Value(1.0)
    for _ in range(2100):
        deep = -deep
    assert "more than 2,000 nodes" in svg(deep)


def test_a_notebook_closes_the_boxes_of_what_takes_too_long(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    really = renderer._render_embedded
    limits = []

    def impatient(dot_source: str, time_limit: float) -> bytes:
        limits.append(time_limit)
        if dot_source.count("\n") > 100:
            raise TimeoutError
        return really(dot_source, time_limit)

    monkeypatch.setattr(renderer, "_render_embedded", impatient)
    _, loss = two_layers()
    assert "48 operations" in svg(loss)
    assert len(limits) == 2 and max(limits) <= 5.0  # nobody has asked for the picture
    deep = ag.Value(1.0)
    for _ in range(200):
        deep = -deep
    assert "it took over 5 s for 201 nodes" in svg(deep)


MAGIC = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}


@pytest.mark.skipif(shutil.which("dot") is None, reason="there is no Graphviz on the system")
@pytest.mark.parametrize("kind", sorted(MAGIC))
def test_the_suffix_chooses_the_format(tmp_path: Path, y: ag.Value, kind: str) -> None:
    for name in (f"graph.{kind}", f"GRAPH.{kind.upper()}"):
        path = ag.draw(y, tmp_path / name, color_by="grad")
        assert path.read_bytes().startswith(MAGIC[kind])


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_without_graphviz_on_the_system_the_error_names_the_way_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, y: ag.Value, kind: str
) -> None:
    monkeypatch.setattr(renderer, "_find_dot", lambda: None)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(RuntimeError, match="apt-get install graphviz") as caught:
        ag.draw(y, tmp_path / f"x.{kind}")
    assert f"drawing {kind.upper()} failed" in str(caught.value) and ".svg" in str(caught.value)
    assert not (tmp_path / f"x.{kind}").exists()


def test_a_png_that_takes_too_long_is_stopped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, y: ag.Value
) -> None:
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(renderer, "_find_dot", lambda: str(program))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"took over 0\.2 s"):
        ag.draw(y, tmp_path / "x.png", time_limit=0.2)
