"""Machine code for what a jitted call does with many Values: read data, and add to grads.

A call that closes over a model's parameters reads each one's data, and `backward()` adds to each
one's `grad`. One by one that costs more than the model itself.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from llvmlite import ir

from ....core.value import Value
from .engine import load
from .objects import (
    ARRAY_DATA,
    BUILTIN,
    DOUBLE,
    NOTHING,
    POINTER,
    WORD,
    Body,
    find_pointer,
    layout,
    make_builtin,
    pointer_to,
)


class LeafFunctions(NamedTuple):
    """What is compiled; each returns False where it did nothing. None: Python must do it.

    Attributes:
        gather: (values, array): the data of a tuple of Values and floats into a dense array.
        accumulate: (values, partials, adjoint): value.grad += partial * adjoint for tuples of one
            length; a partial is a float, or None where the operand is no Value.
        accumulate_array: the same, the partials in a dense array of as many float64.
    """

    gather: Callable[..., bool]
    accumulate: Callable[..., bool] | None
    accumulate_array: Callable[..., bool] | None


@functools.cache
def leaf_functions() -> LeafFunctions:
    """Compile the functions, once in a process.

    Raises:
        RuntimeError: this Python's objects are not laid out as expected.
    """
    numbers = [1234.5678, -8.765e-321]
    nodes = [Value(0.5) for _ in numbers]
    for node, x in zip(nodes, numbers, strict=True):
        node.grad = x
    module = ir.Module()
    _write_gather(Body(module, "gather", *BUILTIN))
    names = ["gather"]
    # Python must do it where a grad is a double inside the Value: one that happens to equal the
    # mark of an unset double is also noted elsewhere in the object
    if not layout().inside:
        grad = find_pointer(nodes, [node.grad for node in nodes], "a Value's grad")
        for name in ("accumulate", "accumulate_array"):
            _write_accumulate(Body(module, name, *BUILTIN), grad, name == "accumulate")
            names.append(name)
    code = load(str(module), optimise=True)
    made = {name: make_builtin(name, code.address(name), [code, Value]) for name in names}
    return LeafFunctions(made["gather"], made.get("accumulate"), made.get("accumulate_array"))


def _write_gather(code: Body) -> None:
    values, array = [code.item(code.arguments[1], k, POINTER) for k in range(2)]
    refuse = code.exit(lambda: code.give(False))
    target = code.field(array, ARRAY_DATA)
    with code.loop(code.python("PyTuple_Size", WORD, values)) as k:
        number = code.number(code.tuple_item(values, k), pointer_to(Value), refuse)
        code.store(number, code.address(target, k, DOUBLE))
    code.give(True)


def _write_accumulate(code: Body, grad: int, in_tuple: bool) -> None:
    """Write either `accumulate`: test that all is as expected, and only then add."""
    values, partials, adjoint = [code.item(code.arguments[1], k, POINTER) for k in range(3)]
    refuse = code.exit(lambda: code.give(False))
    fail = code.exit(lambda: code.ret(POINTER(None)))
    count = code.python("PyTuple_Size", WORD, values)
    if in_tuple:
        code.require(code.equal(code.python("PyTuple_Size", WORD, partials), count), refuse)
    code.require(code.is_exactly(adjoint, float), refuse)
    factor = code.double(adjoint)
    numbers = None if in_tuple else code.field(partials, ARRAY_DATA)

    @contextmanager
    def terms() -> Iterator[tuple[Any, Any, Any]]:
        """Write the body of a loop over the Values: each with its grad's address and partial."""
        with code.loop(count) as k:
            x = code.tuple_item(values, k)
            if in_tuple:
                partial = code.tuple_item(partials, k)
                with code.if_then(code.not_(code.equal(partial, pointer_to(None)))):
                    yield x, code.address(x, grad), partial
            else:
                yield x, code.address(x, grad), code.item(numbers, k, DOUBLE)

    with terms() as (x, at, partial):
        code.require(code.is_exactly(x, Value), refuse)
        old = code.field(at, 0)
        code.require(code.exists(old), refuse)
        code.require(code.is_exactly(old, float), refuse)
        if in_tuple:
            code.require(code.is_exactly(partial, float), refuse)
    with terms() as (_, at, partial):
        old, d = code.field(at, 0), code.double(partial) if in_tuple else partial
        total = code.fadd(code.double(old), code.fmul(d, factor))
        new = code.python("PyFloat_FromDouble", POINTER, total)
        code.require(code.exists(new), fail)
        code.store(new, at)
        code.python("Py_DecRef", NOTHING, old)
    code.give(True)
