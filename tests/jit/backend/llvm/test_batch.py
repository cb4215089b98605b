"""Vector code for batches, samples side by side: every row, any count, failing samples."""

import importlib
import math
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.core import table as p
from autograd_lite.core.table import TABLE
from autograd_lite.jit.ir.program import Program, SymbolicTape
from autograd_lite.jit.record.tape import Guard, Symbol
from tests.support.cases import limit_examples, loop_over

np = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

batch = importlib.import_module("autograd_lite.jit.backend.llvm.batch")


def program_of(f: Any, inputs: Any, guards: Any = ()) -> Any:
    """Build the program of a function of symbols; guards are (output, expected)."""
    tape = SymbolicTape(inputs)
    outputs = f(*[Symbol(tape, k) for k in range(inputs)])
    tape.outputs = [x.slot if isinstance(x, Symbol) else tape.constant(x) for x in outputs]
    kept = [s for k, s in enumerate(tape.outputs) if k not in dict(guards)]
    tape.guards = [Guard(tape.outputs[k], expected, "here") for k, expected in guards]
    tape.outputs = kept
    return Program.of(tape)


def sample_by_sample(program: Any, columns: Any, count: Any) -> Any:
    """Return what a kernel must: all outputs of each sample, and its first failed guard or -1."""
    rows, failed = [], []
    for i in range(count):
        inputs = [float(c) if np.ndim(c) == 0 else float(c[i]) for c in columns]
        slots = program.evaluate(inputs)
        rows.append([program.get_value(s, slots) for s in program.outputs])
        wrong = [
            k
            for k, (slot, expected, _) in enumerate(program.guards)
            if bool(program.get_value(slot, slots)) != expected
        ]
        failed.append(wrong[0] if wrong else -1)
    return np.array(rows).reshape(count, len(program.outputs)).T, failed


def assert_close(found: Any, wanted: Any, units: Any = 4.0) -> None:
    found, wanted = np.asarray(found), np.asarray(wanted)
    same = (found == wanted) | (np.isnan(found) & np.isnan(wanted))
    with np.errstate(invalid="ignore"):
        near = np.abs(found - wanted) <= units * np.spacing(np.abs(wanted))
    assert (same | near).all(), (found[~(same | near)], wanted[~(same | near)])


def check(program: Any, columns: Any, count: Any, summed: Any) -> None:
    batched = [np.ndim(c) == 1 for c in columns]
    results, failed = batch.compile_batch(program, batched, summed)(columns, count)
    wanted, who = sample_by_sample(program, columns, count)
    assert (failed is None) == (not program.guards)
    if program.guards:
        assert failed.dtype == np.int32 and failed.tolist() == who
    alive = np.array(who, int) == -1
    for result, values, one in zip(results, wanted, summed, strict=True):
        if one:
            assert type(result) is float
            total = math.fsum(values[alive])
            slack = 1e-14 * np.abs(values[alive]).sum()
            assert abs(result - total) <= slack + 4 * math.ulp(total)
        else:
            assert result.dtype == np.float64 and result.shape == (count,)
            assert_close(result[alive], values[alive])


@loop_over("name", TABLE)
def test_every_row_of_the_table(name: Any) -> None:
    primitive = TABLE[name]
    boxes = primitive.domain.box * (3 if primitive.arity is None else 1)
    if name == "dot":
        boxes = boxes[:2]
    rng = np.random.default_rng(1)
    columns = [rng.uniform(low, high, 21) for low, high in boxes]
    if name == "polygamma":
        columns[0] = np.ones(21)
    if name == "round_to":
        columns[1] = np.full(21, 2.0)
    program = program_of(lambda *xs: [primitive(*xs)], len(columns))
    check(program, columns, 21, [False])


@pytest.mark.slow
@loop_over("name", TABLE)
def test_every_row_at_special_numbers(name: Any) -> None:
    primitive = TABLE[name]
    if name in ("polygamma", "round_to"):  # they take whole numbers
        return
    arity = primitive.arity or 2
    special = [0.0, -0.0, 1.0, -1.0, 0.5, 3.0, math.inf, -math.inf, math.nan]
    points = np.array(list(product(special, repeat=arity)))
    program = program_of(lambda *xs: [primitive(*xs)], arity)
    (found,), _ = batch.compile_batch(program, [True] * arity, [False])(points.T, len(points))
    wanted, _ = sample_by_sample(program, points.T, len(points))
    assert_close(found, wanted[0])


