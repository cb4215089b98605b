"""The documentation builds without a warning, has every name once, and no link leads nowhere.

It needs `pip install -e . --group docs`; without, every test here is skipped, visibly.
"""

import re
import runpy
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

import autograd_lite as ag
from autograd_lite.core.table import TABLE
from tests.support.built_site import ROOT, broken_links, build, built, loaded_from_outside, page

for _name in ("sphinx", "furo", "myst_parser", "sphinx-mathjax-offline"):
    pytest.importorskip(_name, reason=f"{_name} is not installed")
pytestmark = pytest.mark.slow

BLOCK = re.compile(r"^```py\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROMISED = re.compile(r"^ *print\(.*\)  # (.*)$", re.MULTILINE)
PEERS = [
    (path.name, block)
    for path in sorted((ROOT / "docs" / "coming-from").glob("*.md"))
    for block in BLOCK.findall(path.read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module")
def site() -> Path:
    target, complaints = built()
    assert complaints == ""
    return target


def public_names() -> list[str]:
    names = []
    for name in ag.__all__:
        thing = getattr(ag, name)
        inner = thing.__all__ if isinstance(thing, ModuleType) else None
        names += [f"{name}.{x}" for x in inner] if inner is not None else [name]
    return [f"autograd_lite.{name}" for name in names]


def test_every_public_name_is_in_the_reference_once(site: Path) -> None:
    counts = Counter(x for path in site.rglob("*.html") for x in page(path).anchors)
    assert {name: counts[name] for name in public_names() if counts[name] != 1} == {}


def test_every_document_is_reached_from_the_first_page(site: Path) -> None:
    wanted = {path for path in site.rglob("*.html") if path.stem not in ("search", "genindex")}
    seen, queue = set(), [site / "index.html"]
    while queue:
        path = queue.pop()
        if path in seen or path.suffix != ".html":
            continue
        seen.add(path)
        links = [link.partition("#")[0] for link in page(path).links if "://" not in link]
        queue += [(path.parent / link).resolve() for link in links if link]
    assert len(wanted) > 30
    assert wanted - seen == {site / "py-modindex.html"}


def test_every_row_of_the_table_is_there_with_a_plot(site: Path) -> None:
    operations = page(site / "reference" / "operations.html")
    for name in TABLE:
        assert f"../_static/operations/{name}.svg" in operations.loads
        svg = (site / "_static" / "operations" / f"{name}.svg").read_text(encoding="utf-8")
        assert svg.count("<path") > 2


def test_docstrings_are_shown_as_they_are_meant(site: Path) -> None:
    """No backslash before a star in code or output; a NamedTuple's fields are described once."""
    for path in sorted(site.glob("reference/*.html")):
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"<(?:code|span)[^>]*>[^<]*\\\*", text) == [], path.name
        assert "Alias for field number" not in text, path.name


def test_no_link_leads_nowhere(site: Path) -> None:
    assert broken_links(site) == []


def test_nothing_is_loaded_from_outside(site: Path) -> None:
    assert loaded_from_outside(site) == []


def test_broken_links_and_loads_are_found(tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text(
        '<p id="here"><a href="two.html">1</a> <a href="#there">2</a> <a href="#here">3</a>'
        '<a href="https://example.org">4</a><script src="https://example.org/x.js"></script>'
    )
    assert broken_links(tmp_path) == ["one.html: two.html", "one.html: #there"]
    assert loaded_from_outside(tmp_path) == ["https://example.org/x.js"]


def test_a_warning_fails_the_build(tmp_path: Path) -> None:
    source = tmp_path / "docs"
    source.mkdir()
    (source / "conf.py").write_text('extensions = ["myst_parser"]\n')
    (source / "index.md").write_text("# One\n\n[two](two.md)\n")
    complaints = build(source, tmp_path / "html")
    assert "two.md" in complaints
    assert "exit code 1" in complaints


@pytest.mark.parametrize(("name", "block"), PEERS, ids=[name for name, _ in PEERS])
def test_what_is_said_of_others_is_so(
    name: str, block: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in re.findall(r"^(?:from|import) ([\w.]+)", block, re.MULTILINE):
        pytest.importorskip(module, reason=f"{module} is not installed")
    exec(compile(block, name, "exec"), {})
    assert capsys.readouterr().out.splitlines() == PROMISED.findall(block)


def test_the_pictures_are_those_that_the_script_draws() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "pictures.py"))
    for name, svg in script["pictures"]().items():
        kept = (script["FOLDER"] / f"{name}.svg").read_text(encoding="utf-8")
        # Another version of Graphviz may place them elsewhere.
        texts = [sorted(re.findall(r"<text[^>]*>(.*?)</text>", x)) for x in (svg, kept)]
        assert texts[0] == texts[1], name
        assert len(texts[0]) > 5


def test_the_citation_is_valid_and_of_this_version() -> None:
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {ag.__version__}\n" in text
    assert ag.__version__ in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    pytest.importorskip("cffconvert.citation", reason="cffconvert is not installed")
    from cffconvert.citation import Citation

    Citation(text).validate()
