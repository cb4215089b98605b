"""Plots: what they draw, that they leave Matplotlib as it was, and what they refuse."""

import io
import math
import subprocess
import sys
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite import Value, plots
from autograd_lite.nn import MLP, Epoch, History, Module
from tests.support.cases import loop_over, mark_slow_after

np = pytest.importorskip("numpy")
pytest.importorskip("matplotlib")

POINTS = [[0.0, 0.0], [1.0, 0.0], [0.0, 2.0], [1.0, 2.0]]


class Holder(Module):
    def __init__(self, **rows: list[float]) -> None:
        for name, row in rows.items():
            setattr(self, name, [Value(x) for x in row])


def history(validation: bool = True) -> History:
    rows = [(1, 1.0, 1.5), (2, 0.5, 0.75), (3, 0.25, 1.0)]
    found = History([Epoch(n, a, b if validation else None, {}, 0.1) for n, a, b in rows])
    found.best = found[1] if validation else None
    return found


def trained() -> MLP:
    net = MLP(2, [4, 1], activation="tanh", rng=0)
    ag.nn.mean_squared_error([net(x) for x in POINTS], [0, 1, 1, 0]).backward()
    return net


PLOTS: list[Any] = [
    lambda **o: plots.losses(history(), **o),
    lambda **o: plots.decision_boundary(trained(), POINTS, [0, 1, 1, 0], **o),
    lambda **o: plots.decision_boundary(MLP(2, [3], rng=0), POINTS, [0, 1, 2, 0], **o),
    lambda **o: plots.gradient_flow(trained(), **o),
    lambda **o: plots.weights(trained(), **o),
]


def picture(axes: Any) -> bytes:
    out = io.BytesIO()
    axes.figure.savefig(out, format="png", dpi=40)
    return out.getvalue()


@pytest.mark.parametrize("plot", mark_slow_after(2, PLOTS))
def test_each_has_a_figure_of_its_own_or_takes_axes(plot: Any) -> None:
    import matplotlib
    from matplotlib.figure import Figure

    settings = dict(matplotlib.rcParams)
    axes = plot()
    assert picture(axes).startswith(b"\x89PNG")
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert plot(ax=right) is right
    assert right.has_data() and not left.has_data() and figure.axes == [left, right]
    assert dict(matplotlib.rcParams) == settings


