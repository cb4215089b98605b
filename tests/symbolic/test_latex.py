"""LaTeX: read back it has the engine's numbers, and KaTeX and mathtext render it."""

import json
import math
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.core import table
from autograd_lite.core.table import TABLE
from autograd_lite.symbolic.notation import SPELLINGS
from autograd_lite.testing.strategies import Expression, expressions, points
from tests.support import latex_reader
from tests.support.hostile import HOSTILE

NAMES = ["x", "y", "z", "w"]
X, Y, Z = (ag.Value(number, name=name) for number, name in ((2.0, "x"), (3.0, "y"), (0.5, "z")))


def leaves(numbers: Any) -> list[ag.Value]:
    return [ag.Value(x, name=NAMES[i]) for i, x in enumerate(numbers)]


def number_of(text: str, xs: list[ag.Value]) -> float:
    return latex_reader.read(text, {NAMES[i]: x.data for i, x in enumerate(xs)})


def middle(name: str) -> list[ag.Value]:
    """Leaves in the middle of the box of a row's domain, off its kinks."""
    row = TABLE[name]
    box = [*row.domain.box, *[row.domain.box[-1]] * 4][: row.arity or 4]
    return leaves([0.4 * low + 0.6 * high + 0.01 * (i + 1) for i, (low, high) in enumerate(box)])


def test_only_rows_are_spelled() -> None:
    assert SPELLINGS.keys() <= TABLE.keys()


@pytest.mark.parametrize("name", sorted(TABLE))
@given(st.data())
@settings(max_examples=10, deadline=None)
def test_every_row_read_back_has_its_value(name: str, data: st.DataObject) -> None:
    xs = leaves(data.draw(points(TABLE[name])))
    v = TABLE[name](*xs)
    assert number_of(ag.to_latex(v, digits=17), xs) == pytest.approx(v.data, rel=1e-12, abs=1e-12)


@given(expressions(), st.integers(0, 2))
@settings(max_examples=60, deadline=None)
def test_random_programs_read_back_have_their_values_and_slopes(e: Expression, which: int) -> None:
    xs = leaves(e.point)
    v = e.f(xs)
    if not isinstance(v, ag.Value):
        return
    n = which % len(xs)
    slope = ag.grad(lambda p: e.f([*xs[:n], p, *xs[n + 1 :]]))(xs[n].data)
    for text, expected in (
        (ag.to_latex(v, digits=17), v.data),
        (ag.to_latex(v, wrt=xs[n], digits=17), getattr(slope, "data", slope)),
    ):
        try:
            found = number_of(text, xs)
        except OverflowError:  # exp(x)**2, say, which the engine has as a fraction of two
            continue
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-6), text


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


@pytest.mark.parametrize(("v", "text"), FORMULAS, ids=[text for _, text in FORMULAS])
def test_it_reads_as_mathematics(v: ag.Value, text: str) -> None:
    assert ag.to_latex(v) == text


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


@pytest.mark.parametrize(("v", "text"), DERIVATIVES, ids=[text for _, text in DERIVATIVES])
def test_a_derivative_is_simplified(v: ag.Value, text: str) -> None:
    assert ag.to_latex(v, wrt=X) == text


def test_higher_and_mixed_derivatives() -> None:
    assert ag.to_latex(X**3 * Y, wrt=[X, X]) == "6 x y"
    assert ag.to_latex(X**3 * Y, wrt=[X, Y]) == "3 x^{2}"
    assert ag.to_latex(ag.sin(X), wrt=[X] * 4) == r"\sin(x)"


# Names


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["alpha", "β"], r"\alpha + \beta"),
        (["w_1", "w12"], r"w_{1} + w_{12}"),
        (["rate", "x_max"], r"\mathrm{rate} + x_{\mathrm{max}}"),
        (["x", "x"], "x + {x'}"),
        (["x1", "x_1"], "x_{1} + {x_{1}'}"),
        ([None, None], "x_{1} + x_{2}"),
        (["x_1", None], "x_{1} + x_{2}"),
        (["e", "pi"], r"{e'} + {\pi'}"),
        (["a_b_c", ""], r"\mathrm{a\_b\_c} + x_{1}"),
        (["w₁", "a"], "w_{1} + a"),
    ],
)
def test_names_are_symbols_no_two_alike(names: list[str | None], text: str) -> None:
    a, b = (ag.Value(1.0, name=name) for name in names)
    assert ag.to_latex(a + b) == text


def test_a_name_is_not_taken_for_a_function() -> None:
    """sigma (x + 1) is a product, where the sigmoid of x + 1 may stand beside it."""
    sigma, psi = ag.Value(1.0, name="sigma"), ag.Value(1.0, name="psi")
    v = sigma * (X + 1) + ag.sigmoid(X + 1)
    assert ag.to_latex(v) == r"\sigma \cdot (x + 1) + \sigma(x + 1)"
    v = X * psi**2 * (X / Y + 1) - sigma * X
    assert ag.to_latex(v) == r"x \psi^{2} \cdot \left( \frac{x}{y} + 1 \right) - \sigma x"


def test_the_names_of_lines_are_no_other_names() -> None:
    v = repeated(ag.sum([ag.Value(1.0, name=f"{c}_1") for c in "abcdefghijklmnopqrstuw"]), 20)
    v.name = "result"
    assert ag.to_latex(v).startswith(r"\begin{aligned} v_{1} &= ")
    v.name = "v_1"
    text = ag.to_latex(v)
    assert text.startswith(r"\begin{aligned} {v'}_{1} &= ")
    assert text.count(r"v_{1} &= ") == 1


