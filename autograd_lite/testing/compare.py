"""The comparison behind `check_grads`: the derivatives of each mode against differences."""

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ..core.order import topological_order
from ..core.table import Primitive, stop_gradient
from ..core.value import Value
from ..transforms.derivatives import jvp, vjp
from .differences import Estimate, Line, estimate

__all__ = ["Checker", "Function", "Note", "Report", "data_of", "find_culprit"]


class Note(NamedTuple):
    """A point where differences alone do not decide the derivative, and why it was accepted.

    `kind` is "kink", "infinite slope", "edge of the domain" or "inconclusive".
    """

    kind: str
    where: str
    at: float
    derivative: float
    left: float
    right: float

    def __str__(self) -> str:
        slopes = f"slopes {self.left:.6g} on the left and {self.right:.6g} on the right"
        return f"{self.kind}: {self.where} = {self.derivative:.6g} at {self.at:.6g}, {slopes}"


class Report:
    """The result of `check_grads`: the number of derivatives compared, and notes."""

    def __init__(self, compared: int = 0, notes: Iterable[Note] = ()) -> None:
        self.compared = compared
        self.notes = list(notes)

    def __repr__(self) -> str:
        return f"Report(compared={self.compared}, notes={self.notes})"

    @property
    def kinks(self) -> list[Note]:
        """Return the notes on kinks, where the derivative lies between the one-sided slopes."""
        return [note for note in self.notes if note.kind == "kink"]

    def __str__(self) -> str:
        return "\n  ".join([f"{self.compared} derivatives agree", *map(str, self.notes)])


class Function(NamedTuple):
    """A function from a flat list to a flat list.

    `outputs` are the names of its results in messages. With `lift` it is evaluated on Values, whose
    methods a user's function may call; without, on floats, as a gradient expects.
    """

    call: Callable[[list[Any]], list[Any]]
    outputs: list[str]
    lift: bool = True

    def evaluate(self, xs: list[float]) -> list[float]:
        """Return the results as floats."""
        return [data_of(y) for y in self.call([Value(x) for x in xs] if self.lift else list(xs))]


