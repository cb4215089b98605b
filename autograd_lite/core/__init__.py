"""The engine: values, the table of primitives, and the chain rule. Start with `value.py`."""

from . import table  # isort: skip - first, since the engine takes its rows from `primitive.rows`
from . import callables, pickling  # which give Value methods

__all__ = ["callables", "pickling", "table"]
