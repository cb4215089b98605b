"""Eager runs against both back ends: values, derivatives, and answers gone stale."""

from collections.abc import Callable, Sequence
from typing import Any

import autograd_lite as ag

from .common import (
    Finding,
    Outcome,
    PassedOver,
    Under,
    agreement,
    backends,
    chooses,
    close,
    equal,
    leaves_of,
    magnitudes,
    nests,
    number_of,
    outcome,
)
from .generate import Case

__all__ = ["check_derivatives", "check_second", "check_stale", "check_values"]


def check_values(case: Case) -> None:
    """jit gives eager's bits: recorded, replayed, replayed after other ways were taken."""
    under = Under(case.program)
    agree = agreement(case.program)
    expected = [under.eager(point) for point in case.points]
    for backend in backends():
        jitted = ag.jit(under.f, backend=backend)
        text = f"ag.jit(f, backend={backend!r})"
        order = [0, 0, *range(1, len(case.points)), *reversed(range(len(case.points)))]
        for k, n in enumerate(order):
            args = under.args(case.points[n])
            found = outcome(jitted, *args)
            if found.differs(expected[n], agree):
                way = called(text, order[: k + 1])
                raise Finding("values", way, VALUES, n, found, expected[n])
        for n, point in enumerate(case.points):
            given = under.args([ag.Value(x) for x in point])
            found = outcome(jitted, *given)
            if found.differs(expected[n], agree):
                raise Finding("values on Values", f"{text}(*values)", VALUES, n, found, expected[n])


VALUES = "f(*values)"


def called(text: str, order: Sequence[int]) -> str:
    """The last answer of a compiled function that was called at these points, in this order."""
    return f"[g(*arguments(points[i])) for g in [{text}] for i in {list(order)}][-1]"


MOVES = ((0.0, 0), (0.5, 0), (-1.25, 1), (0.0, 0))  # of captured Values, and at which point


def check_stale(case: Case) -> None:
    """Captured Values are read afresh, in values and in derivatives."""
    under = Under(case.program)
    if not under.captured:
        raise PassedOver("no captured Values")
    agree = agreement(case.program, equal)
    for backend in backends():
        jitted = ag.jit(under.f, backend=backend)
        slopes = ag.jit(derivative(under), backend=backend)
        for shift, n in MOVES:
            for (_, x), leaf in zip(case.program.captured, under.captured.values(), strict=True):
                leaf.data = x + shift
            point = case.points[n % len(case.points)]
            args = under.args(point)
            pairs = (
                (jitted, under.f, "f"),
                (slopes, derivative(under), derivative_text(under)),
            )
            for compiled, plain, text in pairs:
                values = under.args([ag.Value(x) for x in point]) if plain is under.f else args
                expected = outcome(plain, *values)
                found = outcome(compiled, *args)
                if found.differs(expected, agree):
                    moves = f"for by in {[shift for shift, _ in MOVES]}"
                    way = f"[moved(g, by) for g in [ag.jit({text}, backend={backend!r})] {moves}]"
                    plainly = f"[moved({text}, by) {moves}]"
                    raise Finding(f"stale by {shift}", way, plainly, n, found, expected)


def derivative(under: Under) -> Callable[..., Any]:
    make = ag.grad if under.scalar else ag.jacobian
    return make(under.listed, under.argnums)


def derivative_text(under: Under) -> str:
    name = "ag.grad(f" if under.scalar else "ag.jacobian(listed"
    return f"{name}, {under.argnums})"


def check_derivatives(case: Case) -> None:
    """Gradients by every way agree: eager, compiled, forward, backward."""
    under = Under(case.program)
    text = derivative_text(under)
    plain = derivative(under)
    allowed = [_allowed(under, point) for point in case.points]
    expected = [outcome(lambda p=point: plain(*under.args(p))) for point in case.points]
    for n, point in enumerate(case.points):
        _check_forward(under, n, point, expected[n], allowed[n])
        if under.scalar:
            _check_backward(under, n, point, expected[n], allowed[n], under.f, "f")
    for backend in backends():
        slopes = ag.jit(plain, backend=backend)
        jitted = ag.jit(under.listed, backend=backend)
        outer = (ag.grad if under.scalar else ag.jacobian)(jitted, under.argnums)
        exact = not chooses(case.program)
        # of a function that takes a derivative itself, this is one of second order
        first = under.scalar and not nests(case.program)
        name = f"ag.jit(f, backend={backend!r})"
        order = [0, *range(len(case.points)), 0]
        for k, n in enumerate(order):
            args = under.args(case.points[n])
            found = outcome(slopes, *args)
            if found.differs(expected[n], equal) and (
                first or exact or _apart(found, expected[n], allowed[n])
            ):
                way = called(f"ag.jit({text}, backend={backend!r})", order[: k + 1])
                raise Finding("jit(grad)", way, f"{text}(*args)", n, found, expected[n])
            found = outcome(outer, *args)
            rows = expected[n] if under.scalar else _in_reverse(under, args, expected[n])
            differs = found.differs(rows, equal) and (exact or _apart(found, rows, allowed[n]))
            # what is not finite sends jit back to an eager run, forward as it may be
            if differs and found.differs(expected[n], equal):
                inner = name.replace("(f,", "(f," if under.scalar else "(listed,")
                way = text.replace("(f,", f"({inner},").replace("(listed,", f"({inner},")
                way += "(*args)"
                raise Finding("grad(jit)", way, f"{text}(*args)", n, found, expected[n])
            if under.scalar:
                point = case.points[n]
                _check_backward(under, n, point, expected[n], allowed[n], jitted, name)


