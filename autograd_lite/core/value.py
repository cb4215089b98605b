"""Value: a number that remembers how it was made, and the chain rule over those memories.

Every operation on a `Value` makes a new `Value`, a node of the computation graph. A node keeps its
operands and, taken at the moment it is made, the partial derivative by each of them. `backward()`
then is the chain rule as a book writes it, one product per edge:

    parent.grad += partial * node.grad
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, SupportsFloat

from . import contexts, table
from .backward import checked_sweep, mark_swept, sweep, topological_order
from .compiled import mypyc_attr
from .node import Many, Node
from .operands import Operand, comparable, is_operand, to_float
from .table import Primitive

if TYPE_CHECKING:
    from .types import Result, Truth

__all__ = ["Value", "topological_order"]

# one object for all nodes: of a plain 1.0, mypyc would make a float for each
_ONE: Final[Any] = float("1.0")
_ADD: Final = table.add
_SUB: Final = table.sub
_MUL: Final = table.mul
_DIV: Final = table.div


@mypyc_attr(allow_interpreted_subclasses=True)
class Value(Node):
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

    __slots__ = ()

    def __init__(self, data: SupportsFloat, *, name: str | None = None) -> None:
        self._primal = data if type(data) is float else to_float(data)
        self.grad = 0.0
        self._primitive = None
        self._x = None
        self._y = None
        self._dx = None
        self._dy = None
        self._pending = 0
        if contexts.active and contexts.state.scope is not None:
            self._name = contexts.state.scope
        if name is not None:
            self.name = name

    # The chain rule

    def backward(self) -> None:
        """Add d(self)/d(leaf) to the `grad` of every leaf that `self` was computed from.

        The `grad` of every node in between becomes d(self)/d(node), whatever it was before; so
        calling it twice doubles the leaves and nothing else. Graphs of any depth are right, since
        nothing here recurses. After an error or a KeyboardInterrupt, either every leaf has its
        share or none has. Two threads must not call it at once on graphs that share Values, leaves
        included: give each its own, or take turns with a lock, or use `ag.grad`.

        >>> from autograd_lite import Value
        >>> x = Value(3.0)
        >>> (x * x).backward()
        >>> x.grad
        6.0
        """
        if contexts.active:
            contexts.refuse("backward()", "call it on the result, or use ag.grad inside")
        if self._primitive is None:
            self.grad += 1.0
            return
        if contexts.active and contexts.state.places is not None:
            checked_sweep(self)
            return
        sweep(self)

    # Arithmetic. The four operators that make nearly all nodes write down their row of the table
    # in place, for speed; a test holds them to the table.

    def __add__(self, other: Operand) -> "Result":
        if contexts.active:
            return _operator(_ADD, self, other)
        node = new_node(Value)
        x = self._primal
        if type(other) is Value:
            y = other._primal
            node._dy = _ONE
        elif type(other) is float:
            y = other
            node._dy = None
        elif type(other) is int:
            return self + float(other)
        else:
            return _operator(_ADD, self, other)
        node._primal = x + y
        node._primitive = _ADD
        node._x = self
        node._dx = _ONE
        node._y = other
        node.grad = 0.0
        node._pending = 0
        return node

    def __sub__(self, other: Operand) -> "Result":
        if contexts.active:
            return _operator(_SUB, self, other)
        node = new_node(Value)
        x = self._primal
        if type(other) is Value:
            y = other._primal
            node._dy = -1.0
        elif type(other) is float:
            y = other
            node._dy = None
        elif type(other) is int:
            return self - float(other)
        else:
            return _operator(_SUB, self, other)
        node._primal = x - y
        node._primitive = _SUB
        node._x = self
        node._dx = _ONE
        node._y = other
        node.grad = 0.0
        node._pending = 0
        return node

    def __mul__(self, other: Operand) -> "Result":
        if contexts.active:
            return _operator(_MUL, self, other)
        node = new_node(Value)
        x = self._primal
        if type(other) is Value:
            y = other._primal
            node._dy = x
        elif type(other) is float:
            y = other
            node._dy = None
        elif type(other) is int:
            return self * float(other)
        else:
            return _operator(_MUL, self, other)
        node._primal = x * y
        node._primitive = _MUL
        node._x = self
        node._dx = y
        node._y = other
        node.grad = 0.0
        node._pending = 0
        return node

    def __truediv__(self, other: Operand) -> "Result":
        if contexts.active:
            return _operator(_DIV, self, other)
        node = new_node(Value)
        if type(other) is Value:
            y = other._primal
        elif type(other) is float:
            y = other
        elif type(other) is int:
            return self / float(other)
        else:
            return _operator(_DIV, self, other)
        if y == 0.0:
            return _operator(_DIV, self, other)  # a pole, to be warned about
        node._primal = data = self._primal / y
        node._primitive = _DIV
        node._x = self
        node._dx = 1.0 / y
        node._y = other
        node._dy = None if type(other) is float else -(data / y)
        node.grad = 0.0
        node._pending = 0
        return node

    def __floordiv__(self, other: Operand) -> "Result":
        return _operator(table.floordiv, self, other)

    def __mod__(self, other: Operand) -> "Result":
        return _operator(table.mod, self, other)

    def __divmod__(self, other: Operand) -> tuple["Value", "Value"]:
        return self // other, self % other

    def __pow__(self, other: Operand, modulo: object = None) -> "Result":
        if modulo is not None:
            raise TypeError("pow() with a modulus is for integers; a Value is a real number")
        return _operator(table.pow, self, other)

    def __radd__(self, other: Operand) -> "Result":
        return _operator(_ADD, other, self)

    def __rsub__(self, other: Operand) -> "Result":
        return _operator(_SUB, other, self)

    def __rmul__(self, other: Operand) -> "Result":
        return _operator(_MUL, other, self)

    def __rtruediv__(self, other: Operand) -> "Result":
        return _operator(_DIV, other, self)

    def __rfloordiv__(self, other: Operand) -> "Result":
        return _operator(table.floordiv, other, self)

    def __rmod__(self, other: Operand) -> "Result":
        return _operator(table.mod, other, self)

    def __rdivmod__(self, other: Operand) -> tuple["Value", "Value"]:
        return other // self, other % self

    def __rpow__(self, other: Operand) -> "Result":
        return _operator(table.pow, other, self)

    # Comparisons are by data and give a plain bool; nodes are told apart, and hashed, by identity.
    # While `jit` records, a comparison is a node of its own, whose truth is asked for later.

    def __eq__(self, other: object) -> "Truth":
        if contexts.active:
            return _compared(table.eq, self, other)
        if type(other) is not float:
            other = other._primal if isinstance(other, Value) else comparable(other)
        return self._primal == other

    def __ne__(self, other: object) -> "Truth":
        if contexts.active:
            return _compared(table.ne, self, other)
        if type(other) is not float:
            other = other._primal if isinstance(other, Value) else comparable(other)
        return self._primal != other

    def __lt__(self, other: Operand) -> "Truth":
        if contexts.active:
            return _compared(table.lt, self, other)
        if type(other) is not float:
            other = other._primal if isinstance(other, Value) else comparable(other)
        return self._primal < other

    def __le__(self, other: Operand) -> "Truth":
        if contexts.active:
            return _compared(table.le, self, other)
        if type(other) is not float:
            other = other._primal if isinstance(other, Value) else comparable(other)
        return self._primal <= other

    def __gt__(self, other: Operand) -> "Truth":
        if contexts.active:
            return _compared(table.gt, self, other)
        if type(other) is not float:
            other = other._primal if isinstance(other, Value) else comparable(other)
        return self._primal > other

    def __ge__(self, other: Operand) -> "Truth":
        if contexts.active:
            return _compared(table.ge, self, other)
        if type(other) is not float:
            other = other._primal if isinstance(other, Value) else comparable(other)
        return self._primal >= other

    def __hash__(self) -> int:
        return object.__hash__(self)

    def __bool__(self) -> bool:
        if contexts.active and contexts.state.recorder is not None:
            return contexts.state.recorder.truth(self)  # type: ignore[no-any-return]
        return self._primal != 0.0

    def __repr__(self) -> str:
        name = "" if self.name is None else f", name={self.name!r}"
        return f"Value({self._primal!r}{name})"

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    # Recording

    def record(self, primitive: Primitive, operands: Sequence[Any]) -> "Value":
        """The node that `primitive` makes of `operands`: what calling the primitive does."""
        return _record(primitive, operands)

    def _apply(self, primitive: Primitive) -> "Value":
        if contexts.active:
            return _record(primitive, (self,))
        # one operand is the common case, worth its own short path
        x = self._primal
        y = primitive.value(x)
        if y - y != 0.0:
            contexts.not_finite(primitive, (x,), y)
        d: float | None = primitive.partials[0](x, y)
        node = new_node(Value)
        node._primal = y
        node._primitive = primitive
        node._x = self
        node._dx = None if d == 0.0 and primitive.selects[0] else d
        node._y = node._dy = None
        node.grad = 0.0
        node._pending = 0
        return node

    def detach(self) -> "Value":
        """A new leaf with the same data: what follows does not differentiate through it."""
        if contexts.active and contexts.state.recorder is not None:
            return _record(table.stop_gradient, (self,))  # a leaf would keep today's number
        return Value(self._primal, name=self.name)

    # Copies

    def __copy__(self) -> "Value":
        if contexts.active and contexts.state.recorder is not None:
            return _record(table.identity, (self,))
        twin = make_node(*node_fields(self))
        mark_swept([twin])
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> "Value":
        from .pickling import deepcopy_value

        if contexts.active:
            contexts.refuse("copy.deepcopy of a Value", "copy it before the call")
        return deepcopy_value(self, memo)

    def __reduce__(self) -> tuple[Any, ...]:
        from .pickling import reduce_value

        if contexts.active:
            contexts.refuse("pickling a Value", "pickle it before the call")
        return reduce_value(self)

    def _repr_svg_(self) -> str:
        """The picture that a notebook shows."""
        from ..drawing.draw import svg

        return svg(self)


@mypyc_attr(allow_interpreted_subclasses=True)
class _Blank:
    """`_Blank.__new__(kind)` is `object.__new__(kind)` in the one form that mypyc can compile."""

    def __new__(cls: Any) -> Any:
        return object.__new__(cls)


def new_node(kind: type[Value]) -> Value:
    """A Value without any field, not even data."""
    return _Blank.__new__(kind)  # type: ignore[no-any-return]


if hasattr(new_node, "__code__"):  # not compiled: a call less for each node
    globals()["new_node"] = object.__new__


def _operator(primitive: Primitive, x: Any, y: Any) -> "Result":
    """A binary operator: NotImplemented where the other operand is not a number."""
    for other in (x, y):
        kind = type(other)
        if kind is not Value and kind is not float and not is_operand(other):
            return NotImplemented  # type: ignore[no-any-return]  # what Python asks of operators
    if contexts.active:
        return _record(primitive, (x, y))
    a = x._primal if isinstance(x, Value) else float(x)
    b = y._primal if isinstance(y, Value) else float(y)
    r = primitive.value(a, b)
    if r - r != 0.0:
        contexts.not_finite(primitive, (a, b), r)
    by_x, by_y = primitive.partials
    dx: float | None = by_x(a, b, r) if isinstance(x, Value) else None
    dy: float | None = by_y(a, b, r) if isinstance(y, Value) else None
    if dx == 0.0 and primitive.selects[0]:
        dx = None
    if dy == 0.0 and primitive.selects[1]:
        dy = None
    node = new_node(Value)
    node._primal = r
    node._primitive = primitive
    node._x = x if isinstance(x, Value) else a
    node._y = y if isinstance(y, Value) else b
    node._dx = dx
    node._dy = dy
    node.grad = 0.0
    node._pending = 0
    return node


def _compared(primitive: Primitive, x: Value, other: Any) -> "Truth":
    """A comparison while a context is open: a node if it is `jit` that records."""
    if not is_operand(other):
        return NotImplemented  # type: ignore[no-any-return]  # what Python asks of operators
    if contexts.state.recorder is None:
        y = other._primal if isinstance(other, Value) else comparable(other)
        return primitive.value(x._primal, y) != 0.0
    return _record(primitive, (x, other))  # type: ignore[return-value]  # which has a truth


def _record(primitive: Primitive, operands: Sequence[Any]) -> Value:
    if contexts.active and contexts.state.recorder is not None:
        return contexts.state.recorder.record(primitive, operands)  # type: ignore[no-any-return]
    values = [x._primal if isinstance(x, Value) else to_float(x) for x in operands]
    if primitive.arity is not None and len(values) != primitive.arity:
        raise TypeError(f"{primitive.name} takes {primitive.arity} operands, not {len(values)}")
    y = primitive.value(*values)
    if y - y != 0.0:
        contexts.not_finite(primitive, values, y)
    wanted = [isinstance(x, Value) for x in operands]
    kept = tuple(operands)
    if not all(wanted):
        kept = tuple([x if want else v for x, v, want in zip(kept, values, wanted, strict=True)])
    if contexts.active and not contexts.state.recording:
        return Value(y)
    found = primitive.local_partials(values, y, wanted)
    if len(found) != len(values):
        raise TypeError(
            f"the partials of {primitive.name} are {len(found)}, but it has {len(values)} operands"
        )
    partials = tuple([float(d) if want else None for d, want in zip(found, wanted, strict=True)])
    if primitive.arity is not None:
        chosen = zip(partials, primitive.selects, strict=True)
        partials = tuple([None if d == 0.0 and selects else d for d, selects in chosen])
    node = make_node(y, 0.0, None, primitive, kept, partials)
    if contexts.active:
        contexts.note(node)
    return node


def node_fields(node: Value) -> tuple[Any, ...]:
    """What `make_node` takes to make the same node again."""
    partials = tuple([d for _, d in node.operand_partials()])
    return (node._primal, node.grad, node.name, node._primitive, node.operands, partials)


def make_node(
    data: float,
    grad: float,
    name: str | None,
    primitive: Primitive | None,
    operands: Sequence[Any],
    partials: Sequence[float | None],
) -> Value:
    node = new_node(Value)
    node._primal = data
    node.grad = grad
    node._primitive = primitive
    node._pending = 0
    node._x = node._y = node._dx = node._dy = None
    if name is not None:
        node._name = name
    if primitive is None:
        return node
    if primitive.arity == 1:
        node._x, node._dx = operands[0], partials[0]
    elif primitive.arity == 2:
        node._x, node._dx = operands[0], partials[0]
        node._y, node._dy = operands[1], partials[1]
    else:
        node._x, node._y = 0.0, Many(tuple(operands), tuple(partials))
    return node
