"""The plots of the operations: curves end at jumps and poles, and no line is drawn across."""

import math
from itertools import pairwise

import pytest
from curves import Curves, Function
from operation_plots import Section, plot, section, window

from autograd_lite.core.table import TABLE
from tests.support.cases import loop_over


def ends(f: Function, low: float = -4.0, high: float = 4.0) -> list[tuple[float, float]]:
    """From where to where each piece goes."""
    pieces = Curves(f, low, high, -6.0, 6.0).pieces
    return [(round(piece[0][0], 6), round(piece[-1][0], 6)) for piece in pieces]


@loop_over(
    "name, wanted",
    [
        ("reciprocal", [(-4.0, 0.0), (0.0, 4.0)]),
        ("sqrt", [(0.0, 4.0)]),
        ("sin", [(-4.0, 4.0)]),
        ("cbrt", [(-4.0, 4.0)]),  # steep, and no jump
        ("sign", [(-4.0, 0.0), (0.0, 4.0)]),
        ("tan", [(-4.0, -1.570796), (-1.570796, 1.570796), (1.570796, 4.0)]),
    ],
)
def test_pieces_end_at_jumps_and_poles(name: str, wanted: list[tuple[float, float]]) -> None:
    found = [piece for piece in ends(section(TABLE[name]).value) if piece[0] != piece[1]]
    assert found == wanted


def test_a_jump_has_both_limits_and_the_value() -> None:
    found = Curves(section(TABLE["relu"]).slope, -4.0, 4.0, -1.0, 2.0)
    assert [y for _, y in found.limits] == [0.0, 1.0]
    assert found.values == [(0.0, 0.0)]


def test_a_pole_between_two_samples_is_found() -> None:
    value = section(TABLE["reciprocal"]).value
    asked: list[float] = []
    found = ends(lambda x: asked.append(x) or value(x), -1.0, 1.55)
    assert 0.0 not in asked
    assert found == [(-1.0, 0.0), (0.0, 1.55)]


@pytest.mark.slow
@loop_over("name", sorted(TABLE))
def test_no_line_crosses_a_jump(name: str) -> None:
    part = section(TABLE[name])
    low, high, bottom, top = window(TABLE[name], part)
    for f in (part.value, part.slope):
        assert_no_jump(f, low, high, bottom, top)


def assert_no_jump(f: Function, low: float, high: float, bottom: float, top: float) -> None:
    """Between neighbours in the window that a line joins, f has all values in between."""
    for piece in Curves(f, low, high, bottom, top).pieces:
        for (a, at_a), (b, at_b) in pairwise(piece):
            assert math.isfinite(at_a + at_b)
            seen = bottom <= min(at_a, at_b) and max(at_a, at_b) <= top
            if seen and abs(at_a - at_b) > 0.05 * (top - bottom):
                for _ in range(60):
                    middle = 0.5 * (a + b)
                    left, right = abs(f(middle) - f(a)), abs(f(b) - f(middle))
                    a, b = (a, middle) if left >= right else (middle, b)
                assert abs(f(a) - f(b)) < 0.01 * (top - bottom), (a, b)


def test_a_line_across_a_jump_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curves.jump", lambda *args: None)
    with pytest.raises(AssertionError):
        assert_no_jump(math.floor, -4.0, 4.0, -5.0, 5.0)


def test_a_plot_is_the_same_each_time() -> None:
    pytest.importorskip("matplotlib")
    assert plot(TABLE["relu"]) == plot(TABLE["relu"])
    assert "<path" in plot(TABLE["gamma"])


def test_the_operand_that_varies_is_the_one_that_moves() -> None:
    part: Section = section(TABLE["bell"])
    assert part.varied == 1
    assert part.value(0.0) == 1.0
    assert part.slope(0.0) == 0.0
