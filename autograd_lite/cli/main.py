"""The command `autograd-lite`, also `python -m autograd_lite`: derivatives of a formula.

Exit codes: 0 done, 1 a check failed, 2 the input is wrong or the output cannot be written.
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
An expression is written as in Python: numbers, names, + - * / // % **,
comparisons, and, or, not, "a if c else b", the constants pi, e, tau, inf and
nan, and this package's functions, such as sin(x), maximum(x, 0) or
sum([x, y, 3]); "autograd-lite ops" lists the operations. Every number is a
float.
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
--latex prints the formulas of the expression and of its derivatives instead of
their numbers, with --order 2 those of the second ones too.

The table has a line for each product of the chain rule: the adjoint of a node
(the derivative of the result by it), times its partial derivative by one
operand, is added to the adjoint of that operand. Where nothing flows, since the
operand was not chosen, the product is "none".

--json prints one object: "expression", "variables", "value", "derivatives",
"hessian" (with --order 2), "steps" and "warnings". Its numbers read back
exactly; those that JSON lacks are the strings "nan", "inf" and "-inf". Where
nothing flows, a "product" is null.
"""

_CHECK = """
examples:
  autograd-lite check "x*y + sin(x)" x=2 y=3
  autograd-lite check "abs(x)" x=0 --order 1

The exit code is 1 if a derivative is wrong, or does not exist there.
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

What follows the name goes to the demo. Its pictures go to the current folder.
"""

_COMPLETION = """
completion in a shell (needs the extra: completion):
  in ~/.bashrc:
    eval "$(autograd-lite --print-completion bash)"
  in ~/.zshrc, after compinit:
    eval "$(autograd-lite --print-completion zsh)"
  in ~/.config/fish/config.fish:
    autograd-lite --print-completion fish | source
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, those of the process by default; the exit code."""
    try:
        given = list(sys.argv[1:] if arguments is None else arguments)
        if given[:1] == ["demo"] and given[1:2] not in ([], ["-h"], ["--help"]):
            return _demo(given[1], given[2:])
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", RuntimeWarning)
            code, output = _answer(given, caught)
    except ExpressionError as error:
        return _complain(str(error), error.pointed() if error.text else "")
    except UsageError as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        return 130
    return _print(output, code)


def _demo(name: str, arguments: list[str]) -> int:
    """Run a demo, which prints while it works."""
    try:
        code = demos.run(name, arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _silence()
        return 0
    return code


def _answer(given: list[str], caught: list[warnings.WarningMessage]) -> tuple[int, str]:
    """The exit code and what to print. All of it, before anything is printed: no half answers."""
    told = io.StringIO()
    try:
        with contextlib.redirect_stdout(told):
            options = _options(given)
    except SystemExit:  # --help and --version; errors are UsageErrors
        return 0, told.getvalue().rstrip("\n")
    width = max(shutil.get_terminal_size().columns, 60)
    if options.command == "ops":
        return 0, reports.operations(options.name, width)
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
        code, output = 0, reports.derivatives(formula, options, width, lambda: _texts(caught))
    for text in _texts(caught):
        _tell(f"warning: {text}")
    return code, output


def _texts(caught: list[warnings.WarningMessage]) -> list[str]:
    """Each warning once, on one line, without the advice to those who write Python."""
    texts = [str(w.message) for w in caught if issubclass(w.category, RuntimeWarning)]
    return list(dict.fromkeys(shown(text.partition(". Guard it")[0], 500) for text in texts))


def _tell(text: str) -> None:
    if sys.stderr is not None:  # as under pythonw, or after 2>&-
        print(f"{PROGRAM}: {text}", file=sys.stderr)


def _complain(message: str, place: str = "") -> int:
    indented = "".join(f"\n  {line}" for line in place.splitlines())
    _tell(f"error: {' '.join(message.split())}{indented}")
    return 2


def _print(output: str, code: int) -> int:
    if sys.stdout is None:
        return code
    if hasattr(sys.stdout, "reconfigure"):  # √ on a terminal that knows ASCII alone
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        print(output, flush=True)
    except BrokenPipeError:  # `| head -1` has seen enough
        _silence()
    except OSError as error:
        _silence()
        return _complain(f"the output cannot be written: {error.strerror}")
    return code


def _silence() -> None:
    """Send what is left in the buffer nowhere, or Python would try to write it again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


class _PrintCompletion(argparse.Action):
    """Print the completion script of a shell and exit, as --version does."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option: Any = None) -> None:
        names: dict[str, Iterable[str]] = {"ops": TABLE, "demo": demos.demos()}
        print(completion.write_script(values, parser, names))
        parser.exit()


def _options(given: list[str]) -> Any:
    parser = _parser()
    options, rest = parser.parse_known_args(_escaped(given))
    # values may also stand behind an option
    for text in rest:
        if text.startswith("-"):
            raise UsageError(f"there is no option {shown(text)} (see {PROGRAM} --help)")
        if options.command in ("ops", "demo"):
            raise UsageError(
                f"{options.command} takes one NAME at most, and {shown(text)} is another"
            )
        options.values.append(text)
    if options.command in ("diff", "check"):
        options.values = [text.removeprefix(" ") for text in options.values]
    return options


def _escaped(given: list[str]) -> list[str]:
    """A space before an expression such as `-x**2`, which would be taken for an option."""
    return [
        f" {text}" if text[:1] == "-" and text[1:2] not in ("", "-") and text != "-h" else text
        for text in given
    ]


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description="Exact derivatives of a formula, with every step of the chain rule.",
        epilog=f"{PROGRAM} COMMAND --help tells more, with examples.\n{_COMPLETION}",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    version = f"{PROGRAM} {autograd_lite.__version__}"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, help: str, about: str, epilog: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=help,
            description=f"{about}\n{_LANGUAGE}" if name in ("diff", "check") else about,
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    diff = command("diff", "the value and every derivative", "Differentiate an expression.", _DIFF)
    diff.add_argument("--svg", metavar="FILE", help="draw the graph (needs the extra: draw)")
    diff.add_argument(
        "--html", metavar="FILE", help="write a step-by-step page (needs the extra: draw)"
    )
    printed = diff.add_mutually_exclusive_group()
    printed.add_argument("--json", action="store_true", help="print one JSON object")
    printed.add_argument("--latex", action="store_true", help="print the formulas in LaTeX")
    about = "Compare the derivatives with finite differences, in reverse and in forward mode."
    check = command("check", "the derivatives against finite differences", about, _CHECK)
    for one, order, what in (
        (diff, 1, "2: second derivatives too (the Hessian)"),
        (check, 2, "up to which order (2 by default)"),
    ):
        one.add_argument(
            "expression",
            metavar="EXPRESSION",
            help='as above; "-" reads it from the standard input',
        )
        one.add_argument(
            "values",
            metavar="NAME=NUMBER",
            nargs="*",
            default=[],  # or argparse would say that one is required
            help="a variable, such as x=2 or x=pi/4",
        )
        one.add_argument("--order", type=int, choices=(1, 2), default=order, help=what)
    about = "Run a demo, or list the demos there are. Most need the extra: demos."
    demo = command("demo", "run a demo, or list them", about, _DEMO)
    demo.add_argument("name", metavar="NAME", nargs="?", help="a demo, or how its name begins")
    ops = command("ops", "the operations there are", "List the operations, or tell of one.", _OPS)
    ops.add_argument("name", metavar="NAME", nargs="?", help="an operation, such as atan2")
    parser.add_argument(
        "--print-completion",
        choices=completion.SHELLS,
        action=_PrintCompletion,
        help="print a completion script for this shell (needs the extra: completion)",
    )
    return parser
