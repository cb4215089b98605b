"""Derivatives of Python functions: grad, jacobian, hessian, hvp, vjp, jvp, to any order.

Each runs the function on fresh Values and sweeps the graph that comes out, backward or forward.
Adjoints and tangents live in a dict beside the graph, so nobody's `.grad` is touched, and
derivatives are told apart by the identity of the fresh Values: no two levels of nesting can
confuse their perturbations (Siskind and Pearlmutter 2005, "Perturbation confusion").

Where the result can depend on a Value from outside (an argument that is a Value, a Value that the
function closes over), the sweep evaluates the table's formulas on Values, so the derivative is a
graph in turn; otherwise it uses the partials that the nodes remember, and gives floats.
"""

from collections.abc import Callable, Sequence
from typing import Any

from . import primitives
from .structures import flatten, rebuilt_rows
from .value import Value, topological_order

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]

Function = Callable[..., Any]


class _Trace:
    """One run of a function on fresh Values, ready to be swept."""

    def __init__(self, f: Function, args: Sequence[Any], argnums: Sequence[int]) -> None:
        self.inputs: list[Value] = []
        self.given: list[Any] = []
        self.rebuilds = []
        fresh = list(args)
        for i in argnums:
            leaves, rebuild = flatten(args[i], f"argument {i}")
            own = [primitives.identity(x) if isinstance(x, Value) else Value(x) for x in leaves]
            self.given += leaves
            self.inputs += own
            self.rebuilds.append((rebuild, len(own)))
            fresh[i] = rebuild(own)
        self.result = f(*fresh)
        self.outputs, self.rebuild_result = flatten(self.result, f"the result of {_name(f)}")
        self._order()

    def _order(self) -> None:
        """The nodes between inputs and outputs, and whether anything else is differentiable."""
        order = topological_order(*[y for y in self.outputs if isinstance(y, Value)])
        reached = {id(x) for x in self.inputs}
        self.nodes: list[Value] = []
        outside = any(isinstance(x, Value) for x in self.given)
        for node in order:
            if id(node) in reached:
                continue
            if node.primitive is None:
                outside = True
            elif any(id(x) in reached for x, _ in node.edges()):
                reached.add(id(node))
                self.nodes.append(node)
        self.reached = reached
        self.as_values = outside

    def edges(self, node: Value, as_values: bool) -> Sequence[tuple[Value, Any]]:
        """(operand, partial) for each operand on a path from the inputs."""
        if not as_values:
            return [(x, d) for x, d in node.edges() if id(x) in self.reached]
        live = [d is not None and id(x) in self.reached for x, d in node.operand_partials()]
        assert node.primitive is not None
        partials = node.primitive.local_partials(node.operands, node, live)
        return [(x, d) for x, d, want in zip(node.operands, partials, live, strict=True) if want]

    def pull(self, cotangents: Sequence[Any]) -> list[Any]:
        """Reverse sweep: the inputs' adjoints for the outputs' cotangents."""
        as_values = self.as_values or any(isinstance(c, Value) for c in cotangents)
        adjoints: dict[int, Any] = {}
        for y, c in zip(self.outputs, cotangents, strict=True):
            if isinstance(y, Value) and id(y) in self.reached:
                adjoints[id(y)] = adjoints[id(y)] + c if id(y) in adjoints else c
        for node in reversed(self.nodes):
            adjoint = adjoints.pop(id(node), None)
            if adjoint is None:
                continue
            for x, d in self.edges(node, as_values):
                part = d * adjoint
                key = id(x)
                adjoints[key] = adjoints[key] + part if key in adjoints else part
        return [_as(as_values, adjoints.get(id(x), 0.0)) for x in self.inputs]

    def push(self, tangents: Sequence[Any]) -> list[Any]:
        """Forward sweep: the outputs' tangents for the inputs' tangents."""
        as_values = self.as_values or any(isinstance(t, Value) for t in tangents)
        moving = {id(x): t for x, t in zip(self.inputs, tangents, strict=True)}
        for node in self.nodes:
            total = None
            for x, d in self.edges(node, as_values):
                if id(x) in moving:
                    part = d * moving[id(x)]
                    total = part if total is None else total + part
            if total is not None:
                moving[id(node)] = total
        return [_as(as_values, moving.get(id(y), 0.0)) for y in self.outputs]

    def restore(self, flat: Sequence[Any]) -> list[Any]:
        """One structure per differentiated argument from a flat list over all inputs."""
        out, start = [], 0
        for rebuild, n in self.rebuilds:
            out.append(rebuild(flat[start : start + n]))
            start += n
        return out

    def output(self) -> Any:
        """The scalar result, or a TypeError that says what else it was."""
        if len(self.outputs) != 1 or isinstance(self.result, (list, tuple, dict)):
            raise TypeError(
                f"grad needs a function with one number as its result, not "
                f"{type(self.result).__name__}; jacobian takes any structure"
            )
        return self.outputs[0]

    def primal(self) -> Any:
        """The result as the caller sees it: floats where nothing outside is differentiable."""
        if self.as_values:
            return self.result
        return self.rebuild_result([y.data if isinstance(y, Value) else y for y in self.outputs])


