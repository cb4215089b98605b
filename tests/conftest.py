"""Hypothesis profiles: `ci` where the variable CI is set, `default` elsewhere.

The `ci` profile draws the same examples on every run, so a failure there is a failure here.
"""

import os

from hypothesis import settings

settings.register_profile(
    "ci", derandomize=True, database=None, max_examples=2000, deadline=None, print_blob=True
)
settings.register_profile("default", max_examples=100, deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "default")
