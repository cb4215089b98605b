"""The engine: values, the table of primitives, and the chain rule. Start with `value.py`."""

from . import table  # isort: skip - first, since the engine takes its rows from `primitive.TABLE`
from . import pickling  # attaches itself to Value

__all__ = ["pickling", "table"]
