"""Custom primitives: operations that a user adds, with their derivatives."""

from collections.abc import Callable, Sequence
from typing import Any

from .domains import Domain
from .primitive import Primitive

__all__ = ["primitive"]


def primitive(
    value: Callable[..., float] | None = None,
    *,
    partials: Sequence[Callable[..., Any]],
    name: str | None = None,
    domain: Domain | None = None,
) -> Any:
    """Make an operation of your own, usable like every other in every mode; also a decorator.

    Arguments:
        value: a function of floats that returns a float.
        partials: one function per operand, `(*operands, result) -> partial`. Written with this
            package's functions and `+ - *` they serve every order; with `math`, first order only.
        name: shown in pictures and messages; the function's own name when left out.
        domain: a `Domain`; without one, a result of nan or inf is never warned about.

    Raises:
        TypeError: `value` or a partial is not callable.
        ValueError: there is no partial at all.

    >>> import autograd_lite as ag
    >>> @ag.primitive(partials=[lambda x, y: 3.0 * x * x])
    ... def cube(x):
    ...     return x * x * x
    >>> cube(2.0), ag.grad(cube)(2.0), ag.grad(ag.grad(cube))(2.0)
    (8.0, 12.0, 12.0)
    """
    if value is None:
        return lambda f: primitive(f, partials=partials, name=name, domain=domain)
    for f in (value, *partials):
        if not callable(f):
            raise TypeError(f"a primitive's value and partials are functions, not {f!r}")
    if not partials:
        raise ValueError("a primitive needs one partial per operand; none was given")
    title = str(getattr(value, "__name__", "primitive")) if name is None else name
    if not isinstance(title, str):
        raise TypeError(f"a primitive's name is a str, not {type(title).__name__}")
    if not (title.isprintable() and 1 <= len(title) <= 200):
        raise ValueError(
            f"a primitive's name is printable text of 1 to 200 characters, not {title!a:.80}"
        )
    anywhere = Domain("any real number", lambda *xs: True, *[(-2.0, 2.0)] * len(partials))
    custom = Primitive(title, _check_result(title, value), partials, domain or anywhere)
    custom.module = value.__module__
    return custom


def _check_result(name: str, value: Callable[..., float]) -> Callable[..., float]:
    def checked(*operands: float) -> float:
        y = value(*operands)
        if not isinstance(y, (int, float)):
            raise TypeError(f"{name} must return a float, not {type(y).__name__}: {y!r:.80}")
        return float(y)

    return checked


def wrap_partials(custom: Primitive) -> list[Primitive]:
    """Wrap each partial as a primitive without derivatives of its own."""
    refused = [_refuse_partial(custom.name)] * (len(custom.partials) + 1)
    return [
        Primitive(f"{custom.name}'{i}", _as_float(partial), refused, custom.domain)
        for i, partial in enumerate(custom.partials)
    ]


def _as_float(partial: Callable[..., Any]) -> Callable[..., float]:
    return lambda *numbers: float(partial(*numbers))


def _refuse_partial(name: str) -> Callable[..., Any]:
    def refuse(*operands: Any) -> Any:
        raise TypeError(
            f"the partials of {name} accept only floats, so they have no derivatives: write them "
            "with autograd_lite's functions"
        )

    return refuse
