"""Prepare texts for messages, tables and pictures."""


def shown(text: str, most: int = 80) -> str:
    """Return at most `most` characters of a text, with invisible ones replaced by their escapes.

    Names from outside reach terminals, logs and pictures, where a control character would move the
    cursor and a direction mark would reverse the rest; a lone surrogate cannot even be encoded.

    >>> print(shown("two\\nlines"), shown("a\\u202eb"), shown("n" * 100, 3))
    two\\nlines a\\u202eb nnn…
    """
    visible = "".join(
        [c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:most]]
    )
    return visible + ("…" if len(text) > most else "")


def count(n: int, noun: str) -> str:
    """Return a number with a noun in the singular or the plural.

    >>> count(1, "node"), count(2000, "node")
    ('1 node', '2,000 nodes')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def count_columns(text: str) -> int:
    """Return the width of a text in a terminal, in columns."""
    if text.isascii():
        return len(text)
    import unicodedata  # imported here: it is large, and ASCII does not need it

    wide = [2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text]
    return sum(0 if unicodedata.combining(c) else w for c, w in zip(text, wide, strict=True))
