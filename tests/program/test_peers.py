"""The same programs on other engines: micrograd's own expressions, HIPS autograd, PyTorch, JAX."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite import Value

# micrograd's expressions: a class with micrograd's Value interface goes in, numbers come out


def sanity(number: Callable[[float], Any]) -> list[Any]:
    x = number(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    y = (z * z).relu() + q + q * x
    return [y, x]


def more_operations(number: Callable[[float], Any]) -> list[Any]:
    a, b = number(-4.0), number(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    f = (c - d) ** 2
    g = f / 2.0
    g += 10.0 / f
    return [g, a, b]


def neuron(number: Callable[[float], Any]) -> list[Any]:
    w, x, b = [number(0.5), number(-1.0)], [number(2.0), number(3.0)], number(6.8813735870195432)
    out = (sum((wi * xi for wi, xi in zip(w, x, strict=True)), b) - 1.0).relu()
    return [out / 3 + 1 / out - (2 - out), *w, *x, b]


# By hand, or as micrograd's README prints them.
PRINTED = {
    sanity: [-20.0, 46.0],
    more_operations: [24.70408163265306, 138.83381924198252, 645.5772594752186],
}


def swept(program: Any, number: Callable[[float], Any]) -> list[float]:
    result, *leaves = program(number)
    result.backward()
    return [float(result.data), *[float(x.grad) for x in leaves]]


@pytest.mark.parametrize("program", PRINTED)
def test_micrograds_expressions_give_what_it_prints(program: Any) -> None:
    assert swept(program, Value) == pytest.approx(PRINTED[program], rel=1e-14)


@pytest.mark.slow
@pytest.mark.parametrize("program", [sanity, more_operations, neuron])
def test_micrograd(program: Any) -> None:
    engine = pytest.importorskip("micrograd.engine")
    assert swept(program, Value) == pytest.approx(swept(program, engine.Value), rel=1e-14)


def zero_and_reflected(number: Callable[[float], Any]) -> list[Any]:
    """Kinks, a shared node, and an operand on the other side of each operator."""
    a, b = number(0.0), number(1.5)
    c = a.relu() + (-b).relu() + b * b * a
    d = 2.0 - c + 3.0 * b + (1.0 + a) - (4.0 / b) + (b - a) ** -2
    return [d * d + d / (b + 1.0), a, b]


@pytest.mark.slow
@pytest.mark.parametrize("program", [sanity, more_operations, neuron, zero_and_reflected])
def test_micrograd_and_torch_agree_with_us(program: Any) -> None:
    """As micrograd's own tests do, which hold it to PyTorch."""
    engine = pytest.importorskip("micrograd.engine")
    torch = pytest.importorskip("torch")

    def tensor(x: float) -> Any:
        return torch.tensor(x, dtype=torch.float64, requires_grad=True)

    ours = swept(program, Value)
    assert ours == pytest.approx(swept(program, engine.Value), rel=1e-14)
    assert ours == pytest.approx(swept(program, tensor), rel=1e-14)
    for backend in ("python", None):
        jitted = ag.jit(ag.value_and_grad(at_leaves(program)), backend=backend)
        point = [float(x.data) for x in program(Value)[1:]]
        value, gradient = jitted(point)
        assert ours == pytest.approx([value, *gradient], rel=1e-14)


def at_leaves(program: Any) -> Callable[[list[Any]], Any]:
    """The program as a function of its leaves."""

    def function(leaves: list[Any]) -> Any:
        taken = iter(leaves)
        return program(lambda x: next(taken))[0]

    return function


@pytest.mark.parametrize("x", [-1.0, 0.123, 2.0])
def test_micrograds_methods(x: float) -> None:
    for method, value, slope in (
        (Value.tanh, math.tanh(x), 1 - math.tanh(x) ** 2),
        (Value.exp, math.exp(x), math.exp(x)),
        (Value.relu, max(x, 0.0), float(x > 0)),
    ):
        v = Value(x)
        y = method(v)
        y.backward()
        assert (y.data, v.grad) == pytest.approx((value, slope), rel=1e-14)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_network_of_micrograd(seed: int) -> None:
    micrograd = pytest.importorskip("micrograd.nn")
    theirs = micrograd.MLP(3, [4, 4, 1])
    ours = ag.nn.MLP(3, [4, 4, 1])
    rng = np.random.default_rng(seed)
    for p, q in zip(theirs.parameters(), ours.parameters(), strict=True):
        p.data = q.data = float(rng.normal())
    for model in (theirs, ours):
        loss = sum((model(x) - 1.0) ** 2 for x in ([2.0, 3.0, -1.0], [0.5, -1.0, 0.5]))
        loss.backward()
    found = [q.grad for q in ours.parameters()]
    assert found == pytest.approx([p.grad for p in theirs.parameters()], rel=1e-12)
    assert any(found)


