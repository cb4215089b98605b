"""How the documentation is built: `python -m sphinx -W -b html docs docs/_build`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

import autograd_lite

project = "autograd_lite"
author = "The autograd_lite authors"
copyright = author
release = version = autograd_lite.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
    "formulas",
    "names",
    "operations",
    "tutorial_pages",
]
exclude_patterns = ["_build", "**/README.md"]
nitpicky = True
smartquotes = False  # they are code's

# Pages are Markdown that also reads well where no Sphinx is: dollars for mathematics, and headings
# that can be linked to by the anchors that code hosts give them.
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 4

# Docstrings are plain text with names in backticks.
default_role = "code"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_inherit_docstrings = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 90
napoleon_numpy_docstring = False
napoleon_use_ivar = True  # a NamedTuple would describe its fields twice
add_module_names = False
toc_object_entries_show_parents = "hide"

# A build has no network, so names of other packages are not looked up; nor are the types in
# signatures, some of which are private. What a page links to by hand is: as `py:obj`.
nitpick_ignore_regex = [("py:.*", r"(?!autograd_lite\.).*"), ("py:class", r"autograd_lite\..*")]
linkcheck_ignore = [r"https?://.*"]

html_theme = "furo"
html_title = f"autograd_lite {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1d4ed8", "color-brand-content": "#1d4ed8"},
    "dark_css_variables": {"color-brand-primary": "#93b4ff", "color-brand-content": "#93b4ff"},
}
pygments_style = "friendly"
pygments_dark_style = "github-dark"

# Prompts and output are no part of what one copies.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
