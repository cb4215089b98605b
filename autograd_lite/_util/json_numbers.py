"""Write nested numbers as JSON and read them back exactly.

JSON has no nan and no infinity, so they are written as strings. Reading executes no code.
"""

import math
from typing import Any

_STRINGS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def write(state: Any) -> str:
    """Return the JSON of dicts, lists and tuples of numbers, strings, bools and None."""
    import json  # imported here: it takes milliseconds

    return json.dumps(_write_infinities(state), indent=1, allow_nan=False) + "\n"


def read(text: str) -> Any:
    """Return the structure that `write` wrote as `text`.

    Raises:
        ValueError: the text is not JSON, an object has a name twice, a number is too large for a
            float, or the nesting is too deep.
    """
    import json

    try:
        state = json.loads(text, parse_float=_parse_finite, object_pairs_hook=_build_dict)
        return _read_infinities(state)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply to be a saved network") from None


def compute_digest(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal."""
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


def _write_infinities(x: Any) -> Any:
    if isinstance(x, float):
        return x if math.isfinite(x) else str(x)
    if isinstance(x, dict):
        return {name: _write_infinities(item) for name, item in x.items()}
    return [_write_infinities(item) for item in x] if isinstance(x, list | tuple) else x


def _read_infinities(x: Any) -> Any:
    if isinstance(x, str):
        return _STRINGS.get(x, x)
    if isinstance(x, dict):
        return {name: _read_infinities(item) for name, item in x.items()}
    return [_read_infinities(item) for item in x] if isinstance(x, list) else x


def _parse_finite(text: str) -> float:
    x = float(text)
    if math.isinf(x):
        raise ValueError(f"the number {text:.40} is too large for a float")
    return x


def _build_dict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {repeated!r:.80} appears twice in one object")
    return dict(pairs)
