"""Users' typed code: what transforms/signatures.py and core/types.py promise to type checkers."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import stubs
from tests.support.cases import mark_slow_after

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "tests" / "typing").glob("*.py"))
Errors = dict[str, dict[int, str]]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    files = [str(path.relative_to(ROOT)) for path in FILES]
    return subprocess.run(
        [sys.executable, "-m", *command, *files], cwd=ROOT, capture_output=True, text=True
    )


def mypy() -> Errors:
    done = run("mypy", "--strict", "--no-error-summary")
    assert done.returncode in (0, 1), done.stderr
    found: Errors = {}
    for line in done.stdout.splitlines():
        match = re.match(r"(tests.typing.*\.py):(\d+): error: (.*)", line)
        if match:
            found.setdefault(Path(match[1]).name, {})[int(match[2])] = match[3]
    return found


def pyright() -> Errors:
    # Strict where a file says so in its first line. Its language server comes from npm once.
    done = run("pyright", "--outputjson", "--pythonpath", sys.executable)
    if not done.stdout.startswith("{"):
        pytest.skip(f"pyright does not start: {done.stderr[-200:]}")
    found: Errors = {}
    for x in json.loads(done.stdout)["generalDiagnostics"]:
        if x["severity"] in ("error", "warning"):
            line = x["range"]["start"]["line"] + 1
            found.setdefault(Path(x["file"]).name, {})[line] = x["message"]
    return found


# One test for each checker, since it takes its seconds once for all files.
@pytest.mark.slow
@pytest.mark.parametrize("checker", [mypy, pyright])
def test_every_error_is_found_and_nothing_else(checker: Callable[[], Errors]) -> None:
    pytest.importorskip(checker.__name__)
    lines = (ROOT / "tests" / "typing" / "errors.py").read_text(encoding="utf-8").splitlines()
    marked = {i for i, line in enumerate(lines, 1) if line.endswith("# error")}
    assert len(marked) > 20
    found = checker()
    assert set(found.pop("errors.py")) == marked
    assert found == {}


@pytest.mark.parametrize(
    "path", mark_slow_after(1, [p for p in FILES if p.name != "errors.py"]), ids=lambda p: p.stem
)
def test_right_code_runs(path: Path, tmp_path: Path) -> None:
    """What the types promise holds of the objects: the code runs, its promises are looked at."""
    prelude = (
        "import typing, autograd_lite as ag\n"
        "def assert_type(x, kind, /):\n"
        "    if kind in (float, str, bool, ag.Value):\n"
        "        assert isinstance(x, kind), (x, kind)\n"
        "    return x\n"
        "typing.assert_type = assert_type\n"
    )
    code = prelude + f"exec(compile(open({str(path)!r}).read(), {str(path)!r}, 'exec'))\n"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_stubs_are_those_that_the_script_writes() -> None:
    assert stubs.stale() == [], "run python -m tests.stubs --write"


@pytest.mark.slow
def test_the_modules_behind_the_stubs_are_checked_too() -> None:
    pytest.importorskip("mypy")
    paths = [str(stubs.CORE / name.replace(".pyi", ".py")) for name in stubs.STUBS]
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", *paths]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
