"""Run the command `autograd-lite`, also available as `python -m autograd_lite`.

Exit codes: 0 success, 1 a check failed, 2 wrong input or the output cannot be written.
"""

import argparse
import contextlib
import io
import os
import shutil
import sys
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

import autograd_lite

from .._util.text import shown
from ..core.table import TABLE
from . import completion, demos, reports
from .expressions import ExpressionError
from .formula import Formula, UsageError

__all__ = ["main"]

PROGRAM = "autograd-lite"

_LANGUAGE = """
An expression is written as in Python, with numbers, names, + - * / // % **,
comparisons, and, or, not, "a if c else b", the constants pi, e, tau, inf and
nan, and the functions of this package, such as sin(x), maximum(x, 0) or
sum([x, y, 3]). Every number is a float. "autograd-lite ops" lists the
operations.
"""

_DIFF = """
examples:
  autograd-lite diff "x*y + sin(x)" x=2 y=3
  autograd-lite diff "-x**2 if x < 0 else sqrt(x)" x=pi/4
  autograd-lite diff "(1 - x)**2 + 100*(y - x**2)**2" x=1 y=1 --order 2
  autograd-lite diff "log(x)" x=0.5 --json
  autograd-lite diff "tanh(w*x + b)" w=2 x=0.5 b=-1 --html page.html
  autograd-lite diff "exp(-x**2/2)" x=1 --latex
  echo "x**2" | autograd-lite diff - x=3

--html writes a page that steps through the computation and its backward pass.
--latex prints formulas instead of numbers: the expression, its derivatives and,
with --order 2, its second derivatives.

The table has one line for each product of the chain rule. The adjoint of a node
is the derivative of the result with respect to it; multiplied by the partial
derivative with respect to an operand, it is added to the adjoint of that
operand. The product is "none" if the operand was not chosen, or if the result
does not depend on the node.

--json prints one object with "expression", "variables", "value", "derivatives",
"hessian" (with --order 2), "steps" and "warnings". Its numbers read back
exactly; nan and infinities are the strings "nan", "inf" and "-inf". A product
that is "none" in the table is null.
"""

_CHECK = """
examples:
  autograd-lite check "x*y + sin(x)" x=2 y=3
  autograd-lite check "abs(x)" x=0 --order 1

The exit code is 1 if a derivative is wrong or does not exist at the point.
"""

_OPS = """
examples:
  autograd-lite ops
  autograd-lite ops atan2
"""

_DEMO = """
examples:
  autograd-lite demo
  autograd-lite demo two-layer
  autograd-lite demo moons --points 40 --steps 20
  autograd-lite demo moons --help

Arguments after the name are those of the demo. It saves pictures in the current
folder.
"""

_COMPLETION = """
completion in a shell (needs the extra "completion"):
  in ~/.bashrc:
    eval "$(autograd-lite --print-completion bash)"
  in ~/.zshrc, after compinit:
    eval "$(autograd-lite --print-completion zsh)"
  in ~/.config/fish/config.fish:
    autograd-lite --print-completion fish | source
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Arguments:
        arguments: the arguments of the command; by default those of the process.
    """
    try:
        given = list(sys.argv[1:] if arguments is None else arguments)
        if given[:1] == ["demo"] and given[1:2] not in ([], ["-h"], ["--help"]):
            return _run_demo(given[1], given[2:])
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", RuntimeWarning)
            code, output = _compute_output(given, caught)
    except ExpressionError as error:
        return _complain(str(error), error.show_place() if error.text else "")
    except UsageError as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        return 130
    return _print(output, code)


