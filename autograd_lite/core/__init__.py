"""The engine: values, the table of primitives, and the chain rule. Start with `value.py`."""

from . import pickling  # noqa: F401 - attaches itself to Value
