"""Completion in the shells themselves: what they offer after what was typed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograd_lite.cli import demos
from autograd_lite.cli.main import main
from autograd_lite.core.table import TABLE

COMMANDS = ["check", "demo", "diff", "ops"]
DIFF = ["--help", "--html", "--json", "--latex", "--order", "--svg"]
TYPED = {
    "di": ["diff"],
    "": COMMANDS,
    "--": ["--help", "--print-completion", "--version"],
    "--print-completion ": ["bash", "fish", "zsh"],
    "diff x*y --": DIFF,
    "diff x*y --order ": ["1", "2"],
    "diff x*y --json --o": ["--order"],
    "diff x --html a": ["a page.html"],
    "diff x --svg b": ["b.html"],
    "check --": ["--help", "--order"],
    "demo t": ["two-layer-network"],
    "demo ": list(demos.find_demos()),
    "ops log1": ["log10", "log1p"],
    "ops ": list(TABLE),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a page.html", "b.html"):
        (tmp_path / name).touch()
    return tmp_path


def run(shell: str, commands: str, cwd: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Run commands in a shell that has read the completion script, and return what they print."""
    pytest.importorskip("shtab")
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    assert main(["--print-completion", shell]) == 0
    (cwd / "script").write_text(capsys.readouterr().out)
    options = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    done = subprocess.run(
        [shell, *options, "-c", commands], capture_output=True, text=True, cwd=cwd, check=True
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize("typed", TYPED)
def test_bash(typed: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = " ".join(f"'{word}'" for word in ["autograd-lite", *typed.split(" ")])
    commands = f"""
        eval "$(cat script)"
        read -ra bound <<< "$(complete -p autograd-lite)"
        COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        ${{bound[-2]}} 2> /dev/null  # compopt has no completion to change here
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    offered = run("bash", commands, folder, capsys)
    assert sorted(offered) == sorted(TYPED[typed])


@pytest.mark.parametrize("typed", TYPED)
def test_fish(typed: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commands = f"source script; complete -C 'autograd-lite {typed}'"
    lines = run("fish", commands, folder, capsys)
    offered = [line.partition("\t")[0] for line in lines]
    long = [word for word in offered if word != "-h"]
    assert sorted(long) == sorted(TYPED[typed])


def test_zsh_binds_the_script(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commands = 'autoload -Uz compinit; compinit -D; eval "$(<script)"; print $_comps[autograd-lite]'
    assert run("zsh", commands, folder, capsys) == ["_shtab_autograd_lite"]
    script = (folder / "script").read_text()
    assert all(word in script for word in [*COMMANDS, *DIFF, *demos.find_demos(), *TABLE])


def test_another_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--print-completion", "csh"]) == 2
    assert "invalid choice: 'csh'" in capsys.readouterr().err


def test_a_missing_shtab_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["--print-completion", "bash"]) == 2
    assert 'pip install "autograd_lite[completion]"' in capsys.readouterr().err
