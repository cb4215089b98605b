"""Keep tests of many cases fast: one test for a whole table, few random examples.

pytest spends about two milliseconds on each test, and collects all of them in every worker. A table
of hundreds of quick cases is therefore one test here, where each slow case is a test of its own by
`pytest.mark.parametrize`.
"""

import functools
import inspect
import reprlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from hypothesis import settings

# A case that skips is a failure: it would hide those of the other cases.
FAILURES = (Exception, BaseExceptionGroup, pytest.fail.Exception, pytest.skip.Exception)


def loop_over(names: str | Sequence[str], cases: Iterable[Any]) -> Callable[[Any], Any]:
    """Call the decorated test with every case, then raise all failures together.

    Args:
        names: the arguments of the test that a case gives, as for `pytest.mark.parametrize`.
        cases: one argument or one tuple of arguments for each call; at least one.

    Fixtures are made once and shared by all cases. Two of these decorators give all combinations.

    Raises:
        ValueError: there are no cases, or one has another number of arguments than `names`.

    Example:
        >>> @loop_over("x, y", [(2, 4), (3, 9)])
        ... def test_square(x, y):
        ...     assert x * x == y
        >>> test_square()
    """
    listed = [name.strip() for name in names.split(",")] if isinstance(names, str) else [*names]
    rows = [(case,) if len(listed) == 1 else tuple(case) for case in cases]
    if not rows or any(len(row) != len(listed) for row in rows):
        raise ValueError(f"loop_over needs at least one case of {len(listed)} arguments each")

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def run_every_case(**fixtures: Any) -> None:
            failures = []
            for row in rows:
                arguments = dict(zip(listed, row, strict=True))
                try:
                    test(**fixtures, **arguments)
                except FAILURES as error:
                    error.add_note(f"case: {_describe(arguments)}")
                    failures.append(error)
            if failures:
                failed = "\n".join(error.__notes__[-1] for error in failures)
                raise BaseExceptionGroup(
                    f"{len(failures)} of {len(rows)} cases failed\n{failed}", failures
                )

        own = inspect.signature(test)
        rest = [p for name, p in own.parameters.items() if name not in listed]
        run_every_case.__signature__ = own.replace(parameters=rest)  # type: ignore[attr-defined]
        return run_every_case

    return decorate


def mark_slow_after(count: int, cases: Iterable[Any]) -> list[Any]:
    """Return cases for `pytest.mark.parametrize`: after the first few, each is marked slow."""
    listed = list(cases)
    slow = [pytest.param(case, marks=pytest.mark.slow) for case in listed[count:]]
    return [*listed[:count], *slow]


def limit_examples(number: int) -> settings:
    """Return Hypothesis settings for at most so many examples; the fast lane draws fewer."""
    return settings(max_examples=min(number, settings().max_examples))


def _describe(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{name}={_shorten(value)}" for name, value in arguments.items())


def _shorten(value: Any) -> str:
    """Return the start of an argument's text, or a function's name and line."""
    if inspect.isfunction(value):
        return f"{value.__qualname__} (line {value.__code__.co_firstlineno})"
    return reprlib.repr(value)
