"""Set the data of many nodes at once."""

from collections import deque
from collections.abc import Iterable
from itertools import chain
from typing import Any

from . import contexts
from .node import Node
from .operands import to_float


def set_data(nodes: Iterable[Any], data: Iterable[Any], *more: Iterable[Any]) -> None:
    """Set `node.data` for many nodes, for all or for none, and run the iterators `more` likewise.

    It is one call into C, and Python raises a KeyboardInterrupt only between instructions of its
    own; another thread, too, sees all of the old numbers or all of the new.
    """
    if contexts.active:
        contexts.refuse("setting .data", "set it after the call")
    set_primal = vars(Node)["_primal"].__set__
    deque(chain(map(set_primal, nodes, [to_float(x) for x in data]), *more), maxlen=0)
