"""Every demo runs from the command line with small settings, and its numbers are right."""

import os
import random
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import black_scholes
import chain_rule
import fast_moons
import moons
import numpy as np
import pytest

import autograd_lite as ag
from tests.support.cases import loop_over

ROOT = Path(__file__).resolve().parents[2]
DEMOS = sorted((ROOT / "demos").glob("*.py"))
# Whether a new demo needs small settings is its author's to say, here.
SMALL = {
    "barrier_option": ["--paths", "200"],
    "black_scholes": ["--options", "50"],
    "chain_rule": ["--depth", "4"],
    "double_pendulum": ["--seconds", "0.5"],
    "draw_network": ["--points", "3"],
    "fast_moons": ["--points", "10", "--steps", "3"],
    "fit_a_model": ["--refits", "20"],
    "logistic_regression": [],
    "many_machines": ["--points", "200", "--steps", "2", "--shards", "3"],
    "moons": ["--points", "20", "--steps", "3"],
    "step_by_step": [],
    "two_layer_network": ["--epochs", "2", "--sizes", "2", "3", "1"],
}
# What the test extra does not bring: these demos are skipped, by name, where it is missing.
NEEDS = {
    "fit_a_model": "scipy",
    "logistic_regression": "sklearn",
    "many_machines": "distributed",
}


