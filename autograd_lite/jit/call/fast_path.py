"""The shortest way to a recording: generated Python that checks one call's shape and replays.

A call that has the shape of the last one, with floats for its numbers, needs none of the general
work. The text is made of the shape alone; nothing of a user's is written into it.
"""

from collections.abc import Callable
from typing import Any

from ..record.arguments import NUMBER, ArrayShape, Call, Container, Static
from ..record.captured import MISSING, CapturedVariables
from ..record.fingerprint import collect_objects, fingerprint, make_unchanged_check
from ..record.recorder import Condition
from .fused import make_captured_call
from .specialization import Specialization

__all__: list[str] = ["MISS"]

_LONGEST = 1000  # parts of a container that are read one by one

# What the fast call returns where the general one must look.
MISS = object()


def build_fast_path(
    spec: Specialization, call: Call, names: CapturedVariables, name: str
) -> Callable[..., Any] | None:
    """A function of a call's positional arguments; None where the shape has no short way.

    Arguments:
        name: what a node of the result is called.
    """
    if call.names or call.static or (spec.captured and not _makes_node(spec, call)):
        return None
    constants = _Constants()
    checks = _write_checks(constants, names)
    if spec.captured:
        checks += [f"type(a{i}) is {constants.name(float)}" for i in _find_floats(call)]
    read = [_write_read(constants, shape, f"a{i}", checks) for i, shape in enumerate(call.shapes)]
    if None in read:
        return None
    replay, item = _write_replay(constants, spec, call, [text for text in read if text], name)
    result = _write_result(constants, spec, item)
    if result is None:
        return None
    lines = [f"if len(args) != {len(call.shapes)}: return MISS"]
    if call.shapes:
        lines.append(", ".join([f"a{i}" for i in range(len(call.shapes))]) + ", = args")
    if checks:
        lines += ["try:", f"    if not ({' and '.join(checks)}): return MISS"]
        # a closure's variable was deleted, or a dict grew while it was compared
        lines += ["except (ValueError, RuntimeError): return MISS"]
    lines += [*replay, f"return {result}"]
    text = "def fast(args, past=-1, hops=16):\n" + "".join([f"    {line}\n" for line in lines])
    namespace = {**constants.objects, "MISS": MISS}
    exec(compile(text, "<jit call>", "exec"), namespace)
    return namespace["fast"]  # type: ignore[no-any-return]


def build_unchanged_check(names: CapturedVariables) -> Callable[[], bool]:
    """A function that says whether all names are bound as they are now."""
    constants = _Constants()
    checks = _write_checks(constants, names)
    text = f"def unchanged():\n    try: return {' and '.join(checks) or 'True'}\n"
    text += "    except (ValueError, RuntimeError): return False\n"
    namespace = dict(constants.objects)
    exec(compile(text, "<jit names>", "exec"), namespace)
    return namespace["unchanged"]  # type: ignore[no-any-return]


def _makes_node(spec: Specialization, call: Call) -> bool:
    """Whether a call on floats gives one node of the captured leaves."""
    alone = all(shape is NUMBER or isinstance(shape, Static) for shape in call.shapes)
    return alone and spec.captures_only_leaves and spec.count == 1


def _write_replay(
    constants: "_Constants", spec: Specialization, call: Call, numbers: list[str], name: str
) -> tuple[list[str], str]:
    """Lines that leave the results in `r`, and how one of them is taken out of it."""
    own = [k for k, shape in enumerate(call.shapes) if isinstance(shape, ArrayShape)]
    if spec.captured:
        replayed = make_captured_call(spec, name)
    elif len(numbers) == 1 and own and _is_all_computed(spec) and spec.backend == "llvm":
        return _write_array_call(constants, f"a{own[0]}", spec, spec.compile_value()), "item({})"
    else:
        replayed = spec.compile_value().call_floats
    other = _write_fallback(constants, spec, "r")
    line = f"r = {constants.name(replayed)}({', '.join(numbers)})"
    return [line, f"if type(r) is not tuple: return {other}"], "[{}]"


def _find_floats(call: Call) -> list[int]:
    return [i for i, shape in enumerate(call.shapes) if shape is NUMBER]


def _is_all_computed(spec: Specialization) -> bool:
    return all(hasattr(x, "record") for x in spec.result.leaves)


def _write_array_call(
    constants: "_Constants", array: str, spec: Specialization, compiled: Any
) -> list[str]:
    """From one array to another, with no number on the way made an object."""
    import numpy

    empty, replay = constants.name(numpy.empty), constants.name(compiled.call_arrays)
    return [
        f"r = {empty}({len(spec.result.leaves)})",
        f"done = {replay}({array}, r)",
        f"if done is not True: return {_write_fallback(constants, spec, '-1 - done')}",
    ]


def _write_fallback(constants: "_Constants", spec: Specialization, guard: str) -> str:
    """Return a call of the fast path that was taken when this guard failed last.

    It is followed only a few times, and only to guards that fail later; else the general path runs.
    """
    fast_paths = constants.name(spec.next_fast_paths)
    return f"{constants.name(_try_next)}({fast_paths}, {guard}, args, past, hops)"


def _try_next(
    ways: dict[int, Callable[..., Any]], guard: Any, args: Any, past: int, hops: int
) -> Any:
    way = ways.get(guard) if type(guard) is int and guard > past and hops else None
    return MISS if way is None else way(args, guard, hops - 1)


