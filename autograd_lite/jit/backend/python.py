"""The Python back end: a program as Python source, with nothing to install.

Operations that Python writes in symbols are inlined; every other calls its row's own function on
floats. Long programs are cut into functions of some hundred lines, since the compiler's time grows
faster than a function's length.
"""

from collections.abc import Callable, Sequence
from typing import Any

from ...core.value import Value
from ..ir.program import Program
from .instructions import INSTRUCTIONS

_PIECE = 500


class PythonProgram:
    """A program as a Python function.

    Attributes:
        source: its text.
    """

    def __init__(self, program: Program) -> None:
        self.inputs = program.inputs
        self.source, names = _write_source(program)
        space: dict[str, Any] = dict(names)
        exec(compile(self.source, "<jit>", "exec"), space)
        self._run: Callable[[list[float]], Any] = space["run"]
        self._checked = [k for k, s in enumerate(program.outputs) if s >= 0]

    def call_floats(self, *numbers: Any) -> tuple[float, ...] | int | None:
        """`call` of floats alone: None for anything else."""
        for x in numbers:
            if type(x) is not float:
                return None
        return self.call(*numbers)

    def call(self, *numbers: Any) -> tuple[float, ...] | int | None:
        """The outputs as floats; or the number of the guard that failed; or None where the
        arguments are no floats or Values, or where some output is not finite.
        """
        if len(numbers) != self.inputs:
            return None
        floats = [x._primal if isinstance(x, Value) else x for x in numbers]
        try:
            found = self._run(floats)
        except (ZeroDivisionError, ValueError, OverflowError):
            return None  # a pole: an eager run knows its sign, and warns
        if type(found) is int:
            return found
        for k in self._checked:
            y = found[k]
            if y - y != 0.0:
                return None
        return found  # type: ignore[no-any-return]


def _write_source(program: Program) -> tuple[str, dict[str, Any]]:
    """Source text that defines `run(v)`, and the functions that it names."""
    names: dict[str, Any] = {}
    checks = program.place_guards()
    last_use = _find_last_uses(program)
    pieces: list[str] = []
    n, total = program.inputs, len(program.code)
    for start in range(0, total, _PIECE):
        pieces.append(
            _write_piece(program, start, min(start + _PIECE, total), checks, last_use, names)
        )
    lines = [f"def run(v):\n    v += (0.0,) * {total}\n"] if len(pieces) > 1 else ["def run(v):\n"]
    if total == 0:
        pieces = [_write_piece(program, 0, 0, checks, last_use, names)]
    if len(pieces) == 1:
        return lines[0] + pieces[0], names
    for number in range(len(pieces) - 1):
        lines.append(
            f"    failed = piece{number}(v)\n    if failed is not None:\n        return failed\n"
        )
    lines.append(f"    return piece{len(pieces) - 1}(v)\n")
    text = "".join([f"def piece{k}(v):\n{piece}\n\n" for k, piece in enumerate(pieces)])
    assert n + total > 0
    return text + "".join(lines), names


def _find_last_uses(program: Program) -> list[int]:
    """For each slot, the number of the last operation that uses it; of outputs, beyond all."""
    last = [-1] * (program.inputs + len(program.code))
    for i, (_, operands) in enumerate(program.code):
        for s in operands:
            if s >= 0:
                last[s] = i
    for s in program.outputs:
        if s >= 0:
            last[s] = len(program.code)
    for position, numbers in program.place_guards().items():
        for k in numbers:
            s = program.guards[k].slot
            last[s] = max(last[s], position - program.inputs)
    return last


def _write_piece(
    program: Program,
    start: int,
    stop: int,
    checks: dict[int, list[int]],
    last_use: Sequence[int],
    names: dict[str, Any],
) -> str:
    """The body of the function for operations start ... stop - 1."""
    n, total = program.inputs, len(program.code)
    writer = _PythonWriter(program, names)
    lines: list[str] = []
    if start == 0:
        lines += [writer.spell_guard(k) for k in checks.get(-1, ())]
    for i in range(start, stop):
        primitive, operands = program.code[i]
        lines.append(f"v{n + i} = {writer.spell_operation(primitive, operands)}")
        lines += [writer.spell_guard(k) for k in checks.get(n + i, ())]
        if last_use[n + i] >= stop and stop < total:
            lines.append(f"v[{n + i}] = v{n + i}")
    if stop == total:
        outputs = [writer.spell_number(s) for s in program.outputs]
        lines.append(f"return ({', '.join(outputs)}{',' if len(outputs) == 1 else ''})")
    loads = [f"v{s} = v[{s}]" for s in sorted(writer.used) if s < n + start]
    return "".join([f"    {line}\n" for line in [*loads, *lines] or ["pass"]])


class _PythonWriter:
    """Names of slots, and the operations' text."""

    def __init__(self, program: Program, names: dict[str, Any]) -> None:
        self.program = program
        self.names = names
        self.used: set[int] = set()

    def spell_number(self, s: int) -> str:
        if s < 0:
            return self.spell_constant(self.program.constants[~s])
        self.used.add(s)
        return f"v{s}"

    def spell_constant(self, x: float) -> str:
        if x - x == 0.0:
            return repr(x) if x >= 0.0 and repr(x)[0] != "-" else f"({x!r})"
        name = "nan" if x != x else "inf" if x > 0.0 else "minus_inf"
        self.names[name] = x
        return name

    def spell_operation(self, primitive: Any, operands: Sequence[int]) -> str:
        template = INSTRUCTIONS[primitive.name].python if primitive.is_row else None
        texts = [self.spell_number(s) for s in operands]
        if template is not None:
            return template.format(*texts)
        name = primitive.name if primitive.is_row else f"f{len(self.names)}"
        known = self.names.setdefault(f"of {id(primitive)}", name)
        if known == name:
            self.names[name] = primitive.value
        return f"{known}({', '.join(texts)})"

    def spell_guard(self, k: int) -> str:
        slot, expected, _ = self.program.guards[k]
        return f"if {'not ' if expected else ''}{self.spell_number(slot)}: return {k}"
