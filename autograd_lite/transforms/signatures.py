"""Types of functions that are made from functions, for type checkers; no program imports them.

A gradient has the type of the argument that it is taken with respect to, and takes what its
function takes. A function whose argument is annotated as a Value takes a float too, once it is
differentiated.
"""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeAlias, TypeVar, overload

from ..core.value import Value

_P = ParamSpec("_P")
_T = TypeVar("_T")
_R = TypeVar("_R")
_F = TypeVar("_F", bound=Callable[..., Any], covariant=True)

_OfValue: TypeAlias = Callable[Concatenate[Value, ...], Any]
_OfList: TypeAlias = Callable[Concatenate[list[Value], ...], Any]
_OfTuple: TypeAlias = Callable[Concatenate[tuple[Value, ...], ...], Any]
_OfDict: TypeAlias = Callable[Concatenate[dict[str, Value], ...], Any]


class Gradient(Protocol[_F]):
    """What `grad` makes of a function of type F, with respect to its first argument."""

    @overload
    def __call__(self: "Gradient[_OfValue]", x: float, /, *args: Any, **options: Any) -> float: ...
    @overload
    def __call__(self: "Gradient[_OfValue]", x: Value, /, *args: Any, **options: Any) -> Value: ...
    @overload
    def __call__(self: "Gradient[_OfList]", x: Any, /, *args: Any, **options: Any) -> Any: ...
    @overload
    def __call__(self: "Gradient[_OfTuple]", x: Any, /, *args: Any, **options: Any) -> Any: ...
    @overload
    def __call__(self: "Gradient[_OfDict]", x: Any, /, *args: Any, **options: Any) -> Any: ...
    @overload
    def __call__(
        self: "Gradient[Callable[Concatenate[_T, _P], Any]]",
        x: _T,
        /,
        *args: _P.args,
        **options: _P.kwargs,
    ) -> _T: ...


class ValueAndGradient(Protocol[_F]):
    """What `value_and_grad` makes of a function of type F, with respect to the first argument."""

    @overload
    def __call__(
        self: "ValueAndGradient[_OfValue]", x: float, /, *args: Any, **options: Any
    ) -> tuple[float, float]: ...
    @overload
    def __call__(
        self: "ValueAndGradient[_OfValue]", x: Value, /, *args: Any, **options: Any
    ) -> tuple[Value, Value]: ...
    @overload
    def __call__(
        self: "ValueAndGradient[_OfList]", x: Any, /, *args: Any, **options: Any
    ) -> tuple[Any, Any]: ...
    @overload
    def __call__(
        self: "ValueAndGradient[_OfTuple]", x: Any, /, *args: Any, **options: Any
    ) -> tuple[Any, Any]: ...
    @overload
    def __call__(
        self: "ValueAndGradient[_OfDict]", x: Any, /, *args: Any, **options: Any
    ) -> tuple[Any, Any]: ...
    @overload
    def __call__(
        self: "ValueAndGradient[Callable[Concatenate[_T, _P], _R]]",
        x: _T,
        /,
        *args: _P.args,
        **options: _P.kwargs,
    ) -> tuple[_R, _T]: ...
