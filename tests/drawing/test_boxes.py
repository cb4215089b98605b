"""The box of each node: what lies between the ends of a function; see also core/test_scopes.py."""

import autograd_lite as ag
from autograd_lite.core.order import topological_order
from autograd_lite.drawing.boxes import Boxes
from tests.support.pictures import statements


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
