"""A Value's expression in SymPy: `ag.to_sympy`."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

from .._util.text import shown
from ..core import contexts
from ..core.order import topological_order
from ..core.table import Primitive
from ..core.value import Value
from ..transforms.formal import Formal
from .textbook import DEFINITIONS, find_partials

if TYPE_CHECKING:
    import sympy

__all__ = ["to_sympy"]

MAX_NODES = 1000
_DEEPEST = 100  # SymPy recurses over its expressions, some ten calls a level

_Form = Callable[..., Any]


def _choose(s: Any, condition: Any, x: Any, y: Any) -> Any:
    return s.Piecewise((x, condition), (y, True))


def _compare(sign: str) -> _Form:
    return lambda s, x, y: _choose(s, getattr(s, sign)(x, y), 1, 0)


def _holds(s: Any, x: Any) -> Any:
    """Return the condition of a comparison; of another expression, that it is not 0."""
    comparison = x.func is s.Piecewise and [y for y, _ in x.args] == [1, 0]
    return x.args[0].cond if comparison else s.Ne(x, 0)


# fmt: off
# How rows are written in SymPy, as functions of the module and the operands; None where SymPy has
# no counterpart. A row that is missing here is SymPy's function of its name if that gives the same
# numbers, else it is written out by its definition in `textbook`, else it is a function of its own.
FORMS: Mapping[str, _Form | None] = {
    "neg":       lambda s, x: -x,
    "add":       lambda s, x, y: x + y,
    "sub":       lambda s, x, y: x - y,
    "mul":       lambda s, x, y: x * y,
    "div":       lambda s, x, y: x / y,
    "pow":       lambda s, x, y: x**y,
    "log2":      lambda s, x: s.log(x) / s.log(2),
    "log10":     lambda s, x: s.log(x) / s.log(10),
    "sqrt":      lambda s, x: s.sqrt(x),
    "cbrt":      lambda s, x: _choose(s, x >= 0, x**s.Rational(1, 3), -(-x)**s.Rational(1, 3)),
    "radians":   lambda s, x: s.pi * x / 180,
    "degrees":   lambda s, x: 180 * x / s.pi,
    "lgamma":    lambda s, x: s.log(s.Abs(s.gamma(x))),  # loggamma is complex where x < 0
    "gelu":      lambda s, x: x * (1 + s.erf(x / s.sqrt(2))) / 2,
    "abs":       lambda s, x: s.Abs(x),
    "ceil":      lambda s, x: s.ceiling(x),
    "trunc":     lambda s, x: _choose(s, x >= 0, s.floor(x), s.ceiling(x)),
    "round":     None,  # halves go to even
    "round_to":  None,
    "remainder": None,  # it rounds a quotient so
    "maximum":   lambda s, x, y: s.Max(x, y, evaluate=False) if x != y else x,
    "minimum":   lambda s, x, y: s.Min(x, y, evaluate=False) if x != y else x,
    "clip":      lambda s, x, a, b: _choose(s, x < a, a, _choose(s, x > b, b, x)),
    "where":     lambda s, c, x, y: _choose(s, _holds(s, c), x, y),
    "lt":        _compare("Lt"),
    "le":        _compare("Le"),
    "gt":        _compare("Gt"),
    "ge":        _compare("Ge"),
    "eq":        _compare("Eq"),
    "ne":        _compare("Ne"),
    "and":       lambda s, x, y: _choose(s, s.And(_holds(s, x), _holds(s, y)), 1, 0),
    "or":        lambda s, x, y: _choose(s, s.Or(_holds(s, x), _holds(s, y)), 1, 0),
    "not":       lambda s, x: _choose(s, s.Not(_holds(s, x)), 1, 0),
    "sum":       lambda s, *xs: s.Add(*xs),
    "prod":      lambda s, *xs: s.Mul(*xs),
}
# fmt: on


class _Expr(Formal):
    """A SymPy expression that takes the table's operations."""

    def __init__(self, s: Any, expression: Any) -> None:
        self.s = s
        self.expression = expression

    def record(self, primitive: Primitive, operands: Sequence[Any]) -> Any:
        """Return the expression of an operation; a primitive called on one comes here."""
        expressions = [_unwrap(self.s, x) for x in operands]
        return _Expr(self.s, _apply(self.s, primitive, expressions))

    def __bool__(self) -> bool:
        raise TypeError("a condition in SymPy is neither true nor false")


