"""Mathematics without a network: one MathJax file that draws formulas as SVG, copied from PyPI.

Sphinx would load MathJax from a server. The package `sphinx-mathjax-offline` carries it; of its 24
megabytes one file is enough, since SVG output needs no fonts.
"""

import importlib.util
import shutil
from pathlib import Path
from typing import Any

SCRIPT = "tex-svg.js"


def mathjax() -> Path:
    """Return the path of the installed script."""
    # The package's name has hyphens, so no import statement can name it.
    spec = importlib.util.find_spec("sphinx-mathjax-offline")
    if spec is None or spec.origin is None:
        raise ImportError("mathematics needs MathJax: pip install -e . --group docs")
    return Path(spec.origin).parent / "static" / "mathjax" / SCRIPT


def copy_mathjax(app: Any, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        folder = Path(app.outdir) / "_static"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(mathjax(), folder / SCRIPT)


def setup(app: Any) -> dict[str, bool]:
    app.config.mathjax_path = SCRIPT
    # The menu would write to the browser's storage; the assistive MathML is for screen readers.
    app.config.mathjax3_config = {"options": {"enableMenu": False, "enableAssistiveMml": True}}
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
