"""The tutorial is complete: every page has code that keeps its word, a picture and an exercise."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.cases import loop_over

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "tutorial"
INDEX = (FOLDER / "index.md").read_text(encoding="utf-8")
ORDER = re.search(r"```\{toctree\}\n(?::.*\n)*\n([a-z\n-]+)```", INDEX)[1].split()  # type: ignore
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
SCRIPT = FOLDER / "pictures.py"
GRAPHS = ["chain", "graph", "graph-paths", "paths"]
STEPS = ["steps.html", "two-layers-steps.html"]

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROMISE = re.compile(r"^print\(.*\)  # .+$", re.MULTILINE)
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]*)\)")
SOLUTION = re.compile(
    r"^<details>\n<summary>Solution</summary>\n\n(.*?)\n\n</details>$", re.MULTILINE | re.DOTALL
)
SVG = "{http://www.w3.org/2000/svg}"


def run(*arguments: str, cwd: Path) -> list[Path]:
    """Run the script that makes the pictures; returns what it says it wrote."""
    command = [sys.executable, "-W", "error", str(SCRIPT), *arguments]
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return [Path(line) for line in result.stdout.splitlines()]


def texts_of(picture: Path) -> list[str]:
    """Every piece of text in an SVG, and every tooltip, whatever the layout."""
    root = ElementTree.parse(picture).getroot()
    titles = [element.get("{http://www.w3.org/1999/xlink}title") for element in root.iter()]
    words = [element.text for element in root.iter(f"{SVG}text")]
    return sorted(text for text in (*titles, *words) if text)


def test_the_index_lists_every_page() -> None:
    assert sorted([*ORDER, "index"]) == sorted(TEXTS)
    for name in ORDER:
        title = TEXTS[name].partition("\n")[0].removeprefix("# ")
        assert f"[{title}]({name}.md)" in INDEX


@loop_over("name", ORDER)
def test_a_page_has_code_a_picture_and_an_exercise(name: str) -> None:
    text = TEXTS[name]
    assert re.match(r"# \S", text)
    assert PICTURE.search(text)
    exercises = re.findall(r"^\*\*\d\.\*\* ", text.partition("## Exercises")[2], re.MULTILINE)
    solutions = SOLUTION.findall(text)
    assert len(exercises) == len(solutions) > 0
    assert any(PROMISE.search(block) for solution in solutions for block in BLOCK.findall(solution))


@loop_over("name", sorted(TEXTS))
def test_everything_printed_is_promised(name: str) -> None:
    for block in BLOCK.findall(TEXTS[name]):
        assert block.count("print(") == len(PROMISE.findall(block)), block


@loop_over("name, after", [*pairwise(ORDER)])
def test_a_page_leads_to_the_next(name: str, after: str) -> None:
    title = TEXTS[after].partition("\n")[0].removeprefix("# ")
    assert f"\nNext: [{title}]({after}.md)\n" in TEXTS[name]


def test_pictures_are_there_small_and_described() -> None:
    shown = {}
    for text in TEXTS.values():
        for description, target in PICTURE.findall(text):
            assert len(description) > 20
            shown[FOLDER / target] = target
    assert set(shown) == set((FOLDER / "images").iterdir())
    for path in shown:
        assert 1000 < path.stat().st_size < 100_000, path


@pytest.mark.slow
def test_the_pictures_of_graphs_are_those_of_today(tmp_path: Path) -> None:
    for path in run("--out", "made", "--only", *GRAPHS, cwd=tmp_path):
        kept = texts_of(FOLDER / "images" / path.name)
        assert texts_of(tmp_path / path) == kept
        assert len(kept) > 10


@pytest.mark.slow
def test_the_other_pictures_are_made_whole(tmp_path: Path) -> None:
    # `training` trains for seconds, and its numbers are tested with the demo.
    kept = {path.stem for path in (FOLDER / "images").glob("*.svg")} - {"training", *GRAPHS}
    made = run("--out", "made", "--only", *sorted(kept), cwd=tmp_path)
    assert {path.stem for path in made} == kept
    for path in made:
        paths = list(ElementTree.parse(tmp_path / path).getroot().iter(f"{SVG}path"))
        assert len(paths) > 20


@pytest.mark.slow
def test_pages_to_step_through(tmp_path: Path) -> None:
    pages = run("--pages", ".", cwd=tmp_path)
    assert [path.name for path in pages] == STEPS
    linked = sorted(re.findall(r'<a href="([^"]*)">', "".join(TEXTS.values())))
    assert linked == STEPS
    for path in pages:
        text = (tmp_path / path).read_text(encoding="utf-8")
        assert "<svg" in text
        assert len(text) < 300_000