def _as(values: bool, x: Any) -> Any:
    return Value(x) if values and not isinstance(x, Value) else x


def _name(f: Function) -> str:
    return getattr(f, "__name__", type(f).__name__)


def _positions(f: Function, argnums: int | Sequence[int], count: int) -> tuple[list[int], bool]:
    one = isinstance(argnums, int)
    wanted = [argnums] if isinstance(argnums, int) else list(argnums)
    for i in wanted:
        if not -count <= i < count:
            raise ValueError(f"argnums {i} is out of range: {_name(f)} was given {count} arguments")
    positions = [i % count for i in wanted]
    if len(set(positions)) != len(positions):
        raise ValueError(f"argnums {argnums} names one argument twice")
    return positions, one


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Callable[..., tuple[Any, Any]]:
    """A function that gives f's value and its gradient, from one run of f.

    Arguments:
        f: a function of numbers, or structures of them, with one number as its result.
        argnums: which argument to differentiate by; several give a tuple of gradients.

    Returns:
        `g(*args) -> (value, gradient)`; the gradient has the argument's structure.

    Raises:
        TypeError: f's result is not one number, or the argument is not made of numbers.
        ValueError: there is no such argument.

    >>> import autograd_lite as ag
    >>> ag.value_and_grad(lambda x, y: x * x * y)(3.0, 2.0)
    (18.0, 12.0)
    """

    def value_and_gradient(*args: Any) -> tuple[Any, Any]:
        positions, one = _positions(f, argnums, len(args))
        trace = _Trace(f, args, positions)
        trace.output()
        gradients = trace.restore(trace.pull([1.0]))
        return trace.primal(), gradients[0] if one else tuple(gradients)

    return value_and_gradient


