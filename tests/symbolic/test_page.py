"""Large formulas: lines that define their parts, without recursion."""

import pytest

import autograd_lite as ag
from tests.support import latex_reader
from tests.support.latex_formulas import X, Y, repeated


def test_a_large_expression_is_written_in_lines() -> None:
    v = X
    for _ in range(100):
        v = ag.sin(v * Y) + X
    for text, expected in ((ag.to_latex(v), v.data), (ag.to_latex(v, wrt=X), None)):
        assert text.startswith(r"\begin{aligned} v_{1} &= ")
        assert max(map(len, text.splitlines())) < 500
        if expected is None:
            expected = ag.grad(lambda x: repeated(x, 100))(2.0)
        found = latex_reader.read(text, {"x": 2.0, "y": 3.0})
        assert found == pytest.approx(expected, rel=1e-9)
    assert r"\frac{\partial f}{\partial x} &= " in ag.to_latex(v, wrt=X)


def test_shared_parts_do_not_double_the_text() -> None:
    v = X
    for _ in range(200):
        v = ag.sin(v) + v
    assert len(ag.to_latex(v)) < 20_000
    assert len(ag.to_latex(v, wrt=X)) < 50_000


def test_roots_in_roots_need_no_recursion() -> None:
    v = X
    for _ in range(1000):
        v = v.sqrt()
    assert ag.to_latex(v ** (2.0**1000), wrt=X, max_nodes=1002) == "1"
