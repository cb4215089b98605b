"""Make the tutorial's pictures, and its step-by-step pages.

python docs/tutorial/pictures.py                      # the SVGs, into docs/tutorial/images
python docs/tutorial/pictures.py --photographs        # and the PNGs: of the pages, in chromium
python docs/tutorial/pictures.py --pages folder       # the pages that a reader steps through
"""

import argparse
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import diagrams
import matplotlib
import plots
from example_graphs import GRAPHS, write_pages
from matplotlib.figure import Figure
from PIL import Image

FOLDER = Path(__file__).resolve().parent / "images"

STYLE = {
    "svg.hashsalt": "autograd_lite",  # the same names inside the file at every run
    "font.size": 10,
    "axes.edgecolor": "#7b8794",
    "text.color": plots.INK,
}


FIGURES: dict[str, Callable[[], Figure]] = {
    "slopes": plots.slopes,
    "stretch": diagrams.stretch,
    "sweeps": diagrams.sweeps,
    "descent": plots.descent,
    "matrices": diagrams.matrices,
    "two-layers": diagrams.two_layers,
    "training": plots.training,
    "flow": plots.flow,
}
# The step and the height of each page's photograph.
PHOTOGRAPHS = {"steps": (7, 620), "two-layers-steps": (24, 720)}


def svg_of(make: Callable[[], Figure]) -> str:
    """The figure as SVG text, letters as shapes: it looks the same wherever it is shown."""
    with matplotlib.rc_context(STYLE):
        out = io.StringIO()
        make().savefig(out, format="svg", metadata={"Date": None}, facecolor="white")
    # matplotlib leaves blanks at the ends of lines, which git shows in red
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def write_pictures(folder: Path, names: list[str]) -> list[Path]:
    """Write the SVGs of these names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        text = GRAPHS[name]() if name in GRAPHS else svg_of(FIGURES[name])
        (folder / f"{name}.svg").write_text(text, encoding="utf-8")
    return [folder / f"{name}.svg" for name in names]


def photograph(folder: Path, pages: list[Path]) -> list[Path]:
    """A picture of each page at its step, by a real browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for page in pages:
            step, height = PHOTOGRAPHS[page.stem]
            tab = browser.new_page(viewport={"width": 1180, "height": height})
            tab.goto(page.resolve().as_uri())
            for _ in range(step):
                tab.keyboard.press("ArrowRight")
            tab.wait_for_timeout(500)  # until what moves is where it goes
            # A palette makes the file half as large, and the page has few colours.
            picture = Image.open(io.BytesIO(tab.screenshot())).convert("RGB").quantize(128)
            picture.save(folder / f"{page.stem}.png", optimize=True)
        browser.close()
    return [folder / f"{page.stem}.png" for page in pages]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [*GRAPHS, *FIGURES]
    parser.add_argument("--out", type=Path, default=FOLDER, help="the folder of the pictures")
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", help="these alone")
    parser.add_argument("--pages", type=Path, help="write the step-by-step pages here, no pictures")
    parser.add_argument("--photographs", action="store_true", help="PNGs of the pages as well")
    options = parser.parse_args()
    if options.pages:
        written = write_pages(options.pages)
    else:
        written = write_pictures(options.out, options.only or names)
        if options.photographs:
            from tempfile import TemporaryDirectory

            with TemporaryDirectory() as folder:
                written += photograph(options.out, write_pages(Path(folder)))
    for path in written:
        print(path)


if __name__ == "__main__":
    main()
