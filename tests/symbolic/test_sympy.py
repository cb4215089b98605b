"""The SymPy form: SymPy's value and its derivatives are the engine's."""

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.core import table
from autograd_lite.core.formulas import select
from autograd_lite.core.table import TABLE
from autograd_lite.symbolic.sympy import FORMS
from autograd_lite.testing.strategies import Expression, expressions, points
from tests.support.cases import loop_over

sympy = pytest.importorskip("sympy")
# SymPy calls what mpmath has renamed.
pytestmark = pytest.mark.filterwarnings("ignore:bitcount function:DeprecationWarning")

NAMES = ["x", "y", "z", "w"]
SYMBOLS = {name: sympy.Symbol(name, real=True) for name in NAMES}
WITHOUT = {"round", "round_to", "remainder"}
WITH = sorted(TABLE.keys() - WITHOUT)
STEPS = {"floor", "ceil", "trunc", "floordiv", "mod", "fmod"}  # slow in SymPy, in one another
ROOT = Path(__file__).resolve().parents[2]


def leaves(numbers: Any) -> list[ag.Value]:
    return [ag.Value(x, name=NAMES[i]) for i, x in enumerate(numbers)]


def number_of(f: Any, xs: list[ag.Value]) -> float:
    """The number of an expression, worked out with 30 digits: it cancels where we do not."""
    point = {SYMBOLS[NAMES[i]]: sympy.Float(x.data, 30) for i, x in enumerate(xs)}
    return float(f.xreplace(point).evalf(20))


def slope(f: Any, symbol: Any) -> Any:
    """The derivative; SymPy leaves those of floor and ceiling unevaluated, which are 0.

    So it does with the sign of what is not real everywhere, as sign(sqrt(x + 1)).
    """
    found = f.atoms(sympy.floor, sympy.ceiling)
    found |= {sign for sign in f.atoms(sympy.sign) if not sign.args[0].is_real}
    steps = {step: sympy.Dummy(real=True) for step in found}
    back = {constant: step for step, constant in steps.items()}
    return sympy.diff(f.xreplace(steps), symbol).xreplace(back)


def assert_same(f: Any, v: ag.Value, xs: list[ag.Value]) -> None:
    assert number_of(f, xs) == pytest.approx(v.data, rel=1e-9, abs=1e-9)
    for x in xs:
        x.grad = 0.0
    v.backward()
    for i, x in enumerate(xs):
        found = number_of(slope(f, SYMBOLS[NAMES[i]]), xs)
        assert found == pytest.approx(x.grad, rel=1e-9, abs=1e-9), (f, NAMES[i])


def smooth(name: str, numbers: Any) -> bool:
    """Whether an operation is smooth there: its slopes a little to either side are alike."""
    row = TABLE[name]

    def slopes(move: float) -> list[float]:
        xs = leaves([x + move * (i + 1) for i, x in enumerate(numbers)])
        row(*xs).backward()
        return [x.grad for x in xs]

    box = row.domain.box
    if any(low == high for low, high in box):  # an order of differentiation, which is whole
        return True
    values = [row.value(*[x + move for x in numbers]) for move in (-1e-6, 1e-6)]
    near = slopes(-1e-6) == pytest.approx(slopes(1e-6), rel=1e-2, abs=1e-2)
    return near and abs(values[0] - values[1]) < 0.1


@pytest.mark.slow
@loop_over("name", WITH)
@given(st.data())
@settings(max_examples=5, deadline=None)
def test_every_row(name: str, data: st.DataObject) -> None:
    numbers = data.draw(points(TABLE[name]).filter(lambda xs: smooth(name, xs)))
    if name == "polygamma":  # of a whole order, by the argument alone
        x = ag.Value(numbers[1], name="x")
        assert_same(ag.to_sympy(TABLE[name](numbers[0], x)), TABLE[name](numbers[0], x), [x])
        return
    xs = leaves(numbers)
    v = TABLE[name](*xs)
    assert_same(ag.to_sympy(v), v, xs)


@pytest.mark.parametrize("name", sorted(WITHOUT))
def test_what_has_no_counterpart_is_refused_by_name(name: str) -> None:
    row = TABLE[name]
    operands = [ag.Value(2.0) for _ in range(row.arity or 2)]
    with pytest.raises(ValueError, match=f"^{name} has no counterpart in SymPy"):
        ag.to_sympy(row(*operands))


