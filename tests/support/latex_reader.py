r"""A reader of the LaTeX that `to_latex` writes: it computes the number that the formula has.

It knows precedence, functions and definitions as mathematicians read them, and nothing of how they
were written; so a parenthesis that is missing gives another number.
"""

import math
import re
from collections.abc import Mapping

from autograd_lite.core.table import TABLE

TOKEN = re.compile(
    r"\\begin\{(?:cases|aligned)\}|\\end\{(?:cases|aligned)\}|\\operatorname\{(?:\w|\\_)+\}"
    r"|\\[a-zA-Z]+|\\\\|\d+(?:\.\d+)?|[^\s\\]"
)
# What is called by another name than its row's; every row is \operatorname{its name} besides.
FUNCTIONS = {
    **{"\\" + name: name for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    r"\ln": "log",
    r"\arcsin": "asin",
    r"\arccos": "acos",
    r"\arctan": "atan",
    r"\Gamma": "gamma",
    r"\sigma": "sigmoid",
    r"\max": "maximum",
    r"\min": "minimum",
    r"\operatorname{arsinh}": "asinh",
    r"\operatorname{arcosh}": "acosh",
    r"\operatorname{artanh}": "atanh",
    r"\operatorname{sgn}": "sign",
    r"\operatorname{ReLU}": "relu",
    r"\operatorname{LeakyReLU}": "leaky_relu",
    r"\operatorname{ELU}": "elu",
    r"\operatorname{GELU}": "gelu",
    r"\operatorname{SiLU}": "silu",
}
RELATIONS = {"<": "lt", r"\leq": "le", ">": "gt", r"\geq": "ge", "=": "eq", r"\neq": "ne"}
OPEN = {"(": ")", "[": "]", r"\abs": r"\endabs", r"\lfloor": r"\rfloor", r"\lceil": r"\rceil"}
ENDS = {"+", "-", "}", ",", "&", "\\\\", r"\cdot", r"\wedge", r"\vee", r"\mathrm"}
ENDS |= {*OPEN.values(), *RELATIONS, r"\end{cases}", r"\end{aligned}"}


def read(text: str, names: Mapping[str, float]) -> float:
    """The number of a formula, or of the last of some definitions."""
    known = dict(names)
    if not text.startswith(r"\begin{aligned}"):
        return Reader(text, known).whole()
    lines = text.removeprefix(r"\begin{aligned}").removesuffix(r"\end{aligned}").split("\\\\\n")
    for line in lines:
        name, _, formula = line.partition("&=")
        result = known[name.strip()] = Reader(formula, known).whole()
    return result


class Reader:
    def __init__(self, text: str, names: Mapping[str, float]) -> None:
        text = text.replace(r"\left|", r"\abs").replace(r"\right|", r"\endabs")
        text = re.sub(r"\\(left|right)(?![a-zA-Z])|(?<!\\)\\[,; ]", " ", text)
        self.tokens = TOKEN.findall(text)
        self.at = 0
        self.names = names

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else "}"

    def next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def expect(self, token: str) -> None:
        found = self.next()
        assert found == token, f"{found} for {token} in {' '.join(self.tokens)}"

    def group(self) -> float:
        self.expect("{")
        x = self.truth()
        self.expect("}")
        return x

    def whole(self) -> float:
        x = self.truth()
        assert self.at == len(self.tokens), self.tokens[self.at :]
        return x

    def truth(self) -> float:
        x = self.relation()
        while self.peek() in (r"\wedge", r"\vee"):
            row = TABLE["and" if self.next() == r"\wedge" else "or"]
            x = row.value(x, self.relation())
        return x

    def relation(self) -> float:
        if self.peek() == r"\neg":
            self.next()
            return TABLE["not"].value(self.atom())
        x = self.sum()
        if self.peek() in RELATIONS:
            return TABLE[RELATIONS[self.next()]].value(x, self.sum())
        return x

    def sum(self) -> float:
        sign = -1.0 if self.peek() == "-" else 1.0
        self.at += sign < 0.0
        x = sign * self.product()
        while self.peek() in ("+", "-"):
            sign = 1.0 if self.next() == "+" else -1.0
            x += sign * self.product()
        if self.tokens[self.at : self.at + 5] == [r"\mathrm", "{", *"mod"]:
            self.at += 6
            return TABLE["mod"].value(x, self.product())
        return x

    def product(self) -> float:
        x = self.power()
        while self.peek() not in ENDS:
            x *= self.power()
            self.skip_dot()
        self.skip_dot()
        return x if self.peek() in ENDS else x * self.product()

    def skip_dot(self) -> None:
        self.at += self.peek() == r"\cdot"

    def power(self) -> float:
        token = self.peek()
        if token in FUNCTIONS or token.startswith((r"\log", r"\psi", r"\operatorname")):
            return self.called()
        x = self.atom()
        if self.peek() == "^":
            self.next()
            return TABLE["pow"].value(x, self.group())
        return x

    def called(self) -> float:
        name = self.next()
        base, exponent = math.e, 1.0
        if name == r"\log":
            self.expect("_")
            base = self.group()
        if self.peek() == "^":
            self.next()
            if name == r"\psi":
                self.expect("{")
                self.expect("(")
                order = self.truth()
                self.expect(")")
                self.expect("}")
                return TABLE["polygamma"].value(order, self.atom())
            exponent = self.group()
        if name == r"\ln" and self.peek() == r"\abs":
            return math.log(self.atom())
        self.expect("(")
        operands = [self.truth()]
        while self.peek() == ",":
            self.next()
            operands.append(self.truth())
        self.expect(")")
        if name == r"\log":
            x = math.log(*operands, base)
        elif name in (r"\psi", r"\operatorname{sech}"):
            x = TABLE["digamma"].value(*operands) if name == r"\psi" else 1 / math.cosh(*operands)
        elif name == r"\operatorname{round}" and len(operands) == 2:
            x = TABLE["round_to"].value(*operands)
        else:
            own = name.removeprefix(r"\operatorname{").removesuffix("}").replace("\\", "")
            x = TABLE[FUNCTIONS.get(name, own)].value(*operands)
        return float(x**exponent)

    def atom(self) -> float:
        token = self.next()
        if token in OPEN:
            x = self.truth()
            self.expect(OPEN[token])
            rows = {r"\abs": "abs", r"\lfloor": "floor", r"\lceil": "ceil"}
            return float(TABLE[rows[token]].value(x)) if token in rows else x
        if token[0].isdigit():
            return float(token)
        if token == r"\frac":
            x = self.group()
            return x / self.group()
        if token == r"\sqrt":
            if self.peek() != "[":
                return math.sqrt(self.group())
            self.at += 3
            return math.cbrt(self.group())
        if token == r"\begin{cases}":
            return self.cases()
        if token in ("e", r"\pi", r"\infty"):
            return {"e": math.e, r"\pi": math.pi, r"\infty": math.inf}[token]
        if self.peek() == "_":
            self.next()
            self.expect("{")
            token += f"_{{{self.next()}}}"
            self.expect("}")
        return self.names[token]

    def cases(self) -> float:
        found = math.nan
        while self.tokens[self.at - 1] != r"\end{cases}":
            x = self.truth()
            self.expect("&")
            word = "".join(self.tokens[self.at : self.at + 4])
            if word == r"\text{if":
                self.at += 5
                holds = self.truth()
            else:
                self.at = self.tokens.index(r"\text", self.at) + len("otherwise") + 3
                holds = 1.0
            found = x if holds and found != found else found
            assert self.next() in ("\\\\", r"\end{cases}")
        return found
