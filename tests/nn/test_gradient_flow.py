"""gradient_flow: which layers there are, their numbers, every verdict, the table and the chart."""

import math
import random
import subprocess
import sys
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value
from autograd_lite.nn import MLP, Layer, Module, Neuron, gradient_flow, mean_squared_error
from autograd_lite.nn.gradient_flow import VERDICTS
from tests.support.cases import loop_over, mark_slow_after


class Weights(Module):
    """One layer of parameters 1.0 with given gradients for each name."""

    def __init__(self, **gradients: list[float]) -> None:
        for name, row in gradients.items():
            values = [Value(1.0) for _ in row]
            for value, gradient in zip(values, row, strict=True):
                value.grad = gradient
            setattr(self, name, values)


def verdicts(model: Module, **thresholds: float) -> dict[str, str]:
    return {layer.name: layer.verdict for layer in gradient_flow(model, **thresholds)}


def after_backward(net: MLP, samples: int = 20) -> MLP:
    rng = random.Random(0)
    points = [[rng.gauss(0.0, 1.0), rng.gauss(0.0, 1.0)] for _ in range(samples)]
    mean_squared_error([net(x) for x in points], [x[0] - x[1] for x in points]).backward()
    return net


def test_a_deep_sigmoid_network_vanishes_towards_its_input() -> None:
    flow = gradient_flow(after_backward(MLP(2, [8] * 10 + [1], activation="sigmoid", rng=0)))
    assert flow.verdict == "vanishing"
    assert [layer.verdict for layer in flow] == ["vanishing"] * 7 + ["healthy"] * 4
    sizes = [layer.rms for layer in flow]
    assert sizes == sorted(sizes)
    # half as deep, it does not, and neither does a tanh one of the same depth
    for depth, activation in [(4, "sigmoid"), (10, "tanh"), (10, "relu")]:
        net = MLP(2, [8] * depth + [1], activation=activation, rng=0)
        assert set(verdicts(after_backward(net)).values()) == {"healthy"}


def test_a_dead_relu_layer_is_found() -> None:
    net = MLP(2, [8, 8, 8, 1], rng=0)
    assert gradient_flow(after_backward(net)).verdict == "healthy"
    net.zero_grad()
    for neuron in net.layers[2].neurons:
        neuron.bias.data = -100.0
    flow = gradient_flow(after_backward(net))
    # nothing passes it, so those before it get nothing either; the last has its bias alone
    assert [layer.verdict for layer in flow] == ["dead", "dead", "dead", "healthy"]
    assert [layer.zeros for layer in flow] == [1.0, 1.0, 1.0, 8 / 9]
    assert str(flow).splitlines()[-1].startswith("verdict: dead: 3 of 4 layers (layers.0, layers.1")


def test_large_initial_weights_explode() -> None:
    net = MLP(2, [8] * 8 + [1], rng=0)
    for p in net.parameters():
        p.data *= 6.0
    flow = gradient_flow(after_backward(net))
    assert {layer.verdict for layer in flow} == {flow.verdict} == {"exploding"}
    assert max(layer.relative for layer in flow) == 1.0


def test_a_nan_is_not_finite_and_the_rest_is_judged() -> None:
    model = Weights(a=[math.nan, 1.0, math.inf, -3.0], b=[1.0, 2.0])
    flow = gradient_flow(model)
    assert flow.verdict == "not finite"
    assert (flow[0].not_finite, flow[0].minimum, flow[0].median, flow[0].maximum) == (2, 1, 2, 3)
    assert [layer.verdict for layer in flow] == ["not finite", "healthy"]
    (alone,) = gradient_flow(Weights(a=[math.nan]))
    assert math.isnan(alone.minimum) and math.isnan(alone.median) and math.isnan(alone.maximum)


def test_without_backward_there_is_no_gradient() -> None:
    net = MLP(2, [3, 1])
    for flow in (gradient_flow(net), gradient_flow(Weights(a=[0.0, -0.0]))):
        assert {layer.verdict for layer in flow} == {flow.verdict} == {"no gradient"}
        assert (
            str(flow)
            .splitlines()[-1]
            .startswith("verdict: no gradient: all are 0. Call backward() first")
        )
    after_backward(net)
    assert gradient_flow(net).verdict == "healthy"