def _run_demo(name: str, arguments: list[str]) -> int:
    """Run a demo, which prints its own output, and return its exit code."""
    try:
        code = demos.run(name, arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _silence()
        return 0
    return code


def _compute_output(given: list[str], caught: list[warnings.WarningMessage]) -> tuple[int, str]:
    """Return the exit code and the whole output, so that an error leaves no partial output."""
    help_text = io.StringIO()
    try:
        with contextlib.redirect_stdout(help_text):
            options = _parse_options(given)
    except SystemExit:  # --help and --version; errors are UsageErrors
        return 0, help_text.getvalue().rstrip("\n")
    width = max(shutil.get_terminal_size().columns, 60)
    if options.command == "ops":
        return 0, reports.list_operations(options.name, width)
    if options.command == "demo":
        return 0, demos.list_demos(width)
    formula = Formula.read(options.expression, options.values)
    for name in formula.unused:
        warnings.warn(
            f"{name} is not in the expression: its derivative is 0", RuntimeWarning, stacklevel=1
        )
    if options.command == "check":
        code, output = reports.check(formula, options.order, width)
    else:
        code = 0
        output = reports.report_derivatives(formula, options, width, lambda: _list_warnings(caught))
    for text in _list_warnings(caught):
        _tell(f"warning: {text}")
    return code, output


def _list_warnings(caught: list[warnings.WarningMessage]) -> list[str]:
    """Return the text of each warning once, on one line, without advice on Python code."""
    texts = [str(w.message) for w in caught if issubclass(w.category, RuntimeWarning)]
    return list(dict.fromkeys(shown(text.partition(". Guard it")[0], 500) for text in texts))


def _tell(text: str) -> None:
    if sys.stderr is not None:  # None under pythonw, and after 2>&-
        print(f"{PROGRAM}: {text}", file=sys.stderr)


def _complain(message: str, place: str = "") -> int:
    indented = "".join(f"\n  {line}" for line in place.splitlines())
    _tell(f"error: {' '.join(message.split())}{indented}")
    return 2


def _print(output: str, code: int) -> int:
    if sys.stdout is None:
        return code
    if hasattr(sys.stdout, "reconfigure"):  # for signs such as √ on a terminal with ASCII alone
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        print(output, flush=True)
    except BrokenPipeError:  # the reader has closed the pipe, as `head -1` does
        _silence()
    except OSError as error:
        _silence()
        return _complain(f"the output cannot be written: {error.strerror}")
    return code


def _silence() -> None:
    """Discard the rest of the buffer, which Python would try to write again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


class _PrintCompletion(argparse.Action):
    """Print the completion script of a shell and exit, as --version does."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: Any = None) -> None:
        names: dict[str, Iterable[str]] = {"ops": TABLE, "demo": demos.find_demos()}
        print(completion.write_script(values, parser, names))
        parser.exit()


def _parse_options(given: list[str]) -> Any:
    parser = _make_parser()
    options, rest = parser.parse_known_args(_protect_signs(given))
    # argparse does not accept values after an option
    for text in rest:
        if text.startswith("-"):
            raise UsageError(f"there is no option {shown(text)} (see {PROGRAM} --help)")
        if options.command in ("ops", "demo"):
            raise UsageError(
                f"{shown(text)} is a second name: {options.command} takes at most one NAME"
            )
        options.values.append(text)
    if options.command in ("diff", "check"):
        options.values = [text.removeprefix(" ") for text in options.values]
    return options


def _protect_signs(given: list[str]) -> list[str]:
    """Put a space before expressions such as `-x**2`, which would look like options."""
    return [
        f" {text}" if text[:1] == "-" and text[1:2] not in ("", "-") and text != "-h" else text
        for text in given
    ]


def _make_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description="Compute exact derivatives of a formula, with every step of the chain rule.",
        epilog=f'"{PROGRAM} COMMAND --help" gives details and examples.\n{_COMPLETION}',
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    version = f"{PROGRAM} {autograd_lite.__version__}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add_command(name: str, help: str, about: str, epilog: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=help,
            description=f"{about}\n{_LANGUAGE}" if name in ("diff", "check") else about,
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    about = "Differentiate an expression."
    diff = add_command("diff", "compute the value and every derivative", about, _DIFF)
    diff.add_argument("--svg", metavar="FILE", help='draw the graph (needs the extra "draw")')
    diff.add_argument(
        "--html", metavar="FILE", help='write a step-by-step page (needs the extra "draw")'
    )
    formats = diff.add_mutually_exclusive_group()
    formats.add_argument("--json", action="store_true", help="print one JSON object")
    formats.add_argument("--latex", action="store_true", help="print formulas in LaTeX")
    about = "Compare the derivatives in reverse and forward mode with finite differences."
    check = add_command("check", "compare derivatives with finite differences", about, _CHECK)
    for command, order, what in (
        (diff, 1, "2 adds the second derivatives (the Hessian)"),
        (check, 2, "the highest order to check (2 by default)"),
    ):
        command.add_argument(
            "expression",
            metavar="EXPRESSION",
            help='see above; "-" reads it from the standard input',
        )
        command.add_argument(
            "values",
            metavar="NAME=NUMBER",
            nargs="*",
            default=[],  # without a default, argparse would call it required
            help="a variable, such as x=2 or x=pi/4",
        )
        command.add_argument("--order", type=int, choices=(1, 2), default=order, help=what)
    about = 'Run a demo, or list all demos. Most need the extra "demos".'
    demo = add_command("demo", "run a demo, or list all", about, _DEMO)
    demo.add_argument(
        "name", metavar="NAME", nargs="?", help="the name of a demo, or the beginning of it"
    )
    about = "List the operations, or describe one."
    ops = add_command("ops", "list the operations, or describe one", about, _OPS)
    ops.add_argument("name", metavar="NAME", nargs="?", help="an operation, such as atan2")
    parser.add_argument(
        "--print-completion",
        choices=completion.SHELLS,
        action=_PrintCompletion,
        help='print a completion script for this shell (needs the extra "completion")',
    )
    return parser
