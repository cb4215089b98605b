"""The tutorial's step-by-step pages, made anew at every build of the site."""

import importlib
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """What Sphinx calls."""
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write(app: Sphinx, error: Exception | None) -> None:
    """Put the pages beside those of the tutorial that link to them."""
    if error is None and app.builder.format == "html":
        folder = str(Path(app.srcdir) / "tutorial")
        if folder not in sys.path:
            sys.path.insert(0, folder)
        importlib.import_module("example_graphs").write_pages(Path(app.outdir) / "tutorial")
