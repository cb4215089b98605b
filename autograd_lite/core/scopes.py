"""Scopes: which part of a program recorded a node, for pictures to show it in a box.

A node has no field for its scope: that would cost every node of every program its memory. A `Tag`
stands in the place of its name, and holds the name too. While a scope is open every node recorded
gets the scope's tag, one object for all; while none is open nothing is done for any node. `nn` tags
what its neurons make with tags that were made with the network: two stores a neuron.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

from . import contexts

__all__ = ["scope"]


class Scope:
    """A box of pictures: its title, and the box that it stands in.

    Two scopes with one parent and one key are one box. The key of a user's scope is its title; a
    module's is an object of its own, so that two networks are two boxes.
    """

    __slots__ = ("key", "parent", "title")

    def __init__(self, title: str, parent: "Scope | None" = None, key: object = None) -> None:
        self.title = title
        self.parent = parent
        self.key = title if key is None else key

    def within(self, outer: "Scope") -> "Scope":
        """The same box, standing in another one."""
        chain, inner = [], self
        while inner is not None:
            chain.append(inner)
            inner = inner.parent  # type: ignore[assignment]
        for inner in reversed(chain):
            outer = Scope(inner.title, outer, inner.key)
        return outer


class Tag:
    """What stands for the name of a node in a scope.

    Attributes:
        scope: the scope.
        name: the node's own name.
        inputs: None, where it speaks of its node alone. Else all that lies between these values, or
            the scope's other nodes, and the node belongs to the scope too: pictures find it.
    """

    __slots__ = ("inputs", "name", "scope")

    def __init__(
        self, scope: Scope, name: str | None = None, inputs: Iterable[Any] | None = None
    ) -> None:
        self.scope = scope
        self.name = name
        self.inputs = inputs

    def named(self, name: str | None) -> "Tag":
        """The tag of a node of that name in the same scope."""
        return Tag(self.scope, name, self.inputs)


def scope(title: str) -> AbstractContextManager[None]:
    """A context, or a decorator: what is recorded inside is one box of pictures.

    Scopes nest, and one of the same title in the same place is the same box, however often it is
    opened: a loop over samples fills one box, not a hundred. The networks of `ag.nn` are boxes by
    themselves: "MLP", in it "layer 1", in it "neuron 1"; and so is each of its losses.
    `ag.draw(v, collapse=...)` draws boxes as single nodes.

    It holds for the thread that entered it. While it is open, recording a node takes up to ten
    times as long; closed, it costs nothing. Inside a function that `jit` compiles it has no effect.
    Copies and pickles of a graph keep the names of its nodes, not their scopes.

    Args:
        title: shown as text, whatever stands in it.

    Raises:
        TypeError: the title is not a str.
        ValueError: it is empty.

    >>> import autograd_lite as ag
    >>> x = ag.Value(3.0, name="x")
    >>> with ag.scope("square"):
    ...     y = x * x
    >>> "square" in ag.to_dot(y).source
    True
    """
    if not isinstance(title, str):
        raise TypeError(f"the title of a scope is a str, not {type(title).__name__}")
    if not title:
        raise ValueError("the title of a scope is empty: say what its nodes do")

    def tag() -> Tag:
        outer = contexts.state.scope
        return Tag(Scope(title, None if outer is None else outer.scope))

    return contexts.Switch("scope", tag)


def scope_open() -> bool:
    """Whether this thread has a scope open. Ask `modes.active` first: it is 0 nearly always."""
    return contexts.state.scope is not None


def recording() -> bool:
    """Whether operations in this thread make nodes, and not for `jit` to compile."""
    return contexts.state.recording and contexts.state.recorder is None


def inside(scope: Scope, f: Callable[..., Any], *args: Any) -> Any:
    """f(*args), called with a module's scope opened within the one that is open."""
    tag = Tag(scope.within(contexts.state.scope.scope))
    return contexts.within({"scope": tag}, f, *args)


def boxed(title: str, result: Any, inputs: Iterable[Any]) -> Any:
    """The result of a function as the last node of a box, which begins at the inputs."""
    # A leaf, as under no_grad, was not made of anything that could stand in the box.
    if getattr(result, "_x", None) is not None and contexts.state.recorder is None:
        outer = contexts.state.scope
        result._name = Tag(Scope(title, None if outer is None else outer.scope), None, inputs)
    return result
