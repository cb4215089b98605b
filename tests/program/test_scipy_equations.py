"""SciPy's roots, fits and stiff solvers on our Jacobians: known answers, from fewer runs."""

import functools
from collections.abc import Callable
from typing import Any

import pytest

import autograd_lite as ag
from tests.support.cases import loop_over
from tests.support.solver_problems import (
    FITS,
    STIFF,
    WAYS,
    Counted,
    Function,
    broyden,
    helical_valley,
    on_arrays,
    on_numbers,
    powell_badly_scaled,
    taken,
)

np = pytest.importorskip("numpy")
optimize = pytest.importorskip("scipy.optimize")
integrate = pytest.importorskip("scipy.integrate")


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Callable[[Function], Function]:
    return taken(request.param)


@loop_over("method", ["hybr", "lm"])
@loop_over(
    "f, start, answer",
    [
        (powell_badly_scaled, [0.0, 1.0], [1.098159e-5, 9.106146]),
        (helical_valley, [-1.0, 0.1, 0.1], [1.0, 0.0, 0.0]),
        (broyden, [-1.0] * 8, None),
    ],
)
def test_root(way: Any, f: Function, start: list[float], answer: Any, method: str) -> None:
    ours, differences = Counted(f), Counted(f)
    jacobian = Counted(way(ag.jacobian(f)))
    found = optimize.root(ours, start, jac=jacobian, method=method)
    optimize.root(differences, start, method=method)
    np.testing.assert_allclose(f(found.x), 0.0, atol=1e-8)
    if answer is not None:
        np.testing.assert_allclose(found.x, answer, rtol=1e-5, atol=1e-6)
    assert ours.runs + jacobian.runs < differences.runs


def test_root_of_one_unknown(way: Any) -> None:
    def f(x: Any) -> Any:
        return ag.cos(x) - x

    slopes = {"fprime": way(ag.grad(f)), "fprime2": way(ag.grad(ag.grad(f)))}
    newton = optimize.root_scalar(way(ag.value_and_grad(f)), x0=0.5, fprime=True)
    halley = optimize.root_scalar(way(f), x0=0.5, method="halley", **slopes)
    assert newton.root == pytest.approx(0.7390851332151607, rel=1e-14)
    assert halley.root == pytest.approx(0.7390851332151607, rel=1e-14)


@loop_over("model", [on_arrays, on_numbers])
@loop_over("method", ["trf", "dogbox", "lm"])
@loop_over("name", FITS)
def test_least_squares(way: Any, name: str, method: str, model: Function) -> None:
    (xs, ys), start, certified, _ = FITS[name]

    def residuals(p: Any) -> Any:
        return [fitted - y for fitted, y in zip(model(xs, *p), ys, strict=True)]

    tight = {"method": method, "xtol": 1e-12, "ftol": 1e-12, "gtol": 1e-12}
    ours, differences = Counted(residuals), Counted(residuals)
    jacobian = Counted(way(ag.jacobian(residuals)))
    found = optimize.least_squares(ours, start, jac=jacobian, **tight)
    optimize.least_squares(differences, start, **tight)
    np.testing.assert_allclose(found.x, certified, rtol=1e-7)
    assert ours.runs + jacobian.runs < differences.runs


@loop_over("name", FITS)
def test_curve_fit(way: Any, name: str) -> None:
    (xs, ys), start, certified, deviations = FITS[name]
    columns = way(ag.jacobian(on_arrays, argnums=(1, 2)))
    rows = way(ag.jacobian(on_numbers, argnums=(1, 2)))
    for model, jacobian in (
        (on_arrays, lambda x, *p: np.stack(columns(x, *p), axis=-1)),
        (on_numbers, rows),
    ):
        found, covariance = optimize.curve_fit(model, xs, ys, start, jac=jacobian, ftol=1e-12)
        np.testing.assert_allclose(found, certified, rtol=1e-7)
        np.testing.assert_allclose(np.sqrt(np.diag(covariance)), deviations, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["BDF", "Radau", "LSODA"])
@pytest.mark.parametrize("name", STIFF)
def test_solve_ivp(way: Any, name: str, method: str) -> None:
    f, start, end, answer = STIFF[name]
    ours, jacobian = Counted(f), Counted(way(ag.jacobian(f, argnums=1)))
    tight = {"method": method, "rtol": 1e-7, "atol": 1e-11}
    found = integrate.solve_ivp(ours, (0, end), start, jac=jacobian, **tight)
    assert found.success
    np.testing.assert_allclose(found.y[:, -1], answer, rtol=1e-5)
    assert jacobian.runs == found.njev > 0
    assert ours.runs < runs_of_the_solver(name, method)


@functools.cache
def runs_of_the_solver(name: str, method: str) -> int:
    f, start, end, _ = STIFF[name]
    counted = Counted(f)  # the solver's own count leaves out the runs for its differences
    integrate.solve_ivp(counted, (0, end), start, method=method, rtol=1e-7, atol=1e-11)
    return counted.runs
