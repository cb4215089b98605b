"""Machine code for what a jitted call does with many Values: read data, and add to grads.

A call that closes over a model's parameters reads each one's data, and `backward()` adds to each
one's `grad`. One by one that costs more than the model itself.
"""

import functools
from collections.abc import Callable
from string import Template

from ..value import Value
from .llvm_engine import load
from .native_entry import builtin, builtin_names, common, layout

__all__: list[str] = []

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

; gather(values, address): the data of a tuple of Values, as doubles from that address on
define ptr @gather(ptr %self, ptr %args, i64 %given) {
  %values = load ptr, ptr %args
  %place_at = getelementptr ptr, ptr %args, i64 1
  %place = load ptr, ptr %place_at
  %to = call ptr $PyLong_AsVoidPtr(ptr %place)
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
  br i1 %plain, label %number, label %node
node:
  %value = call i1 @is_value(ptr %x)
  br i1 %value, label %slot, label %refuse
slot:
  %data_at = getelementptr i8, ptr %x, i64 $data
  %data = load ptr, ptr %data_at
  %holds = call i1 @is_float(ptr %data)
  br i1 %holds, label %number, label %refuse
number:
  %object = phi ptr [%x, %item], [%data, %slot]
  %number_at = getelementptr i8, ptr %object, i64 $number
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

; accumulate(values, partials, adjoint): value.grad += partial * adjoint for two tuples of one
; length; False, with nothing done, where something is not as expected
define ptr @accumulate(ptr %self, ptr %args, i64 %given) {
  %values = load ptr, ptr %args
  %partials_at = getelementptr ptr, ptr %args, i64 1
  %partials = load ptr, ptr %partials_at
  %adjoint_at = getelementptr ptr, ptr %args, i64 2
  %adjoint_object = load ptr, ptr %adjoint_at
  %count = call i64 $PyTuple_Size(ptr %values)
  %length = call i64 $PyTuple_Size(ptr %partials)
  %equal = icmp eq i64 %count, %length
  %fits = call i1 @is_float(ptr %adjoint_object)
  %begin = and i1 %equal, %fits
  br i1 %begin, label %first, label %refuse
first:
  %adjoint_number = getelementptr i8, ptr %adjoint_object, i64 $number
  %adjoint = load double, ptr %adjoint_number
  %operands = getelementptr i8, ptr %values, i64 $items
  %factors = getelementptr i8, ptr %partials, i64 $items
  br label %check
check:
  %c = phi i64 [0, %first], [%c1, %good]
  %unchecked = icmp slt i64 %c, %count
  br i1 %unchecked, label %test, label %add
test:
  %cd_at = getelementptr ptr, ptr %factors, i64 %c
  %cd = load ptr, ptr %cd_at
  %cd_is_none = icmp eq ptr %cd, $none
  br i1 %cd_is_none, label %good, label %test_value
test_value:
  %cx_at = getelementptr ptr, ptr %operands, i64 %c
  %cx = load ptr, ptr %cx_at
  %cx_is = call i1 @is_value(ptr %cx)
  br i1 %cx_is, label %test_grad, label %refuse
test_grad:
  %cg_at = getelementptr i8, ptr %cx, i64 $grad
  %cg = load ptr, ptr %cg_at
  %cg_is = call i1 @is_float(ptr %cg)
  %cd_is = call i1 @is_float(ptr %cd)
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
  %d_at = getelementptr ptr, ptr %factors, i64 %k
  %d = load ptr, ptr %d_at
  %constant = icmp eq ptr %d, $none
  br i1 %constant, label %skip, label %live
live:
  %x_at = getelementptr ptr, ptr %operands, i64 %k
  %x = load ptr, ptr %x_at
  %grad_at = getelementptr i8, ptr %x, i64 $grad
  %old = load ptr, ptr %grad_at
  %old_at = getelementptr i8, ptr %old, i64 $number
  %before = load double, ptr %old_at
  %partial_at = getelementptr i8, ptr %d, i64 $number
  %partial = load double, ptr %partial_at
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

_FUNCTIONS = (
    "PyFloat_FromDouble",
    "PyLong_AsVoidPtr",
    "PyTuple_Size",
    "Py_DecRef",
    "Py_IncRef",
)


@functools.cache
def leaf_functions() -> tuple[Callable[..., bool], Callable[..., bool]]:
    """(gather, accumulate), compiled once.

    Raises:
        RuntimeError: this Python's objects are not laid out as expected.
    """
    numbers = [1234.5678, -8.765e-321]
    nodes = [Value(0.5) for _ in numbers]
    for node, x in zip(nodes, numbers, strict=True):
        node.grad = x
    names = {**layout()._asdict(), **builtin_names(_FUNCTIONS)}
    names["grad"] = common(nodes, [node.grad for node in nodes], "a Value's grad")
    loaded = load(_TEXT.substitute(names), optimise=True)
    gather = builtin("gather", loaded.address("gather"), [loaded, Value])
    return gather, builtin("accumulate", loaded.address("accumulate"), [loaded, Value])
