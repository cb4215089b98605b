"""Drawing random programs and points.

A program is run on plain floats at its first point while it grows, so that operands can be moved
into an operation's domain: most programs stay finite there, and those that do not are few enough
to be of use too.
"""

import math
import random
from collections.abc import Sequence
from typing import Any

from autograd_lite.core.table import TABLE

from .engines import COMPARISONS, Traced, Tracer, styles_of
from .programs import Array, Block, Constant, Program, Ref, Step, result_of

__all__ = ["Case", "draw"]

SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, -2.0, 3.0, 1e-300, -1e300, 5e-324, 40.0, -750.0, 1e17]
NOT_FINITE = [math.inf, -math.inf, math.nan]
STATIC = {("polygamma", 0), ("round_to", 1)}  # operands that must be whole constants
SQUASH = ["tanh", "atan", "sigmoid", "sin"]
JOINTS = ["first", "not", "and", "or", "xor", "nor"]
BRANCHES = ["if", "if", "while"]
WAYS = ["+=", "sum", "ag.sum", "mean"]


class Case:
    """A program and the points to run it at: for each, one number per input."""

    def __init__(self, program: Program, points: Sequence[Sequence[float]], seed: int) -> None:
        self.program = program
        self.points = [list(point) for point in points]
        self.seed = seed


def draw(seed: int, profile: str = "mixed") -> Case:
    """The case of that seed.

    Arguments:
        profile: "mixed"; "smooth" for a straight line without special numbers; or "loop" for a
            sum of many like terms.
    """
    rng = random.Random(f"{seed}:{profile}")
    maker = Maker(rng, profile)
    program = maker.program()
    first = [maker.numbers[name].number for name in program.inputs]
    points = [first]
    for _ in range(3):
        spread = rng.choice([0.1, 1.0, 3.0])
        points.append([maker.number(spread, x) for x in first])
    return Case(program, points, seed)


