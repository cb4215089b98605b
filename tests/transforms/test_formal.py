"""What stands for a number: every operator is its row of the table, operands in order."""

import operator
from collections.abc import Sequence
from typing import Any

from autograd_lite.core.table import TABLE, Primitive
from autograd_lite.transforms.formal import Formal
from tests.support.cases import loop_over


class Written(Formal):
    """Says what was recorded."""

    def record(self, primitive: Primitive, operands: Sequence[Any]) -> Any:
        return (primitive.name, ["self" if x is self else x for x in operands])


ARITHMETIC = {"add", "sub", "mul", "truediv", "pow", "mod", "floordiv"}
COMPARISONS = {"lt", "le", "gt", "ge", "eq", "ne"}


@loop_over("name", sorted(ARITHMETIC | COMPARISONS))
def test_operators(name: str) -> None:
    row = {"truediv": "div"}.get(name, name)
    assert getattr(operator, name)(Written(), 2.0) == (row, ["self", 2.0])
    if name in ARITHMETIC:
        assert getattr(operator, name)(2.0, Written()) == (row, [2.0, "self"])


@loop_over(
    "name", [name for name, row in TABLE.items() if row.arity == 1 and hasattr(Formal, name)]
)
def test_methods(name: str) -> None:
    assert getattr(Written(), name)() == (name, ["self"])


def test_signs_and_identity() -> None:
    x = Written()
    assert (-x, abs(x)) == (("neg", ["self"]), ("abs", ["self"]))
    assert len({x, Written()}) == 2
