"""Make a page that steps through a computation and its backward pass.

The numbers of every step are computed in Python, as the engine computes them (`steps`), and the
graph is laid out once (`picture`); the script of the page (`page`) only shows them.
"""

import os
from pathlib import Path
from typing import overload

from .._util.files import write_whole
from .._util.text import shown
from ..core import contexts
from ..core.value import Value
from ..drawing.draw import MAX_NODES, TIME_LIMIT, check_time_limit, refuse_large

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

    The page is one HTML file that needs no network: open it in a browser. Each step of the forward
    pass computes one operation; each step of the backward pass adds one product, partial times
    adjoint, to a gradient. Click a node to see all contributions to its gradient, and its scopes
    (see `scope`). The numbers are those of `v.backward()`, but no `grad` changes.

    Under `ag.detect_anomaly()` the page also names the line that recorded each node.

    Arguments:
        v: the result whose computation is shown.
        path: the `.html` file to write; by default the page is returned as text.
        max_nodes: the largest number of nodes to show, constants included.
        time_limit: the time for the layout, in seconds.

    Returns:
        The path of the file, or the text of the page if no path was given.

    Raises:
        TypeError: `v` is not a Value, or `jit` is recording.
        ValueError: the graph is too large, a limit is not positive, or the path does not end in
            `.html`.
        ImportError: the package `graphviz` is not installed.
        OSError: the file cannot be written; an existing file is unchanged.
        RuntimeError: Graphviz is not available, failed or took too long.

    >>> x, w = Value(2.0, name="x"), Value(-3.0, name="w")
    >>> page = explain((x * w).tanh())
    >>> "<svg" in page and "<script" in page, x.grad
    (True, 0.0)
    """
    if not isinstance(v, Value):
        raise TypeError(
            f"only a Value can be explained, not {type(v).__name__} {shown(repr(v))}: pass one "
            "result computed from Values"
        )
    contexts.refuse("explain()", "call it on the result")
    target = None if path is None else _check_path(path)
    check_time_limit(time_limit)
    refuse_large(v, max_nodes)
    from .page import build_page  # at the top it would add a third to the package's import time

    page = build_page(v, time_limit)
    if target is None:
        return page
    write_whole(target, page)
    return target


def _check_path(path: str | os.PathLike[str]) -> Path:
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise ValueError(
            f"explain writes an HTML page: the path must end in .html, not {shown(str(target))}"
        )
    return target
