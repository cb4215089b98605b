"""The package as others install it: wheel and sdist, with each extra, in environments of their own.

    python -m tests.packages                      bare, and with the extra `all`
    python -m tests.packages --extras draw jit    with these, each by itself
    python -m tests.packages --extras each        with each extra for users by itself
    python -m tests.packages --python python3.13  in environments of another Python

It needs the network: pip downloads what the extras name.
"""

import argparse
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

BARE = """
import sys
import autograd_lite as ag
loaded = {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names
assert loaded <= {"__main__", "_distutils_hack", "autograd_lite", "sitecustomize"}, loaded
assert ag.hessian(lambda x: x[0] * x[1] ** 2)([2.0, 3.0]) == [[0.0, 6.0], [6.0, 4.0]]
assert ag.jit(ag.grad(ag.sin))(0.5) == ag.cos(0.5)
"""

# What a missing extra says, in an environment with none, and what shows that it is there.
USES = {
    "draw": "assert '<svg' in ag.draw(ag.Value(2.0) * 3.0)",
    "jit": "assert ag.jit(lambda x: x * x, backend='llvm')(3.0) == 9.0",
    "sympy": """
product = ag.to_sympy(ag.Value(2.0, name="x") * 3.0)
[x] = product.free_symbols
assert product.subs(x, 5) == 15
""",
    "safetensors": """
import tempfile, os
net = ag.nn.MLP(2, [3, 1], rng=0)
path = os.path.join(tempfile.mkdtemp(), "net.safetensors")
net.save(path)
ag.nn.MLP(2, [3, 1], rng=1).load(path)
""",
    "completion": """
from autograd_lite.cli.main import main
assert main(["--print-completion", "bash"]) == 0
""",
    "demos": """
import matplotlib, os, tempfile
matplotlib.use("Agg")
os.chdir(tempfile.mkdtemp())
from autograd_lite.cli.main import main
assert main(["demo", "chain_rule"]) == 0
ag.plots.weights(ag.nn.MLP(2, [3, 1], rng=0))
""",
    "distributed": "import dask.distributed, matplotlib",
    "learn": "import sklearn, matplotlib",
}
ALL = ["completion", "draw", "jit", "sympy", "safetensors", "demos"]
WITHOUT = {"draw", "jit", "sympy", "safetensors"}  # of these the error names the extra


def built(folder: Path) -> tuple[Path, Path]:
    """(wheel, sdist): the first is made from the second."""
    python = environment(folder / "build", sys.executable)
    run(python, "-m", "pip", "install", "-q", "build", "twine")
    run(python, "-m", "build", "-o", str(folder), str(ROOT))
    [wheel], [sdist] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    run(python, "-m", "twine", "check", "--strict", str(wheel), str(sdist))
    return wheel, sdist


def look_inside(wheel: Path, sdist: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    strays = {n for n in names if not n.startswith(("autograd_lite/", "autograd_lite-"))}
    assert not strays, strays
    assert not [
        n for n in names if "test" in Path(n).name and n != "autograd_lite/testing/check.py"
    ]
    for path in (ROOT / "autograd_lite").rglob("*"):
        name = path.relative_to(ROOT).as_posix()
        if path.is_file() and "cache" not in name and path.suffix not in {".so", ".c"}:
            assert name in names, f"{name} is not in the wheel"
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"README.md", "LICENSE", "pyproject.toml", "autograd_lite/core/value.py"}
    assert wanted | {"demos/moons.py"} <= held


def environment(folder: Path, python: str) -> str:
    """A new environment; returns its interpreter."""
    if python == sys.executable:
        venv.create(folder, with_pip=True)
    else:
        run(python, "-m", "venv", str(folder))
    return str(folder / "bin" / "python")


def run(*command: str, cwd: Path | None = None, code: int = 0) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode != code:
        raise SystemExit(f"{' '.join(command)[:300]}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def check_bare(wheel: Path, folder: Path, chosen: str) -> None:
    python = environment(folder / "bare", chosen)
    run(python, "-m", "pip", "install", "-q", str(wheel))
    listed = run(python, "-m", "pip", "list", "--format=freeze").split()
    names = {line.partition("==")[0].replace("_", "-") for line in listed if "==" in line}
    assert names <= {"autograd-lite", "pip", "setuptools"}, names
    run(python, "-I", "-W", "error", "-c", BARE, cwd=folder)
    command = str(Path(python).parent / "autograd-lite")
    assert "6.9" in run(command, "diff", "x*y + sin(x)", "x=2", "y=3")
    for extra in sorted(WITHOUT):
        text = run(python, "-I", "-c", f"import autograd_lite as ag\n{USES[extra]}", code=1)
        named = f"autograd-lite[{extra}]" in text.replace("_", "-")
        assert "ImportError" in text and named, f"{extra}: {text}"


def check_extra(wheel: Path, folder: Path, chosen: str, extra: str, uses: list[str]) -> None:
    python = environment(folder / f"with-{extra}", chosen)
    run(python, "-m", "pip", "install", "-q", f"{wheel}[{extra}]")
    run(python, "-m", "pip", "check")
    for use in uses:
        run(python, "-I", "-c", f"import autograd_lite as ag\n{USES[use]}", cwd=folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--extras", nargs="*", default=["all"], metavar="EXTRA")
    parser.add_argument("--python", default=sys.executable, help="the interpreter to install into")
    options = parser.parse_args()
    extras = list(USES) if options.extras == ["each"] else options.extras
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel, sdist = built(folder)
        look_inside(wheel, sdist)
        print(f"{wheel.name}: {wheel.stat().st_size:,} bytes; {sdist.name}")
        check_bare(wheel, folder, options.python)
        print("bare: imports the standard library alone")
        for extra in extras:
            check_extra(wheel, folder, options.python, extra, ALL if extra == "all" else [extra])
            print(f"[{extra}]: works")


if __name__ == "__main__":
    main()
