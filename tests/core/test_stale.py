"""Stale gradients: those of an earlier backward pass read 0 where a later one does not come."""

import copy
import gc
import pickle

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.core import backward

COMPILED = not hasattr(Value.backward, "__code__")  # by mypyc; see docs/compiled-core.md


def test_stale_gradients_behind_unchosen_operands_are_cleared():
    x = Value(-2.0)
    inner = x * 3.0
    hidden = inner.exp()
    (hidden * 7.0).backward()
    assert inner.grad != 0.0
    for root in (
        (hidden - 100.0).relu() + x,
        ag.where(False, hidden, x) * 2.0,
        ag.maximum(x + 50.0, hidden),
        ag.clip(hidden + 9.0, -1.0, 1.0) + x * 2.0,
    ):
        (hidden * 7.0).backward()
        root.backward()
        assert hidden.grad == inner.grad == 0.0
    assert inner._pending == hidden._pending == 0


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_stale_gradients_of_copies_are_cleared(duplicate):
    x = Value(-2.0)
    hidden = (x * 3.0).exp()
    (hidden * 7.0).backward()
    twin = duplicate(hidden)
    inner = twin.parents[0]
    assert inner.grad != 0.0
    del x, hidden
    gc.collect()
    ((twin - 100.0).relu() + inner.parents[0]).backward()
    assert twin.grad == inner.grad == 0.0


@pytest.mark.skipif(COMPILED, reason="compiled calls are not patched")
def test_stale_gradients_after_an_interrupt_are_cleared(monkeypatch):
    x = Value(-2.0)
    inner = x * 3.0
    root = inner.exp()

    def interrupted(root):
        inner.grad += 5.0
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(backward, "_propagate", interrupted)
        with pytest.raises(KeyboardInterrupt):
            root.backward()
    ((inner - 100.0).relu() + x).backward()
    assert inner.grad == 0.0


@pytest.mark.parametrize("chosen", [1.0, -1.0])
def test_nothing_leaks_from_what_was_not_chosen(chosen):
    x = Value(0.0)
    with pytest.warns(RuntimeWarning, match="log"):
        bad = x.log()  # -inf, with derivative inf
    y = ag.where(chosen > 0.0, x * 5.0, bad) if chosen > 0 else ag.maximum(bad, x * 5.0)
    y.backward()
    assert x.grad == 5.0
