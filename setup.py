"""The optional build of the eager core by mypyc; everything else stands in pyproject.toml.

AUTOGRAD_LITE_COMPILE=1 pip install --no-build-isolation .     (in an environment with mypy)
"""

import os

from setuptools import setup

CORE = ["methods", "many", "node", "backward", "recording", "operators", "value"]
OPTIONS = [
    # types are checked by `mypy --strict autograd_lite`; here the other modules are not read
    "--follow-imports=skip",
    "--no-warn-return-any",
    "--no-warn-unused-ignores",
]

modules = []
if os.environ.get("AUTOGRAD_LITE_COMPILE", "") not in ("", "0"):
    from mypyc.build import mypycify

    core = [f"autograd_lite/core/{name}.py" for name in CORE]
    modules = mypycify(
        [*OPTIONS, "autograd_lite/core/compiled.py", *core],
        only_compile_paths=core,
        opt_level="3",
        group_name="autograd_lite",
    )
setup(ext_modules=modules)
