"""Tables in plain text: aligned, and folded where there is no room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_lite._util.tabular import format_table
from autograd_lite._util.text import count_columns
from tests.support.cases import limit_examples, loop_over


def test_columns_are_aligned() -> None:
    rows = [("name", "size", "what"), ("a", "10", "of"), ("学学", "2", "")]
    lines = ["name  size  what", "a       10  of", "学学     2"]
    assert format_table(rows, 80, numbers=(1,)) == lines


def test_the_widest_column_of_text_is_folded() -> None:
    rows = [("one", "1234567890123", "several words of text, some of which do not fit")]
    assert format_table(rows, 36, numbers=(1,)) == [
        "one  1234567890123  several words of",
        "                    text, some of",
        "                    which do not fit",
    ]


@pytest.mark.parametrize("width", [1, 20])
def test_numbers_are_never_folded(width: int) -> None:
    assert format_table([("-1.23456789e-300", "-1.23456789e-300")], width, numbers=(0, 1)) == [
        "-1.23456789e-300  -1.23456789e-300"
    ]


cells = st.text(st.sampled_from("ab cd学é-.1"), max_size=40).map(lambda s: " ".join(s.split()))


@limit_examples(200)
@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=5), st.integers(40, 100))
def test_nothing_is_lost(rows: list[tuple[str, ...]], width: int) -> None:
    lines = format_table(rows, width, numbers=(2,))
    assert sorted("".join(lines).replace(" ", "")) == sorted(
        "".join(map("".join, rows)).replace(" ", "")
    )
    longest = max(count_columns(row[2]) for row in rows)
    if all(cell.isascii() for row in rows for cell in row):
        assert max(map(len, lines)) <= max(width, longest + 2 * (8 + 2))


@loop_over("text, columns", [("", 0), ("abc", 3), ("学é", 3), ("e\u0301", 1), ("Å", 1), ("ｘ", 2)])
def test_the_columns_that_a_text_takes(text: str, columns: int) -> None:
    assert count_columns(text) == columns
