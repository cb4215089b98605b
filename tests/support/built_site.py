"""The documentation, built once for the tests that read it, and what its pages hold."""

import atexit
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parents[2]
# Tags and attributes that make a browser load something.
LOADED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("link", "href")}


def build(source: Path, target: Path) -> str:
    """Build the HTML of `source`, where a warning is an error; returns the complaints."""
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-E", "-b", "html"]
    with tempfile.TemporaryDirectory() as folder:
        # A checkout may hold the core compiled by mypyc, whose methods have no docstrings.
        shutil.copytree(
            ROOT / "autograd_lite",
            Path(folder) / "autograd_lite",
            ignore=shutil.ignore_patterns("*.so", "__pycache__"),
        )
        options = ["-d", str(Path(folder) / "doctrees")]
        run = subprocess.run(
            [*command, *options, str(source), str(target)],
            capture_output=True,
            text=True,
            cwd=folder,
        )
    return run.stderr + ("" if run.returncode == 0 else f"exit code {run.returncode}")


@cache
def built() -> tuple[Path, str]:
    """The documentation's HTML, built once for all tests of a process, and the complaints."""
    folder = tempfile.mkdtemp(prefix="autograd_lite-docs-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    target = Path(folder) / "html"
    return target, build(ROOT / "docs", target)


class Page(HTMLParser):
    """The anchors of a page, its links, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value is None:
                continue
            if name == "id":
                self.anchors.append(value)
            elif tag == "a" and name == "href":
                self.links.append(value)
            elif (tag, name) in LOADED and ("rel", "canonical") not in attrs:
                self.loads.append(value)


@cache
def page(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def broken_links(site: Path) -> list[str]:
    """Every link within the site that leads nowhere: a missing file, or a missing anchor."""
    found = []
    for path in sorted(site.rglob("*.html")):
        for link in [*page(path).links, *page(path).loads]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file():
                found.append(f"{path.relative_to(site)}: {link}")
            elif parts.fragment and target.suffix == ".html":
                anchors = page(target).anchors
                if unquote(parts.fragment) not in [*anchors, "top"]:
                    found.append(f"{path.relative_to(site)}: {link}")
    return found


def loaded_from_outside(site: Path) -> list[str]:
    """What pages and style sheets would load over a network."""
    found = []
    for path in sorted(site.rglob("*.html")):
        found += [load for load in page(path).loads if urlsplit(load).scheme not in ("", "data")]
    for path in sorted(site.rglob("*.css")):
        found += re.findall(r"url\(['\"]?(https?:[^)]*)\)", path.read_text(encoding="utf-8"))
    return found
