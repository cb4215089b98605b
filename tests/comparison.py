"""What this package and its peers do where they differ, asked of each of them as it is installed.

    python -m tests.comparison            prints the table
    python -m tests.comparison --write    makes docs/comparison.md

Each question is put to each engine in a process of its own, in the way in which its documentation
says to do it, on scalars in float64. An answer is compared with the right one.
"""

import argparse
import datetime
import importlib.metadata
import json
import math
import platform
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "comparison.md"
LONG = 100_000
SECONDS = 300


class Question(NamedTuple):
    """A row of the table, and what is right."""

    text: str
    right: float


QUESTIONS = {
    "twice": Question(
        "`y * y` with `y = x * x` at 3: calling `backward()` twice doubles the gradient", 216.0
    ),
    "exponent": Question(
        "the derivative of `x**y` with respect to `y` at (2, 3)", 8.0 * math.log(2.0)
    ),
    "second": Question(
        "the exact second derivative of `sin(x) * exp(x)` at 1", 2.0 * math.cos(1.0) * math.e
    ),
    "where": Question("the derivative of `where(x < 1, x, sqrt(x))` at 0", 1.0),
    "deep": Question(f"{LONG:,} chained operations, forward and backward", 1.0),
    "branch": Question(
        "`x * x if x > 0 else -x`, compiled at 2: its derivative at -3 afterwards", -1.0
    ),
}


class NoWayError(Exception):
    """The engine does not offer it."""


def fourth_power(x: Any) -> Any:
    y = x * x
    return y * y


def branching(x: Any) -> Any:
    return x * x if x > 0 else -x


class Engine:
    """One engine; each question is a method that returns a number."""

    title = package = ""

    def branch(self) -> float:
        raise NoWayError("no compiler")

    def second(self) -> float:
        raise NoWayError("first order only")


class Ours(Engine):
    title = package = "autograd_lite"

    def __init__(self) -> None:
        import autograd_lite as ag

        self.ag = ag

    def twice(self) -> float:
        x = self.ag.Value(3.0)
        z = fourth_power(x)
        z.backward()
        z.backward()
        return x.grad

    def exponent(self) -> float:
        return float(self.ag.grad(lambda x, y: x**y, argnums=1)(2.0, 3.0))

    def second(self) -> float:
        ag = self.ag
        return float(ag.grad(ag.grad(lambda x: ag.sin(x) * ag.exp(x)))(1.0))

    def where(self) -> float:
        ag = self.ag
        return float(ag.grad(lambda x: ag.where(x < 1.0, x, ag.sqrt(x)))(0.0))

    def deep(self) -> float:
        x = y = self.ag.Value(1.0)
        for _ in range(LONG):
            y = y + 1.0
        y.backward()
        return x.grad

    def branch(self) -> float:
        f = self.ag.jit(self.ag.grad(branching))
        f(2.0)
        return float(f(-3.0))


class Micrograd(Engine):
    title = package = "micrograd"

    def __init__(self) -> None:
        from micrograd.engine import Value

        self.value = Value

    def twice(self) -> float:
        x = self.value(3.0)
        z = fourth_power(x)
        z.backward()
        z.backward()
        return float(x.grad)

    def exponent(self) -> float:
        x, y = self.value(2.0), self.value(3.0)
        (x**y).backward()
        return float(y.grad)

    def where(self) -> float:
        raise NoWayError("no `where`")

    def deep(self) -> float:
        x = y = self.value(1.0)
        for _ in range(LONG):
            y = y + 1.0
        y.backward()
        return float(x.grad)


class PyTorch(Engine):
    title, package = "PyTorch", "torch"

    def __init__(self) -> None:
        import torch

        self.torch = torch

    def number(self, x: float) -> Any:
        return self.torch.tensor(x, dtype=self.torch.float64, requires_grad=True)

    def twice(self) -> float:
        x = self.number(3.0)
        z = fourth_power(x)
        z.backward(retain_graph=True)
        z.backward()
        return float(x.grad)

    def exponent(self) -> float:
        x, y = self.number(2.0), self.number(3.0)
        (x**y).backward()
        return float(y.grad)

    def second(self) -> float:
        x = self.number(1.0)
        [slope] = self.torch.autograd.grad(x.sin() * x.exp(), x, create_graph=True)
        return float(self.torch.autograd.grad(slope, x)[0])

    def where(self) -> float:
        x = self.number(0.0)
        self.torch.where(x < 1.0, x, x.sqrt()).backward()
        return float(x.grad)

    def deep(self) -> float:
        x = y = self.number(1.0)
        for _ in range(LONG):
            y = y + 1.0
        y.backward()
        return float(x.grad)

    def branch(self) -> float:
        f = self.torch.compile(branching)
        f(self.number(2.0)).backward()
        x = self.number(-3.0)
        f(x).backward()
        return float(x.grad)


class Functional(Engine):
    """JAX and HIPS autograd: transforms of functions on arrays."""

    np: Any
    grad: Callable[..., Any]

    def twice(self) -> float:
        raise NoWayError("functions only")

    def exponent(self) -> float:
        return float(self.grad(lambda x, y: x**y, 1)(2.0, 3.0))

    def second(self) -> float:
        f = self.grad(self.grad(lambda x: self.np.sin(x) * self.np.exp(x)))
        return float(f(1.0))

    def where(self) -> float:
        f = self.grad(lambda x: self.np.where(x < 1.0, x, self.np.sqrt(x)))
        return float(f(self.np.array(0.0)))

    def deep(self) -> float:
        def f(x: Any) -> Any:
            for _ in range(LONG):
                x = x + 1.0
            return x

        return float(self.grad(f)(1.0))


