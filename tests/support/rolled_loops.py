"""Loops as `jit` records them, for the tests that roll them up again and of the code for them."""

import random
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any

from hypothesis import strategies as st

import autograd_lite as ag

RANDOM = random.Random(7)
POINT = [RANDOM.uniform(0.5, 1.5) for _ in range(120)]
SMALL: dict[str, Any] = {"FEWEST_COPIES": 4, "FEWEST_OPERATIONS": 1}


def total(terms: Sequence[Any]) -> Any:
    return [*accumulate(terms, initial=0.0)][-1]


def long(x: Any, operations: int) -> Any:
    return ag.sin(long(x, operations - 1)) if operations else x


SUMS: dict[str, Callable[[list[Any]], Any]] = {
    "before": total,
    "after": lambda terms: sum(terms[1:], start=terms[0]),
    "builtin": sum,
    "ag.sum": ag.sum,
    "mean": ag.mean,
    "on the right": lambda terms: [y := 0.0, *[y := t + y for t in terms]][-1],
    "differences": lambda terms: total([t - terms[0] * 0.5 for t in terms[1:]]),
    "minus": lambda terms: [y := 1.0, *[y := y - t for t in terms]][-1],
    "chunks": lambda terms: total([total(terms[k : k + 3]) for k in range(0, 60, 3)]),
    "scaled chunks": lambda terms: total([total(terms[k : k + 30]) / 8.0 for k in (0, 30)]),
    "pairs": lambda terms: ag.sum([a + b for a, b in zip(terms[::2], terms[1::2], strict=True)]),
}


def sines(x: Any) -> Any:
    return total([ag.sin(v) * x[0] for v in x])


WHOLE: dict[str, Callable[[Any], Any]] = {
    "two sums of one shape": lambda x: sines(x[:50]) * sines(x[50:]),
    "inside others": lambda x: ag.log(sines(x[:50])) - ag.exp(-sines(x[50:])),
    "a sum that other terms read": lambda x: [z := sines(x), total([ag.exp(v / z) for v in x])][1],
    "the same, and the result": lambda x: [z := sines(x), z + total([ag.exp(v / z) for v in x])][1],
    "a total read on the way": lambda x: [y := [*accumulate(map(ag.sin, x))], y[-1] * y[30]][1],
    "underflow": lambda x: x[0] * 1e-300 + sines(x) * 1e300 * 1e-200 * 1e-200,
    "overflow and back": lambda x: x[0] * 1e-300 + sines(x) * 1e308 * 1e-320,
    "weighted mean": lambda x: [
        w := [ag.exp(-v * x[0]) for v in x],
        total([a * v for a, v in zip(w, x, strict=True)]) / total(w),
    ][1],
    "softmax": lambda x: [
        m := ag.maximum(x[0], x[1]),
        e := [ag.exp(v * v - m) for v in x],
        z := total(e),
        total([ag.log(1.0 + a / z) * v for a, v in zip(e, x, strict=True)]),
    ][-1],
    "variance": lambda x: [m := sines(x) / 120.0, total([(v - m) ** 2 for v in x]) / 119.0][1],
    "twice over": lambda x: [
        a := [ag.sin(v * x[1]) + v for v in x],
        b := [ag.exp(u * v) - u for u, v in pairwise(a)],
        total([u * v * u for u, v in zip(a, b, strict=False)]) - total(b) * total(a),
    ][-1],
    "a sum inside one term": lambda x: total([*map(ag.sin, x), ag.sqrt(sines(x) ** 2 + 1.0)]),
    "rows": lambda x: total(
        [ag.sin(total([x[k] * x[20 + i * k % 97] for k in range(20)])) for i in range(1, 30)]
    ),
}


LEAVES = ["x", "next", "first", "constant", "same", "mean", "norm", "state", "dot"]
# fmt: off
OPERATIONS: list[Any] = [
    lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / (2.0 + b * b),
    lambda a, b: ag.sin(a), lambda a, b: ag.tanh(a) * 3.0, lambda a, b: ag.exp(ag.sin(b)),
    lambda a, b: 0.5 * b, lambda a, b: ag.where(a > 0.9, b, a * b), lambda a, b: a**2,
]
# fmt: on
STEPS = st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 9), st.integers(0, 9)))
TERMS = st.tuples(st.lists(st.sampled_from(LEAVES), min_size=1, max_size=4), STEPS)
GROUPS = st.lists(st.tuples(TERMS, st.integers(1, 40)), min_size=1, max_size=3)
ENDS = st.sampled_from(["one", "product", "root", "twice", "weighted", "centred"])
LOOPS = (GROUPS, st.sampled_from(["before", "mean", "builtin", "ag.sum"]), ENDS, st.booleans())


def loop(x: Any, w: Any, groups: Any, way: str, end: str, turns: bool) -> Any:
    """Terms of some shapes added up; x are arguments, w what all terms share."""
    n = len(x)
    mean, norm, state = ag.mean(x), ag.sqrt(total([v * v for v in x[:20]])), w[0]

    def term(shape: Any, i: int) -> Any:
        nonlocal state
        leaves, steps = shape
        if "state" in leaves:
            state = ag.sin(state * x[i] + w[1])
        kinds = {"x": x[i], "next": x[(i + 1) % n], "first": x[0], "constant": POINT[i]}
        kinds |= {"same": w[i % len(w)] if i % 3 else w[0], "mean": mean, "norm": norm}
        kinds |= {"state": state, "dot": total([x[(i + k) % n] * w[k % 2] for k in range(18)])}
        pool = [*[kinds[leaf] for leaf in leaves], w[-1]]
        for operation, a, b in steps[:6]:
            pool.append(operation(pool[a % len(pool)], pool[-1 - b % len(pool)]))
        return pool[-1] * pool[0]

    order = [(g, i) for g, (_, count) in enumerate(groups) for i in range(count)]
    order.sort(key=lambda at: at[1] if turns else 0)  # one after the other, or by turns
    terms = [(g, term(groups[g][0], i)) for g, i in order]
    plain = [t for _, t in terms]
    y = x[0] + SUMS[way](plain)
    if end == "product":
        return y * (1.0 - total([t for g, t in terms if g]) / 3.0)
    if end == "weighted":
        return total([t * v for t, v in zip(plain, x, strict=False)]) / (1.0 + y * y)
    if end == "centred":
        return total([(t - y / len(plain)) ** 2 for t in plain])
    if end == "twice":
        return y + 0.1 * (y - plain[0] - plain[-1])
    return ag.sqrt(1.0 + y * y) if end == "root" else y
