"""Scopes: which box a node stands in, what a scope costs, and what it must not change."""

import copy
import gc
import pickle
import random
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.core import contexts
from autograd_lite.core.order import topological_order
from autograd_lite.core.scopes import Scope, Tag
from autograd_lite.drawing.boxes import Boxes


def paths(v: ag.Value) -> dict[str, list[str]]:
    """By the path of its box: what stands in it, operations by name, leaves by theirs."""
    order = topological_order(v)
    found: dict[str, list[str]] = {}
    for node, box in zip(order, Boxes(order).of, strict=True):
        path = "/".join(b.title for b in box.path())
        found.setdefault(path, []).append(node.op or node.name or "")
    return found


def test_what_is_recorded_inside_stands_in_the_box() -> None:
    x = ag.Value(2.0, name="x")
    with ag.scope("inner work"):
        y = ag.sin(x) + 3 * x
    assert paths(y * 2.0) == {"": ["x", "mul"], "inner work": ["sin", "mul", "add"]}


def test_scopes_nest_and_one_title_in_one_place_is_one_box() -> None:
    x = ag.Value(2.0, name="x")
    for _ in range(3):
        with ag.scope("a"), ag.scope("b"):
            x = ag.exp(-x)
    with ag.scope("b"):
        x = x + 1.0
    assert paths(x) == {"": ["x"], "a/b": ["neg", "exp"] * 3, "b": ["add"]}


def test_a_leaf_made_inside_stands_there_and_one_used_there_does_not() -> None:
    x = ag.Value(2.0, name="x")
    with ag.scope("layer"):
        w = ag.Value(3.0, name="w")
        y = w * x
    assert paths(y) == {"": ["x"], "layer": ["w", "mul"]}
    assert w.name == "w"


def test_every_way_to_record_is_in_the_box() -> None:
    x = ag.Value(0.5)
    with ag.scope("s"):
        nodes = [x + x, x - 1, 2 * x, x / x, x**2, -x, abs(x), x.sin(), ag.exp(x), ag.sum([x] * 3)]
        nodes += [ag.where(x > 0, x, 1.0), ag.hypot(x, 1.0), x % 2]
    for node in nodes:
        assert type(node._name) is Tag and node._name.scope.title == "s", node.op


def test_it_decorates_and_holds_for_its_thread_alone(at_once: Callable[..., Any]) -> None:
    @ag.scope("f")
    def f(x: ag.Value) -> ag.Value:
        return x * x

    def work(number: int) -> None:
        title = f"thread {number}"
        for _ in range(50):
            x = ag.Value(1.0)
            plain = x + 1.0
            with ag.scope(title):
                y = plain * x
            assert paths(y) == {"": ["", "add"], title: ["mul"]}

    assert paths(f(ag.Value(1.0))) == {"": [""], "f": ["mul"]}
    assert at_once(work) == []
    assert contexts.active == 0


@pytest.mark.parametrize(("title", "error"), [(3, TypeError), (None, TypeError), ("", ValueError)])
def test_a_title_is_a_text(title: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="title of a scope"):
        ag.scope(title)


def test_names_can_be_given_and_changed_in_a_scope() -> None:
    with ag.scope("s"):
        y = ag.Value(1.0) * 2.0
    assert y.name is None and repr(y) == "Value(2.0)"
    for name in ("y", "z", None):
        y.name = name
        assert y.name == name and paths(y) == {"s": ["", "mul"]}


def test_numbers_do_not_change_in_a_scope() -> None:
    def f(x: ag.Value) -> ag.Value:
        return ag.where(x > 1, ag.sin(x) ** 3 / (x - 5), ag.logsumexp([x, 2 * x, 1.0])) + x % 3

    for x in (0.3, 1.7):
        plain, boxed = ag.Value(x), ag.Value(x)
        a = f(plain)
        with ag.scope("s"):
            b = f(boxed)
        a.backward()
        b.backward()
        assert (a.data, plain.grad) == (b.data, boxed.grad)
    with ag.scope("s"):
        assert ag.hessian(lambda x: x**3)(2.0) == 12.0


