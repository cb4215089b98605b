"""A traced path through a function, compiled on demand; and the tree of paths divided by guards."""

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
    """What a specialization of `grad(f)`, whose tape is f's, returns: partials of f's value.

    Attributes:
        wanted: for each input, whether to differentiate with respect to it.
        with_value: whether the value comes first.
    """

    wanted: tuple[bool, ...]
    with_value: bool


class Specialization:
    """A traced path through a function: its tape, captured Values, and code compiled on demand.

    Arguments:
        tape: what was recorded.
        gradient: None, or which of its partials are the result.

    Attributes:
        captured: the Values from outside, read anew by each call.
        captures_only_leaves: whether all of them are leaves.
        result: what the function returned when it was traced.
        count: how many numbers of the result are computed.
        guarded: whether there are guards.
        operations: how many were recorded.
        nodes: the nodes of the tree: where each guard is checked, then where the path ends.
        primitives: of the nodes that stand for the results, by output.
        fast_path: see `fast_path.py`.
        next_fast_paths: guard -> the fast path to try where it fails.
        rebuilds: how often `fast_path` was generated.
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
        self.captures_only_leaves = all(x._primitive is None for x in captured)
        self.result = result
        self.backend = backend
        self.roll = roll
        self.nodes: list[int] = []
        self.primitives: dict[int, Any] = {}
        self.fast_path: Callable[..., Any] | None = None
        self.next_fast_paths: dict[int, Callable[..., Any]] = {}
        self.rebuilds = 0
        self._compiled: dict[Any, Any] = {}

    @functools.cached_property
    def tape(self) -> Tape:
        """The tape from the call's numbers and the captured Values to the result's Values."""
        if self._gradient is None:
            return self._recorded
        with pause_collector():
            whole = with_gradient(self._recorded, self._gradient.wanted, exact=True)
        if not self._gradient.with_value:
            whole.outputs = whole.outputs[1:]
        return whole

    @functools.cached_property
    def has_only_rows(self) -> bool:
        """Whether no custom primitive was recorded."""
        return all(primitive.is_row for primitive, _ in self._recorded.code)

    @functools.cached_property
    def program(self) -> Program:
        """The tape in its shortest form."""
        if self._gradient is None:
            return Program.of(self.tape)
        wanted, with_value = self._gradient
        return gradient_program(self._recorded, wanted, exact=True, with_value=with_value)

    def compile_value(self) -> Any:
        """Return code for the results."""
        if None not in self._compiled:
            with pause_collector():
                made = self._compile_rolled(None)
                self._compiled[None] = made or compile_scalar(self.backend, self.program)
        return self._compiled[None]

    def compile_gradient(self, wanted: tuple[bool, ...]) -> Any:
        """Return code for the one result and its partials with respect to the wanted inputs."""
        if wanted not in self._compiled:
            with pause_collector():
                made = self._compile_rolled(wanted)
                if made is None:
                    program = gradient_program(self.tape, wanted)
                    made = compile_scalar(self.backend, program)
                self._compiled[wanted] = made
        return self._compiled[wanted]

    def _compile_rolled(self, wanted: tuple[bool, ...] | None) -> Any:
        """Return code for the loops of the tape; None where none is worth it."""
        if self.backend != "llvm" or not self.roll:
            return None
        from ..loops.roll import roll_tape

        # for a gradient, find the loops of the function and not those of its derivative
        own = wanted is None and self._gradient is not None
        tape = self._recorded if own else self.tape
        rolled = roll_tape(tape)
        if rolled is None:
            return None
        from ..backend.rolled import RolledProgram

        if own and self._gradient is not None:
            return RolledProgram(rolled, tape.constants, *self._gradient)
        return RolledProgram(rolled, tape.constants, wanted)

    def compile_row(self, wanted: tuple[bool, ...]) -> Any:
        """Return a tape and its code: the results, and their partials by input.

        They take one more input per result: the adjoint to start with.
        """
        key = ("row", wanted)
        if key not in self._compiled:
            tape = with_gradient(self.tape, wanted, seeded=True, exact=True)
            tape.guards = []
            self._compiled[key] = (tape, compile_scalar(self.backend, Program.of(tape)))
        return self._compiled[key]

    def find_active(self, operands: Sequence[Any]) -> list[bool]:
        """Return for each operand whether the derivative of the one result reaches it."""
        if "active" not in self._compiled:
            tape = with_activity(self.tape)
            tape.guards = []
            self._compiled["active"] = compile_scalar(self.backend, Program.of(tape))
        numbers = [getattr(x, "_primal", x) for x in operands]
        return [x != 0.0 for x in self._compiled["active"].call(*numbers)]

    def compile_kernel(
        self, key: Any, program: Callable[[], Program], summed: bool, scalar: bool = False
    ) -> Any:
        """Return the code of a program for batches.

        Arguments:
            key: under which the code is stored; its second entry says which of the call's numbers
                are columns.
            program: makes the program.
            summed: whether outputs are summed over the samples.
            scalar: whether each sample must give the bits of a single call.
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
    """All specializations for one shape of arguments: a tree that branches at each guard.

    Two runs whose conditions agreed so far check the same condition next.
    """

    def __init__(self) -> None:
        self.specs: list[Specialization] = []
        self.latest: Specialization | None = None
        self._children: dict[int, dict[Any, int]] = {0: {}}
        self._numbers = itertools.count(1)  # the tree's nodes; 0 is the root
        # tree node -> a specialization that goes on from it
        self._through: dict[int, Specialization] = {}
        self._ends: dict[int, Specialization] = {}
        self._lock = threading.Lock()  # so that no thread walks a tree that is half grown

    def add(self, spec: Specialization) -> Specialization:
        """Add a specialization; return it, or an earlier one of the same path."""
        # make a program only where it is needed: rolled code runs without one
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
            # From the end: the new branch is complete when its first edge makes it visible. An
            # interrupt before that leaves behind only numbers that nothing leads to.
            for parent, edge, node in reversed(new):
                self._children[parent][edge] = node
            known = self._ends.setdefault(spec.nodes[-1], spec)
            if known is spec:
                self.specs.append(spec)
            self.latest = known
            return known

    def find_alternatives(self, spec: Specialization, guard: int) -> list[Specialization]:
        """Return the specializations that agree with this one up to the guard and differ there."""
        own = spec.nodes[guard + 1]
        with self._lock:
            children = self._children[spec.nodes[guard]].values()
            return [self._through[node] for node in children if node != own]


def _describe_condition(program: Program, slot: int) -> Any:
    """Tell apart the conditions that can stand at one place: `int(x) == 3` and `int(x) == 4`."""
    if slot < program.inputs:
        return slot
    primitive, operands = program.code[slot - program.inputs]
    return (primitive.name, *[repr(program.constants[~s]) for s in operands if s < 0])
