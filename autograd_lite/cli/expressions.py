"""Parse expressions: `parse("x*y + sin(x)")` returns a function for floats and Values alike.

Python's own parser reads the text, so precedence is Python's, but nothing is executed as Python.
An expression consists of numbers, names, operators, conditions and calls of this package's
functions; anything else is an error that points to the place. Every number is a float, so
`9**9**9**9` is inf at once, and every operation has the value of its row in the table.
"""

import ast
import inspect
import math
import operator
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from .._util.text import count_columns, shown
from ..core import functions, table
from ..core.diagnostics import report_not_finite
from ..core.table import TABLE, Primitive

__all__ = ["CONSTANTS", "FUNCTIONS", "ExpressionError", "ParsedExpression", "parse", "suggest"]

MAX_LENGTH = 100_000  # characters; Python's parser needs 500 bytes of memory for each
MAX_DEPTH = 150  # a level takes two calls on Python's stack; its own parser stops at about 200

CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau, "inf": math.inf, "nan": math.nan}
# The public functions, and two that are built into Python. softmax returns a list, while an
# expression is one number.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(functions, name) for name in functions.__all__ if name != "softmax"},
    **{name: TABLE[name] for name in ("abs", "round")},
}

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: table.add,
    ast.Sub: table.sub,
    ast.Mult: table.mul,
    ast.Div: table.div,
    ast.FloorDiv: table.floordiv,
    ast.Mod: table.mod,
    ast.Pow: table.pow,
    ast.USub: table.neg,
    ast.UAdd: table.identity,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_HINTS = {"^": ": write ** for a power", "&": ": write and", "|": ": write or", "~": ": write not"}
_OTHER_NAMES = {"ln": "log", "max": "maximum", "min": "minimum", "arctan2": "atan2"}
_REFUSED: dict[type[ast.AST], str] = {
    ast.Attribute: "an attribute",
    ast.Subscript: "a subscript",
    ast.Lambda: "a lambda",
    ast.NamedExpr: "an assignment",
    ast.List: "a list outside sum, dot and similar",
    ast.Tuple: "a comma outside the arguments of a function",
    ast.Starred: "a leading star",
    ast.JoinedStr: "a text",
    ast.Dict: "a dictionary",
    ast.Set: "a set",
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), "a comprehension"),
}
_TOO_DEEP = f"nested too deeply: at most {MAX_DEPTH} levels; write a long sum as sum([a, b, ...])"

Part = Callable[[Mapping[str, Any]], Any]  # computes a part of an expression from the variables


class ExpressionError(ValueError):
    """An error in an expression, at the character `column` of `text`."""

    def __init__(self, message: str, text: str, column: int) -> None:
        super().__init__(message)
        self.text = text
        self.column = column

    def show_place(self) -> str:
        """Return the text around the error, and a line with a caret below the place."""
        start = max(0, self.column - 48)
        before, after = self.text[start : self.column], self.text[self.column : start + 70]
        line = ("…" if start else "") + shown(before, 70)
        rest = shown(after, 70) + ("…" if len(self.text) > start + 70 else "")
        return f"{line}{rest}\n{' ' * count_columns(line)}^"


class ParsedExpression:
    """A function from the values of the variables, by name, to the value of an expression.

    Attributes:
        text: the expression, on one line.
        names: the variables in order of appearance, each with its first column.

    >>> from autograd_lite import Value
    >>> from autograd_lite.cli.expressions import parse
    >>> f = parse("x*y if x > 0 else -x**2")
    >>> list(f.names), f({"x": 3.0, "y": 2.0}), f({"x": Value(-3.0), "y": 2.0})
    (['x', 'y'], 6.0, Value(-9.0))
    """

    def __init__(self, text: str, names: dict[str, int], compute: Part) -> None:
        self.text = text
        self.names = names
        self._compute = compute

    def __call__(self, values: Mapping[str, Any]) -> Any:
        return self._compute(values)


