"""`autograd-lite demo NAME`: runs a demo, from a source tree and from a wheel alike."""

import ast
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from .._util.text import shown
from .expressions import nearest
from .formula import UsageError
from .tabular import format_table

# Which extra brings what a demo imports; all else comes with `demos`.
_EXTRAS = {"dask": "distributed", "distributed": "distributed", "sklearn": "learn"}
_EXTRAS["playwright"] = "browser"


def folder() -> Path:
    """Where the demos are: in the installed package, or beside it in a source tree."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "demos"
    return inside if inside.is_dir() else package.parent / "demos"


def demos() -> dict[str, Path]:
    """The demos by name."""
    return {path.stem.replace("_", "-"): path for path in sorted(folder().glob("[a-z]*.py"))}


def listed(width: int) -> str:
    """The demos, each with what its file says first."""
    found = demos()
    if not found:
        raise UsageError(f"there are no demos in {folder()}")
    return "\n".join(format_table([(name, _about(path)) for name, path in found.items()], width))


def _about(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.partition("\n\n")[0].split())


def chosen(name: str) -> tuple[str, Path]:
    """A demo by its name, or by the beginning of it."""
    found = demos()
    wanted = name.replace("_", "-")
    matches = [wanted] if wanted in found else [x for x in found if wanted and x.startswith(wanted)]
    if len(matches) == 1:
        return matches[0], found[matches[0]]
    if matches:
        raise UsageError(f"{shown(name, 40)} may be {' or '.join(matches)}")
    hint = nearest(wanted, found) or ": autograd-lite demo lists them"
    raise UsageError(f"there is no demo {shown(name, 40)}{hint}")


def run(name: str, arguments: Sequence[str]) -> int:
    """Run a demo with its own options, as `python demos/NAME.py` does; its exit code.

    Raises:
        UsageError: there is no such demo, or it needs a package that is not installed.
    """
    title, path = chosen(name)
    before = sys.argv, list(sys.path)
    sys.argv = [str(path), *arguments]
    # a demo imports its neighbours, and the package may be found by the current folder alone
    sys.path[:] = [str(path.parent), *sys.path, str(Path(__file__).resolve().parents[2])]
    try:
        runpy.run_path(str(path), run_name="__main__")
    except SystemExit as end:
        return _code(end)
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module in ("", "autograd_lite") or (path.parent / f"{module}.py").exists():
            raise
        extra = _EXTRAS.get(module, "demos")
        raise UsageError(
            f'the demo {title} needs {module}: pip install "autograd_lite[{extra}]"'
        ) from None
    except ImportError as error:
        if "pip install" not in str(error):
            raise
        raise UsageError(f"the demo {title}: {error}") from None
    finally:
        sys.argv, sys.path[:] = before
    return 0


def _code(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1
