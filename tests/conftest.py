"""The fast and the slow lane of the tests, and fixtures that many of them share.

`pytest` leaves out the tests marked `slow`, and Hypothesis draws few examples; `pytest --slow` runs
everything, on many examples. Where the variable CI is set, every run draws the same examples, so
that a failure there is a failure here.
"""

import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import settings

import autograd_lite as ag

IN_CI: dict[str, Any] = {"derandomize": True, "database": None, "print_blob": True}
for lane, examples in (("fast", 20), ("slow", 1000)):
    options = IN_CI if os.environ.get("CI") else {}
    settings.register_profile(lane, max_examples=examples, deadline=None, **options)
NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow as well")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("slow" if config.getoption("--slow") else "fast")


def pytest_report_header(config: pytest.Config) -> str:
    return "slow tests: included" if config.getoption("--slow") else "slow tests: left out (--slow)"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out slow tests, unless `--slow`, `-m` or the id of a test asks for them."""
    if config.getoption("--slow") or config.option.markexpr or "::" in "".join(config.args):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    items[:] = [item for item in items if not item.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=slow)


@pytest.fixture(params=["python", pytest.param("llvm", marks=NO_LLVM)])
def jit(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """`ag.jit` with each back end."""
    return lambda f, **options: ag.jit(f, backend=request.param, **options)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real Chromium; the tests that use it need Playwright, and say so."""
    from playwright import sync_api

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_api.sync_playwright() as playwright:
        if program is None and not os.path.exists(playwright.chromium.executable_path):
            pytest.skip("Chromium is not installed")
        as_root = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
        opened = playwright.chromium.launch(executable_path=program, args=as_root)
        yield opened
        opened.close()


@pytest.fixture
def at_once() -> Callable[[Callable[[int], object]], list[BaseException]]:
    """Runs work(0) to work(7) in threads that switch at every chance; gives what they raised."""

    def run(work: Callable[[int], object]) -> list[BaseException]:
        failures: list[BaseException] = []

        def guarded(number: int) -> None:
            try:
                work(number)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=guarded, args=(number,)) for number in range(8)]
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)  # the usual 5 ms seldom show what is read half written
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            sys.setswitchinterval(interval)
        return failures

    return run
