"""The step-by-step page in a real browser, for the tests that step through it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import autograd_lite as ag
from tests.support.explain_session import Session


@pytest.fixture
def visit(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Open the page of a graph; at the end nothing was loaded and nothing complained."""
    sessions: list[Session] = []

    def opened(v: ag.Value, **options: Any) -> Session:
        path = ag.explain(v, tmp_path / f"page{len(sessions)}.html")
        sessions.append(Session(browser, path, **options))
        return sessions[-1]

    yield opened
    for session in sessions:
        session.close()
