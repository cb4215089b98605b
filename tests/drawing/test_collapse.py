"""Boxes closed by depth, title or path: each is one node, with all that is in it."""

import pytest

import autograd_lite as ag
from autograd_lite.core.order import topological_order
from autograd_lite.drawing.boxes import Boxes
from autograd_lite.drawing.draw import svg
from tests.support.pictures import statements, texts, two_layers


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
        ValueError, match=r"no box is called 'layers'; the boxes are 'MLP', 'hinge', 'layer 1'"
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


def test_a_large_graph_is_collapsed() -> None:
    v = x = ag.Value(1.0)
    with ag.scope("chain"):
        for _ in range(20_000):
            v = v * x
    assert "20,000 operations" in ag.to_dot(v, collapse=1).source


def test_a_notebook_shows_a_large_loss_with_its_boxes_closed() -> None:
    _, loss = two_layers(100)
    assert "4,800 operations" in svg(loss)
    deep = ag.Value(1.0)
    for _ in range(2100):
        deep = -deep
    assert "more than 2,000 nodes" in svg(deep)
