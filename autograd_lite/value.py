"""Value: a number that remembers how it was made, and the chain rule over those memories.

Every operation on a `Value` makes a new `Value`, a node of the computation graph. A node keeps its
operands and, taken at the moment it is made, the partial derivative by each of them. `backward()`
then is the chain rule as a book writes it, one product per edge:

    parent.grad += partial * node.grad
"""

import numbers
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from . import modes, primitives
from .methods import Methods
from .primitives import Primitive

__all__ = ["Value", "topological_order"]

_new = object.__new__
_ADD, _SUB, _MUL, _DIV = primitives.add, primitives.sub, primitives.mul, primitives.div


class Many(NamedTuple):
    """The operands of a node with more than two, and their partials."""

    operands: tuple[Any, ...]
    partials: tuple[float | None, ...]


class Value(Methods):
    """A leaf of the computation graph: a variable, a parameter, a number to differentiate by.

    Arguments:
        data: a real number: int, float, NumPy scalar or Fraction. nan and infinities are allowed.
        name: shown in pictures and messages.

    Attributes:
        grad: the derivative that `backward()` found here; 0.0 at first.

    Raises:
        TypeError: `data` is not a real number.

    >>> from autograd_lite import Value
    >>> x, y = Value(3.0, name="x"), Value(2.0, name="y")
    >>> z = x * y + x.sin()
    >>> z.backward()
    >>> z.data, x.grad, y.grad
    (6.141120008059867, 1.0100075033995546, 3.0)
    """

    # The first two operands and their partials have fields of their own, since nearly every node
    # has one or two: a tuple each would cost 112 bytes and twice the time. `_dx` is None where no
    # derivative flows: the operand is a constant, or was not chosen (relu, where, maximum).
    # `_x` of a leaf is None, and `_y` of a node with more than two operands is a `Many`.
    __slots__ = ("_data", "_dx", "_dy", "_name", "_pending", "_primitive", "_x", "_y", "grad")

    _data: float
    grad: float
    _primitive: Primitive | None
    _x: Any
    _y: Any
    _dx: float | None
    _dy: float | None
    _pending: int
    _name: str | None

    def __init__(self, data: Any, *, name: str | None = None) -> None:
        self._data = to_float(data)
        self.grad = 0.0
        self._primitive = None
        self._x = None
        self._y = None
        self._dx = None
        self._dy = None
        self._pending = 0
        if name is not None:
            self.name = name

    # The node, for a reader

    @property
    def data(self) -> float:
        """The number itself. Setting it on a leaf changes later operations, not recorded ones."""
        return self._data

    @data.setter
    def data(self, data: Any) -> None:
        self._data = to_float(data)

    @property
    def name(self) -> str | None:
        """The name given to this value, or None."""
        return getattr(self, "_name", None)

    @name.setter
    def name(self, name: str | None) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"a name is a str, not {type(name).__name__}")
        self._name = name

    @property
    def op(self) -> str:
        """The name of the operation that made this value; "" for a leaf."""
        return "" if self._primitive is None else self._primitive.name

    @property
    def primitive(self) -> Primitive | None:
        """The row of the table that made this value; None for a leaf."""
        return self._primitive

    @property
    def operands(self) -> tuple[Any, ...]:
        """Every operand, in order: Values, and constants as floats."""
        if self._primitive is None:
            return ()
        if self._primitive.arity == 1:
            return (self._x,)
        if self._primitive.arity == 2:
            return (self._x, self._y)
        return self._y.operands  # type: ignore[no-any-return]

    @property
    def _operand_partials(self) -> tuple[float | None, ...]:
        if self._primitive is None:
            return ()
        if self._primitive.arity == 1:
            return (self._dx,)
        if self._primitive.arity == 2:
            return (self._dx, self._dy)
        return self._y.partials  # type: ignore[no-any-return]

    @property
    def parents(self) -> tuple["Value", ...]:
        """The operands that are Values: `x * x` has two parents, `2.0 * x` one."""
        return tuple([x for x in self.operands if isinstance(x, Value)])

    @property
    def partials(self) -> tuple[float, ...]:
        """The partial derivative by each parent, taken when the operation was recorded."""
        pairs = zip(self.operands, self._operand_partials, strict=True)
        return tuple([0.0 if d is None else d for x, d in pairs if isinstance(x, Value)])

    def operand_partials(self) -> Iterator[tuple[Any, float | None]]:
        """(operand, partial) for every operand; None where no derivative flows."""
        return zip(self.operands, self._operand_partials, strict=True)

    def edges(self) -> Iterator[tuple["Value", float]]:
        """(parent, partial) wherever a derivative flows."""
        for x, d in zip(self.operands, self._operand_partials, strict=True):
            if d is not None:
                yield x, d

    # The chain rule

    def backward(self) -> None:
        """Add d(self)/d(leaf) to the `grad` of every leaf that `self` was computed from.

        The `grad` of every node in between becomes d(self)/d(node), whatever it was before; so
        calling it twice doubles the leaves and nothing else. Graphs of any depth are right, since
        nothing here recurses.

        >>> from autograd_lite import Value
        >>> x = Value(3.0)
        >>> (x * x).backward()
        >>> x.grad
        6.0
        """
        if self._primitive is None:
            self.grad += 1.0
            return
        if modes.active and modes.state.places is not None:
            _backward_checked(self)
            return
        _sweep(self)

    # Arithmetic. The four operators that make nearly all nodes write down their row of the table
    # in place, for speed; a test holds them to the table.

    def __add__(self, other: Any) -> "Value":
        dy: float | None
        if type(other) is Value:
            y, dy = other._data, 1.0
        elif type(other) is float:
            y, dy = other, None
        else:
            return _operator(_ADD, self, other)
        if modes.active:
            return _operator(_ADD, self, other)
        node = _new(Value)
        node._data = self._data + y
        node._primitive = _ADD
        node._x = self
        node._dx = 1.0
        node._y = other
        node._dy = dy
        node.grad = 0.0
        node._pending = 0
        return node

    def __sub__(self, other: Any) -> "Value":
        dy: float | None
        if type(other) is Value:
            y, dy = other._data, -1.0
        elif type(other) is float:
            y, dy = other, None
        else:
            return _operator(_SUB, self, other)
        if modes.active:
            return _operator(_SUB, self, other)
        node = _new(Value)
        node._data = self._data - y
        node._primitive = _SUB
        node._x = self
        node._dx = 1.0
        node._y = other
        node._dy = dy
        node.grad = 0.0
        node._pending = 0
        return node

    def __mul__(self, other: Any) -> "Value":
        dy: float | None
        x = self._data
        if type(other) is Value:
            y, dy = other._data, x
        elif type(other) is float:
            y, dy = other, None
        else:
            return _operator(_MUL, self, other)
        if modes.active:
            return _operator(_MUL, self, other)
        node = _new(Value)
        node._data = x * y
        node._primitive = _MUL
        node._x = self
        node._dx = y
        node._y = other
        node._dy = dy
        node.grad = 0.0
        node._pending = 0
        return node

    def __truediv__(self, other: Any) -> "Value":
        y = other._data if type(other) is Value else other
        if modes.active or type(y) is not float or y == 0.0:
            return _operator(_DIV, self, other)
        node = _new(Value)
        node._data = data = self._data / y
        node._primitive = _DIV
        node._x = self
        node._dx = 1.0 / y
        node._y = other
        node._dy = -(data / y) if type(other) is Value else None
        node.grad = 0.0
        node._pending = 0
        return node

    def __floordiv__(self, other: Any) -> "Value":
        return _operator(primitives.floordiv, self, other)

    def __mod__(self, other: Any) -> "Value":
        return _operator(primitives.mod, self, other)

    def __divmod__(self, other: Any) -> tuple["Value", "Value"]:
        return self // other, self % other

    def __pow__(self, other: Any, modulo: None = None) -> "Value":
        if modulo is not None:
            raise TypeError("pow() with a modulus is for integers; a Value is a real number")
        return _operator(primitives.pow, self, other)

    def __radd__(self, other: Any) -> "Value":
        return _reflected(_ADD, other, self)

    def __rsub__(self, other: Any) -> "Value":
        return _reflected(_SUB, other, self)

    def __rmul__(self, other: Any) -> "Value":
        return _reflected(_MUL, other, self)

    def __rtruediv__(self, other: Any) -> "Value":
        return _reflected(_DIV, other, self)

    def __rfloordiv__(self, other: Any) -> "Value":
        return _reflected(primitives.floordiv, other, self)

    def __rmod__(self, other: Any) -> "Value":
        return _reflected(primitives.mod, other, self)

    def __rdivmod__(self, other: Any) -> tuple["Value", "Value"]:
        return other // self, other % self

    def __rpow__(self, other: Any) -> "Value":
        return _reflected(primitives.pow, other, self)

    # Comparisons are by data and give a plain bool. Nodes are told apart by identity, so hash is too.

    def __eq__(self, other: object) -> bool:
        return self._data == (other._data if isinstance(other, Value) else other)

    def __ne__(self, other: object) -> bool:
        return self._data != (other._data if isinstance(other, Value) else other)

    def __lt__(self, other: Any) -> bool:
        return bool(self._data < other._data) if isinstance(other, Value) else self._data < other

    def __le__(self, other: Any) -> bool:
        return bool(self._data <= other._data) if isinstance(other, Value) else self._data <= other

    def __gt__(self, other: Any) -> bool:
        return bool(self._data > other._data) if isinstance(other, Value) else self._data > other

    def __ge__(self, other: Any) -> bool:
        return bool(self._data >= other._data) if isinstance(other, Value) else self._data >= other

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return self._data != 0.0

    def __repr__(self) -> str:
        name = "" if self.name is None else f", name={self.name!r}"
        return f"Value({self._data!r}{name})"

    # Recording

    def record(self, primitive: Primitive, operands: Sequence[Any]) -> "Value":
        """The node that `primitive` makes of `operands`: what calling the primitive does."""
        return _record(primitive, operands)

    def _apply(self, primitive: Primitive, *others: Any) -> "Value":
        return _record(primitive, (self, *others))

    def detach(self) -> "Value":
        """A new leaf with the same data: what follows does not differentiate through it."""
        return Value(self._data, name=self.name)

    # Copies

    def __copy__(self) -> "Value":
        return make_node(*node_fields(self))

    def __deepcopy__(self, memo: dict[int, Any]) -> "Value":
        # Parents first, without recursion; the memo keeps what several values share shared.
        for node in topological_order(self):
            if id(node) not in memo:
                data, grad, name, primitive, operands, partials = node_fields(node)
                own = [memo[id(x)] if isinstance(x, Value) else x for x in operands]
                memo[id(node)] = make_node(data, grad, name, primitive, own, partials)
        copied: Value = memo[id(self)]
        return copied

    def __reduce__(self) -> tuple[Any, ...]:
        from .pickling import reduce_value

        return reduce_value(self)

    def _repr_svg_(self) -> str:
        """The picture that a notebook shows."""
        from .draw import svg

        return svg(self)