def test_only_rows_have_forms_and_none_is_on_purpose() -> None:
    assert FORMS.keys() <= TABLE.keys()
    assert {name for name, form in FORMS.items() if form is None} == WITHOUT


# SymPy has no logcosh and no kink, another sinc, and the same acot
@pytest.mark.parametrize(
    ("name", "value", "partial", "shown"),
    [
        ("logcosh", lambda x: math.log(math.cosh(x)), lambda x, r: ag.tanh(x), "logcosh(x)"),
        (
            "sinc",
            lambda x: math.sin(9 * x) / x,
            lambda x, r: 9 / x * ag.cos(9 * x) - r / x,
            "sinc_(x)",
        ),
        ("acot", lambda x: math.atan(1 / x), lambda x, r: -1 / (1 + x * x), "acot(x)"),
        (
            "kink",
            lambda x: max(x, 0.5),
            lambda x, r: select(x > 0.5, 1.0, 0.0),
            "kink(x)",
        ),
    ],
)
def test_a_new_row_needs_no_form(
    monkeypatch: pytest.MonkeyPatch, name: str, value: Any, partial: Any, shown: str
) -> None:
    row = ag.primitive(value, partials=[partial], name=name)
    monkeypatch.setitem(TABLE, name, row)
    for x in leaves([0.7]), leaves([-1.3]):
        f = ag.to_sympy(row(*x))
        assert str(f) == shown
        assert_same(f, row(*x), x)
        v = row(ag.exp(*x)) * x[0]
        assert_same(ag.to_sympy(v), v, x)
        if shown != "acot(x)":
            assert sympy.lambdify([SYMBOLS["x"]], f)(x[0].data) == row.value(x[0].data)


def test_a_new_row_of_any_number_of_operands_needs_no_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def partials(*xs: Any) -> list[Any]:
        return [2.0 * x for x in xs[:-1]]

    row = table.Primitive(
        "squares",
        lambda *xs: math.fsum([x * x for x in xs]),
        [partials],
        table.MANY,
        variadic=True,
    )
    monkeypatch.setitem(TABLE, "squares", row)
    xs = leaves([0.7, -1.3, 2.0])
    f = ag.to_sympy(row(*xs))
    assert str(f) == "squares(x, y, z)"
    assert_same(f, row(*xs), xs)


@given(
    expressions([TABLE[name] for name in WITH if name not in STEPS], max_operations=5, max_inputs=2)
)
@settings(max_examples=15, deadline=None)
def test_random_programs(e: Expression) -> None:
    xs = leaves(e.point)
    v = e.f(xs)
    if isinstance(v, ag.Value):
        assert_same(ag.to_sympy(v), v, xs)


def test_the_sign_of_a_root_is_flat() -> None:
    (x,) = leaves([0.5])
    v = ag.sign(ag.sqrt(x + 1.0))
    assert_same(ag.to_sympy(v), v, [x])


def test_a_wrong_derivative_is_found() -> None:
    x = ag.Value(0.5, name="x")
    v = ag.primitive(lambda x: x * x, partials=[lambda x, y: 3.0 * x], name="wrong")(x)
    with pytest.raises(AssertionError):
        assert_same(SYMBOLS["x"] ** 2, v, [x])


def test_lambdify_gives_the_function_back() -> None:
    x, y = leaves([0.7, 1.3])
    v = ag.exp(x * y).log1p() / (ag.sin(x) ** 2 + 0.1) + ag.hypot(x, y)
    f = sympy.lambdify([SYMBOLS["x"], SYMBOLS["y"]], ag.to_sympy(v), "math")
    assert f(0.7, 1.3) == pytest.approx(v.data, rel=1e-14)


# Symbols and numbers


def test_leaves_are_real_symbols_no_two_alike() -> None:
    a, b, c, d = (ag.Value(1.0, name=name) for name in ("x", "x", None, None))
    f = ag.to_sympy(a + 2 * b + 3 * c + 4 * d)
    found = {str(x): f.coeff(x) for x in f.free_symbols}
    assert found == {"x": 1, "x_2": 2, "x1": 3, "x2": 4}
    assert all(x.is_real for x in f.free_symbols)


