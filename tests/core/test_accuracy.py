"""The accuracy script on few points: its limits hold, and it finds a formula that cancels."""

import math
from importlib.util import find_spec
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.core.table import TABLE, Primitive
from tests import accuracy
from tests.exactness import measuring, points, truths, ways
from tests.operations import OPERATIONS
from tests.support.cases import loop_over

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def faults(row: Primitive, count: int, *only: str) -> list[str]:
    found = measuring.measure(row, count, 3, only)
    assert found and {way for _, _, way in found} <= set(only or ways.ways())
    return [text for key, worst in found.items() if (text := accuracy.fault(key, worst))]


@loop_over("name", OPERATIONS)
def test_value_and_partials(name: str) -> None:
    assert faults(TABLE[name], 40, "eager") == []


def same_bits(row: Primitive, count: int, *only: str) -> bool:
    drawn = points.points(row, count, 4)
    eager = list(ways.eager(row, drawn))
    which = [0, *[i + 1 for i in ways.wanted(row)]] if row.arity else None
    kept = [[ys[k] for k in which or range(len(ys))] for ys in eager]
    for way in only:
        found = ways.ways()[way](row, drawn)
        for ys, expected in zip(found, kept, strict=True):
            got = [ys[k] for k in which or range(len(ys))]
            if not all(a == b or (a != a and b != b) for a, b in zip(got, expected, strict=True)):
                return False
    return True


@loop_over("name", TABLE)
def test_generated_code_gives_the_bits_of_an_eager_run(name: str) -> None:
    assert same_bits(TABLE[name], 40, "jit, Python")


@pytest.mark.slow
@pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")
@loop_over("name", ["bell", "expdiff", "gelu", "hypot", "logsumexp", "pow", "silu"])
def test_every_way(name: str) -> None:
    assert faults(TABLE[name], 40) == []
    scalar = [way for way in ways.ways() if way not in ("eager", "`.map`")]
    assert same_bits(TABLE[name], 150, *scalar)


def test_other_bits_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    eager = ways.eager
    assert same_bits(TABLE["exp"], 20, "jit, Python")
    moved = lambda *args: [[math.nextafter(y, 9.0) for y in ys] for ys in eager(*args)]  # noqa: E731
    monkeypatch.setattr(ways, "eager", moved)
    assert not same_bits(TABLE["exp"], 20, "jit, Python")


@pytest.mark.slow
@loop_over("name", OPERATIONS)
def test_second_derivatives(name: str) -> None:
    worst = measuring.measure_second(TABLE[name], 3, 3)
    assert accuracy.second_fault(name, worst) == ""


def test_every_exception_names_a_row() -> None:
    for name, part in accuracy.CONDITIONED:
        assert part <= (TABLE[name].arity or 1)
    assert set(accuracy.SECOND_UNLIMITED) <= set(TABLE)


PLANTED: list[tuple[str, dict[str, Any]]] = [
    ("tanh", {"partials": [lambda x, y: 1.0 - y * y]}),
    ("gelu", {"value": lambda x: 0.5 * x * math.erfc(-x * math.sqrt(0.5))}),
    ("erf", {"partials": [lambda x, y: 2.0 / math.sqrt(math.pi) * ag.exp(-(x * x))]}),
    ("logsumexp", {"partials": [lambda *xs: [ag.exp(x - xs[-1]) for x in xs[:-1]]]}),
    ("acosh", {"value": lambda x: math.log(x + math.sqrt(x * x - 1.0)) if x < 1e150 else 0.0}),
    ("sin", {"value": lambda x: math.sin(x % (2.0 * math.pi))}),
    ("sqrt", {"value": lambda x: math.sqrt(x) * (1.0 + 2e-15)}),
    ("sum", {"value": lambda *xs: math.fsum(xs) + 3e-15 * max(map(abs, xs))}),
    ("prod", {"value": lambda *xs: math.prod(xs) * (1.0 + 2e-15)}),
    ("div", {"partials": [TABLE["div"].partials[0], lambda x, y, r: -x / (y * y + 1e-300)]}),
    ("digamma", {"value": lambda x: TABLE["digamma"].value(x) * (1.0 + 2e-15)}),
]


@pytest.mark.slow
@loop_over("name, changes", PLANTED)
def test_a_bad_formula_is_found(name: str, changes: dict[str, Any]) -> None:
    right = TABLE[name]
    fields: dict[str, Any] = {"value": right.value, "partials": right.partials, **changes}
    wrong = Primitive(name, domain=right.domain, variadic=right.arity is None, **fields)
    assert any("units from" in text for text in faults(wrong, 40, "eager"))


def test_a_bad_second_derivative_is_found() -> None:
    right = TABLE["asin"]
    slope = [lambda x, y: ag.reciprocal(ag.sqrt((1.0 - x) * (1.0 + x)))]
    wrong = Primitive("asin", right.value, slope, right.domain)
    worst = measuring.measure_second(wrong, 20)
    assert "a second derivative is off" in accuracy.second_fault("asin", worst)


@loop_over(
    "got, true, units",
    [
        (1.0, 1.0, 0.0),
        (1.0 + 2.0**-52, 1.0, 1.0),
        (1.0 - 2.0**-53, 1.0, 0.5),
        (5e-324, 0.0, 1.0),
        (math.nan, 1.0, math.inf),
        (math.inf, 1.7976931348623157e308, 1.0),
        (-math.inf, math.inf, 2.0**54),
        (1.7976931348623157e308, math.inf, 1.0),
    ],
)
def test_units(got: float, true: float, units: float) -> None:
    assert truths.units(got, truths.rounded(truths.mp.mpf(true))) == units
