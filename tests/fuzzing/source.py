"""A program as Python source text, for whoever is to mend what it shows."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_lite.core.table import TABLE

from .engines import FUNCTIONS, METHODS
from .programs import Array, Block, Constant, Program, Ref, Step, table

__all__ = ["arguments_text", "function_text", "literal", "snippet"]

SIGNS = {
    **{"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "floordiv": "//", "mod": "%"},
    **{"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="},
}
TRUTHS = ("lt", "le", "gt", "ge", "eq", "ne")
PREFIXES = {"neg": "-{}", "identity": "+{}", "abs": "abs({})", "round": "round({})"}
PREFIXES |= {name: f"math.{name}({{}})" for name in ("floor", "ceil", "trunc")}
JOINTS = {"first": "{0}", "not": "inverted({0})", "and": "({0}) & ({1})", "or": "({0}) | ({1})"}
JOINTS |= {"xor": "({0}) ^ ({1})", "nor": "inverted(({0}) | ({1}))"}

HELPERS = {
    "inverted(": """def inverted(c):  # ~ of what jit records; of a bool it would be -1 or -2
    return ~c if hasattr(c, "record") else not c
""",
    "value(": """def value(x):  # a truth or a number has none of a Value's methods
    return x if hasattr(x, "record") else ag.Value(x)
""",
    "whole(": """def whole(x):  # int(x), which an eager Value refuses
    return int(getattr(x, "data", x)) if contexts.state.recorder is None else int(x)
""",
    "table(": """def table(i):
    return (i * 37 % 101) / 64 - 0.75
