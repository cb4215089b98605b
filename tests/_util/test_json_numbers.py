"""Numbers as JSON: every float exactly, and nothing that JSON does not have."""

import json
import math

import pytest

from autograd_lite._util import json_numbers
from tests.support.cases import loop_over

NUMBERS = [0.1, -0.0, 5e-324, 1.7976931348623157e308, 1 / 3, 2.0**53 + 2.0, 12345]


def test_every_number_comes_back() -> None:
    state = {"a": NUMBERS, "b": {"c": [], "d": None, "e": True}, "f": "text"}
    back = json_numbers.read(json_numbers.write(state))
    assert repr(back) == repr(state)


def test_what_json_lacks_is_text() -> None:
    text = json_numbers.write((math.nan, math.inf, [-math.inf]))
    assert json.loads(text) == ["nan", "inf", ["-inf"]]
    assert repr(json_numbers.read(text)) == "[nan, inf, [-inf]]"


@loop_over(
    "text, words",
    [
        ("", "Expecting value"),
        ("[1.0", "Expecting"),
        ("[1e999]", "1e999 is too large for a float"),
        ("-1e999", "too large"),
        ('{"a": 1.0, "a": 2.0}', "twice"),
        ("[" * 200_000, "nested too deeply"),
    ],
)
def test_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        json_numbers.read(text)


def test_a_digest_is_that_of_the_text() -> None:
    assert (
        json_numbers.compute_digest("a")
        == json_numbers.compute_digest("a")
        != json_numbers.compute_digest("b")
    )
    assert len(json_numbers.compute_digest("学")) == 64
