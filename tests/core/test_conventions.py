"""The conventions at awkward points, written down by hand: eager, both back ends, the document."""

import datetime
import math
import runpy
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.core.table import TABLE

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")
BACKENDS = ["python", pytest.param("llvm", marks=NO_LLVM)]
SCRIPT = runpy.run_path(str(Path(__file__).parents[1] / "conventions.py"))
PROGRAMS = {(1, f"{text} at {x:.6g}"): (f, x) for text, f, x in SCRIPT["PROGRAMS"]}
PROGRAMS |= {(2, f"{text} at {x:.6g}"): (f, x) for text, f, x in SCRIPT["SECOND"]}
POINTS = {SCRIPT["called"](name, point): (name, point) for _, name, point in SCRIPT["points"]()}
inf = math.inf

# Each point with its value, then the derivative by each operand, from the rule in the document and
# from mathematics; a dash for an operand that must be a whole number.
EXPECTED = """
    # Kinks
    relu(0) = 0; 0 | relu(-0) = 0; 0 | abs(0) = 0; 0 | abs(-0) = 0; 0
    leaky_relu(0, 0.01) = 0; 0.01, 0 | leaky_relu(0, 1) = 0; 1, 0 | leaky_relu(0, 2) = 0; 1, 0
    leaky_relu(0, -1) = -0; 0, 0
    leaky_relu(-0, 0.01) = -0; 0.01, 0 | elu(0, 1) = 0; 1, 0 | elu(0, 0.5) = 0; 0.5, 0
    elu(0, 2) = 0; 1, 0 | maximum(2, 2) = 2; 0.5, 0.5 | maximum(0, -0) = -0; 0.5, 0.5
    maximum(inf, inf) = inf; 0.5, 0.5 | maximum(-inf, -inf) = -inf; 0.5, 0.5
    minimum(2, 2) = 2; 0.5, 0.5 | minimum(0, -0) = -0; 0.5, 0.5 | minimum(inf, inf) = inf; 0.5, 0.5
    clip(-1, -1, 1) = -1; 0, 0, 0 | clip(1, -1, 1) = 1; 0, 0, 0 | clip(1, 1, 1) = 1; 0, 0, 0
    clip(0, 1, -1) = -1; 0, 0, 1 | clip(-3, -1, 1) = -1; 0, 1, 0 | clip(3, -1, 1) = 1; 0, 0, 1
    hypot(0, 0) = 0; 0, 0 | hypot(0, 1) = 1; 0, 1 | hypot(1, 0) = 1; 1, 0
    norm(0, 0, 0) = 0; 0, 0, 0 | norm(0, 1, 0) = 1; 0, 1, 0 | copysign(0, 1) = 0; 0, 0
    copysign(0, -1) = -0; 0, 0 | copysign(2, 0) = 2; 1, 0 | copysign(2, -0) = -2; -1, 0
    copysign(-2, 3) = 2; -1, 0 | where(1, 2, 3) = 2; 0, 1, 0 | where(0, 2, 3) = 3; 0, 0, 1
    where(1, 2, nan) = 2; 0, 1, 0 | where(0, inf, 3) = 3; 0, 0, 1
    # Jumps
    sign(0) = 0; 0 | sign(-0) = -0; 0 | sign(3) = 1; 0 | sign(inf) = 1; 0 | floor(2) = 2; 0
    floor(-0.5) = -1; 0 | ceil(2) = 2; 0 | ceil(-0.5) = -0; 0 | trunc(-2) = -2; 0
    trunc(-0.5) = -0; 0 | round(2.5) = 2; 0 | round(0.5) = 0; 0 | round(-0.5) = -0; 0
    round_to(0.125, 2) = 0.12; 0, – | floordiv(4, 2) = 2; 0, 0 | floordiv(3, -2) = -2; 0, 0
    floordiv(1, 0) = inf; 0, 0 | mod(4, 2) = 0; 1, -2 | mod(-4, 2) = 0; 1, 2
    mod(3, -2) = -1; 1, 2 | mod(1, 0) = nan; 1, nan | mod(inf, 2) = nan; 1, nan
    mod(1, inf) = 1; 1, 0 | fmod(4, 2) = 0; 1, -2 | fmod(-3, 2) = -1; 1, 1
    fmod(1, 0) = nan; 1, nan | fmod(inf, 2) = nan; 1, nan | fmod(1, inf) = 1; 1, 0
    remainder(4, 2) = 0; 1, -2 | remainder(3, 2) = -1; 1, -2 | remainder(1, 0) = nan; 1, nan
    remainder(inf, 2) = nan; 1, nan | remainder(1, inf) = 1; 1, 0 | lt(2, 2) = 0; 0, 0
    lt(nan, 1) = 0; 0, 0 | le(2, 2) = 1; 0, 0 | gt(2, 2) = 0; 0, 0 | ge(2, 2) = 1; 0, 0
    eq(2, 2) = 1; 0, 0 | eq(0, -0) = 1; 0, 0 | eq(nan, nan) = 0; 0, 0 | ne(2, 2) = 0; 0, 0
    ne(nan, nan) = 1; 0, 0 | and(1, 0) = 0; 0, 0 | and(nan, 1) = 1; 0, 0 | or(1, 0) = 1; 0, 0
    or(nan, 0) = 1; 0, 0 | not(0) = 1; 0 | not(nan) = 0; 0
    # Poles and ends of domains
    sqrt(0) = 0; inf | sqrt(-0) = -0; inf | sqrt(inf) = inf; 0 | cbrt(0) = 0; inf
    log(0) = -inf; inf | log(-0) = -inf; inf | log(inf) = inf; 0 | log2(0) = -inf; inf
    log10(0) = -inf; inf | log1p(-1) = -inf; inf | reciprocal(0) = inf; -inf
    reciprocal(-0) = -inf; -inf | reciprocal(inf) = 0; 0 | div(1, 0) = inf; inf, -inf
    div(1, -0) = -inf; -inf, -inf | div(0, 0) = nan; inf, nan | div(inf, 1) = inf; 1, -inf
    div(1, inf) = 0; 0, 0 | asin(1) = 1.5707963267948966; inf | asin(-1) = -1.5707963267948966; inf
    acos(1) = 0; -inf | acos(-1) = 3.141592653589793; -inf | acosh(1) = 0; inf
    acosh(inf) = inf; 0 | atanh(1) = inf; inf | atanh(-1) = -inf; inf | atan2(0, 0) = 0; nan, nan
    atan2(0, 1) = 0; 1, 0 | atan2(0, -1) = 3.141592653589793; -1, 0
    atan2(1, 0) = 1.5707963267948966; 0, -1 | pow(0, 0) = 1; 0, 0 | pow(0, 1) = 0; 1, 0
    pow(0, 2) = 0; 0, 0 | pow(0, 0.5) = 0; inf, 0 | pow(0, -1) = inf; -inf, -inf
    pow(-0, -1) = -inf; -inf, -inf | pow(-2, 0) = 1; 0, nan | pow(-2, 3) = -8; 12, nan
    pow(-2, -1) = -0.5; -0.25, nan | pow(1, inf) = 1; inf, 0 | pow(inf, 0) = 1; 0, inf
    pow(nan, 0) = 1; nan, nan | pow(1, nan) = 1; nan, 0 | xlogy(0, 0) = 0; -inf, 0
    xlogy(0, 3) = 0; 1.0986122886681098, 0 | xlogy(0, inf) = 0; inf, 0
    xlogy(2, 0) = -inf; -inf, inf | gamma(0) = inf; -inf | gamma(-0) = -inf; -inf
    lgamma(0) = inf; -inf | lgamma(-1) = inf; nan | lgamma(1) = 0; -0.5772156649015332
    digamma(0) = -inf; inf | digamma(-0) = inf; inf | polygamma(1, 0) = inf; –, -inf
    polygamma(1, -1) = inf; –, nan | polygamma(2, 0) = -inf; –, inf
    # Outside the domain
    sqrt(-1) = nan; nan | sqrt(-inf) = nan; nan
    log(-1) = nan; nan | log(-inf) = nan; nan | log2(-1) = nan; nan
    log10(-1) = nan; nan | log1p(-2) = nan; nan | asin(2) = nan; nan | acos(2) = nan; nan
    acosh(0.5) = nan; nan | atanh(2) = nan; nan | pow(-2, 0.5) = nan; nan, nan
    xlogy(0, -1) = 0; nan, 0 | xlogy(2, -1) = nan; nan, nan
    gamma(-1) = nan; nan | gamma(-inf) = nan; nan
    digamma(-1) = nan; inf | sin(inf) = nan; nan | cos(inf) = nan; nan | tan(inf) = nan; nan
    # Infinity, and what is too large or too small
    identity(inf) = inf; 1 | neg(0) = -0; -1 | add(inf, -inf) = nan; 1, 1
    sub(inf, inf) = nan; 1, -1 | mul(0, inf) = nan; inf, 0 | mul(inf, 0) = nan; 0, inf
    square(inf) = inf; inf | square(1e+200) = inf; 2e+200
    fma(1e+200, 1e+200, -inf) = -inf; 1e+200, 1e+200, 1 | fma(0, inf, 1) = nan; inf, 0, 1
    exp(1000) = inf; inf | exp(-1000) = 0; 0 | exp(inf) = inf; inf | exp(-inf) = 0; 0
    exp(-740) = 4.2e-322; 4.2e-322 | exp2(2000) = inf; inf | exp2(-inf) = 0; 0
    expm1(1000) = inf; inf | expm1(-inf) = -1; 0 | expm1(1e-18) = 1e-18; 1 | sinh(1000) = inf; inf
    sinh(-1000) = -inf; inf | sinh(inf) = inf; inf | cosh(1000) = inf; inf | cosh(inf) = inf; inf
    tanh(1000) = 1; 0 | tanh(-1000) = -1; 0 | tanh(inf) = 1; 0
    tanh(20) = 1; 1.6993417021166355e-17 | asinh(1e+200) = 461.2101657793691; 1e-200
    asinh(-1e+200) = -461.2101657793691; 1e-200 | asinh(inf) = inf; 0
    atan(inf) = 1.5707963267948966; 0 | atan(-inf) = -1.5707963267948966; 0
    atan(1e+200) = 1.5707963267948966; 0 | sigmoid(1000) = 1; 0 | sigmoid(-1000) = 0; 0
    sigmoid(inf) = 1; 0 | sigmoid(-inf) = 0; 0 | sigmoid(-740) = 4.2e-322; 4.2e-322
    softplus(1000) = 1000; 1 | softplus(-1000) = 0; 0 | softplus(inf) = inf; 1
    softplus(-inf) = 0; 0 | softplus(-40) = 4.248354255291589e-18; 4.248354255291589e-18
    logaddexp(1000, 1000) = 1000.6931471805599; 0.5, 0.5 | logaddexp(-1000, 1000) = 1000; 0, 1
    logaddexp(inf, 1) = inf; 1, 0 | logaddexp(-inf, 1) = 1; 0, 1
    logaddexp(inf, inf) = inf; nan, nan | logaddexp(-inf, -inf) = -inf; nan, nan
    logsumexp(1000, -1000) = 1000; 1, 0 | logsumexp(-inf, 1) = 1; 0, 1
    logsumexp(-inf, -inf) = -inf; nan, nan | gelu(1000) = 1000; 1 | gelu(-1000) = -0; 0
    gelu(inf) = inf; 1 | gelu(-inf) = -0; 0
    gelu(-30) = -1.472014178144407e-196; -4.416031690708495e-195 | silu(1000) = 1000; 1
    silu(-1000) = -0; 0 | silu(inf) = inf; 1 | silu(-inf) = -0; 0
    silu(-740) = -3.09967e-319; -3.09547e-319 | elu(-1000, 1) = -1; 0, -1
    elu(-inf, 1) = -1; 0, -1 | elu(inf, 1) = inf; 1, 0 | leaky_relu(inf, 0.01) = inf; 1, 0
    leaky_relu(-inf, 0.01) = -inf; 0.01, -inf | relu(inf) = inf; 1 | relu(-inf) = 0; 0
    abs(inf) = inf; 1 | abs(-inf) = inf; -1 | erf(30) = 1; 0 | erf(inf) = 1; 0 | erf(-inf) = -1; 0
    erfc(26) = 5.663192408856143e-296; -2.9470349932662693e-294 | erfc(30) = 0; 0
    erfc(inf) = 0; 0 | erfc(-inf) = 2; 0 | gamma(200) = inf; inf
    gamma(-4.94066e-324) = -inf; -inf | expdiff(1000, 1000) = 1; 1, -1
    expdiff(inf, 1) = inf; inf, -inf
    expdiff(1, inf) = 0; 0, 0 | expdiff(inf, inf) = nan; nan, nan | bell(2, inf) = 0; 0, 0
    sech2(0) = 1; 0 | sech2(400) = 0; 0 | sech2(inf) = 0; 0 | sech2(-inf) = 0; 0
    bell(2, 10) = 7.440151952041672e-44; 3.720075976020836e-44, -1.4880303904083343e-42
    gamma(inf) = inf; inf
    lgamma(inf) = inf; inf | digamma(inf) = inf; 0
    hypot(1e+200, 1e+200) = 1.414213562373095e+200; 0.7071067811865475, 0.7071067811865475
    hypot(1e-200, 1e-200) = 1.414213562373095e-200; 0.7071067811865476, 0.7071067811865476
    norm(1e+200, 1e+200) = 1.414213562373095e+200; 0.7071067811865475, 0.7071067811865475
    norm(1e-200, 1e-200) = 1.414213562373095e-200; 0.7071067811865476, 0.7071067811865476
    atan2(1e+200, 1e+200) = 0.7853981633974483; 5e-201, -5e-201
    atan2(1e-200, 1e-200) = 0.7853981633974483; 5.000000000000001e+199, -5.000000000000001e+199
    atan2(1, inf) = 0; 0, 0 | atan2(inf, 1) = 1.5707963267948966; 0, 0
    pow(10, 400) = inf; inf, inf | pow(2, -inf) = 0; nan, 0
    hypot(1, inf) = inf; 0, nan | logsumexp(inf, 1) = inf; 1, 0
    pow(4.94066e-324, 0) = 1; 0, -744.4400719213812
    radians(inf) = inf; 0.017453292519943295
    degrees(1e+308) = inf; 57.29577951308232 | sum(inf, -inf) = nan; 1, 1
    mean(1e+308, 1e+308) = inf; 0.5, 0.5 | prod(0, 2, 3) = 0; 6, 0, 0 | prod(0, 0, 3) = 0; 0, 0, 0
    prod(inf, 2) = inf; 2, inf | dot(inf, 0, 0, 1) = nan; 0, 1, inf, 0
    # nan
    relu(nan) = nan; nan | abs(nan) = nan; nan | sign(nan) = nan; 0 | floor(nan) = nan; 0
    leaky_relu(nan, 0.01) = nan; nan, nan | elu(nan, 1) = nan; nan, nan
    maximum(nan, 2) = nan; nan, nan | maximum(2, nan) = nan; nan, nan
    minimum(nan, 2) = nan; nan, nan | minimum(2, nan) = nan; nan, nan
    clip(nan, -1, 1) = nan; nan, nan, nan
    clip(0.5, nan, 1) = nan; nan, nan, nan | hypot(nan, 1) = nan; nan, nan
    hypot(inf, nan) = inf; nan, nan | sqrt(nan) = nan; nan | exp(nan) = nan; nan
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


WRITTEN = {(1, text): answer for text, answer in parsed(FIRST).items()}
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
    return tuple(SCRIPT["WHOLE"].get(name, ()))


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
    assert {name for name, _ in POINTS.values()} == set(TABLE)


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
@pytest.mark.parametrize("name", TABLE)
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
