"""A page that steps through a computation: the values forward, then backward product by product.

The numbers of every step are computed here, as the engine computes them (`explain_steps`), and the
graph is laid out once (`explain_picture`): the page's script only shows them (`explain_page`).
"""

import os
from pathlib import Path
from typing import overload

from .._util.files import write_whole
from .._util.text import shown
from ..core import contexts
from ..core.value import Value
from ..drawing.draw import MAX_NODES, TIME_LIMIT, checked_time_limit, refuse_large

__all__ = ["explain"]


@overload
def explain(
    v: Value, path: None = None, *, max_nodes: int = ..., time_limit: float = ...
) -> str: ...
@overload
def explain(
    v: Value, path: str | os.PathLike[str], *, max_nodes: int = ..., time_limit: float = ...
) -> Path: ...
def explain(
    v: Value,
    path: str | os.PathLike[str] | None = None,
    *,
    max_nodes: int = MAX_NODES,
    time_limit: float = TIME_LIMIT,
) -> Path | str:
    """Make a page that steps through the computation of `v` and its backward pass.

    One HTML file that needs no network: open it in a browser. The forward pass fills in one
    operation at a time, the backward pass adds one product at a time: partial times adjoint. Each
    node shows on a click how its gradient came together, and the scopes that it stands in (see
    `scope`). The numbers are those of `v.backward()`, though no `grad` changes here.

    Under `ag.detect_anomaly()` the page also names the line that recorded each node.

    Args:
        v: the result whose computation is shown.
        path: the `.html` file to write; without it the page's text is returned.
        max_nodes: the largest graph to show, in nodes, constants included.
        time_limit: the seconds after which the layout is stopped.

    Returns:
        The path written to, or the page's text where no path was given.

    Raises:
        TypeError: `v` is not a Value, or `jit` is recording.
        ValueError: the graph is too large, a limit is not positive, or the path does not end in
            `.html`.
        ImportError: the package `graphviz` is not installed.
        OSError: the file cannot be written; one that was there is as before.
        RuntimeError: no renderer is there, or it failed or took too long.

    >>> x, w = Value(2.0, name="x"), Value(-3.0, name="w")
    >>> page = explain((x * w).tanh())
    >>> "<svg" in page and "<script" in page, x.grad
    (True, 0.0)
    """
    if not isinstance(v, Value):
        raise TypeError(
            f"only a Value can be explained, not {type(v).__name__}: {shown(repr(v))}. Call it on "
            "one result, computed from Values"
        )
    contexts.refuse("explain()", "call it on the result")
    target = None if path is None else _html_path(path)
    checked_time_limit(time_limit)
    refuse_large(v, max_nodes)
    from .page import page_of  # not above: importing the package would take a third longer

    page = page_of(v, time_limit)
    if target is None:
        return page
    write_whole(target, page)
    return target


def _html_path(path: str | os.PathLike[str]) -> Path:
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise ValueError(
            f"explain writes a page, to a path that ends in .html, not {shown(str(target))}"
        )
    return target
