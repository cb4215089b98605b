"""The command line: what it prints, what it refuses, and how it behaves in a pipe."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import autograd_lite as ag
from tests.support.cases import loop_over
from tests.support.command_line import CHAIN_RULE, Run, process

ROOT = Path(__file__).resolve().parents[2]

# Errors


@loop_over(
    "arguments, error",
    [
        (["diff", "x", "x=1", "x=2"], "x is given twice: give each name one number"),
        (["diff", "ﬁ", "fi=1", "ﬁ=2"], "fi is given twice: give each name one number"),
        (["diff", "x", "x"], "'x' is not of the form NAME=NUMBER, such as x=2"),
        (["diff", "x", "2=x"], "'2=x' is not of the form NAME=NUMBER, such as x=2"),
        (["diff", "x", "if=2"], "'if=2' is not of the form NAME=NUMBER, such as x=2"),
        (["diff", "x", "a.b=2"], "'a.b=2' is not of the form NAME=NUMBER, such as x=2"),
        (["diff", "x", "e=2"], "e is a constant, 2.718281828459045: use another name"),
        (["diff", "", "x=1"], "the expression is empty"),
        (["ops", "sine"], "there is no operation sine: did you mean sin?"),
        (["ops", "max"], "there is no operation max: did you mean maximum?"),
        (["diff", "x", "-1"], "'-1' is not of the form NAME=NUMBER, such as x=2"),
        (
            ["diff"],
            "the following arguments are required: EXPRESSION (see autograd-lite diff --help)",
        ),
        (["ops", "sin", "cos"], "cos is a second name: ops takes at most one NAME"),
        (["diff", "x", "x=1", "--bad"], "there is no option --bad (see autograd-lite --help)"),
        (["diff", "x", "x=1", "--js"], "there is no option --js (see autograd-lite --help)"),
    ],
)
def test_a_wrong_call_is_an_error_with_exit_code_2(
    run: Run, arguments: list[str], error: str
) -> None:
    assert run(*arguments) == (2, "", f"autograd-lite: error: {error}\n")


@pytest.mark.parametrize(
    "arguments", [[], ["nope"], ["diff"], ["diff", "x", "--order", "3"], ["-x"]]
)
def test_a_call_that_argparse_refuses(run: Run, arguments: list[str]) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert re.fullmatch(r"autograd-lite: error: .* \(see autograd-lite.* --help\)\n", err)


def test_what_is_invisible_is_shown(run: Run) -> None:
    err = run("diff", "x + \x1b[31m", "x=1")[2]
    assert err.splitlines()[1:] == [r"  x + \x1b[31m", "      ^"]
    assert "\x1b" not in run("diff", "x", "\x1b=1")[2] + run("ops", "\x1b")[2]
    assert "\x1b" not in run("diff", "x", "--svg", "\x1b", "x=1")[2] + run("diff", "x", "--\x1b")[2]


# The documents


def console_blocks(text: str) -> list[tuple[str, str]]:
    """(command, what it prints) for every command of the program in the blocks of a document."""
    blocks = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    parts = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE)]
    pairs = [part.partition("\n") for part in parts if part.startswith("autograd-lite ")]
    return [(command, printed) for command, _, printed in pairs]


DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
SHOWN = [pair for path in DOCUMENTS for pair in console_blocks(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("command", "printed"), SHOWN)
def test_the_documents_show_what_is_printed(run: Run, command: str, printed: str) -> None:
    code, out, err = run(*shlex.split(command)[1:])
    assert (code, out.rstrip("\n"), err) == (0, printed.rstrip("\n"), "")


def test_the_documents_show_the_program() -> None:
    assert len(SHOWN) >= 1
    text = (
        "```console\n$ autograd-lite ops\nname\n$ autograd-lite --version\n1\n```\n```sh\nls\n```\n"
    )
    assert console_blocks(text) == [
        ("autograd-lite ops", "name\n"),
        ("autograd-lite --version", "1\n"),
    ]


# Help, and the process


def test_the_examples_of_the_help_run(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # one writes a page
    examples = []
    for command in ([], ["demo"]):
        assert max(map(len, run(*command, "--help")[1].splitlines())) <= 80
    for command in ("diff", "check", "ops"):
        code, out, _ = run(command, "--help")
        assert code == 0
        assert max(map(len, out.splitlines())) <= 80
        found = re.findall(r"^  autograd-lite (.*)$", out, re.MULTILINE)
        assert len(found) >= 2
        examples += found
    for example in examples:
        code, out, err = run(*shlex.split(example))
        assert (code, err) == (0, ""), example
        assert out


def test_the_version_is_the_package_s(run: Run) -> None:
    assert run("--version") == (0, f"autograd-lite {ag.__version__}\n", "")


def test_ctrl_c_ends_without_a_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("autograd_lite.cli.reports.list_operations", interrupted)
    assert run("ops") == (130, "", "")


def test_the_module_runs_as_a_process() -> None:
    done = process("diff", "x*y + sin(x)", "x=2", "y=3", env={**os.environ, "COLUMNS": "80"})
    assert (done.returncode, done.stdout, done.stderr) == (0, CHAIN_RULE, "")
    assert process("check", "floor(x)", "x=2").returncode == 1
    assert process("diff", "x").returncode == 2


# What is left in a buffer is written once more when Python ends; without a buffer nothing is.
BUFFERED = {key: text for key, text in os.environ.items() if key != "PYTHONUNBUFFERED"}


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["ops"], ["diff", "x", "x=1"], ["--help"]])
def test_a_closed_pipe_is_no_error(arguments: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "autograd_lite", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=BUFFERED, stdout=write, stderr=subprocess.PIPE
    ) as running:
        os.close(write)
        _, err = running.communicate()
    assert (running.returncode, err) == (0, b"")


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize("arguments", [["ops"], ["diff", "x", "x=1"]])
def test_a_full_disk_is_an_error(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "autograd_lite", *arguments]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command, cwd=ROOT, env=BUFFERED, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert re.fullmatch(r"autograd-lite: error: the output cannot be written: .*\n", done.stderr)


@pytest.mark.slow
def test_a_terminal_of_ascii_gets_escapes() -> None:
    done = process("ops", "sqrt", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert r"\u221a" in done.stdout


LOADED = """
import sys
from autograd_lite.cli.main import main
main(["diff", "x*y + sin(x)", "x=2", "y=3", "--order=2", "--json"])
foreign = {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names
print(sorted(name for name in foreign if name in ("numpy", "graphviz", "llvmlite", "hypothesis")))
"""


def test_diff_loads_the_standard_library_alone() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
