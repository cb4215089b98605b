"""The comparison with peers: what is said of this package is true, and a wrong answer is seen."""

import math
import sys

import pytest

from tests import comparison


@pytest.mark.slow
@pytest.mark.parametrize("name", comparison.QUESTIONS)
def test_ours_is_right(name: str) -> None:
    answer = comparison.asked("autograd_lite", name)
    assert comparison.cell(answer, comparison.QUESTIONS[name].right) == "right"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"number": 1.0 + 1e-9}, "**1**"),
        ({"number": math.nan}, "**nan**"),
        ({"raises": "RecursionError"}, "**raises RecursionError**"),
        ({"none": "no compiler"}, "no compiler"),
    ],
)
def test_other_answers(answer: dict[str, float | str], expected: str) -> None:
    assert comparison.cell(answer, 1.0) == expected


def test_an_engine_that_fails_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison.Ours, "where", lambda self: 1 / 0)
    assert comparison.answered("autograd_lite", "where") == {"raises": "ZeroDivisionError"}


def test_a_missing_peer_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "casadi", None)
    assert comparison.answered("CasADi", "second") == {"none": "not installed"}
