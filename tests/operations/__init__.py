"""The operations as the tests know them: an entry for each row of the table.

A row without an entry is still tested against finite differences and against itself in every mode.
"""

from . import arithmetic, elementary, several, special
from .operation import HEADINGS, PLACES, Operation, Point

__all__ = ["HEADINGS", "OPERATIONS", "PLACES", "Operation", "Point"]

OPERATIONS: dict[str, Operation] = {
    **arithmetic.OPERATIONS,
    **elementary.OPERATIONS,
    **special.OPERATIONS,
    **several.OPERATIONS,
}
