"""Pictures: what stands in them, what a label may hold, and what is refused."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.core.table import TABLE
from autograd_lite.drawing import renderer
from autograd_lite.drawing.draw import MAX_NODES, draw, svg, to_dot
from tests.support.cases import loop_over
from tests.support.pictures import SVG, edges, texts

ROOT = Path(__file__).resolve().parents[2]


def test_a_picture_shows_operation_name_data_and_partials() -> None:
    x, y = ag.Value(2.0, name="x"), ag.Value(-3.5, name="y")
    z = x * y
    z.name = "z"
    shown = texts(z)
    for text in ("x", "y", "z", "×", "data 2", "data -3.5", "data -7"):
        assert text in shown
    assert edges(z) == [("n0", "n2", "-3.5"), ("n1", "n2", "2")]


def test_gradients_are_shown_after_backward_only() -> None:
    x = ag.Value(3.0, name="x")
    y = x * x
    assert not [text for text in texts(y) if "grad" in text]
    y.backward()
    assert [text for text in texts(y) if text.startswith("grad ")] == ["grad 6", "grad 1"]


def test_a_shared_node_is_drawn_once_and_both_its_arrows() -> None:
    x = ag.Value(3.0, name="x")
    y = x * x
    assert texts(y).count("x") == 1
    assert edges(y) == [("n0", "n1", "3"), ("n0", "n1", "3")]


@loop_over("name", sorted(TABLE))
def test_every_operation_can_be_drawn(name: str) -> None:
    row = TABLE[name]
    arity = row.arity or 4
    box = [*row.domain.box, *[row.domain.box[-1]] * arity][:arity]
    result = row(*(ag.Value(low + 0.37 * (high - low)) for low, high in box))
    assert row.label in texts(result)


@given(st.text(st.characters(codec=None)))
@settings(max_examples=60)
def test_any_name_gives_a_picture_that_parses_and_runs_nothing(name: str) -> None:
    x = ag.Value(1.0, name=name)
    tags = {element.tag for element in ET.fromstring(draw(x)).iter()}
    assert tags <= {
        f"{SVG}{tag}" for tag in ("svg", "g", "a", "title", "text", "polygon", "path", "polyline")
    }


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -0.0, 5e-324, 1.7e308])
def test_any_number_can_be_drawn(number: float) -> None:
    assert f"data {number:.4g}" in texts(ag.Value(number))


def test_a_file_is_written(tmp_path: Path) -> None:
    path = tmp_path / "graph.svg"
    assert draw(ag.Value(1.0, name="é"), str(path)) == path
    assert "é" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["graph.gif", "graph", "svg"])
def test_a_path_of_another_format_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"must end in \.svg, \.png or \.pdf.*to_dot"):
        draw(ag.Value(1.0), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [3.0, None, "v", [ag.Value(1.0)]])
def test_only_a_value_can_be_drawn(wrong: object) -> None:
    with pytest.raises(TypeError, match=f"only a Value can be drawn, not {type(wrong).__name__}"):
        draw(wrong)  # type: ignore[call-overload]


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan"), float("inf"), 1e9])
def test_a_time_limit_that_is_none_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match="time_limit must be in"):
        draw(ag.Value(1.0), time_limit=limit)


@pytest.mark.slow
def test_the_largest_chain_is_drawn_without_system_graphviz(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    v = ag.Value(0.5)
    for _ in range(MAX_NODES - 1):
        v = -v
    assert "<svg" in draw(v)


def test_a_layout_that_takes_too_long_says_how_many_nodes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def slow(dot_source: str, time_limit: float) -> bytes:
        raise TimeoutError

    monkeypatch.setattr(renderer, "_render_embedded", slow)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"it took over 0\.5 s for 3 nodes"):
        draw(ag.Value(1.0) + 1.0, time_limit=0.5)


def test_a_value_shows_itself_in_a_notebook() -> None:
    x = ag.Value(3.0, name="x")
    assert (x * x)._repr_svg_() == draw(x * x)
    assert "image/svg+xml" in to_dot(x)._repr_mimebundle_()


def test_a_notebook_shows_a_line_of_text_where_a_picture_is_refused() -> None:
    v = ag.sum([ag.Value(1.0) for _ in range(MAX_NODES)])
    shown = "".join(ET.fromstring(svg(v)).itertext())
    assert "Value(data=2000, grad=0)" in shown and "more than 2,000 nodes" in shown


def test_the_engine_needs_no_graphviz_and_drawing_names_the_extra() -> None:
    code = """
import sys
sys.modules["graphviz"] = None
import autograd_lite as ag
try:
    ag.draw(ag.Value(1.0))
except ImportError as error:
    print(error)
print(ag.Value(1.0)._repr_svg_())
"""
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.count("autograd_lite[draw]") == 2
    assert "<svg" in run.stdout