# Array programs that read the same in every peer: `m` is the module of functions


def polynomial(m: Any, x: Any) -> Any:
    return x[0] ** 3 * x[1] + x[1] ** 2 * x[2] - x[0] / x[2]


def waves(m: Any, x: Any) -> Any:
    return m.sin(x[0] * x[1]) * m.exp(-x[2]) + m.tanh(x[0] + m.log(x[1] * x[1] + 1.0))


def roots(m: Any, x: Any) -> Any:
    total = x[0]
    for i in range(5):
        total = m.sqrt(total * total + x[i % 3] * x[i % 3] + 0.5) - m.cos(total) * x[1]
    return total


PROGRAMS = [polynomial, waves, roots]
POINT = np.array([0.7, -1.3, 0.4])
VECTOR = np.array([1.0, -0.5, 2.0])


def ours(program: Any) -> dict[str, Any]:
    def f(x: Any) -> Any:
        return program(ag, x)

    return {
        "value": f(POINT),
        "grad": ag.grad(f)(POINT),
        "hessian": ag.hessian(f)(POINT),
        "hvp": ag.hvp(f, POINT, VECTOR),
        "third": ag.jacobian(ag.hessian(f))(POINT),
    }


def compare(program: Any, theirs: dict[str, Any]) -> None:
    mine = ours(program)
    for what, expected in theirs.items():
        found, wanted = np.asarray(mine[what]), np.asarray(expected)
        assert found.shape == wanted.shape, what
        assert np.allclose(found, wanted, rtol=1e-11, atol=1e-12), what


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS)
def test_hips_autograd(program: Any) -> None:
    peer = pytest.importorskip("autograd")
    numpy = pytest.importorskip("autograd.numpy")

    def f(x: Any) -> Any:
        return program(numpy, x)

    compare(
        program,
        {
            "value": f(POINT),
            "grad": peer.grad(f)(POINT),
            "hessian": peer.hessian(f)(POINT),
            "hvp": peer.hessian_vector_product(f)(POINT, VECTOR),
            "third": peer.jacobian(peer.hessian(f))(POINT),
        },
    )


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS)
def test_jax(program: Any) -> None:
    jax = pytest.importorskip("jax")

    def f(x: Any) -> Any:
        return program(jax.numpy, x)

    with jax.enable_x64(True):
        x, v = jax.numpy.asarray(POINT), jax.numpy.asarray(VECTOR)
        compare(
            program,
            {
                "value": f(x),
                "grad": jax.grad(f)(x),
                "hessian": jax.hessian(f)(x),
                "hvp": jax.jvp(jax.grad(f), (x,), (v,))[1],
                "third": jax.jacfwd(jax.hessian(f))(x),
            },
        )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # by torch.func itself
@pytest.mark.parametrize("program", PROGRAMS)
def test_torch(program: Any) -> None:
    torch = pytest.importorskip("torch")

    def f(x: Any) -> Any:
        return program(torch, x)

    x = torch.tensor(POINT)
    compare(
        program,
        {
            "value": f(x),
            "grad": torch.func.grad(f)(x),
            "hessian": torch.func.hessian(f)(x),
            "hvp": torch.func.jvp(torch.func.grad(f), (x,), (torch.tensor(VECTOR),))[1],
            "third": torch.func.jacfwd(torch.func.hessian(f))(x),
        },
    )


def test_a_difference_between_engines_is_found() -> None:
    with pytest.raises(AssertionError, match="grad"):
        compare(polynomial, {"grad": ours(polynomial)["grad"] * (1 + 1e-9)})
    with pytest.raises(AssertionError, match="hessian"):
        compare(polynomial, {"hessian": ours(polynomial)["hessian"].ravel()})
