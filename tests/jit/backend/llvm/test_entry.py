"""The builtin functions around machine code (entry_text.py writes them): arguments and guards."""

import array
import math
import sys

import pytest

pytest.importorskip("llvmlite")
pytest.importorskip("numpy")

import numpy as np

from autograd_lite import Value, primitive
from autograd_lite.core import table
from autograd_lite.jit.backend.llvm import entry
from autograd_lite.jit.backend.llvm.entry import Entries
from tests.support.cases import loop_over
from tests.support.machine_code import RefusedError, native, picky

COMPILED = not hasattr(Value.backward, "__code__")  # by mypyc; see docs/compiled-core.md


@pytest.fixture(scope="module")
def sum_product() -> Entries:
    return native(2, (table.add, 0, 1), (table.mul, 0, 1), outputs=[2, 3, 0])


@pytest.fixture
def on_heap(monkeypatch):
    monkeypatch.setattr(entry, "STACK_BYTES", -1)


# arguments


def test_floats_and_values_in_any_mixture(sum_product):
    for x in (2.0, Value(2.0)):
        for y in (3.0, Value(3.0)):
            assert sum_product.call(x, y) == (5.0, 6.0, 2.0)


def test_floats_alone(sum_product):
    assert sum_product.call_floats(2.0, 3.0) == (5.0, 6.0, 2.0)
    for x in (Value(2.0), 2, None):
        assert sum_product.call_floats(x, 3.0) is None
        assert sum_product.call_floats(3.0, x) is None
    assert sum_product.call_floats(2.0) is None
    assert sum_product.call_floats(2.0, math.inf) is None
    assert guarded().call_floats(4.0, 3.0) == 1


def test_every_output_is_an_exact_float(sum_product):
    assert [type(x) for x in sum_product.call(2.0, 3.0)] == [float] * 3


class Sub(float):
    pass


class SubValue(Value):
    __slots__ = ()


@loop_over(
    "x", [1, True, Sub(1.0), "1", None, (), np.float64(1.0), SubValue(1.0), object(), [1.0], 1j]
)
def test_other_arguments_give_none(sum_product, x):
    assert sum_product.call(x, 1.0) is None
    assert sum_product.call(1.0, x) is None


@pytest.mark.parametrize("arguments", [(), (1.0,), (1.0, 2.0, 3.0)])
def test_a_wrong_number_of_arguments_gives_none(sum_product, arguments):
    assert sum_product.call(*arguments) is None


def test_keywords_are_refused(sum_product):
    with pytest.raises(TypeError):
        sum_product.call(1.0, y=2.0)


def test_a_value_without_data_gives_none(sum_product):
    assert sum_product.call(Value.__new__(Value), 1.0) is None


@pytest.mark.skipif(COMPILED, reason="compiled data is a double")
def test_a_value_that_holds_no_float_gives_none(sum_product):
    x = Value(1.0)
    x._primal = 3
    assert sum_product.call(x, 1.0) is None


@pytest.mark.parametrize("x", [math.inf, -math.inf, math.nan])
def test_an_output_that_is_not_finite_gives_none(sum_product, x):
    assert sum_product.call(x, 1.0) is None
    out = np.zeros(3)
    assert sum_product.call_arrays(np.array([x, 1.0]), out) is False
    assert not out.any()


def test_overflow_gives_none(sum_product):
    assert sum_product.call(1e200, 1e200) is None


def test_a_constant_output_may_be_infinite():
    f = native(1, (table.neg, 0), outputs=[1, math.inf, 1, -0.0])
    result = f.call(2.0)
    assert result == (-2.0, math.inf, -2.0, 0.0)
    assert math.copysign(1.0, result[3]) == -1.0
    out = np.zeros(4)
    assert f.call_arrays(np.array([2.0]), out) is True
    assert out.tolist() == list(result)


def test_extreme_numbers_pass_through_unchanged():
    f = native(1, outputs=[0])
    for x in (0.0, -0.0, 5e-324, -2.2e-308, sys.float_info.max, 1.0000000000000002):
        assert math.copysign(1.0, f.call(x)[0]) == math.copysign(1.0, x)
        assert f.call(x)[0].hex() == x.hex()


def test_no_inputs_and_no_outputs():
    assert native(0, outputs=[]).call() == ()
    assert native(0, outputs=[1.5]).call() == (1.5,)
    assert native(0, outputs=[1.5]).call_arrays(np.zeros(0), np.zeros(1)) is True


# buffers


def test_arrays(sum_product):
    for make in (np.array, lambda xs: array.array("d", xs)):
        out = make([0.0] * 3)
        assert sum_product.call_arrays(make([2.0, 3.0]), out) is True
        assert list(out) == [5.0, 6.0, 2.0]


