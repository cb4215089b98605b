"""What `draw` can be told: the direction, what is shown, colours, closed boxes, lit paths."""

import shutil
from pathlib import Path
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.drawing import renderer
from autograd_lite.drawing.draw import svg
from tests.support.cases import loop_over
from tests.support.pictures import statements, texts, two_layers


@pytest.fixture
def y() -> ag.Value:
    x = ag.Value(2.0, name="x")
    z = x * x
    z.name = "square"
    root = 3.0 * z + ag.sin(ag.Value(0.5, name="u"))
    root.backward()
    return root


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


@loop_over(
    "options, error, said",
    [
        ({"direction": "left"}, ValueError, "direction must be one of LR, TB, RL, BT"),
        ({"show": "nothing"}, ValueError, "show takes names, data, grad, partials, constants"),
        ({"show": 3}, TypeError, "show must be a list"),
        ({"show": [["data"]]}, ValueError, "show takes names.* not \\['data'\\]"),
        ({"color_by": "data"}, ValueError, 'color_by must be "grad"'),
        ({"highlight": 2.0}, TypeError, "highlight must be a Value, not float"),
        ({"highlight": ag.Value(2.0, name="other")}, ValueError, "not in this graph"),
        ({"collapse": 0}, ValueError, "collapse must be 1"),
        ({"collapse": True}, ValueError, "collapse must be 1"),
        ({"collapse": 1}, ValueError, "this graph has no boxes"),
        ({"collapse": 1.5}, TypeError, "a depth or titles"),
        ({"collapse": [1]}, TypeError, "must be a str, not int"),
        ({"collapse": "layer"}, ValueError, "no box is called 'layer'; `with ag.scope"),
    ],
)
def test_an_option_that_cannot_be_is_refused(
    y: ag.Value, options: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        ag.draw(y, **options)


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
