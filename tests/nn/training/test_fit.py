"""fit and the loop behind it, training/loop.py: against a loop by hand; stopping, bar, refusals."""

import math
import random
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.nn import MLP, Epoch, History, Module, mean_squared_error
from autograd_lite.optim import SGD, Adam
from tests.support.cases import loop_over
from tests.support.fit_runs import DATA, INPUTS, TARGETS, network, quiet


class Line(Module):
    """A model whose training can be followed by hand: the prediction is w*x."""

    def __init__(self, w: float = 0.0) -> None:
        self.w = Value(w)

    def __call__(self, x: float) -> Value:
        return self.w * x


@loop_over("make", [lambda ps: SGD(ps, 0.1, 0.9), lambda ps: Adam(ps, 0.05)])
@loop_over("size", [None, 1, 3, 7, 100])
def test_it_is_the_loop_that_one_writes_by_hand(make: Any, size: int | None) -> None:
    by_hand, net = network(), network()
    optimizer, rng, losses = make(by_hand.parameters()), random.Random(5), []
    step = min(size or 7, 7)
    for _ in range(4):
        order = list(range(7))
        if step < 7:
            rng.shuffle(order)
        total = 0.0
        for start in range(0, 7, step):
            rows = order[start : start + step]
            loss = mean_squared_error(
                [by_hand(INPUTS[i]) for i in rows], [TARGETS[i] for i in rows]
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.data * len(rows)
        losses.append(total / 7)
    history = quiet(net, optimizer=make(net.parameters()), epochs=4, batch_size=size, rng=5)
    assert history.loss == losses
    assert net.state_dict() == by_hand.state_dict()
    assert history.stopped == "epochs" and len(history.seconds) == 4 and min(history.seconds) > 0


def test_without_shuffle_the_order_is_that_of_the_data() -> None:
    seen: list[float] = []

    class Seeing(Line):
        def __call__(self, x: float) -> Value:
            seen.append(x)
            return super().__call__(x)

    data = ([1.0, 2.0, 3.0], [0.0, 0.0, 0.0])
    quiet(Seeing(), data, batch_size=2, shuffle=False, epochs=2)
    assert seen == [1.0, 2.0, 3.0] * 2
    seen.clear()
    quiet(Seeing(), data, batch_size=2, rng=1, epochs=20)
    assert seen != [1.0, 2.0, 3.0] * 20
    assert all(sorted(seen[i : i + 3]) == [1.0, 2.0, 3.0] for i in range(0, 60, 3))


def test_where_the_order_comes_from() -> None:
    def trained(rng: Any, **options: Any) -> dict[str, Any]:
        net = network()
        quiet(net, batch_size=2, rng=rng, **options)
        return net.state_dict()

    assert trained(3) == trained(random.Random(3)) == trained(np.int64(3)) != trained(4)
    assert trained(np.random.default_rng(1)) == trained(np.random.default_rng(1))
    states = []
    for _ in range(2):
        random.seed(8)
        states.append(trained(None))
    assert states[0] == states[1]
    before = random.getstate()
    trained(None, shuffle=False)
    trained(5)
    assert random.getstate() == before


def test_validation_and_metrics_are_taken_after_the_epoch() -> None:
    def worst(predictions: Any, targets: Any) -> float:
        assert all(type(p) is float for p in predictions)
        return max(abs(p - t) for p, t in zip(predictions, targets, strict=True))

    # w: 0 -> 1 -> 1.5, since the gradient of (w - 2)**2 is 2 (w - 2), and lr 0.25
    options: dict[str, Any] = {"epochs": 2, "metrics": {"worst": worst}}
    line = Line()
    optimizer = SGD(line.parameters(), 0.25)
    history = quiet(
        line, ([1.0], [2.0]), optimizer=optimizer, validation=([10.0], [0.0]), **options
    )
    assert history.loss == [4.0, 1.0]
    assert history.validation == [100.0, 225.0]
    assert history.metrics == {"worst": [10.0, 15.0]}
    assert history[-1] == (2, 1.0, 225.0, {"worst": 15.0}, history[-1].seconds)
    line = Line()
    history = quiet(line, ([1.0], [2.0]), optimizer=SGD(line.parameters(), 0.25), **options)
    assert history.metrics == {"worst": [1.0, 0.5]}  # without validation data, on the others
    assert history.validation == [] and history[0].validation is None


def test_a_metric_of_several_outputs_sees_lists() -> None:
    net = MLP(2, [3], rng=0)

    def accuracy(predictions: Any, targets: Any) -> float:
        pairs = zip(predictions, targets, strict=True)
        return sum(row.index(max(row)) == t for row, t in pairs) / len(targets)

    data = (INPUTS, [0, 1, 2, 0, 1, 2, 0])
    history = quiet(net, data, ag.nn.softmax_cross_entropy, metrics={"accuracy": accuracy})
    assert all(0 <= x <= 1 for x in history.metrics["accuracy"])


def following(losses: list[float], **options: Any) -> tuple[History, Line]:
    """A training whose validation losses are given, and whose weight is the epoch's number."""
    line = Line()

    def loss(predictions: Any, targets: Any) -> Any:
        if targets == ["validation"]:
            return losses[round(line.w.data) - 1]
        return predictions[0] * -1.0  # a gradient of -1

    options = {"epochs": len(losses), "validation": ([1.0], ["validation"]), **options}
    optimizer = SGD(line.parameters(), lr=1.0)
    return quiet(line, ([1.0], [0.0]), loss, optimizer=optimizer, **options), line


@loop_over(
    "losses, options, epochs, best",
    [
        ([3, 2, 1], {"patience": 1}, 3, 3),
        ([3, 2, 2.5, 1], {"patience": 1}, 3, 2),
        ([3, 2, 2.5, 1, 1, 1, 1], {"patience": 2}, 6, 4),
        ([3, 2, 2, 2], {"patience": 2}, 4, 2),
        ([3, 2.9, 2.8, 2.7], {"patience": 2, "min_delta": 0.15}, 4, 3),
        ([3, 2.9, 2.8, 2.7], {"patience": 1, "min_delta": 0.15}, 2, 1),
        ([math.nan, 3, math.nan, math.nan], {"patience": 2}, 4, 2),
        ([math.nan, math.nan, 1], {"patience": 2}, 2, None),
        ([math.inf, 5, 5, 5, 5], {"patience": 3}, 5, 2),
    ],
)
def test_early_stopping(
    losses: list[float], options: dict[str, Any], epochs: int, best: int | None
) -> None:
    history, line = following(losses, **options)
    assert len(history) == epochs
    assert (history.best and history.best.number) == best
    assert line.w.data == (best or epochs)
    _, line = following(losses, restore_best=False, **options)
    assert line.w.data == epochs


def test_why_it_stopped() -> None:
    assert following([2, 1, 1, 1], patience=2)[0].stopped == "patience"
    assert following([2, 1, 1, 1], patience=3)[0].stopped == "epochs"
    assert following([2, 1, 1, 1])[0].best is None
    assert following([1, 2], callbacks=[lambda e: True], patience=1)[0].stopped == "callback"


def test_callbacks_see_each_epoch_and_may_stop_it_or_set_the_rate() -> None:
    seen: list[Epoch] = []
    net = network()
    optimizer = SGD(net.parameters(), lr=0.1)

    def slower(epoch: Epoch) -> None:
        optimizer.lr = 0.1 / epoch.number

    stop = [lambda e: e.number >= 3, seen.append, slower]
    history = quiet(net, optimizer=optimizer, epochs=9, callbacks=stop)
    assert seen == list(history) and len(history) == 3
    assert history.stopped == "callback" and optimizer.lr == 0.1 / 3
    # what is no answer does not stop: 1, "no", and a count are truthy
    assert len(quiet(network(), callbacks=[lambda e: 1, lambda e: "no", lambda e: False])) == 3
    assert len(quiet(network(), callbacks=[lambda e: np.float64(1) < 2])) == 1


def test_the_bar_shows_the_losses(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    metrics = {"one": lambda p, t: 1.0}
    history = quiet(network(), validation=DATA, metrics=metrics, progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "3/3" in shown.err and f"loss={history[-1].loss:.4g}" in shown.err
    assert f"validation={history[-1].validation:.4g}" in shown.err and "one=1" in shown.err
    quiet(network())
    assert capsys.readouterr() == ("", "")


def test_without_tqdm_it_is_quiet() -> None:
    program = (
        "import sys; sys.modules['tqdm'] = None\n"
        "from autograd_lite.nn import *; from autograd_lite.optim import SGD\n"
        "net = MLP(1, [1], rng=0)\n"
        "print(fit(net, ([[1.0]], [1.0]), mean_squared_error, SGD(net.parameters(), 0.1), 2))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0 and run.stderr == ""
    assert run.stdout.startswith("<History of 2 epochs: loss ")


def test_a_failure_in_the_middle_leaves_whole_steps() -> None:
    net, whole = network(), network()
    quiet(whole, batch_size=7, epochs=1)
    calls = []

    def failing(predictions: Any, targets: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return mean_squared_error(predictions, targets)

    with pytest.raises(KeyboardInterrupt):
        quiet(net, loss=failing)
    assert net.state_dict() == whole.state_dict()


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    (
        {"data": list(zip(INPUTS, TARGETS, strict=True))},
        TypeError,
        "tuple .* not a list of 7: convert",
    ),
    ({"data": [INPUTS, TARGETS]}, TypeError, r"inputs, targets = zip\(\*pairs\)"),
    ({"data": tuple(zip(INPUTS[:2], TARGETS[:2], strict=True))}, ValueError, r"inputs\[1\] is a"),
    ({"data": (INPUTS, TARGETS[:6])}, ValueError, "7 inputs and 6 targets"),
    ({"data": ([], [])}, ValueError, "data is empty"),
    ({"data": ("ab", [1, 2])}, TypeError, "inputs of data must be a sequence, not str"),
    ({"data": ({1: 2}, [1])}, TypeError, "inputs of data must be a sequence, not a dict of 1"),
    ({"data": (INPUTS, 3.0)}, TypeError, "targets of data must be a sequence, not float"),
    ({"validation": (INPUTS, [])}, ValueError, "validation has 7 inputs and 0 targets"),
    ({"model": lambda x: x}, TypeError, "model must be a Module"),
    ({"model": Module()}, TypeError, "model must be a Module that can be called"),
    ({"loss": "mse"}, TypeError, "loss must be a function, not 'mse'"),
    ({"optimizer": SGD}, TypeError, "optimizer must be one of ag.optim"),
    ({"optimizer": SGD([Value(1.0)], 0.1)}, ValueError, "none of the model's parameters"),
    ({"epochs": 0}, ValueError, "epochs must be at least 1"),
    ({"epochs": 2.0}, TypeError, "epochs must be an integer"),
    ({"epochs": True}, TypeError, "epochs must be an integer"),
    ({"batch_size": 0}, ValueError, "batch_size must be at least 1"),
    ({"batch_size": "all"}, TypeError, "batch_size must be an integer"),
    ({"rng": "seed"}, TypeError, "rng must be a seed"),
    ({"rng": random.SystemRandom()}, TypeError, "cannot be repeated"),
    ({"patience": 3}, ValueError, "validation=data"),
    ({"patience": 0, "validation": DATA}, ValueError, "patience must be at least 1"),
    ({"min_delta": -1.0}, ValueError, "min_delta must be finite and at least 0"),
    ({"min_delta": math.nan}, ValueError, "min_delta"),
    ({"min_delta": 10**400}, ValueError, "min_delta"),
    ({"min_delta": "0"}, TypeError, "min_delta must be a number"),
    ({"metrics": [len]}, TypeError, "metrics must be a dict"),
    ({"metrics": {1: len}}, TypeError, "names of metrics must be strings"),
    ({"metrics": {"n": 3}}, TypeError, "metrics.* must be a function"),
    ({"callbacks": 3}, TypeError, "callbacks must be a list of functions"),
    ({"callbacks": [print, None]}, TypeError, r"callbacks\[1\] must be a function"),
    ({"resume": True}, ValueError, "pass checkpoint=path"),
    ({"save_every": 5}, ValueError, "pass checkpoint=path"),
]


@loop_over("options, error, words", BAD)
def test_bad_arguments_change_nothing(
    options: dict[str, Any], error: type[Exception], words: str
) -> None:
    net = network()
    before = net.state_dict()
    arguments = {"model": net, "optimizer": SGD(net.parameters(), 0.1), **options}
    with pytest.raises(error, match=words):
        quiet(**arguments)
    assert net.state_dict() == before


def test_a_loss_that_is_no_loss() -> None:
    with pytest.raises(TypeError, match=r"the loss is a float, not a Value: .*without \.data"):
        quiet(network(), loss=lambda p, t: mean_squared_error(p, t).data)
    with pytest.raises(TypeError, match="the metric many is a list"):
        quiet(network(), metrics={"many": lambda p, t: [1.0]})
    with ag.no_grad(), pytest.raises(ValueError, match="no_grad"):
        quiet(network())
