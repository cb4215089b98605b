"""A primitive: its name, its domain (domains.py), and the custom ones (custom.py)."""

import math
import pickle

import pytest

import autograd_lite as ag
from autograd_lite.core import table
from autograd_lite.core.custom import wrap_partials
from autograd_lite.core.domains import Domain
from autograd_lite.core.table import TABLE
from tests.support.cases import loop_over


def test_wrong_number_of_operands() -> None:
    with pytest.raises(TypeError, match="atan2 takes 2 operands, not 1"):
        table.atan2(1.0)
    with pytest.raises(TypeError, match="atan2 takes 2 operands, not 3"):
        table.atan2(ag.Value(1.0), 2.0, 3.0)


@pytest.mark.parametrize("name", ["", "\x1b[31m", "two\nlines", "n" * 201])
def test_a_name_that_is_no_printable_text_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="printable text of 1 to 200 characters") as caught:
        ag.primitive(math.sin, partials=[lambda x, y: 0.0], name=name)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 200
    with pytest.raises(TypeError, match="a primitive's name is a str, not int"):
        ag.primitive(math.sin, partials=[lambda x, y: 0.0], name=3)  # type: ignore[arg-type]


def test_domain_describes_itself() -> None:
    domain = Domain("x > 1", lambda x: x > 1.0, (1.5, 2.0))
    assert domain.contains(1.2) and not domain.contains(1.0)
    assert repr(TABLE["sin"]) == "<primitive sin>"


def test_the_rows_of_the_table_and_no_others_say_so() -> None:
    assert all(row.is_row and TABLE[name] is row for name, row in TABLE.items())
    namesake = ag.primitive(math.sin, partials=[lambda x, y: math.cos(x)], name="sin")
    assert not namesake.is_row and not wrap_partials(namesake)[0].is_row


@loop_over("name", TABLE)
def test_a_row_pickles_as_itself(name: str) -> None:
    assert pickle.loads(pickle.dumps(TABLE[name])) is TABLE[name]


def test_a_primitive_of_no_module_says_how_it_is_found() -> None:
    local = ag.primitive(math.sin, partials=[lambda x, y: math.cos(x)], name="nowhere")
    text = pickle.dumps(local)
    with pytest.raises(AttributeError, match="import math first, with a global named 'nowhere'"):
        pickle.loads(text)


def test_what_a_primitive_is_made_of() -> None:
    with pytest.raises(TypeError, match="value and partials are functions, not 3"):
        ag.primitive(math.sin, partials=[3])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="one partial per operand; none was given"):
        ag.primitive(math.sin, partials=[])
    text = ag.primitive(lambda x: "2", partials=[lambda x, y: 1.0], name="text")
    with pytest.raises(TypeError, match="text must return a float, not str"):
        text(ag.Value(1.0))


@pytest.mark.parametrize("name", ["f", 200 * "f"])
def test_names_of_one_character_and_of_two_hundred(name: str) -> None:
    assert ag.primitive(float, partials=[lambda x, y: 1.0], name=name).name == name


def test_outside_its_own_domain_a_primitive_warns() -> None:
    positive = ag.Domain("x > 0", lambda x: x > 0.0, (0.1, 1.0))
    op = ag.primitive(lambda x: math.nan, partials=[lambda x, y: 1.0], name="mine", domain=positive)
    with pytest.warns(RuntimeWarning, match=r"mine.* x > 0"):
        op(ag.Value(-1.0))


def test_a_whole_number_that_a_primitive_returns_is_a_float() -> None:
    op = ag.primitive(lambda x: 3, partials=[lambda x, y: 0.0], name="three")
    assert type(op(2.0)) is float and type(op(ag.Value(2.0)).data) is float
