"""The types that operators declare: what they give, unless it is NotImplemented or a `Condition`.

To a type checker these are Value and bool. mypyc, which reads this file as little as every other
outside of the core, takes them for any object, and so lets NotImplemented and conditions through.
"""

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from .value import Value

# said to be aliases, or pyright gives up: value.py names them, and they name it
Result: TypeAlias = "Value"
Truth: TypeAlias = bool