def _unwrap(s: Any, x: Any) -> Any:
    return x.expression if isinstance(x, _Expr) else _write_number(s, float(x))


def _apply(s: Any, row: Primitive, operands: Sequence[Any]) -> Any:
    """Return the expression of an operation on expressions.

    Raises:
        ValueError: it has no counterpart in SymPy.
    """
    form = None
    if row.is_row:
        form = FORMS[row.name] if row.name in FORMS else _default_form(row)
    if form is None:
        raise ValueError(f"{shown(row.name, 60)} has no counterpart in SymPy")
    return form(s, *operands)


@cache
def _default_form(row: Primitive) -> _Form:
    import sympy

    function = getattr(sympy, row.name, None)
    if isinstance(function, sympy.FunctionClass) and _agree(sympy, function, row):
        return lambda s, *xs: function(*xs)
    if row in DEFINITIONS:
        return lambda s, *xs: _unwrap(s, DEFINITIONS[row](*[_Expr(s, x) for x in xs]))
    own = _make_function(sympy, row)
    return lambda s, *xs: own(*xs)


def _agree(s: Any, function: Any, row: Primitive) -> bool:
    """Tell whether SymPy's function of a row's name has its values; `bell` has not."""
    ranges = [(low, 0.3 * low + 0.7 * high, high, -low, -high) for low, high in row.domain.box]
    points = [xs for xs in product(*ranges) if row.domain.contains(*xs)]
    try:
        values = [float(function(*[_write_number(s, x) for x in xs])) for xs in points]
    except Exception:  # another number of operands, a complex result, or what a function may raise
        return False
    pairs = zip(points, values, strict=True)
    same = all(abs(y - row.value(*xs)) <= 1e-12 * (1.0 + abs(y)) for xs, y in pairs)
    return same and row.arity is not None


def _make_function(s: Any, row: Primitive) -> Any:
    """Return a SymPy function for a row: its numbers and derivatives are the row's."""

    def fdiff(self: Any, argindex: int = 1) -> Any:
        partials, xs = find_partials(row), [_Expr(s, x) for x in (*self.args, self)]
        if row.arity is None:
            return _unwrap(s, list(partials[0](*xs))[argindex - 1])
        return _unwrap(s, partials[argindex - 1](*xs))

    def evaluate(self: Any, precision: int) -> Any:
        try:
            return s.Float(row.value(*[float(x.evalf(precision)) for x in self.args]))
        except (TypeError, ValueError):  # symbols, or complex numbers
            return None

    def is_real(self: Any) -> bool | None:
        return True if all(x.is_extended_real for x in self.args) else None

    members: dict[str, Any] = {"fdiff": fdiff, "nargs": row.arity, "_imp_": staticmethod(row.value)}
    members |= {"_eval_evalf": evaluate, "_eval_is_extended_real": is_real}
    # printers recognize functions by name, so it must not be that of another one
    name = f"{row.name}_" if hasattr(s, row.name) else row.name
    return type(name, (s.Function,), members)


