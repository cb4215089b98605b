r"""A Value's expression and its derivatives in LaTeX: `ag.to_latex`."""

from collections.abc import Sequence
from operator import index
from typing import Any

from .._util.text import shown
from ..core import contexts
from ..core.order import topological_order
from ..core.value import Value

__all__ = ["to_latex"]

MAX_NODES = 1000


class Latex(str):
    """LaTeX that a notebook shows as a formula."""

    __slots__ = ()

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self}$"


def to_latex(
    v: Value,
    *,
    wrt: Value | Sequence[Value] | None = None,
    digits: int = 6,
    max_nodes: int = MAX_NODES,
) -> str:
    r"""Write the expression that made `v` in LaTeX, or its derivative.

    The derivative is the formula, not its number at this point: `relu` gives Iverson's bracket,
    which is 1 where the condition in it holds, else 0. A Python `if` was decided when `v` was
    computed: what it led to is what is written. Leaves stand by their names, such as `x_1` and
    `alpha`, or as x with a number. A large expression becomes lines that define parts of it.

    The text is for KaTeX, MathJax or LaTeX with amsmath, without dollar signs; a notebook shows
    it as a formula.

    Args:
        v: the result.
        wrt: a leaf of its graph to differentiate by; several of them for a derivative of higher
            order: `(x, y)` is d²v/dxdy.
        digits: how many digits of a number to show.
        max_nodes: the largest graph to write down, in nodes.

    Raises:
        TypeError: `v` or `wrt` is not a Value, `digits` is no integer, or `jit` is recording.
        ValueError: the graph is too large, `wrt` was computed from others, an option is not
            positive, or an operation has no rule in symbols.

    >>> x, y = Value(2.0, name="x"), Value(3.0, name="y")
    >>> print(to_latex(x * y / (1 + x.sqrt())))
    \frac{x y}{1 + \sqrt{x}}
    >>> print(to_latex((x * y).sin(), wrt=x), to_latex(x**3, wrt=(x, x)))
    y \cos(x y) 6 x
    >>> print(to_latex((x * y - 1).relu(), wrt=y))
    x \left[ x y - 1 > 0 \right]
    """
    return Latex(_write(v, _check(v, wrt), index(digits), max_nodes)[1])


def equation(v: Value, by: Sequence[Value]) -> str:
    r"""Return the equation of `v`, or of its derivative with respect to the leaves `by`.

    >>> x = Value(2.0, name="x")
    >>> print(equation(x * x, [x]))
    \frac{\partial f}{\partial x} = 2 x
    """
    left, text = _write(v, by, 6, MAX_NODES)
    return text if text.startswith(r"\begin{aligned}") else f"{left} = {text}"


def _write(v: Value, by: Sequence[Value], digits: int, max_nodes: int) -> tuple[str, str]:
    """Return the left side of an equation and its formula."""
    if digits < 1 or max_nodes < 1:
        raise ValueError("digits and max_nodes must be 1 or more")
    order = topological_order(v)
    if len(order) > max_nodes:
        raise ValueError(
            f"the graph has {len(order):,} nodes, more than max_nodes={max_nodes:,}: nobody reads "
            "such a formula. Write a part of it, or give a higher limit"
        )
    # not above: importing the package would take longer
    from .algebra import Algebra, differentiate, express, list_terms
    from .names import name_leaves, write_left_side
    from .notation import DEFINED
    from .page import Page

    algebra = Algebra(DEFINED, simplify=bool(by))
    term = express(algebra, v)
    for x in by:
        term = differentiate(term, algebra.make(name=id(x)))
        if (parts := len(list_terms(term))) > 10 * max_nodes:
            raise ValueError(
                f"the derivative has {parts:,} parts, more than ten times max_nodes={max_nodes:,}"
            )
    names = name_leaves([node for node in order if node.primitive is None])
    left = write_left_side(v, by, names)
    page = Page({algebra.make(name=key): name for key, name in names.items()}, digits)
    return left, page.write(term, left)


def _check(v: Value, wrt: Value | Sequence[Value] | None) -> list[Value]:
    """Return the leaves to differentiate with respect to."""
    contexts.refuse("to_latex()", "call it on the result")
    given: Any = wrt
    by = [] if wrt is None else list(given) if isinstance(given, (list, tuple)) else [given]
    for x in (v, *by):
        if not isinstance(x, Value):
            raise TypeError(
                f"only a Value can be written in LaTeX, not {type(x).__name__}: {shown(repr(x))}"
            )
    for x in by:
        if x.primitive is not None:
            raise ValueError(
                f"wrt is a result of {shown(x.op, 40)}, not a leaf: its formula stands in the "
                "expression, so there is no symbol to differentiate by"
            )
    return by
