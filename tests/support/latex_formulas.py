"""Leaves, formulas and what LaTeX says of them, for the tests of `to_latex`."""

import math
from typing import Any

import autograd_lite as ag
from autograd_lite.core.table import TABLE
from tests.support import latex_reader

NAMES = ["x", "y", "z", "w"]
X, Y, Z = (ag.Value(number, name=name) for number, name in ((2.0, "x"), (3.0, "y"), (0.5, "z")))


def leaves(numbers: Any) -> list[ag.Value]:
    return [ag.Value(x, name=NAMES[i]) for i, x in enumerate(numbers)]


def number_of(text: str, xs: list[ag.Value]) -> float:
    return latex_reader.read(text, {NAMES[i]: x.data for i, x in enumerate(xs)})


FORMULAS = [
    (X * Y + ag.sin(X), r"x y + \sin(x)"),
    ((X - Y) - (Z - X), "x - y - (z - x)"),
    (X + (Y + Z), "x + y + z"),
    (X + (Y - Z), "x + y - z"),
    (X + (-Y), "x - y"),
    (X - (-Y), "x - (-y)"),
    (X * (-Y), r"x \cdot (-y)"),
    ((-X) * Y, "-x y"),
    (-(X + Y) * Z, "-(x + y) z"),
    (X * (Y + Z), "x (y + z)"),
    (X * (Y * Z), "x y z"),
    (X / Y / Z, r"\frac{\frac{x}{y}}{z}"),
    (-X / Y, r"-\frac{x}{y}"),
    ((X + Y) ** 2 / (1 - Z), r"\frac{(x + y)^{2}}{1 - z}"),
    ((X / Y) ** Z, r"\left( \frac{x}{y} \right)^{z}"),
    ((X**Y) ** Z, "(x^{y})^{z}"),
    (X ** (Y**Z), "x^{y^{z}}"),
    ((-X) ** 2, "(-x)^{2}"),
    (-(X**2), "-x^{2}"),
    (X * X, "x^{2}"),
    (X * 2, "2 x"),
    (X * -1, "-x"),
    (X * -2, "-2 x"),
    (2 * X * 3, r"3 \cdot 2 x"),
    (ag.exp(-(X**2) / 2), r"e^{-\frac{x^{2}}{2}}"),
    (ag.exp(X) ** Y, "(e^{x})^{y}"),
    ((X * Y).tanh() ** 2, r"\tanh^{2}(x y)"),
    (X.sin() ** -1, r"(\sin(x))^{-1}"),
    (abs(X) ** 2, r"\left| x \right|^{2}"),
    (ag.sqrt(1 + X * X), r"\sqrt{1 + x^{2}}"),
    (ag.cbrt(X), r"\sqrt[3]{x}"),
    (ag.norm([X, Y, Z]), r"\sqrt{x^{2} + y^{2} + z^{2}}"),
    (ag.mean([X, Y]), r"\frac{x + y}{2}"),
    (ag.dot([X, Y], [Y, Z]), "x y + y z"),
    (ag.logsumexp([X, Y]), r"\ln(e^{x} + e^{y})"),
    (X // Y, r"\left\lfloor \frac{x}{y} \right\rfloor"),
    (X % Y + 1, r"(x \;\mathrm{mod}\; y) + 1"),
    (X + 1e-7, r"x + 10^{-7}"),
    (X - 1.5e-9, r"x - 1.5 \cdot 10^{-9}"),
    (X * math.pi, r"x \pi"),
    (X * (1 / 3), r"\frac{1}{3} x"),
    (X + 1234567.0, "x + 1234567"),
    (X * 1e308, r"10^{308} x"),
    (TABLE["lt"](X, Y) + 1, r"\left[ x < y \right] + 1"),
    (ag.stop_gradient(X), r"\operatorname{stop\_gradient}(x)"),
]


def repeated(x: Any, times: int) -> Any:
    v = x
    for _ in range(times):
        v = ag.sin(v * 3.0) + x
    return v
