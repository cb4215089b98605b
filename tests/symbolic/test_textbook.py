"""The textbook's formulas are the table's: the same numbers at ordinary points."""

import random
from typing import Any

import pytest

from autograd_lite.core.table import TABLE, Primitive
from autograd_lite.symbolic.textbook import DEFINITIONS, find_partials
from tests.support.cases import loop_over

NAMES = sorted(TABLE)


def ordinary_points(row: Primitive, count: int = 50) -> list[list[float]]:
    """Points in the box of a row's domain, a little away from kinks."""
    rng = random.Random(row.name)
    boxes = [*row.domain.box, *[row.domain.box[-1]] * 4][: row.arity or 4]
    points = []
    while len(points) < count:
        point = [rng.uniform(low, high) for low, high in boxes]
        if all(abs(x) > 0.05 for x in point) and row.domain.contains(*point):
            points.append(point)
    return points


def numbers_of(rules: Any, row: Primitive, point: list[float]) -> list[float]:
    result = row.value(*point)
    if row.arity is None:
        return [float(x) for x in rules[0](*point, result)]
    return [float(rule(*point, result)) for rule in rules]


@loop_over("name", NAMES)
def test_every_rule_is_the_tables(name: str) -> None:
    row = TABLE[name]
    for point in ordinary_points(row):
        ours = numbers_of(row.partials, row, point)
        learnt = numbers_of(find_partials(row), row, point)
        assert learnt == pytest.approx(ours, rel=1e-12, abs=1e-15, nan_ok=True), point


@loop_over("row", DEFINITIONS)
def test_every_definition_is_the_tables_value(row: Primitive) -> None:
    for point in ordinary_points(row):
        defined = float(DEFINITIONS[row](*point))
        assert defined == pytest.approx(row.value(*point), rel=1e-12, abs=1e-15), point


def test_a_wrong_rule_is_found() -> None:
    row = TABLE["sigmoid"]
    wrong = [lambda x, r: r * (1.0 + r)]
    (point, *_) = ordinary_points(row)
    assert numbers_of(wrong, row, point) != pytest.approx(numbers_of(row.partials, row, point))