@pytest.mark.parametrize("name", [*HOSTILE, r"\href{x}{y}", "*_`|'^~#%&"])
def test_a_hostile_name_is_inert(name: str) -> None:
    x = ag.Value(1.0, name=name)
    text = ag.to_latex(x * Y + x)
    assert not set('<>"`\n\r\0\u202e*~').intersection(text)
    assert "\ud800" not in text
    bare = re.sub(r"\\[{}$&#%_ ]", "", text)
    assert not set("$&#%").intersection(bare)
    assert bare.count("{") == bare.count("}")
    assert set(re.findall(r"\\[a-zA-Z]+", bare)) <= INERT, text
    assert len(text) < 2000


def test_a_users_operation_has_its_name_and_its_rule() -> None:
    cube = ag.primitive(lambda x: x**3, partials=[lambda x, y: 3.0 * x * x], name="a_$cube")
    assert ag.to_latex(cube(X)) == r"\operatorname{a\_\$cube}(x)"
    assert ag.to_latex(cube(X), wrt=X) == "3 x^{2}"


INERT = set(
    re.findall(r"\S+", r"\mathrm \backslash \wedge \sim \langle \rangle \ast \vert \ldots \prime")
)


# Limits


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


def repeated(x: Any, times: int) -> Any:
    v = x
    for _ in range(times):
        v = ag.sin(v * 3.0) + x
    return v


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


def test_a_graph_over_the_limit_is_refused() -> None:
    v = X
    for _ in range(2000):
        v = v.sin()
    with pytest.raises(ValueError, match="2,001 nodes, more than max_nodes=1,000"):
        ag.to_latex(v)
    assert len(ag.to_latex(v, max_nodes=3000)) > 2000
    assert len(ag.to_latex(v, wrt=X, max_nodes=3000)) > 2000


def test_wrong_calls_are_refused_in_words() -> None:
    with pytest.raises(TypeError, match="not float"):
        ag.to_latex(2.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not int"):
        ag.to_latex(X, wrt=1)  # type: ignore[arg-type]
    y = X * 2
    with pytest.raises(ValueError, match="a result of mul, not a leaf"):
        ag.to_latex(y.sin(), wrt=y)
    with pytest.raises(ValueError, match="a result of mul, not a leaf"):
        ag.to_latex(y, wrt=y)
    with pytest.raises(TypeError, match="'float' object cannot"):
        ag.to_latex(X, digits=2.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="1 or more"):
        ag.to_latex(X, digits=0)
    sine = ag.primitive(math.sin, partials=[lambda x, y: math.cos(x)], name="sine")
    with pytest.raises(ValueError, match="sine has no symbolic derivative"):
        ag.to_latex(sine(X), wrt=X)
    squared = ag.jit(lambda x: x * x)(X)
    assert ag.to_latex(squared).endswith("(x)")
    with pytest.raises(
        ValueError, match=r"jit\(<lambda>\) has no symbolic derivative: .* without jit"
    ):
        ag.to_latex(squared, wrt=X)
    with pytest.raises(TypeError, match="to_latex"):
        ag.jit(lambda x: ag.to_latex(x) and x)(2.0)


def test_a_notebook_shows_it() -> None:
    text = ag.to_latex(X / Y)
    assert text._repr_latex_() == r"$\displaystyle \frac{x}{y}$"  # type: ignore[attr-defined]
    assert not hasattr(X, "_repr_latex_")  # a Value shows its graph


# Renderers


def every_formula() -> list[str]:
    texts = [ag.to_latex(v) for v, _ in FORMULAS]
    for name in TABLE:
        xs = middle(name)
        v = TABLE[name](*xs)
        texts += [ag.to_latex(v), *[ag.to_latex(v, wrt=x) for x in xs]]
    return texts


def test_mathtext_renders_every_formula() -> None:
    from matplotlib.mathtext import MathTextParser

    parser = MathTextParser("path")
    texts = [text for text in every_formula() if r"\begin" not in text]
    assert len(texts) > 200
    for text in texts:
        assert parser.parse(f"${text}$")[0] > 0


SCRIPT = """
const katex = require("katex");
const strict = (code) => code === "unicodeTextInMathMode" ? "ignore" : "error";
let input = "";
process.stdin.on("data", (chunk) => (input += chunk)).on("end", () => {
  for (const text of JSON.parse(input)) katex.renderToString(text, { throwOnError: true, strict });
});
"""


def test_katex_renders_every_formula(tmp_path: Path) -> None:
    """Where KaTeX is installed: `npm install katex`, and NODE_PATH set to its node_modules."""
    node = shutil.which("node")
    found = node and subprocess.run([node, "-e", "require('katex')"], capture_output=True)
    if not node or not found or found.returncode:
        pytest.skip("KaTeX is not installed")
    v = X
    for _ in range(30):
        v = ag.sin(v * Y) + X
    texts = [*every_formula(), ag.to_latex(v), ag.to_latex(v, wrt=X)]
    texts += [ag.to_latex(ag.Value(1.0, name=name) ** 2) for name in HOSTILE if name.isascii()]
    (tmp_path / "render.js").write_text(SCRIPT)
    run = subprocess.run(
        [node, tmp_path / "render.js"], input=json.dumps(texts), capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr


def test_the_constants_of_primitives_are_written_by_their_names() -> None:
    text = ag.to_latex(X * table.LN2)
    assert text == r"x \ln(2)"
