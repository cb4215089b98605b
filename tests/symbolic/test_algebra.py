"""Terms: like ones meet, derivatives of every order are simplified."""

import autograd_lite as ag
from tests.support.cases import loop_over
from tests.support.latex_formulas import X, Y, Z

DERIVATIVES = [
    (X * Y + ag.sin(X), r"y + \cos(x)"),
    (X * X * X, "3 x^{2}"),
    ((X * Y).tanh(), r"y (1 - \tanh^{2}(x y))"),
    (ag.sigmoid(X), r"\sigma(x) (1 - \sigma(x))"),
    ((X + Y) ** 2 / (1 - Z), r"\frac{2 (x + y)}{1 - z}"),
    (ag.exp(-(X**2) / 2), r"-x e^{-\frac{x^{2}}{2}}"),
    (1 / X, r"-\frac{1}{x^{2}}"),
    (X**Y, "y x^{y - 1}"),
    (Y**X, r"y^{x} \ln(y)"),
    (X * ag.log(X), r"\ln(x) + 1"),
    (ag.sqrt(X), r"\frac{1}{2 \sqrt{x}}"),
    (ag.hypot(X, Y), r"\frac{x}{\sqrt{x^{2} + y^{2}}}"),
    (ag.relu(X * Y - 1), r"y \left[ x y - 1 > 0 \right]"),
    (ag.erf(X), r"\frac{2 e^{-x^{2}}}{\sqrt{\pi}}"),
    (ag.log2(X), r"\frac{1}{x \ln(2)}"),
    (ag.degrees(X), r"\frac{180}{\pi}"),
    (abs(X), r"\operatorname{sgn}(x)"),
    (ag.floor(X), "0"),
    (X - X, "0"),
    (Y, "0"),
    (X, "1"),
    (ag.log(X) / ag.sqrt(Y) / ag.sqrt(Y), r"\frac{1}{x y}"),
    ((X / 2**0.5) ** 2 * Y, "x y"),
    (ag.exp(X) ** 2, "2 e^{2 x}"),
    (ag.maximum(X, X), "1"),
    (ag.sqrt(X) * X, r"\frac{3 \sqrt{x}}{2}"),
    (ag.sqrt(X * Y) * ag.sqrt(X * Y), "y"),
    (X * ag.stop_gradient(X), r"\operatorname{stop\_gradient}(x)"),
]


@loop_over("v, text", DERIVATIVES)
def test_a_derivative_is_simplified(v: ag.Value, text: str) -> None:
    assert ag.to_latex(v, wrt=X) == text


def test_higher_and_mixed_derivatives() -> None:
    assert ag.to_latex(X**3 * Y, wrt=[X, X]) == "6 x y"
    assert ag.to_latex(X**3 * Y, wrt=[X, Y]) == "3 x^{2}"
    assert ag.to_latex(ag.sin(X), wrt=[X] * 4) == r"\sin(x)"
