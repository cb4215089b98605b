"""Machine code that reads and makes CPython's objects, and builtin functions that run it.

The code calls CPython's functions by address and reads the fields of objects by offset. `layout`
finds the offsets by looking at objects in memory, and refuses a Python where they are not as
expected.
"""

import ctypes
import functools
import struct
import sys
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir

from ....core.value import Value

BIT, BYTE, INT, WORD = [ir.IntType(n) for n in (1, 8, 32, 64)]
DOUBLE, POINTER, NOTHING = ir.DoubleType(), ir.PointerType(), ir.VoidType()

# A builtin function is called with itself (here: its `owned`), an array and its length.
BUILTIN = (POINTER, POINTER, POINTER, WORD)

ARRAY_DATA = 16  # offset of the pointer to the elements in NumPy's C structure of an array

_UNSET = -113.0  # how mypyc marks a double that may not be set


class Layout(NamedTuple):
    """Offsets in bytes: of an object's type, a float's number, a Value's data, a tuple's items.

    `inside` says whether a Value's data is a double in the Value rather than a float object, as
    it is where mypyc has compiled the core.
    """

    type: int
    number: int
    data: int
    items: int
    inside: bool


@functools.cache
def layout() -> Layout:
    """Find where this Python keeps what machine code reads.

    Raises:
        RuntimeError: this Python keeps it elsewhere, or is free-threaded; use another backend.
    """
    if sys.implementation.name != "cpython" or struct.calcsize("P") != 8:
        raise RuntimeError("machine code reads the objects of a 64-bit CPython, which this is not")
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        raise RuntimeError("machine code needs the interpreter's lock, which this Python lacks")
    numbers = [1234.5678, -8.765e-321]
    nodes, tuples = [Value(x) for x in numbers], [(x, None) for x in numbers]
    kind = find_pointer(numbers, [float, float], "a float's type")
    if find_pointer(nodes, [Value, Value], "a Value's type") != kind:
        raise RuntimeError("the type is not at the same place in every object of this Python")
    array = np.empty(3)
    if ctypes.c_void_p.from_address(id(array) + ARRAY_DATA).value != array.ctypes.data:
        raise RuntimeError("an array's numbers are not where they are expected in this NumPy")
    doubles = [struct.pack("d", x) for x in numbers]
    inside = nodes[0]._primal is not nodes[0]._primal  # each reading makes a float object
    data = doubles if inside else [struct.pack("P", id(v._primal)) for v in nodes]
    return Layout(
        kind,
        _find(numbers, doubles, "a float's number"),
        _find(nodes, data, "a Value's data"),
        find_pointer(tuples, numbers, "a tuple's items"),
        inside,
    )


def find_pointer(objects: Sequence[object], targets: Sequence[object], what: str) -> int:
    """Find the one offset at which each object holds a pointer to its target.

    Raises:
        RuntimeError: there is none, or more than one.
    """
    return _find(objects, [struct.pack("P", id(x)) for x in targets], what)


def _find(objects: Sequence[object], parts: Sequence[bytes], what: str) -> int:
    offsets: set[int] = set()
    for k, (x, part) in enumerate(zip(objects, parts, strict=True)):
        memory = ctypes.string_at(id(x), object.__sizeof__(x))
        here = {i for i in range(0, len(memory) - 7, 8) if memory[i : i + 8] == part}
        offsets = offsets & here if k else here
    if len(offsets) != 1:
        raise RuntimeError(f"{what} is not where it is expected in an object of this Python")
    return offsets.pop()


def make_builtin(
    name: str, address: int, owned: Sequence[object], words: Sequence[int] = ()
) -> Callable[..., Any]:
    """Make a builtin function of the code at an address (METH_FASTCALL).

    CPython reads the function's definition when it deallocates the function, after the garbage
    collector has cleared what it can of a cycle. So the definition is in something that is never
    cleared: a tuple of arrays, which are no containers to the collector.

    Arguments:
        owned: what the function keeps alive.
        words: integers for the code to read, see `Body.words`.
    """
    text = np.frombuffer(name.encode() + b"\0", np.uint8).copy()
    definition = np.array([text.ctypes.data, address, 0x80, 0, *words], np.int64)  # a PyMethodDef
    owner = (definition, text, *owned)
    function: Callable[..., Any] = _new_function(definition.ctypes.data, owner, None)
    return function


_new_function = ctypes.PYFUNCTYPE(
    ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p
)(("PyCFunction_NewEx", ctypes.pythonapi))


def pointer_to(x: object) -> Any:
    """Return the constant that is the address of an object."""
    return WORD(id(x)).inttoptr(POINTER)