@loop_over(
    "gradients, thresholds, expected",
    [
        ([1.1e-3], {}, "healthy"),
        ([0.9e-3], {}, "vanishing"),
        ([0.9e-3], {"vanishing": 1e-4}, "healthy"),
        ([0.9e-3], {"negligible": 1e-3}, "vanishing"),
        ([999.0], {}, "healthy"),
        ([1001.0], {}, "exploding"),
        ([1001.0], {"exploding": 2e3}, "healthy"),
        ([2.0], {"exploding": 1.5}, "exploding"),
        ([0.0] * 8 + [1.0], {}, "healthy"),
        ([0.0] * 9 + [1.0], {}, "dead"),
        ([0.0] * 9 + [1.0], {"dead": 1.0}, "healthy"),
        ([0.0], {"dead": 1.0}, "dead"),
        ([0.0, 1.0], {"dead": 0.5}, "dead"),
        ([0.0] * 9 + [math.inf], {}, "not finite"),
    ],
)
def test_each_verdict_on_either_side_of_its_threshold(
    gradients: list[float], thresholds: dict[str, float], expected: str
) -> None:
    assert verdicts(Weights(other=[1.0], one=gradients), **thresholds)["one"] == expected


def test_large_parameters_may_have_large_gradients() -> None:
    model = Weights(a=[1500.0])
    assert gradient_flow(model).verdict == "exploding"
    model.parameters()[0].data = -2.0
    assert gradient_flow(model).verdict == "healthy"


def test_an_exploding_layer_makes_no_other_vanish() -> None:
    model = Weights(first=[1.0], second=[1e9], third=[1e-4])
    assert verdicts(model) == {"first": "healthy", "second": "exploding", "third": "vanishing"}
    assert [layer.relative for layer in gradient_flow(model)] == [1.0, 1e9, 1e-4]


def test_a_whole_model_may_vanish() -> None:
    assert verdicts(Weights(a=[2e-7], b=[1e-9])) == {"a": "healthy", "b": "vanishing"}
    assert verdicts(Weights(a=[0.9e-7], b=[1e-9])) == {"a": "vanishing", "b": "vanishing"}


def test_the_verdict_of_the_model_is_its_worst() -> None:
    rows = {
        "not finite": [math.nan],
        "exploding": [1e9],
        "dead": [0.0],
        "vanishing": [1e-5],
        "healthy": [1.0],
    }
    assert ["no gradient", *rows] == list(VERDICTS)
    while rows:
        assert gradient_flow(Weights(**dict(reversed(rows.items())))).verdict == next(iter(rows))
        rows.pop(next(iter(rows)))


def test_the_numbers_of_a_layer() -> None:
    (layer,) = gradient_flow(Weights(a=[3.0, -4.0, 0.0, 1.0]))
    assert layer._asdict() == {
        "name": "a",
        "parameters": 4,
        "minimum": 0.0,
        "median": 2.0,
        "maximum": 4.0,
        "rms": math.sqrt(26.0 / 4.0),
        "relative": 1.0,
        "zeros": 0.25,
        "not_finite": 0,
        "verdict": "healthy",
    }
    (huge,) = gradient_flow(Weights(a=[1e200, 1e200]))  # whose squares overflow
    assert (huge.rms, huge.verdict) == (pytest.approx(1e200), "exploding")


class Linear(Module):
    def __init__(self, nin: int, nout: int) -> None:
        self.W = [[Value(1.0) for _ in range(nin)] for _ in range(nout)]
        self.b = [Value(0.0) for _ in range(nout)]


class Block(Module):
    def __init__(self) -> None:
        self.scale = Value(1.0)
        self.inner = Linear(2, 2)


