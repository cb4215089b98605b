"""Results of `.map`: structured like f's, with a leading axis for the samples."""

from typing import Any

import pytest

from autograd_lite import Value
from tests.support.cases import loop_over

np = pytest.importorskip("numpy")


def test_results_of_every_structure(jit: Any) -> None:
    def f(x: Any) -> Any:
        array = np.array([[x, 2.0 * x], [1.0, x * x]])
        return {"a": (x, 3), "b": [x > 1.0, x if x > 1.0 else 0.5], "c": array, "d": True}

    found = jit(f).map(np.array([0.5, 2.0, 3.0]))
    assert found["a"][0].tolist() == [0.5, 2.0, 3.0] and found["a"][1].tolist() == [3.0] * 3
    assert found["b"][0].dtype == bool and found["b"][0].tolist() == [False, True, True]
    assert found["b"][1].tolist() == [0.5, 2.0, 3.0]
    assert found["c"].shape == (3, 2, 2) and found["c"][1].tolist() == [[2.0, 4.0], [1.0, 4.0]]
    assert found["d"].tolist() == [True] * 3
    total = jit(f).sum(np.array([0.5, 2.0, 3.0]))
    assert total["a"] == (5.5, 9.0) and total["b"] == [2.0, 5.5] and total["d"] == 3.0
    assert total["c"].tolist() == [[5.5, 11.0], [3.0, 13.25]]


def test_constants_and_bools_on_some_paths(jit: Any) -> None:
    f = jit(lambda x: (1 if x > 0.0 else x, x > 1.0 if x > 0.0 else 2.5, x > 0.0 and x < 3.0))
    number, mixed, truth = f.map(np.array([-1.0, 0.5, 2.0, 4.0]))
    assert number.dtype == mixed.dtype == np.float64 and truth.dtype == bool
    assert number.tolist() == [-1.0, 1.0, 1.0, 1.0]
    assert mixed.tolist() == [2.5, 0.0, 1.0, 1.0]
    assert truth.tolist() == [False, True, True, False]
    assert jit(lambda x: 7).map(np.ones(3)).tolist() == [7.0] * 3
    assert jit(lambda x: x > 0.0).map(np.array([-1.0, 1.0])).tolist() == [False, True]
    assert jit(lambda x: 7).mean(np.ones(3)) == 7.0


def test_an_array_of_constants_on_some_paths(jit: Any) -> None:
    f = jit(lambda x: np.array([x, x]) if x > 0.0 else np.zeros(2))
    for x in ([1.0, -1.0], [-1.0, 1.0]):
        assert f.map(x).tolist() == [[max(v, 0.0)] * 2 for v in x]
    assert jit(lambda x: np.zeros(0)).map([1.0, 2.0]).shape == (2, 0)


@loop_over(
    "f",
    [
        lambda x: () if x > 0.0 else (x,),
        lambda x: (x,) if x > 0.0 else (),
        lambda x: [x, x] if x > 0.0 else x,
        lambda x: [x] if x > 0.0 else (x,),
        lambda x: {"a": x} if x > 0.0 else {"b": x},
    ],
)
def test_structures_that_differ(jit: Any, f: Any) -> None:
    w = Value(1.0)
    for g in (f, lambda x: f(w * x)):
        for call in (jit(g).map, jit(g).sum):
            with pytest.raises(TypeError, match="differently structured results"):
                call([1.0, -1.0, 2.0])
