"""Names of someone else's making, for the tests of pictures, pages, code, messages and files."""

from typing import Any

import autograd_lite as ag

# What may break out of XML, of DOT and its records, tooltips and HTML labels, of Python, of LLVM's
# text, of a format string, of a shell, or of a line of a terminal.
HOSTILE = [
    "<script>alert(1)</script>",
    '"><svg onload="alert(1)">',
    "]]><![CDATA[",
    "<!-- -->",
    "&lt;b&gt; &#60; &amp; &quot; &copy;",
    "<b>bold</b>",
    "<<table><tr><td href='javascript:x'>x</td></tr></table>>",
    "\\N \\G \\L \\E \\T \\H",
    "a\\lb\\rc\\n",
    "back\\",
    "back\\\\",
    '\\"',
    '"; n9 [label="x", URL="http://example.org"]; "',
    "{a|b} | {{c}} <port>",
    "a -> b; /* // #",
    "two\nlines",
    "\r\n\tv1 = 0\x0b\x0c",
    "nul\0 bell\x07 \x1b[31mred\x1b[0m\x7f\x85",
    "\u202egnp.exe\u202c \u2066\u200b\ufeff\u2028",
    "\ud800 \udfff \uffff \U0010ffff",
    "__import__('os').system('true')",
    "'''\nimport os\n'''",
    "x): return 0\ndef run(v",
    "{0} {names} {self.__class__} %s %n $PATH ${x}",
    "}\ndefine void @run() { ret void }",
    "$(true) `true`; | && > x",
    "../../etc/passwd",
    "−∂√学🙂",
    "n" * 1_000_000,
    "<&\\" * 300_000,
]


def named_primitive(text: str) -> Any:
    """A primitive of any name, however it came by it."""
    row = ag.primitive(lambda x: x * x, partials=[lambda x, y: 2.0 * x], name="plain")
    row.name = row.label = text
    return row
