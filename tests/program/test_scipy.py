"""SciPy's minimizers on our derivatives: known minima, from fewer runs of the user's function."""

import functools
from collections.abc import Callable
from typing import Any

import mpmath
import pytest

import autograd_lite as ag
from tests.support.cases import loop_over
from tests.support.solver_problems import MINIMA, WAYS, Counted, Function, rosenbrock, taken

np = pytest.importorskip("numpy")
optimize = pytest.importorskip("scipy.optimize")


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Callable[[Function], Function]:
    return taken(request.param)


def assert_minimum(name: str, found: Any) -> None:
    f, _, minimum = MINIMA[name]
    assert found.success
    # Powell's Hessian has rank 2 at its minimum: f is flat to the fourth power of the distance
    np.testing.assert_allclose(found.x, minimum, atol=2e-2 if name == "powell" else 1e-4)
    assert f(found.x) < 1e-6


OPTIONS = {
    "L-BFGS-B": {"ftol": 1e-14},  # by its default it stops on the plain before Wood's minimum
    "Newton-CG": {"xtol": 1e-6},
    "trust-ncg": {"gtol": 1e-6},
    "trust-krylov": {"gtol": 1e-5},
}


@functools.cache
def runs_by_differences(name: str, method: str) -> int:
    f, start, _ = MINIMA[name]
    counted = Counted(f)
    if method == "trust-constr":  # differences of an exact gradient, for the Hessian
        counted = Counted(ag.grad(f))
        optimize.minimize(f, start, jac=counted, hess="2-point", method=method)
    else:
        optimize.minimize(counted, start, method=method, options=OPTIONS.get(method))
    return counted.runs


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B"])
@pytest.mark.parametrize("name", MINIMA)
def test_minimize(way: Any, name: str, method: str) -> None:
    f, start, _ = MINIMA[name]
    both = Counted(way(ag.value_and_grad(f)))
    options = OPTIONS.get(method)
    found = optimize.minimize(both, start, jac=True, method=method, options=options)
    assert_minimum(name, found)
    assert both.runs == found.nfev < runs_by_differences(name, method) / 2


def test_value_and_gradient_are_one_run(way: Any) -> None:
    runs = ["none"] * 20  # more than a list of which jit watches the elements

    def f(x: Any) -> Any:
        runs.append("one")
        return rosenbrock(x)

    both = way(ag.value_and_grad(f))
    found = optimize.minimize(both, [-1.2, 1.0], jac=True)
    assert runs.count("one") == (1 if hasattr(both, "map") else found.nfev)


@pytest.mark.slow
@pytest.mark.parametrize("name", MINIMA)
def test_minimize_of_second_order(way: Any, name: str) -> None:
    f, start, _ = MINIMA[name]
    both, hessian = way(ag.value_and_grad(f)), way(ag.hessian(f))
    product = way(lambda x, p: ag.hvp(f, x, p))
    for method in ("Newton-CG", "trust-ncg", "trust-krylov"):
        if name == "wood" and method == "Newton-CG":
            continue  # it stalls where the curvature is negative, and says so by `success`
        rest = {"jac": True, "method": method, "options": OPTIONS.get(method)}
        assert_minimum(name, optimize.minimize(both, start, hess=hessian, **rest))
        assert_minimum(name, optimize.minimize(both, start, hessp=product, **rest))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["trust-exact", "trust-constr"])
@pytest.mark.parametrize("name", MINIMA)
def test_minimize_by_hessians(way: Any, name: str, method: str) -> None:
    f, start, _ = MINIMA[name]
    both, hessian = Counted(way(ag.value_and_grad(f))), Counted(way(ag.hessian(f)))
    found = optimize.minimize(both, start, jac=True, hess=hessian, method=method)
    assert_minimum(name, found)
    assert both.runs <= found.nfev + 1
    if method == "trust-constr":  # the only one of them that takes differences for its Hessian
        assert both.runs + hessian.runs < runs_by_differences(name, method)


def test_dogleg(way: Any) -> None:
    both, hessian = way(ag.value_and_grad(rosenbrock)), way(ag.hessian(rosenbrock))
    found = optimize.minimize(both, [-1.2, 1.0], jac=True, hess=hessian, method="dogleg")
    assert_minimum("rosenbrock", found)


