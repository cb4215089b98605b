"""Find and run the demos, in a source tree or an installed package."""

import ast
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

import autograd_lite

from .._util.tabular import format_table
from .._util.text import shown
from .expressions import suggest
from .formula import UsageError


def find_folder() -> Path:
    """Return the folder of the demos: in the package of a wheel, beside it in a source tree."""
    package = Path(autograd_lite.__file__).absolute().parent
    inside = package / "demos"
    return inside if inside.is_dir() else package.parent / "demos"


def find_demos() -> dict[str, Path]:
    """Return the paths of the demos by name."""
    return {path.stem.replace("_", "-"): path for path in sorted(find_folder().glob("[a-z]*.py"))}


def list_demos(width: int) -> str:
    """Return a table of the demos, each with the first paragraph of its docstring."""
    rows = []
    for name, path in find_demos().items():
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        rows.append((name, " ".join(text.partition("\n\n")[0].split())))
    if not rows:
        raise UsageError(f"there are no demos in {find_folder()}")
    return "\n".join(format_table(rows, width))


def run(name: str, arguments: Sequence[str]) -> int:
    """Run a demo as `python demos/NAME.py` does, and return its exit code.

    Arguments:
        name: the name of the demo, or the beginning of it.
        arguments: the arguments of the demo, for `sys.argv`.

    Raises:
        UsageError: there is no such demo, or it needs a package that is not installed.
    """
    title, path = _find(name)
    argv, search = sys.argv, list(sys.path)
    sys.argv = [str(path), *arguments]
    sys.path.insert(0, str(path.parent))  # a demo may import another one
    try:
        runpy.run_path(str(path), run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except ImportError as error:
        if "pip install" in str(error):
            raise UsageError(f"the demo {title}: {error}") from None
        module = (error.name or "").partition(".")[0]
        if not isinstance(error, ModuleNotFoundError) or module in ("", "autograd_lite"):
            raise
        advice = f'needs {module}: pip install "autograd_lite[demos]"'
        raise UsageError(f"the demo {title} {advice}") from None
    finally:
        sys.argv, sys.path[:] = argv, search
    return 0


def _find(name: str) -> tuple[str, Path]:
    """Return the full name and the path of a demo, given its name or the beginning of it."""
    paths = find_demos()
    wanted = name.replace("_", "-")
    matches = [wanted] if wanted in paths else [x for x in paths if wanted and x.startswith(wanted)]
    if len(matches) == 1:
        return matches[0], paths[matches[0]]
    if matches:
        raise UsageError(f"{shown(name, 40)} is ambiguous: write {' or '.join(matches)}")
    hint = suggest(wanted, paths) or ": autograd-lite demo lists them"
    raise UsageError(f"there is no demo {shown(name, 40)}{hint}")
