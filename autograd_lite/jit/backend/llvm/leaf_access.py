"""Machine code for what a jitted call does with many Values: read data, and add to grads.

A call that closes over a model's parameters reads each one's data, and `backward()` adds to each
one's `grad`. One by one that costs more than the model itself.
"""

import ctypes
import functools
from collections.abc import Callable
from string import Template
from typing import NamedTuple

from ....core.value import Value
from .engine import load
from .entry import builtin, builtin_names, common, layout
from .entry_text import SLOT

_ARRAY_DATA = 16  # where NumPy's C structure of an array has the address of its numbers

_TEXT = Template("""
define internal i1 @is_float(ptr %x) alwaysinline {
  %missing = icmp eq ptr %x, null
  br i1 %missing, label %no, label %look
look:
  %type_at = getelementptr i8, ptr %x, i64 $type
  %type = load ptr, ptr %type_at
  %is = icmp eq ptr %type, $float
  ret i1 %is
no:
  ret i1 false
}

define internal i1 @is_value(ptr %x) alwaysinline {
  %type_at = getelementptr i8, ptr %x, i64 $type
  %type = load ptr, ptr %type_at
  %is = icmp eq ptr %type, $value
  ret i1 %is
}

; gather(values, array): the data of a tuple of Values and floats, put into an array of doubles
define ptr @gather(ptr %self, ptr %args, i64 %given) {
  %values = load ptr, ptr %args
  %place_at = getelementptr ptr, ptr %args, i64 1
  %place = load ptr, ptr %place_at
  %data_of = getelementptr i8, ptr %place, i64 $array
  %to = load ptr, ptr %data_of
  %count = call i64 $PyTuple_Size(ptr %values)
  br label %next
next:
  %k = phi i64 [0, %0], [%k1, %number]
  %more = icmp slt i64 %k, %count
  br i1 %more, label %item, label %done
item:
  %items = getelementptr i8, ptr %values, i64 $items
  %item_at = getelementptr ptr, ptr %items, i64 %k
  %x = load ptr, ptr %item_at
  %plain = call i1 @is_float(ptr %x)
  %own_at = getelementptr i8, ptr %x, i64 $number
  br i1 %plain, label %number, label %node
node:
  %value = call i1 @is_value(ptr %x)
  br i1 %value, label %slot, label %refuse
$slot
number:
  %number_at = phi ptr [%own_at, %item], [%slot_at, %kind]
  %read = load double, ptr %number_at
  %to_at = getelementptr double, ptr %to, i64 %k
  store double %read, ptr %to_at
  %k1 = add i64 %k, 1
  br label %next
done:
  call void $Py_IncRef(ptr $yes)
  ret ptr $yes
refuse:
  call void $Py_IncRef(ptr $no)
  ret ptr $no
}
""")

# For two kinds of partials: a tuple of floats, and None where an operand is no Value; an array.
_ACCUMULATE = Template("""
; $name(values, partials, adjoint): value.grad += partial * adjoint for two of one length; False,
; with nothing done, where something is not as expected
define ptr @$name(ptr %self, ptr %args, i64 %given) {
  %values = load ptr, ptr %args
  %partials_at = getelementptr ptr, ptr %args, i64 1
  %partials = load ptr, ptr %partials_at
  %adjoint_at = getelementptr ptr, ptr %args, i64 2
  %adjoint_object = load ptr, ptr %adjoint_at
  %count = call i64 $PyTuple_Size(ptr %values)
  $length
  %equal = icmp eq i64 %count, %length
  %fits = call i1 @is_float(ptr %adjoint_object)
  %begin = and i1 %equal, %fits
  br i1 %begin, label %first, label %refuse
first:
  %adjoint_number = getelementptr i8, ptr %adjoint_object, i64 $number
  %adjoint = load double, ptr %adjoint_number
  %operands = getelementptr i8, ptr %values, i64 $items
  $factors
  br label %check
check:
  %c = phi i64 [0, %first], [%c1, %good]
  %unchecked = icmp slt i64 %c, %count
  br i1 %unchecked, label %test, label %add
test:
  $test
test_value:
  %cx_at = getelementptr ptr, ptr %operands, i64 %c
  %cx = load ptr, ptr %cx_at
  %cx_is = call i1 @is_value(ptr %cx)
  br i1 %cx_is, label %test_grad, label %refuse
test_grad:
  %cg_at = getelementptr i8, ptr %cx, i64 $grad
  %cg = load ptr, ptr %cg_at
  %cg_is = call i1 @is_float(ptr %cg)
  %both = and i1 %cg_is, %cd_is
  br i1 %both, label %good, label %refuse
good:
  %c1 = add i64 %c, 1
  br label %check
add:
  %k = phi i64 [0, %check], [%k1, %skip]
  %more = icmp slt i64 %k, %count
  br i1 %more, label %item, label %done
item:
  $constant
live:
  %x_at = getelementptr ptr, ptr %operands, i64 %k
  %x = load ptr, ptr %x_at
  %grad_at = getelementptr i8, ptr %x, i64 $grad
  %old = load ptr, ptr %grad_at
  %old_at = getelementptr i8, ptr %old, i64 $number
  %before = load double, ptr %old_at
  $read
  %product = fmul double %partial, %adjoint
  %sum = fadd double %before, %product
  %new = call ptr $PyFloat_FromDouble(double %sum)
  %made = icmp ne ptr %new, null
  br i1 %made, label %put, label %failed
put:
  store ptr %new, ptr %grad_at
  call void $Py_DecRef(ptr %old)
  br label %skip
skip:
  %k1 = add i64 %k, 1
  br label %add
done:
  call void $Py_IncRef(ptr $yes)
  ret ptr $yes
refuse:
  call void $Py_IncRef(ptr $no)
  ret ptr $no
failed:
  ret ptr null
}
""")