@pytest.mark.slow
@loop_over("count", [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 63, 64, 65, 4095, 4097])
def test_any_count_with_a_tail(count: Any) -> None:
    rng = np.random.default_rng(count)
    program = program_of(lambda x, y, w: [x * w + y, p.exp(x), y * w, w, 2.0, x], 3)
    columns = [rng.normal(size=count), rng.normal(size=count), 0.75]
    check(program, columns, count, [False] * 6)
    check(program, columns, count, [True, True, False, True, True, False])


@pytest.mark.parametrize("width", [2, 4])
def test_narrower_vectors(monkeypatch: Any, width: Any) -> None:
    if width > batch.vector_width():
        return
    monkeypatch.setattr(batch, "vector_width", lambda: width)
    program = program_of(
        lambda x, y, w: [p.exp(x) * w, p.sin(y), x * y, w, x > 0.0], 3, [(4, True)]
    )
    rng = np.random.default_rng(0)
    table = rng.normal(size=(11, 2))
    check(program, [table[:, 0], table[:, 1], 0.75], 11, [True, False, False, True])
    kernel = batch.compile_batch(program, [True, True, False], [True] * 4)
    assert kernel.shape.width == width


def test_columns_of_any_stride() -> None:
    rng = np.random.default_rng(3)
    program = program_of(lambda a, b, c, d, e: [a + 2.0 * b - c * d * e], 5)
    table = rng.normal(size=(37, 3))
    whole = rng.normal(size=37)
    packed = np.zeros(37, dtype=[("a", "i1"), ("b", "f8")])
    packed["b"] = rng.normal(size=37)
    columns = [table[:, 1], whole[::-1], np.broadcast_to(np.float64(1.5), 37), packed["b"]]
    columns.append(np.asfortranarray(table)[:, 2])
    for summed in (False, True):
        check(program, columns, 37, [summed])


def test_nothing_beyond_a_column_is_counted() -> None:
    program = program_of(lambda x: [x, p.log(x)], 1)
    memory = np.full(64, math.nan)
    memory[8:21] = np.arange(1.0, 14.0)
    check(program, [memory[8:21]], 13, [True, False])


def test_a_failed_sample_adds_nothing() -> None:
    program = program_of(
        lambda x, w: [p.log(x) * w, x, x > 0.0, x < 3.0], 2, [(2, True), (3, True)]
    )
    x = np.array([1.0, -1.0, 2.0, math.nan, 5.0, 0.5, 0.0, 3.0, -math.inf, 2.5])
    check(program, [x, 2.0], 10, [True, False])
    _, failed = batch.compile_batch(program, [True, False], [True, True])([x, 2.0], 10)
    assert failed.tolist() == [-1, 0, -1, 0, 1, -1, 0, 1, 0, -1]


def test_all_samples_fail() -> None:
    program = program_of(lambda x: [p.log(x), x > 0.0], 1, [(1, True)])
    results, failed = batch.compile_batch(program, [True], [True])([np.full(11, -1.0)], 11)
    assert results == [0.0] and failed.tolist() == [0] * 11


def test_a_guard_of_an_input_and_of_what_is_the_same_for_all() -> None:
    tape = SymbolicTape(2)
    x, w = Symbol(tape, 0), Symbol(tape, 1)
    tape.outputs = [(x * w).slot]
    tape.guards = [Guard(0, True, "here"), Guard((w > 1.0).slot, False, "there")]
    program = Program.of(tape)
    check(program, [np.array([0.0, 1.0, math.nan]), 0.5], 3, [False])
    check(program, [np.array([0.0, 1.0, math.nan]), 2.5], 3, [True])


def test_what_depends_on_no_column_is_computed_once() -> None:
    program = program_of(lambda x, w: [x * p.exp(p.gamma(w)), p.lt(w, 1.0), p.exp(w) * 2.0], 2)
    kernel = batch.compile_batch(program, [True, False], [False, False, True])
    assert kernel.shape.numbers == 4
    check(program, [np.arange(9.0), 0.5], 9, [False, False, True])


def test_no_column_at_all() -> None:
    program = program_of(lambda w, v: [w * v, p.sin(w)], 2)
    check(program, [0.5, 3.0], 5, [True, False])