def test_symbols_may_be_given() -> None:
    t = sympy.Symbol("t", positive=True)
    x, y = ag.Value(2.0, name="x"), ag.Value(3.0, name="t")
    f = ag.to_sympy(ag.sqrt(x * x) + y, {x: t})
    assert f == t + sympy.Symbol("t_2", real=True)
    assert ag.to_sympy(x * y, {x: 2, y: t}) == 2 * t


def test_what_is_no_symbol_is_refused(tmp_path: Path) -> None:
    x, y = leaves([2.0, 3.0])
    path = tmp_path / "made"
    for text in ("t", f"open({str(path)!r}, 'w')"):  # which sympify would run as Python
        with pytest.raises(TypeError, match="no SymPy expression for Value"):
            ag.to_sympy(x * y, {x: text})  # type: ignore[dict-item]
    assert not path.exists()
    z = x * y
    for key in (z, "x"):
        with pytest.raises(TypeError, match="symbols are for leaves"):
            ag.to_sympy(z, {key: SYMBOLS["w"]})  # type: ignore[dict-item]


def test_numbers_keep_all_their_digits() -> None:
    x = ag.Value(1.0, name="x")
    assert str(ag.to_sympy(3.0 * x)) == "3*x"
    for number in (0.1, 1e300 / 3, 5e-324, -2.5e-8):
        assert float(ag.to_sympy(x + number).subs(SYMBOLS["x"], 0)) == number


def test_a_hostile_name_is_a_name() -> None:
    x = ag.Value(1.0, name="__import__('os').system('true')")
    (symbol,) = ag.to_sympy(x * x).free_symbols
    assert symbol.name == x.name


# Kinks, where the documentation says what SymPy does


def test_a_tie_is_a_half_there_too() -> None:
    x, y = leaves([1.0, 1.0])
    f = ag.to_sympy(ag.maximum(x, y))
    assert number_of(sympy.diff(f, SYMBOLS["x"]), [x, y]) == 0.5
    assert ag.to_sympy(ag.maximum(x, x)) == SYMBOLS["x"]


# Limits


def test_limits() -> None:
    x = ag.Value(0.5, name="x")
    v = x
    for _ in range(150):
        v = v.sin()
    with pytest.raises(ValueError, match=r"150 operations deep.* at most 100 levels"):
        ag.to_sympy(v)
    with pytest.raises(ValueError, match="max_nodes=1,490 at most 149 levels"):
        ag.to_sympy(v, max_nodes=1490)
    with pytest.raises(ValueError, match="more than max_nodes=10"):
        ag.to_sympy(v, max_nodes=10)
    with pytest.raises(ValueError, match="1 or more"):
        ag.to_sympy(v, max_nodes=0)
    v = x
    for _ in range(2000):
        v = v.sin()
    with pytest.raises(ValueError, match=r"nested too deeply|operations deep"):
        sympy.diff(ag.to_sympy(v, max_nodes=10**6), SYMBOLS["x"])


@pytest.mark.slow
def test_the_deepest_that_is_taken_can_be_differentiated() -> None:
    x = ag.Value(0.5, name="x")
    v = x
    for _ in range(100):
        v = v.sin()
    assert_same(ag.to_sympy(v), v, [x])


def test_wrong_calls_are_refused() -> None:
    x = ag.Value(0.5, name="x")
    with pytest.raises(TypeError, match="not float"):
        ag.to_sympy(2.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="stop_gradient has no counterpart"):
        ag.to_sympy(ag.stop_gradient(x))
    with pytest.raises(ValueError, match=r"SymPy refuses relu: .*NaN"):
        ag.to_sympy(ag.relu(x * float("nan")))
    with pytest.raises(TypeError, match="to_sympy"):
        ag.jit(lambda x: ag.to_sympy(x) and x)(2.0)


def test_without_sympy_the_error_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['sympy'] = None\n"
        "import autograd_lite as ag\n"
        "try: ag.to_sympy(ag.Value(1.0))\n"
        "except ImportError as error: print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.stdout == 'to_sympy needs the package sympy: pip install "autograd_lite[sympy]"\n'
