"""Making a failing case smaller, for as long as it fails."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .generate import Case
from .programs import Array, Block, Constant, Program, Ref, Step, leaves

__all__ = ["shrunk"]

SIMPLE = (0.0, 1.0, -1.0, 2.0, 0.5)


def shrunk(case: Case, fails: Callable[[Case], bool], seconds: float = 20.0) -> Case:
    """The smallest failing case of those that greedy steps reach in so much CPU time."""
    end = time.process_time() + seconds
    progress = True
    while progress:
        progress, place = False, 0
        tries = list(candidates(case))
        while place < len(tries) and time.process_time() < end:
            smaller = tries[place]
            place += 1
            if size(smaller) < size(case) and fails(smaller):
                # those before this place did not help, and seldom will now
                case, progress, tries = smaller, True, list(candidates(smaller))
    return case


def size(case: Case) -> tuple[float, ...]:
    """What shrinking makes less: operations, then operands, then how long the numbers are."""
    steps = list(case.program.all_steps())
    names = len(case.program.inputs) + len(case.program.captured)
    numbers = [x for point in case.points for x in point]
    numbers += [x for _, x in case.program.captured]
    constants = [x for step in steps for x in step.operands if isinstance(x, Constant)]
    constants += [x for x in leaves(case.program.result) if isinstance(x, Constant)]
    length = sum(_length(x) for x in [*numbers, *[c.number for c in constants]])
    kinds = sum(c.kind != "float" for c in constants)
    styles = sum(step.kind == "row" and step.detail[1] != "row" for step in steps)
    counts = sum(_count(step.detail) for step in steps)
    operands = sum(len(step.operands) for step in steps)
    results = len(leaves(case.program.result)) + _depth(case.program.result)
    depth = sum(map(_depth, case.program.arguments))
    refs = sum(isinstance(x, Ref) for step in steps for x in step.operands)
    blocks = sum(len(step.blocks) for step in steps)
    return (
        len(steps) + blocks,
        operands + results + names + depth,
        len(case.points),
        counts,
        refs,
        length + kinds + styles,
    )


def _length(x: float) -> float:
    return 3.0 if not math.isfinite(x) else SIMPLE.index(x) / 8 if x in SIMPLE else len(repr(x))


def _count(detail: Any) -> int:
    if isinstance(detail, tuple):
        detail = detail[0]
    return detail if isinstance(detail, int) else 0


def _depth(tree: Any) -> int:
    if isinstance(tree, Array):
        return 1 + len(tree.shape)
    if isinstance(tree, (Ref, Constant)):
        return 0
    parts = tree.values() if isinstance(tree, dict) else tree
    return 1 + max([_depth(part) for part in parts], default=0)


def candidates(case: Case) -> Iterator[Case]:
    """Cases that are smaller in one respect."""
    program, points, seed = case.program, case.points, case.seed
    for n in range(len(points)):
        if len(points) > 1:
            yield Case(program, points[:n] + points[n + 1 :], seed)
    for smaller in _programs(program):
        yield _fitted(smaller, program, case)
    for n, point in enumerate(points):
        for i, x in enumerate(point):
            for simple in (*SIMPLE, round(x, 1) if math.isfinite(x) else x):
                if simple != x:
                    moved = [*point[:i], simple, *point[i + 1 :]]
                    yield Case(program, [*points[:n], moved, *points[n + 1 :]], seed)


def _fitted(smaller: Program, program: Program, case: Case) -> Case:
    """The points with the numbers of those inputs that are left."""
    rows = [dict(zip(program.inputs, point, strict=True)) for point in case.points]
    return Case(smaller, [[row[name] for name in smaller.inputs] for row in rows], case.seed)


def _programs(program: Program) -> Iterator[Program]:
    yield program._replace(steps=_needed(program))
    for n, step in enumerate(program.steps):
        shorter = program._replace(steps=program.steps[: n + 1], result=Ref(step.target))
        yield shorter._replace(steps=_needed(shorter))
    for steps, target, other in _fewer(program.steps):
        result = _substituted(program.result, target, other)
        yield program._replace(steps=steps, result=result)
    for result in _results(program.result):
        yield program._replace(result=result)
    yield from _without_inputs(program)
    for steps in _simpler(program.steps):
        yield program._replace(steps=steps)
    for n, (name, x) in enumerate(program.captured):
        for simple in SIMPLE:
            if simple != x:
                changed = (*program.captured[:n], (name, simple), *program.captured[n + 1 :])
                yield program._replace(captured=changed)


def _needed(program: Program) -> tuple[Step, ...]:
    """The steps that the result reads."""
    wanted = {x.name for x in leaves(program.result) if isinstance(x, Ref)}
    kept: list[Step] = []
    for step in reversed(program.steps):
        if step.target in wanted:
            kept.append(step)
            wanted |= _read([step])
    return tuple(reversed(kept))


def _read(steps: Sequence[Step]) -> set[int]:
    """The names that steps read, their blocks too."""
    found = {x.name for step in steps for x in step.operands if isinstance(x, Ref)}
    for block in [block for step in steps for block in step.blocks]:
        found |= _read(block.steps)
        if isinstance(block.result, Ref):
            found.add(block.result.name)
    return found


def _fewer(steps: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], int, Any]]:
    """Without one step, whose name becomes one of its operands, or a block's result."""
    for n in reversed(range(len(steps))):
        step = steps[n]
        before, after = steps[:n], steps[n + 1 :]
        for x in dict.fromkeys([*step.operands, Constant("float", 1.0)]):
            yield before + _renamed(after, step.target, x), step.target, x
        for block in step.blocks:
            inner, result = block.steps, block.result
            given = [*step.operands, *[Constant("float", 0.25)] * len(block.parameters)]
            for name, x in zip(block.parameters, given, strict=False):
                inner = _renamed(inner, name, x)
                result = _substituted(result, name, x)
            yield before + inner + _renamed(after, step.target, result), step.target, result
        for k, block in enumerate(step.blocks):
            for inner, target, x in _fewer(block.steps):
                own = Block(block.parameters, inner, _substituted(block.result, target, x))
                blocks = (*step.blocks[:k], own, *step.blocks[k + 1 :])
                yield (*before, step._replace(blocks=blocks), *after), -1, None


