"""Hypothesis profiles, and what the tests of `jit` share.

The profile is `ci` where the variable CI is set, and `default` elsewhere. `ci` draws the same
examples on every run, so a failure there is a failure here.
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

NO_LLVM = pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")


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


settings.register_profile(
    "ci", derandomize=True, database=None, max_examples=1000, deadline=None, print_blob=True
)
settings.register_profile("default", max_examples=100, deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "default")
