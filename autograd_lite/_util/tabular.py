"""Format tables as plain text within the width of a terminal."""

from collections.abc import Sequence

from .text import count_columns

_GAP = 2
_NARROWEST = 8


def format_table(
    rows: Sequence[Sequence[str]], width: int, numbers: Sequence[int] = ()
) -> list[str]:
    """Return the lines of a table.

    Arguments:
        rows: the cells of each row, as texts.
        width: the width of the terminal. If the table is wider, its widest columns of text are
            folded; columns of numbers never are, so the table may still be wider.
        numbers: the indices of the columns of numbers, which are aligned on the right.
    """
    import textwrap  # imported here: it takes a millisecond

    count = len(rows[0])
    widths = [max(count_columns(row[i]) for row in rows) for i in range(count)]
    folded = [i for i in range(count) if i not in numbers]
    while sum(widths) + _GAP * (count - 1) > width:
        widest = max(folded, key=lambda i: widths[i], default=None)
        if widest is None or widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1
    lines = []
    for row in rows:
        cells = [
            [cell] if count_columns(cell) <= w else textwrap.wrap(cell, w)
            for cell, w in zip(row, widths, strict=True)
        ]
        for height in range(max(map(len, cells))):
            line = [cell[height] if height < len(cell) else "" for cell in cells]
            padded = [_pad(line[i], widths[i], i in numbers) for i in range(count)]
            lines.append((" " * _GAP).join(padded).rstrip())
    return lines


def _pad(cell: str, width: int, right: bool) -> str:
    space = " " * (width - count_columns(cell))
    return space + cell if right else cell + space