def test_a_network_stands_in_boxes_of_its_layers_and_neurons() -> None:
    net = ag.nn.MLP(2, [2, 1], activation="tanh", rng=1)
    found = paths(net([ag.Value(0.5, name="x0"), -1.0]))
    neuron = ["w0", "w1", "dot", "b", "add"]
    assert found == {
        "": ["x0"],
        "MLP/layer 1/neuron 1": [*neuron, "tanh"],
        "MLP/layer 1/neuron 2": [*neuron, "tanh"],
        "MLP/layer 2/neuron 1": neuron,
    }


@pytest.mark.parametrize("scoped", [False, True])
def test_an_activation_of_several_operations_is_in_the_neuron_and_nothing_else(
    scoped: bool,
) -> None:
    """In a recurrence what stands between two calls lies behind one and before the other."""
    slope = ag.exp(ag.Value(0.1))
    neuron = ag.nn.Neuron(1, lambda z: z.tanh() * slope + 0.5, rng=2)
    h = ag.Value(0.1, name="h")
    for _ in range(3):
        if scoped:
            with ag.scope("step"):
                h = neuron([h])
        else:
            h = neuron([h])
        h = ag.sin(h)
    at = "step/neuron" if scoped else "neuron"
    found = paths(h)
    assert set(found) == {"", at}
    assert sorted(found[""]) == ["", "exp", "h", "sin", "sin", "sin"]
    assert sorted(set(found[at])) == ["add", "b", "dot", "mul", "tanh", "w0"]
    assert found[at].count("add") == 6


def test_an_activation_may_return_what_it_likes() -> None:
    named = ag.Value(3.0, name="mine") * 1.0
    named.name = "kept"
    for f in (lambda z: named, lambda z: 2.0, lambda z: z, lambda z: [z]):
        ag.nn.Neuron(1, f, rng=1)([1.0])
        assert named.name == "kept"
        assert type(named._name) is str


@pytest.mark.parametrize("scoped", [False, True])
def test_a_loss_is_a_box(scoped: bool) -> None:
    net = ag.nn.MLP(1, [1], rng=1)
    with ag.scope("train") if scoped else nullcontext():
        scores = [net([x]) for x in (0.1, 0.2)]
        first = ag.nn.hinge([2 * s for s in scores], [1, -1])
        loss = first + ag.nn.mean_squared_error(scores, [0, 1])
    outer = "train/" if scoped else ""
    found = paths(loss)
    assert found[f"{outer}hinge"].count("relu") == 2 and "mean" in found[f"{outer}hinge"]
    assert sorted(found[f"{outer}mean squared error"]) == sorted(["sub", "square"] * 2 + ["mean"])
    assert sorted(found["train" if scoped else ""]) == ["add", "mul", "mul"]


@pytest.mark.parametrize(
    ("loss", "targets", "title"),
    [
        (ag.nn.binary_cross_entropy, [0, 1], "binary cross-entropy"),
        (ag.nn.softmax_cross_entropy, [0, 1], "softmax cross-entropy"),
    ],
)
def test_the_other_losses_are_boxes_too(loss: Any, targets: list[int], title: str) -> None:
    scores: list[Any] = [ag.Value(0.2), ag.Value(0.7)]
    if loss is ag.nn.softmax_cross_entropy:
        scores = [scores, [1.0, *scores[:1]]]
    found = paths(loss(scores, targets))
    assert set(found) == {"", title} and found[""] == ["", ""]
    assert found[title][-1] == "mean"


def test_parameters_stand_where_the_network_is_used() -> None:
    net = ag.nn.Neuron(1, None, rng=1)
    with ag.scope("a"):
        y = net([1.0])
    assert set(paths(y)) == {"a/neuron"}
    with ag.scope("b"):
        both = net([y])
    assert {path: "w0" in names for path, names in paths(both).items()} == {
        "neuron": True, "a/neuron": False, "b/neuron": False,
    }  # fmt: skip


def test_two_networks_are_two_boxes() -> None:
    nets = [ag.nn.MLP(1, [1], rng=n) for n in range(2)]
    nets[0].parameters()[1].name = "of the first"
    found = paths(nets[1]([nets[0]([1.0])]))
    assert set(found) == {"MLP/layer 1/neuron 1", "MLP (2)/layer 1/neuron 1"}
    assert "of the first" in found["MLP/layer 1/neuron 1"]


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_of_a_network_have_boxes_of_their_own(twin_of: Callable[[Any], Any]) -> None:
    net = ag.nn.MLP(1, [1], rng=1)
    twin = twin_of(net)
    found = paths(net([1.0]) + twin([1.0]))
    assert set(found) == {"", "MLP/layer 1/neuron 1", "MLP (2)/layer 1/neuron 1"}
    assert found[""] == ["add"]
    assert [p.name for p in twin.parameters()] == ["w0", "b"]


