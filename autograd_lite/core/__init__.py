"""The engine: values, the table of primitives, and the chain rule. Start with `value.py`."""
