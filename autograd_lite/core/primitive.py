"""What an operation of the table is: its value, its partial derivatives and its domain.

`primitives` holds the rows. An operation of a user's own is the same, without being in the table.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["TABLE", "Domain", "Primitive", "primitive"]


class Domain:
    """Where an operation is defined.

    Arguments:
        text: the condition in words, for warnings and the documentation, such as `"x > 0"`.
        contains: the same as a predicate on the operands, which are not nan.
        box: one (low, high) per operand: a range inside the domain from which tests draw points.
    """

    __slots__ = ("box", "contains", "text")

    def __init__(self, text: str, contains: Callable[..., bool], *box: tuple[float, float]) -> None:
        self.text = text
        self.contains = contains
        self.box = box


class Primitive:
    """An operation with its derivative; called on floats it gives a float, on Values a Value.

    Attributes:
        name: the operation's name; a node shows it as `.op`.
        arity: how many operands it takes, or None for any number.
        value: the value as a function of floats.
        partials: one function per operand, `(*operands, result) -> partial`; for arity None a
            single function that returns the list of all partials.
        domain: where it is defined.
        label: what pictures show.
        note: what happens at a kink, or "".
        selects: for each operand, whether a partial of zero means "not chosen": nothing flows to
            it then, not even the nan of 0 * inf. False where a zero is a number like another.
        logical: whether the result is a truth, 1.0 or 0.0.
    """

    __slots__ = (
        "arity",
        "domain",
        "label",
        "logical",
        "module",
        "name",
        "note",
        "partials",
        "selects",
        "value",
    )

    def __init__(
        self,
        name: str,
        value: Callable[..., float],
        partials: Sequence[Callable[..., Any]],
        domain: Domain,
        *,
        label: str = "",
        note: str = "",
        selects: bool | tuple[bool, ...] = False,
        variadic: bool = False,
        logical: bool = False,
    ) -> None:
        self.name = name
        self.arity = None if variadic else len(partials)
        self.module = getattr(value, "__module__", "")
        self.value = value
        self.partials = tuple(partials)
        self.domain = domain
        self.label = label or name
        self.note = note
        self.logical = logical
        self.selects = selects if isinstance(selects, tuple) else (selects,) * len(partials)

    def __call__(self, *operands: Any) -> Any:
        for x in operands:
            if type(x) is not float and hasattr(x, "record"):
                return x.record(self, operands)
        if self.arity is not None and len(operands) != self.arity:
            raise TypeError(f"{self.name} takes {self.arity} operands, not {len(operands)}")
        return self.value(*operands)

    def local_partials(
        self, operands: Sequence[Any], result: Any, wanted: Sequence[bool]
    ) -> list[Any]:
        """The partial by each operand that is wanted, None for the others."""
        if self.arity is None:
            return list(self.partials[0](*operands, result))
        return [
            partial(*operands, result) if want else None
            for partial, want in zip(self.partials, wanted, strict=True)
        ]

    def numeric_partials(self) -> list["Primitive"]:
        """The partials as operations of their own, for such as take numbers alone (`math.cos`)."""
        return [
            Primitive(
                f"{self.name}'{i}",
                _numeric(partial),
                [_refused(self.name)] * (len(self.partials) + 1),
                self.domain,
            )
            for i, partial in enumerate(self.partials)
        ]

    @property
    def is_row(self) -> bool:
        """Whether it is a row of the table, and no operation of a user's own."""
        return TABLE.get(self.name) is self

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_find, ("" if self.is_row else self.module, self.name))


def _numeric(partial: Callable[..., Any]) -> Callable[..., float]:
    return lambda *numbers: float(partial(*numbers))


def _refused(name: str) -> Callable[..., Any]:
    def partial(*operands: Any) -> Any:
        raise TypeError(
            f"the partials of {name} take numbers alone, so they have no derivatives: write them "
            "with autograd_lite's functions"
        )

    return partial


def _find(module: str, name: str) -> Primitive:
    """The row of that name, or a user's primitive as a global of the module that defines it."""
    found = getattr(sys.modules.get(module), name, None) if module else TABLE[name]
    if not isinstance(found, Primitive):
        raise AttributeError(f"import {module} first, with a global named {name!r}: a primitive")
    return found


_find.__module__ = "autograd_lite.core.table"  # pickles name it there, whichever file it is in

TABLE: dict[str, Primitive] = {}


def primitive(
    value: Callable[..., float] | None = None,
    *,
    partials: Sequence[Callable[..., Any]],
    name: str | None = None,
    domain: Domain | None = None,
) -> Any:
    """An operation of your own, usable like every other in every mode; also a decorator.

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
    made = Primitive(title, _checked(title, value), partials, domain or anywhere)
    made.module = value.__module__
    return made


def _checked(name: str, value: Callable[..., float]) -> Callable[..., float]:
    def checked(*operands: float) -> float:
        y = value(*operands)
        if not isinstance(y, (int, float)):
            raise TypeError(f"{name} must return a float, not {type(y).__name__}: {y!r:.80}")
        return float(y)

    return checked