def parse(text: str) -> ParsedExpression:
    """Parse an expression.

    Arguments:
        text: at most 100,000 characters, nested at most 150 levels deep.

    Raises:
        ExpressionError: the text is not an expression, or contains something else.

    >>> parse("x*y + sin(x)")({"x": 0.0, "y": 3.0})
    0.0
    """
    if len(text) > MAX_LENGTH:
        message = f"an expression has at most {MAX_LENGTH:,} characters, not {len(text):,}"
        raise ExpressionError(message, text, MAX_LENGTH)
    # Line breaks become spaces, which have the same meaning inside parentheses and the same width.
    text = "".join([" " if c in "\t\n\r\f\v" else c for c in text]).strip(" ")
    if not text:
        raise ExpressionError("the expression is empty", "", 0)
    for column, character in enumerate(text):
        # Python ignores the text after a #; the others are invisible or half a character
        if character == "#" or not character.isprintable():
            message = f"the character {shown(character)} is not part of an expression"
            raise ExpressionError(message, text, column)
    reader = _Reader(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the reader refuses what gives a SyntaxWarning
            tree = ast.parse(text, mode="eval").body
        return ParsedExpression(text, reader.names, reader.read(tree))
    except SyntaxError as error:
        raise _explain(error, text) from None
    except (MemoryError, RecursionError):  # the stack of the parser or of the caller is full
        raise ExpressionError(_TOO_DEEP, text, 0) from None


def suggest(name: str, known: Iterable[str]) -> str:
    """Return ": did you mean sin?" for a misspelt name, or "" if no known name is similar."""
    import difflib  # imported here: it takes 5 ms

    known = list(known)
    other = _OTHER_NAMES.get(name)
    near = [other] if other in known else difflib.get_close_matches(name[:50], known, 1)
    return f": did you mean {near[0]}?" if near else ""


def _explain(error: SyntaxError, text: str) -> ExpressionError:
    """Return the error for a text that Python cannot parse."""
    message = error.msg.partition(";")[0].partition(" (<")[0]
    if "too many nested" in message:
        message = _TOO_DEEP
    elif message.endswith(" literal"):
        message = f"{message}: write * to multiply"
    offset = error.offset or 0
    if not 0 < offset <= len(text) and "limit" not in message:
        return ExpressionError("the expression ends too early", text, len(text))
    return ExpressionError(message, text, max(offset - 1, 0))


class _Reader:
    """A walk over the syntax tree of one expression, which turns each node into a function."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names: dict[str, int] = {}
        self._encoded = text.encode()  # the offsets in the tree count bytes of UTF-8
        self._depth = 0

    def read(self, node: Any) -> Part:
        """Return a function that computes the node from the values of the variables.

        Raises:
            ExpressionError: expressions have no such node, or it is nested too deeply.
        """
        read = getattr(self, f"_read_{type(node).__name__.lower()}", None)
        if read is None:
            raise self._refuse(node)
        if self._depth > MAX_DEPTH:
            raise self._error(_TOO_DEEP, node)
        self._depth += 1
        part: Part = read(node)
        self._depth -= 1
        return part

    def _read_constant(self, node: Any) -> Part:
        if type(node.value) not in (int, float):
            what = "a text" if isinstance(node.value, (str, bytes)) else repr(node.value)
            real = "real " if isinstance(node.value, complex) else ""
            raise self._error(f"{what} is not a {real}number", node)
        try:
            number = float(node.value)
        except OverflowError:  # an integer of more than 308 digits
            number = math.inf
        return lambda values: number

    def _read_name(self, node: ast.Name) -> Part:
        name = node.id
        if name in CONSTANTS:
            return lambda values: CONSTANTS[name]
        if name not in self.names:
            self.names[name] = self._find_column(node.col_offset)
        return lambda values: values[name]

    def _read_binop(self, node: ast.BinOp) -> Part:
        chain = []
        first: ast.expr = node
        while isinstance(first, ast.BinOp):  # no recursion, since a long sum is nested on its left
            chain.append(first)
            first = first.left
        start = self.read(first)
        steps = []
        for link in reversed(chain):
            f = self._find_operator(link.op, link.left.end_col_offset, link.right)
            steps.append((f, link, self.read(link.right)))

        def compute(values: Mapping[str, Any]) -> Any:
            x = start(values)
            for f, link, right in steps:
                x = self._apply(f, link, x, right(values))
            return x

        return compute

    def _read_unaryop(self, node: ast.UnaryOp) -> Part:
        operand = self.read(node.operand)
        if isinstance(node.op, ast.Not):
            return lambda values: 0.0 if operand(values) else 1.0
        f = self._find_operator(node.op, node.col_offset, node.operand)
        return lambda values: self._apply(f, node, operand(values))

    def _read_compare(self, node: ast.Compare) -> Part:
        first = self.read(node.left)
        links = []
        left = node.left
        for sign, right in zip(node.ops, node.comparators, strict=True):
            links.append((self._find_operator(sign, left.end_col_offset, right), self.read(right)))
            left = right

        def compute(values: Mapping[str, Any]) -> Any:
            x = first(values)
            for compare, right in links:
                y = right(values)
                result = compare(x, y)
                if right is links[-1][1] or not result:  # a < b < c computes c only if a < b
                    break
                x = y
            return float(result) if type(result) is bool else result

        return compute

    def _read_boolop(self, node: ast.BoolOp) -> Part:
        *parts, last = map(self.read, node.values)
        decisive = isinstance(node.op, ast.Or)

        def compute(values: Mapping[str, Any]) -> Any:
            for part in parts:
                x = part(values)
                if bool(x) == decisive:
                    return x
            return last(values)

        return compute

    def _read_ifexp(self, node: ast.IfExp) -> Part:
        body, test, orelse = map(self.read, (node.body, node.test, node.orelse))
        return lambda values: body(values) if test(values) else orelse(values)

    def _read_call(self, node: ast.Call) -> Part:
        name = self._get_function_name(node)
        if node.keywords:
            raise self._error(f"{name} takes no keyword arguments", node.keywords[0])
        f, row = FUNCTIONS[name], TABLE.get(name)
        lists = row is not None and row.arity is None
        least, most = _count_arguments(f)
        if not least <= len(node.args) <= most:
            count = f"{least}" if least == most else f"{least} or {most}"
            what = f"list{'s' * (most > 1)} of numbers" if lists else f"argument{'s' * (most > 1)}"
            hint = f": write {name}([a, b, ...])" if lists and most == 1 else ""
            raise self._error(f"{name} takes {count} {what}, not {len(node.args)}{hint}", node)
        parts = list(map(partial(self._read_elements, name) if lists else self.read, node.args))
        return lambda values: self._apply(f, node, *[part(values) for part in parts])

    def _read_elements(self, function: str, node: ast.expr) -> Part:
        if not isinstance(node, (ast.List, ast.Tuple)):
            raise self._error(f"{function} takes a list of numbers, such as [x, 2, 3]", node)
        parts = list(map(self.read, node.elts))
        return lambda values: [part(values) for part in parts]

    def _get_function_name(self, node: ast.Call) -> str:
        if type(node.func) in _REFUSED:
            raise self._refuse(node.func)
        if not isinstance(node.func, ast.Name):
            raise self._error("only functions can be called: write * to multiply", node)
        name = node.func.id
        if name in FUNCTIONS:
            return name
        if name == "softmax":
            raise self._error("softmax returns a list, but an expression is one number", node)
        hint = suggest(name, FUNCTIONS)
        if name in CONSTANTS or name in self.names or len(name) == 1:
            hint = f": write {name}*(...) to multiply"
        raise self._error(f"there is no function {shown(name, 40)}{hint}", node)

    def _find_operator(
        self, sign: ast.AST, start: int | None, right: ast.expr
    ) -> Callable[..., Any]:
        """Return the function of an operator, which is between an offset and an operand."""
        if type(sign) in _OPERATORS:
            return _OPERATORS[type(sign)]
        start = self._skip_brackets(start or 0)
        text = " ".join(self._encoded[start : right.col_offset].decode().rstrip(" (").split())
        message = f"{text!r} is not an operator on real numbers{_HINTS.get(text, '')}"
        raise self._error(message, start)

    def _apply(self, f: Callable[..., Any], node: ast.expr, *operands: Any) -> Any:
        try:
            result = f(*operands)
        except (TypeError, ValueError) as error:  # mean([]), dot([x], [])
            raise self._error(str(error), node) from None
        if type(result) is float and not math.isfinite(result):
            row = f if isinstance(f, Primitive) else TABLE.get(f.__name__)
            if row is not None and row.arity == len(operands):
                report_not_finite(row, operands, result)  # operations on Values do so themselves
        return result

    def _refuse(self, node: Any) -> ExpressionError:
        what = _REFUSED.get(type(node), type(node).__name__.lower())
        offset = node.col_offset
        if isinstance(node, (ast.Attribute, ast.Subscript, ast.NamedExpr)):
            left: Any = next(ast.iter_child_nodes(node))
            offset = self._skip_brackets(left.end_col_offset)
        return self._error(f"{what} is not part of an expression", offset)

    def _error(self, message: str, place: Any) -> ExpressionError:
        offset = place if isinstance(place, int) else place.col_offset
        return ExpressionError(message, self.text, self._find_column(offset))

    def _find_column(self, offset: int) -> int:
        return len(self._encoded[:offset].decode())

    def _skip_brackets(self, offset: int) -> int:
        """Return the offset of the operator after an operand that may be in parentheses."""
        return len(self._encoded) - len(self._encoded[offset:].lstrip(b" )"))


def _count_arguments(f: Callable[..., Any]) -> tuple[int, int]:
    """Return the smallest and the largest number of arguments of a function."""
    if isinstance(f, Primitive):
        return f.arity or 0, f.arity or 0
    parameters = inspect.signature(f).parameters.values()
    return sum(p.default is p.empty for p in parameters), len(parameters)
