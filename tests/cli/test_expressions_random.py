"""Random expressions: their text computes what the package computes when called directly.

The tree is Python's own, and so is the text made of it, with no more parentheses than precedence
needs.
"""

import ast
import math
import operator
import warnings
from collections.abc import Callable
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

import autograd_lite as ag
from autograd_lite.cli.expressions import (
    CONSTANTS,
    parse,
)
from autograd_lite.core.table import TABLE

OPERATORS: dict[type[ast.AST], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("add", operator.add),
    ast.Sub: ("sub", operator.sub),
    ast.Mult: ("mul", operator.mul),
    ast.Div: ("div", operator.truediv),
    ast.FloorDiv: ("floordiv", operator.floordiv),
    ast.Mod: ("mod", operator.mod),
    ast.Pow: ("pow", operator.pow),
}


COMPARISONS: dict[type[ast.AST], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


NAMES = ("x", "y", "ö")


def call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name), list(arguments), [])


def larger(inner: st.SearchStrategy[ast.expr]) -> st.SearchStrategy[ast.expr]:
    compare = st.tuples(st.sampled_from(sorted(COMPARISONS, key=str)), inner)
    lists = st.lists(inner, min_size=1, max_size=3)
    many = sorted(name for name, row in TABLE.items() if not row.arity and name != "dot")
    two = ("atan2", "hypot", "maximum", "minimum", "logaddexp", "leaky_relu", "fmod", "xlogy")
    one = ("sin", "exp", "log", "sqrt", "tanh", "relu", "abs", "floor", "square", "cbrt", "round")
    return st.one_of(
        st.builds(
            lambda op, a, b: ast.BinOp(a, op(), b),
            st.sampled_from(sorted(OPERATORS, key=str)),
            inner,
            inner,
        ),
        st.builds(ast.UnaryOp, st.sampled_from([ast.USub(), ast.UAdd(), ast.Not()]), inner),
        st.builds(
            lambda a, rest: ast.Compare(a, [op() for op, _ in rest], [b for _, b in rest]),
            inner,
            st.lists(compare, min_size=1, max_size=3),
        ),
        st.builds(
            ast.BoolOp,
            st.sampled_from([ast.And(), ast.Or()]),
            st.lists(inner, min_size=2, max_size=3),
        ),
        st.builds(ast.IfExp, inner, inner, inner),
        st.builds(call, st.sampled_from(one), inner),
        st.builds(call, st.sampled_from(two), inner, inner),
        st.builds(lambda c, a, b: call("where", c, a, b), inner, inner, inner),
        st.builds(lambda name, xs: call(name, ast.List(xs)), st.sampled_from(many), lists),
    )


numbers = st.floats(0, 1e6, allow_subnormal=False) | st.integers(0, 20) | st.just(1e999)


trees = st.recursive(
    st.builds(ast.Constant, numbers) | st.builds(ast.Name, st.sampled_from([*NAMES, *CONSTANTS])),
    larger,
    max_leaves=12,
)


def directly(tree: Any, values: dict[str, Any]) -> Any:  # noqa: C901 - a case for each node
    """The value of a tree, by the package's own operators and functions, without a parser."""

    def of(branch: Any) -> Any:
        return directly(branch, values)

    match tree:
        case ast.Constant():
            return float(tree.value)
        case ast.Name():
            return CONSTANTS[tree.id] if tree.id in CONSTANTS else values[tree.id]
        case ast.BinOp():
            x, y = of(tree.left), of(tree.right)
            row, python = OPERATORS[type(tree.op)]
            plain = isinstance(x, float) and isinstance(y, float)  # where 1/0 raises in Python
            return TABLE[row](x, y) if plain else python(x, y)
        case ast.UnaryOp():
            x = of(tree.operand)
            if isinstance(tree.op, ast.Not):
                return float(not x)
            return -x if isinstance(tree.op, ast.USub) else +x
        case ast.Compare():
            x, holds = of(tree.left), True
            for sign, branch in zip(tree.ops, tree.comparators, strict=True):
                y = of(branch)
                holds = COMPARISONS[type(sign)](x, y)
                if not holds:
                    break
                x = y
            return float(holds)
        case ast.BoolOp():
            for branch in tree.values:
                x = of(branch)
                if bool(x) == isinstance(tree.op, ast.Or):
                    break
            return x
        case ast.IfExp():
            return of(tree.body if of(tree.test) else tree.orelse)
        case ast.List():
            return [of(x) for x in tree.elts]
        case ast.Call():
            own: Any = {"abs": ag.fabs, "round": TABLE["round"]}
            name = tree.func.id  # type: ignore[attr-defined]
            return own.get(name, getattr(ag, name, None))(*map(of, tree.args))
    raise AssertionError(ast.dump(tree))


def result_of(f: Callable[[dict[str, Any]], Any], point: tuple[float, ...]) -> list[str]:
    """The value and the gradient, to the last bit; repr tells zeros apart and nan is nan."""
    values = {name: ag.Value(x) for name, x in zip(NAMES, point, strict=True)}
    y = f(values)
    if isinstance(y, ag.Value):
        y.backward()
    return [repr(getattr(y, "data", y)), *[repr(x.grad) for x in values.values()]]


@given(trees, st.tuples(*[st.floats(-1e3, 1e3) | st.sampled_from([0.0, -0.0, math.inf])] * 3))
@example(ast.BinOp(ast.UnaryOp(ast.USub(), ast.Name("x")), ast.Pow(), ast.Constant(2)), (3.0,) * 3)
@example(ast.UnaryOp(ast.USub(), ast.BinOp(ast.Name("x"), ast.Pow(), ast.Constant(2))), (3.0,) * 3)
def test_a_text_computes_what_the_package_does(tree: ast.expr, point: tuple[float, ...]) -> None:
    text = ast.unparse(tree)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        expected = result_of(lambda values: directly(tree, values), point)
        assert result_of(parse(text), point) == expected, text