""",
}


def function_text(program: Program) -> str:
    """The program as `def f`, with its imports and what it closes over."""
    lines = [f"v{name} = ag.Value({number_text(x)})" for name, x in program.captured]
    parameters = [f"a{i}" for i in range(len(program.arguments))]
    lines += [f"def f({', '.join(parameters)}):"]
    for i, template in enumerate(program.arguments):
        lines += ["    " + line for line in _taken_apart(template, f"a{i}")]
    for step in program.steps:
        lines += ["    " + line for line in step_lines(step)]
    lines.append(f"    return {structure_text(program.result)}")
    sure = _sure(program)
    text = "\n".join(lines) + "\n"
    body = re.sub(r"value\((v\d+)\)", lambda m: m[1] if m[1] in sure else m[0], text)
    return "\n".join([*_imports(body), *[t for sign, t in HELPERS.items() if sign in body], body])


def _sure(program: Program) -> set[str]:
    """The names that stand for Values whatever happens: others may be plain truths or numbers."""
    names = {*program.inputs, *[name for name, _ in program.captured]}
    grows = True
    while grows:
        grows = False
        for step in program.all_steps():
            known = any(isinstance(x, Ref) and x.name in names for x in step.operands)
            truth = step.kind == "row" and step.detail[1] == "operator" and step.detail[0] in TRUTHS
            if known and step.kind == "row" and not truth and step.target not in names:
                names.add(step.target)
                grows = True
    return {f"v{name}" for name in names}


def _imports(body: str) -> list[str]:
    modules = ("copy", "functools", "math", "operator", "pickle")
    lines = [*[f"import {module}" for module in modules], ""]
    lines += ["import numpy as np", "import autograd_lite as ag"]
    lines += ["from autograd_lite.core import contexts", "from autograd_lite.jit.loops import roll"]
    lines += ["from autograd_lite.core.table import TABLE"]
    return [*lines, "from math import inf, nan", ""]


def _taken_apart(template: Any, path: str) -> list[str]:
    if isinstance(template, Ref):
        return [f"v{template.name} = {path}"]
    if isinstance(template, Array):
        names = ", ".join([f"v{x.name}" for x in template.items])
        return [f"{names}, = {path}.ravel().tolist()"] if names else []
    pairs = template.items() if isinstance(template, dict) else enumerate(template)
    return [line for key, part in pairs for line in _taken_apart(part, f"{path}[{key!r}]")]


def structure_text(tree: Any) -> str:
    """An expression for a structure of operands."""
    if isinstance(tree, (Ref, Constant)):
        return operand_text(tree)
    if isinstance(tree, Array):
        items = ", ".join(map(operand_text, tree.items))
        return f"np.array([{items}]).reshape({tree.shape})"
    if isinstance(tree, dict):
        return "{" + ", ".join([f"{k!r}: {structure_text(v)}" for k, v in tree.items()]) + "}"
    parts = ", ".join(map(structure_text, tree))
    if isinstance(tree, tuple):
        return f"({parts},)"
    return f"[{parts}]"


def arguments_text(program: Program, texts: Sequence[str]) -> str:
    """The arguments as a call has them, with these expressions for the inputs."""
    numbers = dict(zip(program.inputs, texts, strict=True))

    def text(tree: Any) -> str:
        if isinstance(tree, Ref):
            return numbers[tree.name]
        if isinstance(tree, Array):
            items = ", ".join([numbers[x.name] for x in tree.items])
            return f"np.array([{items}]).reshape({tree.shape})"
        if isinstance(tree, dict):
            return "{" + ", ".join([f"{k!r}: {text(v)}" for k, v in tree.items()]) + "}"
        parts = ", ".join(map(text, tree))
        return f"({parts},)" if isinstance(tree, tuple) else f"[{parts}]"

    return ", ".join([text(tree) for tree in program.arguments])


def number_text(x: float) -> str:
    return repr(float(x))


def operand_text(x: Ref | Constant) -> str:
    if isinstance(x, Ref):
        return f"v{x.name}"
    if x.kind == "float":
        return f"({x.number!r})" if x.number < 0 else repr(x.number)
    return repr(x.value) if x.kind in ("int", "bool") else f"{x.kind}({x.number!r})"


def step_lines(step: Step) -> list[str]:
    """The statements of one step."""
    texts = [operand_text(x) for x in step.operands]
    writer = WRITERS.get(step.kind)
    if writer is not None:
        return writer(step, texts)
    return [f"v{step.target} = {_expression(step, texts)}"]


def _expression(step: Step, texts: list[str]) -> str:
    detail = step.detail
    if step.kind == "row":
        return _row_text(detail[0], detail[1], texts)
    if step.kind == "where":
        one = f"{texts[0]} {SIGNS[detail[0]]} {texts[1]}"
        other = f"{texts[2]} {SIGNS[detail[1]]} {texts[3]}"
        return f"ag.where({JOINTS[detail[2]].format(one, other)}, {texts[4]}, {texts[5]})"
    listed = f"[{', '.join(texts)}]"
    if step.kind == "pick":
        middle = f"sorted({listed})[{len(texts) // 2}]"
        return middle if detail == "median" else f"{detail}({listed})"
    if step.kind == "softmax":
        return f"ag.softmax({listed})[{detail % len(texts)}]"
    if step.kind == "stop":
        stopped = f"ag.stop_gradient({texts[0]})"
        return f"value({texts[0]}).detach()" if detail == "detach" else stopped
    assert step.kind == "data", step
    return f"float(getattr({texts[0]}, 'data', {texts[0]}))"


def _row_text(name: str, style: str, texts: list[str]) -> str:
    if name == "copysign" and texts[1].startswith("v"):
        texts = [texts[0], f"ag.where({texts[1]} == {texts[1]}, {texts[1]}, 1.0)"]
    if style == "operator" and name in SIGNS:
        if not any(text.startswith("v") for text in texts) or name in TRUTHS:
            return f"{texts[0]} {SIGNS[name]} {texts[1]}"
        a, b = [f"value({text})" if text.startswith("v") else text for text in texts]
        return f"{a} {SIGNS[name]} {b}"
    if style == "operator":
        return PREFIXES[name].format(f"value({texts[0]})")
    if style == "method":
        return f"value({texts[0]}).{METHODS.get(name, name)}({', '.join(texts[1:])})"
    if style == "function" and TABLE[name].arity is None:
        if name == "dot":
            half = len(texts) // 2
            return f"ag.dot([{', '.join(texts[:half])}], [{', '.join(texts[half:])}])"
        return f"ag.{name}([{', '.join(texts)}])"
    if style == "function":
        return f"ag.{FUNCTIONS.get(name, name)}({', '.join(texts)})"
    return f"TABLE[{name!r}]({', '.join(texts)})"


def _nested(block: Block, result: str) -> list[str]:
    lines = [line for step in block.steps for line in step_lines(step)]
    return ["    " + line for line in [*lines, f"{result} = {operand_text(block.result)}"]]


def _body(step: Step, name: str = "body") -> list[str]:
    block = step.blocks[0]
    parameters = ", ".join([f"v{n}" for n in block.parameters])
    lines = [line for inner in block.steps for line in step_lines(inner)]
    lines.append(f"return {operand_text(block.result)}")
    return [f"def {name}({parameters}):", *["    " + line for line in lines]]


def _if_lines(step: Step, texts: list[str]) -> list[str]:
    condition = (
        texts[0] if step.detail == "truth" else f"{texts[0]} {SIGNS[step.detail]} {texts[1]}"
    )
    target = f"v{step.target}"
    yes, no = [_nested(block, target) for block in step.blocks]
    return [f"if {condition}:", *yes, "else:", *no]


def _while_lines(step: Step, texts: list[str]) -> list[str]:
    target, body = f"v{step.target}", f"body{step.target}"
    lines = [*_body(step, body), f"{target} = {texts[0]}", f"for _ in range({step.detail}):"]
    lines += [f"    if not {target} < {texts[1]}:", "        break"]
    return [*lines, f"    {target} = {body}({target})"]


def _recur_lines(step: Step, texts: list[str]) -> list[str]:
    target, body = f"v{step.target}", f"body{step.target}"
    pool = f"[{', '.join(texts[1:])}]"
    lines = [*_body(step, body), f"{target} = {texts[0]}", f"for i in range({step.detail}):"]
    return [*lines, f"    {target} = {body}({target}, {pool}[i % {len(texts) - 1}], table(i))"]


def _loop_lines(step: Step, texts: list[str]) -> list[str]:
    (count, way), n = step.detail, len(texts)
    body, pool, terms = f"body{step.target}", f"pool{step.target}", f"terms{step.target}"
    element = f"{body}({pool}[i % {n}], {pool}[(i + 1) % {n}], table(i))"
    lines = [*_body(step, body), f"{pool} = [{', '.join(texts)}]"]
    lines.append(f"{terms} = [{element} for i in range({count})]")
    total = {"+=": f"functools.reduce(operator.add, {terms})", "mean": f"ag.mean({terms})"}
    total |= {"sum": f"sum({terms})", "ag.sum": f"ag.sum({terms})"}
    return [*lines, f"v{step.target} = {total[way]}"]


def _choose_lines(step: Step, texts: list[str]) -> list[str]:
    x, choices = texts[0], f"[{', '.join(texts[1:])}]"
    chosen = f"{choices}[whole({x}) % {len(texts) - 1}]"
    return [f"v{step.target} = {chosen} if {x} < 50.0 and {x} > -50.0 else {texts[1]}"]


def _derivative_lines(step: Step, texts: list[str]) -> list[str]:
    body = f"body{step.target}"
    call = {
        "grad": f"ag.grad({body})({texts[0]})",
        "second": f"ag.grad(ag.grad({body}))({texts[0]})",
        "jvp": f"ag.jvp({body}, ({texts[0]},), ({texts[1]},))[1]",
    }
    return [*_body(step, body), f"v{step.target} = {call[step.detail]}"]


WRITERS = {
    "if": _if_lines,
    "while": _while_lines,
    "recur": _recur_lines,
    "loop": _loop_lines,
    "choose": _choose_lines,
    "derivative": _derivative_lines,
}
assert table(1) == 37 / 64 - 0.75  # as HELPERS writes it


SETTING = """
def leaves_of(tree):
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, (list, tuple)):
        return [x for part in tree for x in leaves_of(part)]
    return tree.ravel().tolist() if isinstance(tree, np.ndarray) else [tree]


