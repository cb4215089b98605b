"""A Value's expression in SymPy: `ag.to_sympy`."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .._util.text import shown
from ..core import contexts
from ..core.backward import topological_order
from ..core.table import TABLE, Primitive
from ..core.value import Value
from .textbook import DEFINITIONS

if TYPE_CHECKING:
    import sympy

__all__ = ["to_sympy"]

MAX_NODES = 1000
_DEEPEST = 100  # SymPy recurses over its expressions, some ten calls a level

_Form = Callable[..., Any]


def _choice(s: Any, condition: Any, x: Any, y: Any) -> Any:
    return s.Piecewise((x, condition), (y, True))


def _truth(sign: str) -> _Form:
    return lambda s, x, y: _choice(s, getattr(s, sign)(x, y), 1, 0)


def _trunc(s: Any, x: Any) -> Any:
    return _choice(s, x >= 0, s.floor(x), s.ceiling(x))


# fmt: off
# The rows with a form of their own, as functions of the module and the operands; None where SymPy
# has no counterpart. The others are defined in `textbook` by plain operators, which SymPy's
# expressions have too.
_FORMS: Mapping[str, _Form | None] = {
    "neg":        lambda s, x: -x,
    "add":        lambda s, x, y: x + y,
    "sub":        lambda s, x, y: x - y,
    "mul":        lambda s, x, y: x * y,
    "div":        lambda s, x, y: x / y,
    "pow":        lambda s, x, y: x**y,
    "mod":        lambda s, x, y: x - y * s.floor(x / y),
    "exp":        lambda s, x: s.exp(x),
    "expm1":      lambda s, x: s.exp(x) - 1,
    "log":        lambda s, x: s.log(x),
    "log1p":      lambda s, x: s.log(1 + x),
    "log2":       lambda s, x: s.log(x) / s.log(2),
    "log10":      lambda s, x: s.log(x) / s.log(10),
    "exp2":       lambda s, x: s.Integer(2)**x,
    "sqrt":       lambda s, x: s.sqrt(x),
    "cbrt":       lambda s, x: _choice(s, x >= 0, x**s.Rational(1, 3), -(-x)**s.Rational(1, 3)),
    "square":     lambda s, x: x**2,
    "reciprocal": lambda s, x: 1 / x,
    "sin":        lambda s, x: s.sin(x),
    "cos":        lambda s, x: s.cos(x),
    "tan":        lambda s, x: s.tan(x),
    "asin":       lambda s, x: s.asin(x),
    "acos":       lambda s, x: s.acos(x),
    "atan":       lambda s, x: s.atan(x),
    "sinh":       lambda s, x: s.sinh(x),
    "cosh":       lambda s, x: s.cosh(x),
    "tanh":       lambda s, x: s.tanh(x),
    "sech2":      lambda s, x: s.cosh(x)**-2,
    "asinh":      lambda s, x: s.asinh(x),
    "acosh":      lambda s, x: s.acosh(x),
    "atanh":      lambda s, x: s.atanh(x),
    "radians":    lambda s, x: s.pi * x / 180,
    "degrees":    lambda s, x: 180 * x / s.pi,
    "erf":        lambda s, x: s.erf(x),
    "erfc":       lambda s, x: s.erfc(x),
    "bell":       lambda s, a, x: a * s.exp(-x**2),
    "gamma":      lambda s, x: s.gamma(x),
    "lgamma":     lambda s, x: s.log(s.Abs(s.gamma(x))),  # loggamma is complex where x < 0
    "digamma":    lambda s, x: s.polygamma(0, x),
    "polygamma":  lambda s, n, x: s.polygamma(n, x),
    "sigmoid":    lambda s, x: 1 / (1 + s.exp(-x)),
    "softplus":   lambda s, x: s.log(1 + s.exp(x)),
    "relu":       lambda s, x: _choice(s, x > 0, x, 0),
    "leaky_relu": lambda s, x, a: _choice(s, x > 0, x, a * x),
    "elu":        lambda s, x, a: _choice(s, x > 0, x, a * (s.exp(x) - 1)),
    "gelu":       lambda s, x: x * (1 + s.erf(x / s.sqrt(2))) / 2,
    "silu":       lambda s, x: x / (1 + s.exp(-x)),
    "abs":        lambda s, x: s.Abs(x),
    "sign":       lambda s, x: s.sign(x),
    "floor":      lambda s, x: s.floor(x),
    "ceil":       lambda s, x: s.ceiling(x),
    "trunc":      _trunc,
    "round":      None,  # halves go to even
    "round_to":   None,
    "remainder":  None,  # it rounds a quotient so
    "copysign":   lambda s, x, y: _choice(s, y >= 0, s.Abs(x), -s.Abs(x)),  # 0, for -0.0 as well
    "fmod":       lambda s, x, y: x - y * _trunc(s, x / y),
    "atan2":      lambda s, y, x: s.atan2(y, x),
    "maximum":    lambda s, x, y: s.Max(x, y, evaluate=False) if x != y else x,
    "minimum":    lambda s, x, y: s.Min(x, y, evaluate=False) if x != y else x,
    "clip":       lambda s, x, a, b: _choice(s, x < a, a, _choice(s, x > b, b, x)),
    "where":      lambda s, c, x, y: _choice(s, s.Ne(c, 0), x, y),
    "lt":         _truth("Lt"),
    "le":         _truth("Le"),
    "gt":         _truth("Gt"),
    "ge":         _truth("Ge"),
    "eq":         _truth("Eq"),
    "ne":         _truth("Ne"),
    "and":        lambda s, x, y: _choice(s, s.And(s.Ne(x, 0), s.Ne(y, 0)), 1, 0),
    "or":         lambda s, x, y: _choice(s, s.Or(s.Ne(x, 0), s.Ne(y, 0)), 1, 0),
    "not":        lambda s, x: _choice(s, s.Eq(x, 0), 1, 0),
    "hypot":      lambda s, x, y: s.sqrt(x**2 + y**2),
    "norm":       lambda s, *xs: s.sqrt(s.Add(*[x**2 for x in xs])),
    "logsumexp":  lambda s, *xs: s.log(s.Add(*[s.exp(x) for x in xs])),
    "expdiff":    lambda s, x, y: s.exp(x - y),
    "logaddexp":  lambda s, x, y: s.log(s.exp(x) + s.exp(y)),
    "xlogy":      lambda s, x, y: x * s.log(y),
    "sum":        lambda s, *xs: s.Add(*xs),
    "mean":       lambda s, *xs: s.Add(*xs) / len(xs),
    "prod":       lambda s, *xs: s.Mul(*xs),
    "floordiv":   lambda s, x, y: s.floor(x / y),
}
# fmt: on

FORMS = {TABLE[name]: form for name, form in _FORMS.items()}


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
        raise ValueError("max_nodes is 1 or more")
    order = topological_order(v)
    _refuse_large(order, max_nodes)
    try:
        import sympy
    except ImportError as error:
        raise ImportError(
            'to_sympy needs the package sympy: pip install "autograd_lite[sympy]"'
        ) from error
    found: dict[int, Any] = _leaves(sympy, order, symbols or {})
    try:
        for node in order:
            if node.primitive is not None:
                operands = [
                    found[id(x)] if isinstance(x, Value) else _number(sympy, x)
                    for x in node.operands
                ]
                found[id(node)] = _applied(sympy, node.primitive, operands)
    except TypeError as error:
        raise ValueError(f"SymPy refuses {shown(node.op, 60)}: {error}") from None
    except RecursionError:
        raise ValueError("the expression is nested too deeply for SymPy, which recurses") from None
    return found[id(v)]


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


def _leaves(s: Any, order: list[Value], symbols: Mapping[Value, Any]) -> dict[int, Any]:
    """A symbol for each leaf, no two alike."""
    given = {id(x): _expression(s, x, y) for x, y in symbols.items()}
    used = {str(y) for x in given.values() for y in x.free_symbols}
    found: dict[int, Any] = {}
    leaves = [node for node in order if node.primitive is None]
    for leaf in sorted(leaves, key=lambda leaf: not leaf.name):  # the names given come first
        if id(leaf) in given:
            found[id(leaf)] = given[id(leaf)]
            continue
        name, count = leaf.name or "x1", 1
        while name in used:
            count += 1
            name = f"{leaf.name}_{count}" if leaf.name else f"x{count}"
        used.add(name)
        found[id(leaf)] = s.Symbol(name, real=True)
    return found


def _expression(s: Any, leaf: Any, x: Any) -> Any:
    """What a caller wants written for a leaf."""
    if not isinstance(leaf, Value) or leaf.primitive is not None:
        raise TypeError(f"symbols are for leaves of the graph, not for {shown(repr(leaf))}")
    try:
        found = s.sympify(x, strict=True)  # or it would run a text as Python
    except s.SympifyError:
        found = None
    if not isinstance(found, s.Expr):
        title = shown(repr(leaf))
        raise TypeError(f"symbols has no SymPy expression for {title}: {shown(repr(x))}")
    return found


def _number(s: Any, x: float) -> Any:
    """A float without loss."""
    if x.is_integer():
        return s.Integer(int(x))
    return s.Float(x) if x - x == 0.0 else s.nan if x != x else s.oo if x > 0 else -s.oo


def _applied(s: Any, row: Primitive, operands: list[Any]) -> Any:
    form = FORMS.get(row)
    if form is not None:
        return form(s, *operands)
    if row in DEFINITIONS and row not in FORMS:
        return DEFINITIONS[row](*operands)
    raise ValueError(f"{shown(row.name, 60)} has no counterpart in SymPy")