def to_sympy(
    v: Value,
    symbols: Mapping[Value, "sympy.Expr"] | None = None,
    *,
    max_nodes: int = MAX_NODES,
) -> "sympy.Expr":
    """Write the expression that made `v` in SymPy.

    A leaf becomes a real symbol: `sympy.Symbol("x", real=True)` for one named x, which for SymPy is
    another than `sympy.Symbol("x")`; x1, x2, ... where there is no name. A number is an Integer
    where it is whole, else a Float with all its digits. What a Python `if` decided stays decided.

    At kinks SymPy goes its own way: the derivative of `Max` at a tie is a half, as here, but that
    of `Piecewise` (`relu`, `where`, `clip`) is that of the side that holds there.

    Args:
        v: the result.
        symbols: what to write for some leaves, by leaf.
        max_nodes: the largest graph to write down, in nodes.

    Raises:
        TypeError: `v` is not a Value, `symbols` has what is no leaf or no expression, or `jit` is
            recording.
        ValueError: the graph is too large or too deep for SymPy, or an operation has no counterpart
            in SymPy: `round`, `remainder`, `stop_gradient` and your own primitives, or a comparison
            with nan.
        ImportError: SymPy is not installed.

    >>> x, y = Value(2.0, name="x"), Value(3.0, name="y")
    >>> import sympy
    >>> f = to_sympy(x * y + x.sin())
    >>> f, sympy.diff(f, sympy.Symbol("x", real=True))
    (x*y + sin(x), y + cos(x))
    """
    contexts.refuse("to_sympy()", "call it on the result")
    if not isinstance(v, Value):
        raise TypeError(
            f"only a Value can be written in SymPy, not {type(v).__name__}: {shown(repr(v))}"
        )
    if max_nodes < 1:
        raise ValueError("max_nodes must be 1 or more")
    order = topological_order(v)
    _refuse_large(order, max_nodes)
    try:
        import sympy
    except ImportError as error:
        raise ImportError(
            'to_sympy needs the package sympy: pip install "autograd_lite[sympy]"'
        ) from error
    expressions = _name_leaves(sympy, order, symbols or {})
    try:
        for node in order:
            if node.primitive is not None:
                operands = [
                    expressions[id(x)] if isinstance(x, Value) else _write_number(sympy, x)
                    for x in node.operands
                ]
                expressions[id(node)] = _apply(sympy, node.primitive, operands)
    except TypeError as error:
        raise ValueError(f"SymPy refuses {shown(node.op, 60)}: {error}") from None
    except RecursionError:
        raise ValueError("the expression is nested too deeply for SymPy, which recurses") from None
    return expressions[id(v)]


def _refuse_large(order: list[Value], max_nodes: int) -> None:
    if len(order) > max_nodes:
        raise ValueError(
            f"the graph has {len(order):,} nodes, more than max_nodes={max_nodes:,}: SymPy is slow "
            "on such expressions. Write a part of it, or give a higher limit"
        )
    depths: dict[int, int] = {}
    for node in order:
        depths[id(node)] = 1 + max([depths[id(x)] for x in node.parents], default=-1)
    depth, deepest = depths[id(order[-1])], max(_DEEPEST, max_nodes // 10)
    if depth > deepest:
        raise ValueError(
            f"the graph is {depth:,} operations deep, and SymPy recurses over its expressions: "
            f"with max_nodes={max_nodes:,} at most {deepest:,} levels are taken"
        )


def _name_leaves(s: Any, order: list[Value], symbols: Mapping[Value, Any]) -> dict[int, Any]:
    """Return an expression for each leaf by its id: the one given, or a symbol of its own."""
    expressions = {id(x): _check_expression(s, x, y) for x, y in symbols.items()}
    used = {str(y) for x in expressions.values() for y in x.free_symbols}
    leaves = [x for x in order if x.primitive is None and id(x) not in expressions]
    for leaf in sorted(leaves, key=lambda leaf: not leaf.name):
        name, count = leaf.name or "x1", 1
        while name in used:
            count += 1
            name = f"{leaf.name}_{count}" if leaf.name else f"x{count}"
        used.add(name)
        expressions[id(leaf)] = s.Symbol(name, real=True)
    return expressions


def _check_expression(s: Any, leaf: Any, x: Any) -> Any:
    """Return what the caller wants to write for a leaf, as an expression."""
    if not isinstance(leaf, Value) or leaf.primitive is not None:
        raise TypeError(f"symbols are for leaves of the graph, not for {shown(repr(leaf))}")
    try:
        expression = s.sympify(x, strict=True)  # otherwise it would run a text as Python
    except s.SympifyError:
        expression = None
    if not isinstance(expression, s.Expr):
        title = shown(repr(leaf))
        raise TypeError(f"symbols has no SymPy expression for {title}: {shown(repr(x))}")
    return expression


def _write_number(s: Any, x: float) -> Any:
    """Return a float without loss."""
    if x.is_integer():
        return s.Integer(int(x))
    return s.Float(x) if x - x == 0.0 else s.nan if x != x else s.oo if x > 0 else -s.oo
