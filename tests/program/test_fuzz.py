"""A few seconds of the fuzzer; and that it finds, and makes small, what is planted."""

import re
import subprocess
import sys
import warnings
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.core.table import TABLE
from autograd_lite.jit.backend.instructions import INSTRUCTIONS
from autograd_lite.jit.backend.llvm import segment
from autograd_lite.jit.record import recorder
from tests import fuzz
from tests.fuzzing.bounds import Floats, Unsettled, bound_of
from tests.fuzzing.checks import CHECKS
from tests.fuzzing.common import Under, backends, outcome
from tests.fuzzing.engines import Tracer
from tests.fuzzing.generate import draw
from tests.fuzzing.programs import Constant, Program, Ref, Step, run
from tests.fuzzing.source import arguments_text, function_text, number_text, snippet

BY_NAME = {check.name: check for check in CHECKS}
SEED = 20_000
PROGRAMS = {"values": 10, "stale": 25, "derivatives": 5, "second": 8, "transforms": 3}
PROGRAMS |= {"arguments": 6, "batch": 5, "loops": 3, "copies": 20, "differences": 10}
PROGRAMS |= {"branches": 12, "mpmath": 10, "torch": 6, "jax": 2}
LLVM = pytest.mark.skipif("llvm" not in backends(), reason="llvmlite is not installed")


