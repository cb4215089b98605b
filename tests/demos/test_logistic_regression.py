"""Newton's coefficients are scikit-learn's, on real data."""

import logistic_regression
import numpy as np
import pytest


@pytest.mark.slow
@pytest.mark.parametrize("penalty", [0.01, 1.0, 100.0, 1e5, 1e6])
def test_the_coefficients_are_those_of_sklearn(penalty: float) -> None:
    pytest.importorskip("sklearn")
    data = logistic_regression.load()
    fit = logistic_regression.minimize(data, penalty)
    assert fit.slopes[-1] < 1e-10
    assert np.all(np.diff(fit.losses) <= 1e-12 * fit.losses[0])
    other = logistic_regression.fit_with_sklearn(data, penalty)
    np.testing.assert_allclose(fit.w, other, rtol=0, atol=1e-6)


def test_the_hessian_is_that_of_the_textbook() -> None:
    rng = np.random.default_rng(0)
    rows, labels, w = rng.normal(size=(40, 3)), rng.choice([-1.0, 1.0], 40), rng.normal(size=4)
    whole = np.column_stack([rows, np.ones(40)])
    chance = 1 / (1 + np.exp(-whole @ w))
    expected = whole.T @ ((chance * (1 - chance))[:, None] * whole)
    found = logistic_regression.hessian.sum(w, rows, labels, in_axes=(None, 0, 0))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_newton_says_when_it_does_not_arrive() -> None:
    rows = np.array([[-1.0], [1.0]])
    data = logistic_regression.Data(rows, np.array([-1.0, 1.0]), ["x"])
    with pytest.raises(ArithmeticError, match="after 3 steps the gradient is"):
        logistic_regression.minimize(data, penalty=0.0, most=3)
