"""The methods of a Value that are not operators: `v.exp()`, `v.relu()`, `round(v)` and similar.

Those that apply a row of the table are made from it by `callables.py`. Type checkers and editors
read `methods.pyi`, which `python -m tests.stubs --write` writes.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, NoReturn

from . import contexts
from .compiled import mypyc_attr
from .primitive import Primitive, rows

if TYPE_CHECKING:
    from .types import Result


@mypyc_attr(allow_interpreted_subclasses=True)
class Methods:
    """What `Value` inherits; it provides the two methods that record a node."""

    __slots__ = ()

    def _apply(self, primitive: Primitive) -> "Result":
        raise TypeError("only a Value can be differentiated")

    record: ClassVar[Callable[..., "Result"]]  # (self, primitive, operands)

    # Built-in functions that ask for a method

    def __neg__(self) -> "Result":
        return self._apply(rows.neg)

    def __pos__(self) -> "Result":
        return self._apply(rows.identity)

    def __abs__(self) -> "Result":
        return self._apply(rows.abs)

    def __floor__(self) -> "Result":
        return self._apply(rows.floor)

    def __ceil__(self) -> "Result":
        return self._apply(rows.ceil)

    def __trunc__(self) -> "Result":
        return self._apply(rows.trunc)

    def __round__(self, ndigits: int | None = None) -> "Result":
        if not ndigits:
            return self._apply(rows.round)
        # the built-in rounds the decimal form, which no scaling by a power of ten does exactly
        return self.record(rows.round_to, (self, float(ndigits)))

    def __float__(self) -> NoReturn:
        _refuse("float")

    def __int__(self) -> int:
        if contexts.active and contexts.state.recorder is not None:
            return contexts.state.recorder.whole(self)  # type: ignore[no-any-return]
        _refuse("int")

    def __index__(self) -> int:
        # `range(round(x))` asks for it: round gives an int of a float, but a Value of a Value
        if contexts.active and contexts.state.recorder is not None:
            return contexts.state.recorder.index(self)  # type: ignore[no-any-return]
        _refuse("int")

    def __complex__(self) -> NoReturn:
        _refuse("complex")


setattr(Methods, "__index__", Methods.__index__)  # noqa: B010 (mypyc leaves its slot empty)


def _refuse(kind: str) -> NoReturn:
    raise TypeError(
        f"a Value is not converted to {kind}: the gradient would be lost. Use ag.exp(v) and "
        "similar, not math.exp(v); v.data is the number, v.detach() a Value without history"
    )
