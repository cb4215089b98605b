"""Text from outside is shown on one line, visible and short."""

import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from autograd_lite._util.text import shown
from tests.support.cases import limit_examples, loop_over


@loop_over(
    "text, expected",
    [
        ("", ""),
        ("plain ∂θ 学 🙂", "plain ∂θ 学 🙂"),
        ("a\tb\r\nc", "a\\tb\\r\\nc"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\0\x7f\x85\xa0\xad", "\\x00\\x7f\\x85\\xa0\\xad"),
        ("\u200b\u202e\u2066\ufeff\u2028", "\\u200b\\u202e\\u2066\\ufeff\\u2028"),
        ("\ud800\udfff\ue000\uffff", "\\ud800\\udfff\\ue000\\uffff"),
        ("\U000e0041\U0010ffff", "\\U000e0041\\U0010ffff"),
    ],
)
def test_what_is_invisible_is_escaped(text: str, expected: str) -> None:
    assert shown(text) == expected


@given(st.text(st.characters(codec=None)), st.integers(1, 50))
@limit_examples(200)
def test_any_text_becomes_one_visible_line(text: str, most: int) -> None:
    line = shown(text, most)
    assert line.isprintable() and line.encode("utf-8") is not None
    assert len(line) <= 10 * most + 1
    assert line.endswith("…") == (len(text) > most or text[:most].endswith("…"))


def test_every_control_and_format_character_is_escaped() -> None:
    for number in range(sys.maxunicode + 1):
        if unicodedata.category(chr(number)) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            assert shown(chr(number)).isascii(), hex(number)


def test_a_long_text_costs_what_is_shown() -> None:
    assert shown("n" * 10_000_000, 5) == "nnnnn…"
    assert shown("\0" * 10, 2) == "\\x00\\x00…"
