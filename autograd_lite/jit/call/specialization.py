"""One way through a function, compiled on demand; and the tree of ways that guards part."""

import functools
import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..backend.choose import compile_batch, compile_loop, compile_scalar
from ..ir.derivative import gradient_program, with_activity, with_gradient
from ..ir.program import Program
from ..record.arguments import Result
from ..record.collector import pause_collector
from ..record.tape import Tape


class GradientMask(NamedTuple):
    """What a recording of `grad(f)`, whose tape is f's, gives: the partials of f's value.

    Attributes:
        wanted: for each input, whether to differentiate by it.
        with_value: whether the value comes first.
    """

    wanted: tuple[bool, ...]
    with_value: bool


class Specialization:
    """One recording: a tape, its captured Values, and machine code for it as it is asked for.

    Arguments:
        tape: what was recorded.
        gradient: None, or which of its partials are the result.

    Attributes:
        captured: the Values from outside; read afresh at each call.
        result: what the function returned while it was recorded.
        count: how many numbers of the result are computed.
        guarded: whether there are guards.
        operations: how many were recorded.
    """

    def __init__(
        self,
        tape: Tape,
        captured: Sequence[Any],
        result: Result,
        backend: str,
        roll: bool,
        gradient: GradientMask | None = None,
    ) -> None:
        self._recorded = tape
        self._gradient = gradient
        self.count = len(tape.outputs)
        if gradient is not None:
            self.count = sum(gradient.wanted) + gradient.with_value
        self.guarded = bool(tape.guards)
        self.operations = len(tape.code)
        self.captured = tuple(captured)
        self.captures_only_leaves = all(
            x._primitive is None for x in captured
        )  # and nothing else captured
        self.result = result
        self.backend = backend
        self.roll = roll
        self.nodes: list[int] = []  # of the tree: where each guard is asked, then where it ends
        self.primitives: dict[int, Any] = {}  # of the nodes that stand for the results
        self.fast_path: Callable[..., Any] | None = None  # see fast_call.py
        self.next_fast_paths: dict[
            int, Callable[..., Any]
        ] = {}  # guard -> the short way to go on with
        self.rebuilds = 0
        self._compiled: dict[Any, Any] = {}

    @functools.cached_property
    def tape(self) -> Tape:
        """From the call's numbers, then the captured Values, to the result's Values."""
        if self._gradient is None:
            return self._recorded
        with pause_collector():
            whole = with_gradient(self._recorded, self._gradient.wanted, exact=True)
        if not self._gradient.with_value:
            whole.outputs = whole.outputs[1:]
        return whole

    @functools.cached_property
    def has_only_rows(self) -> bool:
        """Whether no operation of a user's own was recorded."""
        return all(primitive.is_row for primitive, _ in self._recorded.code)

    @functools.cached_property
    def program(self) -> Program:
        """The tape in its shortest form."""
        if self._gradient is None:
            return Program.of(self.tape)
        wanted, with_value = self._gradient
        return gradient_program(self._recorded, wanted, exact=True, with_value=with_value)

    def compile_value(self) -> Any:
        """The compiled results."""
        if None not in self._compiled:
            with pause_collector():
                made = self._compile_rolled(None)
                self._compiled[None] = made or compile_scalar(self.backend, self.program)
        return self._compiled[None]

    def compile_gradient(self, wanted: tuple[bool, ...]) -> Any:
        """The compiled result and its partials by the wanted inputs, for one result."""
        if wanted not in self._compiled:
            with pause_collector():
                made = self._compile_rolled(wanted)
                if made is None:
                    program = gradient_program(self.tape, wanted)
                    made = compile_scalar(self.backend, program)
                self._compiled[wanted] = made
        return self._compiled[wanted]

    def _compile_rolled(self, wanted: tuple[bool, ...] | None) -> Any:
        """Kernels for the loops of the tape; None where it has none that are worth it."""
        if self.backend != "llvm" or not self.roll:
            return None
        from ..loops.roll import roll_tape

        # of a gradient, the function's own loops are found, not those of its derivative
        own = wanted is None and self._gradient is not None
        tape = self._recorded if own else self.tape
        found = roll_tape(tape)
        if found is None:
            return None
        from ..backend.rolled import RolledProgram

        if own and self._gradient is not None:
            return RolledProgram(found, tape.constants, *self._gradient)
        return RolledProgram(found, tape.constants, wanted)

    def compile_row(self, wanted: tuple[bool, ...]) -> Any:
        """The compiled results and partials by the wanted inputs, given one more input per result:
        the adjoints to start with.
        """
        key = ("row", wanted)
        if key not in self._compiled:
            tape = with_gradient(self.tape, wanted, seeded=True, exact=True)
            tape.guards = []
            self._compiled[key] = (tape, compile_scalar(self.backend, Program.of(tape)))
        return self._compiled[key]

    def find_active(self, operands: Sequence[Any]) -> list[bool]:
        """For each operand, whether a derivative of the one result flows to it."""
        if "chosen" not in self._compiled:
            tape = with_activity(self.tape)
            tape.guards = []
            self._compiled["chosen"] = compile_scalar(self.backend, Program.of(tape))
        numbers = [getattr(x, "_primal", x) for x in operands]
        return [x != 0.0 for x in self._compiled["chosen"].call(*numbers)]

    def compile_kernel(
        self, key: Any, program: Callable[[], Program], summed: bool, scalar: bool = False
    ) -> Any:
        """The code of a program for batches, kept under the key, whose second entry says which of
        the call's numbers have columns; `scalar` code gives a single call's bits.
        """
        key = (*key, scalar)
        if key not in self._compiled:
            made = program()
            batched = key[1] + (False,) * len(self.captured)
            outputs = [summed] * len(made.outputs)
            make = compile_loop if scalar else compile_batch
            self._compiled[key] = make(self.backend, made, batched, outputs)
        return self._compiled[key]


