"""Text from outside, as messages and pictures show it: on one line, visible, and not too long."""


def shown(text: str, most: int = 80) -> str:
    """The text's first `most` characters; what is invisible is written as its escape.

    Names reach terminals, logs and pictures: a control character would move the cursor there, a
    direction mark would show the rest backwards, and a lone surrogate cannot be encoded.

    >>> print(shown("two\\nlines"), shown("a\\u202eb"), shown("n" * 100, 3))
    two\\nlines a\\u202eb nnn…
    """
    visible = "".join(
        [c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:most]]
    )
    return visible + ("…" if len(text) > most else "")


def count(n: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it is one.

    >>> count(1, "node"), count(2000, "node")
    ('1 node', '2,000 nodes')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def columns_of(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    import unicodedata  # a large table, which plain text does not need

    wide = [2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text]
    return sum(0 if unicodedata.combining(c) else w for c, w in zip(text, wide, strict=True))