def to_float(x: Any) -> float:
    """A real number as a float.

    Raises:
        TypeError: it is not a real number, with the reason and the way out.
    """
    if isinstance(x, (int, float, numbers.Real)):
        return float(x)
    kind = getattr(getattr(x, "dtype", None), "kind", "")
    if kind in tuple("biuf") and getattr(x, "shape", None) == ():
        return float(x)  # np.bool_ is not registered as a Real
    if isinstance(x, Value):
        reason = "it is a Value already; v.detach() makes a new leaf of one"
    elif isinstance(x, numbers.Complex) or kind == "c":
        reason = "derivatives here are of real functions; take .real and .imag apart"
    elif isinstance(x, str):
        reason = "write float(text) if it is a number"
    elif kind or isinstance(x, (list, tuple)):
        reason = "make one Value per element: [Value(x) for x in data]"
    elif type(x).__name__ == "Decimal":
        reason = "a Decimal does not mix with floats; write float(d) to accept the rounding"
    else:
        reason = "give an int, float, NumPy scalar or Fraction"
    raise TypeError(f"a Value holds one real number, not {type(x).__name__} {x!r:.60}: {reason}")


def _operator(primitive: Primitive, x: Any, y: Any) -> Any:
    other = y if isinstance(x, Value) else x
    if not isinstance(other, (int, float, Value, numbers.Real)):
        if type(other).__name__ == "Decimal":
            to_float(other)
        kind = getattr(getattr(other, "dtype", None), "kind", "")
        if kind not in tuple("biuf") or getattr(other, "shape", None) != ():
            return NotImplemented  # an array goes through its elements; the rest is a TypeError
    return _record(primitive, (x, y))


