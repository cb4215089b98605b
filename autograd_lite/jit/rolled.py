"""A rolled tape, run: kernels over their tables, and scalar code for the rest."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .backends import compile_batch, compile_scalar
from .derivative import with_gradient
from .leaves import read_numbers
from .program import Program
from .roll import Kernel, Rolled

__all__: list[str] = []

Array = np.ndarray[Any, np.dtype[np.float64]]


class _Table:
    """A kernel with what its copies read: from the tape's numbers, and constants.

    Arguments:
        places: where in the numbers each slot is.
        wanted: which places to differentiate by; None for the sum alone.
    """

    def __init__(
        self, kernel: Kernel, places: dict[int, int], constants: Sequence[float], wanted: Any
    ) -> None:
        fixed = [slots[0] < 0 for slots in kernel.ends]
        same = [all(s == slots[0] for s in slots) for slots in kernel.ends]
        self.size = len(kernel.ends[0]) if kernel.ends else 0
        self.columns: list[Any] = []  # an array of constants, or of indices into the numbers
        self.fixed: list[bool] = []
        for slots, constant, uniform in zip(kernel.ends, fixed, same, strict=True):
            if constant:
                self.columns.append(np.array([constants[~s] for s in slots]))
            elif not uniform:
                self.columns.append(_index([places[s] for s in slots]))
            if constant or not uniform:
                self.fixed.append(constant)
        pairs = list(zip(kernel.ends, fixed, same, strict=True))
        uniform_ends = [places[slots[0]] for slots, constant, one in pairs if one and not constant]
        self.uniform = np.array(uniform_ends, dtype=np.intp)
        batched = [constant or not one for _, constant, one in pairs]
        own = [
            wanted is not None and not constant and any(wanted[places[s]] for s in slots)
            for slots, constant, _ in pairs
        ]
        tape = kernel.tape if wanted is None else with_gradient(kernel.tape, own)
        of = [(slots, one) for (slots, _, one), want in zip(pairs, own, strict=True) if want]
        summed = [True, *[one for _, one in of]]
        self.summed_places = np.array([places[s[0]] for s, one in of if one], dtype=np.intp)
        self.stored_places = [_index([places[s] for s in slots]) for slots, one in of if not one]
        compiled = compile_batch("llvm", Program.of(tape), batched, summed)
        self.run, self.ir = compiled.run, getattr(compiled, "ir", "")

    def sums(self, numbers: Array) -> tuple[Array, Any]:
        """The sum and its partials by what is the same for all; the partials by what is not."""
        columns = [
            c if fixed else numbers[c] for c, fixed in zip(self.columns, self.fixed, strict=True)
        ]
        sums, stored, _ = self.run(columns, numbers[self.uniform], self.size)
        return sums, stored


def _index(places: Sequence[int]) -> Any:
    """The places as a slice, where they follow one another as x[0], x[1], ... do."""
    if list(places) == list(range(places[0], places[0] + len(places))):
        return slice(places[0], places[0] + len(places))
    return np.array(places, dtype=np.intp)


def _add_at(adjoints: Array, places: Any, row: Array) -> None:
    if isinstance(places, slice):
        adjoints[places] += row
    else:  # a place may occur more than once
        adjoints += np.bincount(places, row, len(adjoints))


class RolledProgram:
    """The value of a rolled tape, and its partials by the wanted inputs.

    Attributes:
        ir: the text of the kernels, then of the rest.
    """

    def __init__(
        self, found: Rolled, constants: Sequence[float], wanted: Any, with_value: bool = True
    ) -> None:
        self._first = 0 if with_value else 1
        n = found.shared.inputs
        self.inputs = n
        places = {s: s for s in range(n)} | {s: n + k for k, s in enumerate(found.shared_slots)}
        reached = None if wanted is None else [*wanted, *[True] * len(found.shared_slots)]
        self._tables = [_Table(kernel, places, constants, reached) for kernel in found.kernels]
        chosen = [] if wanted is None else np.flatnonzero(wanted).tolist()
        self._wanted = _index(chosen) if chosen else np.empty(0, np.intp)
        self._count = len(chosen)
        self._shared_count = len(found.shared_slots)
        rest = found.rest
        if wanted is not None:
            rest = with_gradient(rest, [*wanted, *[True] * len(self._tables)])
        program = Program.of(rest)
        self._outputs = len(program.outputs)
        compiled = compile_scalar("llvm", program)
        self._rest = compiled.call_arrays
        # each of them is a module of its own
        self.ir = "\n".join([*[table.ir for table in self._tables], compiled.ir])
        self._shared: Callable[..., Any] | None = None
        self._shared_gradient: Callable[..., Any] | None = None
        if self._shared_count:
            self._shared = compile_scalar("llvm", Program.of(found.shared)).call_arrays
            if wanted is not None:
                tape = with_gradient(found.shared, wanted, seeded=True)
                self._shared_gradient = compile_scalar("llvm", Program.of(tape)).call_arrays

    def call(self, *inputs: Any) -> tuple[float, ...] | None:
        """The value and the partials; None where one of them is not finite."""
        numbers = np.empty(self.inputs + self._shared_count)
        read_numbers(inputs, numbers)
        found = self._found(numbers)
        return None if found is None else tuple(found.tolist())

    def call_floats(self, *inputs: Any) -> tuple[float, ...] | None:
        """The same of floats alone; None for a Value too."""
        return self.call(*inputs) if set(map(type, inputs)) <= {float} else None

    def call_arrays(self, array: Array, out: Array) -> bool:
        """The same from a dense array into another; False where a number is not finite."""
        numbers = np.empty(self.inputs + self._shared_count)
        numbers[: self.inputs] = array
        found = self._found(numbers)
        if found is None:
            return False
        out[:] = found
        return True

    def _found(self, numbers: Array) -> Array | None:
        n, many = self.inputs, len(self._tables)
        if self._shared and self._shared(numbers[:n], numbers[n:]) is not True:
            return None
        computed = [table.sums(numbers) for table in self._tables]
        whole = np.empty(n + many)
        whole[:n] = numbers[:n]
        whole[n:] = [sums[0] for sums, _ in computed]
        found = np.empty(self._outputs)
        if self._rest(whole, found) is not True:
            return None
        if self._outputs == 1:
            return found
        partials = self._added(numbers, found, computed)
        if partials is None or not np.isfinite(partials).all():
            return None
        found[1 : 1 + len(partials)] = partials
        return found[self._first : 1 + len(partials)]

    def _added(self, numbers: Array, found: Array, computed: Sequence[Any]) -> Array | None:
        """The rest's partials, and the kernels' times the rest's partials by their sums."""
        n, wanted, own = self.inputs, self._wanted, self._count
        adjoints = np.zeros(len(numbers))
        adjoints[wanted] = found[1 : 1 + own]
        for table, adjoint, (sums, stored) in zip(
            self._tables, found[1 + own :], computed, strict=True
        ):
            adjoints[table.summed_places] += adjoint * sums[1:]
            for places, row in zip(table.stored_places, stored, strict=True):
                _add_at(adjoints, places, adjoint * row)
        if self._shared_gradient:
            count = self._shared_count
            out = np.empty(count + own)
            if self._shared_gradient(np.concatenate([numbers[:n], adjoints[n:]]), out) is not True:
                return None
            adjoints[wanted] += out[count:]
        partials: Array = adjoints[wanted]
        return partials
