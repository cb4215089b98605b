"""What mypyc is told about a class when it compiles the core; to the interpreter it says nothing.

The core runs as it stands, as plain Python. `AUTOGRAD_LITE_COMPILE=1` at build time compiles the
modules that `setup.py` lists; see docs/compiled-core.md.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_extensions import mypyc_attr as mypyc_attr
else:

    def mypyc_attr(**attributes: Any) -> Callable[[type], type]:
        return lambda kind: kind