_TUPLE: dict[str, str | Template] = {
    "name": "accumulate",
    "length": Template("%length = call i64 $PyTuple_Size(ptr %partials)"),
    "factors": Template("%factors = getelementptr i8, ptr %partials, i64 $items"),
    "test": Template("""%cd_at = getelementptr ptr, ptr %factors, i64 %c
  %cd = load ptr, ptr %cd_at
  %cd_is = call i1 @is_float(ptr %cd)
  %cd_is_none = icmp eq ptr %cd, $none
  br i1 %cd_is_none, label %good, label %test_value"""),
    "constant": Template("""%d_at = getelementptr ptr, ptr %factors, i64 %k
  %d = load ptr, ptr %d_at
  %constant = icmp eq ptr %d, $none
  br i1 %constant, label %skip, label %live"""),
    "read": Template("""%partial_at = getelementptr i8, ptr %d, i64 $number
  %partial = load double, ptr %partial_at"""),
}
_ARRAY: dict[str, str | Template] = {
    "name": "accumulate_array",
    "length": Template("%length = add i64 %count, 0"),
    "factors": Template("""%factors_at = getelementptr i8, ptr %partials, i64 $array
  %factors = load ptr, ptr %factors_at"""),
    "test": Template("""%cd_is = icmp eq i64 0, 0
  br label %test_value"""),
    "constant": Template("br label %live"),
    "read": Template("""%d_at = getelementptr double, ptr %factors, i64 %k
  %partial = load double, ptr %d_at"""),
}

_FUNCTIONS = (
    "PyFloat_FromDouble",
    "PyTuple_Size",
    "Py_DecRef",
    "Py_IncRef",
)


class LeafFunctions(NamedTuple):
    """What is compiled; each returns False where it did nothing. None: Python must do it.

    Attributes:
        gather: (values, array): the data of a tuple of Values and floats into a dense array.
        accumulate: (values, partials, adjoint), the partials in a tuple.
        accumulate_array: the same, the partials in a dense array of as many float64.
    """

    gather: Callable[..., bool]
    accumulate: Callable[..., bool] | None
    accumulate_array: Callable[..., bool] | None


@functools.cache
def leaf_functions() -> LeafFunctions:
    """The functions, compiled once.

    Raises:
        RuntimeError: this Python's objects are not laid out as expected.
    """
    import numpy as np

    numbers = [1234.5678, -8.765e-321]
    nodes = [Value(0.5) for _ in numbers]
    for node, x in zip(nodes, numbers, strict=True):
        node.grad = x
    names = {**layout()._asdict(), **builtin_names(_FUNCTIONS)}
    names["slot"] = SLOT[layout().inside].substitute(names)
    # a sum that happens to be the mark of an unset number must be noted elsewhere in the object
    sums = not layout().inside
    names["grad"] = common(nodes, [node.grad for node in nodes], "a Value's grad") if sums else 0
    names["array"] = _ARRAY_DATA
    array = np.empty(3)
    if ctypes.c_void_p.from_address(id(array) + _ARRAY_DATA).value != array.ctypes.data:
        raise RuntimeError("an array's numbers are not where they are expected in this NumPy")
    text = _TEXT.substitute(names)
    for kind in (_TUPLE, _ARRAY) if sums else ():
        parts = {k: x if isinstance(x, str) else x.substitute(names) for k, x in kind.items()}
        text += _ACCUMULATE.substitute({**names, **parts})
    loaded = load(text, optimise=True)
    names_of = LeafFunctions._fields if sums else ("gather",)
    made = {name: builtin(name, loaded.address(name), [loaded, Value]) for name in names_of}
    return LeafFunctions(made["gather"], made.get("accumulate"), made.get("accumulate_array"))
