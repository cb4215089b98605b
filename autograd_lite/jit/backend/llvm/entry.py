"""Builtin functions that run a program's machine code; all programs share theirs.

A program's code is `i64 run(ptr frame)`. The frame is an array of doubles that begins with the
inputs; `run` computes in it, and returns DONE, RAISED (a Python exception is set) or the number of
the guard that failed. An entry point reads which program to run from the words of its builtin
function. So it is compiled once in a process, since it takes as long as a short program.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir

from ....core.value import Value
from .engine import Loaded, load
from .objects import (
    BIT,
    BUILTIN,
    BYTE,
    DOUBLE,
    INT,
    NOTHING,
    POINTER,
    WORD,
    Body,
    layout,
    make_builtin,
)

DONE, RAISED = -1, -2

STACK_BYTES = 65536  # a larger frame is on the heap

# The words: the address of `run`; the type of Values, or 0 to refuse them; the number of inputs;
# the bytes of a frame on the stack, or on the heap; two arrays of places, each after its length.
_RUN, _VALUE, _INPUTS, _STACK, _HEAP, _COUNT, _OUTPUTS, _CHECKS, _CHECKED = range(9)

_READ, _WRITE = 60, 61  # PyBUF flags: C-contiguous with its format, and writable too
_BUFFER, _LENGTH, _FORMAT = 80, 16, 40  # the size of a Py_buffer, and offsets in it


class Frame(NamedTuple):
    """The array of doubles that a program computes in.

    Attributes:
        size: how many doubles.
        inputs: how many of them, at the beginning, are the inputs.
        outputs: for each output its place in the frame.
        checked: the places that must be finite at the end.
        on_stack: whether it may be on the stack if it is small.
    """

    size: int
    inputs: int
    outputs: Sequence[int]
    checked: Sequence[int]
    on_stack: bool = True


class Entries:
    """A program's code as builtin functions, each made when it is first needed.

    Attributes:
        ir: LLVM's text of the program.
    """

    def __init__(self, loaded: Loaded, frame: Frame, owned: Sequence[object]) -> None:
        """Make the entry points of `loaded`, which defines `run` and refers to `owned`."""
        self.ir = loaded.ir
        places = [np.array(x, np.int32) for x in (frame.outputs, frame.checked)]
        size = 8 * max(frame.size, 1)
        stack = size if frame.on_stack and size <= STACK_BYTES else 0
        self._words = [loaded.address("run"), 0, frame.inputs, stack, size - stack]
        for own in places:
            self._words += [len(own), own.ctypes.data]
        self._owned = [loaded, *places, *owned]

    @functools.cached_property
    def call(self) -> Callable[..., tuple[float, ...] | int | None]:
        """Takes a float or a Value per input, and returns the outputs in a tuple.

        Instead it returns the number of the first guard that fails; or None where an argument is
        something else, their number is wrong, or an output is nan or infinite.
        """
        return self._make("call", Value)

    @functools.cached_property
    def call_floats(self) -> Callable[..., tuple[float, ...] | int | None]:
        """Does the same for floats only; returns None where an argument is a Value."""
        return self._make("call", None)

    @functools.cached_property
    def call_arrays(self) -> Callable[[Any, Any], bool | int]:
        """Does the same from one buffer of float64 into another: True, -1 - guard, or False."""
        return self._make("call_arrays", None)

    def _make(self, name: str, value_type: type | None) -> Callable[..., Any]:
        code = load_code(name)
        words = [*self._words]
        words[_VALUE] = 0 if value_type is None else id(value_type)
        return make_builtin(name, code.address(name), [code, value_type, *self._owned], words)


@functools.cache
def load_code(name: str) -> Loaded:
    """Compile an entry point, or `i1 call_python(ptr function, ptr numbers, i64 count)`.

    The latter calls a Python function of floats and puts the result in the place of the first
    number; it returns false where the function raised.
    """
    module = ir.Module()
    if name == "call":
        _write_call(_EntryBody(module, name, None))
    elif name == "call_arrays":
        _write_call_arrays(_EntryBody(module, name, False))
    else:
        _write_python_caller(Body(module, name, BIT, POINTER, POINTER, WORD))
    # LLVM's passes would double the time that this takes, and save 3 ns a call
    return load(str(module), optimise=False, level=1)


def _write_python_caller(code: Body) -> None:
    function, numbers, count = code.arguments
    objects = code.room(code.shl(count, WORD(3)))
    fail = code.exit(lambda: code.ret(BIT(0)))

    def drop(count: Any) -> None:
        with code.loop(count) as k:
            code.python("Py_DecRef", NOTHING, code.item(objects, k, POINTER))

    with code.loop(count) as k:
        x = code.python("PyFloat_FromDouble", POINTER, code.item(numbers, k, DOUBLE))
        with code.if_then(code.equal(x, POINTER(None))):
            drop(k)
            code.branch(fail)
        code.store(x, code.address(objects, k, POINTER))
    result = code.python("PyObject_Vectorcall", POINTER, function, objects, count, POINTER(None))
    drop(count)
    code.require(code.exists(result), fail)
    y = code.python("PyFloat_AsDouble", DOUBLE, result)
    code.python("Py_DecRef", NOTHING, result)
    code.store(y, numbers)
    with code.if_then(code.fcmp_ordered("==", y, DOUBLE(-1.0))):
        code.ret(code.equal(code.python("PyErr_Occurred", POINTER), POINTER(None)))
    code.ret(BIT(1))


class _EntryBody(Body):
    """The body of an entry point, which gets a frame and runs a program in it.

    Arguments:
        refusal: what to return where the program cannot answer.

    Attributes:
        frame: the address of the frame.
        refuse: the block that releases it and returns `refusal`.
    """

    def __init__(self, module: Any, name: str, refusal: object) -> None:
        super().__init__(module, name, *BUILTIN)
        self._refusal = refusal
        _, self.given, self.count = self.arguments
        self._words = self.words()

    def word(self, k: int, kind: Any = WORD) -> Any:
        """Load one of the words."""
        return self.field(self._words, 8 * k, kind)

    def begin(self, count: Any) -> None:
        """Check the number of arguments, and get a frame."""
        self.require(self.equal(self.count, count), self.exit(lambda: self.give(self._refusal)))
        size = self.word(_HEAP)
        self._on_stack = self.equal(size, 0)
        stack = self.room(self.word(_STACK), 64)
        self.frame = self.choose(
            self._on_stack, lambda: stack, lambda: self.python("PyMem_Malloc", POINTER, size)
        )
        with self.if_then(self.equal(self.frame, POINTER(None))):
            self.python("PyErr_NoMemory", POINTER)
            self.ret(POINTER(None))
        self.refuse = self.exit(lambda: self.leave(self._refusal))

    def release(self) -> None:
        """Release the frame."""
        with self.if_then(self.not_(self._on_stack)):
            self.python("PyMem_Free", NOTHING, self.frame)

    def leave(self, x: object) -> None:
        """Release the frame and return an object."""
        self.release()
        self.give(x)

    def run(self, encode: Callable[[Any], Any], close: Callable[[], None]) -> None:
        """Run the program; return from the function where it fails.

        Arguments:
            encode: computes the number to return for a guard's.
            close: writes what to do before that.
        """
        run = self.inttoptr(self.word(_RUN), ir.FunctionType(WORD, [POINTER]).as_pointer())
        status = self.call(run, [self.frame])
        with self.if_then(self.not_(self.equal(status, DONE))):
            close()
            self.release()
            with self.if_then(self.equal(status, RAISED)):
                self.ret(POINTER(None))
            self.ret(self.python("PyLong_FromLongLong", POINTER, encode(status)))

    def require_finite(self, otherwise: Any) -> None:
        """Check the numbers that must be finite."""
        places = self.word(_CHECKED, POINTER)
        with self.loop(self.word(_CHECKS)) as k:
            x = self.item(self.frame, self.item(places, k, INT), DOUBLE)
            self.require(self.fcmp_ordered("==", self.fsub(x, x), DOUBLE(0.0)), otherwise)

    @contextmanager
    def outputs(self) -> Iterator[tuple[Any, Any]]:
        """Write the body of a loop over the outputs: each one's index and number."""
        places = self.word(_OUTPUTS, POINTER)
        with self.loop(self.word(_COUNT)) as k:
            yield k, self.item(self.frame, self.item(places, k, INT), DOUBLE)


