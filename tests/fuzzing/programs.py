"""Programs as data, and the one function that runs them on any engine's operations.

A program is a list of steps. A step applies something to operands, which are names of earlier
results or constants, and its result gets a name of its own; a step may hold blocks of steps, as a
loop does its body. Names are numbers, unique in the program, so that a step can be taken out, and
its name replaced, without a look at its place.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Array", "Block", "Constant", "Program", "Ref", "Step", "run"]


class Ref(NamedTuple):
    """The result of the step, or the input, of that name."""

    name: int


class Constant(NamedTuple):
    """A number that stands in the program, of one of Python's or NumPy's types."""

    kind: str
    number: float

    @property
    def value(self) -> Any:
        return KINDS[self.kind](self.number)


KINDS: dict[str, Callable[[float], Any]] = {
    "float": float,
    "int": int,
    "bool": bool,
    "np.float64": np.float64,
    "np.float32": np.float32,
    "np.int64": np.int64,
    "np.bool_": np.bool_,
}


class Block(NamedTuple):
    """Steps of their own, in which the parameters are names too, and what they result in."""

    parameters: tuple[int, ...]
    steps: tuple["Step", ...]
    result: Any


class Step(NamedTuple):
    """One operation; `kind` is a method of the engine or one of the control structures below."""

    target: int
    kind: str
    detail: Any
    operands: tuple[Any, ...]
    blocks: tuple[Block, ...] = ()


class Array(NamedTuple):
    """A NumPy array in a structure of arguments or results."""

    shape: tuple[int, ...]
    items: tuple[Any, ...]


class Program(NamedTuple):
    """A function of structures.

    Attributes:
        arguments: one structure each (lists, tuples, dicts, Arrays) with a Ref for each number.
        result: a structure of operands.
        captured: (name, number) of the Values that the function closes over.
    """

    arguments: tuple[Any, ...]
    steps: tuple[Step, ...]
    result: Any
    captured: tuple[tuple[int, float], ...] = ()

    @property
    def inputs(self) -> list[int]:
        """The names of the numbers among the arguments."""
        return [x.name for x in leaves(self.arguments)]

    def all_steps(self) -> Iterator[Step]:
        """Every step, those in blocks too."""
        todo = list(self.steps)
        for step in todo:
            todo += [inner for block in step.blocks for inner in block.steps]
        return iter(todo)


def leaves(tree: Any) -> list[Any]:
    """What stands in the places of a structure, an array's in its order."""
    if isinstance(tree, (Ref, Constant)):
        return [tree]
    if isinstance(tree, Array):
        return list(tree.items)
    if isinstance(tree, (list, tuple)):
        return [leaf for part in tree for leaf in leaves(part)]
    if isinstance(tree, dict):
        return [leaf for part in tree.values() for leaf in leaves(part)]
    if isinstance(tree, np.ndarray):
        return tree.ravel().tolist()
    return [tree]


def fill(tree: Any, put: Callable[[Any], Any]) -> Any:
    """The structure with something else in each place, Arrays as NumPy arrays."""
    if isinstance(tree, (Ref, Constant)):
        return put(tree)
    if isinstance(tree, Array):
        items = [put(x) for x in tree.items]
        plain = all(isinstance(x, float) for x in items)
        array = np.empty(len(items), dtype=float if plain else object)
        array[:] = items
        return array.reshape(tree.shape)
    if isinstance(tree, dict):
        return {key: fill(part, put) for key, part in tree.items()}
    if isinstance(tree, (list, tuple)):
        return type(tree)([fill(part, put) for part in tree])
    return put(tree)


def bind(template: Any, given: Any, names: dict[int, Any]) -> None:
    """Take an argument apart: what stands where the template has a name."""
    found = leaves(given)
    for ref, x in zip(leaves(template), found, strict=True):
        names[ref.name] = x


def run(program: Program, args: Any, captured: Mapping[int, Any], engine: Any) -> Any:
    """The program's result for these arguments, on an engine's operations."""
    names: dict[int, Any] = dict(captured)
    for template, given in zip(program.arguments, args, strict=True):
        bind(template, given, names)
    for step in program.steps:
        names[step.target] = result_of(step, names, engine)
    return fill(program.result, lambda x: valued(x, names))


def valued(operand: Any, names: Mapping[int, Any]) -> Any:
    return names[operand.name] if isinstance(operand, Ref) else operand.value


def run_block(block: Block, given: tuple[Any, ...], names: Mapping[int, Any], engine: Any) -> Any:
    """The block's result; its names are not seen outside."""
    inner = {**names, **dict(zip(block.parameters, given, strict=True))}
    for step in block.steps:
        inner[step.target] = result_of(step, inner, engine)
    return valued(block.result, inner)


def result_of(step: Step, names: Mapping[int, Any], engine: Any) -> Any:
    operands = [valued(x, names) for x in step.operands]

    def block(n: int) -> Callable[..., Any]:
        return lambda *given: run_block(step.blocks[n], given, names, engine)

    control = CONTROL.get(step.kind)
    if control is not None:
        return control(engine, step.detail, operands, *[block(n) for n in range(len(step.blocks))])
    if step.blocks:
        return getattr(engine, step.kind)(step.detail, operands, block(0))
    return getattr(engine, step.kind)(step.detail, operands)


def _if(engine: Any, name: str, operands: list[Any], yes: Any, no: Any) -> Any:
    return yes() if engine.holds(name, *operands) else no()


def _while(engine: Any, limit: int, operands: list[Any], body: Any) -> Any:
    x, bound = operands
    for _ in range(limit):
        if not engine.holds("lt", x, bound):
            break
        x = body(x)
    return x


def _recur(engine: Any, count: int, operands: list[Any], body: Any) -> Any:
    x, *pool = operands
    for i in range(count):
        x = body(x, pool[i % len(pool)], table(i))
    return x


def _loop(engine: Any, detail: tuple[int, str], operands: list[Any], body: Any) -> Any:
    count, way = detail
    n = len(operands)
    terms = [body(operands[i % n], operands[(i + 1) % n], table(i)) for i in range(count)]
    return engine.total(way, terms)


def table(i: int) -> float:
    """The i-th of the constants that a loop goes over."""
    return (i * 37 % 101) / 64 - 0.75


def _choose(engine: Any, detail: None, operands: list[Any]) -> Any:
    x, *choices = operands
    if engine.holds("lt", x, 50.0) and engine.holds("gt", x, -50.0):
        return choices[engine.whole(x) % len(choices)]
    return choices[0]


CONTROL: dict[str, Callable[..., Any]] = {
    "if": _if,
    "while": _while,
    "recur": _recur,
    "loop": _loop,
    "choose": _choose,
}
