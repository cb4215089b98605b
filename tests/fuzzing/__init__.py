"""Random programs, and the checks that hold every engine to one answer: see `tests/fuzz.py`."""
