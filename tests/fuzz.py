"""Look for programs on which two ways to one answer disagree.

    python -m tests.fuzz --seconds 60
    python -m tests.fuzz --seed 1234 --programs 1 --only derivatives

Program n of a run has the seed `--seed` + n, and is the same whatever else is checked. What fails
is made smaller and printed as a script. The exit code is 1 where anything was found.
"""

import argparse
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.fuzzing.checks import CHECKS, Check
from tests.fuzzing.common import Finding, PassedOver
from tests.fuzzing.generate import Case, draw
from tests.fuzzing.shrink import shrunk
from tests.fuzzing.source import snippet

MOST_OF_A_CHECK = 3  # findings, after which a check is left out: more of them are seldom others


@dataclass
class Tally:
    """What became of the programs of one check."""

    tried: int = 0
    passed_over: Counter[str] = field(default_factory=Counter)
    found: int = 0
    missing: str = ""

    def __str__(self) -> str:
        if self.missing:
            return f"not run: {self.missing} is not installed"
        over = sum(self.passed_over.values())
        why = ", ".join(f"{reason} {n}" for reason, n in self.passed_over.most_common(3))
        text = f"{self.tried} programs, {self.found} findings"
        return f"{text}, {over} passed over ({why})" if over else text


def failure(check: Check, case: Case) -> Finding | None:
    """What the check finds in this case; an error in the check itself passes through."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            check.run(case)
        except Finding as finding:
            return finding
    return None


def report(check: Check, case: Case, seconds: float) -> str:
    """The case made small, as text."""

    def fails(smaller: Case) -> bool:
        try:
            return failure(check, smaller) is not None
        except Exception:  # a smaller program may be none at all
            return False

    small = shrunk(case, fails, seconds)
    finding = failure(check, small)
    if finding is None:  # it depends on what ran before
        small, finding = case, Finding("once, and not again", "f(*args)", "f(*args)", 0)
    last = finding.point % len(small.points)
    lines = [f"# {check.name}: {finding.what}", f"# found {finding.numbers}"]
    lines.append(f"# python -m tests.fuzz --seed {case.seed} --programs 1 --only {check.name}")
    texts = [finding.found, finding.expected]
    return "\n".join(lines) + "\n" + snippet(small.program, small.points, last, texts)


def fuzz(
    checks: Sequence[Check],
    seed: int,
    *,
    seconds: float = float("inf"),
    programs: float = float("inf"),
    shrinking: float = 20.0,
    show: Callable[[str], None] = print,
) -> dict[str, Tally]:
    """Try programs until the time or their number is up; each finding is shown."""
    tallies = {check.name: Tally(missing=check.missing()) for check in checks}
    end = time.monotonic() + seconds
    number = 0
    while number < programs and time.monotonic() < end:
        for check in checks:
            tally = tallies[check.name]
            if tally.missing or tally.found >= MOST_OF_A_CHECK or time.monotonic() >= end:
                continue
            if number % check.every:
                continue
            case = draw(seed + number, check.profile)
            try:
                finding = failure(check, case)
            except KeyboardInterrupt:
                return tallies
            except PassedOver as reason:
                tally.passed_over[str(reason)] += 1
                continue
            except Exception:
                show(f"the check {check.name} failed itself, on seed {seed + number}")
                raise
            tally.tried += 1
            if finding is not None:
                tally.found += 1
                show(report(check, case, shrinking))
        number += 1
    return tallies


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="how long (20)")
    parser.add_argument("--seed", type=int, default=None, help="of the first program (the time)")
    parser.add_argument("--programs", type=int, default=None, help="how many; no time limit")
    parser.add_argument("--only", default="", help=f"of {','.join(c.name for c in CHECKS)}")
    parser.add_argument("--shrink", type=float, default=20.0, help="seconds for each finding (20)")
    given = parser.parse_args(arguments)
    wanted = given.only.split(",") if given.only else [check.name for check in CHECKS]
    unknown = set(wanted) - {check.name for check in CHECKS}
    if unknown:
        parser.error(f"no such check: {', '.join(sorted(unknown))}")
    seed = int(time.time()) if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    chosen = [check for check in CHECKS if check.name in wanted]
    limit = {"seconds": given.seconds} if given.programs is None else {"programs": given.programs}
    try:
        tallies = fuzz(chosen, seed, **limit, shrinking=given.shrink, show=_shown)
    except Exception:
        traceback.print_exc()
        return 2
    for name, tally in tallies.items():
        print(f"{name}: {tally}")
    return 1 if any(tally.found for tally in tallies.values()) else 0


def _shown(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
