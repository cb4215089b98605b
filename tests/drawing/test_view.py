"""Which nodes and arrows a picture has: highlighted paths, groups of leaves, constants, limits."""

import re
import time

import pytest

import autograd_lite as ag
from autograd_lite.drawing.draw import draw
from tests.support.pictures import statements, texts, two_layers


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


def test_leaves_that_feed_one_closed_box_are_put_together() -> None:
    xs = [ag.Value(1.0 * i, name=f"x{i}") for i in range(7)]
    with ag.scope("s"):
        y = ag.norm(xs)
    assert "7 leaves" in texts(y, collapse=1)
    assert {"x0", "x6"} <= set(texts(y))
    assert "x0" in texts(y + xs[0], collapse=1) and "6 leaves" in texts(y + xs[0], collapse=1)
    lit = texts(y, collapse=1, highlight=xs[3])
    assert "1 path" in "\n".join(lit)


def test_labels_are_left_out_where_arrows_are_too_many_for_them() -> None:
    _, loss = two_layers()
    _, arrows = statements(loss, collapse="neuron *")
    between = [a for ends, all in arrows.items() for a in all if re.match(r"b\d+ -> b\d+", ends)]
    assert len(between) == 256 + 16 and not any("label=" in a for a in between)


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


def test_a_graph_above_the_limit_is_refused_with_a_way_out() -> None:
    x = ag.Value(1.0)
    y = x + 1.0
    assert "<svg" in draw(y, max_nodes=3)
    with pytest.raises(ValueError, match="more than 2 nodes") as caught:
        draw(y, max_nodes=2)
    assert ".detach()" in str(caught.value) and "max_nodes=" in str(caught.value)
    with pytest.raises(ValueError, match="at least 1"):
        draw(y, max_nodes=0)


def test_a_few_nodes_with_very_many_arrows_are_refused() -> None:
    x = ag.Value(1.0)
    with pytest.raises(ValueError, match="edges"):
        draw(ag.sum([x] * 10_000))


@pytest.mark.slow
def test_a_huge_graph_is_refused_without_a_walk_over_it() -> None:
    v = ag.Value(1.0)
    for _ in range(200_000):
        v = -v
    start = time.perf_counter()
    with pytest.raises(ValueError, match="more than 2,000 nodes"):
        draw(v)
    assert time.perf_counter() - start < 0.1