def _reflected(primitive: Primitive, x: Any, y: Value) -> Any:
    return _operator(primitive, x, y)


def _record(primitive: Primitive, operands: Sequence[Any]) -> Value:
    values = [x._data if isinstance(x, Value) else to_float(x) for x in operands]
    if primitive.arity is not None and len(values) != primitive.arity:
        raise TypeError(f"{primitive.name} takes {primitive.arity} operands, not {len(values)}")
    y = primitive.value(*values)
    if y - y != 0.0:
        modes.not_finite(primitive, values, y)
    if modes.active and not modes.state.recording:
        return Value(y)
    wanted = [isinstance(x, Value) for x in operands]
    found = primitive.local_partials(values, y, wanted)
    if len(found) != len(values):
        raise TypeError(
            f"the partials of {primitive.name} are {len(found)}, but it has {len(values)} operands"
        )
    partials = [float(d) if want else None for d, want in zip(found, wanted, strict=True)]
    if primitive.selects:
        partials = [None if d == 0.0 else d for d in partials]
    kept = [x if want else v for x, v, want in zip(operands, values, wanted, strict=True)]
    node = make_node(y, 0.0, None, primitive, kept, partials)
    if modes.active and modes.state.places is not None:
        modes.state.places[id(node)] = (node, modes.place())
    return node