class Maker:
    """One program in the making."""

    def __init__(self, rng: random.Random, profile: str) -> None:
        self.rng = rng
        self.profile = profile
        self.next_name = 0
        self.tracer = Tracer([], opaque=True)
        self.numbers: dict[int, Any] = {}  # each name's value at the first point
        self.unused: list[int] = []  # names that nothing reads yet
        self.depth = 0
        self.tame = profile != "mixed" or rng.random() < 0.85
        # a guard would keep a loop as it is
        self.straight = profile == "loop" and rng.random() < 0.9
        self.selecting = profile != "smooth" or rng.random() < 0.3

    def name(self, number: float | None = None) -> int:
        self.next_name += 1
        if number is not None:
            self.numbers[self.next_name - 1] = self.tracer.made("identity", [number])
        return self.next_name - 1

    def number(self, spread: float = 2.0, around: float = 0.0) -> float:
        draw = self.rng.random()
        if self.profile == "mixed":
            if draw < 0.08:
                return self.rng.choice(SPECIAL)
            if draw < 0.1:
                return self.rng.choice(NOT_FINITE)
        if draw < 0.3 and self.profile != "smooth":
            return float(self.rng.randint(-4, 4))
        middle = around if math.isfinite(around) and abs(around) < 1e3 else 0.0
        return round(middle + self.rng.uniform(-spread, spread), self.rng.choice([2, 3, 15]))

    # Structures

    def program(self) -> Program:
        rng = self.rng
        if self.profile == "loop":
            count = rng.choice([16, 20, 33, 60])
            items = tuple([Ref(self.name(self.number(1.0, 1.0))) for _ in range(count)])
            arguments = [Array((count,), items) if rng.random() < 0.5 else list(items)]
            arguments += [self.argument() for _ in range(rng.randint(0, 1))]
        else:
            arguments = [self.argument() for _ in range(rng.choice([1, 1, 2, 2, 3]))]
        captured = []
        if self.profile != "smooth" and rng.random() < 0.4:
            captured = [
                (self.name(x), x) for x in [self.number() for _ in range(rng.randint(1, 2))]
            ]
        self.unused += list(self.numbers)
        steps = self.steps(rng.randint(1, 9 if self.profile == "mixed" else 7))
        self.use_the_rest(steps)
        result = self.result(steps)
        return Program(tuple(arguments), tuple(steps), result, tuple(captured))

    def use_the_rest(self, steps: list[Step]) -> None:
        """Add up what nothing has read, more often than not: it would not be tested."""
        names = [name for name in self.unused if name in self.numbers]
        if len(names) > 1 and self.rng.random() < 0.7:
            style = self.rng.choice(["row", "function"])
            row = self.rng.choice(["sum", "sum", "mean", "norm", "logsumexp"])
            operands = tuple([Ref(name) for name in names[-5:]])
            self.add(steps, Step(self.name(), "row", (row, style), operands))

    def argument(self, depth: int = 2) -> Any:
        rng = self.rng
        kind = rng.choice(["number"] * 4 + ["list", "tuple", "dict", "array", "matrix"])
        if kind == "number" or depth == 0:
            return Ref(self.name(self.number()))
        if kind == "array":
            n = rng.randint(1, 4)
            return Array((n,), tuple([Ref(self.name(self.number())) for _ in range(n)]))
        if kind == "matrix":
            return Array((2, 2), tuple([Ref(self.name(self.number())) for _ in range(4)]))
        parts = [self.argument(depth - 1) for _ in range(rng.randint(1, 3))]
        if kind == "dict":
            return {"wbc"[i]: part for i, part in enumerate(parts)}
        return tuple(parts) if kind == "tuple" else parts

    def result(self, steps: Sequence[Step]) -> Any:
        rng = self.rng
        last = Ref(steps[-1].target)
        if self.profile != "mixed" or rng.random() < 0.6:
            return last
        others = [self.operand() for _ in range(rng.randint(1, 3))]
        kind = rng.choice(["list", "tuple", "dict", "array", "nested"])
        if kind == "array":
            items = [last, *[x for x in others if isinstance(x, Ref)]]
            return Array((len(items),), tuple(items))
        if kind == "nested":
            return {"y": last, "rest": (others, [last])}
        if kind == "dict":
            return {"y": last, **{f"z{i}": x for i, x in enumerate(others)}}
        return (last, *others) if kind == "tuple" else [last, *others]

    # Steps

    def steps(self, count: int) -> list[Step]:
        found: list[Step] = []
        for _ in range(count):
            self.add(found, self.step(found))
        if self.profile == "loop" and self.depth == 0:
            self.add(found, self.looped(found))
            for _ in range(self.rng.randint(0, 2)):
                self.add(found, self.step(found))
        return found

    def add(self, found: list[Step], step: Step) -> Ref:
        """Append a step, and squash what has grown too large."""
        try:
            number = result_of(step, self.numbers, self.tracer)
        except (OverflowError, ValueError):
            number = 1.0
        self.numbers[step.target] = number
        self.unused.append(step.target)
        found.append(step)
        size = abs(_number(number))
        if self.tame and not size < 1e3 and self.rng.random() < 0.9:
            row = "tanh" if size == size else "sign"
            if math.isfinite(size):
                row = self.rng.choice(SQUASH)
            operands: tuple[Any, ...] = (Ref(step.target),)
            if not math.isfinite(size):
                row, operands = "where", (Constant("float", 0.0), *operands, self.operand())
            return self.add(found, Step(self.name(), "row", (row, "row"), operands))
        return Ref(step.target)

    def step(self, found: list[Step]) -> Step:
        kinds = ["row"] * 12
        if self.profile != "smooth":
            kinds += ["where", "compare", "softmax"]
            if not self.straight:
                kinds += ["pick", "choose", "data", "stop", "derivative"]
            if self.depth < 2:
                kinds += ["recur", "looped"] if self.straight else ["recur", "looped", *BRANCHES]
        elif self.depth < 1:
            kinds += ["softmax", "recur", "looped"]
        kind = self.rng.choice(kinds)
        if kind == "data" and self.rng.random() < 0.7:
            kind = "row"
        return getattr(self, kind)(found)

    def operand(self, values: bool = False) -> Any:
        """A name, or a constant; late names more often."""
        rng = self.rng
        if not values and rng.random() < 0.2:
            return self.constant()
        names = list(self.numbers)
        draw = rng.random()
        if draw < 0.4:
            names = names[-4:]
        elif draw < 0.8:
            names = [name for name in self.unused if name in self.numbers] or names
        name = rng.choice(names)
        if name in self.unused:
            self.unused.remove(name)
        return Ref(name)

    def constant(self) -> Constant:
        kind = self.rng.choice(["float"] * 4 + ["int", "int", "bool", "np.float64", "np.float32"])
        if kind == "float" and self.rng.random() < 0.1:
            kind = self.rng.choice(["np.int64", "np.bool_"])
        if kind in ("int", "np.int64"):
            return Constant(kind, float(self.rng.randint(-3, 4)))
        if kind in ("bool", "np.bool_"):
            return Constant(kind, float(self.rng.randint(0, 1)))
        number = self.number()
        if kind == "np.float32":
            number = round(number * 64) / 64 if abs(number) < 1e9 else 0.5
        return Constant(kind, number)

    def row(self, found: list[Step]) -> Step:
        rng = self.rng
        names = list(TABLE)
        if not self.selecting:
            names = [n for n in names if not any(TABLE[n].selects) and not TABLE[n].logical]
        name = rng.choice(names)
        if rng.random() < 0.35:
            name = rng.choice(["add", "sub", "mul", "div", "pow", "mul", "add"])
        row = TABLE[name]
        count = row.arity or rng.choice([1, 2, 3, 4, 6])
        if name == "dot":
            count += count % 2
        operands = []
        for place in range(count):
            box = row.domain.box[place if row.arity else 0]
            if (name, place) in STATIC:
                kind = rng.choice(["float", "int"])
                operands.append(Constant(kind, float(rng.choice([0, 1, 2, 3]))))
            else:
                operand = self.operand(values=place == 0)
                operands.append(self.moved(found, operand, box) if self.tame else operand)
        styles = styles_of(name)
        return Step(self.name(), "row", (name, rng.choice(styles)), tuple(operands))

    def moved(self, found: list[Step], operand: Any, box: tuple[float, float]) -> Any:
        """The operand, shifted into a range where it lies far outside."""
        low, high = box
        x = _number(self.numbers[operand.name]) if isinstance(operand, Ref) else operand.number
        if low <= x <= high or self.rng.random() < 0.05 or (low == -3.0 and abs(x) < 20.0):
            return operand
        target = round(self.rng.uniform(low, high), 2)
        if not isinstance(operand, Ref) or not math.isfinite(x) or abs(x) > 1e3:
            return Constant("float", target)
        shift = Constant("float", round(target - x, 2))
        style = self.rng.choice(["row", "operator"])
        return self.add(found, Step(self.name(), "row", ("add", style), (operand, shift)))

    def where(self, found: list[Step]) -> Step:
        detail = (self.comparison(), self.comparison(), self.rng.choice(JOINTS))
        operands = [self.operand(values=n in (0, 2)) for n in range(6)]
        return Step(self.name(), "where", detail, tuple(operands))

    def comparison(self) -> str:
        return self.rng.choice(["lt", "le", "gt", "ge", "lt", "gt", "eq", "ne"])

    def compare(self, found: list[Step]) -> Step:
        name = self.rng.choice(list(COMPARISONS))
        operands = (self.operand(values=True), self.operand())
        return Step(self.name(), "row", (name, self.rng.choice(["row", "operator"])), operands)

    def pick(self, found: list[Step]) -> Step:
        operands = [self.operand(values=n == 0) for n in range(self.rng.choice([2, 3, 3, 4]))]
        return Step(self.name(), "pick", self.rng.choice(["max", "min", "median"]), tuple(operands))

    def softmax(self, found: list[Step]) -> Step:
        operands = [self.operand(values=n == 0) for n in range(self.rng.choice([1, 2, 3, 4]))]
        return Step(self.name(), "softmax", self.rng.randint(0, 3), tuple(operands))

    def stop(self, found: list[Step]) -> Step:
        way = self.rng.choice(["detach", "stop_gradient"])
        return Step(self.name(), "stop", way, (self.operand(values=True),))

    def data(self, found: list[Step]) -> Step:
        return Step(self.name(), "data", None, (self.operand(values=True),))

    def choose(self, found: list[Step]) -> Step:
        operands = [self.operand(values=n == 0) for n in range(4)]
        return Step(self.name(), "choose", None, tuple(operands))

    def derivative(self, found: list[Step]) -> Step:
        way = self.rng.choice(["grad", "second", "jvp"])
        operands = (self.operand(values=True), self.operand())
        block = self.block([self.numbers[operands[0].name]], 3)
        return Step(self.name(), "derivative", way, operands, (block,))

    def block(self, given: Sequence[Any], most: int) -> Block:
        """A block whose parameters have these values at the first point."""
        before = dict(self.numbers)
        parameters = tuple([self.name() for _ in given])
        self.numbers.update(zip(parameters, given, strict=True))
        self.depth += 1
        steps = self.steps(self.rng.randint(1, most))
        self.depth -= 1
        self.numbers = before
        return Block(parameters, tuple(steps), Ref(steps[-1].target))

    def if_(self, found: list[Step]) -> Step:
        name = self.rng.choice([*COMPARISONS, "lt", "gt", "truth"])
        operands = [self.operand(values=True)]
        if name != "truth":
            operands.append(self.operand())
        return Step(
            self.name(), "if", name, tuple(operands), (self.block([], 3), self.block([], 3))
        )

    def while_(self, found: list[Step]) -> Step:
        operands = (self.operand(values=True), self.operand())
        block = self.block([self.numbers[operands[0].name]], 3)
        return Step(self.name(), "while", self.rng.randint(1, 4), operands, (block,))

    def recur(self, found: list[Step]) -> Step:
        operands = [self.operand(values=True) for _ in range(self.rng.randint(2, 4))]
        first, second = [self.numbers[x.name] for x in operands[:2]]
        block = self.block([first, second, self.tracer.made("identity", [0.25])], 3)
        return Step(self.name(), "recur", self.rng.randint(1, 6), tuple(operands), (block,))

    def looped(self, found: list[Step]) -> Step:
        rng = self.rng
        if self.profile == "loop":
            pool = [Ref(name) for name in range(rng.choice([16, 12, 5]))]
            count = rng.choice([16, 20, 33, 60])
        else:
            pool = [self.operand(values=True) for _ in range(rng.randint(1, 4))]
            count = rng.randint(1, 6)
        first, second = self.numbers[pool[0].name], self.numbers[pool[1 % len(pool)].name]
        block = self.block([first, second, self.tracer.made("identity", [0.25])], 4)
        return Step(self.name(), "loop", (count, rng.choice(WAYS)), tuple(pool), (block,))


setattr(Maker, "if", Maker.if_)  # step kinds that are words of Python
setattr(Maker, "while", Maker.while_)


def _number(x: Any) -> float:
    return float(x.number if isinstance(x, Traced) else x)