def arguments(x):
    return {arguments}


def listed(*args):
    return leaves_of(f(*args))


def flat(x):
    return f(*arguments(x))


def swept(g):
    for v in [{captured}]:
        v.grad = 0.0
    leaves = [ag.Value(x) for x in point]
    g(*arguments(leaves)).backward()
    return [v.grad for v in [*leaves, {captured}]]


def moved(g, by):
    for v, x in [{moved}]:
        v.data = x + by
    return g(*args)


points = {points}
point = points[{last}]
args = arguments(point)
values = arguments([ag.Value(x) for x in point])
"""


def snippet(
    program: Program, points: Sequence[Sequence[float]], last: int, expressions: Sequence[str]
) -> str:
    """A script that shows what each expression gives, with `args` and `values` of one point."""
    inputs = [f"x[{n}]" for n in range(len(program.inputs))]
    shown = ", ".join(["[" + ", ".join(map(number_text, point)) + "]" for point in points])
    setting = SETTING
    for hole, text in {
        "arguments": f"({arguments_text(program, inputs)},)",
        "captured": ", ".join([f"v{name}" for name, _ in program.captured]),
        "moved": ", ".join([f"(v{name}, {number_text(x)})" for name, x in program.captured]),
        "points": f"[{shown}]",
        "last": str(last),
    }.items():
        setting = setting.replace("{" + hole + "}", text)
    lines = [f"print({text!r}, {text}, sep=' =\\n    ')" for text in expressions]
    return function_text(program) + setting + "\n".join(lines) + "\n"


def literal(tree: Any) -> str:
    """A structure of numbers and arrays as source text."""
    if isinstance(tree, np.ndarray):
        return f"np.array({literal(tree.tolist())})"
    if isinstance(tree, dict):
        return "{" + ", ".join([f"{k!r}: {literal(v)}" for k, v in tree.items()]) + "}"
    if isinstance(tree, (list, tuple)):
        parts = ", ".join(map(literal, tree))
        return f"[{parts}]" if isinstance(tree, list) else f"({parts},)"
    if hasattr(tree, "data"):
        return f"ag.Value({number_text(tree.data)})"
    return number_text(tree)
