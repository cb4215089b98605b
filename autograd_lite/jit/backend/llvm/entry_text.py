"""The text of what `native_entry` puts around a program: LLVM's language with places to fill.

`$PyTuple_New` and the like are addresses of CPython's functions, `$float` of its objects, `$number`
and the like offsets; `native_entry` gives them all. Nothing here is worth optimising: half of the
time that a short program takes to compile would go into it, for 5 ns a call.
"""

from string import Template

STACK = {
    "room": Template(""),
    "acquire": Template("%frame = alloca [$size x double], align 64"),
    "release": Template(""),
}

# The interpreter's lock is held: nothing comes between a test of the flag and its change.
HEAP = {
    "room": Template("""
define internal ptr @acquire() noinline optnone nounwind {
  %busy = load i64, ptr $busy
  %free = icmp eq i64 %busy, 0
  br i1 %free, label %own, label %other
own:
  store i64 1, ptr $busy
  ret ptr $frame
other:
  %new = call ptr $PyMem_Malloc(i64 $bytes)
  ret ptr %new
}
define internal void @release(ptr %frame) noinline optnone nounwind {
  %mine = icmp eq ptr %frame, $frame
  br i1 %mine, label %own, label %other
own:
  store i64 0, ptr $busy
  ret void
other:
  call void $PyMem_Free(ptr %frame)
  ret void
}
"""),
    "acquire": Template("%frame = call ptr @acquire()"),
    "release": Template("call void @release(ptr %frame)"),
}

# Where the number of a Value %x is, as %slot_at: in a float object that the Value refers to, or, if
# mypyc has compiled the core, in the Value itself, where -113.0 may mean that it is not set.
SLOT = {
    False: Template("""
slot:
  %data_at = getelementptr i8, ptr %x, i64 $data
  %data = load ptr, ptr %data_at
  %is_set = icmp ne ptr %data, null
  br i1 %is_set, label %kind, label %refuse
kind:
  %kind_at = getelementptr i8, ptr %data, i64 $type
  %data_type = load ptr, ptr %kind_at
  %holds_float = icmp eq ptr %data_type, $float
  %slot_at = getelementptr i8, ptr %data, i64 $number
  br i1 %holds_float, label %number, label %refuse
"""),
    True: Template("""
slot:
  br label %kind
kind:
  %slot_at = getelementptr i8, ptr %x, i64 $data
  %held = load double, ptr %slot_at
  %is_set = fcmp une double %held, -113.0
  br i1 %is_set, label %number, label %refuse
"""),
}

# $entry: `call`, and `call_floats` with a null in place of the type of Values
CALL = Template("""
define ptr @$entry(ptr %self, ptr %args, i64 %count) noinline optnone nounwind {
  $acquire
  %fits = icmp eq i64 %count, $inputs
  br i1 %fits, label %check, label %refuse
check:
  %there = icmp ne ptr %frame, null
  br i1 %there, label %next, label %memory
next:
  %k = phi i64 [0, %check], [%k1, %number]
  %more = icmp ult i64 %k, $inputs
  br i1 %more, label %item, label %compute
item:
  %item_at = getelementptr ptr, ptr %args, i64 %k
  %x = load ptr, ptr %item_at
  %type_at = getelementptr i8, ptr %x, i64 $type
  %type = load ptr, ptr %type_at
  %is_float = icmp eq ptr %type, $float
  %own_at = getelementptr i8, ptr %x, i64 $number
  br i1 %is_float, label %number, label %node
node:
  %is_value = icmp eq ptr %type, $value
  br i1 %is_value, label %slot, label %refuse
$slot
number:
  %number_at = phi ptr [%own_at, %item], [%slot_at, %kind]
  %read = load double, ptr %number_at
  %input_at = getelementptr double, ptr %frame, i64 %k
  store double %read, ptr %input_at
  %k1 = add i64 %k, 1
  br label %next
compute:
  %status = call i64 @run(ptr %frame)
  %done = icmp eq i64 %status, -1
  br i1 %done, label %finish, label %failed
finish:
  %finite = call i1 @finite(ptr %frame)
  br i1 %finite, label %pack, label %refuse
pack:
  %tuple = call ptr @packed(ptr %frame)
  $release
  ret ptr %tuple
failed:
  $release
  %raised = icmp eq i64 %status, -2
  br i1 %raised, label %error, label %guard
guard:
  %failing = call ptr $PyLong_FromLongLong(i64 %status)
  ret ptr %failing
refuse:
  $release
  call void $Py_IncRef(ptr $none)
  ret ptr $none
memory:
  call ptr $PyErr_NoMemory()
  ret ptr null
error:
  ret ptr null
}
""")

