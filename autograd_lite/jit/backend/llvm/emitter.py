"""The writer of LLVM's text: one method an instruction, for doubles and for vectors of them.

An operand is text: a name such as `%t7` or a constant. A truth (i1) is a name that starts with
`%c`, so the name alone says what an operand is; a truth used as a number becomes 1.0 or 0.0, and a
number used as a truth is `x != 0.0`.
"""

import struct
from collections.abc import Callable

from .engine import has_symbol

_PREFIXES = {2: "_ZGVbN2", 4: "_ZGVdN4", 8: "_ZGVeN8"}  # of libmvec: SSE4, AVX2, AVX-512

# Vector versions that are not used: exp's 3 units in the last place become 4 and more in silu.
_BY_LANE = frozenset({"exp"})


class Emitter:
    """Writes operations on doubles (width 1) or on vectors of `width` doubles.

    Attributes:
        width: how many doubles a number is.
        type: the type of a number: `double` or `<8 x double>`.
        truth_type: the type of a truth: `i1` or `<8 x i1>`.
        lines: what was written, a line an instruction.
        declarations: what the lines call, by name; `tail()` is the text of them.
    """

    __slots__ = (
        "_callees",
        "_constants",
        "_count",
        "_infix",
        "_write",
        "declarations",
        "lines",
        "predicate_type",
        "type",
        "width",
    )

    def __init__(self, width: int = 1) -> None:
        self.width = width
        self.type = "double" if width == 1 else f"<{width} x double>"
        self.predicate_type = "i1" if width == 1 else f"<{width} x i1>"
        self._infix = "" if width == 1 else f".v{width}"
        self.declarations: dict[str, str] = {}
        self._callees: dict[tuple[str, int], str] = {}
        self._constants: dict[str, str] = {}
        self._count = 0
        self.take_lines()

    def take_lines(self) -> list[str]:
        """The lines written so far, taken out; what follows is a new function's body.

        Names go on counting, so they are unique in the module; declarations stay.
        """
        written = getattr(self, "lines", [])
        self.lines: list[str] = []
        self._write = self.lines.append
        return written

    def write_declarations(self) -> str:
        """What the module must end with: all that the lines call."""
        return "\n".join(self.declarations.values()) + "\n"

    # names

    def write(self, text: str) -> None:
        """One line as it is: a label, a branch, a store."""
        self._write(text)

    def new_name(self) -> str:
        """A new name of a number (or of anything that is no truth)."""
        self._count = n = self._count + 1
        return f"%t{n}"

    def new_predicate_name(self) -> str:
        """A new name of a truth."""
        self._count = n = self._count + 1
        return f"%c{n}"

    def assign(self, text: str) -> str:
        """A new name for the number that the instruction `text` gives."""
        self._count = n = self._count + 1
        name = f"%t{n}"
        self._write(f"{name} = {text}")
        return name

    def assign_predicate(self, text: str) -> str:
        """A new name for the truth that the instruction `text` gives."""
        self._count = n = self._count + 1
        name = f"%c{n}"
        self._write(f"{name} = {text}")
        return name

    # operands

    @property
    def fused(self) -> bool:
        """Whether `fma` is one instruction here, and not a call."""
        return self.width > 2

    @staticmethod
    def is_predicate(x: str) -> bool:
        return x[1] == "c"

    @staticmethod
    def is_constant(x: str) -> bool:
        return x[0] != "%"

    def const(self, x: float) -> str:
        """The constant, exact; no line is written."""
        bits = f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X}"
        if self.width == 1:
            return bits
        text = self._constants.get(bits)
        if text is None:
            text = self._constants[bits] = "<" + ", ".join([f"double {bits}"] * self.width) + ">"
        return text

    def as_number(self, x: str) -> str:
        """x as a number: a truth becomes 1.0 or 0.0."""
        if x[1] != "c":
            return x
        return self.select(x, self.const(1.0), self.const(0.0))

    def as_predicate(self, x: str) -> str:
        """x as a truth: a number is true where it is not 0.0, nan included."""
        return x if x[1] == "c" else self.cmp("une", x, self.const(0.0))

    # arithmetic

    def add(self, x: str, y: str) -> str:
        if x[1] == "c" or y[1] == "c":
            x, y = self.as_number(x), self.as_number(y)
        self._count = n = self._count + 1
        name = f"%t{n}"
        self._write(f"{name} = fadd {self.type} {x}, {y}")
        return name

    def sub(self, x: str, y: str) -> str:
        if x[1] == "c" or y[1] == "c":
            x, y = self.as_number(x), self.as_number(y)
        self._count = n = self._count + 1
        name = f"%t{n}"
        self._write(f"{name} = fsub {self.type} {x}, {y}")
        return name

    def mul(self, x: str, y: str) -> str:
        if x[1] == "c" or y[1] == "c":
            x, y = self.as_number(x), self.as_number(y)
        self._count = n = self._count + 1
        name = f"%t{n}"
        self._write(f"{name} = fmul {self.type} {x}, {y}")
        return name

    def div(self, x: str, y: str) -> str:
        if x[1] == "c" or y[1] == "c":
            x, y = self.as_number(x), self.as_number(y)
        self._count = n = self._count + 1
        name = f"%t{n}"
        self._write(f"{name} = fdiv {self.type} {x}, {y}")
        return name

    def neg(self, x: str) -> str:
        if x[1] == "c":
            x = self.as_number(x)
        self._count = n = self._count + 1
        name = f"%t{n}"
        self._write(f"{name} = fneg {self.type} {x}")
        return name

    # truths

    def cmp(self, predicate: str, x: str, y: str) -> str:
        """The truth of a comparison: `olt ole ogt oge oeq une`, `uno` for either nan."""
        if x[1] == "c" or y[1] == "c":
            x, y = self.as_number(x), self.as_number(y)
        self._count = n = self._count + 1
        name = f"%c{n}"
        self._write(f"{name} = fcmp {predicate} {self.type} {x}, {y}")
        return name

    def lt(self, x: str, y: str) -> str:
        return self.cmp("olt", x, y)

    def le(self, x: str, y: str) -> str:
        return self.cmp("ole", x, y)

    def gt(self, x: str, y: str) -> str:
        return self.cmp("ogt", x, y)

    def ge(self, x: str, y: str) -> str:
        return self.cmp("oge", x, y)

    def eq(self, x: str, y: str) -> str:
        return self.cmp("oeq", x, y)

    def ne(self, x: str, y: str) -> str:
        return self.cmp("une", x, y)

    def is_nan(self, x: str) -> str:
        return self.cmp("uno", x, x)

    def and_(self, x: str, y: str) -> str:
        return self.assign_predicate(
            f"and {self.predicate_type} {self.as_predicate(x)}, {self.as_predicate(y)}"
        )

    def or_(self, x: str, y: str) -> str:
        return self.assign_predicate(
            f"or {self.predicate_type} {self.as_predicate(x)}, {self.as_predicate(y)}"
        )

    def not_(self, x: str) -> str:
        # an exclusive or with all ones; `true` has no vector form, a comparison has
        if x[1] != "c":
            return self.cmp("oeq", x, self.const(0.0))
        ones = "true" if self.width == 1 else "<" + ", ".join(["i1 true"] * self.width) + ">"
        return self.assign_predicate(f"xor {self.predicate_type} {x}, {ones}")

    def select(self, condition: str, x: str, y: str) -> str:
        """x where the condition holds, else y: numbers."""
        if condition[1] != "c":
            condition = self.as_predicate(condition)
        if x[1] == "c" or y[1] == "c":
            x, y = self.as_number(x), self.as_number(y)
        self._count = n = self._count + 1
        name = f"%t{n}"
        of = self.type
        self._write(f"{name} = select {self.predicate_type} {condition}, {of} {x}, {of} {y}")
        return name

    # calls

    def intrinsic(self, operation: str, *xs: str) -> str:
        """One of LLVM's own, which are exact: `sqrt`, `fabs`, `fma`, `floor`, `copysign`, ..."""
        key = (operation, len(xs))
        callee = self._callees.get(key)
        if callee is None:
            callee = f"@llvm.{operation}{self._infix}{'.f64' if self.width == 1 else 'f64'}"
            self._callees[key] = callee
            self.declarations[callee] = self._declare(callee, self.type, len(xs))
        return self._call(callee, xs)

    def libm(self, function: str, *xs: str) -> str:
        """The C library's function: of a vector its vector version, or else lane by lane."""
        callee = self._callees.get((function, 0))
        if callee is None:
            callee = self._callees[function, 0] = self._find_libm(function, len(xs))
        return self._call(callee, xs)

    def call(self, callee: str, *xs: str) -> str:
        """A function of doubles at a callee such as `@f` or `inttoptr (i64 5 to ptr)`.

        In vector code it is called once a lane, the first lane first. It may do anything: it is not
        called less often than written, nor in another order.
        """
        if self.width == 1:
            return self._call(callee, xs)
        return self._call(self.wrap_by_lane(callee, len(xs)), xs)

    def define(self, symbol: str, body: Callable[..., str], *xs: str) -> str:
        """What `body(emitter, *operands)` gives, written once in the module as a function."""
        callee = f"@{symbol}{self._infix}"
        if callee not in self.declarations:
            self.declarations[callee] = ""  # its place, before those that the body adds
            kept, parameters = self.take_lines(), [self.new_name() for _ in xs]
            result = self.as_number(body(self, *parameters))
            lines = self.take_lines()
            self.lines += kept
            typed = ", ".join([f"{self.type} {x}" for x in parameters])
            head = f"define internal {self.type} {callee}({typed}) nounwind {{"
            body_text = "\n".join([head, *lines, f"ret {self.type} {result}", "}"])
            self.declarations[callee] = body_text
        return self._call(callee, xs)

    def _call(self, callee: str, xs: tuple[str, ...]) -> str:
        of = self.type
        operands = ", ".join([f"{of} {x if x[1] != 'c' else self.as_number(x)}" for x in xs])
        self._count = n = self._count + 1
        name = f"%t{n}"
        self._write(f"{name} = call {of} {callee}({operands})")
        return name

    @staticmethod
    def _declare(callee: str, of: str, arity: int) -> str:
        # nobuiltin: LLVM rewrites calls that it knows, such as pow(x, 0.5), to others' bits
        attributes = "nobuiltin nounwind willreturn memory(none)"
        if callee.startswith("@llvm."):
            attributes = ""
        return f"declare {of} {callee}({', '.join([of] * arity)}) {attributes}"

    def _find_libm(self, function: str, arity: int) -> str:
        if self.width > 1 and function not in _BY_LANE:
            symbol = f"{_PREFIXES[self.width]}{'v' * arity}_{function}"
            if has_symbol(symbol):
                callee = f"@{symbol}"
                self.declarations[callee] = self._declare(callee, self.type, arity)
                return callee
        callee = f"@{function}"
        self.declarations[callee] = self._declare(callee, "double", arity)
        return callee if self.width == 1 else self.wrap_by_lane(callee, arity)

    def wrap_by_lane(self, callee: str, arity: int) -> str:
        """The callee of vectors that calls this one of doubles for each lane."""
        key = (callee, ~arity)
        if key in self._callees:
            return self._callees[key]
        named = callee[1:] if callee[0] == "@" else f"callback.{len(self._callees)}"
        wrapper = self._callees[key] = f"@lanes.{named}"
        of = self.type
        parameters = [f"%x{k}" for k in range(arity)]
        lines = [
            f"define internal {of} {wrapper}({', '.join([f'{of} {x}' for x in parameters])})"
            " noinline nounwind {"
        ]
        total = "poison"
        for i in range(self.width):
            lines += [f"{x}.{i} = extractelement {of} {x}, i32 {i}" for x in parameters]
            operands = ", ".join([f"double {x}.{i}" for x in parameters])
            lines.append(f"%y{i} = call double {callee}({operands})")
            lines.append(f"%r{i} = insertelement {of} {total}, double %y{i}, i32 {i}")
            total = f"%r{i}"
        self.declarations[wrapper] = "\n".join([*lines, f"ret {of} {total}", "}"])
        return wrapper