def node_fields(node: Value) -> tuple[Any, ...]:
    """What `make_node` takes to make the same node again."""
    partials = tuple([d for _, d in node.operand_partials()])
    return (node._data, node.grad, node.name, node._primitive, node.operands, partials)


def make_node(
    data: float,
    grad: float,
    name: str | None,
    primitive: Primitive | None,
    operands: Sequence[Any],
    partials: Sequence[float | None],
) -> Value:
    node = _new(Value)
    node._data = data
    node.grad = grad
    node._primitive = primitive
    node._pending = 0
    node._x = node._y = node._dx = node._dy = None
    if name is not None:
        node._name = name
    if primitive is None:
        return node
    node._x = operands[0]
    if primitive.arity == 1:
        node._dx = partials[0]
    elif primitive.arity == 2:
        node._dx, node._dy, node._y = partials[0], partials[1], operands[1]
    else:
        node._y = Many(tuple(operands), tuple(partials))
    return node


# The sweep


def topological_order(*roots: Value) -> list[Value]:
    """Every value that the roots were computed from, and the roots: operands before results.

    >>> from autograd_lite import Value
    >>> from autograd_lite.value import topological_order
    >>> x = Value(3.0)
    >>> [v.op for v in topological_order((x * x).sin())]
    ['', 'mul', 'sin']
    """
    order: list[Value] = []
    seen: set[int] = set()
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        node, operands_done = stack.pop()
        if operands_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack += [(x, False) for x in reversed(node.parents) if id(x) not in seen]
    return order


