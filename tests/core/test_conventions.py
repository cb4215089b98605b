"""The conventions at awkward points, written down by hand: eager, both back ends, the document."""

import datetime
import math
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.core.table import TABLE
from tests import conventions
from tests.operations import HEADINGS, OPERATIONS

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")
BACKENDS = ["python", pytest.param("llvm", marks=NO_LLVM)]
SCRIPT = vars(conventions)
PROGRAMS = {(1, f"{text} at {x:.6g}"): (f, x) for text, f, x in SCRIPT["PROGRAMS"]}
PROGRAMS |= {(2, f"{text} at {x:.6g}"): (f, x) for text, f, x in SCRIPT["SECOND"]}
POINTS = {SCRIPT["called"](name, point): (name, point) for _, name, point in SCRIPT["points"]()}
inf = math.inf

# Programs with their value and derivative, from the rule in the document and from mathematics; then
# those with their first and second derivative. Points of single operations are in the registry.
EXPECTED = """
    # Programs
    where(x < 1, x, sqrt(x)) at 0 = 0; 1 | where(x > 0, log(x), 0*x) at 0 = 0; 0
    where(x != 0, sin(x)/x, 1) at 0 = 1; 0 | where(x > 0, x*log(x), 0) at 0 = 0; 0
    maximum(x, sqrt(x) - 1) at 0 = 0; 1 | minimum(x*x, 1/x) at 0 = 0; 0
    sqrt(relu(x)) at -1 = 0; 0 | sqrt(maximum(x, 0)) at -1 = 0; 0 | relu(log(x)) + x at 0 = 0; 1
    floor(sqrt(x)) + x at 0 = 0; 1 | maximum(x, x) at 1 = 1; 1 | maximum(x, -x) at 0 = -0; 0
    relu(x) - relu(-x) at 0 = 0; 0 | sqrt(x*x) at 0 = 0; nan | sqrt(x)**2 at 0 = 0; nan
    0 * log(x) at 0 = nan; nan | x**x at 0 = 1; 0 | xlogy(x, x) at 0 = 0; -inf
    norm([x, 0*x]) at 0 = 0; 0 | logsumexp([log(x), 0]) at 0 = 0; nan
    # Second derivatives
    relu(x) at 0 = 0; 0 | abs(x) at 0 = 0; 0 | x**2 at 0 = 0; 2 | x**3 at 0 = 0; 0
    x**1.0 at 0 = 1; 0 | x**1.5 at 0 = 0; inf | sqrt(x) at 0 = inf; -inf
    log(x) at 0 = inf; -inf | log(x) at -1 = nan; nan
    where(x < 1, x*x, sqrt(x)) at 0 = 0; 2 | where(x > 0, log(x), x*x) at -1 = -2; 2
    maximum(x*x, -x) at 0.5 = 1; 2 | tanh(x) at 1000 = 0; 0 | sigmoid(x) at -1000 = 0; 0
    softplus(x) at 1000 = 1; 0 | logaddexp(x, 0) at 1000 = 1; 0 | hypot(x, 1) at 0 = 0; 1
    elu(x) at 0 = 1; 0
"""
FIRST, SECOND_ORDER = EXPECTED.split("    # Second derivatives\n")


def numbers(text: str) -> list[Any]:
    return [x if x == "–" else float(x) for x in text.replace(";", ",").split(", ")]


def parsed(text: str) -> dict[str, list[Any]]:
    """What a text of points promises."""
    lines = [line for line in text.splitlines() if line.strip() and "#" not in line]
    items = [item.strip().rsplit(" = ", 1) for line in lines for item in line.split(" | ")]
    assert len(dict(items)) == len(items), "a point is written twice"
    return {point: numbers(answer) for point, answer in items}


WRITTEN = {
    (1, SCRIPT["called"](name, point)): answer
    for name, operation in OPERATIONS.items()
    for kind in HEADINGS
    for point, answer in operation.expectations(kind)
}
WRITTEN |= {(1, text): answer for text, answer in parsed(FIRST).items()}
WRITTEN |= {(2, text): answer for text, answer in parsed(SECOND_ORDER).items()}


