"""Which boxes of a picture are closed: drawn as one node, with all that is in them."""

import fnmatch
from collections.abc import Iterable
from typing import Any

from .._util.text import shown
from .boxes import Box


def closed_boxes(picture: Box, collapse: Any) -> dict[int, Box]:
    """For each box inside a closed one, itself included: the outermost closed box. By id."""
    if collapse is None:
        return {}
    boxes = picture.all()
    chosen = _of_depth(boxes, collapse) if isinstance(collapse, int) else _named(boxes, collapse)
    found: dict[int, Box] = {}
    for box in boxes:  # outer ones first
        if box.parent is not None and id(box.parent) in found:
            found[id(box)] = found[id(box.parent)]
        elif id(box) in chosen:
            found[id(box)] = box
    return found


def _of_depth(boxes: Iterable[Box], depth: int) -> set[int]:
    """The boxes of a depth, and those above it that have none inside."""
    if isinstance(depth, bool) or depth < 1:
        raise ValueError(f"collapse is a depth, 1 for the outermost boxes, not {depth!r}")
    chosen = {id(b) for b in boxes if b.depth == depth or (b.depth < depth and not b.inner)}
    if not chosen:
        raise ValueError(
            "collapse needs boxes, and this graph has none: networks of ag.nn have them, and "
            "`with ag.scope(title):` makes one of what is recorded inside"
        )
    return chosen


def _matches(box: Box, pattern: str) -> bool:
    titles = [box.title]
    if "/" in pattern:
        titles.append("/".join(b.title for b in box.path()))
    if pattern in titles:
        return True
    # A pattern without these is a text, whose translation may take seconds and change nothing.
    return any(c in pattern for c in "*?[") and any(
        fnmatch.fnmatchcase(title, pattern) for title in titles
    )


def _named(boxes: list[Box], collapse: Any) -> set[int]:
    patterns = [collapse] if isinstance(collapse, str) else collapse
    if not isinstance(patterns, Iterable):
        raise TypeError(f"collapse is a depth or titles, not {type(collapse).__name__}")
    chosen: set[int] = set()
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise TypeError(f"collapse takes titles as str, not {type(pattern).__name__}")
        own = {id(b) for b in boxes if _matches(b, pattern)}
        if not own:
            titles = list(dict.fromkeys(shown(b.title, 40) for b in boxes))
            there = ", ".join(map(repr, titles[:10])) + (", ..." if len(titles) > 10 else "")
            raise ValueError(
                f"collapse: no box is called {shown(repr(pattern))}; there "
                + (f"are {there}" if titles else "are none: `with ag.scope(title):` makes one")
            )
        chosen |= own
    return chosen