def grad(f: Function, argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """A function that gives f's gradient; nest it for higher derivatives.

    Arguments, results and errors are those of `value_and_grad`.

    >>> import autograd_lite as ag
    >>> ag.grad(lambda x: x**3)(2.0), ag.grad(ag.grad(lambda x: x**3))(2.0)
    (12.0, 12.0)
    >>> ag.grad(lambda p: p["a"] * p["b"])({"a": 2.0, "b": 5.0})
    {'a': 5.0, 'b': 2.0}
    """

    def gradient(*args: Any) -> Any:
        return value_and_grad(f, argnums)(*args)[1]

    return gradient


def jacobian(f: Function, argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """A function that gives every derivative of every number in f's result.

    One run of f, then a backward sweep per result or a forward sweep per input, whichever are
    fewer (Griewank and Walther 2008, "Evaluating Derivatives", section 3).

    Returns:
        `j(*args)`: f's result with, in place of each number, the structure of the argument. Arrays
        give one array of shape `result.shape + argument.shape`.

    >>> import autograd_lite as ag
    >>> ag.jacobian(lambda p: [p[0] * p[1], p[0] + p[1]])([3.0, 2.0])
    [[2.0, 3.0], [1.0, 1.0]]
    """

    def all_derivatives(*args: Any) -> Any:
        positions, one = _positions(f, argnums, len(args))
        trace = _Trace(f, args, positions)
        rows = _jacobian_rows(trace)
        parts, start = [], 0
        for i, (_, n) in zip(positions, trace.rebuilds, strict=True):
            part = [row[start : start + n] for row in rows]
            parts.append(rebuilt_rows(part, trace.result, args[i]))
            start += n
        return parts[0] if one else tuple(parts)

    return all_derivatives


def _jacobian_rows(trace: _Trace) -> list[list[Any]]:
    n, m = len(trace.inputs), len(trace.outputs)
    if m <= n:
        return [trace.pull([1.0 if j == i else 0.0 for j in range(m)]) for i in range(m)]
    columns = [trace.push([1.0 if j == i else 0.0 for j in range(n)]) for i in range(n)]
    return [[column[i] for column in columns] for i in range(m)]


def hessian(f: Function, argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """A function that gives f's second derivatives, symmetric to rounding.

    Returns:
        `h(*args)`: the argument's structure with, in place of each number, the same structure
        again; an array of shape s gives an array of shape s + s.

    >>> import autograd_lite as ag
    >>> ag.hessian(lambda p: p[0] ** 2 * p[1])([3.0, 2.0])
    [[4.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums)


def hvp(f: Function, x: Any, v: Any) -> Any:
    """The Hessian of f at x times v, at the cost of a few gradients whatever the size of x.

    Forward over reverse (Pearlmutter 1994, "Fast exact multiplication by the Hessian").

    Arguments:
        f: a function of one argument with one number as its result.
        x: the point.
        v: the vector, of x's structure.

    >>> import autograd_lite as ag
    >>> ag.hvp(lambda p: p[0] ** 2 * p[1], [3.0, 2.0], [1.0, 0.0])
    [4.0, 6.0]
    """
    return jvp(grad(f), (x,), (v,))[1]


def vjp(f: Function, *args: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """f's result, and a function that pulls a cotangent of it back to the arguments.

    Returns:
        `(result, pull)`, where `pull(cotangent)` takes a structure like the result and gives one
        adjoint per argument, each like its argument.

    Raises:
        ValueError: the cotangent has another number of elements than the result.

    >>> import autograd_lite as ag
    >>> result, pull = ag.vjp(lambda x, y: [x * y, x + y], 3.0, 2.0)
    >>> result, pull([1.0, 10.0])
    ([6.0, 5.0], (12.0, 13.0))
    """
    trace = _Trace(f, args, range(len(args)))

    def pull(cotangent: Any) -> tuple[Any, ...]:
        flat = _matching(cotangent, trace.result, "the cotangent", "f's result")
        return tuple(trace.restore(trace.pull(flat)))

    return trace.primal(), pull


def jvp(f: Function, args: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """f's result, and its directional derivative along the tangents: one forward sweep.

    Arguments:
        f: any function of numbers or structures of them.
        args: its arguments, as a tuple or list.
        tangents: one per argument, each of its argument's structure.

    Returns:
        `(result, tangent)`, both of the structure of f's result.

    Raises:
        ValueError: a tangent does not match its argument.

    >>> import autograd_lite as ag
    >>> ag.jvp(lambda x, y: x * y, (3.0, 2.0), (1.0, 10.0))
    (6.0, 32.0)
    """
    for what, given in (("args", args), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise TypeError(f"jvp takes {what} as a tuple, one entry per argument of f")
    if len(args) != len(tangents):
        raise ValueError(f"{len(args)} args but {len(tangents)} tangents; give one per argument")
    trace = _Trace(f, args, range(len(args)))
    flat = [
        t
        for i, (x, v) in enumerate(zip(args, tangents, strict=True))
        for t in _matching(v, x, f"tangent {i}", f"argument {i}")
    ]
    return trace.primal(), trace.rebuild_result(trace.push(flat))


def _matching(tree: Any, like: Any, what: str, like_what: str) -> list[Any]:
    leaves, _ = flatten(tree, what)
    if _shape(tree) != _shape(like):
        raise ValueError(
            f"{what} must have the structure of {like_what}: {_shape(like)}, not {_shape(tree)}"
        )
    return leaves


def _shape(tree: Any) -> str:
    """The structure in words, to compare and to show."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{k!r}: {_shape(tree[k])}" for k in tree) + "}"
    if isinstance(tree, (list, tuple)):
        parts = [_shape(x) for x in tree]
        same = len(parts) > 3 and len(set(parts)) == 1
        inner = f"{parts[0]} x {len(parts)}" if same else ", ".join(parts)
        return f"[{inner}]"
    shape = getattr(tree, "shape", ())
    return f"array{shape}" if shape != () else "number"
