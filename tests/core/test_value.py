"""Value: construction, operators on either side (recording.py), what a node shows of itself."""

import copy
import math
import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.core import table
from tests.support.cases import loop_over

OTHERS = [
    2,
    2.5,
    True,
    np.float64(2.5),
    np.float32(2.5),
    np.int64(3),
    np.bool_(True),
    Fraction(5, 2),
]
OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
}


@loop_over("other", OTHERS)
@loop_over("op", OPERATORS.values())
def test_operators_take_numbers_on_either_side(op, other):
    v = Value(1.75)
    for result, expected in (
        (op(v, other), op(1.75, float(other))),
        (op(other, v), op(float(other), 1.75)),
    ):
        assert type(result) is Value
        assert result.data == expected
        assert result.parents == (v,)
        assert result.parents[0] is v


@loop_over(
    "f, slope",
    [
        (lambda v: 2**v, 8.0 * math.log(2.0)),
        (lambda v: 1 - v, -1.0),
        (lambda v: 3 / v, -1.0 / 3.0),
        (lambda v: 5 // v, 0.0),
        (lambda v: 5 % v, -1.0),
        (lambda v: v**v, 27.0 * (math.log(3.0) + 1.0)),
        (lambda v: divmod(v, 2)[1], 1.0),
        (lambda v: divmod(7, v)[1], -2.0),
        (lambda v: pow(v, 2), 6.0),
        (lambda v: sum([v, v, v]), 3.0),
        (lambda v: max([v, Value(1.0)]) * 2, 2.0),
        (lambda v: min(v, 10.0) * 2, 2.0),
        (lambda v: abs(-v), 1.0),
        (lambda v: round(v * v), 0.0),
        (lambda v: sorted([v, Value(9.0), Value(1.0)])[1] * 4, 4.0),
        (lambda v: +v, 1.0),
        (lambda v: v * np.array(2.0), 2.0),
        (lambda v: np.float64(2) * v, 2.0),
    ],
)
def test_derivative_through_operators_and_builtins(f, slope):
    v = Value(3.0)
    f(v).backward()
    assert v.grad == pytest.approx(slope, rel=1e-14)


def test_arrays_of_values():
    x, y = Value(3.0), Value(2.0)
    v = np.array([x, y])
    for result in (np.array([1.0, 2.0]) * x, x * np.array([1.0, 2.0])):
        assert result.dtype == object
        assert [r.data for r in result] == [3.0, 6.0]
    assert (v @ v).data == np.dot(v, v).data == np.sum(v * v).data == 13.0
    np.sum(np.exp(v) - v / 2).backward()
    assert (x.grad, y.grad) == (math.exp(3.0) - 0.5, math.exp(2.0) - 0.5)
    matrix = np.array([[x, y], [y, x]])
    assert [r.data for r in matrix @ np.array([1.0, 10.0])] == [23.0, 32.0]
    assert [r.data for r in v**2] == [9.0, 4.0]


@loop_over(
    "bad, hint",
    [
        ("3", "float"),
        (1j, "real"),
        (np.complex128(1j), "real"),
        (None, "int, float"),
        ([1], "one Value per element"),
        (np.array([1.0, 2.0]), "one Value per element"),
        (Decimal("1.5"), "float"),
        (Value(1.0), "detach"),
        (object(), "int, float"),
    ],
)
def test_what_a_value_cannot_hold(bad, hint):
    with pytest.raises(TypeError, match=hint):
        Value(bad)
    v = Value(1.0)
    with pytest.raises(TypeError, match=hint):
        v.data = bad
    assert v.data == 1.0


@loop_over("bad", ["3", 1j, None, [1], Decimal(1)])
@loop_over("op", OPERATORS.values())
def test_operators_refuse_what_is_no_real_number(op, bad):
    with pytest.raises(TypeError):
        op(Value(1.0), bad)
    with pytest.raises(TypeError):
        op(bad, Value(1.0)) if not isinstance(bad, str) else op(Value(1.0), bad)


@pytest.mark.parametrize(
    "convert", [float, int, complex, math.exp, math.sqrt], ids=lambda f: f.__name__
)
def test_conversions_that_would_lose_the_gradient(convert):
    with pytest.raises(TypeError, match=r"ag\.exp|v\.data"):
        convert(Value(1.0))


def test_special_leaves():
    assert math.isnan(Value(math.nan).data)
    assert Value(math.inf).data == math.inf
    assert Value(Fraction(1, 4)).data == 0.25
    assert type(Value(3).data) is float
    assert (Value(1e308) * 10.0).data == math.inf
    with pytest.raises(OverflowError):
        Value(10**400)


def test_a_node_shows_how_it_was_made():
    x = Value(3.0, name="x")
    assert (x.op, x.parents, x.partials, x.operands, x.grad) == ("", (), (), (), 0.0)
    square = x * x
    assert square.parents[0] is square.parents[1] is x
    assert square.partials == (3.0, 3.0) and square.op == "mul"
    scaled = 2.0 * x
    assert scaled.operands == (2.0, x) and scaled.parents == (x,) and scaled.partials == (2.0,)
    many = ag.sum([x, 1.0, x])
    assert many.operands == (x, 1.0, x) and many.parents == (x, x) and many.partials == (1.0, 1.0)
    unchosen = (-x).relu()
    assert unchosen.partials == (0.0,) and len(unchosen.parents) == 1
    assert repr(x) == "Value(3.0, name='x')" and repr(scaled) == "Value(6.0)"
    assert f"{scaled:.2f} {scaled:>6} {scaled}" == "6.00    6.0 Value(6.0)"


def test_names():
    x = Value(1.0)
    assert x.name is None
    x.name = 'q"<script>'
    assert x.name == 'q"<script>'
    with pytest.raises(TypeError, match="str"):
        x.name = 3
    with pytest.raises(TypeError, match="str"):
        Value(1.0, name=b"x")


def test_detach_and_stop_gradient():
    x = Value(3.0)
    (x * x.detach() + ag.stop_gradient(x) * 2.0).backward()
    assert x.grad == 3.0
    assert ag.stop_gradient(2.0) == 2.0
    stopped = pickle.loads(pickle.dumps(ag.stop_gradient(x)))
    assert (stopped.op, stopped.data, stopped.partials) == ("stop_gradient", 3.0, (0.0,))


def test_copies():
    x = Value(3.0, name="x")
    y = x * x
    y.backward()
    shallow, deep = copy.copy(y), copy.deepcopy(y)
    assert shallow is not y and shallow.parents[0] is x and shallow.data == 9.0
    twin = deep.parents[0]
    assert twin is not x and twin is deep.parents[1] and (twin.name, twin.grad) == ("x", 6.0)
    deep.backward()
    assert twin.grad == 12.0 and x.grad == 6.0


def test_deepcopy_keeps_sharing_between_values():
    x = Value(2.0)
    a, b = copy.deepcopy([x * 3.0, x.exp()])
    assert a.parents[0] is b.parents[0] is not x


def test_subclasses_take_part():
    class Parameter(Value):
        pass

    p = Parameter(2.0)
    (p * p + 3.0 * p - p / p).backward()
    assert p.grad == 7.0


def test_micrograds_expressions():
    # values as PyTorch gives them in double precision
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c = c + c + 1
    c = c + 1 + c + (-a)
    d = d + d * 2 + (b + a).relu()
    d = d + 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g = g + 10.0 / f
    g.backward()
    assert g.data == pytest.approx(24.70408163265306, rel=1e-15)
    assert a.grad == pytest.approx(138.83381924198252, rel=1e-15)
    assert b.grad == pytest.approx(645.5772594752186, rel=1e-15)

    x = Value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    y.backward()
    assert (y.data, x.grad) == (-20.0, 46.0)


def test_every_new_node_has_a_gradient_of_zero() -> None:
    x, y = Value(2.0), Value(3.0)
    nodes = [
        x + y,
        x + 1,
        1 + x,
        x - y,
        1 - x,
        x * y,
        2 * x,
        x / y,
        1 / x,
        x**y,
        x**2,
        2**x,
        x**0.5,
    ]
    nodes += [
        x // y,
        7 // x,
        x % y,
        7 % x,
        -x,
        abs(x),
        ag.relu(x),
        ag.fma(x, y, 1.0),
        ag.sum([x, y]),
    ]
    assert [node.grad for node in nodes] == [0.0] * len(nodes)


@pytest.mark.parametrize("count", [1, 3])
def test_a_variadic_primitive_with_a_wrong_number_of_partials(count: int) -> None:
    row = table.Primitive(
        "pair", lambda *xs: xs[0], [lambda *xs: [1.0] * count], table.MANY, variadic=True
    )
    message = f"the partials of pair are {count}, but it has 2 operands"
    with pytest.raises(TypeError, match=message):
        row(Value(1.0), Value(2.0))


def test_a_name_is_given_by_name_alone() -> None:
    with pytest.raises(TypeError):
        Value(2.0, "x")  # type: ignore[misc]  # in NumPy and others the second operand is a dtype


# What surviving mutants showed untested


def test_a_context_is_not_told_of_what_is_detached_or_copied() -> None:
    x = Value(2.0, name="x")
    with ag.detect_anomaly():
        y = (x * x).detach()
        twin = copy.copy(x * x)
    assert y.parents == () and y.op == "" and y.data == 4.0
    assert twin.op == "mul" and twin.parents == (x, x)


def test_a_copy_of_a_node_that_was_swept_is_one() -> None:
    x = Value(3.0)
    y = x * x
    y.backward()
    twin = copy.copy(y)
    (twin * 5.0).backward()
    assert twin.grad == 5.0 and x.grad == 6.0 + 30.0
    y.backward()
    twin = copy.copy(y)
    del y  # no other node is left that a sweep has reached
    assert twin.grad == 1.0 and x.grad == 6.0 + 30.0 + 6.0
    ag.where(False, twin, x * 2.0).backward()
    assert twin.grad == 0.0 and x.grad == 6.0 + 30.0 + 6.0 + 2.0


@pytest.mark.parametrize(
    ("forbidden", "message"),
    [
        (lambda x: x.backward(), r"^backward\(\) .*call it on the result"),
        (lambda x: pickle.dumps(x), "^pickling a Value .*pickle it before the call"),
        (lambda x: copy.deepcopy(x), "^copy.deepcopy of a Value .*copy it before the call"),
    ],
)
def test_what_a_recorded_function_must_not_do_says_what_to_do(forbidden: Any, message: str) -> None:
    def f(x: Any) -> Any:
        forbidden(x)
        return x * x

    with pytest.raises(TypeError, match=message):
        ag.jit(f)(2.0)