def run(demo: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a demo as a user does, from another folder and with every warning an error."""
    command = [sys.executable, "-W", "error", str(ROOT / "demos" / f"{demo}.py"), *arguments]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )


@pytest.mark.slow
@pytest.mark.parametrize("demo", [path.stem for path in DEMOS])
def test_runs(demo: str, tmp_path: Path) -> None:
    if demo in NEEDS:
        pytest.importorskip(NEEDS[demo])
    result = run(demo, *SMALL[demo], cwd=tmp_path)
    assert result.returncode == 0, result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("demo", [path.stem for path in DEMOS])
def test_has_help(demo: str, tmp_path: Path) -> None:
    result = run(demo, "--help", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("usage:")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_two_layer_network_says_what_it_made(tmp_path: Path) -> None:
    result = run("two_layer_network", "--epochs", "101", "--out", "here", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    for line in (
        "Epoch 0, Loss: 0.250969",
        "Epoch 100, Loss: 0.245896",
        "Input: [1 1], Prediction: ",
    ):
        assert line in result.stdout
    assert "loss=0.2" in result.stderr  # the progress bar
    for name in ("loss.png", "boundary.png", "neuron.svg"):
        assert str(tmp_path / "here" / name) in result.stdout
        assert (tmp_path / "here" / name).stat().st_size > 1000
    ElementTree.parse(tmp_path / "here" / "neuron.svg")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("demo", "arguments", "complaint"),
    [
        ("two_layer_network", ["--sizes", "3", "1"], "--sizes must start with 2"),
        ("two_layer_network", ["--sizes", "2", "0", "1"], "--sizes must start with 2"),
        ("two_layer_network", ["--epochs", "0"], "--epochs must be"),
        ("two_layer_network", ["--seed", "-1"], "--seed must be"),
        ("two_layer_network", ["--activation", "nosuch"], "invalid choice"),
        ("two_layer_network", ["--rate", "nan"], "--rate must be"),
        ("two_layer_network", ["--out", "/dev/null"], "--out: "),
        ("barrier_option", ["--paths", "1"], "--paths must be"),
        ("barrier_option", ["--spot", "90"], "--spot must be"),
        ("barrier_option", ["--spot", "nan"], "--spot must be"),
        ("barrier_option", ["--spot", "1e300"], "--spot must be"),
        ("barrier_option", ["--out", "/dev/null"], "--out: "),
        ("black_scholes", ["--options", "0"], "--options must be"),
        ("black_scholes", ["--seed", "-1"], "--seed must not"),
        ("black_scholes", ["--out", "/dev/null"], "--out: "),
        ("chain_rule", ["--depth", "0"], "--depth must be"),
        ("step_by_step", ["--out", "page.txt"], "--out must be"),
        ("step_by_step", ["--out", "nosuch/page.html"], "no folder nosuch"),
        ("step_by_step", ["--picture", "page.gif"], "--picture must be"),
        ("draw_network", ["--out", "graph.txt"], "--out must be"),
        ("draw_network", ["--out", "nosuch/graph.svg"], "no folder nosuch"),
        ("double_pendulum", ["--angle", "180"], "--angle must be"),
        ("double_pendulum", ["--seconds", "nan"], "--seconds must be"),
        ("double_pendulum", ["--out", "/dev/null"], "--out: "),
        ("fast_moons", ["--points", "1"], "--points must be"),
        ("fast_moons", ["--steps", "1"], "--steps must be"),
        ("fast_moons", ["--rate", "-1"], "--rate must be"),
        ("logistic_regression", ["--penalty", "0"], "--penalty must be"),
        ("logistic_regression", ["--out", "/dev/null"], "--out: "),
        ("many_machines", ["--workers", "0"], "--workers must be"),
        ("many_machines", ["--points", "3"], "--points must be"),
        ("many_machines", ["--seed", "-1"], "--seed must not"),
        ("many_machines", ["--rate", "inf"], "--rate must be"),
        ("many_machines", ["--scheduler", "tcp://h:1", "--pin"], "--pin is for"),
        ("moons", ["--points", "1"], "--points must be"),
        ("moons", ["--steps", "0"], "--steps must be"),
        ("moons", ["--noise", "nan"], "--noise must be"),
        ("moons", ["--rate", "inf"], "--rate must be"),
        ("moons", ["--out", "/dev/null"], "--out: "),
    ],
)
def test_a_bad_option_is_refused_in_words(
    demo: str, arguments: list[str], complaint: str, tmp_path: Path
) -> None:
    result = run(demo, *arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert complaint in result.stderr
    assert "Traceback" not in result.stderr


@loop_over("name", chain_rule.EXAMPLES)
def test_worked_examples_match_their_closed_forms(name: str) -> None:
    for what, engine, by_hand in chain_rule.EXAMPLES[name]():
        # A central difference at the cube root of the machine's epsilon is good to its square.
        tolerance = 1e-9 if what == "central difference" else 1e-14
        assert engine == pytest.approx(by_hand, rel=tolerance), what


def test_sigmoid_gradients_vanish_and_relu_gradients_do_not() -> None:
    sigmoid = chain_rule.gradient_sizes("sigmoid", depth=10)
    relu = chain_rule.gradient_sizes("relu", depth=10)
    assert sigmoid[0] < 1e-3 * sigmoid[-1]
    assert relu[0] > 1e-2 * relu[-1]


@pytest.mark.slow
def test_moons_are_learnt_to_the_last_point(tmp_path: Path) -> None:
    result = run("moons", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "337 parameters, 100 points" in result.stdout
    assert "Training accuracy: 100%" in result.stdout
    for picture in ("moons_loss.png", "moons_boundary.png"):
        assert str(tmp_path / "pictures" / picture) in result.stdout
        assert (tmp_path / "pictures" / picture).stat().st_size > 1000


def test_moons_are_balanced_and_repeatable() -> None:
    points, labels = moons.two_moons(10, 0.0, random.Random(3))
    assert (points, labels) == moons.two_moons(10, 0.0, random.Random(3))
    assert sorted(labels) == [-1] * 5 + [1] * 5
    for (x, y), label in zip(points, labels, strict=True):
        centre, height = (0.0, y) if label == 1 else (1.0, 0.5 - y)
        assert height >= 0
        assert (x - centre) ** 2 + height**2 == pytest.approx(1)


def test_options_have_their_closed_forms() -> None:
    columns = black_scholes.make_book(50, seed=3)
    prices, greeks = black_scholes.price_and_greeks.map(*columns)
    expected = [
        black_scholes.compute_by_hand(*map(float, option)) for option in zip(*columns, strict=True)
    ]
    np.testing.assert_allclose(np.stack([prices, *greeks]).T, expected, rtol=1e-9, atol=1e-12)


def test_gamma_is_the_slope_of_delta() -> None:
    option, h = [95.0, 100.0, 0.5, 0.03, 0.2], 1e-4
    above, below = (black_scholes.compute_by_hand(95.0 + d, *option[1:])[1] for d in (h, -h))
    assert black_scholes.gamma(*option) == pytest.approx((above - below) / (2 * h), rel=1e-7)


@pytest.mark.slow
def test_black_scholes_says_what_it_made(tmp_path: Path) -> None:
    result = run("black_scholes", "--options", "300", "--out", "here", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "closed forms, 200 options: " in result.stdout
    assert "300 options: " in result.stdout
    picture = tmp_path / "here" / "black_scholes.png"
    assert str(picture) in result.stdout
    assert picture.stat().st_size > 10_000


def test_the_three_trainings_have_the_same_losses() -> None:
    rng = random.Random(2)
    points, labels = moons.two_moons(10, 0.1, rng)
    net = ag.nn.MLP(2, fast_moons.SIZES, activation="relu", rng=rng)
    start, trainings = net.state_dict(), []
    for loss_of in fast_moons.make_losses(net, points, labels).values():
        net.load_state_dict(start)
        trainings.append(fast_moons.train(loss_of, net.parameters(), steps=8, rate=0.1))
    eager, *others = [training.losses for training in trainings]
    assert eager[-1] < 0.8 * eager[0]
    for losses in others:
        assert losses == pytest.approx(eager, rel=1e-12)
