"""Node: every field reads back as it was recorded, for one, two and many operands (many.py)."""

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.core.many import Many
from autograd_lite.core.node import Node
from tests.support.cases import loop_over


@loop_over(
    "make, op, constants, partials",
    [
        (lambda x: x, "", (), ()),
        (lambda x: x.square(), "square", (), (4.0,)),
        (lambda x: x - 3.0, "sub", (3.0,), (1.0,)),
        (lambda x: 3.0 - x, "sub", (3.0,), (-1.0,)),
        (lambda x: x * x, "mul", (), (2.0, 2.0)),
        (lambda x: ag.clip(x, 0.0, 5.0), "clip", (0.0, 5.0), (1.0,)),
        (lambda x: ag.dot([x, 4.0], [7.0, x]), "dot", (4.0, 7.0), (7.0, 4.0)),
    ],
)
def test_what_a_node_remembers(make, op, constants, partials):
    x = Value(2.0)
    node = make(x)
    assert isinstance(node, Node) and node.op == op
    assert tuple(v for v in node.operands if type(v) is float) == constants
    assert node.partials == partials
    assert all(parent is x for parent in node.parents)
    assert [(id(v), d) for v, d in node.edges()] == [(id(x), d) for d in partials]
    assert len(list(node.operand_partials())) == len(constants) + len(partials)


def test_an_operand_that_was_not_chosen_has_no_edge():
    x, y = Value(1.0), Value(2.0)
    node = ag.maximum(x, y)
    assert node.parents == (x, y) and node.partials == (0.0, 1.0)
    assert [v is y for v, _ in node.edges()] == [True]
    assert [d for _, d in node.operand_partials()] == [None, 1.0]


def test_many_operands_are_kept_apart():
    node = ag.sum([Value(1.0), 2.0])
    assert isinstance(node._y, Many) and node._y.partials == (1.0, None)


def test_a_node_has_no_dict():
    with pytest.raises(AttributeError):
        Value(1.0).colour = "red"
