"""`autograd-lite demo`: lists the demos, runs one, and says what is missing."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from autograd_lite.cli import demos
from autograd_lite.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(path.stem.replace("_", "-") for path in (ROOT / "demos").glob("[a-z]*.py"))


def process(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "autograd_lite", "demo", *arguments]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment)


def test_the_demos_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == NAMES
    assert "two interleaved half moons" in " ".join(" ".join(lines).split())


@pytest.mark.slow
def test_a_demo_runs_with_its_own_options(tmp_path: Path) -> None:
    done = process("chain", "--depth", "4", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Vanishing gradients" in done.stdout
    assert "4 hidden layers" in done.stdout


@pytest.mark.slow
def test_a_demo_has_its_own_help_and_its_own_errors(tmp_path: Path) -> None:
    assert "--depth" in process("chain-rule", "--help", cwd=tmp_path).stdout
    done = process("chain_rule", "--depth", "0", cwd=tmp_path)
    assert done.returncode == 2
    assert "--depth must be" in done.stderr


@pytest.mark.slow
def test_a_demo_may_import_its_neighbours(tmp_path: Path) -> None:
    done = process("fast-moons", "--help", cwd=tmp_path)  # which imports moons
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m autograd_lite demo chain --depth 4 | head -1; echo $PIPESTATUS"
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "0"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("two-layr-network", "there is no demo two-layr-network: did you mean two-layer-network?"),
        ("nosuch", "there is no demo nosuch: autograd-lite demo lists them"),
        ("", "there is no demo : autograd-lite demo lists them"),
        ("../tests/fuzz", "there is no demo ../tests/fuzz: autograd-lite demo lists them"),
    ],
)
def test_a_wrong_name_is_refused(
    name: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", name]) == 2
    assert capsys.readouterr().err == f"autograd-lite: error: {complaint}\n"


def test_a_beginning_must_be_of_one_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "once", "on", "two_a"):
        (tmp_path / f"{name}.py").write_text(f"print({name!r})")
    monkeypatch.setattr(demos, "find_folder", lambda: tmp_path)
    assert main(["demo", "o"]) == 2
    message = "o is ambiguous: write on or once or one"
    assert capsys.readouterr().err == f"autograd-lite: error: {message}\n"
    assert main(["demo", "on"]) == main(["demo", "two-"]) == main(["demo", "two_a"]) == 0
    assert capsys.readouterr().out == "on\ntwo_a\ntwo_a\n"


@pytest.mark.parametrize(
    ("source", "code", "complaint"),
    [
        ("import matplotlib", 2, 'needs matplotlib: pip install "autograd_lite[demos]"'),
        ("raise ImportError('pip install that')", 2, "pip install that"),
        ("raise SystemExit(3)", 3, ""),
        ("raise SystemExit('no luck')", 1, "no luck"),
        ("print('done')", 0, ""),
    ],
)
def test_how_a_demo_ends(
    source: str,
    code: int,
    complaint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "small.py").write_text(f'"""Small."""\n{source}\n')
    monkeypatch.setattr(demos, "find_folder", lambda: tmp_path)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    before = sys.argv, list(sys.path)
    assert main(["demo", "small"]) == code
    err = capsys.readouterr().err
    assert complaint in err
    assert err.count("\n") == bool(complaint)
    assert (sys.argv, sys.path) == before


def test_a_bug_in_a_demo_is_not_taken_for_a_missing_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "small.py").write_text("import autograd_lite.nosuch")
    monkeypatch.setattr(demos, "find_folder", lambda: tmp_path)
    with pytest.raises(ModuleNotFoundError):
        main(["demo", "small"])


def test_an_installed_package_has_its_demos_inside(tmp_path: Path) -> None:
    """As in a wheel: the demos in the package, and no source tree beside it."""
    site = tmp_path / "autograd_lite"
    site.mkdir()
    for path in (ROOT / "autograd_lite").iterdir():
        if path.name != "cli":
            (site / path.name).symlink_to(path)
    shutil.copytree(ROOT / "autograd_lite" / "cli", site / "cli")
    demo = site / "demos"
    demo.mkdir()
    (demo / "hello.py").write_text(textwrap.dedent('"""Says hello."""\nprint("hello")\n'))
    command = [sys.executable, "-c", "from autograd_lite.cli.main import main; main(['demo'])"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.stdout == "hello  Says hello.\n", done.stderr
