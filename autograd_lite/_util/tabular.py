"""Tables in plain text: columns side by side, within the width of a terminal."""

from collections.abc import Sequence

from .text import columns_of

_GAP = 2
_NARROWEST = 8


def format_table(
    rows: Sequence[Sequence[str]], width: int, numbers: Sequence[int] = ()
) -> list[str]:
    """The rows as lines; the first row is the header.

    Arguments:
        width: how many columns of a terminal there are. Where the table is wider, its widest
            columns of text are folded. Numbers are never folded, so it may still be wider.
        numbers: which columns hold numbers: these are aligned on the right.
    """
    import textwrap  # a millisecond, which importing the package need not take

    count = len(rows[0])
    widths = [max(columns_of(row[i]) for row in rows) for i in range(count)]
    folded = [i for i in range(count) if i not in numbers]
    while sum(widths) + _GAP * (count - 1) > width:
        widest = max(folded, key=lambda i: widths[i], default=None)
        if widest is None or widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1
    lines = []
    for row in rows:
        cells = [
            [cell] if columns_of(cell) <= w else textwrap.wrap(cell, w)
            for cell, w in zip(row, widths, strict=True)
        ]
        for height in range(max(map(len, cells))):
            line = [cell[height] if height < len(cell) else "" for cell in cells]
            padded = [_padded(line[i], widths[i], i in numbers) for i in range(count)]
            lines.append((" " * _GAP).join(padded).rstrip())
    return lines


def _padded(cell: str, width: int, right: bool) -> str:
    space = " " * (width - columns_of(cell))
    return space + cell if right else cell + space