@pytest.mark.slow
@pytest.mark.parametrize("name", BY_NAME)
def test_engines_agree(name: str) -> None:
    check = BY_NAME[name]._replace(every=1)
    if check.missing():
        pytest.skip(f"{check.missing()} is not installed")
    shown: list[str] = []
    tally = fuzz.fuzz([check], SEED, programs=PROGRAMS[name], show=shown.append)[name]
    assert not shown, shown[0]
    assert tally.tried >= max(1, PROGRAMS[name] // 5), tally  # not all were passed over


def found_in(name: str, programs: int, seed: int = SEED, shrinking: float = 10.0) -> str:
    """The first report of a check that is to fail."""
    shown: list[str] = []
    check = BY_NAME[name]._replace(every=1)
    for start in range(programs):
        fuzz.fuzz([check], seed + start, programs=1, shrinking=shrinking, show=shown.append)
        if shown:
            return shown[0]
    raise AssertionError(f"{name} found nothing in {programs} programs")


def steps_in(report: str) -> list[str]:
    """The lines of the function's body, less the arguments taken apart and the return."""
    body = report[report.index("def f(") : report.index("def leaves_of")].splitlines()[1:]
    return [line for line in body if line and not re.search(r"= a\d|return", line)]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mpmath", "differences"])
def test_a_planted_wrong_derivative_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fma = TABLE["fma"].partials
    wrong = (fma[0], lambda x, y, z, r: x * 1.0001, fma[2])
    monkeypatch.setattr(TABLE["fma"], "partials", wrong)
    report = found_in(name, 80, SEED + 200)
    assert [line for line in steps_in(report) if "fma" in line] and len(steps_in(report)) == 1
    assert re.search(rf"# python -m tests.fuzz --seed \d+ --programs 1 --only {name}", report)
    ran = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr  # as a script, where nothing is planted


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["python", pytest.param("llvm", marks=LLVM)])
def test_a_planted_wrong_instruction_is_found(
    backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed: dict[str, Any] = {"python": "({1} - {0})", "llvm": lambda e, x, y: e.sub(y, x)}
    wrong = INSTRUCTIONS["sub"]._replace(**{backend: changed[backend]})
    monkeypatch.setitem(INSTRUCTIONS, "sub", wrong)
    monkeypatch.setitem(segment.LLVM, TABLE["sub"], wrong.llvm)
    report = found_in("values", 80, SEED + (41 if backend == "llvm" else 0))
    assert f"backend={backend!r}" in report
    assert len(steps_in(report)) <= 2 and re.search(r"sub| - |softmax", steps_in(report)[-1])


@pytest.mark.slow
def test_a_planted_branch_error_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording without its guards answers every later call by the way of the first."""
    monkeypatch.setattr(recorder.Recorder, "truth", lambda self, x: bool(x._primal != 0.0))
    report = found_in("values", 60)
    assert len(steps_in(report)) <= 4
    assert re.search(r"if |sorted|max|min|for |whole|data", "".join(steps_in(report)))
    assert len(re.findall(r"^points = .*\], \[", report, re.M)) == 1  # it takes two points


@pytest.mark.slow
@LLVM
def test_a_planted_error_of_batches_alone_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = INSTRUCTIONS["add"].llvm
    assert right is not None

    def wrong(e: Any, x: str, y: str) -> str:
        return e.sub(x, y) if e.width > 1 else right(e, x, y)

    monkeypatch.setitem(INSTRUCTIONS, "add", INSTRUCTIONS["add"]._replace(llvm=wrong))
    assert "map" in found_in("batch", 60, shrinking=0.5)


@pytest.mark.parametrize("profile", ["mixed", "smooth", "loop"])
def test_source_text_means_what_the_program_does(profile: str) -> None:
    for seed in range(30 if profile == "mixed" else 8):
        case = draw(seed, profile)
        under = Under(case.program)
        space: dict[str, Any] = {}
        exec(function_text(case.program), space)  # our own printer's text, of a fixed seed
        for point in case.points:
            texts = [number_text(x) for x in point]
            args = f"({arguments_text(case.program, [f'V({text})' for text in texts])},)"
            text = f"f(*{args})"
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                space["V"] = ag.Value
                found = outcome(lambda text=text, space=space: eval(text, space))
                expected = under.eager(point)
            assert not found.differs(expected), (seed, found, expected)


def test_a_seed_is_a_program() -> None:
    one, other = draw(7), draw(7)
    assert one.program == other.program and repr(one.points) == repr(other.points)
    assert draw(8).program != one.program


@pytest.mark.slow
def test_every_row_is_drawn_in_every_way() -> None:
    seen = {
        step.detail
        for seed in range(1500)
        for step in draw(seed).program.all_steps()
        if step.kind == "row"
    }
    assert {name for name, _ in seen} == set(TABLE)
    assert {style for _, style in seen} == {"row", "operator", "function", "method"}


def straight(*steps: Step) -> Program:
    return Program((Ref(0),), steps, Ref(steps[-1].target))


def test_bounds_grow_where_numbers_cancel() -> None:
    def bound(shift: float) -> float:
        add = Step(1, "row", ("add", "row"), (Ref(0), Constant("float", shift)))
        back = Step(2, "row", ("sub", "row"), (Ref(1), Constant("float", shift)))
        return Under(straight(add, back)).bound([0.7], 0, [0]).value_error

    assert bound(1e8) > 1e6 * bound(1.0)


def test_no_bound_holds_next_to_a_jump() -> None:
    third = Step(1, "row", ("div", "row"), (Ref(0), Constant("float", 3.0)))
    whole = Step(2, "row", ("floor", "row"), (Ref(1),))
    under = Under(straight(third, whole))
    assert under.bound([3.5], 0, [0]).value == 1.0
    with pytest.raises(Unsettled, match="floor next to a jump"):
        under.bound([3.0], 0, [0])


def test_a_kink_itself_is_settled_among_engines_of_one_convention() -> None:
    under = Under(straight(Step(1, "row", ("abs", "row"), (Ref(0),))))
    assert under.bound([0.0], 0, [0]).gradient == [0.0]
    with pytest.raises(Unsettled, match="abs next to a"):
        under.bound([0.0], 0, [0], away=True)


def test_a_bound_is_of_the_program_itself() -> None:
    """The gradient that a bound comes with is the trace's, not that of a graph."""
    square = Step(1, "row", ("mul", "row"), (Ref(0), Ref(0)))
    program = straight(square)
    tracer = Tracer([3.0])
    result = run(program, tuple(tracer.numbers), {}, tracer)
    found = bound_of(tracer.trace([result]), [3.0], 0, Floats(), [0])
    assert (found.value, found.gradient) == (9.0, [6.0])
    assert 0.0 < found.value_error < 1e-13 and 0.0 < found.gradient_errors[0] < 1e-12


def test_exit_codes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    quiet = ["--seed", str(SEED), "--programs", "2", "--only", "copies,torch"]
    monkeypatch.setattr(
        fuzz, "CHECKS", [BY_NAME["copies"], BY_NAME["torch"]._replace(needs=("nil",))]
    )
    assert fuzz.main(quiet) == 0
    assert "torch: not run: nil is not installed" in capsys.readouterr().out
    monkeypatch.setattr(ag.Value, "__deepcopy__", lambda self, memo: ag.Value(self.data + 1.0))
    assert fuzz.main([*quiet, "--shrink", "1"]) == 1
    assert "findings" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        fuzz.main(["--only", "nonsense"])


def test_the_snippet_shows_the_failing_point_last() -> None:
    program = straight(Step(1, "row", ("sin", "row"), (Ref(0),)))
    text = snippet(program, [[1.0], [2.0]], 1, ["f(*args)"])
    ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert ran.stdout.strip().endswith("0.9092974268256817"), ran.stderr
