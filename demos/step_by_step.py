"""Make a page that steps through the forward and backward pass of one neuron.

python demos/step_by_step.py
python demos/step_by_step.py --out neuron.html --picture neuron.png

Open the page in a browser: the space bar plays, the arrow keys step, a click on a node shows the
contributions to its gradient. --picture saves a step as a picture; it needs Playwright and
Chromium: pip install playwright
"""

import argparse
import shutil
import sys
from pathlib import Path

import autograd_lite as ag

STEP = 7  # the step that the picture shows


def neuron() -> ag.Value:
    """Return tanh(x1 w1 + x2 w2 + b), where every leaf and the result has a name."""
    x1, x2 = ag.Value(2.0, name="x1"), ag.Value(-1.0, name="x2")
    w1, w2, b = ag.Value(-0.5, name="w1"), ag.Value(1.0, name="w2"), ag.Value(1.75, name="b")
    n = x1 * w1 + x2 * w2 + b
    o = ag.tanh(n)
    n.name, o.name = "n", "o"
    return o


def photograph(page: Path, picture: Path) -> None:
    """Save a picture of one step, taken in a browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        sys.exit("the picture needs Playwright and Chromium: pip install playwright")

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        tab = browser.new_page(viewport={"width": 1280, "height": 680})
        tab.goto(page.resolve().as_uri())
        for _ in range(STEP):
            tab.keyboard.press("ArrowRight")
        tab.wait_for_timeout(500)  # wait for the animation to end
        tab.screenshot(path=picture)
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("neuron.html"), help="path of the page")
    parser.add_argument("--picture", type=Path, help="path of a picture of a step, in PNG")
    options = parser.parse_args()
    if options.out.suffix.lower() not in (".html", ".htm"):
        parser.error("--out must be a path that ends in .html")
    if options.picture and options.picture.suffix.lower() != ".png":
        parser.error("--picture must be a path that ends in .png")
    if not options.out.parent.is_dir():
        parser.error(f"--out: there is no folder {options.out.parent}")
    page = ag.explain(neuron(), options.out)
    print(f"Wrote {page}: open it in a browser.")
    if options.picture:
        photograph(page, options.picture)
        print(f"Wrote {options.picture}.")


if __name__ == "__main__":
    main()