class Whole(Module):
    def __init__(self) -> None:
        self.blocks = [Block(), Block()]
        self.hidden = [Neuron(2), Neuron(2)]
        self.heads = {"a": Layer(2, 3), "b": Linear(2, 1)}
        self.W = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
        self.bias = Value(0.0)
        self.of_another_kind = "text"
        self.root = self
        self.result = self.bias * 2.0


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (MLP(2, [3, 1]), {"layers.0": 9, "layers.1": 4}),
        (Layer(2, 3), {"neurons": 9}),
        (Neuron(2), {"weights": 2, "bias": 1}),
        (Linear(3, 2), {"W": 6, "b": 2}),
        (
            Whole(),
            {
                "blocks.0": 1,
                "blocks.0.inner": 6,
                "blocks.1": 1,
                "blocks.1.inner": 6,
                "hidden": 6,
                "heads.a": 9,
                "heads.b": 3,
                "W": 4,
                "bias": 1,
            },
        ),
    ],
)
def test_layers_are_named_by_their_paths(model: Module, expected: dict[str, int]) -> None:
    flow = gradient_flow(model)
    assert {layer.name: layer.parameters for layer in flow} == expected
    assert flow.parameters == sum(expected.values()) == len(model.parameters())
    names = [*model.state_dict()]
    assert all(any(name.startswith(layer.name) for name in names) for layer in flow)


def test_a_shared_parameter_counts_in_each_layer() -> None:
    model = Weights(a=[1.0, 2.0])
    model.b = [model.a[1], model.a[1], Value(1.0)]  # type: ignore[attr-defined]
    flow = gradient_flow(model)
    assert [(layer.name, layer.parameters, layer.maximum) for layer in flow] == [
        ("a", 2, 2.0),
        ("b", 2, 2.0),
    ]
    assert flow.parameters == 3


def test_one_parameter_is_a_model() -> None:
    class Line(Module):
        def __init__(self) -> None:
            self.slope = Value(0.0)

    line = Line()
    (line.slope * 3.0 - 1.0).backward()
    (layer,) = gradient_flow(line)
    assert (layer.name, layer.parameters, layer.median, layer.verdict) == (
        "slope",
        1,
        3.0,
        "healthy",
    )


