"""A batch where there is no vector code: the scalar program, called for each sample."""

from collections.abc import Sequence
from typing import Any

from ..ir.program import Program


class ScalarKernel:
    """A program over columns, as `columns.Kernel` is, by a loop."""

    def __init__(
        self, program: Program, compiled: Any, batched: Sequence[bool], summed: Sequence[bool]
    ) -> None:
        self._program = program
        self._compiled = compiled
        self._batched = tuple(batched)
        self._summed = tuple(summed)

    def run(self, columns: Sequence[Any], numbers: Any, count: int) -> tuple[Any, Any, Any]:
        """The columns, and the numbers that are the same for all samples.

        Returns:
            (sums, stored, failed): one array of the outputs that are summed, one with a row for
            each other, and for each sample the number of the guard that failed, or -1.
        """
        import numpy as np

        rows = np.zeros((count, len(self._summed)))
        failed = np.full(count, -1, dtype=np.int32)
        for i in range(count):
            own, same = iter(columns), iter(numbers.tolist())
            inputs = [float(next(own)[i]) if batched else next(same) for batched in self._batched]
            found = self._compiled.call(*inputs)
            if found is None:  # not finite: the tape's own meaning says how
                found = self._program.compute_outputs(inputs)
            if isinstance(found, int):
                failed[i] = found
            else:
                rows[i] = found
        summed = np.array(self._summed, dtype=bool)
        # one after the other, as in an eager loop
        sums = np.array([sum(column.tolist()) for column in rows[:, summed].T], dtype=np.float64)
        return sums, list(rows[:, ~summed].T), failed if self._program.guards else None
