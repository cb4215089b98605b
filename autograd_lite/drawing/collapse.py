"""Find the boxes of a picture that are closed, that is, drawn as one node."""

import fnmatch
from collections.abc import Iterable
from typing import Any

from .._util.text import shown
from .boxes import Box


def find_closed(picture: Box, collapse: Any) -> dict[int, Box]:
    """Return the outermost closed box of each box that is closed or inside a closed one, by id."""
    if collapse is None:
        return {}
    boxes = picture.list_inner()
    match = _match_depth if isinstance(collapse, int) else _match_titles
    matches = match(boxes, collapse)
    closed: dict[int, Box] = {}
    for box in boxes:  # outer boxes first
        if box.parent is not None and id(box.parent) in closed:
            closed[id(box)] = closed[id(box.parent)]
        elif id(box) in matches:
            closed[id(box)] = box
    return closed


def _match_depth(boxes: list[Box], depth: int) -> set[int]:
    """Return the ids of the boxes of a depth, and of outer boxes that have none inside."""
    if isinstance(depth, bool) or depth < 1:
        raise ValueError(f"collapse must be 1 (the outermost boxes) or more, not {depth!r}")
    matches = {id(b) for b in boxes if b.depth == depth or (b.depth < depth and not b.inner)}
    if not matches:
        raise ValueError(
            "this graph has no boxes to collapse: networks of ag.nn have boxes, and `with "
            "ag.scope(title):` makes a box of the operations inside"
        )
    return matches


def _matches(box: Box, pattern: str) -> bool:
    titles = [box.title]
    if "/" in pattern:
        titles.append("/".join(b.title for b in box.path()))
    if pattern in titles:
        return True
    # Without these characters nothing more can match, and a long text may take seconds to compile.
    return any(c in pattern for c in "*?[") and any(
        fnmatch.fnmatchcase(title, pattern) for title in titles
    )


def _match_titles(boxes: list[Box], collapse: Any) -> set[int]:
    """Return the ids of the boxes that match any of the titles or patterns."""
    patterns = [collapse] if isinstance(collapse, str) else collapse
    if not isinstance(patterns, Iterable):
        raise TypeError(f"collapse must be a depth or titles, not {type(collapse).__name__}")
    matches: set[int] = set()
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise TypeError(f"a title in collapse must be a str, not {type(pattern).__name__}")
        own = {id(b) for b in boxes if _matches(b, pattern)}
        if not own:
            titles = list(dict.fromkeys(shown(b.title, 40) for b in boxes))
            listed = ", ".join(map(repr, titles[:10])) + (", ..." if len(titles) > 10 else "")
            raise ValueError(
                f"collapse: no box is called {shown(repr(pattern))}; "
                + (f"the boxes are {listed}" if titles else "`with ag.scope(title):` makes a box")
            )
        matches |= own
    return matches
