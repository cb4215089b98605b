"""Assemble the step-by-step page as one HTML file with a content security policy.

Text from outside, such as names, is in the page as JSON, and the script inserts it as text.
"""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from ..core.value import Value
from .picture import draw_picture
from .steps import describe


def build_page(root: Value, time_limit: float) -> str:
    """Return the HTML text of the page for `root`."""
    order, data = describe(root)
    style, script, view, template = map(_read, ("page.css", "page.js", "view.js", "page.html"))
    script = view + script
    parts = {
        "POLICY": f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
        "STYLE": style,
        "SCRIPT": script,
        "PICTURE": draw_picture(order, data, time_limit),
        "DATA": _encode(data),
    }
    # a single pass, so that a name such as "{{SCRIPT}}" in the data is not replaced
    return re.sub(r"\{\{([A-Z]+)\}\}", lambda match: parts[match[1]], template)


def _read(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _encode(data: dict[str, Any]) -> str:
    """Return JSON in ASCII, with escapes for the characters that HTML could read as markup."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return re.sub("[<>&]", lambda match: f"\\u{ord(match[0]):04x}", text)
