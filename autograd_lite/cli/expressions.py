"""Formulas as text: `parse("x*y + sin(x)")` gives what computes them, on floats and Values alike.

The text is an expression of Python, so precedence is Python's, and Python's own parser reads it;
but nothing of it is ever run as Python. What is not a number, a name, an operator, a condition or a
call of one of this package's functions is refused, with the place. Every number is a float, so
`9**9**9**9` is inf at once, and every operation has the value of its row in the table.

The tree is flattened to a list of steps for a stack machine: nothing here recurses.
"""

import ast
import math
import operator
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .._util.text import columns_of, shown
from ..core import contexts, functions, table
from ..core.table import TABLE, Primitive
from .steps import Label, Step, compared, gather, jump, jump_unless, keep, load, negated, push, run

__all__ = ["CONSTANTS", "FUNCTIONS", "Expression", "ExpressionError", "nearest", "parse"]

MAX_LENGTH = 100_000
"""Characters of an expression: Python's parser takes 500 bytes of memory for each."""

CONSTANTS = {
    "pi": math.pi,
    "e": math.e,
    "tau": math.tau,
    "inf": math.inf,
    "nan": math.nan,
}

# softmax gives a list, and an expression is one number. Python's own `abs` and `round` work on a
# Value, by these rows.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(functions, name) for name in functions.__all__ if name != "softmax"},
    "abs": table.fabs,
    "round": table.rint,
}

