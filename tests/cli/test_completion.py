"""Completion in the shells themselves: what they offer after what was typed."""

import shutil
import subprocess
from pathlib import Path

import pytest

from autograd_lite.cli.main import main
from autograd_lite.core.table import TABLE

DEMOS = sorted(
    path.stem.replace("_", "-")
    for path in (Path(__file__).resolve().parents[2] / "demos").glob("[a-z]*.py")
)
COMMANDS = ["check", "demo", "diff", "ops"]
DIFF = ["--help", "--html", "--json", "--latex", "--order", "--svg"]


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["--print-completion", shell]) == 0
    return capsys.readouterr().out


def run(*command: str, cwd: Path) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=True)
    assert done.stderr == ""
    return sorted(done.stdout.split("\n")[:-1])


TYPED = [
    (["di"], ["diff"]),
    ([""], [*COMMANDS, "--help", "--version", "--print-completion"]),
    (["--print-completion", ""], ["bash", "fish", "zsh"]),
    (["diff", "x*y", "--"], DIFF),
    (["diff", "x*y", "--order", ""], ["1", "2"]),
    (["diff", "x*y", "--json", "--o"], ["--order"]),  # which takes no word
    (["check", "--"], ["--help", "--order"]),
    (["check", "--order", ""], ["1", "2"]),
    (["demo", "t"], ["two-layer-network"]),
    (["demo", ""], [*DEMOS, "--help"]),
    (["ops", "log1"], ["log10", "log1p"]),
    (["ops", ""], [*TABLE, "--help"]),
    (["diff", "x", "--html", "a "], ["a page.html"]),
    (["diff", "x", "--svg", "b"], ["b.html"]),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a page.html").touch()
    (tmp_path / "b.html").touch()
    return tmp_path


# zsh's own widgets need a terminal: these print what they are given
ZSH = """
compdef() { }
_describe() { print -l -- "${(@P)2%%:*}" }
compadd() { shift; print -l -- "$@" }
_files() { print -l -- * }
"""


@pytest.mark.parametrize("shell", [pytest.param(x, marks=needs(x)) for x in ("bash", "zsh")])
@pytest.mark.parametrize(("typed", "offered"), TYPED, ids=[" ".join(typed) for typed, _ in TYPED])
def test_bash_and_zsh(
    shell: str,
    typed: list[str],
    offered: list[str],
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = " ".join(f"'{word}'" for word in ["autograd-lite", *typed])
    text = script(shell, capsys)
    if shell == "bash":
        asked = f"COMP_WORDS=({words}); COMP_CWORD={len(typed)}; _autograd_lite"
        printed = 'printf "%s\\n" "${COMPREPLY[@]}"'
        found = run("bash", "--norc", "-c", f"{text}\n{asked}\n{printed}", cwd=folder)
    else:
        asked = f"words=({words}); CURRENT={len(typed) + 1}; _autograd_lite"
        found = run("zsh", "-f", "-c", f"{ZSH}\n{text}\n{asked}", cwd=folder)
        found = [word for word in found if word.startswith(typed[-1])]  # which zsh itself does
    assert found == sorted(offered)


@needs("bash")
def test_bash_binds_it_to_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = script("bash", capsys) + "\ncomplete -p autograd-lite"
    found = run("bash", "--norc", "-c", text, cwd=tmp_path)
    assert found == ["complete -F _autograd_lite autograd-lite"]


@needs("zsh")
def test_zsh_binds_it_to_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = 'compdef() { print -l -- "$@" }\n' + script("zsh", capsys)
    assert run("zsh", "-f", "-c", text, cwd=tmp_path) == ["_autograd_lite", "autograd-lite"]


# fish shows other file names of a matching kind too, so it is asked for less
@needs("fish")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("di", ["diff"]),
        ("diff x --", DIFF),
        ("diff x --order ", ["1", "2"]),
        ("demo t", ["two-layer-network"]),
        ("demo ", DEMOS),
        ("ops log1", ["log10", "log1p"]),
        ("", COMMANDS),
        ("--print-completion ", ["bash", "fish", "zsh"]),
        ("diff x --html b", ["b.html"]),
    ],
)
def test_fish(
    typed: str, offered: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"{script('fish', capsys)}\ncomplete -C 'autograd-lite {typed}'"
    found = run("fish", "--no-config", "-c", text, cwd=folder)
    assert sorted(line.partition("\t")[0] for line in found) == sorted(offered)


@needs("fish")
def test_fish_shows_what_a_word_is_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = script("fish", capsys)
    for typed, shown in (
        ("di", "diff\tthe value and every derivative"),
        ("diff x --sv", "--svg\tdraw the graph (needs the extra: draw)"),
        ("--vers", "--version\tshow program's version number and exit"),
    ):
        asked = f"{text}\ncomplete -C 'autograd-lite {typed}'"
        assert run("fish", "--no-config", "-c", asked, cwd=folder) == [shown]


@needs("zsh")
def test_zsh_shows_what_a_word_is_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = 'compdef() { }\n_describe() { print -l -- "${(@P)2}" }\n' + script("zsh", capsys)
    for words, shown in (
        ("autograd-lite ''", "diff:the value and every derivative"),
        ("autograd-lite diff ''", "--svg:draw the graph (needs the extra: draw)"),
    ):
        asked = f"{text}\nwords=({words}); CURRENT=${{#words}}; _autograd_lite"
        assert shown in run("zsh", "-f", "-c", asked, cwd=folder)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_names_everything(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = script(shell, capsys)
    flags = [flag.removeprefix("--") for flag in DIFF]
    for word in [*COMMANDS, *flags, *DEMOS, *TABLE, "version"]:
        assert word in text


def test_another_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--print-completion", "csh"]) == 2
    assert "invalid choice: 'csh'" in capsys.readouterr().err
