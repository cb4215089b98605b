"""The two steps of a build that pyproject.toml cannot express: the demos, and the compiled core.

To compile the core with mypyc, in an environment that has mypy:

    AUTOGRAD_LITE_COMPILE=1 pip install --no-build-isolation .
"""

import os

from setuptools import setup
from setuptools.command.build_py import build_py

DEMOS = "autograd_lite.demos"
CORE = ["methods", "many", "node", "backward", "recording", "operators", "value"]
OPTIONS = [
    # types are checked by `mypy --strict autograd_lite`; here the other modules are not read
    "--follow-imports=skip",
    "--no-warn-return-any",
    "--no-warn-unused-ignores",
]


class BuildWithDemos(build_py):
    """Copy demos/ into wheels and sdists as a part of the package, for `autograd-lite demo`."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.packages = [*self.packages, DEMOS]

    def get_package_dir(self, package: str) -> str:
        return "demos" if package == DEMOS else super().get_package_dir(package)


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
setup(cmdclass={"build_py": BuildWithDemos}, ext_modules=modules)