def test_one_array_for_both():
    f = native(2, (table.sub, 0, 1), (table.sub, 1, 0), outputs=[2, 3])
    both = np.array([5.0, 3.0])
    assert f.call_arrays(both, both) is True
    assert both.tolist() == [2.0, -2.0]


def unfit():
    good = np.array([2.0, 3.0])
    fixed = np.zeros(3)
    fixed.flags.writeable = False
    yield "short", good[:1], np.zeros(3)
    yield "long", np.zeros(3), np.zeros(3)
    yield "short out", good, np.zeros(2)
    yield "long out", good, np.zeros(4)
    yield "strided", np.zeros(4)[::2], np.zeros(3)
    yield "strided out", good, np.zeros(6)[::2]
    yield "read-only out", good, fixed
    yield "integers", np.array([2, 3]), np.zeros(3)
    yield "integers out", good, np.zeros(3, dtype=np.int64)
    yield "single precision", np.zeros(4, dtype=np.float32), np.zeros(3)
    yield "other byte order", good.astype(">f8"), np.zeros(3)
    yield "complex", np.zeros(1, dtype=complex), np.zeros(3)
    yield "record", np.zeros(1, dtype="f8,f8"), np.zeros(3)
    yield "list", [2.0, 3.0], np.zeros(3)
    yield "none", None, None
    yield "bytes", bytes(16), np.zeros(3)
    yield "bytes out", good, bytearray(24)


@loop_over("case", [*unfit()])
def test_a_buffer_that_does_not_fit_gives_false(sum_product, case):
    _, x, out = case
    assert sum_product.call_arrays(x, out) is False


def test_call_arrays_takes_two(sum_product):
    assert sum_product.call_arrays() is False
    assert sum_product.call_arrays(np.zeros(2)) is False


def test_buffers_are_released(sum_product):
    x, out = bytearray(16), bytearray(24)
    for pair in (
        (memoryview(x).cast("d"), memoryview(out).cast("d")),
        (memoryview(x).cast("d"), memoryview(out)[:16].cast("d")),
        (memoryview(x), memoryview(out)),
        (memoryview(x).cast("d"), None),
    ):
        sum_product.call_arrays(*pair)
        for view in pair:
            if view is not None:
                view.release()
    del pair, view
    x.append(0)  # raises BufferError while a buffer is held
    out.append(0)


# guards


def guarded():
    return native(
        2,
        (table.gt, 0, 0.0),
        (table.mul, 0, 1),
        (table.lt, 3, 10.0),
        outputs=[3],
        guards=[(2, True), (4, True), (1, True)],
    )


def test_guards_give_their_number():
    f = guarded()
    assert f.call(2.0, 3.0) == (6.0,)
    assert f.call(-2.0, 3.0) == 0
    assert f.call(4.0, 3.0) == 1
    assert f.call(4.0, 0.0) == 2
    assert type(f.call(-2.0, 3.0)) is int
    assert f.call(-2.0, 300.0) == 0
    out = np.zeros(1)
    assert f.call_arrays(np.array([2.0, 3.0]), out) is True
    assert [f.call_arrays(np.array(x), out) for x in ([-2.0, 3.0], [4.0, 3.0], [4.0, 0.0])] == [
        -1,
        -2,
        -3,
    ]
    assert out[0] == 6.0


# callbacks


def test_exceptions_of_a_users_primitive_propagate():
    f = native(1, (picky, 0), (table.mul, 1, 2.0), outputs=[2])
    assert f.call(1.0) == (3.0,)
    for _ in range(3):
        with pytest.raises(RefusedError, match=r"-1\.0"):
            f.call(-1.0)
        out = bytearray(8)
        with pytest.raises(RefusedError):
            f.call_arrays(array.array("d", [-1.0]), memoryview(out).cast("d"))
        out.append(0)
    assert f.call(2.0) == (5.0,)


def test_a_result_that_is_no_number_raises():
    @primitive(partials=[lambda x, y: 1.0])
    def text(x):
        return "x"

    with pytest.raises(TypeError, match="text must return a float"):
        native(1, (text, 0), outputs=[1]).call(1.0)


def test_a_result_of_minus_one_is_no_error():
    @primitive(partials=[lambda x, y: 1.0])
    def whole(x):
        return -1

    assert native(1, (whole, 0), outputs=[1]).call(1.0) == (-1.0,)


def test_a_program_may_call_itself():
    depth = []

    @primitive(partials=[lambda x, y: 1.0])
    def again(x):
        depth.append(x)
        return f.call(x - 1.0)[0] + 1.0 if x > 0.0 else 0.0

    f = native(1, (again, 0), (table.add, 1, 0), outputs=[2])
    # again(x) is again(x - 1) + x, since the outer frame keeps its own x
    assert f.call(3.0) == (9.0,)
    assert depth == [3.0, 2.0, 1.0, 0.0]


# memory