@pytest.mark.parametrize("backend", ["python", "llvm"])
def test_a_model_trained_through_jit(backend: str) -> None:
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    flows = []
    for wrapped in (lambda f: f, lambda f: ag.jit(f, backend=backend)):
        net = MLP(2, [8] * 10 + [1], activation="sigmoid", rng=0)
        loss = wrapped(lambda net=net: mean_squared_error([net([0.5, -1.0])], [2.0]))
        optimizer = ag.optim.SGD(net.parameters(), lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()
        flows.append(gradient_flow(net))
    assert flows[0].verdict == flows[1].verdict == "vanishing"
    for plain, jitted in zip(*flows, strict=True):
        assert jitted.rms == pytest.approx(plain.rms, rel=1e-12)


def test_the_table_is_aligned() -> None:
    model = Weights(a_long_name=[1.0, 0.0], b=[1e-300, math.nan], c=[-2.5e7])
    head, *rows, last = str(gradient_flow(model)).splitlines()
    assert [row.split()[0] for row in rows] == ["a_long_name", "b", "c"]
    for title in ("parameters", "min |g|", "median", "max", "zeros", "relative"):
        end = head.index(title) + len(title)
        assert {row[end : end + 2] for row in rows} == {"  "}
        assert all(row[end - 1] != " " for row in rows)
    assert [row[head.index("verdict") :] for row in rows] == [
        "healthy",
        "not finite (1)",
        "exploding",
    ]
    assert last == "verdict: not finite: 1 of 3 layers (b)"
    assert str(gradient_flow(Weights(a=[1.0]))).splitlines()[-1] == "verdict: healthy"


def test_it_is_a_sequence() -> None:
    flow = gradient_flow(Weights(a=[1.0], b=[1.0], c=[0.0]))
    assert len(flow) == 3 and flow[-1].name == "c" and [x.name for x in flow[:2]] == ["a", "b"]
    assert repr(flow) == "<GradientFlow of 3 layers: dead>"
    assert repr(gradient_flow(Weights(a=[1.0]))) == "<GradientFlow of 1 layer: healthy>"


def test_many_layers_are_named_in_short() -> None:
    flow = gradient_flow(Weights(strong=[1.0], **{f"w{i}": [0.0] for i in range(6)}))
    assert str(flow).splitlines()[-1] == "verdict: dead: 6 of 7 layers (w0, w1, w2, w3, ...)"


def test_names_do_not_reach_the_terminal_raw() -> None:
    model = Weights(a=[1.0])
    vars(model)["two\nlines\x1b[31m"] = Value(1.0)
    text = str(gradient_flow(model))
    assert "\x1b" not in text and len(text.splitlines()) == 4


@loop_over(
    "model, thresholds, error, words",
    [
        ([Value(1.0)], {}, TypeError, "takes a Module, not list"),
        (MLP, {}, TypeError, "takes a Module, not type"),
        (Weights(), {}, ValueError, "has no parameters"),
        (
            Weights(a=[1.0]),
            {"vanishing": 0.0},
            ValueError,
            "vanishing must be above 0 and at most 1",
        ),
        (
            Weights(a=[1.0]),
            {"dead": 1.5},
            ValueError,
            "dead must be above 0 and at most 1, not 1.5",
        ),
        (Weights(a=[1.0]), {"exploding": math.nan}, ValueError, "exploding must be above 0"),
        (Weights(a=[1.0]), {"negligible": "1"}, TypeError, "negligible must be a number, not '1'"),
        (Weights(a=[1.0]), {"dead": True}, TypeError, "dead must be a number, not True"),
    ],
)
def test_bad_arguments(
    model: Any, thresholds: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        gradient_flow(model, **thresholds)


def test_the_chart(tmp_path: Any) -> None:
    pytest.importorskip("matplotlib")
    flow = gradient_flow(Weights(a=[1e-6, 3e-6], b=[0.0, 0.0], c=[1.0, 2.0, 4.0, 0.0, math.nan]))
    figure = flow.plot(tmp_path / "flow.png")
    assert (tmp_path / "flow.png").read_bytes().startswith(b"\x89PNG")
    (axes,) = figure.axes
    assert axes.get_xscale() == "log"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]
    low, high = axes.get_xlim()
    assert low < 1e-6 and high > 4.0  # every bar is in sight
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first layer on top
    bars = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches]
    assert bars == [pytest.approx((1.5e-6, 2.5e-6)), pytest.approx((1.5, 3.0))]
    notes = [text.get_text() for text in axes.texts]
    assert notes == ["vanishing", "dead, 100% zero", "not finite, 20% zero"]
    assert "not finite" in figure.get_suptitle()


@pytest.mark.parametrize(
    "gradients",
    mark_slow_after(2, [[5e-324, 1.7e308], [math.nan], [0.0], [1.0], [5e-324], [1.7e308]]),
)
def test_a_chart_of_extremes(gradients: list[float], tmp_path: Any) -> None:
    pytest.importorskip("matplotlib")
    gradient_flow(Weights(a=gradients)).plot(tmp_path / "flow.svg")
    assert "</svg>" in (tmp_path / "flow.svg").read_text(encoding="utf-8")


def test_a_name_in_the_chart_is_no_formula(tmp_path: Any) -> None:
    pytest.importorskip("matplotlib")
    model = Weights()
    vars(model)[r"$\frac$"] = Value(1.0)  # half a formula, which Matplotlib refuses
    gradient_flow(model).plot(tmp_path / "flow.svg")
    assert "frac$" in (tmp_path / "flow.svg").read_text(encoding="utf-8")


def test_the_chart_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'autograd-lite\[demos\]'"):
        gradient_flow(Weights(a=[1.0])).plot()


def test_matplotlib_is_loaded_by_the_chart_alone() -> None:
    program = (
        "import sys, autograd_lite as ag; n = ag.nn.Neuron(1); n([1.0]).backward();"
        "str(ag.nn.gradient_flow(n)); print('matplotlib' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "False\n"