def _sweep(root: Value) -> list[Value]:
    """Backpropagate from `root`, an inner node; returns the inner nodes that it reached.

    A node must pass its gradient on only once it is complete, so first count, for every node, the
    edges that will reach it (`_pending`, 0 outside this function), then propagate in the order in
    which the counts run out: Kahn's topological order. Leaves pass nothing on and are not counted.
    """
    nodes = [root]
    try:
        _clear_unchosen(root, _count_edges(nodes))
        root.grad = 1.0
        _propagate(root)
    except BaseException:  # a KeyboardInterrupt too: a count left behind would spoil the next sweep
        for node in nodes:
            node._pending = 0
        raise
    return nodes


def _count_edges(nodes: list[Value]) -> list[Value]:
    """Append every inner node that a gradient reaches; returns nodes with operands left aside."""
    found = nodes.append
    partly: list[Value] = []
    for node in nodes:  # which grows meanwhile
        node.grad = 0.0
        x = node._x
        if node._dx is not None:
            if x._x is not None:
                if n := x._pending:
                    x._pending = n + 1
                else:
                    x._pending = 1
                    found(x)
        elif type(x) is not float:
            partly.append(node)
        y = node._y
        if node._dy is not None:
            if y._x is not None:
                if n := y._pending:
                    y._pending = n + 1
                else:
                    y._pending = 1
                    found(y)
        elif y is not None and type(y) is not float:
            partly.append(node)
            for x, d in node.edges() if type(y) is Many else ():
                if x._x is not None:
                    if not x._pending:
                        found(x)
                    x._pending += 1
    return partly


def _clear_unchosen(root: Value, partly: list[Value]) -> None:
    """Zero the gradients of inner nodes that hang on operands which were not chosen alone."""
    if not partly:
        return
    idle: dict[int, Value] = {}
    stack = partly
    while stack:
        for x in stack.pop().parents:
            if x._x is not None and not x._pending and x is not root and id(x) not in idle:
                x.grad = 0.0
                idle[id(x)] = x
                stack.append(x)


def _propagate(root: Value) -> None:
    ready = [root]
    push, pop = ready.append, ready.pop
    while ready:
        node = pop()
        grad = node.grad
        d = node._dx
        if d is not None:
            x = node._x
            x.grad += d * grad
            if n := x._pending:
                x._pending = n = n - 1
                if not n:
                    push(x)
        d = node._dy
        if d is not None:
            x = node._y
            x.grad += d * grad
            if n := x._pending:
                x._pending = n = n - 1
                if not n:
                    push(x)
        elif type(node._y) is Many:
            for x, d in node.edges():
                x.grad += d * grad
                if n := x._pending:
                    x._pending = n = n - 1
                    if not n:
                        push(x)


def _backward_checked(root: Value) -> None:
    """`backward` under detect_anomaly: raise at the first gradient that is not finite."""
    order = topological_order(root)
    before = [(x, x.grad) for x in order if x._primitive is None]
    for x, _ in before:
        x.grad = 0.0
    _sweep(root)
    bad = next((v for v in reversed(order) if v.grad - v.grad != 0.0), None)
    for x, grad in before:
        x.grad = grad if bad is not None else grad + x.grad
    if bad is None:
        return
    for node in reversed(order):
        for i, (x, d) in enumerate(node.edges()):
            if x is bad and (d * node.grad) - (d * node.grad) != 0.0:
                primitive = node._primitive
                assert primitive is not None
                values = [v._data if isinstance(v, Value) else v for v in node.operands]
                places = modes.state.places or {}
                where = places[id(node)][1] if id(node) in places else "an unknown place"
                raise FloatingPointError(
                    f"the gradient of {modes.call_text(primitive, values)}, recorded at {where}, is "
                    f"not finite: partial {d!r} by operand {i} times adjoint {node.grad!r}"
                )
    raise FloatingPointError(f"the gradient of {bad!r} is not finite: its contributions overflow")
