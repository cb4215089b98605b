"""How operations and numbers are written: as mathematics, with as few brackets as it needs."""

import math

import pytest

import autograd_lite as ag
from autograd_lite.core.table import TABLE
from autograd_lite.symbolic.notation import SPELLINGS
from tests.support.cases import loop_over
from tests.support.latex_formulas import FORMULAS, X, Y, Z, number_of


def test_only_rows_are_spelled() -> None:
    assert SPELLINGS.keys() <= TABLE.keys()


def test_a_new_row_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("log_cosh", "sine2"):
        f = ag.primitive(
            lambda x: math.log(math.cosh(x)), partials=[lambda x, r: ag.tanh(x)], name=name
        )
        monkeypatch.setitem(TABLE, name, f)
        v = f(X * Y) * Z
        text = ag.to_latex(v)
        assert r"\operatorname{" + name.replace("_", r"\_") + "}(x y)" in text
        assert number_of(text, [X, Y, Z]) == pytest.approx(v.data)
        assert ag.to_latex(v, wrt=X) == r"y z \tanh(x y)"


@loop_over("v, text", FORMULAS)
def test_it_reads_as_mathematics(v: ag.Value, text: str) -> None:
    assert ag.to_latex(v) == text
