"""The reference: every public name exactly once, in the group of what it is for.

`{names} GROUP` on a page becomes an overview and the docstrings of that group's names. A name
belongs to the group of the room or module that defines it, so a new name appears by itself; names
that no group covers, or whose group has no page, appear in the group `more`. A public module, such
as `nn`, is a group of its own.
"""

import importlib
import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

import autograd_lite

PACKAGE = autograd_lite.__name__

# The rooms and modules whose names each group covers.
GROUPS: dict[str, set[str]] = {
    "value": {"core.value"},
    "functions": {"core.functions"},
    "arrays": {"arrays"},
    "transforms": {"transforms"},
    "jit": {"jit"},
    "pictures": {"core.scopes", "drawing", "symbolic", "walkthrough"},
    "modes": {"core.anomalies", "core.contexts"},
    "primitive": {"core.custom", "core.domains", "core.primitive"},
}

# Classes that users meet but never construct: documented beside the group that returns them.
BESIDE = {
    "nn": ["nn.gradient_flow.GradientFlow", "nn.gradient_flow.LayerGradient"],
    "jit": ["jit.Jitted"],
    "primitive": ["core.primitive.Primitive"],
    "testing": ["testing.strategies"],
}

# The members that are for users, of classes whose other members are for the package.
MEMBERS = {"Jitted": "map, sum, mean, program, source, llvm_ir"}


def groups() -> dict[str, list[str]]:
    """Return the names of each group, as seen from the package: "exp", "nn.MLP"."""
    names: dict[str, list[str]] = {group: [] for group in [*GROUPS, "more"]}
    for name in autograd_lite.__all__:
        thing = getattr(autograd_lite, name)
        if isinstance(thing, ModuleType):
            names[name] = [f"{name}.{inner}" for inner in thing.__all__]
        else:
            names[_group_of(str(getattr(thing, "__module__", "")))].append(name)
    return names


def _group_of(module: str) -> str:
    path = module.removeprefix(f"{PACKAGE}.") + "."
    for group, owners in GROUPS.items():
        if any(path.startswith(f"{owner}.") for owner in owners):
            return group
    return "more"


def look_up(name: str) -> Any:
    """What a name means; the module `jit` is asked by itself, since `ag.jit` is the function."""
    module, _, last = name.rpartition(".")
    if not module:
        return getattr(autograd_lite, last)
    return getattr(importlib.import_module(f"{PACKAGE}.{module}"), last)


def first_line(thing: Any) -> str:
    text = (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")
    parts = re.split(r"(`[^`]*`)", text)
    parts[::2] = [part.replace("*", r"\*") for part in parts[::2]]
    return "".join(parts).replace("|", r"\|")


def overview(names: list[str]) -> list[str]:
    """A table of the names and what each is for."""
    lines = ["| name | what it is |", "|---|---|"]
    for name in names:
        thing = look_up(name)
        about = f"the same as `{thing.__name__}`" if _alias(name, thing) else first_line(thing)
        lines.append(f"| {{py:obj}}`{name} <{PACKAGE}.{name}>` | {about} |")
    return lines


def _alias(name: str, thing: Any) -> bool:
    return getattr(thing, "__name__", name) != name.rpartition(".")[2]


def entry(name: str) -> list[str]:
    """The directive that documents one name."""
    thing, path = look_up(name), f"{PACKAGE}.{name}"
    if isinstance(thing, ModuleType):
        return [f".. automodule:: {path}", "   :members:"]
    if _alias(name, thing):
        other = thing.__name__
        about = f"   Another name of :py:func:`{other} <{PACKAGE}.{other}>`, as in NumPy."
        return [f".. py:function:: {name}(x)", f"   :module: {PACKAGE}", "", about]
    if thing is autograd_lite.Value:
        return [f".. autoclass:: {path}", "", *[f"   {line}" for line in value_members()]]
    if inspect.isclass(thing):
        members = MEMBERS.get(thing.__name__, "")
        lines = [f".. autoclass:: {path}", f"   :members: {members}".rstrip()]
        if members:
            return lines
        # A NamedTuple's docstring describes its fields; as members they are "Alias for field 0".
        fields = ", ".join(getattr(thing, "_fields", ()))
        lines += [f"   :exclude-members: {fields}"] if fields else []
        return [*lines, "   :inherited-members: list, tuple, dict, Exception"]
    kind = "autofunction" if inspect.isroutine(thing) else "autodata"
    return [f".. {kind}:: {path}"]


def value_members() -> list[str]:
    """A Value's properties first, its own methods, then the sixty that name an operation."""
    kind = autograd_lite.Value
    names = [name for name in dir(kind) if not name.startswith("_") and name != "grad"]
    properties = [name for name in names if isinstance(getattr(kind, name), property)]
    own = [name for name in names if name in vars(kind) and name not in properties]
    rest = [name for name in names if name not in properties and name not in own]
    lines = [f".. autoproperty:: {PACKAGE}.Value.{name}" for name in properties]
    return lines + [f".. automethod:: {PACKAGE}.Value.{name}" for name in [*own, *rest]]


class Names(SphinxDirective):
    """`{names} GROUP`: the overview and the entries of one group."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        group = self.arguments[0]
        names = groups().get(group, [])
        if group == "more":
            pages = {path.stem for path in Path(self.env.srcdir).glob("reference/*.md")}
            names = [x for g, xs in groups().items() if g not in pages for x in xs]
        if not names and group not in {*GROUPS, "more"}:
            raise self.error(f"the group {group!r} has no names")
        lines = overview(names) if len(names) > 3 else []
        rest = []
        if isinstance(getattr(autograd_lite, group, None), ModuleType):
            rest = [f".. py:module:: {PACKAGE}.{group}", ""]
        for name in [*names, *BESIDE.get(group, [])]:
            rest += [*entry(name), ""]
        text = [*lines, "", "````{eval-rst}", *rest, "````"] if rest else lines
        holder = nodes.container()
        self.state.nested_parse(StringList(text, self.get_source_info()[0]), 0, holder)
        return list(holder.children)


def plain_text(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Docstrings are plain text: their stars and bars are no markup, but for code in backticks."""
    if what in ("property", "attribute") and ": " in lines[0]:
        # Napoleon would take what stands before a colon in this line for a type.
        head, _, tail = lines[0].partition(": ")
        lines[:1] = [f"{head}:", tail]
    example = False  # from its first prompt to an empty line, what it prints included
    for k, line in enumerate(lines):
        example = bool(line.strip()) and (example or line.lstrip().startswith(">>>"))
        if not example and not line.lstrip().startswith("*"):
            parts = re.split(r"(`[^`]*`)", line)
            parts[::2] = [re.sub(r"(?<![\\*])([*|])(?!\s)", r"\\\1", part) for part in parts[::2]]
            # A letter may not follow a closing backtick, as in the plural of a name.
            parts[2::2] = [re.sub(r"^(?=\w)", r"\\ ", part) for part in parts[2::2]]
            lines[k] = "".join(parts)


def setup(app: Any) -> dict[str, bool]:
    app.add_directive("names", Names)
    app.connect("autodoc-process-docstring", plain_text, priority=400)  # before napoleon
    return {"parallel_read_safe": True, "parallel_write_safe": True}
