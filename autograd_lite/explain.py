"""A page that steps through a computation: the values forward, then backward product by product.

The graph is laid out here, once. The page has every number of every step as text, the way the
engine computes it: its script only shows them. What comes from outside, names above all, stands in
the page as JSON and reaches the picture as text alone.
"""

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, overload

from . import modes
from .draw import MAX_NODES, TIME_LIMIT, checked_time_limit, refuse_large
from .explain_picture import picture_of
from .files import write_whole
from .rules import Rule, formula, rules
from .text import shown
from .value import Value, topological_order

__all__ = ["explain"]

_LABEL = 16  # characters of a name that formulas show; the page shows more beside them
_NAME = 200
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_NOT_CHOSEN = "not chosen"


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
    node shows on a click how its gradient came together. The numbers are those of `v.backward()`,
    though no `grad` changes here.

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
    modes.refuse("explain()", "call it on the result")
    target = None if path is None else _html_path(path)
    checked_time_limit(time_limit)
    refuse_large(v, max_nodes)
    page = _page(*_described(v, time_limit))
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


# The numbers


class _Product(NamedTuple):
    """One step of the backward pass."""

    edge: tuple[int, int]  # number of the consumer, place of the operand
    product: float
    total: float  # the gradient of the operand, with it


def _backward(root: Value, numbers: dict[int, int]) -> tuple[list[float], list[_Product]]:
    """The gradient of every node and the products in turn, as `sweep` adds them up."""
    waiting = {id(root): 0}
    found = [root]
    for node in found:  # which grows meanwhile
        for x, _ in node.edges():
            if x.primitive is not None:
                if id(x) not in waiting:
                    found.append(x)
                waiting[id(x)] = waiting.get(id(x), 0) + 1
    grads = [0.0] * len(numbers)
    grads[numbers[id(root)]] = 1.0
    products = []
    ready = [root] if root.primitive is not None else []
    while ready:
        node = ready.pop()
        j = numbers[id(node)]
        places = _places(node)
        for x, d in node.edges(grads[j]):
            i = numbers[id(x)]
            grads[i] += d * grads[j]
            k = next(k for k, operand in places if operand is x)
            products.append(_Product((j, k), d * grads[j], grads[i]))
        for x, _ in node.edges():
            if id(x) in waiting:
                waiting[id(x)] -= 1
                if not waiting[id(x)]:
                    ready.append(x)
    return grads, products


def _places(node: Value) -> Iterator[tuple[int, Value]]:
    """The place of every operand that a derivative flows to."""
    return ((k, x) for k, (x, d) in enumerate(node.operand_partials()) if d is not None)


def _labels(order: list[Value]) -> list[str]:
    """A name for every node, unlike all others: its own one, or v with its number."""
    used: set[str] = set()
    labels = []
    for number, node in enumerate(order):
        subscript = str(number).translate(_SUBSCRIPTS)
        label = shown(node.name, _LABEL) if node.name else f"v{subscript}"
        while label in used:
            label += subscript
        used.add(label)
        labels.append(label)
    return labels


def _described(root: Value, time_limit: float) -> tuple[dict[str, Any], str]:
    """What the page shows, and its picture."""
    order = topological_order(root)
    numbers = {id(node): number for number, node in enumerate(order)}
    labels = _labels(order)
    grads, products = _backward(root, numbers)
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []
    index: dict[tuple[int, int], int] = {}
    steps = {step.edge: step for step in products}
    reached = {j for j, _ in steps}
    for j, node in enumerate(order):
        names = [labels[numbers[id(x)]] if isinstance(x, Value) else None for x in node.operands]
        nodes.append(_node(node, labels[j], grads[j], names))
        for k, (x, d, rule) in enumerate(_rules(node, labels[j], names)):
            if isinstance(x, Value):
                index[j, k] = len(edges)
                edges.append(_edge(numbers[id(x)], j, d, rule, steps.get((j, k)), j in reached))
    data = {
        "root": numbers[id(root)],
        "nodes": nodes,
        "edges": edges,
        "forward": [j for j, node in enumerate(order) if node.primitive is not None],
        "backward": [[index[step.edge], repr(step.total)] for step in products],
    }
    return data, picture_of(order, numbers, data, time_limit)


def _edge(
    start: int, end: int, d: float | None, rule: Rule | None, step: _Product | None, reached: bool
) -> dict[str, Any]:
    edge: dict[str, Any] = {"from": start, "to": end, "partial": None if d is None else repr(d)}
    if step is not None:
        edge["product"] = repr(step.product)
    else:
        edge["none"] = _NOT_CHOSEN if d is None or reached else "not reached"
    if rule is not None:
        edge["rule"] = rule._asdict()
    return edge


def _node(node: Value, label: str, grad: float, names: list[str | None]) -> dict[str, Any]:
    described: dict[str, Any] = {"label": label, "value": repr(node._data), "grad": repr(grad)}
    if node.name:
        described["name"] = shown(node.name, _NAME)
    if node.primitive is not None:
        described["op"] = shown(node.op, _NAME)
        described["symbol"] = shown(node.primitive.label, _LABEL)
        operands = [getattr(x, "_data", x) for x in node.operands]
        described["formula"] = formula(node.primitive, names, operands)
        described["numbers"] = formula(node.primitive, [""] * len(names), operands)
    source = modes.source_of(node)
    if source:
        described["source"] = shown(source, _NAME)
    return described


def _rules(node: Value, label: str, names: list[str | None]) -> Iterator[tuple[Any, Any, Any]]:
    """(operand, partial, rule) of every operand."""
    if node.primitive is None:
        return iter(())
    operands = [getattr(x, "_data", x) for x in node.operands]
    partials = [d for _, d in node.operand_partials()]
    found = rules(node.primitive, names, operands, (label, node._data), partials)
    return zip(node.operands, partials, found, strict=True)


# The page


def _page(data: dict[str, Any], picture: str) -> str:
    style, script, view, template = map(_text, ("page.css", "page.js", "view.js", "page.html"))
    script = view + script
    parts = {
        "POLICY": f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
        "STYLE": style,
        "SCRIPT": script,
        "PICTURE": picture,
        "DATA": _inert(data),
    }
    # in one pass: what is put in is not searched
    return re.sub(r"\{\{([A-Z]+)\}\}", lambda found: parts[found[1]], template)


def _text(name: str) -> str:
    return Path(__file__).with_name(f"explain_{name}").read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _inert(data: dict[str, Any]) -> str:
    """JSON that no HTML parser takes for markup; all beyond ASCII is escaped, U+2028 too."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return re.sub("[<>&]", lambda found: f"\\u{ord(found[0]):04x}", text)
