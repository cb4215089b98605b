"""How exact every row of the table is: the worst error of its value and of each derivative.

    python -m tests.accuracy                          200 points a row, to the terminal
    python -m tests.accuracy --points 3000 --write    regenerate docs/accuracy.md
    python -m tests.accuracy --rows gelu,tanh         these rows alone

Points are drawn from the row's whole domain: of every size, next to poles, zeros and kinks, and
where results and intermediate results are subnormal. The mathematics is that of `operations`,
in mpmath.
"""

import argparse
import os
import platform
import sys
import warnings
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from autograd_lite.core.table import TABLE, Primitive
from tests.exactness.measuring import (
    LIMIT,
    SECOND_LIMIT,
    Second,
    Table,
    Worst,
    measure,
    measure_second,
)
from tests.exactness.truths import DIGITS
from tests.exactness.ways import ways

# Limits, and what is beyond them

ROOT = "it has a zero, beside which a rounding of any step is many units of the result"
CANCEL = "terms of both signs cancel; added from left to right, as a loop adds them"
CONDITIONED = {  # (row, part): why only the error beyond what a rounded operand does is limited
    ("gamma", 0): "CPython's `math.gamma`, up to 10 units for large operands and beside poles",
    ("gamma", 1): "digamma times gamma; " + ROOT,
    ("lgamma", 0): ROOT,
    ("lgamma", 1): "digamma below 0; " + ROOT,
    ("digamma", 0): "below 0 " + ROOT,
    ("polygamma", 0): "below 0 " + ROOT,
    ("polygamma", 2): "below 0 " + ROOT,
    ("gelu", 1): ROOT,
    ("silu", 1): ROOT,
    ("logaddexp", 0): ROOT,
    ("logsumexp", 0): ROOT,
    ("sum", 0): CANCEL,
    ("mean", 0): CANCEL,
    ("dot", 0): CANCEL,
}
VECTOR_LIMIT = 8.0  # a formula of a few vector functions, each within 4 units
SECOND_UNLIMITED = {
    "hypot": "in hypot and norm, 1/r - x*x/r**3 cancels where the other operands are far smaller "
    "than x: the error is a few 1e-16 of 1/r",
    "norm": "",
}


def fault(key: tuple[str, int, str], worst: Worst) -> str:
    """What is wrong with a measured worst error, in words; nothing if nothing is."""
    name, part, way = key
    limit = VECTOR_LIMIT if way == "`.map`" else LIMIT
    if worst.units <= limit:
        return ""
    if (name, part) in CONDITIONED and worst.beyond <= limit:
        return ""
    return (
        f"{name}{worst.point}, part {part}, {way}: {worst.got!r} is {worst.units:.3g} units from "
        f"{worst.true.high!r}, {worst.beyond:.3g} beyond what a rounded operand does"
    )


def second_fault(name: str, worst: Second) -> str:
    if name in SECOND_UNLIMITED or worst.beyond <= SECOND_LIMIT:
        return ""
    return f"{name}{worst.beyond_point}: a second derivative is off by {worst.beyond:.3g}"


# The page


def shown(x: float) -> str:
    return "exact" if x == 0.0 else f"{x:.2f}" if x < 100.0 else f"{x:.1e}"


def title(row: Primitive, part: int) -> str:
    if part == 0:
        return row.name
    if row.arity == 1:
        return f"{row.name}'"
    return f"{row.name} by all" if row.arity is None else f"{row.name} by {part}"


def table(found: Table, exact: bool) -> Iterator[str]:
    """The rows that are exact in all ways, by name; or the table of the others."""
    names = list(ways())
    if not exact:
        yield "| row | " + " | ".join(names) + " | worst at |"
        yield "|---|" + "---|" * (len(names) + 1)
    for name, part in dict.fromkeys((name, part) for name, part, _ in found):
        cells = [found[name, part, way] for way in names]
        worst = max(cells, key=lambda w: w.units)
        if exact and not worst.units:
            yield title(TABLE[name], part)
        if not exact and worst.units:
            where = ", ".join(map(repr, worst.point))
            units = " | ".join([shown(w.units) for w in cells])
            yield f"| {title(TABLE[name], part)} | {units} | {where} |"


