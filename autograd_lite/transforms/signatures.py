"""Types of `grad(f)` and `value_and_grad(f)`, for type checkers alone.

A gradient has the type of the argument it is taken with respect to, and accepts the arguments of
`f`. Where `f` declares a Value, the differentiated function accepts a float as well.
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


class GradientFunction(Protocol[_F]):
    """The gradient of a function of type F with respect to its first argument."""

    @overload
    def __call__(
        self: "GradientFunction[_OfValue]", x: float, /, *args: Any, **options: Any
    ) -> float: ...
    @overload
    def __call__(
        self: "GradientFunction[_OfValue]", x: Value, /, *args: Any, **options: Any
    ) -> Value: ...
    @overload
    def __call__(
        self: "GradientFunction[_OfList]", x: Any, /, *args: Any, **options: Any
    ) -> Any: ...
    @overload
    def __call__(
        self: "GradientFunction[_OfTuple]", x: Any, /, *args: Any, **options: Any
    ) -> Any: ...
    @overload
    def __call__(
        self: "GradientFunction[_OfDict]", x: Any, /, *args: Any, **options: Any
    ) -> Any: ...
    @overload
    def __call__(
        self: "GradientFunction[Callable[Concatenate[_T, _P], Any]]",
        x: _T,
        /,
        *args: _P.args,
        **options: _P.kwargs,
    ) -> _T: ...


class ValueAndGradientFunction(Protocol[_F]):
    """The value and gradient of a function of type F with respect to its first argument."""

    @overload
    def __call__(
        self: "ValueAndGradientFunction[_OfValue]", x: float, /, *args: Any, **options: Any
    ) -> tuple[float, float]: ...
    @overload
    def __call__(
        self: "ValueAndGradientFunction[_OfValue]", x: Value, /, *args: Any, **options: Any
    ) -> tuple[Value, Value]: ...
    @overload
    def __call__(
        self: "ValueAndGradientFunction[_OfList]", x: Any, /, *args: Any, **options: Any
    ) -> tuple[Any, Any]: ...
    @overload
    def __call__(
        self: "ValueAndGradientFunction[_OfTuple]", x: Any, /, *args: Any, **options: Any
    ) -> tuple[Any, Any]: ...
    @overload
    def __call__(
        self: "ValueAndGradientFunction[_OfDict]", x: Any, /, *args: Any, **options: Any
    ) -> tuple[Any, Any]: ...
    @overload
    def __call__(
        self: "ValueAndGradientFunction[Callable[Concatenate[_T, _P], _R]]",
        x: _T,
        /,
        *args: _P.args,
        **options: _P.kwargs,
    ) -> tuple[_R, _T]: ...