def same(found: Any, expected: Any, signed: bool = False) -> bool:
    if "–" in (found, expected):
        return bool(found == expected)
    if expected == 0.0:
        return found == 0.0 and (
            not signed or math.copysign(1.0, found) == math.copysign(1.0, expected)
        )
    close = math.isfinite(expected) and abs(found - expected) <= 1e-12 * abs(expected)
    return bool(found == expected or close or (found != found and expected != expected))


def check(text: str, found: Sequence[Any], expected: Sequence[Any]) -> None:
    """The sign of a zero counts for values alone."""
    assert len(found) == len(expected), text
    for k, pair in enumerate(zip(found, expected, strict=True)):
        assert same(*pair, signed=k == 0), (text, k, *pair)


def fixed(name: str) -> tuple[int, ...]:
    return tuple(OPERATIONS[name].whole)


def everything(f: Callable[..., Any], which: Sequence[int]) -> Callable[..., Any]:
    """A function of all operands that gives f's value and derivatives."""
    return lambda *xs: [f(*xs), *[ag.grad(f, i)(*xs) for i in which]]


def coded(f: Callable[..., Any]) -> Callable[..., Any]:
    """The same with each number as four finite ones: else a jitted call would run eagerly."""

    def apart(y: Any) -> list[Any]:
        infinities = [ag.where(y == sign * inf, 1.0, 0.0) for sign in (1.0, -1.0)]
        return [ag.where(abs(y) < inf, y, 7.0), ag.where(y != y, 1.0, 0.0), *infinities]

    return lambda *xs: [part for y in f(*xs) for part in apart(y)]


def decoded(parts: Sequence[Any]) -> list[float]:
    found = []
    for k in range(0, len(parts), 4):
        finite, nan, positive, negative = map(float, parts[k : k + 4])
        found.append(math.nan if nan else inf if positive else -inf if negative else finite)
    return found


def test_what_is_written_is_what_is_asked() -> None:
    assert set(WRITTEN) == {(1, text) for text in POINTS} | set(PROGRAMS)
    assert {name for name, _ in POINTS.values()} == set(OPERATIONS)


@pytest.mark.parametrize("text", POINTS)
def test_eager(text: str) -> None:
    name, point = POINTS[text]
    which = [i for i in range(len(point)) if i not in fixed(name)]
    row, expected = TABLE[name], WRITTEN[1, text]
    leaves = [ag.Value(x) if i in which else x for i, x in enumerate(point)]
    y = row(*leaves)
    slopes = [ag.grad(row, i)(*point) if i in which else "–" for i in range(len(point))]
    check(text, [y.data, *slopes], expected)
    assert same(row(*point), expected[0], signed=True)
    y.backward()
    check(text, [y.data, *[getattr(x, "grad", "–") for x in leaves]], expected)


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", OPERATIONS)
def test_compiled(name: str, backend: str) -> None:
    """By code recorded at another point, and by what a call of it gives."""
    jitted: dict[Any, Any] = {}
    for text, (row_name, point) in POINTS.items():
        if row_name != name:
            continue
        which = [i for i in range(len(point)) if i not in fixed(name)]
        given = tuple([x for i, x in enumerate(point) if i not in which])
        if (given, len(point)) not in jitted:

            def f(*xs: Any, given: Any = given, which: Any = which) -> Any:
                rest = iter(given)
                moving = dict(zip(which, xs, strict=True))
                n = len(which) + len(given)
                return TABLE[name](*[moving[i] if i in moving else next(rest) for i in range(n)])

            all_of = everything(f, range(len(which)))
            made = [ag.jit(g, backend=backend) for g in (coded(all_of), all_of)]
            elsewhere = [0.3 + 0.1 * k for k in range(len(which))]
            assert len(made[0](*elsewhere)) == 4 + 4 * len(which)
            jitted[given, len(point)] = made
        code, call = jitted[given, len(point)]
        operands = [point[i] for i in which]
        expected = [x for x in WRITTEN[1, text] if x != "–"]
        check(text, decoded(code(*operands)), expected)
        if backend == "python" or name in ("log", "pow", "maximum"):  # LLVM takes time to compile
            check(text, [float(x) for x in call(*operands)], expected)


