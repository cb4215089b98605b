"""The demo of a fit: published numbers, errors that hold in a simulation, and options refused."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import fit_a_model as demo
import numpy as np
import pytest

DEMO = Path(demo.__file__).resolve()
ROOT = DEMO.parent.parent


@pytest.fixture(scope="module")
def fitted() -> Any:
    pytest.importorskip("scipy")
    return demo.fit()


def run(*arguments: str, cwd: Path, path: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [path, str(ROOT)]))}
    command = [sys.executable, "-W", "error", str(DEMO), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment)


def test_the_fit_is_the_published_one(fitted: Any) -> None:
    # Bates and Watts 1988, section 2.2, and `nls` of R on its data set Puromycin
    np.testing.assert_allclose(fitted.parameters, [212.7, 0.06412], rtol=3e-4)
    errors = np.sqrt(np.diag(fitted.by_curve_fit))
    np.testing.assert_allclose(errors, [6.947, 8.281e-3], rtol=3e-4)
    assert fitted.misfit == pytest.approx(1195.4488, abs=1e-3)
    assert fitted.noise == pytest.approx(10.93, abs=5e-3)


def test_the_hessian_is_the_curve_fit_and_the_curvature(fitted: Any) -> None:
    V, K = fitted.parameters
    c, rates = np.array(demo.CONCENTRATIONS), np.array(demo.RATES)
    slopes = np.stack([c / (K + c), -V * c / (K + c) ** 2])
    bend = np.array([[0 * c, -c / (K + c) ** 2], [-c / (K + c) ** 2, 2 * V * c / (K + c) ** 3]])
    by_hand = slopes @ slopes.T + bend @ (V * c / (K + c) - rates)
    np.testing.assert_allclose(fitted.exact, fitted.noise**2 * np.linalg.inv(by_hand), rtol=1e-9)
    gauss_newton = fitted.noise**2 * np.linalg.inv(slopes @ slopes.T)
    np.testing.assert_allclose(fitted.by_curve_fit, gauss_newton, rtol=1e-5)


def test_the_errors_hold_in_a_simulation(fitted: Any) -> None:
    simulated = demo.refit(fitted, 4000, seed=1)
    assert np.array_equal(simulated, demo.refit(fitted, 4000, seed=1))
    spread = np.std(simulated, axis=0)
    # the law bends over the errors' size, which is a tenth of K, and 4,000 draws are good to 1%
    np.testing.assert_allclose(spread, np.sqrt(np.diag(fitted.exact)), rtol=0.1)
    half = demo.compute_band(fitted, np.array([0.05, 0.5]))
    off = [demo.law(simulated[:, 0], simulated[:, 1], c) for c in (0.05, 0.5)]
    off = np.abs(np.array(off).T - [demo.law(*fitted.parameters, c) for c in (0.05, 0.5)])
    # the band has room for a noise that is not known, which these measurements share
    assert np.all((np.mean(off < half, axis=0) > 0.94) & (np.mean(off < half, axis=0) < 0.99))


def test_every_simulated_fit_is_at_its_minimum(fitted: Any) -> None:
    simulated = demo.refit(fitted, 1, seed=3)
    exact = np.array([demo.law(*fitted.parameters, c) for c in demo.CONCENTRATIONS])
    rates = exact + np.random.default_rng(3).normal(0.0, fitted.noise, (1, len(exact)))
    _, gradient = demo.value_and_grad(simulated[0], rates[0])
    np.testing.assert_allclose(gradient * fitted.parameters, 0.0, atol=1e-8)


@pytest.mark.slow
def test_it_says_what_it_made(fitted: Any, tmp_path: Path) -> None:
    result = run("--refits", "100", "--out", "here", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    V = result.stdout.splitlines()[2].split()
    assert [V[0], *map(float, V[1:4])] == ["V", 212.68, 7.161, 6.947]
    assert "100 refits" in result.stdout
    picture = tmp_path / "here" / "fit_a_model.png"
    assert str(picture) in result.stdout
    assert picture.stat().st_size > 20_000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--refits", "1"], "--refits must be 0, or 2 to 1000000"),
        (["--refits", "-1"], "--refits must be"),
        (["--seed", "-1"], "--seed must not"),
        (["--out", "/dev/null"], "--out: "),
    ],
)
def test_bad_options(arguments: list[str], complaint: str, tmp_path: Path) -> None:
    result = run(*arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert complaint in result.stderr.splitlines()[-1]
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_without_scipy_it_says_what_to_install(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    # the module that Python loads at its start, which hides SciPy from this process
    (hidden / "sitecustomize.py").write_text(
        "import importlib.util as u\n"
        "find = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'scipy' else find(name, *rest)\n"
    )
    result = run(cwd=tmp_path, path=str(hidden))
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1].endswith("this demo needs SciPy: pip install scipy")
