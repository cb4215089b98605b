"""The files that the documentation names exist, so that a move of files mends the pages too."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "autograd_lite"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]

# core/value.py, tests/program/test_security*.py, jit/record/; the package's folder may be left out.
FOLDERS = "autograd_lite|core|arrays|transforms|symbolic|drawing|walkthrough|testing|jit|nn|cli"
PATH = re.compile(rf"(?<![\w./:-])((?:{FOLDERS}|demos|tests|docs|\.ci)/(?:[\w.*-]+/)*[\w.*-]*)")
MODULE = re.compile(r"python -m (tests(?:\.\w+)+)")
NAME = re.compile(r"`(\w+\.py)`")
WRITTEN = ("docs/_build", "docs/how-to/images")  # by the commands that name them


def missing_files(text: str) -> list[str]:
    """Return what `text` names and this project lacks: paths, modules of the tests, file names."""
    paths = [path.rstrip(".") for path in PATH.findall(text) if not path.startswith(WRITTEN)]
    paths += [name.replace(".", "/") + ".py" for name in MODULE.findall(text)]
    missing = [x for x in paths if not any([*ROOT.glob(x), *PACKAGE.glob(x)])]
    names = NAME.findall(text)
    return missing + [x for x in names if not any([*ROOT.glob(x), *PACKAGE.rglob(x)])]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_files_that_a_page_names_exist(page: Path) -> None:
    assert missing_files(page.read_text(encoding="utf-8")) == []


def test_what_is_missing_is_reported() -> None:
    assert missing_files("`core/value.py` and `core/valve.py`, in `jit/`.") == ["core/valve.py"]
    assert missing_files("python -m tests.nothing --slow") == ["tests/nothing.py"]
    assert missing_files("`value.py`, `setup.py`, `valve.py`") == ["valve.py"]
