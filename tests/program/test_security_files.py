"""Saved parameters, pickles, paths and programs of someone else's making: none of it runs."""

import ast
import io
import os
import pickle
import re
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.core.pickling import load_snapshot, take
from autograd_lite.core.table import TABLE
from autograd_lite.drawing import renderer
from autograd_lite.jit.backend.choose import has_llvm
from tests.support.cases import loop_over

POSIX = pytest.mark.skipif(os.name != "posix", reason="it runs scripts as POSIX systems do")
BACKENDS = ["python", *(["llvm"] if has_llvm() else [])]


@pytest.fixture(autouse=True)
def _temporary(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("tempdir")))


# Saved parameters


class Leaf(ag.nn.Module):
    def __init__(self) -> None:
        self.weights = [ag.Value(5.0), ag.Value(6.0)]
        self.bias = ag.Value(7.0)


class EvilFloat:
    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def __float__(self) -> Any:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


@loop_over(
    "bad",
    [
        None,
        "1.0",
        "nan",
        True,
        10**400,
        1j,
        b"1",
        [1.0],
        {"a": 1.0},
        {1.0: 2.0, 3.0: 4.0},
        {1.0, 2.0},
        b"ab",
        np.complex128(1 + 2j),
        EvilFloat("1.0"),
        EvilFloat(None),
        EvilFloat(1.0),
        EvilFloat(ValueError("evil")),
        EvilFloat(KeyboardInterrupt()),
        ag.Value(1.0),
        object(),
        "x" * 1_000_000,
        bytearray(1_000_000),
    ],
)
def test_a_state_of_something_else_than_numbers_sets_nothing(bad: Any) -> None:
    for state in (
        {"weights": [1.0, 2.0], "bias": bad},
        {"weights": [1.0, bad], "bias": 3.0},
        {"weights": [1.0, 2.0], "bias": 3.0, "\x1b" * 10_000: bad},
        {"weights": bad, "bias": 3.0},
    ):
        leaf = Leaf()
        with pytest.raises((TypeError, ValueError, KeyboardInterrupt)) as caught:
            leaf.load_state_dict(state)
        assert [p.data for p in leaf.parameters()] == [5.0, 6.0, 7.0]
        assert len(str(caught.value)) < 400 and str(caught.value).isprintable()


def test_numbers_of_any_kind_become_floats() -> None:
    leaf = Leaf()
    leaf.load_state_dict({"weights": (np.float32(2.5), 10**300), "bias": float("nan")})
    assert [type(p.data) for p in leaf.parameters()] == [float] * 3
    assert [p.data for p in leaf.parameters()][:2] == [2.5, 1e300]


class Payload:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (open, (self.path, "w"))


@loop_over(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b'{"weights": [1, 2], "bias": {"__class__": "x"}}',
        b'{"weights": [1, 2], "bias": 3} trailing',
        b'{"weights": [1, 2], "bias": 3, "bias": 4}',
        b'{"weights": [1, 1e999], "bias": 3}',
        b'{"weights": [1, ' + b"9" * 100_000 + b'], "bias": 3}',
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"\xff\xfe{}",
        b"\0" * 1000,
        b"__import__('os').abort()",
    ],
)
def test_a_file_of_anything_else_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.json"
    path.write_bytes(content)
    leaf = Leaf()
    with pytest.raises(ValueError, match=r"weights\.json") as caught:
        leaf.load(path)
    assert [p.data for p in leaf.parameters()] == [5.0, 6.0, 7.0]
    assert len(str(caught.value)) < 1000


def test_saved_parameters_are_no_pickle(tmp_path: Path) -> None:
    target = tmp_path / "ran"
    (tmp_path / "weights.json").write_bytes(pickle.dumps({"weights": Payload(str(target))}))
    with pytest.raises(ValueError):
        Leaf().load(tmp_path / "weights.json")
    assert not target.exists()
    with pickle.loads((tmp_path / "weights.json").read_bytes())["weights"]:  # it would have run
        assert target.exists()