_BINARY: dict[type[ast.operator], Primitive] = {
    ast.Add: table.add,
    ast.Sub: table.sub,
    ast.Mult: table.mul,
    ast.Div: table.div,
    ast.FloorDiv: table.floordiv,
    ast.Mod: table.mod,
    ast.Pow: table.pow,
}
_UNARY: dict[type[ast.unaryop], Primitive] = {
    ast.USub: table.neg,
    ast.UAdd: table.identity,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_OTHER_OPERATORS: dict[type[ast.AST], str] = {
    ast.BitXor: "^",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.MatMult: "@",
    ast.Is: "is",
    ast.IsNot: "is",
    ast.In: "in",
    ast.NotIn: "not",
    ast.Invert: "~",
}
_HINTS = {"^": ": write ** for a power", "&": ": write and", "|": ": write or", "~": ": write not"}
_OTHER_NAMES = {"ln": "log", "max": "maximum", "min": "minimum", "arctan2": "atan2"}
_REFUSED: dict[type[ast.AST], str] = {
    ast.Attribute: "an attribute",
    ast.Subscript: "a subscript",
    ast.Lambda: "a lambda",
    ast.NamedExpr: "an assignment",
    ast.List: "a list outside of sum, dot and kin",
    ast.Tuple: "a comma outside of a function's arguments",
    ast.Starred: "a star in front",
    ast.JoinedStr: "a text",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.Dict: "a dictionary",
    ast.Set: "a set",
}


class ExpressionError(ValueError):
    """What is wrong with an expression, and where: `column` counts characters of `text`."""

    def __init__(self, message: str, text: str, column: int) -> None:
        super().__init__(message)
        self.text = text
        self.column = column

    def pointed(self) -> str:
        """The text around the place, and below it a caret under the place."""
        start = max(0, self.column - 48)
        before, after = self.text[start : self.column], self.text[self.column : start + 70]
        line = ("…" if start else "") + shown(before, 70)
        rest = shown(after, 70) + ("…" if len(self.text) > start + 70 else "")
        return f"{line}{rest}\n{' ' * columns_of(line)}^"


class Expression:
    """A parsed expression, called with the values of its variables.

    Attributes:
        text: what was parsed, on one line.
        names: its variables in order of appearance, each with the column where it appears first.

    >>> from autograd_lite import Value
    >>> from autograd_lite.cli.expressions import parse
    >>> f = parse("x*y if x > 0 else -x**2")
    >>> list(f.names), f({"x": 3.0, "y": 2.0}), f({"x": Value(-3.0), "y": 2.0})
    (['x', 'y'], 6.0, Value(-9.0))
    """

    def __init__(self, text: str, steps: list[Step], names: dict[str, int]) -> None:
        self.text = text
        self.names = names
        self._steps = steps

    def __call__(self, values: Mapping[str, Any]) -> Any:
        return run(self._steps, values)


def parse(text: str) -> Expression:
    """Read an expression.

    Raises:
        ExpressionError: it is none, or holds what an expression may not hold.
    """
    if len(text) > MAX_LENGTH:
        message = f"an expression has at most {MAX_LENGTH:,} characters, not {len(text):,}"
        raise ExpressionError(message, text, MAX_LENGTH)
    # Column for column: a line break is a space like another, as inside of parentheses.
    text = "".join([" " if c in "\t\n\r\f\v" else c for c in text]).strip(" ")
    if not text:
        raise ExpressionError("the expression is empty", "", 0)
    for column, character in enumerate(text):
        # Python drops what follows a #; the others are invisible, and may be half of a character
        if character == "#" or not character.isprintable():
            message = f"the character {shown(character)} is not part of an expression"
            raise ExpressionError(message, text, column)
    return _Compiler(text).compiled(_tree(text))


def nearest(name: str, known: Iterable[str]) -> str:
    """`: did you mean sin?` for a name that is not known; nothing where none is near."""
    import difflib  # 5 ms that only a mistake costs

    known = list(known)
    other = _OTHER_NAMES.get(name)
    near = [other] if other in known else difflib.get_close_matches(name[:50], known, 1)
    return f": did you mean {near[0]}?" if near else ""


def _tree(text: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SyntaxWarning: what is odd in Python is refused here
            return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise _explained(error, text) from None
    except (MemoryError, RecursionError):  # what the parser raises where its own stack is full
        raise ExpressionError(
            "nested too deeply for Python's parser: break it up, and write a long sum as "
            "sum([a, b, ...])",
            text,
            0,
        ) from None


def _explained(error: SyntaxError, text: str) -> ExpressionError:
    message = error.msg.partition(";")[0].partition(" (<")[0]
    if "too many nested" in message:
        message = f"{message}: Python's parser takes 200 levels"
    elif message.endswith(" literal"):
        message = f"{message}: write * to multiply"
    offset = error.offset or 0
    if not 0 < offset <= len(text) and "limit" not in message:
        return ExpressionError("the expression ends too early", text, len(text))
    return ExpressionError(message, text, max(offset - 1, 0))


def _arguments(f: Callable[..., Any]) -> tuple[int, int]:
    """How many arguments a function takes: at least, at most."""
    if isinstance(f, Primitive):
        return f.arity or 0, f.arity or 0
    most: int = f.__code__.co_argcount
    return most - len(f.__defaults__ or ()), most


class _Compiler:
    """Flattens one tree: each node becomes nodes and steps, until there are steps alone."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names: dict[str, int] = {}
        self._encoded = text.encode()

    def compiled(self, tree: ast.expr) -> Expression:
        steps: list[Step] = []
        waiting: list[Any] = [tree]
        while waiting:
            item = waiting.pop()
            if isinstance(item, Label):
                item.number = len(steps)
            elif isinstance(item, ast.AST):
                waiting += reversed(self._parts(item))
            else:
                steps.append(item)
        return Expression(self.text, steps, self.names)

    def _column(self, offset: int) -> int:
        # the tree counts bytes of UTF-8
        if len(self._encoded) == len(self.text):
            return offset
        return len(self._encoded[:offset].decode())

    def _error(self, message: str, node: Any) -> ExpressionError:
        return ExpressionError(message, self.text, self._column(node.col_offset))

    def _error_between(
        self, message: str, sign: str, left: int, right: int | None
    ) -> ExpressionError:
        """At the first `sign` between two byte offsets."""
        found = self._encoded.find(sign.encode(), left, right)
        return ExpressionError(message, self.text, self._column(left if found < 0 else found))

    def _parts(self, node: Any) -> list[Any]:
        """Nodes, steps and labels that together do what the node says, in order."""
        match node:
            case ast.Constant():
                return [push(self._number(node))]
            case ast.Name():
                return [self._name(node)]
            case ast.BinOp():
                return self._binary(node)
            case ast.UnaryOp():
                return self._unary(node)
            case ast.Compare():
                return self._comparison(node)
            case ast.BoolOp():
                return self._and_or(node)
            case ast.IfExp():
                orelse, end = Label(), Label()
                chosen = [node.test, jump_unless(orelse), node.body, jump(end)]
                return [*chosen, orelse, node.orelse, end]
            case ast.Call():
                return self._call(node)
        raise self._refused(node)

    def _number(self, node: ast.Constant) -> float:
        x = node.value
        if type(x) is complex:
            raise self._error(f"{x!r} is not a real number", node)
        if type(x) is not int and type(x) is not float:
            what = "a text" if isinstance(x, (str, bytes)) else repr(x)
            raise self._error(f"{what} is not a number", node)
        try:
            return float(x)
        except OverflowError:  # as 1e999
            return math.inf

    def _name(self, node: ast.Name) -> Step:
        if node.id in CONSTANTS:
            return push(CONSTANTS[node.id])
        if node.id not in self.names:
            self.names[node.id] = self._column(node.col_offset)
        return load(node.id)

    def _binary(self, node: ast.BinOp) -> list[Any]:
        if type(node.op) not in _BINARY:
            raise self._refused_operator(
                node.op, node.left.end_col_offset or 0, node.right.col_offset
            )
        return [node.left, node.right, self._apply(_BINARY[type(node.op)], 2, node)]

    def _unary(self, node: ast.UnaryOp) -> list[Any]:
        if isinstance(node.op, ast.Not):
            return [node.operand, negated]
        if type(node.op) not in _UNARY:
            raise self._refused_operator(node.op, node.col_offset, node.end_col_offset)
        return [node.operand, self._apply(_UNARY[type(node.op)], 1, node)]

    def _comparison(self, node: ast.Compare) -> list[Any]:
        """`a < b < c` is false without a look at c where a < b is false."""
        end = Label()
        parts: list[Any] = [node.left]
        before = node.left
        for sign, operand in zip(node.ops, node.comparators, strict=True):
            if type(sign) not in _COMPARISONS:
                raise self._refused_operator(sign, before.end_col_offset or 0, operand.col_offset)
            last = operand is node.comparators[-1]
            parts += [operand, compared(_COMPARISONS[type(sign)], None if last else end)]
            before = operand
        return [*parts, end]

    def _and_or(self, node: ast.BoolOp) -> list[Any]:
        end = Label()
        kept = keep(isinstance(node.op, ast.Or), end)
        first, *rest = node.values
        return [first, *[part for value in rest for part in (kept, value)], end]

    def _call(self, node: ast.Call) -> list[Any]:
        name = self._called(node)
        f = FUNCTIONS[name]
        for keyword in node.keywords:
            raise self._error(f"{name} takes its arguments in order, without names", keyword)
        row = TABLE.get(name)
        lists = row is not None and row.arity is None
        least, most = _arguments(f)
        if not least <= len(node.args) <= most:
            count = f"{least}" if least == most else f"{least} or {most}"
            what = f"list{'s' * (most > 1)} of numbers" if lists else f"argument{'s' * (most > 1)}"
            hint = f": write {name}([a, b, ...])" if lists and most == 1 else ""
            raise self._error(f"{name} takes {count} {what}, not {len(node.args)}{hint}", node)
        parts: list[Any] = []
        for argument in node.args:
            if not lists:
                parts.append(argument)
                continue
            if not isinstance(argument, (ast.List, ast.Tuple)):
                raise self._error(f"{name} takes a list of numbers, such as [x, 2, 3]", argument)
            parts += [*argument.elts, gather(len(argument.elts))]
        return [*parts, self._apply(f, len(node.args), node)]

    def _called(self, node: ast.Call) -> str:
        """The name of the function that is called."""
        if not isinstance(node.func, ast.Name):
            if type(node.func) in _REFUSED:
                raise self._refused(node.func)
            raise self._error(
                "only a function by its name can be called: write * to multiply", node
            )
        name = node.func.id
        if name in FUNCTIONS:
            return name
        if name == "softmax":
            raise self._error("softmax gives a list, and an expression is one number", node)
        hint = nearest(name, FUNCTIONS)
        if name in CONSTANTS or name in self.names or len(name) == 1:
            hint = f": write {name}*(...) to multiply"
        raise self._error(f"there is no function {shown(name, 40)}{hint}", node)

    def _apply(self, f: Callable[..., Any], count: int, node: Any) -> Step:
        row = f if isinstance(f, Primitive) else TABLE.get(f.__name__)

        def step(stack: list[Any], values: Mapping[str, Any]) -> None:
            operands = stack[-count:]
            try:
                result = f(*operands)
            except (TypeError, ValueError) as error:  # mean([]), dot([x], [])
                raise self._error(str(error), node) from None
            if type(result) is float and result - result != 0.0 and row and row.arity == count:
                contexts.not_finite(row, operands, result)  # which only Values do by themselves
            stack[-count:] = [result]

        return step

    def _refused_operator(self, sign: ast.AST, left: int, right: int | None) -> ExpressionError:
        text = _OTHER_OPERATORS[type(sign)]
        message = f"{text!r} is not an operator on real numbers{_HINTS.get(text, '')}"
        return self._error_between(message, text, left, right or left)

    def _refused(self, node: Any) -> ExpressionError:
        what = _REFUSED.get(type(node), type(node).__name__.lower())
        message = f"{what} is not part of an expression"
        signs = {ast.Attribute: ".", ast.Subscript: "[", ast.NamedExpr: ":="}
        if type(node) in signs:
            left = node.target if isinstance(node, ast.NamedExpr) else node.value
            return self._error_between(
                message, signs[type(node)], left.end_col_offset or 0, node.end_col_offset
            )
        return self._error(message, node)