def _renamed(steps: Sequence[Step], name: int, other: Any) -> tuple[Step, ...]:
    return tuple(
        [
            step._replace(
                operands=tuple([_substituted(x, name, other) for x in step.operands]),
                blocks=tuple(
                    [
                        Block(
                            b.parameters,
                            _renamed(b.steps, name, other),
                            _substituted(b.result, name, other),
                        )
                        for b in step.blocks
                    ]
                ),
            )
            for step in steps
        ]
    )


def _substituted(tree: Any, name: int, other: Any) -> Any:
    if isinstance(tree, Ref):
        return other if tree.name == name else tree
    if isinstance(tree, Constant):
        return tree
    if isinstance(tree, Array):
        return Array(tree.shape, tuple([_substituted(x, name, other) for x in tree.items]))
    if isinstance(tree, dict):
        return {key: _substituted(part, name, other) for key, part in tree.items()}
    return type(tree)([_substituted(part, name, other) for part in tree])


def _results(result: Any) -> Iterator[Any]:
    if isinstance(result, (Ref, Constant)):
        return
    for x in leaves(result):
        if isinstance(x, Ref):
            yield x
            yield [x]
    if isinstance(result, Array):
        yield list(result.items)
    elif isinstance(result, (dict, list, tuple)):
        parts = list(result.values()) if isinstance(result, dict) else list(result)
        yield from parts
        for n in range(len(parts)):
            if len(parts) > 1:
                yield parts[:n] + parts[n + 1 :]


def _without_inputs(program: Program) -> Iterator[Program]:
    used = _read(program.steps)
    used |= {x.name for x in leaves(program.result) if isinstance(x, Ref)}
    kept = tuple([pair for pair in program.captured if pair[0] in used])
    if kept != program.captured:
        yield program._replace(captured=kept)
    for n, argument in enumerate(program.arguments):
        others = program.arguments[:n] + program.arguments[n + 1 :]
        names = [x.name for x in leaves(argument)]
        if others and not used & set(names):
            yield program._replace(arguments=others)
        for smaller in _arguments(argument, used):
            changed = (*program.arguments[:n], smaller, *program.arguments[n + 1 :])
            yield program._replace(arguments=changed)
    for name in program.inputs:  # an input in the place of another
        for other in program.inputs:
            if other < name and name in used:
                yield program._replace(
                    steps=_renamed(program.steps, name, Ref(other)),
                    result=_substituted(program.result, name, Ref(other)),
                )


def _arguments(argument: Any, used: set[int]) -> Iterator[Any]:
    if isinstance(argument, Ref):
        return
    if isinstance(argument, Array):
        yield list(argument.items)
        argument = list(argument.items)
    parts = list(argument.values()) if isinstance(argument, dict) else list(argument)
    if len(parts) == 1:
        yield parts[0]
    for n, part in enumerate(parts):
        if len(parts) > 1 and not used & {x.name for x in leaves(part)}:
            yield parts[:n] + parts[n + 1 :]
        for smaller in _arguments(part, used):
            yield [*parts[:n], smaller, *parts[n + 1 :]]


def _simpler(steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    """With one step made simpler: its count, its operands, its way of writing."""
    for n, step in enumerate(steps):
        for other in _simpler_step(step):
            yield (*steps[:n], other, *steps[n + 1 :])


def _simpler_step(step: Step) -> Iterator[Step]:
    for detail in _details(step):
        yield step._replace(detail=detail)
    least = {"row": 1, "pick": 2, "softmax": 1, "recur": 2, "loop": 1, "choose": 2}.get(step.kind)
    for n, x in enumerate(step.operands):
        if least is not None and len(step.operands) > least and not _fixed(step):
            yield step._replace(operands=step.operands[:n] + step.operands[n + 1 :])
        for simple in [Constant("float", c) for c in SIMPLE]:
            if x != simple:
                operands = (*step.operands[:n], simple, *step.operands[n + 1 :])
                yield step._replace(operands=operands)
    for k, block in enumerate(step.blocks):
        for inner in _simpler(block.steps):
            own = block._replace(steps=inner)
            yield step._replace(blocks=(*step.blocks[:k], own, *step.blocks[k + 1 :]))


def _details(step: Step) -> Iterator[Any]:
    if step.kind == "row" and step.detail[1] != "row":
        yield (step.detail[0], "row")
    elif step.kind in ("while", "recur") and step.detail > 1:
        yield from (1, step.detail - 1)
    elif step.kind == "loop":
        count, way = step.detail
        yield from [(fewer, way) for fewer in (1, count // 2, count - 1) if 0 < fewer < count]
    elif step.kind == "where" and step.detail[2] != "first":
        yield (*step.detail[:2], "first")


def _fixed(step: Step) -> bool:
    """Whether the operation has a number of operands of its own."""
    from autograd_lite.core.table import TABLE

    return step.kind == "row" and (
        TABLE[step.detail[0]].arity is not None or step.detail[0] == "dot"
    )
