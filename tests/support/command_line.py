"""The command line, for its tests: its type, a process of its own, and one thing that it prints."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., tuple[int, str, str]]

CHAIN_RULE = """\
value  6.909297426825682
d/dx   2.5838531634528574
d/dy   2.0

node  operation     value  adjoint  operand    partial    product
v3    v1 + v2      6.9093        1  v1               1          1
                                    v2               1          1
v2    sin(x)     0.909297        1  x        -0.416147  -0.416147
v1    x * y             6        1  x                3          3
                                    y                2          2
"""


def process(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """The same as a process of its own."""
    command = [sys.executable, "-m", "autograd_lite", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", **options
    )
