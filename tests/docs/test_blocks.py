"""Every Python block of the documents runs, and prints what its comments say it prints."""

import contextlib
import doctest
import importlib
import io
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest

import autograd_lite
from tests.support.cases import loop_over

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NEEDED = re.compile(r"\A(?:<!-- needs \w+ -->\n)+")
EXAMPLES_NEED = {"autograd_lite.symbolic.sympy": "sympy"}
PROMISED = re.compile(r"^print\(.*\)  # (.*)$", re.MULTILINE)
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(autograd_lite.__path__, "autograd_lite.")
    if module.name != "autograd_lite.__main__"
)


def run_blocks(text: str, name: str) -> int:
    """Run the blocks of one document in one namespace; returns how many there were.

    A line `print(...)  # 3.0` at the margin promises that the block prints `3.0` there.
    """
    namespace: dict[str, Any] = {"__name__": "__document__"}
    blocks = list(BLOCK.finditer(text))
    for block in blocks:
        # Blank lines in front, so that a traceback shows the document's own line number.
        source = "\n" * (text.count("\n", 0, block.start()) + 1) + block[1]
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(source, name, "exec"), namespace)
        promised = PROMISED.findall(block[1])
        if promised:
            assert out.getvalue().splitlines() == promised, f"{name}: {block[1]}"
    return len(blocks)


def needs(text: str) -> list[str]:
    """The modules that a document's first lines, `<!-- needs scipy -->`, say its blocks need."""
    head = NEEDED.match(text)
    return re.findall(r"needs (\w+)", head[0]) if head else []


@pytest.mark.slow
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_code_blocks_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = path.read_text(encoding="utf-8")
    for module in needs(text):
        pytest.importorskip(module)
    run_blocks(text, path.name)


def test_the_readme_has_blocks() -> None:
    assert len(BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))) >= 3


def test_what_a_document_needs_is_in_its_first_lines() -> None:
    assert needs("<!-- needs scipy -->\n<!-- needs torch -->\n# Title\n") == ["scipy", "torch"]
    assert needs("# Title\n<!-- needs scipy -->\n") == []


def test_a_wrong_promise_is_found() -> None:
    good = "```python\nprint(1 + 1)  # 2\n```\n"
    assert run_blocks(good, "good") == 1
    with pytest.raises(AssertionError, match="bad"):
        run_blocks(good.replace("# 2", "# 3"), "bad")


def run_examples(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


@loop_over("name", [name for name in MODULES if name not in EXAMPLES_NEED])
def test_docstring_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_examples(name)


@pytest.mark.parametrize("name", EXAMPLES_NEED)
def test_docstring_examples_run_with_what_they_need(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(EXAMPLES_NEED[name])
    monkeypatch.chdir(tmp_path)
    run_examples(name)
