"""The step-by-step page without a browser: its numbers are the engine's, and nothing in it acts."""

from pathlib import Path
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.walkthrough.explain import explain
from tests.support.explain_graphs import neuron


def test_the_callers_gradients_stay_as_they_are() -> None:
    x = ag.Value(3.0)
    y = x * x
    z = y.sin()
    z.backward()
    x.grad, y.grad = 7.0, -1.0
    explain(z)
    assert (x.grad, y.grad, z.grad) == (7.0, -1.0, 1.0)


def test_a_file_is_written(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    v = neuron()
    assert explain(v, str(path)) == path
    assert path.read_text(encoding="utf-8") == explain(v)


@pytest.mark.parametrize("wrong", [3.0, None, "v", [ag.Value(1.0)], (ag.Value(1.0),)])
def test_only_a_value_can_be_explained(wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"only a Value .* not {type(wrong).__name__}"):
        explain(wrong)


@pytest.mark.parametrize("name", ["page.svg", "page", "html"])
def test_a_path_of_another_format_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"must end in \.html"):
        explain(ag.Value(1.0), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_graph_above_the_limit_is_refused_with_a_way_out() -> None:
    v = ag.Value(1.0)
    for _ in range(3000):
        v = -v
    with pytest.raises(ValueError, match="more than 2,000 nodes") as caught:
        explain(v)
    assert ".detach()" in str(caught.value) and "max_nodes=" in str(caught.value)
    with pytest.raises(ValueError, match="more than 2 nodes"):
        explain(ag.Value(1.0) + 1.0, max_nodes=2)
    with pytest.raises(ValueError, match="time_limit"):
        explain(ag.Value(1.0), time_limit=0.0)


def test_a_function_that_jit_records_cannot_explain() -> None:
    def f(x: Any) -> Any:
        explain(x)
        return x

    with pytest.raises(TypeError, match=r"explain\(\)"):
        ag.jit(f)(2.0)