def test_equal_outputs_and_predicates_as_numbers() -> None:
    program = program_of(lambda x, y: [x < y, x < y, p.not_(x), p.where(x, y, x), x, x], 2)
    columns = [np.array([0.0, 1.0, -0.0, 2.0, math.nan]), np.array([1.0, 0.0, 3.0, 2.0, 1.0])]
    check(program, columns, 5, [False, True, False, False, False, False])


@pytest.mark.parametrize("careful", [0, 3000])
def test_pieces_hand_over_what_they_computed(monkeypatch: Any, careful: Any) -> None:
    monkeypatch.setattr(batch, "PIECE", 3)
    monkeypatch.setattr(batch, "CAREFUL", careful)

    def f(x: Any, y: Any, w: Any) -> Any:
        early, limit = x < y, p.exp(w) + w * w - p.sin(w)
        a = p.where(early, x * limit, y)
        b = p.tanh(a) + x * y
        return [a * b, p.sqrt(b), early, limit, a, b > 0.5, x != 2.0]

    program = program_of(f, 3, [(5, True), (6, True)])
    rng = np.random.default_rng(7)
    columns = [rng.uniform(0.0, 1.0, 29), rng.uniform(0.0, 1.0, 29), 0.4]
    check(program, columns, 29, [True, False, True, False, False])


def symbols(draw: Any, tape: Any) -> Any:
    """Draw some operations, each on random operands."""
    made = [Symbol(tape, k) for k in range(tape.inputs)]
    binary = [p.add, p.sub, p.mul, p.maximum, p.lt, p.ge, p.and_, p.or_]
    for _ in range(draw(st.integers(1, 30))):
        x, y, c = [draw(st.sampled_from(made)) for _ in range(3)]
        f = draw(st.sampled_from([*binary, p.where, p.tanh, p.neg, p.not_]))
        new = f(c, x, y) if f is p.where else f(x, y) if f in binary else f(x)
        made.append(new if isinstance(new, Symbol) else x)
    return made


@given(st.data())
@limit_examples(40)
def test_random_programs(data: Any) -> None:
    inputs = data.draw(st.integers(1, 4))
    tape = SymbolicTape(inputs)
    made = symbols(data.draw, tape)
    tape.outputs = [x.slot for x in data.draw(st.lists(st.sampled_from(made), max_size=6))]
    chosen = data.draw(st.lists(st.sampled_from(made), max_size=3))
    tape.guards = [Guard(x.slot, data.draw(st.booleans()), "here") for x in chosen]
    program = Program.of(tape)
    count = data.draw(st.integers(0, 20))
    # few bits, and small: every value is exact, or cannot be near enough to be told from exact
    number = st.sampled_from([-1.5, -1.0, -0.5, 0.0, 0.25, 1.0, 2.0])
    columns = [
        data.draw(st.one_of(number, st.lists(number, min_size=count, max_size=count).map(np.array)))
        for _ in range(inputs)
    ]
    columns = [c if np.ndim(c) == 0 else c.astype(np.float64) for c in columns]
    summed = data.draw(st.lists(st.booleans(), min_size=len(program.outputs)))
    summed = summed[: len(program.outputs)]
    check(program, columns, count, summed)


def test_each_operation_rounds() -> None:
    x, y, z = np.random.default_rng(5).normal(size=(3, 999))
    program = program_of(lambda x, y, z: [x * y + z, x * y - z * z], 3)
    (first, second), _ = batch.compile_batch(program, [True] * 3, [False] * 2)([x, y, z], 999)
    assert first.tolist() == (x * y + z).tolist()
    assert second.tolist() == (x * y - z * z).tolist()


def test_a_primitive_of_your_own_is_refused() -> None:
    mine = ag.primitive(lambda x: x * x, partials=[lambda x, y: 2.0 * x], name="mine")
    program = program_of(lambda x: [mine(x)], 1)
    assert batch.program_needs_python(program)
    assert not batch.program_needs_python(program_of(lambda x: [p.gamma(x)], 1))
    with pytest.raises(ValueError, match="custom primitive"):
        batch.compile_batch(program, [True], [True])


def test_batched_and_summed_must_fit_the_program() -> None:
    program = program_of(lambda x, y: [x * y], 2)
    for batched, summed in (([True], [True]), ([True, True], []), ([True, True], [True, True])):
        with pytest.raises(ValueError, match="one bool"):
            batch.compile_batch(program, batched, summed)