class Checker:
    """One run of `check_grads`: the names of the inputs, the tolerances and the report so far."""

    def __init__(self, inputs: list[str], modes: tuple[str, ...], rtol: float, atol: float) -> None:
        self.inputs = inputs
        self.modes = modes
        self.rtol = rtol
        self.atol = atol
        self.report = Report()

    def check(
        self,
        function: Function,
        point: list[float],
        order: int,
        unsettled: frozenset[tuple[int, int]] = frozenset(),
    ) -> None:
        """Check `function`, then its derivative in the same way, up to `order`.

        `unsettled` are the pairs (output, input) where a kink of lower order leaves no derivative.
        """
        tables = {m: [data_of(d) for d in _TABLES[m](function, point)] for m in self.modes}
        width = len(self.inputs)
        rough = set(unsettled)
        for i in range(width):
            line = Line(function.evaluate, point, i)
            for k, output in enumerate(function.outputs):
                claims = {mode: table[k * width + i] for mode, table in tables.items()}
                if (k, i) not in unsettled and not self._check_entry(claims, line, k, output):
                    rough.add((k, i))
        if order > 1:
            mode = "rev" if "rev" in self.modes else "fwd"
            # An infinite slope has no derivative at all; a kink has none along its own input.
            above = {
                (row, i)
                for row, slope in enumerate(tables[mode])
                for i in range(width)
                if (row // width, i) in rough or not math.isfinite(slope)
            }
            self.check(self._derivative(function, mode), point, order - 1, frozenset(above))

    def _derivative(self, function: Function, mode: str) -> Function:
        names = [f"d {_parenthesize(out)} / d {x}" for out in function.outputs for x in self.inputs]
        return Function(lambda xs: _TABLES[mode](function, xs), names, lift=False)

    def _check_entry(self, claims: dict[str, float], line: Line, k: int, output: str) -> bool:
        """Check one derivative, and return whether the function is smooth there."""
        name = f"d {_parenthesize(output)} / d {self.inputs[line.index]}"
        at = line.point[line.index]
        measured = estimate(line, k)
        if not all(self._agrees(claim, measured) for claim in claims.values()):
            measured = estimate(line, k, careful=True)
        if measured.kind == "jump":
            measured = self._jump_or_rounding(measured, line, k)
        self._require_derivative(measured, line, k, output)
        for mode, claim in claims.items():
            if not self._agrees(claim, measured):
                raise AssertionError(self._message(name, at, _TITLES[mode], claim, measured))
        if len(claims) == 2:
            self._compare_modes(name, at, claims, measured)
        claim = next(iter(claims.values()))
        self.report.compared += 1
        kind: str = measured.kind
        if kind == "smooth" and measured.error > max(1e-7, 0.25 * abs(claim)):
            kind = "inconclusive"
        if kind != "smooth":
            left, right = measured.left, measured.right
            self.report.notes.append(Note(kind, name, at, claim, left, right))
        return measured.kind in ("smooth", "edge of the domain")

    def _tolerance(self, claim: float, measured: Estimate) -> float:
        size = max(abs(claim), abs(measured.value))
        return self.atol + self.rtol * size + 2.0 * measured.error

    def _agrees(self, claim: float, measured: Estimate) -> bool:
        if measured.kind == "infinite slope":
            return math.isinf(claim) and claim in (measured.left, measured.right)
        if not math.isfinite(claim):
            return False
        if measured.kind == "kink":
            slack = self.atol + self.rtol * abs(claim) + 2.0 * measured.error
            low, high = sorted((measured.left, measured.right))
            return low - slack <= claim <= high + slack
        return abs(claim - measured.value) <= self._tolerance(claim, measured)

    def _jump_or_rounding(self, measured: Estimate, line: Line, k: int) -> Estimate:
        """Treat a jump that is too small to show in a quotient over the step as rounding.

        The derivative of x * (1/x) is 0, but evaluates to 0 at some points and 1e-16 at others.
        """
        size = max(abs(line.compute_change(k, t)) for t in (-line.step, line.step))
        if not size / line.step <= self.atol:
            return measured
        slope = line.compute_central_slope(k, line.step)
        return Estimate("smooth", slope, size / line.step, slope, slope)

    def _require_derivative(self, measured: Estimate, line: Line, k: int, output: str) -> None:
        where = f"{output} at {self.inputs[line.index]} = {line.point[line.index]!r}"
        here = line.evaluate_at(0.0)[k]
        if measured.kind == "jump":
            low, high = line.evaluate_at(-line.step)[k], line.evaluate_at(line.step)[k]
            raise AssertionError(
                f"{where} jumps: {low:.9g} just below, {here:.9g} there, {high:.9g} just above. "
                "It has no derivative there: check at another point"
            )
        if measured.kind == "undefined":
            beside = "" if not math.isfinite(here) else " and not finite on either side"
            raise AssertionError(
                f"{where} is {here!r}{beside}: it has no derivative there, check at a point "
                "inside the domain"
            )

    def _compare_modes(
        self, name: str, at: float, claims: dict[str, float], measured: Estimate
    ) -> None:
        reverse, forward = claims["rev"], claims["fwd"]
        if reverse == forward:
            return
        # Where rounding differs between the modes, the error of the differences shows it too.
        tight = self.atol + 1e-3 * self.rtol * max(abs(reverse), abs(forward)) + measured.error
        if not abs(reverse - forward) <= tight:
            raise AssertionError(
                f"{name} at {at!r}: reverse mode gives {reverse!r}, forward mode gives "
                f"{forward!r}; tolerance {tight:.3g}"
            )

    def _message(self, name: str, at: float, mode: str, claim: float, measured: Estimate) -> str:
        beginning = f"{name} at {at!r}: {mode} gives {claim!r}, "
        if measured.kind == "kink":
            return (
                f"{beginning}which is not between the slopes {measured.left!r} and "
                f"{measured.right!r} of the kink there; tolerance {self.atol:.3g}"
            )
        if measured.kind == "infinite slope":
            return f"{beginning}but the slope there is infinite ({measured.value!r})"
        return (
            f"{beginning}finite differences give {measured.value!r}; tolerance "
            f"{self._tolerance(claim, measured):.3g}, of which {2.0 * measured.error:.3g} is the "
            "error of the differences"
        )


def _reverse_table(function: Function, xs: list[Any]) -> list[Any]:
    """Return the derivative of every output with respect to every input, by reverse mode."""
    values, pull = vjp(function.call, xs)
    table: list[Any] = []
    for k in range(len(values)):
        table += pull([1.0 if j == k else 0.0 for j in range(len(values))])[0]
    return table


def _forward_table(function: Function, xs: list[Any]) -> list[Any]:
    """Return the same table by forward mode, which gives a column at a time."""
    columns = []
    for i in range(len(xs)):
        direction = [1.0 if j == i else 0.0 for j in range(len(xs))]
        columns.append(jvp(function.call, (xs,), (direction,))[1])
    return [slope for row in zip(*columns, strict=True) for slope in row]


_TABLES = {"rev": _reverse_table, "fwd": _forward_table}
_TITLES = {"rev": "reverse mode", "fwd": "forward mode"}


def find_culprit(function: Function, point: list[float], order: int, checker: Checker) -> str:
    """Describe the first primitive in the graph whose own derivative is wrong, or return ""."""
    results = function.call([Value(x) for x in point])
    for node in topological_order(*[y for y in results if isinstance(y, Value)]):
        # by design, the derivative of stop_gradient is not that of its value
        if node.primitive is None or node.primitive is stop_gradient:
            continue
        moving = [n for n, x in enumerate(node.operands) if isinstance(x, Value)]
        inputs = [f"operand {n}" for n in moving]
        alone = Checker(inputs, checker.modes, checker.rtol, checker.atol)
        operands = [data_of(x) for x in node.operands]
        single = _isolate(node.primitive, operands, moving)
        try:
            alone.check(single, [operands[n] for n in moving], order)
        except AssertionError as error:
            at = ", ".join(map(repr, operands))
            return f"\nThe primitive {node.op} is at fault, at ({at}): {error}"
    return ""


def _isolate(primitive: Primitive, operands: list[float], moving: list[int]) -> Function:
    def call(xs: list[Any]) -> list[Any]:
        own: list[Any] = list(operands)
        for n, x in zip(moving, xs, strict=True):
            own[n] = x
        return [primitive(*own)]

    return Function(call, [primitive.name])


def data_of(x: Any) -> float:
    """Return the float behind a Value or a number."""
    return x.data if isinstance(x, Value) else float(x)


def _parenthesize(output: str) -> str:
    return f"({output})" if output.startswith("d ") else output