def test_parameters_are_saved_whole_and_a_pipe_stays_a_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "weights.json"
    Leaf().save(path)
    before = path.read_bytes()
    monkeypatch.setattr(os, "replace", lambda *args: os.stat(tmp_path / "missing"))
    with pytest.raises(OSError):
        Leaf().save(path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["weights.json"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        Leaf().save(tmp_path / "pipe")
        assert os.read(reader, 1000) == before and stat.S_ISFIFO(os.stat(tmp_path / "pipe").st_mode)
        os.close(reader)


@pytest.mark.parametrize("key", ["1", "a.b", "x" * 1_000_000 + ".b"])
def test_two_parameters_of_one_name_are_an_error(key: str) -> None:
    module = ag.nn.Module()
    first, _, rest = key.partition(".")
    module.parts = {key: ag.Value(1.0), 1: ag.Value(2.0)}
    if rest:
        module.parts[first] = {rest: ag.Value(3.0)}
    for use in (module.state_dict, lambda: module.load_state_dict({})):
        with pytest.raises(ValueError, match="two parameters") as caught:
            use()
        assert len(str(caught.value)) < 300


# Pickled Values


class Restricted(pickle.Unpickler):
    """Reads pickles that name the functions which pickles of Values name, and no others."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in {
            ("autograd_lite.core.pickling", "take"),
            ("autograd_lite.core.pickling", "load_snapshot"),
            ("autograd_lite.core.primitive", "find"),
        }:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return super().find_class(module, name)


def test_a_pickled_value_names_three_functions_of_the_package_alone() -> None:
    x = ag.Value(2.0, name="os\nsystem")
    y = ag.sum([ag.sin(x) * x, ag.where(x > 1.0, x, 0.0), x])
    copy = Restricted(io.BytesIO(pickle.dumps(y))).load()
    copy.backward()
    y.backward()
    assert (copy.data, copy.parents[2].grad) == (y.data, x.grad)


@loop_over(
    "module, name",
    [
        ("os", "system"),
        ("builtins", "eval"),
        ("autograd_lite.core.table", "TABLE"),
        ("autograd_lite.core.custom", "primitive"),
        ("antigravity", "x"),
        ("", "eval"),
        ("", ""),
    ],
)
def test_a_tampered_pickle_finds_primitives_alone_and_imports_nothing(
    module: str, name: str
) -> None:
    class Tampered:
        def __reduce__(self) -> Any:
            return (type(TABLE["sin"]).__reduce__(TABLE["sin"])[0], (module, name))

    data = pickle.dumps(Tampered())
    with pytest.raises((AttributeError, KeyError)):
        Restricted(io.BytesIO(data)).load()
    assert "antigravity" not in sys.modules


SIN, SUM, ADD = TABLE["sin"], TABLE["sum"], TABLE["add"]
LEAF_ROW = (1.0, 0.0, None, None, [], [])


@loop_over(
    "rows",
    [
        [("abc", 0.0, None, None, [], [])],
        [(None, "g", 5, None, [], [])],
        [(1.0, None, None, None, [], [])],
        [(1.0, 0.0, None, "sin", [], [])],
        [(1.0, 0.0, None, SIN, [], [])],
        [(1.0, 0.0, None, SIN, [(None, 0)], [1.0])],
        [LEAF_ROW, (1.0, 0.0, None, SIN, [(None, -1)], ["p"])],
        [LEAF_ROW, (1.0, 0.0, None, SIN, [(None, 10**9)], [1.0])],
        [LEAF_ROW, (1.0, 0.0, None, SUM, [(None, 0)], [])],
        [(1.0, 0.0, None, ADD, [[], {}], [1.0, 1.0])],
        [()],
        [None],
    ],
)
@loop_over("backend", BACKENDS)
def test_a_value_of_a_tampered_pickle_raises_at_worst(rows: Any, backend: str) -> None:
    """Machine code reads objects in memory, so that it must look at what it reads."""
    try:
        v = take(load_snapshot(rows), len(rows) - 1)
    except (TypeError, ValueError, IndexError, AttributeError):
        return
    f = ag.jit(lambda x: x * x + 1.0, backend=backend)
    g = ag.jit(lambda x: x * v + ag.sum([v, x, v]), backend=backend)
    for x in (2.0, ag.Value(2.0), ag.Value(3.0)):
        f(x)
    steps: list[Callable[[], Any]] = [
        v.backward,
        lambda: f(v).backward(),
        *[lambda: g(2.0).backward()] * 4,
        lambda: g.sum([1.0, 2.0]).backward(),
        v._repr_svg_,
    ]
    for step in steps:
        try:
            step()
        except (TypeError, ValueError, AttributeError) as error:
            assert str(error)


# Files and programs


@pytest.mark.parametrize(
    "name", ["-o.svg", "two words.svg", "$(id).svg", "%s{0}.svg", "a.dot.SVG", "é∂.svg"]
)
def test_draw_writes_the_file_given_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    for path in (name, f"../{name}"):
        assert str(ag.draw(ag.Value(1.0), path)) == str(Path(path))
    for folder in (tmp_path, tmp_path / "inner"):
        assert [x.name for x in folder.iterdir() if x.name != "inner"] == [name]
    assert os.listdir(tempfile.gettempdir()) == []


def test_a_picture_that_cannot_be_written_leaves_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for bad in ("folder.svg", "missing/x.svg", "file/x.svg", "a\0b.svg", "n" * 10_000 + ".svg"):
        with pytest.raises((OSError, ValueError)):
            ag.draw(ag.Value(1.0), tmp_path / bad)
    for bad in ("", "..", "x.svg\n", "x.svg/..", "x.svg\0", "\x1b" * 100_000):
        with pytest.raises(ValueError, match="svg") as caught:
            ag.draw(ag.Value(1.0), bad)
        assert len(str(caught.value)) < 600 and str(caught.value).isprintable()
    assert sorted(x.name for x in tmp_path.iterdir()) == ["file", "folder.svg"]


def script(folder: Path, target: Path) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / "dot"
    program.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$0" "$@" > "{target}"\necho "<svg/>"\n', encoding="utf-8"
    )
    program.chmod(0o755)
    return program


@POSIX
@pytest.mark.parametrize("path", ["", ".", ":", "here", "./here", "missing:.:here", "../there"])
def test_a_program_in_the_working_folder_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    target = tmp_path / "ran"
    for folder in ("work", "work/here", "there"):
        script(tmp_path / folder, target)
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("PATH", path)
    with pytest.raises(RuntimeError, match="'dot' was not found"):
        ag.draw(ag.Value(1.0), "x.png")
    assert not target.exists()


@POSIX
def test_the_program_of_path_is_run_by_its_path_with_one_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "ran"
    program = script(tmp_path / "a b; $(true)", target)
    script(tmp_path / "work", target)
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("PATH", f".:{program.parent}")
    picture = ag.draw(ag.Value(1.0, name="; $(true)"), tmp_path / "x.pdf")
    assert picture.read_bytes() == b"<svg/>\n"
    assert target.read_text(encoding="utf-8").splitlines() == [str(program), "-Tpdf"]


@POSIX
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("head -c 3000000 /dev/zero | tr '\\0' '\\033' >&2; exit 3", "failed with status 3: \\x1b"),
        ("kill -9 $$", "failed with status -9"),
    ],
)
def test_what_a_bad_program_prints_is_shown_in_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, said: str
) -> None:
    program = script(tmp_path, tmp_path / "ran")
    program.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{body}\n", encoding="utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="drawing PNG failed") as caught:
        ag.draw(ag.Value(1.0), tmp_path / "x.png")
    assert said in str(caught.value) and len(str(caught.value)) < 6000
    assert all(line.isprintable() for line in str(caught.value).splitlines())


@POSIX
def test_a_saved_source_is_for_its_user_alone_at_a_name_not_to_be_guessed() -> None:
    saved = [renderer.save_source("digraph { \ud800 }") for _ in range(2)]
    paths = [Path(text.removeprefix("The DOT was saved in ")) for text in saved]
    assert paths[0] != paths[1] and len(paths[0].stem) >= len("autograd_lite-") + 8
    assert [stat.S_IMODE(path.stat().st_mode) for path in paths] == [0o600, 0o600]
    assert paths[0].read_text(encoding="utf-8") == "digraph { \\ud800 }"


def test_no_room_for_the_source_does_not_hide_the_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(RuntimeError, match=r"(?s)drawing SVG failed.*could not be saved"):
        renderer.render("digraph {")


def test_the_package_has_no_shell_and_compiles_only_what_it_wrote() -> None:
    """The three places that generate Python are those whose text is tested above."""
    calls = []
    package = Path(ag.__file__).parent
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                assert not re.match(r"os\.(system|popen|exec|spawn)|pickle\.|marshal\.", name)
                assert not any(keyword.arg == "shell" for keyword in node.keywords)
                if name in ("exec", "eval", "subprocess.run", "subprocess.Popen"):
                    calls.append((path.name, name))
    assert sorted(calls) == [
        ("fast_path.py", "exec"),
        ("fast_path.py", "exec"),
        ("python.py", "exec"),
        ("renderer.py", "subprocess.run"),
    ]