@pytest.mark.parametrize(
    "twin_of", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_copies_of_a_graph_keep_names_and_no_scopes(twin_of: Callable[[Any], Any]) -> None:
    with ag.scope("s"):
        y = ag.Value(2.0, name="x") * 3.0
        y.name = "y"
    twin = twin_of(y)
    assert (twin.name, twin.data) == ("y", 6.0)
    assert not isinstance(twin._name, Tag)
    twin.backward()
    assert twin.parents[0].grad == 3.0


def test_under_no_grad_nothing_stands_in_the_boxes_of_a_network() -> None:
    net = ag.nn.MLP(1, [2, 1], rng=1)
    with ag.no_grad():
        frozen = net([1.0])
        loss = ag.nn.hinge([frozen], [1])
    assert paths(frozen + loss) == {"": ["", "", "add"]}


def test_jit_gives_the_same_with_scopes(jit: Callable[..., Any]) -> None:
    net = ag.nn.MLP(2, [3, 1], rng=1)
    recorded: list[Any] = []

    def f(x: Any, y: Any) -> Any:
        with ag.scope("inside"):
            recorded.append(ag.nn.hinge([net([x, y])], [1]))
            return recorded[-1] + ag.sin(x)

    expected = ag.value_and_grad(f, argnums=(0, 1))(0.3, -0.2)
    compiled = jit(f)
    recorded.clear()
    for _ in range(3):
        assert compiled(0.3, -0.2) == expected[0]
    nodes = topological_order(recorded[0])
    assert not any(isinstance(getattr(x, "_name", None), Tag) for x in nodes if x.op)
    for _ in range(3):
        assert jit(ag.grad(f, argnums=(0, 1)))(0.3, -0.2) == expected[1]
    with ag.scope("around"):
        x = ag.Value(0.3)
        y = compiled(x, -0.2)
    y.backward()
    assert (y.data, x.grad) == (expected[0], expected[1][0])
    assert contexts.active == 0


@pytest.mark.slow
def test_scopes_hold_no_node_alive_and_make_no_cycle() -> None:
    net = ag.nn.MLP(1, [2, 1], rng=1)
    gc.collect()
    gc.disable()
    try:
        with ag.scope("s"):
            box = net([1.0])
            loss = ag.nn.hinge([box], [1])
        assert all(isinstance(node._name, Tag) for node in topological_order(loss))
        before = sum(issubclass(type(x), ag.Value) for x in gc.get_objects())
        del box, loss
        freed = before - sum(issubclass(type(x), ag.Value) for x in gc.get_objects())
        assert freed == 3 + 3 + 2 + 4
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.slow
def test_a_long_training_leaks_nothing() -> None:
    net = ag.nn.MLP(2, [4, 1], rng=1)
    optimizer = ag.optim.SGD(net.parameters(), lr=0.01)
    draw = random.Random(0)

    def train(steps: int) -> None:
        for number in range(steps):
            with ag.scope("step") if number % 2 else nullcontext():
                loss = ag.nn.hinge([net([draw.random(), 1.0])], [1])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    train(50)
    tracemalloc.start()
    try:
        train(20)
        gc.collect()
        start = tracemalloc.get_traced_memory()[0]
        train(300)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] - start < 4000
    finally:
        tracemalloc.stop()


def test_without_a_scope_no_node_is_tagged_or_larger() -> None:
    x = ag.Value(1.0)
    y = ag.sin(x * 2 + x)
    assert not any(hasattr(node, "_name") for node in topological_order(y))
    assert sys.getsizeof(x) == sys.getsizeof(ag.nn.Neuron(1, rng=1)([1.0]))


@pytest.mark.slow
def test_scopes_nested_very_deep_are_walked_without_recursion() -> None:
    scope: Scope | None = None
    for number in range(20_000):
        scope = Scope(f"s{number}", scope)
    x = ag.Value(1.0)
    y = -x
    assert scope is not None
    y._name = Tag(scope)
    [*_, box] = Boxes(topological_order(y)).of
    assert box.depth == 20_000
    assert "<svg" in ag.draw(y)
    assert "1 operation" in ag.draw(y, collapse=1)
