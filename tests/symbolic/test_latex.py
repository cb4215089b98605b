"""LaTeX: read back it has the engine's numbers, and KaTeX and mathtext render it."""

import json
import math
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.core import ieee
from autograd_lite.core.table import TABLE
from autograd_lite.testing.strategies import Expression, expressions, points
from tests.support.cases import limit_examples
from tests.support.hostile import HOSTILE
from tests.support.latex_formulas import FORMULAS, X, Y, leaves, number_of


def middle(name: str) -> list[ag.Value]:
    """Leaves in the middle of the box of a row's domain, off its kinks."""
    row = TABLE[name]
    box = [*row.domain.box, *[row.domain.box[-1]] * 4][: row.arity or 4]
    return leaves([0.4 * low + 0.6 * high + 0.01 * (i + 1) for i, (low, high) in enumerate(box)])


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TABLE))
@given(st.data())
@settings(max_examples=10, deadline=None)
def test_every_row_read_back_has_its_value(name: str, data: st.DataObject) -> None:
    xs = leaves(data.draw(points(TABLE[name])))
    v = TABLE[name](*xs)
    assert number_of(ag.to_latex(v, digits=17), xs) == pytest.approx(v.data, rel=1e-12, abs=1e-12)


@given(expressions(), st.integers(0, 2))
@limit_examples(60)
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


# Names


def test_a_users_operation_has_its_name_and_its_rule() -> None:
    cube = ag.primitive(lambda x: x**3, partials=[lambda x, y: 3.0 * x * x], name="a_$cube")
    assert ag.to_latex(cube(X)) == r"\operatorname{a\_\$cube}(x)"
    assert ag.to_latex(cube(X), wrt=X) == "3 x^{2}"


# Limits


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


@pytest.mark.slow
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
    text = ag.to_latex(X * ieee.LN2)
    assert text == r"x \ln(2)"
