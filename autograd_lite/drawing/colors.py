"""Choose colours by the size of the gradient: a scale with round bounds, and its legend.

The colours go from light to dark, so that their order shows without colour vision and in print.
They are ColorBrewer's YlGnBu, which is safe for the colour-blind (colorbrewer2.org; Harrower and
Brewer 2003, doi:10.1179/000870403235002042); the fifth is slightly darker, for white text.
"""

import bisect
import itertools
import math
from collections.abc import Iterable

_FILLS = ["#ffffd9", "#c7e9b4", "#7fcdbb", "#41b6c4", "#2677b0", "#253494"]
_DARK = {"#2677b0", "#253494"}
_ZERO = "#ffffff"
_NOT_FINITE = "#f4a582"

# (decades, digits): bounds are at these digits in every so many decades. The first pair that
# needs few enough steps is used.
_STEPS: list[tuple[int, tuple[float, ...]]] = [
    (1, (1.0, 2.0, 5.0)), (1, (1.0, 3.0)), (1, (1.0,)), (2, (1.0,)), (3, (1.0,)),
    (5, (1.0,)), (10, (1.0,)), (30, (1.0,)), (120, (1.0,)),
]  # fmt: skip


class Scale:
    """A scale of colours for some sizes: one for zero, one for nan and infinity, and six steps.

    >>> scale = Scale([0.0, 0.02, 3.0])
    >>> [scale.fill(x) for x in (0.0, 0.02, 3.0)]
    ['#ffffff', '#ffffd9', '#253494']
    >>> [text for _, text in scale.legend()][:3]
    ['0', '0.01 to 0.03', '0.03 to 0.1']
    """

    def __init__(self, sizes: Iterable[float]) -> None:
        sizes = list(sizes)
        self._zero = 0.0 in sizes
        self._not_finite = any(not math.isfinite(x) for x in sizes)
        self._bounds = _choose_bounds([x for x in sizes if x != 0.0 and math.isfinite(x)])
        steps = len(self._bounds) - 1
        # Few steps span the whole range of colours too: the largest gradient is the darkest.
        spread = (len(_FILLS) - 1) / max(steps - 1, 1)
        self._fills = [_FILLS[round(k * spread) if steps > 1 else 2] for k in range(steps)]

    def fill(self, size: float) -> str:
        """Return the colour of one of the sizes that the scale was made for."""
        if size == 0.0:
            return _ZERO
        if not math.isfinite(size):
            return _NOT_FINITE
        return self._fills[min(bisect.bisect_right(self._bounds, size), len(self._fills)) - 1]

    def legend(self) -> list[tuple[str, str]]:
        """Return pairs (colour, meaning), small sizes first."""
        texts = [f"{x:g}" for x in self._bounds]
        steps = [f"{a} to {b}" for a, b in itertools.pairwise(texts)]
        zero = [(_ZERO, "0")] if self._zero else []
        other = [(_NOT_FINITE, "nan or infinite")] if self._not_finite else []
        return [*zero, *zip(self._fills, steps, strict=True), *other]


def is_dark(fill: str) -> bool:
    """Return whether text on this colour must be white."""
    return fill in _DARK


def _choose_bounds(sizes: list[float]) -> list[float]:
    """Return at most seven round numbers in ascending order that enclose the sizes."""
    if not sizes:
        return []
    low, high = min(sizes), max(sizes)
    for decades, digits in _STEPS:
        first = math.floor(math.log10(low) / decades) * decades - decades
        last = math.ceil(math.log10(high) / decades) * decades + decades
        every = [float(f"{m}e{e}") for e in range(first, last + 1, decades) for m in digits]
        start = max(bisect.bisect_right(every, low) - 1, 0)
        bounds = every[start : bisect.bisect_right(every, high) + 1]
        if len(bounds) <= len(_FILLS) + 1:
            break
    return bounds