ENTRIES = Template("""
define internal i1 @finite(ptr %frame) noinline optnone nounwind {
  br label %next
next:
  %k = phi i64 [0, %0], [%k1, %test]
  %more = icmp ult i64 %k, $checks
  br i1 %more, label %test, label %all
test:
  %place_at = getelementptr i32, ptr @checked, i64 %k
  %place = load i32, ptr %place_at
  %x_at = getelementptr double, ptr %frame, i32 %place
  %x = load double, ptr %x_at
  %zero = fsub double %x, %x
  %is = fcmp oeq double %zero, 0.0
  %k1 = add i64 %k, 1
  br i1 %is, label %next, label %not
all:
  ret i1 true
not:
  ret i1 false
}

define internal ptr @packed(ptr %frame) noinline optnone nounwind {
  %tuple = call ptr $PyTuple_New(i64 $count)
  %made = icmp ne ptr %tuple, null
  br i1 %made, label %next, label %failed
next:
  %k = phi i64 [0, %0], [%k1, %put]
  %more = icmp ult i64 %k, $count
  br i1 %more, label %item, label %done
item:
  %place_at = getelementptr i32, ptr @outputs, i64 %k
  %place = load i32, ptr %place_at
  %x_at = getelementptr double, ptr %frame, i32 %place
  %x = load double, ptr %x_at
  %object = call ptr $PyFloat_FromDouble(double %x)
  %is = icmp ne ptr %object, null
  br i1 %is, label %put, label %drop
put:
  %items = getelementptr i8, ptr %tuple, i64 $items
  %item_at = getelementptr ptr, ptr %items, i64 %k
  store ptr %object, ptr %item_at
  %k1 = add i64 %k, 1
  br label %next
done:
  ret ptr %tuple
drop:
  call void $Py_DecRef(ptr %tuple)
  ret ptr null
failed:
  ret ptr null
}

; the buffer of 80 bytes is a Py_buffer: length at 16, format at 40
define internal i1 @open(ptr %object, ptr %buffer, i32 %flags, i64 %bytes) nounwind {
  %result = call i32 $PyObject_GetBuffer(ptr %object, ptr %buffer, i32 %flags)
  %opened = icmp eq i32 %result, 0
  br i1 %opened, label %test, label %clear
test:
  %length_at = getelementptr i8, ptr %buffer, i64 16
  %length = load i64, ptr %length_at
  %long = icmp eq i64 %length, %bytes
  %format_at = getelementptr i8, ptr %buffer, i64 40
  %format = load ptr, ptr %format_at
  %first = load i8, ptr %format
  %prefixed = icmp eq i8 %first, 60
  %skip = zext i1 %prefixed to i64
  %letter_at = getelementptr i8, ptr %format, i64 %skip
  %letter = load i8, ptr %letter_at
  %double = icmp eq i8 %letter, 100
  %fits = and i1 %long, %double
  br i1 %fits, label %yes, label %other
yes:
  %end_at = getelementptr i8, ptr %letter_at, i64 1
  %end = load i8, ptr %end_at
  %ends = icmp eq i8 %end, 0
  br i1 %ends, label %ok, label %other
ok:
  ret i1 true
other:
  call void $PyBuffer_Release(ptr %buffer)
  ret i1 false
clear:
  call void $PyErr_Clear()
  ret i1 false
}

define ptr @call_arrays(ptr %self, ptr %args, i64 %count) noinline optnone nounwind {
  %buffer = alloca [80 x i8], align 8
  $acquire
  %two = icmp eq i64 %count, 2
  br i1 %two, label %check, label %refuse
check:
  %there = icmp ne ptr %frame, null
  br i1 %there, label %read, label %memory
read:
  %array = load ptr, ptr %args
  %readable = call i1 @open(ptr %array, ptr %buffer, i32 60, i64 $input_bytes)
  br i1 %readable, label %copy, label %refuse
copy:
  %from = load ptr, ptr %buffer
  call void @llvm.memcpy.p0.p0.i64(ptr %frame, ptr %from, i64 $input_bytes, i1 false)
  call void $PyBuffer_Release(ptr %buffer)
  %out_at = getelementptr ptr, ptr %args, i64 1
  %out = load ptr, ptr %out_at
  %writable = call i1 @open(ptr %out, ptr %buffer, i32 61, i64 $output_bytes)
  br i1 %writable, label %compute, label %refuse
compute:
  %status = call i64 @run(ptr %frame)
  %done = icmp eq i64 %status, -1
  br i1 %done, label %finish, label %failed
finish:
  %finite = call i1 @finite(ptr %frame)
  br i1 %finite, label %store, label %infinite
store:
  %to = load ptr, ptr %buffer
  br label %next
next:
  %k = phi i64 [0, %store], [%k1, %item]
  %more = icmp ult i64 %k, $count
  br i1 %more, label %item, label %stored
item:
  %place_at = getelementptr i32, ptr @outputs, i64 %k
  %place = load i32, ptr %place_at
  %x_at = getelementptr double, ptr %frame, i32 %place
  %x = load double, ptr %x_at
  %to_at = getelementptr double, ptr %to, i64 %k
  store double %x, ptr %to_at
  %k1 = add i64 %k, 1
  br label %next
stored:
  call void $PyBuffer_Release(ptr %buffer)
  $release
  call void $Py_IncRef(ptr $yes)
  ret ptr $yes
failed:
  call void $PyBuffer_Release(ptr %buffer)
  $release
  %raised = icmp eq i64 %status, -2
  br i1 %raised, label %error, label %guard
guard:
  %code = sub i64 -1, %status
  %failing = call ptr $PyLong_FromLongLong(i64 %code)
  ret ptr %failing
infinite:
  call void $PyBuffer_Release(ptr %buffer)
  br label %refuse
refuse:
  $release
  call void $Py_IncRef(ptr $no)
  ret ptr $no
memory:
  call ptr $PyErr_NoMemory()
  ret ptr null
error:
  ret ptr null
}

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
""")

