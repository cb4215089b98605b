"""The step-by-step page as one HTML file: its parts put together, and what may run in it named.

What comes from outside, names above all, stands in the page as JSON; its script makes text of it.
"""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from ..core.value import Value
from .picture import picture_of
from .steps import describe


def page_of(root: Value, time_limit: float) -> str:
    order, data = describe(root)
    style, script, view, template = map(_text, ("page.css", "page.js", "view.js", "page.html"))
    script = view + script
    parts = {
        "POLICY": f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'",
        "STYLE": style,
        "SCRIPT": script,
        "PICTURE": picture_of(order, data, time_limit),
        "DATA": _inert(data),
    }
    # in one pass: what is put in is not searched
    return re.sub(r"\{\{([A-Z]+)\}\}", lambda found: parts[found[1]], template)


def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _inert(data: dict[str, Any]) -> str:
    """JSON that no HTML parser takes for markup; all beyond ASCII is escaped, U+2028 too."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return re.sub("[<>&]", lambda found: f"\\u{ord(found[0]):04x}", text)
