"""The door from Python into machine code: builtin functions whose bodies are LLVM's text.

A module's text that defines `i64 @run(ptr frame)` gets entries: `@call` for floats and Values,
`@call_floats` for floats alone, `@call_arrays` for buffers. The frame is an array of doubles that
begins with the inputs; `run` computes in it and gives DONE, RAISED (a Python exception is set) or
the number of a failed guard. The entries call CPython by address and read its objects by offset;
`layout` checks each offset first.
"""

import ctypes
import functools
import struct
import sys
import sysconfig
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ....core.value import Value
from .engine import Loaded
from .entry_text import CALL, ENTRIES, HEAP, PYTHON, SLOT, STACK

DONE, RAISED = -1, -2

STACK_BYTES = 65536  # a larger frame is not on the stack

_ENTRIES = ("call", "call_floats", "call_arrays")

_FUNCTIONS = (
    "PyBuffer_Release",
    "PyErr_Clear",
    "PyErr_NoMemory",
    "PyErr_Occurred",
    "PyFloat_AsDouble",
    "PyFloat_FromDouble",
    "PyLong_FromLongLong",
    "PyMem_Free",
    "PyMem_Malloc",
    "PyObject_GetBuffer",
    "PyObject_Vectorcall",
    "PyTuple_New",
    "Py_DecRef",
    "Py_IncRef",
)


class Layout(NamedTuple):
    """Offsets in bytes: of an object's type, a float's number, a Value's data, a tuple's items.

    `inside` says that a Value's data is a double in the Value, and no float object.
    """

    type: int
    number: int
    data: int
    items: int
    inside: bool


@functools.cache
def layout() -> Layout:
    """Where this Python keeps what the entries read, found by looking at objects in memory.

    Raises:
        RuntimeError: this Python keeps it elsewhere, or is free-threaded: use another back end.
    """
    if sys.implementation.name != "cpython" or struct.calcsize("P") != 8:
        raise RuntimeError("machine code reads the objects of a 64-bit CPython, which this is not")
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        raise RuntimeError("machine code needs the interpreter's lock, which this Python lacks")
    numbers = [1234.5678, -8.765e-321]
    nodes, tuples = [Value(x) for x in numbers], [(x, None) for x in numbers]
    kind = common(numbers, [float, float], "a float's type")
    if common(nodes, [Value, Value], "a Value's type") != kind:
        raise RuntimeError("the type is not at the same place in every object of this Python")
    doubles = [struct.pack("d", x) for x in numbers]
    inside = nodes[0]._primal is not nodes[0]._primal  # a float object is made by each reading
    data = doubles if inside else [struct.pack("P", id(v._primal)) for v in nodes]
    return Layout(
        kind,
        _offset(numbers, doubles, "a float's number"),
        _offset(nodes, data, "a Value's data"),
        common(tuples, numbers, "a tuple's items"),
        inside,
    )


def common(objects: Sequence[object], held: Sequence[object], what: str) -> int:
    """The one offset at which each object holds a pointer to its partner in `held`.

    Raises:
        RuntimeError: there is none, or more than one.
    """
    return _offset(objects, [struct.pack("P", id(x)) for x in held], what)


def _offset(objects: Sequence[object], wanted: Sequence[bytes], what: str) -> int:
    found: set[int] = set()
    for k, (x, part) in enumerate(zip(objects, wanted, strict=True)):
        memory = ctypes.string_at(id(x), object.__sizeof__(x))
        here = {i for i in range(0, len(memory) - 7, 8) if memory[i : i + 8] == part}
        found = found & here if k else here
    if len(found) != 1:
        raise RuntimeError(f"{what} is not where it is expected in an object of this Python")
    return found.pop()


