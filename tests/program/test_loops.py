"""`loop_over`, by which one test takes many cases: no failure is lost, and no case left out."""

import inspect
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.cases import limit_examples, loop_over, mark_slow_after


def test_every_case_runs_and_every_failure_is_told() -> None:
    seen = []

    @loop_over("x, y", [(2, 4), (3, 8), (4, 16), (5, 30)])
    def check(x: int, y: int) -> None:
        seen.append(x)
        assert x * x == y

    with pytest.raises(ExceptionGroup) as caught:
        check()
    assert seen == [2, 3, 4, 5]
    assert str(caught.value).startswith("2 of 4 cases failed\ncase: x=3, y=8\ncase: x=5, y=30")
    assert [type(error) for error in caught.value.exceptions] == [AssertionError] * 2


@pytest.mark.parametrize("wrong", [lambda: pytest.fail("no"), lambda: pytest.skip("not now")])
def test_what_fails_or_skips_is_a_failure(wrong: Any) -> None:
    @loop_over("x", [1, 2])
    def check(x: int) -> None:
        if x == 1:
            wrong()

    with pytest.raises(BaseExceptionGroup, match="1 of 2 cases failed"):
        check()


def test_two_loops_give_all_combinations() -> None:
    seen = []

    @loop_over("x", [1, 2])
    @loop_over("y", "ab")
    def check(x: int, y: str) -> None:
        seen.append((x, y))
        assert (x, y) != (2, "b")

    with pytest.raises(ExceptionGroup, match="case: x=2"):
        check()
    assert seen == [(1, "a"), (1, "b"), (2, "a"), (2, "b")]


def test_fixtures_and_random_examples_stay_arguments() -> None:
    seen = set()

    @loop_over("x", [1, 2])
    @settings(max_examples=5, database=None)
    @given(y=st.integers(0, 3))
    def check(x: int, y: int, tmp_path: str) -> None:
        seen.add((x, tmp_path))
        assert 0 <= y <= 3

    assert list(inspect.signature(check).parameters) == ["tmp_path"]
    check(tmp_path="here")
    assert seen == {(1, "here"), (2, "here")}


@pytest.mark.parametrize(("names", "cases"), [("x", []), ("x, y", [(1, 2), (1, 2, 3)])])
def test_no_cases_and_cases_of_another_length_are_refused(names: str, cases: Any) -> None:
    with pytest.raises(ValueError, match="at least one case of"):
        loop_over(names, cases)


def test_examples_and_cases_are_fewer_in_the_fast_lane() -> None:
    assert limit_examples(3).max_examples == 3
    assert limit_examples(10**6).max_examples == settings().max_examples
    first, second, third = mark_slow_after(2, [1, 2, 3])
    assert (first, second) == (1, 2) and [mark.name for mark in third.marks] == ["slow"]
