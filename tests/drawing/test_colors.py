"""Colours by the size of the gradient: the scale, its legend, and its contrast."""

import re

import pytest

import autograd_lite as ag
from autograd_lite.drawing.colors import Scale, is_dark
from tests.support.cases import loop_over
from tests.support.pictures import statements


def test_colours_need_a_gradient() -> None:
    with pytest.raises(ValueError, match=r"call it before you use color_by"):
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


@loop_over(
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