@pytest.mark.parametrize(("order", "text"), PROGRAMS)
def test_programs(order: int, text: str) -> None:
    program, x = PROGRAMS[order, text]
    functions = SCRIPT["_ours"]().functions

    def f(v: Any) -> Any:
        return program(functions, v)

    g = everything(f, [0]) if order == 1 else lambda v: [ag.grad(f)(v), ag.grad(ag.grad(f))(v)]
    leaf = ag.Value(x)
    y = f(leaf)
    y.backward()
    slope = ag.grad(f)(x)
    found = [y.data, slope] if order == 1 else [slope, ag.grad(ag.grad(f))(x)]
    expected = WRITTEN[order, text]
    check(text, found, expected)
    assert same(leaf.grad, expected[order == 1])
    assert same(ag.jvp(f, (x,), (1.0,))[1], expected[order == 1])
    check(text, [*map(float, ag.jit(g)(x))], expected)
    native = find_spec("llvmlite") is not None and "where" in text  # LLVM takes time to compile
    for backend in ("python", "llvm") if native else ("python",):
        code = ag.jit(coded(g), backend=backend)
        code(0.3)
        check(text, decoded(code(x)), expected)


# The document


def told(text: str) -> dict[tuple[int, str], list[str]]:
    """The cells of the document's tables, by the order of the derivative and the point."""
    found: dict[tuple[int, str], list[str]] = {}
    order = 1
    for line in text.splitlines():
        order = 2 if line == "## Second derivatives" else order
        if line.startswith("| `"):
            point, *cells = [x.strip() for x in line.strip("|").split(" | ")]
            found[order, point.strip("`")] = cells
    return found


def check_document(text: str) -> None:
    tables = told(text)
    assert list(tables) == [(1, text) for text in POINTS] + list(PROGRAMS)
    now = SCRIPT["rows"]([SCRIPT["_ours"]()])
    answers = [row.answers[0] for table in now.values() for row in table]
    for (point, cells), answer in zip(tables.items(), answers, strict=True):
        assert len(cells) == 6, point
        assert cells[0] == SCRIPT["cell"](answer), point
        assert bool(cells[-1]) == any("**" in cell for cell in cells), point


def test_the_document_is_up_to_date() -> None:
    text = SCRIPT["DOCUMENT"].read_text(encoding="utf-8")
    check_document(text)
    assert text.startswith(SCRIPT["RULE"])
    assert "not installed" not in text
    assert all(title in text for title in SCRIPT["PEERS"])


def test_a_stale_document_is_found() -> None:
    text = SCRIPT["DOCUMENT"].read_text(encoding="utf-8")
    for old, new in (
        ("| `relu(0)` | 0; 0 |", "| `relu(0)` | 0; 1 |"),
        ("| `relu(0)`", "| `relu(1)`"),
        ("**", ""),
        ("There is no function there, so no slope.", ""),
    ):
        assert old in text
        with pytest.raises(AssertionError):
            check_document(text.replace(old, new))


def test_a_peer_that_differs_needs_a_reason() -> None:
    ours = SCRIPT["_ours"]()
    functions = {**ours.functions, "neg": lambda x: 0.0 * x}
    with pytest.raises(KeyError, match="no reason for neg"):
        SCRIPT["document"]([ours, ours._replace(functions=functions)], ["ours", "theirs"])


def test_without_peers() -> None:
    text = SCRIPT["document"]([SCRIPT["_ours"](), None], ["autograd_lite", "PyTorch"])
    assert "no peers" in text and "| `relu(0)` | 0; 0 | not installed |" in text
    assert str(datetime.date.today()) in text


def test_same_can_tell() -> None:
    assert same(math.nan, math.nan) and same(0.0, -0.0) and same("–", "–")
    for pair in ((0.0, math.nan), (math.nan, 0.0), (inf, -inf), (1.0, 1.0 + 1e-9), ("–", 0.0)):
        assert not same(*pair)
    assert not same(0.0, -0.0, signed=True)
    assert decoded([7.0, 0.0, 0.0, 1.0, -0.0, 0.0, 0.0, 0.0])[0] == -inf
    differs = SCRIPT["differs"]
    assert differs((0.0, 1.0), (0.0, 0.5)) and differs((-0.0, 1.0), (0.0, 1.0))
    assert differs((1.0, inf), (1.0, -inf)) and differs((math.nan, 1.0), (1.0, 1.0))
    assert not differs((0.0, "–", 1.0), (0.0, 2.0, 1.0)) and not differs("–", (0.0, 1.0))