def _allowed(under: Under, point: Sequence[float]) -> list[list[float]]:
    """For each output, what its derivatives by the inputs and captured Values may differ by."""
    inputs = [ag.Value(x) for x in point]
    try:
        result = under.f(*under.args(inputs))
    except (ArithmeticError, ValueError, TypeError):
        return []
    ends = [*inputs, *under.captured.values()]
    return [magnitudes(y, ends) for y in leaves_of(result)]


def _in_reverse(under: Under, args: Sequence[Any], expected: Outcome) -> Outcome:
    """The Jacobian by a gradient of each output, as compiled code finds it: `jacobian` itself goes
    forward where there are more outputs than inputs, and then rounds otherwise.
    """
    if expected.failed:
        return expected

    def row(k: int) -> list[float]:
        slopes = ag.grad(lambda *given: under.listed(*given)[k], under.argnums)(*args)
        return [number_of(d) for d in leaves_of(slopes)]

    count = len(leaves_of(under.f(*args)))
    return Outcome(expected.shape, [x for k in range(count) for x in row(k)])


def _apart(found: Outcome, expected: Outcome, allowed: Sequence[Sequence[float]]) -> bool:
    """Whether two Jacobians differ by more than another order of summation can make."""
    if found.shape != expected.shape or len(found.numbers) != len(expected.numbers):
        return True
    if not allowed:
        return found.differs(expected, equal)
    count = len(found.numbers) // len(allowed)
    flat = [x for row in allowed for x in row[:count]]
    return not all(map(close, found.numbers, expected.numbers, flat))


def _check_backward(
    under: Under, n: int, point: Sequence[float], expected: Outcome, allowed: Any, f: Any, text: str
) -> None:
    """backward() finds what grad does, and at captured Values what a run of their own does."""
    inputs = [ag.Value(x) for x in point]
    leaves = [*inputs, *under.captured.values()]
    for leaf in leaves:
        leaf.grad = 0.0

    def swept() -> list[float]:
        y = f(*under.args(inputs))
        if isinstance(y, ag.Value):
            y.backward()
        return [leaf.grad for leaf in leaves]

    found = outcome(swept)
    if found.failed or expected.failed:
        if found.failed != expected.failed and not _constant_result(under, point):
            raise Finding("backward", f"swept({text})", "ag.grad(f)(*args)", n, found, expected)
        return
    wanted = list(expected.numbers)
    if under.captured:
        wanted += _by_captured(under, point)
    if not all(map(close, found.numbers, wanted, allowed[0])):
        way = f"swept({text})"
        raise Finding("backward", way, f"ag.grad(f, {under.argnums})(*args)", n, found, wanted)


def _constant_result(under: Under, point: Sequence[float]) -> bool:
    return not isinstance(under.f(*under.args([ag.Value(x) for x in point])), ag.Value)


def _by_captured(under: Under, point: Sequence[float]) -> list[float]:
    """The gradient by the captured Values, as arguments of a function of them."""
    own = dict(under.captured)

    def of_captured(*values: Any) -> Any:
        under.captured.update(zip(own, values, strict=True))
        return under.f(*under.args(point))

    try:
        numbers = [x.data for x in own.values()]
        return list(ag.grad(of_captured, tuple(range(len(numbers))))(*numbers))
    finally:
        under.captured.update(own)


def _check_forward(
    under: Under, n: int, point: Sequence[float], expected: Outcome, allowed: Any
) -> None:
    """jvp along each axis gives the Jacobian's columns."""
    if expected.failed:
        return
    outputs = len(expected.numbers) // len(point) if point else 0
    for j in range(len(point)):
        axis = under.args([1.0 if i == j else 0.0 for i in range(len(point))])
        args = under.args(point)
        column = outcome(lambda args=args, axis=axis: ag.jvp(under.f, args, axis)[1])
        for i, found in enumerate(column.numbers):
            number = expected.numbers[i * len(point) + j]
            size = allowed[i][j] if allowed else 0.0
            if not close(found, number, size) and _defined(number, found):
                axis = [float(k == j) for k in range(len(point))]
                way = f"ag.jvp(f, args, arguments({axis}))[1]"
                raise Finding(
                    f"jvp, output {i}, input {j}",
                    way,
                    derivative_text(under) + "(*args)",
                    n,
                    found,
                    number,
                )
    assert outputs * len(point) == len(expected.numbers), "a Jacobian has a row for each output"


def _defined(x: float, y: float) -> bool:
    """Where 0 * inf came in one order of products, it need not in the other."""
    return x - x == 0.0 and y - y == 0.0


def check_second(case: Case) -> None:
    """Hessians: compiled against eager, and the two back ends bit for bit."""
    under = Under(case.program)
    if not under.scalar or len(case.program.inputs) > 8:
        raise PassedOver("several results, or many inputs")
    plain = ag.hessian(under.flat)
    for backend in backends():
        curves = ag.jit(plain, backend=backend)
        for n in [*range(len(case.points)), 0]:
            point = case.points[n]
            expected = outcome(plain, list(point))
            found = outcome(curves, list(point))
            if not found.differs(expected, equal):
                continue
            if found.shape == expected.shape and chooses(case.program, in_slopes=True):
                inputs = [ag.Value(x) for x in point]
                allowed = [x for y in ag.grad(under.flat)(inputs) for x in magnitudes(y, inputs)]
                if all(map(close, found.numbers, expected.numbers, allowed)):
                    continue
            way = f"ag.jit(ag.hessian(flat), backend={backend!r})(point)"
            raise Finding("jit(hessian)", way, "ag.hessian(flat)(point)", n, found, expected)
