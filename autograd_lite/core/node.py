"""Node: what a Value remembers, and how to read it. The arithmetic stands in `value.py`."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, ClassVar, SupportsFloat

from . import contexts
from .compiled import mypyc_attr
from .methods import Methods
from .operands import to_float
from .scopes import Tag
from .table import Primitive


@mypyc_attr(allow_interpreted_subclasses=True)
class Many:
    """The operands of a node with more than two, and their partials."""

    __slots__ = ("_partials", "operands")

    # Whether a sweep may leave the edges to `accumulate`, since they all end in leaves.
    leaves: ClassVar[bool] = False

    def __init__(self, operands: tuple[Any, ...], partials: tuple[Any, ...] = ()) -> None:
        self.operands = operands
        self._partials = partials

    @property
    def partials(self) -> tuple[Any, ...]:
        return self._partials

    def edges(self, adjoint: float = 1.0) -> Iterator[tuple[Any, Any]]:
        """(operand, partial) wherever that adjoint flows on."""
        for x, d in zip(self.operands, self.partials, strict=True):
            if d is not None:
                yield x, d

    def accumulation(self, adjoint: float) -> tuple[Any, ...] | None:
        """A call, with its arguments, of machine code that adds to every operand's grad, or to none
        and returns False; None where there is none.
        """
        return None

    def accumulate(self, adjoint: float) -> None:
        """Add partial * adjoint to every operand's grad, to all or to none."""
        grads: dict[Any, float] = {}
        for x, d in self.edges(adjoint):
            grads[x] = grads.get(x, x.grad) + d * adjoint
        set_all("grad", grads.keys(), grads.values())


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
        "_swept",
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
    _pending: int
    _name: str | Tag | None  # unset until a name is given or a scope
    _swept: object  # unset until a sweep reaches the node; see `sweep._SWEPT`

    @property
    def data(self) -> float:
        """The number itself. Setting it on a leaf changes later operations, not recorded ones."""
        if contexts.active and contexts.state.recorder is not None:
            return contexts.state.recorder.read(self)  # type: ignore[no-any-return]
        return self._primal

    @data.setter
    def data(self, data: SupportsFloat) -> None:
        if contexts.active:
            contexts.refuse("setting .data", "set it after the call")
        self._primal = to_float(data)

    @property
    def name(self) -> str | None:
        """The name given to this value, or None."""
        found = getattr(self, "_name", None)
        return found.name if type(found) is Tag else found

    @name.setter
    def name(self, name: str | None) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"a name is a str, not {type(name).__name__}")
        found = getattr(self, "_name", None)
        self._name = found.named(name) if type(found) is Tag else name

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
    def parents(self) -> tuple[Any, ...]:
        """The operands that are Values: `x * x` has two parents, `2.0 * x` one."""
        return tuple([x for x in self.operands if isinstance(x, Node)])

    @property
    def partials(self) -> tuple[float, ...]:
        """The partial derivative by each parent, taken when the operation was recorded."""
        pairs = self.operand_partials()
        return tuple([0.0 if d is None else d for x, d in pairs if isinstance(x, Node)])

    def operand_partials(self) -> Iterator[tuple[Any, float | None]]:
        """(operand, partial) for every operand; None where no derivative flows."""
        return zip(self.operands, self._operand_partials, strict=True)

    def edges(self, adjoint: float = 1.0) -> Iterable[tuple[Any, float]]:
        """(parent, partial) wherever that adjoint, as a derivative, flows on."""
        if isinstance(self._y, Many):
            return self._y.edges(adjoint)
        by_x, by_y = (self._x, self._dx), (self._y, self._dy)
        if self._dx is None:
            return () if self._dy is None else (by_y,)  # type: ignore[return-value]
        return (by_x,) if self._dy is None else (by_x, by_y)  # type: ignore[return-value]


def set_all(
    field: str, nodes: Iterable[Any], numbers: Iterable[float], *more: Iterable[Any]
) -> None:
    """Set a field of many nodes, of all or of none, and run the iterators `more` likewise.

    It is one call into C, and Python raises a KeyboardInterrupt only between instructions of its
    own; another thread, too, sees all of the old numbers or all of the new.
    """
    deque(chain(map(getattr(Node, field).__set__, nodes, numbers), *more), maxlen=0)


def set_data(nodes: Iterable[Any], data: Iterable[Any], *more: Iterable[Any]) -> None:
    """`node.data = x` for many nodes, for all or for none."""
    if contexts.active:
        contexts.refuse("setting .data", "set it after the call")
    set_all("_primal", nodes, [to_float(x) for x in data], *more)