def notes(found: Table) -> Iterator[str]:
    for (name, part, way), w in found.items():
        if way == "eager" and w.units > LIMIT:
            reason = CONDITIONED.get((name, part), "not known")
            yield f"- {title(TABLE[name], part)} ({w.beyond:.2f} beyond conditioning): {reason}."


def second_table(found: dict[str, Second]) -> Iterator[str]:
    yield "| row | relative error | by operands | at | beyond a rounded operand |"
    yield "|---|---|---|---|---|"
    for name, w in found.items():
        if w.relative > 1e-14:
            by = ", ".join(str(1 + i) for i in w.operands)
            where = ", ".join(map(repr, w.point))
            yield f"| {name} | {w.relative:.1e} | {by} | {where} | {w.beyond:.1e} |"


def machine() -> str:
    cpu = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if "model name" in line),
        platform.processor(),
    )
    parts = [cpu, f"Python {platform.python_version()}", " ".join(platform.libc_ver())]
    parts += [f"{name} {version(name)}" for name in ("mpmath", "llvmlite") if find_spec(name)]
    return ", ".join(parts)


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if os.path.exists(path) else []


PAGE = """# How exact the operations are

Made by `python -m tests.accuracy --points {points} --seconds {seconds} --seed {seed} --write` on
{machine}.

Each row of the table of primitives, and each of its partial derivatives, was compared with mpmath
at {digits} digits at {points} points of its domain: of every size down to subnormal numbers, next
to poles, zeros and kinks, and where an intermediate result leaves the range of doubles.

- An **ulp** is the distance of doubles at the true number, `math.ulp` of it. A correctly rounded
  result is off by 0.5 at most. Where the true number is subnormal, an ulp is 5e-324.
- **Operands are exact.** The sine of the double nearest to pi is 1.2246467991473532e-16, and that
  is what is asked for, although that double is off from pi by as much. A number can be sensitive to
  its operands (ill-conditioned), and still be right in the last place here. Where that is too much
  to ask, the notes say so: the error is then also given beyond conditioning, in units of an ulp
  and what half an ulp in each operand does to the true number, together.
- **Ways**: eager; one call under `jit` on each backend, which gives the same bits; and `.map` of
  the LLVM backend in vector code, whose functions may be off by 4 ulp each.
- Left out are kinks; points where a value overflows, of its partials; of div, points with a
  subnormal quotient, since the partial -(x/y)/y has only the quotient's digits; and of sum, mean,
  dot and prod, points at which a step on the way leaves the range of doubles.

## Worst errors, in ulp

Not listed is what is exact: {exact}.

{table}

## What exceeds {limit:.0f} ulp, and why

{notes}

## Second derivatives

The worst relative error of a second derivative, by every ordered pair of operands, as the gradient
of a gradient, eagerly, at {seconds} points a row with operands between 1e-100 and 1e100 in size.
Rows that are not listed are within 1e-14. The last column takes off what a few ulp in the operands
do to the true number. Exceptions: {second_notes}.

{second}
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--points", type=int, default=200, help="points a row")
    parser.add_argument("--seconds", type=int, default=20, help="points a row, second derivatives")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", default="", help="names with commas between; all without it")
    parser.add_argument("--write", action="store_true", help="write docs/accuracy.md")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    found: Table = {}
    seconds: dict[str, Second] = {}
    for name in options.rows.split(",") if options.rows else TABLE:
        found |= measure(TABLE[name], options.points, options.seed)
        seconds[name] = measure_second(TABLE[name], options.seconds, options.seed)
        print(f"{name} ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    text = PAGE.format(
        points=options.points,
        seconds=options.seconds,
        seed=options.seed,
        machine=machine(),
        digits=DIGITS,
        limit=LIMIT,
        exact=", ".join(table(found, True)),
        table="\n".join(table(found, False)),
        notes="\n".join(notes(found)),
        second="\n".join(second_table(seconds)),
        second_notes="; ".join(filter(None, SECOND_UNLIMITED.values())),
    )
    print(text)
    if options.write:
        (Path(__file__).resolve().parent.parent / "docs" / "accuracy.md").write_text(text)
    faults = [fault(key, worst) for key, worst in found.items()]
    faults += [second_fault(name, worst) for name, worst in seconds.items()]
    sys.exit("\n".join(filter(None, faults)) or 0)


if __name__ == "__main__":
    main()
