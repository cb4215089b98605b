"""The steps that an expression becomes: the instructions of a small stack machine.

A step works on the stack, and returns the number of the next step where that is not the one below.
"""

from collections.abc import Callable, Mapping
from typing import Any

Step = Callable[[list[Any], Mapping[str, Any]], int | None]


def run(steps: list[Step], values: Mapping[str, Any]) -> Any:
    """What the steps leave on the stack, for these values of the variables."""
    stack: list[Any] = []
    number = 0
    while number < len(steps):
        following = steps[number](stack, values)
        number = number + 1 if following is None else following
    (result,) = stack
    return result


class Label:
    """A place in the list of steps, known once the work reaches it."""

    number = -1


def push(number: float) -> Step:
    return lambda stack, values: stack.append(number)


def load(name: str) -> Step:
    return lambda stack, values: stack.append(values[name])


def jump(target: Label) -> Step:
    return lambda stack, values: target.number


def jump_unless(target: Label) -> Step:
    return lambda stack, values: None if stack.pop() else target.number


def negated(stack: list[Any], values: Mapping[str, Any]) -> None:
    stack.append(0.0 if stack.pop() else 1.0)


def keep(truth: bool, end: Label) -> Step:
    """`and`, `or`: what is on top is the result if it has this truth, else the next one may be."""

    def step(stack: list[Any], values: Mapping[str, Any]) -> int | None:
        if bool(stack[-1]) == truth:
            return end.number
        stack.pop()
        return None

    return step


def compared(compare: Callable[[Any, Any], Any], end: Label | None) -> Step:
    """Compare two; the right one stays for the next comparison of a chain that goes on to `end`."""

    def step(stack: list[Any], values: Mapping[str, Any]) -> int | None:
        y, x = stack.pop(), stack.pop()
        holds = compare(x, y)
        if end is None or not holds:
            stack.append(float(holds) if type(holds) is bool else holds)
            return None if end is None else end.number
        stack.append(y)
        return None

    return step


def gather(count: int) -> Step:
    """A list of the last `count` numbers."""

    def step(stack: list[Any], values: Mapping[str, Any]) -> None:
        start = len(stack) - count
        stack[start:] = [stack[start:]]

    return step
