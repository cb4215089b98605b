"""Random programs: inside their domains, smooth, over the whole table, and short when shrunk."""

import math
from collections import Counter

import pytest
from hypothesis import Phase, find, given, seed, settings
from hypothesis import strategies as st

from autograd_lite.core import table
from autograd_lite.core.domains import Domain
from autograd_lite.core.order import topological_order
from autograd_lite.core.table import TABLE, Primitive
from autograd_lite.core.value import Value
from autograd_lite.testing import check_grads
from autograd_lite.testing.strategies import Expression, Step, expressions, points
from tests.support.cases import loop_over

EVERY_SHRINK = settings(max_examples=20_000, database=None, deadline=None, derandomize=True)
DOUBLE = Primitive(
    "double",
    lambda x: 2.0 * x,
    [lambda x, y: 2.0],
    Domain("1 <= x <= 2", lambda x: 0.9 <= x <= 2.1, (1.0, 2.0)),
)


@given(expressions())
def test_every_derivative_of_a_random_program(expression: Expression) -> None:
    check_grads(expression.f, (expression.point,))


@given(expressions())
def test_operands_lie_in_their_domains(expression: Expression) -> None:
    result = expression.f([Value(x) for x in expression.point])
    for node in topological_order(*[y for y in [result] if isinstance(y, Value)]):
        if node.primitive is not None:
            data = [x.data if isinstance(x, Value) else x for x in node.operands]
            assert node.primitive.domain.contains(*data)
            assert math.isfinite(node.data)


@given(expressions())
def test_floats_and_values_give_the_same(expression: Expression) -> None:
    result = expression.f([Value(x) for x in expression.point])
    data = result.data if isinstance(result, Value) else result
    assert data == expression.f(expression.point)


@given(expressions([*TABLE.values()][:20], extra=[DOUBLE]))
def test_the_repr_is_a_program(expression: Expression) -> None:
    space = {"TABLE": TABLE, "double": DOUBLE}
    exec(repr(expression), space)
    assert space["point"] == expression.point
    f = space["f"]
    assert callable(f)
    assert f(expression.point) == expression.f(expression.point)


@pytest.mark.slow
def test_the_whole_table_is_drawn_with_sharing() -> None:
    seen: Counter[str] = Counter()
    shared: list[Expression] = []

    @seed(1)
    @settings(max_examples=1500, database=None, deadline=None, phases=[Phase.generate])
    @given(expressions(extra=[DOUBLE]))
    def collect(expression: Expression) -> None:
        uses: Counter[int] = Counter()
        for step in expression.steps:
            seen[step.primitive.name] += 1
            uses.update({n for n in step.operands if isinstance(n, int)})
        if any(n >= len(expression.point) and count > 1 for n, count in uses.items()):
            shared.append(expression)

    collect()
    assert set(seen) == {*TABLE, "double"}
    assert len(shared) > 20


@pytest.mark.slow
def test_a_failure_shrinks_to_what_matters() -> None:
    found = find(
        expressions(),
        lambda e: any(step.primitive.name == "log" for step in e.steps) and e.f(e.point) > 1.0,
        settings=EVERY_SHRINK,
    )
    assert len(found.steps) <= 3
    # 0 where a shift brings it into the domain, else the simplest number inside
    assert found.point == [0.0 if found.steps[0].primitive.name == "add" else 1.0]


def test_a_wrong_partial_is_found_by_random_programs() -> None:
    wrong = Primitive("wrong", math.sin, [lambda x, y: y], TABLE["sin"].domain)

    @settings(max_examples=300, database=None, deadline=None)
    @given(expressions([TABLE["add"], TABLE["mul"]], extra=[wrong]))
    def check(expression: Expression) -> None:
        check_grads(expression.f, (expression.point,), order=1)

    with pytest.raises(AssertionError, match="The primitive wrong is at fault"):
        check()


@loop_over(
    "row, operands",
    [
        ("relu", (0,)),
        ("sign", (0,)),
        ("floor", (0,)),
        ("maximum", (0, 0.0)),
        ("where", (0, 0.0, 0.0)),
        ("elu", (0, 1.0)),
        ("log", (0,)),
        ("reciprocal", (0,)),
        ("lt", (0, 0.0)),
        ("ge", (0, 0.0)),
        ("eq", (0, 0.0)),
        ("ne", (0, 0.0)),
        ("and", (0, 1.0)),
        ("or", (0, 0.0)),
        ("not", (0,)),
    ],
)
def test_a_row_is_left_out_at_a_kink_a_jump_or_a_pole(
    row: str, operands: tuple[float | int, ...]
) -> None:
    from autograd_lite.testing.strategies import _ProgramBuilder

    assert not _ProgramBuilder([0.0]).add_step(TABLE[row], operands)
    assert _ProgramBuilder([0.5]).add_step(TABLE[row], operands)


@given(st.data(), st.sampled_from(list(TABLE.values())))
def test_points_lie_in_the_box(data: st.DataObject, row: Primitive) -> None:
    point = data.draw(points(row))
    assert row.domain.contains(*point)
    assert len(point) == (row.arity or len(point))
    box = row.domain.box * (len(point) if row.arity is None else 1)
    for x, (low, high) in zip(point, box, strict=True):
        assert low <= x <= high


def test_unused_steps_are_left_out() -> None:
    steps = [Step(TABLE["sin"], (0,)), Step(TABLE["exp"], (0,)), Step(TABLE["neg"], (2,))]
    expression = Expression([1.0], steps)
    assert [step.primitive.name for step in expression.steps] == ["exp", "neg"]
    assert expression.f([1.0]) == -math.e


def test_bad_arguments() -> None:
    two = Domain("any", lambda x: True, (0.0, 1.0), (0.0, 1.0))
    with pytest.raises(ValueError, match="2 ranges for 1 operands"):
        expressions(extra=[Primitive("odd", math.sin, [lambda x, y: y], two)])
    with pytest.raises(ValueError, match="at least one primitive"):
        expressions([])
    with pytest.raises(ValueError, match="1 or more"):
        expressions(max_inputs=0)
    with pytest.raises(ValueError, match="xs has 2 numbers: this program takes 1"):
        Expression([1.0], []).f([1.0, 2.0])


def test_rows_restrict_the_draw() -> None:
    @settings(max_examples=50, database=None)
    @given(expressions([table.sin], max_operations=3, max_inputs=1))
    def check(expression: Expression) -> None:
        assert {step.primitive.name for step in expression.steps} <= {"sin"}
        assert len(expression.point) == 1

    check()
