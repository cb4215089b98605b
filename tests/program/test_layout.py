"""Tests stand in the folders of the package: each module has its file, or is named in another."""

from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PACKAGE = TESTS.parent / "autograd_lite"
MODULES = sorted(p.relative_to(PACKAGE) for p in PACKAGE.rglob("*.py") if p.name[0] != "_")


def read_docstrings(files: list[Path]) -> str:
    """Return what stands in the first triple quotes of each file."""
    parts = [path.read_text(encoding="utf-8").split('"""', 2) for path in files]
    return "\n".join([docstring for _, docstring, *_ in parts])


def find_untested(modules: list[Path], tests: Path) -> list[Path]:
    """Return the modules without a file of tests.

    Each has `tests/ROOM/test_MODULE.py`, or stands in the docstring of another file of its folder
    as `MODULE.py`, or of any file as `ROOM/MODULE.py`.
    """
    anywhere = read_docstrings([*tests.rglob("test_*.py")])
    return [
        module
        for module in modules
        if not (tests / module.with_name(f"test_{module.name}")).exists()
        and module.as_posix() not in anywhere
        and module.name not in read_docstrings([*(tests / module.parent).glob("test_*.py")])
    ]


def test_every_module_has_tests() -> None:
    assert find_untested(MODULES, TESTS) == []


def test_a_module_without_tests_is_found(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "test_value.py").write_text('"""Values, node.py and nn/loop.py."""')
    modules = [Path("core/value.py"), Path("core/node.py"), Path("nn/loop.py"), Path("nn/node.py")]
    assert find_untested(modules, tmp_path) == [Path("nn/node.py")]


def test_every_folder_of_tests_is_a_room_or_has_a_use_of_its_own() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    own = {
        "benchmarks",
        "data",
        "demos",
        "docs",
        "exactness",
        "fuzzing",
        "operations",
        "program",
        "support",
    }
    own |= {"typing", "__pycache__"}
    assert {path.name for path in TESTS.iterdir() if path.is_dir()} <= rooms | own
