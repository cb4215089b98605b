"""Write completion scripts for shells with shtab, from the parser of the command line."""

import argparse
from collections.abc import Iterable, Mapping

from .formula import UsageError

SHELLS = ("bash", "zsh", "fish")


def write_script(
    shell: str, parser: argparse.ArgumentParser, names: Mapping[str, Iterable[str]]
) -> str:
    """Return the completion script for a shell, which runs no Python.

    Arguments:
        shell: one of `SHELLS`.
        parser: the parser of the command line. It is modified and cannot parse afterwards.
        names: the words to offer for the argument NAME of each command, by command.

    Raises:
        UsageError: shtab is not installed.
    """
    try:
        import shtab
    except ImportError:
        raise UsageError(
            '--print-completion needs shtab: pip install "autograd_lite[completion]"'
        ) from None
    [commands] = [x for x in parser._actions if isinstance(x, argparse._SubParsersAction)]
    for command, subparser in commands.choices.items():
        for action in subparser._actions:
            if action.metavar == "FILE":
                action.complete = shtab.FILE
            elif action.metavar == "NAME":
                action.choices = list(names[command])
    return str(shtab.complete(parser, shell))
