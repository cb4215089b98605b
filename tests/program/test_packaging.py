"""What pip makes of a checkout: an editable install, and a wheel with the demos inside."""

import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ["autograd_lite", "demos", "pyproject.toml", "setup.py", "README.md", "LICENSE"]
BUILT = shutil.ignore_patterns("__pycache__", "*.so")

pytestmark = pytest.mark.slow  # pip makes environments, and downloads setuptools


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources in a folder that has the package's own name."""
    folder = tmp_path_factory.mktemp("parent") / "autograd_lite"
    folder.mkdir()
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=BUILT)
        else:
            shutil.copy(source, folder / name)
    return folder


def run(*command: object, cwd: Path) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def make_environment(folder: Path) -> Path:
    """Make an environment with pip in `folder`; return its programs' folder."""
    venv.create(folder, with_pip=True, symlinks=True)
    return folder / "bin"


def test_an_editable_install_is_imported_from_the_parent_folder(
    checkout: Path, tmp_path: Path
) -> None:
    """There `import autograd_lite` meets the checkout first, a namespace package without names."""
    programs = make_environment(tmp_path / "environment")
    run(programs / "pip", "install", "-q", "-e", checkout, cwd=tmp_path)
    code = "import autograd_lite; from autograd_lite import Value; print(autograd_lite.__file__)"
    for folder in (checkout.parent, checkout, tmp_path):
        imported = run(programs / "python", "-c", code, cwd=folder).strip()
        assert Path(imported) == checkout / "autograd_lite" / "__init__.py"


def test_a_wheel_has_every_file_of_the_package_and_the_demos(
    checkout: Path, tmp_path: Path
) -> None:
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path, checkout, cwd=ROOT)
    [wheel] = tmp_path.glob("*.whl")
    in_wheel = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    in_package = {path for path in (checkout / "autograd_lite").rglob("*") if path.is_file()}
    demos = {f"autograd_lite/{path.relative_to(checkout)}" for path in checkout.glob("demos/*.py")}
    assert in_wheel == {path.relative_to(checkout).as_posix() for path in in_package} | demos

    programs = make_environment(tmp_path / "environment")
    run(programs / "pip", "install", "-q", wheel, cwd=tmp_path)
    listed = run(programs / "autograd-lite", "demo", cwd=tmp_path)
    assert "two-layer-network" in listed
    assert "usage:" in run(
        programs / "autograd-lite", "demo", "draw-network", "--help", cwd=tmp_path
    )
