"""The documentation in a real browser without a network: formulas, plots, and small screens.

It needs `pip install -e '.[docs,browser]'` and Chromium, as the step-by-step page's tests do;
without, every test here is skipped, visibly.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.support.built_site import built

for _name in ("sphinx", "furo", "myst_parser", "sphinx-mathjax-offline"):
    pytest.importorskip(_name, reason=f"{_name} is not installed")
pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.slow

# What a formula is before and after MathJax has seen it.
FORMULAS = """() => {
    const math = [...document.querySelectorAll(".math")].filter((x) => !x.closest("pre"));
    return {
        count: math.length,
        drawn: math.filter((x) => x.querySelector("mjx-container svg path, mjx-container svg use"))
            .length,
        // An unknown command is no error of MathJax's: it is shown in red.
        errors: document.querySelectorAll(
            '[data-mjx-error], [data-mml-node="merror"], [data-mml-node="mtext"][fill="red"]'
        ).length,
    };
}"""
# What reaches beyond the screen, and does not scroll by itself.
WIDE = """() => [...document.querySelectorAll("article *")]
    .filter((x) => x.matches("p, pre, table, img, dl, dt, h1, h2, .math"))
    .filter((x) => x.getBoundingClientRect().right > window.innerWidth + 1)
    .filter((x) => {
        for (let y = x; y && y.tagName !== "ARTICLE"; y = y.parentElement)
            if (["auto", "scroll"].includes(getComputedStyle(y).overflowX)) return false;
        return true;
    })
    .map((x) => x.outerHTML.slice(0, 200))"""
PAGES = ["index", "tutorial/chain-rule", "reference/operations", "reference/functions"]
PAGES += ["conventions", "inside", "coming-from/pytorch", "benchmarks", "contributing"]


@pytest.fixture(scope="module")
def site() -> Path:
    target, complaints = built()
    assert complaints == ""
    return target


class Tab:
    """A page in a tab of its own; what it asks of the network, and what it complains of."""

    def __init__(self, browser: Any, path: Path, width: int = 1280, scheme: str = "light") -> None:
        size = {"width": width, "height": 900}
        self.context = browser.new_context(viewport=size, color_scheme=scheme, offline=True)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("request", self._request)
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(path.as_uri())
        self.page.wait_for_load_state("load")

    def _request(self, request: Any) -> None:
        if not request.url.startswith(("file:", "data:")):
            self.complaints.append(f"asks for {request.url}")

    def close(self) -> None:
        self.context.close()


@pytest.mark.parametrize("name", ["tutorial/chain-rule", "reference/operations"])
def test_formulas_are_drawn_without_a_network(browser: Any, site: Path, name: str) -> None:
    tab = Tab(browser, site / f"{name}.html")
    tab.page.wait_for_function("() => window.MathJax?.startup?.promise !== undefined")
    tab.page.evaluate("() => MathJax.startup.promise.then(() => true)")
    found = tab.page.evaluate(FORMULAS)
    assert found["count"] > 10
    assert found["drawn"] == found["count"]
    assert found["errors"] == 0
    assert tab.complaints == []
    tab.close()


@pytest.mark.parametrize("wrong", [r"\fract", r"\frac{1}{2"])
def test_a_formula_that_is_wrong_is_found(browser: Any, site: Path, wrong: str) -> None:
    text = (site / "tutorial" / "chain-rule.html").read_text(encoding="utf-8")
    assert text.count(r"\frac") > 2
    planted = site / "tutorial" / "planted.html"
    planted.write_text(text.replace(r"\frac", wrong, 1), encoding="utf-8")
    tab = Tab(browser, planted)
    planted.unlink()
    tab.page.wait_for_function("() => window.MathJax?.startup?.promise !== undefined")
    tab.page.evaluate("() => MathJax.startup.promise.then(() => true)")
    found = tab.page.evaluate(FORMULAS)
    # Where braces do not match, MathJax leaves the text alone.
    assert found["errors"] + found["count"] - found["drawn"] == 1
    tab.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone(browser: Any, site: Path, name: str) -> None:
    tab = Tab(browser, site / f"{name}.html", width=390, scheme="dark")
    tab.page.wait_for_timeout(300)
    assert tab.page.evaluate(WIDE) == []
    broken = tab.page.evaluate(
        """async () => {
            const pictures = [...document.images];
            for (const x of pictures) x.loading = "eager";
            await Promise.all(pictures.map((x) => x.decode().catch(() => 0)));
            return pictures.filter((x) => x.naturalWidth === 0).map((x) => x.src);
        }"""
    )
    assert broken == []
    assert tab.complaints == []
    tab.close()


def test_a_page_that_is_too_wide_is_found(browser: Any, site: Path) -> None:
    tab = Tab(browser, site / "security.html", width=390)
    assert tab.page.evaluate(WIDE) == []
    tab.page.evaluate("() => { document.querySelector('article p').style.width = '800px'; }")
    assert len(tab.page.evaluate(WIDE)) == 1
    tab.close()