def builtin(name: str, address: int, kept: Sequence[object]) -> Callable[..., Any]:
    """A builtin function that runs the code at the address (METH_FASTCALL), and keeps objects.

    CPython reads the definition when it deallocates the function, after the garbage collector has
    cleared what it can of a cycle. So the definition is held by what is never cleared: a tuple of
    arrays, which are no containers to the collector.
    """
    import numpy as np

    text = np.frombuffer(name.encode() + b"\0", np.uint8).copy()
    definition = np.array([text.ctypes.data, address, 0x80, 0], np.uint64)  # a PyMethodDef
    made: Callable[..., Any] = _make(definition.ctypes.data, (definition, text, *kept), None)
    return made


_make = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)(
    ("PyCFunction_NewEx", ctypes.pythonapi)
)


class Frame(NamedTuple):
    """The array of doubles that a program computes in.

    Attributes:
        size: how many doubles.
        inputs: how many of them, the first, are the inputs.
        outputs: for each output its place in the frame.
        checked: the places that must be finite at the end.
        on_stack: whether it may be put on the stack if it is small.
    """

    size: int
    inputs: int
    outputs: Sequence[int]
    checked: Sequence[int]
    on_stack: bool = True


def entries(frame: Frame) -> tuple[str, list[object]]:
    """The text of the entries, and what must stay in memory with the code."""
    where = layout()
    names: dict[str, Any] = {**where._asdict(), **builtin_names(_FUNCTIONS)}
    names["slot"] = SLOT[where.inside].substitute(names)
    names |= {"size": max(frame.size, 1), "bytes": 8 * max(frame.size, 1), "inputs": frame.inputs}
    names |= {"input_bytes": 8 * frame.inputs, "count": len(frame.outputs)}
    names |= {"output_bytes": 8 * len(frame.outputs), "checks": len(frame.checked)}
    kept: list[object] = []
    if frame.on_stack and 8 * frame.size <= STACK_BYTES:
        room = STACK
    else:
        room = HEAP
        # a double more, so that it can begin on a multiple of 64; the flag is after it
        memory = ctypes.create_string_buffer(8 * frame.size + 136)
        start = -(-ctypes.addressof(memory) // 64) * 64
        names |= {"frame": pointer(start), "busy": pointer(start + 8 * (frame.size + 1))}
        kept.append(memory)
    names |= {name: text.substitute(names) for name, text in room.items()}
    tables = [_table("outputs", frame.outputs), _table("checked", frame.checked)]
    calls = [
        CALL.substitute(names, entry="call"),
        CALL.substitute({**names, "value": "null"}, entry="call_floats"),
    ]
    return "\n".join([*tables, names["room"], ENTRIES.substitute(names), *calls]), kept


def _table(name: str, places: Sequence[int]) -> str:
    items = ", ".join([f"i32 {p}" for p in places])
    return f"@{name} = private constant [{len(places)} x i32] [{items}]"


def python_call() -> str:
    """The text of `i1 @python(function, numbers, count)`, which calls a Python function of floats.

    The result is put in the place of the first number; false means that it raised.
    """
    return PYTHON.substitute(builtin_names(_FUNCTIONS))


def builtin_names(functions: Iterable[str]) -> dict[str, Any]:
    """LLVM's text for the addresses of CPython's functions, and of the objects that texts name."""
    named = {"float": float, "value": Value, "none": None, "yes": True, "no": False}
    addresses = {name: id(x) for name, x in named.items()}
    addresses |= {name: address_of(name) for name in functions}
    return {name: pointer(address) for name, address in addresses.items()}


def builtins(loaded: Loaded, kept: Sequence[object]) -> Mapping[str, Callable[..., Any]]:
    """The loaded entries as builtin functions, which keep the code and `kept` in memory."""
    own = [loaded, Value, *kept]
    return {name: builtin(name, loaded.address(name), own) for name in _ENTRIES}


def address_of(name: str) -> int:
    found = ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value
    assert found is not None
    return found


def pointer(address: int) -> str:
    return f"inttoptr (i64 {address} to ptr)"