PYTHON = Template("""
define internal i1 @python(ptr %function, ptr %numbers, i64 %count) noinline optnone nounwind {
  %objects = alloca ptr, i64 %count
  br label %next
next:
  %k = phi i64 [0, %0], [%k1, %made]
  %more = icmp ult i64 %k, %count
  br i1 %more, label %make, label %invoke
make:
  %number_at = getelementptr double, ptr %numbers, i64 %k
  %number = load double, ptr %number_at
  %object = call ptr $PyFloat_FromDouble(double %number)
  %is = icmp ne ptr %object, null
  br i1 %is, label %made, label %drop
made:
  %object_at = getelementptr ptr, ptr %objects, i64 %k
  store ptr %object, ptr %object_at
  %k1 = add i64 %k, 1
  br label %next
invoke:
  %found = call ptr $PyObject_Vectorcall(ptr %function, ptr %objects, i64 %count, ptr null)
  br label %drop
drop:
  %result = phi ptr [null, %make], [%found, %invoke]
  %all = phi i64 [%k, %make], [%count, %invoke]
  br label %dropping
dropping:
  %i = phi i64 [0, %drop], [%i1, %dropped]
  %left = icmp ult i64 %i, %all
  br i1 %left, label %dropped, label %read
dropped:
  %old_at = getelementptr ptr, ptr %objects, i64 %i
  %old = load ptr, ptr %old_at
  call void $Py_DecRef(ptr %old)
  %i1 = add i64 %i, 1
  br label %dropping
read:
  %has = icmp ne ptr %result, null
  br i1 %has, label %convert, label %raised
convert:
  %y = call double $PyFloat_AsDouble(ptr %result)
  call void $Py_DecRef(ptr %result)
  store double %y, ptr %numbers
  %suspect = fcmp oeq double %y, -1.0
  br i1 %suspect, label %ask, label %ok
ask:
  %error = call ptr $PyErr_Occurred()
  %none = icmp eq ptr %error, null
  br i1 %none, label %ok, label %raised
ok:
  ret i1 true
raised:
  ret i1 false
}
""")
