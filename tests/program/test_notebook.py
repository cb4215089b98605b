"""Values, pictures and the step-by-step page in a real notebook: executed by a real kernel."""

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]

CELLS = {
    "setup": """
import warnings
warnings.simplefilter("error")
import autograd_lite as ag
from html import escape
from IPython.display import HTML
x = ag.Value(3.0, name="<b>x</b>")
net = ag.nn.MLP(2, [16, 16, 1], rng=1)
""",
    "value": "y = x * x\ny.backward()\ny",
    "dot": "ag.to_dot(y, direction='TB', color_by='grad', highlight=x)",
    "large": "ag.nn.hinge([net([0.1 * k, 1.0]) for k in range(100)], [1] * 100)",
    # In a frame of its own: a page brings its style and its policy along.
    "page": "HTML(f'<div><iframe srcdoc=\"{escape(ag.explain(y))}\"></iframe></div>')",
    "list": "[x, y]",
}


@pytest.fixture(scope="module")
def outputs() -> dict[str, list[Any]]:
    """What each cell shows."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in CELLS.values()]
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}
    )
    client.execute()
    return dict(zip(CELLS, [cell.outputs for cell in notebook.cells], strict=True))


def shown(outputs: dict[str, list[Any]], cell: str) -> dict[str, str]:
    """By type: what the one output of a cell is."""
    [output] = outputs[cell]
    assert output.output_type == "execute_result"
    return dict(output.data)


def texts(svg: str) -> list[str]:
    return [text.strip() for text in ET.fromstring(svg).itertext() if text.strip()]


def test_no_cell_prints_or_warns(outputs: dict[str, list[Any]]) -> None:
    kinds = {cell: [output.output_type for output in found] for cell, found in outputs.items()}
    results = {cell: ["execute_result"] for cell in CELLS if cell != "setup"}
    assert kinds == {"setup": [], **results}


def test_a_value_is_its_picture(outputs: dict[str, list[Any]]) -> None:
    data = shown(outputs, "value")
    assert data["text/plain"] == "Value(9.0)"
    assert {"<b>x</b>", "data 9", "grad 6"} <= set(texts(data["image/svg+xml"]))


def test_a_dot_is_its_picture(outputs: dict[str, list[Any]]) -> None:
    found = texts(shown(outputs, "dot")["image/svg+xml"])
    assert "from <b>x</b> to the result: 2 paths; the derivative along them is 6" in found
    assert "size of grad" in found


def test_a_large_loss_is_drawn_by_layers(outputs: dict[str, list[Any]]) -> None:
    found = texts(shown(outputs, "large")["image/svg+xml"])
    assert {"MLP", "layer 1", "hinge", "4,800 operations"} <= set(found)


def test_the_page_is_shown_whole(outputs: dict[str, list[Any]]) -> None:
    [frame] = ET.fromstring(shown(outputs, "page")["text/html"])
    page = frame.attrib["srcdoc"]
    assert page.startswith("<!DOCTYPE html>") and '<svg id="graph"' in page
    assert "<b>x</b>" not in page and "\\u003cb\\u003ex" in page


def test_values_in_a_list_are_text(outputs: dict[str, list[Any]]) -> None:
    assert shown(outputs, "list") == {"text/plain": "[Value(3.0, name='<b>x</b>'), Value(9.0)]"}
