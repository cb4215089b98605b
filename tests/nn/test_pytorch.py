"""An MLP as a torch.nn.Sequential and back: the same outputs and gradients to 1e-12."""

import random
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import autograd_lite as ag
from autograd_lite.nn import MLP
from tests.support.cases import loop_over

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["relu", "leaky_relu", "elu", "gelu", "silu", "sigmoid", "softplus", "tanh"]
MODULES = ["ReLU", "LeakyReLU", "ELU", "GELU", "SiLU", "Sigmoid", "Softplus", "Tanh"]


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch")


def points(count: int, size: float) -> list[list[float]]:
    rng = random.Random(4)
    return [[rng.gauss(0.0, size) for _ in range(3)] for _ in range(count)]


def outputs(y: Any) -> list[float]:
    return [x.data for x in y] if isinstance(y, list) else [y.data]


@pytest.mark.slow
@loop_over("name", [None, *NAMES])
@loop_over("last", [None, "sigmoid"])
def test_there_and_back(torch: Any, name: str | None, last: str | None) -> None:
    net = MLP(3, [5, 4, 2], activation=name, output_activation=last, rng=7)
    for p in net.parameters():
        p.data += 0.1
    there = net.to_torch()
    back = MLP.from_torch(there)
    assert back.state_dict() == net.state_dict() and repr(back) == repr(net)
    for size in (1.0, 30.0):
        for x in points(20, size):
            tensor = torch.tensor(x, dtype=torch.float64, requires_grad=True)
            theirs, inputs = there(tensor), [ag.Value(c) for c in x]
            ours = net(inputs)
            assert outputs(ours) == pytest.approx(theirs.tolist(), rel=1e-12, abs=1e-12)
            assert outputs(back(x)) == outputs(ours)
            theirs.sum().backward()
            (ours[0] + ours[1]).backward()
            grads = [v.grad for v in inputs]
            assert grads == pytest.approx(tensor.grad.tolist(), rel=1e-12, abs=1e-12)


@pytest.mark.slow
@loop_over("name", MODULES)
@loop_over("kind", ["float64", "float32"])
def test_what_torch_made(torch: Any, name: str, kind: str) -> None:
    torch.manual_seed(1)
    settings = {"threshold": 60.0} if name == "Softplus" else {}
    activation = getattr(torch.nn, name)(**settings)
    theirs = torch.nn.Sequential(
        torch.nn.Linear(3, 6), activation, torch.nn.Linear(6, 1, bias=False)
    ).to(getattr(torch, kind))
    ours, exact = MLP.from_torch(theirs), theirs.double()
    for x in points(20, 2.0):
        expected = exact(torch.tensor(x, dtype=torch.float64)).tolist()
        assert outputs(ours(x)) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.slow
def test_softplus_as_torch_has_it_is_cut_off(torch: Any) -> None:
    linear = torch.nn.Linear(1, 1)
    ours = MLP.from_torch(torch.nn.Sequential(linear, torch.nn.Softplus()))
    for p, x in zip(ours.parameters(), (1.0, 0.0), strict=True):
        p.data = x
    assert ours([25.0]).data > 25.0  # torch has 25.0
    assert ours.to_torch()(torch.tensor([25.0], dtype=torch.float64)).item() == ours([25.0]).data


@pytest.mark.slow
def test_torchs_own_random_numbers_stay(torch: Any) -> None:
    before = torch.get_rng_state()
    MLP(2, [3, 1], rng=0).to_torch()
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.slow
def test_the_network_there_can_be_trained(torch: Any) -> None:
    there = MLP(2, [3, 1], rng=0).to_torch()
    assert all(p.requires_grad and p.dtype == torch.float64 for p in there.parameters())
    assert [name for name, _ in there.named_parameters()][:2] == ["0.weight", "0.bias"]


@pytest.mark.slow
def test_what_has_no_counterpart_is_refused(torch: Any) -> None:
    nn = torch.nn
    bad = [
        (nn.Linear(2, 1), TypeError, "takes a torch.nn.Sequential, not Linear"),
        (None, TypeError, "not NoneType"),
        (nn.Sequential(), ValueError, "no Linear layer"),
        (nn.Sequential(nn.ReLU(), nn.Linear(2, 1)), ValueError, "module 0 .* follows no Linear"),
        (nn.Sequential(nn.Linear(2, 1), nn.ReLU(), nn.Tanh()), ValueError, "module 2 .* follows"),
        (nn.Sequential(nn.Linear(2, 1), nn.Dropout()), ValueError, "Dropout, has no counterpart"),
        (nn.Sequential(nn.Sequential(nn.Linear(2, 1))), ValueError, "Sequential, has no"),
        (nn.Sequential(nn.Linear(2, 3), nn.Linear(2, 1)), ValueError, "takes 2 .* gives 3"),
        (nn.Sequential(nn.Linear(2, 1), nn.LeakyReLU(0.2)), ValueError, "negative_slope=0.2, but"),
        (nn.Sequential(nn.Linear(2, 1), nn.ELU(2.0)), ValueError, "alpha=2.0"),
        (nn.Sequential(nn.Linear(2, 1), nn.GELU("tanh")), ValueError, "approximate='tanh'"),
        (nn.Sequential(nn.Linear(2, 1), nn.Softplus(2.0)), ValueError, "beta=2.0"),
        (nn.Sequential(nn.Linear(2, 1), nn.Softplus(1, 3)), ValueError, "threshold=3"),
        (
            nn.Sequential(nn.Linear(2, 1, dtype=torch.complex64)),
            ValueError,
            "weights of type torch.complex64",
        ),
    ]
    for network, error, words in bad:
        with pytest.raises(error, match=words):
            MLP.from_torch(network)
    fine = nn.Sequential(nn.Linear(2, 1), nn.Identity(), nn.ReLU())
    assert repr(MLP.from_torch(fine)) == "MLP(2, [1], activation=['relu'])"


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["sin", lambda z: z * 2.0, abs])
def test_an_activation_that_torch_lacks_is_refused(torch: Any, activation: Any) -> None:
    with pytest.raises(ValueError, match=r"has no module in torch.nn: use one of relu, "):
        MLP(2, [3, 1], activation=activation).to_torch()

    def relu(z: Any) -> Any:  # by its name it would be one
        return z * 3.0

    with pytest.raises(ValueError, match=r"^the activation relu has no module"):
        MLP(2, [3, 1], activation=relu).to_torch()


def test_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="pip install torch"):
        MLP(2, [1]).to_torch()


@pytest.mark.slow
def test_the_how_to(torch: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its blocks that need torch do not run where the documents are tested without it."""
    pytest.importorskip("safetensors.torch")
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "how-to" / "weights.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:python|py)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert sum("torch" in block for block in blocks) >= 2
    namespace: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, "weights.md", "exec"), namespace)