@loop_over("name", MINIMA)
def test_derivatives_are_exact(way: Any, name: str) -> None:
    f, start, _ = MINIMA[name]
    n = len(start)
    x = np.random.default_rng(3).uniform(-2, 2, n)

    def exact(*orders: int) -> float:
        with mpmath.workdps(50):
            return float(mpmath.diff(lambda *z: f(z), tuple(map(mpmath.mpf, x)), orders))

    unit = np.eye(n, dtype=int)
    gradient = [exact(*unit[i]) for i in range(n)]
    hessian = np.array([[exact(*(unit[i] + unit[j])) for j in range(n)] for i in range(n)])
    size = np.abs(hessian).max()  # where terms cancel, the error is that of the terms
    value, slopes = way(ag.value_and_grad(f))(x)
    assert value == f(x)
    np.testing.assert_allclose(slopes, gradient, rtol=1e-14, atol=1e-14 * np.abs(gradient).max())
    np.testing.assert_allclose(way(ag.hessian(f))(x), hessian, rtol=1e-14, atol=1e-15 * size)
    p = np.linspace(-1, 1, n)
    found = way(lambda x, p: ag.hvp(f, x, p))(x, p)
    np.testing.assert_allclose(found, hessian @ p, rtol=1e-13, atol=1e-14 * size)


def test_derivatives_as_scipy_has_them(way: Any) -> None:
    x, p = np.random.default_rng(4).uniform(-2, 2, (2, 8))
    found = way(ag.hessian(rosenbrock))(x), way(lambda x, p: ag.hvp(rosenbrock, x, p))(x, p)
    np.testing.assert_allclose(way(ag.grad(rosenbrock))(x), optimize.rosen_der(x), rtol=1e-12)
    np.testing.assert_allclose(found[0], optimize.rosen_hess(x), rtol=1e-14)
    np.testing.assert_allclose(found[1], optimize.rosen_hess_prod(x, p), rtol=1e-12)


@loop_over("x", [[1, 2, 3], (1.0, 2.0, 3.0), np.array([1, 2, 3], np.float32)])
def test_types_are_those_scipy_asks_for(way: Any, x: Any) -> None:
    array = np.asarray(x)
    value, gradient = way(ag.value_and_grad(rosenbrock))(array)
    hessian = way(ag.hessian(rosenbrock))(array)
    assert type(value) is float
    assert (gradient.dtype, gradient.shape) == (np.dtype(float), (3,))
    assert (hessian.dtype, hessian.shape) == (np.dtype(float), (3, 3))
    found = optimize.minimize(way(ag.value_and_grad(rosenbrock)), x, jac=True)
    np.testing.assert_allclose(found.x, 1.0, atol=1e-4)


def test_branches(way: Any) -> None:
    def ways_down(x: Any) -> Any:
        if x[0] < 0:
            return x[0] ** 2 + 2 * abs(x[0]) + (x[1] - x[0]) ** 2
        return (x[0] - 1) ** 2 + 1 if x[1] < -1 else (x[0] - 1) ** 2 + (x[1] - 2) ** 4 / 10

    found = optimize.minimize(way(ag.value_and_grad(ways_down)), [-2.0, 3.0], jac=True)
    eagerly = optimize.minimize(ag.value_and_grad(ways_down), [-2.0, 3.0], jac=True)
    assert found.nfev == eagerly.nfev
    assert np.array_equal(found.x, eagerly.x)


def test_data_through_args(way: Any) -> None:
    def loss(p: Any, xs: Any, ys: Any, weight: Any) -> Any:
        return sum((p[0] * x + p[1] - y) ** 2 for x, y in zip(xs, ys, strict=True)) * weight

    xs = np.linspace(0, 1, 5)
    f, h = way(ag.value_and_grad(loss)), way(ag.hessian(loss))
    for slope in (3.0, -2.0):  # other data in the same compiled function
        args = (xs, slope * xs + 1, 2)
        found = optimize.minimize(f, [0, 0], args, jac=True, hess=h, method="trust-exact")
        np.testing.assert_allclose(found.x, [slope, 1.0], rtol=1e-6)


@loop_over("method", ["trust-constr", "SLSQP"])
def test_constraints(way: Any, method: str) -> None:
    def distance(x: Any) -> Any:
        return (x[0] - 2) ** 2 + (x[1] - 1) ** 2

    def circle(x: Any) -> Any:
        return x[0] ** 2 + x[1] ** 2

    def bent(x: Any, v: Any) -> Any:
        return ag.hessian(lambda x: v[0] * circle(x))(x)

    second = method == "trust-constr"
    rest = {"jac": way(ag.grad(circle)), **({"hess": way(bent)} if second else {})}
    on_circle = optimize.NonlinearConstraint(circle, 1.0, 1.0, **rest)
    found = optimize.minimize(
        way(ag.value_and_grad(distance)),
        [0.3, 0.2],
        jac=True,
        hess=way(ag.hessian(distance)) if second else None,
        method=method,
        constraints=on_circle,
        tol=1e-10,
    )
    np.testing.assert_allclose(found.x, np.array([2.0, 1.0]) / 5**0.5, atol=1e-6)