class _Constants:
    """Names for the objects that the text mentions."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}

    def name(self, x: Any) -> str:
        name = f"k{len(self.objects)}"
        self.objects[name] = x
        return name


def _write_checks(constants: _Constants, names: CapturedVariables) -> list[str]:
    checks = []
    missing = constants.name(MISSING)
    spaces = [f"{constants.name(cell)}.cell_contents" for cell in names.cells]
    for space, key in names.entries:
        pair = f"{constants.name(key)}, {missing}"
        if type(space) is dict:
            spaces.append(f"{constants.name(space)}.get({pair})")
        else:
            spaces.append(f"getattr({constants.name(space)}, {pair})")
    for text, x in zip(spaces, names.values(), strict=True):
        if x is MISSING and text.endswith(".cell_contents"):
            continue  # the cell is still empty: f will not read it on this path
        checks.append(f"{text} is {constants.name(x)}")
        same = make_unchanged_check(x)
        if same is not None:
            constants.name(collect_objects(x))  # kept in memory, or others could get their ids
            now = f"{constants.name(repr)}({constants.name(fingerprint)}({text}))"
            equal = f"{now} == {constants.name(repr(fingerprint(x)))}"
            checks.append(f"({constants.name(same)}() or {equal})")
    return checks


def _write_read(constants: _Constants, shape: Any, text: str, checks: list[str]) -> str | None:
    """The numbers of an argument, as arguments of a call; what else must hold goes to `checks`."""
    if shape is NUMBER:
        return text
    if isinstance(shape, Static):
        kind, value = constants.name(shape.kind), constants.name(shape.value)
        checks.append(f"type({text}) is {kind} and {text} == {value}")
        return ""
    if isinstance(shape, ArrayShape):
        kind = constants.name(shape.shape)
        checks.append(f"type({text}) is {constants.name(_get_ndarray())}")
        checks.append(
            f"{text}.dtype is {constants.name(_get_float64())} and {text}.shape == {kind}"
        )
        return f"*{text}.ravel().tolist()" if len(shape.shape) != 1 else f"*{text}.tolist()"
    return _write_container(constants, shape, text, checks)


def _write_container(
    constants: _Constants, shape: Container, text: str, checks: list[str]
) -> str | None:
    if shape.kind not in (list, tuple, dict) or shape.spelling:
        return None
    kind = constants.name(shape.kind)
    if shape.names is None:
        checks.append(f"type({text}) is {kind} and len({text}) == {len(shape.parts)}")
        if shape.parts and all(part is NUMBER for part in shape.parts):
            return f"*{text}"
    if len(shape.parts) > _LONGEST:
        return None
    if shape.names is None:
        keys = [str(i) for i in range(len(shape.parts))]
    else:
        checks.append(f"type({text}) is {kind} and tuple({text}) == {constants.name(shape.names)}")
        keys = [constants.name(name) for name in shape.names]
    parts = [
        _write_read(constants, part, f"{text}[{key}]", checks)
        for key, part in zip(keys, shape.parts, strict=True)
    ]
    return None if None in parts else ", ".join([part for part in parts if part])


def _write_result(constants: _Constants, spec: Specialization, item: str) -> str | None:
    """The result as an expression of `r`, the computed numbers: a tuple or an array."""
    position = 0
    leaves: list[str] = []
    for x in spec.result.leaves:
        if hasattr(x, "record"):
            text = "r." + item.format(position) if item[0] != "[" else f"r[{position}]"
            leaves.append(f"{text} != 0.0" if isinstance(x, Condition) else text)
            position += 1
        else:
            leaves.append(constants.name(x))
    if len(leaves) > 20_000:
        return None
    return _write_expression(constants, spec.result.shape, leaves)


def _write_expression(constants: _Constants, shape: Any, leaves: list[str]) -> str | None:
    if shape is NUMBER:
        return leaves.pop(0)
    if isinstance(shape, ArrayShape):
        own = [leaves.pop(0) for _ in range(shape.size)]
        if not own or not all(text.startswith("r") and text[-1] in ")]" for text in own):
            return None  # of truths, or with constants in it
        if own[0].startswith("r.item"):
            first = int(own[0][7:-1])
            array = f"r[{first}:{first + len(own)}]"
        else:
            numbers = _find_slice(own) or f"({', '.join([*own, ''])})"
            array = f"{constants.name(_make_array)}({numbers})"
        return array if len(shape.shape) == 1 else f"{array}.reshape({constants.name(shape.shape)})"
    if not isinstance(shape, Container) or shape.kind not in (list, tuple, dict):
        return None
    parts = [_write_expression(constants, part, leaves) for part in shape.parts]
    texts = [part for part in parts if part is not None]
    if len(texts) < len(parts):
        return None
    if shape.names is not None:
        keys = [constants.name(name) for name in shape.names]
        pairs = [f"{key}: {part}" for key, part in zip(keys, texts, strict=True)]
        return "{" + ", ".join(pairs) + "}"
    if shape.kind is list:
        run = _find_slice(texts)
        return f"list({run})" if run else "[" + ", ".join(texts) + "]"
    return "(" + "".join([f"{part}, " for part in texts]) + ")"


def _find_slice(texts: list[str]) -> str | None:
    """A slice of `r`, where the texts are neighbours in it."""
    # an array's text is "r[0:3]", which is no one number of r
    place = texts[0][2:-1] if len(texts) >= 4 and texts[0].startswith("r[") else ""
    if not place.isdecimal():
        return None
    first = int(place)
    expected = [f"r[{first + i}]" for i in range(len(texts))]
    return f"r[{first}:{first + len(texts)}]" if texts == expected else None


def _make_array(numbers: Any) -> Any:
    import numpy

    return numpy.array(numbers)


def _get_ndarray() -> Any:
    import numpy

    return numpy.ndarray


def _get_float64() -> Any:
    import numpy

    return numpy.dtype(numpy.float64)
