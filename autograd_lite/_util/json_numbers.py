"""Nested numbers as JSON, every float exactly; nan and infinities as strings, since JSON has none.

Nothing in such a text can run.
"""

import math
from typing import Any

_STRINGS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def write(state: Any) -> str:
    """Return dicts, lists and tuples of numbers, strings, bools and None as a text."""
    import json  # here, since it takes milliseconds

    return json.dumps(_without_infinities(state), indent=1, allow_nan=False) + "\n"


def read(text: str) -> Any:
    """Return what `write` wrote.

    Raises:
        ValueError: the text is no JSON, names something twice, holds a number too large for a
            float, or is nested too deeply.
    """
    import json

    try:
        state = json.loads(text, parse_float=_finite, object_pairs_hook=_unique)
        return _with_infinities(state)
    except RecursionError:
        raise ValueError("nested too deeply to be a saved network") from None


def digest(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


def _without_infinities(x: Any) -> Any:
    if isinstance(x, float):
        return x if math.isfinite(x) else str(x)
    if isinstance(x, dict):
        return {name: _without_infinities(item) for name, item in x.items()}
    return [_without_infinities(item) for item in x] if isinstance(x, list | tuple) else x


def _with_infinities(x: Any) -> Any:
    if isinstance(x, str):
        return _STRINGS.get(x, x)
    if isinstance(x, dict):
        return {name: _with_infinities(item) for name, item in x.items()}
    return [_with_infinities(item) for item in x] if isinstance(x, list) else x


def _finite(text: str) -> float:
    x = float(text)
    if math.isinf(x):
        raise ValueError(f"the number {text:.40} is too large for a float")
    return x


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands there twice")
    return found