class Specializations:
    """All recordings for one shape of arguments, as a tree: a branching at each guard.

    Two runs that found the same truths so far ask for the same truth next.
    """

    def __init__(self) -> None:
        self.specs: list[Specialization] = []
        self.latest: Specialization | None = None
        self._children: dict[int, dict[Any, int]] = {0: {}}
        self._numbers = itertools.count(1)  # of the tree's nodes; 0 is the root
        self._through: dict[int, Specialization] = {}  # tree node -> a path that goes on from it
        self._ends: dict[int, Specialization] = {}
        self._lock = threading.Lock()  # another thread must not walk a tree that is half grown

    def add(self, spec: Specialization) -> Specialization:
        """The path, or the one that was recorded for the same way before."""
        # a program is made only where it is needed: a rolled path runs without
        guards = spec.program.guards if spec.guarded else ()
        edges = [
            (_describe_condition(spec.program, guard.slot), guard.expected) for guard in guards
        ]
        with self._lock:
            spec.nodes = [0]
            new: list[tuple[int, Any, int]] = []
            for edge in edges:
                parent = spec.nodes[-1]
                node = self._children.get(parent, {}).get(edge)
                if node is None:
                    node = next(self._numbers)
                    new.append((parent, edge, node))
                spec.nodes.append(node)
            for _, _, node in new:
                self._children[node] = {}
                self._through[node] = spec
            # from the end: the new branch is seen with its first edge, and whole. An interrupt
            # before that leaves numbers behind that nothing leads to.
            for parent, edge, node in reversed(new):
                self._children[parent][edge] = node
            known = self._ends.setdefault(spec.nodes[-1], spec)
            if known is spec:
                self.specs.append(spec)
            self.latest = known
            return known

    def find_alternatives(self, spec: Specialization, guard: int) -> list[Specialization]:
        """The paths that agree with this one up to the guard and differ there."""
        own = spec.nodes[guard + 1]
        with self._lock:
            children = self._children[spec.nodes[guard]].values()
            return [self._through[node] for node in children if node != own]


def _describe_condition(program: Program, slot: int) -> Any:
    """Tells apart the conditions that can stand at one place: `int(x) == 3` and `int(x) == 4`."""
    if slot < program.inputs:
        return slot
    primitive, operands = program.code[slot - program.inputs]
    return (primitive.name, *[repr(program.constants[~s]) for s in operands if s < 0])
