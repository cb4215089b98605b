"""What the tests of the command line share."""

import pytest

from autograd_lite.cli.main import main
from tests.support.command_line import Run


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command; its exit code, what it printed, and what it printed to stderr."""
    monkeypatch.setenv("COLUMNS", "80")

    def running(*arguments: str) -> tuple[int, str, str]:
        return main(arguments), *capsys.readouterr()

    return running
