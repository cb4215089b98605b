"""Value: a number that remembers how it was made.

Every operation on a `Value` makes a new `Value`, a node of the computation graph. A node keeps its
operands and the partial derivative with respect to each, evaluated when the node is made.
`backward()` then is the chain rule as a book writes it, one product per edge:

    operand.grad += partial * node.grad
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, SupportsFloat

from . import contexts, recording
from .backward import backpropagate
from .compiled import mypyc_attr
from .diagnostics import report_not_finite
from .operands import Operand, to_float
from .operators import Operators
from .primitive import Primitive, rows
from .recording import new_node, record, record_pair

if TYPE_CHECKING:
    from .types import Result

__all__ = ["Value"]

# one object for all nodes: of a plain 1.0, mypyc would make a float for each
_ONE: Final[Any] = float("1.0")
_ADD: Final = rows.add
_SUB: Final = rows.sub
_MUL: Final = rows.mul
_DIV: Final = rows.div


@mypyc_attr(allow_interpreted_subclasses=True)
class Value(Operators):
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
        self._primitive = self._x = self._y = self._dx = self._dy = None
        self._pending = 0
        if contexts.active and contexts.current().scope is not None:
            self._name = contexts.current().scope
        if name is not None:
            self.name = name

    def backward(self) -> None:
        """Add d(self)/d(leaf) to the `grad` of every leaf that `self` was computed from.

        The `grad` of every node in between becomes d(self)/d(node), whatever it was before; so
        calling it twice doubles the leaves and nothing else. Graphs of any depth are right, since
        nothing here recurses. After a KeyboardInterrupt or another error the leaves may lack a part
        of their share: set their `grad` to 0.0 and call it again. Two threads must not call it at
        once on graphs that share Values, leaves included: give each its own, or take turns with a
        lock, or use `ag.grad`.

        >>> from autograd_lite import Value
        >>> x = Value(3.0)
        >>> (x * x).backward()
        >>> x.grad
        6.0
        """
        if contexts.active:
            contexts.refuse("backward()", "call it on the result, or use ag.grad inside")
            if contexts.current().places is not None:
                contexts.current().places.backpropagate(self)
                return
        backpropagate(self)

    # The operations that make nearly all nodes write out, for speed, what `recording` does for any:
    # number, row of the table, operands and partials. A test holds them to the table.

    def __add__(self, other: Operand) -> "Result":
        if contexts.active:
            return record_pair(_ADD, self, other)
        node = new_node(Value)
        if type(other) is Value:
            y, node._dy = other._primal, _ONE
        elif type(other) is float:
            y, node._dy = other, None
        else:
            return self + float(other) if type(other) is int else record_pair(_ADD, self, other)
        node._primal, node._primitive = self._primal + y, _ADD
        node._x, node._dx, node._y = self, _ONE, other
        node.grad, node._pending = 0.0, 0
        return node

    def __sub__(self, other: Operand) -> "Result":
        if contexts.active:
            return record_pair(_SUB, self, other)
        node = new_node(Value)
        if type(other) is Value:
            y, node._dy = other._primal, -1.0
        elif type(other) is float:
            y, node._dy = other, None
        else:
            return self - float(other) if type(other) is int else record_pair(_SUB, self, other)
        node._primal, node._primitive = self._primal - y, _SUB
        node._x, node._dx, node._y = self, _ONE, other
        node.grad, node._pending = 0.0, 0
        return node

    def __mul__(self, other: Operand) -> "Result":
        if contexts.active:
            return record_pair(_MUL, self, other)
        node = new_node(Value)
        if type(other) is Value:
            y, node._dy = other._primal, self._primal
        elif type(other) is float:
            y, node._dy = other, None
        else:
            return self * float(other) if type(other) is int else record_pair(_MUL, self, other)
        node._primal, node._primitive = self._primal * y, _MUL
        node._x, node._dx, node._y = self, y, other
        node.grad, node._pending = 0.0, 0
        return node

    def __truediv__(self, other: Operand) -> "Result":
        if contexts.active:
            return record_pair(_DIV, self, other)
        node = new_node(Value)
        if type(other) is Value:
            y = other._primal
        elif type(other) is float:
            y = other
        else:
            return self / float(other) if type(other) is int else record_pair(_DIV, self, other)
        if y == 0.0:
            return record_pair(_DIV, self, other)  # a pole, to be warned about
        node._primal, node._primitive = self._primal / y, _DIV
        node._x, node._dx, node._y = self, 1.0 / y, other
        node._dy = None if type(other) is float else -(node._primal / y)
        node.grad, node._pending = 0.0, 0
        return node

    def _apply(self, primitive: Primitive) -> "Result":
        if contexts.active:
            return record(primitive, (self,))
        x = self._primal
        y = primitive.value(x)
        if y - y != 0.0:
            report_not_finite(primitive, (x,), y)
        d: float | None = primitive.partials[0](x, y)
        node = new_node(Value)
        node._primal, node._primitive = y, primitive
        node._x, node._dx = self, None if d == 0.0 and primitive.selects[0] else d
        node._y = node._dy = None
        node.grad, node._pending = 0.0, 0
        return node

    def record(self, primitive: Primitive, operands: Sequence[Any]) -> "Value":
        """Return the node that `primitive` makes of `operands`, as calling the primitive does."""
        return record(primitive, operands)

    def __radd__(self, other: Operand) -> "Result":
        return record_pair(_ADD, other, self)

    def __rsub__(self, other: Operand) -> "Result":
        return record_pair(_SUB, other, self)

    def __rmul__(self, other: Operand) -> "Result":
        return record_pair(_MUL, other, self)

    def __rtruediv__(self, other: Operand) -> "Result":
        return record_pair(_DIV, other, self)

    def detach(self) -> "Value":
        """Return a new leaf with the same data: what follows does not differentiate through it."""
        if contexts.active and contexts.current().recorder is not None:
            return contexts.current().recorder.detach(self)  # type: ignore[no-any-return]
        return Value(self._primal, name=self.name)


recording.node_class = Value