class JAX(Functional):
    title, package = "JAX", "jax"

    def __init__(self) -> None:
        import jax

        jax.config.update("jax_enable_x64", True)
        self.np, self.grad, self.jit = jax.numpy, jax.grad, jax.jit

    def branch(self) -> float:
        f = self.jit(self.grad(branching))
        f(2.0)
        return float(f(-3.0))


class Autograd(Functional):
    title, package = "autograd", "autograd"

    def __init__(self) -> None:
        import autograd
        import autograd.numpy

        self.np, self.grad = autograd.numpy, autograd.grad


class CasADi(Engine):
    title, package = "CasADi", "casadi"

    def __init__(self) -> None:
        import casadi

        self.casadi = casadi

    def slope(self, f: Callable[..., Any], *point: float, by: int = -1, order: int = 1) -> float:
        symbols = [self.casadi.SX.sym(f"x{i}") for i in range(len(point))]
        y = f(*symbols)
        for _ in range(order):
            y = self.casadi.jacobian(y, symbols[by])
        return float(self.casadi.Function("f", symbols, [y])(*point))

    def twice(self) -> float:
        raise NoWayError("functions only")

    def exponent(self) -> float:
        return self.slope(lambda x, y: x**y, 2.0, 3.0)

    def second(self) -> float:
        return self.slope(lambda x: self.casadi.sin(x) * self.casadi.exp(x), 1.0, order=2)

    def where(self) -> float:
        ca = self.casadi
        return self.slope(lambda x: ca.if_else(x < 1.0, x, ca.sqrt(x)), 0.0)

    def deep(self) -> float:
        def f(x: Any) -> Any:
            for _ in range(LONG):
                x = x + 1.0
            return x

        return self.slope(f, 1.0)

    def branch(self) -> float:
        return self.slope(branching, -3.0)


class XAD(Engine):
    title, package = "XAD", "xad"

    def __init__(self) -> None:
        import xad.adj_1st

        self.xad = xad.adj_1st

    def slope(self, f: Callable[..., Any], *point: float, times: int = 1) -> float:
        with self.xad.Tape() as tape:
            numbers = [self.xad.Real(x) for x in point]
            for x in numbers:
                tape.registerInput(x)
            tape.newRecording()
            y = f(*numbers)
            tape.registerOutput(y)
            y.setDerivative(1.0)
            for _ in range(times):
                tape.computeAdjoints()
            return float(numbers[-1].getDerivative())

    def twice(self) -> float:
        return self.slope(fourth_power, 3.0, times=2)

    def exponent(self) -> float:
        return self.slope(lambda x, y: x**y, 2.0, 3.0)

    def where(self) -> float:
        raise NoWayError("no `where`")

    def deep(self) -> float:
        def f(x: Any) -> Any:
            y = x * 1.0
            for _ in range(LONG):
                y = y + 1.0
            return y

        return self.slope(f, 1.0)


ENGINES: dict[str, type[Engine]] = {
    engine.title: engine for engine in (Ours, Micrograd, PyTorch, JAX, Autograd, CasADi, XAD)
}


def answered(title: str, name: str) -> dict[str, Any]:
    """What one engine answers, in this process: a number, an error, or that there is no way."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return {"number": getattr(ENGINES[title](), name)()}
        except NoWayError as error:
            return {"none": str(error)}
        except ImportError:
            return {"none": "not installed"}
        except Exception as error:
            return {"raises": type(error).__name__}


def asked(title: str, name: str) -> dict[str, Any]:
    """The same in a process of its own, which may also crash or never end."""
    command = [sys.executable, "-m", "tests.comparison", "--one", title, name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return {"raises": f"no answer in {SECONDS} s"}
    if done.returncode:
        return {"raises": f"crash, exit status {done.returncode}"}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def cell(answer: dict[str, Any], right: float) -> str:
    if "none" in answer:
        return str(answer["none"])
    if "raises" in answer:
        return f"**raises {answer['raises']}**"
    if math.isclose(answer["number"], right, rel_tol=1e-12):
        return "right"
    return f"**{answer['number']:g}**"


def table() -> str:
    lines = [f"| | {' | '.join(ENGINES)} |", "|---" * (len(ENGINES) + 1) + "|"]
    for name, (text, right) in QUESTIONS.items():
        cells = [cell(asked(title, name), right) for title in ENGINES]
        lines.append(f"| {text} | {' | '.join(cells)} |")
    return "\n".join(lines)


def document() -> str:
    versions = []
    for title, engine in ENGINES.items():
        try:
            versions.append(f"{title} {importlib.metadata.version(engine.package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"no {title}")
    return f"""# Beside its peers

Each engine was asked the same questions, in a process of its own and in its own idiom. *right*
means the right number to 12 digits; an error or another number is in bold.
PyTorch compiles with `torch.compile`, JAX with `jax.jit`; HIPS autograd, JAX and CasADi
differentiate functions, so they have no `backward()` to call.

{table()}

Made by `python -m tests.comparison --write` on {datetime.date.today()} with Python
{platform.python_version()} on {platform.machine()}:
{", ".join(versions)}.

At kinks, poles and ends of domains see [conventions](conventions.md); for time and memory
[the benchmarks of jit](jit.md) and the README. The peers have arrays, GPUs
and the libraries around them; this package does not.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"write {DOCUMENT.name}")
    parser.add_argument("--one", nargs=2, metavar=("ENGINE", "QUESTION"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(answered(*options.one)))
    elif options.write:
        DOCUMENT.write_text(document(), encoding="utf-8")
    else:
        print(table())


if __name__ == "__main__":
    main()