@pytest.mark.slow
def test_pyplot_is_neither_loaded_nor_are_its_figures_touched() -> None:
    program = (
        "import sys, autograd_lite as ag\n"
        "assert 'matplotlib' not in sys.modules and 'numpy' not in sys.modules\n"
        "net = ag.nn.MLP(2, [2, 1], rng=0); net([1.0, 2.0]).backward()\n"
        "ag.plots.losses([2.0, 1.0]); ag.plots.weights(net); ag.plots.gradient_flow(net)\n"
        "ag.plots.decision_boundary(net, [[0.0, 1.0]], [1]).figure.savefig('/dev/null')\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    command = [sys.executable, "-W", "error", "-c", program.replace("'/dev/null'", "__import__('io').BytesIO()")]  # fmt: skip  # noqa: E501
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.stderr == "" and run.stdout == "False\n"


def test_losses_are_the_numbers() -> None:
    axes = plots.losses(history())
    lines = {line.get_label(): line for line in axes.lines}
    assert list(lines) == ["training", "validation", "best: epoch 2"]
    assert list(lines["training"].get_xdata()) == [1, 2, 3]
    assert list(lines["training"].get_ydata()) == [1.0, 0.5, 0.25]
    assert list(lines["validation"].get_ydata()) == [1.5, 0.75, 1.0]
    best = lines["best: epoch 2"]
    assert (list(best.get_xdata()), list(best.get_ydata())) == ([2], [0.75])
    assert axes.get_ylim()[0] == 0.0
    (line,) = plots.losses(history(validation=False)).lines
    assert line.get_label() == "training"
    axes = plots.losses({"one": [3.0, 1.0], "two": [-2.0, 1.0]})
    assert [line.get_label() for line in axes.lines] == ["one", "two"] and axes.get_ylim()[0] < -2.0
    axes = plots.losses({"a": history(), "b": [2.0]})
    assert [list(line.get_ydata()) for line in axes.lines] == [[1.0, 0.5, 0.25], [2.0]]
    (alone,) = plots.losses([1.0]).lines
    assert alone.get_marker() == "o"  # a line of one point would not be seen


def test_a_logarithmic_axis_leaves_out_what_it_cannot_show() -> None:
    axes = plots.losses([1.0, 0.0, 0.1], log=True)
    (line,) = axes.lines
    assert axes.get_yscale() == "log" and np.isnan(line.get_ydata()[1])
    assert plots.losses([0.0, 0.0], log=True).get_yscale() == "linear"
    picture(plots.losses([math.nan, math.inf], log=True))
    picture(plots.losses([math.nan, math.inf]))


def test_the_border_is_where_the_score_is_the_threshold() -> None:
    def score(x: list[float]) -> float:
        return x[0] - 0.3

    for threshold, border in ((0.0, 0.3), (0.5, 0.8)):
        axes = plots.decision_boundary(score, POINTS, [0, 1, 0, 1], threshold=threshold)
        paths = axes.collections[1].get_paths()
        assert np.concatenate([p.vertices for p in paths])[:, 0] == pytest.approx(border)
        places = [c.get_offsets().tolist() for c in axes.collections[2:]]
        assert places == [[[0.0, 0.0], [0.0, 2.0]], [[1.0, 0.0], [1.0, 2.0]]]
        assert [t.get_text() for t in axes.get_legend().get_texts()] == ["0", "1"]
    # all on one side: there is no border
    axes = plots.decision_boundary(lambda x: 1.0, POINTS, [0.0, 1.0, 0.0, 1.0])
    assert len(axes.collections) == 3
    axes = plots.decision_boundary(score, POINTS, [0] * 4, limits=(-3, 3, -1, 1))
    assert axes.get_xlim() == (-3.0, 3.0) and axes.get_ylim() == (-1.0, 1.0)


def test_of_several_outputs_the_largest_has_the_place() -> None:
    def scores(x: list[float]) -> list[float]:
        return [x[0], 0.3, -5.0]

    axes = plots.decision_boundary(scores, POINTS, [0, 1, 2, 1], resolution=20)
    pixels = axes.images[0].get_array()
    left, right = pixels[:, 0], pixels[:, -1]
    assert (left == left[0]).all() and (right == right[0]).all() and (left[0] != right[0]).any()
    borders = [np.concatenate([p.vertices for p in c.get_paths()]) for c in axes.collections[:2]]
    for vertices in borders:
        assert vertices[:, 0] == pytest.approx(0.3)


@pytest.mark.parametrize("labels", [[0, 2, 2, 0], [0.0, 2.0, 2.0, 0.0]])
def test_a_label_has_the_colour_of_its_output(labels: list[float]) -> None:
    def scores(x: list[float]) -> list[float]:
        return [0.5 - x[0], -5.0, x[0] - 0.5]

    axes = plots.decision_boundary(scores, POINTS, labels, resolution=20)
    pixels = axes.images[0].get_array()
    points = [c.get_facecolor()[0][:3] for c in axes.collections if len(c.get_offsets()) == 2]
    for shade, colour in ((pixels[0, 0], points[0]), (pixels[0, -1], points[1])):
        expected = [1.0 - 0.4 * (1.0 - part) for part in colour]
        assert shade.tolist() == pytest.approx(expected, abs=0.005)


def test_the_model_is_asked_without_a_graph() -> None:
    net = trained()
    before = [p.grad for p in net.parameters()]
    plots.decision_boundary(net, np.array(POINTS), np.array([0, 1, 1, 0]), resolution=5)
    assert [p.grad for p in net.parameters()] == before


def test_histograms_count_the_parameters() -> None:
    model = Holder(a=[-1.0, -1.0, 1.0, math.nan], b=[0.0])
    axes = plots.weights(model, bins=4)
    filled = [p.get_data() for p in axes.patches[::2]]
    assert [list(data.edges) for data in filled] == [[-1.0, -0.5, 0.0, 0.5, 1.0]] * 2
    assert list(filled[0].values) == pytest.approx([1.85, 1.0, 1.0, 1.425])
    assert list(filled[1].values) == pytest.approx([0.0, 0.0, 0.85, 0.0])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
    assert [text.get_text() for text in axes.texts] == ["4, sd 0.94, 1 not finite", "1, sd 0"]


@pytest.mark.slow
@loop_over(
    "numbers",
    [[1.0], [0.0, 0.0], [math.nan], [-1.7e308, 1.7e308], [5e-324], [1.7e308], [math.inf, 1.0]],
)
def test_histograms_of_extremes(numbers: list[float]) -> None:
    assert picture(plots.weights(Holder(a=numbers))).startswith(b"\x89PNG")


def test_names_are_shown_as_text() -> None:
    model = Holder(a=[1.0])
    vars(model)["two\nlines\x1b"] = Value(1.0)
    axes = plots.weights(model)
    assert [t.get_text() for t in axes.get_yticklabels()] == ["a", r"two\nlines\x1b"]
    picture(axes)


@pytest.mark.parametrize("hostile", mark_slow_after(1, ["$x^{", "$\\frac$", "_private"]))
def test_a_name_is_no_formula_to_matplotlib(hostile: str) -> None:
    model = Holder(a=[1.0])
    vars(model)[hostile] = Value(1.0)
    picture(plots.weights(model))
    picture(plots.losses({hostile: [1.0, 2.0], "b": [1.0]}))
    picture(plots.decision_boundary(lambda x: x[0], POINTS, [hostile, "b", "b", "b"]))


@loop_over(
    "call, error, words",
    [
        (lambda: plots.losses([]), ValueError, "history has no loss"),
        (lambda: plots.losses(History()), ValueError, "history has no loss"),
        (lambda: plots.weights(Holder()), ValueError, "has no parameters"),
        (lambda: plots.weights(trained(), bins=0), ValueError, "bins must be at least 1, not 0"),
        (lambda: plots.weights([1.0]), TypeError, "takes a Module, not list"),
        (lambda: plots.gradient_flow(3), TypeError, "takes a Module, not int"),
        (
            lambda: plots.decision_boundary(sum, [[1.0, 2.0, 3.0]], [1]),
            ValueError,
            r"points have the shape \(1, 3\): pass pairs of numbers",
        ),
        (lambda: plots.decision_boundary(sum, [], []), ValueError, "pairs of numbers"),
        (lambda: plots.decision_boundary(sum, POINTS, [1]), ValueError, "4 points and 1 labels"),
        (
            lambda: plots.decision_boundary(sum, POINTS, np.zeros((4, 1))),
            ValueError,
            "labels has lists for elements",
        ),
        (
            lambda: plots.decision_boundary(sum, POINTS, [1] * 4, limits=(1, 0, 0, 1)),
            ValueError,
            "limits are",
        ),
        (
            lambda: plots.decision_boundary(sum, POINTS, [1] * 4, resolution=1),
            ValueError,
            "resolution must be at least 2",
        ),
        (
            lambda: plots.decision_boundary(MLP(3, [1]), POINTS, [1] * 4),
            ValueError,
            "takes 3 inputs, not 2",
        ),
    ],
)
def test_what_cannot_be_drawn(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("plot", PLOTS)
def test_what_to_install(plot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"pip install 'autograd-lite\[demos\]'"):
        plot()
