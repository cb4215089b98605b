"""Comparisons, powers and division with rest: by data, on either side, in any context."""

import math
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value


def test_comparisons_are_by_data_and_hash_by_identity():
    a, b = Value(1.0), Value(1.0)
    assert a == b and a == 1 and a != 2.0
    assert (a != b) is False
    assert a < 2 and a <= 1 and a > 0.5 and a >= b and a < 2
    assert a != "1" and a != None  # noqa: E711 - the comparison itself is the subject
    assert len({a, b}) == 2
    assert bool(Value(0.0)) is False and bool(Value(-1.0)) is True
    nan = Value(math.nan)
    assert nan != nan and not nan < 1.0
    with pytest.raises(TypeError):
        a < "2"  # noqa: B015 - it raises


def test_pow_with_a_modulus_is_refused():
    with pytest.raises(TypeError, match="modulus"):
        pow(Value(2.0), 2, 3)


def test_the_truth_of_a_value_in_a_context() -> None:
    with ag.no_grad():
        assert Value(-0.5)
        assert not Value(-0.0)


@pytest.mark.parametrize("x", [7.5, -7.5])
@pytest.mark.parametrize("y", [2.0, -2.0])
def test_divmod_either_way_round(x: float, y: float) -> None:
    pairs = [divmod(Value(x), Value(y)), divmod(Value(x), y), divmod(x, Value(y))]
    assert [(a.data, b.data) for a, b in pairs] == [divmod(x, y)] * 3


class Reflecting:
    def __gt__(self, other: Any) -> str:
        return "of the other"


@pytest.mark.parametrize("context", [ag.no_grad, ag.detect_anomaly])
def test_comparisons_inside_of_a_context_are_plain_bools(context: Any) -> None:
    x = Value(2.0)
    with context():
        for found in (x < 3.0, x <= Value(3.0), x != 2.5, x > 1.0):
            assert found is True
        assert (x < Reflecting()) == "of the other"


def test_what_floordiv_does_not_choose_contributes_nothing_by_either_operand() -> None:
    for f in (lambda r: 5.5 // (r + 1.0), lambda r: Value(5.5) // (r + 1.0), lambda r: r // 2.0):
        x = Value(0.0)
        (f(x.sqrt()) + x).backward()  # the slope of the root is infinite, and 0 * inf is nan
        assert x.grad == 1.0