def _write_call(code: _EntryBody) -> None:
    """Write `call` and `call_floats`, which are the same code."""
    code.begin(code.word(_INPUTS))
    with code.loop(code.count) as k:
        x = code.item(code.given, k, POINTER)
        number = code.number(x, code.word(_VALUE, POINTER), code.refuse)
        code.store(number, code.address(code.frame, k, DOUBLE))
    code.run(lambda status: status, lambda: None)
    code.require_finite(code.refuse)
    made = code.python("PyTuple_New", POINTER, code.word(_COUNT))
    with code.if_then(code.exists(made)), code.outputs() as (k, y):
        x = code.python("PyFloat_FromDouble", POINTER, y)
        with code.if_then(code.equal(x, POINTER(None))):
            code.python("Py_DecRef", NOTHING, made)
            code.release()
            code.ret(POINTER(None))
        code.store(x, code.address(code.address(made, layout().items), k, POINTER))
    code.release()
    code.ret(made)


def _write_call_arrays(code: _EntryBody) -> None:
    """Write `call_arrays`."""
    buffer = code.room(WORD(_BUFFER))

    def close() -> None:
        code.python("PyBuffer_Release", NOTHING, buffer)

    def clear() -> None:
        code.python("PyErr_Clear", NOTHING)
        code.branch(code.refuse)

    def close_and_refuse() -> None:
        close()
        code.branch(code.refuse)

    code.begin(WORD(2))
    unopened, unfit = code.exit(clear), code.exit(close_and_refuse)

    def open_argument(k: int, flags: int, count: Any) -> Any:
        """Write the opening of a buffer of so many doubles; returns the address of the first."""
        x = code.item(code.given, k, POINTER)
        opened = code.python("PyObject_GetBuffer", INT, x, buffer, INT(flags))
        code.require(code.equal(opened, 0), unopened)
        length = code.field(buffer, _LENGTH, WORD)
        code.require(code.equal(length, code.shl(count, WORD(3))), unfit)
        text = code.field(buffer, _FORMAT)
        letter = code.address(text, code.zext(code.equal(code.item(text, 0, BYTE), ord("<")), WORD))
        for offset, byte in enumerate(b"d\0"):
            code.require(code.equal(code.item(letter, offset, BYTE), byte), unfit)
        return code.field(buffer, 0)

    inputs = code.word(_INPUTS)
    source = open_argument(0, _READ, inputs)
    with code.loop(inputs) as k:
        code.store(code.item(source, k, DOUBLE), code.address(code.frame, k, DOUBLE))
    close()
    target = open_argument(1, _WRITE, code.word(_COUNT))
    code.run(lambda status: code.sub(WORD(-1), status), close)
    code.require_finite(unfit)
    with code.outputs() as (k, y):
        code.store(y, code.address(target, k, DOUBLE))
    close()
    code.leave(True)