class Body(ir.IRBuilder):  # type: ignore[misc]  # llvmlite has no types
    """The body of a function under construction: llvmlite's builder, with moves for objects.

    Methods write instructions at the end of the body, and return the result's operand.
    """

    def __init__(self, module: Any, name: str, result: Any, *arguments: Any) -> None:
        function = ir.Function(module, ir.FunctionType(result, arguments), name)
        super().__init__(function.append_basic_block())
        self.arguments = function.args

    # control

    def equal(self, x: Any, y: Any) -> Any:
        """Compare two integers or pointers; y may be a number of Python."""
        return self.icmp_unsigned("==", x, x.type(y) if isinstance(y, int) else y)

    def exists(self, x: Any) -> Any:
        """Test that a pointer is not null."""
        return self.icmp_unsigned("!=", x, POINTER(None))

    def exit(self, write: Callable[[], None]) -> Any:
        """Write a block aside, for others to branch to; it must not fall through."""
        block = self.append_basic_block("exit")
        with self.goto_block(block):
            write()
        return block

    def require(self, condition: Any, otherwise: Any) -> None:
        """Branch to a block where the condition fails."""
        block = self.append_basic_block("go")
        self.cbranch(condition, block, otherwise)
        self.position_at_end(block)

    def choose(self, condition: Any, yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
        """Write two branches; the result is that of the one taken."""
        ends = []
        with self.if_else(condition) as branches:
            for branch, write in zip(branches, (yes, no), strict=True):
                with branch:
                    ends.append((write(), self.block))
        phi = self.phi(ends[0][0].type)
        for end in ends:
            phi.add_incoming(*end)
        return phi

    @contextmanager
    def loop(self, count: Any) -> Iterator[Any]:
        """Write the body of a loop over k = 0 ... count - 1."""
        before = self.block
        test, body, after = [self.append_basic_block(x) for x in ("test", "body", "after")]
        self.branch(test)
        self.position_at_end(test)
        k = self.phi(WORD)
        k.add_incoming(WORD(0), before)
        self.cbranch(self.icmp_unsigned("<", k, count), body, after)
        self.position_at_end(body)
        yield k
        k.add_incoming(self.add(k, WORD(1)), self.block)
        self.branch(test)
        self.position_at_end(after)

    # memory

    def room(self, size: Any, align: int = 8) -> Any:
        """Take so many bytes of the stack; returns their address."""
        memory = self.alloca(BYTE, size)
        memory.align = align
        memory.type = POINTER  # as all addresses here, without the type of what is there
        return memory

    def address(self, x: Any, k: Any, kind: Any = BYTE) -> Any:
        """Compute the address of element k of an array at x."""
        return self.gep(x, [WORD(k) if isinstance(k, int) else k], source_etype=kind)

    def item(self, x: Any, k: Any, kind: Any) -> Any:
        """Load element k of an array at x."""
        return self.load(self.address(x, k, kind), typ=kind)

    def field(self, x: Any, offset: int, kind: Any = POINTER) -> Any:
        """Load what is so many bytes after x."""
        return self.load(self.address(x, offset), typ=kind)

    def words(self) -> Any:
        """Load the address of the words of the builtin function that this is the body of."""
        return self.address(self.field(self.tuple_item(self.arguments[0], 0), ARRAY_DATA), 32)

    # objects

    def python(self, name: str, result: Any, *operands: Any) -> Any:
        """Call a function of CPython; `result` is the type of what it returns."""
        address = ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value
        kind = ir.FunctionType(result, [x.type for x in operands]).as_pointer()
        return self.call(self.inttoptr(WORD(address), kind), operands)

    def give(self, x: object) -> None:
        """Return a new reference to an object, which must live as long as the code."""
        self.python("Py_IncRef", NOTHING, pointer_to(x))
        self.ret(pointer_to(x))

    def is_exactly(self, x: Any, kind: type) -> Any:
        """Test the type of an object: no subclass."""
        return self.equal(self.field(x, layout().type), pointer_to(kind))

    def tuple_item(self, x: Any, k: Any) -> Any:
        """Load item k of a tuple."""
        return self.item(self.address(x, layout().items), k, POINTER)

    def double(self, x: Any) -> Any:
        """Load the number of a float."""
        return self.field(x, layout().number, DOUBLE)

    def number(self, x: Any, value_type: Any, otherwise: Any) -> Any:
        """Read the number of a float or a Value; branches to a block for another object."""

        def of_value() -> Any:
            self.require(self.equal(self.field(x, layout().type), value_type), otherwise)
            data = self.field(x, layout().data, DOUBLE if layout().inside else POINTER)
            if layout().inside:
                self.require(self.fcmp_unordered("!=", data, DOUBLE(_UNSET)), otherwise)
                return data
            self.require(self.exists(data), otherwise)
            self.require(self.is_exactly(data, float), otherwise)
            return self.double(data)

        return self.choose(self.is_exactly(x, float), lambda: self.double(x), of_value)
