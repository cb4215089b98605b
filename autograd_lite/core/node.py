"""Node: what a Value remembers, and how to read it. The arithmetic stands in `value.py`."""

from collections.abc import Iterable, Iterator
from typing import Any, SupportsFloat

from . import contexts
from .compiled import mypyc_attr
from .many import Many
from .methods import Methods
from .operands import to_float
from .primitive import Primitive


@mypyc_attr(allow_interpreted_subclasses=True)
class Node(Methods):
    """A node of the computation graph, as a reader sees it."""

    # The first two operands and their partials have fields of their own, since nearly every node
    # has one or two: a tuple each would cost 112 bytes and twice the time. `_dx` is None where no
    # derivative flows: the operand is a constant, or was not chosen (relu, where, maximum).
    # `_x` of a leaf is None. A node with more than two operands has a `Many` for `_y`, and a float
    # for `_x`.
    __slots__ = (
        "_dx",
        "_dy",
        "_name",
        "_pending",
        "_primal",
        "_primitive",
        "_visited",
        "_x",
        "_y",
        "grad",
    )

    _primal: float
    grad: float
    _primitive: Primitive | None
    _x: Any
    _y: Any
    _dx: float | None
    _dy: float | None
    _pending: int  # how many gradients it waits for, during a backward pass
    _name: Any  # a str, None, or the tag of a scope, which holds the name; unset at first
    _visited: object  # unset until a backward pass visits the node; see `stale`

    @property
    def data(self) -> float:
        """The number itself. Setting it on a leaf changes later operations, not recorded ones."""
        if contexts.active and contexts.current().recorder is not None:
            return contexts.current().recorder.read(self)  # type: ignore[no-any-return]
        return self._primal

    @data.setter
    def data(self, data: SupportsFloat) -> None:
        if contexts.active:
            contexts.refuse("setting .data", "set it after the call")
        self._primal = to_float(data)

    @property
    def name(self) -> str | None:
        """The name given to this value, or None."""
        label = getattr(self, "_name", None)
        return label if label is None or isinstance(label, str) else label.name

    @name.setter
    def name(self, name: str | None) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"a name is a str, not {type(name).__name__}")
        label = getattr(self, "_name", None)
        self._name = name if label is None or isinstance(label, str) else label.named(name)

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
        if isinstance(self._y, Many):
            return self._y.operands
        return (self._x,) if self._primitive.arity == 1 else (self._x, self._y)

    @property
    def parents(self) -> tuple[Any, ...]:
        """The operands that are Values: `x * x` has two parents, `2.0 * x` one."""
        return tuple([x for x in self.operands if isinstance(x, Node)])

    @property
    def partials(self) -> tuple[float, ...]:
        """The partial with respect to each parent, evaluated when the operation was recorded."""
        pairs = self.operand_partials()
        return tuple([0.0 if d is None else d for x, d in pairs if isinstance(x, Node)])

    def operand_partials(self) -> Iterator[tuple[Any, float | None]]:
        """Yield (operand, partial) for every operand; None where no derivative flows."""
        partials = self._y.partials if isinstance(self._y, Many) else (self._dx, self._dy)
        return zip(self.operands, partials, strict=False)  # of one operand there is no `_dy`

    def edges(self, adjoint: float = 1.0) -> Iterable[tuple[Any, float]]:
        """Return (parent, partial) wherever that adjoint, as a derivative, flows on."""
        if isinstance(self._y, Many):
            return self._y.edges(adjoint)
        to_x, to_y = (self._x, self._dx), (self._y, self._dy)
        if self._dx is None:
            return () if self._dy is None else (to_y,)  # type: ignore[return-value]
        return (to_x,) if self._dy is None else (to_x, to_y)  # type: ignore[return-value]

    def __repr__(self) -> str:
        name = "" if self.name is None else f", name={self.name!r}"
        return f"Value({self._primal!r}{name})"

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)
